#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store-impl.h"

static const char again[] = "run xb-parse again";

/* Reads it all: are these the bytes that were parsed? */
static int
check_bytes(int fd, const char *path, const struct payload *p,
    const struct file_id *id, struct fail *f)
{
	char want[2 * SHA256_BYTES + 1], got[2 * SHA256_BYTES + 1];
	uint8_t sha256[SHA256_BYTES];

	if (id->size != p->size)
		return fail(f, FAIL_INPUT, "'%s' is not what xb-parse read as "
		    "'%s': it has %" PRIu64 " bytes now, then %" PRIu64 "; %s",
		    path, p->role, id->size, p->size, again);
	if (file_sha256(fd, path, id->size, sha256, f) < 0 ||
	    file_unchanged(fd, path, id, f) < 0)
		return -1;
	if (memcmp(sha256, p->sha256, sizeof(sha256)) == 0)
		return 0;
	sha256_hex(sha256, got);
	sha256_hex(p->sha256, want);
	return fail(f, FAIL_INPUT, "'%s' is not what xb-parse read as '%s': "
	    "its SHA-256 is %s now, then %s; %s", path, p->role, got, want,
	    again);
}

/* Opens the plan's source and checks it by its identity, else by its bytes. */
static int
open_source(const struct plan_source *s, const struct payload *p,
    struct fail *f)
{
	const char *path = s->path.data;
	struct file_id now;
	int fd;

	if (strlen(path) != s->path.size)
		return fail(f, FAIL_INPUT, "the source of '%s' is no path: it "
		    "has a NUL byte; %s", p->role, again);
	fd = file_open(path, &now, f);
	if (fd < 0)
		return -1;
	if (now.size == p->size && file_id_equal(&now, &s->id) &&
	    file_id_settled(&now))
		return fd;
	if (check_bytes(fd, path, p, &now, f) == 0)
		return fd;
	close(fd);
	return -1;
}

static int
missing(const struct plan_source *s, const struct payload *p,
    const char *store, struct fail *f)
{
	char hex[2 * SHA256_BYTES + 1];

	sha256_hex(p->sha256, hex);
	if (s != NULL)
		return fail(f, FAIL_MISSING, "the bytes of '%s' (SHA-256 %s) "
		    "are missing: '%s' is gone and the store '%s' does not "
		    "have them; %s", p->role, hex, s->path.data, store, again);
	return fail(f, FAIL_MISSING, "the bytes of '%s' (SHA-256 %s) are "
	    "missing: the plan names no source and the store '%s' does not "
	    "have them; %s, or name its store with XB_STORE", p->role, hex,
	    store, again);
}

/* A blob that nothing but its name vouches for is read before it is used. */
static int
open_stored(struct plan *plan, const struct plan_source *s,
    const struct payload *p, const char *dir, const char **path,
    struct fail *f)
{
	struct fail quiet = { .kind = FAIL_NONE };
	struct file_id id;
	char *found;
	int fd = store_open_in(dir, p->sha256, &found, &id, &quiet);

	if (fd < 0 && quiet.kind == FAIL_MISSING)
		return missing(s, p, dir, f);
	if (fd < 0)
		return fail(f, quiet.kind, "%s", quiet.message);
	*path = arena_bytes(&plan->arena, found, strlen(found), f);
	free(found);
	if (*path == NULL || check_bytes(fd, *path, p, &id, f) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

int
store_open_payload(struct plan *plan, const struct payload *p,
    const char **path, struct fail *f)
{
	const struct plan_source *s = plan_source_of(plan, p->sha256);
	struct fail tried = { .kind = FAIL_NONE };
	char *dir;
	int fd;

	if (s != NULL) {
		*path = s->path.data;
		fd = open_source(s, p, &tried);
		if (fd >= 0)
			return fd;
		if (tried.kind != FAIL_MISSING)
			return fail(f, tried.kind, "%s", tried.message);
	}
	dir = store_default_dir(f);
	if (dir == NULL)
		return -1;
	fd = open_stored(plan, s, p, dir, path, f);
	free(dir);
	return fd;
}
