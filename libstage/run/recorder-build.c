#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "canonical/canonical.h"
#include "base/file.h"
#include "run/recorder.h"
#include "target/target.h"

bool
recorder_target_there(const char *target)
{
	struct fail quiet = { .kind = FAIL_NONE };
	struct target *t;

	if (target == NULL ||
	    target_open(&t, target, TARGET_LOOK, &quiet) < 0)
		return false;
	target_close(t);
	return true;
}

/* What it says goes to standard error. */
static void
destroy_domain(const char *target)
{
	const char *const argv[] = { "xb-domain", "destroy", "-q", target,
		NULL };
	const struct spawn destroy = { .argv = argv, .undoes = true };
	struct spawn_result result;
	struct fail quiet = { .kind = FAIL_NONE };

	if (spawn_run(&destroy, &result, &quiet) == 0)
		spawn_release(&result);
}

int
recorder_guest(const struct plan *p, void **bytes, size_t *n, struct fail *f)
{
	struct canonical_digests digests;
	struct canonical *c = NULL;
	struct target *t;
	int rc;

	*bytes = NULL;
	if (target_open_plan(&t, p, NULL, TARGET_READ, f) < 0)
		return -1;
	rc = canonical_open(&c, t, p, f);
	if (rc == 0)
		rc = canonical_digests(c, &digests, f);
	canonical_close(c);
	target_close(t);
	if (rc < 0)
		return -1;
	rc = canonical_digests_encode(&digests, bytes, n, f);
	canonical_digests_release(&digests);
	return rc;
}

int
recorder_build(const struct words *words, const char *trace,
    struct recorder_result *result, struct fail *f)
{
	char setting[PATH_MAX];
	const char *const env[] = { setting, NULL };
	const struct spawn build = { .capture = true, .env = env,
		.argv = (const char *const *)words->v };
	struct spawn_result ran;
	int rc = 0;

	snprintf(setting, sizeof(setting), "XB_TRACE=%.4000s", trace);
	*result = (struct recorder_result){ .domain = NULL };
	if (spawn_run(&build, &ran, f) < 0)
		return -1;
	result->status = ran.status;
	result->signal = ran.signal;
	/* The target stands alone on its line. */
	if (ran.status == 0 && ran.n > 0) {
		result->domain = strndup(ran.text, ran.n - 1);
		if (result->domain == NULL)
			rc = fail_memory(f, ran.n);
	}
	spawn_release(&ran);
	return rc;
}

void
recorder_result_release(struct recorder_result *result)
{
	free(result->domain);
	*result = (struct recorder_result){ .domain = NULL };
}

int
recorder_launch(const char *trace, const char *name, struct plan *p,
    struct recorder_result *result, struct fail *f)
{
	char plan[PATH_MAX], setting[PATH_MAX];
	const char *const argv[] = { "xb-launch", "-q", plan, NULL };
	const char *const env[] = { setting, NULL };
	const struct spawn run = { .argv = argv, .env = env,
		.capture = true };
	struct spawn_result ran;

	snprintf(plan, sizeof(plan), "%.2000s/%.64s", trace, name);
	snprintf(setting, sizeof(setting), "XB_TRACE=%.4000s", trace);
	if (spawn_run(&run, &ran, f) < 0)
		return -1;
	result->status = ran.status;
	result->signal = ran.signal;
	spawn_release(&ran);
	return recorder_read_plan(p, trace, "xb-launch.plan", f);
}

void
recorder_clean_up(int rc, const struct recorder_result *result, bool made,
    bool keep, struct fail *f)
{
	if ((rc == 0 && result->status == 0) || result->domain == NULL || !made)
		return;
	if (!keep)
		destroy_domain(result->domain);
	else if (rc < 0)
		fail_add(f, "; '%s' is kept as it is", result->domain);
}

int
recorder_check_output(const char *path, struct fail *f)
{
	char above[PATH_MAX];

	if (path == NULL || access(path, W_OK) == 0)
		return 0;
	snprintf(above, sizeof(above), "%s", path);
	if (errno == ENOENT && access(dirname(above), W_OK | X_OK) == 0)
		return 0;
	return fail_errno(f, FAIL_IO, errno, "cannot write '%s'", path);
}

int
recorder_write_plan(const struct plan *p, const char *path, struct fail *f)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	void *bytes;
	size_t n;
	int rc;

	if (fd < 0)
		return fail_errno(f, FAIL_IO, errno, "cannot write '%s'", path);
	rc = plan_encode(p, &bytes, &n, f);
	if (rc == 0) {
		rc = file_write_all(fd, path, bytes, n, f);
		free(bytes);
	}
	if (close(fd) < 0 && rc == 0)
		rc = fail_errno(f, FAIL_IO, errno, "cannot write '%s'", path);
	return rc;
}

int
recorder_read_plan(struct plan *p, const char *trace, const char *name,
    struct fail *f)
{
	char path[PATH_MAX];
	void *bytes;
	size_t n;
	int rc;

	snprintf(path, sizeof(path), "%.2000s/%.64s", trace, name);
	if (file_slurp(AT_FDCWD, path, PLAN_BYTES_MAX, &bytes, &n, f) < 0)
		return -1;
	plan_release(p);
	rc = plan_decode(p, bytes, n, path, f);
	free(bytes);
	return rc;
}
