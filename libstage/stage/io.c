#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/report.h"
#include "stage/impl.h"

static int
read_all(FILE *in, const char *what, void **bytes, size_t *n, struct fail *f)
{
	size_t cap = 64 * 1024, used = 0;
	char *buf = malloc(cap);

	while (buf != NULL) {
		char *more;

		used += fread(buf + used, 1, cap - used, in);
		if (used < cap || cap > PLAN_BYTES_MAX)
			break;
		cap *= 2;
		more = realloc(buf, cap);
		if (more == NULL)
			free(buf);
		buf = more;
	}
	if (buf == NULL)
		return fail_memory(f, cap);
	*bytes = buf;
	*n = used;
	if (ferror(in))
		return fail_errno(f, FAIL_IO, errno, "cannot read %s", what);
	if (used > PLAN_BYTES_MAX)
		return fail(f, FAIL_INPUT, "%s has more than %" PRIu64
		    " bytes, the largest plan that is read", what,
		    (uint64_t)PLAN_BYTES_MAX);
	if (used == 0)
		return fail(f, FAIL_INPUT, "no plan on %s: it is empty", what);
	return 0;
}

bool
stage_is_stdin(const char *path)
{
	return path == NULL || strcmp(path, "-") == 0;
}

int
stage_read(const char *path, void **bytes, size_t *n, struct fail *f)
{
	struct file_id id;
	FILE *in = stdin;
	int fd, rc;

	*bytes = NULL;
	*n = 0;
	if (stage_is_stdin(path))
		return read_all(in, "standard input", bytes, n, f);
	fd = file_open(path, &id, f);
	if (fd < 0)
		return -1;
	in = fdopen(fd, "r");
	if (in == NULL) {
		close(fd);
		return fail_errno(f, FAIL_SYSTEM, errno, "cannot read '%s'",
		    path);
	}
	rc = read_all(in, path, bytes, n, f);
	fclose(in);
	return rc;
}

int
stage_write(const void *bytes, size_t n, struct fail *f)
{
	if (fwrite(bytes, 1, n, stdout) == n && fflush(stdout) == 0)
		return 0;
	if (errno == EPIPE)
		return fail(f, FAIL_IO, "cannot write standard output: the "
		    "program that read it has ended");
	return fail_errno(f, FAIL_IO, errno, "cannot write standard output");
}

static int
deliver_words(const struct plan *p, struct fail *f)
{
	if (report_text(p, stdout, f) < 0)
		return -1;
	return stage_write("", 0, f);
}

int
stage_deliver_as(const struct plan *p, int status, struct fail *f)
{
	bool person = isatty(STDOUT_FILENO);
	struct fail trace = { .kind = FAIL_NONE };
	void *bytes;
	size_t n;
	int rc;

	if (person && !stage_traces())
		return deliver_words(p, f);
	if (plan_encode(p, &bytes, &n, f) < 0)
		return -1;
	rc = stage_trace_keep(stage_common.st, bytes, n, status, &trace);
	/* A failure goes down the pipe, traced or not. */
	if (rc < 0 && status == 0)
		rc = fail(f, trace.kind, "%s", trace.message);
	else
		rc = 0;
	/* A failed plan is never for a person: stage-failed.c. */
	if (rc == 0 && !person)
		rc = stage_write(bytes, n, f);
	else if (rc == 0 && status == 0)
		rc = deliver_words(p, f);
	free(bytes);
	return rc;
}

int
stage_deliver(const struct plan *p, struct fail *f)
{
	return stage_deliver_as(p, 0, f);
}
