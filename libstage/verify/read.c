#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/zero.h"
#include "verify/impl.h"

uint64_t
verify_mfn(struct verify *v, uint64_t pfn)
{
	return extents_mfn_near(plan_frames(v->plan), &v->near, pfn);
}

uint64_t
verify_pfn(const struct verify *v, uint64_t mfn)
{
	return extents_pfn(plan_frames(v->plan), mfn);
}

struct verify_place
verify_place(struct verify *v, uint64_t paddr)
{
	uint64_t pfn = paddr >> PAGE_BITS, mfn = verify_mfn(v, pfn);
	struct verify_place p;

	if (v->abi->p2m_entry == 0)
		snprintf(p.words, sizeof(p.words), "address 0x%" PRIx64, paddr);
	else if (pfn < plan_region_pages(v->plan))
		snprintf(p.words, sizeof(p.words), "va 0x%" PRIx64
		    " (pfn 0x%" PRIx64 ", mfn 0x%" PRIx64 ")",
		    abi_wrap(v->abi, v->plan->layout.v_start + paddr), pfn,
		    mfn);
	else
		snprintf(p.words, sizeof(p.words), "byte 0x%" PRIx64
		    " of pfn 0x%" PRIx64 " (mfn 0x%" PRIx64 ")",
		    paddr % PAGE_BYTES, pfn, mfn);
	return p;
}

int
verify_map(struct verify *v, uint64_t pfn, uint64_t pages,
    unsigned char **bytes, struct fail *f)
{
	struct extents runs = EXTENTS_INIT;

	*bytes = NULL;
	if (extents_slice(plan_frames(v->plan), pfn, pages, &runs, f) == 0)
		*bytes = v->target->ops->map(v->target, runs.v, runs.n, false,
		    f);
	extents_release(&runs);
	return *bytes == NULL ? -1 : 0;
}

int
verify_unmap(struct verify *v, unsigned char *bytes, struct fail *f)
{
	return v->target->ops->unmap(v->target, bytes, f);
}

int
verify_span(struct verify *v, struct span s,
    int (*use)(struct verify *, void *, uint64_t, const unsigned char *,
    size_t, struct fail *), void *arg, struct fail *f)
{
	while (s.from < s.to) {
		uint64_t pfn = s.from >> PAGE_BITS, left, n;
		unsigned char *bytes;
		int rc;

		left = s.to - s.from;
		n = WINDOW_MAX * PAGE_BYTES - s.from % PAGE_BYTES;
		n = n < left ? n : left;
		if (verify_map(v, pfn, pages_of(s.from % PAGE_BYTES + n),
		    &bytes, f) < 0)
			return -1;
		rc = use(v, arg, s.from, bytes + s.from % PAGE_BYTES,
		    (size_t)n, f);
		if (verify_unmap(v, bytes, f) < 0 || rc < 0 ||
		    progress_step(&v->progress, n, f) < 0)
			return -1;
		s.from += n;
	}
	return 0;
}

static int
zero_pages(struct verify *v, void *arg, uint64_t paddr,
    const unsigned char *bytes, size_t n, struct fail *f)
{
	(void)arg;
	(void)f;
	while (n > 0) {
		size_t in_page = PAGE_BYTES - paddr % PAGE_BYTES, at;
		size_t take = in_page < n ? in_page : n;

		at = zero_bytes(bytes, take);
		if (at < take)
			verify_differs(v, "%s: 0x%02x, should be 0",
			    verify_place(v, paddr + at).words, bytes[at]);
		paddr += take;
		bytes += take;
		n -= take;
	}
	return 0;
}

/*
 * Does the target know that what s has of its first run of machine frames is
 * zero?  *end is where that run ends.
 */
static bool
known_zero(struct verify *v, struct span s, uint64_t *end)
{
	uint64_t pfn = s.from >> PAGE_BITS, pages = pages_of(s.to) - pfn;
	const struct extent *e = extents_find(plan_frames(v->plan), pfn);
	struct extent part;

	*end = s.to;
	if (e == NULL)
		return false;
	part = (struct extent){ .mfn = e->mfn + (pfn - e->pfn),
	    .count = e->count - (pfn - e->pfn) };
	if (part.count < pages)
		*end = (pfn + part.count) * PAGE_BYTES;
	else
		part.count = pages;
	return v->target->ops->known_zero(v->target, &part, 1);
}

/* What the target knows to be zero is not read: most of a large domain. */
int
verify_zero(struct verify *v, struct span s, struct fail *f)
{
	uint64_t from = s.from, end;

	for (; s.from < s.to; s.from = end) {
		if (!known_zero(v, s, &end))
			continue;
		if (verify_span(v, (struct span){ from, s.from }, zero_pages,
		    NULL, f) < 0 ||
		    progress_step(&v->progress, end - s.from, f) < 0)
			return -1;
		from = end;
	}
	return verify_span(v, (struct span){ from, s.to }, zero_pages, NULL,
	    f);
}

uint64_t
verify_va(const struct verify *v, enum segment_kind kind)
{
	const struct layout_segment *s = plan_segment(v->plan, kind);

	return s == NULL || !s->va.set ? 0 : s->va.value;
}

struct span
verify_segment_span(const struct layout_segment *s)
{
	if (s == NULL)
		return (struct span){ 0, 0 };
	return (struct span){ s->pfn * PAGE_BYTES,
	    (s->pfn + s->pages) * PAGE_BYTES };
}

struct span
verify_hypercall_span(const struct verify *v)
{
	const struct plan *p = v->plan;
	uint64_t at;

	if (!plan_has(p, PLAN_STARTINFO) || !p->startinfo.hypercall_mfn.set ||
	    !p->image.hypercall_page.set)
		return (struct span){ 0, 0 };
	at = plan_hypercall_pfn(p) * PAGE_BYTES;
	return (struct span){ at, at + PAGE_BYTES };
}

/* ---- structures ---- */

enum { SCALAR_BYTES = 8 };

/* The field that holds the byte at offset, or n. */
static size_t
field_at(const struct verify_names *t, size_t offset)
{
	size_t i = 0;

	while (i < t->n && (offset < t->fields[i].offset ||
	    offset - t->fields[i].offset >= t->fields[i].size))
		i++;
	return i;
}

static void
compare_field(struct verify *v, const char *what, const char *where,
    uint64_t base, const char *name, struct abi_field d,
    const unsigned char *got, unsigned char *want)
{
	uint64_t is = abi_get(d, got), should = abi_get(d, want);

	if (is != should)
		verify_differs(v, "%s.%s (%s 0x%" PRIx64 "): 0x%" PRIx64
		    ", should be 0x%" PRIx64, what, name, where,
		    base + d.offset, is, should);
	memcpy(want + d.offset, got + d.offset, d.size);
}

static void
compare_byte(struct verify *v, const char *what, const char *where,
    uint64_t base, const struct verify_names *t, size_t at, unsigned got,
    unsigned want)
{
	size_t i = field_at(t, at);

	verify_differs(v, "%s%s%s (%s 0x%" PRIx64 "): byte 0x%02x, should be "
	    "0x%02x", what, i < t->n ? "." : "", i < t->n ? t->names[i] : "",
	    where, base + at, got, want);
}

void
verify_structure(struct verify *v, const char *what, const char *where,
    uint64_t base, const struct verify_names *t, const unsigned char *got,
    unsigned char *want, size_t size)
{
	for (size_t i = 0; i < t->n; i++)
		if (abi_has(t->fields[i]) && t->fields[i].size <= SCALAR_BYTES)
			compare_field(v, what, where, base, t->names[i],
			    t->fields[i], got, want);
	if (memcmp(got, want, size) == 0)
		return;
	for (size_t i = 0; i < size; i++)
		if (got[i] != want[i])
			compare_byte(v, what, where, base, t, i, got[i],
			    want[i]);
}

void
verify_words(struct verify *v, const char *what, uint64_t paddr,
    const unsigned char *structure, const struct verify_word *w, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t is = abi_get(w[i].at, structure);

		if (is != w[i].should)
			verify_differs(v, "%s.%s (address 0x%" PRIx64 "): 0x%"
			    PRIx64 ", should be 0x%" PRIx64, what, w[i].name,
			    paddr + w[i].at.offset, is, w[i].should);
	}
}
