/*
 * folder: folders of ours that come and go.
 */
#ifndef XB_FOLDER_H
#define XB_FOLDER_H

#include "base/fail.h"

/*
 * A new folder of this user alone in $TMPDIR, else /tmp; its path malloced.
 * NULL: FAIL_IO.
 */
char	*folder_temporary(struct fail *) must_check;

/* Removes a folder with all that is in it, following no link.  What cannot be
 * removed stays. */
void	folder_remove(const char *path);

#endif
