/*
 * image: reads kernel images and ramdisks, which nobody trusts, and makes of
 * them the sections of a plan that hold for any domain.
 *
 * The room image reads foreign formats and knows no domain.  Nothing of a
 * user's file is mapped, headers are read into private memory, and time and
 * memory are bounded whatever the file says.  Every refusal names the file, the
 * field, its offset, its value and the limit.  Offsets in messages are those of
 * the file, or, where it says "unpacked", of what the file unpacks to.
 */
#ifndef XB_IMAGE_H
#define XB_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/abi.h"
#include "base/fail.h"
#include "plan/plan.h"

#define IMAGE_OUTPUT_MAX	(UINT64_C(512) << 20)	/* -L */
#define IMAGE_WINDOW_MAX	(UINT64_C(128) << 20)	/* --window */

/* A file that a PVH guest gets as it is. */
struct image_module {
	const char *path;
	const char *command_line;	/* NULL: none */
};

struct image_request {
	const char *kernel;		/* path */
	const char **ramdisks;		size_t n_ramdisks;
	struct image_module *modules;	/* behind the ramdisk */
	size_t n_modules;
	const char *command_line;	/* NULL: the image's own, or empty */
	const char *features;		/* NULL: none asked for */
	const struct abi *abi;		/* NULL: as the image says */
	bool pv;			/* abi NULL: an ABI of PV guests */
	const char *format;		/* image_format_known(), or NULL */
	bool unpack_ramdisk;		/* else as the ABI's builder did */
	/* Bytes; 0: FILE_INPUT_MAX and the defaults above. */
	uint64_t input_max, output_max, window_max;
	const char *store;		/* folder; NULL: the default */
	bool can, json;			/* of xb-parse alone: it calls
					 * image_can() */
};

/* Is the name one that -F takes? */
bool	image_format_known(const char *name);
/* "bin, bzimage, elf, uki", for messages. */
const char *image_format_names(void);

/* Are the features after -f known?  FAIL_USAGE where one is not. */
int	image_features_known(const char *, struct fail *) must_check;

/*
 * Reads the kernel and its files and fills in image, command_line, sources and,
 * with a ramdisk or a module, modules.  What is compressed is unpacked into the
 * store, and found there when the same file, unchanged, is read again.
 */
int	image_parse(struct plan *, const struct image_request *, struct fail *)
	    must_check;

#endif
