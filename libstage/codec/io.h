/*
 * codec/io: what all codecs share, private to the room.
 *
 * Each job is unpacked with one struct codec_io: the bytes of the job's range
 * that are not read yet, and a buffer for output.  The output limit, the window
 * limit and the messages for damaged streams are found here alone.
 */
#ifndef XB_CODEC_IO_H
#define XB_CODEC_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/codec.h"

/*
 * Small enough that both buffers and the decoder's tables fit into the
 * second-level cache of a CPU.  A fuzzer's inputs are smaller than that: its
 * build has buffers that are filled again in the middle of them.
 */
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
enum { CODEC_IN_BYTES = 1 << 10, CODEC_OUT_BYTES = 4 << 10 };
#else
enum { CODEC_IN_BYTES = 256 << 10, CODEC_OUT_BYTES = 256 << 10 };
#endif

struct codec_io {
	struct codec_job *job;
	const unsigned char *in;	/* unread bytes, have of them */
	size_t have;
	uint64_t fetched;		/* bytes of the range read so far */
	uint64_t start;			/* of this stream: offset in the file */
	unsigned char *in_buffer;	/* CODEC_IN_BYTES */
};

/* Do the bytes begin a stream of that codec? */
bool	codec_begins(const struct codec *, const void *bytes, size_t n);

/* Bytes of the range that are not taken yet, in the buffer and in the file. */
uint64_t codec_io_left(const struct codec_io *);

/*
 * Makes at least n bytes (n <= CODEC_IN_BYTES) readable at in, or all that
 * the range has left.
 */
int	codec_io_want(struct codec_io *, size_t n, struct fail *) must_check;

static inline void
codec_io_take(struct codec_io *io, size_t n)
{
	io->in += n;
	io->have -= n;
}

/* Copies and takes exactly n bytes; FAIL_INPUT where the range has fewer. */
int	codec_io_read(struct codec_io *, void *to, size_t n, struct fail *)
	    must_check;

/* Hands bytes to the sink; the output limit is enforced here. */
int	codec_io_emit(struct codec_io *, const void *, size_t n, struct fail *)
	    must_check;

/*
 * One call of a streaming decoder: takes from io->in, writes at most
 * CODEC_OUT_BYTES to job->out, says in *put how many and in *end whether the
 * stream is complete.  If it takes nothing, puts nothing and does not set *end,
 * it needs more input.
 */
typedef int codec_step(struct codec_io *, void *decoder, size_t *put,
    bool *end, struct fail *);

/*
 * Steps until the end.  If the decoder makes no progress although it has
 * input, the stream is damaged.
 */
int	codec_io_pump(struct codec_io *io, codec_step *step, void *decoder,
	    struct fail *f) must_check;

/* The three faults; each returns -1.  Words: lower case, no full stop. */
int	codec_io_damaged(const struct codec_io *, struct fail *,
	    const char *fmt, ...) printf_like(3, 4);
int	codec_io_early(const struct codec_io *, struct fail *);
/* Refuses a window above the job's limit; 0 where it is allowed. */
int	codec_io_window(const struct codec_io *, uint64_t window,
	    struct fail *) must_check;

extern const struct codec codec_gzip, codec_bzip2, codec_xz, codec_zstd,
    codec_lzma, codec_lzo, codec_lz4, codec_lz4_frame;

#endif
