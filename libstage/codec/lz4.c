#include <inttypes.h>
#include <stdlib.h>

#include "codec/io.h"
#include "base/le.h"

/* The legacy format, which kernels use: each block is 8 MiB unpacked, only the
 * last may be shorter, and its packed size stands before it. */
enum { MAGIC_BYTES = 4, BLOCK = 8 << 20 };

static const unsigned char legacy_magic[] = { 0x02, 0x21, 0x4c, 0x18 };
static const unsigned char frame_magic[] = { 0x04, 0x22, 0x4d, 0x18 };

#ifdef WITH_LZ4
#include <lz4.h>
#include <lz4frame.h>
#include <string.h>

enum { SIZE_BYTES = 4, BLOCK_MAX = LZ4_COMPRESSBOUND(BLOCK) };

struct legacy {
	char *packed;			/* room for the largest block */
	int n_plain;
};

/*
 * The size of the next block; 0: the stream has ended.  The format has no end
 * mark.  After a full block, bytes that cannot be a block belong no longer to
 * the stream, nor does the unpacked size that the kernel's build appends.
 */
static int
next_block(struct codec_io *io, bool first, uint32_t *size, struct fail *f)
{
	uint64_t left = codec_io_left(io);

	*size = 0;
	if (codec_io_want(io, SIZE_BYTES, f) < 0)
		return -1;
	if (left < SIZE_BYTES)
		return first && left > 0 ? codec_io_early(io, f) : 0;
	*size = (uint32_t)le_get(io->in, SIZE_BYTES);
	if (left == SIZE_BYTES && *size == io->job->produced)
		*size = 0;
	else if (first && (*size == 0 || *size > BLOCK_MAX))
		return codec_io_damaged(io, f, "a block of %" PRIu32 " bytes; "
		    "1 to %u are possible", *size, BLOCK_MAX);
	if (*size > BLOCK_MAX)
		*size = 0;
	if (*size > 0)
		codec_io_take(io, SIZE_BYTES);
	return 0;
}

static int
unpack_block(struct codec_io *io, struct legacy *l, uint32_t size,
    struct fail *f)
{
	unsigned char *plain = io->job->out;

	if (codec_io_read(io, l->packed, size, f) < 0)
		return -1;
	l->n_plain = LZ4_decompress_safe(l->packed, (char *)plain, (int)size,
	    BLOCK);
	if (l->n_plain < 0)
		return codec_io_damaged(io, f, "damaged data in the block of "
		    "%" PRIu32 " bytes that ends here", size);
	return codec_io_emit(io, plain, (size_t)l->n_plain, f);
}

/* Takes the magic, if a stream begins here; else *found is false. */
static int
take_magic(struct codec_io *io, bool *found, struct fail *f)
{
	if (codec_io_want(io, MAGIC_BYTES, f) < 0)
		return -1;
	*found = io->have >= MAGIC_BYTES &&
	    memcmp(io->in, legacy_magic, MAGIC_BYTES) == 0;
	if (*found)
		codec_io_take(io, MAGIC_BYTES);
	return 0;
}

/* Unpacks the blocks of a stream: a block that is not full is its last. */
static int
legacy_blocks(struct codec_io *io, struct legacy *l, struct fail *f)
{
	bool first = true;
	uint32_t size;

	do {
		if (next_block(io, first, &size, f) < 0 ||
		    (size > 0 && unpack_block(io, l, size, f) < 0))
			return -1;
		first = false;
	} while (size > 0 && l->n_plain == BLOCK);
	return 0;
}

/* Several streams may follow each other, each with its magic. */
static int
legacy_streams(struct codec_io *io, struct legacy *l, struct fail *f)
{
	bool found;

	if (take_magic(io, &found, f) < 0)
		return -1;
	if (!found && io->have < MAGIC_BYTES)
		return codec_io_early(io, f);
	if (!found)
		return codec_io_damaged(io, f, "its header is not lz4's");
	do {
		if (legacy_blocks(io, l, f) < 0)
			return -1;
		if (codec_io_left(io) <= MAGIC_BYTES)
			return 0;
		if (take_magic(io, &found, f) < 0)
			return -1;
	} while (found);
	return 0;
}

static int
legacy_unpack(struct codec_io *io, struct fail *f)
{
	const uint64_t left = codec_io_left(io);
	const size_t most = left < BLOCK_MAX ? (size_t)left : BLOCK_MAX;
	struct legacy l = { .packed = malloc(most) };
	int rc;

	if (l.packed == NULL)
		return fail_memory(f, most);
	rc = legacy_streams(io, &l, f);
	free(l.packed);
	return rc;
}

static int
frame_step(struct codec_io *io, void *decoder, size_t *put, bool *end,
    struct fail *f)
{
	size_t taken = io->have, r;

	*put = CODEC_OUT_BYTES;
	r = LZ4F_decompress(decoder, io->job->out, put, io->in, &taken, NULL);
	if (LZ4F_isError(r)) {
		*put = 0;
		return codec_io_damaged(io, f, "damaged data (%s)",
		    LZ4F_getErrorName(r));
	}
	codec_io_take(io, taken);
	*end = r == 0;
	return 0;
}

static int
frame_unpack(struct codec_io *io, struct fail *f)
{
	const unsigned char dictionary_flag = 1;
	LZ4F_dctx *z;
	int rc;

	if (codec_io_want(io, MAGIC_BYTES + 1, f) < 0)
		return -1;
	if (io->have > MAGIC_BYTES &&
	    (io->in[MAGIC_BYTES] & dictionary_flag) != 0)
		return codec_io_damaged(io, f,
		    "it was made with a dictionary, which is not in the file");
	if (LZ4F_isError(LZ4F_createDecompressionContext(&z, LZ4F_VERSION)))
		return fail(f, FAIL_SYSTEM, "out of memory for liblz4");
	rc = codec_io_pump(io, frame_step, z, f);
	LZ4F_freeDecompressionContext(z);
	return rc;
}
#else
#define legacy_unpack NULL
#define frame_unpack NULL
#define LZ4_versionString NULL
#endif

const struct codec codec_lz4 = {
	.name = "lz4",
	.package = "liblz4-dev",
	.magic = legacy_magic, .magic_size = MAGIC_BYTES,
	.block = BLOCK,
	.unpack = legacy_unpack,
	.built_on = "liblz4",
	.version = LZ4_versionString,
};

const struct codec codec_lz4_frame = {
	.name = "lz4",
	.package = "liblz4-dev",
	.magic = frame_magic, .magic_size = MAGIC_BYTES,
	.block = CODEC_OUT_BYTES,
	.unpack = frame_unpack,
	.built_on = "liblz4",
	.version = LZ4_versionString,
};
