#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

#include "inspect/walk-report.h"

/*
 * Functions that make a value return NULL where there is no memory.  Jansson's
 * ..._new() functions take the value over, and fail where it is NULL.
 */

static json_t *
address(const struct walk_report *r, uint64_t value)
{
	return json_sprintf("0x%0*" PRIx64, walk_abi(r->walk)->bits / 4,
	    value);
}

static json_t *
frame(uint64_t n)
{
	return n == INVALID_MFN ? json_null() : json_integer((json_int_t)n);
}

static json_t *
words(unsigned level, uint64_t entry)
{
	const char *word[WALK_WORDS];
	json_t *list = json_array();
	size_t n;

	walk_words(level, entry, word, &n);
	for (size_t i = 0; i < n; i++)
		if (json_array_append_new(list, json_string(word[i])) < 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

/* mfn, pfn, segment, offset and va of a frame. */
static int
put_place(const struct walk_report *r, json_t *o, uint64_t mfn, uint64_t pfn,
    uint64_t in_page)
{
	const struct walk_place p = walk_place_of(r, mfn, pfn, in_page);
	int rc = json_object_set_new(o, "mfn", frame(mfn));

	rc |= json_object_set_new(o, "pfn", frame(pfn));
	rc |= json_object_set_new(o, "segment", p.segment == NULL ?
	    json_null() : json_string(p.segment));
	rc |= json_object_set_new(o, "offset", p.segment == NULL ?
	    json_null() : json_integer((json_int_t)p.offset));
	return rc;
}

static json_t *
step_object(const struct walk_report *r, const struct walk_step *s)
{
	const struct walk_place p = walk_place_of(r, s->mfn, s->pfn, 0);
	json_t *o = json_pack("{s:i, s:i}", "level", (int)s->level, "index",
	    (int)s->index);

	if (put_place(r, o, s->mfn, s->pfn, 0) != 0 ||
	    json_object_set_new(o, "va", p.va.set ? address(r, p.va.value) :
	    json_null()) < 0 ||
	    json_object_set_new(o, "covers", address(r, s->va)) < 0 ||
	    json_object_set_new(o, "entry", json_sprintf("0x%0*" PRIx64,
	    2 * walk_abi(r->walk)->pte_bytes, s->entry)) < 0 ||
	    json_object_set_new(o, "flags", words(s->level, s->entry)) < 0) {
		json_decref(o);
		return NULL;
	}
	return o;
}

static json_t *
steps(const struct walk_report *r, const struct walk_path *p)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < p->n; i++)
		if (json_array_append_new(list, step_object(r, &p->step[i])) <
		    0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *
fault(enum walk_end end, const char *why)
{
	return end == WALK_BAD ? json_string(why) : json_null();
}

static json_t *
path_object(const struct walk_report *r, const struct walk_path *p)
{
	json_t *o = json_pack("{s:s, s:b, s:o, s:o, s:b, s:o}",
	    "abi", walk_abi(r->walk)->name, "planned", walk_planned(r->walk),
	    "address", address(r, p->va), "levels", steps(r, p),
	    "mapped", p->end == WALK_MAPPED, "fault", fault(p->end, p->why));

	if (put_place(r, o, p->mfn, p->pfn, p->va % PAGE_BYTES) == 0)
		return o;
	json_decref(o);
	return NULL;
}

static json_t *
run_object(const struct walk_report *r, const struct walk_run *u)
{
	/* The flags of a run are what all its levels allow; it is present. */
	uint64_t flags = u->end == WALK_MAPPED ? u->flags | PTE_PRESENT |
	    (u->level > 1 ? PTE_PSE : 0) : 0;
	json_t *o = json_pack("{s:o, s:I, s:b, s:o, s:o}",
	    "va", address(r, u->va), "pages", (json_int_t)u->pages,
	    "mapped", u->end == WALK_MAPPED, "fault", fault(u->end, u->why),
	    "flags", words(u->level, flags));

	if (put_place(r, o, u->mfn, u->pfn, 0) == 0)
		return o;
	json_decref(o);
	return NULL;
}

/* Takes o. */
static int
print(const struct walk_report *r, json_t *o, size_t flags, struct fail *f)
{
	char *text = o == NULL ? NULL : json_dumps(o, flags);

	json_decref(o);
	if (text == NULL)
		return fail_memory(f, 1);
	fputs(text, r->to);
	free(text);
	return 0;
}

int
walk_json_path(const struct walk_report *r, const struct walk_path *p,
    struct fail *f)
{
	if (print(r, path_object(r, p), JSON_INDENT(2), f) < 0)
		return -1;
	fputc('\n', r->to);
	return 0;
}

/* Runs are printed as they come: there may be millions. */
int
walk_json_run(const struct walk_report *r, uint64_t pages,
    const struct walk_run *u, struct fail *f)
{
	if (r->runs == 0)
		fprintf(r->to, "{\n  \"abi\": \"%s\",\n  \"planned\": %s,\n"
		    "  \"address\": \"0x%0*" PRIx64 "\",\n  \"pages\": %"
		    PRIu64 ",\n  \"runs\": [", walk_abi(r->walk)->name,
		    walk_planned(r->walk) ? "true" : "false",
		    walk_abi(r->walk)->bits / 4, u->va, pages);
	fputs(r->runs == 0 ? "\n    " : ",\n    ", r->to);
	return print(r, run_object(r, u), 0, f);
}
