#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/hex.h"
#include "base/json-bytes.h"
#include "target/info.h"

static void
build_print(const struct target_info *i, char text[2 * BUILD_ID_BYTES + 1])
{
	hex_put(i->build, i->has_build ? BUILD_ID_BYTES : 0, text);
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
	    jsonbytes(text, strlen(text));
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
	return json_pack("{s:o, s:o, s:s, s:o, s:I, s:I, s:I, s:I, s:I, s:b,"
	    " s:b, s:b, s:o, s:o, s:o}",
	    "target", jsonbytes(name, strlen(name)),
	    "name", text_or_null(i->name), "uuid", uuid,
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

/* Takes over doc, which is NULL where there was no memory to make it. */
static int
print_json(json_t *doc, size_t flags, FILE *out, struct fail *f)
{
	/* ASCII only, so that a name cannot send commands to the terminal. */
	char *text = doc == NULL ? NULL : json_dumps(doc, flags |
	    JSON_ENSURE_ASCII | JSON_ENCODE_ANY);

	json_decref(doc);
	if (text == NULL)
		return fail_memory(f, 1);
	fputs(text, out);
	free(text);
	return 0;
}

int
target_info_json(const char *name, const struct target_info *i, FILE *out,
    struct fail *f)
{
	if (print_json(info_object(name, i), JSON_INDENT(2), out, f) < 0)
		return -1;
	putc('\n', out);
	return 0;
}

int
target_name_json(const char *name, FILE *out, struct fail *f)
{
	return print_json(jsonbytes(name, strlen(name)), 0, out, f);
}
