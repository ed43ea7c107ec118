/*
 * acpi: the ACPI tables of a PVH domain.
 *
 * A PVH guest learns from ACPI which processors it has, and that it has none of
 * a PC's devices: the tables describe a machine of reduced hardware (ACPI 5.0,
 * 4.1) and no device.  These are RSDP, XSDT, FADT of revision 5, FACS, a DSDT
 * without any object, and a MADT with a local APIC for each vcpu, whose id is
 * twice the vcpu's, as Xen numbers them.
 */
#ifndef XB_BUILD_PVH_ACPI_H
#define XB_BUILD_PVH_ACPI_H

#include <stddef.h>
#include <stdint.h>

enum {
	/* APIC ids have 8 bits, and 255 means all of them. */
	PVH_ACPI_VCPUS_MAX = 128
};

/*
 * Writes the tables of so many vcpus into a page of the guest's at the physical
 * address paddr, and zeroes behind them.  The RSDP comes first, so its address
 * is paddr.  The value is the number of bytes that the tables take.
 */
size_t	pvh_acpi_fill(unsigned char page[], uint64_t paddr, uint32_t vcpus);

#endif
