/*
 * uki: a unified kernel image, a PE program for EFI whose sections hold a
 * kernel, its initramfs and its command line.  The UAPI Group's specification
 * "Unified Kernel Image" names the sections, Microsoft's "PE Format" the
 * fields.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/le.h"
#include "image/work.h"

enum {
	PE_POINTER = 0x3c,		/* e_lfanew */
	PE_HEADER = 24,			/* "PE\0\0" and the COFF header */
	N_SECTIONS = 6, OPTIONAL_SIZE = 20, /* offsets in it */
	SECTION = 40, SECTIONS_MAX = 96,
	VIRTUAL_SIZE = 8, RAW_SIZE = 16, RAW_POINTER = 20, /* in a section */
	LINE_MAX = 4096			/* bytes of a section .cmdline */
};

enum part { LINUX, INITRD, CMDLINE, PARTS };

static const char names[PARTS][8] = {
	[LINUX] = ".linux", [INITRD] = ".initrd", [CMDLINE] = ".cmdline",
};

struct section {
	bool found;
	uint64_t at;			/* of its header in the image */
	uint64_t offset, size, raw_size;
};

/* ---- the sections ---- */

/* The first section of a name counts. */
static void
take_section(struct section parts[PARTS], uint64_t at,
    const unsigned char *header)
{
	for (int i = 0; i < PARTS; i++)
		if (!parts[i].found &&
		    memcmp(header, names[i], sizeof(names[i])) == 0)
			parts[i] = (struct section){ true, at,
			    le_get(header + RAW_POINTER, 4),
			    le_get(header + VIRTUAL_SIZE, 4),
			    le_get(header + RAW_SIZE, 4) };
}

/* Finds the sections.  A PE program that is cut or odd has none. */
static int
find_sections(struct image_file *file, struct section parts[PARTS],
    struct fail *f)
{
	unsigned char mz[PE_POINTER + 4], pe[PE_HEADER], header[SECTION];
	uint64_t at, n;

	if (!imagefile_holds(file, 0, sizeof(mz)))
		return 0;
	if (imagefile_read(file, 0, mz, sizeof(mz), f) < 0)
		return -1;
	at = le_get(mz + PE_POINTER, 4);
	if (memcmp(mz, "MZ", 2) != 0 || !imagefile_holds(file, at, sizeof(pe)))
		return 0;
	if (imagefile_read(file, at, pe, sizeof(pe), f) < 0)
		return -1;
	n = le_get(pe + N_SECTIONS, 2);
	if (memcmp(pe, "PE\0", 4) != 0 || n > SECTIONS_MAX)
		return 0;
	at += PE_HEADER + le_get(pe + OPTIONAL_SIZE, 2);
	for (; n > 0 && imagefile_holds(file, at, SECTION); n--) {
		if (imagefile_read(file, at, header, sizeof(header), f) < 0)
			return -1;
		take_section(parts, at, header);
		at += SECTION;
	}
	return 0;
}

static int
refuse(const struct image_file *file, const struct section *s, unsigned field,
    const char *name, enum part part, uint64_t value, const char *words,
    uint64_t limit, struct fail *f)
{
	char what[64];

	snprintf(what, sizeof(what), "%s of section %.8s", name, names[part]);
	return imagefile_refuse(file, f, what, s->at + field, value,
	    "%s 0x%" PRIx64, words, limit);
}

/* A section has VirtualSize bytes; what follows them in the file is padding. */
static int
check_section(const struct image_file *file, const struct section *s,
    enum part part, struct fail *f)
{
	if (s->size > s->raw_size)
		return refuse(file, s, VIRTUAL_SIZE, "VirtualSize", part,
		    s->size, "more than its SizeOfRawData", s->raw_size, f);
	if (!imagefile_holds(file, s->offset, 0))
		return refuse(file, s, RAW_POINTER, "PointerToRawData", part,
		    s->offset, "past the end of the image,", file->size, f);
	if (!imagefile_holds(file, s->offset, s->size))
		return refuse(file, s, VIRTUAL_SIZE, "VirtualSize", part,
		    s->size, "so it goes past the end of the image,",
		    file->size, f);
	if (part == CMDLINE && s->size > LINE_MAX)
		return refuse(file, s, VIRTUAL_SIZE, "VirtualSize", part,
		    s->size, "more than the limit of", LINE_MAX, f);
	return 0;
}

static int
uki_probe(struct image_work *w, struct fail *f)
{
	struct section parts[PARTS] = { { .found = false } };

	if (find_sections(&w->file, parts, f) < 0)
		return -1;
	return parts[LINUX].found;
}

/* ---- what is in them ---- */

/* As systemd-stub does: control characters are spaces, none at the ends. */
static int
read_line(struct image_work *w, const struct section *s, struct fail *f)
{
	char line[LINE_MAX];
	size_t n = (size_t)s->size, start = 0;

	if (imagefile_read(&w->file, s->offset, line, n, f) < 0)
		return -1;
	n = strnlen(line, n);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)line[i] < ' ')
			line[i] = ' ';
	while (n > 0 && line[n - 1] == ' ')
		n--;
	while (start < n && line[start] == ' ')
		start++;
	w->bundle.command_line = arena_bytes(&w->scratch, line + start,
	    n - start, f);
	return w->bundle.command_line == NULL ? -1 : 0;
}

/* What must be unpacked is told as a range of the whole image. */
static void
ask_of_whole(struct image_work *w, uint64_t base, uint64_t size)
{
	w->need.offset += w->file.base - base;
	if (w->need.output_at != 0)
		w->need.output_at += w->file.base - base;
	w->file.base = base;
	w->file.size = size;
}

/* Reads the kernel in its section as a file of its own. */
static int
read_kernel(struct image_work *w, const struct section *s, struct fail *f)
{
	const struct image_format *const inner[] = {
		&format_bzimage, &format_elf
	};
	const uint64_t base = w->file.base, size = w->file.size;
	struct likeness like;

	w->file.base += s->offset;
	w->file.size = s->size;
	for (size_t i = 0; i < sizeof(inner) / sizeof(inner[0]); i++) {
		int mine = inner[i]->probe(w, f);

		if (mine < 0 || (mine > 0 && inner[i]->parse(w, f) < 0))
			return -1;
		if (mine == 0)
			continue;
		if (w->need.codec != NULL)
			ask_of_whole(w, base, size);
		return 0;
	}
	like = image_looks_like(&w->file);
	return fail(f, FAIL_INPUT, "'%s': section .linux at 0x%" PRIx64
	    " is neither a bzImage nor ELF%s%s", w->file.what, w->file.base,
	    like.words[0] == '\0' ? "" : "; it looks like ", like.words);
}

static int
uki_parse(struct image_work *w, struct fail *f)
{
	struct section parts[PARTS] = { { .found = false } };

	if (find_sections(&w->file, parts, f) < 0)
		return -1;
	if (!parts[LINUX].found)
		return fail(f, FAIL_INPUT, "'%s' has no section .linux",
		    w->file.what);
	for (enum part i = 0; i < PARTS; i++)
		if (parts[i].found &&
		    check_section(&w->file, &parts[i], i, f) < 0)
			return -1;
	w->bundle.ramdisk = parts[INITRD].offset;
	w->bundle.ramdisk_size = parts[INITRD].size;
	if (parts[CMDLINE].found && read_line(w, &parts[CMDLINE], f) < 0)
		return -1;
	return read_kernel(w, &parts[LINUX], f);
}

const struct image_format format_uki = { "uki", uki_probe, uki_parse };
