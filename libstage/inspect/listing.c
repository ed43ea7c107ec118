#include <string.h>

#include "base/escape.h"
#include "base/json.h"
#include "base/sha256.h"
#include "inspect/listing.h"
#include "record/record.h"

enum { DIGEST = sizeof("sha256:") + 2 * SHA256_BYTES };

static const char *
digest(const uint8_t sha256[SHA256_BYTES], char text[DIGEST])
{
	memcpy(text, "sha256:", sizeof("sha256:"));
	sha256_hex(sha256, text + strlen(text));
	return text;
}

static void
put_word(FILE *to, const char *before, const char *word)
{
	fputs(before, to);
	if (word == NULL)
		putc('-', to);
	else
		escape_to(to, word, strlen(word));
}

static bool
is_of(const struct record_entry *result, const struct record_entry *record)
{
	return result->result && !record->result && memcmp(result->subject,
	    record->sha256, SHA256_BYTES) == 0;
}

/* Is the record of a result elsewhere? */
static bool
is_alone(const struct record_list *l, const struct record_entry *result)
{
	for (size_t i = 0; i < l->n; i++)
		if (is_of(result, &l->v[i]))
			return false;
	return result->result;
}

static void
print_line(const char *before, const struct record_entry *e, FILE *to)
{
	char text[DIGEST];

	put_word(to, before, e->tag);
	put_word(to, "\t", digest(e->sha256, text));
	put_word(to, "\t", e->created);
	put_word(to, "\t", e->title);
	putc('\n', to);
}

static void
print_text(const struct record_list *l, FILE *to)
{
	for (size_t i = 0; i < l->n; i++) {
		if (!l->v[i].result)
			print_line("", &l->v[i], to);
		for (size_t k = 0; k < l->n; k++)
			if (is_of(&l->v[k], &l->v[i]))
				print_line("\t", &l->v[k], to);
	}
	for (size_t i = 0; i < l->n; i++)
		if (is_alone(l, &l->v[i]))
			print_line("\t", &l->v[i], to);
}

static void
put_entry(struct json_writer *j, const struct record_entry *e)
{
	char text[DIGEST];

	json_put_map(j, NULL);
	json_put_text(j, "tag", e->tag);
	json_put_text(j, "digest", digest(e->sha256, text));
	json_put_text(j, "created", e->created);
	json_put_text(j, "title", e->title);
	if (e->result)
		json_put_text(j, "subject", digest(e->subject, text));
}

static void
print_json(const struct record_list *l, FILE *to)
{
	struct json_writer j = JSON_WRITER_INIT(to, JSON_STYLE_INDENTED);

	json_put_map(&j, NULL);
	for (int results = 0; results < 2; results++) {
		json_put_list(&j, results ? "results" : "records");
		for (size_t i = 0; i < l->n; i++)
			if (l->v[i].result == results) {
				put_entry(&j, &l->v[i]);
				json_put_end(&j);
			}
		json_put_end(&j);
	}
	json_put_end(&j);
	putc('\n', to);
}

int
listing_print(const char *layout, bool json, FILE *to, struct fail *f)
{
	struct record_list l;
	int rc = record_list(&l, layout, f);

	if (rc == 0 && json)
		print_json(&l, to);
	else if (rc == 0)
		print_text(&l, to);
	arena_release(&l.arena);
	return rc;
}
