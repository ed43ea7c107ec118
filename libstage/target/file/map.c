#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "target/file/file.h"

/* ---- mapping ---- */

static int
check_map(struct paper_target *t, const struct extent *runs, size_t n,
    bool writable, size_t *bytes, struct fail *f)
{
	uint64_t pages = 0;

	for (size_t i = 0; i < n; i++) {
		if (paper_check_run(t, runs[i].mfn, runs[i].count, true, "map",
		    f) < 0)
			return -1;
		if (writable && paper_check_ordinary(t, runs[i].mfn,
		    runs[i].count, "map writable", f) < 0)
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
 * Takes the space on the disk before a page is touched: a full disk is then
 * reported here instead of by a signal later, and page faults are cheaper.
 */
static int
reserve(struct paper_target *t, const struct extent *run, struct fail *f)
{
	int r;

	if (paper_held(t))
		return 0;
	do
		r = fallocate(t->memory, FALLOC_FL_KEEP_SIZE,
		    (off_t)(run->mfn * PAGE_BYTES),
		    (off_t)(run->count * PAGE_BYTES));
	while (r < 0 && errno == EINTR);
	if (r == 0 || errno == EOPNOTSUPP || errno == ENOSYS)
		return 0;
	return paper_write_fault(t, f);
}

/* Maps a run at an address; at NULL the kernel chooses it. */
static void *
map_run(const struct paper_target *t, const struct paper_map *m, char *at,
    const struct extent *run, size_t bytes)
{
	return mmap(at, bytes, PROT_READ | (m->writable ? PROT_WRITE : 0),
	    MAP_SHARED | (at != NULL ? MAP_FIXED : 0), t->memory,
	    (off_t)(run->mfn * PAGE_BYTES));
}

/* The mapping of the first run keeps the address space for the others, which
 * replace what is beyond its end. */
static int
map_runs(struct paper_target *t, struct paper_map *m, struct fail *f)
{
	size_t at = 0;

	for (size_t i = 0; i < m->runs.n; i++) {
		const struct extent *run = &m->runs.v[i];
		size_t bytes = (size_t)(run->count * PAGE_BYTES);
		void *got;

		if (m->writable && reserve(t, run, f) < 0)
			return -1;
		got = i == 0 ? map_run(t, m, NULL, run, m->bytes) :
		    map_run(t, m, (char *)m->address + at, run, bytes);
		if (got == MAP_FAILED)
			return fail_errno(f, FAIL_SYSTEM, errno, "cannot map "
			    "%" PRIu64 " frames from mfn 0x%" PRIx64 " of '%s'",
			    run->count, run->mfn, t->name);
		if (i == 0)
			m->address = got;
		at += bytes;
	}
	/* No reading ahead: most of the memory is holes. */
	if (!paper_held(t))
		(void)madvise(m->address, m->bytes, MADV_RANDOM);
	return 0;
}

static void
release_map(struct paper_target *t, struct paper_map *m)
{
	if (!m->anew && m->address != NULL) {
		munmap(m->address, m->bytes);
	} else if (m->anew) {
		free(t->buffer);
		t->buffer = m->address;
		t->buffer_bytes = m->room;
	}
	extents_release(&m->runs);
	free(m);
}

static struct paper_map *
new_map(struct paper_target *t, const struct extent *runs, size_t n,
    bool writable, struct fail *f)
{
	struct paper_map *m = calloc(1, sizeof(*m));
	int rc = 0;

	if (m == NULL)
		return fail_memory_null(f, sizeof(*m));
	m->writable = writable;
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = extents_add(&m->runs, runs[i].pfn, runs[i].mfn,
		    runs[i].count, f);
	if (rc == 0 && check_map(t, runs, n, writable, &m->bytes, f) == 0)
		return m;
	release_map(t, m);
	return NULL;
}

/* Can an access to the mapping raise SIGBUS?  Another program may cut its file
 * off, and its disk may be full. */
static bool
may_fault(const struct paper_target *t, const struct paper_map *m)
{
	return !m->anew && !paper_held(t);
}

/* Adds the mapping to the open ones or, where rc is -1, releases it. */
static void *
take_map(struct paper_target *t, struct paper_map *m, int rc)
{
	if (rc < 0) {
		release_map(t, m);
		return NULL;
	}
	m->next = t->maps;
	t->maps = m;
	if (may_fault(t, m))
		paper_guard(m);
	return m->address;
}

void *
paper_map(struct target *base, const struct extent *runs, size_t n,
    bool writable, struct fail *f)
{
	struct paper_target *t = paper_target(base);
	struct paper_map *m = new_map(t, runs, n, writable, f);

	return m == NULL ? NULL : take_map(t, m, map_runs(t, m, f));
}

/* ---- a buffer in the place of a mapping ---- */

/*
 * write(2) takes a quarter of the time of page faults in a mapped file, each of
 * which makes a page and finds it a place on the disk.
 */
static int
take_buffer(struct paper_target *t, struct paper_map *m, struct fail *f)
{
	m->anew = true;
	if (m->bytes > PAPER_REPLACE_MAX * PAGE_BYTES)
		return fail_bug(f, "too many frames are replaced at once");
	if (t->buffer != NULL && t->buffer_bytes >= m->bytes) {
		m->address = t->buffer;
		m->room = t->buffer_bytes;
		t->buffer = NULL;
		return 0;
	}
	m->address = malloc(m->bytes);
	m->room = m->bytes;
	return m->address != NULL ? 0 : fail_memory(f, m->bytes);
}

void *
paper_replace(struct target *base, const struct extent *runs, size_t n,
    struct fail *f)
{
	struct paper_target *t = paper_target(base);
	struct paper_map *m = new_map(t, runs, n, true, f);

	return m == NULL ? NULL : take_map(t, m, take_buffer(t, m, f));
}

static int
write_buffer(const struct paper_target *t, const struct paper_map *m,
    struct fail *f)
{
	const char *at = m->address;

	for (size_t i = 0; i < m->runs.n; i++) {
		if (paper_write_run(t, at, &m->runs.v[i], f) < 0)
			return -1;
		at += m->runs.v[i].count * PAGE_BYTES;
	}
	return 0;
}

/* ---- the end of both ---- */

/* Fails at unmap if the mapping was lost meanwhile: what was read from it may
 * be zeroes, and what was written to it may be gone. */
static int
check_lost(const struct paper_target *t, const struct paper_map *m,
    struct fail *f)
{
	if (paper_whole(t, f) < 0)
		return -1;
	return !m->lost ? 0 : fail(f, FAIL_IO, "the memory of '%s' cannot be "
	    "read or written: its disk fails, or is full", t->name);
}

int
paper_unmap(struct target *base, void *address, struct fail *f)
{
	struct paper_target *t = paper_target(base);
	int rc;

	for (struct paper_map **p = &t->maps; *p != NULL; p = &(*p)->next) {
		struct paper_map *m = *p;

		if (m->address != address)
			continue;
		*p = m->next;
		rc = check_lost(t, m, f);
		if (rc == 0 && m->anew)
			rc = write_buffer(t, m, f);
		if (rc == 0 && m->writable)
			rc = paper_sync(t, f);
		if (may_fault(t, m))
			paper_unguard(m);
		release_map(t, m);
		return rc;
	}
	return fail_bug(f, "unmap of what was not mapped");
}

int
paper_owns(struct target *base, const struct extent *runs, size_t n,
    struct fail *f)
{
	struct paper_target *t = paper_target(base);

	for (size_t i = 0; i < n; i++)
		if (paper_check_run(t, runs[i].mfn, runs[i].count, true,
		    "use", f) < 0)
			return -1;
	return paper_whole(t, f);
}

void
paper_unmap_all(struct paper_target *t)
{
	while (t->maps != NULL) {
		struct paper_map *m = t->maps;

		t->maps = m->next;
		if (may_fault(t, m))
			paper_unguard(m);
		release_map(t, m);
	}
}

bool
paper_mapped_writable(const struct paper_target *t, uint64_t mfn)
{
	for (const struct paper_map *m = t->maps; m != NULL; m = m->next)
		for (size_t i = 0; m->writable && i < m->runs.n; i++)
			if (mfn >= m->runs.v[i].mfn &&
			    mfn - m->runs.v[i].mfn < m->runs.v[i].count)
				return true;
	return false;
}
