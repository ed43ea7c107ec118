/*
 * tempdir: temporary folders.
 */
#ifndef XB_TEMPDIR_H
#define XB_TEMPDIR_H

#include "base/fail.h"

/* $TMPDIR, or /tmp where that is no absolute path. */
const char *tempdir_parent(void);

/*
 * Makes a folder in $TMPDIR or /tmp that only this user may enter; returns its
 * path, malloced.  NULL: FAIL_IO.
 */
char	*tempdir_make(struct fail *) must_check;

/* Removes a folder with all that is in it, following no link.  A file that
 * cannot be removed stays, and so does its folder, with a warning. */
void	tempdir_remove(const char *path, struct fail *);

#endif
