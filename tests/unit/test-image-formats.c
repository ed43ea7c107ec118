/*
 * Formats around and beside ELF: bzImage, the 'bin' table, whole files that
 * are compressed, and files that are no kernels at all.  P1 to P5 in names are
 * the ABIs of xb-abi(7), the oldest first.
 */
#include "imagemaker.h"
#include "packs.h"

enum { SETUP_SECTS = 2, PAYLOAD_OFFSET = 0x40,
	PAYLOAD_AT = (SETUP_SECTS + 1) * 512 + PAYLOAD_OFFSET };

static const struct made plain_64 = { .bits = 64 };

static struct text
elf_text(const struct made *m)
{
	static struct image_bytes b;
	struct text t;

	make_image(m, &b);
	t.n = b.n;
	t.data = malloc(b.n);
	assert_non_null(t.data);
	memcpy(t.data, b.data, b.n);
	return t;
}

/* ---- bzImage ---- */

struct bz {
	const char *name;
	const char *command;		/* packs the ELF image; NULL: as it
					 * is */
	int64_t lie;			/* added to the true size word */
	bool no_size;			/* no size word, as after gzip */
	struct poke pokes[2];		/* raw */
	uint32_t cut;			/* bytes off the end */
	const char *want, *codec;
};

static const struct bz bz_cases[] = {
	{ .name = "gzip", .command = "gzip -n", .no_size = true,
	  .codec = "gzip" },
	{ .name = "xz", .command = "xz --check=crc32", .codec = "xz" },
	{ .name = "bzip2", .command = "bzip2", .codec = "bzip2" },
	{ .name = "zstd", .command = "zstd -q", .codec = "zstd" },
	{ .name = "lzma", .command = "xz --format=lzma", .codec = "lzma" },
	{ .name = "not compressed", .no_size = true, .codec = "none" },
	{ .name = "version max", .command = "gzip -n", .no_size = true,
	  .pokes = { RAW(0x206, 2, 0xffff) }, .codec = "gzip" },
	{ .name = "version 2.07", .command = "gzip -n", .no_size = true,
	  .pokes = { RAW(0x206, 2, 0x207) },
	  .want = "boot protocol version at 0x206 is 0x207*0x208" },
	{ .name = "version 0", .command = "gzip -n", .no_size = true,
	  .pokes = { RAW(0x206, 2, 0) }, .want = "at 0x206 is 0x0" },
	{ .name = "setup_sects 0 is not 4", .command = "gzip -n",
	  .no_size = true, .pokes = { RAW(0x1f1, 1, 0) },
	  .want = "payload at 0x240*neither an ELF image nor compressed" },
	{ .name = "payload_offset 0", .command = "gzip -n", .no_size = true,
	  .pokes = { RAW(0x248, 4, 0) },
	  .want = "payload at 0x600 is neither" },
	{ .name = "payload_offset max", .command = "gzip -n", .no_size = true,
	  .pokes = { RAW(0x248, 4, 0xffffffff) },
	  .want = "payload_offset at 0x248 is 0x1000005ff*past its end" },
	{ .name = "payload_length 0", .command = "gzip -n", .no_size = true,
	  .pokes = { RAW(0x24c, 4, 0) }, .want = "payload_length at 0x24c" },
	{ .name = "payload_length 1", .command = "gzip -n", .no_size = true,
	  .pokes = { RAW(0x24c, 4, 1) }, .want = "neither an ELF image" },
	{ .name = "payload_length 6", .command = "xz", .pokes = {
	  RAW(0x24c, 4, 6) }, .want = "ends early" },
	{ .name = "payload_length max", .command = "gzip -n", .no_size = true,
	  .pokes = { RAW(0x24c, 4, 0xffffffff) },
	  .want = "payload_length*past the end of the file" },
	{ .name = "cut in the payload", .command = "gzip -n", .no_size = true,
	  .cut = 100, .want = "payload_length*past the end of the file" },
	{ .name = "size word too small", .command = "xz", .lie = -1,
	  .want = "the size after the payload at 0x*is 0x30ff*at least" },
	{ .name = "size word too large", .command = "xz", .lie = 1,
	  .want = "the size after the payload*is 0x3101*unpacks to 12544" },
	{ .name = "size word over the limit", .command = "xz",
	  .lie = 0x40000000, .want = "over the limit*-L" },
	{ .name = "nested compression", .command = "gzip -n | gzip -n",
	  .no_size = true, .want = "no ELF image*compressed again, with gzip" },
	{ .name = "a script inside", .command = "cat >/dev/null; echo '#!/bin/"
	  "sh' | gzip -n", .no_size = true, .want = "looks like a script" },
};

static struct text
bz_image(const struct bz *c, const struct made *inner)
{
	struct text elf = elf_text(inner), packed = elf, out;

	if (c->command != NULL)
		packed = pack(c->command, &elf);
	out.n = PAYLOAD_AT + packed.n + (c->no_size ? 0 : 4);
	out.data = calloc(1, out.n);
	assert_non_null(out.data);
	out.data[0x1f1] = SETUP_SECTS;
	memcpy(out.data + 0x202, "HdrS", 4);
	le_put(out.data + 0x206, 2, 0x20f);
	le_put(out.data + 0x248, 4, PAYLOAD_OFFSET);
	le_put(out.data + 0x24c, 4, out.n - PAYLOAD_AT);
	memcpy(out.data + PAYLOAD_AT, packed.data, packed.n);
	if (!c->no_size)
		le_put(out.data + out.n - 4, 4,
		    elf.n + (uint64_t)c->lie);
	for (size_t i = 0; i < COUNT(c->pokes) && c->pokes[i].size > 0; i++)
		le_put(out.data + c->pokes[i].at, c->pokes[i].size,
		    c->pokes[i].value);
	out.n -= c->cut;
	if (c->command != NULL)
		free(packed.data);
	free(elf.data);
	return out;
}

static void
bzimages(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bz_cases); i++) {
		const struct bz *c = &bz_cases[i];
		struct text t = bz_image(c, &plain_64);
		struct parsed p;

		write_file(test_path("bz"), t.data, t.n);
		parse_file(&p, test_path("bz"), (struct image_request){
		    .output_max = 16 << 20 });
		expect(c->name, &p, c->want);
		if (c->want == NULL) {
			assert_string_equal(p.plan.image.container, "bzimage");
			assert_string_equal(p.plan.image.codec, c->codec);
			assert_int_equal(p.plan.image.segments[0].offset,
			    c->command == NULL ? PAYLOAD_AT + AT_TEXT :
			    AT_TEXT);
		}
		release_parsed(&p);
		free(t.data);
	}
}

static void
linux_without_xen(void **state)
{
	const struct bz c = { .command = "gzip -n", .no_size = true };
	const struct made none = { .where = IN_NOTHING };
	struct text t = bz_image(&c, &none);
	struct parsed p;

	(void)state;
	write_file(test_path("bz"), t.data, t.n);
	parse_file(&p, test_path("bz"), (struct image_request){ 0 });
	expect("Linux", &p, "not a Xen kernel: no notes*Linux kernel built "
	    "without Xen");
	release_parsed(&p);
	free(t.data);
}

/* ---- 'bin' tables ---- */

struct bin {
	const char *name;
	const char *abi;		/* -A */
	unsigned word;			/* 0: 4 */
	uint32_t at;			/* of the table */
	uint64_t flags, header, load, load_end, bss_end, entry;
	uint64_t checksum_lie;
	uint32_t size;			/* of the file, 0: 0x4000 */
	const char *want;
	const char *is;			/* the ABI it comes out as */
	uint64_t virt_base, kstart, kend, offset;
};

#define LOAD	UINT64_C(0xc0100000)
#define P4_FLAGS 0x14000
#define P5_FLAGS 0x18000

static const struct bin bin_cases[] = {
	{ "P4", NULL, 4, 0x40, P4_FLAGS, LOAD + 0x40, LOAD, 0, 0, LOAD, 0, 0,
	  NULL, "xen-3.0-x86_32p", LOAD, LOAD, LOAD + 0x4000, 0 },
	{ "P4 bimodal", NULL, 4, 0x40, 0x1c000, LOAD + 0x40, LOAD, 0, 0, LOAD,
	  0, 0, NULL, "xen-3.0-x86_32p", LOAD, LOAD, LOAD + 0x4000, 0 },
	{ "P5", NULL, 4, 0x40, P5_FLAGS, 0x200040, 0x200000, 0, 0x210000,
	  0x200000, 0, 0, NULL, "xen-3.0-x86_64", 0x200000, 0x200000, 0x210000,
	  0 },
	{ "P4, skips a page of the file", NULL, 4, 0x1040, P4_FLAGS,
	  LOAD + 0x1040, LOAD + 0x1000, LOAD + 0x3000, LOAD + 0x5001,
	  LOAD + 0x1000, 0, 0, NULL, "xen-3.0-x86_32p", LOAD, LOAD + 0x1000,
	  LOAD + 0x5001, 0x1000 },
	{ "P4, last offset", NULL, 4, 0x1ffc, P4_FLAGS, LOAD + 0x1ffc, LOAD, 0,
	  0, LOAD, 0, 0, NULL, "xen-3.0-x86_32p", LOAD, LOAD, LOAD + 0x4000,
	  0 },
	{ "P4, past the last offset", NULL, 4, 0x2000, P4_FLAGS, LOAD + 0x2000,
	  LOAD, 0, 0, LOAD, 0, 0, "not a kernel image", NULL, 0, 0, 0, 0 },
	{ "P4, file is the table and no more", NULL, 4, 0, P4_FLAGS, LOAD, LOAD,
	  0, 0, LOAD, 0, 32, "not a kernel image", NULL, 0, 0, 0, 0 },
	{ "P2", "xen-3.0pre-x86_32", 4, 0x40, 0x10001, LOAD + 0x40, LOAD, 0, 0,
	  LOAD, 0, 0, NULL, "xen-3.0pre-x86_32", LOAD, LOAD, LOAD + 0x4000,
	  0 },
	{ "P2, last offset", "xen-3.0pre-x86_32", 4, 8156, 0x10000,
	  LOAD + 8156, LOAD, 0, 0, LOAD, 0, 0, NULL, "xen-3.0pre-x86_32", LOAD,
	  LOAD, LOAD + 0x4000, 0 },
	{ "P2, past the last offset", "xen-3.0pre-x86_32", 4, 8160, 0x10000,
	  LOAD + 8160, LOAD, 0, 0, LOAD, 0, 0, "not a kernel image", NULL, 0,
	  0, 0, 0 },
	{ "P3", "xen-3.0pre-x86_64", 8, 0x40, 0x10000, HIGH_BASE + 0x40,
	  HIGH_BASE, 0, HIGH_BASE + 0x9000, HIGH_BASE, 0, 0, NULL,
	  "xen-3.0pre-x86_64", HIGH_BASE, HIGH_BASE, HIGH_BASE + 0x9000, 0 },
	{ "P3, last offset", "xen-3.0pre-x86_64", 8, 8120, 0x10000,
	  HIGH_BASE + 8120, HIGH_BASE, 0, 0, HIGH_BASE, 0, 0, NULL,
	  "xen-3.0pre-x86_64", HIGH_BASE, HIGH_BASE, HIGH_BASE + 0x4000, 0 },
	{ "P3, past the last offset", "xen-3.0pre-x86_64", 8, 8128, 0x10000,
	  HIGH_BASE + 8128, HIGH_BASE, 0, 0, HIGH_BASE, 0, 0,
	  "not a kernel image", NULL, 0, 0, 0, 0 },
	{ "no ABI without -A", NULL, 4, 0x40, 0x10000, LOAD + 0x40, LOAD, 0, 0,
	  LOAD, 0, 0, "flags at 0x44 is 0x10000*-A xen-3.0pre-x86_32", NULL, 0,
	  0, 0, 0 },
	{ "8-byte words without -A", NULL, 8, 0x40, 0x10000, HIGH_BASE + 0x40,
	  HIGH_BASE, 0, 0, HIGH_BASE, 0, 0, "flags at 0x48*"
	  "-A xen-3.0pre-x86_64", NULL, 0, 0, 0, 0 },
	{ "-A of another width", "xen-3.0-x86_64", 4, 0x40, P4_FLAGS,
	  LOAD + 0x40, LOAD, 0, 0, LOAD, 0, 0, "-A xen-3.0-x86_64 does not "
	  "suit*xen-3.0-x86_32p", NULL, 0, 0, 0, 0 },
	{ "-A P2 with a type", "xen-3.0pre-x86_32", 4, 0x40, P4_FLAGS,
	  LOAD + 0x40, LOAD, 0, 0, LOAD, 0, 0, "flags at 0x44 is 0x14000", NULL,
	  0, 0, 0, 0 },
	{ "unknown flag", NULL, 4, 0x40, P4_FLAGS | 2, LOAD + 0x40, LOAD, 0, 0,
	  LOAD, 0, 0, "flags at 0x44 is 0x14002*0x10000", NULL, 0, 0, 0, 0 },
	{ "bad checksum", NULL, 4, 0x40, P4_FLAGS, LOAD + 0x40, LOAD, 0, 0,
	  LOAD, 1, 0, "not a kernel image", NULL, 0, 0, 0, 0 },
	{ "header_addr below load_addr", NULL, 4, 0x40, P4_FLAGS, LOAD - 1,
	  LOAD, 0, 0, LOAD, 0, 0, "header_addr at 0x4c is 0xc00fffff, below "
	  "load_addr", NULL, 0, 0, 0, 0 },
	{ "load_addr before the file", NULL, 4, 0x40, P4_FLAGS, LOAD + 0x41,
	  LOAD, 0, 0, LOAD, 0, 0, "header_addr*further above", NULL, 0, 0, 0,
	  0 },
	{ "header_addr 0", NULL, 4, 0x40, P4_FLAGS, 0, 0, 0, 0, 0, 0, 0,
	  "header_addr*below 0", NULL, 0, 0, 0, 0 },
	{ "header_addr max", NULL, 4, 0x40, P4_FLAGS, 0xffffffff, 0xffffffff,
	  0, 0, 0xffffffff, 0, 0, "header_addr*wraps", NULL, 0, 0, 0, 0 },
	{ "load_addr max", NULL, 4, 0x40, P4_FLAGS, LOAD + 0x40, 0xffffffff, 0,
	  0, LOAD, 0, 0, "below load_addr", NULL, 0, 0, 0, 0 },
	{ "load_end_addr max", NULL, 4, 0x40, P4_FLAGS, LOAD + 0x40, LOAD,
	  0xffffffff, 0, LOAD, 0, 0, "load_end_addr at 0x54*past the end",
	  NULL, 0, 0, 0, 0 },
	{ "load_end_addr 1", NULL, 4, 0x40, P4_FLAGS, LOAD + 0x40, LOAD, 1, 0,
	  LOAD, 0, 0, "load_end_addr*not above load_addr", NULL, 0, 0, 0, 0 },
	{ "bss_end_addr 1", NULL, 4, 0x40, P4_FLAGS, LOAD + 0x40, LOAD, 0, 1,
	  LOAD, 0, 0, "bss_end_addr at 0x58*below the end", NULL, 0, 0, 0, 0 },
	{ "bss_end_addr max", NULL, 4, 0x40, P4_FLAGS, LOAD + 0x40, LOAD, 0,
	  0xffffffff, LOAD, 0, 0, "hypervisor's hole", NULL, 0, 0, 0, 0 },
	{ "entry_addr max", NULL, 4, 0x40, P4_FLAGS, LOAD + 0x40, LOAD, 0, 0,
	  0xffffffff, 0, 0, "entry_addr at 0x5c*outside the kernel", NULL, 0,
	  0, 0, 0 },
	{ "not at a page", NULL, 4, 0x40, P4_FLAGS, LOAD + 0x50, LOAD + 0x10,
	  0, 0, LOAD + 0x10, 0, 0, "not a multiple of 4096", NULL, 0, 0, 0,
	  0 },
};

static struct text
bin_image(const struct bin *c)
{
	unsigned w = c->word;
	struct text t = { .n = c->size == 0 ? 0x4000 : c->size };
	const uint64_t words[] = { 0x336ec578, c->flags,
	    c->checksum_lie - (0x336ec578 + c->flags), c->header, c->load,
	    c->load_end, c->bss_end, c->entry };

	t.data = calloc(1, 0x5000);
	assert_non_null(t.data);
	for (size_t i = 0; i < COUNT(words); i++)
		le_put(t.data + c->at + i * w, w, words[i]);
	return t;
}

static void
bin_tables(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bin_cases); i++) {
		const struct bin *c = &bin_cases[i];
		struct text t = bin_image(c);
		const struct plan_image *img;
		struct parsed p;

		write_file(test_path("bin"), t.data, t.n);
		parse_file(&p, test_path("bin"), (struct image_request){
		    .abi = c->abi == NULL ? NULL : abi_named(c->abi) });
		expect(c->name, &p, c->want);
		free(t.data);
		img = &p.plan.image;
		if (c->want == NULL && (strcmp(img->abi->name, c->is) != 0 ||
		    img->virt_base != c->virt_base ||
		    img->kstart != c->kstart || img->kend != c->kend ||
		    img->segments[0].offset != c->offset))
			unit_fail("%s: %s %lx %lx-%lx from %lx", c->name,
			    img->abi->name, (long)img->virt_base,
			    (long)img->kstart, (long)img->kend,
			    (long)img->segments[0].offset);
		if (c->want == NULL)
			assert_string_equal(img->notes_from, "bin table");
		release_parsed(&p);
	}
}

/* A table in an ELF file: xen-3.0 looks for it first, 2005 last. */
static void
elf_with_a_table(void **state)
{
	static const struct { const char *name; uint32_t flags;
	    const char *abi, *format; } table[] = {
		{ "of xen-3.0", P5_FLAGS, NULL, "bin" },
		{ "of 2005", 0x10000, NULL, "elf" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		const struct bin b = { .word = 4, .at = AT_TEXT - 0x100,
		    .flags = table[i].flags, .header = 0x200000 + AT_TEXT -
		    0x100, .load = 0x200000, .entry = 0x200000 };
		struct text elf = elf_text(&plain_64), t = bin_image(&b);
		struct parsed p;

		memcpy(elf.data + b.at, t.data + b.at, 32);
		write_file(test_path("both"), elf.data, elf.n);
		parse_file(&p, test_path("both"), (struct image_request){ 0 });
		expect(table[i].name, &p, NULL);
		assert_string_equal(p.plan.image.format, table[i].format);
		release_parsed(&p);
		free(elf.data);
		free(t.data);
	}
}

/* ---- compressed as a whole ---- */

static void
whole_files(void **state)
{
	static const struct { const char *name, *command, *codec, *want;
	    uint64_t limit; size_t cut; const char *said; } table[] = {
		{ "gzip", "gzip -n", "gzip", NULL, 0, 0, NULL },
		{ "xz", "xz", "xz", NULL, 0, 0, NULL },
		{ "zstd", "zstd -q", "zstd", NULL, 0, 0, NULL },
		{ "trailing bytes", "gzip -n; echo rubbish", "gzip", NULL, 0,
		  0, "8 bytes after the gzip stream are ignored" },
		{ "another member", "gzip -n; echo more | gzip -n", "gzip",
		  NULL, 0, 0, "after the gzip stream are ignored" },
		{ "cut", "xz", NULL, "ends early", 0, 20, NULL },
		{ "gzip of 17 bytes", "head -c 0 | gzip -n | head -c 17", NULL,
		  "", 0, 0, NULL },
		{ "nothing inside", "head -c 0 | gzip -n", NULL,
		  "unpacks to nothing", 0, 0, NULL },
		{ "nested", "gzip -n | xz", NULL,
		  "unpacked from xz*compressed again, with gzip", 0, 0, NULL },
		{ "bomb", "cat >/dev/null; head -c 50000000 /dev/zero | gzip",
		  NULL, "-L", 1 << 20, 0, NULL },
		{ "an initramfs", "cat >/dev/null; printf 070701000 | gzip",
		  NULL, "looks like an initramfs", 0, 0, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct text elf = elf_text(&plain_64), t;
		struct parsed p;
		char command[128];

		snprintf(command, sizeof(command), "{ %s; }",
		    table[i].command);
		t = pack(command, &elf);
		write_file(test_path("whole"), t.data, t.n - table[i].cut);
		parse_file(&p, test_path("whole"), (struct image_request){
		    .output_max = table[i].limit });
		expect(table[i].name, &p, table[i].want);
		if (table[i].want == NULL)
			assert_string_equal(p.plan.image.codec,
			    table[i].codec);
		if (table[i].said != NULL &&
		    strstr(p.said, table[i].said) == NULL)
			unit_fail("%s: said '%s'", table[i].name, p.said);
		release_parsed(&p);
		free(elf.data);
		free(t.data);
	}
}

/* gzip around a bzImage with xz inside is as far as it goes. */
static void
compressed_bzimage(void **state)
{
	const struct bz c = { .command = "xz" };
	struct text bz = bz_image(&c, &plain_64), t = pack("gzip -n", &bz);
	struct parsed p;

	(void)state;
	write_file(test_path("bz.gz"), t.data, t.n);
	parse_file(&p, test_path("bz.gz"), (struct image_request){ 0 });
	expect("bzImage in gzip", &p, NULL);
	assert_string_equal(p.plan.image.codec, "xz");
	assert_string_equal(p.plan.image.container, "bzimage");
	release_parsed(&p);
	free(bz.data);
	free(t.data);
}

/* ---- no kernels ---- */

static void
other_files(void **state)
{
	static const struct { const char *name; size_t at; const char *bytes;
	    size_t n; const char *want; } table[] = {
		{ "a script", 0, "#!/bin/sh\n", 10, "looks like a script" },
		{ "cpio", 0, "070701", 6, "looks like an initramfs" },
		{ "ext4", 0x438, "\x53\xef", 2, "ext4 file system" },
		{ "ISO", 0x8001, "CD001", 5, "ISO 9660" },
		{ "multiboot", 0x40, "\x02\xb0\xad\x1b\0\0\0\0\xfe\x4f\x52\xe4",
		  12, "Multiboot kernel" },
		{ "multiboot 2", 0x80, "\xd6\x50\x52\xe8\0\0\0\0\x18\0\0\0"
		  "\x12\xaf\xad\x17", 16, "Multiboot 2 kernel" },
		{ "text", 0, "linux /boot/vmlinuz", 19, "looks like text" },
		{ "PE", 0, "MZ", 2, "PE program" },
		{ "AArch64", 0x38, "ARM\x64", 4, "looks like an Image of Linux "
		  "for AArch64" },
		{ "RISC-V", 0x38, "RSC\5", 4, "for RISC-V" },
		{ "zboot", 4, "zimg", 4, "looks like an EFI zboot kernel" },
		{ "FIT", 0, "\xd0\x0d\xfe\xed", 4, "looks like a FIT image" },
		{ "zeros", 0, "", 0, "not a kernel image: neither ELF" },
		{ "short", 0, "\x7f""EL", 3, "not a kernel image" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		unsigned char *b = calloc(1, 0x9000);
		bool whole = strcmp(table[i].name, "text") == 0 ||
		    strcmp(table[i].name, "short") == 0;
		size_t n = whole ? table[i].n : 0x9000;
		struct parsed p;

		assert_non_null(b);
		memcpy(b + table[i].at, table[i].bytes, table[i].n);
		if (strcmp(table[i].name, "PE") == 0) {
			b[60] = 0x80;
			memcpy(b + 0x80, "PE", 2);
		}
		write_file(test_path("other"), b, n);
		parse_file(&p, test_path("other"), (struct image_request){ 0 });
		expect(table[i].name, &p, table[i].want);
		release_parsed(&p);
		free(b);
	}
}

static void
what_is_no_file(void **state)
{
	char fifo[256];
	const struct { const char *name, *path; enum fail_kind kind;
	    const char *want; } table[] = {
		{ "folder", test_dir(), FAIL_INPUT, "a folder" },
		{ "FIFO", fifo, FAIL_INPUT, "a FIFO" },
		{ "device", "/dev/zero", FAIL_INPUT, "a device" },
		{ "missing", "/nonexistent", FAIL_MISSING, "/nonexistent" },
		{ "empty", NULL, FAIL_INPUT, "is empty" },
	};

	(void)state;
	snprintf(fifo, sizeof(fifo), "%s", test_path("fifo"));
	assert_int_equal(mkfifo(fifo, 0600), 0);
	write_file(test_path("empty"), "", 0);
	for (size_t i = 0; i < COUNT(table); i++) {
		const char *path = table[i].path != NULL ? table[i].path :
		    test_path("empty");
		struct parsed p;

		parse_file(&p, path, (struct image_request){ 0 });
		if (p.f.kind != table[i].kind ||
		    strstr(p.f.message, table[i].want) == NULL)
			unit_fail("%s: %d '%s'", table[i].name,
			    (int)p.f.kind, p.f.message);
		release_parsed(&p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bzimages),
		cmocka_unit_test(linux_without_xen),
		cmocka_unit_test(bin_tables),
		cmocka_unit_test(elf_with_a_table),
		cmocka_unit_test(whole_files),
		cmocka_unit_test(compressed_bzimage),
		cmocka_unit_test(other_files),
		cmocka_unit_test(what_is_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, remove_test_dir);
}
