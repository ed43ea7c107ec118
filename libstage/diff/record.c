#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "diff/impl.h"
#include "record/record.h"

/* ---- options ---- */

static const struct record_option *
find_option(const struct record_build *b, const struct record_option *like,
    size_t nth)
{
	for (size_t i = 0; i < b->n_options; i++)
		if (strcmp(b->options[i].name, like->name) == 0 && nth-- == 0)
			return &b->options[i];
	return NULL;
}

/* Options before this one that have its name: some are given several times. */
static size_t
same_before(const struct record_build *b, const struct record_option *o)
{
	size_t n = 0;

	for (const struct record_option *p = b->options; p < o; p++)
		n += strcmp(p->name, o->name) == 0;
	return n;
}

/* Where the plans differ, an option follows: what it does is told already. */
static int
compare_options(struct diff *d, const struct record_build *a,
    const struct record_build *b, bool second, bool follows, struct fail *f)
{
	for (size_t i = 0; i < a->n_options; i++) {
		const struct record_option *x = &a->options[i], *y;
		int rc;

		y = find_option(b, x, same_before(a, x));
		if (y != NULL && (second || text_equal(x->value, y->value)))
			continue;
		rc = y == NULL ? diff_only(d, "options", x->name, second, f) :
		    diff_words(d, "options", x->name, f, "another value");
		if (rc < 0)
			return -1;
		d->items[d->n_items - 1].follows = follows;
	}
	return 0;
}

/* ---- inputs ---- */

/*
 * Another input file may hold the same payload, so inputs are compared apart
 * from the plans.
 */
static int
compare_inputs(struct diff *d, const struct record_build *a,
    const struct record_build *b, bool follows, struct fail *f)
{
	size_t n = a->n_inputs > b->n_inputs ? a->n_inputs : b->n_inputs;

	for (size_t i = 0; i < n; i++) {
		const struct record_input *x = &a->inputs[i];
		const struct record_input *y = &b->inputs[i];
		bool second = i >= a->n_inputs;
		bool both = !second && i < b->n_inputs;
		int rc;

		if (both && memcmp(x->sha256, y->sha256, SHA256_BYTES) == 0)
			continue;
		rc = both ? diff_words(d, "inputs", x->role, f,
		    "another file") : diff_only(d, "inputs", second ? y->role :
		    x->role, second, f);
		if (rc < 0)
			return -1;
		d->items[d->n_items - 1].follows = follows;
	}
	return 0;
}

/* ---- guests ---- */

static int
compare_digests(struct diff *d, const struct record *a, const struct plan *pa,
    const struct record *b, const struct plan *pb, const void *x, size_t n,
    const void *y, size_t m, struct fail *f)
{
	struct canonical_digests one, two;
	int rc;

	if (canonical_digests_decode(&one, x, n, a->path, f) < 0)
		return -1;
	rc = canonical_digests_decode(&two, y, m, b->path, f);
	if (rc == 0) {
		rc = diff_digests(d, pa, &one, pb, &two, f);
		canonical_digests_release(&two);
	}
	canonical_digests_release(&one);
	return rc;
}

static int
compare_guests(struct diff *d, const struct record *a, const struct plan *pa,
    const struct record *b, const struct plan *pb, struct fail *f)
{
	void *x = NULL, *y = NULL;
	size_t n = 0, m = 0;
	int rc = -1;

	if (record_guest(a, &x, &n, f) == 0 && record_guest(b, &y, &m,
	    f) == 0) {
		if (x != NULL && y != NULL)
			rc = compare_digests(d, a, pa, b, pb, x, n, y, m, f);
		else if (x != NULL || y != NULL)
			rc = diff_only(d, "guest", NULL, x == NULL, f);
		else
			rc = 0;
	}
	free(x);
	free(y);
	return rc;
}

int
diff_records(struct diff *d, const struct record *a, const struct plan *pa,
    const struct record *b, const struct plan *pb, struct fail *f)
{
	bool told = diff_any(d);

	/*
	 * Guests of plans that differ do differ: that would tell nothing new.
	 */
	if (!told && compare_guests(d, a, pa, b, pb, f) < 0)
		return -1;
	told = diff_any(d);
	if (compare_options(d, &a->build, &b->build, false, told, f) < 0 ||
	    compare_options(d, &b->build, &a->build, true, told, f) < 0)
		return -1;
	return compare_inputs(d, &a->build, &b->build, told, f);
}
