#include <string.h>

#include "abi/edits.h"
#include "abi/pte.h"

enum { VCPU_TIME_BYTES = 32 };		/* of struct vcpu_time_info */

bool
edits_slot(const struct abi *a, unsigned level, uint64_t va)
{
	uint64_t rest = (UINT64_C(1) << abi_shift(a, level)) - 1;

	return (va & ~rest) >= a->hole_start && (va | rest) <= a->hole_last;
}

uint64_t
edits_unmark(const struct abi *a, unsigned level, uint64_t entry)
{
	uint64_t marks = a->kernel_marks;

	if (level == 1 && marks != 0 && (entry & PTE_PRESENT) != 0 &&
	    (entry & marks) == marks)
		return entry & ~marks;
	return entry;
}

/* ---- vcpu context ---- */

static void
copy_bits(struct abi_field d, uint64_t bits, const void *from, void *to)
{
	abi_put(d, to, (abi_get(d, to) & ~bits) | (abi_get(d, from) & bits));
}

/*
 * Xen raises the RPL in selectors of handlers to that of the guest's kernel, in
 * null selectors too, which then read as 1 or 3 instead of 0.
 */
static void
copy_null_selector(const struct abi *a, struct abi_field d, const void *from,
    void *to)
{
	uint64_t rpl = a->context.code[0] & 3;
	uint64_t is = abi_get(d, to), other = abi_get(d, from);

	if ((is == 0 || is == rpl) && (other == 0 || other == rpl))
		abi_put(d, to, other);
}

void
edits_copy_context(const struct abi *a, const void *from, void *to)
{
	static const struct {
		enum context_field field;
		uint64_t bits;
	} changes[] = {
		{ CTX_FLAGS, FLAG_FPU_VALID },
		{ CTX_RFLAGS, 0x2 },	/* bit 1 always reads as 1 */
		{ CTX_CR0, UINT64_MAX },
		{ CTX_CR4, UINT64_MAX },
	};
	const struct abi_context *c = &a->context;

	/* That of an HVM container; its other fields are as they were set. */
	copy_bits(c->field[CTX_TSC], UINT64_MAX, from, to);
	if (!c->edited)
		return;
	/* The FPU area is all that comes before the flags. */
	memcpy(to, from, c->field[CTX_FLAGS].offset);
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		copy_bits(c->field[changes[i].field], changes[i].bits, from,
		    to);
	copy_null_selector(a, c->field[CTX_EVENT_CS], from, to);
	copy_null_selector(a, c->field[CTX_FAILSAFE_CS], from, to);
	for (unsigned i = 0; i < ABI_TRAPS; i++)
		copy_null_selector(a, abi_trap(a, i).cs, from, to);
}

/* ---- shared_info ---- */

static void
copy_range(unsigned offset, unsigned size, const void *from, void *to)
{
	memcpy((unsigned char *)to + offset,
	    (const unsigned char *)from + offset, size);
}

void
edits_copy_shared_info(const struct abi *a, const void *from, void *to)
{
	const struct abi_shared_info *s = &a->shared_info;

	for (size_t i = 0; i < sizeof(s->time) / sizeof(s->time[0]); i++)
		copy_range(s->time[i].offset, s->time[i].size, from, to);
	for (unsigned i = 0; s->vcpu_time && i < s->vcpus; i++)
		copy_range((i + 1u) * s->stride - VCPU_TIME_BYTES,
		    VCPU_TIME_BYTES, from, to);
}
