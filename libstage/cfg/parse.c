/*
 * The text of a configuration.  libxlutil parses it, but does not say which
 * keys there are.  In a text that it accepted, a word that begins with a letter
 * and stands in no comment and no string is a key: so the keys are found here,
 * and libxlutil is asked for their values one by one.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cfg/impl.h"

#ifdef WITH_XEN
#include <libxlutil.h>

struct reading {
	const char *path;
	const char *text; size_t n;
	struct cfg *cfg;
	struct arena *arena;
	struct fail *f;
	XLU_Config *x;
};

/* ---- which keys there are ---- */

struct scan {
	const char *text;
	size_t n, at;
	uint64_t line;
};

static bool
is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Moves behind the word of a key, or behind a number. */
static void
skip_word(struct scan *s)
{
	while (s->at < s->n && (is_letter(s->text[s->at]) ||
	    is_digit(s->text[s->at]) || s->text[s->at] == '_' ||
	    s->text[s->at] == '.'))
		s->at++;
}

/* A backslash takes the character behind it along. */
static void
skip_string(struct scan *s)
{
	char quote = s->text[s->at++];

	while (s->at < s->n && s->text[s->at] != quote)
		s->at += s->text[s->at] == '\\' ? 2 : 1;
	s->at++;
}

static void
skip_comment(struct scan *s)
{
	while (s->at < s->n && s->text[s->at] != '\n')
		s->at++;
}

static void
skip_other(struct scan *s)
{
	char c = s->text[s->at];

	if (c == '#')
		skip_comment(s);
	else if (c == '\'' || c == '"')
		skip_string(s);
	else if (is_digit(c))
		skip_word(s);
	else
		s->line += s->text[s->at++] == '\n';
}

struct setting {
	const char *key;
	size_t n;
	bool adds;			/* by += */
};

static bool
next_setting(struct scan *s, struct setting *to)
{
	while (s->at < s->n && !is_letter(s->text[s->at]))
		skip_other(s);
	if (s->at >= s->n)
		return false;
	to->key = s->text + s->at;
	skip_word(s);
	to->n = (size_t)(s->text + s->at - to->key);
	while (s->at < s->n && (s->text[s->at] == ' ' ||
	    s->text[s->at] == '\t'))
		s->at++;
	to->adds = s->at < s->n && s->text[s->at] == '+';
	return true;
}

/* libxlutil looks for a key in all settings before: their number is bounded
 * first. */
static int
count(const struct reading *r)
{
	struct scan s = { .text = r->text, .n = r->n, .line = 1 };
	struct setting set;
	size_t n = 0;

	while (n <= CFG_SETTINGS_MAX && next_setting(&s, &set))
		n++;
	return n <= CFG_SETTINGS_MAX ? 0 : fail(r->f, FAIL_INPUT, "'%s' is "
	    "text, so no kernel, and as xl.cfg it has too many settings: at "
	    "most %d", r->path, CFG_SETTINGS_MAX);
}

static struct cfg_pair *
pair_of(const struct reading *r, const struct setting *set)
{
	struct cfg *c = r->cfg;

	for (size_t i = 0; i < c->n_pairs; i++)
		if (strlen(c->pairs[i].key) == set->n &&
		    memcmp(c->pairs[i].key, set->key, set->n) == 0)
			return &c->pairs[i];
	return NULL;
}

static int
add_pair(const struct reading *r, const struct setting *set, uint64_t line)
{
	struct cfg_pair *p = pair_of(r, set);

	if (p == NULL) {
		p = &r->cfg->pairs[r->cfg->n_pairs++];
		p->key = arena_bytes(r->arena, set->key, set->n, r->f);
	} else if (!set->adds) {
		fail_warn(r->f, "'%s': '%s' is set in line %" PRIu64 " and "
		    "again in line %" PRIu64 ", which counts", r->path, p->key,
		    p->line, line);
	}
	p->line = line;
	return p->key == NULL ? -1 : 0;
}

static int
find_keys(const struct reading *r)
{
	struct scan s = { .text = r->text, .n = r->n, .line = 1 };
	struct setting set;

	r->cfg->pairs = arena_array(r->arena, CFG_SETTINGS_MAX,
	    sizeof(*r->cfg->pairs), r->f);
	if (r->cfg->pairs == NULL)
		return -1;
	while (next_setting(&s, &set))
		if (add_pair(r, &set, s.line) < 0)
			return -1;
	return 0;
}

/* ---- their values ---- */

/* The text lives as long as what libxlutil has parsed. */
static void
add_value(struct cfg_pair *p, const char *text)
{
	if (text == NULL)
		p->depth = 2;
	else
		p->values[p->n_values++] = text;
}

static int
take_list(const struct reading *r, struct cfg_pair *p)
{
	XLU_ConfigList *list;
	int n;

	if (xlu_cfg_get_list(r->x, p->key, &list, &n, 1) != 0)
		return fail_bug(r->f, "a key without a value");
	if (n > CFG_ENTRIES_MAX)
		return fail(r->f, FAIL_INPUT, "'%s', line %" PRIu64 ": '%s' "
		    "has %d entries: at most %d", r->path, p->line, p->key, n,
		    CFG_ENTRIES_MAX);
	p->depth = 1;
	p->values = arena_array(r->arena, (size_t)n, sizeof(*p->values), r->f);
	if (p->values == NULL)
		return -1;
	for (int i = 0; i < n; i++)
		add_value(p, xlu_cfg_get_listitem(list, i));
	return 0;
}

static int
take_values(const struct reading *r, struct cfg_pair *p)
{
	const char *text;

	if (xlu_cfg_get_string(r->x, p->key, &text, 1) != 0)
		return take_list(r, p);
	p->values = arena_array(r->arena, 1, sizeof(*p->values), r->f);
	if (p->values == NULL)
		return -1;
	add_value(p, text);
	return 0;
}

/* ---- the text ---- */

/* libxlutil's messages begin with the name of the file, which is empty here,
 * and the line; the first one tells where the fault is. */
static int
refuse(const struct reading *r, const char *report)
{
	unsigned line = 0;
	int skip = 0;

	if (sscanf(report, ":%u: %n", &line, &skip) != 1)
		return fail(r->f, FAIL_INPUT, "'%s' is text, so no kernel, and "
		    "libxlutil cannot read it as xl.cfg: %.*s", r->path,
		    (int)strcspn(report, "\n"), report);
	return fail(r->f, FAIL_INPUT, "'%s' is text, so no kernel, and not "
	    "xl.cfg either: line %u: %.*s", r->path, line,
	    (int)strcspn(report + skip, "\n"), report + skip);
}

static int
parse(struct reading *r)
{
	char *report = NULL;
	size_t size;
	FILE *to = open_memstream(&report, &size);
	int e;

	if (to == NULL)
		return fail_memory(r->f, BUFSIZ);
	r->x = xlu_cfg_init(to, "");
	if (r->x == NULL)
		return fail_memory(r->f, r->n);
	e = xlu_cfg_readdata(r->x, r->text, (int)r->n);
	if (e == 0)
		return 0;
	if (e == ENOMEM || fflush(to) != 0)
		return fail_memory(r->f, r->n);
	return refuse(r, report);
}

int
cfg_parse(const char *path, const char *text, size_t n, struct cfg *c,
    struct arena *arena, struct fail *f)
{
	struct reading r = { path, text, n, c, arena, f, NULL };

	*c = (struct cfg){ .pairs = NULL };
	if (count(&r) < 0 || parse(&r) < 0 || find_keys(&r) < 0)
		return -1;
	for (size_t i = 0; i < c->n_pairs; i++)
		if (take_values(&r, &c->pairs[i]) < 0)
			return -1;
	return 0;
}

#else

int
cfg_parse(const char *path, const char *text, size_t n, struct cfg *c,
    struct arena *arena, struct fail *f)
{
	(void)text;
	(void)n;
	(void)c;
	(void)arena;
	return fail(f, FAIL_INPUT, "'%s' is text, so no kernel, and this xb "
	    "was built without Xen's libxlutil, which reads xl.cfg", path);
}

#endif
