/*
 * ELF images of every ABI, as they are accepted and as they are refused.
 * Each way in which an image can attack its reader has rows here or in
 * test-image-formats.c.  P1 to P5 in names are the ABIs of xb-abi(7), the
 * oldest first.
 */
#include "imagemaker.h"

#define MAX64 UINT64_MAX

/* ---- accepted: which ABI, and where ---- */

static const struct {
	const char *name;
	struct made made;
	const char *abi, *from, *pae;
	uint64_t virt_base, kstart, kend, entry;
} accepted[] = {
	{ "PVH only", { .bits = 64, .notes = ONLY({ 18, NULL, 0x100010, 4 }) },
	  "hvm-3.0-pvh", "program headers", "no", 0, 0x100000, 0x101800,
	  0x100010 },
	{ "P5 notes", { .bits = 64 }, "xen-3.0-x86_64", "program headers",
	  "no", HIGH_BASE, HIGH_BASE + 0x100000, HIGH_BASE + 0x101800,
	  HIGH_BASE + 0x100000 },
	{ "P5 notes in sections", { .where = IN_SECTION }, "xen-3.0-x86_64",
	  "section headers", "no", HIGH_BASE, HIGH_BASE + 0x100000,
	  HIGH_BASE + 0x101800, HIGH_BASE + 0x100000 },
	{ "P4 notes", { .bits = 32 }, "xen-3.0-x86_32p", "program headers",
	  "extended", 0xc0000000, 0xc0100000, 0xc0101800, 0xc0100000 },
	{ "P5 legacy", { OLD_64(xen3_64) }, "xen-3.0-x86_64", "__xen_guest",
	  "no", HIGH_BASE, HIGH_BASE + 0x100000, HIGH_BASE + 0x101800,
	  HIGH_BASE + 0x100000 },
	{ "P4 legacy", { OLD_32(xen3_32) }, "xen-3.0-x86_32p", "__xen_guest",
	  "extended", 0xc0000000, 0xc0100000, 0xc0101800, 0xc0100000 },
	{ "P2", { OLD_32(pre_32) }, "xen-3.0pre-x86_32", "__xen_guest", "no",
	  0xc0000000, 0xc0100000, 0xc0101800, 0xc0100000 },
	{ "P2 without VIRT_BASE", { OLD_32("XEN_VER=3.0,GUEST_OS=linux") },
	  "xen-3.0pre-x86_32", "__xen_guest", "no", 0xc0100000, 0xc0100000,
	  0xc0101800, 0xc0100000 },
	{ "P3", { OLD_64(pre_64) }, "xen-3.0pre-x86_64", "__xen_guest", "no",
	  HIGH_BASE, HIGH_BASE + 0x100000, HIGH_BASE + 0x101800,
	  HIGH_BASE + 0x100000 },
	{ "P1 starts at a table", { OLD_32(p1), .base = 0xc0400000,
	  .start = 0x1234 }, "xen-1.3-x86_32", "__xen_guest", "no",
	  0xc0400000, 0xc0401234, 0xc0402a34, 0xc0401234 },
	{ "P1 by p_vaddr", { .bits = 32, .where = IN_LEGACY, .legacy = p1 },
	  "xen-1.3-x86_32", "__xen_guest", "no", 0xc0000000, 0xc0100000,
	  0xc0101800, 0xc0100000 },
};

static void
abi_and_addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(accepted); i++) {
		const struct plan_image *img;
		struct parsed p;

		parse_made(&p, &accepted[i].made, (struct image_request){ 0 });
		expect(accepted[i].name, &p, NULL);
		img = &p.plan.image;
		if (strcmp(img->abi->name, accepted[i].abi) != 0 ||
		    strcmp(img->notes_from, accepted[i].from) != 0 ||
		    strcmp(img->pae, accepted[i].pae) != 0)
			unit_fail("%s: %s, %s, pae %s", accepted[i].name,
			    img->abi->name, img->notes_from, img->pae);
		if (img->virt_base != accepted[i].virt_base ||
		    img->kstart != accepted[i].kstart ||
		    img->kend != accepted[i].kend ||
		    img->entry != accepted[i].entry)
			unit_fail("%s: %lx %lx %lx %lx", accepted[i].name,
			    (long)img->virt_base, (long)img->kstart,
			    (long)img->kend, (long)img->entry);
		assert_string_equal(img->format, "elf");
		assert_int_equal(img->n_segments, 2);
		assert_int_equal(img->segments[0].offset, AT_TEXT);
		assert_int_equal(img->segments[1].filesz, DATA_SIZE);
		assert_int_equal(img->segments[1].memsz, DATA_MEMORY);
		release_parsed(&p);
	}
}

/* ---- notes with other values ---- */

/* want NULL: accepted. */
static const struct image_case {
	const char *name;
	struct made made;
	const char *want;
	const char *said;		/* in a warning or note */
} cases[] = {
	/* truncated */
	{ "cut in the identification", { .cut = 15 }, "truncated", NULL },
	{ "cut in the file header", { .cut = 63 }, "truncated", NULL },
	{ "cut in the program headers", { .cut = 100 },
	  "e_phoff at 0x20 is 0x40*past the end of the image, 0x64", NULL },
	{ "cut in the section headers", { .cut = 0x420 },
	  "e_shoff at 0x28 is 0x400*past the end of the image, 0x420", NULL },
	{ "cut in a segment", { .cut = 0x2800 },
	  "p_filesz of program header 0 at 0x60 is 0x1000*0x2800", NULL },
	{ "cut in the last segment", { .cut = IMAGE_END - 1 },
	  "p_filesz of program header 1*0x30ff", NULL },
	{ "32 bits, cut in the file header", { .bits = 32, .cut = 51 },
	  "truncated", NULL },

	/* wild offsets, sizes and counts */
	{ "e_phoff 0", { .pokes = { { E_PHOFF, 0, 0, 0x20, 8 } } },
	  "e_phoff at 0x20 is 0x0, inside the file header", NULL },
	{ "e_phoff 1", { .pokes = { { .field = E_PHOFF, .value = 1 } } },
	  "e_phoff at 0x20 is 0x1", NULL },
	{ "e_phoff max", { .pokes = { { .field = E_PHOFF, .value = MAX64 } } },
	  "e_phoff at 0x20 is 0xffffffffffffffff*past the end of the image",
	  NULL },
	{ "e_phoff wraps", { .pokes = { { .field = E_PHOFF,
	  .value = MAX64 - 100 } } }, "e_phoff*past the end", NULL },
	{ "e_shoff 0", { .pokes = { RAW(0x28, 8, 0) } },
	  "e_shoff at 0x28 is 0x0, inside the file header", NULL },
	{ "e_shoff 1", { .pokes = { { .field = E_SHOFF, .value = 1 } } },
	  "e_shoff at 0x28 is 0x1", NULL },
	{ "e_shoff max", { .pokes = { { .field = E_SHOFF, .value = MAX64 } } },
	  "e_shoff*past the end", NULL },
	{ "32 bits, e_shoff max", { .bits = 32, .pokes = { { .field = E_SHOFF,
	  .value = MAX64 } } }, "e_shoff at 0x20 is 0xffffffff", NULL },
	{ "e_phnum 0", { .pokes = { RAW(56, 2, 0) } },
	  "e_phnum at 0x38 is 0x0", NULL },
	{ "e_phnum max", { .pokes = { { .field = E_PHNUM, .value = MAX64 } } },
	  "e_phnum at 0x38 is 0xffff, more than the limit of 4096", NULL },
	{ "e_phnum past the end", { .pokes = { { .field = E_PHNUM,
	  .value = 4000 } } }, "e_phnum at 0x38 is 0xfa0, so from 0x40 on "
	  "4000 entries of 56 bytes", NULL },
	{ "e_shnum 0", { .pokes = { RAW(60, 2, 0) } }, "e_shnum at 0x3c is 0x0",
	  NULL },
	{ "e_shnum max", { .pokes = { { .field = E_SHNUM, .value = MAX64 } } },
	  "e_shnum at 0x3c is 0xffff, so from 0x400 on 65535 entries of 64 "
	  "bytes go past", NULL },
	{ "e_phentsize 0", { .pokes = { RAW(54, 2, 0) } },
	  "e_phentsize at 0x36 is 0x0, smaller than*56 bytes", NULL },
	{ "e_phentsize 55", { .pokes = { { .field = E_PHENTSIZE,
	  .value = 55 } } }, "e_phentsize at 0x36 is 0x37", NULL },
	{ "e_phentsize max", { .pokes = { { .field = E_PHENTSIZE,
	  .value = 65535 } } }, "3 entries of 65535 bytes", NULL },
	{ "e_shentsize 0", { .pokes = { RAW(58, 2, 0) } },
	  "e_shentsize at 0x3a is 0x0", NULL },
	{ "e_shentsize 1", { .pokes = { RAW(58, 2, 1) } },
	  "e_shentsize at 0x3a is 0x1", NULL },
	{ "e_ehsize 0", { .pokes = { RAW(52, 2, 0) } },
	  "e_ehsize at 0x34 is 0x0", NULL },
	{ "e_shstrndx max", { .pokes = { { .field = E_SHSTRNDX,
	  .value = 65535 } } }, "e_shstrndx at 0x3e is 0xffff*last section, 5",
	  NULL },
	{ "section past the end", { .pokes = { { SH_OFFSET, SH_NOTES, MAX64,
	  0, 0 } } }, "sh_offset of section 2 at 0x498", NULL },
	{ "section size wraps", { .pokes = { { SH_SIZE, SH_NOTES, MAX64, 0,
	  0 } } }, "sh_size of section 2 at 0x4a0", NULL },
	{ "note segment past the end", { .pokes = { { P_OFFSET, PH_NOTE, MAX64,
	  0, 0 } } }, "p_offset of program header 2", NULL },
	{ "p_offset max", { .pokes = { { P_OFFSET, PH_TEXT, MAX64, 0, 0 } } },
	  "p_offset of program header 0 at 0x48*past the end", NULL },
	{ "p_offset + p_filesz past the end", { .pokes = { { P_OFFSET, PH_TEXT,
	  0x2101, 0, 0 } } }, "p_filesz of program header 0*past the end",
	  NULL },
	{ "p_filesz > p_memsz", { .pokes = { { P_MEMSZ, PH_DATA, 0xff, 0,
	  0 } } }, "p_filesz of program header 1 at 0x98 is 0x100, more than "
	  "its p_memsz 0xff", NULL },
	{ "p_paddr + p_memsz wraps", { .pokes = { { P_PADDR, PH_DATA,
	  MAX64 - 0x7fe, 0, 0 } } }, "p_memsz of program header 1*wraps",
	  NULL },
	{ "p_memsz max", { .pokes = { { P_MEMSZ, PH_DATA, MAX64, 0, 0 } } },
	  "p_memsz of program header 1*wraps", NULL },
	{ "nothing to load", { .pokes = { { P_FLAGS, PH_TEXT, 0, 0x44, 4 },
	  { P_FLAGS, PH_DATA, 0, 0x7c, 4 } } }, "nothing to load", NULL },

	/* overlaps */
	{ "overlapping PT_LOADs", { .pokes = { { P_PADDR, PH_DATA, 0x100fff, 0,
	  0 } } }, "p_paddr of program header 1 at 0x90 is "
	  "0x100fff*overlap*0x100000-0x101000", NULL },
	{ "repeated PT_LOAD", { .pokes = { { P_PADDR, PH_DATA, 0x100000, 0,
	  0 } } }, "overlap those of another PT_LOAD", NULL },
	{ "P1 overlaps by p_vaddr", { .bits = 32, .where = IN_LEGACY,
	  .legacy = p1, .pokes = { { P_VADDR, PH_DATA, 0xc0100800, 0, 0 } } },
	  "overlap those of another PT_LOAD", NULL },

	/* wrong kind */
	{ "ET_NONE", { .pokes = { RAW(16, 2, 0) } }, "e_type at 0x10 is 0x0",
	  NULL },
	{ "ET_REL", { .pokes = { RAW(16, 2, 1) } },
	  "e_type at 0x10 is 0x1*relocatable", NULL },
	{ "ET_DYN", { .pokes = { RAW(16, 2, 3) } }, NULL, "shared object" },
	{ "ET_CORE", { .pokes = { RAW(16, 2, 4) } }, "core dump", NULL },
	{ "big-endian", { .pokes = { RAW(5, 1, 2) } }, "big-endian", NULL },
	{ "no endianness", { .pokes = { RAW(5, 1, 0) } }, "e_ident[5]", NULL },
	{ "no class", { .pokes = { RAW(4, 1, 3) } }, "e_ident[4] at 0x4 is 0x3",
	  NULL },
	{ "x32", { .bits = 32, .pokes = { RAW(18, 2, 62) } },
	  "e_machine at 0x12 is 0x3e*32-bit image", NULL },
	{ "i386 in 64 bits", { .pokes = { RAW(18, 2, 3) } },
	  "i386*64-bit image", NULL },
	{ "AArch64", { .pokes = { RAW(18, 2, 183) } }, "AArch64", NULL },

	/* strings without an end */
	{ "section names", { .pokes = { RAW(AT_NAMES + 48, 1, 'x') } },
	  "the last byte of the section names at 0x730 is 0x78", NULL },
	{ "section name outside", { .pokes = { { SH_NAME, SH_SYMBOLS, 49, 0,
	  0 } } }, "sh_name of section 4*past the section names of 49", NULL },
	{ "section names of another type", { .pokes = { { SH_TYPE, SH_NAMES, 1,
	  0, 0 } } }, "sh_type of section 1", NULL },
	{ "__xen_guest", { OLD_64(xen3_64), .pokes = { { SH_SIZE, SH_GUEST, 60,
	  0, 0 } } }, "__xen_guest at 0x1000 does not end", NULL },
	{ "__xen_guest without bytes", { OLD_64(xen3_64), .pokes = { { SH_TYPE,
	  SH_GUEST, SHT_NOBITS, 0, 0 } } }, "__xen_guest has no bytes", NULL },
	{ "note name", { .pokes = { RAW(AT_NOTES + 15, 1, 'x') } },
	  "namesz of a note at 0x800 is 0x4*no NUL", NULL },

	/* notes in the wild */
	{ "number of odd size", { .notes = N64({ 16, NULL, 7, 5 }) }, NULL,
	  "warning: *MOD_START_PFN*5 bytes" },
	{ "namesz 3", { .pokes = { RAW(AT_NOTES, 4, 3) } }, NULL, NULL },
	{ "namesz 1", { .pokes = { RAW(AT_NOTES, 4, 1) } }, NULL, NULL },
	{ "namesz 0", { .notes = ONLY({ 5, "xen-3.0", 0, 0 }),
	  .pokes = { RAW(AT_NOTES, 4, 0) } }, "not a Xen kernel", NULL },
	{ "another name of 4 bytes", { .notes = ONLY({ 5, "xen-3.0", 0, 0 }),
	  .pokes = { RAW(AT_NOTES + 12, 4, 0x006e6558 ^ 0x20) } },
	  "not a Xen kernel", NULL },
	{ "NUL in the padding", { .notes = ONLY(USUAL_NOTES,
	  { 3, NULL, HIGH_BASE, 0 }, { 1, NULL, HIGH_BASE + TEXT_START, 0 }),
	  .pokes = { RAW(AT_NOTES + 4, 4, 7) } }, NULL, NULL },
	{ "NUL past descsz, in a last record of rubbish", { .notes = ONLY(
	  { 8, "generic", 0, 0 }, { 3, NULL, HIGH_BASE, 0 },
	  { 1, NULL, HIGH_BASE + TEXT_START, 0 }, { 5, "xen-3.0", 0, 0 }),
	  .pokes = { RAW(AT_NOTES + 76, 4, 4) } }, NULL, NULL },
	{ "unknown note", { .notes = N64({ 77, NULL, 7, 0 }) }, NULL, NULL },
	{ "last duplicate wins", { .notes = N64({ 1, NULL, 5, 0 },
	  { 1, NULL, HIGH_BASE + 0x100010, 0 }) }, NULL, NULL },
	{ "a bad duplicate last", { .notes = N64({ 1, NULL, 5, 0 }) },
	  "note ENTRY*is 0x5", NULL },
	{ "record past its segment", { .bits = 32, .pokes = { { P_FILESZ,
	  PH_NOTE, 0x60, 0, 0 } } }, NULL, NULL },
	{ "record's size far too long", { .bits = 32,
	  .pokes = { RAW(AT_NOTES + 0x5c, 4, 0xffffffff) } }, NULL, NULL },
	{ "no notes at all", { .where = IN_NOTHING },
	  "not a Xen kernel: no notes*plain executable", NULL },
	{ "notes at offset 0", { .pokes = { RAW(64 + 2 * 56 + 8, 8, 0) } },
	  "not a Xen kernel: no notes", NULL },

	/* who it is for */
	{ "PVH only", { .notes = ONLY({ 18, NULL, 0x100000, 4 }) }, NULL,
	  NULL },
	{ "PVH only, x32", { .bits = 32, .notes = ONLY({ 18, NULL, 0x100000,
	  4 }), .pokes = { RAW(18, 2, 62) } }, NULL, NULL },
	{ "PVH only, i386 in 64 bits", { .notes = ONLY({ 18, NULL, 0x100000,
	  4 }), .pokes = { RAW(18, 2, 3) } }, NULL, NULL },
	{ "PVH only, entry outside", { .notes = ONLY({ 18, NULL, 0x10, 4 }) },
	  "note PHYS32_ENTRY at 0x810 is 0x10*outside the kernel", NULL },
	{ "PV and PVH", { .notes = N64({ 18, NULL, 0x100000, 4 }) }, NULL,
	  NULL },
	{ "non-PAE", { .bits = 32, .notes = ONLY(USUAL_NOTES,
	  { 9, "no", 0, 0 }) }, "32-bit non-PAE", NULL },
	{ "bimodal", { .bits = 32, .notes = ONLY(USUAL_NOTES,
	  { 3, NULL, 0xc0000000, 4 }, { 9, "yes,bimodal", 0, 0 }) }, NULL,
	  NULL },
	{ "legacy non-PAE", { OLD_32("LOADER=generic,XEN_VER=xen-3.0,"
	  "VIRT_BASE=0xc0000000") }, "32-bit non-PAE", NULL },
	{ "no loader", { .notes = ONLY({ 5, "xen-3.0", 0, 0 },
	  { 6, "plan9", 0, 0 }) }, "GUEST_OS 'plan9'", NULL },
	{ "another Xen", { .notes = ONLY({ 5, "xen-4", 0, 0 },
	  { 8, "generic", 0, 0 }) }, "'xen-4'", NULL },
	{ "no version", { .notes = ONLY({ 8, "generic", 0, 0 }) },
	  "XEN_VERSION is missing", NULL },
	{ "legacy without a version", { OLD_64("LOADER=generic") },
	  "without a XEN_VER", NULL },
	{ "P1 in 64 bits", { OLD_64(p1) }, "64-bit kernel for XEN_VER=1.3",
	  NULL },
	{ "P1 of another guest", { OLD_32("GUEST_OS=bsd,XEN_VER=1.3") },
	  "needs XEN_VER=1.3 and GUEST_OS=linux", NULL },
	{ "P2 of another guest", { OLD_32("GUEST_OS=bsd,XEN_VER=3.0") },
	  "GUEST_OS=linux or LOADER=generic", NULL },

	/* features */
	{ "required and known", { .notes = N64({ 10,
	  "!writable_page_tables|pae_pgdir_above_4gb|strange", 0, 0 }) }, NULL,
	  NULL },
	{ "required and unknown", { .notes = N64({ 10, "!strange", 0, 0 }) },
	  "unknown feature 'strange'", NULL },
	{ "unknown: where it is", { .notes = ONLY({ 10, "!strange", 0, 0 }) },
	  "note FEATURES at 0x810: unknown feature 'strange'; known are",
	  NULL },
	{ "a comma is part of a name", { .notes = N64({ 10,
	  "dom0|!writable_page_tables,pae_pgdir_above_4gb", 0, 0 }) },
	  "unknown feature 'writable_page_tables,pae_pgdir_above_4gb'", NULL },
	{ "a comma hides '!'", { .notes = N64({ 10, "strange,!dom0", 0, 0 }) },
	  NULL, NULL },
	{ "dom0 required", { .notes = N64({ 10, "!dom0", 0, 0 }) },
	  "needs feature 'dom0'", NULL },
	{ "dom0 supported", { .notes = N64({ 10, "dom0", 0, 0 }) }, NULL,
	  NULL },
	{ "auto_translated_physmap", { .notes = N64({ 10,
	  "!auto_translated_physmap", 0, 0 }) }, "auto_translated_physmap",
	  NULL },
	{ "legacy, required and unknown", { OLD_64("LOADER=generic,"
	  "XEN_VER=xen-3.0,VIRT_BASE=0xffffffff80000000,FEATURES=!strange") },
	  "unknown feature 'strange'", NULL },

	/* the legacy string */
	{ "long name", { OLD_64("LOADER=generic,XEN_VER=xen-3.0,"
	  "VIRT_BASE=0xffffffff80000000,NAMENAMENAMENAMENAMENAMENAMENAME=1") },
	  "a name of 32 bytes*limit is 31", NULL },
	{ "bad number", { OLD_64("LOADER=generic,XEN_VER=xen-3.0,"
	  "VIRT_BASE=0x80000000x") }, "VIRT_BASE=0x80000000x*no 64-bit number",
	  NULL },
	{ "P2 bad number", { OLD_32("LOADER=generic,XEN_VER=3.0,VIRT_BASE=z") },
	  "VIRT_BASE=z", NULL },
	{ "hypercall frame wraps", { OLD_64("LOADER=generic,XEN_VER=xen-3.0,"
	  "VIRT_BASE=0xffffffff80000000,HYPERCALL_PAGE=0x80000") },
	  "HYPERCALL_PAGE at 0x104b is 0x80000*past the end", NULL },

	/* the address space */
	{ "entry one past the end", { .notes = N64({ 1, NULL,
	  HIGH_BASE + 0x101800, 0 }) }, "note ENTRY*0xffffffff80101800*"
	  "outside the kernel", NULL },
	{ "entry at the last byte of memory", { .notes = N64({ 1, NULL,
	  HIGH_BASE + 0x1017ff, 0 }) }, "note ENTRY*0xffffffff801017ff*"
	  "no bytes in the file", NULL },
	{ "entry one past the last byte in the file", { .notes = N64({ 1, NULL,
	  HIGH_BASE + 0x101100, 0 }) }, "no bytes in the file", NULL },
	{ "entry at the last byte in the file", { .notes = N64({ 1, NULL,
	  HIGH_BASE + 0x1010ff, 0 }) }, NULL, NULL },
	{ "entry below", { .notes = N64({ 1, NULL, HIGH_BASE, 0 }) },
	  "outside the kernel", NULL },
	{ "e_entry outside", { .notes = ONLY(USUAL_NOTES,
	  { 3, NULL, HIGH_BASE, 0 }), .pokes = { RAW(24, 8, 1) } },
	  "e_entry at 0x18 is 0x1", NULL },
	{ "VIRT_BASE above the kernel", { .notes = ONLY(USUAL_NOTES,
	  { 3, NULL, HIGH_BASE + 0x101000, 0 },
	  { 4, NULL, 0x101000, 0 }, { 1, NULL, HIGH_BASE + TEXT_START, 0 }) },
	  "note VIRT_BASE*above the kernel, which starts at 0xffff", NULL },
	{ "VIRT_BASE not a page", { .notes = ONLY(USUAL_NOTES,
	  { 3, NULL, HIGH_BASE + 1, 0 }, { 4, NULL, 1, 0 }) },
	  "note VIRT_BASE*not a multiple of 4096", NULL },
	{ "PADDR_OFFSET without VIRT_BASE", { .notes = ONLY(USUAL_NOTES,
	  { 4, NULL, 0, 0 }, { 1, NULL, 0x100000, 0 }) },
	  "PADDR_OFFSET*no VIRT_BASE", NULL },
	{ "wraps above the kernel", { .pokes = { { P_PADDR, PH_DATA,
	  0x7ffffff0, 0, 0 } } }, "p_memsz of program header 1 at 0xa0 is "
	  "0x800, so from 0xfffffffffffffff0*wraps around", NULL },
	{ "wraps as a whole", { .pokes = { { P_PADDR, PH_DATA,
	  0x90000000, 0, 0 } } }, "p_memsz of program header 1*wraps around",
	  NULL },
	{ "section names at section 0", { OLD_64(xen3_64),
	  .pokes = { RAW(62, 2, 0) } }, "e_shstrndx at 0x3e is 0x0, so its "
	  "sections have no names", NULL },
	{ "wraps at the top", { .notes = ONLY(USUAL_NOTES,
	  { 3, NULL, MAX64 - 0x100fff, 0 }) }, "wraps around", NULL },
	{ "not canonical", { .notes = ONLY(USUAL_NOTES,
	  { 3, NULL, UINT64_C(1) << 47, 0 }) }, "outside the 48-bit", NULL },
	{ "in the hole", { .notes = ONLY(USUAL_NOTES,
	  { 3, NULL, 0xffff800000000000, 0 }) }, "hypervisor's hole", NULL },
	{ "over the hole", { .notes = ONLY(USUAL_NOTES, { 3, NULL, 0, 0 }),
	  .pokes = { { P_PADDR, PH_DATA, 0xffff900000000000, 0, 0 } } },
	  "hypervisor's hole", NULL },
	{ "32 bits, past 4 GiB", { .bits = 32, .notes = N32({ 3, NULL,
	  0xfff00000, 4 }) }, "outside the 32-bit", NULL },
	{ "32 bits, in the hole", { .bits = 32, .notes = N32({ 3, NULL,
	  0xf5700000, 4 }) }, "hypervisor's hole", NULL },
	{ "P2 not a page", { OLD_32("XEN_VER=3.0,GUEST_OS=linux"),
	  .start = 0x1010, .base = 0xc0000000 }, "not a multiple of 4096",
	  NULL },
	{ "P2 in the hole", { OLD_32(pre_32), .base = 0xfc000000 },
	  "hypervisor's hole", NULL },
	{ "P5 kernel not a page", { .notes = ONLY(USUAL_NOTES,
	  { 3, NULL, HIGH_BASE, 0 }), .start = 0x100010, .base = HIGH_BASE },
	  "starts at 0xffffffff80100010*not a multiple", NULL },
	{ "base 0", { .notes = ONLY(USUAL_NOTES), .base = 0,
	  .start = 0x100000 }, NULL, NULL },

	/* HYPERCALL_PAGE */
	{ "hypercall page", { .notes = N64({ 2, NULL, HIGH_BASE + 0x101000,
	  0 }) }, NULL, NULL },
	{ "hypercall page unaligned", { .notes = N64({ 2, NULL,
	  HIGH_BASE + 0x101010, 0 }) }, "HYPERCALL_PAGE*multiple of 4096",
	  NULL },
	{ "hypercall page below", { .notes = N64({ 2, NULL, HIGH_BASE - 4096,
	  0 }) }, "HYPERCALL_PAGE*outside the region", NULL },

	/* INIT_P2M */
	{ "p2m", { .notes = N64({ 15, NULL, 0x8000000000, 0 }) }, NULL, NULL },
	{ "p2m inside the kernel", { .notes = N64({ 15, NULL,
	  HIGH_BASE + 0x101000, 0 }) }, "INIT_P2M*inside the kernel", NULL },
	{ "p2m unaligned", { .notes = N64({ 15, NULL, 0x8000000001, 0 }) },
	  "INIT_P2M*multiple of 4096", NULL },
	{ "p2m wraps", { .notes = N64({ 15, NULL, MAX64 - 0xfff, 0 }) },
	  "INIT_P2M*so high", NULL },
	{ "p2m not canonical", { .notes = N64({ 15, NULL, UINT64_C(1) << 47,
	  0 }) }, "INIT_P2M*not canonical", NULL },
	{ "p2m in the hole", { .notes = N64({ 15, NULL, 0xffff87fffffff000,
	  0 }) }, "INIT_P2M*hole", NULL },
	{ "p2m runs into the region", { .notes = N64({ 15, NULL,
	  HIGH_BASE - 4096, 0 }) }, "INIT_P2M*reaches the region", NULL },
	{ "p2m above", { .notes = N64({ 15, NULL, HIGH_BASE + 0x40000000,
	  0 }) }, NULL, "INIT_P2M*ignored" },
	{ "p2m in 32 bits", { .bits = 32, .notes = N32({ 15, NULL, 0x8000000,
	  4 }) }, NULL, "INIT_P2M*ignored" },

	/* symbol tables */
	{ "symbols", { .notes = N64({ 11, "yes", 0, 0 }) }, NULL, NULL },
	{ "symbols link outside", { .notes = N64({ 11, "yes", 0, 0 }),
	  .pokes = { { SH_LINK, SH_SYMBOLS, 6, 0, 0 } } },
	  "sh_link of section 4*last one is 5", NULL },
	{ "symbols link to text", { .notes = N64({ 11, "yes", 0, 0 }),
	  .pokes = { { SH_LINK, SH_SYMBOLS, SH_NOTES, 0, 0 } } },
	  "no string table", NULL },
	{ "symbols of the other width", { .notes = N64({ 11, "yes", 0, 0 }),
	  .pokes = { { SH_ENTSIZE, SH_SYMBOLS, 16, 0, 0 } } },
	  "sh_entsize of section 4*24 bytes", NULL },
	{ "symbols larger than the image", { .notes = N64({ 11, "yes", 0, 0 }),
	  .pokes = { { SH_OFFSET, SH_SYMBOLS, 0, 0x518, 8 },
	  { SH_SIZE, SH_SYMBOLS, IMAGE_END, 0, 0 },
	  { SH_SIZE, SH_STRINGS, 0x400, 0, 0 } } },
	  "larger than the image", NULL },
};

static void
says(const struct image_case *c, const struct parsed *p)
{
	char first[64];
	size_t n = c->said == NULL ? 0 : strcspn(c->said, "*");
	const char *at;

	if (c->said == NULL)
		return;
	snprintf(first, sizeof(first), "%.*s", (int)n, c->said);
	at = strstr(p->said, first);
	if (at == NULL || (c->said[n] == '*' &&
	    strstr(at, strrchr(c->said, '*') + 1) == NULL))
		unit_fail("%s: said '%s'", c->name, p->said);
}

static void
each_case_ends_as_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct parsed p;

		parse_made(&p, &cases[i].made, (struct image_request){ 0 });
		expect(cases[i].name, &p, cases[i].want);
		says(&cases[i], &p);
		release_parsed(&p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(abi_and_addresses),
		cmocka_unit_test(each_case_ends_as_told),
	};

	return cmocka_run_group_tests(tests, NULL, remove_test_dir);
}
