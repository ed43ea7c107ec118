/*
 * The JSON of a record, which may be hostile.  One process for the record
 * parses it, text by text, and answers each with msgpack, which is read as a
 * plan from anybody is.
 *
 * The texts lie in memory that is shared with the process, and only which one
 * it is and its size go through a pipe: a process that does not read cannot
 * hold up the writer.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "record/impl.h"
#include "sandbox/child.h"
#include "sandbox/confine.h"

static const struct schema_words words = { .document = "it", .if_cut = "",
	.before = "", .after = "", .brief = true };

struct reading {
	const struct record_texts *texts;
	size_t at;			/* of the text that is read now */
	char *room;			/* shared, for RECORD_JSON_MAX bytes */
	int sizes[2];			/* the pipe */
	struct child_job job;
};

/* What the process is to parse: which text, and how long it is.  Past the last
 * one: nothing any more. */
struct request {
	size_t text, n;
};

/* What is wrong with a text, and where it is. */
static int
refuse(const struct reading *r, struct fail *f)
{
	fail_add(f, " (in the record '%s')", r->texts->path);
	return -1;
}

/* ---- in the process, which ends soon and frees nothing ---- */

static int
parse_text(const struct reading *r, const struct record_text *text, size_t n,
    struct fail *f)
{
	struct schema_translator t = { .words = &words, .what = text->what,
		.f = f };
	void *value;

	if (schema_json_pack(&t, text->form, r->room, n, &value, &n) < 0)
		return refuse(r, f);
	child_send(0, value, n);
	return 0;
}

static int
parse(void *arg, struct fail *f)
{
	const struct reading *r = arg;
	struct request q;

	do {
		if (read(r->sizes[0], &q, sizeof(q)) != sizeof(q))
			return fail_bug(f, "no size of a text");
		if (q.text < r->texts->n &&
		    parse_text(r, &r->texts->v[q.text], q.n, f) < 0)
			return -1;
	} while (q.text < r->texts->n);
	return 0;
}

/* ---- in the caller ---- */

/* Goes over texts that are not wanted. */
static int
find_next(struct reading *r, struct fail *f)
{
	const struct record_texts *all = r->texts;
	int rc = 0;

	while (rc == 0 && r->at < all->n && all->v[r->at].wanted != NULL) {
		rc = all->v[r->at].wanted(all->arg, f);
		r->at += rc == 0;
	}
	return rc < 0 ? -1 : 0;
}

/* Behind the last text the process is told to end. */
static int
hand_over(struct reading *r, struct fail *f)
{
	const struct record_texts *all = r->texts;
	struct request q;
	void *bytes = NULL;

	if (find_next(r, f) < 0)
		return -1;
	q = (struct request){ .text = r->at };
	if (r->at < all->n) {
		if (all->load(all->arg, &all->v[r->at], &bytes, &q.n, f) < 0)
			return -1;
		memcpy(r->room, bytes, q.n);
		free(bytes);
	}
	return file_write_all(r->sizes[1], "pipe", &q, sizeof(q), f);
}

/* Bytes that only a process that was taken over sends are refused as nonsense
 * and not as a fault of the text. */
static int
read_value(const struct reading *r, const void *bytes, size_t n,
    struct fail *f)
{
	const struct record_text *text = &r->texts->v[r->at];
	struct fail why = { .kind = FAIL_NONE };
	struct schema_reader in = { .words = &words, .what = text->what,
		.arena = r->texts->arena, .f = &why };
	int rc = -1;

	if (schema_open(&in, bytes, n) == 0 &&
	    in.unpacked.data.type == MSGPACK_OBJECT_MAP) {
		in.f = f;
		rc = schema_read(&in, text->form, text->to,
		    &in.unpacked.data) < 0 ? refuse(r, f) : 0;
	} else if (why.kind == FAIL_SYSTEM) {
		(void)fail_pass(f, &why);
	} else {
		(void)child_nonsense(&r->job, f);
	}
	schema_close(&in);
	return rc;
}

static int
take_value(void *arg, unsigned kind, const void *bytes, size_t n,
    struct fail *f)
{
	struct reading *r = arg;
	const struct record_texts *all = r->texts;
	int (*check)(void *, struct fail *);

	if (kind != 0 || r->at == all->n)
		return child_nonsense(&r->job, f);
	if (read_value(r, bytes, n, f) < 0)
		return -1;
	check = all->v[r->at].check;
	if (check != NULL && check(all->arg, f) < 0)
		return -1;
	r->at += all->v[r->at].wanted == NULL;
	return hand_over(r, f);
}

static int
run(struct reading *r, struct fail *f)
{
	char what[2048];

	snprintf(what, sizeof(what), "the process that reads the record "
	    "'%.1500s'", r->texts->path);
	/* The msgpack of no field is twice as long as its JSON. */
	r->job = (struct child_job){ .what = what, .fd = r->sizes[0],
		.memory = CONFINE_MEMORY, .way_out = "",
		.cpu_seconds = CHILD_SECONDS,
		.frame_max = 2 * RECORD_JSON_MAX, .work = parse,
		.take = take_value, .arg = r };
	if (hand_over(r, f) < 0 || child_run(&r->job, f) < 0)
		return -1;
	return r->at == r->texts->n ? 0 : child_nonsense(&r->job, f);
}

int
record_read(const struct record_texts *texts, struct fail *f)
{
	struct reading r = { .texts = texts };
	int rc;

	r.room = mmap(NULL, RECORD_JSON_MAX, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (r.room == MAP_FAILED)
		return fail_memory(f, RECORD_JSON_MAX);
	if (pipe2(r.sizes, O_CLOEXEC) == 0) {
		rc = run(&r, f);
		close(r.sizes[0]);
		close(r.sizes[1]);
	} else {
		rc = fail_errno(f, FAIL_SYSTEM, errno, "cannot make a pipe");
	}
	munmap(r.room, RECORD_JSON_MAX);
	return rc;
}

int
record_write(const struct schema_form *form, const void *from, char **text,
    size_t *n, struct fail *f)
{
	static const struct schema_extras none;
	struct schema_json j;

	*text = NULL;
	*n = 0;
	if (schema_json_begin(&j, JSON_STYLE_COMPACT, f) < 0)
		return -1;
	schema_visit(form, from, &none, &j.pen);
	return schema_json_end(&j, text, n, f);
}
