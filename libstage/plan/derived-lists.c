#include <stdlib.h>

#include "plan/derived.h"

static void
add_piece(struct load_piece *v, size_t *n, const char *role, uint64_t offset,
    uint64_t size, uint64_t paddr)
{
	if (size > 0)
		v[(*n)++] = (struct load_piece){ role, offset, size, paddr };
}

static size_t
count_parts(const struct plan *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_modules; i++)
		n += p->modules[i].n_parts;
	return n;
}

struct load_piece *
plan_derive_load(const struct plan *p, struct arena *a, size_t *n,
    struct fail *f)
{
	const struct layout_segment *ramdisk = plan_segment(p, SEG_RAMDISK);
	struct load_piece *v = arena_array(a, p->image.n_segments +
	    count_parts(p), sizeof(*v), f);

	*n = 0;
	for (size_t i = 0; v != NULL && i < p->image.n_segments; i++) {
		const struct image_segment *s = &p->image.segments[i];

		add_piece(v, n, s->role, s->offset, s->filesz,
		    s->va - p->layout.v_start);
	}
	for (size_t i = 0; v != NULL && i < p->n_modules; i++) {
		const struct plan_module *m = &p->modules[i];
		const uint64_t paddr = ramdisk->pfn * PAGE_BYTES +
		    plan_module_offset(p, i);

		for (size_t k = 0; k < m->n_parts; k++)
			add_piece(v, n, m->parts[k].payload.role, 0,
			    m->parts[k].payload.size,
			    paddr + m->parts[k].offset);
	}
	return v;
}

/* ---- pages to clear ---- */

static int
compare_runs(const void *a, const void *b)
{
	const struct pfn_run *x = a, *y = b;

	return (x->pfn > y->pfn) - (x->pfn < y->pfn);
}

/* Pages that are loaded, or filled by a later stage.  Runs may overlap. */
static struct pfn_run *
list_taken(const struct plan *p, struct arena *a, size_t *n, struct fail *f)
{
	const struct plan_layout *in = &p->layout;
	struct pfn_run *v = arena_array(a, in->n_load + in->n_segments + 1,
	    sizeof(*v), f);

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
	struct pfn_run *out;
	size_t *n_out;
	const struct pfn_run *taken;	/* n runs in ascending pfn */
	size_t n, next;
};

static void
add_run(const struct clearing *c, uint64_t from, uint64_t end)
{
	if (from < end)
		c->out[(*c->n_out)++] = (struct pfn_run){ from, end - from };
}

/* Lists for clearing the pages [from, end) that are not taken. */
static void
clear_rest(struct clearing *c, uint64_t from, uint64_t end)
{
	for (; c->next < c->n && c->taken[c->next].pfn < end; c->next++) {
		const struct pfn_run *t = &c->taken[c->next];

		add_run(c, from, t->pfn);
		if (t->pfn + t->pages > from)
			from = t->pfn + t->pages;
	}
	add_run(c, from, end);
}

struct pfn_run *
plan_derive_clear(const struct plan *p, struct arena *a, size_t *n,
    struct fail *f)
{
	const struct layout_segment *ramdisk = plan_segment(p, SEG_RAMDISK);
	struct clearing c = { .n_out = n };

	*n = 0;
	c.taken = list_taken(p, a, &c.n, f);
	if (c.taken == NULL)
		return NULL;
	c.out = arena_array(a, c.n + ABI_RANGES_MAX + 2, sizeof(*c.out), f);
	if (c.out == NULL)
		return NULL;
	clear_rest(&c, 0, plan_region_pages(p));
	if (ramdisk != NULL && !ramdisk->va.set)
		clear_rest(&c, ramdisk->pfn, ramdisk->pfn + ramdisk->pages);
	for (const struct abi_range *r = p->image.abi->ranges; r->pages > 0;
	    r++)
		if (!r->ram)
			clear_rest(&c, r->gfn, r->gfn + r->pages);
	return c.out;
}
