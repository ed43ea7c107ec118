/* Registers in a file target: every rule, broken once. */
#include "unit.h"

#include "targetkit.h"

/* Sets of ABIs: a bit for each, in the order of abi_rows. */
enum { P1 = 1, P2 = 2, P3 = 4, P4 = 8, P5 = 16, ALL = 31, FOUR = P3 | P5 };

#define BAD_ADDRESS UINT64_C(0x0000800000000000)

static const struct {
	unsigned abis;
	enum context_field field;
	uint64_t value;
	const char *want;		/* NULL: accepted */
} contexts[] = {
	{ ALL, CTX_SI, 0x12345678, NULL },
	{ ALL, CTX_FS, 0, NULL },
	{ FOUR, CTX_DS, 0xe02b, NULL },
	{ ALL, CTX_RFLAGS, 0x202, NULL },
	{ P4 | P5, CTX_VM_ASSIST, 0x3f, NULL },
	{ FOUR, CTX_IP, BAD_ADDRESS, "ip is 0x800000000000: it must be a "
	    "canonical address" },
	{ FOUR, CTX_SP, BAD_ADDRESS, "sp is" },
	{ FOUR, CTX_KERNEL_SP, BAD_ADDRESS, "kernel_sp is" },
	{ FOUR, CTX_EVENT_IP, BAD_ADDRESS, "event callback is" },
	{ FOUR, CTX_FAILSAFE_IP, BAD_ADDRESS, "failsafe callback is" },
	{ FOUR, CTX_SYSCALL_IP, BAD_ADDRESS, "syscall callback is" },
	{ FOUR, CTX_FS_BASE, BAD_ADDRESS, "fs_base is" },
	{ FOUR, CTX_GS_BASE_KERNEL, BAD_ADDRESS, "gs_base_kernel is" },
	{ FOUR, CTX_GS_BASE_USER, BAD_ADDRESS, "gs_base_user is" },
	{ ALL, CTX_CS, 0x10, "code segments" },
	{ ALL, CTX_CS, 0, "code segments" },
	{ ALL, CTX_SS, 0, "data segments" },
	{ ALL, CTX_KERNEL_SS, 0x18, "kernel_ss is 0x18" },
	{ P1 | P2 | P4, CTX_DS, 0, "ds is 0x0" },
	{ ALL, CTX_ES, 0x2b, "es is 0x2b" },
	{ ALL, CTX_GS, 0x2b, "gs is 0x2b" },
	{ P1 | P2 | P4, CTX_EVENT_CS, 0x8, "event callback cs" },
	{ P1 | P2 | P4, CTX_FAILSAFE_CS, 0x8, "failsafe callback cs" },
	{ ALL, CTX_CR3, 0, "must be the top table" },
	{ P1 | P2 | P3 | P5, CTX_CR3, 0x1001, "machine address of a page" },
	{ P4 | P5, CTX_CR1, 0x7000, "must be the top table" },
	{ P4 | P5, CTX_FLAGS, 0x20, "needs the user's page tables" },
	{ ALL, CTX_FLAGS, 0x400, "flags is 0x400" },
	{ P2 | P3 | P4 | P5, CTX_VM_ASSIST, 0x40, "vm_assist is 0x40" },
	{ ALL, CTX_RFLAGS, 0x3200, "rflags is 0x3200: a guest does not" },
	{ ALL, CTX_RFLAGS, 0x20200, "rflags is" },
	{ ALL, CTX_RFLAGS, 0x2, "starts with IF set" },
	{ FOUR, CTX_DR6, UINT64_C(1) << 32, "dr6 is" },
	{ FOUR, CTX_DR7, UINT64_C(1) << 32, "dr7 is" },
	{ ALL, CTX_DR7, 0x2400, "bits 11 to 15" },
	{ ALL, CTX_LDT_ENTS, 8193, "at most 8192" },
	{ ALL, CTX_LDT_BASE, 0x1008, "page aligned" },
	{ ALL, CTX_GDT_ENTS, 8193, "at most 8192" },
	{ ALL, CTX_GDT_ENTS, 1, "hypervisor's GDT" },
};

static void
test_contexts(void **state)
{
	(void)state;
	for (unsigned a = 0; a < ABI_PV_COUNT; a++)
		for (size_t i = 0; i < COUNT(contexts); i++) {
			unsigned char context[ABI_CONTEXT_MAX];
			unsigned char got[ABI_CONTEXT_MAX];
			bool present;
			struct kit k;
			int rc;

			if (!(contexts[i].abis & 1u << a))
				continue;
			kit_begin_tables(&k, &abi_rows[a]);
			kit_pin(&k);
			kit_context(&k, context);
			abi_put(k.abi->context.field[contexts[i].field],
			    context, contexts[i].value);
			rc = k.t->ops->set_context(k.t, 0, context, &k.f);
			if (contexts[i].want == NULL)
				kit_ok(rc, &k.f);
			else
				kit_refused(rc, &k.f, FAIL_TARGET,
				    contexts[i].want);
			k.f.kind = FAIL_NONE;
			kit_reopen(&k, TARGET_WRITE);
			kit_ok(k.t->ops->get_context(k.t, 0, got, &present,
			    &k.f), &k.f);
			assert_int_equal(present, contexts[i].want == NULL);
			if (present)
				assert_memory_equal(got, context,
				    k.abi->context.size);
			kit_destroy(&k);
		}
}

static void
test_ldt_in_hole(void **state)
{
	unsigned char context[ABI_CONTEXT_MAX];

	(void)state;
	for (unsigned a = 0; a < ABI_PV_COUNT; a++) {
		struct kit k;

		kit_hold_tables(&k, &abi_rows[a]);
		kit_pin(&k);
		kit_context(&k, context);
		abi_put(k.abi->context.field[CTX_LDT_BASE], context,
		    k.abi->hole_start);
		kit_refused(k.t->ops->set_context(k.t, 0, context, &k.f),
		    &k.f, FAIL_TARGET, "outside the hypervisor's addresses");
		kit_release(&k);
	}
}

static void
test_traps(void **state)
{
	const struct abi *abi = &abi_rows[4];
	unsigned char context[ABI_CONTEXT_MAX], *trap;
	struct kit k;

	(void)state;
	kit_hold_tables(&k, abi);
	kit_pin(&k);
	kit_context(&k, context);
	trap = context + abi->context.trap.offset +
	    14 * abi->context.trap.stride;
	abi_put(abi->context.trap.address, trap, BAD_ADDRESS);
	kit_refused(k.t->ops->set_context(k.t, 0, context, &k.f), &k.f,
	    FAIL_TARGET, "trap 14 is 0x800000000000");
	k.f.kind = FAIL_NONE;
	abi_put(abi->context.trap.address, trap, k.base);
	kit_refused(k.t->ops->set_context(k.t, 0, context, &k.f), &k.f,
	    FAIL_TARGET, "trap 14 cs is 0x0");
	k.f.kind = FAIL_NONE;
	le_put(trap + 2, 2, 0xe033);
	kit_ok(k.t->ops->set_context(k.t, 0, context, &k.f), &k.f);
	kit_release(&k);
}

/* A root that a context holds stays a table when it is unpinned. */
static void
test_life(void **state)
{
	(void)state;
	for (unsigned a = 0; a < ABI_PV_COUNT; a++) {
		unsigned char context[ABI_CONTEXT_MAX], fresh[ABI_CONTEXT_MAX];
		bool present, pinned;
		unsigned level;
		struct kit k;

		kit_begin_tables(&k, &abi_rows[a]);
		kit_ok(k.t->ops->get_context(k.t, 0, fresh, &present, &k.f),
		    &k.f);
		assert_false(present);
		assert_int_equal(abi_get(k.abi->context.field[CTX_FLAGS],
		    fresh), k.abi->context.fresh_flags);
		kit_context(&k, context);
		kit_refused(k.t->ops->set_context(k.t, 0, context, &k.f),
		    &k.f, FAIL_TARGET, "that are pinned");
		k.f.kind = FAIL_NONE;
		kit_pin(&k);
		kit_refused(k.t->ops->unpause(k.t, &k.f), &k.f, FAIL_TARGET,
		    "nothing is built");
		k.f.kind = FAIL_NONE;
		kit_refused(k.t->ops->set_context(k.t, 2, context, &k.f),
		    &k.f, FAIL_TARGET, "has no vcpu 2: it has 2");
		k.f.kind = FAIL_NONE;
		kit_ok(k.t->ops->set_context(k.t, 0, context, &k.f), &k.f);
		kit_ok(k.t->ops->set_context(k.t, 0, context, &k.f), &k.f);
		abi_put(k.abi->context.field[CTX_SI], fresh, 0);
		kit_refused(k.t->ops->set_context(k.t, 0, fresh, &k.f), &k.f,
		    FAIL_TARGET, "already constructed, with other registers");
		k.f.kind = FAIL_NONE;
		kit_ok(k.t->ops->unpin(k.t, kit_root(&k), &k.f), &k.f);
		kit_ok(k.t->ops->frame_type(k.t, kit_root(&k), &level,
		    &pinned, &k.f), &k.f);
		assert_int_equal(level, k.abi->levels);
		assert_false(pinned);
		kit_refused(k.t->ops->set_context(k.t, 1, context, &k.f),
		    &k.f, FAIL_TARGET, "that are pinned");
		k.f.kind = FAIL_NONE;
		kit_ok(k.t->ops->pin(k.t, kit_root(&k), &k.f), &k.f);
		kit_refused(k.t->ops->pause(k.t, &k.f), &k.f, FAIL_TARGET,
		    "paused already");
		k.f.kind = FAIL_NONE;
		kit_ok(k.t->ops->unpause(k.t, &k.f), &k.f);
		kit_refused(k.t->ops->unpause(k.t, &k.f), &k.f, FAIL_TARGET,
		    "is not paused");
		k.f.kind = FAIL_NONE;
		kit_refused(k.t->ops->set_context(k.t, 0, context, &k.f),
		    &k.f, FAIL_TARGET, "and the domain has run");
		k.f.kind = FAIL_NONE;
		kit_reopen(&k, TARGET_WRITE);
		kit_ok(k.t->ops->pause(k.t, &k.f), &k.f);
		kit_destroy(&k);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_contexts),
		cmocka_unit_test(test_ldt_in_hole),
		cmocka_unit_test(test_traps),
		cmocka_unit_test(test_life),
	};

	return cmocka_run_group_tests(tests, kit_enter, kit_leave);
}
