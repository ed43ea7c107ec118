/*
 * What is written into xenstore for a domain, by whom it may be used, and what
 * is left when something goes wrong.
 */
#include "unit.h"

#include <unistd.h>

#include "fakestore.h"
#include "xenstore/introduce.h"
#include "xenstore/nodes.h"
#include "xenstore/userdata.h"

#define HOME "/local/domain/7"
#define VM "/vm/00112233-4455-6677-8899-aabbccddeeff"

static const struct introduction domain = {
	.domid = 7, .name = "web",
	.uuid = { 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99,
	    0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff },
	.pages = 65536, .max_pages = 131072, .vcpus = 2,
	.store_mfn = 0x123456, .store_port = 1,
	.console_mfn = 0x123457, .console_port = 2, .console_domid = 0,
	.console_type = CONSOLE_XENCONSOLED, .start_time = 1700000000,
};

/* The whole of it; own: the domain's, else dom0's and the domain reads. */
static const struct want {
	const char *path, *text;
	bool own;
} wanted[] = {
	{ HOME, "", false },
	{ HOME "/vm", VM, false },
	{ HOME "/name", "web", false },
	{ HOME "/domid", "7", false },
	{ HOME "/cpu", "", false },
	{ HOME "/cpu/0", "", false },
	{ HOME "/cpu/0/availability", "online", false },
	{ HOME "/cpu/1", "", false },
	{ HOME "/cpu/1/availability", "online", false },
	{ HOME "/memory", "", false },
	{ HOME "/memory/static-max", "524288", false },
	{ HOME "/memory/target", "262144", false },
	{ HOME "/memory/videoram", "0", false },
	{ HOME "/device", "", false },
	{ HOME "/device/suspend", "", false },
	{ HOME "/device/suspend/event-channel", "", true },
	{ HOME "/control", "", false },
	{ HOME "/control/shutdown", "", true },
	{ HOME "/control/feature-poweroff", "", true },
	{ HOME "/control/feature-reboot", "", true },
	{ HOME "/control/feature-suspend", "", true },
	{ HOME "/control/sysrq", "", true },
	{ HOME "/control/platform-feature-multiprocessor-suspend", "1",
	    false },
	{ HOME "/control/platform-feature-xs_reset_watches", "1", false },
	{ HOME "/data", "", true },
	{ HOME "/drivers", "", true },
	{ HOME "/feature", "", true },
	{ HOME "/attr", "", true },
	{ HOME "/error", "", true },
	{ HOME "/store", "", false },
	{ HOME "/store/port", "1", false },
	{ HOME "/store/ring-ref", "1193046", false },
	{ HOME "/console", "", false },
	{ HOME "/console/backend-id", "0", false },
	{ HOME "/console/limit", "1048576", false },
	{ HOME "/console/type", "xenconsoled", false },
	{ HOME "/console/output", "pty", false },
	{ HOME "/console/tty", "", false },
	{ HOME "/console/ring-ref", "1193047", false },
	{ HOME "/console/port", "2", false },
	{ VM, "", false },
	{ VM "/name", "web", false },
	{ VM "/uuid", "00112233-4455-6677-8899-aabbccddeeff", false },
	{ VM "/start_time", "1700000000", false },
};

/* Made by the first write, never by us. */
static const char *const above[] = { "/local", "/local/domain", "/vm" };

static void
begin(struct fakestore *s)
{
	*s = (struct fakestore){ .base = { &fakestore_ops } };
}

static void
must_introduce(struct fakestore *s, const struct introduction *d)
{
	struct fail f = { 0 };

	if (introduce_domain(&s->base, d, &f) < 0)
		unit_fail("%s", f.message);
	assert_false(s->inside);
}

static void
check_node(struct fakestore *s, const struct want *w)
{
	const struct fake_node *n = fakestore_find(s, w->path);

	if (n == NULL)
		unit_fail("no %s", w->path);
	if (strcmp(n->text, w->text) != 0)
		unit_fail("%s is '%s'", w->path, n->text);
	if (n->owner != (w->own ? 7 : 0) ||
	    n->reader != (w->own ? NOBODY : 7))
		unit_fail("%s: owner %u, reader %u", w->path, n->owner,
		    n->reader);
}

static void
all_nodes(void **state)
{
	static struct fakestore s;

	(void)state;
	begin(&s);
	must_introduce(&s, &domain);
	for (size_t i = 0; i < COUNT(wanted); i++)
		check_node(&s, &wanted[i]);
	for (size_t i = 0; i < COUNT(above); i++)
		assert_non_null(fakestore_find(&s, above[i]));
	assert_int_equal(s.now.n, COUNT(wanted) + COUNT(above));
	assert_int_equal(s.introductions, 1);
	/* No more requests than this: xenstored serves them one by one. */
	assert_in_range(s.calls, 1, 46);
	assert_int_equal(s.domid, 7);
	assert_int_equal(s.mfn, 0x123456);
	assert_int_equal(s.port, 1);
}

static void
no_console(void **state)
{
	struct introduction d = domain;
	static struct fakestore s;

	(void)state;
	begin(&s);
	d.console_port = 0;
	must_introduce(&s, &d);
	assert_null(fakestore_find(&s, HOME "/console"));
	assert_non_null(fakestore_find(&s, HOME "/store/port"));
}

/* What others wrote since stays, what is the builder's is written anew. */
static void
again(void **state)
{
	static const struct {
		const char *path, *text;
	} kept[] = {
		{ HOME "/console/tty", "/dev/pts/3" },
		{ HOME "/control/shutdown", "poweroff" },
		{ HOME "/data/report", "guest" },
		{ VM "/start_time", "1700000000" },
	};
	struct introduction d = domain;
	static struct fakestore s;
	size_t n;

	(void)state;
	begin(&s);
	must_introduce(&s, &domain);
	for (size_t i = 0; i < COUNT(kept); i++)
		fakestore_put(&s, kept[i].path, kept[i].text);
	n = s.now.n;
	d.start_time++;
	d.store_port = 3;
	d.name = "other";
	must_introduce(&s, &d);
	for (size_t i = 0; i < COUNT(kept); i++)
		assert_string_equal(fakestore_find(&s, kept[i].path)->text,
		    kept[i].text);
	assert_string_equal(fakestore_find(&s, HOME "/store/port")->text, "3");
	assert_string_equal(fakestore_find(&s, HOME "/name")->text, "other");
	assert_int_equal(fakestore_find(&s, HOME "/data")->owner, 7);
	assert_int_equal(s.now.n, n);
	assert_int_equal(s.introductions, 2);
	assert_int_equal(s.port, 3);
}

/* Numbers are used again: what stands there may be a dead domain's. */
static void
left_behind(void **state)
{
	static struct fakestore s;

	(void)state;
	begin(&s);
	fakestore_put(&s, HOME "/vm", "/vm/of-another");
	fakestore_put(&s, HOME "/data/old", "secret");
	fakestore_put(&s, HOME "/console/tty", "/dev/pts/9");
	fakestore_put(&s, VM "/image", "old");
	must_introduce(&s, &domain);
	assert_null(fakestore_find(&s, HOME "/data/old"));
	assert_null(fakestore_find(&s, VM "/image"));
	for (size_t i = 0; i < COUNT(wanted); i++)
		check_node(&s, &wanted[i]);
}

static const struct other {
	const char *name;		/* of the case */
	const char *path, *text;
	uint32_t alive;
	const char *refused;		/* words, or NULL */
} others[] = {
	{ "another name", "/local/domain/3/name", "webb", 3, NULL },
	{ "our own old name", HOME "/name", "web", 7, NULL },
	{ "the name", "/local/domain/3/name", "web", 3,
	    "domain 3 is named 'web'" },
	{ "the name of a dead one", "/local/domain/3/name", "web", 4, NULL },
	{ "the UUID", "/local/domain/3/vm", VM, 3, "domain 3 has the UUID" },
	{ "the UUID of a dead one", "/local/domain/3/vm", VM, 4, NULL },
	{ "not a number", "/local/domain/x/name", "web", 3, NULL },
};

static void
other_domains(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(others); i++) {
		const struct other *o = &others[i];
		static struct fakestore s;
		struct fail f = { 0 };
		int rc;

		begin(&s);
		fakestore_put(&s, o->path, o->text);
		/* What a domain says that it has is there. */
		if (strcmp(o->text, VM) == 0)
			fakestore_put(&s, VM, "");
		s.alive[0] = o->alive;
		rc = introduce_domain(&s.base, &domain, &f);
		if (rc != (o->refused == NULL ? 0 : -1))
			unit_fail("%s: %d %s", o->name, rc, f.message);
		if (o->refused == NULL)
			continue;
		assert_int_equal(f.kind, FAIL_TARGET);
		if (strstr(f.message, o->refused) == NULL)
			unit_fail("%s: %s", o->name, f.message);
		assert_null(fakestore_find(&s, HOME "/store"));
		assert_int_equal(s.introductions, 0);
	}
}

/* What is asked of xenstored for a made-up name does not grow with the domains
 * that there are, and their UUIDs are looked at all the same. */
static void
made_up_name(void **state)
{
	struct introduction d = domain;
	static struct fakestore s;
	struct fail f = { 0 };
	unsigned calls;

	(void)state;
	d.made_up = true;
	begin(&s);
	assert_int_equal(introduce_domain(&s.base, &d, &f), 0);
	calls = s.calls;
	begin(&s);
	fakestore_put(&s, "/local/domain/3/name", "web");
	fakestore_put(&s, "/local/domain/4/name", "other");
	s.alive[0] = 3;
	assert_int_equal(introduce_domain(&s.base, &d, &f), 0);
	assert_int_equal(s.calls, calls);
	assert_int_equal(s.lists, 0);
	begin(&s);
	fakestore_put(&s, "/local/domain/3/vm", VM);
	fakestore_put(&s, VM, "");
	s.alive[0] = 3;
	assert_int_equal(introduce_domain(&s.base, &d, &f), -1);
	assert_int_equal(f.kind, FAIL_TARGET);
}

static void
conflicts(void **state)
{
	static const struct {
		unsigned times;
		int rc;
	} cases[] = { { 1, 0 }, { 50, 0 }, { 100000, -1 } };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		static struct fakestore s;
		struct fail f = { 0 };

		begin(&s);
		s.conflicts = cases[i].times;
		assert_int_equal(introduce_domain(&s.base, &domain, &f),
		    cases[i].rc);
		assert_int_equal(s.now.n, cases[i].rc == 0 ?
		    COUNT(wanted) + COUNT(above) : 0);
		assert_int_equal(f.kind, cases[i].rc == 0 ? FAIL_NONE :
		    FAIL_SYSTEM);
	}
}

/* Every call fails once: one failure, and nothing stays. */
static void
calls_fail(void **state)
{
	static struct fakestore s;
	unsigned calls;

	(void)state;
	begin(&s);
	must_introduce(&s, &domain);
	calls = s.calls;
	for (unsigned i = 1; i <= calls; i++) {
		struct fail f = { 0 };

		begin(&s);
		s.fails_at = i;
		assert_int_equal(introduce_domain(&s.base, &domain, &f), -1);
		assert_int_equal(f.kind, FAIL_SYSTEM);
		assert_false(s.inside);
		assert_null(fakestore_find(&s, HOME));
		assert_null(fakestore_find(&s, VM));
	}
}

static void
not_taken(void **state)
{
	static struct fakestore s;
	struct fail f = { 0 };

	(void)state;
	begin(&s);
	s.refuses = true;
	assert_int_equal(introduce_domain(&s.base, &domain, &f), -1);
	assert_int_equal(f.kind, FAIL_TARGET);
	assert_null(fakestore_find(&s, HOME));
	assert_null(fakestore_find(&s, VM));
}

static void
removed(void **state)
{
	static const uint8_t another[UUID_BYTES] = { 1 };
	static struct fakestore s;
	struct fail f = { 0 };

	(void)state;
	begin(&s);
	fakestore_put(&s, "/local/domain/77/name", "neighbour");
	must_introduce(&s, &domain);
	assert_int_equal(introduce_remove(&s.base, 7, another, &f), 0);
	assert_non_null(fakestore_find(&s, HOME "/name"));
	assert_int_equal(introduce_remove(&s.base, 7, domain.uuid, &f), 0);
	assert_null(fakestore_find(&s, HOME));
	assert_null(fakestore_find(&s, VM));
	assert_non_null(fakestore_find(&s, "/local/domain/77/name"));
	/* and where nothing is, nothing is wrong */
	assert_int_equal(introduce_remove(&s.base, 7, domain.uuid, &f), 0);
}

static unsigned warnings;

static void
count(void *arg, enum say_level level, const char *message)
{
	(void)arg;
	(void)message;
	warnings += level == SAY_WARNING;
}

/* What xl attached goes with the domain; what is another's does not, whatever
 * a node claims. */
static void
devices(void **state)
{
	static struct fakestore s;
	struct fail f = { .say = count };

	(void)state;
	begin(&s);
	must_introduce(&s, &domain);
	fakestore_put(&s, "/libxl/7/type", "pv");
	fakestore_put(&s, "/libxl/7/device/vbd/51712/backend",
	    "/local/domain/0/backend/vbd/7/51712");
	fakestore_put(&s, "/local/domain/0/backend/vbd/7/51712/state", "4");
	fakestore_put(&s, "/libxl/7/device/vif/0/backend",
	    "/local/domain/0/backend/vif/77/0");
	fakestore_put(&s, "/local/domain/0/backend/vif/77/0/state", "4");
	fakestore_put(&s, "/libxl/7/device/console/0/backend",
	    "/local/domain/0");
	fakestore_put(&s, "/libxl/77/type", "pv");
	warnings = 0;
	assert_int_equal(introduce_remove(&s.base, 7, domain.uuid, &f), 0);
	assert_int_equal(warnings, 1);
	assert_null(fakestore_find(&s, "/libxl/7"));
	assert_null(fakestore_find(&s, "/local/domain/0/backend/vbd/7/51712"));
	assert_non_null(fakestore_find(&s,
	    "/local/domain/0/backend/vif/77/0/state"));
	assert_non_null(fakestore_find(&s, "/libxl/77/type"));
}

/* The file that libxl reads. */
static const char record[] =
    "{\"c_info\":{\"type\":\"pv\",\"name\":\"web\","
    "\"uuid\":\"00112233-4455-6677-8899-aabbccddeeff\"},"
    "\"b_info\":{\"max_vcpus\":2,\"avail_vcpus\":[0,1],"
    "\"max_memkb\":524288,\"target_memkb\":262144,\"video_memkb\":0,"
    "\"type.pv\":{}}}";

/* A guest that is no PV guest is told apart, also to xl list. */
static void
type_of_pvh(void **state)
{
	struct introduction pvh = domain;
	struct node n, plain;
	size_t extra = 0;

	(void)state;
	pvh.guest = GUEST_PVH;
	for (size_t i = 0; node_at(&pvh, i, &n); i++) {
		if (strncmp(n.path, "/libxl/", 7) == 0) {
			assert_string_equal(n.path, "/libxl/7/type");
			assert_string_equal(n.value, "pvh");
			extra++;
			continue;
		}
		assert_true(node_at(&domain, i - extra, &plain));
		assert_string_equal(n.path, plain.path);
		assert_string_equal(n.value, plain.value);
	}
	assert_int_equal(extra, 1);
}

static void
records_of_libxl(void **state)
{
	char folder[] = "/tmp/test-introduce.XXXXXX", path[160], text[512];
	struct introduction bad = domain;
	struct fail f = { 0 };
	FILE *in;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/userdata-d.7.00112233-4455-6677-8899-"
	    "aabbccddeeff.libxl-json", folder);
	assert_int_equal(userdata_write(folder, &domain, &f), 0);
	in = fopen(path, "r");
	assert_non_null(in);
	text[fread(text, 1, sizeof(text) - 1, in)] = '\0';
	fclose(in);
	assert_string_equal(text, record);
	assert_int_equal(userdata_remove(folder, 7, domain.uuid, &f), 0);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(userdata_remove(folder, 7, domain.uuid, &f), 0);
	assert_int_equal(rmdir(folder), 0);
	/* no xl here */
	assert_int_equal(userdata_write(folder, &domain, &f), 0);
	assert_int_equal(userdata_remove(folder, 7, domain.uuid, &f), 0);
	bad.name = "w\xff";
	assert_int_equal(userdata_write(folder, &bad, &f), -1);
	assert_int_equal(f.kind, FAIL_INPUT);
}

/* Only nodes of the domain itself, which it may read and no other. */
static void
told(void **state)
{
	static const struct introduce_note notes[] = {
		{ "vm-data/token", "abc" }, { "vm-data/net/ip", "10.0.0.7" } };
	static const struct want want[] = {
		{ HOME "/vm-data/token", "abc", false },
		{ HOME "/vm-data/net/ip", "10.0.0.7", false },
	};
	struct introduction d = domain;
	static struct fakestore s;
	struct fail f = { 0 };

	(void)state;
	begin(&s);
	must_introduce(&s, &domain);
	d.notes = notes;
	d.n_notes = COUNT(notes);
	s.conflicts = 1;
	if (introduce_notes(&s.base, &d, &f) < 0)
		unit_fail("%s", f.message);
	for (size_t i = 0; i < COUNT(want); i++)
		check_node(&s, &want[i]);
	d.uuid[0] ^= 1;
	assert_int_equal(introduce_notes(&s.base, &d, &f), -1);
	assert_int_equal(f.kind, FAIL_TARGET);
	assert_false(s.inside);
}

static void
names(void **state)
{
	static const struct {
		const char *name;
		int rc;
	} cases[] = {
		{ "web", 0 }, { "a name", 0 }, { "w\303\244chter", 0 },
		{ "", -1 }, { "a/b", -1 }, { "../x", -1 }, { "a\nb", -1 },
		{ "a\177", -1 },
		{ "123456789012345678901234567890123456789012345678901234567890"
		    "123", 0 },
		{ "123456789012345678901234567890123456789012345678901234567890"
		    "1234", -1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fail f = { 0 };

		if (introduce_name(cases[i].name, &f) != cases[i].rc)
			unit_fail("'%s'", cases[i].name);
		assert_int_equal(f.kind, cases[i].rc == 0 ? FAIL_NONE :
		    FAIL_USAGE);
	}
}

/* Of a destroyed domain in files there is nothing to forget. */
static void
forgotten(void **state)
{
	struct fail f = { 0 };

	(void)state;
	assert_int_equal(introduce_forget("file:dom", domain.uuid, &f), 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_nodes),
		cmocka_unit_test(no_console),
		cmocka_unit_test(again),
		cmocka_unit_test(left_behind),
		cmocka_unit_test(other_domains),
		cmocka_unit_test(made_up_name),
		cmocka_unit_test(conflicts),
		cmocka_unit_test(calls_fail),
		cmocka_unit_test(not_taken),
		cmocka_unit_test(removed),
		cmocka_unit_test(devices),
		cmocka_unit_test(type_of_pvh),
		cmocka_unit_test(records_of_libxl),
		cmocka_unit_test(told),
		cmocka_unit_test(names),
		cmocka_unit_test(forgotten),
	};

	return cmocka_run_group_tests_name("introduce", tests, NULL, NULL);
}
