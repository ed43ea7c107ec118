/*
 * guest-string: the string in section __xen_guest, by which kernels said what
 * they need before there were notes.
 *
 * It is a list of NAME=VALUE between commas.  Builders of the older ABIs search
 * it for words; those of xen-3.0 read it item by item, a name of at most 31 and
 * a value of at most 127 bytes.
 */
#ifndef XB_GUEST_STRING_H
#define XB_GUEST_STRING_H

#include "abi/abi.h"
#include "image/elf.h"
#include "image/notes.h"

struct guest_string {
	const char *text;		/* NULL: the image has none */
	uint64_t at;			/* offset in the image */
};

/*
 * Finds the first section of that name; the text comes from keep.  FAIL_INPUT
 * where it has no bytes or does not end in its section, or in 4096 bytes.
 */
int	guest_string_find(struct guest_string *, struct elf *,
	    struct arena *keep, struct fail *) must_check;

/*
 * An ABI of the version that the string asks for by XEN_VER, of either width;
 * NULL where it names none that is known.
 */
const struct abi *guest_string_abi(const struct guest_string *);

/*
 * Does the builder of such an ABI take it?  FAIL_INPUT naming the words that it
 * misses.  (One that reads notes judges those instead: notes_check().)
 */
int	guest_string_check(const struct guest_string *,
	    const struct abi_image *, const struct image_file *,
	    struct fail *) must_check;

/*
 * Lists all items, and takes their values as the builder of such an ABI
 * would: all of them, VIRT_BASE and BSD_SYMTAB alone, or none.
 */
int	guest_string_read(const struct guest_string *, const struct abi_image *,
	    const struct image_file *, struct notes *, struct arena *keep,
	    struct fail *) must_check;

#endif
