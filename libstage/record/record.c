#include <stdlib.h>
#include <string.h>

#include "base/sha256.h"
#include "record/impl.h"

void
record_release(struct record *r)
{
	if (r->folder != NULL)
		record_folder_close(r->folder);
	arena_release(&r->arena);
	*r = (struct record){ .arena = ARENA_INIT };
}

const struct record_stage *
record_stage(const struct record *r, const char *name)
{
	for (size_t i = 0; i < r->build.n_stages; i++)
		if (strcmp(r->build.stages[i].name, name) == 0)
			return &r->build.stages[i];
	return NULL;
}

const struct record_stage *
record_last(const struct record *r)
{
	size_t n = r->build.n_stages;

	return n == 0 ? NULL : &r->build.stages[n - 1];
}

const char *
record_blob_path(const struct record *r, const uint8_t sha256[SHA256_BYTES],
    struct arena *arena, struct fail *f)
{
	char name[RECORD_BLOB_NAME];

	(void)record_blob_name(sha256, name);
	return arena_print(arena, f, "%s/%s", r->path, name);
}

/* As the first records have it. */
#define OLD_PLAN_TYPE	"application/vnd.xb.plan.v1"

int
record_plan_raw(const struct record *r, const struct record_stage *s,
    struct plan *p, struct fail *f)
{
	const struct record_blob *b = record_find(r, s->plan);
	void *bytes;
	int rc;

	plan_init(p);
	if (b == NULL || (strcmp(b->type, RECORD_PLAN_TYPE) != 0 &&
	    strcmp(b->type, OLD_PLAN_TYPE) != 0))
		return fail(f, FAIL_INPUT, "the record '%s' is not whole: the "
		    "plan of %s is no layer of it", r->folder->path, s->name);
	if (record_blob_read(r->folder, s->plan, b->size, PLAN_BYTES_MAX,
	    &bytes, f) < 0)
		return -1;
	rc = plan_decode(p, bytes, (size_t)b->size, b->title, f);
	free(bytes);
	if (rc < 0)
		fail_add(f, " (in the record '%s')", r->folder->path);
	return rc;
}

static bool
names_payload(const struct plan *p, const uint8_t sha256[SHA256_BYTES])
{
	const struct payload *x;

	for (size_t i = 0; (x = plan_payload_at(p, i)) != NULL; i++)
		if (memcmp(x->sha256, sha256, SHA256_BYTES) == 0)
			return true;
	return false;
}

/* Sets the plan's sources to the record's blobs. */
static int
set_sources(const struct record *r, struct plan *p, struct fail *f)
{
	size_t n = 0;

	plan_drop_from(p, PLAN_SOURCES);
	p->sources = arena_array(&p->arena, r->n_blobs, sizeof(*p->sources), f);
	if (p->sources == NULL)
		return -1;
	for (size_t i = 0; i < r->n_blobs; i++) {
		const struct record_blob *b = &r->blobs[i];
		struct plan_source *s = &p->sources[n];

		if (!names_payload(p, b->sha256))
			continue;
		memcpy(s->sha256, b->sha256, SHA256_BYTES);
		s->path.data = record_blob_path(r, b->sha256, &p->arena, f);
		if (s->path.data == NULL)
			return -1;
		s->path.size = strlen(s->path.data);
		s->id.size = b->size;
		n++;
	}
	p->n_sources = n;
	plan_add(p, PLAN_SOURCES);
	return 0;
}

int
record_plan(const struct record *r, const char *stage, struct plan *p,
    struct fail *f)
{
	const struct record_stage *s = record_stage(r, stage);

	plan_init(p);
	if (s == NULL)
		return fail(f, FAIL_INPUT, "the record '%s' has no plan of %s: "
		    "its build did not come so far", r->path, stage);
	return record_plan_raw(r, s, p, f) < 0 ? -1 : set_sources(r, p, f);
}

int
record_guest(const struct record *r, void **bytes, size_t *n, struct fail *f)
{
	const struct record_blob *b = record_find(r, r->build.guest);

	*bytes = NULL;
	*n = 0;
	if (b == NULL)
		return 0;
	*n = (size_t)b->size;
	return record_blob_read(r->folder, b->sha256, b->size,
	    RECORD_GUEST_MAX, bytes, f);
}

int
record_last_plan(const struct record *r, struct plan *p, struct fail *f)
{
	const struct record_stage *last = record_last(r);

	plan_init(p);
	if (last == NULL)
		return fail(f, FAIL_INPUT, "'%s' has no plan: no stage ran "
		    "when it was recorded", r->path);
	return record_plan(r, last->name, p, f);
}
