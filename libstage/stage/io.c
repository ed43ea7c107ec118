#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/stop.h"
#include "report/report.h"
#include "stage/impl.h"

/* Reads until the buffer is full or the input ends. */
static int
fill(int fd, const char *what, char *buf, size_t cap, size_t *used,
    struct fail *f)
{
	while (*used < cap) {
		ssize_t got;

		if (stop_wait(fd, f) < 0)
			return -1;
		got = read(fd, buf + *used, cap - *used);
		if (got == 0)
			break;
		if (got < 0 && errno != EINTR)
			return fail_errno(f, FAIL_IO, errno, "cannot read %s",
			    what);
		*used += got > 0 ? (size_t)got : 0;
	}
	return 0;
}

static int
read_all(int fd, const char *what, void **bytes, size_t *n, struct fail *f)
{
	size_t cap = 64 * 1024, used = 0;
	char *buf = malloc(cap);

	while (buf != NULL) {
		char *more;

		*bytes = buf;
		if (fill(fd, what, buf, cap, &used, f) < 0)
			return -1;
		if (used < cap || cap > PLAN_BYTES_MAX)
			break;
		cap *= 2;
		more = realloc(buf, cap);
		if (more == NULL)
			free(buf);
		buf = more;
	}
	*bytes = buf;
	if (buf == NULL)
		return fail_memory(f, cap);
	*n = used;
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

static int
open_plan(const char *path, struct fail *f)
{
	struct file_id id;
	struct stat st;

	if (stage_is_stdin(path))
		return STDIN_FILENO;
	if (stat(path, &st) == 0 && S_ISFIFO(st.st_mode))
		return fail(f, FAIL_INPUT, "'%s' is a FIFO, not a regular "
		    "file; give the plan on standard input: <%s", path, path);
	return file_open(path, &id, f);
}

int
stage_read_confined(const struct program *self, const char *path, void **bytes,
    size_t *n, struct fail *f)
{
	int fd = open_plan(path, f), rc = 0;

	*bytes = NULL;
	*n = 0;
	if (fd < 0)
		return -1;
	if (self != NULL)
		rc = stage_confine(self, self->profile > CONFINE_READER &&
		    stage_target() == NULL, f);
	if (rc == 0)
		rc = read_all(fd, stage_is_stdin(path) ? "standard input" :
		    path, bytes, n, f);
	if (fd != STDIN_FILENO)
		close(fd);
	return rc;
}

int
stage_read(const char *path, void **bytes, size_t *n, struct fail *f)
{
	return stage_read_confined(NULL, path, bytes, n, f);
}

int
stage_write(const void *bytes, size_t n, struct fail *f)
{
	(void)fwrite(bytes, 1, n, stdout);
	return file_flush(stdout, "standard output", f);
}

int
stage_print_line(const char *text, struct fail *f)
{
	printf("%s\n", text);
	return stage_write("", 0, f);
}

static int
deliver_words(const struct plan *p, struct fail *f)
{
	if (report_text(p, stdout, f) < 0)
		return -1;
	return stage_write("", 0, f);
}

static int
trace(void *bytes, size_t n, int status, struct fail *f)
{
	struct stage_outcome *o = &stage_common.run;
	int rc;

	stage_end(o);
	o->plan = bytes;
	o->n = n;
	o->status = status;
	rc = stage_trace_keep(o, f);
	o->plan = NULL;
	o->n = 0;
	return rc;
}

int
stage_hand_on(void *bytes, size_t n, const struct plan *p, int status,
    struct fail *f)
{
	bool person = isatty(STDOUT_FILENO);
	struct fail why = { .kind = FAIL_NONE };

	/* A failed plan goes down the pipe even if it cannot be traced. */
	if (trace(bytes, n, status, &why) < 0 && status == 0)
		return fail_pass(f, &why);
	if (!person)
		return stage_write(bytes, n, f);
	return p == NULL ? 0 : deliver_words(p, f);
}

int
stage_deliver(const struct plan *p, struct fail *f)
{
	void *bytes;
	size_t n;
	int rc;

	if (isatty(STDOUT_FILENO) && !stage_traces())
		return deliver_words(p, f);
	if (plan_encode(p, &bytes, &n, f) < 0)
		return -1;
	rc = stage_hand_on(bytes, n, p, 0, f);
	free(bytes);
	return rc;
}
