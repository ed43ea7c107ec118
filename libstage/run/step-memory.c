#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/zero.h"
#include "target/window.h"
#include "report/areas.h"
#include "run/step-impl.h"

enum {
	HEX_BYTES = 16,
	AHEAD = 16,			/* pages of what was seen, at a time */
};

/* One pass over the memory: as it is, and as it was seen last. */
struct pass {
	const struct session *s;
	struct guest_window is;
	uint64_t first;			/* of the pages in was; UNKNOWN: none */
	unsigned char was[AHEAD * PAGE_BYTES];
};

#define UNKNOWN	UINT64_MAX

/* What a stage did to the pages of one area. */
struct changes {
	uint64_t written, cleared, runs;
	uint64_t first, last;		/* pfns */
	uint64_t at;			/* offset in page first of the 16 bytes
					 * that are shown */
	unsigned char before[HEX_BYTES], after[HEX_BYTES];
};

const char *
step_hex(char line[STEP_HEX], const unsigned char *bytes, size_t n)
{
	int at = 0;

	for (size_t i = 0; i < HEX_BYTES; i++)
		at += i < n ? sprintf(line + at, "%02x ", bytes[i]) :
		    sprintf(line + at, "   ");
	at += sprintf(line + at, " ");
	for (size_t i = 0; i < n; i++)
		at += sprintf(line + at, "%c", bytes[i] >= ' ' &&
		    bytes[i] <= '~' ? bytes[i] : '.');
	return line;
}

/* ---- one page ---- */

static void
note(struct changes *c, uint64_t pfn, const unsigned char *was,
    const unsigned char *is)
{
	size_t at = 0;

	if (c->written + c->cleared == 0 || pfn != c->last + 1)
		c->runs++;
	c->last = pfn;
	if (c->written + c->cleared == 0) {
		while (was[at] == is[at])
			at++;
		at -= at % HEX_BYTES;
		c->first = pfn;
		c->at = at;
		memcpy(c->before, was + at, HEX_BYTES);
		memcpy(c->after, is + at, HEX_BYTES);
	}
	if (zero_all(is, PAGE_BYTES))
		c->cleared++;
	else
		c->written++;
}

/* The page as it was seen last, zeros if it was not seen yet; each page is
 * asked for once. */
static const unsigned char *
seen_page(struct pass *pass, uint64_t pfn, struct fail *f)
{
	ssize_t n;

	if (pass->first == UNKNOWN || pfn - pass->first >= AHEAD) {
		n = pread(pass->s->seen, pass->was, sizeof(pass->was),
		    (off_t)(pfn * PAGE_BYTES));
		if (n < 0)
			return fail_errno_null(f, FAIL_IO, errno, "cannot read "
			    "what was seen of memory");
		memset(pass->was + n, 0, sizeof(pass->was) - (size_t)n);
		pass->first = pfn;
	}
	return pass->was + (pfn - pass->first) * PAGE_BYTES;
}

static int
write_seen(const struct session *s, uint64_t pfn,
    const unsigned char page[PAGE_BYTES], struct fail *f)
{
	if (pwrite(s->seen, page, PAGE_BYTES, (off_t)(pfn * PAGE_BYTES)) !=
	    (ssize_t)PAGE_BYTES)
		return fail_errno(f, FAIL_IO, errno, "cannot keep what is seen "
		    "of memory in '%s'; TMPDIR names another place", s->folder);
	return 0;
}

static int
see_page(struct pass *pass, uint64_t pfn, struct changes *c, struct fail *f)
{
	unsigned char is[PAGE_BYTES];
	const unsigned char *page = window_page(&pass->is, pfn, f);
	const unsigned char *was = page == NULL ? NULL :
	    seen_page(pass, pfn, f);

	if (was == NULL)
		return -1;
	/* A copy, because a guest that runs may change the page meanwhile. */
	memcpy(is, page, PAGE_BYTES);
	if (memcmp(was, is, PAGE_BYTES) == 0)
		return 0;
	note(c, pfn, was, is);
	return write_seen(pass->s, pfn, is, f);
}

/* ---- one area ---- */

static void
tell_area(const struct session *s, const struct area *a,
    const struct changes *c)
{
	char line[STEP_HEX], what[128], pages[40], to[64] = "";
	char at[40] = "not mapped";
	int n = 0;

	snprintf(pages, sizeof(pages), "of %" PRIu64 " page%s", a->pages,
	    step_plural(a->pages));
	if (c->written > 0)
		n = snprintf(what, sizeof(what), "%" PRIu64 " %s written",
		    c->written, pages);
	if (c->cleared > 0)
		snprintf(what + n, sizeof(what) - (size_t)n, "%s%" PRIu64
		    " %s made zero", n > 0 ? ", " : "", c->cleared, pages);
	if (c->last > c->first)
		n = snprintf(to, sizeof(to), "..0x%" PRIx64, c->last);
	if (c->runs > 1)
		snprintf(to + n, sizeof(to) - (size_t)n, " in %" PRIu64
		    " runs", c->runs);
	step_say(s, "  %-11s  %s, pfn 0x%" PRIx64 "%s", a->name, what,
	    c->first, to);
	if (a->va.set)
		snprintf(at, sizeof(at), "address 0x%0*" PRIx64,
		    s->plan.image.abi->bits / 4, a->va.value +
		    (c->first - a->pfn) * PAGE_BYTES + c->at);
	step_say(s, "    first bytes%s: pfn 0x%" PRIx64 " + 0x%" PRIx64 ", %s",
	    s->seen_pages > 0 ? " that differ" : "", c->first, c->at, at);
	if (s->seen_pages > 0)
		step_say(s, "    before %s",
		    step_hex(line, c->before, HEX_BYTES));
	step_say(s, "    after  %s", step_hex(line, c->after, HEX_BYTES));
}

static int
see_area(struct pass *pass, const struct area *a, bool silent, uint64_t *pages,
    struct fail *f)
{
	struct changes c = { 0 };

	for (uint64_t pfn = a->pfn; pfn < a->pfn + a->pages; pfn++)
		if (see_page(pass, pfn, &c, f) < 0)
			return -1;
	if (c.written + c.cleared > 0 && !silent)
		tell_area(pass->s, a, &c);
	*pages += c.written + c.cleared;
	return 0;
}

/* No stage writes to pages that are neither mapped nor in a segment; holes are
 * among these. */
static bool
is_free(const struct area *a, const struct areas *all)
{
	return a->segment == NULL && a->pfn >= all->mapped;
}

static int
see_areas(const struct session *s, struct target *t, bool silent,
    struct fail *f)
{
	const struct plan *p = &s->plan;
	struct pass pass = { .s = s, .first = UNKNOWN, .is = { .target = t,
	    .p2m = plan_frames(p), .end = UINT64_MAX } };
	uint64_t pages = 0;
	struct areas all;
	int rc = 0;

	if (areas_of(p, &all, f) < 0)
		return -1;
	for (size_t i = 0; i < all.n && rc == 0; i++)
		if (!is_free(&all.v[i], &all))
			rc = see_area(&pass, &all.v[i], silent, &pages, f);
	areas_release(&all);
	if (window_close(&pass.is, f) < 0)
		rc = -1;
	if (rc == 0 && !silent && pages == 0)
		step_say(s, "  no page has changed");
	else if (rc == 0 && !silent && s->seen_pages == 0)
		step_say(s, "  all other pages that the build uses are zero");
	return rc;
}

int
step_memory(struct session *s, bool silent, struct fail *f)
{
	struct target *t;
	int rc;

	if (!plan_has(&s->plan, PLAN_MEMORY)) {
		s->seen_pages = 0;
		if (ftruncate(s->seen, 0) < 0)
			return fail_errno(f, FAIL_IO, errno, "cannot forget "
			    "what was seen of memory");
		return 0;
	}
	if (s->kind->runs && plan_has(&s->plan, PLAN_LAUNCHED) &&
	    s->plan.launched) {
		step_say(s, "\nThe guest runs: its memory is its own.");
		return 0;
	}
	if (target_open_plan(&t, &s->plan, NULL, TARGET_READ, NULL, f) < 0)
		return -1;
	if (!silent)
		step_say(s, "\nguest memory%s", s->seen_pages > 0 ?
		    ", before and after" : "");
	rc = see_areas(s, t, silent, f);
	target_close(t);
	s->seen_pages = s->plan.layout.pages;
	return rc;
}
