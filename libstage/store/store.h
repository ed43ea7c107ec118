/*
 * store: unpacked payloads, kept by digest.
 *
 *	DIR/blobs/sha256/HEX	a blob: the bytes of a payload; mode 0400
 *	DIR/index/HEX		an index entry: which digest a file gave, in
 *				which state (struct file_id) and read in which
 *				way; so a kernel that is parsed again need not
 *				be unpacked and hashed again
 *
 * The index has only states of files that were settled (base/identity.h) when
 * they were read, and of blobs.  It is asked about settled states alone.
 *
 * The folders must belong to this user or root and be writable to nobody else,
 * so that nobody who can make a plan, but not write there, can make one file
 * pass for another.  store_open_payload() asks the index of the default store
 * alone, so what a run with another store hashes goes there as well.
 *
 * DIR is -S, else $XB_STORE, else $XDG_CACHE_HOME/xb, else ~/.cache/xb; it and
 * its folders are made with mode 0700.  On the way to it links are followed
 * only in folders that nobody else can write to.  Two programs may use one
 * store at the same time; what one that was killed left behind goes when the
 * store is opened the next time, and in the index when something is added to
 * it.  A blob whose size is not what the index says is made anew, and an index
 * entry that cannot be read counts as absent.
 */
#ifndef XB_STORE_H
#define XB_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fail.h"
#include "base/identity.h"
#include "plan/plan.h"

struct store;

/*
 * The name of the store: dir or, where that is NULL, the default, see above;
 * malloced.  Makes nothing.
 */
char	*store_dir(const char *dir, struct fail *) must_check;

/*
 * The same, and makes its folder where it is missing, if that can be done: a
 * sandbox that is to let store_open() make it would have to open a folder above
 * it.  NULL: there is none, as store_open() says.
 */
char	*store_make(const char *dir);

/* The folder that store_open_payload() writes to: the index of the default
 * store; malloced.  NULL: there is none. */
char	*store_default_index(void);

/* Opens the store of that name, as in store_dir(). */
int	store_open(struct store **, const char *dir, struct fail *) must_check;
void	store_close(struct store *);		/* NULL is allowed */

/*
 * The default store, if it exists, is safe and can be opened; else NULL, with
 * a note if it exists.  Makes nothing.
 */
struct store *store_find(struct fail *notes);

/*
 * While it is on, for stages that follow each other in one process, the store
 * that was closed last is kept, and is the one that store_find() opens under
 * the same name: its folders were looked at a moment ago.  Off closes it.
 */
void	store_reuse(bool on);

/* A new blob: begin, any number of puts, then commit or abort. */
struct store_writer;
int	store_begin(struct store *, struct store_writer **, struct fail *)
	    must_check;
/*
 * Appends and hashes.  The bytes are copied first: what is written is what was
 * hashed, even where another process may change them meanwhile.
 */
int	store_put(struct store_writer *, const void *, size_t n, struct fail *)
	    must_check;
/*
 * Keeps the blob and adds it to the index.  *size and sha256 are those of all
 * bytes that were put.  Releases the writer, after a failure too.
 */
int	store_commit(struct store_writer *, uint64_t *size,
	    uint8_t sha256[SHA256_BYTES], struct fail *) must_check;
void	store_abort(struct store_writer *);	/* NULL is allowed */

/* The value of how for a file that is the payload itself. */
#define STORE_WHOLE	"whole"

/*
 * Size and digest that the index has for a source in this state, which must be
 * settled.  how says which payload was read from it, and in which way:
 * STORE_WHOLE or, for example, "xz at 0x40f0+0x7d3e10".  False: the index has
 * none, or, if blob is set, the store no longer has the blob.
 */
bool	store_recall(struct store *, const struct file_id *, const char *how,
	    bool blob, uint64_t *size, uint8_t sha256[SHA256_BYTES]);

/*
 * Adds to the index what store_recall() reads, if the state is settled.  A
 * failure to write is only a note (-v).
 */
void	store_remember(struct store *, const struct file_id *, const char *how,
	    uint64_t size, const uint8_t sha256[SHA256_BYTES], struct fail *);

/*
 * The same for what was found out by reading a source, in bytes; how says what,
 * and by which code.  Where there are some, entry is to be freed.
 */
struct kept {
	const unsigned char *bytes; size_t n;
	void *entry;
};

bool	store_kept(const struct store *, const struct file_id *,
	    const char *how, struct kept *);
void	store_keep(struct store *, const struct file_id *, const char *how,
	    const void *bytes, size_t n, struct fail *);

/*
 * Opens a blob for reading, with its path in the arena.  Its state counts as
 * settled.  -1: FAIL_MISSING.
 */
int	store_open_blob(struct store *, const uint8_t sha256[SHA256_BYTES],
	    struct arena *, const char **path, struct file_id *, struct fail *)
	    must_check;

/*
 * Opens the bytes of a payload for reading: the plan's source for its digest
 * or, where the plan has none or the source is gone, the blob of the default
 * store.
 *
 * The plan alone is not believed.  A file is taken without hashing it only if
 * the index of this user's own default store has this digest for its present
 * state; a source must also be in the state that the plan names.  Any other
 * file is hashed first, and then added to that index, if there is one.  A file
 * that can be written to without a new state (file_trusted()) is hashed while
 * it is copied to memory, and the copy opened in its place.  FAIL_INPUT where
 * bytes are not those that were parsed, FAIL_MISSING where they are nowhere.
 *
 * Returns the descriptor.  *path, in the plan's arena, is for messages; *id is
 * the state when the bytes were right.
 */
int	store_open_payload(struct plan *, const struct payload *,
	    const char **path, struct file_id *id, struct fail *) must_check;

#endif
