#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "target/xen/xen.h"

/* Included after xen.h, whose xenctrl.h defines __XEN_TOOLS__: without it this
 * header leaves out what is for toolstacks alone. */
#include <xen/hvm/save.h>

/*
 * The registers of an HVM vcpu are a record in the domain's HVM context, as it
 * is saved and restored: records one behind the other, each with a descriptor.
 * Such a context begins with a header that only the hypervisor can make.
 */

enum { RECORD_MAX = 4096 };		/* bytes of a record, at most */

/* A context that is read, or made. */
struct stream {
	unsigned char *bytes;
	size_t n, at;
};

static const struct hvm_save_descriptor *
next(struct stream *s)
{
	const struct hvm_save_descriptor *d = (const void *)(s->bytes + s->at);

	if (s->n - s->at < sizeof(*d) ||
	    s->n - s->at - sizeof(*d) < d->length)
		return NULL;
	s->at += sizeof(*d) + d->length;
	return d;
}

static void *
add(struct stream *s, unsigned code, unsigned instance, const void *bytes,
    size_t n)
{
	struct hvm_save_descriptor d = { .typecode = (uint16_t)code,
	    .instance = (uint16_t)instance, .length = (uint32_t)n };
	unsigned char *to = s->bytes + s->at;

	memcpy(to, &d, sizeof(d));
	memcpy(to + sizeof(d), bytes, n);
	s->at += sizeof(d) + n;
	return to + sizeof(d);
}

/* The whole context as Xen has it. */
static int
read_all(struct xen_target *t, struct stream *s, struct fail *f)
{
	int n = xc_domain_hvm_getcontext(t->host.xc, t->domid, NULL, 0);

	if (n > 0) {
		s->bytes = calloc(1, (size_t)n);
		if (s->bytes == NULL)
			return fail_memory(f, (size_t)n);
		n = xc_domain_hvm_getcontext(t->host.xc, t->domid, s->bytes,
		    (uint32_t)n);
	}
	if (n <= 0)
		return xen_refused(errno, NULL, f, "cannot read the HVM "
		    "context of '%s'", t->name);
	s->n = (size_t)n;
	return 0;
}

/*
 * Of the context that Xen has, a new one takes the header and the MTRRs of each
 * vcpu, which are set to write-back for all memory: Xen starts with uncached.
 * The record of the vcpu comes last.  A vcpu that has one goes online.
 */
static void
make(struct stream *old, struct stream *new, uint32_t vcpu, const void *bytes,
    size_t n)
{
	enum { WRITE_BACK = 6, ENABLED = 0x800 };	/* IA32_MTRR_DEF_TYPE */
	const struct hvm_save_descriptor *d;

	while ((d = next(old)) != NULL) {
		struct hvm_hw_mtrr *m;

		if (d->typecode == HVM_SAVE_CODE(HEADER))
			add(new, d->typecode, 0, d + 1, d->length);
		if (d->typecode != HVM_SAVE_CODE(MTRR))
			continue;
		m = add(new, d->typecode, d->instance, d + 1, d->length);
		m->msr_mtrr_def_type = WRITE_BACK | ENABLED;
	}
	add(new, HVM_SAVE_CODE(CPU), vcpu, bytes, n);
	add(new, HVM_SAVE_CODE(END), 0, "", 0);
	new->n = new->at;
}

int
xen_hvm_set_context(struct xen_target *t, uint32_t vcpu, const void *bytes,
    size_t n, struct fail *f)
{
	struct stream old = { .at = 0 }, new = { .at = 0 };
	int rc = -1, r;

	if (read_all(t, &old, f) < 0)
		goto out;
	new.bytes = calloc(1, old.n + RECORD_MAX);
	if (new.bytes == NULL) {
		fail_memory(f, old.n + RECORD_MAX);
		goto out;
	}
	make(&old, &new, vcpu, bytes, n);
	r = xc_domain_hvm_setcontext(t->host.xc, t->domid, new.bytes,
	    (uint32_t)new.n);
	if (r == 0 && vcpu == 0)
		t->known.nr_online_vcpus = 1;
	rc = r == 0 ? 0 : xen_refused(errno, "the hypervisor refuses these "
	    "registers", f, "cannot set vcpu %" PRIu32 " of '%s'", vcpu,
	    t->name);
out:
	free(new.bytes);
	free(old.bytes);
	return rc;
}

/* A vcpu that was never given a context has no record. */
int
xen_hvm_get_context(struct xen_target *t, uint32_t vcpu, void *bytes,
    size_t n, bool *present, struct fail *f)
{
	unsigned char record[RECORD_MAX] = { 0 };
	int r = xc_domain_hvm_getcontext_partial(t->host.xc, t->domid,
	    HVM_SAVE_CODE(CPU), (uint16_t)vcpu, record, sizeof(record));

	*present = r == 0;
	if (r != 0 && errno != ENODATA && errno != ENOENT)
		return xen_refused(errno, NULL, f, "cannot read vcpu %" PRIu32
		    " of '%s'", vcpu, t->name);
	memcpy(bytes, record, n);
	return 0;
}
