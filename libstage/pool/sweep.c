#include <stdlib.h>
#include <unistd.h>

#include "base/folder.h"
#include "pool/impl.h"

struct sweep {
	const struct pool *pool;
	struct entries entries;
	struct domains domains;
};

static int
begin(struct sweep *s, const struct pool *p, struct fail *f)
{
	*s = (struct sweep){ .pool = p };
	if (entries_read(p, &s->entries, f) < 0)
		return -1;
	return domains_read(p, &s->entries, &s->domains, f);
}

static void
finish(struct sweep *s)
{
	domains_release(&s->domains);
	free(s->entries.v);
}

/* ---- an entry ---- */

/* Somebody may have let a prepared domain run, without asking the pool; any
 * other domain is ended, or what is left of it. */
static int
put_right(const struct sweep *s, struct entry *e, struct fail *f)
{
	if (e->state == ENTRY_CLAIMED)
		return entry_move(s->pool, e, ENTRY_READY, f);
	if (e->state == ENTRY_READY && domains_find(&s->domains, e) != NULL)
		return entry_move(s->pool, e, ENTRY_TAKEN, f);
	return domain_end(s->pool, e, domains_find(&s->domains, e), f);
}

/* Is the entry as its domain is?  Then it is not even locked: a taker that met
 * the lock would pass it over, and might find none to take. */
static bool
is_in_order(const struct sweep *s, const struct entry *e)
{
	const struct domain *d = domains_find(&s->domains, e);

	return d != NULL && (e->state == ENTRY_TAKEN ||
	    (e->state == ENTRY_READY && !d->runs));
}

/* An entry whose lock is held, or that has another state by now, is a living
 * program's. */
static void
sweep_entry(const struct sweep *s, struct entry *e, struct fail *f)
{
	struct fail why = { .kind = FAIL_NONE };
	int fd = is_in_order(s, e) ? -1 : entry_lock(s->pool, e, &why);

	if (fd < 0)
		return;
	if (put_right(s, e, &why) < 0)
		fail_warn(f, "%s; it is left for the next sweep of the pool "
		    "'%s'", why.message, s->pool->name);
	close(fd);
}

/* ---- the pool ---- */

/* Files that were to be renamed and were not; the program that has the lock
 * filler is the only one that makes them. */
static void
remove_temporaries(const struct pool *p)
{
	struct folder d;
	const char *name;

	folder_again(&d, p->dir);
	while ((name = folder_next(&d)) != NULL)
		if (name[0] == '.')
			(void)unlinkat(p->dir, name, 0);
}

int
pool_sweep(const struct pool *p, bool filler, struct fail *f)
{
	struct sweep s;
	int rc = begin(&s, p, f);

	for (size_t i = 0; rc == 0 && i < s.entries.n; i++)
		if (filler || s.entries.v[i].state != ENTRY_FILLING)
			sweep_entry(&s, &s.entries.v[i], f);
	finish(&s);
	if (rc == 0 && filler)
		remove_temporaries(p);
	return rc;
}

static int
trim_entry(const struct sweep *s, struct entry *e, struct fail *f)
{
	struct fail taken = { .kind = FAIL_NONE };
	int fd = entry_lock(s->pool, e, &taken), rc;

	if (fd < 0)
		return 0;
	rc = entry_move(s->pool, e, ENTRY_GIVING, f);
	if (rc == 0)
		rc = domain_end(s->pool, e, domains_find(&s->domains, e), f);
	close(fd);
	return rc;
}

int
pool_trim(const struct pool *p, size_t keep, struct fail *f)
{
	struct sweep s;
	int rc = begin(&s, p, f);
	size_t ready = s.entries.in[ENTRY_READY];

	for (size_t i = 0; rc == 0 && i < s.entries.n && ready > keep; i++)
		if (s.entries.v[i].state == ENTRY_READY) {
			rc = trim_entry(&s, &s.entries.v[i], f);
			ready--;
		}
	finish(&s);
	return rc;
}
