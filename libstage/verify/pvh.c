/*
 * What a PVH guest has instead of page tables and PV's start_info: memory by
 * gfn, hvm_start_info with what it points to, HVM parameters.  The pointers are
 * followed as the guest follows them, each from where the last one led.
 *
 * Structures are those of Xen's public hvm/start_info.h and hvm/params.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/le.h"
#include "plan/pvh.h"
#include "verify/impl.h"

/* ---- the memory map ---- */

/* The run of gfns that a range should have in a guest with ram more pages of
 * memory, which are counted down; count 0: none. */
static struct extent
should_fill(const struct abi_range *r, uint64_t *ram)
{
	struct extent e = { r->gfn, r->gfn, r->pages };

	if (!r->ram)
		return e;
	e.count = *ram < r->pages ? *ram : r->pages;
	*ram -= e.count;
	return e;
}

static void
check_runs(struct verify *v)
{
	const struct extents *l = &v->plan->layout.gfns;
	uint64_t ram = v->plan->layout.pages;
	size_t n = 0;

	for (const struct abi_range *r = v->abi->ranges; r->pages > 0; r++) {
		const struct extent want = should_fill(r, &ram);
		const struct extent none = { 0, 0, 0 };
		const struct extent *is = n < l->n ? &l->v[n] : &none;

		if (want.count == 0)
			continue;
		n++;
		if (is->pfn != want.pfn || is->count != want.count)
			verify_differs(v, "the plan's layout.gfns[%zu] is %"
			    PRIu64 " pages from gfn 0x%" PRIx64 ", should be %"
			    PRIu64 " from gfn 0x%" PRIx64, n - 1, is->count,
			    is->pfn, want.count, want.pfn);
	}
	verify_plan_value(v, "layout.gfns' length", l->n, n);
}

/* The page that Xen's tools look for; INVALID_MFN: there is no one such. */
static uint64_t
special_gfn(const struct verify *v, const struct layout_segment *s)
{
	for (const struct abi_special *p = v->abi->specials; p->gfn != 0; p++)
		if (p->kind != SEG_KINDS && segment_is(s, p->kind))
			return p->gfn;
	return INVALID_MFN;
}

/* All but the special pages lies in the memory below the hole. */
static void
check_place(struct verify *v, const struct layout_segment *s)
{
	const struct abi_range *low = &v->abi->ranges[0];
	const uint64_t pages = v->plan->layout.pages;
	const uint64_t end = pages < low->pages ? pages : low->pages;
	const uint64_t special = special_gfn(v, s);

	if (special == INVALID_MFN && (s->pfn >= end ||
	    s->pages > end - s->pfn))
		verify_differs(v, "segment '%s', %" PRIu64 " pages from gfn 0x%"
		    PRIx64 ", should lie below gfn 0x%" PRIx64 ", where the "
		    "memory below the hole ends", s->kind, s->pages, s->pfn,
		    end);
	if (special != INVALID_MFN && (s->pfn != special || s->pages != 1))
		verify_differs(v, "segment '%s', %" PRIu64 " pages from gfn 0x%"
		    PRIx64 ", should be the page 0x%" PRIx64, s->kind,
		    s->pages, s->pfn, special);
}

static void
check_entry(struct verify *v)
{
	const struct span kernel = verify_segment_span(plan_segment(v->plan,
	    SEG_KERNEL));
	const uint64_t entry = v->plan->image.entry;

	if (entry < kernel.from || entry >= kernel.to)
		verify_differs(v, "the entry 0x%" PRIx64 " lies outside the "
		    "kernel, 0x%" PRIx64 "-0x%" PRIx64, entry, kernel.from,
		    kernel.to - 1);
}

int
verify_memory_map(struct verify *v, struct fail *f)
{
	const struct plan_layout *l = &v->plan->layout;

	check_runs(v);
	check_entry(v);
	for (size_t i = 0; i < l->n_segments; i++)
		check_place(v, &l->segments[i]);
	for (size_t i = 0; i < l->gfns.n; i++)
		if (verify_owned(v, l->gfns.v[i].pfn, l->gfns.v[i].count,
		    f) < 0)
			return -1;
	return verify_detail(v, "%" PRIu64 " pages in %zu runs, %" PRIu64
	    " of them memory", extents_pages(&l->gfns), l->gfns.n, l->pages);
}

/* ---- parameters ---- */

static int
check_param(struct verify *v, uint32_t param, uint64_t should, struct fail *f)
{
	uint64_t is;

	if (v->target->ops->hvm->get_param(v->target, param, &is, f) < 0)
		return -1;
	if (is != should)
		verify_differs(v, "HVM parameter %" PRIu32 " is 0x%" PRIx64
		    ", should be 0x%" PRIx64, param, is, should);
	return 0;
}

/* A guest without a xenstore is told no page of one. */
int
verify_params(struct verify *v, struct fail *f)
{
	const struct plan_startinfo *s = &v->plan->startinfo;

	for (const struct abi_special *p = v->abi->specials; p->gfn != 0; p++)
		if (p->param != PARAM_NONE && p->kind != SEG_IDENTITY &&
		    check_param(v, p->param, p->param == PARAM_STORE_PFN &&
		    s->store_port == 0 ? 0 : p->gfn, f) < 0)
			return -1;
	if (check_param(v, PARAM_STORE_PORT, s->store_port, f) < 0 ||
	    check_param(v, PARAM_CONSOLE_PORT, s->console_port, f) < 0)
		return -1;
	return verify_detail(v, "pages and ports of xenstore and console, and "
	    "the pages that Xen's tools use");
}

/* ---- the identity table ---- */

enum { IDENTITY_ENTRIES = 1024, IDENTITY_SHIFT = 22, IDENTITY_FLAGS = 0xe7 };

int
verify_identity_table(struct verify *v, struct fail *f)
{
	const struct layout_segment *s = plan_segment(v->plan, SEG_IDENTITY);
	struct verify_area a;

	if (verify_area_open(v, SEG_IDENTITY, &a, f) < 0)
		return -1;
	memset(a.taken, 1, PAGE_BYTES);
	for (uint32_t i = 0; i < IDENTITY_ENTRIES; i++) {
		uint64_t is = le_get(a.bytes + 4 * i, 4);
		uint64_t should = i << IDENTITY_SHIFT | IDENTITY_FLAGS;

		if (is != should)
			verify_differs(v, "entry %" PRIu32 " (address 0x%"
			    PRIx64 "): 0x%" PRIx64 ", should be 0x%" PRIx64, i,
			    a.span.from + 4 * i, is, should);
	}
	verify_plan_value(v, "identity.gfn", v->plan->identity.gfn, s->pfn);
	verify_detail(v, "gfn 0x%" PRIx64 ": 4 GiB in %d entries, and told to "
	    "the hypervisor", s->pfn, IDENTITY_ENTRIES);
	return verify_area_close(&a, f) < 0 ? -1 :
	    check_param(v, PARAM_IDENT_PT, abi_special_of(v->abi,
	    SEG_IDENTITY)->gfn * PAGE_BYTES, f);
}

/* ---- hvm_start_info ---- */

/* A string of the plan, with its NUL, where the guest finds it. */
static void
check_text(struct verify_area *a, const char *what, uint64_t paddr,
    const struct bytes *want)
{
	const unsigned char *is = verify_take(a, what, paddr, want->size + 1);

	if (is == NULL)
		return;
	for (size_t i = 0; i <= want->size; i++) {
		const unsigned char c = i < want->size ?
		    (unsigned char)want->data[i] : 0;

		if (is[i] != c)
			verify_differs(a->v, "%s (address 0x%" PRIx64 "): byte "
			    "0x%02x, should be 0x%02x", what, paddr + i, is[i],
			    c);
	}
}

/* Where the i-th module lies: each begins a page. */
static uint64_t
module_paddr(const struct verify *v, size_t i)
{
	uint64_t pfn = plan_segment(v->plan, SEG_RAMDISK)->pfn;

	for (size_t n = 0; n < i; n++)
		pfn += pages_of(v->plan->modules[n].size);
	return pfn * PAGE_BYTES;
}

static void
check_modules(struct verify_area *a, uint64_t paddr)
{
	const struct plan *p = a->v->plan;
	const unsigned char *entry = verify_take(a, "start_info.modlist",
	    paddr, p->n_modules * PVH_MODULE_BYTES);

	for (size_t i = 0; entry != NULL && i < p->n_modules;
	    i++, entry += PVH_MODULE_BYTES, paddr += PVH_MODULE_BYTES) {
		const struct bytes *line = &p->modules[i].command_line;
		const uint64_t at = le_get(entry + 16, 8);
		const struct verify_word words[] = {
			{ "paddr", { 0, 8 }, module_paddr(a->v, i) },
			{ "size", { 8, 8 }, p->modules[i].size },
			{ "cmdline_paddr", { 16, 8 },
			    line->data == NULL ? 0 : at },
			{ "reserved", { 24, 8 }, 0 },
		};
		char what[48];

		snprintf(what, sizeof(what), "modlist[%zu]", i);
		verify_words(a->v, what, paddr, entry, words, 4);
		snprintf(what, sizeof(what), "modlist[%zu].cmdline", i);
		if (line->data != NULL)
			check_text(a, what, at, line);
	}
}

static size_t
ranges_of(const struct verify *v)
{
	uint64_t ram = v->plan->layout.pages;
	size_t n = 0;

	for (const struct abi_range *r = v->abi->ranges; r->pages > 0; r++)
		n += should_fill(r, &ram).count > 0;
	return n;
}

static void
check_memmap(struct verify_area *a, uint64_t paddr)
{
	const struct abi_range *r = a->v->abi->ranges;
	uint64_t ram = a->v->plan->layout.pages;
	size_t n = ranges_of(a->v);
	const unsigned char *entry = verify_take(a, "start_info.memmap", paddr,
	    n * PVH_RANGE_BYTES);
	char what[48];

	for (size_t i = 0; entry != NULL && i < n; r++) {
		const struct extent e = should_fill(r, &ram);
		const struct verify_word words[] = {
			{ "addr", { 0, 8 }, e.pfn * PAGE_BYTES },
			{ "size", { 8, 8 }, e.count * PAGE_BYTES },
			{ "type", { 16, 4 }, r->type },
			{ "reserved", { 20, 4 }, 0 },
		};

		if (e.count == 0)
			continue;
		snprintf(what, sizeof(what), "memmap[%zu]", i);
		verify_words(a->v, what, paddr, entry, words, 4);
		entry += PVH_RANGE_BYTES;
		paddr += PVH_RANGE_BYTES;
		i++;
	}
}

/* The start_info itself, and what it points to inside its segment. */
static void
check_start(struct verify_area *a)
{
	const struct plan *p = a->v->plan;
	const uint64_t at = a->span.from;
	const unsigned char *start = verify_take(a, "start_info", at,
	    PVH_START_BYTES);
	const bool modules = p->n_modules > 0;
	const struct verify_word words[] = {
		{ "magic", { 0, 4 }, PVH_START_MAGIC },
		{ "version", { 4, 4 }, PVH_START_VERSION },
		{ "flags", { 8, 4 }, 0 },
		{ "nr_modules", { 12, 4 }, p->n_modules },
		{ "modlist_paddr", { 16, 8 },
		    modules ? p->startinfo.mod_start : 0 },
		{ "rsdp_paddr", { 32, 8 },
		    verify_segment_span(plan_segment(p, SEG_ACPI)).from },
		{ "memmap_entries", { 48, 4 }, ranges_of(a->v) },
		{ "reserved", { 52, 4 }, 0 },
	};

	verify_words(a->v, "start_info", at, start, words,
	    sizeof(words) / sizeof(words[0]));
	check_text(a, "start_info.cmdline", le_get(start + 24, 8),
	    &p->command_line);
	if (modules)
		check_modules(a, le_get(start + 16, 8));
	check_memmap(a, le_get(start + 40, 8));
}

static void
check_plan(struct verify *v, uint64_t va)
{
	const struct plan *p = v->plan;
	const struct plan_startinfo *s = &p->startinfo;

	verify_plan_value(v, "startinfo.va", s->va, va);
	verify_plan_value(v, "startinfo.flags", s->flags, 0);
	verify_plan_value(v, "startinfo.shared_info_mfn", s->shared_info_mfn,
	    0);
	verify_plan_value(v, "startinfo.mod_len", s->mod_len,
	    p->n_modules * PVH_MODULE_BYTES);
	verify_plan_value(v, "startinfo.store_mfn", s->store_mfn.value,
	    plan_segment(p, SEG_XENSTORE)->pfn);
	verify_plan_value(v, "startinfo.console_mfn", s->console_mfn.value,
	    plan_segment(p, SEG_CONSOLE)->pfn);
}

int
verify_hvm_start_info(struct verify *v, struct fail *f)
{
	struct verify_area a;

	if (verify_area_open(v, SEG_START_INFO, &a, f) < 0)
		return -1;
	check_plan(v, a.span.from);
	check_start(&a);
	verify_detail(v, "at 0x%" PRIx64 ": %zu module%s, %zu entries of the "
	    "memory map; the rest of its pages is zero", a.span.from,
	    v->plan->n_modules, v->plan->n_modules == 1 ? "" : "s",
	    ranges_of(v));
	return verify_area_close(&a, f);
}
