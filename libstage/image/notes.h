/*
 * notes: what a kernel image says of itself, in notes or in __xen_guest.
 * Nothing of it is checked here but the form: image/check.c does that.
 *
 * One table has every note (public/elfnote.h), its key in __xen_guest and what
 * becomes of its value; elf-note and guest-string only find the values.
 */
#ifndef XB_IMAGE_NOTES_H
#define XB_IMAGE_NOTES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fail.h"
#include "image/file.h"
#include "plan/plan.h"

/* A number, and where it stood, for messages. */
struct note_number {
	bool set;
	uint64_t value;
	const char *field;		/* "note ENTRY", "e_entry" */
	uint64_t at;			/* offset in the image */
};

struct notes {
	const char *from;		/* plan_image.notes_from */
	const char *loader, *guest_os, *xen_version; /* NULL: not said */
	struct note_number virt_base, entry, paddr_offset, hypercall_page;
	struct note_number init_p2m, mod_start_pfn, hv_start_low;
	struct note_number phys32_entry;
	bool bsd_symtab;
	const char *pae;		/* plan_image.pae */
	uint64_t features_supported, features_required;
	struct image_note *list;	size_t n_notes; /* as they stood */
	char others[112];		/* "9 named 'GNU'": not Xen's, or "" */
	struct { uint64_t at, n; } unread; /* bytes of notes behind one that
					    * does not fit */
};

/* An empty set: pae is "no". */
void	notes_init(struct notes *);

enum note_format { NOTE_BYTES, NOTE_NUMBER, NOTE_STRING, NOTE_WORDS };

struct note_value;
struct note_kind;
typedef int note_taker(struct notes *, const struct note_kind *,
    const struct note_value *, struct fail *);

struct note_kind {
	uint32_t type;			/* of the note */
	enum note_format format;
	const char *name;		/* XEN_ELFNOTE_... */
	const char *key;		/* in __xen_guest, or NULL */
	note_taker *take;		/* NULL: only listed */
	size_t member;			/* of struct notes */
};

/* The kind of a note, by type or by its key in __xen_guest; NULL: unknown. */
const struct note_kind *note_kind_of_type(uint64_t type);
const struct note_kind *note_kind_of_key(const char *key, size_t n);

/* A value as it stands in the image. */
struct note_value {
	bool in_string;			/* in __xen_guest, not in a note */
	uint64_t number;		/* of NOTE_NUMBER */
	const char *text;		/* NOTE_STRING: lives with the plan */
	const char *field;		/* for messages */
	uint64_t at;
};

/*
 * Takes a value in: a later one replaces an earlier, but features add up and
 * PAE and BSD_SYMTAB can only be switched on, as in Xen's libxenguest.
 * FAIL_INPUT, with the place in the file, for a required feature that is not
 * known.
 */
int	notes_take(struct notes *, const struct note_kind *,
	    const struct note_value *, const struct image_file *,
	    struct fail *) must_check;

/* Is it a kernel for PVH alone?  It has PHYS32_ENTRY, and no ENTRY. */
bool	notes_pvh_only(const struct notes *);

/* Leaves what a PVH guest is told by: PHYS32_ENTRY for the entry, and none of
 * the notes that give virtual addresses. */
void	notes_physical(struct notes *);

/*
 * FAIL_INPUT where the notes are not those of a PV kernel for xen-3.0:
 * PVH only, no generic loader, another version.
 */
int	notes_check(const struct notes *, const struct image_file *,
	    struct fail *) must_check;

#endif
