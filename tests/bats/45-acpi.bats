#!/usr/bin/env bats
# The ACPI tables of a PVH domain, as iasl of ACPICA reads them.
load helper

# read_as TABLE WORDS...: iasl reads the table without a complaint, and finds
# each of these in it (extended regular expressions; blanks as they come).
read_as() {
	local table=$1
	shift
	iasl -p "$table" -d "$table.dat" >said 2>&1
	grep -Ei 'warning|error|invalid|incorrect' said "$table.dsl" && return 1
	for words; do
		tr -s ' ' <"$table.dsl" | grep -qE -e "$words" || {
			echo "no '$words' in $table"
			return 1
		}
	done
}

@test "iasl reads the ACPI tables of four vcpus as they are meant" {
	XB_ACPI_OUT=. "$XB_BIN/test-acpi"
	# The RSDP has no form that iasl reads alone; tests/unit/test-acpi.c.
	[ -s rsdp.dat ]
	read_as xsdt 'ACPI Table Address 0 : 00000000FC0000C0' \
	    'ACPI Table Address 1 : 00000000FC000200'
	read_as fadt 'Revision : 05' 'Hardware Reduced \(V5\) : 1' \
	    'VGA Not Present \(V4\) : 1' 'CMOS RTC Not Present \(V5\) : 1' \
	    'WBINVD instruction is operational \(V1\) : 1' \
	    '8h?\] FACS Address : 00000000FC000080' \
	    '8h?\] DSDT Address : 00000000FC0001D0'
	read_as facs 'Length : 00000040' 'Version : 02'
	read_as dsdt 'DefinitionBlock \("", "DSDT", 2, "XB ", "XB PVH ", 0x0+1\)'
	read_as madt 'Local Apic Address : FEE00000' 'PC-AT Compatibility : 0' \
	    'Processor ID : 03' 'Local Apic ID : 06' 'Processor Enabled : 1'
	[ "$(grep -c 'Subtable Type : 00 \[Processor Local APIC\]' madt.dsl)" = 4 ]
}
