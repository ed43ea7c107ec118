#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/domain.h"
#include "run/xlcfg-impl.h"
#include "run/xlcfg-keys.h"
#include "xenstore/link.h"

static const struct cfg_pair *
pair_of(const struct key_reader *r, const char *key)
{
	for (size_t i = 0; i < r->cfg.n_pairs; i++)
		if (strcmp(r->cfg.pairs[i].key, key) == 0)
			return &r->cfg.pairs[i];
	return NULL;
}

/* Nothing, as xl sees it: '', or a list without entries. */
static bool
is_empty(const struct cfg_pair *p)
{
	return p->depth == 0 ? p->values[0][0] == '\0' :
	    p->depth == 1 && p->n_values == 0;
}

/* ---- pools of CPUs ---- */

/* The number of the pool of that name, as text; NULL: there is none. */
static int
find_pool(struct xenstore *x, const char *name, const struct words *names,
    const char **number, struct fail *f)
{
	char path[96], *is;

	*number = NULL;
	for (size_t i = 0; i < names->n && *number == NULL; i++) {
		snprintf(path, sizeof(path), "/local/pool/%.32s/name",
		    names->v[i]);
		if (x->ops->read(x, path, &is, f) < 0)
			return -1;
		if (is != NULL && strcmp(is, name) == 0)
			*number = names->v[i];
		free(is);
	}
	return 0;
}

static int
look_up_pool(const struct key_reader *r, const char *name,
    const char **number)
{
	struct words names = WORDS_INIT;
	struct xenstore *x;
	int rc;

	*number = NULL;
	if (xenstore_open(&x, r->f) < 0)
		return -1;
	rc = x->ops->list(x, "/local/pool", &names, r->f);
	if (rc == 0)
		rc = find_pool(x, name, &names, number, r->f);
	if (rc == 0 && *number != NULL)
		*number = arena_bytes(&r->to->arena, *number, strlen(*number),
		    r->f);
	words_release(&names);
	xenstore_keep(x);
	return rc;
}

static int
add_pool(const struct key_reader *r, const struct cfg_pair *p)
{
	const char *text, *number;

	if (key_text(r, p, &text) < 0)
		return -1;
	if (text[0] == '\0' || key_typed(r, OPTION_CPUPOOL) ||
	    !domain_runs(r->target))
		return 0;
	if (text[strspn(text, "0123456789")] == '\0')
		return key_add(r, p, OPTION_CPUPOOL, text);
	if (look_up_pool(r, text, &number) < 0)
		return -1;
	if (number == NULL && r->f->kind == FAIL_NONE)
		return fail(r->f, FAIL_TARGET, "'%s', line %" PRIu64 ": there "
		    "is no pool of CPUs '%s': 'xl cpupool-list' has those "
		    "that there are", r->ask->kernel, p->line, text);
	return number == NULL ? -1 : key_add(r, p, OPTION_CPUPOOL, number);
}

/* ---- the other keys ---- */

/* The values that 'type' and its old name may have. */
static const struct {
	const char *key, *value;
	const char *abi;		/* asks xb-parse for it; NULL: for
					 * none */
} types[] = {
	{ "type", "pv", "pv" },
	{ "type", "pvh", "hvm-3.0-pvh" },
	{ "builder", "generic", NULL },
};

static int
add_type(const struct key_reader *r, const struct cfg_pair *p,
    const struct xlcfg_key *key)
{
	const size_t n = sizeof(types) / sizeof(types[0]);
	const char *text;
	size_t i = 0;

	if (key_text(r, p, &text) < 0)
		return -1;
	while (i < n && (strcmp(types[i].key, p->key) != 0 ||
	    strcmp(types[i].value, text) != 0))
		i++;
	if (i == n)
		return key_refuse(r, p, "'%s' is '%s': xb builds guests of %s "
		    "alone, 'xl create' the others", p->key, text, key->words);
	return types[i].abi == NULL ? 0 : key_add(r, p, key->option,
	    types[i].abi);
}

/* The parts of a vif, which commas part, are arguments of their own to xl. */
static int
split(const struct key_reader *r, const struct cfg_pair *p,
    struct attach_device *d)
{
	char *spec = arena_bytes(&r->to->arena, d->spec, strlen(d->spec), r->f);
	char *part, *rest = spec;

	if (spec == NULL)
		return -1;
	while ((part = strsep(&rest, ",")) != NULL) {
		part += strspn(part, " \t");
		if (part[0] == '\0')
			continue;
		if (d->n_args == ATTACH_ARGS_MAX)
			return key_refuse(r, p, "'%s' has an entry of more "
			    "than %d parts", p->key, ATTACH_ARGS_MAX);
		d->args[d->n_args++] = part;
	}
	return 0;
}

static int
add_device(const struct key_reader *r, const struct cfg_pair *p,
    struct attach_device *d)
{
	if (strcmp(d->verb, "network-attach") == 0)
		return split(r, p, d);
	d->args[d->n_args++] = d->spec;
	return 0;
}

/* Several keys may have devices: each makes room for all so far. */
static struct attach_device *
make_room(const struct key_reader *r, size_t n)
{
	struct xlcfg *to = r->to;
	struct attach_device *v = arena_array(&to->arena, to->n_devices + n,
	    sizeof(*v), r->f);

	if (v != NULL && to->n_devices != 0)
		memcpy(v, to->devices, to->n_devices * sizeof(*v));
	to->devices = v;
	return v;
}

static int
add_devices(const struct key_reader *r, const struct cfg_pair *p,
    const char *verb)
{
	if (p->depth != 1)
		return key_refuse(r, p, "'%s' must be a list of texts", p->key);
	if (r->many)
		return key_refuse(r, p, "'%s': the domains of a pool cannot "
		    "share a device", p->key);
	if (!domain_runs(r->target)) {
		key_left(r, p, "a domain in files has no devices");
		return 0;
	}
	if (r->ask->until != NULL &&
	    stage_named(r->ask->until) < STAGE_INTRODUCE) {
		key_left(r, p, "xl cannot attach it before xb-introduce");
		return 0;
	}
	if (make_room(r, p->n_values) == NULL)
		return -1;
	for (size_t i = 0; i < p->n_values; i++) {
		struct attach_device *d = &r->to->devices[r->to->n_devices++];

		*d = (struct attach_device){ .verb = verb,
			.spec = p->values[i] };
		if (add_device(r, p, d) < 0)
			return -1;
	}
	return 0;
}

static int
take_pair(const struct key_reader *r, const struct cfg_pair *p)
{
	const struct xlcfg_key *key = xlcfg_key(p->key);

	switch (key->use) {
	case KEY_UNKNOWN:
		key_left(r, p, "xl.cfg(5) has no such key");
		return 0;
	case KEY_LEFT:
		if (!is_empty(p))
			key_left(r, p, "xb does nothing of the kind");
		return 0;
	case KEY_REFUSED:
		return is_empty(p) ? 0 : key_refuse(r, p, "'%s': %s", p->key,
		    key->words);
	case KEY_DEVICE:
		return is_empty(p) ? 0 : add_devices(r, p, key->words);
	case KEY_ONE_TEXT:
		if (r->many)
			key_left(r, p, "several domains cannot have the same");
		return r->many ? 0 : key_add_text(r, p, key->option);
	case KEY_TEXT:
		return key_add_text(r, p, key->option);
	case KEY_NUMBER:
		return key_add_number(r, p, key->option, "");
	case KEY_MIB:
		return key_add_number(r, p, key->option, "M");
	case KEY_TYPE:
		return add_type(r, p, key);
	case KEY_POOL:
		return add_pool(r, p);
	case KEY_OTHER:
		return 0;
	}
	return fail_bug(r->f, "a key of no use");
}

/* ---- keys that are seen together ---- */

static int
take_kernel(const struct key_reader *r)
{
	const struct cfg_pair *p = pair_of(r, "kernel");

	if (p == NULL)
		return fail(r->f, FAIL_INPUT, "'%s' has no 'kernel', which xb "
		    "builds a domain of", r->ask->kernel);
	if (key_text(r, p, &r->to->kernel) < 0)
		return -1;
	return r->to->kernel[0] != '\0' ? 0 : key_refuse(r, p, "'kernel' is "
	    "empty");
}

/* Without one of the two xl takes the other in its place. */
static int
take_memory(const struct key_reader *r)
{
	const struct cfg_pair *now = pair_of(r, "memory");
	const struct cfg_pair *most = pair_of(r, "maxmem");
	uint64_t n, max;

	if (now != NULL && most != NULL) {
		if (key_number(r, now, &n) < 0 || key_number(r, most, &max) < 0)
			return -1;
		if (max < n && !key_typed(r, OPTION_CREATE_MEMORY) &&
		    !key_typed(r, OPTION_MAXMEM))
			return key_refuse(r, most, "'maxmem' is %" PRIu64 ", "
			    "below 'memory', %" PRIu64, max, n);
	}
	if (now == NULL)
		now = most;
	return now == NULL ? 0 : key_add_number(r, now, OPTION_CREATE_MEMORY,
	    "M");
}

static int
check_max_vcpus(const struct key_reader *r)
{
	const struct cfg_pair *now = pair_of(r, "vcpus");
	const struct cfg_pair *most = pair_of(r, "maxvcpus");
	uint64_t n = 1, max;

	if (most == NULL)
		return 0;
	if (key_number(r, most, &max) < 0 ||
	    (now != NULL && key_number(r, now, &n) < 0))
		return -1;
	if (max < n)
		return key_refuse(r, most, "'maxvcpus' is %" PRIu64 ", below "
		    "'vcpus', %" PRIu64, max, n);
	if (max > n)
		key_left(r, most, "the guest has its 'vcpus', no more");
	return 0;
}

/* The words of root and extra are one command line, as xl joins them. */
static const char *
join(const struct key_reader *r, const char *root, const char *extra)
{
	return arena_print(&r->to->arena, r->f, "%s%s%s%s",
	    root == NULL ? "" : "root=", root == NULL ? "" : root,
	    root == NULL || extra == NULL ? "" : " ",
	    extra == NULL ? "" : extra);
}

static int
take_command_line(const struct key_reader *r)
{
	const struct cfg_pair *whole = pair_of(r, "cmdline");
	const struct cfg_pair *root = pair_of(r, "root");
	const struct cfg_pair *extra = pair_of(r, "extra");
	const struct cfg_pair *any = root != NULL ? root : extra;
	const char *line = NULL, *first = NULL, *rest = NULL;

	if (whole != NULL && any != NULL)
		key_left(r, any, "'cmdline' is the whole command line");
	if (whole != NULL)
		return key_text(r, whole, &line) < 0 ? -1 : key_add(r, whole,
		    OPTION_COMMAND_LINE, line);
	if (any == NULL)
		return 0;
	if ((root != NULL && key_text(r, root, &first) < 0) ||
	    (extra != NULL && key_text(r, extra, &rest) < 0))
		return -1;
	line = join(r, first, rest);
	return line == NULL ? -1 : key_add(r, any, OPTION_COMMAND_LINE, line);
}

static int
take(const struct key_reader *r)
{
	for (size_t i = 0; i < r->cfg.n_pairs; i++)
		if (take_pair(r, &r->cfg.pairs[i]) < 0)
			return -1;
	return take_kernel(r) < 0 || take_memory(r) < 0 ||
	    check_max_vcpus(r) < 0 ? -1 : take_command_line(r);
}

int
xlcfg_read(const struct build_request *ask, bool many, struct xlcfg *to,
    struct fail *f)
{
	struct key_reader r = { .ask = ask, .many = many, .to = to,
		.target = ask->target == NULL ? "xen" : ask->target, .f = f };
	int rc;

	*to = (struct xlcfg){ .arena = ARENA_INIT };
	rc = ask->kernel == NULL ? 0 : cfg_read(ask->kernel, &r.cfg, &to->arena,
	    f);
	if (rc > 0 && take(&r) < 0)
		rc = -1;
	return rc;
}

int
xlcfg_take(struct build_request *ask, struct engine_option *options,
    struct xlcfg *c, struct fail *f)
{
	if (xlcfg_read(ask, false, c, f) < 0)
		return -1;
	if (c->kernel == NULL)
		return 0;
	ask->kernel = c->kernel;
	if (c->memory != NULL)
		ask->memory = c->memory;
	for (size_t i = 0; i < c->n_options; i++)
		options[ask->n_options++] = c->options[i];
	return attach_begin(&ask->attach, c->devices, c->n_devices, ATTACH_MS,
	    f);
}
