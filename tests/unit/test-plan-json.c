#include "plan-sample.h"

/* Plans as JSON: what is no plan, and edits that the checks must see. */

static int
from_json(const char *text, size_t n, struct fail *f)
{
	struct plan p;
	int rc;

	*f = (struct fail){ .kind = FAIL_NONE };
	rc = plan_from_json(&p, text, n, "here", f);
	plan_release(&p);
	return rc;
}

static void
test_form(void **state)
{
	static const struct {
		const char *name, *in, *want;
	} cases[] = {
		{ "empty", "", "no plan on here" },
		{ "text", "hello", "here: not JSON: line 1, column" },
		{ "cut", "{\"xb-plan\": 1", "here: not JSON: line 1" },
		{ "two documents", "{\"xb-plan\": 1} {}", "here: not JSON" },
		{ "duplicate keys", "{\"xb-plan\": 1, \"xb-plan\": 1}",
		    "duplicate object key" },
		{ "not UTF-8", "{\"xb-plan\": 1, \"a\": \"\xff\"}",
		    "unable to decode byte 0xff" },
		{ "NUL", "{\"xb-plan\": 1, \"a\": \"\\u0000\"}",
		    "'a' is no key" },
		{ "too big", "{\"xb-plan\": 9223372036854775808}",
		    "too big integer" },
		{ "a list", "[1]", "the JSON is no object" },
		{ "no version", "{}", "no key 'xb-plan'" },
		{ "version 2", "{\"xb-plan\": 2}", "a plan of version 2" },
		{ "version as text", "{\"xb-plan\": \"1\"}",
		    "'xb-plan' is \"1\" where a number stands" },
		{ "a binary plan", "\x83\xa7xb-plan\x01", "xb-show -j makes" },
		{ "unknown key", "{\"xb-plan\": 1, \"layuot\": {}}",
		    "'layuot' is no key that this version knows" },
		{ "no object in msgpack",
		    "{\"xb-plan\": 1, \"a\": {\"msgpack\": \"\"}}",
		    "'a' is not one msgpack object" },
		{ "two objects in msgpack",
		    "{\"xb-plan\": 1, \"a\": {\"msgpack\": \"0101\"}}",
		    "'a' is not one msgpack object" },
		{ "bomb in msgpack",
		    "{\"xb-plan\": 1, \"a\": {\"msgpack\": \"ddffffffff\"}}",
		    "has 4294967295 entries" },
		{ "odd hex", "{\"xb-plan\": 1, \"a\": {\"msgpack\": \"c\"}}",
		    "'a' is no key" },
		{ "no hex", "{\"xb-plan\": 1, \"a\": {\"msgpack\": \"zz\"}}",
		    "'a' is no key" },
		{ "long key", "{\"xb-plan\": 1, \""
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		    "\": {\"msgpack\": \"01\"}}", "280 bytes, limit 255" },
		{ "order", "{\"xb-plan\": 1, \"command_line\": \"\"}",
		    "has 'command_line' but no 'image', which xb-parse adds" },
		{ "failed", "{\"xb-plan\": 1, \"failed\": {\"stage\": \"x\","
		    " \"status\": 0, \"message\": \"\"}}",
		    "'failed.status' is 0" },
	};
	struct fail f;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_refused(cases[i].name, from_json(cases[i].in,
		    strlen(cases[i].in), &f), &f, cases[i].want);
}

/* A stale seal and another order of keys do no harm. */
static void
test_tolerant(void **state)
{
	static const char in[] = "{\"seal\": \"0x1\", \"failed\": {\"status\": "
	    "65, \"message\": {\"bytes\": \"6D\"}, \"stage\": \"xb-a\"},"
	    " \"xb-plan\": 1}";
	struct fail f = { .kind = FAIL_NONE };
	struct plan p;

	(void)state;
	assert_no_fail(plan_from_json(&p, in, strlen(in), "here", &f), &f);
	assert_int_equal(p.has, PLAN_BIT(PLAN_FAILED));
	assert_string_equal(p.failed.message.data, "m");
	plan_release(&p);
}

/* Millions of values and deep nesting end with a message, in little memory. */
static void
test_bombs(void **state)
{
	static const struct {
		const char *head, *body, *want;
	} cases[] = {
		{ "[", "{},", "MiB of memory, limit 704 MiB" },
		{ "[", "[],", "MiB of memory, limit 704 MiB" },
		{ "[", "0,", "MiB of memory, limit 704 MiB" },
		{ "", "[", "MiB of memory, limit 704 MiB" },
	};
	const size_t size = (size_t)32 << 20;
	char *text = malloc(size);
	struct fail f;

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t step = strlen(cases[i].body);
		size_t at = strlen(cases[i].head);

		memcpy(text, cases[i].head, at);
		for (; at < size - step; at += step)
			memcpy(text + at, cases[i].body, step);
		memset(text + at, ' ', size - at);
		assert_refused(cases[i].body, from_json(text, size, &f), &f,
		    cases[i].want);
	}
	memset(text, '[', 3000);
	assert_refused("deep", from_json(text, 3000, &f), &f, "depth");
	memset(text, '"', 3000);
	text[0] = '[';
	assert_refused("quotes", from_json(text, 3000, &f), &f, "not JSON");
	free(text);
}

/* The sample's JSON with one piece of text replaced, after an anchor. */
static char *
edited(const char *json, const char *anchor, const char *old, const char *new)
{
	const char *at = strstr(json, anchor);
	char *out = NULL;

	if (at != NULL)
		at = strstr(at, old);
	if (at == NULL)
		unit_fail("no '%s' after '%s'", old, anchor);
	assert_true(asprintf(&out, "%.*s%s%s", (int)(at - json), json, new,
	    at + strlen(old)) > 0);
	return out;
}

struct edit {
	const char *anchor, *old, *new, *want;
};

static void
run_edits(bool apart, const struct edit *edits, size_t n)
{
	struct fail f = { .kind = FAIL_NONE };
	struct sample s;
	char *json, *text;
	size_t size;

	sample_init(&s, &abi_rows[4], apart);
	assert_no_fail(plan_to_json(&s.plan, &json, &size, &f), &f);
	assert_no_fail(from_json(json, size, &f), &f);
	for (size_t i = 0; i < n; i++) {
		text = edited(json, edits[i].anchor, edits[i].old,
		    edits[i].new);
		assert_refused(edits[i].want, from_json(text, strlen(text),
		    &f), &f, edits[i].want);
		free(text);
	}
	free(json);
	plan_release(&s.plan);
}

/* The type goes with the field, never with the value. */
static void
test_types(void **state)
{
	static const struct edit edits[] = {
		{ "\"layout\"", "16384", "\"16384\"",
		    "'layout.pages' is \"16384\" where a number stands" },
		{ "\"layout\"", "16384", "16384.0",
		    "'layout.pages' is a number with a fraction or an "
		    "exponent" },
		{ "\"layout\"", "16384", "-1",
		    "'layout.pages' is a negative number where a number" },
		{ "\"layout\"", "16384", "null",
		    "'layout.pages' is null where a number stands" },
		{ "\"layout\"", "\"0xffffffff80000000\"", "4096",
		    "'layout.v_start' is a number where a string \"0x...\"" },
		{ "\"layout\"", "0xffffffff80000000", "4096",
		    "'layout.v_start' is \"4096\" where a string \"0x...\"" },
		{ "\"layout\"", "0xffffffff80000000", "0x",
		    "'layout.v_start' is \"0x\" where a string" },
		{ "\"layout\"", "0xffffffff80000000", "0x1ffffffff80000000",
		    "'layout.v_start' is \"0x1ffffffff80000000\" where" },
		{ "\"layout\"", "0xffffffff80000000", "-0x1",
		    "'layout.v_start' is \"-0x1\" where a string" },
		{ "\"layout\"", "0xffffffff80000000", "0x 10",
		    "'layout.v_start' is \"0x 10\" where a string" },
		{ "\"image\"", "\"xz\"", "{ \"bytes\": \"00\" }",
		    "'image.codec' is an object where a string stands" },
		{ "\"image\"", "\"xz\"", "5",
		    "'image.codec' is a number where a string stands" },
		{ "\"image\"", "false", "0",
		    "'image.mod_start_pfn' is a number where true or false" },
		{ "\"command_line\"", "\"console", "5, \"x\": \"",
		    "'command_line' is a number where a string or" },
		{ "\"sources\"", "ff2f", "ff2",
		    "'sources[0].path' is an object where a string or" },
		{ "\"sources\"", "-5", "\"0x5\"",
		    "'sources[0].mtime_sec' is \"0x5\" where a number" },
		{ "\"sha256\"", "1111", "111",
		    "where a string of 64 hexadecimal digits stands" },
		{ "\"sha256\"", "1111", "11x1",
		    "where a string of 64 hexadecimal digits stands" },
		{ "\"uuid\"", "-a5a5-", "-a5a5a",
		    "where a UUID as a string stands" },
		{ "\"tables\"", "[1, 1, 1, 4]", "4",
		    "'layout.tables' is a number where an array of numbers" },
		{ "\"tables\"", "[1, 1, 1, 4]", "[1, 1, [], 4]",
		    "'layout.tables[2]' is an array where a number stands" },
		{ "\"memory\"", "[262144, 100]", "[262144]",
		    "'memory.p2m[0]' is no run" },
		{ "\"memory\"", "[262144, 100]", "100",
		    "'memory.p2m[0]' is a number where" },
		{ "\"vcpus\"", "\"id\": 0,", "",
		    "'vcpus[0]' lacks the key 'id'" },
		{ "\"vcpus\"", "\"id\"", "\"idd\"",
		    "'vcpus[0].idd' is no key that this version knows" },
		{ "\"vcpus\"", "\"0xe033\"", "\"0x10000\"",
		    "'vcpus[0].cs' is 0x10000, limit 0xffff" },
	};

	(void)state;
	run_edits(false, edits, COUNT(edits));
}

static void
test_image(void **state)
{
	static const struct edit edits[] = {
		{ "virt_base", "0xffffffff80000000", "0xffffffff80200000",
		    "'image.virt_base' is 0xffffffff80200000, above 'kstart'" },
		{ "virt_base", "0xffffffff80000000", "0x800000000000",
		    "'image.virt_base' is 0x800000000000, no address of" },
		{ "\"kstart", "0xffffffff80100000", "0xffff800000000000",
		    "'image.kstart' is 0xffff800000000000, in the hyper" },
		{ "\"kend", "0xffffffff80104321", "0xffffffff80100000",
		    "'image.kend' is 0xffffffff80100000, not above" },
		{ "\"entry", "0xffffffff80100010", "0xffffffff80104321",
		    "'image.entry' is 0xffffffff80104321, outside the kernel" },
		{ "\"entry", "0xffffffff80100010", "0xffffffff800fffff",
		    "'image.entry' is 0xffffffff800fffff, outside the kernel" },
		{ "\"hypercall_page", "0xffffffff80101000",
		    "0xdead000000000000",
		    "'image.hypercall_page' is 0xdead000000000000, no "
		    "address" },
		{ "\"segments", "12288", "4611686018427387904",
		    "'image.segments[0]'" },
		{ "\"segments", "0xffffffff80103000", "0xffffffff80102fff",
		    "'image.segments[1]'" },
		{ "\"segments", "12272", "12289",
		    "'image.segments[0].filesz' is 12289, more than 'memsz'" },
		{ "\"segments", "\"offset\": 4096", "\"offset\": 4113",
		    "ends outside the payload 'kernel' of 16384 bytes" },
		{ "\"segments", "4096", "9223372036854775807",
		    "ends outside the payload 'kernel' of 16384 bytes" },
		{ "\"segments", "\"kernel\"", "\"symtab\"",
		    "'image.segments[0].role' is 'symtab', which no payload" },
		{ "\"modules", "\"ramdisk\"", "\"kernel\"",
		    "two payloads have the role 'kernel'" },
		{ "\"modules", "8196", "8192", "'modules[0].parts[1]'" },
		{ "\"modules", "8196", "9000", "'modules[0].parts[1]'" },
		{ "\"modules", "9029", "0", "'modules[0].size' is 0" },
		{ "\"sources", "2f746d70", "746d702f", "must be absolute" },
		{ "\"ctime_nsec", "999999999", "1000000000",
		    "'sources[0].ctime_nsec' is 1000000000, limit 999999999" },
		{ "\"failed", "69", "256", "'failed.status' is 256, limit" },
	};

	(void)state;
	run_edits(false, edits, COUNT(edits));
}

static void
test_layout(void **state)
{
	static const struct edit edits[] = {
		{ "\"layout", "16384", "2047", "the region from" },
		{ "\"v_start", "0xffffffff80000000", "0xffffffff80000001",
		    "'layout.v_start' is 0xffffffff80000001; by 'image."
		    "virt_base' and the rule of 'xen-3.0-x86_64' it is 0xfff" },
		{ "\"v_start", "0xffffffff80000000", "0xffffffff7fc00000",
		    "'layout.v_start' is 0xffffffff7fc00000; by 'image." },
		{ "\"v_end", "0xffffffff80800000", "0xffffffff80800001",
		    "not page aligned" },
		{ "\"v_end", "0xffffffff80800000", "0xffffffff80000000",
		    "has 0 pages; the domain has 16384" },
		{ "\"v_end", "0xffffffff80800000", "0x0", "the region from" },
		{ "\"v_end", "0xffffffff80800000", "0xffffffff80101000",
		    "is outside the region" },
		{ "\"kind", "\"kernel\"", "\"colonel\"",
		    "'layout.segments[0].kind' is 'colonel'" },
		{ "\"kind", "\"ramdisk\"", "\"kernel\"",
		    "'layout.segments[1]' is a second 'kernel'" },
		{ "\"kind", "\"pfn\": 261", "\"pfn\": 260",
		    "'layout.segments[1]', 'ramdisk', 3 pages at pfn 260" },
		{ "\"ramdisk\",\n        \"pfn", "3", "20000",
		    "'layout.segments[1]', 'ramdisk', 20000 pages" },
		{ "\"ramdisk\",\n        \"pfn", "3", "0",
		    "'layout.segments[1]', 'ramdisk', 0 pages" },
		{ "\"kind", "9029", "12289",
		    "'layout.segments[1].size' is 12289, more than its 3" },
		{ "\"kind", "9029", "9028", "the module 9029" },
		{ "\"kind", "0xffffffff80105000", "0xffffffff80106000",
		    "pfn 261 is mapped at 0xffffffff80105000" },
		{ "\"ramdisk\",\n        \"pfn", ",\n        \"va\": "
		    "\"0xffffffff80105000\"", "",
		    "'layout.segments[1]', 'ramdisk', lacks 'va'" },
		{ "\"xenstore\"", "1", "2",
		    "'layout.segments[4]', 'xenstore', has 2 pages; it is" },
		{ "\"kind", "\"stack\"", "\"p2m_tables\"",
		    "'p2m_tables', is mapped or in the region" },
		{ "\"tables", "[1, 1, 1, 4]", "[1, 1, 1]",
		    "'layout.tables' has 3 entries; 'xen-3.0-x86_64' has 4" },
		{ "\"tables", "[1, 1, 1, 4]", "[1, 1, 1, 5]",
		    "'layout.tables[3]' is 5; the addresses need 4" },
		{ "\"tables", "[1, 1, 1, 4]", "[9223372036854775807, 1, 1, 4]",
		    "'layout.tables[0]' is 9223372036854775807" },
		{ "\"page_tables\",\n        \"pfn", "\"pages\": 7",
		    "\"pages\": 8", "'layout.segments[7]'" },
		{ "\"load", "\"kernel\"", "\"colonel\"",
		    "'layout.load[0]' is 0x2ff0 bytes of 'colonel'" },
		{ "\"load", "12272", "0", "'layout.load[0]' is 0x0 bytes" },
		{ "\"load", "12272", "12289", "'layout.load[0]' is 0x3001 bytes"
		    " of 'kernel' from offset 0x1000, at 0x100000; by the"
		    " sections before it is 0x2ff0 bytes of 'kernel' from"
		    " offset 0x1000, at 0x100000" },
		{ "\"load", "4096", "9223372036854775807",
		    "from offset 0x7fffffffffffffff" },
		{ "\"load", "0x100000", "0x7fffffffffffffff",
		    "at 0x7fffffffffffffff; by" },
		{ "\"load", "0x103000", "0x102000", "'layout.load[1]'" },
		{ "\"load", "0x103000", "0x103001", "'layout.load[1]'" },
		{ "\"load", "0x103000", "0x104f01", "at 0x104f01; by" },
		{ "\"load", "\"ramdisk\"", "\"kernel\"",
		    "'layout.load[2]' is 0x2001 bytes of 'kernel'" },
		{ "\"clear", "256", "257", "overlaps kernel at pfn 256" },
		{ "\"clear", "\"pages\": 1", "\"pages\": 8",
		    "'layout.clear[1]', 8 pages at pfn 260, overlaps ramdisk" },
		{ "\"clear", "\"pfn\": 260", "\"pfn\": 264",
		    "overlaps p2m at pfn 264" },
		{ "\"clear", "\"pfn\": 260", "\"pfn\": 16384",
		    "'layout.clear[1]', 1 pages at pfn 16384" },
		{ "\"clear", "\"pages\": 1", "\"pages\": 0",
		    "'layout.clear[1]', 0 pages" },
		{ "\"hypercall_page", "0xffffffff80101000",
		    "0xffffffff8012f000",
		    "'image.hypercall_page', 0xffffffff8012f000, is on the"
		    " 'page_tables' segment" },
		{ "\"hypercall_page", "0xffffffff80101000",
		    "0xffffffff80800000", "outside the region" },
		{ "\"hypercall_page", "0xffffffff80101000",
		    "0xffffffff7ffff000", "outside the region" },
	};

	(void)state;
	run_edits(false, edits, COUNT(edits));
}

/* As long as the ABI's field with its NUL, and a byte more. */
static void
test_command_line(void **state)
{
	static const size_t limits[ABI_PV_COUNT] = { 255, 1023, 1023,
	    1023, 1023 };
	struct fail f = { .kind = FAIL_NONE };
	struct sample s;
	char line[1025], want[80];

	(void)state;
	for (size_t i = 0; i < ABI_PV_COUNT; i++) {
		memset(line, 'x', sizeof(line));
		line[limits[i]] = '\0';
		sample_init(&s, &abi_rows[i], false);
		s.plan.command_line = bytes_of(&s.plan, line);
		assert_no_fail(plan_check(&s.plan, &f), &f);
		line[limits[i]] = 'x';
		line[limits[i] + 1] = '\0';
		s.plan.command_line = bytes_of(&s.plan, line);
		snprintf(want, sizeof(want), "'command_line' has %zu bytes, "
		    "limit %zu for '%s'", limits[i] + 1, limits[i],
		    abi_rows[i].name);
		assert_refused("command line", plan_check(&s.plan, &f), &f,
		    want);
		f = (struct fail){ .kind = FAIL_NONE };
		plan_release(&s.plan);
	}
}

/* Pieces too few, too many, and a ramdisk below the kernel. */
static void
test_load_list(void **state)
{
	struct load_piece more[6];
	struct sample s;
	struct fail f = { .kind = FAIL_NONE };

	(void)state;
	sample_init(&s, abi_named("xen-3.0-x86_64"), false);
	s.plan.layout.n_load = 3;
	assert_refused("too few", plan_check(&s.plan, &f), &f, "'layout.load'"
	    " lacks 0x341 bytes of 'ramdisk.1' from offset 0x0, which belong"
	    " at 0x107004");
	f = (struct fail){ .kind = FAIL_NONE };
	memcpy(more, s.plan.layout.load, 4 * sizeof(*more));
	more[4] = (struct load_piece){ "kernel", 0, 0x10, 0x107800 };
	s.plan.layout.load = more;
	s.plan.layout.n_load = 5;
	assert_refused("too many", plan_check(&s.plan, &f), &f,
	    "'layout.load[4]', 0x10 bytes of 'kernel' at 0x107800, is none of"
	    " the image's segments and of the modules' parts");
	f = (struct fail){ .kind = FAIL_NONE };
	s.plan.layout.n_load = 0;
	assert_refused("none", plan_check(&s.plan, &f), &f,
	    "'layout.load' lacks 0x2ff0 bytes of 'kernel'");
	plan_release(&s.plan);
}

/* Segments that have no bytes of a file have no piece. */
static void
test_load_list_without_bytes(void **state)
{
	struct sample s;
	struct fail f = { .kind = FAIL_NONE };

	(void)state;
	sample_init(&s, abi_named("xen-3.0-x86_64"), false);
	s.plan.image.segments[1].filesz = 0;
	assert_refused("a piece of nothing", plan_check(&s.plan, &f), &f,
	    "'layout.load[1]' is 0x100 bytes of 'kernel'");
	f = (struct fail){ .kind = FAIL_NONE };
	memmove(&s.plan.layout.load[1], &s.plan.layout.load[2],
	    2 * sizeof(*s.plan.layout.load));
	s.plan.layout.n_load = 3;
	f = (struct fail){ .kind = FAIL_NONE };
	assert_refused("its page", plan_check(&s.plan, &f), &f,
	    "'layout.clear' lacks 1 pages at pfn 259, which nothing fills");
	f = (struct fail){ .kind = FAIL_NONE };
	add_clear(&s.plan);
	assert_no_fail(plan_check(&s.plan, &f), &f);
	plan_release(&s.plan);
}

static void
test_ramdisk_below(void **state)
{
	struct layout_segment *v, *ramdisk;
	struct layout_segment moved;
	struct sample s;
	struct fail f = { .kind = FAIL_NONE };

	(void)state;
	sample_init(&s, abi_named("xen-3.0-x86_64"), false);
	v = s.plan.layout.segments;
	ramdisk = &v[1];
	moved = *ramdisk;
	moved.pfn = 16;
	moved.va.value = s.plan.layout.v_start + 16 * PAGE_BYTES;
	v[1] = v[0];
	v[0] = moved;
	assert_refused("below", plan_check(&s.plan, &f), &f, "the 'ramdisk'"
	    " segment at pfn 16 is below the kernel's at pfn 256");
	plan_release(&s.plan);
}

/* The start of the oldest ABI follows the kernel, whatever its base says. */
static void
test_region_start(void **state)
{
	struct sample s;
	struct fail f = { .kind = FAIL_NONE };

	(void)state;
	sample_init(&s, abi_named("xen-1.3-x86_32"), false);
	s.plan.image.virt_base -= 0x400000;
	assert_no_fail(plan_check(&s.plan, &f), &f);
	s.plan.layout.v_start -= 0x400000;
	assert_refused("below its line", plan_check(&s.plan, &f), &f,
	    "'layout.v_start' is 0xbfc00000; by 'image.kstart' and the rule of"
	    " 'xen-1.3-x86_32' it is 0xc0000000");
	plan_release(&s.plan);
}

/* What build/ goes by without a look of its own: the size of the p2m list. */
static void
test_p2m_size(void **state)
{
	(void)state;
	for (size_t i = 0; i < ABI_PV_COUNT; i++) {
		const struct abi *a = &abi_rows[i];
		struct fail f = { .kind = FAIL_NONE };
		struct layout_segment *v;
		struct sample s;

		sample_init(&s, a, false);
		v = s.plan.layout.segments;
		while (strcmp(v->kind, "p2m") != 0)
			v++;
		v->pages = pages_of(SAMPLE_PAGES * a->p2m_entry) - 1;
		v->size = 1;
		assert_refused("p2m", plan_check(&s.plan, &f), &f, "the 'p2m'"
		    " segment has");
		if (plan_segment(&s.plan, SEG_CONSOLE) == NULL) {
			f.kind = FAIL_NONE;
			v->kind = "console";
			v->pages = 1;
			assert_refused("none", plan_check(&s.plan, &f), &f,
			    "lacks a 'p2m' segment, which this plan needs");
		}
		plan_release(&s.plan);
	}
}

/* The last frame that entries and the p2m list can name, and the next one. */
static void
test_frame_limit(void **state)
{
	static const uint64_t ends[ABI_PV_COUNT] = { 0x100000, 0x100000,
	    0xffffffff, 0x2000000, UINT64_C(1) << 40 };

	(void)state;
	for (size_t i = 0; i < ABI_PV_COUNT; i++) {
		struct extent run = { 0, ends[i] - SAMPLE_PAGES, SAMPLE_PAGES };
		struct fail f = { .kind = FAIL_NONE };
		struct sample s;

		sample_init(&s, &abi_rows[i], false);
		s.plan.memory.p2m = (struct extents){ &run, 1, 1 };
		s.plan.has &= PLAN_BIT(PLAN_IMAGE) | PLAN_BIT(PLAN_MODULES) |
		    PLAN_BIT(PLAN_LAYOUT) | PLAN_BIT(PLAN_MEMORY);
		assert_no_fail(plan_check(&s.plan, &f), &f);
		run.mfn++;
		assert_refused("frames", plan_check(&s.plan, &f), &f,
		    "ends past the last frame that");
		plan_release(&s.plan);
	}
}

static void
test_apart(void **state)
{
	static const struct edit edits[] = {
		{ "\"init_p2m", "0x8000000000", "0x8000001000",
		    "neither in the region nor 'image.init_p2m'" },
		{ "\"p2m_tables\": [", "[0, 1, 1, 1]", "[1, 1, 1, 1]",
		    "'layout.p2m_tables[0]' is 1; the addresses need 0" },
		{ "\"p2m_tables\": [", "[0, 1, 1, 1]", "[0, 1, 1]",
		    "'layout.p2m_tables' has 3 entries" },
		{ "\"p2m_tables\": [", "[0, 1, 1, 1]", "[]",
		    "0x8000000000; pfn 2048 is mapped at" },
		{ "\"p2m_tables\",\n", "12288", "12288,\n\"va\": "
		    "\"0xffffffff80820000\"", "is mapped or in the region" },
		{ "\"kind\": \"p2m\"", "\"pages\": 32", "\"pages\": 31",
		    "'layout.segments[7].size' is 131072, more than" },
		/* its own tables would map what the domain does not have */
		{ "\"kind\": \"p2m\"", "\"pfn\": 2048", "\"pfn\": 16353",
		    "'layout.segments[7]', 'p2m', 32 pages at pfn 16353, is"
		    " not between pfn 275, the end of 'stack', and the domain's"
		    " 16384 pages" },
		{ "\"kind\": \"p2m\"", "\"pfn\": 2048",
		    "\"pfn\": 1099511627775", "'layout.segments[7]', 'p2m'" },
		{ "\"kind\": \"p2m\"", "\"pages\": 32", "\"pages\": 14337",
		    "'layout.segments[7]', 'p2m', 14337 pages at pfn 2048" },
		{ "\"kind\": \"p2m\"", "\"pfn\": 2048", "\"pfn\": 2000",
		    "'layout.segments[7].pfn' is 2000, in the region of 2048" },
		{ "\"p2m_tables\",\n", "2080", "16382",
		    "'layout.segments[8]', 'p2m_tables', 3 pages at pfn "
		    "16382" },
		{ "\"p2m_tables\",\n", "2080", "2079",
		    "is not between pfn 2080, the end of" },
		{ "\"pagetables\"", "2048", "0",
		    "'pagetables.first_p2m_pfn' is 0x0; by the sections" },
		{ "\"pagetables\"", "35", "32", "'pagetables.p2m_frames'" },
		{ "\"abi\"", "xen-3.0-x86_64", "xen-3.0pre-x86_64",
		    "'xen-3.0pre-x86_64' has no p2m list of its own" },
	};

	(void)state;
	run_edits(true, edits, COUNT(edits));
}

static void
test_bound(void **state)
{
	static const struct edit edits[] = {
		{ "\"target", "file:/tmp/demo", "demo", "no name of a target" },
		{ "\"target", "file:/tmp/demo", "file:demo",
		    "its path must be absolute" },
		{ "\"p2m\": [", "100]", "101]",
		    "'memory.p2m' has at least 16385 pages, the layout 16384" },
		{ "\"p2m\": [", "100]", "99]",
		    "'memory.p2m' has 16383 pages, the layout 16384" },
		{ "\"p2m\": [", "196608", "262145",
		    "machine frame 0x40001 stands for two guest frames" },
		{ "\"p2m\": [", "262144", "4503599627370400",
		    "ends past the last frame" },
		{ "\"root_mfn", "19", "20", "'pagetables.root_mfn' is" },
		{ "\"pt_base", "0xffffffff", "0x",
		    "'pagetables.pt_base' is" },
		{ "\"pagetables", "\"frames\": 7", "\"frames\": 8",
		    "'pagetables.frames' is 0x8; by the sections before" },
		{ "\"startinfo", "0xffffffff", "0x", "'startinfo.va' is" },
		{ "\"startinfo", "30583", "262145",
		    "'startinfo.shared_info_mfn' is 0x40001, the domain's "
		    "own" },
		{ "\"store_mfn", "19", "20", "'startinfo.store_mfn' is" },
		{ "\"hypercall_mfn", "196765", "5",
		    "'startinfo.hypercall_mfn' is 0x5, no frame of the "
		    "domain" },
		{ "\"hypercall_mfn", "196765", "196807", "a page table of" },
		{ "\"store_port", "1", "4294967296",
		    "'startinfo.store_port' is 4294967296, limit 4294967295" },
		{ "\"vcpus", "\"id\": 0", "\"id\": 8192",
		    "'vcpus[0].id' is 8192, limit 8191" },
		{ "\"memory\"", "\"memory\": {", "\"memery\": {",
		    "'memery' is no key" },
	};

	(void)state;
	run_edits(false, edits, COUNT(edits));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_tolerant),
		cmocka_unit_test(test_bombs),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_image),
		cmocka_unit_test(test_layout),
		cmocka_unit_test(test_command_line),
		cmocka_unit_test(test_load_list),
		cmocka_unit_test(test_load_list_without_bytes),
		cmocka_unit_test(test_ramdisk_below),
		cmocka_unit_test(test_region_start),
		cmocka_unit_test(test_p2m_size),
		cmocka_unit_test(test_frame_limit),
		cmocka_unit_test(test_apart),
		cmocka_unit_test(test_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
