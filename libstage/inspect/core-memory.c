#include <stdlib.h>

#include "base/array.h"
#include "inspect/core-impl.h"

static int
take_run(void *arg, const struct walk_run *r, struct fail *f)
{
	struct core_memory *m = arg;

	if (r->level > m->levels)
		return fail(f, FAIL_TARGET, "the top page table lies in a "
		    "frame that is not the domain's: nothing tells what is "
		    "mapped");
	if (r->end == WALK_UNSEEN)
		m->unseen += r->pages;
	else if (r->end != WALK_MAPPED)
		m->left_out += r->pages;
	if (r->end != WALK_MAPPED)
		return 0;
	if (m->n == CORE_RUNS_MAX)
		return fail(f, FAIL_TARGET, "the domain's addresses are mapped "
		    "in more than %d pieces, the most that a core has",
		    CORE_RUNS_MAX);
	if (array_grow(&m->runs, &m->cap, m->n, sizeof(*m->runs), f) < 0)
		return -1;
	m->runs[m->n++] = *r;
	return 0;
}

/*
 * Sorts the frames by mfn, joins runs that overlap, and gives each run its
 * place in the file.
 */
static void
arrange(struct extents *e)
{
	uint64_t place = 0;
	size_t n = 0;

	extents_by_mfn(e);
	for (size_t i = 0; i < e->n; i++) {
		struct extent *last = n == 0 ? NULL : &e->v[n - 1];
		uint64_t end = e->v[i].mfn + e->v[i].count;

		if (last == NULL || e->v[i].mfn > last->mfn + last->count)
			e->v[n++] = e->v[i];
		else if (end > last->mfn + last->count)
			last->count = end - last->mfn;
	}
	e->n = n;
	for (size_t i = 0; i < n; i++) {
		e->v[i].pfn = place;
		place += e->v[i].count;
	}
}

int
core_collect(const struct core *c, const struct walk_limit *limit,
    struct core_memory *m, struct fail *f)
{
	*m = (struct core_memory){ .levels = walk_abi(c->walk)->levels };
	if (walk_all(c->walk, limit, take_run, m, f) < 0)
		return -1;
	for (size_t i = 0; i < m->n; i++)
		if (extents_add(&m->frames, 0, m->runs[i].mfn,
		    m->runs[i].pages, f) < 0)
			return -1;
	arrange(&m->frames);
	return 0;
}

void
core_memory_release(struct core_memory *m)
{
	free(m->runs);
	extents_release(&m->frames);
}
