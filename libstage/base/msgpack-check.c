#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/utf8.h"
#include "base/msgpack-check.h"

enum kind { NUMBER, STRING, BINARY, EXTENSION, ARRAY, MAP, NOTHING };

static const char *const kind_names[] = {
	[NUMBER] = "number", [STRING] = "string", [BINARY] = "byte string",
	[EXTENSION] = "extension", [ARRAY] = "list", [MAP] = "map",
};

/*
 * The first bytes of msgpack objects (msgpack specification, "Formats") and the
 * count that each has: of bytes, entries of a list or pairs of a map.  It
 * stands in the length bytes that follow, or in the bits of mask in the first
 * byte; fixed is added to it.
 */
static const struct format {
	uint8_t first, last;
	enum kind kind;
	uint8_t length, mask, fixed;
} formats[] = {
	{ 0x00, 0x7f, NUMBER, 0, 0, 0 },
	{ 0x80, 0x8f, MAP, 0, 0x0f, 0 },
	{ 0x90, 0x9f, ARRAY, 0, 0x0f, 0 },
	{ 0xa0, 0xbf, STRING, 0, 0x1f, 0 },
	{ 0xc0, 0xc0, NUMBER, 0, 0, 0 },	/* nil */
	{ 0xc1, 0xc1, NOTHING, 0, 0, 0 },	/* never used */
	{ 0xc2, 0xc3, NUMBER, 0, 0, 0 },	/* false, true */
	{ 0xc4, 0xc4, BINARY, 1, 0, 0 },
	{ 0xc5, 0xc5, BINARY, 2, 0, 0 },
	{ 0xc6, 0xc6, BINARY, 4, 0, 0 },
	{ 0xc7, 0xc7, EXTENSION, 1, 0, 1 },	/* fixed: its type byte */
	{ 0xc8, 0xc8, EXTENSION, 2, 0, 1 },
	{ 0xc9, 0xc9, EXTENSION, 4, 0, 1 },
	{ 0xca, 0xca, NUMBER, 0, 0, 4 },	/* floats */
	{ 0xcb, 0xcb, NUMBER, 0, 0, 8 },
	{ 0xcc, 0xcc, NUMBER, 0, 0, 1 },
	{ 0xcd, 0xcd, NUMBER, 0, 0, 2 },
	{ 0xce, 0xce, NUMBER, 0, 0, 4 },
	{ 0xcf, 0xcf, NUMBER, 0, 0, 8 },
	{ 0xd0, 0xd0, NUMBER, 0, 0, 1 },
	{ 0xd1, 0xd1, NUMBER, 0, 0, 2 },
	{ 0xd2, 0xd2, NUMBER, 0, 0, 4 },
	{ 0xd3, 0xd3, NUMBER, 0, 0, 8 },
	{ 0xd4, 0xd4, EXTENSION, 0, 0, 2 },
	{ 0xd5, 0xd5, EXTENSION, 0, 0, 3 },
	{ 0xd6, 0xd6, EXTENSION, 0, 0, 5 },
	{ 0xd7, 0xd7, EXTENSION, 0, 0, 9 },
	{ 0xd8, 0xd8, EXTENSION, 0, 0, 17 },
	{ 0xd9, 0xd9, STRING, 1, 0, 0 },
	{ 0xda, 0xda, STRING, 2, 0, 0 },
	{ 0xdb, 0xdb, STRING, 4, 0, 0 },
	{ 0xdc, 0xdc, ARRAY, 2, 0, 0 },
	{ 0xdd, 0xdd, ARRAY, 4, 0, 0 },
	{ 0xde, 0xde, MAP, 2, 0, 0 },
	{ 0xdf, 0xdf, MAP, 4, 0, 0 },
	{ 0xe0, 0xff, NUMBER, 0, 0, 0 },	/* -32 to -1 */
};

struct object {
	enum kind kind;
	size_t header;			/* bytes: the first one and the count */
	uint64_t count;			/* bytes, entries or pairs */
};

struct key {
	const uint8_t *data;
	size_t n;
};

struct level {
	uint64_t left;			/* objects still to come */
	size_t at;			/* offset of the container */
	size_t first_key;		/* of a map, in keys */
	bool map;
};

struct check {
	const uint8_t *bytes;
	size_t n, at;
	const struct msgpack_words *words;
	struct fail *f;
	struct level level[MSGPACK_DEPTH_MAX];
	size_t depth;
	uint64_t objects;
	struct key *keys;		/* of all maps that the walk is in */
	size_t n_keys, cap_keys;
	size_t last_key;
};

/* Reads the first byte and the count of an object; header is 0 where the bytes
 * end before them. */
static struct object
head_of(const uint8_t *p, size_t left)
{
	const struct format *d = formats;
	struct object o = { NOTHING, 0, 0 };

	if (left == 0)
		return o;
	while (p[0] > d->last)
		d++;
	o.kind = d->kind;
	if (left < (size_t)1 + d->length)
		return o;
	o.header = (size_t)1 + d->length;
	for (size_t i = 1; i <= d->length; i++)
		o.count = o.count << 8 | p[i];
	o.count += (p[0] & d->mask) + (uint64_t)d->fixed;
	return o;
}

static int
compare_keys(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	if (x->n != y->n)
		return x->n < y->n ? -1 : 1;
	return memcmp(x->data, y->data, x->n);
}

/* Closes the innermost container, checking a map for equal keys. */
static int
close_level(struct check *w)
{
	const struct level *l = &w->level[w->depth - 1];
	size_t n = w->n_keys - l->first_key;

	if (l->map && n > 1) {
		struct key *keys = w->keys + l->first_key;

		qsort(keys, n, sizeof(*keys), compare_keys);
		for (size_t i = 1; i < n; i++)
			if (compare_keys(&keys[i - 1], &keys[i]) == 0)
				return fail(w->f, FAIL_INPUT, "%s: key '%.*s'"
				    " stands twice in the map at offset %zu",
				    w->words->what, (int)keys[i].n,
				    (const char *)keys[i].data, l->at);
	}
	w->n_keys = l->first_key;
	w->depth--;
	return 0;
}

static int
keep_key(struct check *w, const uint8_t *data, size_t n)
{
	if (array_grow(&w->keys, &w->cap_keys, w->n_keys, sizeof(*w->keys),
	    w->f) < 0)
		return -1;
	w->keys[w->n_keys++] = (struct key){ data, n };
	return 0;
}

static int
check_key(struct check *w, const struct object *o)
{
	const uint8_t *data = w->bytes + w->at + o->header;
	size_t bad;

	if (w->depth == 1)
		w->last_key = w->at;
	if (o->kind != STRING)
		return fail(w->f, FAIL_INPUT, "%s: the key at offset %zu is a"
		    " %s; keys are strings", w->words->what, w->at,
		    kind_names[o->kind]);
	if (o->count > MSGPACK_KEY_MAX)
		return fail(w->f, FAIL_INPUT, "%s: the key at offset %zu has"
		    " %ju bytes, limit %d", w->words->what, w->at,
		    (uintmax_t)o->count, MSGPACK_KEY_MAX);
	if (!utf8_valid(data, (size_t)o->count, &bad))
		return fail(w->f, FAIL_INPUT, "%s: the key at offset %zu is"
		    " not UTF-8 without NUL, at offset %zu", w->words->what,
		    w->at, w->at + o->header + bad);
	return keep_key(w, data, (size_t)o->count);
}

static int
open_level(struct check *w, const struct object *o)
{
	if (o->kind == MAP && o->count > MSGPACK_MAP_MAX)
		return fail(w->f, FAIL_INPUT, "%s: the map at offset %zu has"
		    " %ju keys, limit %d", w->words->what, w->at,
		    (uintmax_t)o->count, MSGPACK_MAP_MAX);
	if (w->depth == MSGPACK_DEPTH_MAX)
		return fail(w->f, FAIL_INPUT, "%s: the %s at offset %zu is"
		    " nested deeper than %d levels", w->words->what,
		    kind_names[o->kind], w->at, MSGPACK_DEPTH_MAX);
	w->level[w->depth++] = (struct level){
		.left = o->kind == MAP ? 2 * o->count : o->count,
		.at = w->at, .first_key = w->n_keys, .map = o->kind == MAP,
	};
	return 0;
}

static int
cut_off(const struct check *w)
{
	return fail(w->f, FAIL_INPUT, "%s: %s ends early, at offset %zu%s",
	    w->words->what, w->words->document, w->n, w->words->if_cut);
}

/* Do enough bytes follow for the object's count?  Entries and keys have at
 * least one byte each. */
static int
check_room(const struct check *w, const struct object *o)
{
	uint64_t left = w->n - w->at - o->header;

	if (o->count <= (o->kind == MAP ? left / 2 : left))
		return 0;
	if (o->kind == NUMBER || o->kind == EXTENSION)
		return cut_off(w);
	return fail(w->f, FAIL_INPUT, "%s: %s ends early, at offset %zu:"
	    " the %s at offset %zu has %ju %s, and %ju bytes follow",
	    w->words->what, w->words->document, w->n, kind_names[o->kind],
	    w->at, (uintmax_t)o->count, o->kind == ARRAY ? "entries" :
	    o->kind == MAP ? "keys" : "bytes", (uintmax_t)left);
}

static int
step(struct check *w)
{
	struct level *l = w->depth > 0 ? &w->level[w->depth - 1] : NULL;
	const struct object o = head_of(w->bytes + w->at, w->n - w->at);
	bool key = l != NULL && l->map && l->left % 2 == 0;

	if (w->at < w->n && o.kind == NOTHING)
		return fail(w->f, FAIL_INPUT, "%s: byte 0xc1 at offset %zu"
		    " begins no msgpack object", w->words->what, w->at);
	if (o.header == 0)
		return cut_off(w);
	if (++w->objects > MSGPACK_OBJECTS_MAX)
		return fail(w->f, FAIL_INPUT, "%s: more than %d objects, the"
		    " limit, at offset %zu", w->words->what,
		    MSGPACK_OBJECTS_MAX, w->at);
	if (check_room(w, &o) < 0 || (key && check_key(w, &o) < 0))
		return -1;
	if (l != NULL)
		l->left--;
	if (o.kind == ARRAY || o.kind == MAP) {
		if (open_level(w, &o) < 0)
			return -1;
		w->at += o.header;
	} else {
		w->at += o.header + (size_t)o.count;
	}
	return 0;
}

static int
walk(struct check *w)
{
	do {
		if (step(w) < 0)
			return -1;
		while (w->depth > 0 && w->level[w->depth - 1].left == 0)
			if (close_level(w) < 0)
				return -1;
	} while (w->depth > 0);
	if (w->at < w->n)
		return fail(w->f, FAIL_INPUT, "%s: %zu bytes follow the end of"
		    " %s at offset %zu", w->words->what, w->n - w->at,
		    w->words->document, w->at);
	return 0;
}

int
msgpack_check(const void *bytes, size_t n, const struct msgpack_words *words,
    size_t *last_key, struct fail *f)
{
	struct check w = { .bytes = bytes, .n = n, .words = words, .f = f };
	int rc = walk(&w);

	*last_key = w.last_key;
	free(w.keys);
	return rc;
}

size_t
msgpack_size(const void *bytes, size_t n, size_t offset)
{
	const uint8_t *p = bytes;
	size_t at = offset;

	for (uint64_t left = 1; left > 0 && at < n; left--) {
		const struct object o = head_of(p + at, n - at);

		if (o.kind == ARRAY || o.kind == MAP)
			left += o.kind == MAP ? 2 * o.count : o.count;
		else
			at += (size_t)o.count;
		at += o.header;
	}
	return at - offset;
}

const char *
msgpack_text(const void *bytes, size_t n, size_t offset, size_t *length)
{
	const uint8_t *p = (const uint8_t *)bytes + offset;
	const struct object o = head_of(p, n - offset);

	*length = (size_t)o.count;
	return o.kind == STRING || o.kind == BINARY ?
	    (const char *)p + o.header : NULL;
}

size_t
msgpack_value(const void *bytes, size_t n, size_t offset, const char *key)
{
	const struct object map = head_of((const uint8_t *)bytes + offset,
	    n - offset);
	size_t at = offset + map.header, length;

	for (uint64_t i = 0; map.kind == MAP && i < map.count; i++) {
		const char *text = msgpack_text(bytes, n, at, &length);

		at += msgpack_size(bytes, n, at);
		if (length == strlen(key) && memcmp(text, key, length) == 0)
			return at;
		at += msgpack_size(bytes, n, at);
	}
	return n;
}
