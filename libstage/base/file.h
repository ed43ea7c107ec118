/*
 * file: files of the user, read with suspicion, and files of ours, written
 * whole or not at all.
 *
 * A user's file is never mapped and is opened without following what it
 * might be: directories, devices, FIFOs and sockets are refused before a byte
 * is read.  What names a file in messages is the path as the caller gave it.
 */
#ifndef XB_FILE_H
#define XB_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"

/*
 * Which file, and which state of it: from fstat(2).
 *
 * A state is settled where mtime and ctime lay more than 10 ms before the
 * moment of fstat(2): whatever is written after that moment changes them, so
 * the state can be recognised by its identity alone.  A younger file could
 * change again in the same clock tick, unseen.  settled is no part of the
 * identity: it is not compared, and is false in what comes from a plan.
 */
struct file_id {
	uint64_t dev, ino, size;
	uint64_t mtime_sec, mtime_nsec, ctime_sec, ctime_nsec;
	bool settled;
};

bool	file_id_equal(const struct file_id *, const struct file_id *);

/*
 * Opens a regular file for reading, O_NONBLOCK and O_CLOEXEC, and takes its
 * identity.  Returns the descriptor, the caller's.  FAIL_MISSING, FAIL_PERM,
 * FAIL_INPUT for what is not a regular file.
 */
int	file_open(const char *path, struct file_id *, struct fail *) must_check;

/*
 * Reads exactly n bytes at an offset.  A short read is FAIL_INPUT: the file
 * became shorter ("changed while it was read").
 */
int	file_pread(int fd, const char *what, void *to, size_t n,
	    uint64_t offset, struct fail *) must_check;

/* Which file an open descriptor is, and in which state. */
int	file_identify(int fd, const char *what, struct file_id *, struct fail *)
	    must_check;

/*
 * Where the state is not settled, waits (some 10 ms) and identifies the file
 * again, before anything is read from it.  A file with times in the future
 * stays unsettled, at once; one that changes all the time is FAIL_INPUT.
 */
int	file_settle(int fd, const char *what, struct file_id *, struct fail *)
	    must_check;

/* FAIL_INPUT where the file is no longer in the state that id describes. */
int	file_unchanged(int fd, const char *what, const struct file_id *,
	    struct fail *) must_check;

/* SHA-256 of the whole file, read from its start in pieces of 1 MiB. */
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
 * The same without the fsync: holds against a kill at any moment, not against
 * a power cut.
 */
int	file_replace_unsynced(int dirfd, const char *name, unsigned mode,
	    const void *bytes, size_t n, struct fail *) must_check;

/* Reads a file of ours of at most limit bytes into malloced memory. */
int	file_slurp(int dirfd, const char *name, size_t limit, void **bytes,
	    size_t *n, struct fail *) must_check;

/* pwrite(2) until all is written; -1: errno says why. */
int	file_put_at(int fd, const void *, size_t n, uint64_t offset)
	    must_check;

/*
 * Creates a file in the folder dirfd for writing, under a name that begins with
 * a dot and the name given.  Nobody can guess the rest, and so lay out a file
 * or a link there.  Returns the descriptor; -1: errno says why.
 */
enum { FILE_TEMPORARY = 256 };
int	file_create_temporary(int dirfd, const char *name, unsigned mode,
	    char temporary[FILE_TEMPORARY]) must_check;

/* write(2) until all is written.  FAIL_IO. */
int	file_write_all(int fd, const char *what, const void *, size_t n,
	    struct fail *) must_check;

/* n random bytes from getrandom(2). */
int	file_random(void *, size_t n, struct fail *) must_check;

#endif
