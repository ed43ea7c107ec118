#include <inttypes.h>
#include <string.h>

#include "abi/edits.h"
#include "base/zero.h"
#include "verify/impl.h"

static const char *const start_info_names[SI_FIELDS] = {
	[SI_MAGIC]		= "magic",
	[SI_NR_PAGES]		= "nr_pages",
	[SI_SHARED_INFO]	= "shared_info",
	[SI_FLAGS]		= "flags",
	[SI_STORE_MFN]		= "store_mfn",
	[SI_STORE_PAGE]		= "store_page",
	[SI_STORE_EVTCHN]	= "store_evtchn",
	[SI_CONSOLE_MFN]	= "console_mfn",
	[SI_CONSOLE_EVTCHN]	= "console_evtchn",
	[SI_CONTROLLER_EVTCHN]	= "domain_controller_evtchn",
	[SI_PT_BASE]		= "pt_base",
	[SI_NR_PT_FRAMES]	= "nr_pt_frames",
	[SI_MFN_LIST]		= "mfn_list",
	[SI_MOD_START]		= "mod_start",
	[SI_MOD_LEN]		= "mod_len",
	[SI_CMD_LINE]		= "cmd_line",
	[SI_FIRST_P2M_PFN]	= "first_p2m_pfn",
	[SI_NR_P2M_FRAMES]	= "nr_p2m_frames",
};

/* ---- start_info ---- */

struct start_info {
	uint64_t value[SI_FIELDS];	/* strings are not here */
	uint64_t va;
};

static uint64_t
mfn_of(struct verify *v, enum segment_kind kind)
{
	const struct layout_segment *s = plan_segment(v->plan, kind);

	return s == NULL ? 0 : verify_mfn(v, s->pfn);
}

static void
expect_ramdisk(struct verify *v, struct start_info *i)
{
	const struct layout_segment *s = plan_segment(v->plan, SEG_RAMDISK);

	i->value[SI_FLAGS] = v->abi->start_info_flags;
	if (s == NULL)
		return;
	if (s->va.set) {
		i->value[SI_MOD_START] = s->va.value;
		i->value[SI_MOD_LEN] = s->size;
		return;
	}
	i->value[SI_FLAGS] |= SIF_MOD_PFN;
	i->value[SI_MOD_START] = s->pfn;
	i->value[SI_MOD_LEN] = s->pages * PAGE_BYTES;
}

/*
 * The p2m list.  Behind the initial mapping it has tables of its own, and
 * start_info says where both lie.
 */
static void
expect_p2m(struct verify *v, struct start_info *i)
{
	const struct layout_segment *s = plan_segment(v->plan, SEG_P2M);
	const struct layout_segment *t = plan_segment(v->plan, SEG_P2M_TABLES);

	i->value[SI_MFN_LIST] = verify_va(v, SEG_P2M);
	if (s == NULL || s->pfn < plan_region_pages(v->plan))
		return;
	i->value[SI_FIRST_P2M_PFN] = s->pfn;
	i->value[SI_NR_P2M_FRAMES] = s->pages + (t == NULL ? 0 : t->pages);
}

static struct start_info
expect_start_info(struct verify *v)
{
	const struct plan *p = v->plan;
	const struct layout_segment *tables = plan_segment(p, SEG_PAGE_TABLES);
	struct start_info i = { .va = verify_va(v, SEG_START_INFO) };

	i.value[SI_NR_PAGES] = p->layout.pages;
	i.value[SI_SHARED_INFO] = v->info.shared_info_mfn << PAGE_BITS;
	i.value[SI_STORE_MFN] = mfn_of(v, SEG_XENSTORE);
	i.value[SI_STORE_PAGE] = verify_va(v, SEG_XENSTORE);
	i.value[SI_STORE_EVTCHN] = p->startinfo.store_port;
	i.value[SI_CONSOLE_MFN] = mfn_of(v, SEG_CONSOLE);
	i.value[SI_CONSOLE_EVTCHN] = p->startinfo.console_port;
	i.value[SI_CONTROLLER_EVTCHN] = p->startinfo.console_port;
	i.value[SI_PT_BASE] = verify_va(v, SEG_PAGE_TABLES);
	i.value[SI_NR_PT_FRAMES] = tables == NULL ? 0 : tables->pages;
	expect_ramdisk(v, &i);
	expect_p2m(v, &i);
	return i;
}

/* The page as it must be; what no field covers is 0. */
static void
fill_page(struct verify *v, const struct start_info *i, unsigned char *page)
{
	const struct abi_field *d = v->abi->start_info;
	const struct bytes *line = &v->plan->command_line;

	memset(page, 0, PAGE_BYTES);
	for (size_t k = 0; k < SI_FIELDS; k++)
		if (k != SI_MAGIC && k != SI_CMD_LINE && abi_has(d[k]))
			abi_put(d[k], page, i->value[k]);
	if (abi_has(d[SI_MAGIC]))
		memcpy(page + d[SI_MAGIC].offset, v->abi->name,
		    strlen(v->abi->name));
	if (line->size < d[SI_CMD_LINE].size)
		memcpy(page + d[SI_CMD_LINE].offset, line->data, line->size);
	else
		verify_differs(v, "the plan's command_line has %zu bytes, "
		    "should have at most %d", line->size,
		    d[SI_CMD_LINE].size - 1);
}

static void
check_plan_values(struct verify *v, const struct start_info *i)
{
	const struct plan_startinfo *s = &v->plan->startinfo;

	verify_plan_value(v, "startinfo.va", s->va, i->va);
	verify_plan_value(v, "startinfo.flags", s->flags, i->value[SI_FLAGS]);
	verify_plan_value(v, "startinfo.shared_info_mfn", s->shared_info_mfn,
	    v->info.shared_info_mfn);
	verify_plan_value(v, "startinfo.mod_start", s->mod_start,
	    i->value[SI_MOD_START]);
	verify_plan_value(v, "startinfo.mod_len", s->mod_len,
	    i->value[SI_MOD_LEN]);
	if (s->store_mfn.set)
		verify_plan_value(v, "startinfo.store_mfn", s->store_mfn.value,
		    i->value[SI_STORE_MFN]);
	if (s->console_mfn.set)
		verify_plan_value(v, "startinfo.console_mfn",
		    s->console_mfn.value, i->value[SI_CONSOLE_MFN]);
}

int
verify_start_info(struct verify *v, struct fail *f)
{
	const struct layout_segment *s = plan_segment(v->plan, SEG_START_INFO);
	const struct verify_names names = { v->abi->start_info,
	    start_info_names, SI_FIELDS };
	struct start_info i = expect_start_info(v);
	unsigned char want[PAGE_BYTES], *got;

	if (s == NULL)
		return verify_differs(v, "the plan has no segment "
		    "'start_info'");
	check_plan_values(v, &i);
	fill_page(v, &i, want);
	if (verify_map(v, s->pfn, 1, &got, f) < 0)
		return -1;
	verify_structure(v, "start_info", "va", i.va, &names, got, want,
	    PAGE_BYTES);
	verify_detail(v, "at va 0x%" PRIx64 ", %d bytes; the rest of the page "
	    "is zero", i.va, v->abi->start_info_size);
	return verify_unmap(v, got, f);
}

/* ---- rings ---- */

/* xenstored's part of its ring: server_features, connection, error. */
enum { STORE_SERVER_FROM = 2064, STORE_SERVER_TO = 2076 };

static int
check_store(struct verify *v, struct span ring, struct fail *f)
{
	struct span before = { ring.from, ring.from + STORE_SERVER_FROM };
	struct span after = { ring.from + STORE_SERVER_TO, ring.to };

	if (!plan_has(v->plan, PLAN_INTRODUCED))
		return verify_zero(v, ring, f);
	if (verify_zero(v, before, f) < 0)
		return -1;
	return verify_zero(v, after, f);
}

int
verify_rings(struct verify *v, struct fail *f)
{
	const struct layout_segment *store, *console;

	store = plan_segment(v->plan, SEG_XENSTORE);
	console = plan_segment(v->plan, SEG_CONSOLE);
	if (store == NULL && console == NULL)
		return verify_skip(v, "this ABI has none");
	if (store != NULL &&
	    check_store(v, verify_segment_span(store), f) < 0)
		return -1;
	if (verify_zero(v, verify_segment_span(console), f) < 0)
		return -1;
	return verify_detail(v, "zero: xenstore%s",
	    console == NULL ? "" : ", console");
}

/* ---- shared_info ---- */

static const char *const shared_info_names[] = { "n_vcpu" };

/* The page as it must be, with the time of a hypervisor as it is. */
static void
fill_shared_info(const struct verify *v, const unsigned char *got,
    unsigned char *want)
{
	const struct abi_shared_info *s = &v->abi->shared_info;

	memset(want, 0, PAGE_BYTES);
	if (abi_has(s->n_vcpu))
		abi_put(s->n_vcpu, want, v->info.vcpus);
	for (unsigned i = 0; i < s->vcpus; i++)
		want[i * s->stride + s->mask] = 1;
	if (v->info.hypervisor_edits)
		edits_copy_shared_info(v->abi, got, want);
}

static void
check_masks(struct verify *v, const unsigned char *got, unsigned char *want)
{
	const struct abi_shared_info *s = &v->abi->shared_info;

	for (unsigned i = 0; i < s->vcpus; i++) {
		unsigned at = i * s->stride + s->mask;

		if (got[at] != want[at])
			verify_differs(v, "upcall mask of vcpu %u (byte 0x%x "
			    "of shared_info, mfn 0x%" PRIx64 "): 0x%02x, "
			    "should be 0x%02x", i, at, v->info.shared_info_mfn,
			    got[at], want[at]);
		want[at] = got[at];
	}
}

int
verify_shared_info(struct verify *v, struct fail *f)
{
	const struct verify_names names = { &v->abi->shared_info.n_vcpu,
	    shared_info_names, 1 };
	const struct extent run = { 0, v->info.shared_info_mfn, 1 };
	unsigned char want[PAGE_BYTES], *got;

	got = v->target->ops->map(v->target, &run, 1, false, f);
	if (got == NULL)
		return -1;
	fill_shared_info(v, got, want);
	check_masks(v, got, want);
	verify_structure(v, "shared_info", "byte", 0, &names, got, want,
	    PAGE_BYTES);
	verify_detail(v, "mfn 0x%" PRIx64 ": %u events masked, the rest zero%s",
	    v->info.shared_info_mfn, v->abi->shared_info.vcpus,
	    v->info.hypervisor_edits ? " but for time" : "");
	return verify_unmap(v, got, f);
}

/* ---- hypercall page ---- */

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
		    zero_bytes(stub + at + 2, 3) == 3)
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

	if (!p->startinfo.hypercall_mfn.set && p->image.hypercall_page.set)
		return verify_differs(v, "the image asks for one at va 0x%"
		    PRIx64 ", and the plan's startinfo has none",
		    p->image.hypercall_page.value);
	if (!p->startinfo.hypercall_mfn.set)
		return verify_skip(v, "the image asks for none");
	if (page.to / PAGE_BYTES > plan_region_pages(p) || page.to == 0)
		return verify_differs(v, "the plan's startinfo has one in mfn "
		    "0x%" PRIx64 ", and the image asks for none in its region",
		    p->startinfo.hypercall_mfn.value);
	verify_plan_value(v, "startinfo.hypercall_mfn",
	    p->startinfo.hypercall_mfn.value,
	    verify_mfn(v, page.from / PAGE_BYTES));
	if (verify_map(v, page.from / PAGE_BYTES, 1, &got, f) < 0)
		return -1;
	check_stubs(v, page.from, got);
	verify_detail(v, "%d stubs at %s", ENTRIES,
	    verify_place(v, page.from).words);
	return verify_unmap(v, got, f);
}
