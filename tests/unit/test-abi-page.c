/*
 * The tables of man/xb-abi.7 against the ABI rows, cell by cell.  A row of a
 * table is its label and five cells, one for each ABI in the order of
 * abi_rows.  The program runs in the top folder of the source tree, as
 * tests/run does it.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/abi.h"

enum { CELL_MAX = 16 };

struct cells {
	char text[ABI_PV_COUNT][CELL_MAX];
};

/* The row of that label in the section of that heading. */
static void
find_row(const char *heading, const char *label, struct cells *row)
{
	FILE *page = fopen("man/xb-abi.7", "r");
	size_t n = strlen(label);
	bool inside = false, found = false;
	char line[256];

	assert_non_null(page);
	while (!found && fgets(line, sizeof(line), page) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, ".Ss ", 4) == 0)
			inside = strcmp(line + 4, heading) == 0;
		found = inside && strncmp(line, label, n) == 0 &&
		    line[n] == ' ' && sscanf(line + n,
		    "%15s%15s%15s%15s%15s", row->text[0], row->text[1],
		    row->text[2], row->text[3], row->text[4]) == ABI_PV_COUNT;
	}
	fclose(page);
	if (!found)
		fail_msg("the page has no row '%s' in '%s'", label, heading);
}

/* Has the page this line, or one that begins so? */
static void
want_line(const char *begin)
{
	FILE *page = fopen("man/xb-abi.7", "r");
	bool found = false;
	char line[256];

	assert_non_null(page);
	while (!found && fgets(line, sizeof(line), page) != NULL)
		found = strncmp(line, begin, strlen(begin)) == 0;
	fclose(page);
	if (!found)
		fail_msg("the page has no line that begins '%s'", begin);
}

static void
pvh_guest(void **state)
{
	static const struct {
		const char *label;
		enum context_field field;
	} registers[] = {
		{ "rip", CTX_IP }, { "rbx", CTX_BX }, { "cr0", CTX_CR0 },
		{ "cs ar", CTX_CS_AR }, { "ds ar", CTX_DS_AR },
		{ "es ar", CTX_ES_AR }, { "ss ar", CTX_SS_AR },
		{ "tr ar", CTX_TR_AR }, { "dr6", CTX_DR6 },
		{ "dr7", CTX_DR7 },
	};
	const struct abi *a = abi_first(GUEST_PVH);
	char line[80];

	(void)state;
	for (const struct abi_special *s = a->specials; s->gfn != 0; s++) {
		snprintf(line, sizeof(line), "0x%llx  %s",
		    (unsigned long long)s->gfn, s->kind == SEG_KINDS ? "" :
		    segment_name(s->kind));
		want_line(line);
	}
	for (size_t i = 0; i < COUNT(registers); i++) {
		struct abi_field d = a->context.field[registers[i].field];
		int n = snprintf(line, sizeof(line), "%-7s  %u/%u",
		    registers[i].label, d.offset, d.size);

		for (const struct abi_constant *k = a->context.boot;
		    k->value != UINT64_MAX; k++)
			if (k->field == registers[i].field)
				snprintf(line + n, sizeof(line) - (size_t)n,
				    "  0x%llx", (unsigned long long)k->value);
		want_line(line);
	}
}

static void
want_cell(const char *label, unsigned abi, const char *has, const char *want)
{
	if (strcmp(has, want) != 0)
		fail_msg("%s of %s: the page has %s, the row %s", label,
		    abi_rows[abi].name, has, want);
}

/* A cell is "OFFSET/SIZE", or "-" where the ABI has no such field. */
static void
want_field(const char *label, unsigned abi, const char *has,
    struct abi_field d)
{
	char want[CELL_MAX] = "-";

	if (abi_has(d))
		snprintf(want, sizeof(want), "%u/%u", d.offset, d.size);
	want_cell(label, abi, has, want);
}

/* As the page writes them: small numbers are decimal, flags hexadecimal. */
static void
want_number(const char *label, unsigned abi, const char *has, uint64_t value)
{
	char *end;

	if (strtoull(has, &end, 0) != value || *end != '\0')
		fail_msg("%s of %s: the page has %s, the row 0x%llx", label,
		    abi_rows[abi].name, has, (unsigned long long)value);
}

static void
start_info_offsets(void **state)
{
	static const char *const labels[SI_FIELDS] = {
		[SI_MAGIC] = "magic", [SI_NR_PAGES] = "nr_pages",
		[SI_SHARED_INFO] = "shared_info", [SI_FLAGS] = "flags",
		[SI_STORE_MFN] = "store_mfn", [SI_STORE_PAGE] = "store_page",
		[SI_STORE_EVTCHN] = "store_evtchn",
		[SI_CONSOLE_MFN] = "console.domU.mfn",
		[SI_CONSOLE_EVTCHN] = "console.domU.evtchn",
		[SI_CONTROLLER_EVTCHN] = "domain_controller_evtchn",
		[SI_PT_BASE] = "pt_base", [SI_NR_PT_FRAMES] = "nr_pt_frames",
		[SI_MFN_LIST] = "mfn_list", [SI_MOD_START] = "mod_start",
		[SI_MOD_LEN] = "mod_len", [SI_CMD_LINE] = "cmd_line",
		[SI_FIRST_P2M_PFN] = "first_p2m_pfn",
		[SI_NR_P2M_FRAMES] = "nr_p2m_frames",
	};
	struct cells row;

	(void)state;
	for (unsigned i = 0; i < SI_FIELDS; i++) {
		find_row("start_info", labels[i], &row);
		for (unsigned a = 0; a < ABI_PV_COUNT; a++)
			want_field(labels[i], a, row.text[a],
			    abi_rows[a].start_info[i]);
	}
	find_row("start_info", "size", &row);
	for (unsigned a = 0; a < ABI_PV_COUNT; a++)
		want_number("size of start_info", a, row.text[a],
		    abi_rows[a].start_info_size);
}

static const char *const context_labels[CTX_FIELDS] = {
	[CTX_FLAGS] = "flags", [CTX_IP] = "ip", [CTX_SP] = "sp",
	[CTX_SI] = "si", [CTX_RFLAGS] = "rflags", [CTX_CS] = "cs",
	[CTX_SS] = "ss", [CTX_DS] = "ds", [CTX_ES] = "es", [CTX_FS] = "fs",
	[CTX_GS] = "gs", [CTX_KERNEL_SS] = "kernel_ss",
	[CTX_KERNEL_SP] = "kernel_sp", [CTX_LDT_BASE] = "ldt_base",
	[CTX_LDT_ENTS] = "ldt_ents", [CTX_GDT_ENTS] = "gdt_ents",
	[CTX_CR0] = "ctrlreg[0]", [CTX_CR1] = "ctrlreg[1]",
	[CTX_CR3] = "ctrlreg[3]", [CTX_CR4] = "ctrlreg[4]",
	[CTX_DR6] = "debugreg[6]", [CTX_DR7] = "debugreg[7]",
	[CTX_EVENT_CS] = "event_callback_cs",
	[CTX_EVENT_IP] = "event_callback_eip",
	[CTX_FAILSAFE_CS] = "failsafe_callback_cs",
	[CTX_FAILSAFE_IP] = "failsafe_callback_eip",
	[CTX_SYSCALL_IP] = "syscall_callback_eip",
	[CTX_VM_ASSIST] = "vm_assist", [CTX_FS_BASE] = "fs_base",
	[CTX_GS_BASE_KERNEL] = "gs_base_kernel",
	[CTX_GS_BASE_USER] = "gs_base_user",
};

static void
context_offsets(void **state)
{
	struct cells row;

	(void)state;
	for (unsigned i = 0; i < CTX_FIELDS; i++) {
		if (context_labels[i] == NULL)
			continue;	/* of PVH guests alone */
		find_row("vcpu context", context_labels[i], &row);
		for (unsigned a = 0; a < ABI_PV_COUNT; a++)
			want_field(context_labels[i], a, row.text[a],
			    abi_rows[a].context.field[i]);
	}
	find_row("vcpu context", "trap_ctxt", &row);
	for (unsigned a = 0; a < ABI_PV_COUNT; a++)
		want_field("trap_ctxt", a, row.text[a], (struct abi_field){
		    abi_rows[a].context.trap.offset,
		    (uint16_t)(256 * abi_rows[a].context.trap.stride) });
	find_row("vcpu context", "size", &row);
	for (unsigned a = 0; a < ABI_PV_COUNT; a++)
		want_number("size of a context", a, row.text[a],
		    abi_rows[a].context.size);
}

/* What a builder writes into a field, else what a fresh vcpu has there. */
static uint64_t
at_entry(const struct abi_context *c, unsigned field)
{
	const struct abi_constant *k = c->boot;

	while (k->value != UINT64_MAX && k->field != field)
		k++;
	if (k->value != UINT64_MAX)
		return k->value;
	return field == CTX_FLAGS ? c->fresh_flags : 0;
}

static bool
is_constant(unsigned field)
{
	for (unsigned a = 0; a < ABI_PV_COUNT; a++)
		if (at_entry(&abi_rows[a].context, field) != 0)
			return true;
	return false;
}

static void
registers_at_entry(void **state)
{
	struct cells row;

	(void)state;
	for (unsigned i = 0; i < CTX_FIELDS; i++) {
		if (!is_constant(i))
			continue;
		find_row("Registers at entry", context_labels[i], &row);
		for (unsigned a = 0; a < ABI_PV_COUNT; a++)
			if (abi_has(abi_rows[a].context.field[i]))
				want_number(context_labels[i], a, row.text[a],
				    at_entry(&abi_rows[a].context, i));
			else
				want_cell(context_labels[i], a, row.text[a],
				    "-");
	}
	find_row("Registers at entry", "traps, cs", &row);
	for (unsigned a = 0; a < ABI_PV_COUNT; a++)
		want_number("cs of traps", a, row.text[a],
		    abi_rows[a].context.trap.cs);
}

/* Numbers of a table, by label, as a row of an ABI gives them. */
static void
want_numbers(const char *heading, const char *const *labels, size_t n,
    void (*numbers)(const struct abi *, uint64_t *))
{
	struct cells row;

	for (size_t i = 0; i < n; i++) {
		find_row(heading, labels[i], &row);
		for (unsigned a = 0; a < ABI_PV_COUNT; a++) {
			uint64_t value[16];

			assert_true(n <= COUNT(value));
			numbers(&abi_rows[a], value);
			want_number(labels[i], a, row.text[a], value[i]);
		}
	}
}

static void
numbers_of_paging(const struct abi *a, uint64_t *value)
{
	*value++ = a->bits;
	*value++ = a->machine;
	*value++ = a->levels;
	*value++ = a->pte_bytes;
	*value++ = abi_entries(a);
	*value++ = a->top_entries;
	*value++ = a->prot_page;
	*value++ = a->prot_table;
	*value++ = a->prot_upper;
	*value++ = a->p2m_entry;
	*value++ = a->p2m_reserved;
}

static void
widths_and_paging(void **state)
{
	static const char *const labels[] = { "pointer, bits", "ELF machine",
		"levels", "bytes of an entry", "entries of a table",
		"entries of the top", "flags, page", "flags, table",
		"flags, upper", "p2m, bytes written", "p2m, bytes kept" };

	(void)state;
	want_numbers("Widths and paging", labels, COUNT(labels),
	    numbers_of_paging);
}

static void
numbers_of_shared_info(const struct abi *a, uint64_t *value)
{
	*value++ = a->shared_info.vcpus;
	*value++ = a->shared_info.stride;
	*value++ = a->shared_info.mask;
	*value++ = a->shared_info.size;
}

static void
shared_info(void **state)
{
	static const char *const labels[] = { "vcpu slots", "bytes of a slot",
		"mask byte in a slot", "size" };
	struct cells row;

	(void)state;
	want_numbers("shared_info", labels, COUNT(labels),
	    numbers_of_shared_info);
	find_row("shared_info", "n_vcpu", &row);
	for (unsigned a = 0; a < ABI_PV_COUNT; a++)
		want_field("n_vcpu", a, row.text[a],
		    abi_rows[a].shared_info.n_vcpu);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(widths_and_paging),
		cmocka_unit_test(start_info_offsets),
		cmocka_unit_test(shared_info),
		cmocka_unit_test(context_offsets),
		cmocka_unit_test(registers_at_entry),
		cmocka_unit_test(pvh_guest),
	};

	return cmocka_run_group_tests_name("abi page", tests, NULL, NULL);
}
