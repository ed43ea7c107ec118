#include <string.h>

#include "diff/impl.h"
#include "plan/derived.h"

/* What page tables, start_info and registers must be by layout and image; a
 * frame is its pfn. */
struct derived {
	struct plan_pagetables pagetables;
	struct plan_startinfo startinfo;
	struct plan_vcpu vcpu;
};

static uint64_t
stack_top(const struct plan *p, uint64_t start_info)
{
	const struct layout_segment *s = plan_segment(p, SEG_STACK);

	if (p->image.abi->context.sp_is_start_info)
		return start_info;
	return abi_wrap(p->image.abi, (s == NULL ? 0 : s->va.value) +
	    PAGE_BYTES);
}

static struct derived
derive(const struct plan *from)
{
	struct extent all = { 0, 0, UINT64_MAX };
	struct plan p = *from;
	struct derived d;
	uint64_t va;

	p.memory.p2m = (struct extents){ &all, 1, 1 };
	d.pagetables = plan_derive_pagetables(&p);
	d.startinfo = plan_derive_startinfo(&p);
	va = d.startinfo.va;
	d.vcpu = (struct plan_vcpu){ .ip = p.image.entry,
	    .sp = stack_top(&p, va), .kernel_sp = stack_top(&p, va), .si = va,
	    .bx = { true, va },
	    .cr3 = abi_cr3(p.image.abi, d.pagetables.root_mfn) };
	return d;
}

/* What is not derived is 0 here, and of two values that differ one is not. */
static bool
is_derived(const struct diff_change *c, const void *a, const void *b)
{
	const size_t at = c->field->offset;

	return c->from != NULL && c->to != NULL &&
	    schema_number(c->field, c->from) ==
	    schema_number(c->field, (const char *)a + at) &&
	    schema_number(c->field, c->to) ==
	    schema_number(c->field, (const char *)b + at);
}

void
diff_mark_derived(struct diff *d, size_t first, const struct plan *pa,
    const struct plan *pb)
{
	const struct derived a = derive(pa), b = derive(pb);
	const struct {
		const char *section;
		const void *a, *b;
	} parts[] = {
		{ "pagetables", &a.pagetables, &b.pagetables },
		{ "startinfo", &a.startinfo, &b.startinfo },
		{ "vcpus", &a.vcpu, &b.vcpu },
	};

	for (size_t i = first; i < d->n_items; i++)
		for (size_t k = 0; k < sizeof(parts) / sizeof(parts[0]); k++) {
			struct diff_item *item = &d->items[i];

			if (!diff_under(item, parts[k].section))
				continue;
			for (size_t j = 0; j < item->n; j++)
				item->changes[j].follows |=
				    is_derived(&item->changes[j], parts[k].a,
				    parts[k].b);
		}
}
