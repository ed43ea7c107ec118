#include "run/domain.h"
#include "stage/stage.h"
#include "target/target.h"
#include "xenstore/balloon.h"
#include "xenstore/introduce.h"

static const char program[] = "xb-domain";

/* ---- create ---- */

static int
set_options(struct target_request *r, const char *size,
    const struct engine_option *options, size_t n, struct fail *f)
{
	const struct stage_code *code = &stage_create;

	if (code->set(r, OPTION_CREATE_MEMORY, size, f) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (stage_of_option(options[i].id) == STAGE_CREATE &&
		    code->set(r, options[i].id, options[i].value, f) < 0)
			return -1;
	return code->ready(r, f);
}

int
domain_make(const char *target, struct target_request *r, char **name,
    struct fail *f)
{
	const struct target_ops *ops = target_kind(target, &r->where, f);

	if (ops == NULL || balloon_take(ops, r, f) < 0)
		return -1;
	if (target_create(ops, r, name, f) == 0)
		return 0;
	balloon_give(r, f);
	return -1;
}

int
domain_request(struct target_request *r, const char *size,
    const struct engine_option *options, size_t n)
{
	struct fail f = stage_new_fail(program);

	*r = (struct target_request){ .where = NULL };
	if (set_options(r, size, options, n, &f) == 0)
		return 0;
	stage_add_hint(&f, program);
	stage_tell_failure(program, &f);
	return (int)f.kind;
}

int
domain_create(const char *target, enum guest_type type,
    struct target_request *r, char **name)
{
	struct fail f = stage_new_fail(program);
	struct stage_outcome o = { .stage = program };

	*name = NULL;
	r->type = type;
	if (stage_timing()) {
		stage_restart(&o);
		getrusage(RUSAGE_SELF, &o.before);
	}
	if (domain_make(target, r, name, &f) < 0)
		stage_tell_failure(program, &f);
	stage_tell_timing(&o);
	return (int)f.kind;
}

/* ---- one that is there ---- */

int
domain_info(const char *name, struct target_info *info, struct fail *f)
{
	struct target *t;
	int rc;

	if (target_open(&t, name, TARGET_LOOK, f) < 0)
		return -1;
	rc = t->ops->info(t, info, f);
	target_close(t);
	return rc;
}

static int
try_destroy(const char *name, struct fail *f)
{
	struct target *t;
	int rc;

	*f = (struct fail){ .kind = FAIL_NONE };
	if (target_open(&t, name, TARGET_WRITE, f) < 0)
		return -1;
	rc = introduce_destroy(t, name, f);
	target_close(t);
	return rc;
}

/* What fails once may work the next time: a domain that is left takes its
 * memory until somebody notices. */
int
domain_destroy(const char *name)
{
	struct fail f;
	int rc = try_destroy(name, &f);

	if (rc < 0 && f.kind != FAIL_TARGET)
		rc = try_destroy(name, &f);
	if (rc < 0) {
		fail_memory_on(&f, name);
		stage_tell_failure(program, &f);
	}
	return (int)f.kind;
}

int
domain_undo(const char *name, struct target_request *r)
{
	struct fail f = stage_new_fail(program);
	int status = domain_destroy(name);

	balloon_give(r, &f);
	return status;
}

/* NULL: the name is of no kind. */
static const struct target_ops *
kind_of(const char *name, const char **where)
{
	struct fail ignored = { .kind = FAIL_NONE };

	return target_kind(name, where, &ignored);
}

/* A name of no kind counts as a domain: opening it reports the mistake. */
bool
domain_is_there(const char *name)
{
	const char *where = NULL;
	const struct target_ops *ops = kind_of(name, &where);

	return ops == NULL || ops->exists(where);
}

bool
domain_runs(const char *name)
{
	const struct target_ops *ops = kind_of(name, &(const char *){ NULL });

	return ops != NULL && ops->runs;
}

bool
domain_is_made_last(const char *name)
{
	const struct target_ops *ops = kind_of(name, &(const char *){ NULL });

	return ops != NULL && ops->made_last;
}

bool
domain_has_xenstore(void)
{
	struct fail f = { .kind = FAIL_NONE };
	struct xenstore *x;
	bool answers = xenstore_open(&x, &f) == 0;

	/* The stage that introduces the domain takes this connection. */
	xenstore_keep(x);
	return answers;
}
