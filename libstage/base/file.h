/*
 * file: reads files that the user names and that may be anything, and writes
 * xb's own files whole or not at all.
 *
 * A user's file is never mapped, because another program may cut it off.
 * Directories, devices, FIFOs and sockets are refused before a byte is read.
 * In all calls what is the file's name in messages.
 */
#ifndef XB_FILE_H
#define XB_FILE_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/fail.h"
#include "base/identity.h"

/*
 * Does that errno say that there is no such file?  No other does: after any
 * other it may well be there.
 */
static inline bool
file_absent(int e)
{
	return e == ENOENT || e == ENOTDIR;
}

/*
 * Opens a regular file for reading, O_NONBLOCK and O_CLOEXEC, and takes its
 * identity.  Returns the descriptor, which the caller closes.  FAIL_MISSING,
 * FAIL_PERM, or FAIL_INPUT if it is not a regular file.
 */
int	file_open(const char *path, struct file_id *, struct fail *) must_check;

/* The same for a name in the folder dirfd, which must not be a link. */
int	file_open_in(int dirfd, const char *name, const char *what,
	    struct file_id *, struct fail *) must_check;

/*
 * The most bytes of a file that a user names, unless --max-input says
 * otherwise: no kernel or ramdisk is that large, but a sparse file of any size
 * costs nothing to make.
 */
#define FILE_INPUT_MAX	(UINT64_C(4) << 30)

/*
 * file_open() of a file of at most max bytes (0: FILE_INPUT_MAX), and
 * file_settle().  FAIL_INPUT above max, with --max-input as the way out.
 */
int	file_open_input(const char *path, uint64_t max, struct file_id *,
	    struct fail *) must_check;

/*
 * The absolute path, without links, of a file or folder that is open; path is
 * the one that it was opened by.  The kernel is asked once, where realpath(3)
 * asks for each folder on the way.  malloced; NULL: errno.
 */
char	*file_where(int fd, const char *path) must_check;

/*
 * Reads exactly n bytes at an offset.  A short read is FAIL_INPUT: the file
 * became shorter ("changed while it was read").
 */
int	file_pread(int fd, const char *what, void *to, size_t n,
	    uint64_t offset, struct fail *) must_check;

/*
 * SHA-256 of the whole file, read from its start in pieces of 1 MiB, with a
 * stop_check() before each.
 */
int	file_sha256(int fd, const char *what, uint64_t size,
	    uint8_t sha256[32], struct fail *) must_check;

/*
 * Puts n bytes in place of the file name in the folder dirfd: temporary file,
 * fsync, rename.  A reader sees the old file or the new one, after a crash
 * too.  FAIL_IO.
 */
int	file_replace(int dirfd, const char *name, unsigned mode,
	    const void *bytes, size_t n, struct fail *) must_check;

/*
 * The same without the fsync: a program may be killed at any moment, but a
 * power cut may leave a damaged file.
 */
int	file_replace_unsynced(int dirfd, const char *name, unsigned mode,
	    const void *bytes, size_t n, struct fail *) must_check;

/*
 * Appends the first size bytes of a file to an open one, which path names in
 * messages, and hashes what it copies.
 */
int	file_copy(int from, const char *what, int to, const char *path,
	    uint64_t size, uint8_t sha256[32], struct fail *) must_check;

/*
 * Puts a copy in memory in the place of an open file of id->size bytes, and
 * hashes what it copies: whatever becomes of the file, all who read the copy
 * read the bytes of that digest.  Closes the file and sets fd and id, which is
 * not settled; after a failure they are as before.
 */
int	file_hold(int *fd, const char *what, struct file_id *id,
	    uint8_t sha256[32], struct fail *) must_check;

/* Opens the folder in which the file of that path is, or would be.  The caller
 * closes it; -1: errno says why. */
int	file_open_above(const char *path) must_check;

/* Waits until the names in a folder are on the disk.  FAIL_IO. */
int	file_sync_folder(int dirfd, const char *what, struct fail *) must_check;
/* The same for the folder in which path lies. */
int	file_sync_above(const char *path, struct fail *) must_check;

/* Reads one of xb's own files, of at most limit bytes, into malloced memory. */
int	file_slurp(int dirfd, const char *name, size_t limit, void **bytes,
	    size_t *n, struct fail *) must_check;

/* pwrite(2) until all is written; -1: errno says why. */
int	file_put_at(int fd, const void *, size_t n, uint64_t offset)
	    must_check;

/*
 * Closes a file that was written, because close(2) may report that the bytes
 * did not get to the disk.  Returns another descriptor, which keeps the file's
 * lock until the file has its name.  -1: errno says why.
 */
int	file_close_locked(int fd) must_check;

/*
 * Creates a file in the folder dirfd for writing, under a name that begins with
 * a dot and the name given.  The rest is random, so that nobody can put a file
 * or a link there before.  The descriptor holds the lock (flock(2)) of the
 * file: a temporary file whose lock nobody has was left by a run that was
 * killed.
 * Returns the descriptor; -1: errno says why.
 */
enum { FILE_TEMPORARY = 256 };
int	file_create_temporary(int dirfd, const char *name, unsigned mode,
	    char temporary[FILE_TEMPORARY]) must_check;

/* write(2) until all is written.  FAIL_IO. */
int	file_write_all(int fd, const char *what, const void *, size_t n,
	    struct fail *) must_check;

/* n random bytes from getrandom(2). */
int	file_random(void *, size_t n, struct fail *) must_check;

/*
 * Writes what the stream still holds.  FAIL_IO, also for an earlier write that
 * failed; name is what the message says could not be written.
 */
int	file_flush(FILE *, const char *name, struct fail *) must_check;

#endif
