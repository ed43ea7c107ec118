#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/draft.h"
#include "base/json.h"
#include "canonical/canonical.h"
#include "run/after.h"
#include "run/replayer-check.h"

/* The guest that was recorded and the one that is there. */
struct checking {
	const struct record *record;
	const struct plan *plan;
	uint64_t vcpus;
	struct canonical_digests was, is;
	struct canonical_difference differs;
	bool other_vcpus;
};

static int
compare(struct checking *c, struct fail *f)
{
	const struct maybe *vcpus = &c->record->build.vcpus;

	c->other_vcpus = vcpus->set && vcpus->value != c->vcpus;
	return canonical_digests_compare(&c->was, &c->is, &c->differs, f);
}

static bool
same(const struct checking *c)
{
	return !c->other_vcpus && !canonical_differs(&c->differs);
}

/* Each difference is told in a list of JSON and, with words, as an answer. */
struct telling {
	struct json_writer list;
	bool words;
	const char *part;		/* the last one that differs; NULL */
	struct fail *f;
};

static void
tell_one(struct telling *t, const char *place)
{
	json_put_text(&t->list, NULL, place);
	if (t->words)
		fail_answer(t->f, "differs: %s", place);
}

static void
tell_run(struct telling *t, struct pfn_run run, const struct plan *p)
{
	char place[CANONICAL_PLACE_BYTES], text[CANONICAL_PLACE_BYTES + 32];

	canonical_place(p, run.pfn, place);
	snprintf(text, sizeof(text), "%s; %" PRIu64 " pages", place, run.pages);
	tell_one(t, run.pages == 1 ? place : text);
}

/* One line for the pages in a row that differ in a segment. */
static void
tell_pages(struct telling *t, const struct canonical_difference *d,
    const struct plan *p)
{
	for (size_t i = 0; i < d->n; i++)
		for (struct pfn_run left = d->runs[i], run; left.pages > 0;) {
			run = canonical_part(p, left);
			tell_run(t, run, p);
			left.pfn += run.pages;
			left.pages -= run.pages;
		}
}

static void
tell_parts(struct telling *t, const struct checking *c)
{
	const struct canonical_difference *d = &c->differs;
	const struct {
		bool differs;
		const char *words;
	} parts[] = {
		{ d->abi, "the guest ABI" },
		{ d->pages, "the size of the domain" },
		{ c->other_vcpus, "the number of vcpus" },
		{ d->shared_info, canonical_beside(c->plan->image.abi) },
		{ d->vcpu, "the registers of vcpu 0" },
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i].differs) {
			t->part = parts[i].words;
			tell_one(t, t->part);
		}
}

static void
tell_all(struct telling *t, const struct checking *c)
{
	struct json_writer *j = &t->list;

	json_put_map(j, NULL);
	json_put_bool(j, "same", same(c));
	json_put_number(j, "pages", c->is.n);
	json_put_list(j, "differs");
	tell_parts(t, c);
	tell_pages(t, &c->differs, c->plan);
	json_put_end(j);
	json_put_end(j);
}

static int
another(const struct checking *c, const struct telling *t, struct fail *f)
{
	uint64_t n = c->differs.differing;

	if (n == 0)
		return fail(f, FAIL_INPUT, "the guest is not the recorded one: "
		    "no page differs, but %s", t->part);
	return fail(f, FAIL_INPUT, "the guest is not the recorded one: %"
	    PRIu64 " page%s", n, n == 1 ? " differs" : "s differ");
}

static int
tell(const struct checking *c, bool words, char **found, struct fail *f)
{
	struct telling t = { .words = words, .f = f };
	struct draft text;

	if (draft_begin(&text, f) < 0)
		return -1;
	t.list = (struct json_writer)JSON_WRITER_INIT(text.to,
	    JSON_STYLE_LINE);
	tell_all(&t, c);
	if (draft_end(&text, f) < 0)
		return -1;
	*found = text.bytes;
	if (!same(c))
		return another(c, &t, f);
	if (words)
		fail_answer(f, "the guest is the recorded one: %zu pages that "
		    "are not zero of %" PRIu64 ", %s and registers", c->is.n,
		    c->is.pages, canonical_beside(c->plan->image.abi));
	return 0;
}

static int
read_record(struct checking *c, struct fail *f)
{
	const char *path = c->record->path;
	void *bytes;
	size_t n;
	int rc;

	if (record_guest(c->record, &bytes, &n, f) < 0)
		return -1;
	if (bytes == NULL)
		return fail(f, FAIL_INPUT, "the record '%s' has no guest to "
		    "check against: its build failed", path);
	rc = canonical_digests_decode(&c->was, bytes, n, "the guest of the "
	    "record", f);
	free(bytes);
	if (rc < 0)
		fail_add(f, " (in '%s')", path);
	return rc;
}

int
replayer_check(const struct record *r, const struct plan *p, uint64_t vcpus,
    bool words, char **found, struct fail *f)
{
	struct checking c = { .record = r, .plan = p, .vcpus = vcpus };
	int rc = -1;

	*found = NULL;
	if (read_record(&c, f) == 0 && build_guest(p, &c.is, f) == 0 &&
	    compare(&c, f) == 0)
		rc = tell(&c, words, found, f);
	canonical_difference_release(&c.differs);
	canonical_digests_release(&c.is);
	canonical_digests_release(&c.was);
	return rc;
}
