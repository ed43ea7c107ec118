/*
 * ref-dump DOMID FILE: writes a paused 64-bit PV domain into FILE, for ref-bare
 * to build again.  All that is known of it comes from the hypervisor and from
 * its own memory.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "image.h"
#include "ref.h"

#define FRAME_MASK 0x000ffffffffff000

struct dump {
	struct domain d;
	struct image head;
	struct image_page *page;
	uint64_t *clear;
};

/* Differences are ref-same's. */
void
differ(struct result *r, const char *fmt, ...)
{
	(void)r;
	(void)fmt;
}

static enum image_kind
kind_of(uint8_t kind)
{
	if (kind >= TABLE1 && kind <= TABLE4)
		return IMAGE_TABLE;
	return kind == P2M_LIST ? IMAGE_LIST : IMAGE_PLAIN;
}

static uint32_t
part_of(const struct domain *d, uint64_t pfn)
{
	uint32_t i = 0;

	while (d->list[i] != d->p2m[pfn])
		i++;
	return i;
}

static bool
is_zero(const uint64_t *page)
{
	for (size_t i = 0; i < ENTRIES; i++)
		if (page[i] != 0)
			return false;
	return true;
}

/* The tables' machine frames become pfns; Xen's own slots of the top table are
 * left to Xen. */
static void
turn_table(const struct domain *d, uint8_t kind, uint64_t *entry)
{
	for (size_t i = 0; i < ENTRIES; i++) {
		uint64_t pfn;

		if (kind == TABLE4 && i >= 256 && i < 272)
			entry[i] = 0;
		if (!(entry[i] & 1))
			continue;
		pfn = domain_pfn(d, (entry[i] & FRAME_MASK) / PAGE);
		if (pfn == NOWHERE)
			errx(65, "an entry names a frame of nobody");
		entry[i] = (entry[i] & ~(uint64_t)FRAME_MASK) | pfn * PAGE;
	}
}

static void
one_page(struct dump *u, uint64_t pfn, uint64_t *page, bool below, FILE *out)
{
	const struct domain *d = &u->d;
	struct image_page *p = &u->page[u->head.n];

	if (d->kind[pfn] == PLAIN && is_zero(page)) {
		if (below)
			u->clear[u->head.n_clear++] = pfn;
		return;
	}
	p->pfn = pfn;
	p->kind = kind_of(d->kind[pfn]);
	if (p->kind == IMAGE_LIST)
		p->part = part_of(d, pfn);
	u->head.n++;
	if (out == NULL)
		return;
	if (p->kind == IMAGE_TABLE)
		turn_table(d, d->kind[pfn], page);
	fwrite(page, PAGE, 1, out);
}

/* Notes all pages that are not zero, and those that are and lie below the last
 * table; out: writes the first of them. */
static void
each_page(struct dump *u, FILE *out)
{
	struct domain *d = &u->d;
	uint64_t last = 0, page[ENTRIES];

	for (uint64_t pfn = 0; pfn < d->pages; pfn++)
		if (d->kind[pfn] != PLAIN)
			last = pfn;
	u->head.n = u->head.n_clear = 0;
	for (uint64_t pfn = 0; pfn < d->pages; pfn += BATCH) {
		uint64_t n = d->pages - pfn < BATCH ? d->pages - pfn : BATCH;
		char *p = frames_map(d, &d->p2m[pfn], n);

		for (uint64_t i = 0; i < n; i++) {
			memcpy(page, p + i * PAGE, PAGE);
			one_page(u, pfn + i, page, pfn + i < last, out);
		}
		frames_unmap(d, p, n);
	}
}

static uint64_t
pfn_of_kind(const struct domain *d, enum kind kind)
{
	uint64_t pfn = 0;

	while (pfn < d->pages && d->kind[pfn] != kind)
		pfn++;
	return pfn;
}

static void
read_head(struct dump *u)
{
	struct domain *d = &u->d;
	uint64_t shared = d->info.shared_info_frame;
	void *p = frames_map(d, &shared, 1);

	u->head = (struct image){ .pages = d->pages,
	    .root = domain_pfn(d, d->vcpu.ctrlreg[3] / PAGE),
	    .start_info = d->si_pfn, .store = pfn_of_kind(d, STORE),
	    .console = pfn_of_kind(d, CONSOLE),
	    .kib = d->pages * (PAGE / 1024),
	    .vcpus = d->info.max_vcpu_id + 1, .vcpu = d->vcpu };
	memcpy(&u->head.shared, p, sizeof(u->head.shared));
	frames_unmap(d, p, 1);
}

static void
write_all(struct dump *u, FILE *out)
{
	static const char zero[PAGE];
	long at;

	each_page(u, NULL);
	fwrite(&u->head, sizeof(u->head), 1, out);
	fwrite(u->page, sizeof(*u->page), u->head.n, out);
	fwrite(u->clear, sizeof(*u->clear), u->head.n_clear, out);
	at = ftell(out);
	fwrite(zero, 1, (size_t)(-at & (PAGE - 1)), out);
	each_page(u, out);
}

int
main(int argc, char **argv)
{
	struct dump u = { .page = NULL };
	struct host host;
	FILE *out;

	if (argc != 3)
		errx(64, "usage: ref-dump DOMID FILE");
	host_open(&host);
	domain_read(&u.d, &host, (uint32_t)strtoul(argv[1], NULL, 10));
	u.page = calloc(u.d.pages, sizeof(*u.page));
	u.clear = calloc(u.d.pages, sizeof(*u.clear));
	out = fopen(argv[2], "w");
	if (u.page == NULL || u.clear == NULL || out == NULL)
		err(71, "%s", argv[2]);
	read_head(&u);
	write_all(&u, out);
	if (fclose(out) != 0)
		err(74, "%s", argv[2]);
	return 0;
}
