#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/words.h"

int
words_add(struct words *w, const char *word, struct fail *f)
{
	/* Room for two: the word and the NULL at the end. */
	if (array_grow(&w->v, &w->cap, w->n + 1, sizeof(*w->v), f) < 0)
		return -1;
	w->v[w->n] = strdup(word);
	if (w->v[w->n] == NULL)
		return fail_memory(f, strlen(word));
	w->v[++w->n] = NULL;
	return 0;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void
words_sort(struct words *w)
{
	if (w->n > 1)
		qsort(w->v, w->n, sizeof(*w->v), compare);
}

void
words_release(struct words *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->v[i]);
	free(w->v);
	*w = (struct words)WORDS_INIT;
}
