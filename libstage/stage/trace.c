#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/draft.h"
#include "base/json.h"
#include "stage/impl.h"

/* Set by the first stage_trace_open(), for the rest of the program. */
static struct trace {
	bool opened;
	int dir;			/* 0: no trace is kept */
	struct fail why;		/* why the folder cannot be used */
} trace;

static int
open_folder(const char *path, struct fail *f)
{
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir >= 0 && faccessat(dir, ".", W_OK | X_OK, AT_EACCESS) == 0)
		return dir;
	(void)fail_errno(f, FAIL_IO, errno, "cannot write to the folder '%s' "
	    "of XB_TRACE", path);
	fail_add(f, "; make it, or unset XB_TRACE");
	if (dir >= 0)
		close(dir);
	return 0;
}

void
stage_trace_open(void)
{
	const char *path = getenv("XB_TRACE");

	if (!trace.opened && path != NULL && path[0] != '\0')
		trace.dir = open_folder(path, &trace.why);
	trace.opened = true;
}

int
stage_trace_usable(struct fail *f)
{
	if (trace.why.kind == FAIL_NONE)
		return 0;
	return fail_pass(f, &trace.why);
}

bool
stage_traces(void)
{
	return trace.dir > 0;
}

static void
put_lists(struct json_writer *j, const struct stage_outcome *o)
{
	json_put_list(j, "arguments");
	for (size_t i = 0; i < o->n_arguments; i++)
		json_put_text(j, NULL, o->arguments[i]);
	json_put_end(j);
	json_put_list(j, "messages");
	for (size_t i = 0; i < o->n_lines; i++) {
		json_put_map(j, NULL);
		json_put_text(j, "level", o->lines[i].level);
		json_put_text(j, "text", o->lines[i].text);
		json_put_end(j);
	}
	json_put_end(j);
}

static void
put_outcome(const struct stage_outcome *o, FILE *to)
{
	struct json_writer w = JSON_WRITER_INIT(to, JSON_STYLE_INDENTED);
	struct json_writer *j = &w;
	char date[STAGE_DATE];

	json_put_map(j, NULL);
	json_put_text(j, "program", o->stage);
	json_put_text(j, "version", XB_VERSION);
	json_put_text(j, "began", stage_began(o, date));
	json_put_real(j, "seconds", o->seconds);
	json_put_print(j, "status", "%d", o->status);
	put_lists(j, o);
	json_put_end(j);
	putc('\n', to);
}

static int
describe(const struct stage_outcome *o, struct draft *d, struct fail *f)
{
	if (draft_begin(d, f) < 0)
		return -1;
	put_outcome(o, d->to);
	return draft_end(d, f);
}

static int
put(const struct stage_outcome *o, const char *suffix, const void *bytes,
    size_t n, struct fail *f)
{
	struct fail why = { .kind = FAIL_NONE };
	char name[64];

	snprintf(name, sizeof(name), "%s.%s", o->stage, suffix);
	if (file_replace_unsynced(trace.dir, name, 0644, bytes, n, &why) == 0)
		return 0;
	return fail(f, why.kind, "%s, in the folder of XB_TRACE", why.message);
}

int
stage_trace_keep(const struct stage_outcome *o, struct fail *f)
{
	struct draft d;
	int rc;

	if (!stage_traces())
		return 0;
	if (describe(o, &d, f) < 0)
		return -1;
	rc = put(o, "plan", o->plan, o->n, f);
	if (rc == 0)
		rc = put(o, "json", d.bytes, d.n, f);
	free(d.bytes);
	return rc;
}
