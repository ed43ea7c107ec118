#include "layout-sample.h"
#include "plan/pvh.h"

#define NONE	UINT64_MAX	/* not looked at */

/*
 * Examples of the rules in xb-abi(7), worked out by hand: a typical one for
 * each ABI, and both sides of each edge.  P1 to P5 are the ABIs of abi_rows,
 * the oldest first.  0: no such segment.  NONE: not worked out, for the row is
 * rejected before it.
 */
struct row {
	const char *name;
	const struct abi *abi;
	uint64_t kstart, kend, base, ramdisk_size, pages;
	uint64_t ramdisk, p2m, p2m_end, tables, n_tables, start_info, xenstore,
	    console, stack, v_end;
	bool rejected;
	uint64_t counts[ABI_LEVELS_MAX];	/* xen-3.0 */
};

static const struct row rows[] = {
#define ROW(n, abi, ks, ke, vs, rl, np, r, p, pe, t, nt, si, st, co, sk, ve) \
	n, abi, ks, ke, vs, rl, np, r, p, pe, t, nt, si, st, co, sk, ve
{ ROW("P1 typical", P1, 0xc0100000, 0xc0345678, 0xc0000000, 0x123456, 16384,
    0xc0346000, 0xc046a000, 0xc047a000, 0xc047a000, 3, 0xc047d000, 0, 0,
    0xc047e000, 0xc0800000), false, { 0 } },
{ ROW("P1 no initrd", P1, 0xc0100000, 0xc0345678, 0xc0000000, 0, 16384,
    0, 0xc0346000, 0xc0356000, 0xc0356000, 2, 0xc0358000, 0, 0,
    0xc0359000, 0xc0400000), false, { 0 } },
{ ROW("P1 exact 512 KiB left", P1, 0xc0000000, 0xc036c000, 0xc0000000, 0,
    16384, 0, 0xc036c000, 0xc037c000, 0xc037c000, 2, 0xc037e000, 0, 0,
    0xc037f000, 0xc0400000), false, { 0 } },
{ ROW("P1 one page less", P1, 0xc0000000, 0xc036d000, 0xc0000000, 0, 16384,
    0, 0xc036d000, 0xc037d000, 0xc037d000, 3, 0xc0380000, 0, 0,
    0xc0381000, 0xc0800000), false, { 0 } },
{ ROW("P1 start just below 4 MiB line", P1, 0xc03ff000, 0xc0600000,
    0xc0000000, 0, 16384, 0, 0xc0600000, 0xc0610000, 0xc0610000, 3,
    0xc0613000, 0, 0, 0xc0614000, 0xc0800000), false, { 0 } },
{ ROW("P1 end just below 4 MiB line", P1, 0xc0100000, 0xc03ff001, 0xc0000000,
    0, 16384, 0, 0xc0400000, 0xc0410000, 0xc0410000, 3, 0xc0413000, 0, 0,
    0xc0414000, 0xc0800000), false, { 0 } },
{ ROW("P1 128 MiB initrd", P1, 0xc0100000, 0xc0400000, 0xc0000000, 0x8000000,
    131072, 0xc0400000, 0xc8400000, 0xc8480000, 0xc8480000, 35, 0xc84a3000,
    0, 0, 0xc84a4000, 0xc8800000), false, { 0 } },
{ ROW("P1 4 GiB", P1, 0xc0100000, 0xc0200000, 0xc0000000, 0, 1048576,
    0, 0xc0200000, 0xc0600000, 0xc0600000, 3, 0xc0603000, 0, 0,
    0xc0604000, 0xc0800000), true, { 0 } },
{ ROW("P1 too small", P1, 0xc0100000, 0xc0200000, 0xc0000000, 0, 1023,
    0, 0xc0200000, 0xc0200ffc, 0xc0201000, 2, 0xc0203000, 0, 0,
    0xc0204000, 0xc0400000), true, { 0 } },
{ ROW("P1 just fits", P1, 0xc0100000, 0xc0200000, 0xc0000000, 0, 1024,
    0, 0xc0200000, 0xc0201000, 0xc0201000, 2, 0xc0203000, 0, 0,
    0xc0204000, 0xc0400000), false, { 0 } },

{ ROW("P2 typical", P2, 0xc0100000, 0xc0345678, 0xc0000000, 0x123456, 16384,
    0xc0346000, 0xc046a000, 0xc047a000, 0xc047a000, 3, 0xc047d000,
    0xc047e000, 0, 0xc047f000, 0xc0800000), false, { 0 } },
{ ROW("P2 no initrd, v_start=kstart", P2, 0xc0100000, 0xc0345678, 0xc0100000,
    0, 16384, 0, 0xc0346000, 0xc0356000, 0xc0356000, 2, 0xc0358000,
    0xc0359000, 0, 0xc035a000, 0xc0400000), false, { 0 } },
{ ROW("P2 exact 512 KiB left", P2, 0xc0100000, 0xc036b000, 0xc0000000, 0,
    16384, 0, 0xc036b000, 0xc037b000, 0xc037b000, 2, 0xc037d000, 0xc037e000,
    0, 0xc037f000, 0xc0400000), false, { 0 } },
{ ROW("P2 one page less", P2, 0xc0100000, 0xc036c000, 0xc0000000, 0, 16384,
    0, 0xc036c000, 0xc037c000, 0xc037c000, 3, 0xc037f000, 0xc0380000, 0,
    0xc0381000, 0xc0800000), false, { 0 } },
{ ROW("P2 start just below 4 MiB line", P2, 0xc03ff000, 0xc0600000,
    0xc03ff000, 0, 16384, 0, 0xc0600000, 0xc0610000, 0xc0610000, 3,
    0xc0613000, 0xc0614000, 0, 0xc0615000, 0xc0800000), false, { 0 } },
{ ROW("P2 end just below 4 MiB line", P2, 0xc0100000, 0xc03ff001, 0xc0000000,
    0, 16384, 0, 0xc0400000, 0xc0410000, 0xc0410000, 3, 0xc0413000,
    0xc0414000, 0, 0xc0415000, 0xc0800000), false, { 0 } },
{ ROW("P2 128 MiB initrd", P2, 0xc0100000, 0xc0400000, 0xc0000000, 0x8000000,
    131072, 0xc0400000, 0xc8400000, 0xc8480000, 0xc8480000, 35, 0xc84a3000,
    0xc84a4000, 0, 0xc84a5000, 0xc8800000), false, { 0 } },
{ ROW("P2 too small", P2, 0xc0100000, 0xc0200000, 0xc0100000, 0, 767,
    0, 0xc0200000, 0xc0200bfc, 0xc0201000, 2, 0xc0203000, 0xc0204000, 0,
    0xc0205000, 0xc0400000), true, { 0 } },
{ ROW("P2 just fits", P2, 0xc0100000, 0xc0200000, 0xc0100000, 0, 768,
    0, 0xc0200000, 0xc0200c00, 0xc0201000, 2, 0xc0203000, 0xc0204000, 0,
    0xc0205000, 0xc0400000), false, { 0 } },

{ ROW("P3 typical", P3, HIGH(0x80100000), HIGH(0x80345678), HIGH(0x80000000),
    0x123456, 16384, HIGH(0x80346000), HIGH(0x8046a000), HIGH(0x8048a000),
    HIGH(0x8048a000), 7, HIGH(0x80491000), HIGH(0x80492000), 0,
    HIGH(0x80493000), HIGH(0x80800000)), false, { 0 } },
{ ROW("P3 no initrd, v_start=kstart", P3, HIGH(0x80100000), HIGH(0x80345678),
    HIGH(0x80100000), 0, 16384, 0, HIGH(0x80346000), HIGH(0x80366000),
    HIGH(0x80366000), 5, HIGH(0x8036b000), HIGH(0x8036c000), 0,
    HIGH(0x8036d000), HIGH(0x80400000)), false, { 0 } },
{ ROW("P3 exact 512 KiB left", P3, HIGH(0x80100000), HIGH(0x80358000),
    HIGH(0x80000000), 0, 16384, 0, HIGH(0x80358000), HIGH(0x80378000),
    HIGH(0x80378000), 5, HIGH(0x8037d000), HIGH(0x8037e000), 0,
    HIGH(0x8037f000), HIGH(0x80400000)), false, { 0 } },
{ ROW("P3 one page less", P3, HIGH(0x80100000), HIGH(0x80359000),
    HIGH(0x80000000), 0, 16384, 0, HIGH(0x80359000), HIGH(0x80379000),
    HIGH(0x80379000), 7, HIGH(0x80380000), HIGH(0x80381000), 0,
    HIGH(0x80382000), HIGH(0x80800000)), false, { 0 } },
{ ROW("P3 start just below 4 MiB line", P3, HIGH(0x803ff000),
    HIGH(0x80600000), HIGH(0x803ff000), 0, 16384, 0, HIGH(0x80600000),
    HIGH(0x80620000), HIGH(0x80620000), 6, HIGH(0x80626000),
    HIGH(0x80627000), 0, HIGH(0x80628000), HIGH(0x80800000)), false, { 0 } },
{ ROW("P3 v_start in upper 2 MiB half", P3, HIGH(0x80300000),
    HIGH(0x803ff001), HIGH(0x80300000), 0, 16384, 0, HIGH(0x80400000),
    HIGH(0x80420000), HIGH(0x80420000), 6, HIGH(0x80426000),
    HIGH(0x80427000), 0, HIGH(0x80428000), HIGH(0x80800000)), false, { 0 } },
{ ROW("P3 crosses 1 GiB", P3, HIGH(0xbff00000), HIGH(0xbfffffff),
    HIGH(0xbff00000), 0x400000, 32768, HIGH(0xc0000000), HIGH(0xc0400000),
    HIGH(0xc0440000), HIGH(0xc0440000), 9, HIGH(0xc0449000),
    HIGH(0xc044a000), 0, HIGH(0xc044b000), HIGH(0xc0800000)), false, { 0 } },
{ ROW("P3 crosses 512 GiB", P3, 0x7ffff00000, 0x7fffffe000, 0x7ffff00000, 0,
    16384, 0, 0x7fffffe000, 0x800001e000, 0x800001e000, 8, 0x8000026000,
    0x8000027000, 0, 0x8000028000, 0x8000400000), false, { 0 } },
{ ROW("P3 too small", P3, HIGH(0x80100000), HIGH(0x80200000),
    HIGH(0x80000000), 0, 1023, 0, HIGH(0x80200000), HIGH(0x80201ff8),
    HIGH(0x80202000), 5, HIGH(0x80207000), HIGH(0x80208000), 0,
    HIGH(0x80209000), HIGH(0x80400000)), true, { 0 } },

{ ROW("P4 typical", P4, 0xc0100000, 0xc0345678, 0xc0000000, 0x123456, 16384,
    0xc0346000, 0xc046a000, 0xc047a000, 0xc047d000, 6, 0xc047a000,
    0xc047b000, 0xc047c000, 0xc0483000, 0xc0800000), false, { 1, 1, 4 } },
{ ROW("P4 base 0", P4, 0x100000, 0x345678, 0, 0, 16384, 0, 0x346000,
    0x356000, 0x359000, 7, 0x356000, 0x357000, 0x358000, 0x360000,
    0x400000), false, { 1, 4, 2 } },
{ ROW("P4 exact 512 KiB left", P4, 0xc0100000, 0xc0368000, 0xc0000000, 0,
    16384, 0, 0xc0368000, 0xc0378000, 0xc037b000, 4, 0xc0378000, 0xc0379000,
    0xc037a000, 0xc037f000, 0xc0400000), false, { 1, 1, 2 } },
{ ROW("P4 one page less", P4, 0xc0100000, 0xc0369000, 0xc0000000, 0, 16384,
    0, 0xc0369000, 0xc0379000, 0xc037c000, 6, 0xc0379000, 0xc037a000,
    0xc037b000, 0xc0382000, 0xc0800000), false, { 1, 1, 4 } },
{ ROW("P4 too small", P4, 0xc0100000, 0xc0200000, 0xc0000000, 0, 1023,
    0, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE), true, { 0 } },

{ ROW("P5 typical", P5, HIGH(0x81000000), HIGH(0x82345678), HIGH(0x80000000),
    0x123456, 16384, HIGH(0x82346000), HIGH(0x8246a000), HIGH(0x8248a000),
    HIGH(0x8248d000), 23, HIGH(0x8248a000), HIGH(0x8248b000),
    HIGH(0x8248c000), HIGH(0x824a4000), HIGH(0x82800000)), false,
    { 1, 1, 1, 20 } },
{ ROW("P5 no initrd", P5, HIGH(0x81000000), HIGH(0x82345678),
    HIGH(0x80000000), 0, 16384, 0, HIGH(0x82346000), HIGH(0x82366000),
    HIGH(0x82369000), 21, HIGH(0x82366000), HIGH(0x82367000),
    HIGH(0x82368000), HIGH(0x8237e000), HIGH(0x82400000)), false,
    { 1, 1, 1, 18 } },
{ ROW("P5 base 0, unikernel", P5, 0, 0x10000, 0, 0, 4096, 0, 0x10000,
    0x18000, 0x1b000, 5, 0x18000, 0x19000, 0x1a000, 0x20000, 0x400000),
    false, { 1, 1, 1, 2 } },
{ ROW("P5 too small", P5, HIGH(0x80100000), HIGH(0x80200000),
    HIGH(0x80000000), 0, 1023, 0, NONE, NONE, NONE, NONE, NONE, NONE, NONE,
    NONE, NONE), true, { 0 } },
#undef ROW
};

static void
want_at(const struct row *r, const struct places *l, enum segment_kind k,
    uint64_t va)
{
	const struct layout_segment *at = &l->at[k];

	if (va == NONE)
		return;
	want(r->name, segment_name(k), at->pages == 0 ? 0 : at->va.value, va);
	if (at->pages > 0)
		want(r->name, "pfn", at->pfn,
		    (va - l->v_start) / PAGE_BYTES);
}

static void
check_row(const struct row *r)
{
	struct fail f = { .kind = FAIL_NONE };
	struct places l;
	struct sample s;
	/* xen-1.3 makes its start from the kernel's alone. */
	struct plan *p = sample_plan(&s, r->abi, r->kstart, r->kend,
	    r->abi == P1 ? r->kstart : r->base, r->ramdisk_size);

	assert_int_equal(layout_place(p, r->pages, &l, &f), 0);
	want(r->name, "v_start", l.v_start, r->base);
	want_at(r, &l, SEG_RAMDISK, r->ramdisk);
	want_at(r, &l, SEG_P2M, r->p2m);
	want_at(r, &l, SEG_START_INFO, r->start_info);
	want_at(r, &l, SEG_XENSTORE, r->xenstore);
	want_at(r, &l, SEG_CONSOLE, r->console);
	want_at(r, &l, SEG_PAGE_TABLES, r->tables);
	want_at(r, &l, SEG_STACK, r->stack);
	if (r->p2m != NONE) {
		want(r->name, "p2m end", r->p2m + l.at[SEG_P2M].size,
		    r->p2m_end);
		want(r->name, "n_pt", l.at[SEG_PAGE_TABLES].pages,
		    r->n_tables);
		want(r->name, "v_end", l.v_start + l.region * PAGE_BYTES,
		    r->v_end);
	}
	for (unsigned i = 0; r->counts[0] != 0 && i < ABI_LEVELS_MAX; i++)
		want(r->name, "tables", l.tables[i], r->counts[i]);

	assert_int_equal(layout_solve(p, r->pages, &f), r->rejected ? -1 : 0);
	want(r->name, "status", f.kind, r->rejected ? FAIL_INPUT : FAIL_NONE);
	arena_release(&p->arena);
}

static void
worked_examples(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check_row(&rows[i]);
}

/*
 * What libxenguest of Xen 4.17.7 lays out, pfn and pages: V1 to V3 are one
 * image with other notes (xb-abi(7), "What lies apart"), V4 is Debian's vmlinuz
 * 6.1.192 in 256 MiB with its ramdisk unpacked.
 */
struct vector {
	const char *name;
	uint64_t kstart, kend, entry, ramdisk_size, pages;
	bool mod_start_pfn;
	uint64_t init_p2m;
	struct { uint64_t pfn, pages; } want[SEG_KINDS];
	uint64_t v_end;
	uint64_t tables[ABI_LEVELS_MAX], p2m_tables[ABI_LEVELS_MAX];
};

static const struct vector vectors[] = {
	{ "V1", HIGH(0x80200000), HIGH(0x80209000), HIGH(0x80200000), 5000,
	    16384, false, 0,
	    { [SEG_KERNEL] = { 0x200, 9 }, [SEG_RAMDISK] = { 0x209, 2 },
	      [SEG_P2M] = { 0x20b, 0x20 }, [SEG_START_INFO] = { 0x22b, 1 },
	      [SEG_XENSTORE] = { 0x22c, 1 }, [SEG_CONSOLE] = { 0x22d, 1 },
	      [SEG_PAGE_TABLES] = { 0x22e, 5 }, [SEG_STACK] = { 0x233, 1 } },
	    HIGH(0x80400000), { 1, 1, 1, 2 }, { 0 } },
	{ "V2", HIGH(0x80200000), HIGH(0x80209000), HIGH(0x80200000), 5000,
	    16384, true, 0,
	    { [SEG_KERNEL] = { 0x200, 9 }, [SEG_RAMDISK] = { 0x400, 2 },
	      [SEG_P2M] = { 0x209, 0x20 }, [SEG_START_INFO] = { 0x229, 1 },
	      [SEG_XENSTORE] = { 0x22a, 1 }, [SEG_CONSOLE] = { 0x22b, 1 },
	      [SEG_PAGE_TABLES] = { 0x22c, 5 }, [SEG_STACK] = { 0x231, 1 } },
	    HIGH(0x80400000), { 1, 1, 1, 2 }, { 0 } },
	{ "V3", HIGH(0x80200000), HIGH(0x80209000), HIGH(0x80200000), 5000,
	    16384, false, 0x8000000000,
	    { [SEG_KERNEL] = { 0x200, 9 }, [SEG_RAMDISK] = { 0x209, 2 },
	      [SEG_START_INFO] = { 0x20b, 1 }, [SEG_XENSTORE] = { 0x20c, 1 },
	      [SEG_CONSOLE] = { 0x20d, 1 }, [SEG_PAGE_TABLES] = { 0x20e, 5 },
	      [SEG_STACK] = { 0x213, 1 }, [SEG_P2M] = { 0x400, 0x20 },
	      [SEG_P2M_TABLES] = { 0x420, 3 } },
	    HIGH(0x80400000), { 1, 1, 1, 2 }, { 0, 1, 1, 1 } },
	{ "V4", HIGH(0x81000000), HIGH(0x84a00000), HIGH(0x830791c0),
	    0x20de10, 65536, true, 0x8000000000,
	    { [SEG_KERNEL] = { 0x1000, 0x3a00 },
	      [SEG_START_INFO] = { 0x4a00, 1 }, [SEG_XENSTORE] = { 0x4a01, 1 },
	      [SEG_CONSOLE] = { 0x4a02, 1 },
	      [SEG_PAGE_TABLES] = { 0x4a03, 0x29 }, [SEG_STACK] = { 0x4a2c, 1 },
	      [SEG_RAMDISK] = { 0x4c00, 0x20e }, [SEG_P2M] = { 0x4e0e, 0x80 },
	      [SEG_P2M_TABLES] = { 0x4e8e, 3 } },
	    HIGH(0x84c00000), { 1, 1, 1, 38 }, { 0, 1, 1, 1 } },
};

static void
check_segments(const struct vector *v, const struct plan *p)
{
	uint64_t next = 0;
	size_t n = 0;

	for (enum segment_kind k = 0; k < SEG_KINDS; k++)
		n += v->want[k].pages > 0;
	want(v->name, "segments", p->layout.n_segments, n);
	for (size_t i = 0; i < n; i++) {
		const struct layout_segment *s = &p->layout.segments[i];
		enum segment_kind k = 0;

		while (strcmp(segment_name(k), s->kind) != 0)
			k++;
		want(v->name, s->kind, s->pfn, v->want[k].pfn);
		want(v->name, s->kind, s->pages, v->want[k].pages);
		want(v->name, "order", s->pfn >= next, true);
		want(v->name, "mapped", s->va.set, k == SEG_RAMDISK ?
		    !v->mod_start_pfn : k != SEG_P2M_TABLES);
		next = s->pfn + s->pages;
		if (k == SEG_P2M && v->init_p2m != 0)
			want(v->name, "p2m", s->va.value, v->init_p2m);
		else if (s->va.set)
			want(v->name, "va", s->va.value,
			    HIGH(0x80000000) + s->pfn * PAGE_BYTES);
	}
}

static void
check_vector(const struct vector *v)
{
	struct fail f = { .kind = FAIL_NONE };
	struct sample s;
	struct plan *p = sample_plan(&s, P5, v->kstart, v->kend,
	    HIGH(0x80000000), v->ramdisk_size);
	const struct plan_layout *l = &p->layout;

	p->image.entry = v->entry;
	p->image.mod_start_pfn = v->mod_start_pfn;
	p->image.init_p2m = (struct maybe){ v->init_p2m != 0, v->init_p2m };
	if (layout_solve(p, v->pages, &f) < 0)
		fail_msg("%s: %s", v->name, f.message);
	assert_true(plan_has(p, PLAN_LAYOUT));
	want(v->name, "pages", l->pages, v->pages);
	want(v->name, "v_start", l->v_start, HIGH(0x80000000));
	want(v->name, "v_end", l->v_end, v->v_end);
	check_segments(v, p);
	want(v->name, "levels", l->n_tables, 4);
	want(v->name, "p2m levels", l->n_p2m_tables, v->init_p2m ? 4 : 0);
	for (size_t i = 0; i < l->n_tables; i++)
		want(v->name, "tables", l->tables[i], v->tables[i]);
	for (size_t i = 0; i < l->n_p2m_tables; i++)
		want(v->name, "p2m tables", l->p2m_tables[i],
		    v->p2m_tables[i]);
	arena_release(&p->arena);
}

static void
test_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++)
		check_vector(&vectors[i]);
}

static void
want_piece(const struct plan *p, size_t i, const char *role, uint64_t offset,
    uint64_t size, uint64_t paddr)
{
	const struct load_piece *l = &p->layout.load[i];

	assert_true(i < p->layout.n_load);
	assert_string_equal(l->role, role);
	want("load", "offset", l->offset, offset);
	want("load", "size", l->size, size);
	want("load", "paddr", l->paddr, paddr);
}

/*
 * PVH guests, worked out by hand.  "Debian" is what libxenguest of Xen 4.17.7
 * lays out for vmlinuz 6.1.192 in 256 MiB: start_info at gfn 0x4a00, the
 * ramdisk behind it.  RAM ends at gfn 0xfc000 and goes on at 0x100000; the page
 * of ACPI tables, 0xfc000, and the special pages, from 0xfeff8 on, are beside
 * it.
 */
static const struct {
	const char *name;
	uint64_t kstart, kend, ramdisk_size, pages;
	bool mod_start_pfn;
	uint64_t start_info, ramdisk, end;	/* gfns; 0: there is none */
	uint64_t low, high;			/* pages of memory */
	const char *refusal;
} pvh[] = {
	{ "Debian", 0x1000000, 0x4a00000, 0x1e4410, 65536, true,
	    0x4a00, 0x4a01, 0x4be6, 65536, 0, NULL },
	{ "no MOD_START_PFN", 0x1000000, 0x4a00000, 0x1e4410, 65536, false,
	    0x4be5, 0x4a00, 0x4be6, 65536, 0, NULL },
	{ "unikernel from 0 on", 0, 0x10001, 0, 32, false,
	    0x11, 0, 0x12, 32, 0, NULL },
	{ "just fits", 0x100000, 0x200000, 0, 513, false,
	    0x200, 0, 0x201, 513, 0, NULL },
	{ "a page too small", 0x100000, 0x200000, 0, 512, false,
	    0, 0, 0, 0, 0, "2052 KiB needed, 2048 KiB given" },
	{ "up to the hole", 0x100000, 0x200000, 0, 0xfc000, false,
	    0x200, 0, 0x201, 0xfc000, 0, NULL },
	{ "a page behind the hole", 0x100000, 0x200000, 0, 0xfc001, false,
	    0x200, 0, 0x201, 0xfc000, 1, NULL },
	{ "5 GiB", 0x1000000, 0x4a00000, 0x1e4410, 0x140000, true,
	    0x4a00, 0x4a01, 0x4be6, 0xfc000, 0x44000, NULL },
	{ "start_info right below the hole", 0x100000, 0xfbfff000, 0, 0x140000,
	    false, 0xfbfff, 0, 0xfc000, 0xfc000, 0x44000, NULL },
	{ "start_info in the hole", 0x100000, 0xfbfff001, 0, 0x140000, false,
	    0, 0, 0, 0, 0, "must lie below 0xfc000000" },
	{ "ramdisk in the hole", 0x100000, 0x200000, 0xfbe00000, 0x140000,
	    true, 0, 0, 0, 0, 0, "end at 0xfc001000, but must lie below" },
};

/* The runs of gfns, ascending, each of its own pages. */
static void
want_gfns(const char *name, const struct plan *p, uint64_t low, uint64_t high)
{
	const struct extent runs[] = { { 0, 0, low }, { 0xfc000, 0xfc000, 1 },
	    { 0xfeff8, 0xfeff8, 8 }, { 0x100000, 0x100000, high } };
	const struct extents *l = plan_frames(p);

	want(name, "runs", l->n, high > 0 ? 4 : 3);
	for (size_t i = 0; i < l->n; i++) {
		want(name, "pfn", l->v[i].pfn, runs[i].pfn);
		want(name, "mfn", l->v[i].mfn, runs[i].mfn);
		want(name, "count", l->v[i].count, runs[i].count);
	}
}

static void
want_fixed(const char *name, const struct plan *p)
{
	static const struct { enum segment_kind kind; uint64_t gfn; } at[] = {
		{ SEG_ACPI, 0xfc000 }, { SEG_XENSTORE, 0xfeffc },
		{ SEG_IDENTITY, 0xfeffe }, { SEG_CONSOLE, 0xfefff },
	};

	for (size_t i = 0; i < COUNT(at); i++) {
		const struct layout_segment *s = plan_segment(p, at[i].kind);

		want(name, s->kind, s->pfn, at[i].gfn);
		want(name, s->kind, s->pages, 1);
	}
	for (size_t i = 0; i < p->layout.n_segments; i++)
		want(name, "address", p->layout.segments[i].va.value,
		    p->layout.segments[i].pfn * PAGE_BYTES);
}

static void
pvh_guests(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(pvh); i++) {
		struct fail f = { .kind = FAIL_NONE };
		struct sample s;
		struct plan *p = sample_plan(&s, PVH, pvh[i].kstart,
		    pvh[i].kend, 0, pvh[i].ramdisk_size);
		const struct layout_segment *ramdisk;
		int rc;

		p->image.mod_start_pfn = pvh[i].mod_start_pfn;
		rc = check_and_solve(p, pvh[i].pages, &f);
		want(pvh[i].name, f.message, rc == 0,
		    pvh[i].refusal == NULL);
		if (pvh[i].refusal != NULL) {
			if (strstr(f.message, pvh[i].refusal) == NULL)
				fail_msg("%s: %s", pvh[i].name, f.message);
			arena_release(&p->arena);
			continue;
		}
		ramdisk = plan_segment(p, SEG_RAMDISK);
		want(pvh[i].name, "start_info",
		    plan_segment(p, SEG_START_INFO)->pfn, pvh[i].start_info);
		want(pvh[i].name, "ramdisk", ramdisk == NULL ? 0 :
		    ramdisk->pfn, pvh[i].ramdisk);
		want(pvh[i].name, "end", p->layout.v_end,
		    pvh[i].end * PAGE_BYTES);
		want(pvh[i].name, "tables", p->layout.n_tables, 0);
		want_gfns(pvh[i].name, p, pvh[i].low, pvh[i].high);
		want_fixed(pvh[i].name, p);
		arena_release(&p->arena);
	}
}

/*
 * hvm_start_info of 56 bytes, 23 characters of command line in 24, two entries
 * of 32, a line of 5 characters in 8 and none, three ranges of 24.
 */
static void
pvh_modules_and_start_info(void **state)
{
	struct fail f = { .kind = FAIL_NONE };
	struct sample s;
	struct plan *p = sample_modules(&s);
	struct pvh_start at;

	(void)state;
	s.modules[0].command_line = (struct bytes){ "first", 5 };
	if (check_and_solve(p, 1024, &f) < 0 || plan_check(p, &f) < 0)
		fail_msg("%s", f.message);
	at = plan_pvh_start(p, 1024);
	want("start", "modules", at.modules, 56 + 24);
	want("start", "lines", at.lines, 56 + 24 + 2 * 32);
	want("start", "ranges", at.ranges, 56 + 24 + 2 * 32 + 8);
	want("start", "size", plan_segment(p, SEG_START_INFO)->size,
	    56 + 24 + 2 * 32 + 8 + 3 * 24);
	/* The second module begins a page, behind the three of the first. */
	want("modules", "pages", plan_segment(p, SEG_RAMDISK)->pages, 5);
	want("modules", "size", plan_segment(p, SEG_RAMDISK)->size, 0x4001);
	want_piece(p, 1, "ramdisk", 0, 0x2fff, 0x200000);
	want_piece(p, 2, "module.1", 0, 0x1001, 0x203000);
	/* What no stage fills: below the kernel, and special pages. */
	want("clear", "runs", p->layout.n_clear, 3);
	want("clear", "pages", p->layout.clear[0].pages, 0x100);
	want("clear", "special", p->layout.clear[1].pfn, 0xfeff8);
	want("clear", "special", p->layout.clear[1].pages, 4);
	want("clear", "ioreq", p->layout.clear[2].pfn, 0xfeffd);
	arena_release(&p->arena);
}

static void
want_clear(const char *name, const struct plan *p, const uint64_t (*runs)[2],
    size_t n)
{
	want(name, "clear runs", p->layout.n_clear, n);
	for (size_t i = 0; i < n; i++) {
		want(name, "clear pfn", p->layout.clear[i].pfn, runs[i][0]);
		want(name, "clear pages", p->layout.clear[i].pages, runs[i][1]);
	}
}

/* Text, data and bss that share pages, a gap between them, and two ramdisks. */
static struct plan *
lists_plan(struct sample *s, struct image_segment seg[3],
    struct module_part part[2])
{
	struct plan *p = sample_plan(s, P5, HIGH(0x80200000),
	    HIGH(0x80209000), HIGH(0x80000000), 5000);

	seg[0] = (struct image_segment){ HIGH(0x80200000), 0x1800, "kernel",
	    0x1000, 0x1800 };
	seg[1] = (struct image_segment){ HIGH(0x80201800), 0x800, "kernel",
	    0x4000, 0x10 };
	seg[2] = (struct image_segment){ HIGH(0x80204ff0), 0x4010, "kernel",
	    0x5000, 0x20 };
	part[0] = (struct module_part){ 0, { false, 0 },
	    { .role = "ramdisk", .size = 4001 } };
	part[1] = (struct module_part){ 4004, { false, 0 },
	    { .role = "ramdisk.1", .size = 996 } };
	p->image.segments = seg;
	p->image.n_segments = 3;
	s->module.parts = part;
	s->module.n_parts = 2;
	return p;
}

static void
load_and_clear(void **state)
{
	/* gap and bss; stack; padding to v_end */
	static const uint64_t runs[][2] = { { 0, 0x200 }, { 0x202, 2 },
	    { 0x206, 3 }, { 0x233, 0x400 - 0x233 } };
	struct fail f = { .kind = FAIL_NONE };
	struct image_segment seg[3];
	struct module_part part[2];
	struct sample s;
	struct plan *p = lists_plan(&s, seg, part);

	(void)state;
	assert_int_equal(layout_solve(p, 16384, &f), 0);
	assert_int_equal(p->layout.n_load, 5);
	want_piece(p, 0, "kernel", 0x1000, 0x1800, 0x200000);
	want_piece(p, 1, "kernel", 0x4000, 0x10, 0x201800);
	want_piece(p, 2, "kernel", 0x5000, 0x20, 0x204ff0);
	want_piece(p, 3, "ramdisk", 0, 4001, 0x209000);
	want_piece(p, 4, "ramdisk.1", 0, 996, 0x209fa4);
	want_clear("mapped", p, runs, COUNT(runs));
	arena_release(&p->arena);
}

/* Xen fills the hypercall page; nothing fills a ramdisk's untouched page. */
static void
clear_of_what_lies_apart(void **state)
{
	static const uint64_t runs[][2] = { { 0, 0x200 }, { 0x202, 2 },
	    { 0x206, 1 }, { 0x208, 1 }, { 0x211, 0x400 - 0x211 },
	    { 0x402, 3 } };
	struct fail f = { .kind = FAIL_NONE };
	struct image_segment seg[3];
	struct module_part part[2];
	struct sample s;
	struct plan *p = lists_plan(&s, seg, part);

	(void)state;
	p->image.mod_start_pfn = true;
	p->image.init_p2m = (struct maybe){ true, 0x8000000000 };
	p->image.hypercall_page = (struct maybe){ true, HIGH(0x80207000) };
	s.module.size = 5 * PAGE_BYTES;
	assert_int_equal(layout_solve(p, 16384, &f), 0);
	want_clear("apart", p, runs, COUNT(runs));
	arena_release(&p->arena);
}

/* bss alone: no bytes of the file, so nothing to load. */
static void
segment_without_bytes(void **state)
{
	struct fail f = { .kind = FAIL_NONE };
	struct sample s;
	struct plan *p = sample_plan(&s, P2, 0xc0100123, 0xc0345678,
	    0xc0100000, 0);

	(void)state;
	s.segment.filesz = 0;
	assert_int_equal(layout_solve(p, 16384, &f), 0);
	assert_int_equal(p->layout.n_load, 0);
	want("bss", "pfn", p->layout.clear[0].pfn, 0);
	want("bss", "pages", p->layout.clear[0].pages, 0x246);
	want("bss", "kernel va", p->layout.segments[0].va.value, 0xc0100000);
	want("bss", "kernel size", p->layout.segments[0].size, 0x245678);
	arena_release(&p->arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(worked_examples),
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(pvh_guests),
		cmocka_unit_test(pvh_modules_and_start_info),
		cmocka_unit_test(load_and_clear),
		cmocka_unit_test(clear_of_what_lies_apart),
		cmocka_unit_test(segment_without_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
