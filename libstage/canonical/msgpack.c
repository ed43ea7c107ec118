#include <inttypes.h>
#include <msgpack.h>
#include <stdlib.h>
#include <string.h>

#include "canonical/impl.h"
#include "base/msgpack-check.h"

/*
 * { "xb-guest": 1, "abi": NAME, "pages": N, "runs": [pfn, count, ...],
 *   "digests": bytes, "shared_info": bytes or nil, "vcpu": bytes or nil }
 * The digests are those of the pages of the runs, in their order.
 */
enum { VERSION = 1, KEYS = 7 };

/* 16 million pages, 64 GiB without a page of zeros. */
#define BYTES_MAX	(UINT64_C(512) << 20)
#define PAGES_MAX	(UINT64_C(1) << 40)

/* ---- writing ---- */

static void
put_text(msgpack_packer *to, const char *text)
{
	msgpack_pack_str(to, strlen(text));
	msgpack_pack_str_body(to, text, strlen(text));
}

static void
put_number(msgpack_packer *to, const char *key, uint64_t value)
{
	put_text(to, key);
	msgpack_pack_uint64(to, value);
}

static void
put_digest(msgpack_packer *to, const char *key, bool has, const uint8_t *d)
{
	put_text(to, key);
	if (!has) {
		msgpack_pack_nil(to);
		return;
	}
	msgpack_pack_bin(to, SHA256_BYTES);
	msgpack_pack_bin_body(to, d, SHA256_BYTES);
}

/* Pages from i on that follow each other. */
static size_t
run_at(const struct canonical_digests *d, size_t i)
{
	size_t n = 1;

	while (i + n < d->n && d->v[i + n].pfn == d->v[i].pfn + n)
		n++;
	return n;
}

static void
put_pages(msgpack_packer *to, const struct canonical_digests *d)
{
	size_t runs = 0;

	for (size_t i = 0; i < d->n; i += run_at(d, i))
		runs++;
	put_text(to, "runs");
	msgpack_pack_array(to, 2 * runs);
	for (size_t i = 0; i < d->n; i += run_at(d, i)) {
		msgpack_pack_uint64(to, d->v[i].pfn);
		msgpack_pack_uint64(to, run_at(d, i));
	}
	put_text(to, "digests");
	msgpack_pack_bin(to, d->n * SHA256_BYTES);
	for (size_t i = 0; i < d->n; i++)
		msgpack_pack_bin_body(to, d->v[i].sha256, SHA256_BYTES);
}

/* Remembers that there was no memory for something. */
struct output {
	msgpack_sbuffer buffer;
	bool full;
};

static int
write_to(void *arg, const char *bytes, size_t n)
{
	struct output *out = arg;

	if (!out->full && msgpack_sbuffer_write(&out->buffer, bytes, n) != 0)
		out->full = true;
	return 0;
}

int
canonical_digests_encode(const struct canonical_digests *d, void **out, size_t *n,
    struct fail *f)
{
	struct output o = { .full = false };
	msgpack_packer to;

	if (d->n > BYTES_MAX / SHA256_BYTES - PAGE_BYTES)
		return fail(f, FAIL_INPUT, "the guest has %zu pages that are "
		    "not zero, more than a list of digests may have: %" PRIu64,
		    d->n, BYTES_MAX / SHA256_BYTES - PAGE_BYTES);
	msgpack_sbuffer_init(&o.buffer);
	msgpack_packer_init(&to, &o, write_to);
	msgpack_pack_map(&to, KEYS);
	put_number(&to, "xb-guest", VERSION);
	put_text(&to, "abi");
	put_text(&to, d->abi->name);
	put_number(&to, "pages", d->pages);
	put_pages(&to, d);
	put_digest(&to, "shared_info", d->has_shared_info, d->shared_info);
	put_digest(&to, "vcpu", d->has_vcpu, d->vcpu);
	*n = o.full ? 0 : o.buffer.size;
	*out = o.full ? NULL : msgpack_sbuffer_release(&o.buffer);
	msgpack_sbuffer_destroy(&o.buffer);
	return o.full ? fail_memory(f, d->n * SHA256_BYTES) : 0;
}

/* ---- reading ---- */

struct reader {
	struct canonical_digests *d;
	const char *what;
	const msgpack_object *runs;	/* their array */
	struct fail *f;
};

static int
wrong(struct reader *r, const char *key, const char *should)
{
	return fail(r->f, FAIL_INPUT, "%s: field '%s' of the list of pages is "
	    "not %s", r->what, key, should);
}

static int
get_version(struct reader *r, const char *key, const msgpack_object *o)
{
	if (o->type != MSGPACK_OBJECT_POSITIVE_INTEGER)
		return wrong(r, key, "a number");
	if (o->via.u64 != VERSION)
		return fail(r->f, FAIL_INPUT, "%s: its list of pages has "
		    "version %" PRIu64 ", this program reads version %d",
		    r->what, o->via.u64, VERSION);
	return 0;
}

static int
get_abi(struct reader *r, const char *key, const msgpack_object *o)
{
	char name[64] = "";

	if (o->type == MSGPACK_OBJECT_STR && o->via.str.size < sizeof(name))
		memcpy(name, o->via.str.ptr, o->via.str.size);
	r->d->abi = abi_named(name);
	if (r->d->abi == NULL)
		return wrong(r, key, "the name of an ABI");
	return 0;
}

static int
get_pages(struct reader *r, const char *key, const msgpack_object *o)
{
	if (o->type != MSGPACK_OBJECT_POSITIVE_INTEGER ||
	    o->via.u64 > PAGES_MAX)
		return wrong(r, key, "a number of at most 2^40");
	r->d->pages = o->via.u64;
	return 0;
}

static int
get_runs(struct reader *r, const char *key, const msgpack_object *o)
{
	if (o->type != MSGPACK_OBJECT_ARRAY || o->via.array.size % 2 != 0)
		return wrong(r, key, "a list of pairs");
	r->runs = o;
	return 0;
}

/* One run, whose digests are the next ones. */
static int
take_run(struct reader *r, const msgpack_object *pair, uint64_t *next,
    size_t *taken)
{
	uint64_t pfn = pair[0].via.u64, n = pair[1].via.u64;
	struct canonical_digests *d = r->d;

	if (pair[0].type != MSGPACK_OBJECT_POSITIVE_INTEGER ||
	    pair[1].type != MSGPACK_OBJECT_POSITIVE_INTEGER ||
	    pfn < *next || (*taken > 0 && pfn == *next) ||
	    pfn >= d->pages || n == 0 || n > d->pages - pfn ||
	    n > d->n - *taken)
		return wrong(r, "runs", "ascending, inside the domain and of "
		    "as many pages as there are digests");
	for (uint64_t i = 0; i < n; i++)
		d->v[(*taken)++].pfn = pfn + i;
	*next = pfn + n;
	return 0;
}

static int
get_digests(struct reader *r, const char *key, const msgpack_object *o)
{
	struct canonical_digests *d = r->d;
	uint64_t next = 0;
	size_t taken = 0;

	if (o->type != MSGPACK_OBJECT_BIN ||
	    o->via.bin.size % SHA256_BYTES != 0)
		return wrong(r, key, "bytes of whole digests");
	d->n = o->via.bin.size / SHA256_BYTES;
	d->v = calloc(d->n + 1, sizeof(*d->v));
	if (d->v == NULL)
		return fail_memory(r->f, (d->n + 1) * sizeof(*d->v));
	for (uint32_t i = 0; i < r->runs->via.array.size; i += 2)
		if (take_run(r, r->runs->via.array.ptr + i, &next, &taken) < 0)
			return -1;
	if (taken != d->n)
		return wrong(r, "runs", "as many pages as there are digests");
	for (size_t i = 0; i < d->n; i++)
		memcpy(d->v[i].sha256, o->via.bin.ptr + i * SHA256_BYTES,
		    SHA256_BYTES);
	return 0;
}

static int
get_digest(struct reader *r, const char *key, const msgpack_object *o,
    bool *has, uint8_t *digest)
{
	*has = o->type != MSGPACK_OBJECT_NIL;
	if (!*has)
		return 0;
	if (o->type != MSGPACK_OBJECT_BIN || o->via.bin.size != SHA256_BYTES)
		return wrong(r, key, "a SHA-256 digest");
	memcpy(digest, o->via.bin.ptr, SHA256_BYTES);
	return 0;
}

static int
get_shared_info(struct reader *r, const char *key, const msgpack_object *o)
{
	return get_digest(r, key, o, &r->d->has_shared_info,
	    r->d->shared_info);
}

static int
get_vcpu(struct reader *r, const char *key, const msgpack_object *o)
{
	return get_digest(r, key, o, &r->d->has_vcpu, r->d->vcpu);
}

/* All of them, in their order: the same digests are the same bytes. */
static const struct {
	const char *key;
	int (*get)(struct reader *, const char *, const msgpack_object *);
} keys[KEYS] = {
	{ "xb-guest", get_version }, { "abi", get_abi },
	{ "pages", get_pages }, { "runs", get_runs },
	{ "digests", get_digests }, { "shared_info", get_shared_info },
	{ "vcpu", get_vcpu },
};

static int
read_map(struct reader *r, const msgpack_object *o)
{
	if (o->type != MSGPACK_OBJECT_MAP || o->via.map.size != KEYS)
		return fail(r->f, FAIL_INPUT, "%s: not a list of pages: it is "
		    "no map of %d fields", r->what, KEYS);
	for (size_t i = 0; i < KEYS; i++) {
		const msgpack_object_kv *kv = &o->via.map.ptr[i];

		if (kv->key.type != MSGPACK_OBJECT_STR ||
		    kv->key.via.str.size != strlen(keys[i].key) ||
		    memcmp(kv->key.via.str.ptr, keys[i].key,
		    kv->key.via.str.size) != 0)
			return fail(r->f, FAIL_INPUT, "%s: not a list of "
			    "pages: field %zu is not '%s'", r->what, i + 1,
			    keys[i].key);
		if (keys[i].get(r, keys[i].key, &kv->val) < 0)
			return -1;
	}
	return 0;
}

int
canonical_digests_decode(struct canonical_digests *d, const void *bytes, size_t n,
    const char *what, struct fail *f)
{
	const struct msgpack_words words = { what, "the list of pages", "" };
	struct reader r = { .d = d, .what = what, .f = f };
	msgpack_unpacked u;
	size_t offset = 0, last_key;
	int rc;

	*d = (struct canonical_digests){ 0 };
	if (n > BYTES_MAX)
		return fail(f, FAIL_INPUT, "%s has %zu bytes, more than a list "
		    "of pages may have: %" PRIu64, what, n, BYTES_MAX);
	if (msgpack_check(bytes, n, &words, &last_key, f) < 0)
		return -1;
	msgpack_unpacked_init(&u);
	rc = msgpack_unpack_next(&u, bytes, n, &offset) ==
	    MSGPACK_UNPACK_SUCCESS ? read_map(&r, &u.data) :
	    fail(f, FAIL_INPUT, "%s: no list of pages", what);
	msgpack_unpacked_destroy(&u);
	if (rc < 0)
		canonical_digests_release(d);
	return rc;
}
