#include <inttypes.h>
#include <string.h>

#include "build/layout-rules.h"
#include "plan/pvh.h"

/* Bytes of a segment in a domain of that many pages; 0: it has none. */
static uint64_t
segment_size(const struct plan *p, enum segment_kind kind, uint64_t pages)
{
	switch (kind) {
	case SEG_KERNEL:
		return p->image.kend - p->image.kstart;
	case SEG_RAMDISK:
		return plan_module_offset(p, p->n_modules);
	case SEG_START_INFO:
		return plan_pvh_start(p, pages).size;
	default:
		return PAGE_BYTES;
	}
}

/* Puts the segments one behind the other, from the kernel's address on. */
static void
put_memory(const struct plan *p, uint64_t pages, struct places *l)
{
	const enum segment_kind *k = p->image.abi->order;
	/* As Xen's libxenguest does it: a guest that may have its ramdisk
	 * anywhere gets it last. */
	bool last = p->image.mod_start_pfn;

	l->region = p->image.kstart / PAGE_BYTES;
	for (; *k != SEG_KINDS; k++)
		if (*k != SEG_RAMDISK || !last)
			l->region = layout_put(l, *k, l->region,
			    segment_size(p, *k, pages));
	if (last)
		l->region = layout_put(l, SEG_RAMDISK, l->region,
		    segment_size(p, SEG_RAMDISK, pages));
	l->needed = l->region;
}

static int
place(const struct plan *p, uint64_t pages, struct places *l, struct fail *f)
{
	const struct abi *a = p->image.abi;
	const uint64_t most = a->ranges[0].pages;

	memset(l, 0, sizeof(*l));
	put_memory(p, pages, l);
	for (const struct abi_special *s = a->specials; s->gfn != 0; s++)
		if (s->kind != SEG_KINDS)
			(void)layout_put(l, s->kind, s->gfn, PAGE_BYTES);
	layout_map(l);
	if (l->region <= most)
		return 0;
	return fail(f, FAIL_INPUT, "kernel, ramdisk and start_info end at 0x%"
	    PRIx64 ", but must lie below 0x%" PRIx64 ", where %s begins; a "
	    "smaller ramdisk makes them end lower", l->region * PAGE_BYTES,
	    most * PAGE_BYTES, a->hole_words);
}

/* place() refuses all that is to be refused. */
const struct layout_rules layout_pvh = { "in use at start", place, NULL,
	NULL };
