#include "layout-sample.h"

struct plan *
sample_plan(struct sample *s, const struct abi *a, uint64_t kstart,
    uint64_t kend, uint64_t base, uint64_t ramdisk)
{
	memset(s, 0, sizeof(*s));
	s->segment = (struct image_segment){ .va = kstart,
	    .memsz = kend - kstart, .role = "kernel", .offset = 0x1000,
	    .filesz = kend - kstart };
	s->kernel = (struct payload){ .role = "kernel",
	    .size = s->segment.offset + s->segment.filesz };
	s->part.payload = (struct payload){ .role = "ramdisk",
	    .size = ramdisk };
	s->module = (struct plan_module){ .size = ramdisk,
	    .parts = &s->part, .n_parts = 1 };
	s->plan.image = (struct plan_image){ .abi = a, .virt_base = base,
	    .kstart = kstart, .kend = kend, .entry = kstart,
	    .payloads = &s->kernel, .n_payloads = 1,
	    .segments = &s->segment, .n_segments = 1 };
	s->plan.modules = &s->module;
	s->plan.n_modules = ramdisk > 0;
	s->plan.has = PLAN_BIT(PLAN_IMAGE) | (ramdisk > 0 ?
	    PLAN_BIT(PLAN_MODULES) : 0);
	return &s->plan;
}

struct plan *
sample_modules(struct sample *s)
{
	struct plan *p = sample_plan(s, PVH, 0x100000, 0x200000, 0, 0x2fff);

	s->second.payload = (struct payload){ .role = "module.1",
	    .size = 0x1001 };
	s->modules[0] = s->module;
	s->modules[1] = (struct plan_module){ .size = 0x1001,
	    .parts = &s->second, .n_parts = 1 };
	p->modules = s->modules;
	p->n_modules = 2;
	p->command_line = (struct bytes){ "console=hvc0 root=/dev/x", 23 };
	plan_add(p, PLAN_COMMAND_LINE);
	return p;
}

int
check_and_solve(struct plan *p, uint64_t pages, struct fail *f)
{
	if (plan_check(p, f) < 0 || layout_solve(p, pages, f) < 0)
		return -1;
	return plan_check(p, f);
}

void
want(const char *name, const char *what, uint64_t got, uint64_t expected)
{
	if (got != expected)
		fail_msg("%s: %s is 0x%" PRIx64 ", not 0x%" PRIx64, name, what,
		    got, expected);
}

void
want_text(const char *name, const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("%s: '%s' does not have '%s'", name, text, part);
}
