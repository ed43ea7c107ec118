#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/domain.h"
#include "run/step-impl.h"
#include "target/target.h"

static int
take_domain(struct session *s, const char *name, struct fail *f)
{
	uint64_t kib;

	if (domain_size(name, &kib, f) < 0)
		return -1;
	s->domain = target_absolute(name, f);
	if (s->domain == NULL)
		return -1;
	if (s->size == NULL) {
		snprintf(s->kib, sizeof(s->kib), "%" PRIu64 "K", kib);
		s->size = s->kib;
	}
	return 0;
}

/* xb-domain has failed and printed why: the session is over. */
static void
give_up(struct session *s, int status)
{
	s->status = status;
	s->over = status != 0;
}

static int
make_domain(struct session *s, const char *name, struct fail *f)
{
	const struct step_request *ask = s->ask;

	if (ask->memory == NULL)
		return fail(f, FAIL_USAGE, "no memory for a new domain: "
		    "-m SIZE gives it");
	give_up(s, domain_request(&s->request, ask->memory, ask->options,
	    ask->n_options));
	if (s->status == 0)
		give_up(s, domain_create(name, GUEST_PV, &s->request,
		    &s->domain));
	s->made = s->status == 0;
	return 0;
}

/* Takes the domain of that name if it exists, else makes it. */
static int
have_domain(struct session *s, const char *name, struct fail *f)
{
	const char *where = NULL;
	int rc;

	s->kind = target_kind(name, &where, f);
	if (s->kind == NULL)
		return -1;
	rc = s->kind->exists(where) ? take_domain(s, name, f) :
	    make_domain(s, name, f);
	if (rc == 0 && !s->over &&
	    target_kind(s->domain, &s->where, f) == NULL)
		return -1;
	return rc;
}

static int
own_name(struct session *s, char **name, struct fail *f)
{
	if (asprintf(name, "file:%s/domain", s->folder) < 0) {
		*name = NULL;
		return fail_memory(f, strlen(s->folder));
	}
	return 0;
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
	return s->kind->runs ? s->domain : s->ask->target;
}

int
step_domain(struct session *s, struct fail *f)
{
	char *own = NULL;
	const char *name = s->ask->target;
	int rc;

	if (name == NULL && own_name(s, &own, f) < 0)
		return -1;
	if (name == NULL)
		name = own;
	s->size = s->ask->memory;
	rc = have_domain(s, name, f);
	free(own);
	if (rc == 0 && !s->over && s->kind->runs)
		ask_xenstore(s);
	return rc;
}

void
step_domain_end(struct session *s)
{
	int status;

	if (!s->made || s->keep)
		return;
	status = domain_undo(s->domain, &s->request);
	if (status != 0)
		give_up(s, status);
}
