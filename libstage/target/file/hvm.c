#include <inttypes.h>
#include <stddef.h>

#include "target/file/file.h"
#include "target/request.h"

/* ---- memory ---- */

static int
refuse_gfn(const struct paper_target *t, uint64_t gfn, const char *rule,
    struct fail *f)
{
	return fail(f, FAIL_TARGET, "cannot give '%s' gfn 0x%" PRIx64 ": %s",
	    t->name, gfn, rule);
}

/* The runs are the memory map, too; *ram is set to the pages of memory among
 * them. */
static int
check_runs(const struct paper_target *t, const struct extents *gfns,
    uint64_t *ram, struct fail *f)
{
	uint64_t end = 0;

	*ram = 0;
	for (size_t i = 0; i < gfns->n; i++) {
		const struct extent *e = &gfns->v[i];
		const struct abi_range *r = abi_range_of(t->state.abi,
		    e->pfn);

		if (e->pfn != e->mfn || e->count == 0)
			return fail_bug(f, "a run of gfns that is none");
		if (e->pfn < end)
			return refuse_gfn(t, e->pfn, "the memory map ascends, "
			    "and no page is given twice", f);
		if (r->pages == 0)
			return refuse_gfn(t, e->pfn, "no range of a PVH "
			    "guest's addresses has it", f);
		if (e->count > r->pages - (e->pfn - r->gfn))
			return refuse_gfn(t, e->pfn, "its run goes on beyond "
			    "the end of its range", f);
		end = e->pfn + e->count;
		*ram += r->ram ? e->count : 0;
	}
	return 0;
}

/* Has each range what a guest with so much memory has there? */
static int
check_whole(const struct paper_target *t, const struct extents *gfns,
    uint64_t ram, struct fail *f)
{
	struct extent want[ABI_RANGES_MAX];
	size_t n = abi_gfns(t->state.abi, ram, want);

	for (size_t i = 0; i < n; i++)
		if (i >= gfns->n || gfns->v[i].pfn != want[i].pfn ||
		    gfns->v[i].count != want[i].count)
			return refuse_gfn(t, want[i].pfn, "a guest of that "
			    "much memory has another run from there on, for "
			    "ranges are filled from their start, one after the "
			    "other", f);
	return 0;
}

static int
populate(struct target *base, const struct abi *abi,
    const struct extents *gfns, struct fail *f)
{
	struct paper_target *t = paper_target(base);
	const struct paper_state *s = &t->state;
	uint64_t ram;

	if (paper_writable(t, f) < 0 ||
	    paper_check_type(t, GUEST_PVH, "give gfns to", f) < 0)
		return -1;
	if (s->abi != abi)
		return fail(f, FAIL_TARGET, "cannot give '%s' memory: the ABI "
		    "is set before the first page, and it has %s", t->name,
		    s->abi == NULL ? "none" : "another");
	if (check_runs(t, gfns, &ram, f) < 0 ||
	    target_check_pages(t->name, extents_pages(&s->frames), ram,
	    s->max_pages, f) < 0 || check_whole(t, gfns, ram, f) < 0)
		return -1;
	return paper_take_frames(t, gfns, f);
}

/* ---- parameters ---- */

static int
set_param(struct target *base, uint32_t param, uint64_t value, struct fail *f)
{
	struct paper_target *t = paper_target(base);
	struct paper_state *s = &t->state;
	const char *wrong;

	if (paper_writable(t, f) < 0 ||
	    paper_check_type(t, GUEST_PVH, "set an HVM parameter of", f) < 0)
		return -1;
	wrong = paper_param_wrong(s, param, value);
	if (wrong != NULL)
		return fail(f, FAIL_TARGET, "cannot set HVM parameter %" PRIu32
		    " of '%s' to 0x%" PRIx64 ": %s", param, t->name, value,
		    wrong);
	s->param[param] = value;
	return paper_save(t, f);
}

static int
get_param(struct target *base, uint32_t param, uint64_t *value,
    struct fail *f)
{
	const struct paper_target *t = paper_target(base);

	if (paper_check_type(t, GUEST_PVH, "read an HVM parameter of", f) < 0)
		return -1;
	*value = param < PAPER_PARAMS ? t->state.param[param] : 0;
	return 0;
}

const struct target_hvm_ops paper_hvm_ops = {
	.populate = populate,
	.set_param = set_param,
	.get_param = get_param,
};
