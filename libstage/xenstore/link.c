#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xenstore/link.h"

void
xenstore_close(struct xenstore *x)
{
	if (x != NULL)
		x->ops->close(x);
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

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <xenstore.h>

#include "target/xen/xen.h"

struct link {
	struct xenstore base;
	struct xs_handle *h;
	xs_transaction_t t;
};

static struct link *
link_of(struct xenstore *x)
{
	return (struct link *)x;
}

static int
refused(const char *what, const char *path, struct fail *f)
{
	int e = errno;

	return fail_errno(f, e == EACCES || e == EPERM ? FAIL_PERM :
	    FAIL_SYSTEM, e, "cannot %s '%s' in xenstore", what, path);
}

/* ---- the operations ---- */

static int
link_begin(struct xenstore *x, struct fail *f)
{
	struct link *l = link_of(x);

	l->t = xs_transaction_start(l->h);
	return l->t != XBT_NULL ? 0 : refused("begin a transaction on", "/", f);
}

static int
link_end(struct xenstore *x, bool keep, struct fail *f)
{
	struct link *l = link_of(x);
	xs_transaction_t t = l->t;

	l->t = XBT_NULL;
	if (t == XBT_NULL || xs_transaction_end(l->h, t, !keep))
		return 0;
	/* xenstored was seen to say ENOMEM of the nodes of a domain that had
	 * ended a moment before, with memory enough. */
	return errno == EAGAIN || errno == ENOMEM ? 1 :
	    refused("end a transaction on", "/", f);
}

static int
link_read(struct xenstore *x, const char *path, char **text, struct fail *f)
{
	struct link *l = link_of(x);

	*text = xs_read(l->h, l->t, path, NULL);
	return *text != NULL || errno == ENOENT ? 0 : refused("read", path, f);
}

static int
link_write(struct xenstore *x, const char *path, const char *text,
    struct fail *f)
{
	struct link *l = link_of(x);

	return xs_write(l->h, l->t, path, text, (unsigned)strlen(text)) ? 0 :
	    refused("write", path, f);
}

static int
link_permit(struct xenstore *x, const char *path, uint32_t owner,
    const uint32_t *reader, struct fail *f)
{
	struct link *l = link_of(x);
	struct xs_permissions p[2] = {
		{ owner, XS_PERM_NONE },
		{ reader == NULL ? 0 : *reader, XS_PERM_READ },
	};

	return xs_set_permissions(l->h, l->t, path, p,
	    reader == NULL ? 1 : 2) ? 0 : refused("set who may use", path, f);
}

static int
link_remove(struct xenstore *x, const char *path, struct fail *f)
{
	struct link *l = link_of(x);

	return xs_rm(l->h, l->t, path) || errno == ENOENT ? 0 :
	    refused("remove", path, f);
}

static int
link_list(struct xenstore *x, const char *path, char ***names, size_t *n,
    struct fail *f)
{
	struct link *l = link_of(x);
	unsigned count = 0;

	*names = xs_directory(l->h, l->t, path, &count);
	*n = count;
	return *names != NULL || errno == ENOENT ? 0 : refused("list", path,
	    f);
}

static int
link_introduce(struct xenstore *x, uint32_t domid, uint64_t mfn,
    uint32_t port, struct fail *f)
{
	int e;

	if (xs_introduce_domain(link_of(x)->h, domid, (unsigned long)mfn,
	    port))
		return 0;
	e = errno;
	return fail_errno(f, e == EACCES || e == EPERM ? FAIL_PERM :
	    FAIL_TARGET, e, "xenstored does not take domain %" PRIu32 " with "
	    "its ring in mfn 0x%" PRIx64 " and event channel port %" PRIu32,
	    domid, mfn, port);
}

static bool
link_introduced(struct xenstore *x, uint32_t domid)
{
	return xs_is_domain_introduced(link_of(x)->h, domid);
}

static void
link_close(struct xenstore *x)
{
	struct link *l = link_of(x);

	xs_close(l->h);
	free(l);
}

static const struct xenstore_ops link_ops = {
	.begin = link_begin,
	.end = link_end,
	.read = link_read,
	.write = link_write,
	.permit = link_permit,
	.remove = link_remove,
	.list = link_list,
	.introduce = link_introduce,
	.introduced = link_introduced,
	.close = link_close,
};

/* ---- does a xenstored run? ---- */

static bool
daemon_here(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	const char *path = xs_daemon_socket();
	bool answers = false;
	int s;

	if (path == NULL || strlen(path) >= sizeof(a.sun_path))
		return false;
	memcpy(a.sun_path, path, strlen(path));
	s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s >= 0) {
		answers = connect(s, (const struct sockaddr *)&a,
		    sizeof(a)) == 0;
		close(s);
	}
	return answers;
}

/* Xen marks a stub domain that runs xenstored. */
static bool
daemon_elsewhere(void)
{
	struct fail ignored = { 0 };
	xc_domaininfo_t d[64];
	struct xen_host h;
	uint32_t next = 0;
	bool found = false;
	int n = 64;

	if (xen_host_open(&h, "xen", &ignored) < 0)
		return false;
	while (n == 64 && !found) {
		n = xc_domain_getinfolist(h.xc, next, 64, d);
		for (int i = 0; i < n; i++) {
			found |= (d[i].flags & XEN_DOMINF_xs_domain) != 0;
			next = d[i].domain + 1u;
		}
	}
	xen_host_close(&h);
	return found;
}

int
xenstore_open_any(struct xenstore **x, struct fail *f)
{
	struct link *l;

	*x = NULL;
	/* Without a daemon the kernel takes requests and never answers. */
	if (!daemon_here() && !daemon_elsewhere())
		return 0;
	l = calloc(1, sizeof(*l));
	if (l == NULL)
		return fail_memory(f, sizeof(*l));
	l->base.ops = &link_ops;
	l->h = xs_open(0);
	if (l->h == NULL) {
		int e = errno;

		free(l);
		return fail_errno(f, e == EACCES || e == EPERM ? FAIL_PERM :
		    FAIL_SYSTEM, e, "cannot speak with xenstored");
	}
	*x = &l->base;
	return 0;
}

int
xenstore_open(struct xenstore **x, struct fail *f)
{
	if (xenstore_open_any(x, f) < 0)
		return -1;
	return *x != NULL ? 0 : fail(f, FAIL_TARGET, "no xenstored answers on "
	    "this host: start it, or build without: xb-startinfo --no-store");
}

#endif
