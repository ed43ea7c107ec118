#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json-bytes.h"
#include "stage/impl.h"

/* Filled at the first look at the options, used until the program ends. */
static struct trace {
	int dir;			/* 0: nothing is kept */
	json_t *arguments, *messages;
	struct fail why;		/* the folder cannot be used */
	char began[32];
} trace;

static json_t *
arguments_of(int argc, char **argv)
{
	json_t *list = json_array();

	for (int i = 1; i < argc; i++)
		(void)json_array_append_new(list,
		    jsonbytes(argv[i], strlen(argv[i])));
	return list;
}

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
stage_trace_begin(const struct stage *st, int argc, char **argv)
{
	const char *path = getenv("XB_TRACE");
	time_t now = time(NULL);
	struct tm tm;

	if (st->prints_text || path == NULL || path[0] == '\0')
		return;
	trace.dir = open_folder(path, &trace.why);
	trace.arguments = arguments_of(argc, argv);
	trace.messages = json_array();
	if (gmtime_r(&now, &tm) != NULL)
		strftime(trace.began, sizeof(trace.began),
		    "%Y-%m-%dT%H:%M:%SZ", &tm);
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

void
stage_trace_message(const char *level, const char *text)
{
	if (stage_traces())
		(void)json_array_append_new(trace.messages, json_pack(
		    "{s:s, s:o}", "level", level, "text",
		    jsonbytes(text, strlen(text))));
}

static char *
describe(const struct stage *st, int status)
{
	json_t *j = json_pack("{s:s, s:s, s:s, s:f, s:i, s:O, s:O}",
	    "program", st->name, "version", XB_VERSION, "began", trace.began,
	    "seconds", stage_seconds(), "status", status,
	    "arguments", trace.arguments, "messages", trace.messages);
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
put(const struct stage *st, const char *suffix, const void *bytes, size_t n,
    struct fail *f)
{
	struct fail why = { .kind = FAIL_NONE };
	char name[64];

	snprintf(name, sizeof(name), "%s.%s", st->name, suffix);
	if (file_replace_unsynced(trace.dir, name, 0644, bytes, n, &why) == 0)
		return 0;
	return fail(f, why.kind, "%s, in the folder of XB_TRACE", why.message);
}

int
stage_trace_keep(const struct stage *st, const void *plan, size_t n,
    int status, struct fail *f)
{
	char *text;
	int rc;

	if (!stage_traces())
		return 0;
	text = describe(st, status);
	if (text == NULL)
		return fail_memory(f, n);
	rc = put(st, "plan", plan, n, f);
	if (rc == 0)
		rc = put(st, "json", text, strlen(text), f);
	free(text);
	return rc;
}
