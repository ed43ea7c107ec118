#include <string.h>

#include "target/file/file.h"

static void
file_close(struct target *base)
{
	struct file_target *t = file_target(base);

	file_unmap_all(t);
	file_release(t);
}

static int
file_info(struct target *base, struct target_info *info, struct fail *f)
{
	const struct file_state *s = &file_target(base)->state;

	(void)f;
	*info = (struct target_info){
		.pages = extents_pages(&s->frames),
		.max_pages = s->max_pages,
		/* The file is sparse: only what is written takes room. */
		.free_pages = FILE_PAGES_MAX,
		.vcpus = (uint32_t)s->vcpus,
		.shared_info_mfn = s->shared_info,
		.abi = s->abi, .n_offers = ABI_COUNT,
		.paused = s->paused,
		.constructed = s->context[0] != NULL,
		.has_run = s->has_run,
		.has_build = s->has_build,
	};
	memcpy(info->name, s->name, sizeof(info->name));
	memcpy(info->uuid, s->uuid, UUID_BYTES);
	memcpy(info->build, s->build, BUILD_ID_BYTES);
	for (size_t i = 0; i < ABI_COUNT; i++)
		info->offers[i] = &abi_rows[i];
	return 0;
}

static int
file_set_build(struct target *base, const uint8_t id[BUILD_ID_BYTES],
    struct fail *f)
{
	struct file_target *t = file_target(base);

	if (file_writable(t, f) < 0)
		return -1;
	if (t->state.has_build)
		return fail(f, FAIL_TARGET, "'%s' belongs to a build already; "
		    "destroy the domain, or give the plan that its build "
		    "wrote", t->name);
	memcpy(t->state.build, id, BUILD_ID_BYTES);
	t->state.has_build = true;
	return file_save(t, f);
}

/* ---- event channels and grants ---- */

static int
check_domid(struct file_target *t, uint32_t domid, struct fail *f)
{
	if (domid <= FILE_DOMID_MAX)
		return 0;
	return fail(f, FAIL_TARGET, "'%s' cannot share with domain %u: the "
	    "highest domain is %d", t->name, domid, FILE_DOMID_MAX);
}

static int
file_alloc_port(struct target *base, uint32_t remote, uint32_t *port,
    struct fail *f)
{
	struct file_target *t = file_target(base);
	struct file_state *s = &t->state;

	if (file_writable(t, f) < 0 || check_domid(t, remote, f) < 0)
		return -1;
	if (s->n_ports == FILE_PORTS_MAX)
		return fail(f, FAIL_TARGET, "'%s' has no event channel left: "
		    "a domain has ports 1 to %d", t->name, FILE_PORTS_MAX);
	s->ports[s->n_ports++] = (struct file_port){ remote, false };
	*port = (uint32_t)s->n_ports;
	return file_save(t, f);
}

static int
file_port_status(struct target *base, uint32_t port,
    enum port_status *status, uint32_t *remote, struct fail *f)
{
	struct file_target *t = file_target(base);
	const struct file_port *p;

	*status = PORT_FREE;
	*remote = 0;
	if (port == 0)
		return fail(f, FAIL_TARGET, "'%s' has no port 0: a domain has "
		    "ports 1 to %d", t->name, FILE_PORTS_MAX);
	if (port > t->state.n_ports)
		return 0;
	p = &t->state.ports[port - 1];
	*status = p->bound ? PORT_BOUND : PORT_UNBOUND;
	*remote = p->remote;
	return 0;
}

static int
check_index(struct file_target *t, uint32_t index, struct fail *f)
{
	if (index < FILE_GRANTS_MAX)
		return 0;
	return fail(f, FAIL_TARGET, "'%s' has no grant entry %u: its first "
	    "page has entries 0 to %d", t->name, index, FILE_GRANTS_MAX - 1);
}

static int
file_seed_grant(struct target *base, uint32_t index, uint32_t domid,
    uint64_t mfn, struct fail *f)
{
	struct file_target *t = file_target(base);

	bool used = mfn != INVALID_MFN;

	if (file_writable(t, f) < 0 || check_index(t, index, f) < 0 ||
	    check_domid(t, domid, f) < 0 ||
	    (used && file_check_run(t, mfn, 1, false, "grant", f) < 0))
		return -1;
	t->state.grants[index] = used ?
	    (struct file_grant){ true, domid, mfn } :
	    (struct file_grant){ false, 0, 0 };
	return file_save(t, f);
}

static int
file_get_grant(struct target *base, uint32_t index, bool *used,
    uint32_t *domid, uint64_t *mfn, struct fail *f)
{
	struct file_target *t = file_target(base);

	if (check_index(t, index, f) < 0)
		return -1;
	*used = t->state.grants[index].used;
	*domid = t->state.grants[index].domid;
	*mfn = t->state.grants[index].mfn;
	return 0;
}

/* A domain that never runs says nothing. */
static int
file_keep_console(struct target *base, uint64_t mfn, uint32_t port,
    struct fail *f)
{
	(void)mfn;
	(void)port;
	return file_writable(file_target(base), f);
}

/* ---- running ---- */

static int
file_pause(struct target *base, struct fail *f)
{
	struct file_target *t = file_target(base);

	if (file_writable(t, f) < 0)
		return -1;
	if (t->state.paused)
		return fail(f, FAIL_TARGET, "'%s' is paused already", t->name);
	t->state.paused = true;
	return file_save(t, f);
}

static int
file_unpause(struct target *base, struct fail *f)
{
	struct file_target *t = file_target(base);

	if (file_writable(t, f) < 0)
		return -1;
	if (t->state.context[0] == NULL)
		return fail(f, FAIL_TARGET, "cannot unpause '%s': nothing is "
		    "built in it, vcpu 0 has no registers; run the pipeline "
		    "to xb-launch", t->name);
	if (!t->state.paused)
		return fail(f, FAIL_TARGET, "'%s' is not paused", t->name);
	t->state.paused = false;
	t->state.has_run = true;
	return file_save(t, f);
}

static bool
file_domid(const char *where, uint32_t *domid)
{
	(void)where;
	(void)domid;
	return false;
}

static int
file_wait(struct target *base, const char **reason, struct fail *f)
{
	(void)reason;
	return fail(f, FAIL_TARGET, "'%s' does not end: a domain in files "
	    "never runs; destroy it", file_target(base)->name);
}

const struct target_ops target_file = {
	.scheme = "file",
	.words = "in files",
	.runs = false,
	.snapshots = true,
	.exists = file_exists,
	.domid = file_domid,
	.create = file_create,
	.open = file_open_target,
	.close = file_close,
	.info = file_info,
	.set_build = file_set_build,
	.set_abi = file_set_abi,
	.populate = file_populate,
	.map = file_map,
	.unmap = file_unmap,
	.known_zero = file_known_zero,
	.clear = file_clear,
	.set_m2p = file_set_m2p,
	.get_m2p = file_get_m2p,
	.hypercall_page = file_hypercall_page,
	.frame_type = file_frame_type,
	.pin = file_pin,
	.unpin = file_unpin,
	.alloc_port = file_alloc_port,
	.port_status = file_port_status,
	.seed_grant = file_seed_grant,
	.get_grant = file_get_grant,
	.keep_console = file_keep_console,
	.set_context = file_set_context,
	.get_context = file_get_context,
	.pause = file_pause,
	.unpause = file_unpause,
	.wait = file_wait,
	.destroy = file_destroy,
	.snapshot = file_snapshot,
	.restore = file_restore,
	.list = file_list,
	.absolute = file_absolute,
};
