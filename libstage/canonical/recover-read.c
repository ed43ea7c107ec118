#include <inttypes.h>
#include <string.h>

#include "canonical/recover.h"
#include "base/cursor.h"

enum { PTE_PRESENT = 0x1 };

#define PTE_FRAME	UINT64_C(0x000ffffffffff000)

int
recover_refuse(const struct recovery *b, struct fail *f, const char *why)
{
	return fail(f, FAIL_TARGET, "'%s' is not a built domain: %s; with its "
	    "plan, xb-verify says what is wrong", b->name, why);
}

/* ---- addresses ---- */

static int
map_frame(const struct recovery *b, uint64_t mfn, unsigned char **bytes,
    struct fail *f)
{
	const struct extent one = { 0, mfn, 1 };

	*bytes = b->c->target->ops->map(b->c->target, &one, 1, false, f);
	return *bytes == NULL ? -1 : 0;
}

static int
drop_table(struct recovery *b, unsigned level, struct fail *f)
{
	unsigned char *table = b->table[level];

	b->table[level] = NULL;
	return table == NULL ? 0 :
	    b->c->target->ops->unmap(b->c->target, table, f);
}

int
recover_drop_tables(struct recovery *b, struct fail *f)
{
	int rc = 0;

	for (unsigned l = 1; l <= ABI_LEVELS_MAX; l++)
		rc |= drop_table(b, l, f);
	return rc < 0 ? -1 : 0;
}

static int
take_table(struct recovery *b, unsigned level, uint64_t mfn, struct fail *f)
{
	if (b->table[level] != NULL && b->mfn[level] == mfn)
		return 0;
	if (drop_table(b, level, f) < 0)
		return -1;
	b->mfn[level] = mfn;
	return map_frame(b, mfn, &b->table[level], f);
}

/* The machine frame that an address is mapped to. */
static int
translate(struct recovery *b, uint64_t va, uint64_t *mfn, struct fail *f)
{
	*mfn = b->root;
	for (unsigned level = b->abi->levels; level > 0; level--) {
		unsigned i = abi_index(b->abi, va, level);
		uint64_t e;

		if (take_table(b, level, *mfn, f) < 0)
			return -1;
		e = le_get(b->table[level] + (size_t)i * b->abi->pte_bytes,
		    b->abi->pte_bytes);
		if ((e & PTE_PRESENT) == 0)
			return fail(f, FAIL_TARGET, "'%s' is not a built "
			    "domain: va 0x%" PRIx64 " is not mapped, for entry "
			    "%u of an L%u table is 0x%" PRIx64, b->name, va, i,
			    level, e);
		*mfn = (e & PTE_FRAME) >> PAGE_BITS;
	}
	return 0;
}

static int
read_page(struct recovery *b, uint64_t va, uint64_t *mfn,
    unsigned char page[PAGE_BYTES], struct fail *f)
{
	unsigned char *bytes;

	if (translate(b, va, mfn, f) < 0 || map_frame(b, *mfn, &bytes, f) < 0)
		return -1;
	memcpy(page, bytes, PAGE_BYTES);
	return b->c->target->ops->unmap(b->c->target, bytes, f);
}

/* ---- registers, start_info, p2m ---- */

int
recover_read_registers(struct recovery *b, struct fail *f)
{
	const struct abi_field *d = b->abi->context.field;
	bool present;

	if (b->c->target->ops->get_context(b->c->target, 0, b->context,
	    &present, f) < 0)
		return -1;
	if (!present)
		return fail(f, FAIL_TARGET, "'%s' is not built to the end: "
		    "vcpu 0 has no registers yet; 'xb-launch -p' sets them",
		    b->name);
	b->root = abi_cr3_mfn(b->abi, abi_get(d[CTX_CR3], b->context));
	b->si = abi_get(d[CTX_SI], b->context);
	return 0;
}

uint64_t
recover_start_info(const struct recovery *b, enum start_info_field field)
{
	return abi_get(b->abi->start_info[field], b->info);
}

/* What the hypervisor takes a frame for; UINT64_MAX: for none. */
static int
ask_m2p(const struct recovery *b, uint64_t mfn, uint64_t *pfn, struct fail *f)
{
	return b->c->target->ops->get_m2p(b->c->target, mfn, 1, pfn, f);
}

int
recover_read_start_info(struct recovery *b, struct fail *f)
{
	struct plan_layout *l = &b->plan->layout;
	uint64_t mfn, pfn;

	if (b->si % PAGE_BYTES != 0)
		return recover_refuse(b, f, "the address of start_info in its "
		    "registers is not that of a page");
	if (read_page(b, b->si, &mfn, b->info, f) < 0 ||
	    ask_m2p(b, b->root, &b->root_pfn, f) < 0 ||
	    ask_m2p(b, mfn, &pfn, f) < 0)
		return -1;
	if (pfn >= l->pages || b->root_pfn >= l->pages)
		return recover_refuse(b, f, "the hypervisor does not know the "
		    "frames of its start_info and top table as its own");
	b->si_pfn = pfn;
	l->v_start = abi_wrap(b->abi, b->si - pfn * PAGE_BYTES);
	return 0;
}

/*
 * The frame of a page, where the list is wrong about it: that of its address
 * in the initial mapping, if the hypervisor agrees.
 */
static int
mend_entry(struct recovery *b, uint64_t pfn, uint64_t *mfn, struct fail *f)
{
	struct fail why = { .kind = FAIL_NONE };
	uint64_t was = *mfn, back = UINT64_MAX;

	if (translate(b, abi_wrap(b->abi, b->plan->layout.v_start +
	    pfn * PAGE_BYTES), mfn, &why) == 0 && ask_m2p(b, *mfn, &back, f) < 0)
		return -1;
	if (back != pfn)
		return fail(f, FAIL_TARGET, "'%s' is not a built domain: its "
		    "p2m list has mfn 0x%" PRIx64 " for pfn 0x%" PRIx64
		    ", which the hypervisor does not know as that; with its "
		    "plan, xb-verify says what is wrong", b->name, was, pfn);
	return 0;
}

/* Entries of the list that follow each other, as frames and in m2p. */
static int
take_run(struct recovery *b, uint64_t pfn, uint64_t mfn, unsigned n,
    struct extents *p2m, struct fail *f)
{
	uint64_t back[PAGE_BYTES / 4];

	if (mfn <= PTE_FRAME >> PAGE_BITS && b->c->target->ops->get_m2p(
	    b->c->target, mfn, n, back, f) < 0)
		return -1;
	for (unsigned i = 0; i < n; i++) {
		uint64_t frame = mfn + i;

		if ((mfn > PTE_FRAME >> PAGE_BITS || back[i] != pfn + i) &&
		    mend_entry(b, pfn + i, &frame, f) < 0)
			return -1;
		if (extents_add(p2m, pfn + i, frame, 1, f) < 0)
			return -1;
	}
	return 0;
}

static int
take_entries(struct recovery *b, const unsigned char *page, uint64_t first,
    struct extents *p2m, struct fail *f)
{
	unsigned bytes = b->abi->p2m_entry, n = (unsigned)PAGE_BYTES / bytes;
	uint64_t left = b->plan->layout.pages - first;

	if (n > left)
		n = (unsigned)left;
	for (unsigned i = 0, run; i < n; i += run) {
		uint64_t mfn = le_get(page + (size_t)i * bytes, bytes);

		for (run = 1; i + run < n; run++)
			if (le_get(page + (size_t)(i + run) * bytes, bytes) !=
			    mfn + run)
				break;
		if (take_run(b, first + i, mfn, run, p2m, f) < 0)
			return -1;
	}
	return 0;
}

static int
read_list(struct recovery *b, struct extents *p2m, struct fail *f)
{
	uint64_t va = recover_start_info(b, SI_MFN_LIST), mfn;
	uint64_t n = PAGE_BYTES / b->abi->p2m_entry;
	unsigned char page[PAGE_BYTES];

	if (va % PAGE_BYTES != 0)
		return recover_refuse(b, f, "the p2m list of its start_info does "
		    "not begin with a page");
	for (uint64_t i = 0; i * n < b->plan->layout.pages; i++)
		if (read_page(b, abi_wrap(b->abi, va + i * PAGE_BYTES), &mfn,
		    page, f) < 0 || take_entries(b, page, i * n, p2m, f) < 0)
			return -1;
	return 0;
}

/* Moves the list into the plan's arena. */
static int
keep_list(struct recovery *b, struct extents *p2m, struct fail *f)
{
	struct extents *to = &b->plan->memory.p2m;

	if (p2m->v == NULL)
		return fail_bug(f, "a domain with pages and without frames");
	to->v = arena_array(&b->plan->arena, p2m->n, sizeof(*p2m->v), f);
	if (to->v == NULL)
		return -1;
	memcpy(to->v, p2m->v, p2m->n * sizeof(*p2m->v));
	to->n = to->cap = p2m->n;
	return 0;
}

int
recover_read_frames(struct recovery *b, struct fail *f)
{
	struct extents p2m = EXTENTS_INIT;
	int rc = read_list(b, &p2m, f);

	if (rc == 0)
		rc = keep_list(b, &p2m, f);
	extents_release(&p2m);
	return rc;
}
