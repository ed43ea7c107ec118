/*
 * codec: the decompressors, one row each, all streaming.
 *
 * A codec reads a range of an open file in pieces and hands what it unpacks
 * to a sink, so that it needs memory only for the decoder's window and two
 * buffers, however large the stream is; the one for output is the caller's.  It
 * ends at the end of the stream and reports in after_stream how many bytes of
 * the range follow.  If the job's all is set, it goes on with further streams
 * of the same codec, which may have zero bytes before them.  A codec that the
 * build left out keeps its row, with unpack NULL, so that a refusal can name it
 * and its package.
 */
#ifndef XB_CODEC_H
#define XB_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/fail.h"

struct codec_io;			/* codec/io.h: private to the room */

enum { CODEC_STREAMS_MAX = 65536 /* of a job */ };

struct codec_job {
	const char *what;		/* the file, for messages, */
	int fd;				/* and where it is open */
	uint64_t offset, size;		/* the range of the file that holds the
					 * stream */
	uint64_t output_max;		/* bytes; more is FAIL_INPUT, and the
					 * message names -L */
	uint64_t window_max;		/* bytes; more is FAIL_INPUT, and the
					 * message names --window */
	bool all;			/* all streams, not only the first */
	/* Room for codec->block bytes to unpack into.  sink may put another
	 * buffer here, and is given bytes of other buffers, too: lzo's larger
	 * blocks. */
	unsigned char *out;
	int (*sink)(void *arg, const void *bytes, size_t n, struct fail *);
	void *arg;

	/* results */
	uint64_t produced;		/* bytes handed to sink */
	uint64_t after_stream;		/* bytes of the range left over; if all
					 * is set, zero bytes at the end do not
					 * count */
	const struct codec *codec;	/* that codec_unpack() was given */
};

struct codec {
	const char *name;		/* gzip, xz, lzma, bzip2 ... */
	const char *package;		/* Debian package to build with */
	const unsigned char *magic; uint8_t magic_size;
	size_t block;			/* bytes that it is given room for */
	/* A further test of a file's first bytes; NULL: the magic is enough. */
	bool (*plausible)(const unsigned char *, size_t n);
	/* One stream, from its first byte; NULL: left out. */
	int (*unpack)(struct codec_io *, struct fail *);
	const char *built_on;		/* "liblzma" */
	const char *(*version)(void);	/* of the library; NULL: left out */
};

/* In the order in which magics are tried; ends with NULL. */
extern const struct codec *const codecs[];

/* The codec whose magic the bytes begin with, or NULL: not compressed. */
const struct codec *codec_probe(const void *bytes, size_t n);

/*
 * Unpacks one stream, or all of them.  FAIL_INPUT for a damaged or truncated
 * stream (the message has the file, the offset and what was expected), above
 * a limit, and for a codec that was left out (the message has its package).
 */
int	codec_unpack(const struct codec *, struct codec_job *, struct fail *)
	    must_check;

/* One line for each codec: its name, "built in (liblzma 5.4.1)" or "left
 * out". */
void	codec_print_versions(FILE *);

#endif
