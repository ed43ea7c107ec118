/*
 * archive: the archives of an initramfs, one behind the other in a file, as
 * Linux's Documentation/driver-api/early-userspace/buffer-format.rst has them.
 */
#include <string.h>

#include "image/work.h"

enum {
	CPIO_HEADER = 110,		/* "newc": magic and 13 numbers */
	FILE_SIZE = 54, NAME_SIZE = 94,	/* offsets of 8 hexadecimal digits */
	CPIO_ALIGN = 4, PROBE = 16
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

static uint64_t
hex8(const char *digits)
{
	uint64_t v = 0;

	for (int i = 0; i < 8; i++) {
		char c = digits[i];

		v = v << 4 | (c >= '0' && c <= '9' ? (unsigned)(c - '0') :
		    ((unsigned)c | 0x20) - 'a' + 10u);
	}
	return v & UINT32_MAX;
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
		    (size_t)(file->size - *at) : sizeof(part), zeros = 0;

		if (imagefile_read(file, *at, part, n, f) < 0)
			return -1;
		while (zeros < n && part[zeros] == 0)
			zeros++;
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

int
image_look_for_archive(struct image_work *w, struct fail *f)
{
	struct archive a = { .at = 0 };
	int rc;

	do
		rc = archive_next(&w->file, a.at + a.size, &a, f);
	while (rc > 0 && a.codec == NULL);
	w->need = (struct image_need){ .codec = a.codec, .offset = a.at,
	    .size = a.size, .depth = IN_STREAM };
	return rc < 0 ? -1 : 0;
}
