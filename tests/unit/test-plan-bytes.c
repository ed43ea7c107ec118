#include <zlib.h>

#include "plan-sample.h"
#include "base/msgpack-check.h"

/* Plans as bytes: damaged, forged and foreign ones. */

struct text {
	const char *data;
	size_t n;
};

#define TEXT(s) { s, sizeof(s) - 1 }
#define HEAD "\xa7xb-plan\x01"		/* the first key and the version */

static int
decode(const void *bytes, size_t n, struct fail *f)
{
	struct plan p;
	int rc;

	*f = (struct fail){ .kind = FAIL_NONE };
	rc = plan_decode(&p, bytes, n, "here", f);
	if (rc < 0)
		assert_int_equal(p.has, 0);
	plan_release(&p);
	return rc;
}

static void
test_form(void **state)
{
	static const struct {
		const char *name;
		struct text in;
		const char *want;
	} cases[] = {
		{ "empty", TEXT(""), "no plan on here" },
		{ "text", TEXT("hello"), "here: not a plan" },
		{ "JSON", TEXT(" \n{\"xb-plan\": 1}"), "xb-plan makes" },
		{ "gzip", TEXT("\x1f\x8b\x08\x00"), "gzip data" },
		{ "xz", TEXT("\xfd" "7zXZ\x00"), "xz data" },
		{ "ELF", TEXT("\x7f" "ELF\x02"), "xb-parse" },
		{ "a list", TEXT("\x91\x01"),
		    "does not begin with a msgpack map" },
		{ "no keys", TEXT("\x80"), "first key is not 'xb-plan'" },
		{ "another key", TEXT("\x81\xa1" "a\x01"),
		    "first key is not 'xb-plan'" },
		{ "xb-plan second", TEXT("\x82\xa1" "a\x01" HEAD),
		    "first key is not 'xb-plan'" },
		{ "map32 bomb", TEXT("\xdf\xff\xff\xff\xff"),
		    "has 4294967295 keys, and 0 bytes follow" },
		{ "array32 bomb",
		    TEXT("\x82" HEAD "\xa1" "a\xdd\xff\xff\xff\xff"),
		    "the list at offset 12 has 4294967295 entries" },
		{ "inner map32 bomb",
		    TEXT("\x82" HEAD "\xa1" "a\xdf\xff\xff\xff\xff"),
		    "the map at offset 12 has 4294967295 keys" },
		{ "str32 bomb",
		    TEXT("\x82" HEAD "\xa1" "a\xdb\xff\xff\xff\xff"),
		    "the string at offset 12 has 4294967295 bytes" },
		{ "bin32 bomb",
		    TEXT("\x82" HEAD "\xa1" "a\xc6\xff\xff\xff\xff"),
		    "the byte string at offset 12 has 4294967295 bytes" },
		{ "ext32 bomb",
		    TEXT("\x82" HEAD "\xa1" "a\xc9\xff\xff\xff\xff\x01"),
		    "ends early" },
		{ "str32 key bomb", TEXT("\x82" HEAD "\xdb\xff\xff\xff\xff"),
		    "ends early" },
		{ "cut in a number", TEXT("\x82" HEAD "\xa1" "a\xcf\x01"),
		    "ends early, at offset 14; was the pipe cut off?" },
		{ "cut in a length", TEXT("\x82" HEAD "\xa1" "a\xdd\x01"),
		    "ends early, at offset 14; was the pipe cut off?" },
		{ "cut after a key", TEXT("\x82" HEAD "\xa1" "a"),
		    "ends early, at offset 12; was the pipe cut off?" },
		{ "byte 0xc1", TEXT("\x82" HEAD "\xa1" "a\xc1"),
		    "byte 0xc1 at offset 12" },
		{ "trailing byte", TEXT("\x81" HEAD "\xc0"),
		    "1 bytes follow the end of the plan at offset 10" },
		{ "two plans", TEXT("\x81" HEAD "\x81" HEAD),
		    "10 bytes follow" },
		{ "key is a number", TEXT("\x82" HEAD "\x01\x01"),
		    "the key at offset 10 is a number" },
		{ "key is bytes", TEXT("\x82" HEAD "\xc4\x01" "a\x01"),
		    "the key at offset 10 is a byte string" },
		{ "key is a map", TEXT("\x82" HEAD "\x80\x01"),
		    "the key at offset 10 is a map" },
		{ "key has a NUL", TEXT("\x82" HEAD "\xa2" "a\x00\x01"),
		    "not UTF-8 without NUL, at offset 12" },
		{ "key is not UTF-8", TEXT("\x82" HEAD "\xa2" "a\xff\x01"),
		    "not UTF-8 without NUL, at offset 12" },
		{ "key twice", TEXT("\x83" HEAD "\xa1" "a\x01\xa1" "a\x02"),
		    "key 'a' stands twice in the map at offset 0" },
		{ "xb-plan twice", TEXT("\x82" HEAD HEAD),
		    "key 'xb-plan' stands twice" },
		{ "key twice, two spellings",
		    TEXT("\x83" HEAD "\xa1" "a\x01\xd9\x01" "a\x02"),
		    "key 'a' stands twice" },
		{ "key twice inside",
		    TEXT("\x82" HEAD "\xa1" "a\x82\xa0\x01\xa0\x02"),
		    "key '' stands twice in the map at offset 12" },
		{ "17 levels", TEXT("\x82" HEAD "\xa1" "a"
		    "\x91\x91\x91\x91\x91\x91\x91\x91"
		    "\x91\x91\x91\x91\x91\x91\x91\x91\x01"),
		    "the list at offset 27 is nested deeper than 16 levels" },
		{ "no seal", TEXT("\x81" HEAD), "has no seal" },
		{ "key after the seal",
		    TEXT("\x83" HEAD "\xa4seal\x00\xa1" "a\x01"),
		    "has no seal" },
		{ "seal is text", TEXT("\x82" HEAD "\xa4seal\xa1" "a"),
		    "'seal' is not a number" },
		{ "wrong seal", TEXT("\x82" HEAD "\xa4seal\x00"),
		    "changed after it was sealed" },
		{ "version 2", TEXT("\x81\xa7xb-plan\x02"),
		    "a plan of version 2; this program knows version 1" },
		{ "version is text", TEXT("\x81\xa7xb-plan\xa1" "1"),
		    "'xb-plan' is not a number" },
	};
	struct fail f;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		/* On the heap, so that a byte too far is seen. */
		char *in = malloc(cases[i].in.n + 1);

		assert_non_null(in);
		memcpy(in, cases[i].in.data, cases[i].in.n);
		assert_refused(cases[i].name, decode(in, cases[i].in.n, &f), &f,
		    cases[i].want);
		free(in);
	}
}

static void
test_sizes(void **state)
{
	const size_t objects = (size_t)MSGPACK_OBJECTS_MAX + 16;
	static const char head[] = "\x82" HEAD "\xa1" "a\xdd\x00\x80\x00\x09";
	char *bytes = calloc(1, objects + 64);
	struct fail f;

	(void)state;
	assert_non_null(bytes);
	memcpy(bytes, head, sizeof(head) - 1);
	assert_refused("objects", decode(bytes, objects + 40, &f), &f,
	    "more than 8388608 objects");
	assert_refused("64 MiB", decode(bytes, PLAN_BYTES_MAX + 1, &f), &f,
	    "a plan of 67108865 bytes, limit 67108864");
	memcpy(bytes, "\x82" HEAD "\xda\x01\x00", 13);
	memset(bytes + 13, 'k', 256);
	assert_refused("key", decode(bytes, 300, &f), &f,
	    "has 256 bytes, limit 255");
	free(bytes);
}

/* A map of many keys, the last of which stands twice. */
static void
test_many_keys(void **state)
{
	enum { KEYS = 65536 };
	char *bytes = malloc(11 + 5 + KEYS * 9), *at = bytes;
	struct fail f;

	(void)state;
	assert_non_null(bytes);
	at = mempcpy(at, "\x82" HEAD "\xa1" "a\xdf\x00\x01\x00\x00", 17);
	for (unsigned i = 0; i < KEYS; i++)
		at += sprintf(at, "\xa6%06u", i < KEYS - 1 ? i : 0) + 1;
	for (char *p = bytes + 17; p < at; p += 8)
		p[7] = '\x01';
	assert_refused("65536 keys", decode(bytes, (size_t)(at - bytes), &f),
	    &f, "key '000000' stands twice in the map at offset 12");
	bytes[16] = 1;
	assert_refused("65537 keys", decode(bytes, (size_t)(at - bytes), &f),
	    &f, "the map at offset 12 has 65537 keys, limit 65536");
	free(bytes);
}

static void *
encode_sample(size_t *n)
{
	struct fail f = { .kind = FAIL_NONE };
	struct sample s;
	void *bytes;

	sample_init(&s, &abi_rows[4], true);
	assert_no_fail(plan_encode(&s.plan, &bytes, n, &f), &f);
	plan_release(&s.plan);
	return bytes;
}

/* Cut anywhere, it is refused as cut. */
static void
test_cut(void **state)
{
	struct fail f;
	size_t n;
	char *bytes = encode_sample(&n);

	(void)state;
	for (size_t keep = 1; keep < n; keep++) {
		char *part = malloc(keep);

		assert_non_null(part);
		memcpy(part, bytes, keep);
		assert_refused("cut", decode(part, keep, &f), &f, "ends early");
		free(part);
	}
	free(bytes);
}

/* No change of a byte goes unseen. */
static void
test_flip(void **state)
{
	struct fail f;
	size_t n;
	unsigned char *bytes = encode_sample(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		bytes[i] ^= 0x11;
		assert_refused("flip", decode(bytes, n, &f), &f, "");
		bytes[i] ^= 0x11;
	}
	assert_int_equal(decode(bytes, n, &f), 0);
	free(bytes);
}

static void
reseal(unsigned char *bytes, size_t n)
{
	uLong crc = crc32(0, bytes, (uInt)(n - 10));

	for (size_t i = 0; i < 4; i++)
		bytes[n - 1 - i] = (unsigned char)(crc >> 8 * i);
}

/* Changed in a few places and sealed: any end but a crash. */
static void
test_forged(void **state)
{
	uint32_t random = 1;
	struct fail f;
	size_t n, refused = 0;
	unsigned char *bytes = encode_sample(&n);
	unsigned char *copy = malloc(n);

	(void)state;
	assert_non_null(copy);
	assert_memory_equal(bytes + n - 10, "\xa4seal\xce", 6);
	for (int round = 0; round < 3000; round++) {
		memcpy(copy, bytes, n);
		for (int k = 0; k < 1 + round % 3; k++) {
			random = random * 1664525 + 1013904223;
			copy[random % (n - 10)] = (unsigned char)(random >> 24);
		}
		reseal(copy, n);
		refused += decode(copy, n, &f) < 0;
		assert_true(f.kind == FAIL_NONE || f.kind == FAIL_INPUT);
	}
	assert_true(refused > 1000);
	free(copy);
	free(bytes);
}

/* The plan with the value after a key, itself after an anchor, replaced. */
static unsigned char *
replaced(const unsigned char *bytes, size_t n, const char *anchor,
    const char *key, const struct text *value, size_t *m)
{
	const unsigned char *at = memmem(bytes, n, anchor, strlen(anchor));
	unsigned char *out = malloc(n + value->n + 10);
	char coded[64];
	size_t before, old;

	assert_non_null(at);
	assert_non_null(out);
	snprintf(coded, sizeof(coded), "%c%s", (int)(0xa0 + strlen(key)), key);
	at = memmem(at, n - (size_t)(at - bytes), coded, strlen(coded));
	assert_non_null(at);
	before = (size_t)(at - bytes) + strlen(coded);
	old = msgpack_size(bytes, n, before);
	memcpy(out, bytes, before);
	memcpy(out + before, value->data, value->n);
	memcpy(out + before + value->n, bytes + before + old, n - before - old);
	*m = n - old + value->n;
	reseal(out, *m);
	return out;
}

static void
test_types(void **state)
{
	static const struct {
		const char *name, *anchor, *key;
		struct text value;
		const char *want;
	} cases[] = {
		{ "string as number", "layout", "pages", TEXT("\xa1x"),
		    "'layout.pages' is a string where a number stands" },
		{ "negative", "layout", "pages", TEXT("\xff"),
		    "'layout.pages' is a negative number where a number" },
		{ "fraction", "layout", "pages",
		    TEXT("\xcb\x40\x00\x00\x00\x00\x00\x00\x00"),
		    "'layout.pages' is a fraction where a number stands" },
		{ "NaN", "layout", "pages",
		    TEXT("\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00"),
		    "'layout.pages' is a fraction where a number stands" },
		{ "nil", "layout", "pages", TEXT("\xc0"),
		    "'layout.pages' is nil where a number stands" },
		{ "extension", "layout", "pages", TEXT("\xd4\x01\x01"),
		    "'layout.pages' is an extension where a number stands" },
		{ "2^64 - 1", "layout", "pages",
		    TEXT("\xcf\xff\xff\xff\xff\xff\xff\xff\xff"),
		    "'layout.pages' is 18446744073709551615, limit "
		    "1099511627776" },
		{ "deep", "segments", "pfn", TEXT("\xc3"),
		    "'layout.segments[0].pfn' is a truth value where" },
		{ "bytes as address", "layout", "v_start", TEXT("\xc4\x00"),
		    "'layout.v_start' is a byte string where an address" },
		{ "number as bool", "image", "mod_start_pfn", TEXT("\x01"),
		    "'image.mod_start_pfn' is a number where true or false" },
		{ "bytes as text", "image", "codec", TEXT("\xc4\x01x"),
		    "'image.codec' is a byte string where text stands" },
		{ "NUL in text", "image", "codec", TEXT("\xa2x\x00"),
		    "'image.codec' has a NUL at its byte 1" },
		{ "not UTF-8", "image", "codec", TEXT("\xa3xy\xc3"),
		    "'image.codec' is not UTF-8 at its byte 2" },
		{ "surrogate", "image", "codec", TEXT("\xa3\xed\xa0\x80"),
		    "'image.codec' is not UTF-8 at its byte 0" },
		{ "overlong", "image", "codec", TEXT("\xa2\xc0\xaf"),
		    "'image.codec' is not UTF-8 at its byte 0" },
		{ "long text", "image", "codec",
		    TEXT("\xd9\x41" "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
		    "'image.codec' has 65 bytes, limit 64" },
		{ "unknown word", "image", "pae", TEXT("\xa1x"),
		    "'image.pae' is 'x'; it may be: no, yes, extended, "
		    "bimodal" },
		{ "unknown ABI", "image", "abi", TEXT("\xa3hvm"),
		    "'image.abi' is 'hvm', an ABI that this version does not" },
		{ "text as bytes", "image", "command_line", TEXT("\xa1x"),
		    "'command_line' is a string where a byte string stands" },
		{ "NUL in bytes", "image", "command_line",
		    TEXT("\xc4\x03" "ab\x00"),
		    "'command_line' has a NUL at its byte 2" },
		{ "short digest", "payloads", "sha256", TEXT("\xc4\x01x"),
		    "'image.payloads[0].sha256' has 1 bytes; a SHA-256 digest"
		    " has 32" },
		{ "short uuid", "memory", "uuid", TEXT("\xc4\x00"),
		    "'memory.uuid' has 0 bytes; a UUID has 16" },
		{ "map as list", "image", "segments", TEXT("\x80"),
		    "'image.segments' is a map where a list stands" },
		{ "list as map", "image", "layout", TEXT("\x90"),
		    "'layout' is a list where a map stands" },
		{ "number as entry", "image", "segments", TEXT("\x91\x01"),
		    "'image.segments[0]' is a number where a map stands" },
		{ "empty entry", "image", "segments", TEXT("\x91\x80"),
		    "'image.segments[0]' lacks the key 'va'" },
		{ "too many", "layout", "tables",
		    TEXT("\x95\x01\x01\x01\x01\x01"),
		    "'layout.tables' has 5 entries, limit 4" },
		{ "no number", "layout", "tables", TEXT("\x91\xc0"),
		    "'layout.tables[0]' is nil where a number stands" },
		{ "no run", "memory", "p2m", TEXT("\x91\x01"),
		    "'memory.p2m[0]' is no run" },
		{ "run of three", "memory", "p2m", TEXT("\x91\x93\x01\x01\x01"),
		    "'memory.p2m[0]' is no run" },
		{ "run of nothing", "memory", "p2m", TEXT("\x91\x92\x01\x00"),
		    "'memory.p2m[0]' is a run of 0 pages" },
		{ "wild run", "memory", "p2m",
		    TEXT("\x91\x92\x01\xcf\xff\xff\xff\xff\xff\xff\xff\xff"),
		    "'memory.p2m[0][1]' is 18446744073709551615, limit" },
		{ "seconds", "sources", "mtime_sec",
		    TEXT("\xcf\x80\x00\x00\x00\x00\x00\x00\x00"),
		    "'sources[0].mtime_sec' is 9223372036854775808, limit" },
	};
	struct fail f;
	size_t n, m;
	unsigned char *bytes = encode_sample(&n), *changed;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		changed = replaced(bytes, n, cases[i].anchor, cases[i].key,
		    &cases[i].value, &m);
		assert_refused(cases[i].name, decode(changed, m, &f), &f,
		    cases[i].want);
		free(changed);
	}
	free(bytes);
}

/* Longer numbers than needed are read, and written short again. */
static void
test_long_numbers(void **state)
{
	static const struct text value =
	    TEXT("\xcf\x00\x00\x00\x00\x00\x00\x40\x00");
	struct fail f = { .kind = FAIL_NONE };
	struct plan p;
	size_t n, m, k;
	unsigned char *bytes = encode_sample(&n), *changed;
	void *again;

	(void)state;
	changed = replaced(bytes, n, "layout", "pages", &value, &m);
	assert_int_equal(m, n + 6);
	assert_no_fail(plan_decode(&p, changed, m, "here", &f), &f);
	assert_no_fail(plan_encode(&p, &again, &k, &f), &f);
	assert_int_equal(k, n);
	assert_memory_equal(again, bytes, n);
	plan_release(&p);
	free(again);
	free(changed);
	free(bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_many_keys),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_flip),
		cmocka_unit_test(test_forged),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_long_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
