#include <inttypes.h>
#include <string.h>

#include "plan/check.h"
#include "plan/derived.h"

static int
check_runs(const struct plan *p, struct fail *f)
{
	const struct extents *l = &p->memory.p2m;
	const struct abi *a = p->image.abi;
	uint64_t end = abi_frame_end(a);
	/* A PVH guest's gfns are its own frames, and stand in the layout. */
	uint64_t want = a->p2m_entry == 0 ? 0 : p->layout.pages;
	uint64_t sum = 0;

	for (size_t i = 0; i < l->n; i++) {
		const struct extent *e = &l->v[i];

		if (e->count > end || e->mfn > end - e->count)
			return fail(f, FAIL_INPUT, "'memory.p2m[%zu]', %" PRIu64
			    " pages at mfn 0x%" PRIx64 ", ends past the last"
			    " frame that '%s' can use, 0x%" PRIx64, i,
			    e->count, e->mfn, a->name, end - 1);
		sum += e->count;
		if (sum > want)
			break;
	}
	if (sum != want)
		return fail(f, FAIL_INPUT, "'memory.p2m' has %s%" PRIu64
		    " pages, the layout %" PRIu64,
		    sum > want ? "at least " : "", sum, want);
	return 0;
}

/* No mfn may stand for two pfns. */
static int
check_frames(const struct extents *l, struct fail *f)
{
	struct fail inner = { .kind = FAIL_NONE };
	struct extents copy;
	int rc = extents_sorted(l, &copy, &inner);

	extents_release(&copy);
	return rc == 0 ? 0 : fail(f, inner.kind, "%s%s",
	    inner.kind == FAIL_INPUT ? "'memory.p2m': " : "", inner.message);
}

static int
check_target(const struct bytes *target, struct fail *f)
{
	const char *where = strchr(target->data, ':');

	if (where == NULL || where == target->data)
		return fail(f, FAIL_INPUT, "'memory.target' is '%s', no name of"
		    " a target", target->data);
	if (strncmp(target->data, "file:", 5) == 0 && where[1] != '/')
		return fail(f, FAIL_INPUT, "'memory.target' is '%s'; its path"
		    " must be absolute", target->data);
	return 0;
}

int
plan_check_memory(const struct plan *p, struct fail *f)
{
	if (check_target(&p->memory.target, f) < 0 || check_runs(p, f) < 0)
		return -1;
	return check_frames(&p->memory.p2m, f);
}

/* A number that can be computed from earlier sections. */
struct follows {
	const char *name;
	uint64_t have, want;
};

static int
check_follows(const char *section, const struct follows *v, size_t n,
    struct fail *f)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].have != v[i].want)
			return fail(f, FAIL_INPUT, "'%s.%s' is 0x%" PRIx64
			    "; by the sections before it is 0x%" PRIx64,
			    section, v[i].name, v[i].have, v[i].want);
	return 0;
}

int
plan_check_pagetables(const struct plan *p, struct fail *f)
{
	const struct plan_pagetables *t = &p->pagetables;
	const struct plan_pagetables want = plan_derive_pagetables(p);
	const struct follows v[] = {
		{ "root_mfn", t->root_mfn, want.root_mfn },
		{ "pt_base", t->pt_base, want.pt_base },
		{ "frames", t->frames, want.frames },
		{ "p2m", t->p2m, want.p2m },
		{ "first_p2m_pfn", t->first_p2m_pfn, want.first_p2m_pfn },
		{ "p2m_frames", t->p2m_frames, want.p2m_frames },
	};

	return check_follows("pagetables", v, sizeof(v) / sizeof(*v), f);
}

int
plan_check_identity(const struct plan *p, struct fail *f)
{
	const struct follows v[] = {
		{ "gfn", p->identity.gfn, plan_segment(p, SEG_IDENTITY)->pfn },
	};

	return check_follows("identity", v, 1, f);
}

static int
check_hypercall(const struct plan *p, struct fail *f)
{
	const struct maybe *m = &p->startinfo.hypercall_mfn;
	uint64_t pfn;

	if (!m->set)
		return 0;
	pfn = extents_pfn(plan_frames(p), m->value);
	if (pfn == INVALID_MFN)
		return fail(f, FAIL_INPUT, "'startinfo.hypercall_mfn' is 0x%"
		    PRIx64 ", no frame of the domain", m->value);
	if (segment_holds(plan_segment(p, SEG_PAGE_TABLES), pfn) ||
	    segment_holds(plan_segment(p, SEG_P2M_TABLES), pfn))
		return fail(f, FAIL_INPUT, "'startinfo.hypercall_mfn' is 0x%"
		    PRIx64 ", a page table of the domain", m->value);
	return 0;
}

/* A guest whose ABI has no shared_info maps its own. */
static int
check_shared_info(const struct plan *p, struct fail *f)
{
	const struct abi *a = p->image.abi;
	const uint64_t mfn = p->startinfo.shared_info_mfn;
	uint64_t pfn;

	if (a->shared_info.size == 0)
		return mfn == 0 ? 0 : fail(f, FAIL_INPUT,
		    "'startinfo.shared_info_mfn' is 0x%" PRIx64 "; a %s guest "
		    "maps its own, so it is 0", mfn, a->words);
	pfn = extents_pfn(plan_frames(p), mfn);
	return pfn == INVALID_MFN ? 0 : fail(f, FAIL_INPUT,
	    "'startinfo.shared_info_mfn' is 0x%" PRIx64 ", the domain's own "
	    "pfn 0x%" PRIx64, mfn, pfn);
}

/* A frame that the plan does not have is not held against anything. */
static struct follows
follows_frame(const char *name, struct maybe have, struct maybe want)
{
	uint64_t value = want.set ? want.value : INVALID_MFN;

	return (struct follows){ name, have.set ? have.value : value, value };
}

int
plan_check_startinfo(const struct plan *p, struct fail *f)
{
	const struct plan_startinfo *s = &p->startinfo;
	const struct plan_startinfo want = plan_derive_startinfo(p);
	const struct follows v[] = {
		{ "va", s->va, want.va },
		follows_frame("store_mfn", s->store_mfn, want.store_mfn),
		follows_frame("console_mfn", s->console_mfn, want.console_mfn),
	};

	if (check_follows("startinfo", v, sizeof(v) / sizeof(*v), f) < 0 ||
	    check_shared_info(p, f) < 0)
		return -1;
	return check_hypercall(p, f);
}

/* A guest finds start_info by the register that its ABI names. */
static int
check_bx(const struct plan *p, size_t i, struct fail *f)
{
	const struct maybe *bx = &p->vcpus[i].bx;

	if (p->image.abi->context.start_info != CTX_BX)
		return !bx->set ? 0 : fail(f, FAIL_INPUT, "'vcpus[%zu].bx' is "
		    "0x%" PRIx64 "; a guest of %s is given none", i, bx->value,
		    p->image.abi->name);
	if (bx->set && bx->value == p->startinfo.va)
		return 0;
	return fail(f, FAIL_INPUT, "'vcpus[%zu].bx' is %s; a PVH guest finds "
	    "start_info by it, at 0x%" PRIx64, i, bx->set ? "another address" :
	    "missing", p->startinfo.va);
}

int
plan_check_vcpus(const struct plan *p, struct fail *f)
{
	if (p->n_vcpus == 0)
		return fail(f, FAIL_INPUT, "'vcpus' has no entry");
	for (size_t i = 0; i < p->n_vcpus; i++)
		if (check_bx(p, i, f) < 0)
			return -1;
	for (size_t i = 1; i < p->n_vcpus; i++)
		if (p->vcpus[i].id <= p->vcpus[i - 1].id)
			return fail(f, FAIL_INPUT, "'vcpus[%zu].id' is %" PRIu64
			    ", not above the one before, %" PRIu64, i,
			    p->vcpus[i].id, p->vcpus[i - 1].id);
	return 0;
}
