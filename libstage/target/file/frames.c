#include <inttypes.h>

#include "target/file/file.h"

const struct extent *
file_run_of(const struct extents *l, uint64_t mfn)
{
	size_t low = 0, high = l->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct extent *e = &l->v[mid];

		if (mfn < e->mfn)
			high = mid;
		else if (mfn - e->mfn >= e->count)
			low = mid + 1;
		else
			return e;
	}
	return NULL;
}

bool
file_owns(const struct file_state *s, uint64_t mfn)
{
	return file_run_of(&s->frames, mfn) != NULL;
}

int
file_check_run(struct file_target *t, uint64_t mfn, uint64_t count,
    bool shared, const char *doing, struct fail *f)
{
	const struct extent *e;

	if (count == 0)
		return fail_bug(f, "a run of no frames");
	if (shared && mfn == t->state.shared_info && count == 1)
		return 0;
	while (count > 0) {
		uint64_t left;

		e = file_run_of(&t->state.frames, mfn);
		if (e == NULL)
			return fail(f, FAIL_TARGET, "cannot %s mfn 0x%" PRIx64
			    " of '%s': a domain may only use frames that it "
			    "owns, and it does not own this one", doing, mfn,
			    t->name);
		left = e->count - (mfn - e->mfn);
		if (left >= count)
			break;
		mfn += left;
		count -= left;
	}
	return 0;
}

uint64_t
file_frame_limit(const struct abi *abi, unsigned address_bits)
{
	uint64_t limit = FILE_FRAMES_MAX;
	unsigned bits[2] = { abi->frame_bits, address_bits };

	for (int i = 0; i < 2; i++)
		if (bits[i] >= PAGE_BITS && bits[i] < 64 &&
		    UINT64_C(1) << (bits[i] - PAGE_BITS) < limit)
			limit = UINT64_C(1) << (bits[i] - PAGE_BITS);
	return limit;
}

int
file_set_frames(struct file_state *s, const struct extents *runs,
    struct fail *f)
{
	struct extents sorted = EXTENTS_INIT;
	uint64_t sum = 0;
	int rc = 0;

	for (size_t i = 0; i < runs->n && rc == 0; i++)
		rc = extents_add(&sorted, runs->v[i].pfn, runs->v[i].mfn,
		    runs->v[i].count, f);
	if (rc == 0)
		rc = extents_sort_by_mfn(&sorted, f);
	extents_release(&s->frames);
	for (size_t i = 0; i < sorted.n && rc == 0; i++) {
		rc = extents_add(&s->frames, sum, sorted.v[i].mfn,
		    sorted.v[i].count, f);
		sum += sorted.v[i].count;
	}
	extents_release(&sorted);
	return rc;
}

int
file_set_abi(struct target *base, const struct abi *abi, struct fail *f)
{
	struct file_target *t = file_target(base);

	if (file_writable(t, f) < 0)
		return -1;
	if (t->state.abi == abi)
		return 0;
	if (t->state.frames.n > 0)
		return fail(f, FAIL_TARGET, "cannot set '%s' to ABI %s: it is "
		    "set before the first page, and the domain has pages and "
		    "ABI %s; destroy it and create it anew", t->name,
		    abi->name, t->state.abi->name);
	t->state.abi = abi;
	return file_save(t, f);
}

static uint64_t
kib(uint64_t pages)
{
	return pages * (PAGE_BYTES / 1024);
}

static int
may_populate(struct file_target *t, uint64_t count, uint64_t limit,
    struct fail *f)
{
	const struct file_state *s = &t->state;

	if (s->frames.n > 0)
		return fail(f, FAIL_TARGET, "'%s' has %" PRIu64 " pages "
		    "already; destroy the domain, or give the plan that its "
		    "build wrote", t->name, extents_pages(&s->frames));
	if (count > s->max_pages)
		return fail(f, FAIL_TARGET, "'%s' is too small: %" PRIu64
		    " KiB needed, %" PRIu64 " KiB given, %" PRIu64
		    " KiB missing; create it with -m %" PRIu64 "K",
		    t->name, kib(count), kib(s->max_pages),
		    kib(count - s->max_pages), kib(count));
	if (count > file_scatter_room(limit))
		return fail(f, FAIL_TARGET, "cannot give '%s' %" PRIu64
		    " KiB: its frames must lie below 0x%" PRIx64 ", and only %"
		    PRIu64 " KiB are free there", t->name, kib(count),
		    limit * PAGE_BYTES, kib(file_scatter_room(limit)));
	return 0;
}

static uint64_t
memory_end(const struct extents *frames)
{
	const struct extent *last = &frames->v[frames->n - 1];

	return (last->mfn + last->count) * PAGE_BYTES;
}

static int
take_frames(struct file_target *t, const struct extents *p2m, struct fail *f)
{
	struct file_state *s = &t->state;

	if (file_set_frames(s, p2m, f) < 0 ||
	    file_grow(t, memory_end(&s->frames), f) < 0)
		return -1;
	if (!s->abi->m2p_explicit &&
	    file_update_m2p(t, p2m->v, p2m->n, f) < 0)
		return -1;
	return file_save(t, f);
}

int
file_populate(struct target *base, uint64_t count, unsigned address_bits,
    struct extents *p2m, struct fail *f)
{
	struct file_target *t = file_target(base);
	struct extents got = EXTENTS_INIT;
	uint64_t limit;
	int rc = 0;

	if (file_writable(t, f) < 0)
		return -1;
	if (t->state.abi == NULL)
		return fail(f, FAIL_TARGET, "cannot give '%s' memory: the "
		    "ABI is set before the first page, and it has none",
		    t->name);
	if (count == 0)
		return fail_bug(f, "populate with no pages");
	limit = file_frame_limit(t->state.abi, address_bits);
	if (may_populate(t, count, limit, f) < 0 ||
	    file_scatter(t->state.scatter, count, limit, &got, f) < 0 ||
	    take_frames(t, &got, f) < 0)
		rc = -1;
	for (size_t i = 0; i < got.n && rc == 0; i++)
		rc = extents_add(p2m, got.v[i].pfn, got.v[i].mfn,
		    got.v[i].count, f);
	extents_release(&got);
	return rc;
}
