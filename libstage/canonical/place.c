#include <inttypes.h>
#include <stdio.h>

#include "canonical/impl.h"

bool
canonical_va(const struct plan *p, uint64_t pfn, uint64_t *va)
{
	const struct layout_segment *s = plan_segment_at(p, pfn);
	uint64_t start = p->layout.v_start;

	if (pfn >= canonical_region(p)) {
		if (s == NULL || !s->va.set)
			return false;
		start = s->va.value - s->pfn * PAGE_BYTES;
	}
	*va = abi_wrap(p->image.abi, start + pfn * PAGE_BYTES);
	return true;
}

const char *
canonical_place(const struct plan *p, uint64_t pfn, char text[CANONICAL_PLACE_BYTES])
{
	const struct layout_segment *s = plan_segment_at(p, pfn);
	size_t used, size = CANONICAL_PLACE_BYTES;
	uint64_t va;
	bool mapped = canonical_va(p, pfn, &va);

	used = (size_t)snprintf(text, size, "pfn 0x%" PRIx64, pfn);
	if (mapped)
		used += (size_t)snprintf(text + used, size - used,
		    ", va 0x%" PRIx64, va);
	if (s != NULL)
		snprintf(text + used, size - used, ", %s + 0x%" PRIx64,
		    s->kind, (pfn - s->pfn) * PAGE_BYTES);
	else
		snprintf(text + used, size - used, ", %s",
		    mapped ? "in no segment" : "not mapped");
	return text;
}
