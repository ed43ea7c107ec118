#include <string.h>

#include "abi/abi.h"
#include "base/le.h"

static const char *const guest_names[GUEST_TYPES] = {
	[GUEST_PV] = "pv", [GUEST_PVH] = "pvh"
};

const char *
guest_name(enum guest_type type)
{
	return guest_names[type];
}

const char *
guest_frames(enum guest_type type)
{
	static const char *const frames[GUEST_TYPES] = {
		[GUEST_PV] = "machine frames", [GUEST_PVH] = "guest frames"
	};

	return frames[type];
}

bool
guest_named(const char *name, enum guest_type *type)
{
	for (int i = 0; i < GUEST_TYPES; i++)
		if (strcmp(guest_names[i], name) == 0) {
			*type = (enum guest_type)i;
			return true;
		}
	return false;
}

const char *
segment_name(enum segment_kind kind)
{
	static const char *const names[SEG_KINDS] = {
		[SEG_KERNEL]		= "kernel",
		[SEG_RAMDISK]		= "ramdisk",
		[SEG_P2M]		= "p2m",
		[SEG_START_INFO]	= "start_info",
		[SEG_XENSTORE]		= "xenstore",
		[SEG_CONSOLE]		= "console",
		[SEG_PAGE_TABLES]	= "page_tables",
		[SEG_STACK]		= "stack",
		[SEG_P2M_TABLES]	= "p2m_tables",
		[SEG_ACPI]		= "acpi",
		[SEG_IDENTITY]		= "identity",
	};

	return names[kind];
}

const struct abi *
abi_first(enum guest_type type)
{
	const struct abi *a = abi_rows;

	while (a->guest != type)
		a++;
	return a;
}

const struct abi_range *
abi_range_of(const struct abi *a, uint64_t gfn)
{
	const struct abi_range *r = a->ranges;

	while (r->pages > 0 && (gfn < r->gfn || gfn - r->gfn >= r->pages))
		r++;
	return r;
}

const struct abi_special *
abi_special_of(const struct abi *a, enum segment_kind kind)
{
	const struct abi_special *s = a->specials;

	while (s->gfn != 0 && s->kind != kind)
		s++;
	return s->gfn != 0 ? s : NULL;
}

size_t
abi_gfns(const struct abi *a, uint64_t pages, struct extent v[ABI_RANGES_MAX])
{
	size_t n = 0;

	for (const struct abi_range *r = a->ranges; r->pages > 0; r++) {
		uint64_t count = r->ram && pages < r->pages ? pages : r->pages;

		if (r->ram)
			pages -= count;
		if (count > 0)
			v[n++] = (struct extent){ r->gfn, r->gfn, count };
	}
	return n;
}

uint64_t
abi_pages_beside(const struct abi *a)
{
	uint64_t sum = 0;

	for (const struct abi_range *r = a->ranges; r->pages > 0; r++)
		sum += r->ram ? 0 : r->pages;
	return sum;
}

uint64_t
abi_pfn_end(const struct abi *a, uint64_t pages)
{
	struct extent v[ABI_RANGES_MAX];
	size_t n = abi_gfns(a, pages, v);

	return n == 0 ? pages : v[n - 1].pfn + v[n - 1].count;
}

const struct abi *
abi_named(const char *name)
{
	for (size_t i = 0; i < ABI_COUNT; i++)
		if (strcmp(abi_rows[i].name, name) == 0)
			return &abi_rows[i];
	return NULL;
}

const char *
abi_names(void)
{
	return "xen-1.3-x86_32, xen-3.0pre-x86_32, xen-3.0pre-x86_64, "
	    "xen-3.0-x86_32p, xen-3.0-x86_64, hvm-3.0-pvh";
}

bool
abi_canonical(const struct abi *a, uint64_t va)
{
	return abi_extend(a, abi_linear(a, va)) == va;
}

uint64_t
abi_frame_end(const struct abi *a)
{
	/* Machine addresses of the processor have 52 bits at most. */
	unsigned bits = a->frame_bits != 0 ? a->frame_bits : 52;
	uint64_t end = UINT64_C(1) << (bits - PAGE_BITS);

	return end < a->p2m_hole ? end : a->p2m_hole;
}

bool
abi_context_canonical(const struct abi *a, const void *context,
    const char **name, uint64_t *value)
{
	static const struct {
		enum context_field field;
		const char *name;
	} all[] = {
		{ CTX_IP, "ip" }, { CTX_SP, "sp" },
		{ CTX_KERNEL_SP, "kernel_sp" },
		{ CTX_EVENT_IP, "event callback" },
		{ CTX_FAILSAFE_IP, "failsafe callback" },
		{ CTX_SYSCALL_IP, "syscall callback" },
		{ CTX_FS_BASE, "fs_base" },
		{ CTX_GS_BASE_KERNEL, "gs_base_kernel" },
		{ CTX_GS_BASE_USER, "gs_base_user" },
		{ CTX_LDT_BASE, "ldt_base" },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		*name = all[i].name;
		*value = abi_get(a->context.field[all[i].field], context);
		if (!abi_canonical(a, *value))
			return false;
	}
	return true;
}

bool
abi_in_hole(const struct abi *a, uint64_t start, uint64_t last)
{
	return start <= a->hole_last && last >= a->hole_start;
}

uint64_t
abi_cr3(const struct abi *a, uint64_t mfn)
{
	if (!a->cr3_folded)
		return mfn << PAGE_BITS;
	return (uint32_t)(mfn << 12 | mfn >> 20);
}

uint64_t
abi_cr3_mfn(const struct abi *a, uint64_t cr3)
{
	if (!a->cr3_folded)
		return cr3 >> PAGE_BITS;
	return (uint32_t)(cr3 >> 12 | cr3 << 20);
}

struct abi_trap
abi_trap(const struct abi *a, unsigned i)
{
	uint16_t at = (uint16_t)(a->context.trap.offset +
	    i * a->context.trap.stride);
	struct abi_field address = a->context.trap.address;

	return (struct abi_trap){
		.vector = { at, 1 }, .flags = { (uint16_t)(at + 1), 1 },
		.cs = { (uint16_t)(at + 2), 2 },
		.address = { (uint16_t)(at + address.offset), address.size },
	};
}

uint64_t
abi_get(struct abi_field d, const void *structure)
{
	const unsigned char *p = structure;

	return le_get(p + d.offset, d.size);
}

void
abi_put(struct abi_field d, void *structure, uint64_t value)
{
	unsigned char *p = structure;

	le_put(p + d.offset, d.size, value);
}

uint64_t
abi_entry(const struct abi *a, const void *table, unsigned i)
{
	const unsigned char *p = table;

	return le_get(p + (size_t)i * a->pte_bytes, a->pte_bytes);
}
