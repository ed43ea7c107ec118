#include "inspect/walk-report.h"

struct walk_place
walk_place_of(const struct walk_report *r, uint64_t mfn, uint64_t pfn,
    uint64_t in_page)
{
	const struct layout_segment *s = r->plan == NULL ? NULL :
	    plan_segment_at(r->plan, pfn);
	struct walk_place p = { .segment = NULL };

	/* A PVH guest maps its own, and has 0 here. */
	if (mfn != INVALID_MFN && mfn != 0 && mfn == r->shared_info_mfn)
		return (struct walk_place){ "shared_info", in_page,
		    { false, 0 } };
	if (s != NULL) {
		p.segment = s->kind;
		p.offset = (pfn - s->pfn) * PAGE_BYTES + in_page;
		p.va.set = s->va.set;
		p.va.value = s->va.value + p.offset;
	}
	return p;
}

void
walk_words(unsigned level, uint64_t entry, const char *word[WALK_WORDS],
    size_t *n)
{
	static const struct {
		unsigned bit;
		const char *name, *above;	/* above L1 */
	} names[] = {
		{ 0, "present", NULL }, { 1, "writable", NULL },
		{ 2, "user", NULL }, { 3, "write-through", NULL },
		{ 4, "cache-disabled", NULL }, { 5, "accessed", NULL },
		{ 6, "dirty", NULL }, { 7, "pat", "large" },
		{ 8, "global", NULL }, { 9, "software-9", NULL },
		{ 10, "software-10", NULL }, { 11, "software-11", NULL },
		{ 52, "xen-kernel", NULL }, { 53, "software-53", NULL },
		{ 54, "software-54", NULL }, { 55, "software-55", NULL },
		{ 56, "software-56", NULL }, { 57, "software-57", NULL },
		{ 58, "software-58", NULL }, { 59, "software-59", NULL },
		{ 60, "software-60", NULL }, { 61, "software-61", NULL },
		{ 62, "software-62", NULL }, { 63, "no-execute", NULL },
	};

	*n = 0;
	if ((entry & PTE_PRESENT) == 0)
		return;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if ((entry >> names[i].bit & 1) != 0)
			word[(*n)++] = level > 1 && names[i].above != NULL ?
			    names[i].above : names[i].name;
}
