#include <endian.h>
#include <string.h>

#include "target/window.h"
#include "build/pgtable-impl.h"

struct p2m_cursor {
	const struct extent *run, *end;
	uint64_t at;			/* next frame of run */
};

/* One run's part of a page; sixteen million times for 64 GiB. */
static void
put_run(unsigned char *to, unsigned bytes, uint64_t mfn, uint64_t n)
{
	for (uint64_t i = 0; bytes == 8 && i < n; i++) {
		uint64_t word = htole64(mfn + i);

		memcpy(to + 8 * i, &word, 8);
	}
	for (uint64_t i = 0; bytes == 4 && i < n; i++) {
		uint32_t word = htole32((uint32_t)(mfn + i));

		memcpy(to + 4 * i, &word, 4);
	}
}

/* The next page of the list; zero behind its last entry. */
static void
fill_list(struct p2m_cursor *c, unsigned bytes, unsigned char *page)
{
	uint64_t room = TABLE_BYTES / bytes;

	while (room > 0 && c->run != c->end) {
		uint64_t left = c->run->count - c->at;
		uint64_t n = left < room ? left : room;

		put_run(page, bytes, c->run->mfn + c->at, n);
		page += n * bytes;
		room -= n;
		c->at += n;
		if (c->at == c->run->count) {
			c->run++;
			c->at = 0;
		}
	}
	memset(page, 0, room * bytes);
}

static int
put_list_page(struct tables *g, struct guest_window *w, uint64_t pfn,
    struct p2m_cursor *c, struct fail *f)
{
	unsigned char *page = window_page(w, pfn, f), want[TABLE_BYTES];

	if (page == NULL)
		return -1;
	if (!g->compare) {
		fill_list(c, g->abi->p2m_entry, page);
		return 0;
	}
	fill_list(c, g->abi->p2m_entry, want);
	if (memcmp(page, want, sizeof(want)) != 0)
		return tables_differ(g, "p2m list", pfn, f);
	return 0;
}

int
tables_put_list(struct tables *g, const struct layout_segment *s, struct fail *f)
{
	struct p2m_cursor c = { g->p2m->v, g->p2m->v + g->p2m->n, 0 };
	struct guest_window w = { .target = g->target, .p2m = g->p2m,
	    .end = s->pfn + s->pages, .writable = !g->compare };
	int rc = 0;

	for (uint64_t pfn = s->pfn; rc == 0 && pfn < w.end; pfn++)
		rc = put_list_page(g, &w, pfn, &c, f);
	return window_close(&w, f) < 0 ? -1 : rc;
}
