#include <stdlib.h>

#include "base/array.h"
#include "target/file/file.h"

void
paper_tables_release(struct paper_tables *l)
{
	free(l->v);
	*l = (struct paper_tables){ NULL, 0, 0 };
}

int
paper_tables_add(struct paper_tables *l, struct table_run run, struct fail *f)
{
	struct table_run *last = l->n > 0 ? &l->v[l->n - 1] : NULL;

	if (last != NULL && last->mfn + last->count == run.mfn &&
	    last->level == run.level && last->pinned == run.pinned) {
		last->count += run.count;
		return 0;
	}
	if (array_grow(&l->v, &l->cap, l->n, sizeof(*l->v), f) < 0)
		return -1;
	l->v[l->n++] = run;
	return 0;
}

const struct table_run *
paper_tables_touch(const struct paper_tables *l, uint64_t mfn, uint64_t count)
{
	size_t low = 0, high = l->n;

	/* The first run that ends after mfn. */
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (l->v[mid].mfn + l->v[mid].count <= mfn)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == l->n)
		return NULL;
	if (l->v[low].mfn > mfn && l->v[low].mfn - mfn >= count)
		return NULL;
	return &l->v[low];
}

const struct table_run *
paper_tables_find(const struct paper_tables *l, uint64_t mfn)
{
	return paper_tables_touch(l, mfn, 1);
}
