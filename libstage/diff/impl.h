/*
 * impl: what the files of the room diff share.
 */
#ifndef XB_DIFF_IMPL_H
#define XB_DIFF_IMPL_H

#include "diff/diff.h"

/* ---- items (items.c) ---- */

/* A new item, zeroed but for its path and name; NULL: f. */
struct diff_item *diff_item(struct diff *, const char *path, const char *name,
	    struct fail *) must_check;

/* An item that is told in words alone. */
int	diff_words(struct diff *, const char *path, const char *name,
	    struct fail *, const char *fmt, ...) printf_like(5, 6) must_check;

/* An item that only one of the two has. */
int	diff_only(struct diff *, const char *path, const char *name,
	    bool second, struct fail *) must_check;

/* The change of that field, or NULL. */
struct diff_change *diff_change_of(const struct diff_item *, const char *key);

int	diff_add_pages(struct diff *, const struct diff_pages *, struct fail *)
	    must_check;

/* Does an item belong to that section? */
bool	diff_under(const struct diff_item *, const char *section);

/* ---- plans (diff.c) ---- */

/* Compares all but memory and sources of what two domains tell. */
int	diff_told(struct diff *, size_t first, struct plan *, struct plan *,
	    struct fail *) must_check;

/* ---- walking (walk.c) ---- */

/* Compares one section of two plans by the schema. */
int	diff_section(struct diff *, enum plan_section, const struct plan *,
	    const struct plan *, struct fail *) must_check;

bool	diff_same_bytes(const struct bytes *, const struct bytes *);

/* ---- matching (match.c) ---- */

struct diff_match {
	const void *a, *b;		/* NULL: only the other list has it */
	const char *name;
};

/*
 * The entries of two lists, matched: those of the first in their order, each
 * with its like in the second, then what only the second has.
 */
int	diff_match(struct diff *, const struct schema_form *, const char *path,
	    const char *a, size_t n_a, const char *b, size_t n_b,
	    struct diff_match **, size_t *n, struct fail *) must_check;

/* ---- what follows (follows.c) ---- */

/*
 * Marks the items from number first on that follow from others.  alone: the
 * two plans are what domains without a plan told.
 */
int	diff_follows(struct diff *, size_t first, struct plan *, struct plan *,
	    bool alone, struct fail *) must_check;

/*
 * Marks fields of the bound half that are what layout and image say, in both
 * plans (derived.c).
 */
void	diff_mark_derived(struct diff *, size_t first, const struct plan *,
	    const struct plan *);

/* ---- guests (guest.c) ---- */

/* Are size, initial mapping and segments the same? */
bool	diff_same_layout(const struct plan *, const struct plan *);

/* ---- PVH guests (pvh.c) ---- */

/*
 * Clears, in a page of both segments start_info, the index-th of them, what
 * the plans tell: command lines and, where the layouts differ, all that points
 * somewhere or is pointed to.
 */
void	diff_pvh_forget(const struct plan *, const struct plan *,
	    bool same_layout, uint64_t index, unsigned char *a,
	    unsigned char *b);

/* Says of a page of start_info or ACPI tables which field or table the first
 * byte that differs belongs to. */
int	diff_pvh_tell(struct diff *, struct diff_pages *,
	    const unsigned char *a, const unsigned char *b, struct fail *)
	    must_check;

/* ---- payloads (payload.c) ---- */

/*
 * Says of each payload that is in both plans and differs which bytes differ,
 * and marks those payloads that differences of notes explain.
 */
int	diff_payloads(struct diff *, size_t first, struct plan *,
	    struct plan *, struct fail *) must_check;

#endif
