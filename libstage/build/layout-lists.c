#include <stdlib.h>
#include <string.h>

#include "build/layout-rules.h"
#include "plan/derived.h"
#include "plan/pvh.h"

bool
layout_p2m_apart(const struct plan_image *image)
{
	return image->abi->init_p2m && image->init_p2m.set &&
	    image->init_p2m.value < plan_region_start(image);
}

uint64_t
layout_put(struct places *l, enum segment_kind kind, uint64_t pfn,
    uint64_t size)
{
	l->at[kind] = (struct layout_segment){ segment_name(kind), pfn,
	    pages_of(size), size, { .set = false } };
	return pfn + pages_of(size);
}

void
layout_map(struct places *l)
{
	for (enum segment_kind k = 0; k < SEG_KINDS; k++)
		if (l->at[k].pages > 0)
			l->at[k].va = (struct maybe){ true,
			    l->v_start + l->at[k].pfn * PAGE_BYTES };
}

static int
compare_segments(const void *a, const void *b)
{
	const struct layout_segment *x = a, *y = b;

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
	for (enum segment_kind k = 0; k < SEG_KINDS; k++)
		if (l->at[k].pages > 0)
			v[out->n_segments++] = l->at[k];
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

int
layout_fill(struct plan *p, uint64_t pages, const struct places *l,
    struct fail *f)
{
	struct plan_layout *out = &p->layout;

	*out = (struct plan_layout){ .pages = pages, .v_start = l->v_start,
	    .v_end = l->v_start + l->region * PAGE_BYTES };
	if (plan_fill_gfns(p, pages, f) < 0 || list_segments(p, l, f) < 0 ||
	    list_tables(p, l, f) < 0)
		return -1;
	out->load = plan_derive_load(p, &p->arena, &out->n_load, f);
	if (out->load == NULL)
		return -1;
	out->clear = plan_derive_clear(p, &p->arena, &out->n_clear, f);
	return out->clear == NULL ? -1 : 0;
}
