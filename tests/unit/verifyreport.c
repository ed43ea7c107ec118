#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "verifyreport.h"

static void
take_line(void *arg, enum verify_result result, const char *check,
    const char *detail)
{
	struct report *r = arg;

	assert_true(r->n < COUNT(r->line));
	r->line[r->n].result = result;
	snprintf(r->line[r->n].check, sizeof(r->line[0].check), "%s", check);
	snprintf(r->line[r->n].detail, sizeof(r->line[0].detail), "%s",
	    detail);
	r->n++;
}

void
report_make(struct report *r, struct plan *p, struct target *t)
{
	*r = (struct report){ .n = 0 };
	r->rc = verify_domain(p, t, take_line, r, &r->f);
}

const char *
report_detail(const struct report *r, const char *check)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->line[i].check, check) == 0)
			return r->line[i].detail;
	return "";
}

size_t
report_count(const struct report *r, enum verify_result result)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		n += r->line[i].result == result;
	return n;
}

void
report_show(const struct report *r, const char *name)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->line[i].result == VERIFY_DIFFERS)
			print_message("%s: %s: %s\n", name, r->line[i].check,
			    r->line[i].detail);
	if (r->rc < 0)
		print_message("%s: %s\n", name, r->f.message);
}
