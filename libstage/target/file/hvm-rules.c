#include <stddef.h>

#include "target/file/file.h"

/* ---- memory ---- */

bool
paper_hvm_frames(const struct paper_state *s, uint64_t *pages)
{
	uint64_t all = extents_pages(&s->frames);
	uint64_t beside = abi_pages_beside(s->abi);
	struct extent want[ABI_RANGES_MAX];
	size_t n;

	*pages = all < beside ? 0 : all - beside;
	if (*pages == 0)
		return false;
	n = abi_gfns(s->abi, *pages, want);
	for (size_t i = 0; i < n; i++) {
		const struct extent *e = extents_find_mfn(&s->frames,
		    want[i].mfn);

		/* Runs that follow each other are one in a state. */
		if (e == NULL || want[i].count > e->count -
		    (want[i].mfn - e->mfn))
			return false;
	}
	return true;
}

/* ---- parameters ---- */

/* HVM_PARAM_* of public/hvm/params.h that a builder sets. */
static const struct {
	enum { UNKNOWN, GFN, PORT, ADDRESS } kind;
	bool once;			/* Xen takes no other value after it */
} params[PAPER_PARAMS] = {
	[1] = { GFN, false },		/* STORE_PFN */
	[2] = { PORT, false },		/* STORE_EVTCHN */
	[5] = { GFN, true },		/* IOREQ_PFN */
	[6] = { GFN, true },		/* BUFIOREQ_PFN */
	[12] = { ADDRESS, false },	/* IDENT_PT */
	[17] = { GFN, false },		/* CONSOLE_PFN */
	[18] = { PORT, false },		/* CONSOLE_EVTCHN */
	[27] = { GFN, false },		/* PAGING_RING_PFN */
	[28] = { GFN, false },		/* MONITOR_RING_PFN */
	[29] = { GFN, false },		/* SHARING_RING_PFN */
};

static const char *
port_wrong(const struct paper_state *s, uint64_t port)
{
	return port <= s->n_ports ? NULL : "it is no port that was allocated";
}

/* The page that a parameter names; INVALID_MFN: none. */
static uint64_t
page_of(uint64_t param, uint64_t value)
{
	if (value == 0 || params[param].kind == PORT)
		return INVALID_MFN;
	return params[param].kind == ADDRESS ? value / PAGE_BYTES : value;
}

static const char *
page_wrong(const struct paper_state *s, uint64_t param, uint64_t gfn)
{
	if (extents_find_mfn(&s->frames, gfn) == NULL)
		return "the domain has no such page";
	for (uint64_t i = 0; i < PAPER_PARAMS; i++)
		if (i != param && page_of(i, s->param[i]) == gfn)
			return "another parameter names that page";
	return NULL;
}

const char *
paper_param_wrong(const struct paper_state *s, uint64_t param, uint64_t value)
{
	if (s->type != GUEST_PVH)
		return "a PV guest has none";
	if (param >= PAPER_PARAMS || params[param].kind == UNKNOWN)
		return "it is none that a builder of a PVH guest sets";
	if (params[param].once && s->param[param] != 0 &&
	    s->param[param] != value)
		return "it is set once, and has another value";
	if (value == 0)
		return NULL;
	if (params[param].kind == PORT)
		return port_wrong(s, value);
	if (params[param].kind == ADDRESS && value % PAGE_BYTES != 0)
		return "it must be the address of a page";
	return page_wrong(s, param, page_of(param, value));
}
