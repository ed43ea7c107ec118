#include <inttypes.h>

#include "abi/pte.h"
#include "base/le.h"
#include "build/pvh/identity.h"

enum {
	ENTRIES = 1024,
	ENTRY_BITS = 22			/* a page of 4 MiB each */
};

void
pvh_identity_fill(unsigned char page[])
{
	const uint64_t flags = PTE_PRESENT | PTE_RW | PTE_USER | PTE_ACCESSED |
	    PTE_DIRTY | PTE_PSE;

	for (uint64_t i = 0; i < ENTRIES; i++)
		le_put(page + 4 * i, 4, i << ENTRY_BITS | flags);
}

int
pvh_identity_build(struct target *t, const struct target_info *info,
    struct plan *p, void *unused, struct fail *f)
{
	const struct layout_segment *s = plan_segment(p, SEG_IDENTITY);
	const struct extent frame = { s->pfn, s->pfn, 1 };
	unsigned char *page = t->ops->map(t, &frame, 1, true, f);

	(void)info;
	(void)unused;
	if (page == NULL)
		return -1;
	pvh_identity_fill(page);
	if (t->ops->unmap(t, page, f) < 0 || t->ops->hvm->set_param(t,
	    PARAM_IDENT_PT, s->pfn * PAGE_BYTES, f) < 0)
		return -1;
	p->identity = (struct plan_identity){ .gfn = s->pfn };
	fail_note(f, "paging is off at start, so there are no page tables; "
	    "identity table in gfn 0x%" PRIx64, s->pfn);
	plan_add(p, PLAN_IDENTITY);
	return 0;
}
