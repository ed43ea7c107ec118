#include <stdlib.h>

#include "build/pgtable-impl.h"
#include "inspect/walk-impl.h"

/* Tables are made as xb-pgtab makes them, for a p2m that changes nothing. */
struct planned {
	struct tables tables;
	struct extent identity;
	struct extents p2m;
};

static int
read_planned(struct walk *w, unsigned level, uint64_t va, uint64_t frame,
    unsigned char *bytes, bool *foreign, struct fail *f)
{
	struct planned *p = w->own;

	(void)frame;
	*foreign = false;
	tables_fill(&p->tables, level, va, bytes);
	return p->tables.lost ? fail_bug(f, "a planned table outside the "
	    "domain") : 0;
}

static int
owned(struct walk *w, uint64_t frame, uint64_t count, uint64_t *alike,
    bool *foreign, struct fail *f)
{
	(void)w;
	(void)frame;
	(void)f;
	*alike = count;
	*foreign = false;
	return 0;
}

static int
all_owned(struct walk *w, const struct extent *runs, size_t n, bool *all,
    struct fail *f)
{
	(void)w;
	(void)runs;
	(void)n;
	(void)f;
	*all = true;
	return 0;
}

static int
names(struct walk *w, uint64_t frame, uint64_t count, uint64_t *mfns,
    uint64_t *pfns, struct fail *f)
{
	const struct extents *p2m = &w->plan->memory.p2m;

	(void)f;
	for (uint64_t i = 0; i < count; i++) {
		pfns[i] = frame + i;
		mfns[i] = plan_has(w->plan, PLAN_MEMORY) ?
		    extents_mfn(p2m, frame + i) : INVALID_MFN;
	}
	return 0;
}

static void
close_planned(struct walk *w)
{
	free(w->own);
}

static const struct walk_source of_plan = {
	.read = read_planned,
	.owned = owned,
	.all_owned = all_owned,
	.names = names,
	.close = close_planned,
};

int
walk_open_planned(struct walk **out, const struct plan *plan, struct fail *f)
{
	struct planned *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return fail_memory(f, sizeof(*p));
	p->identity.count = plan->layout.pages;
	p->p2m = (struct extents){ &p->identity, 1, 1 };
	p->tables.p2m = &p->p2m;
	if (tables_of_plan(&p->tables, plan, f) < 0 ||
	    walk_new(out, &of_plan, plan->image.abi, p->tables.frames->pfn,
	    f) < 0) {
		free(p);
		return -1;
	}
	(*out)->plan = plan;
	(*out)->own = p;
	return 0;
}
