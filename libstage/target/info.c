#include <inttypes.h>
#include <string.h>

#include "base/escape.h"
#include "base/hex.h"
#include "base/json.h"
#include "target/info.h"

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

uint64_t
target_info_memory(const struct target_info *i)
{
	uint64_t beside = i->abi == NULL || !i->has_build ? 0 :
	    abi_pages_beside(i->abi);

	return i->pages < beside ? 0 : i->pages - beside;
}

static void
print_memory(const struct target_info *i, FILE *out)
{
	uint64_t memory = target_info_memory(i);

	fprintf(out, "memory       %" PRIu64 " KiB of at most %" PRIu64 " KiB",
	    kib_of(memory), kib_of(i->max_pages));
	if (memory < i->pages)
		fprintf(out, ", and %" PRIu64 " KiB beside it",
		    kib_of(i->pages - memory));
	fputc('\n', out);
}

void
target_info_text(const char *name, const struct target_info *i,
    const struct target_host *h, FILE *out)
{
	fputs("target       ", out);
	escape_to(out, name, strlen(name));
	fputs("\nname         ", out);
	escape_to(out, i->name, strlen(i->name));
	fprintf(out, "%s\nuuid         %s\n", i->name[0] == '\0' ? "none" : "",
	    uuid_text(i->uuid).s);
	fprintf(out, "state        %s\n", state_words(i));
	fprintf(out, "type         %s\n", guest_name(i->guest));
	fprintf(out, "abi          %s\n", i->abi == NULL ? "not set" :
	    i->abi->name);
	print_memory(i, out);
	fprintf(out, "free         %" PRIu64 " KiB that the host could give\n",
	    h->free_pages * 4);
	fprintf(out, "vcpus        %" PRIu32 "\n", i->vcpus);
	if (i->shared_info_mfn != 0)
		fprintf(out, "shared_info  mfn 0x%" PRIx64 "\n",
		    i->shared_info_mfn);
	fprintf(out, "build        %s\n", i->has_build ?
	    id_text(i->build).s : "none");
}

static void
text_or_null(struct json_writer *j, const char *key, const char *text)
{
	json_put_text(j, key, text == NULL || text[0] == '\0' ? NULL : text);
}

void
target_info_json(struct json_writer *j, const char *name,
    const struct target_info *i, const struct target_host *h)
{
	json_put_text(j, "target", name);
	text_or_null(j, "name", i->name);
	json_put_text(j, "uuid", uuid_text(i->uuid).s);
	json_put_text(j, "type", guest_name(i->guest));
	text_or_null(j, "abi", i->abi == NULL ? NULL : i->abi->name);
	json_put_number(j, "pages", i->pages);
	json_put_number(j, "max_pages", i->max_pages);
	json_put_number(j, "free_pages", h->free_pages);
	json_put_number(j, "vcpus", i->vcpus);
	json_put_number(j, "shared_info_mfn", i->shared_info_mfn);
	json_put_bool(j, "paused", i->paused);
	json_put_bool(j, "constructed", i->constructed);
	json_put_bool(j, "has_run", i->has_run);
	text_or_null(j, "ended", i->ended);
	json_put_text(j, "build", i->has_build ? id_text(i->build).s : NULL);
	json_put_list(j, "offers");
	for (size_t k = 0; k < h->n_offers; k++)
		json_put_text(j, NULL, h->offers[k]->name);
	json_put_end(j);
}

void
target_row_json(const char *name, const struct target_info *i,
    const char *why, FILE *out)
{
	struct json_writer w = JSON_WRITER_INIT(out, JSON_STYLE_LINE);
	struct json_writer *j = &w;

	json_put_map(j, NULL);
	json_put_text(j, "target", name);
	if (i == NULL) {
		json_put_text(j, "why", why);
	} else {
		text_or_null(j, "name", i->name);
		json_put_text(j, "uuid", uuid_text(i->uuid).s);
		json_put_text(j, "state", state_words(i));
		json_put_number(j, "memory", kib_of(target_info_memory(i)));
		json_put_number(j, "maxmem", kib_of(i->max_pages));
		json_put_number(j, "vcpus", i->vcpus);
		json_put_text(j, "type", guest_name(i->guest));
		text_or_null(j, "abi", i->abi == NULL ? NULL : i->abi->name);
	}
	json_put_end(j);
}
