#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "target/xen/xen.h"

static int
parse(const char *where, uint32_t *domid, struct fail *f)
{
	if (xen_domid_parse(where, domid))
		return 0;
	return fail(f, FAIL_USAGE, "'xen:%s' names no domain: its number "
	    "stands after the colon, 0 to %d, as 'xb-domain list' shows it",
	    where, XEN_DOMID_MAX);
}

static int
open_domain(struct xen_target *t, enum target_access access,
    struct fail *f)
{
	if (xen_host_open(&t->host, t->name, f) < 0)
		return -1;
	if (t->writable && t->domid == 0)
		return fail(f, FAIL_TARGET, "'%s' is the domain that runs this "
		    "host, and is left alone", t->name);
	if (runfile_lock_take(&t->lock, RUNFILE_FOLDER, t->domid, access,
	    f) < 0)
		return -1;
	return xen_begin(t, f);
}

static int
xen_open(struct target **out, const char *where, enum target_access access,
    struct fail *f)
{
	struct xen_target *t = xen_new(access == TARGET_WRITE, f);

	if (t == NULL)
		return -1;
	if (parse(where, &t->domid, f) < 0) {
		xen_close(&t->base);
		return -1;
	}
	snprintf(t->name, sizeof(t->name), "xen:%" PRIu32, t->domid);
	if (open_domain(t, access, f) < 0) {
		xen_close(&t->base);
		return -1;
	}
	*out = &t->base;
	return 0;
}

/* ---- by name ---- */

static bool
xen_exists(const char *where)
{
	return where[0] != '\0';
}

/* The devices of a dom0 (in /proc where they are not in /dev), libxl's records,
 * and our own of the domain; where its folder is missing, it is made. */
static const char *
xen_writes(const char *where, size_t n)
{
	static const char *const paths[] = { "/dev/xen", USERDATA_FOLDER,
	    RUNFILE_FOLDER };

	(void)where;
	if (n == 0 && xen_devices() != NULL)
		return xen_devices();
	if (n >= sizeof(paths) / sizeof(paths[0]))
		return NULL;
	if (strcmp(paths[n], RUNFILE_FOLDER) == 0 && access(paths[n],
	    F_OK) < 0)
		return xen_devices() != NULL ? "/run" : NULL;
	return paths[n];
}

static char *
xen_absolute(const char *where, struct fail *f)
{
	char name[16], *copy;
	uint32_t domid;

	if (parse(where, &domid, f) < 0)
		return NULL;
	snprintf(name, sizeof(name), "xen:%" PRIu32, domid);
	copy = strdup(name);
	if (copy == NULL)
		fail_memory(f, sizeof(name));
	return copy;
}

static const struct target_hvm_ops hvm_ops = {
	xen_hvm_populate, xen_hvm_set_param, xen_hvm_get_param
};

const struct target_ops target_xen = {
	.scheme = "xen",
	.words = "of Xen",
	.runs = true,
	.made_last = true,
	.replace_max = 2 * WINDOW_MAX,
	.exists = xen_exists,
	.domid = xen_domid_parse,
	.create = xen_create,
	.open = xen_open,
	.close = xen_close,
	.info = xen_info,
	.host = xen_host_info,
	.set_build = xen_set_build,
	.set_abi = xen_set_abi,
	.hvm = &hvm_ops,
	.populate = xen_populate,
	.map = xen_map,
	.replace = xen_replace,
	.unmap = xen_unmap,
	.owns = xen_owns,
	.known_zero = xen_known_zero,
	.clear = xen_clear,
	.set_m2p = xen_set_m2p,
	.get_m2p = xen_get_m2p,
	.hypercall_page = xen_hypercall_page,
	.frame_type = xen_frame_type,
	.pin = xen_pin,
	.unpin = xen_unpin,
	.alloc_port = xen_alloc_port,
	.port_status = xen_port_status,
	.seed_grant = xen_seed_grant,
	.get_grant = xen_get_grant,
	.keep_console = xen_keep_console,
	.set_context = xen_set_context,
	.get_context = xen_get_context,
	.pause = xen_pause,
	.unpause = xen_unpause,
	.wait = xen_wait,
	.destroy = xen_destroy,
	.list = xen_list,
	.writes = xen_writes,
	.absolute = xen_absolute,
};
