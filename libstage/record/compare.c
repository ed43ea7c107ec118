#include <string.h>

#include "base/text.h"
#include "record/impl.h"

bool
record_options_equal(const struct record_option *a, size_t n,
    const struct record_option *b, size_t m)
{
	for (size_t i = 0; n == m && i < n; i++)
		if (!text_equal(a[i].name, b[i].name) ||
		    !text_equal(a[i].value, b[i].value))
			return false;
	return n == m;
}

static bool
inputs_equal(const struct record_build *a, const struct record_build *b)
{
	if (a->n_inputs != b->n_inputs)
		return false;
	for (size_t i = 0; i < a->n_inputs; i++)
		if (memcmp(a->inputs[i].sha256, b->inputs[i].sha256,
		    SHA256_BYTES) != 0)
			return false;
	return true;
}

/* Of the same files: is each the same to the kernel? */
static bool
uses_equal(const struct record_build *a, const struct record_build *b)
{
	for (size_t i = 0; i < a->n_inputs; i++)
		if (!text_equal(a->inputs[i].role, b->inputs[i].role) ||
		    !text_equal(a->inputs[i].line, b->inputs[i].line))
			return false;
	return true;
}

int
record_compare_asked(const struct record_build *a,
    const struct record_build *b, const char **what)
{
	if (strcmp(a->version, b->version) != 0)
		*what = "version of xb";
	else if (!record_options_equal(a->options, a->n_options, b->options,
	    b->n_options))
		*what = "options";
	else if (!inputs_equal(a, b))
		*what = "kernel or ramdisks";
	else if (!uses_equal(a, b))
		*what = "modules";
	else
		return 0;
	return 1;
}

static bool
stages_equal(const struct record_build *a, const struct record_build *b)
{
	if (a->status != b->status || a->n_stages != b->n_stages)
		return false;
	for (size_t i = 0; i < a->n_stages; i++)
		if (strcmp(a->stages[i].name, b->stages[i].name) != 0 ||
		    a->stages[i].status != b->stages[i].status)
			return false;
	return true;
}

static int
compare_plans(const struct plan *a, const struct plan *b, const char **what,
    struct fail *f)
{
	static const enum plan_section portable[] = {
		PLAN_IMAGE, PLAN_MODULES, PLAN_COMMAND_LINE, PLAN_LAYOUT
	};
	int rc = 0;

	for (size_t i = 0; rc == 0 &&
	    i < sizeof(portable) / sizeof(portable[0]); i++) {
		rc = plan_compare_section(a, b, portable[i], f);
		*what = plan_section_name(portable[i]);
	}
	return rc;
}

static int
compare_last(const struct record *a, const struct record *b,
    const char **what, struct fail *f)
{
	const struct record_stage *last = record_last(a);
	struct plan p, q;
	int rc;

	if (last == NULL)
		return 0;
	plan_init(&q);
	rc = record_plan(a, last->name, &p, f);
	if (rc == 0)
		rc = record_plan(b, last->name, &q, f);
	if (rc == 0)
		rc = compare_plans(&p, &q, what, f);
	plan_release(&p);
	plan_release(&q);
	return rc;
}

/* A record without the key, of an older version, counts as one of any
 * number. */
static bool
vcpus_differ(const struct maybe *a, const struct maybe *b)
{
	return a->set && b->set && a->value != b->value;
}

int
record_compare(const struct record *a, const struct record *b,
    const char **what, struct fail *f)
{
	int rc = record_compare_asked(&a->build, &b->build, what);

	if (rc != 0)
		return rc;
	*what = "stages";
	if (!stages_equal(&a->build, &b->build))
		return 1;
	rc = compare_last(a, b, what, f);
	if (rc != 0)
		return rc;
	*what = "vcpus";
	if (vcpus_differ(&a->build.vcpus, &b->build.vcpus))
		return 1;
	*what = "guest";
	return memcmp(a->build.guest, b->build.guest, SHA256_BYTES) != 0;
}
