#include "ref.h"

#include <string.h>

#include <xen/xen.h>

#define FRAME_BITS 0x000ffffffffff000

struct pair {
	const struct domain *ours, *theirs;
	struct result *result;
	uint64_t pfn;
	const uint64_t *a, *b;		/* the page in each */
};

static void
differs(const struct pair *p, size_t word, uint64_t a, uint64_t b,
    const char *what)
{
	differ(p->result, "%s: pfn 0x%llx offset 0x%zx: %s 0x%llx, reference "
	    "0x%llx", segment_of(p->result, p->pfn),
	    (unsigned long long)p->pfn, word * 8, what, (unsigned long long)a,
	    (unsigned long long)b);
}

static void
compare_words(const struct pair *p, size_t from, size_t to)
{
	size_t i;

	for (i = from; i < to; i++)
		if (p->a[i] != p->b[i]) {
			differs(p, i, p->a[i], p->b[i], "has");
			return;
		}
}

/* Mapped, and nobody fills it: ours is cleared, theirs as Xen gave it. */
static void
must_be_clear(const struct pair *p, size_t from)
{
	size_t i;

	for (i = from; i < ENTRIES; i++)
		if (p->a[i] != 0) {
			differs(p, i, p->a[i], 0, "must be clear, has");
			return;
		}
	p->result->nobodys++;
}

/* An entry with the guest's frame in place of the machine's. */
static uint64_t
translated(const struct domain *d, uint64_t entry)
{
	uint64_t pfn = domain_pfn(d, (entry & FRAME_BITS) / PAGE);

	if (!(entry & 1))
		return entry;
	return (entry & ~(uint64_t)FRAME_BITS) | (pfn * PAGE & FRAME_BITS);
}

static void
compare_table(const struct pair *p)
{
	bool top = p->ours->kind[p->pfn] == TABLE4;
	uint64_t a, b;
	size_t i;

	for (i = 0; i < ENTRIES; i++) {
		if (top && i >= 256 && i < 272)		/* Xen's own */
			continue;
		a = translated(p->ours, p->a[i]);
		b = translated(p->theirs, p->b[i]);
		if (a != b) {
			differs(p, i, a, b, "translated entry");
			return;
		}
	}
}

/* The entries were held against the m2p when the list was read. */
static void
compare_list(const struct pair *p)
{
	/* Which page of the list is it?  Its first entry tells. */
	uint64_t first = domain_pfn(p->ours, p->a[0]), left;

	if (first == NOWHERE || first != domain_pfn(p->theirs, p->b[0])) {
		differs(p, 0, p->a[0], p->b[0], "first entry");
		return;
	}
	left = p->ours->pages - first;
	if (left < ENTRIES)
		compare_words(p, left, ENTRIES);
}

static void
compare_start_info(const struct pair *p)
{
	start_info_t a, b;
	union { start_info_t *si; uint64_t *words; } ua = { &a }, ub = { &b };
	size_t i;

	memcpy(&a, p->a, sizeof a);
	memcpy(&b, p->b, sizeof b);
	a.shared_info -= p->ours->info.shared_info_frame * PAGE;
	b.shared_info -= p->theirs->info.shared_info_frame * PAGE;
	a.store_mfn = domain_pfn(p->ours, a.store_mfn);
	b.store_mfn = domain_pfn(p->theirs, b.store_mfn);
	a.console.domU.mfn = domain_pfn(p->ours, a.console.domU.mfn);
	b.console.domU.mfn = domain_pfn(p->theirs, b.console.domU.mfn);
	for (i = 0; i < sizeof a / 8; i++)
		if (ua.words[i] != ub.words[i])
			differs(p, i, ua.words[i], ub.words[i], "field");
	must_be_clear(p, sizeof a / 8);
}

static void
compare_page(const struct pair *p)
{
	const char *segment = segment_of(p->result, p->pfn);

	switch (p->ours->kind[p->pfn]) {
	case PLAIN:
		if (strcmp(segment, NOBODY) == 0 ||
		    strcmp(segment, "stack") == 0)
			must_be_clear(p, 0);
		else if (memcmp(p->a, p->b, PAGE) != 0)
			compare_words(p, 0, ENTRIES);
		break;
	case P2M_LIST:
		compare_list(p);
		break;
	case START_INFO:
		compare_start_info(p);
		break;
	case CONSOLE:
	case STORE:
		compare_words(p, 0, ENTRIES);
		break;
	default:
		compare_table(p);
	}
	p->result->compared++;
}

static void
compare_kinds(const struct pair *p)
{
	const struct domain *a = p->ours, *b = p->theirs;

	if (a->mapped[p->pfn] != b->mapped[p->pfn])
		differ(p->result, "%s: pfn 0x%llx is mapped in one only",
		    segment_of(p->result, p->pfn), (unsigned long long)p->pfn);
	if (a->kind[p->pfn] == b->kind[p->pfn])
		compare_page(p);
	else
		differ(p->result, "%s: pfn 0x%llx is of kind %u, in the "
		    "reference %u", segment_of(p->result, p->pfn),
		    (unsigned long long)p->pfn, a->kind[p->pfn],
		    b->kind[p->pfn]);
}

/* Pages that nobody fills and nobody maps are as Xen hands them out. */
static bool
matters(const struct pair *p)
{
	return p->ours->mapped[p->pfn] || p->theirs->mapped[p->pfn] ||
	    p->ours->kind[p->pfn] != PLAIN ||
	    p->theirs->kind[p->pfn] != PLAIN ||
	    strcmp(segment_of(p->result, p->pfn), NOBODY) != 0;
}

static void
compare_batch(struct pair *p, const uint64_t *pfns, size_t n)
{
	uint64_t mfns[2][BATCH];
	char *a, *b;
	size_t i;

	for (i = 0; i < n; i++) {
		mfns[0][i] = p->ours->p2m[pfns[i]];
		mfns[1][i] = p->theirs->p2m[pfns[i]];
	}
	a = frames_map(p->ours, mfns[0], n);
	b = frames_map(p->theirs, mfns[1], n);
	for (i = 0; i < n; i++) {
		p->pfn = pfns[i];
		p->a = (const uint64_t *)(a + i * PAGE);
		p->b = (const uint64_t *)(b + i * PAGE);
		compare_kinds(p);
	}
	frames_unmap(p->ours, a, n);
	frames_unmap(p->theirs, b, n);
}

void
compare_pages(const struct domain *ours, const struct domain *theirs,
    struct result *r)
{
	struct pair p = { .ours = ours, .theirs = theirs, .result = r };
	uint64_t pfns[BATCH];
	size_t n;

	if (ours->pages != theirs->pages) {
		differ(r, "memory: %llu pages, reference %llu",
		    (unsigned long long)ours->pages,
		    (unsigned long long)theirs->pages);
		return;
	}
	for (uint64_t next = 0; next < ours->pages; ) {
		for (n = 0; next < ours->pages && n < BATCH; next++) {
			p.pfn = next;
			if (matters(&p))
				pfns[n++] = next;
		}
		if (n > 0)
			compare_batch(&p, pfns, n);
	}
}
