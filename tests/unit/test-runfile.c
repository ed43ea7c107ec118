/* runfile: what is kept of a domain of Xen, its lock, and stale ones. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"
#include "target/runfile.h"

static char folder[] = "/tmp/xb-records.XXXXXX";
static const uint8_t uuid[UUID_BYTES] = { 0x28, 0x8e, 1, 2, 3 };
static const uint8_t other[UUID_BYTES] = { 0x28, 0x8e, 1, 2, 4 };

static int
enter(void **state)
{
	(void)state;
	/* The folder itself is made by the first that writes. */
	return mkdtemp(folder) == NULL || rmdir(folder) < 0 ? -1 : 0;
}

static int
leave(void **state)
{
	(void)state;
	return rmdir(folder);
}

static void
path_of(uint32_t domid, char path[64])
{
	snprintf(path, 64, "%s/%u", folder, domid);
}

static bool
is_there(uint32_t domid)
{
	char path[64];

	path_of(domid, path);
	return access(path, F_OK) == 0;
}

static void
put_text(uint32_t domid, const char *text)
{
	char path[64];
	int fd;

	mkdir(folder, 0700);
	path_of(domid, path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void
take(struct runfile_lock *l, uint32_t domid, bool writable)
{
	struct fail f = { 0 };

	if (runfile_lock_take(l, folder, domid, writable ? TARGET_WRITE :
	    TARGET_READ, &f) < 0)
		unit_fail("%s", f.message);
}

static void
test_domids(void **state)
{
	static const struct {
		const char *text;
		bool good;
		uint32_t domid;
	} cases[] = {
		{ "0", true, 0 }, { "5", true, 5 }, { "32751", true, 32751 },
		{ "32752", false, 0 }, { "4294967301", false, 0 },
		{ "", false, 0 }, { "05", false, 0 }, { "+5", false, 0 },
		{ "-1", false, 0 }, { "5 ", false, 0 }, { " 5", false, 0 },
		{ "0x5", false, 0 }, { "demo", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint32_t domid = 0;

		assert_int_equal(xen_domid_parse(cases[i].text, &domid),
		    cases[i].good);
		assert_int_equal(domid, cases[i].domid);
	}
}

static void
test_write_and_read(void **state)
{
	struct runfile r = { .has_build = true, .pages = 65536,
	    .max_pages = 131072 }, back;
	struct fail f = { 0 };
	struct runfile_lock l;
	struct stat st;

	(void)state;
	memcpy(r.uuid, uuid, UUID_BYTES);
	memset(r.build, 0xa5, BUILD_ID_BYTES);
	snprintf(r.name, sizeof(r.name), "a name of more words");
	take(&l, 7, true);
	assert_int_equal(runfile_write(&l, &r, &f), 0);
	runfile_lock_release(&l);
	assert_int_equal(stat(folder, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);

	take(&l, 7, false);
	assert_int_equal(runfile_read(&l, uuid, &back, &f), 0);
	assert_memory_equal(&back, &r, sizeof(r));
	/* The number now belongs to another domain. */
	assert_int_equal(runfile_read(&l, other, &back, &f), 0);
	assert_false(back.has_build);
	assert_string_equal(back.name, "");
	assert_int_equal(back.pages, 0);
	assert_memory_equal(back.uuid, other, UUID_BYTES);
	assert_int_equal(runfile_write(&l, &r, &f), -1);
	assert_int_equal(f.kind, FAIL_BUG);
	runfile_lock_release(&l);

	/* A shorter one leaves nothing of the longer one behind. */
	f.kind = FAIL_NONE;
	take(&l, 7, true);
	memset(r.name, 0, sizeof(r.name));
	r.has_build = false;
	memset(r.build, 0, sizeof(r.build));
	assert_int_equal(runfile_write(&l, &r, &f), 0);
	assert_int_equal(runfile_read(&l, uuid, &back, &f), 0);
	assert_memory_equal(&back, &r, sizeof(r));
	assert_int_equal(runfile_remove(&l, &f), 0);
	runfile_lock_release(&l);
	assert_false(is_there(7));
}

/* One write replaces all of a record: nothing of a longer one is read behind a
 * shorter one, whenever the writer is killed. */
static void
test_shorter(void **state)
{
	static const char last[] = "console_port 7\n";
	struct runfile r = { .pages = 65536, .console_port = 7 }, back;
	struct fail f = { 0 };
	struct runfile_lock l;

	(void)state;
	memcpy(r.uuid, uuid, UUID_BYTES);
	memset(r.name, 'n', strlen(last));
	take(&l, 7, true);
	assert_int_equal(runfile_write(&l, &r, &f), 0);
	memset(r.name, 0, sizeof(r.name));
	r.console_port = 0;
	assert_int_equal(runfile_write(&l, &r, &f), 0);
	assert_int_equal(runfile_read(&l, uuid, &back, &f), 0);
	assert_memory_equal(&back, &r, sizeof(r));
	assert_int_equal(runfile_remove(&l, &f), 0);
	runfile_lock_release(&l);
}

static void
test_damaged(void **state)
{
	static const char *const texts[] = {
		"uuid", "uuid 288e0102030000000000000000000000",
		"uuid 288e01020300000000000000000000\n",
		"uuid 288e010203000000000000000000000g\n",
		"uuid 288e0102030000000000000000000000\nbuild 12\n",
		"uuid 288e0102030000000000000000000000\npages -1\n",
		"uuid 288e0102030000000000000000000000\npages 1 2\n",
		"uuid 288e0102030000000000000000000000\n"
		"pages 99999999999999999999\n",
		"uuid 288e0102030000000000000000000000\nnonsense\n",
		"uuid 288e0102030000000000000000000000\nname 0123456789012345"
		"0123456789012345012345678901234501234567890123450123456789\n",
		"pages 5\n", "\n", "\n\n",
	};
	struct runfile r;
	struct fail f = { 0 };
	struct runfile_lock l;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		put_text(8, texts[i]);
		take(&l, 8, false);
		memset(&r, 0xff, sizeof(r));
		assert_int_equal(runfile_read(&l, uuid, &r, &f), 0);
		assert_false(r.has_build);
		assert_int_equal(r.pages, 0);
		runfile_lock_release(&l);
	}
	/* What a newer program keeps there is no damage. */
	put_text(8, "uuid 288e0102030000000000000000000000\nlater 1\n"
	    "pages 9\n");
	take(&l, 8, true);
	assert_int_equal(runfile_read(&l, uuid, &r, &f), 0);
	assert_int_equal(r.pages, 9);
	assert_int_equal(runfile_remove(&l, &f), 0);
	runfile_lock_release(&l);
}

static void
test_locks(void **state)
{
	static const struct {
		bool first, second;
		const char *refused;	/* words, or NULL: both at once */
	} cases[] = {
		{ true, true, "is working on 'xen:9'" },
		{ true, false, "is working on 'xen:9'" },
		{ false, true, "is reading 'xen:9' and has not ended" },
		{ false, false, NULL },
	};

	(void)state;
	put_text(9, "uuid 0\n");
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct runfile_lock a, b;
		struct fail f = { 0 };
		int rc;

		take(&a, 9, cases[i].first);
		rc = runfile_lock_take(&b, folder, 9, cases[i].second ?
		    TARGET_WRITE : TARGET_READ, &f);
		assert_int_equal(rc, cases[i].refused == NULL ? 0 : -1);
		if (rc < 0) {
			assert_int_equal(f.kind, FAIL_FULL);
			assert_non_null(strstr(f.message, cases[i].refused));
		} else {
			runfile_lock_release(&b);
		}
		/* Whoever only looks is stopped by nobody, and stops nobody. */
		f.kind = FAIL_NONE;
		assert_int_equal(runfile_lock_take(&b, folder, 9, TARGET_LOOK,
		    &f), 0);
		runfile_lock_release(&b);
		runfile_lock_release(&a);
	}
	assert_true(is_there(9));
}

static void
test_nothing_left_behind(void **state)
{
	struct runfile r;
	struct fail f = { 0 };
	struct runfile_lock l;

	(void)state;
	/* A writer that wrote nothing, a reader that found nothing. */
	take(&l, 10, true);
	assert_true(is_there(10));
	runfile_lock_release(&l);
	assert_false(is_there(10));
	take(&l, 10, false);
	assert_int_equal(runfile_read(&l, uuid, &r, &f), 0);
	assert_false(r.has_build);
	runfile_lock_release(&l);
	assert_false(is_there(10));
}

static bool
is_alive(void *arg, uint32_t domid)
{
	return domid == *(uint32_t *)arg;
}

static void
test_sweep(void **state)
{
	uint32_t alive = 11;
	struct runfile_lock l;

	(void)state;
	put_text(11, "uuid 0\n");
	put_text(12, "uuid 0\n");
	put_text(13, "uuid 0\n");
	take(&l, 13, false);
	runfile_sweep(folder, is_alive, &alive);
	assert_true(is_there(11));
	assert_false(is_there(12));
	assert_true(is_there(13));
	assert_false(is_there(9));
	runfile_lock_release(&l);
	alive = 0;
	runfile_sweep(folder, is_alive, &alive);
	assert_false(is_there(11) || is_there(13));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_domids),
		cmocka_unit_test(test_write_and_read),
		cmocka_unit_test(test_shorter),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_locks),
		cmocka_unit_test(test_nothing_left_behind),
		cmocka_unit_test(test_sweep),
	};

	return cmocka_run_group_tests(tests, enter, leave);
}
