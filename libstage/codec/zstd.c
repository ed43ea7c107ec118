#include "codec/io.h"
#include "base/le.h"

enum { MAGIC_BYTES = 4 };

#ifdef WITH_ZSTD
#include <zstd.h>
#include <zstd_errors.h>

enum { HEADER_MAX = 18 };	/* RFC 8878, 3.1.1.1 with the magic */

/*
 * The window that the frame header asks for (RFC 8878, 3.1.1.1).  It is read
 * here because libzstd has it only in the unstable part of its interface.
 */
static int
frame_window(struct codec_io *io, uint64_t *window, struct fail *f)
{
	static const uint8_t id_bytes[] = { 0, 1, 2, 4 };
	static const uint8_t size_bytes[] = { 1, 2, 4, 8 };
	size_t at = MAGIC_BYTES + 1;
	unsigned descriptor, bytes = 1;
	bool single;
	uint64_t value;

	if (codec_io_want(io, HEADER_MAX, f) < 0)
		return -1;
	descriptor = io->have < at ? 0 : io->in[MAGIC_BYTES];
	/* A single segment: the window is as large as the content. */
	single = (descriptor & 0x20) != 0;
	if (single) {
		at += id_bytes[descriptor & 3];
		bytes = size_bytes[descriptor >> 6];
	}
	if (io->have < at + bytes)
		return codec_io_early(io, f);
	value = le_get(io->in + at, bytes);
	*window = single ? value + (bytes == 2 ? 256 : 0) :
	    (UINT64_C(1) << (10 + (value >> 3))) / 8 * (8 + (value & 7));
	return 0;
}

static int
fault(const struct codec_io *io, size_t r, struct fail *f)
{
	switch (ZSTD_getErrorCode(r)) {
	case ZSTD_error_memory_allocation:
		return fail(f, FAIL_SYSTEM, "out of memory: libzstd has none "
		    "for the window of '%s'", io->job->what);
	case ZSTD_error_checksum_wrong:
		return codec_io_damaged(io, f, "its checksum does not match");
	case ZSTD_error_dictionary_wrong:
		return codec_io_damaged(io, f,
		    "it was made with a dictionary, which is not in the file");
	default:
		return codec_io_damaged(io, f, "damaged data (%s)",
		    ZSTD_getErrorName(r));
	}
}

static int
step(struct codec_io *io, void *decoder, size_t *put, bool *end,
    struct fail *f)
{
	ZSTD_inBuffer in = { io->in, io->have, 0 };
	ZSTD_outBuffer out = { io->job->out, CODEC_OUT_BYTES, 0 };
	size_t r = ZSTD_decompressStream(decoder, &out, &in);

	codec_io_take(io, in.pos);
	*put = out.pos;
	*end = r == 0;
	return ZSTD_isError(r) ? fault(io, r, f) : 0;
}

static int
pump(struct codec_io *io, ZSTD_DStream *z, struct fail *f)
{
	ZSTD_bounds b = ZSTD_dParam_getBounds(ZSTD_d_windowLogMax);
	size_t r;

	/* The frame's window was checked against the job's limit, so libzstd's
	 * own limit is set to its highest value. */
	r = ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, b.upperBound);
	if (ZSTD_isError(r))
		return fail_bug(f, ZSTD_getErrorName(r));
	return codec_io_pump(io, step, z, f);
}

static int
zstd_unpack(struct codec_io *io, struct fail *f)
{
	ZSTD_DStream *z;
	uint64_t window = 0;
	int rc;

	if (frame_window(io, &window, f) < 0 ||
	    codec_io_window(io, window, f) < 0)
		return -1;
	z = ZSTD_createDStream();
	if (z == NULL)
		return fail(f, FAIL_SYSTEM, "out of memory for libzstd");
	rc = pump(io, z, f);
	ZSTD_freeDStream(z);
	return rc;
}
#else
#define zstd_unpack NULL
#define ZSTD_versionString NULL
#endif

const struct codec codec_zstd = {
	.name = "zstd",
	.package = "libzstd-dev",
	.magic = (const unsigned char *)"\x28\xb5\x2f\xfd",
	.magic_size = MAGIC_BYTES,
	.block = CODEC_OUT_BYTES,
	.unpack = zstd_unpack,
	.built_on = "libzstd",
	.version = ZSTD_versionString,
};
