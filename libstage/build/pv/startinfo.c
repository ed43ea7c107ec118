#include <inttypes.h>
#include <string.h>

#include "target/window.h"
#include "build/rings.h"
#include "plan/derived.h"

/* ---- the structure ---- */

/* The largest value that a field holds. */
static uint64_t
field_limit(struct abi_field d)
{
	return d.size >= 8 ? UINT64_MAX : (UINT64_C(1) << 8 * d.size) - 1;
}

static uint64_t
segment_va(const struct plan *p, enum segment_kind kind)
{
	const struct layout_segment *s = plan_segment(p, kind);

	return s == NULL ? 0 : s->va.value;
}

static void
put_command_line(const struct plan *p, unsigned char page[PAGE_BYTES])
{
	const struct abi_field d = p->image.abi->start_info[SI_CMD_LINE];

	memset(page + d.offset, 0, d.size);
	if (plan_has(p, PLAN_COMMAND_LINE))
		memcpy(page + d.offset, p->command_line.data,
		    p->command_line.size);
}

/* A page with start_info as the plan's ABI has it, zeroes behind it. */
static void
fill_page(const struct plan *p, unsigned char page[PAGE_BYTES])
{
	const struct abi *a = p->image.abi;
	const struct plan_startinfo *s = &p->startinfo;
	const struct plan_pagetables *t = &p->pagetables;
	const struct { enum start_info_field field; uint64_t value; } v[] = {
		{ SI_NR_PAGES,		p->layout.pages },
		{ SI_SHARED_INFO,	s->shared_info_mfn << PAGE_BITS },
		{ SI_FLAGS,		s->flags },
		{ SI_STORE_MFN,		s->store_mfn.value },
		{ SI_STORE_PAGE,	segment_va(p, SEG_XENSTORE) },
		{ SI_STORE_EVTCHN,	s->store_port },
		{ SI_CONSOLE_MFN,	s->console_mfn.value },
		{ SI_CONSOLE_EVTCHN,	s->console_port },
		{ SI_CONTROLLER_EVTCHN,	s->console_port },
		{ SI_PT_BASE,		t->pt_base },
		{ SI_NR_PT_FRAMES,	t->frames },
		{ SI_MFN_LIST,		t->p2m },
		{ SI_MOD_START,		s->mod_start },
		{ SI_MOD_LEN,		s->mod_len },
		{ SI_FIRST_P2M_PFN,	t->first_p2m_pfn },
		{ SI_NR_P2M_FRAMES,	t->p2m_frames },
	};

	memset(page, 0, PAGE_BYTES);
	if (abi_has(a->start_info[SI_MAGIC]))
		memcpy(page + a->start_info[SI_MAGIC].offset, a->name,
		    strlen(a->name));
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		abi_put(a->start_info[v[i].field], page, v[i].value);
	put_command_line(p, page);
}

/* ---- what goes into it ---- */

static int
take_shared_info(const struct plan *p, const struct target_info *info,
    struct plan_startinfo *s, struct fail *f)
{
	uint64_t limit = field_limit(p->image.abi->start_info[SI_SHARED_INFO])
	    >> PAGE_BITS;

	s->shared_info_mfn = info->shared_info_mfn;
	if (s->shared_info_mfn > limit)
		return fail(f, FAIL_TARGET, "the domain's shared_info is in "
		    "machine frame 0x%" PRIx64 ", start_info of %s holds at "
		    "most 0x%" PRIx64, s->shared_info_mfn,
		    p->image.abi->name, limit);
	return 0;
}

static struct ring_limits
limits_of(const struct abi *a)
{
	const struct abi_field *field = a->start_info;

	return (struct ring_limits){ field_limit(field[SI_STORE_EVTCHN]),
	    field_limit(abi_has(field[SI_CONSOLE_EVTCHN]) ?
	    field[SI_CONSOLE_EVTCHN] : field[SI_CONTROLLER_EVTCHN]) };
}

/* ---- writing ---- */

/*
 * Clears the structure, then masks event upcalls in every vcpu_info, as a guest
 * expects them at its start, and tells the number of vcpus where there is a
 * field for it.  The rest of the frame is the hypervisor's and left alone.
 */
static void
fill_shared_info(const struct target_info *info, const struct abi *a,
    unsigned char *page)
{
	const struct abi_shared_info *s = &a->shared_info;

	memset(page, 0, s->size);
	for (unsigned i = 0; i < s->vcpus; i++)
		page[i * s->stride + s->mask] = 1;
	abi_put(s->n_vcpu, page, info->vcpus);
}

/* start_info, the rings, and shared_info of a domain that is not constructed
 * yet, in one mapping. */
static int
write_pages(struct target *t, const struct target_info *info,
    const struct plan *p, uint64_t mfn, struct fail *f)
{
	const struct maybe pages[] = {
		{ true, mfn }, p->startinfo.store_mfn, p->startinfo.console_mfn,
		{ !info->constructed, info->shared_info_mfn },
	};
	struct extent frames[4];
	unsigned char *map;
	size_t n = 0;

	for (size_t i = 0; i < 4; i++)
		if (pages[i].set) {
			frames[n] = (struct extent){ n, pages[i].value, 1 };
			n++;
		}
	map = t->ops->map(t, frames, n, true, f);
	if (map == NULL)
		return -1;
	fill_page(p, map);
	if (!info->constructed)
		fill_shared_info(info, p->image.abi, map + --n * PAGE_BYTES);
	memset(map + PAGE_BYTES, 0, (n - 1) * PAGE_BYTES);
	return t->ops->unmap(t, map, f);
}

static int
write_all(struct target *t, const struct target_info *info,
    const struct plan *p, uint64_t mfn, struct fail *f)
{
	const struct plan_startinfo *s = &p->startinfo;

	if (write_pages(t, info, p, mfn, f) < 0)
		return -1;
	if (s->hypercall_mfn.set &&
	    t->ops->hypercall_page(t, s->hypercall_mfn.value, f) < 0)
		return -1;
	/* Builders that knew no xenstore had no grants either. */
	if (abi_has(p->image.abi->start_info[SI_STORE_MFN]) &&
	    rings_grant(t, p, f) < 0)
		return -1;
	return !s->console_mfn.set ? 0 : t->ops->keep_console(t,
	    s->console_mfn.value, (uint32_t)s->console_port, f);
}

int
startinfo_build(struct target *t, const struct target_info *info,
    struct plan *p, void *options, struct fail *f)
{
	const struct layout_segment *seg = plan_segment(p, SEG_START_INFO);
	const uint64_t mfn = extents_mfn(&p->memory.p2m, seg->pfn);
	struct plan_startinfo s = plan_derive_startinfo(p);

	if (take_shared_info(p, info, &s, f) < 0 ||
	    rings_take(t, p, options, limits_of(p->image.abi), &s, f) < 0)
		return -1;
	p->startinfo = s;
	plan_add(p, PLAN_STARTINFO);
	fail_note(f, "start_info in mfn 0x%" PRIx64 ", shared_info in mfn 0x%"
	    PRIx64 "; event channels: xenstore %" PRIu64 ", console %" PRIu64
	    " (0: none)", mfn, s.shared_info_mfn, s.store_port,
	    s.console_port);
	if (write_all(t, info, p, mfn, f) == 0)
		return 0;
	fail_add(f, "; start_info is left half written: run xb-startinfo "
	    "again with this plan");
	return -1;
}

int
startinfo_tell_pv(struct target *t, struct plan *p, struct fail *f)
{
	const struct layout_segment *s = plan_segment(p, SEG_START_INFO);
	const struct extent frame = { s->pfn,
		extents_mfn(&p->memory.p2m, s->pfn), 1 };
	unsigned char *page = t->ops->map(t, &frame, 1, true, f);

	if (page == NULL)
		return -1;
	put_command_line(p, page);
	return t->ops->unmap(t, page, f);
}
