#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "codec/io.h"

/* The file format of lzop; all its numbers are big-endian. */
static const unsigned char magic[] = {
	0x89, 'L', 'Z', 'O', 0x00, 0x0d, 0x0a, 0x1a, 0x0a
};

#ifdef WITH_LZO
#include <lzo/lzo1x.h>
#include <zlib.h>

enum { BLOCK_MAX = 64 << 20 };	/* lzop's own limit */

enum {
	ADLER32_PLAIN = 0x1, ADLER32_PACKED = 0x2, EXTRA_FIELD = 0x40,
	CRC32_PLAIN = 0x100, CRC32_PACKED = 0x200, FILTER = 0x800,
	CRC32_HEADER = 0x1000
};

/* Versions of the header: 0.940 added fields, 1.040 is the last known here. */
enum { VERSION_0940 = 0x0940, VERSION_KNOWN = 0x1040 };

struct lzop {
	struct codec_io *io;
	uint32_t flags;
	uint32_t adler, crc;		/* of the header so far */
	unsigned char *packed, *plain;	/* block buffers, size bytes each */
	size_t size;
};

/* A number of the stream that no header checksum covers. */
static int
number(struct lzop *l, uint32_t *value, struct fail *f)
{
	unsigned char b[4];

	if (codec_io_read(l->io, b, sizeof(b), f) < 0)
		return -1;
	*value = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
	    (uint32_t)b[2] << 8 | b[3];
	return 0;
}

static int
header_bytes(struct lzop *l, void *to, size_t n, struct fail *f)
{
	if (codec_io_read(l->io, to, n, f) < 0)
		return -1;
	l->adler = (uint32_t)adler32(l->adler, to, (uInt)n);
	l->crc = (uint32_t)crc32(l->crc, to, (uInt)n);
	return 0;
}

static int
header_number(struct lzop *l, unsigned bytes, uint32_t *value, struct fail *f)
{
	unsigned char b[4];

	if (header_bytes(l, b, bytes, f) < 0)
		return -1;
	*value = 0;
	for (unsigned i = 0; i < bytes; i++)
		*value = *value << 8 | b[i];
	return 0;
}

static int
header_checksum(struct lzop *l, const char *what, struct fail *f)
{
	uint32_t want = l->flags & CRC32_HEADER ? l->crc : l->adler, got;

	if (number(l, &got, f) < 0)
		return -1;
	if (got != want)
		return codec_io_damaged(l->io, f,
		    "the checksum of its %s does not match", what);
	l->adler = (uint32_t)adler32(0, NULL, 0);
	l->crc = 0;
	return 0;
}

/* Skips n bytes of the header, but adds them to its checksum. */
static int
header_skip(struct lzop *l, uint32_t n, struct fail *f)
{
	unsigned char bytes[256];

	while (n > 0) {
		uint32_t part = n < sizeof(bytes) ? n : sizeof(bytes);

		if (header_bytes(l, bytes, part, f) < 0)
			return -1;
		n -= part;
	}
	return 0;
}

enum { H_VERSION, H_LIBRARY, H_NEEDED, H_METHOD, H_LEVEL, H_FLAGS, H_FILTER,
	H_MODE, H_MTIME, H_MTIME_HIGH, H_NAME, H_FIELDS };

static const struct {
	uint8_t bytes;
	bool since_0940;
	uint32_t flag;			/* present only with this flag; 0:
					 * always */
} header_fields[H_FIELDS] = {
	[H_VERSION]	= { 2, false, 0 },
	[H_LIBRARY]	= { 2, false, 0 },
	[H_NEEDED]	= { 2, true, 0 },
	[H_METHOD]	= { 1, false, 0 },
	[H_LEVEL]	= { 1, true, 0 },
	[H_FLAGS]	= { 4, false, 0 },
	[H_FILTER]	= { 4, false, FILTER },
	[H_MODE]	= { 4, false, 0 },
	[H_MTIME]	= { 4, false, 0 },
	[H_MTIME_HIGH]	= { 4, true, 0 },
	[H_NAME]	= { 1, false, 0 },
};

static int
read_fields(struct lzop *l, uint32_t value[H_FIELDS], struct fail *f)
{
	memset(value, 0, H_FIELDS * sizeof(*value));
	for (size_t i = 0; i < H_FIELDS; i++) {
		uint32_t flag = header_fields[i].flag;

		if (header_fields[i].since_0940 &&
		    value[H_VERSION] < VERSION_0940)
			continue;
		if (flag != 0 && (value[H_FLAGS] & flag) == 0)
			continue;
		if (header_number(l, header_fields[i].bytes, &value[i], f) < 0)
			return -1;
	}
	return 0;
}

/* Methods 1 to 3 are variants of LZO1X, which have one decoder. */
static int
check_fields(const struct lzop *l, const uint32_t value[H_FIELDS],
    struct fail *f)
{
	if (value[H_NEEDED] > VERSION_KNOWN)
		return codec_io_damaged(l->io, f, "its header asks for lzop "
		    "version 0x%" PRIx32 "; up to 0x%x is known",
		    value[H_NEEDED], VERSION_KNOWN);
	if (value[H_METHOD] < 1 || value[H_METHOD] > 3)
		return codec_io_damaged(l->io, f, "its header names method "
		    "%" PRIu32 "; 1 to 3 (LZO1X) are known", value[H_METHOD]);
	if (value[H_FILTER] != 0)
		return codec_io_damaged(l->io, f, "its header asks for filter "
		    "%" PRIu32 "; none is known", value[H_FILTER]);
	return 0;
}

static int
read_header(struct lzop *l, struct fail *f)
{
	unsigned char start[sizeof(magic)];
	uint32_t value[H_FIELDS], extra;

	if (codec_io_read(l->io, start, sizeof(start), f) < 0)
		return -1;
	if (memcmp(start, magic, sizeof(magic)) != 0)
		return codec_io_damaged(l->io, f, "its header is not lzop's");
	if (read_fields(l, value, f) < 0)
		return -1;
	l->flags = value[H_FLAGS];
	if (header_skip(l, value[H_NAME], f) < 0 ||
	    header_checksum(l, "header", f) < 0 ||
	    check_fields(l, value, f) < 0)
		return -1;
	if ((l->flags & EXTRA_FIELD) == 0)
		return 0;
	return header_number(l, 4, &extra, f) < 0 ||
	    header_skip(l, extra, f) < 0 ? -1 :
	    header_checksum(l, "extra field", f);
}

struct block {
	uint32_t plain, packed;		/* bytes */
	struct { uint32_t adler, crc; } sum_plain, sum_packed;
};

/* At the end of the stream b->plain is 0. */
static int
read_block_header(struct lzop *l, struct block *b, struct fail *f)
{
	const struct {
		uint32_t flag;
		bool packed_only;
		uint32_t *to;
	} sums[] = {
		{ ADLER32_PLAIN, false, &b->sum_plain.adler },
		{ CRC32_PLAIN, false, &b->sum_plain.crc },
		{ ADLER32_PACKED, true, &b->sum_packed.adler },
		{ CRC32_PACKED, true, &b->sum_packed.crc },
	};

	if (number(l, &b->plain, f) < 0)
		return -1;
	if (b->plain == 0)
		return 0;
	if (b->plain > BLOCK_MAX)
		return codec_io_damaged(l->io, f, "a block of %" PRIu32
		    " bytes, more than the %d that lzo blocks may have",
		    b->plain, BLOCK_MAX);
	if (number(l, &b->packed, f) < 0)
		return -1;
	if (b->packed == 0 || b->packed > b->plain)
		return codec_io_damaged(l->io, f, "a block of %" PRIu32
		    " bytes packed to %" PRIu32, b->plain, b->packed);
	for (size_t i = 0; i < sizeof(sums) / sizeof(*sums); i++) {
		if ((l->flags & sums[i].flag) == 0 ||
		    (sums[i].packed_only && b->packed == b->plain))
			continue;
		if (number(l, sums[i].to, f) < 0)
			return -1;
	}
	return 0;
}

static int
check_sums(const struct lzop *l, const unsigned char *bytes, uint32_t n,
    uint32_t adler_flag, uint32_t adler, uint32_t crc_flag, uint32_t crc,
    struct fail *f)
{
	if (((l->flags & adler_flag) != 0 &&
	    adler32(adler32(0, NULL, 0), bytes, n) != adler) ||
	    ((l->flags & crc_flag) != 0 && crc32(0, bytes, n) != crc))
		return codec_io_damaged(l->io, f, "the checksum of the block "
		    "of %" PRIu32 " bytes that ends here does not match", n);
	return 0;
}

static int
room_for(struct lzop *l, uint32_t n, struct fail *f)
{
	if (n <= l->size)
		return 0;
	free(l->packed);
	l->size = 0;
	l->packed = malloc(2 * (size_t)n);
	if (l->packed == NULL) {
		fail_memory(f, 2 * (size_t)n);
		return -1;
	}
	l->size = n;
	l->plain = l->packed + n;
	return 0;
}

/* Unpacks the block in l->packed; returns its plain bytes, or NULL. */
static const unsigned char *
expand(struct lzop *l, const struct block *b, struct fail *f)
{
	unsigned char *to = b->plain <= CODEC_OUT_BYTES ? l->io->job->out :
	    l->plain;
	lzo_uint n = b->plain;

	if (b->packed == b->plain)
		return l->packed;
	if (check_sums(l, l->packed, b->packed, ADLER32_PACKED,
	    b->sum_packed.adler, CRC32_PACKED, b->sum_packed.crc, f) < 0)
		return NULL;
	if (lzo1x_decompress_safe(l->packed, b->packed, to, &n, NULL) ==
	    LZO_E_OK && n == b->plain)
		return to;
	codec_io_damaged(l->io, f, "damaged data in the block of %" PRIu32
	    " bytes that ends here", b->packed);
	return NULL;
}

static int
read_block(struct lzop *l, const struct block *b, struct fail *f)
{
	const unsigned char *plain;

	/* Before room_for(): no memory for a block that the file lacks. */
	if (codec_io_left(l->io) < b->packed)
		return codec_io_early(l->io, f);
	if (room_for(l, b->plain, f) < 0 ||
	    codec_io_read(l->io, l->packed, b->packed, f) < 0)
		return -1;
	plain = expand(l, b, f);
	if (plain == NULL || check_sums(l, plain, b->plain, ADLER32_PLAIN,
	    b->sum_plain.adler, CRC32_PLAIN, b->sum_plain.crc, f) < 0)
		return -1;
	return codec_io_emit(l->io, plain, b->plain, f);
}

static int
read_blocks(struct lzop *l, struct fail *f)
{
	struct block b;

	do {
		memset(&b, 0, sizeof(b));
		if (read_block_header(l, &b, f) < 0 ||
		    (b.plain > 0 && read_block(l, &b, f) < 0))
			return -1;
	} while (b.plain > 0);
	return 0;
}

static int
lzo_unpack(struct codec_io *io, struct fail *f)
{
	struct lzop l = { .io = io, .adler = (uint32_t)adler32(0, NULL, 0) };
	int rc;

	if (lzo_init() != LZO_E_OK)
		return fail_bug(f, "liblzo2 does not fit this program");
	rc = read_header(&l, f) < 0 ? -1 : read_blocks(&l, f);
	free(l.packed);
	return rc;
}
#else
#define lzo_unpack NULL
#define lzo_version_string NULL
#endif

const struct codec codec_lzo = {
	.name = "lzo",
	.package = "liblzo2-dev",
	.magic = magic, .magic_size = sizeof(magic),
	.block = CODEC_OUT_BYTES,
	.unpack = lzo_unpack,
	.built_on = "liblzo2",
	.version = lzo_version_string,
};
