#include "codec/io.h"
#include "base/le.h"

/* The header of .lzma: properties, dictionary size, unpacked size. */
enum { LZMA_HEADER = 13, LZMA_PROPERTIES = 0x5d };

/* Is it 2^n or 2^n + 2^(n-1), as every encoder writes it? */
static bool
dictionary_size(uint32_t size)
{
	uint32_t rest = size & (size - 1), lowest = size ^ rest;

	return size >= 4096 &&
	    (size == UINT32_MAX || rest == 0 || rest == 2 * (uint64_t)lowest);
}

/* The magic is one byte only, so the other bytes of the header are tested, or
 * many files would pass for lzma. */
static bool
lzma_plausible(const unsigned char *head, size_t n)
{
	const uint64_t largest = UINT64_C(1) << 38;
	uint64_t size;

	if (n < LZMA_HEADER)
		return false;
	size = le_get(head + 5, 8);
	return dictionary_size((uint32_t)le_get(head + 1, 4)) &&
	    (size == UINT64_MAX || size <= largest);
}

#ifdef WITH_XZ
#include <lzma.h>

static int
fault(const struct codec_io *io, lzma_ret r, uint64_t memory, struct fail *f)
{
	switch (r) {
	case LZMA_MEM_ERROR:
		return fail_memory(f, (size_t)memory);
	case LZMA_FORMAT_ERROR:
		return codec_io_damaged(io, f, "its header is not %s's",
		    io->job->codec->name);
	case LZMA_OPTIONS_ERROR:
		return codec_io_damaged(io, f, "its header asks for a filter "
		    "or an option that liblzma %s does not know",
		    lzma_version_string());
	case LZMA_UNSUPPORTED_CHECK:
		return codec_io_damaged(io, f, "its checksum is of a kind "
		    "that liblzma %s does not know", lzma_version_string());
	case LZMA_DATA_ERROR:
		return codec_io_damaged(io, f,
		    "damaged data or a checksum that does not match");
	default:
		return fail_bug(f, "liblzma was called wrongly");
	}
}

/*
 * The memory that an .xz decoder needs besides its dictionary, with a little
 * more for filters before LZMA2 (kernels have the x86 filter).
 */
static uint64_t
xz_overhead(void)
{
	const uint64_t other_filters = 4096;
	lzma_options_lzma options = { .dict_size = LZMA_DICT_SIZE_MIN };
	const lzma_filter chain[] = {
		{ LZMA_FILTER_LZMA2, &options },
		{ LZMA_VLI_UNKNOWN, NULL }
	};

	return lzma_raw_decoder_memusage(chain) - LZMA_DICT_SIZE_MIN +
	    other_filters;
}

/* The size of dictionary with which an .xz decoder needs this much memory. */
static uint64_t
xz_dictionary(uint64_t memory)
{
	uint64_t size = LZMA_DICT_SIZE_MIN, best = size;

	memory -= xz_overhead() - LZMA_DICT_SIZE_MIN;
	for (; size <= memory; size *= 2)
		best = size + size / 2 <= memory ? size + size / 2 : size;
	return best;
}

static int
step(struct codec_io *io, void *decoder, size_t *put, bool *end,
    struct fail *f)
{
	lzma_stream *z = decoder;
	lzma_ret r;

	z->next_in = io->in;
	z->avail_in = io->have;
	z->next_out = io->job->out;
	z->avail_out = CODEC_OUT_BYTES;
	r = lzma_code(z, LZMA_RUN);
	codec_io_take(io, io->have - z->avail_in);
	*put = CODEC_OUT_BYTES - z->avail_out;
	*end = r == LZMA_STREAM_END;
	if (r == LZMA_OK || r == LZMA_STREAM_END || r == LZMA_BUF_ERROR)
		return 0;
	if (r == LZMA_MEMLIMIT_ERROR)
		return codec_io_window(io, xz_dictionary(lzma_memusage(z)), f);
	return fault(io, r, lzma_memusage(z), f);
}

static int
pump(struct codec_io *io, lzma_stream *z, lzma_ret r, struct fail *f)
{
	int rc = r == LZMA_OK ? codec_io_pump(io, step, z, f) :
	    fault(io, r, lzma_memusage(z), f);

	lzma_end(z);
	return rc;
}

static int
xz_unpack(struct codec_io *io, struct fail *f)
{
	lzma_stream z = LZMA_STREAM_INIT;
	uint64_t limit;

	/* Each block may have another dictionary, so the limit is left to the
	 * decoder, which checks every block. */
	if (__builtin_add_overflow(io->job->window_max, xz_overhead(), &limit))
		limit = UINT64_MAX;
	return pump(io, &z, lzma_stream_decoder(&z, limit,
	    LZMA_TELL_UNSUPPORTED_CHECK), f);
}

static int
lzma_unpack(struct codec_io *io, struct fail *f)
{
	lzma_stream z = LZMA_STREAM_INIT;

	if (codec_io_want(io, LZMA_HEADER, f) < 0)
		return -1;
	if (io->have < LZMA_HEADER)
		return codec_io_early(io, f);
	if (codec_io_window(io, le_get(io->in + 1, 4), f) < 0)
		return -1;
	return pump(io, &z, lzma_alone_decoder(&z, UINT64_MAX), f);
}
#else
#define xz_unpack NULL
#define lzma_unpack NULL
#define lzma_version_string NULL
#endif

const struct codec codec_xz = {
	.name = "xz",
	.package = "liblzma-dev",
	.magic = (const unsigned char *)"\xfd" "7zXZ", .magic_size = 6,
	.block = CODEC_OUT_BYTES,
	.unpack = xz_unpack,
	.built_on = "liblzma",
	.version = lzma_version_string,
};

const struct codec codec_lzma = {
	.name = "lzma",
	.package = "liblzma-dev",
	.magic = (const unsigned char[]){ LZMA_PROPERTIES }, .magic_size = 1,
	.plausible = lzma_plausible,
	.block = CODEC_OUT_BYTES,
	.unpack = lzma_unpack,
	.built_on = "liblzma",
	.version = lzma_version_string,
};
