/*
 * abi: the guest ABIs as data: five of PV guests, one of PVH guests.
 *
 * Each ABI is a row of abi_rows.  Code that writes or reads a structure of the
 * guest takes offset and size of every field from the row, so one piece of code
 * serves 32 and 64 bits.  Where ABIs differ in anything else, the row has a
 * column for it.  Two tables alone name ABIs, because what they read stands for
 * one: type_abi of image/bin.c and abi_of_bits() of target/xen/info.c.
 *
 * Offsets are those of the public headers: for xen-3.0-* Xen 4.17's
 * xen/foreign/x86_32.h and x86_64.h, for the older three the headers of their
 * day (xen-1.3 June 2004, xen-3.0pre June 2005), for hvm-3.0-pvh Xen 4.17's
 * hvm/start_info.h, hvm/params.h and arch-x86/hvm/save.h.  All guest fields are
 * little-endian.  xb-abi(7) shows the rows and what follows from them.
 *
 * Rows are constant and live for ever: nothing here is owned or freed.
 */
#ifndef XB_ABI_H
#define XB_ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/extent.h"

/*
 * What a guest is made of; the plan's ABI tells which type its guest is of, and
 * Xen is told it before the domain has a page.  Wherever a run has an mfn, that
 * of a PVH domain is its gfn, the guest's own number of the page.
 */
enum guest_type {
	GUEST_PV,		/* has page tables that Xen checks, and knows
				 * machine frames */
	GUEST_PVH,		/* in an HVM container: the processor does its
				 * paging, and it starts without any */
	GUEST_TYPES
};

/* Sets of guest types. */
#define GUEST_BIT(type)	(1u << (type))
#define GUESTS_ALL	(GUEST_BIT(GUEST_TYPES) - 1)

/* "pv", "pvh". */
const char *guest_name(enum guest_type);
/* The frames that a builder knows its memory by: "machine frames", "guest
 * frames". */
const char *guest_frames(enum guest_type);
/* False: no type has that name. */
bool	guest_named(const char *name, enum guest_type *);

/* Where a field lies in its structure, in bytes; size 0: not in this ABI. */
struct abi_field {
	uint16_t offset;
	uint16_t size;
};

/* Fields of start_info. */
enum start_info_field {
	SI_MAGIC,		/* guest type string */
	SI_NR_PAGES,
	SI_SHARED_INFO,		/* machine address */
	SI_FLAGS,
	SI_STORE_MFN,
	SI_STORE_PAGE,		/* virtual address of the xenstore ring */
	SI_STORE_EVTCHN,
	SI_CONSOLE_MFN,
	SI_CONSOLE_EVTCHN,
	SI_CONTROLLER_EVTCHN,	/* domain_controller_evtchn */
	SI_PT_BASE,		/* virtual address of the top table */
	SI_NR_PT_FRAMES,
	SI_MFN_LIST,		/* virtual address of the p2m list */
	SI_MOD_START,		/* virtual address, or pfn with SIF_MOD_PFN */
	SI_MOD_LEN,
	SI_CMD_LINE,
	SI_FIRST_P2M_PFN,
	SI_NR_P2M_FRAMES,
	SI_FIELDS
};

enum {
	SIF_MOD_PFN		= 0x8,	/* SIF_MOD_START_PFN */
	SIF_VIRT_P2M		= 0x10	/* SIF_VIRT_P2M_4TOOLS */
};

/* Fields of the vcpu context that a builder writes or Xen checks. */
enum context_field {
	CTX_FLAGS,
	CTX_IP, CTX_SP, CTX_SI,		/* eip/rip, esp/rsp, esi/rsi */
	CTX_BX,				/* rbx, of PVH guests alone */
	CTX_RFLAGS,
	CTX_CS, CTX_SS, CTX_DS, CTX_ES, CTX_FS, CTX_GS,
	CTX_KERNEL_SS, CTX_KERNEL_SP,
	CTX_LDT_BASE, CTX_LDT_ENTS, CTX_GDT_ENTS,
	CTX_CR0, CTX_CR1, CTX_CR3, CTX_CR4, /* CR3: pt_base in older ones */
	CTX_DR6, CTX_DR7,
	CTX_EVENT_CS, CTX_EVENT_IP,
	CTX_FAILSAFE_CS, CTX_FAILSAFE_IP,
	CTX_SYSCALL_IP,
	CTX_VM_ASSIST,
	CTX_FS_BASE, CTX_GS_BASE_KERNEL, CTX_GS_BASE_USER,
	/* of PVH guests: what descriptors would say of the segments */
	CTX_CS_BASE, CTX_CS_LIMIT, CTX_CS_AR,
	CTX_DS_BASE, CTX_DS_LIMIT, CTX_DS_AR,
	CTX_ES_BASE, CTX_ES_LIMIT, CTX_ES_AR,
	CTX_SS_BASE, CTX_SS_LIMIT, CTX_SS_AR,
	CTX_TR_BASE, CTX_TR_LIMIT, CTX_TR_AR,
	CTX_EFER, CTX_TSC_AUX, CTX_TSC, CTX_PAD,
	CTX_FIELDS
};

/* Bits of CTX_FLAGS: VGCF_* in public/arch-x86/xen.h. */
enum {
	FLAG_FPU_VALID	= 0x1,		/* VGCF_I387_VALID */
	FLAG_IN_KERNEL	= 0x4,
	FLAG_ONLINE	= 0x20
};

enum { ASSIST_PAE_EXTENDED_CR3 = 0x8 };	/* of CTX_VM_ASSIST */

/* A register that the builder sets to a constant. */
struct abi_constant {
	enum context_field field;
	uint64_t value;
};

enum {
	ABI_CONSTANTS_MAX = 20,
	ABI_RANGES_MAX = 5,		/* of abi.ranges, with its end */
	ABI_SPECIALS_MAX = 10,		/* of abi.specials, with its end */
	ABI_TRAPS = 256,		/* entries of trap_ctxt */
	ABI_CONTEXT_MAX = 5168		/* bytes of the largest context */
};

struct abi_context {
	uint16_t size;
	uint64_t fresh_flags;		/* flags of a vcpu never set up */
	uint64_t flags, vm_assist;	/* bits that the hypervisor knows:
					 * VGCF_*, VMASST_TYPE_* */
	bool edited;			/* today's Xen takes this context, and
					 * changes what abi/edits.h says */
	struct abi_field field[CTX_FIELDS];
	struct abi_constant boot[ABI_CONSTANTS_MAX]; /* a value of ~0 ends */
	enum context_field start_info;	/* the register with its address */
	bool sp_is_start_info;		/* else: the top of the boot stack */
	struct {
		uint16_t offset, stride; /* of trap_ctxt[256] */
		struct abi_field address; /* inside an entry; the other fields
					   * lie alike in all: abi_trap() */
		uint16_t cs;		/* selector that the builder puts into
					 * each entry; 0: it leaves the table
					 * zero */
	} trap;
	uint16_t code[3], data[4];	/* selectors that Xen lets a guest load
					 * without tables of its own; 0 ends */
};

struct abi_shared_info {
	uint16_t size;			/* bytes that the builder clears */
	uint16_t vcpus, stride;		/* vcpu_info slots and their distance */
	uint16_t mask;			/* offset of evtchn_upcall_mask in a
					 * slot */
	bool more_vcpus;		/* vcpus beyond these slots have their
					 * vcpu_info elsewhere,
					 * VCPUOP_register_vcpu_info */
	struct abi_field n_vcpu;
	struct { uint16_t offset, size; } time[2]; /* Xen writes it once the
						    * domain runs */
	bool vcpu_time;			/* the last 32 bytes of each slot are a
					 * vcpu_time_info */
};

/* What lies in guest memory, in the vocabulary of xb-plan(5). */
enum segment_kind {
	SEG_KERNEL, SEG_RAMDISK, SEG_P2M, SEG_START_INFO, SEG_XENSTORE,
	SEG_CONSOLE, SEG_PAGE_TABLES, SEG_STACK, SEG_P2M_TABLES,
	SEG_ACPI, SEG_IDENTITY,		/* of PVH guests alone */
	SEG_KINDS
};

const char *segment_name(enum segment_kind);

/*
 * A part of the guest-physical addresses of a PVH guest.  Xen fills these parts
 * with pages and nothing else, so they are the memory map that the guest finds.
 */
struct abi_range {
	uint64_t gfn, pages;		/* 0 pages end the list */
	uint32_t type;			/* in the memory map:
					 * XEN_HVM_MEMMAP_TYPE_* */
	bool ram;			/* filled up to the domain's memory;
					 * else there whole, beside it */
};

/* Types of a range: public/arch-x86/hvm/start_info.h. */
enum { RANGE_RAM = 1, RANGE_RESERVED = 2, RANGE_ACPI = 3 };

/* The HVM_PARAM_* of Xen's public hvm/params.h that a builder sets. */
enum hvm_param {
	PARAM_NONE, PARAM_STORE_PFN, PARAM_STORE_PORT,
	PARAM_IOREQ_PFN = 5, PARAM_BUFIOREQ_PFN,
	PARAM_IDENT_PT = 12,		/* the address of the identity table */
	PARAM_CONSOLE_PFN = 17, PARAM_CONSOLE_PORT,
	PARAM_PAGING_RING_PFN = 27, PARAM_MONITOR_RING_PFN,
	PARAM_SHARING_RING_PFN
};

/* A page of a PVH guest that lies where Xen's tools look for it. */
struct abi_special {
	uint64_t gfn;			/* 0 ends the list */
	enum segment_kind kind;		/* SEG_KINDS: it stays zero */
	enum hvm_param param;		/* that names it */
};

/* How the frames of page tables follow each other in their segment. */
enum table_order {
	ORDER_BY_LEVEL,		/* all of a level, top first, ascending */
	ORDER_FIRST_USE		/* top, then for each new 2 MiB its L1, then
				 * an L2 and an L3 that are new */
};

/* How the builder of an ABI reads a kernel and its ramdisk. */
struct abi_image {
	const char *version;		/* word of __xen_guest that asks for it;
					 * ABIs of two widths share it; NULL: no
					 * word does */
	bool notes;			/* reads ELF notes, and the items of
					 * __xen_guest as if they were notes;
					 * else it searches __xen_guest */
	bool generic_loader;		/* LOADER=generic does as well as
					 * GUEST_OS=linux */
	bool words;			/* searches for VIRT_BASE= and
					 * BSD_SYMTAB too */
	bool load_readable;		/* loads a PT_LOAD that is PF_R alone;
					 * else it is PF_W or PF_X */
	bool at_vaddr;			/* a PT_LOAD goes to p_vaddr, not
					 * p_paddr */
	bool base_kstart;		/* without VIRT_BASE addresses are from
					 * the lowest one of the kernel on */
	bool page_aligned;		/* the kernel must start on a page */
	bool all_sections;		/* a BSD symbol table has the headers of
					 * all sections and every SHT_SYMTAB;
					 * else the first SHT_SYMTAB and its
					 * strings alone */
	uint8_t symtab_align;		/* of a BSD symbol table: 4 or 8; 0: as
					 * wide as words of the ELF file */
	bool unpack_ramdisk;		/* a gzip ramdisk is unpacked */
	bool physical;			/* the guest begins at PHYS32_ENTRY, and
					 * addresses are p_paddr; of the other
					 * notes nothing is asked */
	uint8_t bin_word;		/* bytes of a word of the 'bin' table;
					 * 0: the table is not known */
	bool bin_typed;			/* the flags of the 'bin' table name
					 * the ABI */
};

struct abi {
	const char *name;		/* xen-3.0-x86_64 */
	const char *words;		/* "64-bit", for messages */
	enum guest_type guest;
	uint8_t bits;			/* 32 or 64: pointer width, and Xen's
					 * address width of the domain */
	uint16_t machine;		/* ELF e_machine: 3 or 62; 0: either */

	/* address space */
	uint8_t va_bits;		/* 32, or 48 and sign-extended */
	uint64_t hole_start, hole_last;	/* no memory of the guest; inclusive */
	const char *hole_words;		/* "the hypervisor's hole", for
					 * messages */
	struct abi_range ranges[ABI_RANGES_MAX]; /* of a PVH guest */
	struct abi_special specials[ABI_SPECIALS_MAX]; /* ascending */

	/* page tables */
	uint8_t levels;			/* L1 to the top, which cr3 names; 0:
					 * the guest starts without paging */
	uint8_t pte_bytes;		/* 4 or 8 */
	uint8_t index_bits;		/* 10 or 9: log2 of entries a table */
	uint16_t top_entries;		/* entries in use in the top table */
	uint8_t prot_page;		/* flags of an L1 entry that maps an
					 * ordinary page, */
	uint8_t prot_table;		/* and of one that maps a page table:
					 * PTE_RW is left out */
	uint8_t prot_upper;		/* of entries of L2 and above */
	uint64_t kernel_marks;		/* bits that Xen sets in L1 entries that
					 * lack PTE_USER; 0: none */
	enum table_order table_order;
	bool l2_to_top;			/* L2 tables go on to 0xffffffff where
					 * the region ends below 0xc0000000:
					 * Xen maps itself in the last one */
	uint8_t frame_bits;		/* bits that the machine address of each
					 * frame may have; 0: no limit */
	bool cr3_folded;		/* xen_pfn_to_cr3: an mfn of 32 bits */

	/* p2m and m2p */
	uint8_t p2m_entry;		/* bytes of an entry of the p2m list; 0:
					 * there is none */
	uint8_t p2m_reserved;		/* bytes that its segment has for each
					 * page */
	uint64_t p2m_hole;		/* the entry of a pfn without a frame */
	bool m2p_explicit;		/* the builder writes m2p, not Xen */
	bool init_p2m;			/* the list may lie at an address of its
					 * own, XEN_ELFNOTE_INIT_P2M */

	/* layout */
	uint32_t region_line;		/* the region starts at a multiple of so
					 * many bytes; 0: at virt_base */
	bool mod_pfn;			/* a ramdisk may stay unmapped, and
					 * start_info gives its pfn */
	enum segment_kind order[SEG_KINDS]; /* of the segments in the region;
					     * SEG_KINDS ends it */

	/* structures */
	uint8_t modules;		/* that a guest can be told of */
	uint16_t start_info_size;	/* 0: hvm_start_info, plan/pvh.h */
	struct abi_field start_info[SI_FIELDS];
	uint64_t start_info_flags;	/* SIF_* that every guest is given */
	struct abi_shared_info shared_info;
	struct abi_context context;

	struct abi_image image;
};

enum {
	ABI_COUNT = 6,
	ABI_PV_COUNT = 5,		/* of PV guests: the first rows */
	ABI_LEVELS_MAX = 4
};

extern const struct abi abi_rows[ABI_COUNT];

/*
 * The runs of gfns that Xen fills for a PVH guest with that many pages of
 * memory, ascending, pfn and mfn of each the gfn; returns how many there are.
 */
size_t	abi_gfns(const struct abi *, uint64_t pages,
	    struct extent v[ABI_RANGES_MAX]);

/* Pages that Xen fills for a PVH guest beside its memory; 0 for a PV guest. */
uint64_t abi_pages_beside(const struct abi *);

/* The first pfn behind all of a guest with that many pages of memory. */
uint64_t abi_pfn_end(const struct abi *, uint64_t pages);

/* The first ABI of guests of that type. */
const struct abi *abi_first(enum guest_type);

/* The range that has a gfn; without pages: none has. */
const struct abi_range *abi_range_of(const struct abi *, uint64_t gfn);

/* The place that a PVH guest has for a segment of that kind, or NULL. */
const struct abi_special *abi_special_of(const struct abi *,
	    enum segment_kind);

/* The ABI of that name, or NULL. */
const struct abi *abi_named(const char *name);

/* The names of all ABIs between commas, for messages and -h. */
const char *abi_names(void);

/* An entry of a table of that level translates 1 << abi_shift() addresses. */
static inline unsigned
abi_shift(const struct abi *a, unsigned level)
{
	return PAGE_BITS + a->index_bits * (level - 1u);
}

static inline unsigned
abi_entries(const struct abi *a)
{
	return 1u << a->index_bits;
}

/* Index of the entry of level that translates va. */
static inline unsigned
abi_index(const struct abi *a, uint64_t va, unsigned level)
{
	return (unsigned)(va >> abi_shift(a, level)) & (abi_entries(a) - 1);
}

/* va as a pointer of the guest holds it: a sum may have passed its width. */
static inline uint64_t
abi_wrap(const struct abi *a, uint64_t va)
{
	return a->bits == 32 ? (uint32_t)va : va;
}

/*
 * va without its sign extension, so that addresses above the hole follow those
 * below it without a gap.
 */
static inline uint64_t
abi_linear(const struct abi *a, uint64_t va)
{
	return va & (UINT64_MAX >> (64 - a->va_bits));
}

/* va with the sign extended, where addresses are wider than 32 bits. */
static inline uint64_t
abi_extend(const struct abi *a, uint64_t va)
{
	unsigned unused = 64u - a->va_bits;

	return a->bits == 32 ? va : (uint64_t)((int64_t)(va << unused) >>
	    unused);
}

/* Is va a possible address: within 32 bits, or canonical? */
bool	abi_canonical(const struct abi *, uint64_t va);

/*
 * The first frame number that entries of page tables or of the p2m list cannot
 * name.
 */
uint64_t abi_frame_end(const struct abi *);

/*
 * Are the addresses in a context canonical, all but those in its trap table?
 * Where one is not, *name and *value are set to it.
 */
bool	abi_context_canonical(const struct abi *, const void *context,
	    const char **name, uint64_t *value);

/* Does [start, last] (inclusive) touch the hole? */
bool	abi_in_hole(const struct abi *, uint64_t start, uint64_t last);

/* cr3 (or pt_base of a context) for a top table in mfn, and back. */
uint64_t abi_cr3(const struct abi *, uint64_t mfn);
uint64_t abi_cr3_mfn(const struct abi *, uint64_t cr3);

/* Fields of entry i of the trap table in a vcpu context. */
struct abi_trap {
	struct abi_field vector, flags, cs, address;
};

struct abi_trap abi_trap(const struct abi *, unsigned i);

/* Does the ABI have the field? */
static inline bool
abi_has(struct abi_field d)
{
	return d.size != 0;
}

/*
 * A field of a guest structure in a buffer of the structure's size.  A field
 * that the ABI does not have reads as 0 and is not written.
 */
uint64_t abi_get(struct abi_field, const void *structure);
void	abi_put(struct abi_field, void *structure, uint64_t value);

/* Entry i of a page table. */
uint64_t abi_entry(const struct abi *, const void *table, unsigned i);

#endif
