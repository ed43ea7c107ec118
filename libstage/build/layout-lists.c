#include <stdlib.h>
#include <string.h>

#include "build/layout-rules.h"
#include "plan/pvh.h"

static int
compare_segments(const void *a, const void *b)
{
	const struct layout_segment *x = a, *y = b;

	return (x->pfn > y->pfn) - (x->pfn < y->pfn);
}

static int
compare_runs(const void *a, const void *b)
{
	const struct pfn_run *x = a, *y = b;

	return (x->pfn > y->pfn) - (x->pfn < y->pfn);
}

static int
list_segments(struct plan *p, const struct places *l, struct fail *f)
{
	struct plan_layout *out = &p->layout;
	struct layout_segment *v;

	v = arena_array(&p->arena, SEG_KINDS, sizeof(*v), f);
	if (v == NULL)
		return -1;
	out->segments = v;
	for (enum segment_kind k = 0; k < SEG_KINDS; k++) {
		const struct place *at = &l->at[k];

		if (at->pages > 0)
			v[out->n_segments++] = (struct layout_segment){
			    segment_name(k), at->pfn, at->pages, at->size,
			    at->va };
	}
	qsort(v, out->n_segments, sizeof(*v), compare_segments);
	return 0;
}

static uint64_t *
list_counts(struct plan *p, const uint64_t counts[ABI_LEVELS_MAX],
    struct fail *f)
{
	size_t n = p->image.abi->levels;
	uint64_t *v = arena_array(&p->arena, n, sizeof(*v), f);

	if (v != NULL)
		memcpy(v, counts, n * sizeof(*v));
	return v;
}

static int
list_tables(struct plan *p, const struct places *l, struct fail *f)
{
	struct plan_layout *out = &p->layout;

	out->tables = list_counts(p, l->tables, f);
	if (out->tables == NULL)
		return -1;
	out->n_tables = p->image.abi->levels;
	if (!layout_p2m_apart(&p->image))
		return 0;
	out->p2m_tables = list_counts(p, l->p2m_tables, f);
	if (out->p2m_tables == NULL)
		return -1;
	out->n_p2m_tables = p->image.abi->levels;
	return 0;
}

static void
add_piece(struct plan_layout *out, const char *role, uint64_t offset,
    uint64_t size, uint64_t paddr)
{
	if (size > 0)
		out->load[out->n_load++] = (struct load_piece){ role, offset,
		    size, paddr };
}

static size_t
count_parts(const struct plan *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_modules; i++)
		n += p->modules[i].n_parts;
	return n;
}

static void
add_module(struct plan *p, const struct plan_module *m, uint64_t paddr)
{
	for (size_t i = 0; i < m->n_parts; i++)
		add_piece(&p->layout, m->parts[i].payload.role, 0,
		    m->parts[i].payload.size, paddr + m->parts[i].offset);
}

/*
 * The load list ascends: so do the image's segments, and the ramdisk lies above
 * the kernel.
 */
static int
list_load(struct plan *p, const struct places *l, struct fail *f)
{
	const uint64_t ramdisk = l->at[SEG_RAMDISK].pfn * PAGE_BYTES;
	struct plan_layout *out = &p->layout;

	out->load = arena_array(&p->arena,
	    p->image.n_segments + count_parts(p),
	    sizeof(*out->load), f);
	if (out->load == NULL)
		return -1;
	for (size_t i = 0; i < p->image.n_segments; i++) {
		const struct image_segment *s = &p->image.segments[i];

		add_piece(out, s->role, s->offset, s->filesz,
		    s->va - l->v_start);
	}
	for (size_t i = 0; i < p->n_modules; i++)
		add_module(p, &p->modules[i], ramdisk +
		    plan_module_offset(p, i));
	return 0;
}

/* Pages that are loaded, or filled by a later stage.  Runs may overlap. */
static struct pfn_run *
list_taken(struct plan *p, size_t *n, struct fail *f)
{
	const struct plan_layout *in = &p->layout;
	struct pfn_run *v = arena_array(&p->arena,
	    in->n_load + in->n_segments + 1, sizeof(*v), f);

	*n = 0;
	if (v == NULL)
		return NULL;
	for (size_t i = 0; i < in->n_load; i++) {
		uint64_t first = in->load[i].paddr / PAGE_BYTES;
		uint64_t last = in->load[i].paddr + in->load[i].size - 1;

		v[(*n)++] = (struct pfn_run){ first,
		    last / PAGE_BYTES - first + 1 };
	}
	for (size_t i = 0; i < in->n_segments; i++)
		if (segment_filled_later(&in->segments[i]))
			v[(*n)++] = (struct pfn_run){ in->segments[i].pfn,
			    in->segments[i].pages };
	if (p->image.hypercall_page.set)
		v[(*n)++] = (struct pfn_run){ plan_hypercall_pfn(p), 1 };
	qsort(v, *n, sizeof(*v), compare_runs);
	return v;
}

struct clearing {
	struct plan_layout *out;
	const struct pfn_run *taken;	/* n runs in ascending pfn */
	size_t n, next;
};

/* Lists for clearing the pages [from, end) that are not taken. */
static void
clear_rest(struct clearing *c, uint64_t from, uint64_t end)
{
	struct plan_layout *out = c->out;

	for (; c->next < c->n && c->taken[c->next].pfn < end; c->next++) {
		const struct pfn_run *t = &c->taken[c->next];

		if (t->pfn > from)
			out->clear[out->n_clear++] = (struct pfn_run){ from,
			    t->pfn - from };
		if (t->pfn + t->pages > from)
			from = t->pfn + t->pages;
	}
	if (from < end)
		out->clear[out->n_clear++] = (struct pfn_run){ from,
		    end - from };
}

/*
 * Lists for clearing every page that list_taken() does not have: of the region,
 * of a ramdisk that is not mapped, and of pages that a guest has beside its
 * memory.  Such a ramdisk follows the region, so the two are one range.
 */
static int
list_clear(struct plan *p, const struct places *l, struct fail *f)
{
	const struct place *ramdisk = &l->at[SEG_RAMDISK];
	const uint64_t end = ramdisk->pages > 0 && !ramdisk->va.set ?
	    ramdisk->pfn + ramdisk->pages : l->region;
	struct clearing c = { .out = &p->layout };

	c.taken = list_taken(p, &c.n, f);
	if (c.taken == NULL)
		return -1;
	p->layout.clear = arena_array(&p->arena, c.n + ABI_RANGES_MAX,
	    sizeof(*p->layout.clear), f);
	if (p->layout.clear == NULL)
		return -1;
	clear_rest(&c, 0, end);
	for (const struct abi_range *r = p->image.abi->ranges; r->pages > 0;
	    r++)
		if (!r->ram)
			clear_rest(&c, r->gfn, r->gfn + r->pages);
	return 0;
}

int
layout_fill(struct plan *p, uint64_t pages, const struct places *l,
    struct fail *f)
{
	p->layout = (struct plan_layout){ .pages = pages,
	    .v_start = l->v_start,
	    .v_end = l->v_start + l->region * PAGE_BYTES };
	if (plan_fill_gfns(p, pages, f) < 0 || list_segments(p, l, f) < 0 ||
	    list_tables(p, l, f) < 0 || list_load(p, l, f) < 0)
		return -1;
	return list_clear(p, l, f);
}
