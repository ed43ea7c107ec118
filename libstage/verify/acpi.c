/*
 * The ACPI tables of a PVH guest, read as its operating system reads them: from
 * the RSDP, whose address start_info has, through the XSDT to the FADT, which
 * names FACS and DSDT, and the MADT.  Offsets are those of ACPI 5.0, 5.2.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/le.h"
#include "verify/impl.h"

enum { HEADER_BYTES = 36, RSDP_BYTES = 36, RSDP_BYTES_1 = 20, FACS_BYTES = 64,
	FADT_BYTES = 268, MADT_BYTES = 44, LAPIC_BYTES = 8 };

static void
check_sum(struct verify *v, const char *what, uint64_t paddr,
    const unsigned char *bytes, uint64_t n)
{
	unsigned sum = 0;

	for (uint64_t i = 0; i < n; i++)
		sum += bytes[i];
	if (sum % 256 != 0)
		verify_differs(v, "%s, %" PRIu64 " bytes at 0x%" PRIx64
		    ": their sum is 0x%02x, should be 0", what, n, paddr,
		    sum % 256);
}

static bool
check_signature(struct verify *v, const char *what, uint64_t paddr,
    const unsigned char *bytes, const char *signature)
{
	if (memcmp(bytes, signature, strlen(signature)) == 0)
		return true;
	verify_differs(v, "%s at 0x%" PRIx64 " should begin with '%s'", what,
	    paddr, signature);
	return false;
}

/*
 * A table with the usual header, of that many bytes and that revision.  Where
 * there is none, NULL, and the difference is told.
 */
static const unsigned char *
take_table(struct verify_area *a, const char *signature, uint64_t paddr,
    uint64_t bytes, uint64_t revision)
{
	const unsigned char *t = verify_take(a, signature, paddr, bytes);
	const struct verify_word words[] = {
		{ "Length", { 4, 4 }, bytes },
		{ "Revision", { 8, 1 }, revision },
	};

	if (t == NULL || !check_signature(a->v, "a table", paddr, t, signature))
		return NULL;
	verify_words(a->v, signature, paddr, t, words, 2);
	check_sum(a->v, signature, paddr, t, bytes);
	return t;
}

/* ---- the tables ---- */

static void
check_facs(struct verify_area *a, uint64_t paddr)
{
	const unsigned char *t = verify_take(a, "FACS", paddr, FACS_BYTES);
	const struct verify_word length = { "Length", { 4, 4 }, FACS_BYTES };

	if (t == NULL || !check_signature(a->v, "FACS", paddr, t, "FACS"))
		return;
	verify_words(a->v, "FACS", paddr, t, &length, 1);
	if (paddr % FACS_BYTES != 0)
		verify_differs(a->v, "FACS at 0x%" PRIx64 ", should lie at a "
		    "multiple of %d", paddr, FACS_BYTES);
}

/* A machine of reduced hardware has none of the registers that the other fields
 * of the table are for. */
static void
check_fadt(struct verify_area *a, uint64_t paddr)
{
	static const struct verify_word words[] = {
		{ "FIRMWARE_CTRL", { 36, 4 }, 0 }, { "DSDT", { 40, 4 }, 0 },
		/* Neither VGA nor the clock of a PC. */
		{ "IAPC_BOOT_ARCH", { 109, 2 }, 0x24 },
		/* WBINVD, C1, no buttons for power and sleep, and
		 * HW_REDUCED_ACPI. */
		{ "Flags", { 112, 4 }, 0x100035 },
	};
	const unsigned char *t = take_table(a, "FACP", paddr, FADT_BYTES, 5);

	if (t == NULL)
		return;
	verify_words(a->v, "FACP", paddr, t, words,
	    sizeof(words) / sizeof(words[0]));
	check_facs(a, le_get(t + 132, 8));
	(void)take_table(a, "DSDT", le_get(t + 140, 8), HEADER_BYTES, 2);
}

/* A processor for each vcpu, with the id of its local APIC. */
static void
check_madt(struct verify_area *a, uint64_t paddr)
{
	static const struct verify_word head[] = {
		{ "LocalApicAddress", { 36, 4 }, 0xfee00000 },
		{ "Flags", { 40, 4 }, 0 },
	};
	const uint32_t vcpus = a->v->info.vcpus;
	const unsigned char *t = take_table(a, "APIC", paddr, MADT_BYTES +
	    (uint64_t)vcpus * LAPIC_BYTES, 3);

	if (t == NULL)
		return;
	verify_words(a->v, "APIC", paddr, t, head, 2);
	for (uint32_t i = 0; i < vcpus; i++) {
		const unsigned at = MADT_BYTES + i * LAPIC_BYTES;
		const struct verify_word words[] = {
			{ "Type", { 0, 1 }, 0 },
			{ "Length", { 1, 1 }, LAPIC_BYTES },
			{ "ProcessorId", { 2, 1 }, i },
			{ "ApicId", { 3, 1 }, 2 * i },
			{ "Flags", { 4, 4 }, 1 },
		};
		char what[32];

		snprintf(what, sizeof(what), "APIC[%" PRIu32 "]", i);
		verify_words(a->v, what, paddr + at, t + at, words, 5);
	}
}

static void
check_xsdt(struct verify_area *a, uint64_t paddr)
{
	const unsigned char *t = take_table(a, "XSDT", paddr,
	    HEADER_BYTES + 2 * 8, 1);

	if (t == NULL)
		return;
	check_fadt(a, le_get(t + HEADER_BYTES, 8));
	check_madt(a, le_get(t + HEADER_BYTES + 8, 8));
}

static void
check_rsdp(struct verify_area *a, uint64_t paddr)
{
	static const struct verify_word words[] = {
		{ "Revision", { 15, 1 }, 2 },
		{ "RsdtAddress", { 16, 4 }, 0 },
		{ "Length", { 20, 4 }, RSDP_BYTES },
		{ "Reserved", { 33, 3 }, 0 },
	};
	const unsigned char *t = verify_take(a, "RSDP", paddr, RSDP_BYTES);

	if (t == NULL || !check_signature(a->v, "RSDP", paddr, t, "RSD PTR "))
		return;
	verify_words(a->v, "RSDP", paddr, t, words, 4);
	check_sum(a->v, "RSDP", paddr, t, RSDP_BYTES_1);
	check_sum(a->v, "RSDP", paddr, t, RSDP_BYTES);
	check_xsdt(a, le_get(t + 24, 8));
}

int
verify_acpi(struct verify *v, struct fail *f)
{
	struct verify_area a;

	if (verify_area_open(v, SEG_ACPI, &a, f) < 0)
		return -1;
	check_rsdp(&a, a.span.from);
	verify_detail(v, "RSDP at 0x%" PRIx64 ", XSDT, FADT, FACS, DSDT, MADT "
	    "of %" PRIu32 " vcpus; the rest of the page is zero", a.span.from,
	    v->info.vcpus);
	return verify_area_close(&a, f);
}
