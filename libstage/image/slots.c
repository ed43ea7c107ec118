#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "image/slots.h"

/* One is filled while others are emptied. */
enum { SLOTS_BYTES = 1 << 20, SLOTS_MIN = 2, HEAD = 4096 };

static size_t
bytes_of(const struct slots *s)
{
	return HEAD + s->n * s->size;
}

int
slots_open(struct slots *s, size_t size, struct fail *f)
{
	unsigned char *p;

	*s = (struct slots){ .size = size,
		.n = size * SLOTS_MIN < SLOTS_BYTES ?
		(uint32_t)(SLOTS_BYTES / size) : SLOTS_MIN };
	p = mmap(NULL, bytes_of(s), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return fail_memory(f, bytes_of(s));
	s->emptied = (_Atomic uint32_t *)(void *)p;
	s->bytes = p + HEAD;
	return 0;
}

void
slots_close(struct slots *s)
{
	if (s->bytes != NULL)
		munmap(s->bytes - HEAD, bytes_of(s));
	s->bytes = NULL;
}

static unsigned char *
slot(const struct slots *s)
{
	return s->bytes + s->next % s->n * s->size;
}

unsigned char *
slots_take(struct slots *s)
{
	unsigned char *taken = slot(s);
	uint32_t emptied = *s->emptied;

	while (s->next - emptied >= s->n) {
		syscall(SYS_futex, s->emptied, FUTEX_WAIT, emptied, NULL, NULL,
		    0);
		emptied = *s->emptied;
	}
	s->next++;
	return taken;
}

const unsigned char *
slots_filled(const struct slots *s)
{
	return slot(s);
}

void
slots_emptied(struct slots *s)
{
	/* Counted in next: the process may have put anything in *emptied. */
	*s->emptied = ++s->next;
	syscall(SYS_futex, s->emptied, FUTEX_WAKE, 1, NULL, NULL, 0);
}
