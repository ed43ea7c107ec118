/*
 * What of an image reaches the plan: notes, options, the command line.
 */
#include "imagemaker.h"

/* ---- what else becomes of the notes ---- */

static const struct image_note *
note_of(const struct plan_image *img, const char *name)
{
	for (size_t i = 0; i < img->n_notes; i++)
		if (strcmp(img->notes[i].name, name) == 0)
			return &img->notes[i];
	unit_fail("no note %s", name);
	return NULL;
}

static void
notes_reach_the_plan(void **state)
{
	const struct made m = { .notes = N64({ 2, NULL, HIGH_BASE + 0x101000,
	    0 }, { 15, NULL, 0x8000000000, 0 }, { 16, NULL, 1, 4 },
	    { 12, NULL, 0xffff800000000000, 0 }, { 17, NULL, 0x8801, 4 },
	    { 10, "!writable_page_tables|pae_pgdir_above_4gb", 0, 0 },
	    { 99, NULL, 1, 0 }) };
	const struct plan_image *img;
	struct parsed p;

	(void)state;
	parse_made(&p, &m, (struct image_request){ 0 });
	expect("notes", &p, NULL);
	img = &p.plan.image;
	assert_int_equal(img->hypercall_page.value, HIGH_BASE + 0x101000);
	assert_int_equal(img->init_p2m.value, 0x8000000000);
	assert_true(img->mod_start_pfn);
	assert_int_equal(img->hv_start_low.value, 0xffff800000000000);
	assert_int_equal(img->features_supported, 0x8811);
	assert_int_equal(img->features_required, 1);
	assert_int_equal(img->n_notes, 11);
	assert_int_equal(note_of(img, "type 99")->type, 99);
	assert_string_equal(note_of(img, "FEATURES")->text.data,
	    "!writable_page_tables|pae_pgdir_above_4gb");
	assert_int_equal(note_of(img, "ENTRY")->number.value,
	    HIGH_BASE + 0x100000);
	release_parsed(&p);
}

static void
legacy_items_reach_the_plan(void **state)
{
	const struct made m = { OLD_32(xen3_32) };
	const struct plan_image *img;
	struct parsed p;

	(void)state;
	parse_made(&p, &m, (struct image_request){ 0 });
	expect("legacy", &p, NULL);
	img = &p.plan.image;
	assert_int_equal(img->hypercall_page.value, 0xc0100000);
	assert_int_equal(img->paddr_offset, 0xc0000000);
	assert_int_equal(img->features_supported, 5);
	assert_int_equal(img->n_notes, 9);
	assert_int_equal(note_of(img, "PAE")->type, 9);
	assert_string_equal(note_of(img, "GUEST_VER")->text.data, "2.6");
	release_parsed(&p);
}

static void
too_many_notes_are_refused(void **state)
{
	static struct image_bytes b;
	static struct { const char *name; size_t step; const char *want; }
	    many[] = {
		{ "65536 empty notes", 0, NULL },
		{ "one more", 1, "more than 65536 notes" },
	};
	const struct made m = { .bits = 64 };

	(void)state;
	for (size_t i = 0; i < COUNT(many); i++) {
		size_t notes, total = 65536 + many[i].step;
		unsigned char *file = calloc(1, 0x5000 + total * 12);
		struct parsed p;

		assert_non_null(file);
		make_image(&m, &b);
		memcpy(file, b.data, b.n);
		notes = put_notes(file + 0x4000, usual_64);
		total = total - 4; /* the usual four, each alone */
		le_put(file + 64 + 2 * 56 + 8, 8, 0x4000);
		le_put(file + 64 + 2 * 56 + 32, 8, notes + total * 12);
		write_file(test_path("many"), file, 0x4000 + notes +
		    total * 12);
		free(file);
		parse_file(&p, test_path("many"),
		    (struct image_request){ 0 });
		expect(many[i].name, &p, many[i].want);
		release_parsed(&p);
	}
}

/* ---- options ---- */

static const struct {
	const char *name;
	struct made made;
	const char *abi, *features, *format;
	const char *want;
} option_cases[] = {
	{ "-A that suits", { .bits = 64 }, "xen-3.0-x86_64", NULL,
	  NULL, NULL },
	{ "-A of the other width", { .bits = 64 }, "xen-3.0-x86_32p",
	  NULL, NULL, "-A xen-3.0-x86_32p does not suit" },
	{ "-A of 2005 without a string", { .bits = 64 },
	  "xen-3.0pre-x86_64", NULL, NULL, "no section __xen_guest" },
	{ "-A of 2005, string of xen-3.0", { OLD_64(xen3_64) },
	  "xen-3.0pre-x86_64", NULL, NULL, "needs XEN_VER=3.0" },
	{ "-A chooses one of two", { OLD_32("XEN_VER=3.0,XEN_VER=1.3,"
	  "GUEST_OS=linux") }, "xen-1.3-x86_32", NULL, NULL, NULL },
	{ "-f supported", { .notes = N64({ 17, NULL, 0x11, 4 }) },
	  NULL, "writable_page_tables|pae_pgdir_above_4gb", NULL,
	  NULL },
	{ "-f with a comma", { .notes = N64({ 17, NULL, 0x11, 4 }) },
	  NULL, "!writable_page_tables,pae_pgdir_above_4gb", NULL,
	  NULL },
	{ "-f not supported", { .notes = N64({ 17, NULL, 1, 4 }) },
	  NULL, "pae_pgdir_above_4gb", NULL,
	  "does not support feature 'pae_pgdir_above_4gb'" },
	{ "-f dom0", { .notes = N64({ 17, NULL, 0x801, 4 }) }, NULL,
	  "dom0", NULL, "dom0" },
	{ "-F elf", { .bits = 64 }, NULL, NULL, "elf", NULL },
	{ "-F bzimage", { .bits = 64 }, NULL, NULL, "bzimage",
	  "not of format bzimage" },
	{ "-F bin", { .bits = 64 }, NULL, NULL, "bin",
	  "not of format bin" },
};

static void
options_are_obeyed(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(option_cases); i++) {
		struct image_request r = { .features = option_cases[i].features,
		    .format = option_cases[i].format };
		struct parsed p;

		if (option_cases[i].abi != NULL) {
			r.abi = abi_named(option_cases[i].abi);
			assert_non_null(r.abi);
		}
		parse_made(&p, &option_cases[i].made, r);
		expect(option_cases[i].name, &p, option_cases[i].want);
		if (p.rc == 0 && r.abi != NULL)
			assert_ptr_equal(p.plan.image.abi, r.abi);
		release_parsed(&p);
	}
}

static void
command_line_is_never_cut(void **state)
{
	static const struct { unsigned bits; const char *legacy; size_t max; }
	    table[] = { { 64, NULL, 1023 }, { 32, pre_32, 1023 },
		{ 32, p1, 255 } };
	char line[1100];

	(void)state;
	memset(line, 'x', sizeof(line));
	line[10] = '\n';
	for (size_t i = 0; i < 2 * COUNT(table); i++) {
		size_t max = table[i / 2].max, n = max + i % 2;
		struct made m = { .bits = table[i / 2].bits };
		struct parsed p;
		char want[64];

		if (table[i / 2].legacy != NULL)
			m = (struct made){ OLD_32(table[i / 2].legacy) };
		line[n] = '\0';
		snprintf(want, sizeof(want), "%zu bytes, over the %zu", n,
		    max);
		parse_made(&p, &m, (struct image_request){
		    .command_line = line });
		expect("command line", &p, n > max ? want : NULL);
		if (n <= max)
			assert_string_equal(p.plan.command_line.data, line);
		line[n] = 'x';
		release_parsed(&p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(notes_reach_the_plan),
		cmocka_unit_test(legacy_items_reach_the_plan),
		cmocka_unit_test(too_many_notes_are_refused),
		cmocka_unit_test(options_are_obeyed),
		cmocka_unit_test(command_line_is_never_cut),
	};

	return cmocka_run_group_tests(tests, NULL, remove_test_dir);
}
