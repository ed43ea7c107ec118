/*
 * Plans in words and as maps.  The expected texts are tests/golden/report-*;
 * with GOLDEN=write in the environment they are written anew.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report-plans.h"
#include "report/report.h"

static struct plan
p4_of_64_mib(void)
{
	return p4_laid_out(16384);
}

static struct plan
p4_of_64_gib(void)
{
	return p4_laid_out(UINT64_C(1) << 24);
}

static struct plan
nothing(void)
{
	return (struct plan){ 0 };
}

#define HOSTILE	"\033[2J\nstep\\ \302\233\377"

static struct plan
failed(void)
{
	struct plan p = debian_laid_out();

	p.has |= PLAN_BIT(PLAN_FAILED);
	p.failed = (struct plan_failed){ "xb-load", FAIL_TARGET,
	    BYTES("no such domain: 'file:" HOSTILE "'") };
	return p;
}

/* The bytes of a text, or of a failure; the caller frees. */
static char *
text_of(const struct plan *p, bool runs)
{
	struct fail f = { 0 };
	char *text;
	size_t n;
	FILE *to = open_memstream(&text, &n);

	assert_int_equal(report_text(p, to, &f), 0);
	if (runs)
		assert_int_equal(report_runs(p, to, &f), 0);
	assert_int_equal(fclose(to), 0);
	return text;
}

static char *
map_of(const struct plan *p, unsigned columns, bool utf8)
{
	struct fail f = { 0 };
	char *text;
	size_t n;
	FILE *to = open_memstream(&text, &n);

	assert_int_equal(report_map(p, to, columns, utf8, &f), 0);
	assert_int_equal(fclose(to), 0);
	return text;
}

static char *
svg_of(const struct plan *p)
{
	struct fail f = { 0 };
	char *text;
	size_t n;
	FILE *to = open_memstream(&text, &n);

	assert_int_equal(report_svg(p, to, &f), 0);
	assert_int_equal(fclose(to), 0);
	return text;
}

/* ---- golden texts ---- */

static void
golden(const char *name, const char *text)
{
	const char *mode = getenv("GOLDEN");
	bool write = mode != NULL && strcmp(mode, "write") == 0;
	char path[128], want[32768];
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "tests/golden/report-%s.text", name);
	file = fopen(path, write ? "w" : "r");
	if (file == NULL)
		print_error("cannot open %s from here\n", path);
	assert_non_null(file);
	if (write) {
		fputs(text, file);
		assert_int_equal(fclose(file), 0);
		return;
	}
	n = fread(want, 1, sizeof(want) - 1, file);
	fclose(file);
	want[n] = '\0';
	if (strcmp(text, want) != 0)
		print_error("%s differs; this is what came:\n%s", path, text);
	assert_string_equal(text, want);
}

static const struct {
	const char *name;
	struct plan (*plan)(void);
	bool runs;
} texts[] = {
	{ "nothing", nothing, false },
	{ "parsed", debian_parsed, false },
	{ "launched", debian_launched, true },
	{ "p1", p1_registers, false },
	{ "p4", p4_of_64_mib, false },
	{ "failed", failed, false },
};

static void
plans_in_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct plan p = texts[i].plan();
		char *text = text_of(&p, texts[i].runs);

		golden(texts[i].name, text);
		free(text);
	}
}

static const struct {
	const char *name;
	struct plan (*plan)(void);
	unsigned columns;
	bool utf8;
} maps[] = {
	{ "map-debian-80", debian_laid_out, 80, true },
	{ "map-debian-40-ascii", debian_laid_out, 40, false },
	{ "map-debian-160", debian_laid_out, 160, true },
	{ "map-p1-80", p1_registers, 80, true },
	{ "map-p4-100-ascii", p4_of_64_mib, 100, false },
	{ "map-64-gib-60", p4_of_64_gib, 60, true },
	{ "map-tiny-80-ascii", tiny_laid_out, 80, false },
};

static void
plans_as_maps(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(maps); i++) {
		struct plan p = maps[i].plan();
		char *text = map_of(&p, maps[i].columns, maps[i].utf8);

		golden(maps[i].name, text);
		free(text);
	}
}

static void
a_plan_as_a_picture(void **state)
{
	struct plan p = debian_laid_out();
	char *text = svg_of(&p);

	(void)state;
	golden("svg-debian", text);
	free(text);
}

/* ---- what holds for every map ---- */

/* Columns of the widest line: bytes that begin a character. */
static unsigned
widest(const char *text)
{
	unsigned at = 0, most = 0;

	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '\n')
			at = 0;
		else if (((unsigned char)*p & 0xc0) != 0x80)
			at++;
		most = at > most ? at : most;
	}
	return most;
}

static bool
is_ascii(const char *text)
{
	for (const char *p = text; *p != '\0'; p++)
		if ((*p < ' ' || *p > '~') && *p != '\n')
			return false;
	return true;
}

static void
check_map(const struct plan *p, unsigned columns, bool utf8)
{
	unsigned limit = columns < REPORT_COLUMNS_MIN ? REPORT_COLUMNS_MIN :
	    columns;
	char *text = map_of(p, columns, utf8);

	if (widest(text) > limit)
		print_error("%u columns in a map of %u:\n%s", widest(text),
		    limit, text);
	assert_true(widest(text) <= limit);
	if (!utf8)
		assert_true(is_ascii(text));
	for (size_t i = 0; i < p->layout.n_segments; i++)
		assert_non_null(strstr(text, p->layout.segments[i].kind));
	free(text);
}

static struct plan (*const laid_out[])(void) = {
	debian_laid_out, p1_registers, p4_of_64_mib, p4_of_64_gib,
	tiny_laid_out,
};

static void
no_map_is_wider_than_asked(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(laid_out); i++) {
		struct plan p = laid_out[i]();

		for (unsigned columns = 0; columns <= 200; columns++) {
			check_map(&p, columns, true);
			check_map(&p, columns, false);
		}
		check_map(&p, REPORT_COLUMNS_MAX, true);
		free(svg_of(&p));
	}
}

static void
domains_of_any_size_are_drawn(void **state)
{
	const uint64_t least = 0x4d9c;

	(void)state;
	for (unsigned shift = 0; shift < 40; shift++) {
		struct plan p = debian_laid_out();

		p.layout.pages = least + (UINT64_C(1) << shift) - 1;
		check_map(&p, 40, false);
		check_map(&p, 80, true);
		free(svg_of(&p));
	}
}

static void
thousands_of_segments_are_bounded_work(void **state)
{
	enum { MANY = 20000 };
	struct layout_segment *many = calloc(MANY, sizeof(*many));
	struct plan p = debian_laid_out();
	char *text;

	(void)state;
	assert_non_null(many);
	for (size_t i = 0; i < MANY; i++)
		many[i] = (struct layout_segment){ "stack", 2 * i, 1, 0,
		    { 0 } };
	p.layout.segments = many;
	p.layout.n_segments = MANY;
	free(map_of(&p, 80, true));
	text = svg_of(&p);
	assert_true(strlen(text) < 16 << 20);
	free(text);
	free(text_of(&p, false));
	free(many);
}

static void
a_mapping_up_to_the_top_of_the_addresses(void **state)
{
	struct plan p = p4_laid_out(16384);
	char *text;

	(void)state;
	p.layout.v_start = 0xff800000;
	p.layout.v_end = 0;
	text = map_of(&p, 80, false);
	assert_non_null(strstr(text, "Mapped at start, 8 MiB at 0xff800000"));
	free(text);
	text = svg_of(&p);
	assert_non_null(strstr(text, ">entry 511<"));
	free(text);
}

static void
no_layout_no_map(void **state)
{
	struct plan p = debian_parsed();
	struct fail f = { 0 };

	(void)state;
	assert_int_equal(report_map(&p, stderr, 80, true, &f), -1);
	assert_int_equal(f.kind, FAIL_INPUT);
	assert_non_null(strstr(f.message, "xb-layout"));
	f = (struct fail){ 0 };
	assert_int_equal(report_svg(&p, stderr, &f), -1);
	assert_int_equal(f.kind, FAIL_INPUT);
	p = debian_laid_out();
	p.has &= ~PLAN_BIT(PLAN_IMAGE);
	f = (struct fail){ 0 };
	assert_int_equal(report_svg(&p, stderr, &f), -1);
	assert_non_null(strstr(f.message, "xb-parse"));
}

/* ---- what comes from the input ---- */

static char hostile[] = HOSTILE;

static struct plan
hostile_plan(void)
{
	static struct layout_segment segments[COUNT(debian_segments)];
	static struct image_note notes[] = {
		{ hostile, 6, { 0 }, BYTES(HOSTILE) },
	};
	static struct payload payload[] = { { hostile, 1, { 0 } } };
	static struct image_segment image_segments[] = {
		{ 0, 1, hostile, 0, 1 },
	};
	static struct plan_source source[] = { { .path = BYTES(HOSTILE) } };
	static struct schema_extra extra[] = {
		{ "", BYTES(HOSTILE), BYTES("\300") },
		{ "layout.segments[3]", BYTES("colour"), BYTES("\300") },
	};
	struct plan p = debian_launched();

	memcpy(segments, debian_segments, sizeof(segments));
	segments[0].kind = hostile;
	p.has |= PLAN_BIT(PLAN_FAILED);
	p.image.format = p.image.container = p.image.codec = hostile;
	p.image.notes_from = p.image.pae = hostile;
	p.image.notes = notes;
	p.image.n_notes = COUNT(notes);
	p.image.payloads = payload;
	p.image.segments = image_segments;
	p.image.n_segments = COUNT(image_segments);
	p.command_line = (struct bytes)BYTES(HOSTILE);
	p.sources = source;
	p.n_sources = COUNT(source);
	p.layout.segments = segments;
	p.memory.target = (struct bytes)BYTES(HOSTILE);
	p.failed = (struct plan_failed){ hostile, 1000, BYTES(HOSTILE) };
	p.extra.v = extra;
	p.extra.n = COUNT(extra);
	return p;
}

static void
what_comes_from_the_input_is_escaped(void **state)
{
	struct plan p = hostile_plan();
	char *text = text_of(&p, true), *map = map_of(&p, 80, false);
	char *svg = svg_of(&p);

	(void)state;
	assert_true(is_ascii(text));
	assert_true(is_ascii(map));
	assert_true(is_ascii(svg));
	/* No line of the report begins with what the input had after \n. */
	assert_null(strstr(text, "\nstep\\"));
	assert_non_null(strstr(text,
	    "'\\x1b[2J\\x0astep\\\\ \\xc2\\x9b\\xff'"));
	free(text);
	free(map);
	free(svg);
}

static void
a_full_disk_is_told(void **state)
{
	FILE *full = fopen("/dev/full", "w");
	struct plan p = debian_launched();
	struct fail f = { 0 };

	(void)state;
	assert_non_null(full);
	setvbuf(full, NULL, _IONBF, 0);
	assert_int_equal(report_text(&p, full, &f), -1);
	assert_int_equal(f.kind, FAIL_IO);
	f = (struct fail){ 0 };
	assert_int_equal(report_map(&p, full, 80, true, &f), -1);
	assert_int_equal(f.kind, FAIL_IO);
	f = (struct fail){ 0 };
	assert_int_equal(report_svg(&p, full, &f), -1);
	assert_int_equal(f.kind, FAIL_IO);
	fclose(full);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plans_in_words),
		cmocka_unit_test(plans_as_maps),
		cmocka_unit_test(a_plan_as_a_picture),
		cmocka_unit_test(no_map_is_wider_than_asked),
		cmocka_unit_test(domains_of_any_size_are_drawn),
		cmocka_unit_test(thousands_of_segments_are_bounded_work),
		cmocka_unit_test(a_mapping_up_to_the_top_of_the_addresses),
		cmocka_unit_test(no_layout_no_map),
		cmocka_unit_test(what_comes_from_the_input_is_escaped),
		cmocka_unit_test(a_full_disk_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
