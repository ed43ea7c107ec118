#include "verifyplan.h"

uint64_t
dom_mfn(struct domain *d, uint64_t pfn)
{
	return extents_mfn(&d->plan.memory.p2m, pfn);
}

unsigned char *
dom_page(struct domain *d, uint64_t pfn)
{
	return vt_frame(&d->k, dom_mfn(d, pfn));
}

void
dom_frames(struct domain *d, uint64_t pages)
{
	struct extents *p2m = &d->plan.memory.p2m;
	struct fail f = { 0 };

	for (uint64_t pfn = 0; pfn < pages; pfn += RUN) {
		uint64_t n = pages - pfn < RUN ? pages - pfn : RUN;

		if (extents_add(p2m, pfn, d->k.base + pages - pfn - n, n,
		    &f) < 0)
			abort();
	}
	for (uint64_t pfn = 0; pfn < pages; pfn++)
		d->k.m2p[dom_mfn(d, pfn) - d->k.base] = pfn;
}

uint64_t
dom_cover(struct domain *d, unsigned level)
{
	return UINT64_C(4096) << d->abi->index_bits * level;
}

static uint64_t
dom_low_bits(struct domain *d, uint64_t va)
{
	return d->abi->va_bits == 48 ? va & 0xffffffffffff : va & 0xffffffff;
}

struct made_table *
dom_find(struct domain *d, unsigned level, uint64_t va)
{
	uint64_t from = dom_low_bits(d, va) & ~(dom_cover(d, level) - 1);

	for (size_t i = 0; i < d->n_tables; i++)
		if (d->table[i].level == level && d->table[i].from == from)
			return &d->table[i];
	return NULL;
}

static void
dom_need(struct domain *d, unsigned level, uint64_t va, bool extra)
{
	uint64_t next = 0;

	if (dom_find(d, level, va) != NULL)
		return;
	for (size_t i = 0; i < d->n_tables; i++)
		next += d->table[i].extra == extra;
	if (d->n_tables == TABLES_MAX)
		abort();
	d->table[d->n_tables++] = (struct made_table){ level,
	    dom_low_bits(d, va) & ~(dom_cover(d, level) - 1), next, extra };
}

static void
dom_count(struct domain *d, uint64_t va, uint64_t pages, bool extra)
{
	unsigned top = d->abi->levels;

	if (d->abi->table_order == ORDER_FIRST_USE) {
		dom_need(d, top, va, extra);
		for (uint64_t i = 0; i < pages; i++)
			for (unsigned l = 1; l < top; l++)
				dom_need(d, l, va + i * 4096, extra);
		return;
	}
	for (unsigned l = top; l > 0; l--) {
		for (uint64_t i = 0; i < pages; i++)
			dom_need(d, l, va + i * 4096, extra);
		for (uint64_t i = va >> 30; d->abi->l2_to_top &&
		    l == 2 && i < 4;
		    i++)
			dom_need(d, l, i << 30, extra);
	}
}

uint64_t
dom_tables(struct domain *d, bool extra)
{
	uint64_t n = 0;

	for (size_t i = 0; i < d->n_tables; i++)
		n += d->table[i].extra == extra;
	return n;
}

struct layout_segment *
dom_segment(struct domain *d, enum segment_kind kind)
{
	for (size_t i = 0; i < d->plan.layout.n_segments; i++)
		if (strcmp(d->segment[i].kind, segment_name(kind)) == 0)
			return &d->segment[i];
	return NULL;
}

static void
dom_add(struct domain *d, enum segment_kind kind, uint64_t *pfn,
    uint64_t size, bool mapped)
{
	struct layout_segment *s = &d->segment[d->plan.layout.n_segments++];

	*s = (struct layout_segment){ segment_name(kind), *pfn,
	    (size + 4095) / 4096, size,
	    { mapped, mapped ? d->s->v_start + *pfn * 4096 : 0 } };
	*pfn += s->pages;
}

static uint64_t
dom_size(struct domain *d, enum segment_kind kind)
{
	switch ((int)kind) {
	case SEG_KERNEL:
		return KERNEL_PAGES * 4096;
	case SEG_RAMDISK:
		return RAMDISK_BYTES;
	case SEG_P2M:
		return d->plan.layout.pages * d->abi->p2m_reserved;
	case SEG_PAGE_TABLES:
		return dom_tables(d, false) * 4096;
	default:
		return 4096;
	}
}

void
dom_layout(struct domain *d)
{
	struct plan_layout *l = &d->plan.layout;
	const struct sample *s = d->s;
	uint64_t pfn = KERNEL_PFN, p2m_pages;

	l->v_start = s->v_start;
	l->v_end = s->v_start + s->region * 4096;
	l->pages = s->region + SPARE;
	l->segments = d->segment;
	p2m_pages = pages_of(dom_size(d, SEG_P2M));
	dom_count(d, s->v_start, s->region, false);
	if (s->init_p2m != 0)
		dom_count(d, s->init_p2m, p2m_pages, true);
	for (size_t i = 0; d->abi->order[i] != SEG_KINDS; i++) {
		enum segment_kind kind = d->abi->order[i];

		if ((kind == SEG_RAMDISK && s->mod_pfn) ||
		    (kind == SEG_P2M && s->init_p2m != 0))
			continue;
		dom_add(d, kind, &pfn, dom_size(d, kind), true);
	}
	pfn = s->region;
	if (s->mod_pfn)
		dom_add(d, SEG_RAMDISK, &pfn, RAMDISK_BYTES, false);
	if (s->init_p2m == 0)
		return;
	dom_add(d, SEG_P2M, &pfn, dom_size(d, SEG_P2M), true);
	dom_segment(d, SEG_P2M)->va.value = s->init_p2m;
	if (dom_tables(d, true) > 0)
		dom_add(d, SEG_P2M_TABLES, &pfn, dom_tables(d, true) * 4096,
		    false);
}

static void
dom_file(struct plan_source *s, char path[64], const unsigned char *bytes,
    size_t n)
{
	struct fail f = { 0 };
	int fd;

	snprintf(path, 64, "/tmp/test-verify.XXXXXX");
	fd = mkstemp(path);
	if (fd < 0 || write(fd, bytes, n) != (ssize_t)n)
		abort();
	close(fd);
	fd = file_open(path, &s->id, &f);
	if (fd < 0 || file_sha256(fd, path, n, s->sha256, &f) < 0)
		abort();
	close(fd);
	s->path = (struct bytes){ path, strlen(path) };
}

void
dom_files(struct domain *d)
{
	for (size_t i = 0; i < SOURCE_BYTES; i++)
		d->bytes[i] = (unsigned char)(i * 31 + i / 256 + 1);
	dom_file(&d->source[0], d->path, d->bytes, SOURCE_BYTES);
	dom_file(&d->source[1], d->ramdisk_path, d->bytes + RAMDISK_AT,
	    RAMDISK_BYTES);
}

void
dom_payloads(struct domain *d)
{
	struct plan *p = &d->plan;
	uint64_t ramdisk = dom_segment(d, SEG_RAMDISK)->pfn * 4096;
	uint64_t kernel = KERNEL_PFN * 4096;

	d->payload[0] = (struct payload){ .role = "kernel",
	    .size = SOURCE_BYTES };
	memcpy(d->payload[0].sha256, d->source[0].sha256, SHA256_BYTES);
	d->part.payload = (struct payload){ .role = "ramdisk",
	    .size = RAMDISK_BYTES };
	memcpy(d->part.payload.sha256, d->source[1].sha256, SHA256_BYTES);
	p->image.payloads = d->payload;
	p->image.n_payloads = 1;
	d->part_of_image[0] = (struct image_segment){ d->s->v_start + kernel,
	    PIECE2_AT, "kernel", 100, 5000 };
	d->part_of_image[1] = (struct image_segment){ d->s->v_start + kernel +
	    PIECE2_AT, 100, "kernel", 6000, 100 };
	p->image.segments = d->part_of_image;
	p->image.n_segments = 2;
	d->module = (struct plan_module){ .size = RAMDISK_BYTES,
	    .parts = &d->part, .n_parts = 1 };
	p->modules = &d->module;
	p->n_modules = 1;
	p->sources = d->source;
	p->n_sources = 2;
	d->load[0] = (struct load_piece){ "kernel", 100, 5000, kernel };
	d->load[1] = (struct load_piece){ "kernel", 6000, 100,
	    kernel + PIECE2_AT };
	d->load[2] = (struct load_piece){ "ramdisk", 0, RAMDISK_BYTES,
	    ramdisk };
	p->layout.load = d->load;
	p->layout.n_load = 3;
}

static void
dom_put(struct domain *d, uint64_t paddr, unsigned char byte)
{
	dom_page(d, paddr / 4096)[paddr % 4096] = byte;
}

void
dom_load(struct domain *d)
{
	struct layout_segment *r = dom_segment(d, SEG_RAMDISK);

	for (uint64_t pfn = 0; pfn < d->s->region; pfn++)
		memset(dom_page(d, pfn), 0, 4096);
	for (uint64_t i = 0; i < r->pages; i++)
		memset(dom_page(d, r->pfn + i), 0, 4096);
	for (size_t i = 0; i < 3; i++)
		for (uint64_t j = 0; j < d->load[i].size; j++)
			dom_put(d, d->load[i].paddr + j,
			    d->bytes[(i == 2 ? RAMDISK_AT : 0) +
			    d->load[i].offset + j]);
}
