/*
 * target-file-fields: the state of a file target, field by field: the types
 * that fields have and the table of them all.
 */
#ifndef XB_TARGET_FILE_FIELDS_H
#define XB_TARGET_FILE_FIELDS_H

#include <msgpack.h>

#include "target/file/file.h"

enum { LIST_WIDTH_MAX = 4 };

/* A field that is a flat list of numbers, width of them an entry. */
struct state_list {
	size_t width;
	uint64_t max[LIST_WIDTH_MAX];	/* limit of each number */
	size_t entries;			/* limit */
	size_t (*slots)(const struct file_state *);
	/* The entry in a slot; false: that slot has none. */
	bool (*get)(const struct file_state *, size_t slot, uint64_t *v);
	/* Takes an entry.  -1: *bad says what entries must be, or f has the
	 * failure. */
	int (*add)(struct file_state *, const uint64_t *v, const char **bad,
	    struct fail *);
};

/* target-file-lists.c */
extern const struct state_list state_frames, state_m2p, state_tables,
    state_ports, state_grants;

struct state_field;

/* What is being read, for complaints. */
struct state_reader {
	struct file_state *s;
	const struct state_field *field;
	const char *target;
	struct fail *f;
};

struct state_field {
	const char *name;
	void (*put)(msgpack_packer *, const struct state_field *,
	    const struct file_state *);
	int (*get)(struct state_reader *, const msgpack_object *);
	size_t at;			/* of the value in struct file_state */
	uint64_t max;			/* limit of a number */
	const struct state_list *list;
};

/* Every state has them all, in this order; ends with name NULL. */
extern const struct state_field state_fields[];

void	state_put_string(msgpack_packer *, const char *);

#endif
