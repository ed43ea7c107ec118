#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "target/file/file.h"

int
file_check_ordinary(struct file_target *t, uint64_t mfn, uint64_t count,
    const char *doing, struct fail *f)
{
	const struct table_run *table;

	if (file_writable(t, f) < 0)
		return -1;
	table = tables_touch(&t->state.tables, mfn, count);
	if (table == NULL)
		return 0;
	return fail(f, FAIL_TARGET, "cannot %s mfn 0x%" PRIx64 " of '%s': a "
	    "frame in use as a page table is not written to, and this one is "
	    "an L%u table; unpin its top table first", doing,
	    table->mfn > mfn ? table->mfn : mfn, t->name, table->level);
}

static int
check_map(struct file_target *t, const struct extent *runs, size_t n,
    bool writable, size_t *bytes, struct fail *f)
{
	uint64_t pages = 0;

	for (size_t i = 0; i < n; i++) {
		if (file_check_run(t, runs[i].mfn, runs[i].count, true, "map",
		    f) < 0)
			return -1;
		if (writable && file_check_ordinary(t, runs[i].mfn, runs[i].count,
		    "map writable", f) < 0)
			return -1;
		pages += runs[i].count;
		if (pages > SIZE_MAX / PAGE_BYTES / 2)
			return fail(f, FAIL_SYSTEM, "cannot map %" PRIu64
			    " pages at once", pages);
	}
	if (pages == 0)
		return fail_bug(f, "a mapping of no frames");
	*bytes = (size_t)(pages * PAGE_BYTES);
	return 0;
}

/*
 * Takes the space on the disk before a page is touched: a full disk is then a
 * message here and not a signal later, and the pages are quicker to touch.
 */
static int
reserve(struct file_target *t, const struct extent *run, struct fail *f)
{
	int r;

	do
		r = fallocate(t->memory, FALLOC_FL_KEEP_SIZE,
		    (off_t)(run->mfn * PAGE_BYTES),
		    (off_t)(run->count * PAGE_BYTES));
	while (r < 0 && errno == EINTR);
	if (r == 0 || errno == EOPNOTSUPP || errno == ENOSYS)
		return 0;
	return fail_errno(f, FAIL_IO, errno, "cannot write the memory of '%s'",
	    t->name);
}

static int
map_runs(struct file_target *t, const struct file_map *m, struct fail *f)
{
	int prot = PROT_READ | (m->writable ? PROT_WRITE : 0);
	char *at = m->address;

	for (size_t i = 0; i < m->runs.n; i++) {
		const struct extent *run = &m->runs.v[i];
		size_t bytes = (size_t)(run->count * PAGE_BYTES);

		if (m->writable && reserve(t, run, f) < 0)
			return -1;
		if (mmap(at, bytes, prot, MAP_SHARED | MAP_FIXED, t->memory,
		    (off_t)(run->mfn * PAGE_BYTES)) == MAP_FAILED)
			return fail_errno(f, FAIL_SYSTEM, errno, "cannot map "
			    "%" PRIu64 " frames from mfn 0x%" PRIx64 " of '%s'",
			    run->count, run->mfn, t->name);
		/* Reading ahead would read holes: most of the memory. */
		(void)madvise(at, bytes, MADV_RANDOM);
		at += bytes;
	}
	return 0;
}

static void
release_map(struct file_map *m)
{
	if (m->address != MAP_FAILED)
		munmap(m->address, m->bytes);
	extents_release(&m->runs);
	free(m);
}

static struct file_map *
new_map(struct file_target *t, const struct extent *runs, size_t n,
    bool writable, size_t bytes, struct fail *f)
{
	struct file_map *m = calloc(1, sizeof(*m));
	int rc = 0;

	if (m == NULL) {
		fail_memory(f, sizeof(*m));
		return NULL;
	}
	m->writable = writable;
	m->bytes = bytes;
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = extents_add(&m->runs, runs[i].pfn, runs[i].mfn,
		    runs[i].count, f);
	m->address = mmap(NULL, bytes, PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (m->address == MAP_FAILED)
		rc = fail_errno(f, FAIL_SYSTEM, errno, "cannot reserve %zu "
		    "bytes of address space for '%s'", bytes, t->name);
	if (rc < 0 || map_runs(t, m, f) < 0) {
		release_map(m);
		return NULL;
	}
	return m;
}

void *
file_map(struct target *base, const struct extent *runs, size_t n,
    bool writable, struct fail *f)
{
	struct file_target *t = file_target(base);
	struct file_map *m;
	size_t bytes = 0;

	if (check_map(t, runs, n, writable, &bytes, f) < 0)
		return NULL;
	m = new_map(t, runs, n, writable, bytes, f);
	if (m == NULL)
		return NULL;
	m->next = t->maps;
	t->maps = m;
	file_guard(m);
	return m->address;
}

/* What was read from a mapping, or written to it, counts once it is here. */
static int
check_lost(const struct file_target *t, const struct file_map *m,
    struct fail *f)
{
	if (file_whole(t, f) < 0)
		return -1;
	return !m->lost ? 0 : fail(f, FAIL_IO, "the memory of '%s' cannot be "
	    "read or written: its disk fails, or is full", t->name);
}

int
file_unmap(struct target *base, void *address, struct fail *f)
{
	struct file_target *t = file_target(base);
	int rc;

	for (struct file_map **p = &t->maps; *p != NULL; p = &(*p)->next) {
		struct file_map *m = *p;

		if (m->address != address)
			continue;
		*p = m->next;
		rc = check_lost(t, m, f);
		file_unguard(m);
		release_map(m);
		return rc;
	}
	return fail_bug(f, "unmap of what was not mapped");
}

/* Holes of the file, where its file system tells. */
bool
file_known_zero(struct target *base, const struct extent *runs, size_t n)
{
	struct file_target *t = file_target(base);
	struct stat s;

	if (fstat(t->memory, &s) < 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		off_t from = (off_t)(runs[i].mfn * PAGE_BYTES);
		off_t to = from + (off_t)(runs[i].count * PAGE_BYTES), data;

		/* A file that is too short is found when it is mapped. */
		if (to > s.st_size)
			return false;
		data = lseek(t->memory, from, SEEK_DATA);
		if (data < 0 ? errno != ENXIO : data < to)
			return false;
	}
	return true;
}

void
file_unmap_all(struct file_target *t)
{
	while (t->maps != NULL) {
		struct file_map *m = t->maps;

		t->maps = m->next;
		file_unguard(m);
		release_map(m);
	}
}

bool
file_mapped_writable(const struct file_target *t, uint64_t mfn)
{
	for (const struct file_map *m = t->maps; m != NULL; m = m->next)
		for (size_t i = 0; m->writable && i < m->runs.n; i++)
			if (mfn >= m->runs.v[i].mfn &&
			    mfn - m->runs.v[i].mfn < m->runs.v[i].count)
				return true;
	return false;
}
