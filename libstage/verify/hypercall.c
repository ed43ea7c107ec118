#include <inttypes.h>

#include "verify/impl.h"

enum { ENTRY_BYTES = 32, ENTRIES = 128 };

/*
 * Stub i loads i into eax: b8, then i in 32 bits.  Pushes come before it, at
 * most 4 bytes of them.
 */
static bool
is_stub(const unsigned char *stub, unsigned i)
{
	for (unsigned at = 0; at <= 4; at++)
		if (stub[at] == 0xb8 && stub[at + 1] == i &&
		    verify_nonzero(stub + at + 2, 3) == 3)
			return true;
	return false;
}

static void
check_stubs(struct verify *v, uint64_t paddr, const unsigned char *page)
{
	for (unsigned i = 0; i < ENTRIES; i++) {
		const unsigned char *s = page + (size_t)i * ENTRY_BYTES;

		if (!is_stub(s, i))
			verify_differs(v, "%s: %02x %02x %02x %02x %02x ..., "
			    "should be the stub of hypercall %u",
			    verify_place(v, paddr + (uint64_t)i * ENTRY_BYTES)
			    .words,
			    s[0], s[1], s[2], s[3], s[4], i);
	}
}

int
verify_hypercall(struct verify *v, struct fail *f)
{
	const struct plan *p = v->plan;
	struct span page = verify_hypercall_span(v);
	unsigned char *got;

	if (!p->startinfo.hypercall_mfn.set) {
		if (p->image.hypercall_page.set && v->abi->region == REGION_2010)
			verify_differs(v, "the image asks for one at va 0x%"
			    PRIx64 ", and the plan's startinfo has none",
			    p->image.hypercall_page.value);
		else
			verify_skip(v, "the image asks for none");
		return 0;
	}
	if (page.to / PAGE_BYTES > verify_region_pages(v) || page.to == 0) {
		verify_differs(v, "the plan's startinfo has one in mfn 0x%"
		    PRIx64 ", and the image asks for none in its region",
		    p->startinfo.hypercall_mfn.value);
		return 0;
	}
	verify_record(v, "startinfo.hypercall_mfn",
	    p->startinfo.hypercall_mfn.value,
	    verify_mfn(v, page.from / PAGE_BYTES));
	if (verify_map(v, page.from / PAGE_BYTES, 1, &got, f) < 0)
		return -1;
	check_stubs(v, page.from, got);
	verify_detail(v, "%d stubs at %s", ENTRIES,
	    verify_place(v, page.from).words);
	return verify_unmap(v, got, f);
}
