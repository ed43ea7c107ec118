/* Page tables of a PVH guest that runs: 2, 3, 4 and 5 levels by cr0, cr4 and
 * EFER, and large pages; each made here by hand, as the SDM has it. */
#include "pvhdomain.h"

#include "walk/walk.h"

#define PG	UINT64_C(0x80000011)
#define LMA	UINT64_C(0x500)		/* with LME */
enum { PSE = 0x10, PAE = 0x20, LA57 = 0x1000 };

/* Where tables are made, one page a level, from memory that nothing uses. */
enum { TABLES = 0x200000, TARGET = 0x300000 };

struct entry {
	uint64_t at, value;		/* address, what is written there */
	unsigned bytes;
};

struct mode {
	const char *paging;
	uint64_t cr0, cr3, cr4, efer;
	struct entry entry[8];		/* bytes 0 ends */
	struct {
		uint64_t va;
		enum walk_end end;
		unsigned n, level;	/* steps, and of the last one */
		uint64_t gfn;
	} want[6];			/* n 0 ends */
};

static const struct mode modes[] = {
	{ "2-level paging", PG, TABLES | 0x18, PSE, 0, {
		/* va 0xc0100000 by a table, 0xc0400000 large */
		{ TABLES + 0x300 * 4, (TABLES + 0x1000) | 0x67, 4 },
		{ TABLES + 0x1000 + 0x100 * 4, TARGET | 0x63, 4 },
		{ TABLES + 0x301 * 4, 0x0 | 0xe3, 4 },
		{ TABLES + 0x302 * 4, 0x1000 | 0xe3, 4 },
		{ TABLES + 0x303 * 4, 0x2000 | 0xe3, 4 },
	}, {
		{ 0xc0100123, WALK_MAPPED, 2, 1, 0x300 },
		{ 0xc0101000, WALK_ABSENT, 2, 1, 0 },
		{ 0xc0402345, WALK_MAPPED, 1, 2, 2 },
		/* bit 12 is its PAT; others are no address */
		{ 0xc0801000, WALK_MAPPED, 1, 2, 1 },
		{ 0xc0c00000, WALK_BAD, 1, 2, 0 },
		{ 0x1000, WALK_ABSENT, 1, 2, 0 },
	} },
	{ "2-level paging", PG, TABLES, 0, 0, {
		/* without PSE bit 7 is none */
		{ TABLES + 0x300 * 4, (TABLES + 0x1000) | 0xe7, 4 },
		{ TABLES + 0x1000 + 0x100 * 4, TARGET | 0x63, 4 },
	}, {
		{ 0xc0100123, WALK_MAPPED, 2, 1, 0x300 },
	} },
	{ "PAE paging", PG, TABLES | 0xfe0, PAE | PSE, 0, {
		/* the top table: the last 32 bytes of its page */
		{ TABLES + 0xfe0 + 3 * 8, (TABLES + 0x1000) | 1, 8 },
		{ TABLES + 0x1000, (TABLES + 0x2000) | 0x67, 8 },
		{ TABLES + 0x2000 + 0x100 * 8, TARGET | UINT64_C(1) << 63 |
		    0x63, 8 },
		{ TABLES + 0x1000 + 8, 0x200000 | 0xe3, 8 },
		{ TABLES + 0xfe0, (TABLES + 0x1000) | 0x81, 8 },
	}, {
		{ 0xc0100fff, WALK_MAPPED, 3, 1, 0x300 },
		{ 0xc0300000, WALK_MAPPED, 2, 2, 0x300 },
		{ 0x40000000, WALK_ABSENT, 1, 3, 0 },
		{ 0x1000, WALK_BAD, 1, 3, 0 },
	} },
	{ "4-level paging", PG, TABLES | 0x5, PAE | PSE, LMA, {
		{ TABLES + 511 * 8, (TABLES + 0x1000) | 0x67, 8 },
		{ TABLES + 0x1000 + 510 * 8, (TABLES + 0x2000) | 0x67, 8 },
		{ TABLES + 0x2000 + 8, (TABLES + 0x3000) | 0x67, 8 },
		{ TABLES + 0x3000 + 5 * 8, TARGET | 0x63, 8 },
		{ TABLES + 0x2000 + 16, 0x200000 | 0xe3, 8 },
		{ TABLES + 0x1000, 0x0 | 0xe3, 8 },
		{ TABLES + 0x1000 + 8, UINT64_C(0x100000000) | 0xe3, 8 },
		{ TABLES, 0x0 | 0xe3, 8 },
	}, {
		{ 0xffffffff80205678, WALK_MAPPED, 4, 1, 0x300 },
		{ 0xffffffff80400000, WALK_MAPPED, 3, 2, 0x200 },
		{ 0xffffff8000300000, WALK_MAPPED, 2, 3, 0x300 },
		/* a frame that is not its own; no large page at L4 */
		{ 0xffffff8040000000, WALK_BAD, 2, 3, 0x100000 },
		{ 0x1000, WALK_BAD, 1, 4, 0 },
		{ 0xffffff8080000000, WALK_ABSENT, 2, 3, 0 },
	} },
	{ "5-level paging", PG, TABLES, PAE | LA57, LMA, {
		{ TABLES + 0x101 * 8, (TABLES + 0x1000) | 0x67, 8 },
		{ TABLES + 0x1000 + 8, (TABLES + 0x2000) | 0x67, 8 },
		{ TABLES + 0x2000 + 8, (TABLES + 0x3000) | 0x67, 8 },
		{ TABLES + 0x3000 + 8, (TABLES + 0x4000) | 0x67, 8 },
		{ TABLES + 0x4000 + 8, TARGET | 0x63, 8 },
		{ TABLES + 0x1000, 0xe3, 8 },
		{ TABLES + 0x2000, 0xe3, 8 },
	}, {
		{ 0xff01008040201abc, WALK_MAPPED, 5, 1, 0x300 },
		{ 0xff01008000200000, WALK_MAPPED, 3, 3, 0x200 },
		{ 0xff01000000000000, WALK_BAD, 2, 4, 0 },
		{ 0x1000, WALK_ABSENT, 1, 5, 0 },
	} },
	/* Long mode is set up, and paging is off still. */
	{ "paging is off", 0x11, TABLES, PAE, 0x100, { { 0, 0, 0 } }, {
		{ 0, WALK_MAPPED, 0, 0, 0 },
	} },
};

static void
set_registers(struct pvh_domain *d, const struct mode *m)
{
	const struct abi_field *field = PVH->context.field;
	unsigned char *context = paper_target(d->k.t)->state.context[0];

	abi_put(field[CTX_CR0], context, m->cr0);
	abi_put(field[CTX_CR3], context, m->cr3);
	abi_put(field[CTX_CR4], context, m->cr4);
	abi_put(field[CTX_EFER], context, m->efer);
}

static struct walk *
open_mode(struct pvh_domain *d, const struct mode *m)
{
	const struct extent run = { 0, TABLES / PAGE_BYTES, 5 };
	struct target_info info;
	struct fail f = { 0 };
	struct walk *w;

	kit_ok(d->k.t->ops->clear(d->k.t, &run, 1, &f), &f);
	for (const struct entry *e = m->entry; e->bytes > 0 &&
	    e < m->entry + COUNT(m->entry); e++)
		pvh_poke(d, e->at, e->bytes, e->value);
	set_registers(d, m);
	kit_ok(d->k.t->ops->info(d->k.t, &info, &f), &f);
	kit_ok(walk_open_vcpu(&w, d->k.t, &info, "file:dom", &f), &f);
	assert_string_equal(walk_paging(w), m->paging);
	return w;
}

static void
test_modes(void **state)
{
	struct pvh_domain d;

	(void)state;
	pvh_begin(&d);
	for (size_t i = 0; i < COUNT(modes); i++) {
		const struct mode *m = &modes[i];
		struct walk *w = open_mode(&d, m);

		for (size_t k = 0; k < COUNT(m->want) && m->want[k].n > 0;
		    k++) {
			struct walk_path p;
			struct fail f = { 0 };

			kit_ok(walk_address(w, m->want[k].va, &p, &f), &f);
			if (p.end != m->want[k].end || p.n != m->want[k].n ||
			    p.step[p.n - 1].level != m->want[k].level)
				fail_msg("%s, 0x%" PRIx64 ": end %d after %u, "
				    "%s", m->paging, m->want[k].va, (int)p.end,
				    p.n, p.why == NULL ? "" : p.why);
			if (m->want[k].gfn > 0)
				want(m->paging, "gfn", p.pfn, m->want[k].gfn);
			for (unsigned s = 0; s < p.n; s++)
				want(m->paging, "table", p.step[s].pfn,
				    TABLES / PAGE_BYTES + s);
		}
		walk_close(w);
	}
	pvh_end(&d);
}

struct sums {
	uint64_t mapped, bad, absent, runs;
	struct walk_run last;
};

static int
take(void *arg, const struct walk_run *r, struct fail *f)
{
	struct sums *s = arg;

	(void)f;
	s->mapped += r->end == WALK_MAPPED ? r->pages : 0;
	s->bad += r->end == WALK_BAD ? r->pages : 0;
	s->absent += r->end == WALK_ABSENT ? r->pages : 0;
	s->runs++;
	s->last = *r;
	return 0;
}

/* All that is mapped: 4 KiB and large pages, no part that is Xen's. */
static void
test_all(void **state)
{
	static const struct { size_t mode; uint64_t mapped; } rows[] = {
		/* a page, and of each large one the guest's 4 MiB */
		{ 0, 1 + 2 * 1024 }, { 1, 1 }, { 2, 1 + 512 },
		{ 3, 1 + 512 + 1024 }, { 4, 1 + 1024 },
	};
	struct pvh_domain d;

	(void)state;
	pvh_begin(&d);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct walk_limit limit = { 100, 1 << 22 };
		struct walk *w = open_mode(&d, &modes[rows[i].mode]);
		struct sums s = { 0 };
		struct fail f = { 0 };

		kit_ok(walk_all(w, &limit, take, &s, &f), &f);
		want(modes[rows[i].mode].paging, "mapped", s.mapped,
		    rows[i].mapped);
		want(modes[rows[i].mode].paging, "absent", s.absent, 0);
		walk_close(w);
	}
	pvh_end(&d);
}

/* As it starts: each page of 4 GiB at its own address, and nothing else. */
static void
test_off(void **state)
{
	struct fail f = { 0 };
	struct sums s = { 0 };
	struct walk_path p;
	struct pvh_domain d;
	struct walk *w;

	(void)state;
	pvh_begin(&d);
	kit_ok(walk_open(&w, d.k.t, PVH, 0, &f), &f);
	kit_ok(walk_all(w, NULL, take, &s, &f), &f);
	assert_int_equal(s.mapped, PVH_PAGES + 9);
	assert_int_equal(s.runs, 3);
	assert_int_equal(s.last.va, 0xfeff8000);
	assert_int_equal(s.last.pfn, 0xfeff8);
	s = (struct sums){ 0 };
	kit_ok(walk_range(w, 0, 1 << 20, NULL, take, &s, &f), &f);
	assert_int_equal(s.mapped, PVH_PAGES + 9);
	assert_int_equal(s.mapped + s.absent, 1 << 20);
	s = (struct sums){ 0 };
	kit_ok(walk_range(w, 0x3ff000, 2, NULL, take, &s, &f), &f);
	assert_int_equal(s.mapped, 1);
	assert_int_equal(s.absent, 1);
	kit_ok(walk_address(w, PVH_ACPI + 5, &p, &f), &f);
	assert_int_equal(p.end, WALK_MAPPED);
	assert_int_equal(p.n, 0);
	assert_int_equal(p.pfn, 0xfc000);
	kit_ok(walk_address(w, 0xfee00000, &p, &f), &f);
	assert_int_equal(p.end, WALK_ABSENT);
	kit_refused(walk_address(w, UINT64_C(1) << 32, &p, &f), &f,
	    FAIL_USAGE, "the last one is 0xffffffff");
	walk_close(w);
	pvh_end(&d);
}

/* A top table, and a table, that the domain does not have. */
static void
test_foreign(void **state)
{
	struct mode m = modes[3];
	struct fail f = { 0 };
	struct walk_path p;
	struct pvh_domain d;
	struct walk *w;

	(void)state;
	pvh_begin(&d);
	m.cr3 = 0xfee00000;
	w = open_mode(&d, &m);
	kit_ok(walk_address(w, m.want[0].va, &p, &f), &f);
	assert_int_equal(p.end, WALK_BAD);
	assert_int_equal(p.n, 0);
	walk_close(w);
	m = modes[3];
	m.entry[1].value = UINT64_C(0xffffffffff067);
	w = open_mode(&d, &m);
	kit_ok(walk_address(w, m.want[0].va, &p, &f), &f);
	assert_int_equal(p.end, WALK_BAD);
	assert_int_equal(p.n, 2);
	walk_close(w);
	pvh_end(&d);
}

/* Tables that link each other: what is mapped never ends, and the walk does. */
static void
test_loop(void **state)
{
	struct mode m = modes[4];
	const struct walk_limit limit = { 1000, 1 << 20 };
	struct fail f = { 0 };
	struct pvh_domain d;
	struct sums s = { 0 };
	struct walk *w;

	(void)state;
	pvh_begin(&d);
	for (unsigned i = 0; i < COUNT(m.entry); i++)
		m.entry[i] = (struct entry){ TABLES + 8 * i, TABLES | 0x67, 8 };
	w = open_mode(&d, &m);
	kit_refused(walk_all(w, &limit, take, &s, &f), &f, FAIL_TARGET,
	    "link each other more than 1000 times");
	walk_close(w);
	pvh_end(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_off),
		cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_loop),
	};

	return cmocka_run_group_tests(tests, kit_enter, kit_leave);
}
