#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "schema/impl.h"

const struct schema_kind schema_kinds[SCHEMA_TYPES] = {
	[TYPE_BOOL] = { .words = "true or false", .json = "true or false" },
	[TYPE_NUMBER] = { "a number", "a number", .none = NONE_UNSET,
	    .bytes = sizeof(uint64_t) },
	[TYPE_SECONDS] = { .words = "a number of seconds", .json = "a number" },
	[TYPE_ADDRESS] = { "an address", "a string \"0x...\"",
	    .none = NONE_UNSET },
	[TYPE_TEXT] = { "text", "a string", .none = NONE_NULL },
	[TYPE_BYTES] = { "a byte string", "a string or {\"bytes\": \"HEX\"}",
	    .none = NONE_NULL },
	[TYPE_DIGEST] = { "a SHA-256 digest",
	    "a string of 64 hexadecimal digits", .none = NONE_ZERO,
	    .bytes = SHA256_BYTES },
	[TYPE_UUID] = { "a UUID", "a UUID as a string", .none = NONE_ZERO,
	    .bytes = UUID_BYTES },
	[TYPE_ID] = { "a build id", "a string of 32 hexadecimal digits",
	    .none = NONE_ZERO, .bytes = BUILD_ID_BYTES },
	[TYPE_ABI] = { "the name of an ABI", "a string", .none = NONE_NULL },
	[TYPE_NUMBERS] = { "a list of numbers", "an array of numbers",
	    .entry = TYPE_NUMBER },
	[TYPE_P2M] = { "a list of runs", "an array of pairs of numbers",
	    .none = NONE_NULL, .entry = TYPE_NUMBERS },
	[TYPE_GFNS] = { "a list of runs", "an array of pairs of numbers",
	    .none = NONE_NULL, .entry = TYPE_NUMBERS },
	[TYPE_MAP] = { .words = "a map", .json = "an object",
	    .none = NONE_ZERO },
	[TYPE_LIST] = { "a list", "an array", .none = NONE_NULL,
	    .entry = TYPE_MAP },
	[TYPE_FLAT] = { .words = "a list of whole entries", .json = NULL },
	[TYPE_BLOB] = { "a byte string", NULL, .none = NONE_NULL },
	[TYPE_STRING] = { "a string without NUL, nor {\"bytes\": \"HEX\"}",
	    "a string without NUL, nor {\"bytes\": \"HEX\"}", .none = NONE_NULL,
	    .bytes = sizeof(char *) },
	[TYPE_STRINGS] = { "an array", "an array", .entry = TYPE_STRING },
	[TYPE_REAL] = { .words = "a number of seconds",
	    .json = "a number of seconds" },
	[TYPE_OCI_DIGEST] = { "a digest",
	    "a digest 'sha256:' and 64 digits of 0-9a-f", .none = NONE_ZERO,
	    .bytes = SHA256_BYTES },
};

struct schema_field
schema_entry(const struct schema_field *d)
{
	const enum schema_type type = schema_kinds[d->type].entry;

	return (struct schema_field){ .type = type, .form = d->form,
	    .limit = type == TYPE_NUMBER ? INT64_MAX : d->limit };
}

size_t
schema_entry_bytes(const struct schema_field *d)
{
	return d->form != NULL ? d->form->size :
	    schema_kinds[schema_kinds[d->type].entry].bytes;
}

const char *
schema_wanted(const struct schema_field *d, const char *words, char text[64])
{
	if (d->must != NULL)
		return d->must;
	if ((d->type != TYPE_NUMBER && d->type != TYPE_ADDRESS) ||
	    d->limit == UINT64_MAX)
		return words;
	snprintf(text, 64, "a number of at most %" PRIu64, d->limit);
	return text;
}

const struct schema_field *
schema_form_field(const struct schema_form *form, const char *key, size_t n)
{
	for (size_t i = 0; i < form->n; i++)
		if (strlen(form->fields[i].key) == n &&
		    memcmp(form->fields[i].key, key, n) == 0)
			return &form->fields[i];
	return NULL;
}

/* ---- paths ---- */

static size_t
put_step(const struct schema_path *p, char *text, size_t used)
{
	size_t size = SCHEMA_PATH_MAX - used;
	int n;

	if (p->key == NULL)
		n = snprintf(text + used, size, "[%zu]", p->index);
	else
		n = snprintf(text + used, size, "%s%.*s", used > 0 ? "." : "",
		    (int)p->n, p->key);
	if (n < 0)
		return used;
	return (size_t)n < size ? used + (size_t)n : SCHEMA_PATH_MAX - 1;
}

static size_t
put_path(const struct schema_path *p, char *text)
{
	/* No deeper than the forms are; that of a plan has five steps. */
	return p == NULL ? 0 : put_step(p, text, put_path(p->up, text));
}

const char *
schema_path_text(const struct schema_path *p, char text[SCHEMA_PATH_MAX])
{
	text[0] = '\0';
	put_path(p, text);
	return text;
}
