#include <stdlib.h>
#include <string.h>

#include "abi/edits.h"
#include "abi/pte.h"
#include "base/le.h"
#include "canonical/impl.h"
#include "walk/planned.h"

/* A structure in which Xen has changed nothing. */
static const unsigned char zeroes[ABI_CONTEXT_MAX];

/* ---- frames ---- */

/* The pfn of a frame, INVALID_MFN where it is not the domain's. */
static uint64_t
pfn_of(struct canonical *c, uint64_t mfn)
{
	const struct extent *e = c->near;

	if (e == NULL || mfn < e->mfn || mfn - e->mfn >= e->count)
		c->near = e = extents_find_mfn(&c->by_mfn, mfn);
	return e == NULL ? INVALID_MFN : e->pfn + (mfn - e->mfn);
}

/* ---- which page is which table ---- */

static struct pfn_run
run_of(const struct plan *p, enum segment_kind kind)
{
	const struct layout_segment *s = plan_segment(p, kind);

	return s == NULL ? (struct pfn_run){ 0, 0 } :
	    (struct pfn_run){ s->pfn, s->pages };
}

static struct canonical_table *
table_of(const struct canonical *c, uint64_t pfn)
{
	if (pfn - c->main.pfn < c->main.pages)
		return &c->tables[pfn - c->main.pfn];
	if (pfn - c->more.pfn < c->more.pages)
		return &c->tables[c->main.pages + (pfn - c->more.pfn)];
	return NULL;
}

static int
note_table(void *arg, const struct planned_table *at, struct fail *f)
{
	struct canonical *c = arg;
	struct canonical_table *t = table_of(c, at->pfn);

	(void)f;
	if (t != NULL)
		*t = (struct canonical_table){ at->level,
		    planned_slot_va(c->abi, at->level, at->slot) };
	return 0;
}

int
canonical_find_tables(struct canonical *c, struct fail *f)
{
	struct planned planned;
	uint64_t pages;

	c->main = run_of(c->plan, SEG_PAGE_TABLES);
	c->more = run_of(c->plan, SEG_P2M_TABLES);
	pages = c->main.pages + c->more.pages;
	c->tables = calloc(pages + 1, sizeof(*c->tables));
	if (c->tables == NULL)
		return fail_memory(f, (pages + 1) * sizeof(*c->tables));
	if (c->abi->levels == 0)
		return 0;
	planned_tables(&planned, c->plan);
	return planned_each(&planned, note_table, c, f);
}

bool
canonical_table_at(const struct canonical *c, uint64_t pfn,
    struct canonical_table *t)
{
	const struct canonical_table *at = table_of(c, pfn);

	if (at == NULL || at->level == 0)
		return false;
	*t = *at;
	return true;
}

/* ---- entries of page tables ---- */

static uint64_t
without_xen(const struct canonical *c, const struct canonical_table *t,
    unsigned index, uint64_t e)
{
	uint64_t va;

	if (!c->info.hypervisor_edits || t->level == 0)
		return e;
	va = t->va + ((uint64_t)index << abi_shift(c->abi, t->level));
	return edits_slot(c->abi, t->level, abi_extend(c->abi, va)) ? 0 :
	    edits_unmark(c->abi, t->level, e);
}

static uint64_t
with_pfn(struct canonical *c, uint64_t e)
{
	uint64_t pfn;

	if (e == 0)
		return 0;
	pfn = pfn_of(c, pte_frame(e));
	return (e & ~PTE_FRAME) | (pfn == INVALID_MFN ? PTE_FRAME :
	    pfn << PAGE_BITS);
}

void
canonical_bring_table(struct canonical *c, const struct layout_segment *s,
    uint64_t index, unsigned char *page)
{
	unsigned bytes = c->abi->pte_bytes;
	struct canonical_table t = { 0 };

	(void)canonical_table_at(c, s->pfn + index, &t);
	for (unsigned i = 0; i < abi_entries(c->abi); i++, page += bytes)
		le_put(page, bytes, with_pfn(c, without_xen(c, &t, i,
		    le_get(page, bytes))));
}

/* ---- p2m ---- */

void
canonical_bring_list(struct canonical *c, const struct layout_segment *s,
    uint64_t index, unsigned char *page)
{
	unsigned bytes = c->abi->p2m_entry, n = (unsigned)PAGE_BYTES / bytes;
	uint64_t pages = c->plan->layout.pages, first = index * n;

	(void)s;
	for (unsigned i = 0; i < n && first + i < pages; i++, page += bytes)
		le_put(page, bytes, pfn_of(c, le_get(page, bytes)));
}

/* ---- start_info ---- */

static void
bring_frame(struct canonical *c, struct abi_field d, unsigned char *page)
{
	uint64_t mfn = abi_get(d, page);

	if (mfn != 0)
		abi_put(d, page, pfn_of(c, mfn));
}

static void
bring_port(struct abi_field d, unsigned char *page)
{
	abi_put(d, page, abi_get(d, page) != 0);
}

/*
 * The field is as wide as a word of the guest: in 32 bits it has the low half
 * of the address.
 */
static void
bring_shared_info(struct canonical *c, struct abi_field d, unsigned char *page)
{
	unsigned char right[8] = { 0 };
	struct abi_field first = { 0, d.size };
	uint64_t address = abi_get(d, page);

	if (!abi_has(d) || address == 0)
		return;
	abi_put(first, right, c->info.shared_info_mfn << PAGE_BITS);
	abi_put(d, page, address == abi_get(first, right) ?
	    ~(PAGE_BYTES - 1) : ~(2 * PAGE_BYTES - 1));
}

void
canonical_bring_start_info(struct canonical *c, const struct layout_segment *s,
    uint64_t index, unsigned char *page)
{
	const struct abi_field *d = c->abi->start_info;

	(void)s;
	if (index > 0)
		return;
	bring_shared_info(c, d[SI_SHARED_INFO], page);
	bring_frame(c, d[SI_STORE_MFN], page);
	bring_frame(c, d[SI_CONSOLE_MFN], page);
	bring_port(d[SI_STORE_EVTCHN], page);
	bring_port(d[SI_CONSOLE_EVTCHN], page);
	bring_port(d[SI_CONTROLLER_EVTCHN], page);
}

/* ---- xenstore ring ---- */

/* xenstored's part of its ring: server_features, connection, error. */
enum { STORE_SERVER_FROM = 2064, STORE_SERVER_TO = 2076 };

void
canonical_bring_store(struct canonical *c, const struct layout_segment *s,
    uint64_t index, unsigned char *page)
{
	(void)s;
	if (index == 0 && c->target->ops->runs)
		memset(page + STORE_SERVER_FROM, 0,
		    STORE_SERVER_TO - STORE_SERVER_FROM);
}

/* ---- HVM parameters ---- */

static bool
is_port(uint32_t param)
{
	return param == PARAM_STORE_PORT || param == PARAM_CONSOLE_PORT;
}

static int
read_param(struct canonical *c, uint32_t param, unsigned char *page,
    struct fail *f)
{
	uint64_t value;

	if (c->target->ops->hvm->get_param(c->target, param, &value, f) < 0)
		return -1;
	le_put(page + 8 * param, 8, is_port(param) ? value != 0 : value);
	return 0;
}

static int
read_params(struct canonical *c, unsigned char *page, struct fail *f)
{
	for (const struct abi_special *s = c->abi->specials; s->gfn != 0; s++)
		if (s->param != PARAM_NONE &&
		    read_param(c, s->param, page, f) < 0)
			return -1;
	return read_param(c, PARAM_STORE_PORT, page, f) < 0 ? -1 :
	    read_param(c, PARAM_CONSOLE_PORT, page, f);
}

/* ---- shared_info ---- */

int
canonical_shared_info(struct canonical *c, unsigned char page[4096],
    struct fail *f)
{
	const struct extent run = { 0, c->info.shared_info_mfn, 1 };
	void *bytes;

	memset(page, 0, PAGE_BYTES);
	if (!plan_has(c->plan, PLAN_STARTINFO))
		return 0;
	if (c->abi->guest == GUEST_PVH)
		return read_params(c, page, f);
	bytes = c->target->ops->map(c->target, &run, 1, false, f);
	if (bytes == NULL)
		return -1;
	memcpy(page, bytes, c->abi->shared_info.size);
	if (c->info.hypervisor_edits)
		edits_copy_shared_info(c->abi, zeroes, page);
	return c->target->ops->unmap(c->target, bytes, f);
}

const char *
canonical_beside(const struct abi *a)
{
	static const char *const words[GUEST_TYPES] = {
		[GUEST_PV] = "shared_info", [GUEST_PVH] = "HVM parameters",
	};

	return words[a->guest];
}

/* ---- vcpu 0 ---- */

int
canonical_vcpu(struct canonical *c, unsigned char context[ABI_CONTEXT_MAX],
    bool *present, struct fail *f)
{
	struct abi_field cr3 = c->abi->context.field[CTX_CR3];
	uint64_t pfn;

	memset(context, 0, ABI_CONTEXT_MAX);
	*present = false;
	if (!plan_has(c->plan, PLAN_VCPUS))
		return 0;
	if (c->target->ops->get_context(c->target, 0, context, present, f) < 0)
		return -1;
	if (!*present) {
		memset(context, 0, ABI_CONTEXT_MAX);
		return 0;
	}
	pfn = pfn_of(c, abi_cr3_mfn(c->abi, abi_get(cr3, context)));
	if (c->abi->levels > 0)
		abi_put(cr3, context, pfn == INVALID_MFN ? UINT64_MAX :
		    abi_cr3(c->abi, pfn));
	if (c->info.hypervisor_edits)
		edits_copy_context(c->abi, zeroes, context);
	return 0;
}
