/*
 * record: keeps a build, in a folder in the OCI image layout.
 *
 *	oci-layout, index.json		name manifests, of records and others
 *	blobs/sha256/HEX		the manifest, its config, its layers
 *
 * A layout may hold many records, which share their blobs.
 *
 * The config says what was built and how (struct record_build).  The layers are
 * the plan after every stage, without its sources; the payloads; the files that
 * xb-parse read; and the digests of the guest's pages before it ran.  So a
 * record needs no file outside of itself.  xb-record(5) describes the format.
 *
 * A record may come from a registry, and so may be hostile.  record_open()
 * reads every byte of it and checks that every blob is a regular file with the
 * size and digest by which it is named, that every plan is valid and has been
 * through the stage that it is kept for, and that all payloads of the plans and
 * all inputs are there.  No link is followed inside the folder.
 */
#ifndef XB_RECORD_H
#define XB_RECORD_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fail.h"
#include "plan/plan.h"

enum { RECORD_VERSION = 1, RECORD_JSON_MAX = 1 << 20 };

#define RECORD_TYPE		"application/vnd.xb.record.v1"
#define RECORD_CONFIG_TYPE	"application/vnd.xb.record.v1+json"
#define RECORD_PLAN_TYPE	"application/vnd.xb.plan.v1+msgpack"
#define RECORD_FILE_TYPE	"application/vnd.xb.file.v1"
#define RECORD_RESULT_TYPE	"application/vnd.xb.result.v1"
#define RECORD_GUEST_TYPE	"application/vnd.xb.guest.v1+msgpack"

struct schema_form;

/* An annotation of the manifest. */
struct record_annotation {
	const char *key, *value;
};

enum { RECORD_ANNOTATIONS_MAX = 24 };

struct record_message {
	const char *level;		/* error, warning, answer, note */
	const char *text;		/* as it was printed */
};

/* A stage that ran, failed or not. */
struct record_stage {
	const char *name;		/* xb-load */
	const char *version;		/* of the program */
	const char *began;		/* 2026-11-22T04:12:44Z */
	double seconds;
	uint64_t status;		/* exit status; 0: done */
	const char **arguments;		size_t n_arguments;
	struct record_message *messages; size_t n_messages;
	uint8_t plan[SHA256_BYTES];	/* the plan that it wrote; a layer */
};

/* A file that xb-parse was given. */
struct record_input {
	const char *role;		/* kernel, or its option: ramdisk */
	const char *name;		/* of the file, without its folders */
	const char *line;		/* of a module; NULL: none */
	uint64_t size;
	uint8_t sha256[SHA256_BYTES];	/* a layer */
};

/* A payload that is not in a slim record: xb-parse makes it of the inputs. */
struct record_left {
	const char *role;
	uint64_t size;
	uint8_t sha256[SHA256_BYTES];
};

/* An option that the build was asked for, by its long name. */
struct record_option {
	const char *name;		/* command-line */
	const char *value;		/* NULL: takes none */
};

/* Pools keep options so, too: their form, and are two lists the same? */
extern const struct schema_form record_option_form;
bool	record_options_equal(const struct record_option *, size_t n,
	    const struct record_option *, size_t m);

/* What was built, and how: the config. */
struct record_build {
	uint64_t record;		/* RECORD_VERSION */
	const char *version;		/* of xb-record */
	const char *began;
	double seconds;
	uint64_t status;		/* of xb-build; 0: the domain was
					 * built */
	const char *message;		/* the failure; NULL: none */
	const char **arguments;		size_t n_arguments; /* of xb-build */
	/* Options that shape any domain built from the record, in the order
	 * given. */
	struct record_option *options;	size_t n_options;
	struct record_input *inputs;	size_t n_inputs; /* kernel first */
	struct maybe vcpus;		/* of the domain that was built */
	struct record_stage *stages;	size_t n_stages; /* in pipe order */
	struct record_left *left;	size_t n_left; /* NULL: none */
	uint8_t guest[SHA256_BYTES];	/* layer of digests; zero: none */
};

struct record_blob {
	const char *title;		/* a file name, different from all
					 * other titles */
	const char *type;		/* media type */
	uint64_t size;
	uint8_t sha256[SHA256_BYTES];
};

struct record_folder;

struct record {
	struct arena arena;		/* all that the structure points to */
	const char *path;		/* of the folder; absolute */
	struct record_folder *folder;	/* open; NULL: there is none */
	uint8_t manifest[SHA256_BYTES];	/* names the record as a whole */
	uint64_t manifest_size;
	bool alone;			/* in its layout, and without a tag */
	struct record_build build;
	struct record_blob *blobs;	size_t n_blobs; /* the layers */
};

/*
 * What names a record: FOLDER, FOLDER:TAG or FOLDER@sha256:HEX, as it is
 * spelled, whatever there is.  The mark is looked for in the last component of
 * the path.  FOLDER alone is the only record in there.
 */
struct record_ref {
	char folder[PATH_MAX];
	const char *tag;		/* points into the text; NULL: none */
	bool by_digest;
	uint8_t sha256[SHA256_BYTES];	/* of the manifest */
};

/* FAIL_USAGE: it is spelled as no reference is. */
int	record_ref_parse(struct record_ref *, const char *text, struct fail *)
	    must_check;

/* Is there a layout in the folder of that reference?  What cannot be looked for
 * counts as there: opening it says why. */
bool	record_is(const char *text);

/*
 * Opens and verifies a record whose layers have at most max bytes together (0:
 * RECORD_BYTES_MAX); as much as that is read.  FAIL_MISSING if there is no such
 * folder, or no such record in it, FAIL_INPUT for all that is wrong with it.
 * The caller releases the record, after a failure too.
 */
#define RECORD_BYTES_MAX	(UINT64_C(16) << 30)
int	record_open(struct record *, const char *text, uint64_t max,
	    struct fail *) must_check;
void	record_release(struct record *);

/* Records of a layout, and results of replays, in the order of its index. */
struct record_entry {
	const char *tag;		/* NULL: none */
	const char *created, *title;	/* as they are told; NULL */
	uint8_t sha256[SHA256_BYTES];	/* of the manifest */
	bool result;
	uint8_t subject[SHA256_BYTES];	/* of a result: its record, which may be
					 * elsewhere */
};

struct record_list {
	struct arena arena;		/* for all of it; the caller's */
	struct record_entry *v; size_t n;
};

/* Reads what index and manifests tell, and verifies nothing else.  Failures as
 * record_open() has them; the arena is to be released after one, too. */
int	record_list(struct record_list *, const char *folder, struct fail *)
	    must_check;

/* The stage of that name, or NULL where it did not run. */
const struct record_stage *record_stage(const struct record *,
	    const char *name);

/* The last stage that ran, or NULL. */
const struct record_stage *record_last(const struct record *);

/* The plan after the last stage, as by record_plan().  FAIL_INPUT where none
 * ran. */
int	record_last_plan(const struct record *, struct plan *p, struct fail *)
	    must_check;

/*
 * The plan after a stage.  Its sources are the record's own blobs, so that
 * stages find the payloads, but for those that a slim record leaves out.
 * FAIL_INPUT if the stage did not run.  p is initialised in any case, and the
 * caller releases it.
 */
int	record_plan(const struct record *, const char *stage, struct plan *p,
	    struct fail *) must_check;

/* The absolute path of a blob, in the plan's or the record's arena. */
const char *record_blob_path(const struct record *,
	    const uint8_t sha256[SHA256_BYTES], struct arena *, struct fail *)
	    must_check;

/*
 * Copies an input to a new file, for programs that open files by path.  The
 * copy is checked: FAIL_INPUT if the blob has changed since the record was
 * verified.
 */
int	record_input_copy(const struct record *, const struct record_input *,
	    const char *to, struct fail *) must_check;

/*
 * The digests of the guest's pages as canonical writes them, malloced; *bytes
 * NULL where the record has none.
 */
int	record_guest(const struct record *, void **bytes, size_t *n,
	    struct fail *) must_check;

/*
 * Writing a record.  record_begin() makes a temporary folder beside PATH; max
 * is the limit of record_open() for a record that is there and for the new one.
 * The puts add layers; bytes whose digest is there already are not added again.
 * record_commit() syncs everything and renames the folder to PATH, so that PATH
 * is whole or not there.  record_abort() removes the folder, and so does a
 * commit that fails.  Failures are FAIL_IO, FAIL_PERM, and FAIL_INPUT if a file
 * changed while it was read.
 *
 * If PATH exists already it must be a record of the same build, or the calls
 * fail with FAIL_IO: record_begin() if it is no record, record_expect() if its
 * options or inputs are not those of this build (it is called before the
 * build), record_commit() if the build had another result.  A record of the
 * same build stays as it is, and *same is set.  A record of a build that failed
 * is replaced by that of any other.
 */
struct record_writer;
int	record_begin(struct record_writer **, const char *path, uint64_t max,
	    struct fail *) must_check;
int	record_put(struct record_writer *, const char *title,
	    const char *type, const void *, size_t n,
	    uint8_t sha256[SHA256_BYTES], struct fail *) must_check;
/* Puts the first size bytes of a file that is open for reading. */
int	record_put_file(struct record_writer *, const char *title, int from,
	    const char *what, uint64_t size, uint8_t sha256[SHA256_BYTES],
	    struct fail *) must_check;
int	record_expect(const struct record_writer *,
	    const struct record_build *, struct fail *) must_check;
/*
 * Adds what --annotation was given, KEY=VALUE, to a list with room for
 * RECORD_ANNOTATIONS_MAX.  FAIL_USAGE: it is not that, or the key is OCI's or
 * there already.  The text lives on.
 */
int	record_annotation_parse(const char *text,
	    struct record_annotation *list, size_t *n, struct arena *,
	    struct fail *) must_check;
/* The annotations are those of the new record beside its own. */
int	record_commit(struct record_writer *, const struct record_build *,
	    const struct record_annotation *, size_t n, bool *same,
	    struct fail *) must_check;
/* NULL is allowed. */
void	record_abort(struct record_writer *, struct fail *);

/* What became of a replay: an artifact that refers to its record. */
struct record_result {
	const char *to;			/* FOLDER:TAG */
	const struct record *of;
	const char *began, *version, *title; /* annotations */
	const char *json; size_t n;	/* the layer */
};

/*
 * Writes a result as a record is written.  It takes the place of another result
 * of that tag; FAIL_IO where the tag is anything else's.
 */
int	record_write_result(const struct record_result *, struct fail *)
	    must_check;

/* Could it be written?  So that this is known before the replay. */
int	record_check_result(const char *to, struct fail *) must_check;

/*
 * Compares two builds: options, inputs, stages with their statuses, the
 * portable half of the last plan, and the guest; but not times, target, frames,
 * UUID or build id.  0: they are the same; 1: they differ, and *what says in
 * what, in a word or two; -1: f says why.
 */
int	record_compare(const struct record *, const struct record *,
	    const char **what, struct fail *) must_check;

#endif
