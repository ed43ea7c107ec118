/* codec: what is unpacked, and the limits.  Damage is in test-codec-bad.c. */
#include "packs.h"

static const struct {
	const char *name, *codec, *command;
	bool first;			/* of its codec: packs a bomb, too */
} tools[] = {
	{ "gzip", "gzip", "gzip -1", true },
	{ "gzip without a name", "gzip", "gzip -9 -n", false },
	{ "bzip2", "bzip2", "bzip2 -1", true },
	{ "xz", "xz", "xz -0", true },
	{ "xz as kernels have it", "xz",
	    "xz --check=crc32 --x86 --lzma2=preset=0,dict=128MiB", false },
	{ "xz with SHA-256", "xz", "xz -0 --check=sha256", false },
	{ "xz without a check", "xz", "xz -0 --check=none", false },
	{ "xz in small blocks", "xz", "xz -0 --block-size=65536", false },
	{ "zstd", "zstd", "zstd -1 -c", true },
	{ "zstd with a window as kernels have it", "zstd",
	    "zstd -1 --long=27 -c", false },
	{ "zstd without a check", "zstd", "zstd -1 --no-check -c", false },
	{ "lzma", "lzma", "xz --format=lzma -0", true },
	{ "lzop", "lzo", "lzop -1", true },
	{ "lzop -9", "lzo", "lzop -9", false },
	{ "lzop without checksums", "lzo", "lzop -F", false },
	{ "lz4 legacy", "lz4", "lz4 -l -1 -c", true },
	{ "lz4 legacy -9", "lz4", "lz4 -l -9 -c", false },
	{ "lz4 frame", "lz4", "lz4 -1 -c", true },
	{ "lz4 frame of small blocks", "lz4", "lz4 -q -B4 -BX -c", false },
	{ "lz4 frame without a check", "lz4", "lz4 --no-frame-crc -c", false },
};

/* The lz4 tool's legacy blocks are 8 MiB each. */
static const size_t sizes[] = { 0, 1, 4096, 300001, 8 * MIB, 8 * MIB + 1 };

static void
assert_same(const char *name, const struct unpacked *u,
    const struct text *plain)
{
	if (u->rc == 0 && u->out.n == plain->n &&
	    memcmp(u->out.data == NULL ? plain->data : u->out.data,
	    plain->data, plain->n) == 0)
		return;
	print_error("%s: %zu bytes gave %zu: %s\n", name, plain->n, u->out.n,
	    u->f.message);
	assert_true(false);
}

/* Two at a time: alone, and inside of other bytes. */
static void
both_ways(const char *name, const char *codec, const struct text *packed,
    const struct text *plain)
{
	const struct codec *c = codec_of(packed, codec);
	struct unpacked alone = no_limits(), inside = no_limits();
	struct text file = zeros(packed->n + 1100);

	unpack_with(&alone, c, packed);
	assert_same(name, &alone, plain);
	assert_int_equal(alone.job.produced, plain->n);
	assert_int_equal(alone.job.after_stream, 0);

	memset(file.data, 0xee, file.n);
	memcpy(file.data + 1000, packed->data, packed->n);
	inside.job.offset = 1000;
	inside.job.size = packed->n + 7;
	unpack_with(&inside, c, &file);
	assert_same(name, &inside, plain);
	assert_int_equal(inside.job.after_stream, 7);
	release_unpacked(&alone);
	release_unpacked(&inside);
	free(file.data);
}

static bool
built_in(const char *name)
{
	for (size_t i = 0; codecs[i] != NULL; i++)
		if (strcmp(codecs[i]->name, name) == 0)
			return codecs[i]->unpack != NULL;
	return false;
}

static void
unpacks_what_the_tools_pack(void **state)
{
	(void)state;
	for (size_t s = 0; s < COUNT(sizes); s++) {
		struct text plain = sample(sizes[s]);

		for (size_t i = 0; i < COUNT(tools); i++) {
			struct text packed;
			char name[128];

			/* An empty stream of the legacy form is its magic,
			 * and nothing can be told from what follows. */
			if (!built_in(tools[i].codec) || (plain.n == 0 &&
			    strstr(tools[i].name, "legacy") != NULL) ||
			    (plain.n >= 8 * MIB &&
			    strcmp(tools[i].codec, "lz4") != 0))
				continue;
			snprintf(name, sizeof(name), "%s, %zu bytes",
			    tools[i].name, plain.n);
			packed = pack(tools[i].command, &plain);
			both_ways(name, tools[i].codec, &packed, &plain);
			free(packed.data);
		}
		free(plain.data);
	}
}

/* The limit is the last size that passes, for each codec. */
static void
keeps_the_output_limit(void **state)
{
	struct text plain = sample(300001);

	(void)state;
	for (size_t i = 0; i < COUNT(tools); i++) {
		struct unpacked at = no_limits(), below = no_limits();
		const struct codec *c;
		struct text packed;

		if (!built_in(tools[i].codec))
			continue;
		packed = pack(tools[i].command, &plain);
		c = codec_of(&packed, tools[i].codec);
		at.job.output_max = plain.n;
		unpack_with(&at, c, &packed);
		assert_same(tools[i].name, &at, &plain);
		below.job.output_max = plain.n - 1;
		unpack_with(&below, c, &packed);
		unpack_refused(tools[i].name, &below,
		    "more than the limit of 300000 bytes; -L");
		assert_non_null(strstr(below.f.message, c->name));
		release_unpacked(&at);
		release_unpacked(&below);
		free(packed.data);
	}
	free(plain.data);
}

static void
stops_bombs(void **state)
{
	struct text plain = zeros(16 * MIB);

	(void)state;
	for (size_t i = 0; i < COUNT(tools); i++) {
		struct unpacked u = no_limits();
		struct text packed;

		if (!built_in(tools[i].codec) || !tools[i].first)
			continue;
		packed = pack(tools[i].command, &plain);
		u.job.output_max = MIB;
		unpack_with(&u, codec_of(&packed, tools[i].codec), &packed);
		unpack_refused(tools[i].name, &u, "-L");
		assert_true(u.out.n <= MIB);
		release_unpacked(&u);
		free(packed.data);
	}
	free(plain.data);
}

static const struct {
	const char *codec, *command;
	uint64_t window;
} windows[] = {
	{ "xz", "xz --lzma2=preset=0,dict=2MiB", 2 * MIB },
	{ "xz", "xz --x86 --lzma2=preset=0,dict=3MiB", 3 * MIB },
	{ "xz", "xz --lzma2=preset=0,dict=192MiB", 192 * MIB },
	{ "lzma", "xz --format=lzma --lzma1=preset=0,dict=2MiB", 2 * MIB },
	{ "lzma", "xz --format=lzma --lzma1=preset=0,dict=192MiB", 192 * MIB },
	{ "zstd", "zstd -1 --zstd=wlog=21 -c", 2 * MIB },
	{ "zstd", "zstd -1 --long=28 -c", 256 * MIB },
};

static void
keeps_the_window_limit(void **state)
{
	struct text plain = sample(100000);

	(void)state;
	for (size_t i = 0; i < COUNT(windows); i++) {
		struct unpacked at = no_limits(), below = no_limits();
		const struct codec *c;
		struct text packed;
		char words[64];

		if (!built_in(windows[i].codec))
			continue;
		packed = pack(windows[i].command, &plain);
		c = codec_of(&packed, windows[i].codec);
		at.job.window_max = windows[i].window;
		unpack_with(&at, c, &packed);
		assert_same(windows[i].command, &at, &plain);
		/* Dictionaries come in steps: one below, in every scheme. */
		below.job.window_max = windows[i].window / 4 * 3 - 1;
		unpack_with(&below, c, &packed);
		snprintf(words, sizeof(words), "needs a window of %llu bytes",
		    (unsigned long long)windows[i].window);
		unpack_refused(windows[i].command, &below, words);
		assert_non_null(strstr(below.f.message, "--window"));
		assert_non_null(strstr(below.f.message, c->name));
		assert_int_equal(below.out.n, 0);
		release_unpacked(&at);
		release_unpacked(&below);
		free(packed.data);
	}
	free(plain.data);
}

static const struct {
	const char *name, *want;	/* NULL: no codec */
	const char *bytes;
	size_t n;
} heads[] = {
	{ "nothing", NULL, "", 0 },
	{ "an ELF file", NULL, "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0", 16 },
	{ "gzip", "gzip", "\x1f\x8b", 2 },
	{ "half of gzip's magic", NULL, "\x1f", 1 },
	{ "xz cut short", NULL, "\xfd" "7zXZ", 5 },
	{ "lzma of unknown size", "lzma",
	    "\x5d\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff", 13 },
	{ "lzma of known size", "lzma",
	    "\x5d\0\0\x0c\0\x00\x10\0\0\0\0\0\0", 13 },
	{ "lzma with the largest dictionary", "lzma",
	    "\x5d\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 13 },
	{ "odd dictionary", NULL,
	    "\x5d\0\0\x0d\0\xff\xff\xff\xff\xff\xff\xff\xff", 13 },
	{ "3 * 2^n and more", NULL,
	    "\x5d\0\0\x0e\0\xff\xff\xff\xff\xff\xff\xff\xff", 13 },
	{ "2^n + 2^(n-2)", NULL,
	    "\x5d\0\0\x0a\0\xff\xff\xff\xff\xff\xff\xff\xff", 13 },
	{ "no dictionary", NULL,
	    "\x5d\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", 13 },
	{ "a size beyond reason", NULL,
	    "\x5d\0\0\x80\0\0\0\0\0\0\0\1\0", 13 },
	{ "lzma's header cut short", NULL,
	    "\x5d\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff", 12 },
	{ "lz4 legacy", "lz4", "\x02\x21\x4c\x18", 4 },
	{ "lz4 frame", "lz4", "\x04\x22\x4d\x18", 4 },
};

static void
knows_them_by_their_heads(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(heads); i++) {
		const struct codec *c = codec_probe(heads[i].bytes,
		    heads[i].n);
		const char *got = c == NULL ? "none" : c->name;
		const char *want = heads[i].want == NULL ? "none" :
		    heads[i].want;

		if (strcmp(got, want) != 0)
			print_error("%s\n", heads[i].name);
		assert_string_equal(got, want);
	}
}

/* What lies between and behind two streams of the sample. */
static const struct {
	const char *name;
	size_t zeros;
	const char *after;
	size_t n, left;
} gaps[] = {
	{ "back to back", 0, "", 0, 0 },
	{ "zeros between", 8, "", 0, 0 },
	{ "zeros behind", 0, "\0\0\0\0\0", 5, 0 },
	{ "something behind", 300000, "junk", 4, 4 },
	{ "zeros and something behind", 0, "\0\0\0\0junk", 8, 8 },
};

static struct text
two_streams(const struct text *packed, size_t i)
{
	struct text t = zeros(2 * packed->n + gaps[i].zeros + gaps[i].n);

	memcpy(t.data, packed->data, packed->n);
	memcpy(t.data + packed->n + gaps[i].zeros, packed->data, packed->n);
	memcpy(t.data + t.n - gaps[i].n, gaps[i].after, gaps[i].n);
	return t;
}

/* Twice the bytes with all set; the first stream alone without. */
static void
takes_all(const char *name, const struct codec *c, const struct text *packed,
    const struct text *plain)
{
	struct text twice = zeros(2 * plain->n);

	memcpy(twice.data, plain->data, plain->n);
	memcpy(twice.data + plain->n, plain->data, plain->n);
	for (size_t i = 0; i < COUNT(gaps); i++) {
		struct text t = two_streams(packed, i);
		struct unpacked all = no_limits(), small = no_limits();

		all.job.all = small.job.all = true;
		unpack_with(&all, c, &t);
		assert_same(name, &all, &twice);
		if (all.job.after_stream != gaps[i].left)
			print_error("%s, %s\n", name, gaps[i].name);
		assert_int_equal(all.job.after_stream, gaps[i].left);
		/* The limit is one for both. */
		small.job.output_max = twice.n - 1;
		unpack_with(&small, c, &t);
		unpack_refused(name, &small, "-L");
		release_unpacked(&all);
		release_unpacked(&small);
		free(t.data);
	}
	free(twice.data);
}

static void
takes_all_streams_where_asked(void **state)
{
	static const struct {
		const char *codec, *command;
	} joined[] = {
		{ "gzip", "gzip -n" }, { "xz", "xz -0" },
		{ "lzma", "xz --format=lzma -0" }, { "bzip2", "bzip2 -1" },
		{ "lzo", "lzop -1" }, { "lz4", "lz4 -1 -c" },
		{ "zstd", "zstd -1 -c" },
	};
	struct text plain = sample(70000);

	(void)state;
	for (size_t i = 0; i < COUNT(joined); i++) {
		struct text packed = pack(joined[i].command, &plain);
		const struct codec *c = codec_of(&packed, joined[i].codec);

		if (c->unpack != NULL)
			takes_all(joined[i].command, c, &packed, &plain);
		free(packed.data);
	}
	free(plain.data);
}

static void
bounds_the_number_of_streams(void **state)
{
	struct text plain = sample(1), one = pack("gzip -n", &plain), many;
	const struct codec *c = codec_of(&one, "gzip");
	size_t n = CODEC_STREAMS_MAX;

	(void)state;
	many = zeros((n + 1) * one.n);
	for (size_t i = 0; i <= n; i++)
		memcpy(many.data + i * one.n, one.data, one.n);
	for (size_t extra = 0; extra < 2; extra++) {
		struct unpacked u = no_limits();

		u.job.all = true;
		u.job.size = (n + extra) * one.n;
		unpack_with(&u, c, &many);
		if (extra == 0)
			assert_int_equal(u.out.n, n);
		else
			unpack_refused("one more", &u, "more than 65536 gzip");
		release_unpacked(&u);
	}
	free(plain.data);
	free(one.data);
	free(many.data);
}

static void
names_a_codec_left_out(void **state)
{
	const struct codec left_out = { .name = "xz",
	    .package = "liblzma-dev" };
	struct text packed = sample(10);
	struct unpacked u = no_limits();

	(void)state;
	unpack_with(&u, &left_out, &packed);
	unpack_refused("left out", &u, "xz");
	assert_non_null(strstr(u.f.message, "liblzma-dev"));
	free(packed.data);
}

static void
prints_a_line_for_each(void **state)
{
	char *text;
	size_t n;
	FILE *out = open_memstream(&text, &n);
	unsigned lines = 0;

	(void)state;
	assert_non_null(out);
	codec_print_versions(out);
	fclose(out);
	for (size_t i = 0; codecs[i] != NULL; i++)
		assert_non_null(strstr(text, codecs[i]->name));
	assert_non_null(strstr(text, "gzip: built in (zlib 1."));
	for (const char *p = text; (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	assert_int_equal(lines, 7);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unpacks_what_the_tools_pack),
		cmocka_unit_test(keeps_the_output_limit),
		cmocka_unit_test(stops_bombs),
		cmocka_unit_test(keeps_the_window_limit),
		cmocka_unit_test(knows_them_by_their_heads),
		cmocka_unit_test(takes_all_streams_where_asked),
		cmocka_unit_test(bounds_the_number_of_streams),
		cmocka_unit_test(names_a_codec_left_out),
		cmocka_unit_test(prints_a_line_for_each),
	};

	return cmocka_run_group_tests_name("codec", tests, NULL, NULL);
}
