/*
 * elf-note: the notes named "Xen" of an ELF image.
 *
 * Kernels exist whose notes are not as the ELF specification wants them, so
 * they are taken as Xen's libxenguest takes them: fields are padded to 4
 * whatever p_align says; a string ends at its NUL, even in the padding or past
 * its size; a number of another size than 1, 2, 4 or 8 is 0, with a warning; a
 * record that runs past its segment or the image is the last one, with a
 * warning where "Xen" stands behind it.  Unlike libxenguest, the reader finds
 * its way behind notes that a linker aligned to 8.  Refused are
 * more than 65536 notes, strings and names without an end, a note segment that
 * begins past the end of the image, and a number that the image's end cuts off.
 */
#ifndef XB_ELFNOTE_H
#define XB_ELFNOTE_H

#include "image/elf.h"
#include "image/notes.h"

enum { ELFNOTE_MAX = 65536, ELFNOTE_STRING_MAX = 4096,
	ELFNOTE_TEXT_MAX = 1 << 20 };

/*
 * Reads the notes of all program headers, or else of all sections, into
 * notes; strings and the list of notes come from keep, which outlives them.
 * notes->from is NULL where there are none.
 */
int	elfnote_read(struct elf *, struct notes *, struct arena *keep,
	    struct fail *) must_check;

#endif
