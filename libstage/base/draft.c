#include <stdlib.h>

#include "base/draft.h"

int
draft_begin(struct draft *d, struct fail *f)
{
	*d = (struct draft){ .to = NULL };
	d->to = open_memstream(&d->bytes, &d->n);
	return d->to == NULL ? fail_memory(f, 1) : 0;
}

int
draft_end(struct draft *d, struct fail *f)
{
	bool bad = ferror(d->to) != 0;

	/* Without memory for its last realloc(3), glibc's fclose(3) returns 0
	 * and leaves no text. */
	if (fclose(d->to) == 0 && !bad && d->bytes != NULL)
		return 0;
	free(d->bytes);
	d->bytes = NULL;
	return fail_memory(f, d->n + 1);
}
