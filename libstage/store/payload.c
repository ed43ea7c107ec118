#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "store/impl.h"
#include "store/payloads.h"

static const char again[] = "run xb-parse again";

/* Which payload is looked for, and the index that may know its digest. */
struct search {
	struct plan *plan;
	const struct payload *payload;
	struct store *store;		/* this user's; NULL: none */
};

/* Does this user's own index have the payload's digest for this state, and is
 * the file one that its state can be believed of? */
static bool
vouched(const struct search *s, int fd, struct file_id *id)
{
	uint8_t sha256[SHA256_BYTES];
	uint64_t size;

	if (s->store == NULL || id->size != s->payload->size)
		return false;
	/* The index has settled states alone, so a state that equals one of
	 * them was old enough. */
	id->settled = file_trusted(fd);
	return store_recall(s->store, id, STORE_WHOLE, false, &size, sha256) &&
	    size == id->size &&
	    memcmp(sha256, s->payload->sha256, sizeof(sha256)) == 0;
}

/*
 * The digest that was found is not told: a plan of somebody else may name any
 * file of this user, and messages travel on in the plan.
 */
static int
compare_digest(const char *path, const struct payload *p,
    const uint8_t sha256[SHA256_BYTES], struct fail *f)
{
	char want[2 * SHA256_BYTES + 1];

	if (memcmp(sha256, p->sha256, SHA256_BYTES) == 0)
		return 0;
	sha256_hex(p->sha256, want);
	return fail(f, FAIL_INPUT, "'%s' is not what xb-parse read as '%s': "
	    "its SHA-256 is not %s; %s", path, p->role, want, again);
}

/* Hashes a file whose state can be believed from now on. */
static int
hash_settled(const struct search *s, int fd, const char *path,
    const struct file_id *id, struct fail *f)
{
	uint8_t sha256[SHA256_BYTES];

	if (file_sha256(fd, path, id->size, sha256, f) < 0 ||
	    file_unchanged(fd, path, id, f) < 0 ||
	    compare_digest(path, s->payload, sha256, f) < 0)
		return -1;
	if (s->store != NULL)
		store_remember(s->store, id, STORE_WHOLE, id->size, sha256, f);
	return 0;
}

/*
 * Puts a copy in memory in the place of a file that may be written to unseen,
 * hashed while it is copied: what is read later are the bytes that were hashed.
 */
static int
take_copy(const struct search *s, int *fd, const char *path,
    struct file_id *id, struct fail *f)
{
	uint8_t sha256[SHA256_BYTES];

	if (file_hold(fd, path, id, sha256, f) < 0)
		return -1;
	return compare_digest(path, s->payload, sha256, f);
}

/* Does the file have the bytes that were parsed?  A copy may take its place. */
static int
check_bytes(const struct search *s, int *fd, const char *path,
    struct file_id *id, struct fail *f)
{
	const struct payload *p = s->payload;

	if (file_settle(*fd, path, id, f) < 0)
		return -1;
	if (id->size != p->size)
		return fail(f, FAIL_INPUT, "'%s' is not what xb-parse read as "
		    "'%s': it has %" PRIu64 " bytes now, then %" PRIu64 "; %s",
		    path, p->role, id->size, p->size, again);
	return id->settled ? hash_settled(s, *fd, path, id, f) :
	    take_copy(s, fd, path, id, f);
}

/* Opens the plan's source, and hashes it unless the index knows its state. */
static int
open_source(const struct search *s, const struct plan_source *from,
    struct file_id *id, struct fail *f)
{
	const char *path = from->path.data;
	int fd;

	if (strlen(path) != from->path.size)
		return fail(f, FAIL_INPUT, "the source of '%s' is no path: it "
		    "has a NUL byte; %s", s->payload->role, again);
	fd = file_open(path, id, f);
	if (fd < 0)
		return -1;
	if (file_id_equal(id, &from->id) && vouched(s, fd, id))
		return fd;
	if (check_bytes(s, &fd, path, id, f) == 0)
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

/* Opens the payload's blob.  Its name does not prove its bytes, so they are
 * hashed unless the index knows its state. */
static int
open_stored(const struct search *s, const struct plan_source *from,
    const char *dir, const char **path, struct file_id *id, struct fail *f)
{
	struct fail quiet = { .kind = FAIL_NONE };
	int fd;

	*path = store_blob_path(dir, s->payload->sha256, &s->plan->arena, f);
	if (*path == NULL)
		return -1;
	fd = file_open(*path, id, &quiet);
	if (fd < 0 && quiet.kind == FAIL_MISSING)
		return missing(from, s->payload, dir, f);
	if (fd < 0)
		return fail_pass(f, &quiet);
	if (vouched(s, fd, id) || check_bytes(s, &fd, *path, id, f) == 0)
		return fd;
	close(fd);
	return -1;
}

static int
find(const struct search *s, const char **path, struct file_id *id,
    struct fail *f)
{
	const struct plan_source *from = plan_source_of(s->plan,
	    s->payload->sha256);
	struct fail tried = { .kind = FAIL_NONE, .say = f->say,
	    .say_arg = f->say_arg };
	char *dir;
	int fd;

	if (from != NULL) {
		*path = from->path.data;
		fd = open_source(s, from, id, &tried);
		if (fd >= 0)
			return fd;
		if (tried.kind != FAIL_MISSING)
			return fail_pass(f, &tried);
	}
	dir = store_dir(NULL, f);
	if (dir == NULL)
		return -1;
	fd = open_stored(s, from, dir, path, id, f);
	free(dir);
	return fd;
}

int
store_open_payload(struct plan *plan, const struct payload *p,
    const char **path, struct file_id *id, struct fail *f)
{
	struct search s = { plan, p, store_find(f) };
	int fd = find(&s, path, id, f);

	store_close(s.store);
	return fd;
}

/* ---- the payloads of a load list ---- */

static const struct open_payload *
opened(const struct payloads *s, const char *role)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->v[i].role, role) == 0)
			return &s->v[i];
	return NULL;
}

static int
add_payload(struct payloads *s, struct plan *p, const char *role,
    struct fail *f)
{
	const struct payload *payload = plan_payload(p, role);
	struct open_payload *o;

	if (payload == NULL)
		return fail(f, FAIL_INPUT, "the load list names the payload "
		    "'%s', which the plan does not have", role);
	if (array_grow(&s->v, &s->cap, s->n, sizeof(*s->v), f) < 0)
		return -1;
	o = &s->v[s->n];
	o->role = payload->role;
	o->fd = store_open_payload(p, payload, &o->path, &o->id, f);
	if (o->fd < 0)
		return -1;
	s->n++;
	return 0;
}

int
payloads_open(struct payloads *s, struct plan *p, struct fail *f)
{
	for (size_t i = 0; i < p->layout.n_load; i++)
		if (opened(s, p->layout.load[i].role) == NULL &&
		    add_payload(s, p, p->layout.load[i].role, f) < 0)
			return -1;
	return 0;
}

void
payloads_release(struct payloads *s)
{
	for (size_t i = 0; i < s->n; i++)
		close(s->v[i].fd);
	free(s->v);
	*s = (struct payloads)PAYLOADS_INIT;
}

int
payloads_read(const struct payloads *s, const char *role, void *to, size_t n,
    uint64_t offset, struct fail *f)
{
	const struct open_payload *o = opened(s, role);

	if (o == NULL)
		return fail_bug(f, "a payload that was not opened");
	return file_pread(o->fd, o->path, to, n, offset, f);
}

uint64_t
payloads_hole(const struct payloads *s, const char *role, uint64_t *at,
    uint64_t end)
{
	const struct open_payload *o = opened(s, role);
	off_t hole, data;

	if (o == NULL)
		return 0;
	hole = lseek(o->fd, (off_t)*at, SEEK_HOLE);
	data = hole < 0 ? -1 : lseek(o->fd, hole, SEEK_DATA);
	if (data <= hole || (uint64_t)hole >= end)
		return 0;
	*at = (uint64_t)hole;
	return ((uint64_t)data < end ? (uint64_t)data : end) - *at;
}

int
payloads_unchanged(const struct payloads *s, struct fail *f)
{
	for (size_t i = 0; i < s->n; i++)
		if (file_unchanged(s->v[i].fd, s->v[i].path, &s->v[i].id,
		    f) < 0)
			return -1;
	return 0;
}
