#include "plan-sample.h"

const uint64_t init_p2m = UINT64_C(0x8000000000);
void *
room(struct plan *p, size_t n, size_t size)
{
	struct fail f = { .kind = FAIL_NONE };
	void *v = arena_array(&p->arena, n, size, &f);

	assert_non_null(v);
	return v;
}

struct bytes
bytes_of(struct plan *p, const char *s)
{
	struct fail f = { .kind = FAIL_NONE };
	struct bytes b;

	assert_int_equal(plan_bytes(p, s, strlen(s), &b, &f), 0);
	return b;
}

static struct payload
payload_of(const char *role, uint64_t size, int digest)
{
	struct payload l = { .role = role, .size = size };

	memset(l.sha256, digest, sizeof(l.sha256));
	return l;
}

static void
add_image(struct sample *s, const struct abi *a)
{
	struct plan *p = &s->plan;
	struct plan_image *i = &p->image;
	uint64_t base = a->bits == 32 ? 0xc0000000 : 0xffffffff80000000;
	uint64_t kstart = base + KERNEL_PFN * PAGE_BYTES;

	*i = (struct plan_image){ .abi = a, .format = "elf",
	    .container = "bzimage", .codec = "xz",
	    .notes_from = "program headers", .virt_base = base,
	    .kstart = kstart, .kend = kstart + KERNEL_BYTES,
	    .entry = kstart + 16, .pae = "yes",
	    .hypercall_page = { true, kstart + PAGE_BYTES },
	    .features_supported = 0x8000000000000801 };
	if (s->apart)
		i->init_p2m = (struct maybe){ true, init_p2m };
	i->payloads = room(p, 1, sizeof(*i->payloads));
	i->payloads[i->n_payloads++] = payload_of("kernel", 0x4000, 0x11);
	i->segments = room(p, 2, sizeof(*i->segments));
	i->segments[0] = (struct image_segment){ kstart, 0x3000, "kernel",
	    0x1000, 0x2ff0 };
	i->segments[1] = (struct image_segment){ kstart + 0x3000, 0x1321,
	    "kernel", 0, 0x100 };
	i->n_segments = 2;
	i->notes = room(p, 2, sizeof(*i->notes));
	i->notes[0] = (struct image_note){ .name = "ENTRY", .type = 1,
	    .number = { true, i->entry } };
	i->notes[1] = (struct image_note){ .name = "GUEST_OS", .type = 6,
	    .text = bytes_of(p, "linux\xff") };
	i->n_notes = 2;
	plan_add(p, PLAN_IMAGE);
}

static void
add_inputs(struct sample *s)
{
	struct plan *p = &s->plan;
	struct plan_module *m = room(p, 1, sizeof(*m));
	struct plan_source *from = room(p, 1, sizeof(*from));

	*m = (struct plan_module){ .size = RAMDISK_BYTES,
	    .parts = room(p, 2, sizeof(*m->parts)), .n_parts = 2 };
	m->parts[0] = (struct module_part){ 0, { false, 0 },
	    payload_of("ramdisk", 0x2001, 0x22) };
	m->parts[1] = (struct module_part){ 0x2004, { false, 0 },
	    payload_of("ramdisk.1", RAMDISK_BYTES - 0x2004, 0x33) };
	p->modules = m;
	p->n_modules = 1;
	plan_add(p, PLAN_MODULES);

	p->command_line = bytes_of(p,
	    "console=hvc0 \"a\\b\" \x1b[31m \xc3\xa9");
	plan_add(p, PLAN_COMMAND_LINE);

	*from = (struct plan_source){ .path = bytes_of(p, "/tmp/\xff/vmlinuz"),
	    .id = { .dev = UINT64_MAX, .ino = 0x123456789abcdef0, .size = 7,
	    .mtime_sec = (uint64_t)-5, .ctime_sec = 1700000000,
	    .ctime_nsec = 999999999 } };
	memset(from->sha256, 0x11, sizeof(from->sha256));
	p->sources = from;
	p->n_sources = 1;
	plan_add(p, PLAN_SOURCES);
}

static void
add_segment(struct sample *s, enum segment_kind kind, uint64_t size)
{
	struct plan_layout *l = &s->plan.layout;
	bool mapped = s->next < REGION_PAGES;

	l->segments[l->n_segments++] = (struct layout_segment){
	    segment_name(kind), s->next, pages_of(size), size,
	    { mapped, mapped ? l->v_start + s->next * PAGE_BYTES : 0 } };
	s->next += pages_of(size);
}

static uint64_t
sample_size(const struct abi *a, enum segment_kind kind, uint64_t tables)
{
	switch (kind) {
	case SEG_KERNEL:
		return KERNEL_BYTES;
	case SEG_RAMDISK:
		return RAMDISK_BYTES;
	case SEG_P2M:
		return (uint64_t)a->p2m_reserved * SAMPLE_PAGES;
	case SEG_PAGE_TABLES:
		return tables * PAGE_BYTES;
	default:
		return PAGE_BYTES;
	}
}

void
add_clear(struct plan *p)
{
	static const enum segment_kind kept[] = { SEG_KERNEL, SEG_RAMDISK,
	    SEG_STACK };
	struct plan_layout *l = &p->layout;
	bool taken[SAMPLE_PAGES] = { false };

	for (size_t i = 0; i < l->n_load; i++)
		for (uint64_t j = 0; j < l->load[i].size; j++)
			taken[(l->load[i].paddr + j) / PAGE_BYTES] = true;
	for (size_t i = 0; i < l->n_segments; i++) {
		const struct layout_segment *s = &l->segments[i];
		bool filled = true;

		for (size_t k = 0; k < COUNT(kept); k++)
			filled &= strcmp(s->kind, segment_name(kept[k])) != 0;
		for (uint64_t k = 0; filled && k < s->pages; k++)
			taken[s->pfn + k] = true;
	}
	l->clear = room(p, REGION_PAGES, sizeof(*l->clear));
	l->n_clear = 0;
	for (uint64_t pfn = 0; pfn < REGION_PAGES; pfn++)
		if (!taken[pfn] && pfn > 0 && !taken[pfn - 1])
			l->clear[l->n_clear - 1].pages++;
		else if (!taken[pfn])
			l->clear[l->n_clear++] = (struct pfn_run){ pfn, 1 };
}

static void
add_lists(struct plan *p)
{
	struct plan_layout *l = &p->layout;
	uint64_t ramdisk = plan_segment(p, SEG_RAMDISK)->pfn * PAGE_BYTES;

	l->load = room(p, 4, sizeof(*l->load));
	l->load[0] = (struct load_piece){ "kernel", 0x1000, 0x2ff0,
	    KERNEL_PFN * PAGE_BYTES };
	l->load[1] = (struct load_piece){ "kernel", 0, 0x100,
	    KERNEL_PFN * PAGE_BYTES + 0x3000 };
	l->load[2] = (struct load_piece){ "ramdisk", 0, 0x2001, ramdisk };
	l->load[3] = (struct load_piece){ "ramdisk.1", 0,
	    RAMDISK_BYTES - 0x2004, ramdisk + 0x2004 };
	l->n_load = 4;
	add_clear(p);
}

/* The list and its tables, after the region. */
static void
add_apart(struct sample *s)
{
	struct plan *p = &s->plan;
	struct plan_layout *l = &p->layout;
	uint64_t bytes = p->image.abi->p2m_reserved * (uint64_t)SAMPLE_PAGES;
	uint64_t last = l->v_start + REGION_PAGES * PAGE_BYTES - 1;
	uint64_t sum;

	s->next = REGION_PAGES;
	add_segment(s, SEG_P2M, bytes);
	l->segments[l->n_segments - 1].va = (struct maybe){ true, init_p2m };
	l->p2m_tables = room(p, ABI_LEVELS_MAX, sizeof(*l->p2m_tables));
	l->n_p2m_tables = p->image.abi->levels;
	sum = ptgeom_count_more(p->image.abi, l->v_start, last, init_p2m,
	    init_p2m + bytes - 1, l->p2m_tables);
	add_segment(s, SEG_P2M_TABLES, sum * PAGE_BYTES);
}

static void
add_layout(struct sample *s)
{
	struct plan *p = &s->plan;
	struct plan_layout *l = &p->layout;
	const struct abi *a = p->image.abi;
	uint64_t sum;

	l->pages = SAMPLE_PAGES;
	l->v_start = p->image.virt_base;
	l->v_end = l->v_start + REGION_PAGES * PAGE_BYTES;
	l->tables = room(p, ABI_LEVELS_MAX, sizeof(*l->tables));
	l->n_tables = a->levels;
	sum = ptgeom_count(a, l->v_start, l->v_end - 1, l->tables);
	l->segments = room(p, SEG_KINDS, sizeof(*l->segments));
	s->next = KERNEL_PFN;
	for (const enum segment_kind *k = a->order; *k != SEG_KINDS; k++)
		if (*k != SEG_P2M || !s->apart)
			add_segment(s, *k, sample_size(a, *k, sum));
	if (s->apart)
		add_apart(s);
	add_lists(p);
	plan_add(p, PLAN_LAYOUT);
}

static uint64_t
mfn_of(const struct plan *p, enum segment_kind kind)
{
	const struct layout_segment *s = plan_segment(p, kind);

	return s == NULL ? 0 : extents_mfn(&p->memory.p2m, s->pfn);
}

static void
add_memory(struct plan *p)
{
	struct extents *l = &p->memory.p2m;

	p->memory.target = bytes_of(p, "file:/tmp/demo");
	memset(p->memory.uuid, 0xa5, sizeof(p->memory.uuid));
	memset(p->memory.build, 0x5a, sizeof(p->memory.build));
	l->v = room(p, 3, sizeof(*l->v));
	l->v[0] = (struct extent){ 0, 0x40000, 100 };
	l->v[1] = (struct extent){ 100, 0x30000, 1000 };
	l->v[2] = (struct extent){ 1100, 0x50000, SAMPLE_PAGES - 1100 };
	l->n = l->cap = 3;
	plan_add(p, PLAN_MEMORY);
}

static void
add_bound(struct plan *p)
{
	const struct layout_segment *tables = plan_segment(p, SEG_PAGE_TABLES);
	const struct layout_segment *list = plan_segment(p, SEG_P2M);
	const struct layout_segment *more = plan_segment(p, SEG_P2M_TABLES);

	p->pagetables = (struct plan_pagetables){
	    mfn_of(p, SEG_PAGE_TABLES), tables->va.value, tables->pages,
	    list->va.value, more ? list->pfn : 0,
	    more ? list->pages + more->pages : 0 };
	p->startinfo = (struct plan_startinfo){
	    .va = plan_segment(p, SEG_START_INFO)->va.value, .flags = 0x10,
	    .shared_info_mfn = 0x7777, .store_port = 1, .console_port = 2,
	    .mod_start = plan_segment(p, SEG_RAMDISK)->va.value,
	    .mod_len = RAMDISK_BYTES,
	    .store_mfn = { plan_segment(p, SEG_XENSTORE) != NULL,
	    mfn_of(p, SEG_XENSTORE) },
	    .hypercall_mfn = { true,
	    extents_mfn(&p->memory.p2m, KERNEL_PFN + 1) } };
	p->vcpus = room(p, 1, sizeof(*p->vcpus));
	p->vcpus[0] = (struct plan_vcpu){ .ip = p->image.entry, .cs = 0xe033,
	    .dr6 = 0xffff0ff0, .dr7 = 0x400, .cr3 = 0x1000 };
	p->n_vcpus = 1;
	p->introduced = true;
	plan_add(p, PLAN_PAGETABLES);
	plan_add(p, PLAN_STARTINFO);
	plan_add(p, PLAN_INTRODUCED);
	plan_add(p, PLAN_VCPUS);
	plan_add(p, PLAN_LAUNCHED);
}

static void
add_failed(struct plan *p)
{
	p->failed = (struct plan_failed){ "xb-launch", 69,
	    bytes_of(p, "it\nfailed") };
	plan_add(p, PLAN_FAILED);
}

void
sample_init(struct sample *s, const struct abi *a, bool apart)
{
	*s = (struct sample){ .apart = apart };
	plan_init(&s->plan);
	add_image(s, a);
	add_inputs(s);
	add_layout(s);
	add_memory(&s->plan);
	add_bound(&s->plan);
	add_failed(&s->plan);
}

void
assert_no_fail(int rc, const struct fail *f)
{
	if (rc < 0)
		print_error("%s\n", f->message);
	assert_int_equal(rc, 0);
}

void
assert_refused(const char *name, int rc, const struct fail *f,
    const char *want)
{
	if (rc != -1 || f->kind != FAIL_INPUT ||
	    strstr(f->message, want) == NULL)
		unit_fail("%s: rc %d, kind %d\n  have: %s\n  want: %s", name,
		    rc, (int)f->kind, f->message, want);
}
