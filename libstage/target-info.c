#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "target-info.h"

static const char form[UUID_TEXT] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
static const char digits[] = "0123456789abcdef0123456789ABCDEF";

void
uuid_print(const uint8_t uuid[UUID_BYTES], char text[UUID_TEXT])
{
	size_t k = 0;

	memcpy(text, form, UUID_TEXT);
	for (size_t i = 0; form[i] != '\0'; i++) {
		if (form[i] == '-')
			continue;
		text[i] = digits[k % 2 == 0 ? uuid[k / 2] >> 4 :
		    uuid[k / 2] & 15];
		k++;
	}
}

bool
uuid_parse(const char *text, uint8_t uuid[UUID_BYTES])
{
	size_t k = 0;

	if (strlen(text) != UUID_TEXT - 1)
		return false;
	for (size_t i = 0; form[i] != '\0'; i++) {
		const char *digit = strchr(digits, text[i]);

		if (form[i] == '-' ? text[i] != '-' : digit == NULL)
			return false;
		if (form[i] == '-')
			continue;
		uuid[k / 2] = (uint8_t)(uuid[k / 2] << 4 |
		    (digit - digits) % 16);
		k++;
	}
	return true;
}

static void
build_print(const struct target_info *i, char text[2 * BUILD_ID_BYTES + 1])
{
	text[0] = '\0';
	for (size_t k = 0; i->has_build && k < BUILD_ID_BYTES; k++)
		snprintf(text + 2 * k, 3, "%02x", i->build[k]);
}

static const char *
state_words(const struct target_info *i)
{
	if (!i->constructed)
		return i->pages == 0 ? "paused, without memory" :
		    "paused, not built";
	if (i->ended != NULL)
		return i->ended;
	if (i->has_run)
		return i->paused ? "paused, has run" : "running";
	return "paused, built";
}

void
target_info_text(const char *name, const struct target_info *i, FILE *out)
{
	char uuid[UUID_TEXT], build[2 * BUILD_ID_BYTES + 1];

	uuid_print(i->uuid, uuid);
	build_print(i, build);
	fputs("target       ", out);
	escape_to(out, name, strlen(name));
	fputs("\nname         ", out);
	escape_to(out, i->name, strlen(i->name));
	fprintf(out, "%s\nuuid         %s\n", i->name[0] == '\0' ? "none" : "",
	    uuid);
	fprintf(out, "state        %s\n", state_words(i));
	fprintf(out, "abi          %s\n", i->abi == NULL ? "not set" :
	    i->abi->name);
	fprintf(out, "memory       %" PRIu64 " KiB of at most %" PRIu64
	    " KiB\n", i->pages * 4, i->max_pages * 4);
	fprintf(out, "free         %" PRIu64 " KiB that the host could give\n",
	    i->free_pages * 4);
	fprintf(out, "vcpus        %" PRIu32 "\n", i->vcpus);
	fprintf(out, "shared_info  mfn 0x%" PRIx64 "\n", i->shared_info_mfn);
	fprintf(out, "build        %s\n", i->has_build ? build : "none");
}

static json_t *
text_or_null(const char *text)
{
	return text == NULL || text[0] == '\0' ? json_null() :
	    json_string(text);
}

static json_t *
info_object(const char *name, const struct target_info *i)
{
	char uuid[UUID_TEXT], build[2 * BUILD_ID_BYTES + 1];
	json_t *offers = json_array();

	uuid_print(i->uuid, uuid);
	build_print(i, build);
	for (size_t k = 0; k < i->n_offers; k++)
		if (json_array_append_new(offers,
		    json_string(i->offers[k]->name)) < 0)
			return NULL;
	return json_pack("{s:s, s:o, s:s, s:o, s:I, s:I, s:I, s:I, s:I, s:b,"
	    " s:b, s:b, s:o, s:o, s:o}",
	    "target", name, "name", text_or_null(i->name), "uuid", uuid,
	    "abi", text_or_null(i->abi == NULL ? NULL : i->abi->name),
	    "pages", (json_int_t)i->pages,
	    "max_pages", (json_int_t)i->max_pages,
	    "free_pages", (json_int_t)i->free_pages,
	    "vcpus", (json_int_t)i->vcpus,
	    "shared_info_mfn", (json_int_t)i->shared_info_mfn,
	    "paused", i->paused, "constructed", i->constructed,
	    "has_run", i->has_run, "ended", text_or_null(i->ended),
	    "build", text_or_null(build), "offers", offers);
}

int
target_info_json(const char *name, const struct target_info *i, FILE *out,
    struct fail *f)
{
	json_t *doc = info_object(name, i);
	char *text = doc == NULL ? NULL : json_dumps(doc, JSON_INDENT(2));

	json_decref(doc);
	if (text == NULL)
		return fail(f, FAIL_TARGET, "cannot print '%s' as JSON: its "
		    "names are not UTF-8", name);
	fprintf(out, "%s\n", text);
	free(text);
	return 0;
}
