#include "plan/pvh.h"

struct pvh_start
plan_pvh_start(const struct plan *p, uint64_t pages)
{
	struct extent ranges[ABI_RANGES_MAX];
	struct pvh_start s = { .command_line = PVH_START_BYTES };

	s.modules = s.command_line + pvh_text_bytes(p->command_line.size);
	s.lines = s.modules + p->n_modules * PVH_MODULE_BYTES;
	s.ranges = s.lines;
	for (size_t i = 0; i < p->n_modules; i++)
		if (p->modules[i].command_line.data != NULL)
			s.ranges += pvh_text_bytes(
			    p->modules[i].command_line.size);
	s.size = s.ranges + abi_gfns(p->image.abi, pages, ranges) *
	    PVH_RANGE_BYTES;
	return s;
}

int
plan_fill_gfns(struct plan *p, uint64_t pages, struct fail *f)
{
	struct extent v[ABI_RANGES_MAX];
	const struct extents l = { .v = v,
	    .n = abi_gfns(p->image.abi, pages, v) };

	p->layout.gfns = (struct extents)EXTENTS_INIT;
	return l.n == 0 ? 0 : extents_keep(&p->arena, &l, &p->layout.gfns, f);
}
