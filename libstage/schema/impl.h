/*
 * schema/impl: what the files of the room share.
 */
#ifndef XB_SCHEMA_IMPL_H
#define XB_SCHEMA_IMPL_H

#include "schema/schema.h"

/* An entry of a list, as a field: the structure that this field is in is the
 * entry alone. */
struct schema_field schema_entry(const struct schema_field *);
size_t	schema_entry_bytes(const struct schema_field *);

/* "a number of at most 255": what a value has to be.  words has the name of
 * its type. */
const char *schema_wanted(const struct schema_field *, const char *words,
	    char text[64]);

/* ---- msgpack into a structure ---- */

/* A field of one structure. */
struct schema_place {
	const struct schema_field *field;
	char *structure;
	const struct schema_path *path;
};

/* Reads a value of a type into its place.  For any other value -1, and the
 * message names the path. */
typedef int schema_read_fn(struct schema_reader *, const struct schema_place *,
    const msgpack_object *);

schema_read_fn schema_read_bool, schema_read_number, schema_read_seconds,
    schema_read_text, schema_read_abi, schema_read_bytes, schema_read_blob,
    schema_read_string, schema_read_real, schema_read_fixed, schema_read_p2m;

/*
 * Refuses a value.  The message has its path and then the text of fmt or, where
 * the reader's words are brief, what a value of the field has to be.  For
 * a value that belongs to no field, the place has field NULL.
 */
int	schema_refuse(const struct schema_reader *, const struct schema_place *,
	    const char *fmt, ...) printf_like(3, 4);
int	schema_wrong_type(const struct schema_reader *,
	    const struct schema_place *, enum schema_type want,
	    const msgpack_object *);

void	*schema_place_value(const struct schema_place *);

/* Is the value a list of at most limit entries? */
int	schema_check_list(struct schema_reader *, const struct schema_place *,
	    const msgpack_object *, uint64_t limit) must_check;

/* Makes room for the n values of a counted field, and puts pointer and count
 * into the structure. */
void	*schema_make_room(struct schema_reader *, const struct schema_place *,
	    size_t n, size_t size) must_check;

/* ---- pack.c ---- */

/* Remembers that a call to msgpack-c's packer failed (r is not 0). */
void	schema_note(struct schema_packer *, int r);

void	schema_put_text(struct schema_packer *, const char *, size_t n);
void	schema_put_bytes(struct schema_packer *, const void *, size_t n);

/* ---- JSON into msgpack ---- */

/* Appends the value of a field in its binary form; -1 where the JSON value is
 * not one of the field's type. */
typedef int schema_translate_fn(struct schema_translator *,
    const struct schema_field *, const struct schema_path *, json_t *);

schema_translate_fn schema_from_bool, schema_from_number, schema_from_address,
    schema_from_text, schema_from_bytes, schema_from_fixed, schema_from_uuid,
    schema_from_real, schema_from_oci_digest;

/* Refuses a value of the wrong JSON type. */
int	schema_json_wrong(struct schema_translator *,
	    const struct schema_field *, const struct schema_path *, json_t *);

/*
 * The *n bytes of {"key": "HEX"}, malloced; NULL where the value is no such
 * object.
 */
unsigned char *schema_json_unwrap(struct schema_translator *, json_t *,
	    const char *key, size_t *n);

#endif
