/* The page tables, by machine frame from cr3: every entry of every table. */
#include "guest.h"

/* A run of mappings: consecutive addresses and frames, the same bits. */
static struct run {
	uint64_t va, pfn, pages, bits;
} run;
static uint64_t end_of_base, writable, foreign, odd;

/* The frames that are tables, a bit each, in memory that began as bss. */
static unsigned char *const is_table = (unsigned char *)quiet_start;

static uint64_t
bits_of(uint64_t entry)
{
	return entry & ~PTE_FRAME;
}

static int
known_table(uint64_t pfn, int mark)
{
	if (pfn / 8 >= (uint64_t)(quiet_end - quiet_start))
		return 0;
	if (mark)
		is_table[pfn / 8] |= (unsigned char)(1U << pfn % 8);
	return is_table[pfn / 8] >> pfn % 8 & 1;
}

static void
flush(void)
{
	if (run.pages == 0)
		return;
	say("map %lx %lx %lu %lx", run.va, run.va + run.pages * PAGE, run.pfn,
	    run.bits);
	if (run.va == end_of_base)
		end_of_base += run.pages * PAGE;
	run.pages = 0;
}

static void
leaf(uint64_t va, uint64_t entry, const struct start_info *si)
{
	uint64_t mfn = (entry & PTE_FRAME) / PAGE, pfn = pfn_of(mfn);
	const uint64_t *p2m = (const uint64_t *)si->mfn_list;

	if (pfn >= si->nr_pages || p2m[pfn] != mfn) {
		say("foreign %lx %lx", va, entry);
		foreign++;
		return;
	}
	writable += (entry & PTE_WRITABLE) && known_table(pfn, 0);
	/* What this code has written to is marked so by the processor. */
	entry &= ~PTE_DIRTY;
	if (run.pages > 0 && va == run.va + run.pages * PAGE &&
	    pfn == run.pfn + run.pages && bits_of(entry) == run.bits) {
		run.pages++;
		return;
	}
	flush();
	run = (struct run){ va, pfn, 1, bits_of(entry) };
}

static uint64_t
extended(uint64_t va)
{
	return va >> 47 & 1 ? va | 0xffff000000000000 : va;
}

/* Xen's own slots of the top table. */
static int
is_xens(unsigned level, uint64_t i)
{
	return level == 4 && i >= 256 && i < 272;
}

/* First pass (si NULL): names and marks the tables.  Second: the mappings. */
static void
walk(unsigned level, uint64_t mfn, uint64_t base, const struct start_info *si)
{
	const uint64_t *table = window(WINDOW_LEVEL + level - 1, mfn, 0);
	uint64_t i, va, entry;

	for (i = 0; i < ENTRIES; i++) {
		va = extended(base | i << (12 + 9 * (level - 1)));
		entry = level == 1 ? as_built(va, table[i]) : table[i];
		if (entry == 0 || is_xens(level, i))
			continue;
		if (!(entry & PTE_PRESENT) || (level > 1 && (entry & 0x80))) {
			say("odd %u %lx %lx", level, va, entry);
			odd++;
			continue;
		}
		if (level == 1) {
			if (si != NULL)
				leaf(va, entry, si);
			continue;
		}
		mfn = (entry & PTE_FRAME) / PAGE;
		if (si == NULL) {
			known_table(pfn_of(mfn), 1);
			say("table %u %lx %lu %lx", level - 1, va, pfn_of(mfn),
			    bits_of(entry));
		}
		if (level > 2 || si != NULL)
			walk(level - 1, mfn, va, si);
	}
}

void
report_tables(const struct start_info *si)
{
	uint64_t root = root_table();

	memset(is_table, 0, (size_t)(quiet_end - quiet_start));
	say("table 4 0x0 %lu 0x0", pfn_of(root));
	known_table(pfn_of(root), 1);
	walk(4, root, 0, NULL);
	end_of_base = BASE;
	walk(4, root, 0, si);
	flush();
	say("tables.writable %lu", writable);
	say("tables.foreign %lu", foreign);
	say("tables.odd %lu", odd);
}

uint64_t
region_end(void)
{
	return end_of_base;
}
