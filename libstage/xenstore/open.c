#include "xenstore/link.h"

/* Attempts at a transaction that the daemon drops, before we give up. */
enum { TRIES = 200 };

static struct xenstore *kept;

int
xenstore_transact(struct xenstore *x, xenstore_work *work, const void *arg,
    struct fail *f)
{
	for (unsigned i = 0; i < TRIES; i++) {
		int rc, ended;

		if (x->ops->begin(x, f) < 0)
			return -1;
		rc = work(x, arg, f);
		ended = x->ops->end(x, rc == 0, f);
		if (rc < 0 || ended <= 0)
			return rc < 0 ? -1 : ended;
	}
	return fail(f, FAIL_SYSTEM, "cannot change xenstore: xenstored dropped "
	    "the change %d times, because others changed the same nodes or it "
	    "had no memory; try again", TRIES);
}

void
xenstore_close(struct xenstore *x)
{
	if (x != NULL)
		x->ops->close(x);
}

void
xenstore_keep(struct xenstore *x)
{
	xenstore_close(kept);
	kept = x;
}

#ifndef WITH_XEN

int
xenstore_open_any(struct xenstore **x, struct fail *f)
{
	(void)f;
	*x = NULL;
	return 0;
}

int
xenstore_open(struct xenstore **x, struct fail *f)
{
	*x = NULL;
	return fail(f, FAIL_TARGET, "cannot speak with xenstored: this build "
	    "has no Xen");
}

#else

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <xenstore_lib.h>

#include "target/xen/xen.h"
#include "xenstore/wire.h"

/* ---- does a xenstored run? ---- */

/* A connection to the daemon of this domain, or -1. */
static int
connect_here(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	const char *path = xs_daemon_socket();
	int s;

	if (path == NULL || strlen(path) >= sizeof(a.sun_path))
		return -1;
	memcpy(a.sun_path, path, strlen(path));
	s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s < 0 || connect(s, (const struct sockaddr *)&a, sizeof(a)) == 0)
		return s;
	close(s);
	return -1;
}

/* Xen marks a stub domain that runs xenstored. */
static int
is_daemon(void *found, const xc_domaininfo_t *d, struct fail *f)
{
	(void)f;
	*(bool *)found |= (d->flags & XEN_DOMINF_xs_domain) != 0;
	return 0;
}

static bool
daemon_elsewhere(void)
{
	struct fail ignored = { 0 };
	struct xen_host h;
	bool found = false;

	if (xen_host_open(&h, "xen", &ignored) < 0 ||
	    xen_each(&h, is_daemon, &found, &ignored) < 0)
		found = false;
	xen_host_close(&h);
	return found;
}

/* The kernel's way to the daemon of another domain. */
static int
open_device(void)
{
	int fd = open("/dev/xen/xenbus", O_RDWR | O_CLOEXEC);

	return fd >= 0 ? fd : open("/proc/xen/xenbus", O_RDWR | O_CLOEXEC);
}

int
xenstore_open_any(struct xenstore **x, struct fail *f)
{
	int fd, e = 0;
	bool device;

	*x = kept;
	kept = NULL;
	if (*x != NULL)
		return 0;
	fd = connect_here();
	device = fd < 0;
	if (device) {
		/* Without a daemon the kernel takes requests and never
		 * answers. */
		if (!daemon_elsewhere())
			return 0;
		fd = open_device();
		e = errno;
	}
	if (fd < 0)
		return fail_errno(f, e == EACCES || e == EPERM ? FAIL_PERM :
		    FAIL_SYSTEM, e, "cannot speak with xenstored");
	*x = link_over(fd, device, f);
	return *x != NULL ? 0 : -1;
}

int
xenstore_open(struct xenstore **x, struct fail *f)
{
	if (xenstore_open_any(x, f) < 0)
		return -1;
	return *x != NULL ? 0 : fail(f, FAIL_TARGET, "no xenstored answers on "
	    "this host: start it, or build without: xb-startinfo "
	    "--no-xenstore");
}

#endif
