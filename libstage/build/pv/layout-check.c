#include <inttypes.h>

#include "build/layout-rules.h"

int
layout_check_image(const struct plan_image *i, struct fail *f)
{
	const struct abi *a = i->abi;
	uint64_t va = i->init_p2m.value;

	if (!i->init_p2m.set || !a->init_p2m)
		return 0;
	if (va % PAGE_BYTES != 0)
		return fail(f, FAIL_INPUT, "INIT_P2M 0x%" PRIx64 " is not page "
		    "aligned, 0x%" PRIx64 " bytes past a multiple of 4096", va,
		    va % PAGE_BYTES);
	if (!abi_canonical(a, va))
		return fail(f, FAIL_INPUT, "INIT_P2M 0x%" PRIx64 " is not an "
		    "address of a %s guest", va, a->words);
	if (abi_in_hole(a, va, va))
		return fail(f, FAIL_INPUT, "INIT_P2M 0x%" PRIx64 " lies in the "
		    "hypervisor's hole, 0x%" PRIx64 " to 0x%" PRIx64, va,
		    a->hole_start, a->hole_last);
	if (va >= i->kstart && va < i->kend)
		return fail(f, FAIL_INPUT, "INIT_P2M 0x%" PRIx64
		    " lies inside the kernel, 0x%" PRIx64 " to 0x%" PRIx64,
		    va, i->kstart, i->kend - 1);
	return 0;
}

int
layout_check_p2m(const struct plan_image *i, const struct places *l,
    struct fail *f)
{
	uint64_t first = i->init_p2m.value;
	uint64_t bytes = l->at[SEG_P2M].pages * PAGE_BYTES;
	uint64_t last = first + bytes - 1;
	uint64_t region_last = l->v_start + l->region * PAGE_BYTES - 1;

	if (!i->init_p2m.set || !i->abi->init_p2m)
		return 0;
	if (last < first)
		return fail(f, FAIL_INPUT, "the p2m list of 0x%" PRIx64
		    " bytes at INIT_P2M 0x%" PRIx64 " runs past the end of the "
		    "address space; less memory makes it shorter", bytes,
		    first);
	if (!abi_canonical(i->abi, last) || abi_in_hole(i->abi, first, last))
		return fail(f, FAIL_INPUT, "the p2m list at INIT_P2M 0x%" PRIx64
		    " to 0x%" PRIx64 " runs towards the hypervisor's hole past "
		    "the last usable address; less memory makes it shorter",
		    first, last);
	if (first <= region_last && last >= l->v_start)
		return fail(f, FAIL_INPUT, "the p2m list at INIT_P2M 0x%" PRIx64
		    " to 0x%" PRIx64 " overlaps the initial mapping, 0x%" PRIx64
		    " to 0x%" PRIx64 "; less memory makes it shorter",
		    first, last, l->v_start, region_last);
	return 0;
}

int
layout_check_hypercall(const struct plan_image *i, const struct places *l,
    struct fail *f)
{
	uint64_t va = i->hypercall_page.value, pfn;

	if (!i->hypercall_page.set)
		return 0;
	if (va < l->v_start || (va - l->v_start) / PAGE_BYTES >= l->region)
		return fail(f, FAIL_INPUT, "HYPERCALL_PAGE 0x%" PRIx64
		    " lies outside the initial mapping, 0x%" PRIx64 " to 0x%"
		    PRIx64, va, l->v_start,
		    l->v_start + l->region * PAGE_BYTES - 1);
	pfn = (va - l->v_start) / PAGE_BYTES;
	for (enum segment_kind k = 0; k < SEG_KINDS; k++)
		if (k != SEG_KERNEL && pfn >= l->at[k].pfn &&
		    pfn - l->at[k].pfn < l->at[k].pages)
			return fail(f, FAIL_INPUT, "HYPERCALL_PAGE 0x%" PRIx64
			    " lies on the segment '%s', pfn 0x%" PRIx64
			    " to 0x%" PRIx64 "; it may lie in the kernel or in "
			    "a gap", va, segment_name(k), l->at[k].pfn,
			    l->at[k].pfn + l->at[k].pages - 1);
	return 0;
}
