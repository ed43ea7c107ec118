#include <inttypes.h>
#include <string.h>

#include "base/hex.h"
#include "verify/impl.h"

static void
compare_id(struct verify *v, const char *what, const uint8_t *is,
    const uint8_t *should)
{
	if (memcmp(is, should, ID_BYTES) != 0)
		verify_differs(v, "its %s is %s, should be %s", what,
		    id_text(is).s, id_text(should).s);
}

int
verify_identity(struct verify *v, struct fail *f)
{
	const struct plan_memory *m = &v->plan->memory;
	const struct target_info *i = &v->info;

	(void)f;
	compare_id(v, "UUID", i->uuid, m->uuid);
	if (!i->has_build)
		verify_differs(v, "the domain carries no build id");
	else
		compare_id(v, "build id", i->build, m->build);
	if (i->abi != v->abi)
		verify_differs(v, "its ABI is %s, should be %s",
		    i->abi == NULL ? "not set" : i->abi->name, v->abi->name);
	if (i->pages != extents_pages(plan_frames(v->plan)))
		verify_differs(v, "it has %" PRIu64 " pages, should have %"
		    PRIu64, i->pages, extents_pages(plan_frames(v->plan)));
	return verify_detail(v, "%s, %" PRIu64 " pages, this build's",
	    v->abi->name, i->pages);
}

/* ---- machine frames ---- */

static int
check_distinct(struct verify *v, struct fail *f)
{
	const struct extents *p2m = plan_frames(v->plan);
	struct fail own = { 0 };
	struct extents copy;
	int rc = 0;

	if (extents_sorted(p2m, &copy, &own) < 0) {
		if (own.kind == FAIL_INPUT)
			verify_differs(v, "%s", own.message);
		else
			rc = fail_pass(f, &own);
	}
	extents_release(&copy);
	return rc;
}

static int
check_owned(struct verify *v, uint64_t pfn, uint64_t mfn, struct fail *f)
{
	const struct extent one = { pfn, mfn, 1 };
	struct fail own = { 0 };

	if (v->target->ops->owns(v->target, &one, 1, &own) == 0)
		return 0;
	if (own.kind != FAIL_TARGET)
		return fail_pass(f, &own);
	return verify_differs(v, "pfn 0x%" PRIx64 ": %s", pfn, own.message);
}

/* Asks for the whole window first, and for single frames only where one of them
 * is not the domain's. */
static int
check_window(struct verify *v, uint64_t pfn, uint64_t pages, struct fail *f)
{
	struct extents runs = EXTENTS_INIT;
	struct fail own = { 0 };
	uint64_t before = v->differences;
	int rc = extents_slice(plan_frames(v->plan), pfn, pages, &runs, f);

	if (rc == 0)
		rc = v->target->ops->owns(v->target, runs.v, runs.n, &own);
	extents_release(&runs);
	if (rc == 0 || own.kind == FAIL_NONE)
		return rc;
	for (uint64_t i = 0; i < pages; i++)
		if (check_owned(v, pfn + i, verify_mfn(v, pfn + i), f) < 0)
			return -1;
	if (v->differences > before)
		return 0;
	return fail_pass(f, &own);
}

int
verify_owned(struct verify *v, uint64_t pfn, uint64_t pages, struct fail *f)
{
	for (uint64_t n; pages > 0; pfn += n, pages -= n) {
		n = pages < WINDOW_MAX ? pages : WINDOW_MAX;
		if (check_window(v, pfn, n, f) < 0)
			return -1;
	}
	return 0;
}

static void
check_limit(struct verify *v, const struct extent *e)
{
	uint64_t limit = UINT64_C(1) << (v->abi->frame_bits - PAGE_BITS);

	if (e->mfn + e->count > limit)
		verify_differs(v, "pfn 0x%" PRIx64 " lies in machine frame 0x%"
		    PRIx64 ", should be below 0x%" PRIx64,
		    e->pfn + e->count - 1, e->mfn + e->count - 1, limit);
}

int
verify_frames(struct verify *v, struct fail *f)
{
	const struct extents *p2m = plan_frames(v->plan);
	uint64_t pages = extents_pages(p2m);

	if (pages != v->plan->layout.pages)
		verify_differs(v, "the plan's memory.p2m has %" PRIu64
		    " pages, should have %" PRIu64, pages,
		    v->plan->layout.pages);
	if (check_distinct(v, f) < 0)
		return -1;
	for (size_t i = 0; i < p2m->n; i++)
		if (v->abi->frame_bits != 0)
			check_limit(v, &p2m->v[i]);
	if (verify_owned(v, 0, pages, f) < 0)
		return -1;
	return verify_detail(v, "%" PRIu64 " distinct frames in %zu runs",
	    pages, p2m->n);
}

/* ---- p2m and m2p ---- */

struct list {
	uint64_t start;			/* paddr of its first entry */
	unsigned entry;			/* bytes */
};

static int
compare_list(struct verify *v, void *arg, uint64_t paddr,
    const unsigned char *bytes, size_t n, struct fail *f)
{
	const struct list *l = arg;
	struct abi_field d = { 0, (uint16_t)l->entry };
	uint64_t pfn = (paddr - l->start) / l->entry;

	(void)f;
	for (size_t at = 0; at < n; at += l->entry, pfn++) {
		uint64_t want = verify_mfn(v, pfn);
		uint64_t got = abi_get(d, bytes + at);

		if (got != want)
			verify_differs(v, "entry of pfn 0x%" PRIx64 " at %s: "
			    "0x%" PRIx64 ", should be 0x%" PRIx64, pfn,
			    verify_place(v, paddr + at).words, got, want);
	}
	return 0;
}

int
verify_p2m(struct verify *v, struct fail *f)
{
	const struct layout_segment *s = plan_segment(v->plan, SEG_P2M);
	struct span all = verify_segment_span(s);
	struct list l = { all.from, v->abi->p2m_entry };
	struct span used = { all.from,
	    all.from + l.entry * v->plan->layout.pages };

	if (s == NULL || used.to > all.to)
		return verify_differs(v, "the plan's segment 'p2m' has %" PRIu64
		    " bytes, should have %" PRIu64, all.to - all.from,
		    used.to - used.from);
	if (s->va.set)
		verify_plan_value(v, "pagetables.p2m", v->plan->pagetables.p2m,
		    s->va.value);
	if (verify_span(v, used, compare_list, &l, f) < 0 ||
	    verify_zero(v, (struct span){ used.to, all.to }, f) < 0)
		return -1;
	return verify_detail(v, "%" PRIu64 " entries of %u bytes, zero after "
	    "them", v->plan->layout.pages, l.entry);
}

enum { M2P_BATCH = 4096 };

static int
compare_run(struct verify *v, const struct extent *e, struct fail *f)
{
	uint64_t pfns[M2P_BATCH];

	for (uint64_t at = 0; at < e->count; at += M2P_BATCH) {
		uint64_t n = e->count - at < M2P_BATCH ? e->count - at :
		    M2P_BATCH;

		if (v->target->ops->get_m2p(v->target, e->mfn + at, n, pfns,
		    f) < 0)
			return -1;
		for (uint64_t i = 0; i < n; i++)
			if (pfns[i] != e->pfn + at + i)
				verify_differs(v, "machine frame 0x%" PRIx64
				    ": pfn 0x%" PRIx64 ", should be 0x%" PRIx64,
				    e->mfn + at + i, pfns[i], e->pfn + at + i);
	}
	return 0;
}

int
verify_m2p(struct verify *v, struct fail *f)
{
	const struct extents *p2m = plan_frames(v->plan);

	if (v->abi->m2p_explicit && !plan_has(v->plan, PLAN_PAGETABLES))
		return verify_skip(v, "not done yet: %s does it",
		    plan_section_stage(PLAN_PAGETABLES));
	for (size_t i = 0; i < p2m->n; i++)
		if (compare_run(v, &p2m->v[i], f) < 0)
			return -1;
	return verify_detail(v, "%" PRIu64 " entries, the inverse of p2m",
	    extents_pages(p2m));
}
