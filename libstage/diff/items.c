#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "diff/impl.h"

void
diff_init(struct diff *d)
{
	*d = (struct diff){ .arena = ARENA_INIT };
}

void
diff_release(struct diff *d)
{
	arena_release(&d->arena);
	free(d->items);
	free(d->pages);
	diff_init(d);
}

struct diff_item *
diff_item(struct diff *d, const char *path, const char *name, struct fail *f)
{
	struct diff_item *v;

	if (array_grow(&d->items, &d->cap_items, d->n_items, sizeof(*d->items),
	    f) < 0)
		return NULL;
	v = &d->items[d->n_items];
	*v = (struct diff_item){
		.path = arena_bytes(&d->arena, path, strlen(path), f) };
	if (v->path == NULL)
		return NULL;
	v->name = name == NULL ? NULL :
	    arena_bytes(&d->arena, name, strlen(name), f);
	if (name != NULL && v->name == NULL)
		return NULL;
	d->n_items++;
	return v;
}

int
diff_add_pages(struct diff *d, const struct diff_pages *p, struct fail *f)
{
	if (array_grow(&d->pages, &d->cap_pages, d->n_pages, sizeof(*d->pages),
	    f) < 0)
		return -1;
	d->pages[d->n_pages++] = *p;
	return 0;
}

int
diff_words(struct diff *d, const char *path, const char *name, struct fail *f,
    const char *fmt, ...)
{
	struct diff_item *item = diff_item(d, path, name, f);
	va_list ap;

	if (item == NULL)
		return -1;
	va_start(ap, fmt);
	item->words = arena_vprint(&d->arena, f, fmt, ap);
	va_end(ap);
	return item->words == NULL ? -1 : 0;
}

int
diff_only(struct diff *d, const char *path, const char *name, bool second,
    struct fail *f)
{
	return diff_words(d, path, name, f, "only in the %s",
	    second ? "second" : "first");
}

struct diff_change *
diff_change_of(const struct diff_item *item, const char *key)
{
	for (size_t i = 0; i < item->n; i++)
		if (strcmp(item->changes[i].field->key, key) == 0)
			return &item->changes[i];
	return NULL;
}

bool
diff_any(const struct diff *d)
{
	return d->n_items > 0 || d->n_pages > 0;
}

bool
diff_under(const struct diff_item *item, const char *section)
{
	size_t n = strlen(section);

	return strncmp(item->path, section, n) == 0 &&
	    (item->path[n] == '\0' || item->path[n] == '.' ||
	    item->path[n] == '[');
}
