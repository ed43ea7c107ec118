#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/plan.h"
#include "stage/impl.h"

void
stage_restart(struct stage_outcome *o)
{
	clock_gettime(CLOCK_MONOTONIC, &o->start);
}

void
stage_clock(struct stage_outcome *o)
{
	o->began = time(NULL);
	stage_restart(o);
}

const char *
stage_began(const struct stage_outcome *o, char text[STAGE_DATE])
{
	struct tm tm;

	if (gmtime_r(&o->began, &tm) == NULL || strftime(text, STAGE_DATE,
	    "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		text[0] = '\0';
	return text;
}

int
stage_begin(struct stage_outcome *o, const char *stage,
    const char *const *arguments, size_t n, struct fail *f)
{
	*o = (struct stage_outcome){ .stage = stage,
		.arguments = calloc(n + 1, sizeof(*arguments)) };
	if (o->arguments == NULL)
		return fail_memory(f, n * sizeof(*arguments));
	for (size_t i = 0; i < n; i++)
		o->arguments[o->n_arguments++] = arguments[i];
	o->began = time(NULL);
	stage_keep_lines(o);
	return 0;
}

void
stage_end(struct stage_outcome *o)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	o->seconds = (double)(now.tv_sec - o->start.tv_sec) +
	    (double)(now.tv_nsec - o->start.tv_nsec) / 1e9;
}

static double
seconds(const struct timeval *t, const struct timeval *before)
{
	return (double)(t->tv_sec - before->tv_sec) +
	    (double)(t->tv_usec - before->tv_usec) / 1e6;
}

void
stage_tell_timing(struct stage_outcome *o)
{
	struct rusage use;
	char line[160];

	if (!stage_common.timing)
		return;
	stage_end(o);
	getrusage(RUSAGE_SELF, &use);
	snprintf(line, sizeof(line), "%.3f s, of which %.3f s user and "
	    "%.3f s system; %ld KiB resident at most", o->seconds,
	    seconds(&use.ru_utime, &o->before.ru_utime),
	    seconds(&use.ru_stime, &o->before.ru_stime), use.ru_maxrss);
	stage_tell_time(o->stage, line);
}

void
stage_outcome_release(struct stage_outcome *o)
{
	stage_keep_lines(NULL);
	for (size_t i = 0; i < o->n_lines; i++)
		free(o->lines[i].text);
	free(o->lines);
	free(o->arguments);
	free(o->plan);
	*o = (struct stage_outcome){ .stage = NULL };
}

int
stage_failed_plan(const char *stage, const void *bytes, size_t n,
    const struct fail *why, void **plan, size_t *size, struct fail *f)
{
	struct fail unreadable = { .kind = FAIL_NONE };
	struct plan p;
	int rc = -1;

	plan_init(&p);
	if (n > 0 && plan_decode(&p, bytes, n, "the plan", &unreadable) < 0) {
		plan_release(&p);
		plan_init(&p);
	}
	p.failed.status = why->kind;
	p.failed.stage = arena_bytes(&p.arena, stage, strlen(stage), f);
	plan_add(&p, PLAN_FAILED);
	if (p.failed.stage != NULL && plan_bytes(&p, why->message,
	    strlen(why->message), &p.failed.message, f) == 0)
		rc = plan_encode(&p, plan, size, f);
	plan_release(&p);
	return rc;
}
