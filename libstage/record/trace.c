#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "record/impl.h"

static int
read_stage(int dir, const char *name, struct record_stage *s,
    struct arena *arena, struct fail *f)
{
	void *text;
	json_t *j;
	size_t n;
	int rc;

	if (file_slurp(dir, name, RECORD_JSON_MAX, &text, &n, f) < 0)
		return -1;
	j = jsonform_parse(text, n, name, f);
	rc = j == NULL ? -1 :
	    jsonform_read(j, record_trace_form, s, name, arena, f);
	json_decref(j);
	free(text);
	return rc;
}

/* Where its files lie is this machine's alone. */
static int
read_plan(int dir, const char *name, void **plan, size_t *n, struct fail *f)
{
	struct plan p;
	void *bytes;
	size_t size;
	int rc;

	if (file_slurp(dir, name, PLAN_BYTES_MAX, &bytes, &size, f) < 0)
		return -1;
	rc = plan_decode(&p, bytes, size, name, f);
	if (rc == 0) {
		plan_drop_from(&p, PLAN_SOURCES);
		rc = plan_encode(&p, plan, n, f);
	}
	plan_release(&p);
	free(bytes);
	return rc;
}

static int
read_both(int dir, const char *stage, struct record_stage *s,
    struct arena *arena, void **plan, size_t *n, struct fail *f)
{
	char name[64];

	snprintf(name, sizeof(name), "%s.json", stage);
	if (faccessat(dir, name, F_OK, 0) < 0)
		return 0;
	if (read_stage(dir, name, s, arena, f) < 0)
		return -1;
	snprintf(name, sizeof(name), "%s.plan", stage);
	return read_plan(dir, name, plan, n, f) < 0 ? -1 : 1;
}

int
record_from_trace(const char *folder, const char *stage,
    struct record_stage *s, struct arena *arena, void **plan, size_t *n,
    struct fail *f)
{
	int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;

	*plan = NULL;
	*n = 0;
	if (dir < 0)
		return fail_errno(f, fail_kind_of(errno, FAIL_IO), errno,
		    "cannot open the trace '%s'", folder);
	rc = read_both(dir, stage, s, arena, plan, n, f);
	close(dir);
	return rc;
}
