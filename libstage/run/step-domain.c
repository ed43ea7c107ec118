#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "run/build-options.h"
#include "run/step-impl.h"
#include "target/target.h"

/* ---- a domain that is there ---- */

static int
size_of(struct session *s, uint64_t pages, struct fail *f)
{
	free(s->size);
	if (asprintf(&s->size, "%" PRIu64 "K",
	    pages * (PAGE_BYTES / 1024)) < 0) {
		s->size = NULL;
		return fail_memory(f, sizeof("K"));
	}
	return 0;
}

static int
take_domain(struct session *s, const char *name, struct fail *f)
{
	struct target_info info;
	struct target *t;
	int rc;

	if (target_open(&t, name, TARGET_LOOK, f) < 0)
		return -1;
	rc = t->ops->info(t, &info, f);
	target_close(t);
	s->domain = target_absolute(name, f);
	if (rc < 0 || s->domain == NULL)
		return -1;
	return s->ask->memory != NULL ? 0 : size_of(s, info.max_pages, f);
}

/* ---- a new one ---- */

/* xb-domain has said why. */
static void
give_up(struct session *s, int status)
{
	s->failed = true;
	s->status = status;
	s->over = true;
}

/* What xb-domain prints: one line, the name. */
static int
take_name(struct session *s, struct spawn_result *r, struct fail *f)
{
	size_t n = strcspn(r->text, "\n");

	if (r->status != 0) {
		give_up(s, r->status);
		return 0;
	}
	s->domain = strndup(r->text, n);
	if (s->domain == NULL)
		return fail_memory(f, n);
	s->made = true;
	return 0;
}

static int
run_create(struct session *s, const struct words *argv, struct fail *f)
{
	const struct spawn create = { .argv = (const char *const *)argv->v,
	    .in = "/dev/null", .capture = true };
	struct spawn_result r;
	int rc;

	if (step_sibling(s, &create, &r, f) < 0)
		return -1;
	rc = take_name(s, &r, f);
	spawn_release(&r);
	return rc;
}

static int
create_words(struct session *s, struct words *argv, const char *name,
    struct fail *f)
{
	const char *const words[] = { "xb-domain", "create", "-t", name, "-m",
	    s->ask->memory };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words_add(argv, words[i], f) < 0)
			return -1;
	for (size_t i = 0; i < s->ask->n_options; i++) {
		const struct step_option *o = &s->ask->options[i];

		if (step_takes("xb-domain", o) &&
		    build_add(argv, o->name, o->value, f) < 0)
			return -1;
	}
	return 0;
}

static int
make_domain(struct session *s, const char *name, struct fail *f)
{
	struct words argv = WORDS_INIT;
	int rc;

	if (s->ask->memory == NULL)
		return fail(f, FAIL_USAGE, "no memory for a new domain: "
		    "-m SIZE gives it");
	rc = create_words(s, &argv, name, f);
	if (rc == 0)
		rc = run_create(s, &argv, f);
	words_release(&argv);
	return rc;
}

/* The domain of that name where there is one, else a new one. */
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

/* As xb-build asks: a guest waits for ever for a xenstore without an answer. */
static int
ask_xenstore(struct session *s, struct fail *f)
{
	static const char *const argv[] = { "xb-introduce", "--check", "-q",
	    NULL };
	const struct spawn check = { .argv = argv, .in = "/dev/null",
	    .capture = true };
	struct spawn_result r;

	for (size_t i = 0; i < s->ask->n_options; i++)
		if (strcmp(s->ask->options[i].name, "no-store") == 0)
			return 0;
	if (step_sibling(s, &check, &r, f) < 0)
		return -1;
	s->introduces = r.status == 0;
	s->no_store = r.status != 0;
	spawn_release(&r);
	return 0;
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
	if (s->ask->memory != NULL) {
		s->size = strdup(s->ask->memory);
		if (s->size == NULL) {
			free(own);
			return fail_memory(f, strlen(s->ask->memory));
		}
	}
	rc = have_domain(s, name, f);
	free(own);
	if (rc < 0 || s->over)
		return rc;
	return s->kind->runs ? ask_xenstore(s, f) : 0;
}

int
step_domain_end(struct session *s, struct fail *f)
{
	const char *argv[] = { "xb-domain", "destroy", "-q", s->domain, NULL };
	const struct spawn destroy = { .argv = argv, .in = "/dev/null",
	    .undoes = true };
	struct spawn_result r;
	int rc;

	if (!s->made || s->keep)
		return 0;
	rc = step_sibling(s, &destroy, &r, f);
	if (rc == 0 && r.status != 0)
		give_up(s, r.status);
	spawn_release(&r);
	return rc;
}
