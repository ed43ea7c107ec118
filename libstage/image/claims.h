/*
 * image-claims: what a kernel image says of itself, in notes or in the legacy
 * string, before anyone believes it.
 *
 * One table names every note (public/elfnote.h) and its legacy key and says
 * what becomes of its value; elfnote and legacy only find the values.
 */
#ifndef XB_IMAGE_CLAIMS_H
#define XB_IMAGE_CLAIMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fail.h"
#include "image/file.h"
#include "plan/plan.h"

/* A number, and where it stood, for messages. */
struct claimed {
	bool set;
	uint64_t value;
	const char *field;		/* "note ENTRY", "e_entry" */
	uint64_t at;			/* offset in the image */
};

struct claims {
	const char *from;		/* plan_image.notes_from */
	const char *loader, *guest_os, *xen_version; /* NULL: not said */
	struct claimed virt_base, entry, paddr_offset, hypercall_page, init_p2m,
	    mod_start_pfn, hv_start_low, phys32_entry;
	bool bsd_symtab;
	const char *pae;		/* plan_image.pae */
	uint64_t features_supported, features_required;
	struct image_note *notes;	size_t n_notes; /* as they stood */
};

/* An empty set: pae is "no". */
void	claims_init(struct claims *);

enum claim_form { CLAIM_BYTES, CLAIM_NUMBER, CLAIM_STRING };

struct claim_kind;

/* The kind of a note type or of a legacy key; NULL: not known. */
const struct claim_kind *claim_of_note(uint64_t type);
const struct claim_kind *claim_of_key(const char *key, size_t n);

enum claim_form claim_form(const struct claim_kind *);
const char *claim_name(const struct claim_kind *);
uint64_t claim_type(const struct claim_kind *);

/* One value as it stood. */
struct claim_value {
	bool legacy;
	uint64_t number;		/* of CLAIM_NUMBER */
	const char *text;		/* of CLAIM_STRING; lives with the plan */
	const char *field;		/* for messages */
	uint64_t at;
};

/*
 * Takes a value in: a later one replaces an earlier, but features add up and
 * PAE and BSD_SYMTAB can only be switched on (libxenguest, fact 8).
 * FAIL_INPUT, with the place in the file, for a required feature that is not
 * known.
 */
int	claims_take(struct claims *, const struct claim_kind *,
	    const struct claim_value *, const struct image_file *,
	    struct fail *) must_check;

/*
 * FAIL_INPUT where the claims are not those of a PV kernel for xen-3.0:
 * PVH only, no generic loader, another version.
 */
int	claims_check(const struct claims *, const struct image_file *,
	    struct fail *) must_check;

#endif
