/*
 * ref-same OURS REFERENCE SEGMENTS
 *
 * Reads two paused domains page by page and compares them as their guests
 * would see them: machine frames translated, what Xen itself changes masked.
 * SEGMENTS is what ref-build printed of the reference.  What is in none of its
 * segments nobody fills: where it is mapped ours must be zero and the reference
 * is not looked at, for it has what Xen gave; where it is not mapped both are
 * left out.  Ends with 1 after the first differences, 0 where there is none.
 */
#include "ref.h"

#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 12 };

void
differ(struct result *r, const char *fmt, ...)
{
	va_list ap;

	if (r->differences++ >= SHOWN)
		return;
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

const char *
segment_of(const struct result *r, uint64_t pfn)
{
	const struct segment *s = r->segments->all;

	for (size_t i = 0; i < r->segments->n; i++, s++)
		if (pfn >= s->pfn && pfn - s->pfn < s->pages)
			return s->name;
	return NOBODY;
}

static void
read_segments(const char *path, struct segments *to)
{
	unsigned long long pfn, pages;
	struct segment *s = to->all;
	FILE *file = fopen(path, "r");
	char line[128];

	if (file == NULL)
		err(66, "%s", path);
	while (fgets(line, sizeof line, file) != NULL) {
		if (sscanf(line, "%31s %llu %llu", s->name, &pfn, &pages) != 3)
			continue;
		if (to->n == sizeof to->all / sizeof to->all[0] - 1)
			errx(65, "%s: too many segments", path);
		s->pfn = pfn;
		s->pages = pages;
		to->n++;
		s++;
	}
	fclose(file);
	if (to->n == 0)
		errx(65, "%s: no segments", path);
}

int
main(int argc, char **argv)
{
	static struct domain ours, theirs;
	static struct segments segments;
	struct result r = { .segments = &segments };
	struct host host;

	if (argc != 4)
		errx(64, "usage: ref-same OURS REFERENCE SEGMENTS");
	read_segments(argv[3], &segments);
	host_open(&host);
	domain_read(&ours, &host, (uint32_t)strtoul(argv[1], NULL, 10));
	domain_read(&theirs, &host, (uint32_t)strtoul(argv[2], NULL, 10));
	if (domain_is_hvm(&ours) != domain_is_hvm(&theirs))
		errx(65, "one is PV, the other is not");
	(domain_is_hvm(&ours) ? compare_pvh : compare_pages)(&ours, &theirs,
	    &r);
	compare_state(&ours, &theirs, &r);
	printf("%llu pages compared, %llu of them cleared, "
	    "%llu differences\n", (unsigned long long)r.compared,
	    (unsigned long long)r.nobodys, (unsigned long long)r.differences);
	return r.differences > 0;
}
