/*
 * What comes beside the kernel: ramdisks, symbol tables, the store.  P1 to P5
 * in names are the ABIs of xb-abi(7), the oldest first.
 */
#include <time.h>

#include "believed.h"
#include "imagemaker.h"
#include "image/work.h"
#include "memfile.h"
#include "packs.h"

static const struct made kernel_64 = { .bits = 64 };
static const struct made kernel_p2 = { .bits = 32, .where = IN_LEGACY,
    .legacy = "GUEST_OS=linux,XEN_VER=3.0,VIRT_BASE=0xC0000000",
    .absolute = true };

/* The bytes of the source that the plan names for a payload. */
static struct text
payload_bytes(const struct plan *p, const struct payload *payload)
{
	const struct plan_source *s = plan_source_of(p, payload->sha256);
	struct text t = { .n = payload->size };
	int fd;

	assert_non_null(s);
	assert_int_equal(s->path.data[0], '/');
	fd = open(s->path.data, O_RDONLY);
	assert_true(fd >= 0);
	t.data = malloc(t.n + 1);
	assert_non_null(t.data);
	assert_int_equal(read(fd, t.data, t.n + 1), t.n);
	close(fd);
	return t;
}

/* ---- ramdisks ---- */

static void
write_shell(const char *name, const char *command)
{
	char line[400];

	snprintf(line, sizeof(line), "{ %s; } > '%s'", command,
	    test_path(name));
	assert_int_equal(system(line), 0);
}

static void
let_it_settle(void)
{
	usleep(30 * 1000);
}

/* A warning that bytes are left out comes again at a second parse, when the
 * store knows the file. */
static void
assert_warned_each_time(const struct parsed *first, const struct made *kernel,
    struct image_request r, const char *words)
{
	struct parsed second;

	let_it_settle();
	parse_made(&second, kernel, r);
	assert_non_null(strstr(first->said, "warning"));
	assert_non_null(strstr(first->said, words));
	assert_string_equal(first->said, second.said);
	release_parsed(&second);
}

static void
ramdisks(void **state)
{
	static const struct {
		const char *name;
		const struct made *kernel;
		const char *make[3];	/* commands that write them */
		bool unpack;
		const char *want;
		uint64_t size, offset[3];
		const char *says;	/* a warning; NULL: none */
	} table[] = {
		{ "one", &kernel_64, { "printf 12345" }, false, NULL, 5,
		  { 0 }, NULL },
		{ "three, joined at multiples of 4", &kernel_64,
		  { "printf 12345", "printf 1234", "printf 1" }, false, NULL,
		  13, { 0, 8, 12 }, NULL },
		{ "the same twice", &kernel_64, { "printf 1234",
		  "printf 1234" }, false, NULL, 8, { 0, 4 }, NULL },
		{ "empty", &kernel_64, { "true" }, false, "is empty; leave -r",
		  0, { 0 }, NULL },
		{ "gzip stays as it is", &kernel_64, { "printf %1000s "
		  "| gzip -n" }, false, NULL, 29, { 0 }, NULL },
		{ "gzip with -z", &kernel_64, { "printf %1000s | gzip -n" },
		  true, NULL, 1000, { 0 }, NULL },
		{ "xz with -z", &kernel_64, { "printf %1000s | xz" }, true,
		  NULL, 1000, { 0 }, NULL },
		{ "-z without need", &kernel_64, { "printf 12345" }, true,
		  NULL, 5, { 0 }, NULL },
		{ "P2 unpacks gzip", &kernel_p2, { "printf %1000s | gzip -n" },
		  false, NULL, 1000, { 0 }, NULL },
		{ "P2 leaves xz", &kernel_p2, { "printf %1000s | xz -0" },
		  false, NULL, 0, { 0 }, NULL },
		{ "two members of gzip", &kernel_64, { "{ printf %1000s "
		  "| gzip -n; printf %500s | gzip -n; }" }, true, NULL, 1500,
		  { 0 }, NULL },
		{ "P2, three members and zeros", &kernel_p2, { "{ for i in "
		  "1 2 3; do printf %100s | gzip -n; head -c 9 /dev/zero; "
		  "done; }" }, false, NULL, 300, { 0 }, NULL },
		{ "two streams of xz, padded", &kernel_64, { "{ printf %1000s "
		  "| xz; printf '\\0\\0\\0\\0'; printf %500s | xz; }" }, true,
		  NULL, 1500, { 0 }, NULL },
		{ "bytes behind that are no stream", &kernel_64, { "{ printf "
		  "%1000s | gzip -n; printf 1234567; }" }, true, NULL, 1000,
		  { 0 }, "its last 7 bytes are no gzip" },
		{ "another codec behind", &kernel_64, { "{ printf %1000s "
		  "| gzip -n; printf %1000s | xz --check=crc32 -0; }" }, true,
		  NULL, 2000, { 0 }, NULL },
		{ "P2, another codec behind", &kernel_p2, { "{ printf %1000s "
		  "| gzip -n; printf %1000s | xz --check=crc32 -0; }" }, false,
		  NULL, 1000, { 0 }, "bytes are no gzip stream" },
		{ "two codecs, the first of no whole words", &kernel_64, { "{ "
		  "printf 12345 | gzip -n; printf 678 | xz; }" }, true, NULL,
		  11, { 0 }, NULL },
		{ "a damaged second member", &kernel_64, { "{ printf %1000s "
		  "| gzip -n; printf %1000s | gzip -n | head -c 20; }" },
		  true, "/r0'", 0, { 0 }, NULL },
		{ "damaged", &kernel_64, { "printf %1000s | gzip -n "
		  "| head -c 20" }, true, "/r0'", 0, { 0 }, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		char path[3][256];
		const char *paths[3] = { path[0], path[1], path[2] };
		struct image_request r = { .ramdisks = paths,
		    .unpack_ramdisk = table[i].unpack };
		struct parsed p;

		for (; r.n_ramdisks < 3 && table[i].make[r.n_ramdisks] != NULL;
		    r.n_ramdisks++) {
			char name[8];

			snprintf(name, sizeof(name), "r%zu", r.n_ramdisks);
			write_shell(name, table[i].make[r.n_ramdisks]);
			snprintf(path[r.n_ramdisks], sizeof(path[0]), "%s",
			    test_path(name));
		}
		parse_made(&p, table[i].kernel, r);
		expect(table[i].name, &p, table[i].want);
		if (table[i].want == NULL && table[i].size != 0)
			assert_int_equal(p.plan.modules[0].size,
			    table[i].size);
		if (table[i].says != NULL)
			assert_warned_each_time(&p, table[i].kernel, r,
			    table[i].says);
		else if (p.rc == 0)
			assert_null(strstr(p.said, "warning"));
		for (size_t n = 0; p.rc == 0 && n < r.n_ramdisks; n++) {
			const struct module_part *part =
			    &p.plan.modules[0].parts[n];
			struct text t = payload_bytes(&p.plan, &part->payload);

			assert_int_equal(part->offset, table[i].offset[n]);
			free(t.data);
		}
		release_parsed(&p);
	}
}

static void
no_ramdisk_no_module(void **state)
{
	struct parsed p;

	(void)state;
	parse_made(&p, &kernel_64, (struct image_request){ 0 });
	expect("no ramdisk", &p, NULL);
	assert_int_equal(p.plan.has, PLAN_BIT(PLAN_IMAGE) |
	    PLAN_BIT(PLAN_COMMAND_LINE) | PLAN_BIT(PLAN_SOURCES));
	assert_int_equal(p.plan.command_line.size, 0);
	release_parsed(&p);
}

/* ---- symbol tables ---- */

static const struct payload *
symbols(const struct plan *p)
{
	const struct payload *payload = plan_payload(p, "symtab");

	assert_non_null(payload);
	return payload;
}

static uint64_t
header(const struct text *t, const struct elf_width *w, size_t section,
    enum elf_field field)
{
	return elfimage_get(w, field, t->data + 4 + w->header +
	    section * w->section);
}

static const struct {
	const char *name;
	struct made made;
	size_t headers, symbols, strings; /* sections of the copy */
	uint64_t align, kend;
} symtab_cases[] = {
	{ "P5", { .notes = N64({ 11, "yes", 0, 0 }) }, 3, 1, 2, 8,
	  HIGH_BASE + 0x101800 + 264 + 72 + 16 },
	{ "P5 legacy", { .where = IN_LEGACY, .legacy = "LOADER=generic,"
	  "XEN_VER=xen-3.0,VIRT_BASE=0xffffffff80000000,BSD_SYMTAB=yes",
	  .absolute = true }, 3, 1, 2, 8,
	  HIGH_BASE + 0x101800 + 264 + 72 + 16 },
	{ "P4", { .bits = 32, .notes = N32({ 11, "yes", 0, 0 }) }, 3, 1, 2, 4,
	  0xc0101800 + 176 + 48 + 16 },
	{ "P3", { .where = IN_LEGACY, .legacy = "LOADER=generic,XEN_VER=3.0,"
	  "BSD_SYMTAB", .absolute = true }, SH_COUNT, SH_SYMBOLS, SH_STRINGS,
	  8, HIGH_BASE + 0x102000 },
	{ "P2", { .bits = 32, .where = IN_LEGACY, .legacy = "LOADER=generic,"
	  "XEN_VER=3.0,BSD_SYMTAB", .absolute = true }, SH_COUNT, SH_SYMBOLS,
	  SH_STRINGS, 4, 0xc0102000 },
};

static void
check_table(const char *name, const struct text *t, const struct elf_width *w,
    size_t section, const void *bytes, size_t n, uint64_t align)
{
	uint64_t at = header(t, w, section, SH_OFFSET);

	if (at + 4 + n > t->n || (at + 4) % align != 0 ||
	    header(t, w, section, SH_SIZE) != n)
		unit_fail("%s: section %zu at 0x%lx", name, section, (long)at);
	if (memcmp(t->data + 4 + at, bytes, n) != 0)
		unit_fail("%s: bytes of section %zu", name, section);
}

static void
symbol_tables(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(symtab_cases); i++) {
		const struct elf_width *w = made_width(&symtab_cases[i].made);
		const struct image_segment *s;
		unsigned char symbol[SYMBOLS * 24];
		struct parsed p;
		struct text t;

		parse_made(&p, &symtab_cases[i].made,
		    (struct image_request){ 0 });
		expect(symtab_cases[i].name, &p, NULL);
		t = payload_bytes(&p.plan, symbols(&p.plan));
		s = &p.plan.image.segments[2];
		assert_string_equal(s->role, "symtab");
		assert_int_equal(s->va % symtab_cases[i].align, 0);
		assert_int_equal(s->filesz, t.n);
		if (p.plan.image.kend != symtab_cases[i].kend)
			unit_fail("%s: kend %lx", symtab_cases[i].name,
			    (long)p.plan.image.kend);
		assert_int_equal(le_get(t.data, 4), t.n - 4);
		assert_memory_equal(t.data + 4, "\177ELF", 4);
		assert_int_equal(elfimage_get(w, E_SHNUM, t.data + 4),
		    symtab_cases[i].headers);
		assert_int_equal(elfimage_get(w, E_SHOFF, t.data + 4),
		    w->header);
		assert_int_equal(elfimage_get(w, E_PHNUM, t.data + 4), 0);
		assert_int_equal(elfimage_get(w, E_SHSTRNDX, t.data + 4), 0);
		memset(symbol, 0x5a, sizeof(symbol));
		check_table(symtab_cases[i].name, &t, w,
		    symtab_cases[i].symbols, symbol, SYMBOLS * w->symbol,
		    symtab_cases[i].align);
		check_table(symtab_cases[i].name, &t, w,
		    symtab_cases[i].strings, "\0start\0entry", STRTAB_SIZE,
		    symtab_cases[i].align);
		assert_int_equal(header(&t, w, symtab_cases[i].symbols,
		    SH_LINK), symtab_cases[i].strings);
		free(t.data);
		release_parsed(&p);
	}
}

/* 2005: unlinked strings keep their name at offset 0, others lose it. */
static void
names_of_2005(void **state)
{
	struct parsed p;
	struct text t;

	(void)state;
	parse_made(&p, &symtab_cases[3].made, (struct image_request){ 0 });
	expect("P3", &p, NULL);
	t = payload_bytes(&p.plan, symbols(&p.plan));
	assert_int_equal(header(&t, &elf_widths[1], SH_NAMES, SH_NAME), 1);
	assert_int_equal(header(&t, &elf_widths[1], SH_NAMES, SH_OFFSET), 0);
	assert_int_equal(header(&t, &elf_widths[1], SH_STRINGS, SH_NAME), 0);
	assert_int_equal(header(&t, &elf_widths[1], SH_GUEST, SH_NAME), 0);
	assert_int_equal(header(&t, &elf_widths[1], SH_GUEST, SH_OFFSET),
	    AT_LEGACY);
	free(t.data);
	release_parsed(&p);
}

static void
bytes_between_are_zero(void **state)
{
	const struct elf_width *w = &elf_widths[1];
	struct parsed p;
	struct text t;

	(void)state;
	parse_made(&p, &symtab_cases[0].made, (struct image_request){ 0 });
	expect("P5", &p, NULL);
	t = payload_bytes(&p.plan, symbols(&p.plan));
	for (size_t at = 4u + w->header + 3u * w->section; at < 264; at++)
		assert_int_equal(t.data[at], 0);
	for (size_t at = 4u + w->header; at < 4u + w->header + w->section;
	    at++)
		assert_int_equal(t.data[at], 0); /* the null section */
	free(t.data);
	release_parsed(&p);
}

static void
no_symbols_no_table(void **state)
{
	const struct made m = { .notes = N64({ 11, "yes", 0, 0 }),
	    .pokes = { { SH_TYPE, SH_SYMBOLS, 1, 0, 0 } } };
	struct parsed p;

	(void)state;
	parse_made(&p, &m, (struct image_request){ 0 });
	expect("no symbols", &p, NULL);
	assert_int_equal(p.plan.image.n_payloads, 1);
	assert_non_null(strstr(p.said, "asks for its symbols"));
	release_parsed(&p);
}

/* ---- the store ---- */

/* A second parse needs no codec: the packed bytes are gone by then. */
static void
a_kernel_is_unpacked_once(void **state)
{
	struct image_bytes *b;
	struct parsed first, second;
	struct text elf, t;

	(void)state;
	only_where_believed(test_path("."));
	b = malloc(sizeof(*b));
	assert_non_null(b);
	make_image(&kernel_64, b);
	elf = (struct text){ b->data, b->n };
	t = pack("gzip -n", &elf);
	write_file(test_path("once"), t.data, t.n);
	let_it_settle();
	parse_file(&first, test_path("once"), (struct image_request){ 0 });
	expect("first", &first, NULL);
	parse_file(&second, test_path("once"), (struct image_request){
	    .window_max = 1 /* what a decoder would refuse */ });
	expect("second", &second, NULL);
	assert_memory_equal(first.plan.image.payloads[0].sha256,
	    second.plan.image.payloads[0].sha256, SHA256_BYTES);
	release_parsed(&second);
	parse_file(&second, test_path("once"), (struct image_request){
	    .output_max = 100 });
	expect("known, and over the limit", &second,
	    "unpacks to 12544 bytes, over the limit of 100");
	release_parsed(&second);
	release_parsed(&first);
	free(t.data);
	free(b);
}

/* Without a store, what needs none is parsed all the same. */
static void
a_store_out_of_reach(void **state)
{
	struct image_bytes *b = malloc(sizeof(*b));
	struct parsed p;

	(void)state;
	assert_non_null(b);
	make_image(&kernel_64, b);
	write_file(test_path("kernel"), b->data, b->n);
	free(b);
	assert_int_equal(setenv("XB_STORE", "/proc/no/store", 1), 0);
	memset(&p, 0, sizeof(p));
	p.f.say = hear;
	p.f.say_arg = &p;
	plan_init(&p.plan);
	p.rc = image_parse(&p.plan, &(struct image_request){
	    .kernel = test_path("kernel") }, &p.f);
	expect("no store", &p, NULL);
	assert_non_null(strstr(p.said, "/proc/no/store"));
	release_parsed(&p);
	unsetenv("XB_STORE");
	parse_file(&p, test_path("kernel"), (struct image_request){
	    .store = "/proc/no/store" });
	assert_int_equal(p.rc, -1);
	release_parsed(&p);
}

/* ---- bytes in memory ---- */

static int
no_symbols(void *arg, const void *bytes, size_t n, struct fail *f)
{
	(void)arg, (void)bytes, (void)n;
	return fail_bug(f, "the image asks for no symbols");
}

static void
expect_read(const struct image_bytes *b, struct image_work *w, int want)
{
	static struct plan plan;
	struct fail f = { .kind = FAIL_NONE };

	plan_init(&plan);
	w->plan = &plan;
	w->put = no_symbols;
	w->codec = "none";
	w->file = (struct image_file){ .what = "memory", .id.size = b->n,
	    .fd = memory_file(b->data, b->n), .size = b->n };
	assert_int_equal(image_read(w, &f), want);
	if (want == 0 && w->need.codec == NULL)
		assert_string_equal(plan.image.abi->name, "xen-3.0-x86_64");
	imagefile_close(&w->file);
	arena_release(&w->scratch);
	plan_release(&plan);
}

/* A file that cannot be read is no file of another format. */
static void
a_probe_that_cannot_read(void **state)
{
	struct image_file file = { .what = "unreadable", .size = 64,
	    .id = { .size = 64 } };
	struct fail f = { .kind = FAIL_NONE };

	(void)state;
	file.fd = open("/dev/null", O_WRONLY);
	assert_true(file.fd >= 0);
	assert_int_equal(elfimage_probe(&file, &f), -1);
	assert_int_equal(f.kind, FAIL_IO);
	assert_non_null(strstr(f.message, "cannot read 'unreadable'"));
	imagefile_close(&file);
}

/* What reads images needs no file, no store and no process. */
static void
an_image_in_memory(void **state)
{
	const struct image_request request = { .kernel = NULL };
	struct image_work w = { .request = &request };
	struct image_bytes *b = malloc(sizeof(*b));

	(void)state;
	assert_non_null(b);
	make_image(&kernel_64, b);
	expect_read(b, &w, 0);
	assert_null(w.need.codec);
	b->n /= 2;
	expect_read(b, &w, -1);
	memcpy(b->data, "\x1f\x8b\x08\0", 4);
	expect_read(b, &w, 0);
	assert_string_equal(w.need.codec->name, "gzip");
	assert_int_equal(w.need.size, b->n);
	assert_int_equal(w.need.depth, IN_STREAM);
	w.depth = w.need.depth;
	expect_read(b, &w, -1);
	free(b);
}

/* ---- a file that changes ---- */

static void
truncated_under_our_hands(void **state)
{
	struct image_file file;
	struct arena arena = ARENA_INIT;
	struct fail f = { .kind = FAIL_NONE };
	unsigned char head[64];
	char path[256];

	(void)state;
	snprintf(path, sizeof(path), "%s", test_path("shrinks"));
	write_file(path, "0123456789abcdef", 16);
	assert_int_equal(imagefile_open(&file, path, FILE_INPUT_MAX,
	    &arena, &f), 0);
	assert_int_equal(truncate(path, 8), 0);
	assert_int_equal(imagefile_read(&file, 0, head, 16, &f), -1);
	assert_int_equal(f.kind, FAIL_INPUT);
	assert_non_null(strstr(f.message, "changed while it was read"));
	f.kind = FAIL_NONE;
	assert_int_equal(imagefile_read(&file, UINT64_MAX, head, 16, &f), -1);
	assert_non_null(strstr(f.message, "is truncated"));
	imagefile_close(&file);
	arena_release(&arena);
}

/* The one source of a kernel that is its own payload. */
static struct file_id
source_id(const char *path)
{
	struct file_id id;
	struct parsed p;

	parse_file(&p, path, (struct image_request){ 0 });
	expect(path, &p, NULL);
	assert_int_equal(p.plan.n_sources, 1);
	id = p.plan.sources[0].id;
	release_parsed(&p);
	return id;
}

/*
 * The plan names an identity only where the file could not change under it: a
 * file just written is waited for, one with a time to come has none.
 */
static void
parsed_while_unsettled(void **state)
{
	const struct timespec later[2] = { { .tv_sec = time(NULL) + 3600 },
	    { .tv_sec = time(NULL) + 3600 } };
	static const struct file_id none;
	struct image_bytes *b;
	struct fail f = { .kind = FAIL_NONE };
	struct file_id id, now;
	char path[256];
	int fd;

	(void)state;
	only_where_believed(test_path("."));
	b = malloc(sizeof(*b));
	assert_non_null(b);
	make_image(&kernel_64, b);
	snprintf(path, sizeof(path), "%s", test_path("young"));
	write_file(path, b->data, b->n);
	id = source_id(path);
	fd = file_open(path, &now, &f);
	assert_true(fd >= 0);
	close(fd);
	assert_true(id.settled);
	assert_true(file_id_equal(&id, &now));
	assert_int_equal(utimensat(AT_FDCWD, path, later, 0), 0);
	id = source_id(path);
	assert_true(file_id_equal(&id, &none));
	free(b);
}

/* A file is rewritten at the same size, within a clock tick of its opening. */
static void
rewritten_during_parse(void **state)
{
	struct image_file file;
	struct arena arena = ARENA_INIT;
	struct fail f = { .kind = FAIL_NONE };
	unsigned char head[16];
	char path[256];

	(void)state;
	snprintf(path, sizeof(path), "%s", test_path("rewritten"));
	write_file(path, "0123456789abcdef", 16);
	assert_int_equal(imagefile_open(&file, path, FILE_INPUT_MAX,
	    &arena, &f), 0);
	assert_int_equal(imagefile_read(&file, 0, head, 16, &f), 0);
	write_file(path, "0123456789ABCDEF", 16);
	assert_int_equal(file_unchanged(file.fd, path, &file.id, &f), -1);
	assert_non_null(strstr(f.message, "changed while it was read"));
	imagefile_close(&file);
	arena_release(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ramdisks),
		cmocka_unit_test(no_ramdisk_no_module),
		cmocka_unit_test(symbol_tables),
		cmocka_unit_test(names_of_2005),
		cmocka_unit_test(bytes_between_are_zero),
		cmocka_unit_test(no_symbols_no_table),
		cmocka_unit_test(a_kernel_is_unpacked_once),
		cmocka_unit_test(a_store_out_of_reach),
		cmocka_unit_test(a_probe_that_cannot_read),
		cmocka_unit_test(an_image_in_memory),
		cmocka_unit_test(truncated_under_our_hands),
		cmocka_unit_test(parsed_while_unsettled),
		cmocka_unit_test(rewritten_during_parse),
	};

	return cmocka_run_group_tests(tests, NULL, remove_test_dir);
}
