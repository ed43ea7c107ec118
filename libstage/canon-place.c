#include <inttypes.h>
#include <stdio.h>

#include "canon-impl.h"

const struct layout_segment *
canon_segment(const struct plan *p, uint64_t pfn)
{
	const struct plan_layout *l = &p->layout;
	size_t low = 0, high = l->n_segments;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct layout_segment *s = &l->segments[mid];

		if (pfn < s->pfn)
			high = mid;
		else if (pfn - s->pfn >= s->pages)
			low = mid + 1;
		else
			return s;
	}
	return NULL;
}

const char *
canon_place(const struct plan *p, uint64_t pfn, char text[CANON_PLACE_BYTES])
{
	const struct layout_segment *s = canon_segment(p, pfn);
	const struct abi *a = p->image.abi;
	uint64_t va = p->layout.v_start + pfn * PAGE_BYTES;
	bool mapped = pfn < canon_region(p);
	int used;

	if (!mapped && s != NULL && s->va.set) {
		va = s->va.value + (pfn - s->pfn) * PAGE_BYTES;
		mapped = true;
	}
	used = snprintf(text, CANON_PLACE_BYTES, "pfn 0x%" PRIx64, pfn);
	if (mapped)
		used += snprintf(text + used,
		    CANON_PLACE_BYTES - (size_t)used, ", va 0x%" PRIx64,
		    abi_wrap(a, va));
	if (s != NULL)
		snprintf(text + used, CANON_PLACE_BYTES - (size_t)used,
		    ", %s + 0x%" PRIx64, s->kind,
		    (pfn - s->pfn) * PAGE_BYTES);
	else
		snprintf(text + used, CANON_PLACE_BYTES - (size_t)used, ", %s",
		    mapped ? "in no segment" : "not mapped");
	return text;
}
