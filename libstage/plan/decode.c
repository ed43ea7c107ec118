#include <inttypes.h>
#include <string.h>
#include <zlib.h>

#include "base/msgpack-check.h"
#include "plan/fields.h"

const struct schema_words plan_words = { .document = "the plan",
	.if_cut = "; was the pipe cut off?", .before = "'", .after = "'" };

/* Files that people put into the pipe by mistake, by their first bytes. */
static const struct {
	const char *bytes;
	size_t n;
	const char *what;
} strangers[] = {
	{ "\x1f\x8b", 2, "gzip data; unpack it first" },
	{ "\xfd" "7zXZ", 5, "xz data; unpack it first" },
	{ "\x28\xb5\x2f\xfd", 4, "zstd data; unpack it first" },
	{ "BZh", 3, "bzip2 data; unpack it first" },
	{ "\x7f" "ELF", 4, "an ELF file; xb-parse makes a plan of a kernel" },
	{ "MZ", 2, "a kernel or a program; xb-parse makes a plan of a kernel" },
	{ "{", 1, "JSON; xb-plan makes a plan of it" },
};

static bool
is_map(unsigned char first)
{
	return (first & 0xf0) == 0x80 || first == 0xde || first == 0xdf;
}

static int
no_plan(const unsigned char *bytes, size_t n, const char *what, struct fail *f)
{
	const char *seen = "it does not begin with a msgpack map";
	size_t skip = 0;

	while (skip < n && strchr(" \t\r\n", bytes[skip]) != NULL &&
	    bytes[skip] != '\0')
		skip++;
	for (size_t i = 0; i < sizeof(strangers) / sizeof(*strangers); i++)
		if (n - skip >= strangers[i].n && memcmp(bytes + skip,
		    strangers[i].bytes, strangers[i].n) == 0)
			return fail(f, FAIL_INPUT, "%s: not a plan but %s",
			    what, strangers[i].what);
	return fail(f, FAIL_INPUT, "%s: not a plan: %s", what, seen);
}

static bool
is_key(const msgpack_object *key, const char *name)
{
	return key->via.str.size == strlen(name) &&
	    memcmp(key->via.str.ptr, name, strlen(name)) == 0;
}

static int
check_version(const msgpack_object *root, const char *what, struct fail *f)
{
	const msgpack_object_kv *kv = root->via.map.ptr;

	if (root->via.map.size == 0 || !is_key(&kv->key, "xb-plan"))
		return fail(f, FAIL_INPUT, "%s: not a plan: its first key is"
		    " not 'xb-plan'", what);
	if (kv->val.type != MSGPACK_OBJECT_POSITIVE_INTEGER)
		return fail(f, FAIL_INPUT, "%s: 'xb-plan' is not a number: the"
		    " version of the plan", what);
	if (kv->val.via.u64 != PLAN_VERSION)
		return fail(f, FAIL_INPUT, "%s: a plan of version %" PRIu64
		    "; this program knows version %d", what, kv->val.via.u64,
		    PLAN_VERSION);
	return 0;
}

static int
check_seal(const msgpack_object *root, const void *bytes, size_t last_key,
    const char *what, struct fail *f)
{
	const msgpack_object_kv *kv =
	    &root->via.map.ptr[root->via.map.size - 1];
	uLong crc;

	if (!is_key(&kv->key, "seal"))
		return fail(f, FAIL_INPUT, "%s: the plan has no seal: its last"
		    " key is not 'seal'; xb-plan seals a plan", what);
	if (kv->val.type != MSGPACK_OBJECT_POSITIVE_INTEGER)
		return fail(f, FAIL_INPUT, "%s: 'seal' is not a number", what);
	crc = crc32(0, bytes, (uInt)last_key);
	if (kv->val.via.u64 != crc)
		return fail(f, FAIL_INPUT, "%s: the plan was changed after it"
		    " was sealed: its seal is 0x%" PRIx64 ", its bytes give"
		    " 0x%lx; edit a plan as JSON (xb-show -j) and seal it with"
		    " xb-plan", what, kv->val.via.u64, crc);
	return 0;
}

static int
read_root(struct plan *p, struct schema_reader *r)
{
	const msgpack_object *root = &r->unpacked.data;
	struct fail inner = { .kind = FAIL_NONE };
	msgpack_object sections = *root;

	if (check_version(root, r->what, r->f) < 0 ||
	    check_seal(root, r->bytes, r->last_key, r->what, r->f) < 0)
		return -1;
	/* The first key is xb-plan and the last is seal. */
	sections.via.map.ptr++;
	sections.via.map.size -= 2;
	if (schema_read(r, &plan_form, p, &sections) < 0)
		return -1;
	if (plan_check(p, &inner) < 0)
		return fail(r->f, inner.kind, "%s: %s", r->what, inner.message);
	return 0;
}

int
plan_decode(struct plan *p, const void *bytes, size_t n, const char *what,
    struct fail *f)
{
	struct schema_reader r = { .words = &plan_words, .what = what,
	    .arena = &p->arena, .extra = &p->extra, .f = f };
	int rc;

	plan_init(p);
	if (n == 0)
		return fail(f, FAIL_INPUT, "no plan on %s: it is empty", what);
	if (n > PLAN_BYTES_MAX)
		return fail(f, FAIL_INPUT, "%s: a plan of %zu bytes, limit %ju",
		    what, n, (uintmax_t)PLAN_BYTES_MAX);
	if (!is_map(*(const unsigned char *)bytes))
		return no_plan(bytes, n, what, f);
	rc = schema_open(&r, bytes, n);
	if (rc == 0)
		rc = read_root(p, &r);
	schema_close(&r);
	if (rc < 0)
		plan_release(p);
	return rc;
}

char *
plan_named_target(const void *bytes, size_t n)
{
	const struct msgpack_words words = { "", "", "" };
	struct fail f = { .kind = FAIL_NONE };
	const char *target;
	size_t at;

	if (n > PLAN_BYTES_MAX || msgpack_check(bytes, n, &words, &at, &f) < 0)
		return NULL;
	at = msgpack_value(bytes, n, msgpack_value(bytes, n, 0, "memory"),
	    "target");
	target = msgpack_text(bytes, n, at, &at);
	return target == NULL ? NULL : strndup(target, at);
}
