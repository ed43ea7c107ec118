/*
 * can: the answer of image_can() in words and as JSON.
 */
#include <inttypes.h>
#include <string.h>

#include "abi/features.h"
#include "base/escape.h"
#include "base/json.h"
#include "image/can.h"

static bool
built_in(const struct image_can *c)
{
	return c->codec == NULL || c->codec->unpack != NULL;
}

/* ---- in words ---- */

static void
put_words(FILE *to, const char *ours, const char *theirs)
{
	fputs(ours, to);
	escape_to(to, theirs, strlen(theirs));
}

static void
pv_text(const struct image_can *c, FILE *to)
{
	const struct image_facts *k = &c->facts;

	fputs("pv    ", to);
	if (k->pv)
		fprintf(to, "yes, as %s: entry 0x%" PRIx64 ", from 0x%" PRIx64,
		    abi_rows[k->abi].name, k->entry, k->virt_base);
	else
		put_words(to, k->read ? "no: " : "not known: ", c->why);
	for (unsigned bit = 0; k->pv && bit < 64; bit++)
		if ((k->features_required >> bit & 1) != 0 &&
		    feature_name(bit) != NULL)
			fprintf(to, ", needs %s", feature_name(bit));
	fputc('\n', to);
}

static void
pvh_text(const struct image_facts *k, FILE *to)
{
	if (k->pvh)
		fprintf(to, "pvh   yes, as %s: entry 0x%" PRIx64,
		    abi_first(GUEST_PVH)->name, k->phys32_entry.value);
	else if (!k->read)
		fputs("pvh   not known", to);
	else
		put_words(to, "pvh   no: ", k->phys32_entry.set ? k->pvh_why :
		    "there is no note PHYS32_ENTRY");
	fputc('\n', to);
}

void
image_can_text(const struct image_can *c, FILE *to)
{
	const struct image_facts *k = &c->facts;

	put_words(to, "file  ", k->file[0] == '\0' ? "not known" : k->file);
	if (c->codec != NULL)
		fprintf(to, ", packed with %s, which is %s", c->codec->name,
		    built_in(c) ? "built in" : "left out of this build");
	if (k->bits != 0)
		fprintf(to, ", %" PRIu32 " bits", k->bits);
	if (k->bits == 32)
		put_words(to, ", PAE: ", k->pae);
	fputc('\n', to);
	pv_text(c, to);
	pvh_text(k, to);
}

/* ---- as JSON ---- */

static void
put_address(struct json_writer *j, const char *key, uint64_t address)
{
	json_put_print(j, key, "\"0x%" PRIx64 "\"", address);
}

static void
put_features(struct json_writer *j, const char *key, uint64_t bits)
{
	json_put_list(j, key);
	for (unsigned bit = 0; bit < 64; bit++)
		if ((bits >> bit & 1) != 0 && feature_name(bit) != NULL)
			json_put_text(j, NULL, feature_name(bit));
	json_put_end(j);
}

static void
put_codec(struct json_writer *j, const struct image_can *c)
{
	if (c->codec == NULL) {
		json_put_text(j, "codec", NULL);
		return;
	}
	json_put_map(j, "codec");
	json_put_text(j, "name", c->codec->name);
	json_put_bool(j, "built_in", built_in(c));
	json_put_end(j);
}

static void
put_pv(struct json_writer *j, const struct image_facts *k)
{
	const struct abi *a = &abi_rows[k->abi];

	if (!k->pv) {
		json_put_text(j, "pv", NULL);
		return;
	}
	json_put_map(j, "pv");
	json_put_text(j, "abi", a->name);
	json_put_number(j, "bits", a->bits);
	put_address(j, "entry", k->entry);
	put_address(j, "virt_base", k->virt_base);
	put_features(j, "requires", k->features_required);
	put_features(j, "supports", k->features_supported);
	json_put_end(j);
}

static void
put_pvh(struct json_writer *j, const struct image_facts *k)
{
	if (!k->pvh) {
		json_put_text(j, "pvh", NULL);
		return;
	}
	json_put_map(j, "pvh");
	json_put_text(j, "abi", abi_first(GUEST_PVH)->name);
	put_address(j, "entry", k->phys32_entry.value);
	json_put_end(j);
}

void
image_can_json(const struct image_can *c, FILE *to)
{
	struct json_writer j = JSON_WRITER_INIT(to, JSON_STYLE_INDENTED);
	const struct image_facts *k = &c->facts;

	json_put_map(&j, NULL);
	json_put_text(&j, "file", k->file[0] == '\0' ? NULL : k->file);
	put_codec(&j, c);
	json_put_bool(&j, "read", k->read);
	json_put_number(&j, "bits", k->bits);
	json_put_text(&j, "pae", k->bits == 32 ? k->pae : NULL);
	put_pv(&j, k);
	json_put_text(&j, "why", k->pv ? NULL : c->why);
	put_pvh(&j, k);
	json_put_text(&j, "why_pvh", k->pvh_why[0] == '\0' ? NULL :
	    k->pvh_why);
	json_put_end(&j);
	fputc('\n', to);
}
