#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/stop.h"
#include "target/xen/xen.h"

enum { CLEAR_BATCH = 16384 };		/* of one hypercall */

static int
count_pages(const struct extent *runs, size_t n, size_t *pages,
    struct fail *f)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		sum += runs[i].count;
		if (runs[i].count > UINT64_C(1) << 40 ||
		    sum > SIZE_MAX / PAGE_BYTES / 2)
			return fail(f, FAIL_SYSTEM, "cannot map %" PRIu64
			    " pages at once", sum);
	}
	if (sum == 0)
		return fail_bug(f, "a mapping of no frames");
	*pages = (size_t)sum;
	return 0;
}

static xen_pfn_t *
frames_of(const struct extent *runs, size_t n, size_t pages, struct fail *f)
{
	xen_pfn_t *frames = reallocarray(NULL, pages, sizeof(*frames));
	size_t k = 0;

	if (frames == NULL)
		fail_memory(f, pages * sizeof(*frames));
	for (size_t i = 0; frames != NULL && i < n; i++)
		for (uint64_t at = 0; at < runs[i].count; at++)
			frames[k++] = runs[i].mfn + at;
	return frames;
}

/* ---- map ---- */

/* Says why a frame could not be mapped, by its type or else by errno. */
static int
explain(struct xen_target *t, uint64_t mfn, bool writable, int e,
    struct fail *f)
{
	const char *doing = writable ? "map writable" : "map";

	if (xen_check_ordinary(t, &mfn, 1, doing, f) < 0)
		return -1;
	return xen_refused(e, "only frames of the domain are mapped, and none "
	    "for writing that is a page table", f, "cannot %s mfn 0x%" PRIx64
	    " of '%s'", doing, mfn, t->name);
}

static void *
map_frames(struct xen_target *t, const xen_pfn_t *frames, size_t pages,
    bool writable, struct fail *f)
{
	xenforeignmemory_handle *h = xc_interface_fmem_handle(t->host.xc);
	int prot = PROT_READ | (writable ? PROT_WRITE : 0);
	int *errors = calloc(pages, sizeof(*errors));
	void *p;

	if (errors == NULL)
		return fail_memory_null(f, pages * sizeof(*errors));
	p = xenforeignmemory_map2(h, t->domid, NULL, prot, 0, pages, frames,
	    errors);
	if (p == NULL)
		(void)xen_refused(errno, NULL, f, "cannot map %zu frames of "
		    "'%s'", pages, t->name);
	for (size_t i = 0; p != NULL && i < pages; i++) {
		if (errors[i] == 0)
			continue;
		/* Xen's error numbers of single frames are negative, but not
		 * all versions of Linux pass them on so. */
		(void)explain(t, frames[i], writable, abs(errors[i]), f);
		xenforeignmemory_unmap(h, p, pages);
		p = NULL;
	}
	free(errors);
	return p;
}

/*
 * Xen refuses a writable mapping of a page table to a PV control domain, but
 * not to other control domains, so the types are checked here.  Frames that
 * this program has just populated are not in use as tables yet.
 */
static int
may_write(struct xen_target *t, const xen_pfn_t *frames, size_t pages,
    struct fail *f)
{
	if (t->fresh || (pages == 1 && frames[0] == t->shared_info))
		return 0;
	return xen_check_ordinary(t, frames, pages, "map writable", f);
}

void *
xen_map(struct target *base, const struct extent *runs, size_t n,
    bool writable, struct fail *f)
{
	struct xen_target *t = writable ? xen_writable(base, f) :
	    xen_target(base, f);
	struct xen_map *m;
	xen_pfn_t *frames;
	size_t pages;

	if (t == NULL || count_pages(runs, n, &pages, f) < 0)
		return NULL;
	m = malloc(sizeof(*m));
	if (m == NULL)
		return fail_memory_null(f, sizeof(*m));
	frames = frames_of(runs, n, pages, f);
	m->address = frames == NULL || (writable && may_write(t, frames, pages,
	    f) < 0) ? NULL : map_frames(t, frames, pages, writable, f);
	free(frames);
	if (m->address == NULL) {
		free(m);
		return NULL;
	}
	m->pages = pages;
	m->next = t->maps;
	t->maps = m;
	return m->address;
}

/* On Xen a mapping is as good as a buffer, which would have to be copied. */
void *
xen_replace(struct target *base, const struct extent *runs, size_t n,
    struct fail *f)
{
	return xen_map(base, runs, n, true, f);
}

static int
release(struct xen_target *t, struct xen_map *m)
{
	int r = xenforeignmemory_unmap(xc_interface_fmem_handle(t->host.xc),
	    m->address, m->pages);

	free(m);
	return r;
}

int
xen_unmap(struct target *base, void *address, struct fail *f)
{
	struct xen_target *t = xen_target(base, f);

	for (struct xen_map **p = &t->maps; *p != NULL; p = &(*p)->next) {
		struct xen_map *m = *p;

		if (m->address != address)
			continue;
		*p = m->next;
		if (release(t, m) == 0)
			return 0;
		return fail_errno(f, FAIL_SYSTEM, errno, "cannot unmap memory "
		    "of '%s'", t->name);
	}
	return fail_bug(f, "unmap of what was not mapped");
}

/* To map all frames asks in one call whether they are the domain's. */
int
xen_owns(struct target *base, const struct extent *runs, size_t n,
    struct fail *f)
{
	void *bytes = xen_map(base, runs, n, false, f);

	return bytes == NULL ? -1 : xen_unmap(base, bytes, f);
}

bool
xen_known_zero(struct target *base, const struct extent *runs, size_t n)
{
	(void)base;
	(void)runs;
	(void)n;
	return false;
}

void
xen_unmap_all(struct xen_target *t)
{
	xen_grants_unmap(t);
	while (t->maps != NULL) {
		struct xen_map *m = t->maps;

		t->maps = m->next;
		(void)release(t, m);
	}
}

/* ---- clear ---- */

/* For a control domain that may not use MMUEXT_CLEAR_PAGE (a PVH one). */
static int
clear_mapped(struct xen_target *t, const xen_pfn_t *frames, size_t pages,
    struct fail *f)
{
	for (size_t at = 0; at < pages; at += WINDOW_MAX) {
		size_t n = pages - at < WINDOW_MAX ? pages - at : WINDOW_MAX;
		void *p;

		if (stop_check(f) < 0 || (!t->fresh &&
		    xen_check_ordinary(t, frames + at, n, "clear", f) < 0))
			return -1;
		p = map_frames(t, frames + at, n, true, f);
		if (p == NULL)
			return -1;
		memset(p, 0, n * PAGE_BYTES);
		if (xenforeignmemory_unmap(xc_interface_fmem_handle(
		    t->host.xc), p, n) < 0)
			return fail_errno(f, FAIL_SYSTEM, errno, "cannot unmap "
			    "memory of '%s'", t->name);
	}
	return 0;
}

/* Returns 0 or the errno. */
static int
clear_batch(struct xen_target *t, struct mmuext_op *ops,
    const xen_pfn_t *frames, size_t n)
{
	for (size_t i = 0; i < n; i++)
		ops[i] = (struct mmuext_op){ .cmd = MMUEXT_CLEAR_PAGE,
		    .arg1.mfn = frames[i] };
	return xc_mmuext_op(t->host.xc, ops, (unsigned)n, t->domid) < 0 ?
	    errno : 0;
}

static int
clear_frames(struct xen_target *t, const xen_pfn_t *frames, size_t pages,
    struct fail *f)
{
	size_t room = pages < CLEAR_BATCH ? pages : CLEAR_BATCH;
	struct mmuext_op *ops = reallocarray(NULL, room, sizeof(*ops));
	size_t at = 0, n = 0;
	int e = 0;

	if (ops == NULL)
		return fail_memory(f, room * sizeof(*ops));
	for (; e == 0 && at < pages; at += n) {
		if (stop_check(f) < 0)
			break;
		n = pages - at < room ? pages - at : room;
		e = clear_batch(t, ops, frames + at, n);
	}
	free(ops);
	if (e == 0)
		return at == pages ? 0 : -1;
	at -= n;
	if (e == EOPNOTSUPP || e == ENOSYS)
		return clear_mapped(t, frames + at, pages - at, f);
	if (xen_check_ordinary(t, frames + at, n, "clear", f) < 0)
		return -1;
	return xen_refused(e, "only frames of the domain are cleared, and none "
	    "in use as a page table", f, "cannot clear %zu frames from mfn 0x%"
	    PRIx64 " on of '%s'", n, (uint64_t)frames[at], t->name);
}

int
xen_clear(struct target *base, const struct extent *runs, size_t n,
    struct fail *f)
{
	struct xen_target *t = xen_writable(base, f);
	xen_pfn_t *frames;
	size_t pages;
	int rc;

	if (t == NULL || count_pages(runs, n, &pages, f) < 0)
		return -1;
	frames = frames_of(runs, n, pages, f);
	if (frames == NULL)
		return -1;
	/* MMUEXT_CLEAR_PAGE is for PV domains. */
	rc = xen_guest(t) == GUEST_PV ? clear_frames(t, frames, pages, f) :
	    clear_mapped(t, frames, pages, f);
	free(frames);
	return rc;
}
