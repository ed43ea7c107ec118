#include "guest.h"

#include <xen/memory.h>
#include <xen/sched.h>

static uint64_t frames, originals[WINDOWS];

uint64_t
pfn_of(uint64_t mfn)
{
	if (frames == 0)
		frames = (uint64_t)hypercall(__HYPERVISOR_memory_op,
		    XENMEM_maximum_ram_page, 0, 0, 0) + 1;
	return mfn < frames ? machine_to_phys_mapping[mfn] : ~0UL;
}

uint64_t
root_table(void)
{
	uint64_t cr3;

	__asm__ volatile("mov %%cr3, %0" : "=r"(cr3));
	return cr3 / PAGE;
}

/* Through the mapping that the builder made: no window can be used yet. */
static uint64_t
entry_of(uint64_t va)
{
	uint64_t entry = root_table() * PAGE;
	const uint64_t *table;
	int shift;

	for (shift = 39; shift >= 12; shift -= 9) {
		table = (const uint64_t *)(BASE +
		    pfn_of((entry & PTE_FRAME) / PAGE) * PAGE);
		entry = table[va >> shift & (ENTRIES - 1)];
	}
	return entry;
}

void
windows_begin(void)
{
	unsigned i;

	for (i = 0; i < WINDOWS; i++)
		originals[i] = entry_of((uint64_t)windows[i]);
}

void *
window(unsigned n, uint64_t mfn, int writable)
{
	/* 0x25: present, user, accessed. */
	uint64_t entry = mfn * PAGE | 0x25 | (writable ? PTE_WRITABLE : 0);

	if (hypercall(__HYPERVISOR_update_va_mapping, (uint64_t)windows[n],
	    entry, UVMF_INVLPG, 0) != 0)
		stop(SHUTDOWN_crash);
	return windows[n];
}

uint64_t
as_built(uint64_t va, uint64_t entry)
{
	uint64_t n = (va - (uint64_t)windows) / PAGE;

	return n < WINDOWS ? originals[n] : entry;
}

uint64_t
nonzero(const void *from, uint64_t bytes)
{
	const unsigned char *p = from;
	uint64_t i, n = 0;

	for (i = 0; i < bytes; i++)
		n += p[i] != 0;
	return n;
}

static uint32_t
cksum_byte(uint32_t crc, unsigned char byte)
{
	static uint32_t table[256];
	uint32_t c;
	unsigned i, bit;

	if (table[1] == 0)
		for (i = 0; i < 256; i++) {
			for (c = i << 24, bit = 0; bit < 8; bit++)
				c = c << 1 ^ (c >> 31 ? 0x04c11db7U : 0);
			table[i] = c;
		}
	return crc << 8 ^ table[crc >> 24 ^ byte];
}

uint32_t
cksum_more(uint32_t crc, const void *from, uint64_t bytes)
{
	const unsigned char *p = from;
	uint64_t i;

	for (i = 0; i < bytes; i++)
		crc = cksum_byte(crc, p[i]);
	return crc;
}

uint32_t
cksum_end(uint32_t crc, uint64_t bytes)
{
	for (; bytes != 0; bytes >>= 8)
		crc = cksum_byte(crc, (unsigned char)bytes);
	return ~crc;
}

/* The compiler may call these for any loop or structure. */
void *
memset(void *to, int byte, size_t n)
{
	void *p = to;

	__asm__ volatile("rep stosb" : "+D"(p), "+c"(n) : "a"(byte) : "memory");
	return to;
}

void *
memcpy(void *to, const void *from, size_t n)
{
	void *p = to;

	__asm__ volatile("rep movsb" : "+D"(p), "+S"(from), "+c"(n) : : "memory");
	return to;
}
