#include <errno.h>
#include <signal.h>
#include <sys/mman.h>

#include "target/file/file.h"

/*
 * A mapped page that cannot be read or written, because the memory file was cut
 * off or its disk is full, raises SIGBUS.  Instead of dying, the program goes
 * on with the whole mapping replaced by zeroes and marked as lost, which unmap
 * reports.
 *
 * A signal handler is given no argument of ours, so the list of mappings has to
 * be a variable of the process.
 */
static struct paper_map *volatile guarded;
static struct sigaction before;

static struct paper_map *
find(const char *address)
{
	struct paper_map *m = guarded;

	while (m != NULL && (address < (char *)m->address ||
	    address >= (char *)m->address + m->bytes))
		m = m->next_guarded;
	return m;
}

/* Replaces the whole mapping, so that it does not fault page by page. */
static bool
replace(struct paper_map *m)
{
	return mmap(m->address, m->bytes, PROT_READ |
	    (m->writable ? PROT_WRITE : 0), MAP_PRIVATE | MAP_ANONYMOUS |
	    MAP_NORESERVE | MAP_FIXED, -1, 0) != MAP_FAILED;
}

static void
on_fault(int signal, siginfo_t *info, void *context)
{
	int e = errno;
	struct paper_map *m = info->si_code > 0 ? find(info->si_addr) : NULL;

	(void)context;
	/* An address outside of our mappings faults again, and then meets the
	 * handler that was set before ours. */
	if (m == NULL || !replace(m))
		sigaction(signal, &before, NULL);
	else
		m->lost = 1;
	errno = e;
}

void
paper_guard(struct paper_map *m)
{
	struct sigaction ours = { .sa_sigaction = on_fault,
	    .sa_flags = SA_SIGINFO };

	m->next_guarded = guarded;
	guarded = m;
	if (m->next_guarded == NULL)
		sigaction(SIGBUS, &ours, &before);
}

void
paper_unguard(struct paper_map *m)
{
	struct paper_map *at = guarded;

	if (at == m)
		guarded = m->next_guarded;
	while (at != NULL && at->next_guarded != m)
		at = at->next_guarded;
	if (at != NULL)
		at->next_guarded = m->next_guarded;
	if (guarded == NULL)
		sigaction(SIGBUS, &before, NULL);
}
