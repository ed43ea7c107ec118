#include "abi/pte.h"
#include "target/info.h"
#include "walk/impl.h"

/*
 * How a processor pages, by its registers: Intel SDM, volume 3, chapter
 * "Paging".  Tables, cr3 and entries of a PVH guest name gfns.
 */

enum { CR4_PSE = 1 << 4, CR4_PAE = 1 << 5, CR4_LA57 = 1 << 12,
	EFER_LMA = 1 << 10 };
static const uint64_t cr0_pg = UINT64_C(1) << 31;

enum { OFF, TWO, PAE, FOUR, FIVE };

static const struct mode {
	const char *words;
	uint8_t levels, bits, va_bits, pte_bytes, index_bits;
	uint16_t top_entries, machine;
	uint64_t root;			/* of cr3: the address of the table */
} modes[] = {
	[OFF] = { "paging is off", 0, 32, 32, 0, 0, 0, 3, 0 },
	[TWO] = { "2-level paging", 2, 32, 32, 4, 10, 1024, 3, 0xfffff000 },
	[PAE] = { "PAE paging", 3, 32, 32, 8, 9, 4, 3, 0xffffffe0 },
	[FOUR] = { "4-level paging", 4, 64, 48, 8, 9, 512, 62, PTE_FRAME },
	[FIVE] = { "5-level paging", 5, 64, 57, 8, 9, 512, 62, PTE_FRAME },
};

static const struct mode *
mode_of(uint64_t cr0, uint64_t cr4, uint64_t efer)
{
	if (!(cr0 & cr0_pg))
		return &modes[OFF];
	if (!(cr4 & CR4_PAE))
		return &modes[TWO];
	if (!(efer & EFER_LMA))
		return &modes[PAE];
	return &modes[cr4 & CR4_LA57 ? FIVE : FOUR];
}

/* The ABI with the page tables of that mode, and no part of the address space
 * that is the hypervisor's. */
static void
page_by(struct walk *w, const struct mode *m)
{
	w->paged = *w->abi;
	w->paged.levels = m->levels;
	w->paged.bits = m->bits;
	w->paged.va_bits = m->va_bits;
	w->paged.pte_bytes = m->pte_bytes;
	w->paged.index_bits = m->index_bits;
	w->paged.top_entries = m->top_entries;
	w->paged.machine = m->machine;
	w->paged.hole_start = UINT64_MAX;
	w->paged.hole_last = 0;
	w->abi = &w->paged;
	w->paging = m->words;
}

/* The pages of the domain. */
static int
find_pages(struct walk *w, struct fail *f)
{
	struct target_info info;

	if (w->target->ops->info(w->target, &info, f) < 0)
		return -1;
	w->n_gfns = abi_gfns(w->abi, target_info_memory(&info), w->gfns);
	return 0;
}

int
walk_set_mode(struct walk *w, const unsigned char *context, struct fail *f)
{
	const struct abi_field *d = w->abi->context.field;
	const struct mode *m = &modes[OFF];
	uint64_t cr3 = 0;

	if (context != NULL) {
		const uint64_t cr4 = abi_get(d[CTX_CR4], context);

		m = mode_of(abi_get(d[CTX_CR0], context), cr4,
		    abi_get(d[CTX_EFER], context));
		cr3 = abi_get(d[CTX_CR3], context) & m->root;
		w->small = m == &modes[TWO] && !(cr4 & CR4_PSE);
	}
	page_by(w, m);
	w->root = cr3 / PAGE_BYTES;
	w->root_at = cr3 % PAGE_BYTES;
	return m == &modes[OFF] ? find_pages(w, f) : 0;
}
