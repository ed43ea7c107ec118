/*
 * image-work: what the parts of the image wing share while one image is read.
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
	uint64_t output_max, window_max;
	struct store *store;		/* NULL until it is needed, or missing */
	struct arena scratch;		/* ends with the parse */
	struct image_file file;		/* what is being read */
	bool unpacked;			/* it came out of a compressed file */
};

/*
 * Where an image lies and how to read it.  Formats are tried in order and the
 * first whose probe says yes has the image, for better or worse.
 */
struct image_format {
	const char *name;
	/* 1: mine, 0: not mine, -1 */
	int (*probe)(struct image_work *, struct fail *);
	/* Fills in plan->image but for its payloads and codec. */
	int (*parse)(struct image_work *, struct fail *);
};

extern const struct image_format format_bin, format_bzimage, format_elf;

/* ---- image-unpack.c ---- */

/* The store, opened when first asked for.  NULL: the failure is in f. */
struct store *image_store(struct image_work *, struct fail *);

struct unpack_request {
	const struct codec *codec;
	uint64_t offset, size;		/* range of the image */
	bool all;			/* with the streams that follow it */
	bool stated;			/* the image says how much comes out: */
	uint64_t output;		/* so many bytes, exactly */
	uint64_t output_at;		/* where it says so */
};

/*
 * Unpacks a range of from into the store, or finds it there, and opens the
 * blob as to, whose name in messages tells how it was got.
 */
int	image_unpack(struct image_work *, struct image_file *from,
	    const struct unpack_request *, struct image_file *to,
	    struct fail *) must_check;

/* Makes sure that file->sha256 holds: recalled, or hashed and remembered. */
int	image_digest(struct image_work *, struct image_file *, struct fail *)
	    must_check;

/* Notes in the plan where the bytes of this digest are, once for each. */
int	image_add_source(struct image_work *, const struct image_file *,
	    struct fail *) must_check;

/* ---- image-check.c ---- */

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
 * FAIL_INPUT where -A names another ABI than found, which suits the image, as
 * reason tells.
 */
int	image_check_abi(const struct image_work *, const struct abi *found,
	    const char *reason, struct fail *) must_check;

/* ---- the rest ---- */

/* A BSD symbol table behind the kernel, as one more payload and segment. */
struct elf;
int	symtab_add(struct image_work *, struct elf *, struct fail *) must_check;

/* The ramdisks of the request, as the plan's module. */
int	ramdisk_add(struct image_work *, struct fail *) must_check;

/* Words for what a file that is no kernel of ours may be, or NULL. */
const char *image_looks_like(struct image_file *);

#endif
