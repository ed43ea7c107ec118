#include "planmaker.h"

void
maker_begin(struct maker *m, const char *abi, uint64_t v_start,
    uint64_t v_end, uint64_t pages)
{
	struct plan *p = &m->plan;

	*m = (struct maker){ .plan = { .arena = ARENA_INIT } };
	p->image.abi = abi_named(abi);
	p->image.pae = "no";
	p->image.virt_base = v_start;
	p->layout.pages = pages;
	p->layout.v_start = v_start;
	p->layout.v_end = v_end;
	p->layout.segments = m->segment;
	p->command_line = (struct bytes){ "", 0 };
	p->has = PLAN_BIT(PLAN_IMAGE) | PLAN_BIT(PLAN_LAYOUT) |
	    PLAN_BIT(PLAN_COMMAND_LINE);
}

struct layout_segment *
maker_segment(struct maker *m, enum segment_kind kind, uint64_t pfn,
    uint64_t pages, uint64_t va)
{
	struct plan_layout *l = &m->plan.layout;

	if (l->n_segments == MAKER_SEGMENTS)
		abort();
	m->segment[l->n_segments] = (struct layout_segment){
	    segment_name(kind), pfn, pages, pages * 4096, { va != 0, va } };
	return &m->segment[l->n_segments++];
}

struct layout_segment *
maker_mapped(struct maker *m, enum segment_kind kind, uint64_t pfn,
    uint64_t pages)
{
	struct layout_segment *s = maker_segment(m, kind, pfn, pages, 0);

	s->va.set = true;
	s->va.value = m->plan.layout.v_start + pfn * 4096;
	return s;
}

void
maker_memory(struct maker *m, const struct extents *p2m)
{
	m->plan.memory.target = (struct bytes){ "fake:", 5 };
	m->plan.memory.p2m = *p2m;
	plan_add(&m->plan, PLAN_MEMORY);
}

void
maker_end(struct maker *m)
{
	arena_release(&m->plan.arena);
}
