/* codec: streams that are cut, damaged, lie, or have something after them. */
#include <zlib.h>

#include "packs.h"

static const struct {
	const char *name, *codec, *command;
	bool checked;			/* damage cannot pass unseen */
} tools[] = {
	{ "gzip", "gzip", "gzip -1", true },
	{ "bzip2", "bzip2", "bzip2 -1", true },
	{ "xz", "xz", "xz -0", true },
	{ "xz with a filter", "xz", "xz --check=crc32 --x86 --lzma2=preset=0",
	    true },
	{ "zstd", "zstd", "zstd -1 -c", true },
	{ "zstd without a check", "zstd", "zstd -1 --no-check -c", false },
	{ "lzma", "lzma", "xz --format=lzma -0", false },
	{ "lzop", "lzo", "lzop -1", true },
	{ "lzop without checksums", "lzo", "lzop -F", false },
	{ "lz4 legacy", "lz4", "lz4 -l -1 -c", false },
	{ "lz4 frame", "lz4", "lz4 -1 -c", true },
};

static bool
same(const struct unpacked *u, const struct text *plain)
{
	return u->out.n == plain->n &&
	    memcmp(u->out.data, plain->data, plain->n) == 0;
}

/* Both ends of the stream at every byte, the middle in steps. */
static size_t
next_place(size_t at, size_t n)
{
	return at < 48 || at + 48 > n ? at + 1 : at + 997;
}

static void
cut_everywhere(const char *name, const struct codec *c,
    const struct text *packed)
{
	for (size_t n = 0; n < packed->n; n = next_place(n, packed->n)) {
		struct text cut = { packed->data, n };
		struct unpacked u = no_limits();

		/* The legacy form of lz4 has no end mark: a magic alone is
		 * the empty stream. */
		if (n == 0 || (n == 4 && strstr(name, "legacy") != NULL))
			continue;
		unpack_with(&u, c, &cut);
		unpack_refused(name, &u, "stream ends early, at offset 0x");
		release_unpacked(&u);
	}
}

static void
flip_everywhere(const char *name, bool checked, const struct codec *c,
    const struct text *packed, const struct text *plain)
{
	for (size_t at = 0; at < packed->n; at = next_place(at, packed->n)) {
		struct unpacked u = no_limits();

		packed->data[at] ^= (unsigned char)(1 << at % 8);
		u.job.output_max = MIB;
		u.job.window_max = 8 * MIB;
		unpack_with(&u, c, packed);
		packed->data[at] ^= (unsigned char)(1 << at % 8);
		if (u.rc < 0)
			unpack_refused(name, &u, "cannot unpack");
		else if (checked && !same(&u, plain))
			print_error("%s: bit flip at %zu is not seen\n", name,
			    at);
		assert_true(u.rc < 0 || !checked || same(&u, plain));
		release_unpacked(&u);
	}
}

static void
each_tool(void (*work)(size_t, const struct codec *, const struct text *,
    const struct text *))
{
	struct text plain = sample(40001);

	for (size_t i = 0; i < COUNT(tools); i++) {
		struct text packed = pack(tools[i].command, &plain);
		const struct codec *c = codec_of(&packed, tools[i].codec);

		if (c->unpack != NULL)
			work(i, c, &packed, &plain);
		free(packed.data);
	}
	free(plain.data);
}

static void
cut_one(size_t i, const struct codec *c, const struct text *packed,
    const struct text *plain)
{
	(void)plain;
	cut_everywhere(tools[i].name, c, packed);
}

static void
refuses_cut_streams(void **state)
{
	(void)state;
	each_tool(cut_one);
}

static void
flip_one(size_t i, const struct codec *c, const struct text *packed,
    const struct text *plain)
{
	flip_everywhere(tools[i].name, tools[i].checked, c, packed, plain);
}

static void
sees_every_flipped_bit(void **state)
{
	(void)state;
	each_tool(flip_one);
}

/* A second stream after the first is not of the first. */
static void
double_one(size_t i, const struct codec *c, const struct text *packed,
    const struct text *plain)
{
	struct text two = zeros(2 * packed->n);
	struct unpacked u = no_limits();

	/* Not for lz4's legacy format, whose streams follow each other in
	 * kernels. */
	if (strstr(tools[i].name, "legacy") == NULL) {
		memcpy(two.data, packed->data, packed->n);
		memcpy(two.data + packed->n, packed->data, packed->n);
		unpack_with(&u, c, &two);
		assert_int_equal(u.rc, 0);
		assert_true(same(&u, plain));
		assert_int_equal(u.job.after_stream, packed->n);
		release_unpacked(&u);
	}
	free(two.data);
}

static void
stops_after_one_stream(void **state)
{
	(void)state;
	each_tool(double_one);
}

static void
refuse_sink(size_t i, const struct codec *c, const struct text *packed,
    const struct text *plain)
{
	struct unpacked u = no_limits();

	(void)i;
	(void)plain;
	u.refuse_at = 1;
	unpack_with(&u, c, packed);
	assert_int_equal(u.f.kind, FAIL_IO);
	assert_string_equal(u.f.message, "the sink is full");
	assert_int_equal(u.calls, 1);
	release_unpacked(&u);
}

static void
stops_with_its_sink(void **state)
{
	(void)state;
	each_tool(refuse_sink);
}

static void
shrink_one(size_t i, const struct codec *c, const struct text *packed,
    const struct text *plain)
{
	struct text shorter = { packed->data, packed->n / 2 };
	struct unpacked u = no_limits();

	(void)plain;
	u.job.size = packed->n;
	unpack_with(&u, c, &shorter);
	unpack_refused(tools[i].name, &u, "changed while it was read");
	release_unpacked(&u);
}

static void
notices_a_file_that_shrinks(void **state)
{
	(void)state;
	each_tool(shrink_one);
}

/* Where it stands is an offset in the file, not in the stream. */
static void
names_the_offset_in_the_file(void **state)
{
	struct text plain = sample(40001), file = zeros(100000);
	struct text packed = pack("gzip -1", &plain);
	struct unpacked u = no_limits();
	char words[64];

	(void)state;
	memcpy(file.data + 0x1000, packed.data, packed.n);
	file.data[0x1000 + packed.n - 8] ^= 1;		/* its CRC-32 */
	u.job.offset = 0x1000;
	u.job.size = packed.n;
	unpack_with(&u, codec_of(&packed, "gzip"), &file);
	/* zlib compares when it has all four bytes. */
	snprintf(words, sizeof(words), "at offset 0x%zx: its checksum does "
	    "not match", 0x1000 + packed.n - 4);
	unpack_refused("gzip", &u, words);
	release_unpacked(&u);
	free(plain.data);
	free(file.data);
	free(packed.data);
}

#define LZ4	"\x02\x21\x4c\x18"
#define ZSTD	"\x28\xb5\x2f\xfd"

static const struct {
	const char *name;
	const char *bytes;
	size_t n;
	const char *words;
} crafted[] = {
	{ "zstd: a window of 2^41", ZSTD "\x00\xf8\x01\0\0", 9,
	    "needs a window of 2199023255552 bytes" },
	{ "zstd: a single segment of 2^40", ZSTD "\xe0\0\0\0\0\0\1\0\0", 13,
	    "needs a window of 1099511627776 bytes" },
	{ "zstd: a reserved bit", ZSTD "\x08\x00\x01\0\0", 9, "damaged" },
	{ "zstd: a dictionary", ZSTD "\x21\x07\x00\x01\0\0", 10,
	    "made with a dictionary" },
	{ "lzma: a dictionary of 4 GiB",
	    "\x5d\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 13,
	    "needs a window of 4294967295 bytes" },
	{ "gzip: an unknown method", "\x1f\x8b\7\0\0\0\0\0\0\3", 10,
	    "unknown compression method" },
	{ "gzip: seventeen bytes",
	    "\x1f\x8b\10\0\0\0\0\0\0\3\3\0\0\0\0\0\0", 17, "ends early" },
	{ "lz4: a first block of no bytes", LZ4 "\0\0\0\0\1", 9,
	    "a block of 0 bytes" },
	{ "lz4: a first block of 2 GiB", LZ4 "\0\0\0\x80\1", 9,
	    "a block of 2147483648 bytes" },
	{ "lz4: a block that is not there", LZ4 "\x10\0\0\0\1", 9,
	    "ends early" },
	{ "lz4: a block that copies from before its start",
	    LZ4 "\4\0\0\0\x0f\1\0\0", 12, "damaged data" },
	{ "lz4 frame: a dictionary",
	    "\x04\x22\x4d\x18\x41\x40\1\0\0\0\0", 11,
	    "made with a dictionary" },
	{ "xz: flags of no meaning", "\xfd" "7zXZ\0\1\0\0\0\0\0", 12,
	    "xz stream is damaged" },
	{ "bzip2: a block size of no meaning", "BZh0\0\0\0\0", 8,
	    "its header is not bzip2's" },
};

static void
refuses_what_headers_claim(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(crafted); i++) {
		struct text t = zeros(crafted[i].n);
		struct unpacked u = no_limits();
		const struct codec *c;

		memcpy(t.data, crafted[i].bytes, t.n);
		c = codec_probe(t.data, t.n);
		assert_non_null(c);
		if (c->unpack != NULL) {
			unpack_with(&u, c, &t);
			unpack_refused(crafted[i].name, &u, crafted[i].words);
		}
		release_unpacked(&u);
		free(t.data);
	}
}

/* Headers of lzop, whole but for the magic; the checksum is put after them. */
static const struct {
	const char *name;
	const char *header;
	size_t n;
	const char *after;
	size_t n_after;
	const char *words;		/* NULL: unpacks to nothing */
} lzops[] = {
	{ "as lzop 1 writes it",
	    "\x10\x40\x20\xa0\x09\x40\1\5\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
	    25, "\0\0\0\0", 4, NULL },
	{ "before 0.94, with a name",
	    "\x09\x00\x20\xa0\1\0\0\0\0\0\0\0\0\0\0\0\0\2ab", 20,
	    "\0\0\0\0", 4, NULL },
	{ "a version to come",
	    "\x10\x40\x20\xa0\x20\x00\1\5\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
	    25, "", 0, "asks for lzop version 0x2000" },
	{ "another method",
	    "\x10\x40\x20\xa0\x09\x40\x80\5\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
	    25, "", 0, "names method 128" },
	{ "a filter",
	    "\x10\x40\x20\xa0\x09\x40\1\5\0\0\x08\0\0\0\0\1\0\0\0\0\0\0\0\0"
	    "\0\0\0\0\0", 29, "", 0, "asks for filter 1" },
	{ "a block over 64 MiB",
	    "\x10\x40\x20\xa0\x09\x40\1\5\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
	    25, "\4\0\0\1\0\0\0\1", 8, "a block of 67108865 bytes" },
	{ "a block that grew",
	    "\x10\x40\x20\xa0\x09\x40\1\5\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
	    25, "\0\0\0\1\0\0\0\2", 8, "a block of 1 bytes packed to 2" },
	{ "a block that is not there",
	    "\x10\x40\x20\xa0\x09\x40\1\5\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
	    25, "\4\0\0\0\1\0\0\0", 8, "ends early" },
	{ "an extra field that is not there",
	    "\x10\x40\x20\xa0\x09\x40\1\5\0\0\0\x40\0\0\0\0\0\0\0\0\0\0\0\0\0",
	    25, "\xff\xff\xff\xff\0", 5, "ends early" },
};

static void
reads_the_headers_of_lzop(void **state)
{
	static const unsigned char magic[] = "\x89LZO\0\r\n\x1a\n";

	(void)state;
	for (size_t i = 0; i < COUNT(lzops); i++) {
		struct text t = zeros(128);
		struct unpacked u = no_limits();
		unsigned char *p = t.data;
		unsigned long sum = adler32(1, (const void *)lzops[i].header,
		    (uInt)lzops[i].n);
		const struct codec *c;

		p = (unsigned char *)mempcpy(p, magic, 9);
		p = (unsigned char *)mempcpy(p, lzops[i].header, lzops[i].n);
		for (unsigned s = 32; s > 0; s -= 8)
			*p++ = (unsigned char)(sum >> (s - 8));
		p = (unsigned char *)mempcpy(p, lzops[i].after,
		    lzops[i].n_after);
		t.n = (size_t)(p - t.data);
		c = codec_of(&t, "lzo");
		if (c->unpack != NULL) {
			unpack_with(&u, c, &t);
			if (lzops[i].words != NULL)
				unpack_refused(lzops[i].name, &u,
				    lzops[i].words);
			else
				assert_string_equal(u.f.message, "");
		}
		release_unpacked(&u);
		free(t.data);
	}
}

static struct text
joined(const struct text *a, const void *b, size_t n)
{
	struct text t = zeros(a->n + n);

	memcpy(t.data, a->data, a->n);
	memcpy(t.data + a->n, b, n);
	return t;
}

/* What follows a legacy stream of so many plain bytes. */
static const struct {
	const char *name;
	size_t plain;
	const char *after;
	size_t n;
	size_t left;			/* bytes that are not of the stream */
	const char *words;		/* NULL: unpacks */
} tails[] = {
	{ "nothing", 8 * MIB, "", 0, 0, NULL },
	{ "the kernel's size of 1000", 1000, "\xe8\3\0\0", 4, 4, NULL },
	{ "the kernel's size of 8 MiB", 8 * MIB, "\0\0\x80\0", 4, 4, NULL },
	{ "padding", 8 * MIB, "\0\0\0\0\0\0\0\0", 8, 8, NULL },
	{ "a line of text", 8 * MIB, "more\n", 5, 5, NULL },
	{ "three bytes", 8 * MIB, "\1\2\3", 3, 3, NULL },
	{ "a magic and nothing", 1000, LZ4, 4, 4, NULL },
	{ "a block cut off", 8 * MIB, "\0\0\x10\0abcd", 8, 0, "ends early" },
	{ "a stream cut off", 1000, LZ4 "\x20\0\0\0abc", 11, 0, "ends early" },
};

static void
finds_the_end_of_legacy_lz4(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(tails); i++) {
		struct text plain = sample(tails[i].plain);
		struct text packed = pack("lz4 -l -1 -c", &plain);
		struct text t = joined(&packed, tails[i].after, tails[i].n);
		const struct codec *c = codec_of(&t, "lz4");
		struct unpacked u = no_limits();

		if (c->unpack != NULL)
			unpack_with(&u, c, &t);
		if (tails[i].words != NULL && c->unpack != NULL) {
			unpack_refused(tails[i].name, &u, tails[i].words);
		} else if (c->unpack != NULL) {
			assert_string_equal(u.f.message, "");
			assert_true(same(&u, &plain));
			assert_int_equal(u.job.after_stream, tails[i].left);
		}
		release_unpacked(&u);
		free(plain.data);
		free(packed.data);
		free(t.data);
	}
}

static void
joins_streams_of_legacy_lz4(void **state)
{
	struct text plain = sample(1000), both = joined(&plain, plain.data,
	    plain.n);
	struct text packed = pack("lz4 -l -1 -c", &plain);
	struct text t = joined(&packed, packed.data, packed.n);
	const struct codec *c = codec_of(&t, "lz4");
	struct unpacked u = no_limits();

	(void)state;
	if (c->unpack != NULL) {
		unpack_with(&u, c, &t);
		assert_string_equal(u.f.message, "");
		assert_true(same(&u, &both));
		assert_int_equal(u.job.after_stream, 0);
	}
	release_unpacked(&u);
	free(plain.data);
	free(both.data);
	free(packed.data);
	free(t.data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_cut_streams),
		cmocka_unit_test(sees_every_flipped_bit),
		cmocka_unit_test(stops_after_one_stream),
		cmocka_unit_test(stops_with_its_sink),
		cmocka_unit_test(notices_a_file_that_shrinks),
		cmocka_unit_test(names_the_offset_in_the_file),
		cmocka_unit_test(refuses_what_headers_claim),
		cmocka_unit_test(reads_the_headers_of_lzop),
		cmocka_unit_test(finds_the_end_of_legacy_lz4),
		cmocka_unit_test(joins_streams_of_legacy_lz4),
	};

	return cmocka_run_group_tests_name("codec-bad", tests, NULL, NULL);
}
