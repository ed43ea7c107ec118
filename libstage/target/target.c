#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "target/file/file.h"
#include "target/info.h"
#include "target/target.h"

#ifdef WITH_XEN
extern const struct target_ops target_xen;
#endif

const struct target_ops *const target_kinds[] = {
	&target_file,
#ifdef WITH_XEN
	&target_xen,
#endif
	NULL
};

static const struct target_ops *
no_kind(const char *name, size_t n, struct fail *f)
{
	char kinds[128];
	size_t used = 0;

	/* Where target_kinds has it, it was found there. */
	if (n == 3 && strncmp(name, "xen", n) == 0)
		return fail_null(f, FAIL_TARGET, "cannot use '%s': this build "
		    "has no Xen target; keep the domain in files: file:DIR",
		    name);
	kinds[0] = '\0';
	for (size_t i = 0; target_kinds[i] != NULL &&
	    used < sizeof(kinds); i++)
		used += (size_t)snprintf(kinds + used, sizeof(kinds) - used,
		    "%s%s:", i == 0 ? "" : ", ", target_kinds[i]->scheme);
	return fail_null(f, FAIL_USAGE, "'%s' is no target; a target begins "
	    "with %s", name, kinds);
}

const struct target_ops *
target_kind(const char *name, const char **where, struct fail *f)
{
	size_t n = strcspn(name, ":");

	for (size_t i = 0; target_kinds[i] != NULL; i++)
		if (strlen(target_kinds[i]->scheme) == n &&
		    strncmp(name, target_kinds[i]->scheme, n) == 0) {
			*where = name[n] == ':' ? name + n + 1 : name + n;
			return target_kinds[i];
		}
	return no_kind(name, n, f);
}

/* ---- kept from one stage to the next ---- */

static bool keeping;
static struct target *kept;
static char *kept_name;

/* Gives the caller the target that was kept, or NULL; none is kept any more. */
static struct target *
take_kept(void)
{
	struct target *t = kept;

	free(kept_name);
	kept_name = NULL;
	kept = NULL;
	return t;
}

void
target_keep(bool yes)
{
	keeping = yes;
	if (!yes)
		target_close(take_kept());
}

void
target_leave(struct target *t, const char *name)
{
	if (keeping)
		kept_name = strdup(name);
	if (kept_name == NULL)
		target_close(t);
	else
		kept = t;
}

int
target_create(const struct target_ops *ops, const struct target_request *r,
    char **name, struct fail *f)
{
	struct target *t = NULL;
	int rc;

	target_close(take_kept());
	rc = ops->create(r, name, keeping ? &t : NULL, f);
	if (t != NULL) {
		t->ops = ops;
		target_leave(t, *name);
	}
	return rc;
}

/* ---- opening ---- */

int
target_open(struct target **t, const char *name, enum target_access access,
    struct fail *f)
{
	const struct target_ops *ops;
	const char *where = NULL;

	if (kept != NULL && access == TARGET_WRITE &&
	    strcmp(name, kept_name) == 0) {
		*t = take_kept();
		return 0;
	}
	target_close(take_kept());
	ops = target_kind(name, &where, f);
	if (ops == NULL || ops->open(t, where, access, f) < 0)
		return -1;
	(*t)->ops = ops;
	return 0;
}

bool
target_domid(const char *name, uint32_t *domid)
{
	struct fail dropped = { .kind = FAIL_NONE };
	const char *where = NULL;
	const struct target_ops *ops = target_kind(name, &where, &dropped);

	return ops != NULL && ops->domid != NULL && ops->domid(where, domid);
}

const char *
target_writes(const char *name, size_t n)
{
	struct fail dropped = { .kind = FAIL_NONE };
	const char *where = NULL;
	const struct target_ops *ops = target_kind(name, &where, &dropped);

	return ops == NULL ? NULL : ops->writes(where, n);
}

const char *
target_makes(const char *name)
{
	struct fail dropped = { .kind = FAIL_NONE };
	const char *where = NULL;
	const struct target_ops *ops = target_kind(name, &where, &dropped);

	return ops == NULL || ops->makes == NULL ? NULL : ops->makes(where);
}

int
target_ended(const char *name, const char *reason, struct fail *f)
{
	static const struct {
		const char *reason;
		enum fail_kind kind;
	} ends[] = {
		{ "poweroff", FAIL_NONE },
		{ "crash", FAIL_CRASHED },
		{ "watchdog", FAIL_CRASHED },
		{ "reboot", FAIL_REBOOTS },
	};
	enum fail_kind kind = FAIL_ENDED;

	if (reason == NULL)
		return fail(f, FAIL_LATE, "'%s' has not ended in the time that "
		    "--timeout gives it", name);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (strcmp(ends[i].reason, reason) == 0)
			kind = ends[i].kind;
	return kind == FAIL_NONE ? 0 : fail(f, kind, "'%s' ended with %s, not "
	    "with poweroff", name, reason);
}

void
target_close(struct target *t)
{
	if (t != NULL)
		t->ops->close(t);
}

char *
target_absolute(const char *name, struct fail *f)
{
	const char *where = NULL;
	const struct target_ops *ops = target_kind(name, &where, f);

	return ops == NULL ? NULL : ops->absolute(where, f);
}

static int
same_build(const struct plan *p, const struct target_info *info,
    const char *name, struct fail *f)
{
	const struct id_text ours = id_text(p->memory.build);

	if (!info->has_build)
		return fail(f, FAIL_TARGET, "'%s' has no build yet, the plan "
		    "is of build %s; load it again with xb-load", name, ours.s);
	if (memcmp(info->build, p->memory.build, BUILD_ID_BYTES) != 0)
		return fail(f, FAIL_TARGET, "'%s' belongs to build %s, the "
		    "plan is of build %s; destroy the domain, or give the "
		    "plan that its own build wrote", name,
		    id_text(info->build).s, ours.s);
	return 0;
}

static int
same_domain(const struct plan *p, const struct target_info *info,
    const char *name, struct fail *f)
{
	uint64_t pages = extents_pages(plan_frames(p));

	if (memcmp(info->uuid, p->memory.uuid, UUID_BYTES) != 0)
		return fail(f, FAIL_TARGET, "'%s' is another domain now, UUID "
		    "%s; the plan was loaded into %s: load it anew with "
		    "xb-load", name, uuid_text(info->uuid).s,
		    uuid_text(p->memory.uuid).s);
	if (same_build(p, info, name, f) < 0)
		return -1;
	if (info->abi != p->image.abi)
		return fail(f, FAIL_TARGET, "'%s' is set to ABI %s, the "
		    "plan's image needs %s; destroy the domain and build it "
		    "anew", name, info->abi == NULL ? "none" :
		    info->abi->name, p->image.abi->name);
	/* A guest that has run may have given pages back, or got more. */
	if (!info->has_run && info->pages != pages)
		return fail(f, FAIL_TARGET, "'%s' has %" PRIu64 " pages, the "
		    "plan gave it %" PRIu64 "; destroy the domain and build "
		    "it anew", name, info->pages, pages);
	return 0;
}

static int
not_repeated(const struct plan *p, const char *name, struct fail *f)
{
	return fail(f, FAIL_USAGE, "-t '%s' is not the target of this plan, "
	    "'%s'; leave -t out, or begin with xb-load", name,
	    p->memory.target.data);
}

/*
 * -t names a domain that does not exist.  If the plan's own target is gone too,
 * opening that one reports it; otherwise -t names another domain.
 */
static int
repeats_missing(const struct plan *p, const char *name, struct fail *f)
{
	struct fail gone = { .kind = FAIL_NONE };
	char *absolute = target_absolute(p->memory.target.data, &gone);

	if (absolute == NULL)
		return 0;
	free(absolute);
	return not_repeated(p, name, f);
}

static int
repeats(const struct plan *p, const char *name, struct fail *f)
{
	struct fail why = { .kind = FAIL_NONE };
	char *absolute;
	int rc = 0;

	if (name == NULL)
		return 0;
	absolute = target_absolute(name, &why);
	if (absolute == NULL)
		return why.kind == FAIL_TARGET ? repeats_missing(p, name, f) :
		    fail_pass(f, &why);
	if (strcmp(absolute, p->memory.target.data) != 0)
		rc = not_repeated(p, absolute, f);
	free(absolute);
	return rc;
}

int
target_open_plan(struct target **t, const struct plan *p, const char *given,
    enum target_access access, struct target_info *info, struct fail *f)
{
	const char *name = p->memory.target.data;
	struct target_info own;

	if (info == NULL)
		info = &own;
	if (!plan_has(p, PLAN_MEMORY) || name == NULL)
		return fail_bug(f, "a plan without memory names no target");
	if (strlen(name) != p->memory.target.size)
		return fail(f, FAIL_INPUT, "plan: memory.target has a zero "
		    "byte at offset %zu", strlen(name));
	if (repeats(p, given, f) < 0 || target_open(t, name, access, f) < 0)
		return -1;
	if ((*t)->ops->info(*t, info, f) == 0 &&
	    same_domain(p, info, name, f) == 0)
		return 0;
	target_close(*t);
	*t = NULL;
	return -1;
}
