/*
 * remade: payloads that a slim record leaves out, made again of its files.
 */
#ifndef XB_REMADE_H
#define XB_REMADE_H

#include "run/replayer.h"

/*
 * Runs xb-parse on the files of the record, which are copied to the folder,
 * with its options and those that were given, and adds where the payloads are
 * now to the sources of a plan of the record.  FAIL_INPUT where they are not
 * those that were left out.  A failure of xb-parse was told, and is in the
 * result of the replay; then it returns 0 as well.  After a signal, which is
 * there too, it returns -1.
 */
int	remade_add(struct replayer *, struct record *, const char *folder,
	    struct plan *, struct fail *) must_check;

#endif
