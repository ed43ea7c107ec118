#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "canonical/impl.h"
#include "schema/schema.h"

/*
 * { "xb-guest": 1, "abi": NAME, "pages": N, "runs": [pfn, count, ...],
 *   "digests": bytes, "shared_info": bytes or nil, "vcpu": bytes or nil }
 * The digests are those of the pages of the runs, in their order.
 */
enum { VERSION = 1 };

/* 16 million pages, 64 GiB without a page of zeros. */
#define BYTES_MAX	(UINT64_C(512) << 20)

struct document {
	uint64_t version;
	struct canonical_digests d;	/* but for its list, v and n */
	struct pfn_run *runs;		size_t n_runs;
	struct bytes digests;
};

static const struct schema_field run_rows[] = {
	{ "pfn", TYPE_NUMBER, SCHEMA_AT(pfn_run, pfn), .limit = UINT64_MAX },
	{ "pages", TYPE_NUMBER, SCHEMA_AT(pfn_run, pages),
	    .limit = UINT64_MAX },
};
static const struct schema_form run_form = SCHEMA_FORM(pfn_run, run_rows);

static const struct schema_field rows[] = {
	{ "xb-guest", TYPE_NUMBER, SCHEMA_AT(document, version),
	    .limit = UINT64_MAX },
	{ "abi", TYPE_ABI, SCHEMA_AT(document, d.abi), .limit = 64 },
	{ "pages", TYPE_NUMBER, SCHEMA_AT(document, d.pages),
	    .limit = UINT64_C(1) << 40, .must = "a number of at most 2^40" },
	{ "runs", TYPE_FLAT, SCHEMA_COUNTED(document, runs, n_runs),
	    .limit = UINT32_MAX, .form = &run_form,
	    .must = "a list of pairs" },
	{ "digests", TYPE_BLOB, SCHEMA_AT(document, digests),
	    .must = "bytes of whole digests" },
	{ "shared_info", TYPE_DIGEST, SCHEMA_AT(document, d.shared_info),
	    .nil = true },
	{ "vcpu", TYPE_DIGEST, SCHEMA_AT(document, d.vcpu), .nil = true },
};
static const struct schema_form form = SCHEMA_FORM(document, rows);

/* The version says what the other fields are: it is read first, alone. */
static const struct schema_form version_form = { .fields = rows, .n = 1 };

/* ---- writing ---- */

static void
put_pages(struct document *doc, unsigned char *digests)
{
	const struct canonical_digests *d = &doc->d;

	for (size_t i = 0; i < d->n; i++) {
		struct pfn_run *last = &doc->runs[doc->n_runs];

		memcpy(digests + i * SHA256_BYTES, d->v[i].sha256,
		    SHA256_BYTES);
		if (i > 0 && d->v[i].pfn == last[-1].pfn + last[-1].pages) {
			last[-1].pages++;
		} else {
			*last = (struct pfn_run){ d->v[i].pfn, 1 };
			doc->n_runs++;
		}
	}
	doc->digests = (struct bytes){ (const char *)digests,
	    d->n * SHA256_BYTES };
}

int
canonical_digests_encode(const struct canonical_digests *d, void **out,
    size_t *n, struct fail *f)
{
	static const struct schema_extras none;
	struct document doc = { .version = VERSION, .d = *d };
	struct arena arena = ARENA_INIT;
	struct schema_packer m;
	unsigned char *digests;
	int rc = -1;

	if (d->n > BYTES_MAX / SHA256_BYTES - PAGE_BYTES)
		return fail(f, FAIL_INPUT, "the guest has %zu pages that are "
		    "not zero, more than a list of digests may have: %" PRIu64,
		    d->n, BYTES_MAX / SHA256_BYTES - PAGE_BYTES);
	schema_pack_begin(&m, SIZE_MAX);
	digests = arena_array(&arena, d->n, SHA256_BYTES, f);
	doc.runs = arena_array(&arena, d->n, sizeof(*doc.runs), f);
	if (digests != NULL && doc.runs != NULL) {
		put_pages(&doc, digests);
		schema_visit(&form, &doc, &none, &m.pen);
		rc = 0;
	}
	arena_release(&arena);
	return schema_pack_end(&m, rc, out, n, f);
}

/* ---- reading ---- */

static int
wrong(struct schema_reader *r, const char *key, const char *should)
{
	return fail(r->f, FAIL_INPUT, "%s: field '%s' of the list of pages is "
	    "not %s", r->what, key, should);
}

/* All fields, in their order: the same digests are the same bytes. */
static int
check_keys(struct schema_reader *r, const msgpack_object *o)
{
	if (o->type != MSGPACK_OBJECT_MAP || o->via.map.size != form.n)
		return fail(r->f, FAIL_INPUT, "%s: not a list of pages: it is "
		    "no map of %zu fields", r->what, form.n);
	for (size_t i = 0; i < form.n; i++) {
		const msgpack_object_str *key = &o->via.map.ptr[i].key.via.str;

		if (schema_form_field(&form, key->ptr, key->size) != &rows[i])
			return fail(r->f, FAIL_INPUT, "%s: not a list of "
			    "pages: field %zu is not '%s'", r->what, i + 1,
			    rows[i].key);
	}
	return 0;
}

/* The pages of the runs, ascending; their digests follow each other. */
static int
take_pages(struct schema_reader *r, const struct document *doc,
    struct canonical_digests *d)
{
	const uint64_t end = abi_pfn_end(d->abi, d->pages);
	uint64_t next = 0;
	size_t taken = 0;

	for (size_t i = 0; i < doc->n_runs; i++) {
		const struct pfn_run *run = &doc->runs[i];

		if (run->pfn < next || (taken > 0 && run->pfn == next) ||
		    run->pfn >= end || run->pages == 0 ||
		    run->pages > end - run->pfn ||
		    run->pages > d->n - taken)
			return wrong(r, "runs", "ascending, inside the domain "
			    "and of as many pages as there are digests");
		for (uint64_t k = 0; k < run->pages; k++, taken++) {
			d->v[taken].pfn = run->pfn + k;
			memcpy(d->v[taken].sha256, doc->digests.data +
			    taken * SHA256_BYTES, SHA256_BYTES);
		}
		next = run->pfn + run->pages;
	}
	return taken == d->n ? 0 : wrong(r, "runs", "as many pages as there "
	    "are digests");
}

static int
read_digests(struct schema_reader *r, struct canonical_digests *d)
{
	static const uint8_t none[SHA256_BYTES];
	const msgpack_object *map = &r->unpacked.data;
	struct document doc = { .version = 0 };

	if (check_keys(r, map) < 0 ||
	    schema_read(r, &version_form, &doc, map) < 0)
		return -1;
	if (doc.version != VERSION)
		return fail(r->f, FAIL_INPUT, "%s: its list of pages has "
		    "version %" PRIu64 ", this program reads version %d",
		    r->what, doc.version, VERSION);
	if (schema_read(r, &form, &doc, map) < 0)
		return -1;
	if (doc.digests.size % SHA256_BYTES != 0)
		return wrong(r, "digests", "bytes of whole digests");
	*d = doc.d;
	d->has_shared_info = memcmp(d->shared_info, none, sizeof(none)) != 0;
	d->has_vcpu = memcmp(d->vcpu, none, sizeof(none)) != 0;
	d->n = doc.digests.size / SHA256_BYTES;
	d->v = calloc(d->n + 1, sizeof(*d->v));
	if (d->v == NULL)
		return fail_memory(r->f, (d->n + 1) * sizeof(*d->v));
	return take_pages(r, &doc, d);
}

int
canonical_digests_decode(struct canonical_digests *d, const void *bytes,
    size_t n, const char *what, struct fail *f)
{
	static const struct schema_words words = {
		.document = "the list of pages", .if_cut = "",
		.before = "field '", .after = "' of the list of pages",
		.brief = true };
	struct arena arena = ARENA_INIT;
	struct schema_reader r = { .words = &words, .what = what,
	    .arena = &arena, .f = f };
	int rc;

	*d = (struct canonical_digests){ 0 };
	if (n > BYTES_MAX)
		return fail(f, FAIL_INPUT, "%s has %zu bytes, more than a list "
		    "of pages may have: %" PRIu64, what, n, BYTES_MAX);
	rc = schema_open(&r, bytes, n);
	if (rc == 0)
		rc = read_digests(&r, d);
	schema_close(&r);
	arena_release(&arena);
	if (rc < 0)
		canonical_digests_release(d);
	return rc;
}
