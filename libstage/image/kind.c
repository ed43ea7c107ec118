/*
 * kind: says what a file is that someone took for a kernel.
 */
#include <stdio.h>
#include <string.h>

#include "codec/codec.h"
#include "base/le.h"
#include "base/text.h"
#include "image/work.h"

struct kind {
	uint32_t offset;
	const char *magic;
	uint8_t size;
	const char *words;
};

#define M(text)	text, sizeof(text) - 1

static const struct kind kinds[] = {
	{ 0x202, M("HdrS"), "a bzImage" },
	{ 0, M("#!"), "a script" },
	{ 0, M("070701"), "an initramfs (a cpio archive)" },
	{ 0, M("070702"), "an initramfs (a cpio archive)" },
	{ 0, M("070707"), "a cpio archive" },
	{ 0, M("\xc7\x71"), "a cpio archive" },
	{ 0, M("!<arch>\n"), "a Debian package or a static library" },
	{ 0, M("\xed\xab\xee\xdb"), "an RPM package" },
	{ 0, M("PK\3\4"), "a zip archive" },
	{ 257, M("ustar"), "a tar archive" },
	{ 0, M("hsqs"), "a squashfs file system" },
	{ 0x438, M("\x53\xef"), "an ext2, ext3 or ext4 file system" },
	{ 0x8001, M("CD001"), "an ISO 9660 image" },
	{ 0, M("QFI\xfb"), "a qcow2 disk image" },
	{ 0, M("\x27\x05\x19\x56"), "a U-Boot image" },
	{ 0, M("\xd0\x0d\xfe\xed"), "a FIT image or a device tree, of U-Boot" },
	{ 0x38, M("ARM\x64"), "an Image of Linux for AArch64" },
	{ 0x38, M("RSC\5"), "an Image of Linux for RISC-V" },
	{ 4, M("zimg"), "an EFI zboot kernel, which unpacks itself under EFI" },
	{ 0, M("ANDROID!"), "an Android boot image" },
	{ 0, M("\xcf\xfa\xed\xfe"), "a Mach-O program" },
	{ 0, M("\xca\xfe\xba\xbe"), "a Java class or a Mach-O program" },
	{ 0, M("\x86xb-plan"), "a plan" },
};

static bool
has(struct image_file *file, const struct kind *k)
{
	struct fail ignored = { .kind = FAIL_NONE };
	char bytes[16];

	return imagefile_holds(file, k->offset, k->size) &&
	    imagefile_read(file, k->offset, bytes, k->size, &ignored) == 0 &&
	    memcmp(bytes, k->magic, k->size) == 0;
}

/* A header of n words of 4 bytes begins with its magic and sums up to 0. */
static bool
is_header(const unsigned char *p, uint32_t magic, unsigned n)
{
	uint32_t sum = 0;

	if (le_get(p, 4) != magic)
		return false;
	for (unsigned i = 0; i < n; i++)
		sum += (uint32_t)le_get(p + (size_t)i * 4, 4);
	return sum == 0;
}

/* Multiboot: magic, flags and checksum, in the first 8 KiB. */
static bool
is_multiboot(const unsigned char *head, size_t n)
{
	for (size_t at = 0; at + 12 <= n && at < 8192; at += 4)
		if (is_header(head + at, 0x1badb002, 3))
			return true;
	return false;
}

/* Multiboot 2: magic, architecture, length and checksum, in 32 KiB. */
static bool
is_multiboot2(const unsigned char *head, size_t n)
{
	for (size_t at = 0; at + 16 <= n; at += 8)
		if (is_header(head + at, 0xe85250d6, 4))
			return true;
	return false;
}

static bool
is_pe(const unsigned char *head, size_t n)
{
	uint64_t at;

	if (n < 64 || memcmp(head, "MZ", 2) != 0)
		return false;
	at = le_get(head + 60, 4);
	return at + 4 <= n && memcmp(head + at, "PE\0\0", 4) == 0;
}

/* Words for what is not compressed. */
static const char *
words_for(struct image_file *file, const unsigned char *head, size_t n)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (has(file, &kinds[i]))
			return kinds[i].words;
	if (is_multiboot(head, n))
		return "a Multiboot kernel";
	if (is_multiboot2(head, n))
		return "a Multiboot 2 kernel";
	if (is_pe(head, n))
		return "a PE program (for EFI or Windows) without a section "
		    ".linux";
	return text_is(head, n < 256 ? n : 256) ? "text" : "";
}

struct likeness
image_looks_like(struct image_file *file)
{
	struct fail ignored = { .kind = FAIL_NONE };
	struct likeness l = { "" };
	unsigned char head[32768];
	size_t n = file->size < sizeof(head) ? (size_t)file->size :
	    sizeof(head);
	const struct codec *codec;

	if (imagefile_read(file, 0, head, n, &ignored) < 0)
		return l;
	codec = codec_probe(head, n);
	snprintf(l.words, sizeof(l.words), "%s%s", codec == NULL ? "" :
	    "data compressed again, with ", codec == NULL ?
	    words_for(file, head, n) : codec->name);
	return l;
}
