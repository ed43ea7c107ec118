#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/build-options.h"

static const struct stage_option none = { 0 };
static const struct stage_option parse[] = { BUILD_OPTIONS_PARSE };
static const struct stage_option local[] = { BUILD_OPTIONS_LOCAL };
static const struct stage_option create[] = { BUILD_OPTIONS_CREATE };
static const struct stage_option startinfo[] = { BUILD_OPTIONS_STARTINFO };

static const struct part {
	const struct stage_option *v;
	size_t n;
	enum build_part part;
} parts[] = {
	{ parse, sizeof(parse) / sizeof(parse[0]), BUILD_PART_PARSE },
	{ local, sizeof(local) / sizeof(local[0]), BUILD_PART_LOCAL },
	{ create, sizeof(create) / sizeof(create[0]), BUILD_PART_CREATE },
	{ startinfo, sizeof(startinfo) / sizeof(startinfo[0]),
	    BUILD_PART_STARTINFO },
};

static const struct stage_option *
find(const char *name, enum build_part *part)
{
	for (size_t p = 0; p < sizeof(parts) / sizeof(parts[0]); p++)
		for (size_t i = 0; i < parts[p].n; i++)
			if (strcmp(parts[p].v[i].name, name) == 0) {
				*part = parts[p].part;
				return &parts[p].v[i];
			}
	*part = BUILD_PART_NONE;
	return &none;
}

enum build_part
build_part_of(const char *name)
{
	enum build_part part;

	(void)find(name, &part);
	return part;
}

bool
build_takes_value(const char *name)
{
	enum build_part part;

	return find(name, &part)->argument != NULL;
}

const struct stage_option *
build_row(const struct stage *st, int value)
{
	for (const struct stage_option *o = st->options; o->name != NULL; o++)
		if ((o->value != 0 ? o->value : o->letter) == value)
			return o;
	return NULL;
}

size_t
build_options_most(int argc, char **argv)
{
	size_t n = 1;

	for (int i = 1; i < argc; i++)
		n += strlen(argv[i]);
	return n;
}

int
build_add(struct words *w, const char *name, const char *value,
    struct fail *f)
{
	char *word;
	int rc;

	if (asprintf(&word, "--%s%s%s", name, value != NULL ? "=" : "",
	    value != NULL ? value : "") < 0)
		return fail_memory(f, strlen(name));
	rc = words_add(w, word, f);
	free(word);
	return rc;
}

int
build_add_common(struct words *w, struct fail *f)
{
	if ((stage_quiet() && words_add(w, "-q", f) < 0) ||
	    (stage_timing() && words_add(w, "-T", f) < 0) ||
	    (stage_verbose() && words_add(w, "-v", f) < 0))
		return -1;
	return 0;
}
