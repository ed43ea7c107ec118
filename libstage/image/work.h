/*
 * work: what the readers of images share while one image is read.
 *
 * They are given bytes and make a plan of them, and open, write and start
 * nothing: image_read() runs in a process without rights as in a fuzzer.
 */
#ifndef XB_IMAGE_WORK_H
#define XB_IMAGE_WORK_H

#include "codec/codec.h"
#include "image/can.h"
#include "image/notes.h"
#include "image/file.h"
#include "image/image.h"

/* How deep in the kernel's file the image that is read lies. */
enum image_depth {
	IN_FILE,			/* it is the file itself */
	IN_STREAM,			/* the file was compressed as a whole */
	IN_BZIMAGE,			/* it was the compressed payload of a
					 * bzImage */
	DEPTHS
};

/* What must be unpacked to go on reading. */
struct image_need {
	const struct codec *codec;	/* NULL: nothing */
	uint64_t offset, size;		/* range of the image */
	bool all;			/* and all other archives of the file */
	uint64_t output;		/* bytes that come out of it, */
	uint64_t output_at;		/* as stated there; 0: nowhere */
	enum image_depth depth;		/* of what comes out */
};

/* What stands beside the kernel in its file. */
struct image_bundle {
	uint64_t ramdisk, ramdisk_size;	/* range of the image; 0: none */
	const char *command_line;	/* NULL: none */
};

struct image_work {
	struct plan *plan;
	const struct image_request *request;
	struct arena scratch;		/* ends with the parse */
	struct image_file file;		/* what is read */
	enum image_depth depth;		/* what that is of the kernel's file */
	const char *codec;		/* what it was unpacked with; "none" */
	struct image_need need;
	struct image_bundle bundle;
	struct image_facts facts;	/* as far as the kernel was read */
	/* Takes the bytes of a symbol table. */
	int (*put)(void *arg, const void *, size_t n, struct fail *);
	void *arg;
};

/*
 * Reads the image in w->file: sets w->need, or fills in and checks
 * w->plan->image, whose payloads have sizes and no digests.  With either goes
 * w->bundle.
 */
int	image_read(struct image_work *, struct fail *) must_check;

/* An archive of an initramfs. */
struct archive {
	uint64_t at, size;		/* in the file; a compressed stream has
					 * at most that size */
	const struct codec *codec;	/* NULL: cpio, not compressed */
};

/*
 * The next archive from an offset on, behind zero bytes: 1, or 0 where there
 * is none at a->at, or -1: f.  A cpio archive ends behind its trailer.
 */
int	archive_next(struct image_file *, uint64_t at, struct archive *,
	    struct fail *) must_check;

/*
 * *need is of the first archive that is compressed, if any is.  *unpacked is
 * about how many bytes all archives of the file unpack to: cpio archives before
 * the first stream count as they are; the stream, taken to run to the end, as
 * what its format tells, or else as three times its size.
 */
int	archive_look(struct image_file *, struct image_need *need,
	    uint64_t *unpacked, struct fail *) must_check;

/*
 * How a format is recognised and read.  Formats are tried in order; the first
 * whose probe says yes reads the image, and no other is tried if it fails.
 */
struct image_format {
	const char *name;
	/* 1: the image has this format, 0: it has not, -1: f */
	int (*probe)(struct image_work *, struct fail *);
	/* Sets need, or fills in plan->image but for the kernel's payload. */
	int (*parse)(struct image_work *, struct fail *);
};

extern const struct image_format format_bin, format_bzimage, format_uki,
    format_elf;

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

struct elf;
/* The segments and addresses of an ELF kernel with these notes. */
int	elf_place(struct image_work *, const struct elf *,
	    const struct notes *, struct fail *) must_check;
/* A BSD symbol table behind the kernel, as one more payload and segment. */
int	symtab_add(struct image_work *, struct elf *, struct fail *) must_check;

/* Words for what a file is that someone took for a kernel; "": not known. */
struct likeness { char words[96]; };
struct likeness image_looks_like(struct image_file *);

#endif
