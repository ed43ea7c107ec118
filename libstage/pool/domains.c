#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/tempdir.h"
#include "pool/impl.h"
#include "run/domain.h"
#include "xenstore/introduce.h"

/* ---- which there are ---- */

struct looking {
	const struct entries *entries;
	struct domains *found;
};

static bool
is_listed(const struct entries *l, const uint8_t uuid[UUID_BYTES])
{
	for (size_t i = 0; i < l->n; i++)
		if (memcmp(l->v[i].uuid, uuid, UUID_BYTES) == 0)
			return true;
	return false;
}

static int
add(struct domains *l, const char *name, const struct target_info *info,
    struct fail *f)
{
	struct domain *d;

	if (array_grow(&l->v, &l->cap, l->n, sizeof(*l->v), f) < 0)
		return -1;
	d = &l->v[l->n];
	d->name = arena_bytes(&l->arena, name, strlen(name), f);
	if (d->name == NULL)
		return -1;
	memcpy(d->uuid, info->uuid, UUID_BYTES);
	d->runs = !info->paused || info->has_run;
	l->n++;
	return 0;
}

/* A domain that ended meanwhile, or is damaged, counts as none.  Any other
 * failure is told, for a domain that cannot be looked at is not gone. */
static int
look(void *arg, const char *name, struct fail *f)
{
	struct fail why = { .kind = FAIL_NONE };
	struct looking *l = arg;
	struct target_info info;
	uint32_t domid;

	/* The domain that runs this program cannot be looked at by itself. */
	if (target_domid(name, &domid) && domid == 0)
		return 0;
	if (domain_info(name, &info, &why) < 0)
		return why.kind == FAIL_TARGET ? 0 : fail_pass(f, &why);
	return is_listed(l->entries, info.uuid) ? add(l->found, name, &info,
	    f) : 0;
}

/* Domains in files lie beside their entries. */
static int
look_in_folder(const struct pool *p, struct looking *l, struct fail *f)
{
	const char *name;

	for (size_t i = 0; i < l->entries->n; i++) {
		name = arena_print(&l->found->arena, f, "%s:%s/%s",
		    p->kind->scheme, p->path,
		    uuid_text(l->entries->v[i].uuid).s);
		if (name == NULL || look(l, name, f) < 0)
			return -1;
	}
	return 0;
}

/* A hypervisor numbers its domains: the pool's are found by their UUIDs. */
int
domains_read(const struct pool *p, const struct entries *entries,
    struct domains *d, struct fail *f)
{
	struct looking l = { entries, d };

	*d = (struct domains){ .arena = ARENA_INIT };
	return p->kind->runs ? p->kind->list(look, &l, f) :
	    look_in_folder(p, &l, f);
}

void
domains_release(struct domains *d)
{
	free(d->v);
	arena_release(&d->arena);
}

const struct domain *
domains_find(const struct domains *l, const struct entry *e)
{
	for (size_t i = 0; i < l->n; i++)
		if (memcmp(l->v[i].uuid, e->uuid, UUID_BYTES) == 0)
			return &l->v[i];
	return NULL;
}

/* ---- ending one ---- */

static int
end_open(struct target *t, const char *name, const struct entry *e,
    struct fail *f)
{
	struct target_info info;

	if (t->ops->info(t, &info, f) < 0)
		return -1;
	/* The hypervisor may have given its number to another one since. */
	if (memcmp(info.uuid, e->uuid, UUID_BYTES) != 0)
		return 0;
	return introduce_destroy(t, name, f);
}

static int
end(const char *name, const struct entry *e, struct fail *f)
{
	struct target *t;
	int rc;

	if (target_open(&t, name, TARGET_WRITE, f) < 0)
		return -1;
	rc = end_open(t, name, e, f);
	target_close(t);
	return rc;
}

/* A folder may be there without a domain: create was killed. */
static void
remove_folder(const struct pool *p, const struct entry *e, struct fail *f)
{
	char folder[PATH_MAX];

	if (!p->kind->runs && snprintf(folder, PATH_MAX, "%s/%s", p->path,
	    uuid_text(e->uuid).s) < PATH_MAX && access(folder, F_OK) == 0)
		tempdir_remove(folder, f);
}

int
domain_end(const struct pool *p, const struct entry *e,
    const struct domain *d, struct fail *f)
{
	if (d != NULL && end(d->name, e, f) < 0)
		return -1;
	remove_folder(p, e, f);
	return entry_remove(p, e, f);
}
