#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/folder.h"
#include "base/hex.h"
#include "base/sha256.h"
#include "store/impl.h"

/*
 * An index entry is text:
 *
 *	xb-index 1
 *	source DEV INO SIZE MTIME NSEC CTIME NSEC HOW
 *	payload SIZE SHA256 blob DEV INO SIZE MTIME NSEC CTIME NSEC
 *	sum SHA256
 *
 * The first two lines are the key; the entry's file name is their SHA-256.
 * After "blob" stands the state of the payload's blob when the entry was made
 * (zeros: there was no blob), so that a blob which was changed later is not
 * used.  The sum is the SHA-256 of all that is before it.
 *
 * An entry of what was found out by reading the source has that in place of the
 * third line.
 */
enum {
	HEX_BYTES = 2 * SHA256_BYTES,
	SUM_BYTES = HEX_BYTES + 5,	/* the last line */
	PAYLOAD_MAX = 256,		/* the third line */
	ENTRY_MAX = 1 << 16,
	INDEX_MAX = 4096		/* entries; see prune() */
};

#define ID_FORMAT	"%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 \
			" %" PRIu64 " %" PRIu64 " %" PRIu64
#define ID_VALUES(i)	(i)->dev, (i)->ino, (i)->size, (i)->mtime_sec, \
			(i)->mtime_nsec, (i)->ctime_sec, (i)->ctime_nsec

static char *
entry_key(const struct file_id *id, const char *how)
{
	char *key;
	int r = asprintf(&key, "xb-index 1\nsource " ID_FORMAT " %s\n",
	    ID_VALUES(id), how);

	return r < 0 ? NULL : key;
}

static void
hex_of(const void *bytes, size_t n, char hex[HEX_BYTES + 1])
{
	uint8_t sha256[SHA256_BYTES];

	sha256_of(bytes, n, sha256);
	sha256_hex(sha256, hex);
}

/* The state of the blob's file, zeros where there is none. */
static struct file_id
blob_id(const struct store *s, const uint8_t sha256[SHA256_BYTES])
{
	struct fail quiet = { .kind = FAIL_NONE };
	char hex[HEX_BYTES + 1];
	struct file_id id;
	int fd;

	sha256_hex(sha256, hex);
	fd = file_open_in(s->blobs, hex, hex, &id, &quiet);
	if (fd < 0)
		return (struct file_id){ .size = 0 };
	close(fd);
	return id;
}

/* Is the blob as it was when the entry was made? */
static bool
blob_holds(const struct store *s, const uint8_t sha256[SHA256_BYTES],
    uint64_t size, const struct file_id *then)
{
	struct file_id now = blob_id(s, sha256);

	return now.ino != 0 && now.size == size && file_id_equal(&now, then);
}

/* ---- the index does not grow for ever ---- */

struct aged {
	struct timespec written;
	char name[HEX_BYTES + 1];
};

static int
by_age(const void *a, const void *b)
{
	const struct timespec *x = &((const struct aged *)a)->written,
	    *y = &((const struct aged *)b)->written;

	if (x->tv_sec != y->tv_sec)
		return x->tv_sec < y->tv_sec ? -1 : 1;
	return (x->tv_nsec > y->tv_nsec) - (x->tv_nsec < y->tv_nsec);
}

/* Lists at most max entries and returns how many. */
static size_t
list_entries(int index, struct aged *entries, size_t max)
{
	struct folder d;
	const char *name;
	struct stat st;
	size_t n = 0;

	folder_again(&d, index);
	while (n < max && (name = folder_next(&d)) != NULL) {
		if (strlen(name) != HEX_BYTES ||
		    fstatat(index, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		memcpy(entries[n].name, name, sizeof(entries[n].name));
		entries[n++].written = st.st_mtim;
	}
	return n;
}

/*
 * Removes the older half of the entries.  Nobody asks any more for an entry of
 * a file that was changed or removed, and no entry tells whether its file was.
 * A file whose entry is removed is read and hashed once more.
 */
static void
prune(int index, size_t names)
{
	struct aged *entries = calloc(names, sizeof(*entries));
	size_t n = entries == NULL ? 0 : list_entries(index, entries, names);

	if (n > 0)
		qsort(entries, n, sizeof(*entries), by_age);
	for (size_t i = 0; i < n / 2; i++)
		(void)unlinkat(index, entries[i].name, 0);
	free(entries);
}

/* Not at each opening of the store: an index may have thousands of entries, and
 * most runs only look something up. */
static void
sweep_once(struct store *s)
{
	size_t names;

	if (s->swept)
		return;
	s->swept = true;
	names = store_sweep(s->index);
	if (names > INDEX_MAX)
		prune(s->index, names);
}

/* Writes the entry.  text is NULL where there was no memory for it. */
static void
write_entry(struct store *s, const char *key, const char *text, size_t n,
    struct fail *f)
{
	struct fail quiet = { .kind = FAIL_NONE };
	char name[HEX_BYTES + 1];

	sweep_once(s);
	if (text == NULL) {
		fail_memory(&quiet, ENTRY_MAX);
	} else {
		hex_of(key, strlen(key), name);
		/* Unsynced: an entry that a power cut truncates fails its sum
		 * and counts as absent. */
		(void)!file_replace_unsynced(s->index, name, 0600, text, n,
		    &quiet);
	}
	if (quiet.kind != FAIL_NONE)
		fail_note(f, "the index of the store '%s' is not written: %s",
		    s->dir, quiet.message);
}

/* ---- entries ---- */

static void
put_sum(const void *bytes, size_t n, char sum[SUM_BYTES + 1])
{
	char hex[HEX_BYTES + 1];

	hex_of(bytes, n, hex);
	snprintf(sum, SUM_BYTES + 1, "sum %s\n", hex);
}

/* A NUL takes the place of the sum. */
static bool
find_kept(const char *key, unsigned char *entry, size_t n, struct kept *kept)
{
	size_t before = strlen(key);
	char sum[SUM_BYTES + 1];

	if (n < before + SUM_BYTES || memcmp(entry, key, before) != 0)
		return false;
	n -= SUM_BYTES;
	put_sum(entry, n, sum);
	kept->bytes = entry + before;
	kept->n = n - before;
	if (memcmp(entry + n, sum, SUM_BYTES) != 0)
		return false;
	entry[n] = '\0';
	return true;
}

bool
store_kept(const struct store *s, const struct file_id *id, const char *how,
    struct kept *kept)
{
	char *key = id->settled ? entry_key(id, how) : NULL;
	struct fail quiet = { .kind = FAIL_NONE };
	char name[HEX_BYTES + 1];
	bool found;
	size_t n;

	if (key == NULL)
		return false;
	hex_of(key, strlen(key), name);
	found = file_slurp(s->index, name, ENTRY_MAX, &kept->entry, &n,
	    &quiet) == 0;
	if (found && !find_kept(key, kept->entry, n, kept)) {
		free(kept->entry);
		found = false;
	}
	free(key);
	return found;
}

void
store_keep(struct store *s, const struct file_id *id, const char *how,
    const void *bytes, size_t n, struct fail *f)
{
	char *key, *text;
	size_t before;

	if (!id->settled)
		return;
	key = entry_key(id, how);
	before = key == NULL ? 0 : strlen(key);
	text = key == NULL ? NULL : malloc(before + n + SUM_BYTES + 1);
	if (text != NULL) {
		memcpy(text, key, before);
		memcpy(text + before, bytes, n);
		n += before;
		put_sum(text, n, text + n);
	}
	write_entry(s, key, text, n + SUM_BYTES, f);
	free(key);
	free(text);
}

/* ---- the payload of a source ---- */

bool
store_recall(struct store *s, const struct file_id *id, const char *how,
    bool blob, uint64_t *size, uint8_t sha256[SHA256_BYTES])
{
	char hex[HEX_BYTES + 1];
	struct file_id then;
	struct kept kept;
	bool found;

	if (!store_kept(s, id, how, &kept))
		return false;
	found = sscanf((const char *)kept.bytes, "payload %" SCNu64 " %64s "
	    "blob %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
	    " %" SCNu64 " %" SCNu64, size, hex, &then.dev, &then.ino,
	    &then.size, &then.mtime_sec, &then.mtime_nsec, &then.ctime_sec,
	    &then.ctime_nsec) == 9 && strlen(hex) == HEX_BYTES &&
	    hex_get(hex, SHA256_BYTES, sha256) &&
	    (!blob || blob_holds(s, sha256, *size, &then));
	free(kept.entry);
	return found;
}

void
store_remember(struct store *s, const struct file_id *id, const char *how,
    uint64_t size, const uint8_t sha256[SHA256_BYTES], struct fail *f)
{
	char hex[HEX_BYTES + 1], line[PAYLOAD_MAX];
	struct file_id blob;
	int n;

	/* A file that is not settled may still change without a new state. */
	if (!id->settled)
		return;
	if (s->also != NULL && strcmp(how, STORE_WHOLE) == 0)
		store_remember(s->also, id, how, size, sha256, f);
	blob = blob_id(s, sha256);
	sha256_hex(sha256, hex);
	n = snprintf(line, sizeof(line), "payload %" PRIu64 " %s blob "
	    ID_FORMAT "\n", size, hex, ID_VALUES(&blob));
	store_keep(s, id, how, line, (size_t)n, f);
}
