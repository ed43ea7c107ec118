/*
 * The file is read here, where no byte of it is looked at but whether it is
 * text, and parsed in a process of its own.
 */
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "cfg/impl.h"
#include "sandbox/child.h"
#include "sandbox/confine.h"
#include "schema/schema.h"

/* The answer has the text of the file, and a few bytes for each value. */
enum { ANSWER_MAX = 8 * CFG_BYTES_MAX, HEAD = 256 };

static const struct schema_words words = { .document = "it", .if_cut = "",
	.before = "", .after = "", .brief = true };

static const struct schema_field pair_rows[] = {
	{ "key", TYPE_STRING, SCHEMA_AT(cfg_pair, key),
	    .limit = CFG_BYTES_MAX },
	{ "line", TYPE_NUMBER, SCHEMA_AT(cfg_pair, line),
	    .limit = CFG_BYTES_MAX },
	{ "depth", TYPE_NUMBER, SCHEMA_AT(cfg_pair, depth), .limit = 2 },
	{ "values", TYPE_STRINGS, SCHEMA_COUNTED(cfg_pair, values, n_values),
	    .limit = CFG_BYTES_MAX },
};
static const struct schema_form pair_form = SCHEMA_FORM(cfg_pair, pair_rows);

static const struct schema_field cfg_rows[] = {
	{ "pairs", TYPE_LIST, SCHEMA_COUNTED(cfg, pairs, n_pairs),
	    .limit = CFG_SETTINGS_MAX, .form = &pair_form },
};
static const struct schema_form cfg_form = SCHEMA_FORM(cfg, cfg_rows);

struct reading {
	const char *path;
	char *text; size_t n;
	struct cfg *cfg;
	struct arena *arena;
	bool answered;
	struct child_job job;
};

/* ---- in the process, which ends soon and frees nothing ---- */

static int
parse(void *arg, struct fail *f)
{
	static const struct schema_extras none;
	const struct reading *r = arg;
	struct arena arena = ARENA_INIT;
	struct schema_packer m;
	struct cfg cfg = { .pairs = NULL };
	void *bytes;
	size_t n;

	if (cfg_parse(r->path, r->text, r->n, &cfg, &arena, f) < 0)
		return -1;
	schema_pack_begin(&m, ANSWER_MAX);
	schema_visit(&cfg_form, &cfg, &none, &m.pen);
	if (schema_pack_end(&m, 0, &bytes, &n, f) < 0)
		return -1;
	child_send(0, bytes, n);
	return 0;
}

/* ---- in the caller ---- */

static bool
is_sound(const struct cfg *c)
{
	for (size_t i = 0; i < c->n_pairs; i++)
		if (c->pairs[i].depth == 0 && c->pairs[i].n_values != 1)
			return false;
	return true;
}

/* No work of ours sends what cannot be read. */
static int
take(void *arg, unsigned kind, const void *bytes, size_t n, struct fail *f)
{
	struct reading *r = arg;
	struct fail why = { .kind = FAIL_NONE };
	struct schema_reader in = { .words = &words, .what = "the answer",
		.arena = r->arena, .f = &why };
	int rc = -1;

	if (kind == 0 && !r->answered && schema_open(&in, bytes, n) == 0 &&
	    in.unpacked.data.type == MSGPACK_OBJECT_MAP)
		rc = schema_read(&in, &cfg_form, r->cfg, &in.unpacked.data);
	schema_close(&in);
	r->answered = true;
	if (rc == 0 && is_sound(r->cfg))
		return 0;
	return why.kind == FAIL_SYSTEM ? fail_pass(f, &why) :
	    child_nonsense(&r->job, f);
}

static int
ask(struct reading *r, struct fail *f)
{
	char what[2048];

	snprintf(what, sizeof(what), "the process that reads '%.1500s'",
	    r->path);
	r->job = (struct child_job){ .what = what, .fd = -1,
		.memory = CONFINE_MEMORY, .way_out = "",
		.cpu_seconds = CHILD_SECONDS, .frame_max = ANSWER_MAX,
		.work = parse, .take = take, .arg = r };
	if (child_run(&r->job, f) < 0)
		return -1;
	return r->answered ? 1 : child_nonsense(&r->job, f);
}

/* 1: all of the file is in r->text; 0: it is no text. */
static int
load(struct reading *r, int fd, uint64_t size, struct fail *f)
{
	char head[HEAD];
	size_t n = size < HEAD ? (size_t)size : HEAD;

	if (file_pread(fd, r->path, head, n, 0, f) < 0)
		return -1;
	if (!text_is(head, n))
		return 0;
	if (size > CFG_BYTES_MAX)
		return fail(f, FAIL_INPUT, "'%s' is text, so no kernel, and "
		    "too long for xl.cfg: %ju bytes, at most %d", r->path,
		    (uintmax_t)size, CFG_BYTES_MAX);
	r->n = (size_t)size;
	r->text = malloc(r->n);
	if (r->text == NULL)
		return fail_memory(f, r->n);
	if (file_pread(fd, r->path, r->text, r->n, 0, f) < 0)
		return -1;
	return text_is(r->text, r->n);
}

int
cfg_read(const char *path, struct cfg *c, struct arena *arena, struct fail *f)
{
	struct reading r = { .path = path, .cfg = c, .arena = arena };
	struct fail unopened = { .kind = FAIL_NONE };
	struct file_id id;
	int fd = file_open(path, &id, &unopened), rc;

	if (fd < 0 && (unopened.kind == FAIL_MISSING ||
	    unopened.kind == FAIL_PERM || unopened.kind == FAIL_INPUT))
		return 0;
	if (fd < 0)
		return fail_pass(f, &unopened);
	rc = load(&r, fd, id.size, f);
	close(fd);
	if (rc > 0)
		rc = ask(&r, f);
	free(r.text);
	return rc;
}
