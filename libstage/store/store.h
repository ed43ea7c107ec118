/*
 * store: unpacked payloads, kept by digest.
 *
 *	DIR/blobs/sha256/HEX	the bytes; mode 0400, written whole
 *	DIR/index/HEX		"this state of that file, read thus, gave that
 *				digest": makes parsing a kernel again unpack
 *				nothing and hash nothing
 *
 * The index knows a state where its file was settled when it was read, or is a
 * blob: nobody but these programs writes into the folders, which must belong
 * to this user or root and let nobody else write.  So whoever can make a plan,
 * but not write there, cannot make a file pass for another one.
 *
 * DIR is -S, else $XB_STORE, else $XDG_CACHE_HOME/xb, else ~/.cache/xb; it and
 * its folders are made with mode 0700.  Two programs may use one store at the
 * same time.  A blob whose size is not what the index says is made anew, and
 * an index entry that cannot be read counts as absent.
 */
#ifndef XB_STORE_H
#define XB_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fail.h"
#include "base/file.h"
#include "plan/plan.h"

struct store;

/* dir NULL: the default of above. */
int	store_open(struct store **, const char *dir, struct fail *) must_check;
void	store_close(struct store *);		/* NULL is allowed */

/*
 * The default store where it is there, safe and can be opened; else NULL, with
 * a note where it is there.  Makes nothing.
 */
struct store *store_find(struct fail *notes);

/* A new blob: begin, any number of puts, then commit or abort. */
struct store_writer;
int	store_begin(struct store *, struct store_writer **, struct fail *)
	    must_check;
/* Appends; hashes on the way.  arg is the writer: fits codec_job.sink. */
int	store_put(void *writer, const void *, size_t n, struct fail *)
	    must_check;
/*
 * Keeps it, and notes in the index what the blob's own state is; *size and
 * sha256 are what was put.  Releases the writer.
 */
int	store_commit(struct store_writer *, uint64_t *size,
	    uint8_t sha256[SHA256_BYTES], struct fail *) must_check;
void	store_abort(struct store_writer *);	/* NULL is allowed */

/* How a file is read that is its own payload. */
#define STORE_WHOLE	"whole"

/*
 * What the index says of a source in this state, settled or not.  how says
 * what was done to it: STORE_WHOLE or, for example, "xz at 0x40f0+0x7d3e10".
 * False: nothing known (or the blob is gone, where blob is set).
 */
bool	store_recall(struct store *, const struct file_id *, const char *how,
	    bool blob, uint64_t *size, uint8_t sha256[SHA256_BYTES]);

/*
 * Makes the index say it, where the state is settled.  A failure to write is
 * only a note (-v).
 */
void	store_remember(struct store *, const struct file_id *, const char *how,
	    uint64_t size, const uint8_t sha256[SHA256_BYTES], struct fail *);

/*
 * Opens a blob for reading, with its path in the arena.  Its state counts as
 * settled.  -1: FAIL_MISSING.
 */
int	store_open_blob(struct store *, const uint8_t sha256[SHA256_BYTES],
	    struct arena *, const char **path, struct file_id *, struct fail *)
	    must_check;

/*
 * Opens the bytes of a payload for reading: the plan's source for its digest,
 * without a source (or where it is gone) the blob of the default store.
 *
 * The plan is not believed: a source that still has the identity which the
 * plan names is taken unread only where the index of this user's own default
 * store says that this identity has this digest, and a blob where it says so
 * of the blob's.  Anything else is hashed first, and then known to that index
 * where there is one.  FAIL_INPUT where the bytes are not those that were
 * parsed, FAIL_MISSING where they are nowhere.
 *
 * Returns the descriptor; *path, in the plan's arena, is for messages, *id the
 * state in which the bytes are right.
 */
int	store_open_payload(struct plan *, const struct payload *,
	    const char **path, struct file_id *id, struct fail *) must_check;

#endif
