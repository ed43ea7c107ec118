/* The folder of a file target as hostile input. */
#include "unit.h"

#include <msgpack.h>

#include "base/file.h"
#include "targetkit.h"

/* A built domain, closed; its state in *bytes. */
static void
build(struct kit *k, unsigned abi, unsigned char **bytes, size_t *n)
{
	const uint8_t id[BUILD_ID_BYTES] = { 9 };
	unsigned char context[ABI_CONTEXT_MAX];
	uint32_t port;
	void *state;

	kit_begin_tables(k, &abi_rows[abi]);
	kit_pin(k);
	kit_context(k, context);
	kit_ok(k->t->ops->set_build(k->t, id, &k->f), &k->f);
	kit_ok(k->t->ops->set_context(k->t, 0, context, &k->f), &k->f);
	kit_ok(k->t->ops->set_m2p(k->t, k->p2m.v, k->p2m.n, &k->f), &k->f);
	kit_ok(k->t->ops->alloc_port(k->t, 0, &port, &k->f), &k->f);
	kit_ok(k->t->ops->seed_grant(k->t, 0, 0, kit_mfn(k, 5), &k->f), &k->f);
	target_close(k->t);
	k->t = NULL;
	kit_ok(file_slurp(AT_FDCWD, "dom/state", 1 << 20, &state, n, &k->f),
	    &k->f);
	*bytes = state;
}

static void
finish(struct kit *k, unsigned char *bytes)
{
	free(bytes);
	unlink("dom/state");
	unlink("dom/memory");
	unlink("dom/lock");
	rmdir("dom");
	extents_release(&k->p2m);
}

static void
write_state(const void *bytes, size_t n)
{
	int fd = open("dom/state", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_equal(write(fd, bytes, n), n);
	close(fd);
}

/* Opens and uses it; it may be refused, in one way. */
static bool
survives(void)
{
	struct target_info info;
	struct target *t;
	struct fail f = { 0 };
	unsigned char context[ABI_CONTEXT_MAX];
	bool present;

	if (target_open(&t, "file:dom", TARGET_READ, &f) < 0) {
		assert_int_equal(f.kind, FAIL_TARGET);
		assert_true(f.message[0] != '\0');
		return false;
	}
	kit_ok(t->ops->info(t, &info, &f), &f);
	if (info.abi != NULL && info.constructed)
		kit_ok(t->ops->get_context(t, 0, context, &present, &f), &f);
	for (size_t i = 0; i < paper_target(t)->state.frames.n; i++) {
		const struct extent *e = &paper_target(t)->state.frames.v[i];
		unsigned char *p;

		if (e->count > 4096)
			continue;
		p = t->ops->map(t, e, 1, false, &f);
		assert_non_null(p);
		/* The last byte is there, whatever the state says. */
		assert_true(p[e->count * PAGE_BYTES - 1] <= 255);
	}
	target_close(t);
	return true;
}

static void
test_truncated(void **state)
{
	unsigned char *bytes;
	struct kit k;
	size_t n;

	(void)state;
	build(&k, 4, &bytes, &n);
	for (size_t i = 0; i < n; i++) {
		write_state(bytes, i);
		assert_false(survives());
	}
	write_state(bytes, n);
	assert_true(survives());
	finish(&k, bytes);
}

/* Is it read as the state that the good bytes say? */
static bool
reads_as(const void *bytes, size_t n, const void *good)
{
	struct paper_state s = { .paused = false };
	struct fail f = { 0 };
	size_t size;
	void *out;
	bool same;

	kit_ok(paper_state_decode(&s, bytes, n, "file:dom", &f), &f);
	kit_ok(paper_state_encode(&s, &out, &size, "file:dom", &f), &f);
	same = size == n && memcmp(out, good, n) == 0;
	free(out);
	paper_state_release(&s);
	return same;
}

/* A changed byte is refused, or is another value: none of them is unread. */
static void
test_flipped(void **state)
{
	static const unsigned char flips[] = { 0xff, 0x01, 0x80, 0x10 };
	unsigned char *bytes, *good;
	size_t n, taken = 0;
	struct kit k;

	(void)state;
	build(&k, 0, &bytes, &n);
	good = test_malloc(n);
	memcpy(good, bytes, n);
	assert_true(reads_as(bytes, n, good));
	for (size_t i = 0; i < n; i++)
		for (size_t b = 0; b < COUNT(flips); b++) {
			bytes[i] ^= flips[b];
			write_state(bytes, n);
			if (survives()) {
				taken++;
				assert_false(reads_as(bytes, n, good));
			}
			bytes[i] ^= flips[b];
		}
	assert_in_range(taken, 1, n * COUNT(flips) - 1);
	test_free(good);
	finish(&k, bytes);
}

/* ---- states that are well formed and wrong ---- */

static void
twist_guest(struct paper_state *s)
{
	s->abi = abi_first(GUEST_PVH);
}

static void
twist_abi(struct paper_state *s)
{
	s->abi = NULL;
}

static void
twist_max(struct paper_state *s)
{
	s->max_pages = KIT_PAGES - 1;
}

static void
twist_vcpus(struct paper_state *s)
{
	s->vcpus = 0;
}

static void
twist_low_frame(struct paper_state *s)
{
	s->frames.v[0].mfn = PAPER_FIRST_FRAME - 1;
}

static void
twist_overlap(struct paper_state *s)
{
	s->frames.v[1].mfn = s->frames.v[0].mfn;
}

static void
twist_limit(struct paper_state *s)
{
	s->frames.v[s->frames.n - 1].mfn = 1 << 20;
}

static void
twist_far(struct paper_state *s)
{
	s->frames.v[s->frames.n - 1].mfn += 1000;
	s->m2p.n = 0;
}

static void
twist_m2p(struct paper_state *s)
{
	s->m2p.v[0].mfn = 5;
}

static void
twist_table(struct paper_state *s)
{
	s->tables.v[0].mfn = 5;
}

static void
twist_level(struct paper_state *s)
{
	s->tables.v[0].level = 4;
}

static void
twist_pin(struct paper_state *s)
{
	for (size_t i = 0; i < s->tables.n; i++)
		s->tables.v[i].pinned = true;
}

static void
twist_untyped(struct paper_state *s)
{
	s->tables.n = 0;
}

static void
twist_grant(struct paper_state *s)
{
	s->grants[3] = (struct paper_grant){ true, 0, 5 };
}

static void
twist_running(struct paper_state *s)
{
	free(s->context[0]);
	s->context[0] = NULL;
	s->paused = false;
}

static const struct {
	void (*twist)(struct paper_state *);
	const char *want;
} twists[] = {
	{ twist_abi, "its state has frames, and no ABI" },
	{ twist_guest, "has the ABI hvm-3.0-pvh, which no domain" },
	{ twist_max, "256 frames, more than max_pages 255" },
	{ twist_vcpus, "vcpus of the domain" },
	{ twist_low_frame, "'frames' of its state is not ascending runs" },
	{ twist_overlap, "'frames' of its state is not ascending runs" },
	{ twist_limit, "the limit of its ABI is 0xfffff" },
	{ twist_far, "its memory ends at 0x" },
	{ twist_m2p, "has mfn 0x5, which the domain does not own" },
	{ twist_table, "'tables' of its state has mfn 0x5" },
	{ twist_level, "at level 4 of 2" },
	{ twist_pin, "pinned at level 1 of 2" },
	{ twist_untyped, "which is no top table" },
	{ twist_grant, "'grants' of its state has mfn 0x5" },
	{ twist_running, "says that it runs" },
};

/* As encode does, but for a state whose contexts have no form any more. */
static void
twist_and_write(const unsigned char *bytes, size_t n, size_t i)
{
	struct paper_state s = { .paused = false };
	struct fail f = { 0 };
	void *out;
	size_t size;

	kit_ok(paper_state_decode(&s, bytes, n, "file:dom", &f), &f);
	twists[i].twist(&s);
	for (size_t v = 0; s.abi == NULL && v < PAPER_VCPUS_MAX; v++) {
		free(s.context[v]);
		s.context[v] = NULL;
	}
	kit_ok(paper_state_encode(&s, &out, &size, "file:dom", &f), &f);
	write_state(out, size);
	free(out);
	paper_state_release(&s);
}

static void
test_twisted(void **state)
{
	unsigned char *bytes;
	struct kit k;
	size_t n;

	(void)state;
	build(&k, 0, &bytes, &n);
	for (size_t i = 0; i < COUNT(twists); i++) {
		struct target *t;
		struct fail f = { 0 };

		twist_and_write(bytes, n, i);
		kit_refused(target_open(&t, "file:dom", TARGET_READ, &f), &f,
		    FAIL_TARGET, twists[i].want);
	}
	finish(&k, bytes);
}

static void
test_round_trip(void **state)
{
	(void)state;
	for (unsigned a = 0; a < ABI_PV_COUNT; a++) {
		struct paper_state s = { .paused = false };
		struct fail f = { 0 };
		unsigned char *bytes;
		struct kit k;
		size_t n, size;
		void *out;

		build(&k, a, &bytes, &n);
		kit_ok(paper_state_decode(&s, bytes, n, "file:dom", &f), &f);
		kit_ok(paper_state_encode(&s, &out, &size, "file:dom", &f),
		    &f);
		assert_int_equal(size, n);
		assert_memory_equal(out, bytes, n);
		free(out);
		paper_state_release(&s);
		finish(&k, bytes);
	}
}

/* ---- states of another xb ---- */

/* The state without one of its fields, or with one more: later: 7. */
static void
write_other(const unsigned char *bytes, size_t n, const char *without)
{
	msgpack_sbuffer out;
	msgpack_unpacked u;
	msgpack_packer to;
	size_t at = 0;

	msgpack_sbuffer_init(&out);
	msgpack_packer_init(&to, &out, msgpack_sbuffer_write);
	msgpack_unpacked_init(&u);
	assert_int_equal(msgpack_unpack_next(&u, (const char *)bytes, n, &at),
	    MSGPACK_UNPACK_SUCCESS);
	msgpack_pack_map(&to, u.data.via.map.size + (without ? -1u : 1));
	for (uint32_t i = 0; i < u.data.via.map.size; i++) {
		const msgpack_object_kv *kv = &u.data.via.map.ptr[i];

		if (without != NULL && kv->key.via.str.size == strlen(without)
		    && memcmp(kv->key.via.str.ptr, without,
		    strlen(without)) == 0)
			continue;
		msgpack_pack_object(&to, kv->key);
		msgpack_pack_object(&to, kv->val);
	}
	if (without == NULL) {
		msgpack_pack_str(&to, 5);
		msgpack_pack_str_body(&to, "later", 5);
		msgpack_pack_int(&to, 7);
	}
	write_state(out.data, out.size);
	msgpack_unpacked_destroy(&u);
	msgpack_sbuffer_destroy(&out);
}

/* A field that has a meaning where it is missing; refused where it has none. */
static void
test_missing_fields(void **state)
{
	static const struct {
		const char *field;
		const char *want;	/* NULL: read */
	} cases[] = {
		{ "name", NULL }, { "build", NULL }, { "m2p", NULL },
		{ "ports", NULL }, { "grants", NULL },
		{ "uuid", "field 'uuid' of its state is missing" },
		{ "max_pages", "field 'max_pages' of its state is missing" },
		{ "has_run", "field 'has_run' of its state is missing" },
		{ "xb-target", "field 'xb-target' of its state is missing" },
		{ "frames", "which the domain does not own" },
		{ "tables", "which is no top table" },
	};
	unsigned char *bytes;
	struct kit k;
	size_t n;

	(void)state;
	build(&k, 4, &bytes, &n);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct target *t;
		struct fail f = { 0 };

		write_other(bytes, n, cases[i].field);
		if (cases[i].want == NULL)
			assert_true(survives());
		else
			kit_refused(target_open(&t, "file:dom", TARGET_READ,
			    &f), &f, FAIL_TARGET, cases[i].want);
	}
	write_other(bytes, n, "build");
	assert_int_equal(target_open(&k.t, "file:dom", TARGET_READ, &k.f), 0);
	assert_false(paper_target(k.t)->state.has_build);
	target_close(k.t);
	finish(&k, bytes);
}

/* A field that nobody knows stays, whatever is done to the domain. */
static void
test_unknown_field(void **state)
{
	static const char later[] = "\xa5later\x07";
	unsigned char *bytes;
	uint32_t port;
	void *written;
	struct kit k;
	size_t n;

	(void)state;
	build(&k, 4, &bytes, &n);
	write_other(bytes, n, NULL);
	assert_true(survives());
	kit_ok(target_open(&k.t, "file:dom", TARGET_WRITE, &k.f), &k.f);
	kit_ok(k.t->ops->alloc_port(k.t, 0, &port, &k.f), &k.f);
	target_close(k.t);
	kit_ok(file_slurp(AT_FDCWD, "dom/state", 1 << 20, &written, &n, &k.f),
	    &k.f);
	assert_non_null(memmem(written, n, later, sizeof(later) - 1));
	free(written);
	assert_true(survives());
	finish(&k, bytes);
}

/* ---- other documents in its place ---- */

static void
test_other_bytes(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		const char *want;
	} cases[] = {
		{ "", 0, "is damaged" },
		{ "\x01", 1, "is damaged" },
		{ "\x80", 1, "field 'xb-target' of its state is missing" },
		{ "\x81\xa9xb-target\x02", 12, "made by another version" },
		{ "\x81\xa9xb-target\xc0", 12, "'xb-target' of its state is "
		    "not a number" },
		{ "\x81\xa7xb-plan\x01", 10, "field 'xb-target' of its state "
		    "is missing" },
		{ "\xdf\xff\xff\xff\xff", 5, "is damaged" },
		{ "\xdd\xff\xff\xff\xff", 5, "is damaged" },
		{ "\x81\xa9xb-target\xdd\xff\xff\xff\xff", 16, "is damaged" },
	};
	unsigned char *bytes;
	struct kit k;
	size_t n;

	(void)state;
	build(&k, 4, &bytes, &n);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct target *t;
		struct fail f = { 0 };

		write_state(cases[i].bytes, cases[i].n);
		kit_refused(target_open(&t, "file:dom", TARGET_READ, &f), &f,
		    FAIL_TARGET, cases[i].want);
	}
	finish(&k, bytes);
}

static void
open_refused(enum fail_kind kind, const char *words)
{
	struct target *t;
	struct fail f = { 0 };

	kit_refused(target_open(&t, "file:dom", TARGET_READ, &f), &f, kind,
	    words);
}

static void
test_other_files(void **state)
{
	unsigned char *bytes;
	struct stat st;
	struct kit k;
	size_t n;

	(void)state;
	build(&k, 4, &bytes, &n);
	assert_int_equal(stat("dom/memory", &st), 0);
	assert_int_equal(truncate("dom/memory", st.st_size - 1), 0);
	open_refused(FAIL_TARGET, "its memory ends at 0x");
	assert_int_equal(truncate("dom/memory", st.st_size + 1), 0);
	assert_true(survives());
	/* A state that is too large, a FIFO, a symbolic link. */
	assert_int_equal(truncate("dom/state", PAPER_STATE_BYTES_MAX + 1), 0);
	open_refused(FAIL_TARGET, "more than 8388608");
	unlink("dom/state");
	assert_int_equal(mkfifo("dom/state", 0600), 0);
	open_refused(FAIL_TARGET, "is not a regular file");
	unlink("dom/state");
	assert_int_equal(symlink("/etc/passwd", "dom/state"), 0);
	open_refused(FAIL_TARGET, "is damaged");
	unlink("dom/state");
	open_refused(FAIL_TARGET, "the folder has no state");
	write_state(bytes, n);
	unlink("dom/memory");
	open_refused(FAIL_TARGET, "is damaged: cannot open its memory");
	assert_int_equal(mkfifo("dom/memory", 0600), 0);
	open_refused(FAIL_TARGET, "its memory is not a regular file");
	finish(&k, bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_flipped),
		cmocka_unit_test(test_twisted),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_missing_fields),
		cmocka_unit_test(test_unknown_field),
		cmocka_unit_test(test_other_bytes),
		cmocka_unit_test(test_other_files),
	};

	return cmocka_run_group_tests(tests, kit_enter, kit_leave);
}
