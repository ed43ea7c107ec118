/* The ACPI tables of a PVH domain: their bytes, and that they find each other.
 * With XB_ACPI_OUT=FOLDER the tables of 4 vcpus are written there, a file each,
 * for iasl to read. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/le.h"
#include "build/pvh/acpi.h"

enum { PAGE = 4096 };

#define PADDR	UINT64_C(0xfc000000)

static unsigned char page[PAGE];

static unsigned char
sum(const unsigned char *p, size_t n)
{
	unsigned char s = 0;

	while (n-- > 0)
		s = (unsigned char)(s + *p++);
	return s;
}

static const unsigned char *
at(uint64_t paddr)
{
	assert_in_range(paddr, PADDR, PADDR + PAGE - 36);
	return page + (paddr - PADDR);
}

/* A table with a header, whose sum is 0. */
static const unsigned char *
table(uint64_t paddr, const char *signature, size_t bytes, unsigned revision)
{
	const unsigned char *t = at(paddr);

	assert_memory_equal(t, signature, 4);
	assert_int_equal(le_get(t + 4, 4), bytes);
	assert_int_equal(t[8], revision);
	assert_int_equal(sum(t, bytes), 0);
	assert_memory_equal(t + 10, "XB    XB PVH  ", 14);
	return t;
}

/* As a guest does: from the RSDP through the XSDT. */
static void
test_found(void **state)
{
	static const uint32_t counts[] = { 1, 2, 4, 7, 64, 127, 128 };

	(void)state;
	for (size_t i = 0; i < COUNT(counts); i++) {
		const unsigned char *rsdp = page, *xsdt, *fadt, *madt, *facs;
		size_t n;

		memset(page, 0xff, sizeof(page));
		n = pvh_acpi_fill(page, PADDR, counts[i]);
		assert_int_equal(n, 512 + 44 + 8 * counts[i]);
		assert_memory_equal(rsdp, "RSD PTR ", 8);
		assert_int_equal(sum(rsdp, 20), 0);
		assert_int_equal(sum(rsdp, 36), 0);
		assert_int_equal(rsdp[15], 2);
		assert_int_equal(le_get(rsdp + 16, 4), 0);
		assert_int_equal(le_get(rsdp + 20, 4), 36);
		xsdt = table(le_get(rsdp + 24, 8), "XSDT", 36 + 16, 1);
		fadt = table(le_get(xsdt + 36, 8), "FACP", 268, 5);
		madt = table(le_get(xsdt + 44, 8), "APIC", 44 + 8 * counts[i],
		    3);
		(void)table(le_get(fadt + 140, 8), "DSDT", 36, 2);
		facs = at(le_get(fadt + 132, 8));
		assert_memory_equal(facs, "FACS", 4);
		assert_int_equal(le_get(facs + 4, 4), 64);
		assert_int_equal((facs - page) % 64, 0);
		for (uint32_t k = 0; k < counts[i]; k++) {
			const unsigned char want[8] = { 0, 8,
			    (unsigned char)k, (unsigned char)(2 * k), 1 };

			assert_memory_equal(madt + 44 + 8 * k, want, 8);
		}
		for (; n < PAGE; n++)
			assert_int_equal(page[n], 0);
	}
}

/* All bytes that are not 0, of 2 vcpus. */
static const struct {
	uint16_t at, bytes;
	const char *what;
	unsigned char want[40];
} pieces[] = {
	{ 0, 36, "RSDP", "RSD PTR \xc5" "XB    \2\0\0\0\0" "\x24\0\0\0"
	    "\x40\0\0\xfc\0\0\0\0" "\xa0" },
	{ 64, 36, "header of the XSDT", "XSDT\x34\0\0\0\1\xf0" "XB    XB PVH  "
	    "\1\0\0\0XB  \1\0\0" },
	{ 100, 16, "XSDT", "\xc0\0\0\xfc\0\0\0\0\0\2\0\xfc" },
	{ 128, 33, "FACS", "FACS\x40\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
	    "\0\0\0\0\0\0\0\0\0\0\0\0\2" },
	{ 192, 36, "header of the FADT", "FACP\x0c\1\0\0\5\x44" "XB    XB PVH  "
	    "\1\0\0\0XB  \1\0\0" },
	{ 301, 7, "FADT, boot flags and flags", "\x24\0\0\x35\0\x10" },
	{ 324, 16, "FADT, FACS and DSDT", "\x80\0\0\xfc\0\0\0\0\xd0\1\0\xfc" },
	{ 464, 36, "DSDT", "DSDT\x24\0\0\0\2\xcd" "XB    XB PVH  "
	    "\1\0\0\0XB  \1\0\0" },
	{ 512, 36, "header of the MADT", "APIC\x3c\0\0\0\3\xd3" "XB    XB PVH  "
	    "\1\0\0\0XB  \1\0\0" },
	{ 548, 24, "MADT", "\0\0\xe0\xfe\0\0\0\0" "\0\x8\0\0\1\0\0\0"
	    "\0\x8\1\2\1\0\0" },
};

static void
test_bytes(void **state)
{
	(void)state;
	pvh_acpi_fill(page, PADDR, 2);
	for (size_t i = 0; i < COUNT(pieces); i++) {
		unsigned char *p = page + pieces[i].at;

		for (size_t k = 0; k < pieces[i].bytes; k++)
			if (p[k] != pieces[i].want[k])
				unit_fail("%s: byte %zu is 0x%02x, not 0x%02x",
				    pieces[i].what, k, p[k],
				    pieces[i].want[k]);
		memset(p, 0, pieces[i].bytes);
	}
	for (size_t i = 0; i < PAGE; i++)
		assert_int_equal(page[i], 0);
}

static void
write_table(const char *folder, const char *name, const unsigned char *bytes,
    size_t n)
{
	char path[4096];
	FILE *to;

	snprintf(path, sizeof(path), "%s/%s.dat", folder, name);
	to = fopen(path, "w");
	assert_non_null(to);
	assert_int_equal(fwrite(bytes, 1, n, to), n);
	assert_int_equal(fclose(to), 0);
}

static void
test_written(void **state)
{
	const char *folder = getenv("XB_ACPI_OUT");
	const unsigned char *xsdt, *fadt, *madt;

	(void)state;
	if (folder == NULL)
		return;
	pvh_acpi_fill(page, PADDR, 4);
	xsdt = at(le_get(page + 24, 8));
	fadt = at(le_get(xsdt + 36, 8));
	madt = at(le_get(xsdt + 44, 8));
	write_table(folder, "rsdp", page, 36);
	write_table(folder, "xsdt", xsdt, 52);
	write_table(folder, "fadt", fadt, 268);
	write_table(folder, "madt", madt, le_get(madt + 4, 4));
	write_table(folder, "facs", at(le_get(fadt + 132, 8)), 64);
	write_table(folder, "dsdt", at(le_get(fadt + 140, 8)), 36);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
