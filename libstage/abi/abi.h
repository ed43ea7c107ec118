/*
 * abi: the five guest ABIs as data.
 *
 * One row a profile; whoever writes or reads a guest structure takes offset
 * and size of each field from the row, so one writer serves 32 and 64 bits.
 * Offsets are those of the public headers: for xen-3.0-* Xen 4.17's
 * xen/foreign/x86_32.h and x86_64.h, for the older three the headers of their
 * day (xen-1.3 June 2004, xen-3.0pre June 2005).  All guest fields are
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
	CTX_RFLAGS,
	CTX_CS, CTX_SS, CTX_DS, CTX_ES, CTX_FS, CTX_GS,
	CTX_KERNEL_SS, CTX_KERNEL_SP,
	CTX_LDT_BASE, CTX_LDT_ENTS, CTX_GDT_ENTS,
	CTX_CR0, CTX_CR1, CTX_CR3, CTX_CR4, /* CR3: or pt_base */
	CTX_DR6, CTX_DR7,
	CTX_EVENT_CS, CTX_EVENT_IP,
	CTX_FAILSAFE_CS, CTX_FAILSAFE_IP,
	CTX_SYSCALL_IP,
	CTX_VM_ASSIST,
	CTX_FS_BASE, CTX_GS_BASE_KERNEL, CTX_GS_BASE_USER,
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
	ABI_TRAPS = 256,		/* entries of trap_ctxt */
	ABI_CONTEXT_MAX = 5168		/* bytes of the largest context */
};

struct abi_context {
	uint16_t size;
	uint64_t fresh_flags;		/* flags of a vcpu never set up */
	uint64_t flags, vm_assist;	/* bits that the hypervisor knows:
					 * VGCF_*, VMASST_TYPE_* */
	bool edited;			/* Xen changes it when it takes it */
	struct abi_field field[CTX_FIELDS];
	struct abi_constant boot[ABI_CONSTANTS_MAX]; /* up to the first ~0 */
	bool sp_is_start_info;		/* else: the top of the boot stack */
	struct {
		uint16_t offset, stride; /* of trap_ctxt[256] */
		struct abi_field address; /* inside an entry; vector at 0/1,
					   * flags 1/1, cs 2/2 */
		uint16_t cs;		/* 0: the table stays zero */
	} trap;
	uint16_t code[3], data[4];	/* selectors that Xen lets a guest load
					 * without tables of its own; 0 ends */
};

struct abi_shared_info {
	uint16_t size;			/* bytes that the builder clears */
	uint16_t vcpus, stride;		/* vcpu_info slots and their distance */
	uint16_t mask;			/* upcall mask byte inside a slot */
	struct abi_field n_vcpu;
	struct { uint16_t offset, size; } time[2]; /* Xen's once it runs */
	bool vcpu_time;			/* each slot has 32 bytes of time at
					 * stride - 32 */
};

/* What lies in guest memory, in the vocabulary of xb-plan(5). */
enum segment_kind {
	SEG_KERNEL, SEG_RAMDISK, SEG_P2M, SEG_START_INFO, SEG_XENSTORE,
	SEG_CONSOLE, SEG_PAGE_TABLES, SEG_STACK, SEG_P2M_TABLES,
	SEG_KINDS
};

const char *segment_name(enum segment_kind);

enum table_order {
	ORDER_BY_LEVEL,		/* all of a level, top first, ascending */
	ORDER_FIRST_USE		/* top, then for each new 2 MiB its L1, then
				 * an L2 and an L3 that are new */
};

/* How the builder of an ABI reads a kernel and its ramdisk. */
struct abi_image {
	const char *version;		/* word in __xen_guest that asks for it;
					 * for all widths the same */
	bool notes;			/* reads ELF notes, and the items of
					 * __xen_guest as if they were notes;
					 * else it searches __xen_guest */
	bool generic_loader;		/* LOADER=generic does as well as
					 * GUEST_OS=linux */
	bool words;			/* searches for VIRT_BASE= and
					 * BSD_SYMTAB too */
	bool load_readable;		/* loads a PT_LOAD that is PF_R alone;
					 * else it is PF_W or PF_X */
	bool at_vaddr;			/* it goes to p_vaddr, not p_paddr */
	bool base_kstart;		/* without VIRT_BASE addresses are from
					 * the lowest one of the kernel on */
	bool page_aligned;		/* the kernel must start on a page */
	bool all_sections;		/* of a BSD symbol table; else of the
					 * sections those that it links */
	uint8_t symtab_align;		/* of a BSD symbol table: 4 or 8 */
	bool unpack_ramdisk;		/* a gzip ramdisk is unpacked */
	uint8_t bin_word;		/* bytes of a word of the 'bin' table;
					 * 0: the table is not known */
	bool bin_typed;			/* its flags name the ABI */
};

struct abi {
	const char *name;		/* xen-3.0-x86_64 */
	const char *words;		/* "64-bit", for messages */
	uint8_t bits;			/* 32 or 64: pointer width, and Xen's
					 * address width of the domain */
	uint16_t machine;		/* ELF e_machine: 3 or 62 */

	/* address space */
	uint8_t va_bits;		/* 32, or 48 and sign-extended */
	uint64_t hole_start, hole_last;	/* the hypervisor's, inclusive */

	/* page tables */
	uint8_t levels;
	uint8_t pte_bytes;		/* 4 or 8 */
	uint8_t index_bits;		/* 10 or 9: log2 of entries a table */
	uint16_t top_entries;		/* entries in use in the top table */
	uint8_t prot_page, prot_table;	/* L1 entry: any page; a table (RO) */
	uint8_t prot_upper;		/* entries of L2 and above */
	uint64_t kernel_marks;		/* bits that Xen sets in L1 entries
					 * without USER, or 0 */
	enum table_order table_order;
	bool l2_to_top;			/* L2 tables up to 0xffffffff where
					 * the region ends below 0xc0000000 */
	uint8_t frame_bits;		/* machine address limit of every frame
					 * in bits (32), or 0 */
	bool cr3_folded;		/* xen_pfn_to_cr3: an mfn of 32 bits */

	/* p2m and m2p */
	uint8_t p2m_entry;		/* bytes written per page */
	uint8_t p2m_reserved;		/* bytes of the segment per page */
	uint64_t p2m_hole;		/* entry where there is no frame */
	bool m2p_explicit;		/* builder updates m2p itself */
	bool init_p2m;			/* knows a separate p2m (INIT_P2M) */

	/* layout */
	uint32_t region_line;		/* the region starts at a multiple of so
					 * many bytes; 0: at virt_base */
	bool mod_pfn;			/* a ramdisk may stay unmapped, and
					 * start_info gives its pfn */
	enum segment_kind order[SEG_KINDS]; /* ends with SEG_KINDS */

	/* structures */
	uint16_t start_info_size;
	struct abi_field start_info[SI_FIELDS];
	uint64_t start_info_flags;	/* always set */
	struct abi_shared_info shared_info;
	struct abi_context context;

	struct abi_image image;
};

enum { ABI_COUNT = 5, ABI_LEVELS_MAX = 4 };

extern const struct abi abi_rows[ABI_COUNT];

/* The profile of that name, or NULL. */
const struct abi *abi_named(const char *name);

/* Comma-separated names of all profiles, for messages and -h. */
const char *abi_names(void);

/* Bit of the virtual address at which an entry of level (1 ..) starts. */
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

/* va cut to the width of a guest pointer. */
static inline uint64_t
abi_wrap(const struct abi *a, uint64_t va)
{
	return a->bits == 32 ? (uint32_t)va : va;
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

/* All frames that entries of tables and the p2m list can name are below it. */
uint64_t abi_frame_end(const struct abi *);

/*
 * Are the addresses in a context, but for those of its trap handlers, canonical?
 * On false *name and *value are the first that is not.
 */
bool	abi_context_canonical(const struct abi *, const void *context,
	    const char **name, uint64_t *value);

/* Does [start, last] (inclusive) touch the hypervisor's hole? */
bool	abi_in_hole(const struct abi *, uint64_t start, uint64_t last);

/* cr3 (or pt_base of a context) for a top table in mfn, and back. */
uint64_t abi_cr3(const struct abi *, uint64_t mfn);
uint64_t abi_cr3_mfn(const struct abi *, uint64_t cr3);

/* Fields of entry i of the trap table in a vcpu context. */
struct abi_trap {
	struct abi_field vector, flags, cs, address;
};

struct abi_trap abi_trap(const struct abi *, unsigned i);

/*
 * A field of a guest structure in a buffer of the structure's size.  A field
 * that the ABI does not have reads as 0 and is not written.
 */
static inline bool
abi_has(struct abi_field d)
{
	return d.size != 0;
}

uint64_t abi_get(struct abi_field, const void *structure);
void	abi_put(struct abi_field, void *structure, uint64_t value);

#endif
