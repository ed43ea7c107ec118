#include <inttypes.h>

#include "inspect/walk-report.h"

static int
digits(const struct walk_report *r)
{
	return walk_abi(r->walk)->bits / 4;
}

static void
print_frames(const struct walk_report *r, uint64_t mfn, uint64_t pfn)
{
	if (mfn != INVALID_MFN && walk_paging(r->walk) == NULL)
		fprintf(r->to, "mfn 0x%" PRIx64 ", ", mfn);
	if (walk_paging(r->walk) != NULL)
		fprintf(r->to, "gfn 0x%" PRIx64, pfn);
	else if (pfn != INVALID_MFN)
		fprintf(r->to, "pfn 0x%" PRIx64, pfn);
	else
		fputs("no pfn", r->to);
}

static void
print_place(const struct walk_report *r, const struct walk_place *p)
{
	if (p->segment != NULL)
		fprintf(r->to, " (%s + 0x%" PRIx64 ")", p->segment,
		    p->offset);
	else if (r->plan != NULL)
		fputs(" (no segment)", r->to);
}

static void
print_words(const struct walk_report *r, unsigned level, uint64_t entry)
{
	const char *word[WALK_WORDS];
	size_t n;

	walk_words(level, entry, word, &n);
	if (n == 0)
		fputs("  not present", r->to);
	for (size_t i = 0; i < n; i++)
		fprintf(r->to, "%s%s", i == 0 ? "  " : " ", word[i]);
	fputc('\n', r->to);
}

static void
print_step(const struct walk_report *r, const struct walk_step *s)
{
	const struct walk_place p = walk_place_of(r, s->mfn, s->pfn, 0);

	fprintf(r->to, "L%u table in ", s->level);
	print_frames(r, s->mfn, s->pfn);
	print_place(r, &p);
	if (p.va.set)
		fprintf(r->to, " at 0x%0*" PRIx64, digits(r), p.va.value);
	fprintf(r->to, "\n   entry %u: 0x%0*" PRIx64, s->index,
	    2 * walk_abi(r->walk)->pte_bytes, s->entry);
	print_words(r, s->level, s->entry);
}

static void
print_fault(const struct walk_report *r, enum walk_end end, unsigned level,
    const char *why)
{
	if (end == WALK_BAD && level == 0)
		fprintf(r->to, "bad, the top table: %s", why);
	else if (end == WALK_BAD)
		fprintf(r->to, "bad at L%u: %s", level, why);
	else if (end == WALK_UNSEEN)
		fprintf(r->to, "L%u: %s", level, why);
	else if (level == 0)
		fputs("not mapped", r->to);
	else
		fprintf(r->to, "not mapped: the L%u entry is not present",
		    level);
}

static void
print_path(const struct walk_report *r, const struct walk_path *p)
{
	uint64_t in_page = p->va % PAGE_BYTES;
	const struct walk_place at = walk_place_of(r, p->mfn, p->pfn, in_page);

	const char *paging = walk_paging(r->walk);

	fprintf(r->to, "%s%s%s%s\n", walk_abi(r->walk)->name,
	    paging == NULL ? "" : ", ", paging == NULL ? "" : paging,
	    walk_planned(r->walk) ? ", as planned: entries name pfns" : "");
	for (unsigned i = 0; i < p->n; i++)
		print_step(r, &p->step[i]);
	fprintf(r->to, "0x%0*" PRIx64 " -> ", digits(r), p->va);
	if (p->end != WALK_MAPPED) {
		print_fault(r, p->end, p->n == 0 ? 0 : p->step[p->n - 1].level,
		    p->why);
	} else {
		print_frames(r, p->mfn, p->pfn);
		print_place(r, &at);
	}
	fputc('\n', r->to);
}

static void
print_mapped(const struct walk_report *r, const struct walk_run *u)
{
	const struct walk_place at = walk_place_of(r, u->mfn, u->pfn, 0);

	print_frames(r, u->mfn, u->pfn);
	print_place(r, &at);
	fprintf(r->to, ", %s%s%s%s", (u->flags & PTE_RW) != 0 ?
	    "writable" : "read-only", (u->flags & PTE_USER) != 0 ?
	    " user" : "", (u->flags & PTE_NX) != 0 ?
	    " no-execute" : "", u->level > 1 ? " large" : "");
}

static void
print_run(const struct walk_report *r, const struct walk_run *u)
{
	fprintf(r->to, "0x%0*" PRIx64 " -> ", digits(r), u->va);
	if (u->end == WALK_MAPPED)
		print_mapped(r, u);
	else
		print_fault(r, u->end, u->level, u->why);
	fprintf(r->to, ", %" PRIu64 " page%s\n", u->pages,
	    u->pages == 1 ? "" : "s");
}

/* ---- both forms ---- */

/* How many pages, from the run's first one on, lie in the same segment or all
 * in none. */
static uint64_t
pages_alike(const struct walk_report *r, const struct walk_run *u)
{
	const struct plan_layout *l = r->plan == NULL ? NULL :
	    &r->plan->layout;
	uint64_t n = u->pages;

	if (u->end != WALK_MAPPED || u->pfn == INVALID_MFN)
		return n;
	for (size_t i = 0; l != NULL && i < l->n_segments; i++) {
		uint64_t start = l->segments[i].pfn;
		uint64_t end = start + l->segments[i].pages;

		if (start > u->pfn && start - u->pfn < n)
			n = start - u->pfn;
		if (end > u->pfn && end - u->pfn < n)
			n = end - u->pfn;
	}
	return n;
}

static void
drop_pages(struct walk_run *u, uint64_t n)
{
	u->va += n * PAGE_BYTES;
	u->pages -= n;
	if (u->mfn != INVALID_MFN)
		u->mfn += n;
	if (u->pfn != INVALID_MFN)
		u->pfn += n;
}

void
walk_report_run(struct walk_report *r, uint64_t pages,
    const struct walk_run *run)
{
	struct walk_run rest = *run, part;

	while (rest.pages > 0) {
		part = rest;
		part.pages = pages_alike(r, &rest);
		if (r->rows != NULL)
			walk_json_row(r, r->rows, &part);
		else if (r->json)
			walk_json_run(r, pages, &part);
		else
			print_run(r, &part);
		r->runs++;
		drop_pages(&rest, part.pages);
	}
}

void
walk_report_end(struct walk_report *r)
{
	if (r->json)
		fputs("\n  ]\n}\n", r->to);
}

void
walk_report_path(struct walk_report *r, const struct walk_path *p)
{
	if (r->json)
		walk_json_path(r, p);
	else
		print_path(r, p);
}
