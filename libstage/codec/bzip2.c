#include "codec/io.h"

#ifdef WITH_BZIP2
#include <bzlib.h>

static int
fault(const struct codec_io *io, int r, struct fail *f)
{
	/* What the decoder allocates for blocks of 900 kB, the largest. */
	const size_t largest = 3600000;

	switch (r) {
	case BZ_MEM_ERROR:
		return fail_memory(f, largest);
	case BZ_DATA_ERROR_MAGIC:
		return codec_io_damaged(io, f, "its header is not bzip2's");
	case BZ_DATA_ERROR:
		return codec_io_damaged(io, f,
		    "damaged data or a checksum that does not match");
	default:
		return fail_bug(f, "libbz2 was called wrongly");
	}
}

static int
step(struct codec_io *io, void *decoder, size_t *put, bool *end,
    struct fail *f)
{
	bz_stream *z = decoder;
	int r;

	/* next_in is not const in libbz2's interface, but is not written to. */
	z->next_in = (char *)io->in;
	z->avail_in = (unsigned)io->have;
	z->next_out = (char *)io->job->out;
	z->avail_out = CODEC_OUT_BYTES;
	r = BZ2_bzDecompress(z);
	codec_io_take(io, io->have - z->avail_in);
	*put = CODEC_OUT_BYTES - z->avail_out;
	*end = r == BZ_STREAM_END;
	return r == BZ_OK || r == BZ_STREAM_END ? 0 : fault(io, r, f);
}

static int
bzip2_unpack(struct codec_io *io, struct fail *f)
{
	bz_stream z = { .next_in = NULL };
	int r, rc;

	r = BZ2_bzDecompressInit(&z, 0, 0);
	if (r != BZ_OK)
		return fault(io, r, f);
	rc = codec_io_pump(io, step, &z, f);
	BZ2_bzDecompressEnd(&z);
	return rc;
}
#else
#define bzip2_unpack NULL
#define BZ2_bzlibVersion NULL
#endif

const struct codec codec_bzip2 = {
	.name = "bzip2",
	.package = "libbz2-dev",
	.magic = (const unsigned char *)"BZh", .magic_size = 3,
	.block = CODEC_OUT_BYTES,
	.unpack = bzip2_unpack,
	.built_on = "libbz2",
	.version = BZ2_bzlibVersion,
};
