/*
 * plan: the document that travels down the pipe, as C structures.
 *
 * A plan is decoded and checked once, in plan_decode() or plan_from_json().
 * The plan that a stage then has is typed, in range and free of overlaps, so
 * that the stage need not check it again.  xb-plan(5) describes every field
 * with its unit.  The tables in fields.c give every key its name, type and
 * limit, and drive the binary form, the JSON form and the test of that page.
 *
 * Everything a plan points to lives in its arena and ends with plan_release().
 * A stage that adds a section allocates there, with plan->arena, fills the
 * structure in and sets its bit with plan_add().
 *
 * Units: addresses and sizes are bytes, frames are page numbers (pfn: guest,
 * mfn: machine), counts of memory are pages of 4096 bytes.
 */
#ifndef XB_PLAN_H
#define XB_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/abi.h"
#include "base/arena.h"
#include "abi/extent.h"
#include "base/fail.h"
#include "base/file.h"
#include "schema/values.h"

enum { PLAN_VERSION = 1, PLAN_MODULE_LINE_MAX = 4096 /* bytes */ };
#define PLAN_BYTES_MAX	(UINT64_C(64) << 20)

/*
 * Sections, in pipe order: PLAN_IMAGE to PLAN_LAUNCHED, as the stages of
 * stages.def add them.  The portable half, up to PLAN_LAYOUT, holds on any
 * machine; the bound half names one target and its frames; PLAN_SOURCES are
 * local to this machine.
 */
enum plan_section {
#define SECTION(ID, ...) PLAN_##ID,
#include "plan/stages.def"
	PLAN_FAILED,
	PLAN_SECTIONS, PLAN_NOTHING = PLAN_SECTIONS
};

#define PLAN_BIT(section)	(1u << (section))

/* Bytes of a file, named by their digest.  Where they are on this machine is in
 * struct plan_source. */
struct payload {
	const char *role;		/* kernel, symtab, ramdisk, ramdisk.1
					 * ... */
	uint64_t size;
	uint8_t sha256[SHA256_BYTES];
};

/* A piece of a payload that belongs at a virtual address. */
struct image_segment {
	uint64_t va;
	uint64_t memsz;			/* bytes at va; those after filesz are
					 * 0 */
	const char *role;		/* of an image payload */
	uint64_t offset, filesz;	/* range of that payload */
};

/* A note (or a legacy key) as it stood in the image. */
struct image_note {
	const char *name;		/* ENTRY, FEATURES, ... or "type N" */
	uint64_t type;
	struct maybe number;		/* value of a numeric note */
	struct bytes text;		/* value of a string note; NULL data:
					 * none */
};

struct plan_image {
	const struct abi *abi;
	const char *format;		/* elf or bin */
	const char *container;		/* bzimage or none */
	const char *codec;		/* of the payload: none, gzip, xz,
					 * ... */
	const char *notes_from;		/* program headers, section headers,
					 * __xen_guest, or bin table */
	uint64_t virt_base;		/* where pfn 0 is mapped */
	uint64_t paddr_offset;
	uint64_t kstart, kend;		/* kernel's addresses, end exclusive;
					 * a symbol table is inside */
	uint64_t entry;
	struct maybe hypercall_page;	/* va */
	struct maybe init_p2m;		/* va of a p2m list that is mapped apart
					 * from the region */
	bool mod_start_pfn;		/* ramdisk may be left unmapped */
	const char *pae;		/* no, yes, extended, bimodal */
	struct maybe hv_start_low;
	uint64_t features_supported, features_required; /* bits XENFEAT_ */
	struct payload *payloads;	size_t n_payloads;
	struct image_segment *segments;	size_t n_segments; /* ascending va */
	struct image_note *notes;	size_t n_notes;
};

/* A part of a ramdisk.  Bytes between the parts are zero. */
struct module_part {
	uint64_t offset;
	struct maybe unpacked;		/* bytes; absent: not compressed */
	struct payload payload;
};

struct plan_module {
	uint64_t size;
	struct module_part *parts;	size_t n_parts; /* ascending offset */
	struct bytes command_line;	/* of a PVH guest's; NULL data: none */
};

/* Where the bytes of a digest are on this machine. */
struct plan_source {
	uint8_t sha256[SHA256_BYTES];
	struct bytes path;		/* absolute */
	struct file_id id;
};

struct layout_segment {
	const char *kind;		/* segment_name() */
	uint64_t pfn, pages;
	uint64_t size;			/* bytes in use, <= pages */
	struct maybe va;		/* absent: not mapped at start */
};

/* A range of a payload that is copied to pseudo-physical memory. */
struct load_piece {
	const char *role;
	uint64_t offset, size;
	uint64_t paddr;			/* pfn * 4096 + byte in the page */
};

struct pfn_run {
	uint64_t pfn, pages;
};

struct plan_layout {
	uint64_t pages;			/* of the domain */
	struct extents gfns;		/* of a PVH guest: all that Xen fills,
					 * its memory and pages beside it; pfn
					 * and mfn are the gfn */
	/* The region, also called the initial mapping: pfn 0 and on are mapped
	 * at start from v_start to v_end, exclusive; v_end 0 is the top of the
	 * address space. */
	uint64_t v_start, v_end;
	struct layout_segment *segments; size_t n_segments; /* ascending pfn */

	/* page tables of [v_start, v_end): tables[0] top level .. L1 */
	uint64_t *tables;		size_t n_tables;

	/* page tables for the p2m list at INIT_P2M: as tables, but the top
	 * table is not counted again */
	uint64_t *p2m_tables;		size_t n_p2m_tables; /* 0: none */

	struct load_piece *load;	size_t n_load; /* ascending paddr */

	/*
	 * Pages that xb-load must make zero: all that the initial mapping (or
	 * an unmapped ramdisk) covers, that no load piece touches and that no
	 * later stage fills.  A page that a piece touches in part is zero in
	 * the rest.
	 */
	struct pfn_run *clear;		size_t n_clear; /* ascending pfn */
};

struct plan_memory {
	struct bytes target;		/* file:/absolute/path, xen:5 */
	uint8_t uuid[UUID_BYTES];
	uint8_t build[BUILD_ID_BYTES];
	struct extents p2m;		/* pfn 0 .. layout.pages - 1, no hole;
					 * v belongs to the arena; none of a PVH
					 * guest.  See plan_frames() */
};

/* Of a PVH guest, which starts without page tables. */
struct plan_identity {
	uint64_t gfn;			/* of the table */
};

struct plan_pagetables {
	uint64_t root_mfn;		/* top table, pinned */
	uint64_t pt_base;		/* its virtual address */
	uint64_t frames;		/* as start_info says: of the region's
					 * tables only */
	uint64_t p2m;			/* virtual address of the p2m list */
	uint64_t first_p2m_pfn, p2m_frames; /* INIT_P2M, else 0 and 0 */
};

struct plan_startinfo {
	uint64_t va;			/* of start_info */
	uint64_t flags;			/* SIF_* */
	uint64_t shared_info_mfn;
	struct maybe store_mfn;		/* absent where the ABI has no ring */
	struct maybe console_mfn;
	uint64_t store_port, console_port; /* 0: none */
	uint64_t store_domid, console_domid; /* backend domains */
	uint64_t mod_start, mod_len;	/* as stored */
	struct maybe hypercall_mfn;	/* frame that holds the hypercall
					 * page */
};

struct plan_vcpu {
	uint64_t id;
	uint64_t ip, sp, si, flags, rflags, cr3;
	uint64_t cs, ss, ds, kernel_ss, kernel_sp;
	uint64_t dr6, dr7, vm_assist;
	struct maybe bx;		/* of a PVH guest's, which finds
					 * start_info by it */
};

/* The field of the vcpu context that each register of a plan_vcpu has. */
struct plan_register {
	enum context_field field;
	size_t offset;			/* in struct plan_vcpu */
};

enum { PLAN_REGISTERS = 14 };

extern const struct plan_register plan_registers[PLAN_REGISTERS];

struct plan_failed {
	const char *stage;
	uint64_t status;
	struct bytes message;
};

struct plan {
	struct arena arena;
	uint32_t has;			/* PLAN_BIT of each section present */

	struct plan_image image;
	struct plan_module *modules;	size_t n_modules;
	struct bytes command_line;
	struct plan_source *sources;	size_t n_sources;
	struct plan_layout layout;
	struct plan_memory memory;
	struct plan_pagetables pagetables;
	struct plan_identity identity;
	struct plan_startinfo startinfo;
	bool introduced;
	struct plan_vcpu *vcpus;	size_t n_vcpus;
	bool launched;			/* false: built and left paused */
	struct plan_failed failed;

	struct schema_extras extra;
};

void	plan_init(struct plan *);
void	plan_release(struct plan *);

static inline bool
plan_has(const struct plan *p, enum plan_section s)
{
	return (p->has & PLAN_BIT(s)) != 0;
}

static inline void
plan_add(struct plan *p, enum plan_section s)
{
	p->has |= PLAN_BIT(s);
}

/*
 * Drops a section and all that depends on it, before it is written anew.  From
 * the layout on, all later sections depend on it; nothing depends on failed and
 * sources.  Unknown keys are dropped with the section that has them.
 */
void	plan_drop_from(struct plan *, enum plan_section);

/* The type of the plan's guest; without an image, the one that stands first. */
static inline enum guest_type
plan_guest(const struct plan *p)
{
	return p->image.abi == NULL ? 0 : p->image.abi->guest;
}

/* "layout", and the program that adds it: "xb-layout". */
const char *plan_section_name(enum plan_section);
const char *plan_section_stage(enum plan_section);

/*
 * The program that works on this plan next: the one that failed, else the one
 * that adds the first missing section, where xb-introduce is left out.  NULL:
 * no section is missing.
 */
const char *plan_next_stage(const struct plan *);

/*
 * Decodes a whole plan and checks it: form, seal, types, ranges, overlaps and
 * what the sections say of each other.  FAIL_INPUT, with the offset or the
 * path of the field, for all that is wrong.  what names the source of the
 * bytes in messages ("standard input").  p is initialised in any case, and the
 * caller releases it; it is empty after a failure.
 */
int	plan_decode(struct plan *p, const void *bytes, size_t n,
	    const char *what, struct fail *) must_check;

/*
 * Encodes and seals.  *out is malloced and the caller's.  The same plan gives
 * the same bytes, always.
 */
int	plan_encode(const struct plan *, void **out, size_t *n, struct fail *)
	    must_check;

/* The encoding of one section alone, for comparisons; malloced. */
int	plan_encode_section(const struct plan *, enum plan_section, void **out,
	    size_t *n, struct fail *) must_check;

/* 0: both plans have the same section, or neither has it; 1: it differs. */
int	plan_compare_section(const struct plan *, const struct plan *,
	    enum plan_section, struct fail *) must_check;

/*
 * The whole plan as JSON, with a newline at the end, and back.  JSON has no
 * seal; plan_encode() makes one.
 */
int	plan_to_json(const struct plan *, char **out, size_t *n, struct fail *)
	    must_check;
int	plan_from_json(struct plan *, const char *text, size_t n,
	    const char *what, struct fail *) must_check;

/*
 * The domain that the bytes of a plan name, before they are decoded, malloced;
 * NULL: none, or these bytes are no plan.
 */
char	*plan_named_target(const void *bytes, size_t n);

/* Checks a plan in memory as plan_decode() does after reading its form. */
int	plan_check(const struct plan *, struct fail *) must_check;

/* n bytes in the plan's arena. */
int	plan_bytes(struct plan *, const void *, size_t n, struct bytes *,
	    struct fail *) must_check;

/* The address at which pfn 0 is mapped, by the ABI's rule for the region. */
uint64_t plan_region_start(const struct plan_image *);

/*
 * Where the domain's pages lie: the machine frame of each pfn, or, in a PVH
 * guest, the gfns, each of which is its own pfn and mfn.
 */
static inline const struct extents *
plan_frames(const struct plan *p)
{
	return p->image.abi->p2m_entry != 0 ? &p->memory.p2m : &p->layout.gfns;
}

/* Has the domain these pages?  count is not 0. */
bool	plan_has_pages(const struct plan *, uint64_t pfn, uint64_t count);

/* Bytes from the start of segment ramdisk to module i.  Each module begins a
 * page. */
uint64_t plan_module_offset(const struct plan *, size_t i);

/* Pages of the region, which are pfns from 0 on. */
uint64_t plan_region_pages(const struct plan *);

/* The page of the region that image.hypercall_page, which is set, names. */
uint64_t plan_hypercall_pfn(const struct plan *);

/* The first layout segment of that kind, or NULL. */
const struct layout_segment *plan_segment(const struct plan *,
	    enum segment_kind);

/* Sets the registers of a plan_vcpu, all but its id, from a vcpu context. */
void	plan_vcpu_read(struct plan_vcpu *, const struct abi *,
	    const void *context);

/* The layout segment that holds a page, or NULL. */
const struct layout_segment *plan_segment_at(const struct plan *, uint64_t pfn);

/* Is the segment of that kind?  NULL is of none. */
bool	segment_is(const struct layout_segment *, enum segment_kind);

/* Does a stage behind xb-load write the segment whole?  So nobody clears it. */
bool	segment_filled_later(const struct layout_segment *);

/* The first page of a segment of that kind, which must be there: of a PVH guest
 * the number that the guest and Xen have for it. */
static inline struct maybe
plan_gfn(const struct plan *p, enum segment_kind kind)
{
	return (struct maybe){ true, plan_segment(p, kind)->pfn };
}

/* Does the segment hold the page?  NULL holds none. */
static inline bool
segment_holds(const struct layout_segment *s, uint64_t pfn)
{
	return s != NULL && pfn >= s->pfn && pfn - s->pfn < s->pages;
}

/* The image or module payload of that role, or NULL. */
const struct payload *plan_payload(const struct plan *, const char *role);

/* All payloads one after the other, the image's and then those of the modules;
 * NULL behind the last. */
const struct payload *plan_payload_at(const struct plan *, size_t i);

/* Where the payload's bytes are on this machine, or NULL. */
const struct plan_source *plan_source_of(const struct plan *,
	    const uint8_t sha256[SHA256_BYTES]);

#endif
