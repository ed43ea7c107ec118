/* Targets by name, and a file target's folder, lock, ports and build. */
#include "unit.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "build/ports.h"
#include "targetkit.h"

/* ---- names ---- */

static void
test_kinds(void **state)
{
	static const struct {
		const char *name;
		enum fail_kind kind;
		const char *want;	/* what follows the scheme, or words */
	} cases[] = {
		{ "file:demo", FAIL_NONE, "demo" },
		{ "file:a:b", FAIL_NONE, "a:b" },
		{ "file", FAIL_NONE, "" },
#ifndef WITH_XEN
		{ "xen:5", FAIL_TARGET, "this build has no Xen target" },
		{ "xen", FAIL_TARGET, "this build has no Xen target" },
#endif
		{ "", FAIL_USAGE, "a target begins with file:" },
		{ "demo", FAIL_USAGE, "'demo' is no target" },
		{ "fil:demo", FAIL_USAGE, "is no target" },
		{ "files:demo", FAIL_USAGE, "is no target" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct target_ops *ops;
		const char *where = NULL;
		struct fail f = { 0 };

		ops = target_kind(cases[i].name, &where, &f);
		if (cases[i].kind != FAIL_NONE) {
			kit_refused(ops == NULL ? -1 : 0, &f, cases[i].kind,
			    cases[i].want);
			continue;
		}
		assert_ptr_equal(ops, &target_file);
		assert_string_equal(where, cases[i].want);
	}
}

static void
test_absolute(void **state)
{
	struct fail f = { 0 };
	struct kit k;
	char want[128], *name;

	(void)state;
	kit_begin(&k, &abi_rows[4], KIT_SEED);
	name = target_absolute("file:./dom", &f);
	snprintf(want, sizeof(want), "file:%s/dom", kit_folder);
	assert_string_equal(name, want);
	free(name);
	kit_refused(target_absolute("file:", &f) == NULL ? -1 : 0, &f,
	    FAIL_USAGE, "names no folder");
	f.kind = FAIL_NONE;
	kit_refused(target_absolute("file:none", &f) == NULL ? -1 : 0, &f,
	    FAIL_TARGET, "there is no domain 'file:none'");
	kit_destroy(&k);
}

/* ---- making and opening ---- */

/* A domain that nobody has open, by the file system alone. */
static void
kit_remove(const char *folder)
{
	static const char *const files[] = { "state", "memory", "lock" };
	char path[64];

	for (size_t i = 0; i < COUNT(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, files[i]);
		unlink(path);
	}
	rmdir(folder);
}

static int
create(const char *where, uint64_t pages, uint64_t max, uint32_t vcpus,
    const char *called, struct fail *f)
{
	struct target_request r = { .where = where, .pages = pages,
	    .max_pages = max, .vcpus = vcpus, .name = called };
	char *name = NULL;
	int rc;

	*f = (struct fail){ 0 };
	rc = target_file.create(&r, &name, NULL, f);
	free(name);
	return rc;
}

static void
test_create_refused(void **state)
{
	static const char long_name[] = "a name that is a little too long, "
	    "it has more than sixty-three bytes";
	struct fail f;

	(void)state;
	kit_refused(create("", 4, 4, 1, NULL, &f), &f, FAIL_USAGE,
	    "names no folder");
	kit_refused(create("no/where", 4, 4, 1, NULL, &f), &f, FAIL_MISSING,
	    "cannot create the folder");
	kit_refused(create("dom", 4, PAPER_PAGES_MAX + 1, 1, NULL, &f), &f,
	    FAIL_TARGET, "the limit is 1073741824 KiB");
	kit_refused(create("dom", 4, 4, PAPER_VCPUS_MAX + 1, NULL, &f), &f,
	    FAIL_TARGET, "with 129 vcpus: the limit is 128");
	kit_refused(create("dom", 4, 4, 1, long_name, &f), &f, FAIL_TARGET,
	    "the limit is 63");
	assert_int_equal(mkdir("full", 0700), 0);
	assert_int_equal(mkdir("full/things", 0700), 0);
	kit_refused(create("full", 4, 4, 1, NULL, &f), &f, FAIL_TARGET,
	    "the folder is not empty, it has 'things'");
	/* Nothing was left in it. */
	assert_int_equal(rmdir("full/things"), 0);
	assert_int_equal(rmdir("full"), 0);
	/* A plain file of that name. */
	close(open("plain", O_CREAT | O_WRONLY, 0600));
	kit_refused(create("plain", 4, 4, 1, NULL, &f), &f, FAIL_TARGET,
	    "not a folder");
	unlink("plain");
}

static void
test_create_in_folder(void **state)
{
	struct target *t;
	struct fail f;

	(void)state;
	assert_int_equal(mkdir("dom", 0700), 0);
	/* What a killed create or destroy leaves does not count. */
	close(open("dom/memory", O_CREAT | O_WRONLY, 0600));
	close(open("dom/.state.123", O_CREAT | O_WRONLY, 0600));
	kit_ok(create("dom", 4, 4, 1, NULL, &f), &f);
	kit_refused(create("dom", 4, 4, 1, NULL, &f), &f, FAIL_TARGET,
	    "is a domain already");
	f.kind = FAIL_NONE;
	kit_ok(target_open(&t, "file:dom", TARGET_WRITE, &f), &f);
	/* A file of somebody else's stays, and so the folder. */
	close(open("dom/notes", O_CREAT | O_WRONLY, 0600));
	kit_ok(t->ops->destroy(t, &f), &f);
	target_close(t);
	assert_int_equal(unlink("dom/notes"), 0);
	assert_int_equal(rmdir("dom"), 0);
}

static void
test_open_refused(void **state)
{
	struct target *t;
	struct fail f = { 0 };

	(void)state;
	kit_refused(target_open(&t, "file:none", TARGET_READ, &f), &f,
	    FAIL_TARGET, "there is no domain 'file:none': no such folder");
	f.kind = FAIL_NONE;
	mkdir("empty", 0700);
	kit_refused(target_open(&t, "file:empty", TARGET_WRITE, &f), &f,
	    FAIL_TARGET, "'file:empty' is no domain");
	assert_int_equal(rmdir("empty"), 0);
}

static void
test_locks(void **state)
{
	static const struct {
		enum target_access first, second;
		const char *refused;	/* words, or NULL: both at once */
	} cases[] = {
		{ TARGET_WRITE, TARGET_WRITE,
		    "another program is working on 'file:dom'" },
		{ TARGET_WRITE, TARGET_READ,
		    "another program is working on 'file:dom'" },
		{ TARGET_READ, TARGET_WRITE,
		    "another program is reading 'file:dom' and has not ended" },
		{ TARGET_READ, TARGET_READ, NULL },
		{ TARGET_WRITE, TARGET_LOOK, NULL },
		{ TARGET_LOOK, TARGET_WRITE, NULL },
		{ TARGET_LOOK, TARGET_READ, NULL },
	};

	(void)state;
	kit_create("dom", 4, KIT_SEED);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct target *a, *b;
		struct fail f = { 0 };
		int rc;

		kit_ok(target_open(&a, "file:dom", cases[i].first, &f), &f);
		rc = target_open(&b, "file:dom", cases[i].second, &f);
		if (cases[i].refused == NULL) {
			kit_ok(rc, &f);
			target_close(b);
		} else {
			kit_refused(rc, &f, FAIL_FULL, cases[i].refused);
		}
		target_close(a);
	}
	kit_remove("dom");
}

/* Two writers wait for a reader: one of them gets the domain, the other is
 * refused. */
static void
test_writers_wait(void **state)
{
	const struct timespec nap = { 0, 200 * 1000 * 1000 };
	struct target *reader, *writer, *second;
	struct fail f = { 0 };
	pid_t child;
	int status;

	(void)state;
	kit_create("dom", 4, KIT_SEED);
	child = fork();
	if (child == 0) {
		if (target_open(&reader, "file:dom", TARGET_READ, &f) < 0)
			_exit(1);
		nanosleep(&nap, NULL);
		nanosleep(&nap, NULL);
		_exit(0);
	}
	nanosleep(&nap, NULL);
	kit_ok(target_open(&writer, "file:dom", TARGET_WRITE, &f), &f);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	kit_refused(target_open(&second, "file:dom", TARGET_WRITE, &f), &f,
	    FAIL_FULL, "another program is working on 'file:dom'");
	f.kind = FAIL_NONE;
	kit_ok(writer->ops->destroy(writer, &f), &f);
	target_close(writer);
}

static void
test_info(void **state)
{
	struct target_host host;
	struct target_info i;
	struct fail f = { 0 };
	struct kit k;

	(void)state;
	kit_begin(&k, &abi_rows[3], KIT_SEED);
	kit_reopen(&k, TARGET_READ);
	kit_ok(k.t->ops->info(k.t, &i, &f), &f);
	kit_ok(k.t->ops->host(k.t, &host, &f), &f);
	assert_string_equal(i.name, "unit");
	assert_int_equal(i.pages, KIT_PAGES);
	assert_int_equal(i.max_pages, KIT_PAGES);
	assert_int_equal(host.free_pages, PAPER_PAGES_MAX);
	assert_int_equal(i.vcpus, 2);
	assert_int_equal(host.n_offers, ABI_PV_COUNT);
	assert_ptr_equal(i.abi, &abi_rows[3]);
	assert_true(i.paused && !i.constructed && !i.has_run && !i.has_build);
	assert_int_equal(i.uuid[6] >> 4, 4);
	for (uint64_t pfn = 0; pfn < KIT_PAGES; pfn++)
		assert_true(kit_mfn(&k, pfn) != i.shared_info_mfn);
	kit_refused(k.t->ops->pause(k.t, &f), &f, FAIL_BUG,
	    "opened for reading");
	kit_reopen(&k, TARGET_WRITE);
	kit_destroy(&k);
}

/* ---- by name alone ---- */

static void
test_exists(void **state)
{
	struct fail f;

	(void)state;
	assert_false(target_file.exists(""));
	assert_false(target_file.exists("dom"));
	assert_int_equal(mkdir("dom", 0700), 0);
	assert_false(target_file.exists("dom"));
	kit_ok(create("dom", 4, 4, 1, NULL, &f), &f);
	assert_true(target_file.exists("dom"));
	kit_remove("dom");
	assert_false(target_file.exists("dom"));
}

static void
test_domid(void **state)
{
	static const struct {
		const char *name;
		bool has;
		uint32_t domid;
	} cases[] = {
		{ "file:dom", false, 0 }, { "file:5", false, 0 },
		{ "five", false, 0 },
#ifdef WITH_XEN
		{ "xen:5", true, 5 }, { "xen:32751", true, 32751 },
		{ "xen:05", false, 0 }, { "xen:", false, 0 },
		{ "xen:5 ", false, 0 },
#endif
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint32_t domid = 0;
		bool has = target_domid(cases[i].name, &domid);

		if (has != cases[i].has || (has && domid != cases[i].domid))
			unit_fail("%s: %d, %u", cases[i].name, has, domid);
	}
}

/* ---- copies ---- */

static void
test_snapshot(void **state)
{
	struct target_info i;
	struct kit k;
	int folder;

	(void)state;
	kit_begin(&k, &abi_rows[4], KIT_SEED);
	assert_int_equal(mkdir("copy", 0700), 0);
	folder = open("copy", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(folder >= 0);
	/* Nobody copies a domain that somebody changes. */
	kit_refused(target_file.copy("dom", folder, false, &k.f), &k.f,
	    FAIL_FULL, "another program is working on 'file:dom'");
	k.f.kind = FAIL_NONE;
	kit_map(&k);
	memset(k.mem + 7 * PAGE_BYTES, 0x11, PAGE_BYTES);
	kit_unmap(&k);
	target_close(k.t);
	kit_ok(target_file.copy("dom", folder, false, &k.f), &k.f);
	k.t = NULL;
	kit_reopen(&k, TARGET_WRITE);
	kit_map(&k);
	memset(k.mem + 7 * PAGE_BYTES, 0x22, PAGE_BYTES);
	kit_unmap(&k);
	kit_ok(k.t->ops->set_build(k.t, (const uint8_t[BUILD_ID_BYTES]){ 1 },
	    &k.f), &k.f);
	target_close(k.t);
	kit_ok(target_file.copy("dom", folder, true, &k.f), &k.f);
	k.t = NULL;
	kit_reopen(&k, TARGET_WRITE);
	kit_map(&k);
	assert_int_equal(k.mem[7 * PAGE_BYTES], 0x11);
	kit_unmap(&k);
	kit_ok(k.t->ops->info(k.t, &i, &k.f), &k.f);
	assert_false(i.has_build);
	kit_destroy(&k);
	kit_refused(target_file.copy("dom", folder, true, &k.f), &k.f,
	    FAIL_TARGET, "there is no domain 'file:dom'");
	close(folder);
	unlink("copy/memory");
	unlink("copy/state");
	assert_int_equal(rmdir("copy"), 0);
}

/* A restore that is killed half way: the kernel does so where it writes past
 * the limit on the size of a file. */
static void
killed_restore(int folder)
{
	static const struct rlimit small = { PAGE_BYTES, PAGE_BYTES };
	pid_t child = fork();
	int status;

	if (child == 0) {
		struct fail f = { 0 };

		if (setrlimit(RLIMIT_FSIZE, &small) == 0 &&
		    prctl(PR_SET_DUMPABLE, 0) == 0)
			(void)!target_file.copy("dom", folder, true, &f);
		_exit(0);
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ);
}

static void
test_killed_restore(void **state)
{
	struct kit k;
	int folder;

	(void)state;
	assert_int_equal(mkdir("copy", 0700), 0);
	folder = open("copy", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(folder >= 0);
	kit_begin(&k, &abi_rows[4], KIT_SEED);
	target_close(k.t);
	kit_ok(target_file.copy("dom", folder, false, &k.f), &k.f);
	killed_restore(folder);
	k.t = NULL;
	kit_reopen(&k, TARGET_WRITE);
	/* Not a file of it is left, and so no folder. */
	kit_destroy(&k);
	assert_int_equal(access("dom", F_OK), -1);
	close(folder);
	unlink("copy/memory");
	unlink("copy/state");
	assert_int_equal(rmdir("copy"), 0);
}

/* ---- ports, grants, builds ---- */

static void
test_ports(void **state)
{
	struct port_wish wish = { .ring = "console", .backend = 7,
	    .limit = UINT32_MAX };
	enum port_status status;
	uint32_t port, remote;
	uint64_t found;
	struct kit k;

	(void)state;
	kit_begin(&k, &abi_rows[4], KIT_SEED);
	kit_ok(k.t->ops->alloc_port(k.t, 0, &port, &k.f), &k.f);
	assert_int_equal(port, 1);
	kit_ok(k.t->ops->alloc_port(k.t, 5, &port, &k.f), &k.f);
	assert_int_equal(port, 2);
	kit_reopen(&k, TARGET_WRITE);
	kit_ok(k.t->ops->port_status(k.t, 2, &status, &remote, &k.f), &k.f);
	assert_int_equal(status, PORT_UNBOUND);
	assert_int_equal(remote, 5);
	kit_ok(k.t->ops->port_status(k.t, 3, &status, &remote, &k.f), &k.f);
	assert_int_equal(status, PORT_FREE);
	kit_refused(k.t->ops->port_status(k.t, 0, &status, &remote, &k.f),
	    &k.f, FAIL_TARGET, "has ports 1 to 1023");
	k.f.kind = FAIL_NONE;
	kit_refused(k.t->ops->alloc_port(k.t, 0x7ff0, &port, &k.f), &k.f,
	    FAIL_TARGET, "the highest domain is 32751");
	k.f.kind = FAIL_NONE;
	paper_target(k.t)->state.n_ports = PAPER_PORTS_MAX;
	kit_refused(k.t->ops->alloc_port(k.t, 0, &port, &k.f), &k.f,
	    FAIL_TARGET, "no event channel left");
	k.f.kind = FAIL_NONE;
	/* Past the last port is none, and none is found there. */
	kit_ok(k.t->ops->port_status(k.t, 1024, &status, &remote, &k.f), &k.f);
	assert_int_equal(status, PORT_FREE);
	kit_refused(port_take(k.t, &wish, &found, &k.f), &k.f, FAIL_TARGET,
	    "no event channel left: a domain has ports 1 to 1023");
	k.f.kind = FAIL_NONE;
	wish.given = (struct maybe){ true, 1024 };
	kit_refused(port_take(k.t, &wish, &found, &k.f), &k.f, FAIL_TARGET,
	    "the domain has no event channel port 1024");
	kit_destroy(&k);
}

static void
test_grants(void **state)
{
	uint32_t domid;
	uint64_t mfn;
	struct kit k;
	bool used;

	(void)state;
	kit_begin(&k, &abi_rows[4], KIT_SEED);
	kit_ok(k.t->ops->get_grant(k.t, 1, &used, &domid, &mfn, &k.f), &k.f);
	assert_false(used);
	kit_ok(k.t->ops->seed_grant(k.t, 1, 7, kit_mfn(&k, 9), &k.f), &k.f);
	kit_reopen(&k, TARGET_READ);
	kit_ok(k.t->ops->get_grant(k.t, 1, &used, &domid, &mfn, &k.f), &k.f);
	assert_true(used && domid == 7 && mfn == kit_mfn(&k, 9));
	kit_reopen(&k, TARGET_WRITE);
	kit_ok(k.t->ops->seed_grant(k.t, 1, 7, INVALID_MFN, &k.f), &k.f);
	kit_reopen(&k, TARGET_WRITE);
	kit_ok(k.t->ops->get_grant(k.t, 1, &used, &domid, &mfn, &k.f), &k.f);
	assert_false(used);
	kit_refused(k.t->ops->seed_grant(k.t, 512, 7, kit_mfn(&k, 9), &k.f),
	    &k.f, FAIL_TARGET, "no grant entry 512");
	k.f.kind = FAIL_NONE;
	kit_refused(k.t->ops->seed_grant(k.t, 0, 7, 3, &k.f), &k.f,
	    FAIL_TARGET, "cannot grant mfn 0x3");
	kit_destroy(&k);
}

static void
test_ended(void **state)
{
	static const struct {
		const char *reason;
		enum fail_kind kind;
	} cases[] = {
		{ "crash", FAIL_CRASHED }, { "watchdog", FAIL_CRASHED },
		{ "reboot", FAIL_REBOOTS }, { "suspend", FAIL_ENDED },
		{ "soft reset", FAIL_ENDED }, { "dying", FAIL_ENDED },
	};
	struct fail f = { 0 };

	(void)state;
	kit_ok(target_ended("xen:5", "poweroff", &f), &f);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		f = (struct fail){ 0 };
		kit_refused(target_ended("xen:5", cases[i].reason, &f), &f,
		    cases[i].kind, cases[i].reason);
	}
}

static int
count_name(void *arg, const char *name, struct fail *f)
{
	(void)f;
	assert_string_equal(name, ++*(int *)arg == 1 ? "file:a" : "file:b");
	return 0;
}

static void
test_list(void **state)
{
	struct target *t;
	struct fail f = { 0 };
	int n = 0;

	(void)state;
	kit_create("b", 4, KIT_SEED);
	kit_create("a", 4, KIT_SEED);
	mkdir("c", 0700);
	kit_ok(target_file.list(count_name, &n, &f), &f);
	assert_int_equal(n, 2);
	rmdir("c");
	for (const char *name = "ab"; *name != '\0'; name++) {
		char where[] = { 'f', 'i', 'l', 'e', ':', *name, '\0' };

		kit_ok(target_open(&t, where, TARGET_WRITE, &f), &f);
		kit_ok(t->ops->destroy(t, &f), &f);
		target_close(t);
	}
}

/* ---- the domain that a plan names ---- */

static struct plan
plan_of(const struct kit *k, const char *target)
{
	struct plan p = { .has = PLAN_BIT(PLAN_MEMORY) };
	struct target_info info;
	struct fail f = { 0 };

	kit_ok(k->t->ops->info(k->t, &info, &f), &f);
	p.image.abi = k->abi;
	p.memory.target = (struct bytes){ target, strlen(target) };
	memcpy(p.memory.uuid, info.uuid, UUID_BYTES);
	memcpy(p.memory.build, info.build, BUILD_ID_BYTES);
	p.memory.p2m = k->p2m;
	return p;
}

static void
expect_plan(const struct plan *p, enum fail_kind kind, const char *words)
{
	struct target *t;
	struct fail f = { 0 };
	int rc = target_open_plan(&t, p, NULL, TARGET_WRITE, NULL, &f);

	if (words != NULL) {
		kit_refused(rc, &f, kind, words);
		return;
	}
	kit_ok(rc, &f);
	target_close(t);
}

static void
test_open_plan(void **state)
{
	const uint8_t build[BUILD_ID_BYTES] = { 1, 2, 3 };
	struct plan p, good;
	struct kit k;

	(void)state;
	kit_begin(&k, &abi_rows[4], KIT_SEED);
	p = plan_of(&k, "file:dom");
	target_close(k.t);
	expect_plan(&p, FAIL_TARGET, "has no build yet");
	k.t = NULL;
	kit_reopen(&k, TARGET_WRITE);
	kit_ok(k.t->ops->set_build(k.t, build, &k.f), &k.f);
	kit_refused(k.t->ops->set_build(k.t, build, &k.f), &k.f, FAIL_TARGET,
	    "belongs to a build already; destroy the domain");
	k.f.kind = FAIL_NONE;
	good = plan_of(&k, "file:dom");
	target_close(k.t);
	expect_plan(&good, FAIL_NONE, NULL);
	p = good;
	p.memory.build[15] ^= 1;
	expect_plan(&p, FAIL_TARGET, "'file:dom' belongs to build 0102030000");
	p = good;
	p.memory.uuid[0] ^= 1;
	expect_plan(&p, FAIL_TARGET, "is another domain now");
	p = good;
	p.image.abi = &abi_rows[2];
	expect_plan(&p, FAIL_TARGET, "is set to ABI xen-3.0-x86_64");
	p = good;
	p.memory.p2m.n--;
	expect_plan(&p, FAIL_TARGET, "has 256 pages, the plan gave it");
	p = good;
	p.memory.target = (struct bytes){ "file:d\0m", 8 };
	expect_plan(&p, FAIL_INPUT, "zero byte at offset 6");
	k.t = NULL;
	kit_reopen(&k, TARGET_WRITE);
	kit_destroy(&k);
}

/* The guest's balloon takes pages; a look at its corpse is allowed. */
static void
test_open_plan_after_a_run(void **state)
{
	const uint8_t build[BUILD_ID_BYTES] = { 7 };
	unsigned char context[ABI_CONTEXT_MAX];
	struct plan p;
	struct kit k;

	(void)state;
	kit_begin_tables(&k, &abi_rows[4]);
	kit_pin(&k);
	kit_context(&k, context);
	kit_ok(k.t->ops->set_build(k.t, build, &k.f), &k.f);
	kit_ok(k.t->ops->set_context(k.t, 0, context, &k.f), &k.f);
	p = plan_of(&k, "file:dom");
	p.memory.p2m.n--;
	target_close(k.t);
	expect_plan(&p, FAIL_TARGET, "the plan gave it");
	k.t = NULL;
	kit_reopen(&k, TARGET_WRITE);
	kit_ok(k.t->ops->unpause(k.t, &k.f), &k.f);
	target_close(k.t);
	expect_plan(&p, FAIL_NONE, NULL);
	p.memory.uuid[0] ^= 1;
	expect_plan(&p, FAIL_TARGET, "is another domain now");
	k.t = NULL;
	kit_reopen(&k, TARGET_WRITE);
	kit_destroy(&k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_absolute),
		cmocka_unit_test(test_create_refused),
		cmocka_unit_test(test_create_in_folder),
		cmocka_unit_test(test_open_refused),
		cmocka_unit_test(test_locks),
		cmocka_unit_test(test_writers_wait),
		cmocka_unit_test(test_info),
		cmocka_unit_test(test_exists),
		cmocka_unit_test(test_domid),
		cmocka_unit_test(test_snapshot),
		cmocka_unit_test(test_killed_restore),
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_grants),
		cmocka_unit_test(test_ended),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_open_plan),
		cmocka_unit_test(test_open_plan_after_a_run),
	};

	return cmocka_run_group_tests(tests, kit_enter, kit_leave);
}
