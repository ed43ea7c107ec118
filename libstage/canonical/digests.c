#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/progress.h"
#include "base/zero.h"
#include "canonical/impl.h"

/* A step may take a system call. */
enum { STEP_PAGES = 64 };

static int
add(struct canonical_digests *d, size_t *cap, uint64_t pfn,
    const unsigned char *page, struct fail *f)
{
	if (array_grow(&d->v, cap, d->n, sizeof(*d->v), f) < 0)
		return -1;
	d->v[d->n].pfn = pfn;
	sha256_of(page, PAGE_BYTES, d->v[d->n].sha256);
	d->n++;
	return 0;
}

static int
add_pages(struct canonical *c, struct canonical_digests *d, struct fail *f)
{
	unsigned char page[PAGE_BYTES];
	struct progress progress;
	uint64_t pfn, done = 0, end = abi_pfn_end(d->abi, d->pages);
	size_t cap = 0;

	progress_begin(&progress, "hashing", c->plan->memory.target.data,
	    end * PAGE_BYTES);
	for (pfn = canonical_next(c, 0); pfn < end;
	    pfn = canonical_next(c, pfn + 1)) {
		if (canonical_page(c, pfn, page, f) < 0 ||
		    (!zero_all(page, sizeof(page)) &&
		    add(d, &cap, pfn, page, f) < 0))
			return -1;
		if (pfn - done < STEP_PAGES)
			continue;
		if (progress_step(&progress, (pfn - done) * PAGE_BYTES, f) < 0)
			return -1;
		done = pfn;
	}
	progress_erase();
	return canonical_settle(c, f);
}

/* The digests of shared_info and of the context of vcpu 0. */
static int
add_others(struct canonical *c, struct canonical_digests *d, struct fail *f)
{
	unsigned char bytes[ABI_CONTEXT_MAX];

	if (canonical_shared_info(c, bytes, f) < 0)
		return -1;
	d->has_shared_info = plan_has(c->plan, PLAN_STARTINFO);
	if (d->has_shared_info)
		sha256_of(bytes, PAGE_BYTES, d->shared_info);
	if (canonical_vcpu(c, bytes, &d->has_vcpu, f) < 0)
		return -1;
	if (d->has_vcpu)
		sha256_of(bytes, c->abi->context.size, d->vcpu);
	return 0;
}

int
canonical_digests(struct canonical *c, struct canonical_digests *d,
    struct fail *f)
{
	*d = (struct canonical_digests){ .abi = c->abi,
	    .pages = c->plan->layout.pages };
	if (add_pages(c, d, f) == 0 && add_others(c, d, f) == 0)
		return 0;
	canonical_digests_release(d);
	return -1;
}

void
canonical_digests_release(struct canonical_digests *d)
{
	free(d->v);
	*d = (struct canonical_digests){ 0 };
}

/* ---- comparing ---- */

static int
add_page(struct canonical_difference *d, size_t *cap, uint64_t pfn,
    struct fail *f)
{
	struct pfn_run *last = d->n > 0 ? &d->runs[d->n - 1] : NULL;

	d->differing++;
	if (last != NULL && last->pfn + last->pages == pfn) {
		last->pages++;
		return 0;
	}
	if (array_grow(&d->runs, cap, d->n, sizeof(*d->runs), f) < 0)
		return -1;
	d->runs[d->n++] = (struct pfn_run){ pfn, 1 };
	return 0;
}

/* A page that only one of them has is one of zeros in the other. */
static int
compare_pages(const struct canonical_digests *a,
    const struct canonical_digests *b, struct canonical_difference *d,
    struct fail *f)
{
	size_t i = 0, j = 0, cap = 0;

	while (i < a->n || j < b->n) {
		uint64_t x = i < a->n ? a->v[i].pfn : INVALID_MFN;
		uint64_t y = j < b->n ? b->v[j].pfn : INVALID_MFN;
		uint64_t pfn = x < y ? x : y;
		bool same = x == y && memcmp(a->v[i].sha256, b->v[j].sha256,
		    SHA256_BYTES) == 0;

		if (!same && add_page(d, &cap, pfn, f) < 0)
			return -1;
		i += x == pfn;
		j += y == pfn;
	}
	return 0;
}

static bool
same_digest(bool has_a, const uint8_t *a, bool has_b, const uint8_t *b)
{
	return has_a == has_b && (!has_a || memcmp(a, b, SHA256_BYTES) == 0);
}

int
canonical_digests_compare(const struct canonical_digests *a,
    const struct canonical_digests *b, struct canonical_difference *d,
    struct fail *f)
{
	*d = (struct canonical_difference){ .abi = a->abi != b->abi,
	    .pages = a->pages != b->pages,
	    .shared_info = !same_digest(a->has_shared_info, a->shared_info,
	    b->has_shared_info, b->shared_info),
	    .vcpu = !same_digest(a->has_vcpu, a->vcpu, b->has_vcpu, b->vcpu) };
	if (compare_pages(a, b, d, f) == 0)
		return 0;
	canonical_difference_release(d);
	return -1;
}

bool
canonical_differs(const struct canonical_difference *d)
{
	return d->abi || d->pages || d->shared_info || d->vcpu || d->n > 0;
}

void
canonical_difference_release(struct canonical_difference *d)
{
	free(d->runs);
	*d = (struct canonical_difference){ 0 };
}
