#include <string.h>

#include "base/escape.h"
#include "report/areas.h"
#include "report/words.h"

static void
area_row(const struct report *r, const struct area *a)
{
	char name[16], bytes[24] = "", last[24] = "";

	escape_into(name, sizeof(name), a->name, strlen(a->name));
	if (a->segment != NULL)
		snprintf(bytes, sizeof(bytes), "%" PRIu64, a->segment->size);
	if (a->pages > 0)
		snprintf(last, sizeof(last), "0x%" PRIx64,
		    a->pfn + a->pages - 1);
	fprintf(r->to, "  %-11s  0x%-6" PRIx64 "  %-8s  %8" PRIu64 "  %10s  ",
	    name, a->pfn, last, a->pages, bytes);
	if (a->va.set)
		fprintf(r->to, "0x" ADDRESS "\n", ADDRESS_OF(r, a->va.value));
	else
		fprintf(r->to, "%s\n", a->segment != NULL ? "not mapped" : "-");
}

static int
area_rows(const struct report *r, struct fail *f)
{
	struct areas areas;

	if (areas_of(r->plan, &areas, f) < 0)
		return -1;
	fprintf(r->to, "\n  %-11s  %-8s  %-8s  %8s  %10s  %s\n", "segment",
	    "pfn", "to", "pages", "bytes used", "address");
	for (size_t i = 0; i < areas.n; i++)
		area_row(r, &areas.v[i]);
	fputc('\n', r->to);
	areas_release(&areas);
	return 0;
}

static void
table_row(const struct report *r, const char *key, const uint64_t *counts,
    size_t n)
{
	const char *before = " =";
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += counts[i];
	report_key(r, key);
	fprintf(r->to, "%" PRIu64, sum);
	for (size_t i = 0; i < n; i++) {
		if (counts[i] == 0)
			continue;
		fprintf(r->to, "%s %" PRIu64 " L%zu", before, counts[i], n - i);
		before = " +";
	}
	fputc('\n', r->to);
}

static void
work_rows(const struct report *r, const struct plan_layout *l)
{
	uint64_t loaded = 0, cleared = 0;
	char size[SIZE_WORDS];

	for (size_t i = 0; i < l->n_load; i++)
		loaded += l->load[i].size;
	for (size_t i = 0; i < l->n_clear; i++)
		cleared += l->clear[i].pages;
	report_row(r, "to load", "%" PRIu64 " bytes in %zu piece%s, %s",
	    loaded, l->n_load, report_plural(l->n_load),
	    report_size(size, loaded));
	report_row(r, "to clear", "%" PRIu64 " page%s in %zu run%s, %s",
	    cleared, report_plural(cleared), l->n_clear,
	    report_plural(l->n_clear), report_pages(size, cleared));
}

int
report_layout(const struct report *r, struct fail *f)
{
	const struct plan_layout *l = &r->plan->layout;
	char size[SIZE_WORDS];

	report_heading(r, "memory arrangement");
	report_row(r, "domain", "%" PRIu64 " pages, %s", l->pages,
	    report_pages(size, l->pages));
	report_row(r, report_guest_words(r)->region, "0x" ADDRESS " up to 0x"
	    ADDRESS, ADDRESS_OF(r, l->v_start), ADDRESS_OF(r, l->v_end));
	if (area_rows(r, f) < 0)
		return -1;
	if (l->n_tables > 0)
		table_row(r, "page tables", l->tables, l->n_tables);
	if (l->n_p2m_tables > 0)
		table_row(r, "of the p2m list", l->p2m_tables,
		    l->n_p2m_tables);
	/* Of a domain alone nobody can tell what was loaded. */
	if (l->n_load > 0)
		work_rows(r, l);
	return 0;
}
