#include <string.h>

#include "target/file/file.h"
#include "target/request.h"

static void
paper_close(struct target *base)
{
	struct paper_target *t = paper_target(base);

	paper_unmap_all(t);
	paper_release(t);
}

static int
paper_info(struct target *base, struct target_info *info, struct fail *f)
{
	const struct paper_state *s = &paper_target(base)->state;

	(void)f;
	*info = (struct target_info){
		.pages = extents_pages(&s->frames),
		.max_pages = s->max_pages,
		.vcpus = (uint32_t)s->vcpus,
		.guest = s->type,
		.shared_info_mfn = s->shared_info,
		.abi = s->abi,
		.paused = s->paused,
		.constructed = s->context[0] != NULL,
		.has_run = s->has_run,
		.has_build = s->has_build,
	};
	memcpy(info->name, s->name, sizeof(info->name));
	memcpy(info->uuid, s->uuid, UUID_BYTES);
	memcpy(info->build, s->build, BUILD_ID_BYTES);
	return 0;
}

/* The file is sparse: only pages with data take room. */
static int
paper_host(struct target *base, struct target_host *host, struct fail *f)
{
	(void)f;
	*host = (struct target_host){ .free_pages = PAPER_PAGES_MAX };
	for (size_t i = 0; i < ABI_COUNT; i++)
		if (abi_rows[i].guest == paper_target(base)->state.type)
			host->offers[host->n_offers++] = &abi_rows[i];
	return 0;
}

static int
paper_set_build(struct target *base, const uint8_t id[BUILD_ID_BYTES],
    struct fail *f)
{
	struct paper_target *t = paper_target(base);

	if (paper_writable(t, f) < 0 ||
	    target_check_unbuilt(t->name, t->state.has_build, f) < 0)
		return -1;
	memcpy(t->state.build, id, BUILD_ID_BYTES);
	t->state.has_build = true;
	return paper_save(t, f);
}

/* ---- event channels and grants ---- */

static int
check_domid(struct paper_target *t, uint32_t domid, struct fail *f)
{
	if (domid <= PAPER_DOMID_MAX)
		return 0;
	return fail(f, FAIL_TARGET, "'%s' cannot share with domain %u: the "
	    "highest domain is %d", t->name, domid, PAPER_DOMID_MAX);
}

static int
paper_alloc_port(struct target *base, uint32_t remote, uint32_t *port,
    struct fail *f)
{
	struct paper_target *t = paper_target(base);
	struct paper_state *s = &t->state;

	if (paper_writable(t, f) < 0 || check_domid(t, remote, f) < 0)
		return -1;
	if (s->n_ports == PAPER_PORTS_MAX)
		return fail(f, FAIL_TARGET, "'%s' has no event channel left: "
		    "a domain has ports 1 to %d", t->name, PAPER_PORTS_MAX);
	s->ports[s->n_ports++] = (struct paper_port){ remote, 0 };
	*port = (uint32_t)s->n_ports;
	return paper_save(t, f);
}

static int
paper_port_status(struct target *base, uint32_t port,
    enum port_status *status, uint32_t *remote, struct fail *f)
{
	struct paper_target *t = paper_target(base);
	const struct paper_port *p;

	*status = PORT_FREE;
	*remote = 0;
	if (port == 0)
		return fail(f, FAIL_TARGET, "'%s' has no port 0: a domain has "
		    "ports 1 to %d", t->name, PAPER_PORTS_MAX);
	if (port > t->state.n_ports)
		return 0;
	p = &t->state.ports[port - 1];
	*status = p->bound ? PORT_BOUND : PORT_UNBOUND;
	*remote = (uint32_t)p->remote;
	return 0;
}

static int
check_index(struct paper_target *t, uint32_t index, struct fail *f)
{
	if (index < PAPER_GRANTS_MAX)
		return 0;
	return fail(f, FAIL_TARGET, "'%s' has no grant entry %u: its first "
	    "page has entries 0 to %d", t->name, index, PAPER_GRANTS_MAX - 1);
}

static int
paper_seed_grant(struct target *base, uint32_t index, uint32_t domid,
    uint64_t mfn, struct fail *f)
{
	struct paper_target *t = paper_target(base);

	bool used = mfn != INVALID_MFN;

	if (paper_writable(t, f) < 0 || check_index(t, index, f) < 0 ||
	    check_domid(t, domid, f) < 0 ||
	    (used && paper_check_run(t, mfn, 1, false, "grant", f) < 0))
		return -1;
	t->state.grants[index] = used ?
	    (struct paper_grant){ true, domid, mfn } :
	    (struct paper_grant){ false, 0, 0 };
	return paper_save(t, f);
}

static int
paper_get_grant(struct target *base, uint32_t index, bool *used,
    uint32_t *domid, uint64_t *mfn, struct fail *f)
{
	struct paper_target *t = paper_target(base);

	if (check_index(t, index, f) < 0)
		return -1;
	*used = t->state.grants[index].used;
	*domid = t->state.grants[index].domid;
	*mfn = t->state.grants[index].mfn;
	return 0;
}

/* Nothing to remember: the console of a domain that never runs is empty. */
static int
paper_keep_console(struct target *base, uint64_t mfn, uint32_t port,
    struct fail *f)
{
	(void)mfn;
	(void)port;
	return paper_writable(paper_target(base), f);
}

/* ---- running ---- */

static int
paper_pause(struct target *base, struct fail *f)
{
	struct paper_target *t = paper_target(base);

	if (paper_writable(t, f) < 0)
		return -1;
	if (t->state.paused)
		return fail(f, FAIL_TARGET, "'%s' is paused already", t->name);
	t->state.paused = true;
	return paper_save(t, f);
}

static int
paper_unpause(struct target *base, struct fail *f)
{
	struct paper_target *t = paper_target(base);

	if (paper_writable(t, f) < 0)
		return -1;
	if (t->state.context[0] == NULL)
		return fail(f, FAIL_TARGET, "cannot unpause '%s': nothing is "
		    "built in it, vcpu 0 has no registers; run the pipeline "
		    "to xb-launch", t->name);
	if (!t->state.paused)
		return fail(f, FAIL_TARGET, "'%s' is not paused", t->name);
	t->state.paused = false;
	t->state.has_run = true;
	return paper_save(t, f);
}

static int
paper_wait(struct target *base, uint64_t until, const char **reason,
    struct fail *f)
{
	(void)until;
	(void)reason;
	return fail(f, FAIL_TARGET, "'%s' does not end: a domain in files "
	    "never runs; destroy it", paper_target(base)->name);
}

const struct target_ops target_file = {
	.scheme = "file",
	.words = "in files",
	.runs = false,
	.replace_max = PAPER_REPLACE_MAX,
	.hvm = &paper_hvm_ops,
	.exists = paper_exists,
	.create = paper_create,
	.open = paper_open,
	.close = paper_close,
	.info = paper_info,
	.host = paper_host,
	.set_build = paper_set_build,
	.set_abi = paper_set_abi,
	.populate = paper_populate,
	.map = paper_map,
	.replace = paper_replace,
	.unmap = paper_unmap,
	.owns = paper_owns,
	.known_zero = paper_known_zero,
	.clear = paper_clear,
	.set_m2p = paper_set_m2p,
	.get_m2p = paper_get_m2p,
	.hypercall_page = paper_hypercall_page,
	.frame_type = paper_frame_type,
	.pin = paper_pin,
	.unpin = paper_unpin,
	.alloc_port = paper_alloc_port,
	.port_status = paper_port_status,
	.seed_grant = paper_seed_grant,
	.get_grant = paper_get_grant,
	.keep_console = paper_keep_console,
	.set_context = paper_set_context,
	.get_context = paper_get_context,
	.pause = paper_pause,
	.unpause = paper_unpause,
	.wait = paper_wait,
	.destroy = paper_destroy,
	.copy = paper_copy,
	.list = paper_list,
	.writes = paper_writes,
	.makes = paper_makes,
	.absolute = paper_absolute,
};
