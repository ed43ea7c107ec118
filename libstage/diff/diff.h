/*
 * diff: what differs between two plans or two built domains, in the words of
 * the plan.
 *
 * Frames, ports, UUIDs, build ids and targets are those of one domain and are
 * no difference: they are compared as guest frames, or as there or not there.
 * Neither are sources, which are local to one machine.
 *
 * Entries of lists are matched by what names them (a note by its name, a
 * segment by its kind, a payload by its role), not by where they stand.
 *
 * One cause is told once: what wholly follows from a difference that is told
 * is marked so, and left out of the text unless asked for.  That is found out,
 * not guessed: a layout follows where it is what xb-layout makes of image,
 * modules and size in both plans; page tables, start_info and registers where
 * they are what the layout says in both; a payload where each byte that
 * differs is one of a note that is told.
 */
#ifndef XB_DIFF_H
#define XB_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "canonical/canonical.h"
#include "base/fail.h"
#include "plan/plan.h"
#include "plan/fields.h"

struct record;

/* A field of an entry or a section; absent: NULL. */
struct diff_change {
	const struct schema_field *field;
	const void *from, *to;		/* as schema_number() takes it */
	size_t n_from, n_to;		/* of a list of numbers */
	bool follows;
};

/* A section, or an entry of a list: its fields that differ, or words on the
 * whole of it ("only in the first"). */
struct diff_item {
	const char *path;		/* layout.segments */
	const char *name;		/* ramdisk; NULL: not of a list */
	struct diff_change *changes; size_t n;
	const char *words;		/* instead of changes; NULL: none */
	bool follows;			/* all of it */
};

/* Pages in a row, of one segment or of none. */
struct diff_pages {
	uint64_t pfn, pages;
	unsigned byte, from, to;	/* first that differs, in its page */
	uint64_t bytes;			/* that differ in all of them; 0: it is
					 * not known which */
	const char *what;		/* more than a page: "L1 entry 5 ..." */
};

/* What differs.  Everything in it is its own or the plans'. */
struct diff {
	struct arena arena;
	struct diff_item *items; size_t n_items, cap_items;
	struct diff_pages *pages; size_t n_pages, cap_pages;
	const struct plan *plan;	/* of the first: places of pages */
};

void	diff_init(struct diff *);
void	diff_release(struct diff *);

/*
 * Adds what differs between two plans; both must live as long as d.  They are
 * only borrowed for writing: sources are looked up in them, and a layout is
 * solved in them and put back.  Payload files are read where they are found.
 */
int	diff_plans(struct diff *d, struct plan *, struct plan *, struct fail *)
	    must_check;

/*
 * Adds what differs between two built domains: what canonical_plan() tells of
 * them, then their memory, registers and shared_info.
 */
int	diff_guests(struct diff *d, struct canonical *, struct canonical *,
	    struct fail *) must_check;

/*
 * Adds what differs between two guests of which one or both are known by their
 * digests: what a domain without a plan tells (canonical_plan()) and, where
 * the layouts are the same, the pages.  Each plan, whole or told, goes with
 * its digests.
 */
int	diff_digests(struct diff *d, const struct plan *,
	    const struct canonical_digests *, const struct plan *,
	    const struct canonical_digests *, struct fail *) must_check;

/*
 * Adds what differs between two records beside their last plans, which the
 * caller has compared with diff_plans(): their guests, where the plans are
 * equal, and options and files, which follow where something else differs.
 */
int	diff_records(struct diff *d, const struct record *,
	    const struct plan *, const struct record *, const struct plan *,
	    struct fail *) must_check;

/* Adds how many vcpus two domains have, where both are known. */
int	diff_vcpus(struct diff *d, struct maybe from, struct maybe to,
	    struct fail *) must_check;

/* Does anything differ? */
bool	diff_any(const struct diff *);

/*
 * One line a difference; all: also what follows, and every page.  A failed
 * write stays with the stream.
 */
void	diff_text(const struct diff *, bool all, FILE *);

/* One JSON object and a newline, as xb-diff(1) has it; always all. */
void	diff_json(const struct diff *, FILE *);

#endif
