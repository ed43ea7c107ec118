#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "build/startinfo.h"
#include "pool/impl.h"
#include "xenstore/introduce.h"

/* ---- the words of an option ---- */

/* Nodes below this one belong to whoever makes the domain. */
static const char nodes[] = "vm-data/";

#define LETTERS	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

/* What a key has: in a path xenstored takes no '.'. */
static const char in_word[] = LETTERS "_-.", in_path[] = LETTERS "_-@/";

static bool
good_key(const struct pool_setting *s)
{
	const char *key = s->key;
	size_t n = strlen(key);

	if (!s->node)
		return n > 0 && strspn(key, in_word) == n;
	return n > strlen(nodes) && strspn(key, in_path) == n &&
	    key[n - 1] != '/' && strstr(key, "//") == NULL;
}

/* A word of the command line ends at a blank. */
static bool
good_value(const struct pool_setting *s)
{
	for (const char *c = s->value; *c != '\0' && !s->node; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f || *c == '"')
			return false;
	return true;
}

int
pool_setting_parse(const char *text, struct pool_setting *s, struct fail *f)
{
	const char *equals = strchr(text, '=');
	size_t n = equals == NULL ? 0 : (size_t)(equals - text);

	s->key[0] = '\0';
	if (n <= POOL_KEY_MAX)
		snprintf(s->key, sizeof(s->key), "%.*s", (int)n, text);
	s->value = equals == NULL ? "" : equals + 1;
	s->node = strncmp(s->key, nodes, strlen(nodes)) == 0;
	if (!good_key(s))
		return fail(f, FAIL_USAGE, "--set '%s' is not KEY=VALUE: KEY "
		    "is a word of the command line or, with %s before it, a "
		    "node in xenstore, and has at most %d letters, digits, "
		    "'_', '-' and, in a word, '.'", text, nodes, POOL_KEY_MAX);
	if (!good_value(s))
		return fail(f, FAIL_USAGE, "--set '%s' has a blank, a quote or "
		    "a control character, which a word of the command line "
		    "cannot hold; %s%s=VALUE is a node in xenstore", text,
		    nodes, s->key);
	if (strlen(s->value) > POOL_VALUE_MAX)
		return fail(f, FAIL_USAGE, "--set %s=VALUE has %zu bytes of "
		    "VALUE, the limit is %d", s->key, strlen(s->value),
		    POOL_VALUE_MAX);
	return 0;
}

/* ---- what a plan's guest can be told ---- */

static int
check_nodes(const struct pool_setting *v, size_t n, const struct plan *p,
    struct fail *f)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].node && !p->introduced)
			return fail(f, FAIL_USAGE, "--set %s=VALUE is a node "
			    "in xenstore, which the domains of this pool do "
			    "not have: leave %s out, and it is a word of the "
			    "command line", v[i].key, nodes);
	return 0;
}

/* text belongs to the arena. */
static int
take_line(const char *text, struct plan *p, struct fail *f)
{
	size_t n = strlen(text), room = startinfo_line_room(p);

	if (n > room)
		return fail(f, FAIL_USAGE, "with --set the command line would "
		    "have %zu bytes, the limit of this %s guest is %zu", n,
		    p->image.abi->name, room);
	p->command_line = (struct bytes){ text, n };
	plan_add(p, PLAN_COMMAND_LINE);
	return 0;
}

/* At the end, so that they hold against what the pool was filled with: Linux
 * takes the last of two words. */
int
settings_plan(const struct pool_setting *v, size_t n, struct plan *p,
    struct fail *f)
{
	size_t used = plan_has(p, PLAN_COMMAND_LINE) ? p->command_line.size : 0;
	size_t most = used + n * (POOL_KEY_MAX + POOL_VALUE_MAX + 2) + 1;
	char *line = arena_array(&p->arena, most, 1, f);
	bool any = false;

	if (line == NULL || check_nodes(v, n, p, f) < 0)
		return -1;
	if (used > 0)
		memcpy(line, p->command_line.data, used);
	for (size_t i = 0; i < n; i++)
		if (!v[i].node) {
			used += (size_t)snprintf(line + used, most - used,
			    "%s%s=%s", used == 0 ? "" : " ", v[i].key,
			    v[i].value);
			any = true;
		}
	return any ? take_line(line, p, f) : 0;
}

/* ---- telling it ---- */

static int
tell_nodes(const struct pool_setting *v, size_t n, struct plan *p,
    struct fail *f)
{
	struct introduce_note *notes = arena_array(&p->arena, n,
	    sizeof(*notes), f);
	size_t k = 0;

	if (notes == NULL)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (v[i].node)
			notes[k++] = (struct introduce_note){ v[i].key,
				v[i].value };
	return k == 0 ? 0 : introduce_tell(p->memory.target.data,
	    p->memory.uuid, notes, k, f);
}

int
settings_tell(const struct pool_setting *v, size_t n, struct target *t,
    struct plan *p, struct fail *f)
{
	bool words = false;

	for (size_t i = 0; i < n; i++)
		words |= !v[i].node;
	if (words && startinfo_tell(t, p, f) < 0)
		return -1;
	return n == 0 ? 0 : tell_nodes(v, n, p, f);
}
