#include "plan-sample.h"
#include "plan/fields.h"

/*
 * xb-plan(5), or the page of the stage that adds a section, says of every key
 * what the schema says: name, type, unit, limit.
 */

static const char page_path[] = "man/xb-plan.5";

/* The name of each type in the page. */
static const char *const type_names[] = {
	[TYPE_BOOL]	= "bool",
	[TYPE_NUMBER]	= "number",
	[TYPE_SECONDS]	= "seconds",
	[TYPE_ADDRESS]	= "address",
	[TYPE_TEXT]	= "text",
	[TYPE_BYTES]	= "bytes",
	[TYPE_DIGEST]	= "digest",
	[TYPE_UUID]	= "uuid",
	[TYPE_ID]	= "id",
	[TYPE_ABI]	= "abi",
	[TYPE_NUMBERS]	= "numbers",
	[TYPE_P2M]	= "p2m",
	[TYPE_GFNS]	= "gfns",
	[TYPE_MAP]	= "map",
	[TYPE_LIST]	= "list",
};

static char *
page(const char *path)
{
	FILE *in = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;

	if (in == NULL)
		unit_fail("no %s: run the tests from the top folder", path);
	assert_true(getdelim(&text, &size, '\0', in) > 0);
	fclose(in);
	return text;
}

/* The line that a key must have in the page. */
static void
item(const struct schema_field *d, const char *path, char *line, size_t size)
{
	bool counted = d->type == TYPE_LIST || d->type == TYPE_NUMBERS ||
	    d->type == TYPE_BYTES || (d->type == TYPE_TEXT && !d->words);
	char most[40] = "";

	if (counted)
		snprintf(most, sizeof(most), ", at most %ju",
		    (uintmax_t)d->limit);
	snprintf(line, size, "\n.It Cm %s Pq %s%s%s%s%s\n", path,
	    type_names[d->type], *d->unit != '\0' ? ", " : "", d->unit,
	    most, d->optional ? ", optional" : "");
}

/* Keys without their line. */
static unsigned
missing(const char *text, const struct schema_field *d, const char *path)
{
	char line[256], inner[128];
	unsigned n = 0;

	item(d, path, line, sizeof(line));
	if (strstr(text, line) == NULL) {
		print_error("%s lacks: %s", page_path, line + 1);
		n++;
	}
	for (size_t i = 0; d->words != NULL && d->words[i] != NULL; i++) {
		snprintf(inner, sizeof(inner), "\n.Ql %s", d->words[i]);
		if (strstr(text, inner) == NULL) {
			print_error("%s lacks: %s\n", page_path, inner + 1);
			n++;
		}
	}
	for (size_t i = 0; d->form != NULL && i < d->form->n; i++) {
		snprintf(inner, sizeof(inner), "%s%s.%s", path,
		    d->type == TYPE_LIST ? "[]" : "", d->form->fields[i].key);
		n += missing(text, &d->form->fields[i], inner);
	}
	return n;
}

/* Does the page of the stage that adds a section describe it? */
static char *
page_of_stage(unsigned section)
{
	char path[64], line[80], *text;

	if (section == PLAN_FAILED)
		return NULL;
	snprintf(path, sizeof(path), "man/%s.1", plan_section_stage(section));
	snprintf(line, sizeof(line), "\n.It Cm %s Pq ",
	    plan_section_name(section));
	text = page(path);
	if (strstr(text, line) != NULL)
		return text;
	free(text);
	return NULL;
}

static void
test_keys(void **state)
{
	char *text = page(page_path);
	unsigned n = 0;

	(void)state;
	for (unsigned i = 0; i < PLAN_SECTIONS; i++) {
		char *own = page_of_stage(i);

		n += missing(own != NULL ? own : text, &plan_sections[i],
		    plan_sections[i].key);
		free(own);
	}
	assert_int_equal(n, 0);
	free(text);
}

static void
test_types(void **state)
{
	char *text = page(page_path), line[80];

	(void)state;
	for (size_t i = 0; i < COUNT(type_names); i++) {
		snprintf(line, sizeof(line), "\n.It Cm %s\n",
		    type_names[i]);
		if (strstr(text, line) == NULL)
			unit_fail("%s lacks the type: %s", page_path, line + 1);
	}
	free(text);
}

/* No item that the schema does not have. */
static void
test_no_more(void **state)
{
	char *text = page(page_path), *at, key[64];

	(void)state;
	for (at = text; (at = strstr(at, "\n.It Cm ")) != NULL; at++) {
		const struct schema_field *d;
		bool type = false;

		assert_int_equal(sscanf(at + 8, "%63[^.[ \n]", key), 1);
		d = schema_form_field(&plan_form, key, strlen(key));
		for (size_t i = 0; i < COUNT(type_names); i++)
			type |= strcmp(type_names[i], key) == 0;
		if (d == NULL && !type && strcmp(key, "xb-plan") != 0 &&
		    strcmp(key, "seal") != 0)
			unit_fail("%s describes '%s', which nobody knows",
			    page_path, key);
	}
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
