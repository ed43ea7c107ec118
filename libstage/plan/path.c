#include <stdio.h>
#include <string.h>

#include "plan/schema.h"

static size_t
put_step(const struct plan_path *p, char *text, size_t used)
{
	size_t size = PLAN_PATH_MAX - used;
	int n;

	if (p->key == NULL)
		n = snprintf(text + used, size, "[%zu]", p->index);
	else
		n = snprintf(text + used, size, "%s%.*s", used > 0 ? "." : "",
		    (int)p->n, p->key);
	if (n < 0)
		return used;
	return (size_t)n < size ? used + (size_t)n : PLAN_PATH_MAX - 1;
}

static size_t
put_path(const struct plan_path *p, char *text)
{
	/* No deeper than the form of a plan: five steps. */
	return p == NULL ? 0 : put_step(p, text, put_path(p->up, text));
}

const char *
plan_path_text(const struct plan_path *p, char text[PLAN_PATH_MAX])
{
	text[0] = '\0';
	put_path(p, text);
	return text;
}

bool
plan_uuid_hyphen(size_t byte)
{
	return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}
