/*
 * work: what the files of the room image share while one image is read.
 */
#ifndef XB_IMAGE_WORK_H
#define XB_IMAGE_WORK_H

#include "codec/codec.h"
#include "image/notes.h"
#include "image/file.h"
#include "image/image.h"
#include "store/store.h"

struct image_work {
	struct plan *plan;
	const struct image_request *request;
	uint64_t input_max, output_max, window_max;
	struct store *store;		/* NULL until image_store() opens it */
	struct arena scratch;		/* ends with the parse */
	struct image_file file;		/* what is being read */
	bool unpacked;			/* it came out of a compressed file */
};

/*
 * How a format is recognised and read.  Formats are tried in order; the first
 * whose probe says yes reads the image, and no other is tried if it fails.
 */
struct image_format {
	const char *name;
	/* 1: the image has this format, 0: it has not, -1: f */
	int (*probe)(struct image_work *, struct fail *);
	/* Fills in plan->image but for its payloads and codec. */
	int (*parse)(struct image_work *, struct fail *);
};

extern const struct image_format format_bin, format_bzimage, format_elf;

/* ---- unpack.c ---- */

/* The store, opened when first asked for.  NULL: the failure is in f. */
struct store *image_store(struct image_work *, struct fail *);

struct unpack_request {
	const struct codec *codec;
	uint64_t offset, size;		/* range of the image */
	bool all;			/* with the streams that follow it */
	bool stated;			/* the image says how much comes out */
	uint64_t output;		/* then: how many bytes, */
	uint64_t output_at;		/* and where it says so */
};

/*
 * Unpacks a range of from into the store, or finds it there, and opens the
 * blob as to, whose name in messages tells how it was got.
 */
int	image_unpack(struct image_work *, struct image_file *from,
	    const struct unpack_request *, struct image_file *to,
	    struct fail *) must_check;

/* Sets file->sha256: as the store remembers it, or hashed and remembered. */
int	image_digest(struct image_work *, struct image_file *, struct fail *)
	    must_check;

/* Adds the file to the plan's sources, once for each digest. */
int	image_add_source(struct image_work *, const struct image_file *,
	    struct fail *) must_check;

/* ---- check.c ---- */

/*
 * The addresses of plan->image, held against its ABI and the notes they came
 * from; sets hypercall_page and init_p2m where the notes are sound.
 */
int	image_check_addresses(struct image_work *, const struct notes *,
	    struct fail *) must_check;

/* Features asked for, needed and supported, into plan->image. */
int	image_check_features(struct image_work *, const struct notes *,
	    struct fail *) must_check;

/*
 * FAIL_INPUT where -A names another ABI than found, the one that the image is
 * for; reason says by what.
 */
int	image_check_abi(const struct image_work *, const struct abi *found,
	    const char *reason, struct fail *) must_check;

/* ---- the rest ---- */

/* A BSD symbol table behind the kernel, as one more payload and segment. */
struct elf;
int	symtab_add(struct image_work *, struct elf *, struct fail *) must_check;

/* The ramdisks of the request, as the plan's module. */
int	ramdisk_add(struct image_work *, struct fail *) must_check;

/* Words for what a file is that someone took for a kernel, or NULL. */
const char *image_looks_like(struct image_file *);

#endif
