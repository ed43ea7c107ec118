#include <inttypes.h>
#include <stdlib.h>

#include "base/number.h"
#include "run/xlcfg-impl.h"

void
key_fail(const struct key_reader *r, const struct cfg_pair *p)
{
	(void)fail(r->f, FAIL_INPUT, "'%s', line %" PRIu64 ": ", r->ask->kernel,
	    p->line);
}

void
key_left(const struct key_reader *r, const struct cfg_pair *p,
    const char *why)
{
	fail_warn(r->f, "'%s', line %" PRIu64 ": '%s' is left out: %s",
	    r->ask->kernel, p->line, p->key, why);
}

int
key_text(const struct key_reader *r, const struct cfg_pair *p,
    const char **text)
{
	*text = NULL;
	if (p->depth != 0)
		return key_refuse(r, p, "'%s' is a list, and must be one "
		    "value", p->key);
	*text = p->values[0];
	return 0;
}

int
key_number(const struct key_reader *r, const struct cfg_pair *p, uint64_t *n)
{
	struct fail why = { .kind = FAIL_NONE };
	const char *text;

	if (key_text(r, p, &text) < 0)
		return -1;
	if (number_parse(p->key, text, UINT32_MAX, n, &why) < 0)
		return key_refuse(r, p, "%s", why.message);
	return 0;
}

/* ---- options ---- */

static const struct stage_code *
code_of(enum option_id id)
{
	enum stage_id stage = stage_of_option(id);

	return stage == STAGE_CREATE ? &stage_create : stage_codes[stage];
}

/* Refuses what the stage would refuse later, when file and line are gone. */
static int
check(const struct key_reader *r, const struct cfg_pair *p, enum option_id id,
    const char *value)
{
	const struct stage_code *code = code_of(id);
	struct fail why = { .kind = FAIL_NONE };
	void *options = calloc(1, code->size + 1);
	int rc;

	if (options == NULL)
		return fail_memory(r->f, code->size);
	rc = code->set(options, id, value, &why);
	if (code->release != NULL)
		code->release(options);
	free(options);
	return rc < 0 ? key_refuse(r, p, "'%s': %s", p->key, why.message) : 0;
}

bool
key_typed(const struct key_reader *r, enum option_id id)
{
	return id == OPTION_CREATE_MEMORY ? r->ask->memory != NULL :
	    engine_options_replace(r->ask->options, r->ask->n_options, id);
}

/* A build that ends before xb-load makes no domain. */
static bool
is_needless(const struct key_reader *r, enum option_id id)
{
	return r->ask->until != NULL && id != OPTION_CREATE_MEMORY &&
	    stage_of_option(id) == STAGE_CREATE &&
	    stage_named(r->ask->until) < STAGE_LOAD;
}

int
key_add(const struct key_reader *r, const struct cfg_pair *p,
    enum option_id id, const char *value)
{
	struct xlcfg *to = r->to;

	if (key_typed(r, id) || is_needless(r, id))
		return 0;
	if (check(r, p, id, value) < 0)
		return -1;
	if (id == OPTION_CREATE_MEMORY) {
		to->memory = value;
		return 0;
	}
	/* Only a process that was taken over sends a key twice. */
	if (to->n_options == XLCFG_OPTIONS)
		return fail_bug(r->f, "more options than keys");
	to->options[to->n_options++] = (struct engine_option){ .id = id,
		.value = value };
	return 0;
}

int
key_add_number(const struct key_reader *r, const struct cfg_pair *p,
    enum option_id id, const char *unit)
{
	const char *text;
	uint64_t n;

	if (key_number(r, p, &n) < 0)
		return -1;
	text = arena_print(&r->to->arena, r->f, "%" PRIu64 "%s", n, unit);
	return text == NULL ? -1 : key_add(r, p, id, text);
}

int
key_add_text(const struct key_reader *r, const struct cfg_pair *p,
    enum option_id id)
{
	const char *text;

	if (key_text(r, p, &text) < 0)
		return -1;
	return text[0] == '\0' ? 0 : key_add(r, p, id, text);
}
