#include <errno.h>
#include <sys/mman.h>

#include "target/file/file.h"

/*
 * A signal belongs to the process and its handler is given no argument: the
 * one place in xb that needs variables of the process.
 */
static struct file_map *volatile guarded;
static struct sigaction before;

static struct file_map *
find(const char *address)
{
	struct file_map *m = guarded;

	while (m != NULL && (address < (char *)m->address ||
	    address >= (char *)m->address + m->bytes))
		m = m->next_guarded;
	return m;
}

/* All of the mapping at once, so that it does not fault page by page. */
static bool
replace(struct file_map *m)
{
	return mmap(m->address, m->bytes, PROT_READ |
	    (m->writable ? PROT_WRITE : 0), MAP_PRIVATE | MAP_ANONYMOUS |
	    MAP_NORESERVE | MAP_FIXED, -1, 0) != MAP_FAILED;
}

static void
on_fault(int signal, siginfo_t *info, void *context)
{
	int e = errno;
	struct file_map *m = info->si_code > 0 ? find(info->si_addr) : NULL;

	(void)context;
	/* What is not ours faults once more, and as it did before. */
	if (m == NULL || !replace(m))
		sigaction(signal, &before, NULL);
	else
		m->lost = 1;
	errno = e;
}

void
file_guard(struct file_map *m)
{
	struct sigaction ours = { .sa_sigaction = on_fault,
	    .sa_flags = SA_SIGINFO };

	m->next_guarded = guarded;
	guarded = m;
	if (m->next_guarded == NULL)
		sigaction(SIGBUS, &ours, &before);
}

void
file_unguard(struct file_map *m)
{
	struct file_map *at = guarded;

	if (at == m)
		guarded = m->next_guarded;
	while (at != NULL && at->next_guarded != m)
		at = at->next_guarded;
	if (at != NULL)
		at->next_guarded = m->next_guarded;
	if (guarded == NULL)
		sigaction(SIGBUS, &before, NULL);
}
