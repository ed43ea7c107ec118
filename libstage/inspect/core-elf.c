#include <elf.h>
#include <string.h>

#include "inspect/core-impl.h"
#include "base/le.h"

/*
 * NT_PRSTATUS as Linux writes it for processes of that width (struct
 * elf_prstatus of linux/elfcore.h, with the user_regs_struct of asm/user.h),
 * where gdb looks for registers.  Words of the registers are word bytes.
 */
struct core_width {
	unsigned char ident;		/* ELFCLASS */
	unsigned word;
	uint16_t head, load, section;	/* bytes of the ELF structures */
	uint16_t status;		/* bytes of the note */
	uint16_t pid, registers, original, valid; /* offsets; original: the
					 * index of orig_ax among the registers,
					 * which a vcpu does not have */
	/* The first ones are those of Xen's block, in its order; si tells
	 * where in a context the block begins. */
	uint16_t general, si;
	/* The same of a PVH guest: which word of its record, from rax on. */
	uint8_t word_of[15];
	struct { uint16_t index; enum context_field field; } other[12];
};

static const struct core_width narrow = {
	.ident = ELFCLASS32, .word = 4, .head = 52, .load = 32, .section = 40,
	.status = 144, .pid = 24, .registers = 72, .original = 11,
	.valid = 140,
	.general = 7, .si = 3,		/* ebx ecx edx esi edi ebp eax */
	.word_of = { 1, 2, 3, 5, 6, 4, 0 },
	.other = { { 7, CTX_DS }, { 8, CTX_ES }, { 9, CTX_FS },
	    { 10, CTX_GS }, { 12, CTX_IP }, { 13, CTX_CS },
	    { 14, CTX_RFLAGS }, { 15, CTX_SP }, { 16, CTX_SS } },
};

static const struct core_width wide = {
	.ident = ELFCLASS64, .word = 8, .head = 64, .load = 56, .section = 64,
	.status = 336, .pid = 32, .registers = 112, .original = 15,
	.valid = 328,
	.general = 15, .si = 13,	/* r15 r14 r13 r12 rbp rbx r11 r10 r9
					 * r8 rax rcx rdx rsi rdi */
	.word_of = { 15, 14, 13, 12, 4, 1, 11, 10, 9, 8, 0, 2, 3, 5, 6 },
	.other = { { 16, CTX_IP }, { 17, CTX_CS }, { 18, CTX_RFLAGS },
	    { 19, CTX_SP }, { 20, CTX_SS }, { 21, CTX_FS_BASE },
	    { 22, CTX_GS_BASE_KERNEL }, { 23, CTX_DS }, { 24, CTX_ES },
	    { 25, CTX_FS }, { 26, CTX_GS } },
};

/*
 * The head of a note: three words, and its name "CORE" with the NUL in whole
 * words.
 */
enum { NOTE_HEAD = 20 };

struct core_elf
core_elf_of(const struct abi *a, size_t n_loads, size_t n_notes)
{
	return (struct core_elf){ .abi = a, .width = a->bits == 32 ? &narrow :
	    &wide, .n_loads = n_loads, .n_notes = n_notes };
}

/* ---- sizes ---- */

/*
 * The ELF header counts program headers in 16 bits.  A larger count stands in
 * section header 0: ELF specification, PN_XNUM.
 */
static bool
is_counted(const struct core_elf *e)
{
	return e->n_loads + 1 >= PN_XNUM;
}

static uint64_t
count_offset(const struct core_elf *e)
{
	return e->width->head + (e->n_loads + 1) * (uint64_t)e->width->load;
}

uint64_t
core_elf_notes(const struct core_elf *e)
{
	return count_offset(e) + (is_counted(e) ? e->width->section : 0);
}

static uint64_t
notes_bytes(const struct core_elf *e)
{
	return e->n_notes * (uint64_t)(NOTE_HEAD + e->width->status);
}

uint64_t
core_elf_bytes(const struct core_elf *e)
{
	return pages_of(core_elf_notes(e) + notes_bytes(e)) * PAGE_BYTES;
}

/* ---- headers ---- */

struct pen {
	unsigned char *at;
	unsigned word;
};

static void
put(struct pen *p, unsigned bytes, uint64_t value)
{
	le_put(p->at, bytes, value);
	p->at += bytes;
}

static void
put_word(struct pen *p, uint64_t value)
{
	put(p, p->word, value);
}

/* ELF64 has p_flags behind p_type, ELF32 before p_align. */
static void
put_program_header(struct pen *p, const Elf64_Phdr *h)
{
	put(p, 4, h->p_type);
	if (p->word == 8)
		put(p, 4, h->p_flags);
	put_word(p, h->p_offset);
	put_word(p, h->p_vaddr);
	put_word(p, h->p_paddr);
	put_word(p, h->p_filesz);
	put_word(p, h->p_memsz);
	if (p->word == 4)
		put(p, 4, h->p_flags);
	put_word(p, h->p_align);
}

static void
put_elf_header(struct pen *p, const struct core_elf *e)
{
	const struct core_width *m = e->width;
	bool counted = is_counted(e);

	memcpy(p->at, ELFMAG, SELFMAG);
	p->at[EI_CLASS] = m->ident;
	p->at[EI_DATA] = ELFDATA2LSB;
	p->at[EI_VERSION] = EV_CURRENT;
	p->at += EI_NIDENT;
	put(p, 2, ET_CORE);
	put(p, 2, e->abi->machine);
	put(p, 4, EV_CURRENT);
	put_word(p, 0);				/* e_entry */
	put_word(p, m->head);			/* e_phoff */
	put_word(p, counted ? count_offset(e) : 0); /* e_shoff */
	put(p, 4, 0);				/* e_flags */
	put(p, 2, m->head);
	put(p, 2, m->load);
	put(p, 2, counted ? PN_XNUM : e->n_loads + 1);
	put(p, 2, counted ? m->section : 0);
	put(p, 2, counted);			/* e_shnum */
	put(p, 2, 0);				/* e_shstrndx */
}

size_t
core_elf_head(const struct core_elf *e, unsigned char out[CORE_HEAD_MAX])
{
	const Elf64_Phdr notes = { .p_type = PT_NOTE,
	    .p_offset = core_elf_notes(e), .p_filesz = notes_bytes(e),
	    .p_align = 4 };
	struct pen p = { out, e->width->word };

	memset(out, 0, CORE_HEAD_MAX);
	put_elf_header(&p, e);
	put_program_header(&p, &notes);
	return (size_t)(p.at - out);
}

size_t
core_elf_load(const struct core_elf *e, const struct walk_run *r,
    uint64_t offset, unsigned char out[CORE_LOAD_MAX])
{
	const Elf64_Phdr h = { .p_type = PT_LOAD, .p_offset = offset,
	    .p_flags = PF_R | ((r->flags & PTE_RW) != 0 ? PF_W : 0) |
	    ((r->flags & PTE_NX) == 0 ? PF_X : 0),
	    .p_vaddr = r->va,
	    .p_paddr = r->pfn == INVALID_MFN ? UINT64_MAX : r->pfn * PAGE_BYTES,
	    .p_filesz = r->pages * PAGE_BYTES,
	    .p_memsz = r->pages * PAGE_BYTES, .p_align = PAGE_BYTES };
	struct pen p = { out, e->width->word };

	put_program_header(&p, &h);
	return (size_t)(p.at - out);
}

size_t
core_elf_count(const struct core_elf *e, unsigned char out[CORE_LOAD_MAX + 8])
{
	struct pen p = { out, e->width->word };

	if (!is_counted(e))
		return 0;
	put(&p, 4, 0);				/* sh_name */
	put(&p, 4, SHT_NULL);
	for (unsigned i = 0; i < 4; i++)	/* flags addr offset size */
		put_word(&p, i == 3);		/* sh_size: e_shnum */
	put(&p, 4, 0);				/* sh_link */
	put(&p, 4, e->n_loads + 1);		/* sh_info: e_phnum */
	put_word(&p, 0);
	put_word(&p, 0);
	return (size_t)(p.at - out);
}

/* ---- registers ---- */

/* An HVM record has them in 64 bits, in the order of their numbers. */
static void
put_general(const struct core_elf *e, const unsigned char *context,
    unsigned char *out)
{
	const struct core_width *m = e->width;
	const struct abi_field *field = e->abi->context.field;
	const unsigned char *block = context + field[CTX_SI].offset -
	    (size_t)m->si * m->word, *rax = context + field[CTX_BX].offset - 8;

	if (!abi_has(field[CTX_BX])) {
		memcpy(out, block, (size_t)m->general * m->word);
		return;
	}
	for (size_t i = 0; i < m->general; i++)
		le_put(out + i * m->word, m->word,
		    le_get(rax + 8 * (size_t)m->word_of[i], 8));
}

static void
put_registers(const struct core_elf *e, const unsigned char *context,
    unsigned char *out)
{
	const struct core_width *m = e->width;
	const struct abi_field *field = e->abi->context.field;

	put_general(e, context, out);
	le_put(out + (size_t)m->original * m->word, m->word, UINT64_MAX);
	for (size_t i = 0; m->other[i].index != 0; i++)
		le_put(out + (size_t)m->other[i].index * m->word, m->word,
		    abi_get(field[m->other[i].field], context));
}

size_t
core_elf_note(const struct core_elf *e, uint32_t vcpu,
    const unsigned char *context, unsigned char out[CORE_NOTE_MAX])
{
	const struct core_width *m = e->width;
	unsigned char *status = out + NOTE_HEAD;

	memset(out, 0, CORE_NOTE_MAX);
	le_put(out, 4, sizeof("CORE"));
	le_put(out + 4, 4, m->status);
	le_put(out + 8, 4, NT_PRSTATUS);
	memcpy(out + 12, "CORE", sizeof("CORE"));
	/* The number of a thread, which debuggers want to be above 0. */
	le_put(status + m->pid, 4, (uint64_t)vcpu + 1);
	put_registers(e, context, status + m->registers);
	return NOTE_HEAD + m->status;
}
