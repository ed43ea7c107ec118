#include <inttypes.h>
#include <stdlib.h>

#include "base/draft.h"
#include "base/json.h"
#include "canonical/canonical.h"
#include "run/after.h"
#include "run/replayer-check.h"

/* Each difference is told in a list of JSON and, with words, as an answer. */
struct telling {
	struct json_writer list;
	bool words;
	struct fail *f;
};

static void
tell_one(struct telling *t, const char *place)
{
	json_put_text(&t->list, NULL, place);
	if (t->words)
		fail_answer(t->f, "differs: %s", place);
}

/* One line for each page that differs: where the plan has it. */
static void
tell_pages(struct telling *t, const struct canonical_difference *d,
    const struct plan *p)
{
	char place[CANONICAL_PLACE_BYTES];

	for (size_t i = 0; i < d->n; i++)
		for (uint64_t n = 0; n < d->runs[i].pages; n++)
			tell_one(t, canonical_place(p, d->runs[i].pfn + n,
			    place));
}

static void
tell_parts(struct telling *t, const struct canonical_difference *d,
    const struct plan *p)
{
	const struct {
		bool differs;
		const char *words;
	} parts[] = {
		{ d->abi, "the guest ABI" },
		{ d->pages, "the size of the domain" },
		{ d->shared_info, canonical_beside(p->image.abi) },
		{ d->vcpu, "the registers of vcpu 0" },
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i].differs)
			tell_one(t, parts[i].words);
}

static void
tell_all(struct telling *t, const struct canonical_difference *d,
    const struct canonical_digests *is, const struct plan *p)
{
	struct json_writer *j = &t->list;

	json_put_map(j, NULL);
	json_put_bool(j, "same", !canonical_differs(d));
	json_put_number(j, "pages", is->n);
	json_put_list(j, "differs");
	tell_parts(t, d, p);
	tell_pages(t, d, p);
	json_put_end(j);
	json_put_end(j);
}

static int
tell(const struct canonical_difference *d, const struct canonical_digests *is,
    const struct plan *p, bool words, char **found, struct fail *f)
{
	struct telling t = { .words = words, .f = f };
	struct draft text;

	if (draft_begin(&text, f) < 0)
		return -1;
	t.list = (struct json_writer)JSON_WRITER_INIT(text.to,
	    JSON_STYLE_LINE);
	tell_all(&t, d, is, p);
	if (draft_end(&text, f) < 0)
		return -1;
	*found = text.bytes;
	if (canonical_differs(d))
		return fail(f, FAIL_INPUT, "the guest is not the recorded "
		    "one: %" PRIu64 " pages differ", d->differing);
	if (words)
		fail_answer(f, "the guest is the recorded one: %zu pages that "
		    "are not zero of %" PRIu64 ", %s and registers", is->n,
		    is->pages, canonical_beside(p->image.abi));
	return 0;
}

static int
compare(const struct canonical_digests *was, const void *bytes, size_t n,
    const struct plan *p, bool words, char **found, struct fail *f)
{
	struct canonical_difference d;
	struct canonical_digests is;
	int rc;

	if (canonical_digests_decode(&is, bytes, n, "the guest", f) < 0)
		return -1;
	rc = canonical_digests_compare(was, &is, &d, f);
	if (rc == 0) {
		rc = tell(&d, &is, p, words, found, f);
		canonical_difference_release(&d);
	}
	canonical_digests_release(&is);
	return rc;
}

static int
check(const struct canonical_digests *was, const struct plan *p, bool words,
    char **found, struct fail *f)
{
	void *bytes;
	size_t n;
	int rc;

	if (build_guest(p, &bytes, &n, f) < 0)
		return -1;
	rc = compare(was, bytes, n, p, words, found, f);
	free(bytes);
	return rc;
}

int
replayer_check(const struct record *r, const struct plan *p, bool words,
    char **found, struct fail *f)
{
	struct canonical_digests was;
	void *bytes;
	size_t n;
	int rc;

	*found = NULL;
	if (record_guest(r, &bytes, &n, f) < 0)
		return -1;
	if (bytes == NULL)
		return fail(f, FAIL_INPUT, "the record '%s' has no guest to "
		    "check against: its build failed", r->path);
	rc = canonical_digests_decode(&was, bytes, n, "the guest of the record",
	    f);
	free(bytes);
	if (rc < 0) {
		fail_add(f, " (in '%s')", r->path);
		return -1;
	}
	rc = check(&was, p, words, found, f);
	canonical_digests_release(&was);
	return rc;
}
