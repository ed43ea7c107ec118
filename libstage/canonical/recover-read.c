#include <inttypes.h>
#include <string.h>

#include "canonical/recover.h"
#include "abi/pte.h"
#include "base/le.h"

int
recover_refuse(const struct recovery *b, struct fail *f, const char *why)
{
	return fail(f, FAIL_TARGET, "'%s' is not a built domain: %s; with its "
	    "plan, xb-verify says what is wrong", b->name, why);
}

/* ---- addresses ---- */

/* The machine frame that an address is mapped to. */
static int
translate(struct recovery *b, uint64_t va, uint64_t *mfn, struct fail *f)
{
	struct walk_path p;
	const struct walk_step *last;

	if (!abi_canonical(b->abi, va))
		return fail(f, FAIL_TARGET, "'%s' is not a built domain: va 0x%"
		    PRIx64 " is no address of %s", b->name, va, b->abi->name);
	if (walk_address(b->walk, va, &p, f) < 0)
		return -1;
	if (p.end == WALK_BAD && walk_refusal(b->walk)[0] != '\0')
		return fail(f, FAIL_TARGET, "%s", walk_refusal(b->walk));
	if (p.end == WALK_BAD)
		return fail(f, FAIL_TARGET, "'%s' is not a built domain: va 0x%"
		    PRIx64 " cannot be translated: %s", b->name, va, p.why);
	last = &p.step[p.n - 1];
	if (p.end == WALK_ABSENT)
		return fail(f, FAIL_TARGET, "'%s' is not a built domain: va 0x%"
		    PRIx64 " is not mapped, for entry %u of an L%u table is 0x%"
		    PRIx64, b->name, va, last->index, last->level,
		    last->entry);
	*mfn = p.mfn;
	return 0;
}

static int
read_page(struct recovery *b, uint64_t va, uint64_t *mfn,
    unsigned char page[PAGE_BYTES], struct fail *f)
{
	const struct target_ops *ops = b->c->target->ops;
	struct extent one = { .count = 1 };
	unsigned char *bytes;

	if (translate(b, va, mfn, f) < 0)
		return -1;
	one.mfn = *mfn;
	bytes = ops->map(b->c->target, &one, 1, false, f);
	if (bytes == NULL)
		return -1;
	memcpy(page, bytes, PAGE_BYTES);
	return ops->unmap(b->c->target, bytes, f);
}

/* ---- registers, start_info, p2m ---- */

int
recover_context(struct recovery *b, struct fail *f)
{
	const struct abi_context *c = &b->abi->context;
	bool present;

	if (b->c->target->ops->get_context(b->c->target, 0, b->context,
	    &present, f) < 0)
		return -1;
	if (!present)
		return fail(f, FAIL_TARGET, "'%s' is not built to the end: "
		    "vcpu 0 has no registers yet; 'xb-launch -p' sets them",
		    b->name);
	b->si = abi_get(c->field[c->start_info], b->context);
	return b->si % PAGE_BYTES == 0 ? 0 : recover_refuse(b, f,
	    "the address of start_info in its registers is not that of a "
	    "page");
}

int
recover_read_registers(struct recovery *b, struct fail *f)
{
	if (recover_context(b, f) < 0)
		return -1;
	b->root = abi_cr3_mfn(b->abi, abi_get(
	    b->abi->context.field[CTX_CR3], b->context));
	return walk_open(&b->walk, b->c->target, b->abi, b->root, f);
}

uint64_t
recover_start_info(const struct recovery *b, enum start_info_field field)
{
	return abi_get(b->abi->start_info[field], b->info);
}

/* The pfn that m2p has for a frame; UINT64_MAX: none. */
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
 * Where an entry of the p2m list is wrong: takes the frame that the initial
 * mapping has for the page, if m2p agrees.
 */
static int
mend_entry(struct recovery *b, uint64_t pfn, uint64_t *mfn, struct fail *f)
{
	struct fail why = { .kind = FAIL_NONE };
	uint64_t was = *mfn, back = UINT64_MAX;

	if (translate(b, abi_wrap(b->abi, b->plan->layout.v_start +
	    pfn * PAGE_BYTES), mfn, &why) == 0 &&
	    ask_m2p(b, *mfn, &back, f) < 0)
		return -1;
	if (back != pfn)
		return fail(f, FAIL_TARGET, "'%s' is not a built domain: its "
		    "p2m list has mfn 0x%" PRIx64 " for pfn 0x%" PRIx64
		    ", which the hypervisor does not know as that; with its "
		    "plan, xb-verify says what is wrong", b->name, was, pfn);
	return 0;
}

/*
 * Takes n entries of the p2m list that name consecutive frames, and asks m2p
 * whether it agrees.
 */
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
		return recover_refuse(b, f, "the p2m list of its start_info "
		    "does not begin with a page");
	for (uint64_t i = 0; i * n < b->plan->layout.pages; i++)
		if (read_page(b, abi_wrap(b->abi, va + i * PAGE_BYTES), &mfn,
		    page, f) < 0 || take_entries(b, page, i * n, p2m, f) < 0)
			return -1;
	return 0;
}

int
recover_read_frames(struct recovery *b, struct fail *f)
{
	struct extents p2m = EXTENTS_INIT;
	int rc = read_list(b, &p2m, f);

	if (rc == 0)
		rc = extents_keep(&b->plan->arena, &p2m,
		    &b->plan->memory.p2m, f);
	extents_release(&p2m);
	return rc;
}
