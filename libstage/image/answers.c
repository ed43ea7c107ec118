/*
 * answers: what processes answered that read a file, kept in the index of the
 * store.  A file that is in the same state is not read again: its answers are
 * taken once more, with the checks that those of a process get.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/broker.h"

/* Of the code that answers, so that only its own answers are taken for it.  The
 * Makefile sets it; without it nothing is kept. */
#ifndef SOURCES_DIGEST
#define SOURCES_DIGEST	""
#endif

/* Answers with more bytes are not kept: those with a symbol table. */
enum { KEPT_MAX = 48 << 10 };

/* An answer, followed by its bytes. */
struct head {
	uint32_t kind, n;
};

/* What goes to the index, once all of the kernel was read and checked. */
struct answered {
	struct file_id id;
	const char *how, *bytes;
	size_t n;
	struct answered *next;
};

struct hearing {
	const struct child_job *job;
	struct fail *f;			/* whose messages are passed on */
	bool quiet;			/* there was no message */
	size_t n;			/* over KEPT_MAX: not all is there */
	unsigned char bytes[KEPT_MAX];
};

/* ---- a process ---- */

static int
answer(void *hearing, struct fail *f)
{
	const struct hearing *h = hearing;

	return h->job->work(h->job->arg, f);
}

static void
put(struct hearing *h, const void *bytes, size_t n)
{
	if (h->n <= KEPT_MAX && n <= KEPT_MAX - h->n) {
		memcpy(h->bytes + h->n, bytes, n);
		h->n += n;
	} else {
		h->n = KEPT_MAX + 1;
	}
}

static int
hear(void *hearing, unsigned kind, const void *bytes, size_t n, struct fail *f)
{
	struct hearing *h = hearing;
	const struct head head = { kind, (uint32_t)n };

	put(h, &head, sizeof(head));
	put(h, bytes, n);
	return h->job->take(h->job->arg, kind, bytes, n, f);
}

static void
say(void *hearing, enum say_level level, const char *message)
{
	struct hearing *h = hearing;

	h->quiet = false;
	h->f->say(h->f->say_arg, level, message);
}

static int
run(struct hearing *h, struct fail *f)
{
	struct child_job job = *h->job;
	struct fail own = { .kind = FAIL_NONE, .say = say, .say_arg = h };

	job.work = answer;
	job.take = hear;
	job.arg = h;
	return child_run(&job, &own) == 0 ? 0 :
	    fail_pass(f, &own);
}

/* ---- what it answered before ---- */

static int
take_again(const struct child_job *job, const unsigned char *bytes, size_t n,
    struct fail *f)
{
	struct head head;

	for (size_t at = 0; at < n; at += head.n) {
		if (n - at < sizeof(head))
			return child_nonsense(job, f);
		memcpy(&head, bytes + at, sizeof(head));
		at += sizeof(head);
		if (head.n > n - at || head.n > job->frame_max)
			return child_nonsense(job, f);
		if (job->take(job->arg, head.kind, bytes + at, head.n, f) < 0)
			return -1;
	}
	return 0;
}

/* Notes in the broker's list what it answered, if that can be kept. */
static int
note(struct broker *b, const struct image_file *file, const char *how,
    const struct hearing *h, struct fail *f)
{
	struct answered *a;

	/* A message is one each time the file is read. */
	if (!h->quiet || h->n > KEPT_MAX)
		return 0;
	a = arena_array(&b->scratch, 1, sizeof(*a), f);
	if (a == NULL)
		return -1;
	*a = (struct answered){ .id = file->id, .n = h->n,
		.how = arena_bytes(&b->scratch, how, strlen(how), f),
		.bytes = arena_bytes(&b->scratch, h->bytes, h->n, f),
		.next = b->answered };
	if (a->how == NULL || a->bytes == NULL)
		return -1;
	b->answered = a;
	return 0;
}

static int
run_and_note(struct broker *b, const struct image_file *file, const char *how,
    const struct child_job *job, struct fail *f)
{
	struct hearing *h = malloc(sizeof(*h));
	int rc;

	if (h == NULL)
		return fail_memory(f, sizeof(*h));
	h->job = job;
	h->f = f;
	h->quiet = true;
	h->n = 0;
	rc = run(h, f);
	if (rc == 0)
		rc = note(b, file, how, h, f);
	free(h);
	return rc;
}

void
broker_keep_answers(struct broker *b, struct fail *f)
{
	for (const struct answered *a = b->answered; a != NULL; a = a->next)
		store_keep(b->store, &a->id, a->how, a->bytes, a->n, f);
}

static int
ask(struct broker *b, const struct image_file *file, const char *how,
    const struct child_job *job, struct fail *f)
{
	struct kept kept;
	int rc;

	if (!store_kept(b->store, &file->id, how, &kept))
		return run_and_note(b, file, how, job, f);
	rc = take_again(job, kept.bytes, kept.n, f);
	free(kept.entry);
	return rc;
}

int
broker_ask(struct broker *b, const struct image_file *file,
    const char *question, const struct child_job *job, struct fail *f)
{
	const char *digest = SOURCES_DIGEST;
	struct fail unable = { .kind = FAIL_NONE };
	char *how;
	int rc;

	/* With nobody to tell, a process would not say its messages. */
	if (digest[0] == '\0' || f->say == NULL || !file->id.settled ||
	    broker_store(b, &unable) == NULL)
		return child_run(job, f);
	if (asprintf(&how, "%s, by %s", question, digest) < 0)
		return fail_memory(f, strlen(question));
	rc = ask(b, file, how, job, f);
	free(how);
	return rc;
}
