#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"

enum {
	NAME_MAX_BYTES = 32,
	NEAR = 2			/* the greatest distance */
};

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The table of distances: of the first i letters of one word to the first k of
 * the other. */
struct distances {
	size_t of[NAME_MAX_BYTES + 1][NAME_MAX_BYTES + 1];
};

static size_t
cell(const struct distances *d, const char *a, size_t i, const char *b,
    size_t k)
{
	size_t n;

	if (i == 0 || k == 0)
		return i + k;
	n = least(d->of[i - 1][k - 1] + (a[i - 1] != b[k - 1]),
	    least(d->of[i - 1][k], d->of[i][k - 1]) + 1);
	if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
		n = least(n, d->of[i - 2][k - 2] + 1);
	return n;
}

/* How many letters are to be changed, added, taken away or swapped with the
 * next, to make one word of the other. */
static size_t
distance(const char *a, const char *b)
{
	const size_t m = strlen(a), n = strlen(b);
	struct distances d;

	if (m > NAME_MAX_BYTES || n > NAME_MAX_BYTES)
		return SIZE_MAX;
	for (size_t i = 0; i <= m; i++)
		for (size_t k = 0; k <= n; k++)
			d.of[i][k] = cell(&d, a, i, b, k);
	return d.of[m][n];
}

struct nearest
nearest_to(const char *word)
{
	return (struct nearest){ .to = word, .distance = NEAR };
}

void
nearest_try(struct nearest *n, const char *name)
{
	const size_t d = strncmp(name, n->to, strlen(n->to)) == 0 ? 0 :
	    distance(n->to, name);
	const size_t used = d < n->distance ? 0 : strlen(n->names);

	if (d > n->distance)
		return;
	n->distance = d;
	snprintf(n->names + used, sizeof(n->names) - used, "%s%s",
	    used > 0 ? ", " : "", name);
}
