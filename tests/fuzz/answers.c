/*
 * answers: what a process that parses the JSON of a record sends back, once it
 * was taken over.
 *
 * An input is its answers, divided as inside.h says.  What is read of them must
 * be the same once it was written as JSON and read again.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "inside.h"
#include "record/impl.h"

/* What the texts of a record become, each with its form. */
struct documents {
	struct oci_layout layout;
	struct oci_index index;
	struct oci_manifest manifest;
	struct record_build build;
};

enum { DOCUMENTS = 4 };

/* The JSON of each, malloced; NULL: it does not matter. */
struct json {
	char *text[DOCUMENTS];
	size_t n[DOCUMENTS];
	size_t next;
};

static int
load(void *arg, const struct record_text *text, void **bytes, size_t *n,
    struct fail *f)
{
	struct json *j = arg;
	size_t i = j->next++;

	(void)text, (void)f;
	*n = j->text[i] == NULL || j->n[i] > RECORD_JSON_MAX ? 0 : j->n[i];
	*bytes = strndup(j->text[i] == NULL ? "" : j->text[i], *n);
	fuzz_promise(*bytes != NULL, "there is memory");
	return 0;
}

static int
read_all(struct documents *d, struct json *j, struct arena *a, struct fail *f)
{
	const struct record_text v[DOCUMENTS] = {
		{ "layout", NULL, &oci_layout_form, &d->layout, NULL, NULL },
		{ "index", NULL, &oci_index_form, &d->index, NULL, NULL },
		{ "manifest", NULL, &oci_manifest_form, &d->manifest, NULL,
		    NULL },
		{ "config", NULL, &record_build_form, &d->build, NULL, NULL },
	};
	const struct record_texts texts = { .path = "rec", .v = v,
		.n = DOCUMENTS, .load = load, .arg = j, .arena = a };

	memset(d, 0, sizeof(*d));
	j->next = 0;
	return record_read(&texts, f);
}

static void
write_all(const struct documents *d, struct json *j)
{
	const struct {
		const struct schema_form *form;
		const void *from;
	} v[DOCUMENTS] = {
		{ &oci_layout_form, &d->layout },
		{ &oci_index_form, &d->index },
		{ &oci_manifest_form, &d->manifest },
		{ &record_build_form, &d->build },
	};

	for (size_t i = 0; i < DOCUMENTS; i++) {
		struct fail f = { .kind = FAIL_NONE };

		fuzz_outcome(record_write(v[i].form, v[i].from, &j->text[i],
		    &j->n[i], &f), &f);
	}
}

static void
hold_to_json(const struct documents *d)
{
	struct json one = { .next = 0 }, two = { .next = 0 };
	struct fail f = { .kind = FAIL_NONE };
	struct arena a = ARENA_INIT;
	struct documents again;
	bool small = true;

	write_all(d, &one);
	for (size_t i = 0; i < DOCUMENTS; i++)
		small &= one.n[i] <= RECORD_JSON_MAX;
	inside_answers(NULL, 0);
	if (small) {
		fuzz_promise(read_all(&again, &one, &a, &f) == 0,
		    "what was read can be written and read again");
		write_all(&again, &two);
	}
	for (size_t i = 0; i < DOCUMENTS; i++) {
		fuzz_promise(!small || (one.n[i] == two.n[i] &&
		    memcmp(one.text[i], two.text[i], one.n[i]) == 0),
		    "it is the same then");
		free(one.text[i]);
		free(two.text[i]);
	}
	arena_release(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct fail f = { .kind = FAIL_NONE };
	struct arena a = ARENA_INIT;
	struct json none = { .next = 0 };
	struct documents d;
	int rc;

	inside_answers(bytes, n);
	rc = read_all(&d, &none, &a, &f);
	fuzz_outcome(rc, &f);
	if (rc == 0)
		hold_to_json(&d);
	arena_release(&a);
	return 0;
}
