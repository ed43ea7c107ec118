#include <string.h>
#define ZLIB_CONST
#include <zlib.h>

#include "codec/io.h"

static int
fault(const struct codec_io *io, const z_stream *z, int r, struct fail *f)
{
	static const struct {
		const char *zlib, *words;
	} known[] = {
		{ "incorrect data check", "its checksum does not match" },
		{ "incorrect length check",
		    "its length does not match its trailer" },
		{ "header crc mismatch",
		    "the checksum of its header does not match" },
	};

	if (r == Z_MEM_ERROR)
		return fail_memory(f, 1 << MAX_WBITS);
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (z->msg != NULL && strcmp(z->msg, known[i].zlib) == 0)
			return codec_io_damaged(io, f, "%s", known[i].words);
	return codec_io_damaged(io, f, "damaged data (%s)",
	    z->msg != NULL ? z->msg : zError(r));
}

static int
step(struct codec_io *io, void *decoder, size_t *put, bool *end,
    struct fail *f)
{
	z_stream *z = decoder;
	int r;

	z->next_in = io->in;
	z->avail_in = (uInt)io->have;
	z->next_out = io->job->out;
	z->avail_out = CODEC_OUT_BYTES;
	r = inflate(z, Z_NO_FLUSH);
	codec_io_take(io, io->have - z->avail_in);
	*put = CODEC_OUT_BYTES - z->avail_out;
	*end = r == Z_STREAM_END;
	return r == Z_OK || r == Z_STREAM_END || r == Z_BUF_ERROR ? 0 :
	    fault(io, z, r, f);
}

static int
unpack(struct codec_io *io, struct fail *f)
{
	const int gzip_only = 16;
	z_stream z = { .next_in = NULL };
	int r, rc;

	r = inflateInit2(&z, MAX_WBITS + gzip_only);
	if (r != Z_OK)
		return fault(io, &z, r, f);
	rc = codec_io_pump(io, step, &z, f);
	inflateEnd(&z);
	return rc;
}

const struct codec codec_gzip = {
	.name = "gzip",
	.package = "zlib1g-dev",
	.magic = (const unsigned char *)"\x1f\x8b", .magic_size = 2,
	.block = CODEC_OUT_BYTES,
	.unpack = unpack,
	.built_on = "zlib",
	.version = zlibVersion,
};
