#include <inttypes.h>
#include <string.h>

#include "base/le.h"
#include "build/pvh/acpi.h"
#include "build/pvh/startinfo.h"
#include "build/rings.h"
#include "plan/derived.h"
#include "plan/pvh.h"

/* ---- the segment ---- */

static uint64_t
module_paddr(const struct plan *p, size_t i)
{
	return plan_segment(p, SEG_RAMDISK)->va.value +
	    plan_module_offset(p, i);
}

/* The entries of the modules, and their command lines. */
static void
fill_modules(const struct plan *p, const struct pvh_start *at, uint64_t va,
    unsigned char *bytes)
{
	unsigned char *entry = bytes + at->modules;
	uint64_t line = at->lines;

	for (size_t i = 0; i < p->n_modules; i++, entry += PVH_MODULE_BYTES) {
		const struct bytes *words = &p->modules[i].command_line;

		le_put(entry, 8, module_paddr(p, i));
		le_put(entry + 8, 8, p->modules[i].size);
		if (words->data == NULL)
			continue;
		le_put(entry + 16, 8, va + line);
		memcpy(bytes + line, words->data, words->size);
		line += pvh_text_bytes(words->size);
	}
}

static void
fill_ranges(const struct plan *p, unsigned char *entry)
{
	for (size_t i = 0; i < p->layout.gfns.n; i++) {
		const struct extent *run = &p->layout.gfns.v[i];

		le_put(entry, 8, run->pfn * PAGE_BYTES);
		le_put(entry + 8, 8, run->count * PAGE_BYTES);
		le_put(entry + 16, 4, abi_range_of(p->image.abi,
		    run->pfn)->type);
		entry += PVH_RANGE_BYTES;
	}
}

void
pvh_start_fill(const struct plan *p, unsigned char *bytes)
{
	const struct pvh_start at = plan_pvh_start(p, p->layout.pages);
	const uint64_t va = plan_segment(p, SEG_START_INFO)->va.value;

	le_put(bytes, 4, PVH_START_MAGIC);
	le_put(bytes + 4, 4, PVH_START_VERSION);
	le_put(bytes + 12, 4, p->n_modules);
	if (p->n_modules > 0)
		le_put(bytes + 16, 8, va + at.modules);
	le_put(bytes + 24, 8, va + at.command_line);
	le_put(bytes + 32, 8, plan_segment(p, SEG_ACPI)->va.value);
	le_put(bytes + 40, 8, va + at.ranges);
	le_put(bytes + 48, 4, p->layout.gfns.n);
	if (plan_has(p, PLAN_COMMAND_LINE))
		memcpy(bytes + at.command_line, p->command_line.data,
		    p->command_line.size);
	fill_modules(p, &at, va, bytes);
	fill_ranges(p, bytes + at.ranges);
}

/* ---- writing ---- */

/* start_info, the ACPI tables and the rings, in one mapping. */
static int
write_pages(struct target *t, const struct target_info *info,
    const struct plan *p, struct fail *f)
{
	const struct layout_segment *start = plan_segment(p, SEG_START_INFO);
	const struct layout_segment *acpi = plan_segment(p, SEG_ACPI);
	const struct extent frames[] = {
		{ 0, start->pfn, start->pages }, { 0, acpi->pfn, 1 },
		{ 0, p->startinfo.store_mfn.value, 1 },
		{ 0, p->startinfo.console_mfn.value, 1 },
	};
	unsigned char *map = t->ops->map(t, frames, 4, true, f), *behind;

	if (map == NULL)
		return -1;
	behind = map + start->pages * PAGE_BYTES;
	memset(map, 0, start->pages * PAGE_BYTES);
	pvh_start_fill(p, map);
	pvh_acpi_fill(behind, acpi->va.value, info->vcpus);
	memset(behind + PAGE_BYTES, 0, 2 * PAGE_BYTES);
	return t->ops->unmap(t, map, f);
}

/* The pages that have a parameter, and the ports.  A guest takes a xenstore
 * whose page is 0 for none.  The identity table is told by who makes it. */
static int
set_params(struct target *t, const struct plan *p, struct fail *f)
{
	const struct plan_startinfo *s = &p->startinfo;
	const struct abi_special *page = p->image.abi->specials;

	for (; page->gfn != 0; page++)
		if (page->param != PARAM_NONE && page->kind != SEG_IDENTITY &&
		    t->ops->hvm->set_param(t, page->param,
		    page->param == PARAM_STORE_PFN && s->store_port == 0 ? 0 :
		    page->gfn, f) < 0)
			return -1;
	if (t->ops->hvm->set_param(t, PARAM_STORE_PORT, s->store_port, f) < 0)
		return -1;
	return t->ops->hvm->set_param(t, PARAM_CONSOLE_PORT, s->console_port,
	    f);
}

static int
write_all(struct target *t, const struct target_info *info,
    const struct plan *p, struct fail *f)
{
	const struct plan_startinfo *s = &p->startinfo;

	if (write_pages(t, info, p, f) < 0 || set_params(t, p, f) < 0 ||
	    rings_grant(t, p, f) < 0)
		return -1;
	return t->ops->keep_console(t, s->console_mfn.value,
	    (uint32_t)s->console_port, f);
}

int
pvh_startinfo_tell(struct target *t, struct plan *p, struct fail *f)
{
	const struct layout_segment *s = plan_segment(p, SEG_START_INFO);
	const struct extent frames = { s->pfn, s->pfn, s->pages };
	unsigned char *map = t->ops->map(t, &frames, 1, true, f);

	if (map == NULL)
		return -1;
	memset(map, 0, s->pages * PAGE_BYTES);
	pvh_start_fill(p, map);
	p->layout.segments[s - p->layout.segments].size =
	    plan_pvh_start(p, p->layout.pages).size;
	p->startinfo.mod_start = plan_derive_startinfo(p).mod_start;
	return t->ops->unmap(t, map, f);
}

int
pvh_startinfo_build(struct target *t, const struct target_info *info,
    struct plan *p, void *options, struct fail *f)
{
	const struct ring_limits limits = { UINT32_MAX, UINT32_MAX };
	struct plan_startinfo s = plan_derive_startinfo(p);

	if (info->vcpus > PVH_ACPI_VCPUS_MAX)
		return fail(f, FAIL_TARGET, "the domain has %" PRIu32
		    " vcpus, and ACPI tells a PVH guest of at most %d",
		    info->vcpus, PVH_ACPI_VCPUS_MAX);
	if (rings_take(t, p, options, limits, &s, f) < 0)
		return -1;
	p->startinfo = s;
	plan_add(p, PLAN_STARTINFO);
	fail_note(f, "hvm_start_info at 0x%" PRIx64 ", ACPI of %" PRIu32
	    " vcpus; event channels: xenstore %" PRIu64 ", console %" PRIu64
	    " (0: none)", s.va, info->vcpus, s.store_port, s.console_port);
	if (write_all(t, info, p, f) == 0)
		return 0;
	fail_add(f, "; start_info is left half written: run xb-startinfo "
	    "again with this plan");
	return -1;
}
