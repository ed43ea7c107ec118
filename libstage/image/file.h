/*
 * file: the file, or the part of one, that an image is read from.
 *
 * Headers are read with pread(2) into private memory, each once, so that nobody
 * can change them after they were checked; nothing is mapped.  Offsets are in
 * the image, which may begin behind the start of the file (the payload of a
 * bzImage that is not compressed).  In messages and plans they are in the file.
 */
#ifndef XB_IMAGE_FILE_H
#define XB_IMAGE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fail.h"
#include "base/identity.h"
#include "plan/plan.h"

enum {
	IMAGE_CACHE = 12288,		/* more than a probe reads at once */
	IMAGE_STRING = 4096
};

struct image_file {
	const char *what;		/* for messages */
	const char *path;		/* absolute, without links */
	int fd;				/* -1: closed */
	struct file_id id;		/* taken before anything was read */
	uint64_t base, size;		/* where the image lies in the file */
	bool hashed;			/* sha256 is that of the whole file */
	uint8_t sha256[SHA256_BYTES];
	uint64_t cache_at;		/* offset in the file */
	size_t cached;
	unsigned char cache[IMAGE_CACHE];
};

#define IMAGE_FILE_INIT { .fd = -1 }

/*
 * Opens a user's file, as file_open_input() does.  Strings come from the arena.
 */
int	imagefile_open(struct image_file *, const char *path, uint64_t max,
	    struct arena *, struct fail *) must_check;

/*
 * Goes on with a copy of a file that could change without a trace, or the facts
 * of the plan could be of other bytes than its digest.
 */
int	imagefile_hold(struct image_file *, struct fail *) must_check;

/* Closes it; again is allowed. */
void	imagefile_close(struct image_file *);

/* Reads n bytes at an offset of the image; FAIL_INPUT where it ends before. */
int	imagefile_read(struct image_file *, uint64_t at, void *to, size_t n,
	    struct fail *) must_check;

/*
 * A NUL-terminated string of less than max bytes (at most 4097) at an offset,
 * copied to the arena.  NULL: FAIL_INPUT where no NUL comes in time; what
 * names it.
 */
const char *imagefile_string(struct image_file *, uint64_t at, size_t max,
	    const char *what, struct arena *, struct fail *) must_check;

/* Does [offset, offset + n) lie inside the image? */
static inline bool
imagefile_holds(const struct image_file *file, uint64_t offset, uint64_t n)
{
	return offset <= file->size && n <= file->size - offset;
}

/*
 * FAIL_INPUT: "'vmlinux': FIELD at 0xAT is 0xVALUE, " and the words of fmt,
 * which say what that breaks.  at is an offset of the image.  Returns -1.
 */
int	imagefile_refuse(const struct image_file *, struct fail *,
	    const char *field, uint64_t at, uint64_t value, const char *fmt,
	    ...) printf_like(6, 7);

#endif
