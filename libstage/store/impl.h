/*
 * store/impl: inside of the store, private to the room.
 *
 * store.c finds and opens the folders, blob.c writes blobs, index.c keeps the
 * index, payload.c opens the payloads of plans.
 */
#ifndef XB_STORE_IMPL_H
#define XB_STORE_IMPL_H

#include "base/file.h"
#include "store/store.h"

#define STORE_BLOBS	"blobs/sha256"
#define STORE_INDEX	"index"

struct store {
	char *name;			/* as in store_dir() */
	char *dir;			/* absolute */
	int blobs, index;		/* descriptors of the folders */
	bool swept;			/* was the index? see store_sweep() */
	struct store *also;		/* the default store, whose index gets
					 * what is known of whole files, too;
					 * NULL: it is this one, or is not
					 * there */
};

/* The path of a blob of the store in that folder.  NULL: f. */
const char *store_blob_path(const char *dir,
	    const uint8_t sha256[SHA256_BYTES], struct arena *, struct fail *)
	    must_check;

/* Removes what killed runs left in a folder; how many names there were. */
size_t	store_sweep(int folder);

#endif
