#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/file.h"
#include "base/tempdir.h"
#include "run/recorded.h"
#include "run/step-impl.h"

enum { STEP_NAME = 1024 };		/* bytes of a name that are shown */

static int
make_folder(struct session *s, struct fail *f)
{
	s->folder = tempdir_make(f);
	if (s->folder == NULL)
		return -1;
	s->work = arena_print(&s->arena, f, "%s/work", s->folder);
	if (s->work == NULL)
		return -1;
	if (mkdir(s->work, 0700) < 0)
		return fail_errno(f, FAIL_IO, errno, "cannot make '%s'",
		    s->work);
	return 0;
}

static int
make_seen(struct session *s, struct fail *f)
{
	const char *path = arena_print(&s->arena, f, "%s/seen.0", s->work);

	if (path == NULL)
		return -1;
	s->seen = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return s->seen >= 0 ? 0 : fail_errno(f, FAIL_IO, errno, "cannot make "
	    "'%s'", path);
}

/* Sets s->signal if a signal has come. */
static void
take_signal(struct session *s)
{
	int number = signals_caught(&s->signals);

	if (number != 0)
		s->signal = number;
}

static void
tell_all(const struct session *s)
{
	const char *end = s->domain != NULL ? "that was there" : s->keep ?
	    "that is kept" : "that ends with this session";
	const char *name = s->ask->called != NULL ? s->ask->called :
	    s->ask->kernel;
	char kernel[STEP_NAME], where[STEP_NAME];

	/* The names come from a record or from the command line. */
	escape_into(kernel, sizeof(kernel), name, strlen(name));
	escape_into(where, sizeof(where), step_dom(s), strlen(step_dom(s)));
	step_say(s, "%s in %s, a domain %s of %s %s", kernel, where,
	    s->kind->words, s->size, end);
	if (!s->ask->all)
		step_say(s, "%zu stages; 'next' runs the first, 'help' lists "
		    "the commands", s->n_steps);
}

static int
all_stages(struct session *s, struct fail *f)
{
	while (s->done < s->n_steps && s->status == 0 && s->signal == 0) {
		if (step_stage(s, s->done, f) < 0)
			return -1;
		take_signal(s);
	}
	return 0;
}

static int
session(struct session *s, struct fail *f)
{
	if (make_folder(s, f) < 0 || make_seen(s, f) < 0 ||
	    step_domain(s, f) < 0)
		return -1;
	if (s->over || s->signal != 0)
		return 0;
	if (step_stages(s, f) < 0)
		return -1;
	tell_all(s);
	if (s->ask->all)
		return all_stages(s, f);
	step_edit_open(s);
	if (step_copy(s, 0, false, f) < 0)
		return -1;
	while (!s->over && s->signal == 0)
		if (step_commands(s, f) < 0)
			return -1;
	return 0;
}

static int
write_plan(const struct session *s, const struct step_plan *p, struct fail *f)
{
	int dir = open(s->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;

	if (dir < 0)
		return fail_errno(f, FAIL_IO, errno, "cannot open the folder "
		    "'%s'", s->folder);
	rc = file_replace_unsynced(dir, "plan", 0666, p->bytes, p->n, f);
	close(dir);
	return rc;
}

/* s->plan is that of the last stage that is done. */
static int
keep_plan(struct session *s, struct fail *f)
{
	struct step_plan p = { NULL, 0 };
	int rc = -1;

	if (recorded_name_blobs(s->ask->record, s->ask->copies, &s->plan,
	    f) == 0 && plan_encode(&s->plan, &p.bytes, &p.n, f) == 0)
		rc = write_plan(s, &p, f);
	free(p.bytes);
	return rc;
}

static int
keep_all(struct session *s, struct fail *f)
{
	step_say(s, "The domain is kept: %s", s->domain);
	if (s->done == 0)
		return 0;
	if (keep_plan(s, f) < 0)
		return -1;
	step_say(s, "Its plan: %s/plan", s->folder);
	return 0;
}

/* Removes what was made.  A failure that came before stays in f. */
static int
end(struct session *s, struct fail *f)
{
	bool keep = s->keep && s->domain != NULL && s->signal == 0;
	int rc = 0;

	step_edit_close(s);
	s->keep = keep;
	if (keep)
		rc = keep_all(s, f);
	if (!keep)
		step_domain_end(s);
	if (s->folder != NULL)
		tempdir_remove(keep ? s->work : s->folder, f);
	if (s->seen >= 0)
		close(s->seen);
	step_stages_release(s);
	plan_release(&s->plan);
	free(s->folder);
	free(s->domain);
	arena_release(&s->arena);
	return rc;
}

int
step_run(const struct step_request *ask, int *status, struct fail *f)
{
	struct session *s = calloc(1, sizeof(*s));
	int rc;

	if (s == NULL)
		return fail_memory(f, sizeof(*s));
	s->ask = ask;
	s->to = ask->to;
	s->seen = -1;
	s->keep = ask->keep;
	s->input.terminal = isatty(ask->in);
	plan_init(&s->plan);
	rc = signals_hold(&s->signals, f);
	if (rc == 0) {
		rc = session(s, f);
		take_signal(s);
		if (end(s, f) < 0)
			rc = -1;
		/* A signal that came during the cleaning up counts, too. */
		take_signal(s);
		signals_let_go(&s->signals);
	}
	*status = s->signal != 0 ? 128 + s->signal : s->status;
	free(s);
	return rc;
}
