/*
 * record-impl: inside of records, private to the room.
 *
 *	record-forms	the JSON of manifest, config and index, as tables
 *	record-folder	files of a record, opened with suspicion
 *	record-open	reads a record and verifies it
 *	record-write	writes one, whole or not at all
 *	record-compare	were two builds alike?
 *	record.c	what an open record answers, what a build left behind
 *			in XB_TRACE
 */
#ifndef XB_RECORD_IMPL_H
#define XB_RECORD_IMPL_H

#include "record/record.h"
#include "schema/schema.h"

#define OCI_LAYOUT_FILE		"oci-layout"
#define OCI_LAYOUT_VERSION	"1.0.0"
#define OCI_INDEX_FILE		"index.json"
#define OCI_BLOBS		"blobs/sha256"
#define OCI_MANIFEST_TYPE	"application/vnd.oci.image.manifest.v1+json"

/* How OCI points to a blob. */
struct oci_annotations {
	const char *title;		/* NULL: none */
};

struct oci_descriptor {
	const char *type;
	uint8_t sha256[SHA256_BYTES];
	uint64_t size;
	struct oci_annotations annotations;
};

struct oci_index {
	uint64_t version;
	struct oci_descriptor *manifests; size_t n_manifests;
};

struct oci_manifest {
	uint64_t version;
	const char *type, *artifact;
	struct oci_descriptor config;
	struct oci_descriptor *layers;	size_t n_layers;
};

struct oci_layout {
	const char *version;
};

extern const struct schema_form oci_layout_form, oci_index_form,
    oci_manifest_form, record_build_form, record_trace_form;

/*
 * A structure from the text of a JSON object, which what names in messages, and
 * back; texts lie in the arena, *text is malloced.
 */
int	record_read(const struct schema_form *, void *to, const char *text,
	    size_t n, const char *what, struct arena *, struct fail *)
	    must_check;
int	record_write(const struct schema_form *, const void *from, char **text,
	    size_t *n, struct fail *) must_check;

/* An open folder of a record. */
struct record_folder {
	const char *path;		/* for messages */
	int dir, blobs;			/* descriptors; -1: not open */
};

enum { RECORD_LAYERS_MAX = 1024, RECORD_OPTIONS_MAX = 256,
	RECORD_GUEST_MAX = 1 << 30 };

#define RECORD_FOLDER_INIT { NULL, -1, -1 }

/* FAIL_MISSING, FAIL_INPUT for a folder that has not the form of a record. */
int	record_folder_open(struct record_folder *, const char *path,
	    struct fail *) must_check;
void	record_folder_close(struct record_folder *);

/*
 * Reads a blob, a regular file of that size, into malloced memory and holds it
 * against its digest.  FAIL_INPUT where it is not there, for then the record is
 * not whole.
 */
int	record_blob_read(const struct record_folder *,
	    const uint8_t sha256[SHA256_BYTES], uint64_t size, size_t limit,
	    void **bytes, struct fail *) must_check;

/* Copies size bytes, from their start, and tells their digest. */
int	record_copy(int from, const char *what, int to, const char *path,
	    uint64_t size, uint8_t sha256[SHA256_BYTES], struct fail *)
	    must_check;

/* Holds a blob against its digest. */
int	record_blob_check(const struct record_folder *,
	    const uint8_t sha256[SHA256_BYTES], uint64_t size, struct fail *)
	    must_check;

/* A small file of the folder itself, malloced. */
int	record_file_read(const struct record_folder *, const char *name,
	    void **bytes, size_t *n, struct fail *) must_check;

/* May the title of a layer be that: a plain name of a file? */
bool	record_title_good(const char *);

/* The layer of that digest, or NULL. */
const struct record_blob *record_find(const struct record *,
	    const uint8_t sha256[SHA256_BYTES]);

/* Do the builds ask for the same? 0, 1 and what differs. */
int	record_compare_asked(const struct record_build *,
	    const struct record_build *, const char **what);

/* Decodes the plan after a stage, as it is in the record. */
int	record_plan_raw(const struct record *, const struct record_folder *,
	    const struct record_stage *, struct plan *, struct fail *)
	    must_check;

#endif
