/*
 * codec: the decompressors, one row each, all streaming.
 *
 * A codec reads a range of an open file in pieces and hands what it unpacks
 * to a sink, so memory is the decoder's window and a buffer, whatever the
 * sizes.  The stream's end ends the work; bytes after it are not read and are
 * reported in after_stream.  Where all is set, further streams of the same
 * codec behind it, with zero bytes between them or not, are unpacked as well.
 * Codecs that the build left out keep their row, with unpack NULL, so that a
 * refusal can name them and their package.
 */
#ifndef XB_CODEC_H
#define XB_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/fail.h"

enum { CODEC_STREAMS_MAX = 65536 /* of a job */ };

struct codec_job {
	int fd;
	const char *what;		/* the file, for messages */
	uint64_t offset, size;		/* the range that holds the stream */
	uint64_t output_max;		/* bytes; more is FAIL_INPUT, naming -L */
	uint64_t window_max;		/* bytes; FAIL_INPUT beyond, naming the
					 * codec and --window */
	bool all;			/* not the first stream alone */
	int (*sink)(void *arg, const void *bytes, size_t n, struct fail *);
	void *arg;

	/* results */
	uint64_t produced;		/* bytes handed to sink */
	uint64_t after_stream;		/* bytes of the range left over; with
					 * all, 0 where they are zeros */
	const struct codec *codec;	/* that codec_unpack() was given */
};

struct codec {
	const char *name;		/* gzip, xz, lzma, bzip2 ... */
	const char *package;		/* Debian package to build with */
	const unsigned char *magic; uint8_t magic_size;
	/* Further test of a file's first bytes, or NULL: the magic says it. */
	bool (*plausible)(const unsigned char *, size_t n);
	int (*unpack)(struct codec_job *, struct fail *); /* NULL: left out */
	const char *built_on;		/* "liblzma" */
	const char *(*version)(void);	/* of the library; NULL: left out */
};

/* In the order in which magics are tried; ends with NULL. */
extern const struct codec *const codecs[];

/* The codec whose magic the bytes begin with, or NULL: not compressed. */
const struct codec *codec_probe(const void *bytes, size_t n);

/*
 * Unpacks one stream, or all.  FAIL_INPUT for a damaged or truncated one (with
 * the file, the offset in it and what was expected), for limits, and for a
 * codec that was left out (with its package).
 */
int	codec_unpack(const struct codec *, struct codec_job *, struct fail *)
	    must_check;

/* One line a codec: name, "built in (liblzma 5.4.1)" or "left out". */
void	codec_print_versions(FILE *);

#endif
