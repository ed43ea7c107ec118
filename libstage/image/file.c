#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "image/file.h"

int
imagefile_open(struct image_file *file, const char *path, uint64_t max,
    struct arena *arena, struct fail *f)
{
	char *full;

	*file = (struct image_file)IMAGE_FILE_INIT;
	file->fd = file_open_input(path, max, &file->id, f);
	if (file->fd < 0)
		return -1;
	file->size = file->id.size;
	full = file_where(file->fd, path);
	if (full == NULL)
		return fail_errno(f, fail_kind_of(errno, FAIL_IO), errno,
		    "cannot find the folder of '%s'", path);
	file->what = arena_bytes(arena, path, strlen(path), f);
	file->path = arena_bytes(arena, full, strlen(full), f);
	free(full);
	return file->what == NULL || file->path == NULL ? -1 : 0;
}

int
imagefile_hold(struct image_file *file, struct fail *f)
{
	if (file->id.settled)
		return 0;
	file->hashed = true;
	return file_hold(&file->fd, file->what, &file->id, file->sha256, f);
}

void
imagefile_close(struct image_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
	file->cached = 0;
}

static int
fill_cache(struct image_file *file, uint64_t at, struct fail *f)
{
	uint64_t left = file->base + file->size - at;
	size_t n = left < IMAGE_CACHE ? (size_t)left : IMAGE_CACHE;

	file->cached = 0;
	if (file_pread(file->fd, file->what, file->cache, n, at, f) < 0)
		return -1;
	file->cache_at = at;
	file->cached = n;
	return 0;
}

int
imagefile_read(struct image_file *file, uint64_t at, void *to, size_t n,
    struct fail *f)
{
	uint64_t start = file->base + at;

	if (!imagefile_holds(file, at, n))
		return fail(f, FAIL_INPUT, "'%s' is truncated: %zu bytes at "
		    "0x%" PRIx64 " were expected, it ends at 0x%" PRIx64,
		    file->what, n, start, file->base + file->size);
	if (n > IMAGE_CACHE)
		return file_pread(file->fd, file->what, to, n, start, f);
	if ((start < file->cache_at ||
	    start + n > file->cache_at + file->cached) &&
	    fill_cache(file, start, f) < 0)
		return -1;
	memcpy(to, file->cache + (start - file->cache_at), n);
	return 0;
}

const char *
imagefile_string(struct image_file *file, uint64_t at, size_t max,
    const char *what, struct arena *arena, struct fail *f)
{
	char text[IMAGE_STRING + 1];
	size_t n = max < sizeof(text) ? max : sizeof(text);

	if (at > file->size)
		n = 0;
	else if (n > file->size - at)
		n = (size_t)(file->size - at);
	if (n > 0 && imagefile_read(file, at, text, n, f) < 0)
		return NULL;
	if (memchr(text, '\0', n) == NULL)
		return fail_null(f, FAIL_INPUT, "'%s': %s at 0x%" PRIx64
		    " does not end: no NUL byte in the %zu bytes that it may "
		    "have", file->what, what, file->base + at, n);
	return arena_bytes(arena, text, strlen(text), f);
}

int
imagefile_refuse(const struct image_file *file, struct fail *f,
    const char *field, uint64_t at, uint64_t value, const char *fmt, ...)
{
	char words[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	return fail(f, FAIL_INPUT, "'%s': %s at 0x%" PRIx64 " is 0x%" PRIx64
	    ", %s", file->what, field, file->base + at, value, words);
}
