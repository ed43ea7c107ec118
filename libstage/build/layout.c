#include <inttypes.h>
#include <stdio.h>

#include "base/number.h"
#include "build/layout.h"
#include "build/layout-rules.h"

/*
 * start_info of a 32-bit guest counts pages in 32 bits, and p2m lists with
 * 4-byte entries have frame numbers of 32 bits; 2^32 pages are more than Xen
 * gives to any guest.
 * Where machine addresses have a limit, there are not as many pages below it:
 * frame 0 is never a guest's.
 */
static uint64_t
pages_max(const struct abi *a)
{
	unsigned bits = a->frame_bits == 0 ? 32 : a->frame_bits - PAGE_BITS;

	return (UINT64_C(1) << bits) - 1;
}

static const struct layout_rules *
rules_of(const struct plan *p)
{
	static const struct layout_rules *const rules[GUEST_TYPES] = {
		[GUEST_PV] = &layout_pv, [GUEST_PVH] = &layout_pvh,
	};

	return rules[plan_guest(p)];
}

/* What no size of memory can mend and plan_check() leaves to the layout. */
static int
check_image(const struct plan *p, struct fail *f)
{
	const struct layout_rules *r = rules_of(p);

	if (p->n_modules > p->image.abi->modules)
		return fail(f, FAIL_INPUT, "%zu modules: a guest is told of "
		    "one ramdisk at most; xb-parse joins several with -r",
		    p->n_modules);
	return r->check_image == NULL ? 0 : r->check_image(&p->image, f);
}

int
layout_place(const struct plan *p, uint64_t pages, struct places *l,
    struct fail *f)
{
	return rules_of(p)->place(p, pages, l, f);
}

static int
check_places(const struct plan *p, const struct places *l, struct fail *f)
{
	const struct layout_rules *r = rules_of(p);

	return r->check_places == NULL ? 0 :
	    r->check_places(&p->image, l, f);
}

/*
 * The smallest number of pages that hold the layout of the plan and leave
 * spare pages free.  0: what would hold it is refused for another reason,
 * which is in f.
 * The need never falls as memory grows.  So the search, which tries as many
 * pages as the last try needed, steps over no size that would do.
 */
static uint64_t
smallest(const struct plan *p, uint64_t spare, struct fail *f)
{
	const uint64_t max = pages_max(p->image.abi);
	uint64_t pages = 0, wanted = 1;
	struct places l;

	while (wanted > pages) {
		if (wanted > max) {
			fail(f, FAIL_INPUT, "%" PRIu64 " KiB are more than a "
			    "'%s' domain can have, %" PRIu64 " KiB",
			    kib_of(wanted), p->image.abi->name,
			    kib_of(max));
			return 0;
		}
		pages = wanted;
		if (layout_place(p, pages, &l, f) < 0)
			return 0;
		wanted = l.needed + spare;
	}
	if (check_places(p, &l, f) < 0)
		return 0;
	return pages;
}

static int
fail_small(const struct plan *p, uint64_t pages, uint64_t needed,
    struct fail *f)
{
	struct fail why = { .kind = FAIL_NONE };
	uint64_t least = smallest(p, 0, &why);

	if (least == 0)
		return fail(f, FAIL_INPUT, "memory is too small: %" PRIu64
		    " KiB needed, %" PRIu64 " KiB given, %" PRIu64
		    " KiB missing; and with more the plan is refused too: %s",
		    kib_of(needed), kib_of(pages),
		    kib_of(needed - pages), why.message);
	/* The need is told as least: the p2m list of a domain with so many
	 * pages is longer than that of one with pages. */
	return fail(f, FAIL_INPUT, "memory is too small: %" PRIu64
	    " KiB needed, %" PRIu64 " KiB given, %" PRIu64 " KiB missing; "
	    "the smallest memory that this plan fits is %" PRIu64
	    " KiB (-m %s)", kib_of(least), kib_of(pages),
	    kib_of(least - pages), kib_of(least),
	    size_text(least * PAGE_BYTES).s);
}

/* Pages that the ramdisk unpacks to, as far as the plan knows. */
static uint64_t
unpacked_pages(const struct plan *p)
{
	uint64_t pages = 0;

	for (size_t i = 0; p->n_modules > 0 && i < p->modules[0].n_parts; i++) {
		const struct module_part *part = &p->modules[0].parts[i];

		pages += pages_of(part->unpacked.set ? part->unpacked.value :
		    part->payload.size);
	}
	return pages;
}

/*
 * Linux unpacks its initramfs into a tmpfs, which may have half of the memory
 * that is left beside the kernel and the ramdisk.  Files take whole pages of
 * it: in the initramfs of Debian's installer, a 32nd more than their archive.
 */
static void
warn_tight(const struct plan *p, uint64_t pages, const struct places *l,
    struct fail *f)
{
	struct fail why = { .kind = FAIL_NONE };
	uint64_t ramdisk = unpacked_pages(p);
	uint64_t wanted = 2 * (ramdisk + ramdisk / 32);
	uint64_t left = pages - l->needed;
	uint64_t least;
	char more[48] = "";

	if (left >= wanted)
		return;
	least = smallest(p, wanted, &why);
	if (ramdisk != l->at[SEG_RAMDISK].pages)
		snprintf(more, sizeof(more), ", about %" PRIu64
		    " KiB unpacked,", kib_of(ramdisk));
	fail_warn(f, "the ramdisk of %" PRIu64 " KiB%s leaves the guest %"
	    PRIu64 " KiB, of which Linux takes half to unpack it into%s%s%s",
	    kib_of(l->at[SEG_RAMDISK].pages), more, kib_of(left),
	    least == 0 ? "" : "; -m ",
	    least == 0 ? "" : size_text(least * PAGE_BYTES).s,
	    least == 0 ? "" : " leaves enough");
}

int
layout_solve(struct plan *p, uint64_t pages, struct fail *f)
{
	const struct plan_image *image = &p->image;
	const uint64_t max = pages_max(image->abi);
	struct places l;

	if (pages > max)
		return fail(f, FAIL_INPUT, "memory of %" PRIu64 " KiB is more "
		    "than a '%s' domain can have: at most %" PRIu64 " KiB, %s "
		    "of %u bits", kib_of(pages), image->abi->name,
		    kib_of(max), image->abi->frame_bits != 0 ?
		    "for machine addresses" : "for frame numbers",
		    image->abi->frame_bits != 0 ? image->abi->frame_bits : 32);
	if (check_image(p, f) < 0 || layout_place(p, pages, &l, f) < 0)
		return -1;
	if (l.needed > pages)
		return fail_small(p, pages, l.needed, f);
	if (check_places(p, &l, f) < 0 ||
	    layout_fill(p, pages, &l, f) < 0)
		return -1;
	if (image->init_p2m.set && !layout_p2m_apart(image))
		fail_warn(f, "INIT_P2M 0x%" PRIx64 " is not used: %s; the p2m "
		    "list lies in the initial mapping", image->init_p2m.value,
		    image->abi->init_p2m ? "it lies above the region start" :
		    "the ABI has no p2m list of its own");
	warn_tight(p, pages, &l, f);
	fail_note(f, "%s: 0x%" PRIx64 " up to 0x%" PRIx64 "; %"
	    PRIu64 " of %" PRIu64 " pages are needed", rules_of(p)->region,
	    p->layout.v_start,
	    p->layout.v_end, l.needed, pages);
	plan_add(p, PLAN_LAYOUT);
	return 0;
}
