#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "target/xen/xen.h"

/* ---- the libraries' messages ---- */

static void
vmessage(xentoollog_logger *logger, xentoollog_level level, int e,
    const char *context, const char *format, va_list ap)
{
	const struct xen_host *h = (const struct xen_host *)logger;
	char text[512];

	if (h->f == NULL || level < XTL_DETAIL)
		return;
	vsnprintf(text, sizeof(text), format, ap);
	text[strcspn(text, "\n")] = '\0';
	fail_note(h->f, "%s: %s%s%s", context == NULL ? "libxenctrl" : context,
	    text, e < 0 ? "" : ": ", e < 0 ? "" : strerror(e));
}

static void
no_progress(xentoollog_logger *logger, const char *context,
    const char *doing, int percent, unsigned long done, unsigned long total)
{
	(void)logger;
	(void)context;
	(void)doing;
	(void)percent;
	(void)done;
	(void)total;
}

static void
no_destroy(xentoollog_logger *logger)
{
	(void)logger;
}

/* ---- the handle ---- */

static const struct {
	const char *folder, *privcmd;
} devices[] = {
	{ "/dev/xen", "/dev/xen/privcmd" },
	{ "/proc/xen", "/proc/xen/privcmd" },
};

const char *
xen_devices(void)
{
	static const char *found;

	for (size_t i = 0; found == NULL && i < 2; i++)
		if (access(devices[i].privcmd, F_OK) == 0 ||
		    !file_absent(errno))
			found = devices[i].folder;
	return found;
}

/* What to do where there is no Xen.  'xen' asks for a new domain, and one in
 * files may do instead; 'xen:5' names a domain that exists, and nothing else is
 * that domain. */
static const char *
way_out(const char *name)
{
	return strchr(name, ':') != NULL ? "" :
	    "; a domain in files, file:DIR, needs none, and never runs";
}

int
xen_host_open(struct xen_host *h, const char *name, struct fail *f)
{
	int e;

	*h = (struct xen_host){ { vmessage, no_progress, no_destroy }, f, name,
	    NULL };
	if (xen_devices() == NULL)
		return fail(f, FAIL_TARGET, "cannot use '%s': no Xen here, for "
		    "there is neither %s nor %s%s", name, devices[0].privcmd,
		    devices[1].privcmd, way_out(name));
	h->xc = xc_interface_open(&h->logger, &h->logger,
	    XC_OPENFLAG_NON_REENTRANT);
	if (h->xc != NULL)
		return 0;
	e = errno;
	if (e == ENXIO || e == ENODEV)
		return fail(f, FAIL_TARGET, "cannot use '%s': no Xen here, for "
		    "this kernel does not run on it%s", name, way_out(name));
	return fail_errno(f, e == EACCES || e == EPERM ? FAIL_PERM :
	    FAIL_SYSTEM, e, "cannot talk to the hypervisor about '%s'", name);
}

void
xen_host_close(struct xen_host *h)
{
	/* What the libraries say while they are closed is dropped. */
	h->f = NULL;
	if (h->xc != NULL)
		xc_interface_close(h->xc);
	h->xc = NULL;
}

/* ---- refusals ---- */

static const struct {
	int e;
	enum fail_kind kind;
	bool yields;			/* a caller's rule is told instead: it
					 * says more */
	const char *words;
} meanings[] = {
	{ EPERM, FAIL_PERM, false,
	    "the hypervisor does not permit it to this domain" },
	{ ESRCH, FAIL_TARGET, false, "there is no such domain now" },
	{ ENOSYS, FAIL_TARGET, false, "this hypervisor does not offer it" },
	{ EOPNOTSUPP, FAIL_TARGET, false, "this hypervisor does not offer it" },
	{ ENOMEM, FAIL_FULL, false, "the hypervisor is out of memory" },
	/* The domain that this program runs in has no event channel left; since
	 * Xen 4.20 also: no number is left for a new domain. */
	{ ENOSPC, FAIL_FULL, true, "the hypervisor has none left now" },
	/* libxenctrl's errno for a domctl of another interface version. */
	{ EACCES, FAIL_TARGET, true, "refused, as by a hypervisor of another "
	    "version than this program's Xen libraries" },
};

void
xen_refusal(int e, const char *rule, struct fail *f, const char *fmt, ...)
{
	enum fail_kind kind = rule == NULL ? FAIL_SYSTEM : FAIL_TARGET;
	const char *words = NULL;
	char what[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (meanings[i].e == e && (rule == NULL ||
		    !meanings[i].yields)) {
			words = meanings[i].words;
			kind = meanings[i].kind;
		}
	if (rule != NULL && words == NULL)
		fail_set(f, kind, "%s: %s (%s)", what, rule, strerror(e));
	else
		fail_set(f, kind, "%s: %s", what, words != NULL ? words :
		    strerror(e));
}

/* ---- calls ---- */

void *
xen_buffer(struct xen_host *h, size_t bytes, struct fail *f)
{
	void *p = xencall_alloc_buffer(xc_interface_xcall_handle(h->xc),
	    bytes);

	if (p == NULL)
		fail_memory(f, bytes);
	else
		memset(p, 0, bytes);
	return p;
}

void
xen_buffer_free(struct xen_host *h, void *p)
{
	if (p != NULL)
		xencall_free_buffer(xc_interface_xcall_handle(h->xc), p);
}

int
xen_domctl(struct xen_target *t, struct xen_domctl *op)
{
	op->domain = (domid_t)t->domid;
	return xc_domctl(t->host.xc, op);
}

int
xen_vcpu_read(struct xen_target *t, uint32_t vcpu,
    vcpu_guest_context_any_t *context, bool *present, struct fail *f)
{
	*present = false;
	if (vcpu == 0 && t->vcpu0 == XEN_VCPU_FRESH)
		return 0;
	*present = xc_vcpu_getcontext(t->host.xc, t->domid, vcpu, context) ==
	    0;
	if (!*present && errno != ENODATA)
		return xen_refused(errno, NULL, f, "cannot read vcpu %" PRIu32
		    " of '%s'", vcpu, t->name);
	if (vcpu == 0 && t->writable)
		t->vcpu0 = *present ? XEN_VCPU_SET : XEN_VCPU_FRESH;
	return 0;
}

struct xen_target *
xen_target(struct target *base, struct fail *f)
{
	struct xen_target *t = (struct xen_target *)base;

	t->host.f = f;
	return t;
}

struct xen_target *
xen_writable(struct target *base, struct fail *f)
{
	struct xen_target *t = xen_target(base, f);

	if (t->writable)
		return t;
	fail_bug(f, "a change to a target that was opened for reading");
	return NULL;
}
