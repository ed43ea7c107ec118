#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stage/impl.h"

/* Writes the plan that was read, or an empty one if it cannot be decoded, with
 * the failure in it. */
static int
write_failed(const struct program *self, const void *bytes, size_t n,
    const struct fail *why)
{
	struct fail f = { 0 };
	void *plan;
	size_t size;
	int rc;

	if (self->prints_text || (isatty(STDOUT_FILENO) && !stage_traces()))
		return 0;
	if (stage_failed_plan(self->name, bytes, n, why, &plan, &size, &f) < 0)
		return -1;
	rc = stage_hand_on(plan, size, NULL, (int)why->kind, &f);
	free(plan);
	return rc;
}

int
stage_end_failed(const struct program *self, const void *bytes, size_t n,
    const struct fail *why)
{
	stage_tell_failure(self->name, why);
	/* If this cannot be written either, the status is still that of the
	 * first failure. */
	(void)write_failed(self, bytes, n, why);
	stage_tell_timing(&stage_common.run);
	return (int)why->kind;
}

/* Writes the plan on which an earlier stage failed, as it is. */
int
stage_pass_on(const struct program *self, const struct plan *p,
    const void *bytes, size_t n)
{
	struct fail dropped = { 0 };

	if (!self->prints_text && !isatty(STDOUT_FILENO))
		(void)!stage_write(bytes, n, &dropped);
	return (int)p->failed.status;
}

bool
stage_failed_earlier(const struct program *self, const struct plan *p)
{
	return plan_has(p, PLAN_FAILED) && !self->shows_failed &&
	    strcmp(p->failed.stage, self->name) != 0;
}

static bool
stdin_is_pipe(void)
{
	struct stat s;

	return fstat(STDIN_FILENO, &s) == 0 && S_ISFIFO(s.st_mode);
}

void
stage_abandon(const struct program *self, struct fail *f)
{
	struct fail ignored = { 0 };
	void *bytes = NULL;
	struct plan p;
	size_t n = 0;
	int status;

	/*
	 * In a pipe the plan is read to its end, so that the stage that writes
	 * it is not ended by SIGPIPE.  The failure goes into this plan, unless
	 * an earlier stage failed: its failure is the one to pass on.
	 */
	plan_init(&p);
	if (self->needs != 0 && stdin_is_pipe() &&
	    stage_read(NULL, &bytes, &n, &ignored) == 0 &&
	    plan_decode(&p, bytes, n, "standard input", &ignored) == 0 &&
	    stage_failed_earlier(self, &p))
		status = stage_pass_on(self, &p, bytes, n);
	else
		status = stage_end_failed(self, bytes, n, f);
	plan_release(&p);
	free(bytes);
	exit(status);
}

void *
stage_calloc(const struct program *self, size_t n, size_t size)
{
	struct fail f = stage_new_fail(self->name);
	void *room = calloc(n, size);

	if (room == NULL) {
		fail_memory(&f, n * size);
		stage_abandon(self, &f);
	}
	return room;
}
