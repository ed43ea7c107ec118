#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "inside.h"
#include "sandbox/child.h"

static const struct child_job *now;	/* what is under way */
static struct fail *failure;
static jmp_buf refused;

static const char *answers;		/* NULL: the work runs */
static size_t answers_n;

void
inside_answers(const void *bytes, size_t n)
{
	answers = bytes;
	answers_n = n;
}

/* The work does not free what it sends, for its process ends; here is none, so
 * it is freed. */
void
child_send(unsigned kind, const void *bytes, size_t n)
{
	int rc = n > now->frame_max ? child_nonsense(now, failure) :
	    now->take(now->arg, kind, bytes, n, failure);

	free((void *)(size_t)bytes);
	if (rc < 0)
		longjmp(refused, 1);
}

/* FAIL_INPUT and not FAIL_BUG: the bytes are the fuzzer's, and no work of ours
 * sent them. */
int
child_nonsense(const struct child_job *job, struct fail *f)
{
	return fail(f, FAIL_INPUT, "%s sends what is no answer", job->what);
}

static int
send_all(const struct child_job *job, struct fail *f)
{
	static const char divider[] = "\n--\n";
	const size_t gap = sizeof(divider) - 1;
	const char *p = answers, *end = p + answers_n;

	for (const char *next; p != NULL; p = next == NULL ? NULL :
	    next + gap) {
		next = memmem(p, (size_t)(end - p), divider, gap);
		if (job->take(job->arg, 0, p, (size_t)((next == NULL ? end :
		    next) - p), f) < 0)
			return -1;
	}
	return 0;
}

int
child_run(const struct child_job *job, struct fail *f)
{
	if (answers != NULL)
		return send_all(job, f);
	now = job;
	failure = f;
	return setjmp(refused) != 0 ? -1 : job->work(job->arg, f);
}
