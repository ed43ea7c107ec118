/*
 * tempdir: folders of ours that come and go.
 */
#ifndef XB_TEMPDIR_H
#define XB_TEMPDIR_H

#include "base/fail.h"

/*
 * A new folder of this user alone in $TMPDIR, else /tmp; its path malloced.
 * NULL: FAIL_IO.
 */
char	*tempdir_make(struct fail *) must_check;

/* Removes a folder with all that is in it, following no link.  What cannot be
 * removed stays. */
void	tempdir_remove(const char *path);

#endif
