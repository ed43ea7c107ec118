/*
 * Loading: where bytes and zeroes go, what is refused before the domain is
 * touched, and a build that loads its own domain again.
 */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "faketarget.h"
#include "build/load.h"
#include "plan/stages.h"
#include "planmaker.h"

enum { PAGES = 6000, BASE = 0x40000, FILE_BYTES = 20 << 20 };
#define V5 UINT64_C(0xffffffff80000000)

/* A file whose byte at n tells n, so that a wrong offset shows. */
static unsigned char
byte_at(uint64_t n)
{
	return (unsigned char)(1 + (n ^ n >> 8 ^ n >> 16) % 251);
}

static int
make_file(void)
{
	char path[] = "/tmp/xb-test-loader-XXXXXX";
	unsigned char *bytes = malloc(FILE_BYTES);
	int fd = mkstemp(path);

	assert_true(fd >= 0 && bytes != NULL);
	unlink(path);
	for (unsigned i = 0; i < FILE_BYTES; i++)
		bytes[i] = byte_at(i);
	assert_int_equal(write(fd, bytes, FILE_BYTES), FILE_BYTES);
	free(bytes);
	return fd;
}

struct built {
	struct maker m;
	struct fake k;
	struct fail f;
	struct owner owner;
	struct payloads files;
	struct open_payload file[2];
};

static void
begin_at(struct built *b, const char *abi, uint64_t base, uint64_t steps)
{
	*b = (struct built){ .owner = { .name = "fake:", .chosen = true } };
	maker_begin(&b->m, abi, V5, V5 + 0x400000, PAGES);
	fake_begin(&b->k, b->m.plan.image.abi, base, PAGES, steps);
	b->k.info.pages = 0;
	b->k.info.abi = NULL;
	b->k.info.vcpus = 1;
	memset(b->k.info.uuid, 0x11, UUID_BYTES);
	for (unsigned i = 0; i < 2; i++) {
		b->file[i].role = i == 0 ? "kernel" : "ramdisk";
		b->file[i].path = "a file";
		b->file[i].fd = make_file();
		assert_int_equal(file_identify(b->file[i].fd, "a file",
		    &b->file[i].id, &b->f), 0);
	}
	b->files = (struct payloads){ b->file, 2, 2 };
}

static void
begin(struct built *b, const char *abi, uint64_t steps)
{
	begin_at(b, abi, BASE, steps);
}

static void
end(struct built *b)
{
	for (unsigned i = 0; i < 2; i++)
		close(b->file[i].fd);
	fake_end(&b->k);
	maker_end(&b->m);
}

static int
load(struct built *b)
{
	b->f.kind = FAIL_NONE;
	b->f.message[0] = '\0';
	return loader_load(&b->k.t, &b->m.plan, &b->owner, &b->files, &b->f);
}

/* ---- where the bytes go ---- */

struct piece {
	uint64_t paddr, size, offset;
};

static const struct placing {
	const char *name;
	struct piece piece[6];
	struct pfn_run clear[3];
} placings[] = {
	{ "nothing", { { 0, 0, 0 } }, { { 0, 0 } } },
	{ "one whole page", { { 0x3000, 4096, 8192 } }, { { 0, 0 } } },
	{ "a piece inside a page", { { 0x3100, 0x200, 17 } }, { { 0, 0 } } },
	{ "over a page boundary", { { 0x3ff0, 0x20, 1 } }, { { 0, 0 } } },
	{ "two in one page", { { 0x3010, 0x10, 5 }, { 0x3f00, 0x10, 99 } },
	    { { 0, 0 } } },
	{ "two that touch", { { 0x3000, 0x1234, 0 },
	    { 0x4234, 0x5000, 0x9999 } }, { { 0, 0 } } },
	{ "neighbours in the next page", { { 0x3000, 0x10, 0 },
	    { 0x4800, 0x10, 7 } }, { { 0, 0 } } },
	{ "far apart", { { 0x3000, 0x10, 0 }, { 0x900800, 0x1000, 7 } },
	    { { 0, 0 } } },
	{ "over the end of a window", { { 0x1800, 0x1100000, 3 } },
	    { { 0, 0 } } },
	{ "a window and a neighbour", { { 0, 0x1000000, 3 },
	    { 0x1000000, 0x10, 4 }, { 0x1000020, 0x2000, 5 } }, { { 0, 0 } } },
	{ "one byte before the window ends", { { 0, 0xffffff, 3 },
	    { 0xffffff, 2, 4 } }, { { 0, 0 } } },
	{ "five in a row of pages", { { 0x3ffe, 4, 1 }, { 0x4ffe, 4, 2 },
	    { 0x5ffe, 4, 3 }, { 0x6ffe, 4, 4 }, { 0x7ffe, 4, 5 } },
	    { { 0, 0 } } },
	{ "clearing", { { 0x3000, 0x1001, 1 } },
	    { { 0, 3 }, { 5, 1 }, { 100, 5900 } } },
};

static unsigned
add_pieces(struct built *b, const struct placing *c)
{
	struct plan_layout *l = &b->m.plan.layout;

	l->load = arena_array(&b->m.plan.arena, 6, sizeof(*l->load), &b->f);
	l->clear = arena_array(&b->m.plan.arena, 3, sizeof(*l->clear), &b->f);
	assert_true(l->load != NULL && l->clear != NULL);
	l->n_load = l->n_clear = 0;
	for (const struct piece *p = c->piece; p->size != 0; p++) {
		l->load[l->n_load] = (struct load_piece){
		    l->n_load % 2 ? "ramdisk" : "kernel", p->offset, p->size,
		    p->paddr };
		l->n_load++;
	}
	while (l->n_clear < 3 && c->clear[l->n_clear].pages != 0) {
		l->clear[l->n_clear] = c->clear[l->n_clear];
		l->n_clear++;
	}
	return (unsigned)l->n_load;
}

/* The pages of the domain as they must be, piece by piece. */
static unsigned char *
expected(const struct placing *c)
{
	unsigned char *want = malloc(PAGES * 4096);

	assert_non_null(want);
	memset(want, FAKE_STALE, PAGES * 4096);
	for (unsigned i = 0; i < 3; i++)
		memset(want + c->clear[i].pfn * 4096, 0,
		    c->clear[i].pages * 4096);
	for (const struct piece *p = c->piece; p->size != 0; p++) {
		uint64_t from = p->paddr / 4096 * 4096;
		uint64_t to = (p->paddr + p->size + 4095) / 4096 * 4096;

		memset(want + from, 0, to - from);
	}
	for (const struct piece *p = c->piece; p->size != 0; p++)
		for (uint64_t i = 0; i < p->size; i++)
			want[p->paddr + i] = byte_at(p->offset + i);
	return want;
}

static void
bytes_and_zeroes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(placings); i++) {
		const struct placing *c = &placings[i];
		unsigned char *want = expected(c);
		struct built b;

		begin(&b, "xen-3.0-x86_64", 29);
		add_pieces(&b, c);
		if (load(&b) < 0)
			unit_fail("%s: %s", c->name, b.f.message);
		for (uint64_t pfn = 0; pfn < PAGES; pfn++)
			if (memcmp(fake_page(&b.k, pfn), want + pfn * 4096,
			    4096) != 0)
				unit_fail("%s: pfn 0x%llx", c->name,
				    (unsigned long long)pfn);
		free(want);
		end(&b);
	}
}

static void
section(void **state)
{
	const struct plan_memory *m;
	struct built b;

	(void)state;
	begin(&b, "xen-3.0-x86_64", 3);
	assert_int_equal(load(&b), 0);
	m = &b.m.plan.memory;
	assert_true(plan_has(&b.m.plan, PLAN_MEMORY));
	assert_string_equal(m->target.data, "fake:");
	assert_int_equal(m->target.size, 5);
	assert_memory_equal(m->uuid, b.k.info.uuid, UUID_BYTES);
	assert_true(b.k.info.has_build);
	assert_memory_equal(m->build, b.k.info.build, BUILD_ID_BYTES);
	assert_int_equal(m->p2m.n, 3);
	assert_int_equal(extents_pages(&m->p2m), PAGES);
	assert_ptr_equal(b.k.info.abi, b.m.plan.image.abi);
	end(&b);
}

static void
address_limits(void **state)
{
	static const struct {
		const char *abi, *pae;
		unsigned want;
	} cases[] = {
		{ "xen-1.3-x86_32", "no", 32 },
		{ "xen-3.0pre-x86_32", "no", 32 },
		{ "xen-3.0pre-x86_64", "no", 0 },
		{ "xen-3.0-x86_32p", "yes", 32 },
		{ "xen-3.0-x86_32p", "extended", 37 },
		{ "xen-3.0-x86_32p", "bimodal", 37 },
		{ "xen-3.0-x86_64", "yes", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct built b;

		begin(&b, cases[i].abi, 1);
		b.m.plan.image.pae = cases[i].pae;
		assert_int_equal(load(&b), 0);
		assert_int_equal(b.k.address_bits, cases[i].want);
		end(&b);
	}
}

/* ---- who may load ---- */

enum { OTHER_UUID = 1, OTHER_BUILD = 2, NO_BUILD = 4, NO_PLAN = 8,
	NOT_CHOSEN = 16, OTHER_NAME = 32 };

static const struct ownership {
	const char *name;
	uint64_t pages;			/* that the domain has */
	unsigned how;			/* against its own, loaded plan */
	bool constructed, has_run, running;
	const char *words;		/* of the refusal; NULL: loaded */
} owners[] = {
	{ "its own", PAGES, 0, 0, 0, 0, NULL },
	{ "its own, without -t", PAGES, NOT_CHOSEN, 0, 0, 0, NULL },
	{ "its own, constructed", PAGES, 0, true, 0, 0, NULL },
	{ "fresh", 0, NO_PLAN | NO_BUILD, 0, 0, 0, NULL },
	{ "created again under its name", 0, OTHER_UUID | NO_BUILD, 0, 0, 0,
	    NULL },
	{ "the same, and -t is not given", 0,
	    OTHER_UUID | NO_BUILD | NOT_CHOSEN, 0, 0, 0,
	    "its UUID is another" },
	{ "played on another domain", 0, OTHER_NAME | NO_BUILD, 0, 0, 0,
	    NULL },
	{ "running", 0, NO_PLAN | NO_BUILD, 0, 0, true, "is running" },
	{ "running what was built", PAGES, 0, true, true, true,
	    "already constructed and running" },
	{ "has run", PAGES, 0, true, true, 0,
	    "already constructed and has run" },
	{ "another build", PAGES, OTHER_BUILD, 0, 0, 0,
	    "holds another build" },
	{ "another build, no plan", PAGES, NO_PLAN, 0, 0, 0,
	    "holds another build" },
	{ "a build that has no page yet", 0, NO_PLAN, 0, 0, 0,
	    "holds another build" },
	{ "pages of nobody", 1, NO_PLAN | NO_BUILD, 0, 0, 0,
	    "has 1 pages already" },
	{ "a context of nobody", 0, NO_PLAN | NO_BUILD, true, 0, 0,
	    "already constructed" },
	{ "its own, shrunk", PAGES - 1, 0, 0, 0, 0, "has 5999 pages" },
	{ "its name, another UUID and build", PAGES,
	    OTHER_UUID | OTHER_BUILD, 0, 0, 0, "holds another build" },
};

static void
arrange(struct built *b, const struct ownership *o)
{
	struct plan_memory *m = &b->m.plan.memory;

	b->k.info.pages = o->pages;
	b->k.info.constructed = o->constructed;
	b->k.info.has_run = o->has_run;
	b->k.info.paused = !o->running;
	b->owner = (struct owner){ .name = "fake:",
	    .chosen = (o->how & NOT_CHOSEN) == 0 };
	if (o->how & OTHER_UUID)
		b->k.info.uuid[0] ^= 1;
	if (o->how & OTHER_BUILD)
		b->k.info.build[0] ^= 1;
	if (o->how & OTHER_NAME)
		m->target = (struct bytes){ "fake:2", 6 };
	if (o->how & NO_BUILD)
		b->k.info.has_build = false;
	if (o->how & NO_PLAN)
		b->m.plan.has &= ~PLAN_BIT(PLAN_MEMORY);
}

static void
owners_and_others(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(owners); i++) {
		const struct ownership *o = &owners[i];
		struct built b;
		unsigned maps;
		int rc;

		begin(&b, "xen-3.0-x86_64", 3);
		add_pieces(&b, &placings[12]);
		assert_int_equal(load(&b), 0);
		arrange(&b, o);
		memset(b.k.frames, 0x77, PAGES * 4096);
		maps = b.k.maps;
		rc = load(&b);
		if (rc != (o->words == NULL ? 0 : -1))
			unit_fail("%s: %d '%s'", o->name, rc, b.f.message);
		if (o->words != NULL) {
			assert_int_equal(b.f.kind, FAIL_TARGET);
			if (strstr(b.f.message, o->words) == NULL)
				unit_fail("%s: '%s'", o->name, b.f.message);
			assert_int_equal(b.k.maps, maps);
		} else {
			assert_int_equal(fake_page(&b.k, 3)[0], byte_at(1));
			assert_int_equal(fake_page(&b.k, 100)[0], 0);
			assert_true(b.k.info.has_build);
			assert_memory_equal(b.m.plan.memory.build,
			    b.k.info.build, BUILD_ID_BYTES);
			assert_string_equal(b.m.plan.memory.target.data,
			    "fake:");
		}
		end(&b);
	}
}

/* The kernel's bytes go over the hypercall page; nobody fills it after us. */
static void
hypercall_page_comes_back(void **state)
{
	struct built b;

	(void)state;
	begin(&b, "xen-3.0-x86_64", 3);
	add_pieces(&b, &placings[1]);
	b.m.plan.image.hypercall_page = (struct maybe){ true, V5 + 0x3000 };
	assert_int_equal(load(&b), 0);
	assert_int_equal(b.k.hypercall_mfn, 0);
	b.k.info.constructed = true;
	assert_int_equal(load(&b), 0);
	assert_int_equal(b.k.hypercall_mfn, extents_mfn(&b.k.own, 3));
	assert_int_equal(fake_page(&b.k, 3)[0], 0xcc);
	end(&b);
}

/* ---- what it can take ---- */

static void
room_and_abi(void **state)
{
	struct built b;

	(void)state;
	begin(&b, "xen-3.0-x86_64", 1);
	b.k.info.max_pages = PAGES - 256;
	assert_int_equal(load(&b), -1);
	assert_int_equal(b.f.kind, FAIL_TARGET);
	assert_non_null(strstr(b.f.message, "24000 KiB needed, 22976 KiB "
	    "given, 1024 KiB missing"));
	assert_false(b.k.info.has_build);
	b.k.info.max_pages = PAGES;
	b.k.host.free_pages = PAGES - 1;
	assert_int_equal(load(&b), -1);
	assert_int_equal(b.f.kind, FAIL_FULL);
	assert_non_null(strstr(b.f.message, "24000 KiB needed, 23996 KiB "
	    "free, 0 KiB more claimed by others, 4 KiB missing"));
	b.k.host.free_pages = PAGES;
	b.k.host.offers[0] = &abi_rows[0];
	b.k.host.offers[1] = &abi_rows[3];
	b.k.host.n_offers = 2;
	assert_int_equal(load(&b), -1);
	assert_int_equal(b.f.kind, FAIL_TARGET);
	assert_non_null(strstr(b.f.message, "offers: xen-1.3-x86_32, "
	    "xen-3.0-x86_32p"));
	assert_false(b.k.info.has_build);
	b.k.host.n_offers = 0;
	assert_int_equal(load(&b), -1);
	assert_non_null(strstr(b.f.message, "offers: no PV ABI"));
	end(&b);
}

/* ---- files that change under our hands ---- */

static void
cut_file(void **state)
{
	struct built b;

	(void)state;
	begin(&b, "xen-3.0-x86_64", 1);
	add_pieces(&b, &placings[8]);
	assert_int_equal(ftruncate(b.file[0].fd, 0x100000), 0);
	assert_int_equal(load(&b), -1);
	assert_int_equal(b.f.kind, FAIL_INPUT);
	assert_non_null(strstr(b.f.message, "changed while it was read"));
	assert_non_null(strstr(b.f.message, "half built"));
	assert_false(plan_has(&b.m.plan, PLAN_MEMORY));
	end(&b);
}

static void
rewritten_file(void **state)
{
	struct built b;

	(void)state;
	begin(&b, "xen-3.0-x86_64", 1);
	add_pieces(&b, &placings[1]);
	b.file[0].id.ctime_nsec ^= 1;
	assert_int_equal(load(&b), -1);
	assert_int_equal(b.f.kind, FAIL_INPUT);
	assert_non_null(strstr(b.f.message, "changed while it was read"));
	end(&b);
}

static int
unmap_fails(struct target *t, void *bytes, struct fail *f)
{
	if (fake_unmap(t, bytes, f) < 0)
		return -1;
	return fail(f, FAIL_IO, "the memory is gone");
}

/* A file is not to blame where the memory that it is read into is gone. */
static void
memory_goes_away(void **state)
{
	struct target_ops ops = fake_ops;
	struct built b;

	(void)state;
	begin(&b, "xen-3.0-x86_64", 1);
	add_pieces(&b, &placings[1]);
	ops.unmap = unmap_fails;
	b.k.t.ops = &ops;
	close(b.file[0].fd);
	b.file[0].fd = open("/", O_RDONLY | O_CLOEXEC);
	assert_int_equal(load(&b), -1);
	assert_int_equal(b.f.kind, FAIL_IO);
	assert_int_equal(strncmp(b.f.message, "the memory is gone", 18), 0);
	end(&b);
}

/* ---- opening payloads ---- */

static void
unknown_role(void **state)
{
	struct built b;
	struct payloads files = PAYLOADS_INIT;

	(void)state;
	begin(&b, "xen-3.0-x86_64", 1);
	add_pieces(&b, &placings[1]);
	assert_int_equal(payloads_open(&files, &b.m.plan, &b.f), -1);
	assert_int_equal(b.f.kind, FAIL_INPUT);
	assert_non_null(strstr(b.f.message, "payload 'kernel'"));
	payloads_release(&files);
	end(&b);
}

/* What entries of the tables and of the p2m list cannot name. */
static void
frames_too_high(void **state)
{
	static const struct {
		const char *abi;
		uint64_t end;
	} cases[] = {
		{ "xen-1.3-x86_32", 0x100000 },
		{ "xen-3.0pre-x86_32", 0x100000 },
		{ "xen-3.0pre-x86_64", 0xffffffff },
		{ "xen-3.0-x86_32p", 0x2000000 },
		{ "xen-3.0-x86_64", UINT64_C(1) << 40 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct built b;

		begin_at(&b, cases[i].abi, cases[i].end - PAGES, 1);
		assert_int_equal(load(&b), 0);
		end(&b);
		begin_at(&b, cases[i].abi, cases[i].end - PAGES + 1, 1);
		assert_int_equal(load(&b), -1);
		assert_int_equal(b.f.kind, FAIL_TARGET);
		assert_non_null(strstr(b.f.message, "does not fit"));
		assert_int_equal(b.k.maps, 0);
		assert_false(plan_has(&b.m.plan, PLAN_MEMORY));
		end(&b);
	}
}

static void
no_target(void **state)
{
	struct built b;

	(void)state;
	begin(&b, "xen-3.0-x86_64", 1);
	assert_int_equal(stage_load.work(&b.m.plan, NULL, NULL,
	    &b.f), -1);
	assert_int_equal(b.f.kind, FAIL_USAGE);
	end(&b);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_and_zeroes),
		cmocka_unit_test(section),
		cmocka_unit_test(address_limits),
		cmocka_unit_test(owners_and_others),
		cmocka_unit_test(hypercall_page_comes_back),
		cmocka_unit_test(room_and_abi),
		cmocka_unit_test(frames_too_high),
		cmocka_unit_test(cut_file),
		cmocka_unit_test(rewritten_file),
		cmocka_unit_test(memory_goes_away),
		cmocka_unit_test(unknown_role),
		cmocka_unit_test(no_target),
	};

	return cmocka_run_group_tests_name("loader", tests, NULL, NULL);
}
