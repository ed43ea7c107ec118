#include <inttypes.h>
#include <stdlib.h>

#include "run/domain.h"
#include "run/step-impl.h"
#include "target/target.h"

static int
take_domain(struct session *s, const char *name, struct fail *f)
{
	struct target_info info;

	if (domain_info(name, &info, f) < 0)
		return -1;
	s->domain = target_absolute(name, f);
	if (s->domain == NULL)
		return -1;
	if (s->size == NULL)
		s->size = arena_print(&s->arena, f, "%" PRIu64 "K",
		    kib_of(info.max_pages));
	return s->size == NULL ? -1 : 0;
}

/* xb-domain has failed and printed why: the session is over. */
static void
give_up(struct session *s, int status)
{
	s->status = status;
	s->over = status != 0;
}

static int
want_domain(struct session *s, struct fail *f)
{
	const struct step_request *ask = s->ask;

	if (ask->memory == NULL)
		return fail(f, FAIL_USAGE, "no memory for a new domain: "
		    "-m SIZE gives it");
	give_up(s, domain_request(&s->request, ask->memory, ask->options,
	    ask->n_options));
	return 0;
}

/* Takes the domain of that name if it exists; else it is made later. */
static int
have_domain(struct session *s, struct fail *f)
{
	const char *where;

	s->kind = target_kind(s->name, &where, f);
	if (s->kind == NULL)
		return -1;
	return s->kind->exists(where) ? take_domain(s, s->name, f) :
	    want_domain(s, f);
}

/* ---- one that is made ---- */

/* What is gone back to before a stage has touched the domain is the domain as
 * it was made. */
static int
keep_new(struct session *s, struct fail *f)
{
	for (size_t k = 0; k <= s->done; k++)
		if (step_copy(s, k, false, f) < 0)
			return -1;
	return 0;
}

int
step_domain_make(struct session *s, struct fail *f)
{
	enum guest_type type = plan_guest(&s->plan);

	if (s->domain != NULL && (!s->made || s->request.type == type))
		return 0;
	step_domain_end(s);
	if (s->over)
		return 0;
	give_up(s, domain_create(s->name, type, &s->request, &s->domain));
	s->made = s->status == 0;
	return s->over ? 0 : keep_new(s, f);
}

/* ---- what serves it ---- */

/* As in xb-build: a guest built for xenstore waits for an answer for ever. */
static void
ask_xenstore(struct session *s)
{
	if (engine_options_no_xenstore(s->ask->options, s->ask->n_options))
		return;
	s->introduces = domain_has_xenstore();
	s->no_xenstore = !s->introduces;
}

const char *
step_dom(const struct session *s)
{
	if (s->ask->target == NULL)
		return STEP_DOM;
	return s->kind->runs && s->domain != NULL ? s->domain : s->name;
}

int
step_domain(struct session *s, struct fail *f)
{
	s->size = s->ask->memory;
	s->name = s->ask->target != NULL ? s->ask->target :
	    arena_print(&s->arena, f, "file:%s/domain", s->folder);
	if (s->name == NULL || have_domain(s, f) < 0)
		return -1;
	if (!s->over && s->kind->runs)
		ask_xenstore(s);
	return 0;
}

void
step_domain_end(struct session *s)
{
	int status;

	if (!s->made)
		return;
	status = domain_undo(s->domain, &s->request);
	s->made = false;
	free(s->domain);
	s->domain = NULL;
	if (status != 0)
		give_up(s, status);
}
