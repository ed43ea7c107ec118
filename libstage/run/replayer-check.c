#include <inttypes.h>
#include <stdlib.h>

#include "canonical/canonical.h"
#include "run/after.h"
#include "run/replayer-check.h"

/* One line for each page that differs: where the plan has it. */
static void
tell_pages(const struct canonical_difference *d, const struct plan *p,
    struct fail *f)
{
	char place[CANONICAL_PLACE_BYTES];

	for (size_t i = 0; i < d->n; i++)
		for (uint64_t n = 0; n < d->runs[i].pages; n++)
			fail_answer(f, "differs: %s", canonical_place(p,
			    d->runs[i].pfn + n, place));
}

static int
tell(const struct canonical_difference *d, const struct canonical_digests *is,
    const struct plan *p, struct fail *f)
{
	const struct {
		bool differs;
		const char *words;
	} parts[] = {
		{ d->abi, "the guest ABI" },
		{ d->pages, "the size of the domain" },
		{ d->shared_info, "shared_info" },
		{ d->vcpu, "the registers of vcpu 0" },
	};

	if (!canonical_differs(d)) {
		fail_answer(f, "the guest is the recorded one: %zu pages that "
		    "are not zero of %" PRIu64 ", shared_info and registers",
		    is->n, is->pages);
		return 0;
	}
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i].differs)
			fail_answer(f, "differs: %s", parts[i].words);
	tell_pages(d, p, f);
	return fail(f, FAIL_INPUT, "the guest is not the recorded one: %" PRIu64
	    " pages differ", d->differing);
}

static int
compare(const struct canonical_digests *was, const void *bytes, size_t n,
    const struct plan *p, struct fail *f)
{
	struct canonical_difference d;
	struct canonical_digests is;
	int rc;

	if (canonical_digests_decode(&is, bytes, n, "the guest", f) < 0)
		return -1;
	rc = canonical_digests_compare(was, &is, &d, f);
	if (rc == 0) {
		rc = tell(&d, &is, p, f);
		canonical_difference_release(&d);
	}
	canonical_digests_release(&is);
	return rc;
}

static int
check(const struct canonical_digests *was, const struct plan *p, struct fail *f)
{
	void *bytes;
	size_t n;
	int rc;

	if (build_guest(p, &bytes, &n, f) < 0)
		return -1;
	rc = compare(was, bytes, n, p, f);
	free(bytes);
	return rc;
}

int
replayer_check(const struct record *r, const struct plan *p, struct fail *f)
{
	struct canonical_digests was;
	void *bytes;
	size_t n;
	int rc;

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
	rc = check(&was, p, f);
	canonical_digests_release(&was);
	return rc;
}
