#include <inttypes.h>

#include "target/file/file.h"

/* A state may have been written by anyone.  Each rule here holds for all states
 * that the operations of this folder write. */

static int
check_frames(const struct paper_state *s, const char *name, struct fail *f)
{
	uint64_t limit, pages = extents_pages(&s->frames);
	bool shaped = true;

	if (s->frames.n == 0)
		return 0;
	if (s->abi == NULL)
		return paper_damaged(name, f, "its state has frames, and no "
		    "ABI");
	if (s->type == GUEST_PVH)
		shaped = paper_hvm_frames(s, &pages);
	if (!shaped)
		return paper_damaged(name, f, "its state has %" PRIu64
		    " frames that are not the gfns of a PVH guest",
		    extents_pages(&s->frames));
	if (pages > s->max_pages)
		return paper_damaged(name, f, "its state has %" PRIu64
		    " frames, more than max_pages %" PRIu64, pages,
		    s->max_pages);
	limit = paper_frame_limit(s->abi, 0);
	if (paper_frames_end(s) > limit)
		return paper_damaged(name, f, "its state has frame 0x%" PRIx64
		    ", the limit of its ABI is 0x%" PRIx64,
		    paper_frames_end(s) - 1, limit - 1);
	return 0;
}

/* Are count frames from mfn owned?  Adjacent runs of frames are joined, so one
 * run must hold all of them. */
static bool
owns_run(const struct paper_state *s, uint64_t mfn, uint64_t count)
{
	const struct extent *e = extents_find_mfn(&s->frames, mfn);

	return e != NULL && count <= e->count - (mfn - e->mfn);
}

static int
foreign(const char *name, const char *field, uint64_t mfn, struct fail *f)
{
	return paper_damaged(name, f, "field '%s' of its state has mfn 0x%"
	    PRIx64 ", which the domain does not own", field, mfn);
}

static int
check_uses(const struct paper_state *s, const char *name, struct fail *f)
{
	for (size_t i = 0; i < s->m2p.n; i++)
		if (!owns_run(s, s->m2p.v[i].mfn, s->m2p.v[i].count))
			return foreign(name, "m2p", s->m2p.v[i].mfn, f);
	for (size_t i = 0; i < s->tables.n; i++) {
		const struct table_run *t = &s->tables.v[i];

		if (!owns_run(s, t->mfn, t->count))
			return foreign(name, "tables", t->mfn, f);
		if (t->level > s->abi->levels ||
		    (t->pinned && t->level != s->abi->levels))
			return paper_damaged(name, f, "field 'tables' of its "
			    "state has mfn 0x%" PRIx64 " %s at level %" PRIu64
			    " of %u", t->mfn, t->pinned ? "pinned" : "in use",
			    t->level, s->abi->levels);
	}
	for (size_t i = 0; i < PAPER_GRANTS_MAX; i++)
		if (s->grants[i].used && !owns_run(s, s->grants[i].mfn, 1))
			return foreign(name, "grants", s->grants[i].mfn, f);
	return 0;
}

static int
check_context(const struct paper_state *s, size_t vcpu, const char *name,
    struct fail *f)
{
	const struct table_run *root;
	struct paper_wrong wrong;
	uint64_t mfn;

	if (s->type == GUEST_PVH)
		return !paper_hvm_context_wrong(s, s->context[vcpu], &wrong) ?
		    0 : paper_damaged(name, f, "%s of vcpu %zu in its state "
		    "is 0x%" PRIx64 ": %s", wrong.name, vcpu, wrong.value,
		    wrong.rule);
	mfn = abi_cr3_mfn(s->abi, abi_get(s->abi->context.field[CTX_CR3],
	    s->context[vcpu]));
	root = paper_tables_find(&s->tables, mfn);
	if (root == NULL || root->level != s->abi->levels)
		return paper_damaged(name, f, "the context of vcpu %zu in its "
		    "state has mfn 0x%" PRIx64 " for its page tables, which "
		    "is no top table", vcpu, mfn);
	return 0;
}

static int
check_params(const struct paper_state *s, const char *name, struct fail *f)
{
	for (size_t i = 0; i < PAPER_PARAMS; i++) {
		const char *wrong = s->param[i] == 0 ? NULL :
		    paper_param_wrong(s, i, s->param[i]);

		if (wrong != NULL)
			return paper_damaged(name, f, "HVM parameter %zu of "
			    "its state is 0x%" PRIx64 ": %s", i, s->param[i],
			    wrong);
	}
	return 0;
}

/* A PVH guest has the frames of its gfns, and nothing that is of PV alone. */
static int
check_type(const struct paper_state *s, const char *name, struct fail *f)
{
	if (s->abi != NULL && s->abi->guest != s->type)
		return paper_damaged(name, f, "its state has the ABI %s, which "
		    "no domain of type %s has", s->abi->name,
		    guest_name(s->type));
	if (s->type == GUEST_PVH && (s->shared_info != 0 || s->m2p.n > 0 ||
	    s->tables.n > 0))
		return paper_damaged(name, f, "its state has shared_info, m2p "
		    "or tables, and a PVH guest has none");
	return 0;
}

int
paper_state_check(const struct paper_state *s, const char *name, struct fail *f)
{
	if (s->max_pages == 0 || s->vcpus == 0 ||
	    (s->type == GUEST_PV && s->shared_info == 0))
		return paper_damaged(name, f, "max_pages, vcpus or shared_info "
		    "of its state is 0");
	if (check_type(s, name, f) < 0)
		return -1;
	if ((s->has_run || !s->paused) && s->context[0] == NULL)
		return paper_damaged(name, f, "its state says that it runs, "
		    "and vcpu 0 has no context");
	if (check_frames(s, name, f) < 0 || check_uses(s, name, f) < 0 ||
	    check_params(s, name, f) < 0)
		return -1;
	for (size_t i = 0; i < PAPER_VCPUS_MAX; i++)
		if (s->context[i] != NULL && check_context(s, i, name, f) < 0)
			return -1;
	return 0;
}
