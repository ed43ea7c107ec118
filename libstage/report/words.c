#include <stdarg.h>
#include <string.h>

#include "base/escape.h"
#include "base/hex.h"
#include "report/words.h"

enum { KEY_COLUMNS = 18, TEXT_COLUMNS = 78 };

/* XENFEAT_* of Xen's public features.h. */
const struct bit_name report_features[] = {
	{ 0, "writable_page_tables" },
	{ 1, "writable_descriptor_tables" },
	{ 2, "auto_translated_physmap" },
	{ 3, "supervisor_mode_kernel" },
	{ 4, "pae_pgdir_above_4gb" },
	{ 5, "mmu_pt_update_preserve_ad" },
	{ 6, "highmem_assist" },
	{ 7, "gnttab_map_avail_bits" },
	{ 8, "hvm_callback_vector" },
	{ 9, "hvm_safe_pvclock" },
	{ 10, "hvm_pirqs" },
	{ 11, "dom0" },
	{ 12, "grant_map_identity" },
	{ 13, "memory_op_vnode_supported" },
	{ 14, "ARM_SMCCC_supported" },
	{ 15, "linux_rsdp_unrestricted" },
	{ 16, "not_direct_mapped" },
	{ 17, "direct_mapped" },
	{ 18, "runstate_phys_area" },
	{ 19, "vcpu_time_phys_area" },
	{ 20, "dm_msix_all_writes" },
	{ 0, NULL }
};

static const struct bit_name start_flags_2004[] = {
	{ 0, "PRIVILEGED" }, { 1, "INITDOMAIN" },
	{ 2, "BLK_BE_DOMAIN" }, { 3, "NET_BE_DOMAIN" },
	{ 0, NULL }
};

static const struct bit_name start_flags_2010[] = {
	{ 0, "PRIVILEGED" }, { 1, "INITDOMAIN" }, { 2, "MULTIBOOT_MOD" },
	{ 3, "MOD_START_PFN" }, { 4, "VIRT_P2M_4TOOLS" },
	{ 0, NULL }
};

static const struct bit_name vcpu_flags_2004[] = {
	{ 0, "i387_valid" }, { 1, "vmx_guest" }, { 2, "in_kernel" },
	{ 8, "in_syscall" },
	{ 0, NULL }
};

static const struct bit_name vcpu_flags_2010[] = {
	{ 0, "i387_valid" }, { 2, "in_kernel" },
	{ 3, "failsafe_disables_events" }, { 4, "syscall_disables_events" },
	{ 5, "online" }, { 8, "in_syscall" },
	{ 0, NULL }
};

const struct bit_name report_vm_assist[] = {
	{ 0, "4gb_segments" }, { 1, "4gb_segments_notify" },
	{ 2, "writable_pagetables" }, { 3, "pae_extended_cr3" },
	{ 4, "architectural_iopl" }, { 5, "runstate_update_flag" },
	{ 32, "m2p_strict" },
	{ 0, NULL }
};

const struct bit_name *
report_start_flags(const struct abi *a)
{
	return a->mod_pfn ? start_flags_2010 : start_flags_2004;
}

const struct bit_name *
report_vcpu_flags(const struct abi *a)
{
	return a->context.flags & FLAG_ONLINE ? vcpu_flags_2010 :
	    vcpu_flags_2004;
}

struct report
report_on(const struct plan *p, FILE *to)
{
	const struct abi *a = plan_has(p, PLAN_IMAGE) ? p->image.abi : NULL;

	return (struct report){
		.to = to, .plan = p, .abi = a,
		.digits = a != NULL ? a->bits / 4 : 16,
	};
}

const struct guest_words *
report_guest_words(const struct report *r)
{
	static const struct guest_words words[GUEST_TYPES] = {
		[GUEST_PV] = { "mapped at start", "Mapped at start",
		    "virtual addresses", "the hypervisor's",
		    "machine memory", "mfn" },
		[GUEST_PVH] = { "in use at start", "In use at start",
		    "physical addresses", "for devices", "memory", "gfn" },
	};

	return &words[plan_guest(r->plan)];
}

void
report_heading(const struct report *r, const char *title)
{
	fprintf(r->to, "\n%s\n", title);
}

void
report_key(const struct report *r, const char *key)
{
	fprintf(r->to, "  %-*s", KEY_COLUMNS - 2, key);
}

void
report_row(const struct report *r, const char *key, const char *fmt, ...)
{
	va_list ap;

	report_key(r, key);
	va_start(ap, fmt);
	vfprintf(r->to, fmt, ap);
	va_end(ap);
	fputc('\n', r->to);
}

void
report_word(const struct report *r, const char *s)
{
	if (s == NULL)
		s = "-";
	escape_to(r->to, s, strlen(s));
}

void
report_quoted(const struct report *r, struct bytes b)
{
	fputc('\'', r->to);
	escape_to(r->to, b.data, b.size);
	fputc('\'', r->to);
}

/* A list of words, broken into lines of at most TEXT_COLUMNS. */
struct list {
	const struct report *on;
	unsigned at;			/* column */
};

static void
list_word(struct list *l, const char *word)
{
	unsigned n = (unsigned)strlen(word);
	FILE *to = l->on->to;

	if (l->at > KEY_COLUMNS && l->at + 1 + n > TEXT_COLUMNS) {
		fprintf(to, "\n%*s", KEY_COLUMNS, "");
		l->at = KEY_COLUMNS;
	}
	if (l->at > KEY_COLUMNS)
		l->at += (unsigned)fprintf(to, " ");
	l->at += n;
	report_word(l->on, word);
}

void
report_bits(const struct report *r, const char *key,
    const struct bit_name *name, uint64_t bits)
{
	struct list l = { .on = r, .at = KEY_COLUMNS };
	char unnamed[16];

	report_key(r, key);
	for (unsigned bit = 0; bit < 64; bit++) {
		if ((bits >> bit & 1) == 0)
			continue;
		while (name->name != NULL && name->bit < bit)
			name++;
		snprintf(unnamed, sizeof(unnamed), "bit-%u", bit);
		list_word(&l, name->name != NULL && name->bit == bit ?
		    name->name : unnamed);
	}
	fprintf(r->to, "%s\n", l.at == KEY_COLUMNS ? "none" : "");
}

const char *
report_size(char buf[SIZE_WORDS], uint64_t bytes)
{
	static const char units[][4] = { "KiB", "MiB", "GiB", "TiB", "PiB",
	    "EiB" };
	uint64_t whole, tenths;
	unsigned u = 0, shift;

	if (bytes < 1024) {
		snprintf(buf, SIZE_WORDS, "%" PRIu64 " byte%s", bytes,
		    report_plural(bytes));
		return buf;
	}
	while (u < 5 && bytes >> (10 * (u + 2)) != 0)
		u++;
	shift = 10 * (u + 1);
	whole = bytes >> shift;
	/* The 10 bits below the unit, rounded to tenths. */
	tenths = ((bytes >> (shift - 10) & 1023) * 10 + 512) / 1024;
	if (bytes << (64 - shift) == 0)
		snprintf(buf, SIZE_WORDS, "%" PRIu64 " %s", whole, units[u]);
	else
		snprintf(buf, SIZE_WORDS, "%" PRIu64 ".%" PRIu64 " %s",
		    whole + tenths / 10, tenths % 10, units[u]);
	return buf;
}

const char *
report_pages(char buf[SIZE_WORDS], uint64_t pages)
{
	if (pages <= UINT64_MAX / PAGE_BYTES)
		return report_size(buf, pages * PAGE_BYTES);
	snprintf(buf, SIZE_WORDS, "%" PRIu64 " pages", pages);
	return buf;
}

const char *
report_digest(char buf[DIGEST_WORDS], const uint8_t sha256[SHA256_BYTES])
{
	hex_put(sha256, (DIGEST_WORDS - 1) / 2, buf);
	return buf;
}

const char *
report_plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}
