/*
 * record/impl: what the files of the room share.
 *
 *	forms.c		the JSON of manifest, config and index, as tables
 *	json.c		reads and writes it by them
 *	annotations.c	which a user may give, and a manifest's JSON with them
 *	folder.c	opens files of a record, which may be hostile
 *	reference.c	how a record is named
 *	choose.c	finds the one that is named, in a layout
 *	list.c		lists those of a layout
 *	open.c		reads a record and verifies it
 *	write.c		writes a record, whole or not at all
 *	publish.c	brings it to its place, maybe among others
 *	splice.c	adds it to their index
 *	result.c	writes the result of a replay beside them
 *	compare.c	compares two builds
 *	record.c	gives what is in an open record
 */
#ifndef XB_RECORD_IMPL_H
#define XB_RECORD_IMPL_H

#include "record/record.h"
#include "schema/schema.h"

#define OCI_LAYOUT_FILE		"oci-layout"
#define OCI_LAYOUT_VERSION	"1.0.0"
#define OCI_INDEX_FILE		"index.json"
#define OCI_BLOBS		"blobs/sha256"
#define RECORD_BLOB_NAME	(sizeof(OCI_BLOBS) + 1 + 2 * SHA256_BYTES)
#define OCI_MANIFEST_TYPE	"application/vnd.oci.image.manifest.v1+json"
#define OCI_EMPTY_TYPE		"application/vnd.oci.empty.v1+json"
#define OCI_INDEX_TYPE		"application/vnd.oci.image.index.v1+json"
#define OCI_KEY			"org.opencontainers.image."

/* Those that are read; NULL: there is none. */
struct oci_annotations {
	const char *title;
	const char *tag;		/* ref.name, in an index */
	const char *created;
};

/* How OCI points to a blob. */

struct oci_descriptor {
	const char *type;
	uint8_t sha256[SHA256_BYTES];
	uint64_t size;
	struct oci_annotations annotations;
	const char *artifact;		/* NULL: its manifest alone says it */
};

struct oci_index {
	uint64_t version;
	const char *type;
	struct oci_descriptor *manifests; size_t n_manifests;
};

struct oci_manifest {
	uint64_t version;
	const char *type, *artifact;
	struct oci_descriptor config;
	struct oci_descriptor *layers;	size_t n_layers;
	struct oci_descriptor subject;	/* all zero: none */
	struct oci_annotations annotations;
};

struct oci_layout {
	const char *version;
};

extern const struct schema_form oci_layout_form, oci_descriptor_form,
    oci_index_form, oci_label_form, oci_manifest_form, record_build_form;

/* A text of a record: a JSON object, read into a structure. */
struct record_text {
	const char *what;		/* in messages: "the manifest" */
	const struct oci_descriptor *blob; /* for load */
	const struct schema_form *form;
	void *to;
	/* Called when the text was read; may be NULL. */
	int (*check)(void *arg, struct fail *);
	/* NULL: the text is read once.  Else this is called before it is, and
	 * again after that: 1: it is read, 0: the next text is. */
	int (*wanted)(void *arg, struct fail *);
};

struct record_texts {
	const char *path;		/* of the record, for messages */
	const struct record_text *v; size_t n;
	/* Gives the bytes of a text, malloced, at most RECORD_JSON_MAX. */
	int (*load)(void *arg, const struct record_text *, void **bytes,
	    size_t *n, struct fail *);
	void *arg;
	struct arena *arena;		/* for strings */
};

/*
 * Reads the texts one after the other, so that one may tell where the next one
 * is.  A confined process (sandbox/child.h) parses them.
 */
int	record_read(const struct record_texts *, struct fail *) must_check;

/* Writes a structure as the text of a JSON object, malloced. */
int	record_write(const struct schema_form *, const void *from, char **text,
	    size_t *n, struct fail *) must_check;

/* An open folder of a layout. */
struct record_folder {
	const char *path;		/* for messages */
	int dir, blobs;			/* descriptors; -1: not open */
};

enum { RECORD_LAYERS_MAX = 1024, RECORD_OPTIONS_MAX = 256,
	RECORD_MANIFESTS_MAX = 4096,
	RECORD_GUEST_MAX = 1 << 30 };

#define RECORD_FOLDER_INIT { NULL, -1, -1 }

/* FAIL_MISSING, or FAIL_INPUT if the folder is no layout. */
int	record_folder_open(struct record_folder *, const char *folder,
	    const char *called, struct fail *) must_check;
void	record_folder_close(struct record_folder *);

/* Writes "blobs/sha256/HEX", and returns where HEX begins in it. */
const char *record_blob_name(const uint8_t sha256[SHA256_BYTES],
	    char name[RECORD_BLOB_NAME]);

/*
 * Reads a blob, which must be a regular file of that size, into malloced memory
 * and checks its digest.  A missing blob is FAIL_INPUT, because the record is
 * then incomplete.
 */
int	record_blob_read(const struct record_folder *,
	    const uint8_t sha256[SHA256_BYTES], uint64_t size, size_t limit,
	    void **bytes, struct fail *) must_check;

/* Checks size and digest of a blob. */
int	record_blob_check(const struct record_folder *,
	    const uint8_t sha256[SHA256_BYTES], uint64_t size, struct fail *)
	    must_check;

/* Reads a small file of the folder itself into malloced memory. */
int	record_file_read(const struct record_folder *, const char *name,
	    void **bytes, size_t *n, struct fail *) must_check;

/*
 * The text of a manifest with these annotations, which are known only when a
 * program runs; those of *m are not written.
 */
int	record_write_manifest(const struct oci_manifest *m,
	    const struct record_annotation *, size_t n, char **text,
	    size_t *size, struct fail *) must_check;

/* A layout that is read, and what is looked for in it. */
struct record_layout {
	const struct record_ref *ref;
	struct record_folder folder;
	struct oci_layout version;
	struct oci_index index;
	struct oci_descriptor named;	/* manifest that is read next; in the
					 * end the one of the record */
	struct oci_manifest manifest;
	size_t at;			/* the one of index that is looked at */
};

/*
 * The texts that a layout begins with, for arg a structure that begins with a
 * struct record_layout.  Of manifests whose descriptor does not say what they
 * are, and without which the record cannot be told, the label is read; then
 * named is set.  FAIL_MISSING if there is no such record.
 */
#define RECORD_LAYOUT_TEXTS(l) \
	RECORD_INDEX_TEXTS(l), \
	RECORD_LABEL_TEXT(l, record_check_label, record_wants_label)
#define RECORD_INDEX_TEXTS(l) \
	{ OCI_LAYOUT_FILE, NULL, &oci_layout_form, &(l)->version, \
	    record_check_layout, NULL }, \
	{ OCI_INDEX_FILE, NULL, &oci_index_form, &(l)->index, \
	    record_check_index, NULL }
#define RECORD_LABEL_TEXT(l, check, wants) \
	{ "a manifest", &(l)->named, &oci_label_form, &(l)->manifest, \
	    (check), (wants) }

int	record_check_layout(void *arg, struct fail *);
int	record_check_index(void *arg, struct fail *);
int	record_check_label(void *arg, struct fail *);
int	record_wants_label(void *arg, struct fail *);

/*
 * Goes on to the next manifest of the index whose label is to be read: of those
 * that do not say what they are and, with all, of records and results too.
 * Sets named to it.  False: there is none.
 */
bool	record_next_label(struct record_layout *, bool all);

/* Gives the texts of a layout, for the same arg (struct record_texts). */
int	record_load_text(void *arg, const struct record_text *, void **bytes,
	    size_t *n, struct fail *) must_check;

/* A record that is written. */
#define RECORD_NEW		".new"	/* begins and ends temporary names */

struct record_writer {
	const char *path;		/* as it was given, for messages */
	struct record_ref ref;		/* the same */
	char *temporary;		/* path of the folder that is written */
	bool made;			/* it is there */
	int dir, blobs;
	uint64_t max;			/* of record_open() */
	bool there;			/* such a record is there already */
	bool failed;			/* that record is of a build that
					 * failed */
	/* Looks at what is there already: record_look(), or its like. */
	int (*look)(struct record_writer *, struct fail *);
	struct record old;		/* the one that is there */
	struct arena arena;		/* of paths, titles and types */
	struct oci_descriptor layers[RECORD_LAYERS_MAX];
	size_t n;
	struct oci_descriptor config, manifest; /* once they are written */
};

/* For errno. */
int	record_write_fault(const struct record_writer *, struct fail *);

/*
 * Looks at what is there already, and sets there, failed and old.  Anything but
 * a record of that name, or a layout without it, is FAIL_IO: nothing else is
 * ever replaced.
 */
int	record_look(struct record_writer *, struct fail *) must_check;

/* Parts of writing that a result shares with a record. */
int	record_begin_with(struct record_writer **, const char *path,
	    uint64_t max, int (*look)(struct record_writer *, struct fail *),
	    struct fail *) must_check;
/* Puts a text of JSON as a blob, which d is to describe, and frees it. */
int	record_put_json(struct record_writer *, const char *type, char *text,
	    size_t n, struct oci_descriptor *d, struct fail *) must_check;
/* Writes manifest and index, and waits until all is on the disk.  Sets config
 * and layers of the manifest. */
int	record_finish(struct record_writer *, struct oci_manifest *,
	    const struct record_annotation *, size_t n, struct fail *)
	    must_check;

/* Brings the record, finished in the temporary folder, to its place. */
int	record_publish(struct record_writer *, bool *same, struct fail *)
	    must_check;

/*
 * The text of a layout's index with a descriptor behind those that are there,
 * and without those of its tag, malloced; all else of it stays as it is.
 * FAIL_INPUT where the index is none, or becomes too large.
 */
int	record_index_add(const struct record_folder *,
	    const struct oci_descriptor *, char **text, size_t *n,
	    struct fail *) must_check;

/* What names are made of: tags, titles and, with / too, keys of annotations. */
#define RECORD_NAME_CHARACTERS	"abcdefghijklmnopqrstuvwxyz" \
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

/* Can it be the title of a layer, which is a file name without a folder? */
bool	record_title_good(const char *);

/* The layer of that digest, or NULL. */
const struct record_blob *record_find(const struct record *,
	    const uint8_t sha256[SHA256_BYTES]);

/* Compares what two builds were asked for: 0 if it is the same, else 1 and
 * *what says what differs. */
int	record_compare_asked(const struct record_build *,
	    const struct record_build *, const char **what);

/* Decodes the plan after a stage, as it is in the record. */
int	record_plan_raw(const struct record *, const struct record_stage *,
	    struct plan *, struct fail *) must_check;

#endif
