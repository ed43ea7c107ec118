#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/json.h"
#include "run/after.h"
#include "stage/stage.h"
#include "target/target.h"

bool
build_stopped(struct build *b, const char *loss, struct fail *f)
{
	int signal = engine_signal(&b->engine);

	if (signal != 0)
		(void)fail(f, FAIL_SYSTEM, "ended by a signal, %s%s",
		    strsignal(signal), loss);
	return signal != 0;
}

int
build_guest(const struct plan *p, struct canonical_digests *digests,
    struct fail *f)
{
	struct canonical *c = NULL;
	struct target *t;
	int rc;

	if (target_open_plan(&t, p, NULL, TARGET_READ, NULL, f) < 0)
		return -1;
	rc = canonical_open(&c, t, p, f);
	if (rc == 0)
		rc = canonical_digests(c, digests, f);
	canonical_close(c);
	target_close(t);
	return rc;
}

int
build_launch(struct build *b, struct fail *f)
{
	struct engine *e = &b->engine;
	int rc;

	/* --paused is among the options. */
	e->n_options = 0;
	e->hook.after = NULL;
	rc = engine_run(e, STAGE_LAUNCH, STAGE_LAUNCH, f);
	b->status = e->status;
	return rc;
}

static void
put_domain(struct json_writer *j, const struct plan *p)
{
	bool built = plan_has(p, PLAN_MEMORY);

	json_put_text(j, "uuid", built ? uuid_text(p->memory.uuid).s : NULL);
	json_put_text(j, "build", built ? id_text(p->memory.build).s : NULL);
	json_put_text(j, "abi", p->image.abi->name);
	json_put_number(j, "memory", plan_has(p, PLAN_LAYOUT) ?
	    kib_of(p->layout.pages) : 0);
	json_put_text(j, "next", plan_next_stage(p));
	json_put_bool(j, "launched", plan_has(p, PLAN_LAUNCHED) &&
	    p->launched);
}

static int
print_json(const struct build *b, struct fail *f)
{
	struct json_writer j = JSON_WRITER_INIT(stdout, JSON_STYLE_INDENTED);
	struct plan p;

	plan_init(&p);
	if (plan_decode(&p, b->engine.plan, b->engine.n, "the plan", f) < 0) {
		plan_release(&p);
		return -1;
	}
	json_put_map(&j, NULL);
	json_put_text(&j, "target", b->domain);
	put_domain(&j, &p);
	if (b->ask->check != NULL)
		json_put_print(&j, "check", "%s", b->ask->check);
	json_put_end(&j);
	plan_release(&p);
	return stage_print_line("", f);
}

int
build_print(const struct build *b, struct fail *f)
{
	return b->ask->json ? print_json(b, f) :
	    stage_print_line(b->domain, f);
}

/* Hands out the name of a domain that was built. */
static int
hand_out(const struct build *b, struct fail *f)
{
	char **to = b->ask->domain;

	if (to == NULL)
		return b->ask->silent ? 0 : build_print(b, f);
	*to = strdup(b->domain);
	return *to != NULL ? 0 : fail_memory(f, strlen(b->domain));
}

int
build_finish(struct build *b, int rc, const char *program,
    struct build_result *result, struct fail *f)
{
	char **to = b->ask->domain;

	if (rc < 0)
		stage_add_hint(f, program);
	if (rc == 0 && b->status == 0 && engine_signal(&b->engine) == 0 &&
	    b->domain != NULL)
		rc = hand_out(b, f);
	build_end(b, rc, program);
	*result = (struct build_result){ .status = b->status,
		.signal = b->engine.signal };
	if (to != NULL && b->engine.signal != 0) {
		free(*to);
		*to = NULL;
	}
	return rc;
}
