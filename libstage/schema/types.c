#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "schema/impl.h"

const char *const schema_type_words[SCHEMA_TYPES] = {
	[TYPE_BOOL]	= "true or false",
	[TYPE_NUMBER]	= "a number",
	[TYPE_SECONDS]	= "a number of seconds",
	[TYPE_ADDRESS]	= "an address",
	[TYPE_TEXT]	= "text",
	[TYPE_BYTES]	= "a byte string",
	[TYPE_DIGEST]	= "a SHA-256 digest",
	[TYPE_UUID]	= "a UUID",
	[TYPE_ID]	= "a build id",
	[TYPE_ABI]	= "the name of an ABI",
	[TYPE_NUMBERS]	= "a list of numbers",
	[TYPE_P2M]	= "a list of runs",
	[TYPE_MAP]	= "a map",
	[TYPE_LIST]	= "a list",
	[TYPE_FLAT]	= "a list of whole entries",
	[TYPE_BLOB]	= "a byte string",
	[TYPE_STRING]	= "a string without NUL, nor {\"bytes\": \"HEX\"}",
	[TYPE_STRINGS]	= "an array",
	[TYPE_REAL]	= "a number of seconds",
	[TYPE_OCI_DIGEST] = "a digest",
};

const char *
schema_wanted(const struct schema_field *d,
    const char *const words[SCHEMA_TYPES], char text[64])
{
	if (d->must != NULL)
		return d->must;
	if ((d->type != TYPE_NUMBER && d->type != TYPE_ADDRESS) ||
	    d->limit == UINT64_MAX)
		return words[d->type];
	snprintf(text, 64, "a number of at most %" PRIu64, d->limit);
	return text;
}

size_t
schema_type_bytes(enum schema_type type)
{
	switch (type) {
	case TYPE_DIGEST:
	case TYPE_OCI_DIGEST:
		return SHA256_BYTES;
	case TYPE_UUID:
		return UUID_BYTES;
	case TYPE_ID:
		return BUILD_ID_BYTES;
	default:
		return 0;
	}
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

bool
schema_uuid_hyphen(size_t byte)
{
	return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}
