#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "pool/impl.h"

/* Without a config the pool is drained, and whoever fills it ends soon. */
static int
remove_config(const struct pool *p, struct fail *f)
{
	return unlinkat(p->dir, "config", 0) == 0 || errno == ENOENT ? 0 :
	    fail_errno(f, fail_kind_of(errno, FAIL_IO), errno, "cannot remove "
	    "the config of the pool '%s'", p->name);
}

static int
check_empty(const struct pool *p, struct fail *f)
{
	struct entries l;
	int rc = entries_read(p, &l, f);
	size_t others = l.n - l.in[ENTRY_TAKEN];

	free(l.v);
	if (rc < 0 || others == 0)
		return rc;
	return fail(f, FAIL_FULL, "the pool '%s' has %zu domains that "
	    "another program works on now: try again when it has ended",
	    p->name, others);
}

static int
drain(const struct pool *p, struct fail *f)
{
	if (remove_config(p, f) < 0 || pool_sweep(p, true, f) < 0 ||
	    pool_trim(p, 0, f) < 0 || check_empty(p, f) < 0)
		return -1;
	pool_remove(p);
	return 0;
}

int
pool_drain(const struct pool_ask *a, struct fail *f)
{
	struct pool p;
	int rc = pool_open(&p, a, false, f), lock;

	if (rc == 0)
		rc = remove_config(&p, f);
	if (rc == 0) {
		lock = pool_lock_wait(&p, "filler", f);
		rc = lock < 0 ? -1 : drain(&p, f);
		if (lock >= 0)
			close(lock);
	}
	pool_close(&p);
	return rc;
}
