#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "verify/impl.h"

int
verify_area_open(struct verify *v, enum segment_kind kind,
    struct verify_area *a, struct fail *f)
{
	const struct layout_segment *s = plan_segment(v->plan, kind);
	uint64_t n;

	*a = (struct verify_area){ .v = v, .kind = kind,
	    .span = verify_segment_span(s) };
	n = a->span.to - a->span.from;
	a->taken = calloc(1, n + 1);
	if (a->taken == NULL)
		return fail_memory(f, n);
	if (verify_map(v, s->pfn, s->pages, &a->bytes, f) == 0)
		return 0;
	free(a->taken);
	return -1;
}

const unsigned char *
verify_take(struct verify_area *a, const char *what, uint64_t paddr,
    uint64_t n)
{
	uint64_t at = paddr - a->span.from, size = a->span.to - a->span.from;

	if (paddr < a->span.from || at > size || n > size - at) {
		verify_differs(a->v, "%s, %" PRIu64 " bytes at 0x%" PRIx64
		    ": outside segment '%s', 0x%" PRIx64 "-0x%" PRIx64, what,
		    n, paddr, segment_name(a->kind), a->span.from,
		    a->span.to - 1);
		return NULL;
	}
	if (memchr(a->taken + at, 1, n) != NULL) {
		verify_differs(a->v, "%s, %" PRIu64 " bytes at 0x%" PRIx64
		    ": something else lies there", what, n, paddr);
		return NULL;
	}
	memset(a->taken + at, 1, n);
	return a->bytes + at;
}

int
verify_area_close(struct verify_area *a, struct fail *f)
{
	for (uint64_t i = 0; i < a->span.to - a->span.from; i++)
		if (!a->taken[i] && a->bytes[i] != 0)
			verify_differs(a->v, "%s: 0x%02x, should be 0, for "
			    "nothing points there", verify_place(a->v,
			    a->span.from + i).words, a->bytes[i]);
	free(a->taken);
	return verify_unmap(a->v, a->bytes, f);
}
