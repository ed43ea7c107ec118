#include "plan/derived.h"
#include "plan/pvh.h"

static const struct layout_segment none;

/* A segment that may not be there; all of it is 0 then. */
static const struct layout_segment *
segment(const struct plan *p, enum segment_kind kind)
{
	const struct layout_segment *s = plan_segment(p, kind);

	return s == NULL ? &none : s;
}

static struct maybe
frame(const struct plan *p, bool there, uint64_t pfn)
{
	return (struct maybe){ there, there ? extents_mfn(plan_frames(p),
	    pfn) : 0 };
}

static struct maybe
frame_of(const struct plan *p, enum segment_kind kind)
{
	return frame(p, plan_segment(p, kind) != NULL, segment(p, kind)->pfn);
}

struct plan_pagetables
plan_derive_pagetables(const struct plan *p)
{
	const struct layout_segment *tables = segment(p, SEG_PAGE_TABLES);
	const struct layout_segment *list = segment(p, SEG_P2M);
	bool apart = list->pages > 0 && list->pfn >= plan_region_pages(p);

	return (struct plan_pagetables){
		.root_mfn = frame_of(p, SEG_PAGE_TABLES).value,
		.pt_base = tables->va.value, .frames = tables->pages,
		.p2m = list->va.value, .first_p2m_pfn = apart ? list->pfn : 0,
		.p2m_frames = !apart ? 0 : list->pages +
		    segment(p, SEG_P2M_TABLES)->pages,
	};
}

/*
 * A mapped ramdisk is told by its address and its bytes; one that is not, by
 * its pfn and the bytes of its whole pages (SIF_MOD_START_PFN of xen.h).
 */
static void
tell_ramdisk(const struct plan *p, struct plan_startinfo *s)
{
	const struct layout_segment *m = segment(p, SEG_RAMDISK);
	bool mapped = m->va.set || m->pages == 0;

	s->flags = p->image.abi->start_info_flags | (mapped ? 0 : SIF_MOD_PFN);
	s->mod_start = mapped ? m->va.value : m->pfn;
	s->mod_len = mapped ? m->size : m->pages * PAGE_BYTES;
	s->hypercall_mfn = frame(p, p->image.hypercall_page.set,
	    plan_hypercall_pfn(p));
}

/* Behind the command line lie the modules. */
static void
tell_modules(const struct plan *p, struct plan_startinfo *s)
{
	if (p->n_modules > 0)
		s->mod_start = s->va +
		    plan_pvh_start(p, p->layout.pages).modules;
	s->mod_len = p->n_modules * PVH_MODULE_BYTES;
}

struct plan_startinfo
plan_derive_startinfo(const struct plan *p)
{
	static void (*const tell[GUEST_TYPES])(const struct plan *,
	    struct plan_startinfo *) = {
		[GUEST_PV] = tell_ramdisk, [GUEST_PVH] = tell_modules
	};
	struct plan_startinfo s = {
		.va = segment(p, SEG_START_INFO)->va.value,
		.store_mfn = frame_of(p, SEG_XENSTORE),
		.console_mfn = frame_of(p, SEG_CONSOLE),
	};

	tell[plan_guest(p)](p, &s);
	return s;
}
