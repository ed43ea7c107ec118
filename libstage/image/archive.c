/*
 * archive: the archives of an initramfs, one behind the other in a file, as
 * Linux's Documentation/driver-api/early-userspace/buffer-format.rst has them.
 */
#include <string.h>

#include "base/hex.h"
#include "base/le.h"
#include "base/zero.h"
#include "image/work.h"

enum {
	CPIO_HEADER = 110,		/* "newc": magic and 13 numbers */
	FILE_SIZE = 54, NAME_SIZE = 94,	/* offsets of 8 hexadecimal digits */
	CPIO_ALIGN = 4, PROBE = 16,
	TAIL = 1024,			/* bytes at the end of the file that may
					 * tell the unpacked size */
	GUESS = 3			/* where no format tells it: so many
					 * times the packed size */
};

static const char trailer[] = "TRAILER!!!";

static uint64_t
up(uint64_t n)
{
	return (n + CPIO_ALIGN - 1) & ~(uint64_t)(CPIO_ALIGN - 1);
}

static bool
is_cpio(const char *head)
{
	return memcmp(head, "070701", 6) == 0 || memcmp(head, "070702", 6) == 0;
}

/* A number of 8 digits; 0 where they are none. */
static uint64_t
hex8(const char *digits)
{
	uint32_t v;

	return hex_get_any(digits, 2 * sizeof(v), &v) ? be32toh(v) : 0;
}

/* The end of a cpio archive: behind its trailer, or where the file ends. */
static int
find_end(struct image_file *file, uint64_t at, uint64_t *end, struct fail *f)
{
	char head[CPIO_HEADER + sizeof(trailer)];

	while (imagefile_holds(file, at, sizeof(head))) {
		uint64_t next;

		if (imagefile_read(file, at, head, sizeof(head), f) < 0)
			return -1;
		if (!is_cpio(head))
			break;
		next = up(up(at + CPIO_HEADER + hex8(head + NAME_SIZE)) +
		    hex8(head + FILE_SIZE));
		at = next;
		if (memcmp(head + CPIO_HEADER, trailer, sizeof(trailer)) == 0)
			break;
	}
	*end = at < file->size ? at : file->size;
	return 0;
}

/* Moves *at behind zero bytes. */
static int
skip_zeros(struct image_file *file, uint64_t *at, struct fail *f)
{
	char part[IMAGE_CACHE];

	while (*at < file->size) {
		size_t n = file->size - *at < sizeof(part) ?
		    (size_t)(file->size - *at) : sizeof(part), zeros;

		if (imagefile_read(file, *at, part, n, f) < 0)
			return -1;
		zeros = zero_bytes(part, n);
		*at += zeros;
		if (zeros < n)
			break;
	}
	return 0;
}

int
archive_next(struct image_file *file, uint64_t at, struct archive *a,
    struct fail *f)
{
	char head[PROBE] = "";
	size_t n;
	uint64_t end;

	if (skip_zeros(file, &at, f) < 0)
		return -1;
	n = file->size - at < sizeof(head) ? (size_t)(file->size - at) :
	    sizeof(head);
	if (n > 0 && imagefile_read(file, at, head, n, f) < 0)
		return -1;
	*a = (struct archive){ .at = at, .size = file->size - at,
	    .codec = codec_probe(head, n) };
	if (a->codec != NULL)
		return 1;
	if (at % CPIO_ALIGN != 0 || !is_cpio(head) ||
	    !imagefile_holds(file, at, CPIO_HEADER + sizeof(trailer)))
		return 0;
	if (find_end(file, at, &end, f) < 0)
		return -1;
	a->size = end - at;
	return 1;
}

/* ---- what it unpacks to ---- */

/* The size that a frame's header tells: RFC 8878, 3.1.1.1.  0: none. */
static uint64_t
told_by_zstd(const unsigned char *head, const unsigned char *tail, uint64_t n)
{
	static const uint8_t id_bytes[] = { 0, 1, 2, 4 };
	unsigned flags = head[4], kind = flags >> 6;
	bool single = (flags & 0x20) != 0;
	const unsigned char *at = head + 5 + (single ? 0 : 1) +
	    id_bytes[flags & 3];

	(void)tail, (void)n;
	if (kind == 0)
		return single ? at[0] : 0;
	return le_get(at, 1u << kind) + (kind == 1 ? 256 : 0);
}

/* The last four bytes: RFC 1952, ISIZE. */
static uint64_t
told_by_gzip(const unsigned char *head, const unsigned char *tail, uint64_t n)
{
	(void)head, (void)n;
	return le_get(tail + TAIL - 4, 4);
}

static uint64_t
told_by_lzma(const unsigned char *head, const unsigned char *tail, uint64_t n)
{
	uint64_t size = le_get(head + 5, 8);

	(void)tail, (void)n;
	return size == UINT64_MAX ? 0 : size;
}

static uint64_t
vli(const unsigned char **p, const unsigned char *end)
{
	uint64_t v = 0;

	for (unsigned shift = 0; *p < end && shift < 63; shift += 7) {
		unsigned char byte = *(*p)++;

		v |= (uint64_t)(byte & 0x7f) << shift;
		if ((byte & 0x80) == 0)
			break;
	}
	return v;
}

/* The index before the footer: the .xz file format, 2.1.2 and 4. */
static uint64_t
told_by_xz(const unsigned char *head, const unsigned char *tail, uint64_t n)
{
	const unsigned char *footer = tail + TAIL - 12, *p;
	uint64_t back = (le_get(footer + 4, 4) + 1) * 4, count, sum = 0;

	(void)head;
	if (memcmp(footer + 10, "YZ", 2) != 0 || back > TAIL - 12 || back > n)
		return 0;
	p = footer - back + 1;
	for (count = vli(&p, footer); count > 0 && p < footer; count--) {
		(void)vli(&p, footer);
		sum += vli(&p, footer) & UINT32_MAX;
	}
	return sum;
}

static const struct {
	const char *codec;
	uint64_t (*told)(const unsigned char *head, const unsigned char *tail,
	    uint64_t n);
} tellers[] = {
	{ "gzip", told_by_gzip }, { "xz", told_by_xz },
	{ "zstd", told_by_zstd }, { "lzma", told_by_lzma },
};

/* The size that a stream unpacks to, if it runs to the end of the file. */
static int
unpacked_size(struct image_file *file, const struct archive *a, uint64_t *size,
    struct fail *f)
{
	unsigned char head[32], tail[TAIL];
	const uint64_t most = UINT64_C(1) << 50;

	/* A guess, unless the format tells a size that can be: one not below
	 * the packed size. */
	*size = GUESS * a->size;
	if (a->size < sizeof(tail))
		return 0;
	if (imagefile_read(file, a->at, head, sizeof(head), f) < 0 ||
	    imagefile_read(file, file->size - TAIL, tail, TAIL, f) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(tellers) / sizeof(tellers[0]); i++) {
		uint64_t told;

		if (strcmp(tellers[i].codec, a->codec->name) != 0)
			continue;
		told = tellers[i].told(head, tail, a->size);
		if (told >= a->size && told < most)
			*size = told;
	}
	return 0;
}

/* ---- a look at a file ---- */

int
archive_look(struct image_file *file, struct image_need *need,
    uint64_t *unpacked, struct fail *f)
{
	struct archive a = { .at = 0 };
	uint64_t stream = 0;
	int rc;

	*unpacked = 0;
	while ((rc = archive_next(file, a.at + a.size, &a, f)) > 0 &&
	    a.codec == NULL)
		*unpacked += a.size;
	if (rc < 0 || (rc > 0 && unpacked_size(file, &a, &stream, f) < 0))
		return -1;
	*unpacked += rc > 0 ? stream : file->size - a.at;
	*need = (struct image_need){ .codec = a.codec, .offset = a.at,
	    .size = a.size, .depth = IN_STREAM };
	return 0;
}
