#include <string.h>

#include "abi/edits.h"
#include "canonical/impl.h"
#include "base/cursor.h"

/* A structure in which Xen has changed nothing. */
static const unsigned char zeroes[ABI_CONTEXT_MAX];

/* ---- frames ---- */

uint64_t
canonical_pfn(struct canonical *c, uint64_t mfn)
{
	const struct extent *e = c->near;

	if (e == NULL || mfn < e->mfn || mfn - e->mfn >= e->count)
		c->near = e = extents_find_mfn(&c->by_mfn, mfn);
	return e == NULL ? INVALID_MFN : e->pfn + (mfn - e->mfn);
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
		le_put(page, bytes, canonical_pfn(c, le_get(page, bytes)));
}

/* ---- start_info ---- */

static void
bring_frame(struct canonical *c, struct abi_field d, unsigned char *page)
{
	uint64_t mfn = abi_get(d, page);

	if (mfn != 0)
		abi_put(d, page, canonical_pfn(c, mfn));
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
	bytes = c->target->ops->map(c->target, &run, 1, false, f);
	if (bytes == NULL)
		return -1;
	memcpy(page, bytes, c->abi->shared_info.size);
	if (c->info.hypervisor_edits)
		edits_copy_shared_info(c->abi, zeroes, page);
	return c->target->ops->unmap(c->target, bytes, f);
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
	pfn = canonical_pfn(c, abi_cr3_mfn(c->abi, abi_get(cr3, context)));
	abi_put(cr3, context, pfn == INVALID_MFN ? UINT64_MAX :
	    abi_cr3(c->abi, pfn));
	if (c->info.hypervisor_edits)
		edits_copy_context(c->abi, zeroes, context);
	return 0;
}
