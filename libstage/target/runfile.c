#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/folder.h"
#include "base/hex.h"
#include "base/lock.h"
#include "target/runfile.h"

enum { RECORD_MAX = 1024 };

bool
xen_domid_parse(const char *text, uint32_t *domid)
{
	uint32_t n = 0;

	if (text[0] == '\0' || (text[0] == '0' && text[1] != '\0'))
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return false;
		n = 10 * n + (uint32_t)(*text - '0');
		if (n > XEN_DOMID_MAX)
			return false;
	}
	*domid = n;
	return true;
}

/* ---- the text ---- */

enum kind { HEX, TEXT, NUMBER };

static const struct field {
	const char *key;
	enum kind kind;
	size_t offset;
} fields[] = {
	{ "uuid",	HEX,	offsetof(struct runfile, uuid) },
	{ "build",	HEX,	offsetof(struct runfile, build) },
	{ "name",	TEXT,	offsetof(struct runfile, name) },
	{ "pages",	NUMBER,	offsetof(struct runfile, pages) },
	{ "max_pages",	NUMBER,	offsetof(struct runfile, max_pages) },
	{ "console_mfn", NUMBER, offsetof(struct runfile, console_mfn) },
	{ "console_port", NUMBER, offsetof(struct runfile, console_port) },
};

enum { FIELDS = sizeof(fields) / sizeof(fields[0]), BUILD = 1 };

_Static_assert((int)UUID_BYTES == (int)ID_BYTES &&
    (int)BUILD_ID_BYTES == (int)ID_BYTES, "both are ids");

static bool
read_number(const char *text, uint64_t *n)
{
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	*n = strtoull(text, &end, 10);
	return errno == 0 && *end == '\0';
}

static bool
read_value(const struct field *d, const char *text, struct runfile *r)
{
	void *to = (char *)r + d->offset;

	switch (d->kind) {
	case HEX:
		return strlen(text) == 2 * ID_BYTES &&
		    hex_get(text, ID_BYTES, to);
	case TEXT:
		return snprintf(to, XEN_NAME_MAX + 1, "%s", text) <=
		    XEN_NAME_MAX;
	default:
		return read_number(text, to);
	}
}

/* A key that is not known belongs to another version of xb and is skipped. */
static bool
read_line(char *line, struct runfile *r)
{
	char *value = strchr(line, ' ');

	if (value == NULL)
		return false;
	*value++ = '\0';
	for (size_t i = 0; i < FIELDS; i++) {
		if (strcmp(line, fields[i].key) != 0)
			continue;
		r->has_build |= i == BUILD;
		return read_value(&fields[i], value, r);
	}
	return true;
}

static bool
read_text(char *text, struct runfile *r)
{
	char *next;

	*r = (struct runfile){ 0 };
	for (; *text != '\0'; text = next) {
		next = strchr(text, '\n');
		if (next == NULL)
			return false;
		*next++ = '\0';
		if (!read_line(text, r))
			return false;
	}
	return true;
}

static size_t
write_value(const struct field *d, const struct runfile *r, char *text,
    size_t size)
{
	const void *from = (const char *)r + d->offset;

	if (d->kind == TEXT)
		return (size_t)snprintf(text, size, "%s", (const char *)from);
	if (d->kind == NUMBER)
		return (size_t)snprintf(text, size, "%" PRIu64,
		    *(const uint64_t *)from);
	return (size_t)snprintf(text, size, "%s", id_text(from).s);
}

/* All records are of the same length, so that one call leaves nothing of an old
 * one.  Spaces fill the last line: they are a key that nobody knows. */
static void
write_text(const struct runfile *r, char text[RECORD_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < FIELDS; i++) {
		if (i == BUILD && !r->has_build)
			continue;
		n += (size_t)snprintf(text + n, RECORD_MAX - n, "%s ",
		    fields[i].key);
		n += write_value(&fields[i], r, text + n, RECORD_MAX - n);
		n += (size_t)snprintf(text + n, RECORD_MAX - n, "\n");
	}
	memset(text + n, ' ', RECORD_MAX - n);
	text[RECORD_MAX - 1] = '\n';
}

/* ---- the lock ---- */

static int
cannot(const struct runfile_lock *l, const char *what, struct fail *f)
{
	int e = errno;

	return fail_errno(f, e == EACCES || e == EPERM ? FAIL_PERM : FAIL_IO,
	    e, "cannot %s the record of 'xen:%" PRIu32 "' in " RUNFILE_FOLDER,
	    what, l->domid);
}

/* Returns 1 where a reader finds nothing to lock. */
static int
open_file(struct runfile_lock *l, const char *folder, struct fail *f)
{
	const int common = O_CLOEXEC | O_NOFOLLOW;

	l->folder = open(folder, O_RDONLY | O_DIRECTORY | common);
	if (l->folder < 0 && errno == ENOENT && l->writable) {
		if (mkdir(folder, 0700) < 0 && errno != EEXIST)
			return cannot(l, "make the folder of", f);
		l->folder = open(folder, O_RDONLY | O_DIRECTORY | common);
	}
	if (l->folder >= 0)
		l->file = openat(l->folder, l->name, common | O_NONBLOCK |
		    (l->writable ? O_RDWR | O_CREAT : O_RDONLY), 0600);
	if (l->file >= 0)
		return 0;
	if (!l->writable && errno == ENOENT)
		return 1;
	return cannot(l, "open", f);
}

static int
lock_file(struct runfile_lock *l, struct fail *f)
{
	char name[20];

	snprintf(name, sizeof(name), "xen:%s", l->name);
	return lock_take(l->file, l->folder, l->name, name, l->writable, f);
}

static void
close_files(struct runfile_lock *l)
{
	if (l->file >= 0)
		close(l->file);
	if (l->folder >= 0)
		close(l->folder);
	l->file = l->folder = -1;
}

int
runfile_lock_take(struct runfile_lock *l, const char *folder, uint32_t domid,
    enum target_access access, struct fail *f)
{
	int rc;

	*l = (struct runfile_lock){ domid, access == TARGET_WRITE, -1, -1, "" };
	snprintf(l->name, sizeof(l->name), "%" PRIu32, domid);
	rc = open_file(l, folder, f);
	if (rc == 0 && access != TARGET_LOOK)
		rc = lock_file(l, f);
	if (rc == 0)
		return 0;
	close_files(l);
	return rc < 0 ? -1 : 0;
}

void
runfile_lock_release(struct runfile_lock *l)
{
	struct fail dropped = { .kind = FAIL_NONE };
	struct stat st;

	if (l->writable && l->file >= 0 && fstat(l->file, &st) == 0 &&
	    st.st_size == 0 && lock_still_there(l->file, l->folder, l->name,
	    l->name, &dropped) > 0)
		unlinkat(l->folder, l->name, 0);
	close_files(l);
}

/* ---- the file ---- */

int
runfile_read(const struct runfile_lock *l, const uint8_t uuid[UUID_BYTES],
    struct runfile *r, struct fail *f)
{
	char text[RECORD_MAX + 1];
	ssize_t n = 0;

	if (l->file >= 0) {
		do
			n = pread(l->file, text, RECORD_MAX, 0);
		while (n < 0 && errno == EINTR);
		if (n < 0)
			return cannot(l, "read", f);
	}
	text[n] = '\0';
	if (read_text(text, r) && memcmp(r->uuid, uuid, UUID_BYTES) == 0)
		return 0;
	if (n > 0)
		fail_note(f,
		    "the record of 'xen:%" PRIu32 "' in " RUNFILE_FOLDER
		    " is not this domain's and counts as none", l->domid);
	*r = (struct runfile){ 0 };
	memcpy(r->uuid, uuid, UUID_BYTES);
	return 0;
}

int
runfile_write(const struct runfile_lock *l, const struct runfile *r,
    struct fail *f)
{
	char text[RECORD_MAX];
	ssize_t w;

	if (!l->writable || l->file < 0)
		return fail_bug(f, "a record that is not locked for writing");
	write_text(r, text);
	/* In place, because the file is the lock as well, and in one call, so
	 * that a kill leaves no half of a record. */
	do
		w = pwrite(l->file, text, sizeof(text), 0);
	while (w < 0 && errno == EINTR);
	if (w >= 0 && (size_t)w < sizeof(text))
		errno = ENOSPC;
	if (w < 0 || (size_t)w < sizeof(text))
		return cannot(l, "write", f);
	return 0;
}

int
runfile_remove(const struct runfile_lock *l, struct fail *f)
{
	if (!l->writable || l->file < 0)
		return fail_bug(f, "a record that is not locked for writing");
	if (unlinkat(l->folder, l->name, 0) < 0 && errno != ENOENT)
		return cannot(l, "remove", f);
	return 0;
}

void
runfile_sweep(const char *folder, bool (*alive)(void *, uint32_t),
    void *arg)
{
	struct fail dropped = { 0 };
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct runfile_lock l;
	struct folder d;
	const char *name;
	uint32_t domid;

	folder_begin(&d, fd);
	while ((name = folder_next(&d)) != NULL) {
		if (!xen_domid_parse(name, &domid) || alive(arg, domid) ||
		    runfile_lock_take(&l, folder, domid, TARGET_WRITE,
		    &dropped) < 0)
			continue;
		/* A domain of that number may have been made since. */
		if (!alive(arg, domid) && runfile_remove(&l, &dropped) < 0)
			dropped.kind = FAIL_NONE;
		runfile_lock_release(&l);
	}
	if (fd >= 0)
		close(fd);
}
