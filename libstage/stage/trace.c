#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json-bytes.h"
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
	return fail(f, trace.why.kind, "%s", trace.why.message);
}

bool
stage_traces(void)
{
	return trace.dir > 0;
}

static json_t *
list_arguments(const struct stage_outcome *o)
{
	json_t *list = json_array();

	for (size_t i = 0; i < o->n_arguments; i++)
		(void)json_array_append_new(list, jsonbytes(o->arguments[i],
		    strlen(o->arguments[i])));
	return list;
}

static json_t *
list_lines(const struct stage_outcome *o)
{
	json_t *list = json_array();

	for (size_t i = 0; i < o->n_lines; i++)
		(void)json_array_append_new(list, json_pack("{s:s, s:o}",
		    "level", o->lines[i].level, "text", jsonbytes(
		    o->lines[i].text, strlen(o->lines[i].text))));
	return list;
}

static char *
describe(const struct stage_outcome *o)
{
	json_t *j = json_pack("{s:s, s:s, s:s, s:f, s:i, s:o, s:o}",
	    "program", o->stage, "version", XB_VERSION, "began", o->began,
	    "seconds", o->seconds, "status", o->status,
	    "arguments", list_arguments(o), "messages", list_lines(o));
	char *text = json_dumps(j, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
	size_t n = text != NULL ? strlen(text) : 0;
	char *line = text != NULL ? realloc(text, n + 2) : NULL;

	json_decref(j);
	if (line == NULL) {
		free(text);
		return NULL;
	}
	memcpy(line + n, "\n", 2);
	return line;
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
	char *text;
	int rc;

	if (!stage_traces())
		return 0;
	text = describe(o);
	if (text == NULL)
		return fail_memory(f, o->n);
	rc = put(o, "plan", o->plan, o->n, f);
	if (rc == 0)
		rc = put(o, "json", text, strlen(text), f);
	free(text);
	return rc;
}
