#include <string.h>

#include "build/sharedinfo.h"

int
sharedinfo_write(struct target *t, const struct target_info *info,
    const struct abi *a, struct fail *f)
{
	const struct abi_shared_info *s = &a->shared_info;
	const struct extent frame = { .mfn = info->shared_info_mfn,
	    .count = 1 };
	unsigned char *page = t->ops->map(t, &frame, 1, true, f);

	if (page == NULL)
		return -1;
	memset(page, 0, s->size);
	for (unsigned i = 0; i < s->vcpus; i++)
		page[i * s->stride + s->mask] = 1;
	abi_put(s->n_vcpu, page, info->vcpus);
	return t->ops->unmap(t, page, f);
}
