/*
 * identity: which file it is, and in which state.
 *
 * In all calls what is the file's name in messages.
 */
#ifndef XB_IDENTITY_H
#define XB_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/fail.h"

/*
 * Which file, and which state of it: from fstat(2).
 *
 * In a settled state equal numbers mean equal bytes, from then on.  It is one
 * that file_settle() found: mtime and ctime lay more than 10 ms before the
 * moment of fstat(2), because a younger file could still be written to in the
 * same clock tick, without new times; and file_trusted() said yes.  settled is
 * no part of the identity: it is not compared, and is false in a file_id that
 * comes from a plan.
 */
struct file_id {
	uint64_t dev, ino, size;
	uint64_t mtime_sec, mtime_nsec, ctime_sec, ctime_nsec;
	bool settled;
};

/* The user to whom files belong that this process makes.  It is asked for once:
 * a process that changes its user looks at no files. */
uid_t	file_user(void);

bool	file_id_equal(const struct file_id *, const struct file_id *);

struct file_id file_id_of(const struct stat *);

/* Which file an open descriptor is, and in which state. */
int	file_identify(int fd, const char *what, struct file_id *, struct fail *)
	    must_check;

/*
 * Does every write to the file from now on change its identity?  Only if nobody
 * but root and this user may write to it, and nobody has it open for writing,
 * or mapped: writes through a mapping that is there already change no times.
 * Of a file of this user's own a lease (fcntl(2)) tells.  A file of root's is
 * trusted without one where this user is not root, who can neither write to it
 * nor have a lease of it.  False wherever it cannot be told.
 * Who may write to the file's folder does not matter: another file in its place
 * has another identity.
 */
bool	file_trusted(int fd);

/*
 * Identifies the file and says whether the state is settled; to be called
 * before anything is read from it.  Waits some 10 ms for one that is young.  A
 * file whose times lie in the future stays unsettled, without a wait; one that
 * changes all the time is FAIL_INPUT.
 */
int	file_settle(int fd, const char *what, struct file_id *, struct fail *)
	    must_check;

/* FAIL_INPUT where the file is no longer in the state that id describes. */
int	file_unchanged(int fd, const char *what, const struct file_id *,
	    struct fail *) must_check;

#endif
