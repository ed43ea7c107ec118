#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "target/info.h"
#include "target/window.h"
#include "xenstore/introduce.h"
#include "xenstore/userdata.h"
#include "target/runfile.h"

enum { MADE_UP = 16 };			/* "xb-" and a number */

int
introduce_name(const char *name, struct fail *f)
{
	size_t n = strlen(name);

	if (n == 0 || n > XEN_NAME_MAX)
		return fail(f, FAIL_USAGE, "the domain's name has %zu bytes; "
		    "it may have 1 to %d", n, XEN_NAME_MAX);
	for (size_t i = 0; i < n; i++)
		if (name[i] == '/' || (unsigned char)name[i] < 0x20 ||
		    name[i] == 0x7f)
			return fail(f, FAIL_USAGE, "the domain's name '%s' has "
			    "a slash or a control character at offset %zu; "
			    "xenconsoled makes a file name of it", name, i);
	return 0;
}

int
introduce_forget(const char *target, const uint8_t uuid[UUID_BYTES],
    struct fail *f)
{
	struct xenstore *x;
	uint32_t domid;
	int rc;

	if (!target_domid(target, &domid))
		return 0;
	rc = xenstore_open_any(&x, f);
	if (x != NULL)
		rc = introduce_remove(x, domid, uuid, f);
	xenstore_close(x);
	if (userdata_remove(USERDATA_FOLDER, domid, uuid, f) < 0)
		rc = -1;
	return rc;
}

int
introduce_tell(const char *target, const uint8_t uuid[UUID_BYTES],
    const struct introduce_note *notes, size_t n, struct fail *f)
{
	struct introduction d = { .notes = notes, .n_notes = n };
	struct xenstore *x;
	int rc;

	memcpy(d.uuid, uuid, UUID_BYTES);
	if (!target_domid(target, &d.domid))
		return fail_bug(f, "a domain without a number");
	if (xenstore_open(&x, f) < 0)
		return -1;
	rc = introduce_notes(x, &d, f);
	xenstore_close(x);
	return rc;
}

int
introduce_destroy(struct target *t, const char *name, struct fail *f)
{
	struct target_info info;

	if (t->ops->info(t, &info, f) < 0 || t->ops->destroy(t, f) < 0)
		return -1;
	return introduce_forget(name, info.uuid, f);
}

/* ---- the stage ---- */

/* Without libxl's record xl shows the domain and ends it, but no more. */
static void
tell_libxl(const struct introduction *d, struct fail *f)
{
	struct fail why = { .kind = FAIL_NONE };

	if (userdata_write(USERDATA_FOLDER, d, &why) < 0)
		fail_warn(f, "%s; xl cannot attach devices to 'xen:%" PRIu32
		    "', or save it", why.message, d->domid);
}

static void
describe(const struct plan *p, const struct target_info *info,
    struct introduction *d)
{
	const struct plan_startinfo *s = &p->startinfo;
	uint64_t most = info->static_max;

	*d = (struct introduction){
		.pages = target_info_memory(info),
		.max_pages = most > info->max_pages ? most : info->max_pages,
		.vcpus = info->vcpus,
		.guest = info->guest,
		.store_mfn = s->store_mfn.value,
		.store_port = (uint32_t)s->store_port,
		.console_mfn = s->console_mfn.value,
		.console_port = s->console_mfn.set ?
		    (uint32_t)s->console_port : 0,
		.console_domid = (uint32_t)s->console_domid,
		.start_time = (uint64_t)time(NULL),
	};
	memcpy(d->uuid, info->uuid, UUID_BYTES);
}

/*
 * Names the domain: o->name, or what xb-domain create gave it, or a name that
 * is made up of its number.  Such names are for the domains of these numbers
 * alone, so that they need not be looked for among all others.
 */
static int
name_it(const struct introduce_options *o, const struct target_info *info,
    struct introduction *d, char made_up[MADE_UP], struct fail *f)
{
	size_t digits;

	snprintf(made_up, MADE_UP, "xb-%" PRIu32, d->domid);
	d->name = o->name != NULL ? o->name :
	    info->name[0] != '\0' ? info->name : made_up;
	d->made_up = strcmp(d->name, made_up) == 0;
	if (d->made_up || strncmp(d->name, "xb-", 3) != 0)
		return introduce_name(d->name, f);
	digits = strspn(d->name + 3, "0123456789");
	if (digits == 0 || d->name[3 + digits] != '\0')
		return introduce_name(d->name, f);
	return fail(f, FAIL_USAGE, "the name '%s' is for the domain of that "
	    "number, and this is 'xen:%" PRIu32 "'", d->name, d->domid);
}

static int
introduce(struct target *t, const struct target_info *info, struct plan *p,
    void *options, struct fail *f)
{
	const struct introduce_options *o = options;
	char made_up[MADE_UP];
	struct introduction d;
	struct xenstore *x;
	int rc;

	(void)t;
	describe(p, info, &d);
	if (!target_domid(p->memory.target.data, &d.domid))
		return fail_bug(f, "a domain without a number");
	d.console_type = o->no_xenconsoled ? CONSOLE_XB : CONSOLE_XENCONSOLED;
	if (name_it(o, info, &d, made_up, f) < 0 || xenstore_open(&x, f) < 0)
		return -1;
	rc = introduce_domain(x, &d, f);
	xenstore_close(x);
	if (rc < 0)
		return -1;
	tell_libxl(&d, f);
	p->introduced = true;
	plan_add(p, PLAN_INTRODUCED);
	return 0;
}

int
introduce_run(struct plan *p, const char *target, void *options,
    struct fail *f)
{
	const char *name = p->memory.target.data, *where = NULL;
	const struct target_ops *kind = target_kind(name, &where, f);

	if (kind == NULL)
		return -1;
	if (!kind->runs)
		return fail(f, FAIL_TARGET, "'%s' is a domain %s, which no "
		    "xenstored serves; leave xb-introduce out", name,
		    kind->words);
	if (!p->startinfo.store_mfn.set || p->startinfo.store_port == 0)
		return fail(f, FAIL_INPUT, "the plan's guest has no xenstore: "
		    "leave xb-introduce out, or run xb-startinfo again without "
		    "--no-xenstore");
	return target_run(p, target, introduce, options, f);
}
