#include <inttypes.h>
#include <string.h>

#include "base/le.h"
#include "diff/impl.h"
#include "plan/pvh.h"

/* What a PVH guest finds at its start, by the names of Xen's public
 * hvm/start_info.h and of ACPI. */

/* ---- what the plans tell ---- */

static bool
same_offsets(const struct plan *pa, const struct plan *pb)
{
	const struct pvh_start a = plan_pvh_start(pa, pa->layout.pages);
	const struct pvh_start b = plan_pvh_start(pb, pb->layout.pages);

	return memcmp(&a, &b, sizeof(a)) == 0;
}

void
diff_pvh_forget(const struct plan *pa, const struct plan *pb,
    bool same_layout, uint64_t index, unsigned char *a, unsigned char *b)
{
	const struct pvh_start s = plan_pvh_start(pa, pa->layout.pages);
	const bool alike = same_layout && same_offsets(pa, pb);

	for (uint64_t i = 0, at = index * PAGE_BYTES; i < PAGE_BYTES;
	    i++, at++) {
		/* magic, version, flags and nr_modules; rsdp_paddr */
		bool plain = at < 16 || (at >= 32 && at < 40);

		if (alike ? at >= s.command_line && at < s.modules : !plain)
			a[i] = b[i] = 0;
	}
}

/* ---- start_info ---- */

struct name {
	const char *key;
	unsigned at, bytes;
};

static const struct name start_names[] = {
	{ "magic", 0, 4 }, { "version", 4, 4 }, { "flags", 8, 4 },
	{ "nr_modules", 12, 4 }, { "modlist_paddr", 16, 8 },
	{ "cmdline_paddr", 24, 8 }, { "rsdp_paddr", 32, 8 },
	{ "memmap_paddr", 40, 8 }, { "memmap_entries", 48, 4 },
	{ "reserved", 52, 4 }, { NULL, 0, 0 }
};
static const struct name module_names[] = {
	{ "paddr", 0, 8 }, { "size", 8, 8 }, { "cmdline_paddr", 16, 8 },
	{ "reserved", 24, 8 }, { NULL, 0, 0 }
};
static const struct name range_names[] = {
	{ "addr", 0, 8 }, { "size", 8, 8 }, { "type", 16, 4 },
	{ "reserved", 20, 4 }, { NULL, 0, 0 }
};

static int
tell_start(struct diff *d, struct diff_pages *p, uint64_t page,
    const unsigned char *a, const unsigned char *b, struct fail *f)
{
	const struct pvh_start s = plan_pvh_start(d->plan,
	    d->plan->layout.pages);
	const struct {
		const char *words;
		uint64_t from, to, bytes;
		const struct name *names;
	} parts[] = {
		{ "start_info", 0, PVH_START_BYTES, PVH_START_BYTES,
		    start_names },
		{ "modlist", s.modules, s.lines, PVH_MODULE_BYTES,
		    module_names },
		{ "memmap", s.ranges, s.size, PVH_RANGE_BYTES, range_names },
	};
	const uint64_t at = page * PAGE_BYTES + p->byte;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const uint64_t in = at - parts[i].from;
		const struct name *n = parts[i].names;
		char number[24] = "";
		unsigned first;

		if (at < parts[i].from || at >= parts[i].to)
			continue;
		while (in % parts[i].bytes >= n->at + n->bytes)
			n++;
		first = p->byte - (unsigned)(in % parts[i].bytes) + n->at;
		if (i > 0)
			snprintf(number, sizeof(number), "[%" PRIu64 "]",
			    in / parts[i].bytes);
		p->what = arena_print(&d->arena, f, "%s%s.%s: 0x%" PRIx64
		    " -> 0x%" PRIx64, parts[i].words, number,
		    n->key, le_get(a + first, n->bytes),
		    le_get(b + first, n->bytes));
		return p->what == NULL ? -1 : 0;
	}
	return 0;
}

/* ---- ACPI ---- */

/* The table that begins there, by its signature; NULL: none that is known. */
static const char *
table_at(const unsigned char *bytes)
{
	static const char *const known[] = { "RSD PTR ", "XSDT", "FACS",
	    "FACP", "DSDT", "APIC" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (memcmp(bytes, known[i], strlen(known[i])) == 0)
			return known[i];
	return NULL;
}

/* The tables begin at multiples of 16. */
static int
tell_acpi(struct diff *d, struct diff_pages *p, const unsigned char *a,
    const unsigned char *b, struct fail *f)
{
	const char *table = NULL;
	unsigned at = (p->byte & ~15u) + 16;

	while (table == NULL && at > 0)
		table = table_at(a + (at -= 16));
	if (table == NULL)
		return 0;
	p->what = arena_print(&d->arena, f, "ACPI table %s, byte 0x%x: %02x "
	    "-> %02x", table, p->byte - at, a[p->byte],
	    b[p->byte]);
	return p->what == NULL ? -1 : 0;
}

int
diff_pvh_tell(struct diff *d, struct diff_pages *p, const unsigned char *a,
    const unsigned char *b, struct fail *f)
{
	const struct layout_segment *s = plan_segment_at(d->plan, p->pfn);

	if (segment_is(s, SEG_START_INFO))
		return tell_start(d, p, p->pfn - s->pfn, a, b, f);
	return segment_is(s, SEG_ACPI) ? tell_acpi(d, p, a, b, f) : 0;
}
