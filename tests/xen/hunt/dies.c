/*
 * A kernel that dies before its first message; the README hunts it down.  It
 * clears 64 KiB behind its image for a heap, says hello and powers off.
 */
#include <stdint.h>
#include <xen/elfnote.h>
#include <xen/xen.h>
#include <xen/sched.h>

#define TEXT(x)	#x
#define NUMBER(x) TEXT(x)
#define NOTE(type, value) \
	".balign 4; .long 4, 2f - 1f, " NUMBER(type) "; .asciz \"Xen\"\n" \
	"1: " value "; 2: .balign 4\n"

__asm__(".pushsection .note.xen, \"a\", @note\n"
    NOTE(XEN_ELFNOTE_GUEST_OS, ".asciz \"dies\"")
    NOTE(XEN_ELFNOTE_LOADER, ".asciz \"generic\"")
    NOTE(XEN_ELFNOTE_XEN_VERSION, ".asciz \"xen-3.0\"")
    NOTE(XEN_ELFNOTE_VIRT_BASE, ".quad 0xffffffff80000000")
    NOTE(XEN_ELFNOTE_PADDR_OFFSET, ".quad 0xffffffff80000000")
    NOTE(XEN_ELFNOTE_ENTRY, ".quad _start")
    ".popsection");

enum { HEAP = 64 * 1024 };

extern volatile uint64_t _end[];	/* of the image, by the linker */

static long
hypercall(long number, long a, const void *b, const void *c)
{
	long result;

	__asm__ volatile("syscall" : "=a" (result), "+D" (a), "+S" (b),
	    "+d" (c) : "a" (number) : "rcx", "r11", "memory");
	return result;
}

static void
clear_heap(void)
{
	for (unsigned i = 0; i < HEAP / sizeof(_end[0]); i++)
		_end[i] = 0;
}

void
_start(void)
{
	static const char hello[] = "hello\n";
	const struct sched_shutdown off = { .reason = SHUTDOWN_poweroff };

	clear_heap();
	hypercall(__HYPERVISOR_console_io, CONSOLEIO_write,
	    (const void *)(sizeof(hello) - 1), hello);
	hypercall(__HYPERVISOR_sched_op, SCHEDOP_shutdown, &off, 0);
	for (;;)
		;
}
