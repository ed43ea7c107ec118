#include <inttypes.h>

#include "base/le.h"
#include "plan/pvh.h"
#include "target/file/file.h"

int
paper_refuse_register(const struct paper_target *t, uint32_t vcpu,
    const char *name, uint64_t value, const char *rule, struct fail *f)
{
	return fail(f, FAIL_TARGET, "cannot set vcpu %u of '%s': %s is 0x%"
	    PRIx64 ": %s", vcpu, t->name, name, value, rule);
}

/* *magic is the word at that address. */
static int
read_magic(struct paper_target *t, uint64_t paddr, uint64_t *magic,
    struct fail *f)
{
	const uint64_t gfn = paddr / PAGE_BYTES;
	const struct extent run = { gfn, gfn,
	    (paddr + 3) / PAGE_BYTES - gfn + 1 };
	unsigned char *map = paper_map(&t->base, &run, 1, false, f);

	if (map == NULL)
		return -1;
	*magic = le_get(map + paddr % PAGE_BYTES, 4);
	return paper_unmap(&t->base, map, f);
}

int
paper_check_hvm_context(struct paper_target *t, uint32_t vcpu,
    const void *context, struct fail *f)
{
	const uint64_t bx = abi_get(t->state.abi->context.field[CTX_BX],
	    context);
	struct paper_wrong wrong;
	uint64_t magic;

	if (paper_hvm_context_wrong(&t->state, context, &wrong))
		return paper_refuse_register(t, vcpu, wrong.name, wrong.value,
		    wrong.rule, f);
	if (read_magic(t, bx, &magic, f) < 0)
		return -1;
	return magic == PVH_START_MAGIC ? 0 : paper_refuse_register(t, vcpu,
	    "rbx", bx, "it must be the address of hvm_start_info, and what is "
	    "there does not begin with 0x336ec578", f);
}
