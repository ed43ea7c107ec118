#include <inttypes.h>

#include "base/json.h"
#include "inspect/walk-report.h"

static void
put_hex(struct json_writer *j, const char *key, unsigned bytes,
    uint64_t value)
{
	json_put_print(j, key, "\"0x%0*" PRIx64 "\"", (int)(2 * bytes), value);
}

static void
put_address(const struct walk_report *r, struct json_writer *j,
    const char *key, uint64_t value)
{
	put_hex(j, key, walk_abi(r->walk)->bits / 8, value);
}

static void
put_frame(struct json_writer *j, const char *key, uint64_t n)
{
	if (n == INVALID_MFN)
		json_put_text(j, key, NULL);
	else
		json_put_number(j, key, n);
}

static void
put_flags(struct json_writer *j, unsigned level, uint64_t entry)
{
	const char *word[WALK_WORDS];
	size_t n;

	walk_words(level, entry, word, &n);
	json_put_list(j, "flags");
	for (size_t i = 0; i < n; i++)
		json_put_text(j, NULL, word[i]);
	json_put_end(j);
}

static void
put_place(struct json_writer *j, uint64_t mfn, uint64_t pfn,
    const struct walk_place *p)
{
	put_frame(j, "mfn", mfn);
	put_frame(j, "pfn", pfn);
	json_put_text(j, "segment", p->segment);
	if (p->segment == NULL)
		json_put_text(j, "offset", NULL);
	else
		json_put_number(j, "offset", p->offset);
}

static void
put_step(const struct walk_report *r, struct json_writer *j,
    const struct walk_step *s)
{
	const struct walk_place p = walk_place_of(r, s->mfn, s->pfn, 0);

	json_put_map(j, NULL);
	json_put_number(j, "level", s->level);
	json_put_number(j, "index", s->index);
	put_place(j, s->mfn, s->pfn, &p);
	if (p.va.set)
		put_address(r, j, "va", p.va.value);
	else
		json_put_text(j, "va", NULL);
	put_address(r, j, "covers", s->va);
	put_hex(j, "entry", walk_abi(r->walk)->pte_bytes, s->entry);
	put_flags(j, s->level, s->entry);
	json_put_end(j);
}

void
walk_json_path(const struct walk_report *r, const struct walk_path *p)
{
	const struct walk_place at = walk_place_of(r, p->mfn, p->pfn,
	    p->va % PAGE_BYTES);
	struct json_writer w = JSON_WRITER_INIT(r->to, JSON_STYLE_INDENTED);
	struct json_writer *j = &w;

	json_put_map(j, NULL);
	json_put_text(j, "abi", walk_abi(r->walk)->name);
	json_put_bool(j, "planned", walk_planned(r->walk));
	put_address(r, j, "address", p->va);
	json_put_list(j, "levels");
	for (unsigned i = 0; i < p->n; i++)
		put_step(r, j, &p->step[i]);
	json_put_end(j);
	json_put_bool(j, "mapped", p->end == WALK_MAPPED);
	json_put_text(j, "fault", p->why);
	put_place(j, p->mfn, p->pfn, &at);
	json_put_end(j);
	fputc('\n', r->to);
}

void
walk_json_row(const struct walk_report *r, struct json_writer *j,
    const struct walk_run *u)
{
	/* The flags of a run are what all its levels allow; it is present. */
	uint64_t flags = u->end == WALK_MAPPED ? u->flags | PTE_PRESENT |
	    (u->level > 1 ? PTE_PSE : 0) : 0;
	const struct walk_place at = walk_place_of(r, u->mfn, u->pfn, 0);

	json_put_map(j, NULL);
	put_address(r, j, "va", u->va);
	json_put_number(j, "pages", u->pages);
	json_put_bool(j, "mapped", u->end == WALK_MAPPED);
	json_put_text(j, "fault", u->why);
	put_flags(j, u->level, flags);
	put_place(j, u->mfn, u->pfn, &at);
	json_put_end(j);
}

/* Runs are printed as they come: there may be millions. */
void
walk_json_run(const struct walk_report *r, uint64_t pages,
    const struct walk_run *u)
{
	struct json_writer j = JSON_WRITER_INIT(r->to, JSON_STYLE_LINE);

	if (r->runs == 0)
		fprintf(r->to, "{\n  \"abi\": \"%s\",\n  \"planned\": %s,\n"
		    "  \"address\": \"0x%0*" PRIx64 "\",\n  \"pages\": %"
		    PRIu64 ",\n  \"runs\": [", walk_abi(r->walk)->name,
		    walk_planned(r->walk) ? "true" : "false",
		    (int)walk_abi(r->walk)->bits / 4, u->va, pages);
	fputs(r->runs == 0 ? "\n    " : ",\n    ", r->to);
	walk_json_row(r, &j, u);
}
