#include <inttypes.h>
#include <string.h>

#include "verify/impl.h"

enum { SCALAR_BYTES = 8 };

/* The field that holds the byte at offset, or n. */
static size_t
field_at(const struct verify_names *t, size_t offset)
{
	size_t i = 0;

	while (i < t->n && (offset < t->fields[i].offset ||
	    offset - t->fields[i].offset >= t->fields[i].size))
		i++;
	return i;
}

static void
compare_field(struct verify *v, const char *what, const char *where,
    uint64_t base, const char *name, struct abi_field d,
    const unsigned char *got, unsigned char *want)
{
	uint64_t is = abi_get(d, got), should = abi_get(d, want);

	if (is != should)
		verify_differs(v, "%s.%s (%s 0x%" PRIx64 "): 0x%" PRIx64
		    ", should be 0x%" PRIx64, what, name, where,
		    base + d.offset, is, should);
	memcpy(want + d.offset, got + d.offset, d.size);
}

static void
compare_byte(struct verify *v, const char *what, const char *where,
    uint64_t base, const struct verify_names *t, size_t at, unsigned got,
    unsigned want)
{
	size_t i = field_at(t, at);

	verify_differs(v, "%s%s%s (%s 0x%" PRIx64 "): byte 0x%02x, should be "
	    "0x%02x", what, i < t->n ? "." : "", i < t->n ? t->names[i] : "",
	    where, base + at, got, want);
}

void
verify_structure(struct verify *v, const char *what, const char *where,
    uint64_t base, const struct verify_names *t, const unsigned char *got,
    unsigned char *want, size_t size)
{
	for (size_t i = 0; i < t->n; i++)
		if (abi_has(t->fields[i]) && t->fields[i].size <= SCALAR_BYTES)
			compare_field(v, what, where, base, t->names[i],
			    t->fields[i], got, want);
	for (size_t i = 0; i < size; i++)
		if (got[i] != want[i])
			compare_byte(v, what, where, base, t, i, got[i],
			    want[i]);
}
