#include "guest.h"

#include <xen/sched.h>

long
hypercall(unsigned op, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	register uint64_t r10 __asm__("r10") = d;
	long r = op;

	__asm__ volatile("syscall"
	    : "+a"(r), "+D"(a), "+S"(b), "+d"(c), "+r"(r10)
	    : : "rcx", "r8", "r9", "r11", "memory");
	return r;
}

void
stop(unsigned reason)
{
	struct sched_shutdown how = { .reason = reason };

	for (;;)
		hypercall(__HYPERVISOR_sched_op, SCHEDOP_shutdown,
		    (uint64_t)&how, 0, 0);
}
