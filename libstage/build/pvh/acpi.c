#include <string.h>

#include "abi/extent.h"
#include "base/le.h"
#include "build/pvh/acpi.h"

/* Where the tables lie in the page: a FACS at a multiple of 64, the only one of
 * variable length last. */
enum {
	RSDP_AT = 0, XSDT_AT = 64, FACS_AT = 128, FADT_AT = 192, DSDT_AT = 464,
	MADT_AT = 512
};

enum {
	RSDP_BYTES = 36,
	RSDP_BYTES_1 = 20,		/* those of revision 1, with a checksum
					 * of their own */
	HEADER_BYTES = 36,		/* of every table but RSDP and FACS */
	XSDT_BYTES = HEADER_BYTES + 2 * 8,
	FACS_BYTES = 64,
	FADT_BYTES = 268,
	MADT_HEAD_BYTES = 44,
	LAPIC_BYTES = 8			/* a processor in the MADT */
};

enum {
	/* Flags of the FADT. */
	WBINVD = 1 << 0, PROC_C1 = 1 << 2,
	NO_PWR_BUTTON = 1 << 4, NO_SLP_BUTTON = 1 << 5,
	HW_REDUCED_ACPI = 1 << 20,
	/* Its IAPC_BOOT_ARCH. */
	VGA_NOT_PRESENT = 1 << 2, CMOS_RTC_NOT_PRESENT = 1 << 5,
	/* Flags of a processor in the MADT. */
	LAPIC_ENABLED = 1
};

#define LAPIC_ADDRESS	0xfee00000

/* ---- headers ---- */

/* Makes the sum of all bytes 0. */
static void
put_checksum(unsigned char *table, size_t n, size_t at)
{
	unsigned char sum = 0;

	table[at] = 0;
	for (size_t i = 0; i < n; i++)
		sum = (unsigned char)(sum + table[i]);
	table[at] = (unsigned char)-sum;
}

/* Text of a field, which ends with the field and has no NUL. */
static void
put_text(unsigned char *to, const char *text)
{
	while (*text != '\0')
		*to++ = (unsigned char)*text++;
}

/* The header that most tables begin with; comes last, for its checksum. */
static void
put_header(unsigned char *table, const char *signature, size_t n,
    uint64_t revision)
{
	put_text(table, signature);
	put_text(table + 10, "XB    ");		/* OEM */
	put_text(table + 16, "XB PVH  ");	/* its name of the table */
	put_text(table + 28, "XB  ");		/* what made it */
	le_put(table + 4, 4, n);
	le_put(table + 8, 1, revision);
	le_put(table + 24, 4, 1);		/* revisions of the last two */
	le_put(table + 32, 4, 1);
	put_checksum(table, n, 9);
}

/* ---- tables ---- */

static void
put_rsdp(unsigned char *rsdp, uint64_t paddr)
{
	put_text(rsdp, "RSD PTR ");
	put_text(rsdp + 9, "XB    ");
	le_put(rsdp + 15, 1, 2);		/* revision */
	le_put(rsdp + 20, 4, RSDP_BYTES);
	le_put(rsdp + 24, 8, paddr + XSDT_AT);
	put_checksum(rsdp, RSDP_BYTES_1, 8);
	put_checksum(rsdp, RSDP_BYTES, 32);
}

static void
put_xsdt(unsigned char *xsdt, uint64_t paddr)
{
	le_put(xsdt + HEADER_BYTES, 8, paddr + FADT_AT);
	le_put(xsdt + HEADER_BYTES + 8, 8, paddr + MADT_AT);
	put_header(xsdt, "XSDT", XSDT_BYTES, 1);
}

/* It has no checksum. */
static void
put_facs(unsigned char *facs)
{
	put_text(facs, "FACS");
	le_put(facs + 4, 4, FACS_BYTES);
	le_put(facs + 32, 1, 2);		/* revision */
}

/* Reduced hardware has none of the fixed registers that the table is for, so
 * they stay 0.  FACS and DSDT have addresses of 64 bits alone. */
static void
put_fadt(unsigned char *fadt, uint64_t paddr)
{
	le_put(fadt + 109, 2, VGA_NOT_PRESENT | CMOS_RTC_NOT_PRESENT);
	le_put(fadt + 112, 4, WBINVD | PROC_C1 | NO_PWR_BUTTON |
	    NO_SLP_BUTTON | HW_REDUCED_ACPI);
	le_put(fadt + 132, 8, paddr + FACS_AT);
	le_put(fadt + 140, 8, paddr + DSDT_AT);
	put_header(fadt, "FACP", FADT_BYTES, 5);
}

/* Its flags are 0: there is no interrupt controller of a PC. */
static size_t
put_madt(unsigned char *madt, uint32_t vcpus)
{
	unsigned char *p = madt + MADT_HEAD_BYTES;

	le_put(madt + HEADER_BYTES, 4, LAPIC_ADDRESS);
	for (uint32_t n = 0; n < vcpus; n++, p += LAPIC_BYTES) {
		le_put(p + 1, 1, LAPIC_BYTES);	/* type 0 */
		le_put(p + 2, 1, n);		/* the processor, */
		le_put(p + 3, 1, 2 * n);	/* and its APIC's id */
		le_put(p + 4, 4, LAPIC_ENABLED);
	}
	put_header(madt, "APIC", (size_t)(p - madt), 3);
	return (size_t)(p - madt);
}

size_t
pvh_acpi_fill(unsigned char page[], uint64_t paddr, uint32_t vcpus)
{
	memset(page, 0, PAGE_BYTES);
	put_rsdp(page + RSDP_AT, paddr);
	put_xsdt(page + XSDT_AT, paddr);
	put_facs(page + FACS_AT);
	put_fadt(page + FADT_AT, paddr);
	put_header(page + DSDT_AT, "DSDT", HEADER_BYTES, 2);
	return MADT_AT + put_madt(page + MADT_AT, vcpus);
}
