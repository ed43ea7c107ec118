#include "pvhdomain.h"

#include "build/load.h"
#include "build/pvh/identity.h"
#include "build/pvh/startinfo.h"
#include "build/startinfo.h"
#include "build/vcpu.h"

/* A file of so many bytes, none of them 0, that stands for a payload. */
static void
make_file(struct pvh_domain *d, size_t i, struct payload *p)
{
	static unsigned char bytes[0x4000];
	struct plan_source *s = &d->source[i];
	struct fail f = { 0 };
	int fd;

	for (size_t k = 0; k < p->size; k++)
		bytes[k] = (unsigned char)(k % 251 + 1);
	snprintf(d->path[i], sizeof(d->path[i]), "%s/payload.%zu",
	    kit_folder, i);
	fd = open(d->path[i], O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, p->size), p->size);
	close(fd);
	fd = file_open(d->path[i], &s->id, &f);
	kit_ok(fd, &f);
	kit_ok(file_sha256(fd, d->path[i], p->size, s->sha256, &f), &f);
	close(fd);
	s->path = (struct bytes){ d->path[i], strlen(d->path[i]) };
	memcpy(p->sha256, s->sha256, SHA256_BYTES);
}

static void
make_plan(struct pvh_domain *d)
{
	struct plan *p = d->plan = sample_modules(&d->s);
	struct fail f = { 0 };

	d->s.modules[1].command_line = (struct bytes){ "second  text", 12 };
	p->image.mod_start_pfn = true;
	p->image.kend = PVH_KERNEL + 0x2000;
	p->image.entry = PVH_KERNEL + 0x10;
	p->image.pae = "no";
	d->s.segment.memsz = 0x2000;
	d->s.segment.filesz = 0x1800;
	d->s.kernel.size = 0x2800;
	make_file(d, 0, &d->s.kernel);
	make_file(d, 1, &d->s.part.payload);
	make_file(d, 2, &d->s.second.payload);
	p->sources = d->source;
	p->n_sources = 3;
	plan_add(p, PLAN_SOURCES);
	kit_ok(check_and_solve(p, PVH_PAGES, &f), &f);
}

static void
create(struct kit *k)
{
	struct target_request r = { .where = "dom", .pages = PVH_PAGES,
	    .max_pages = PVH_PAGES, .vcpus = PVH_VCPUS, .type = GUEST_PVH };
	char *name;

	*k = (struct kit){ .abi = PVH };
	kit_ok(target_file.create(&r, &name, NULL, &k->f), &k->f);
	free(name);
	kit_reopen(k, TARGET_WRITE);
}

static void
load(struct pvh_domain *d)
{
	struct owner owner = { .name = "file:/dom", .chosen = true };
	struct payloads open = PAYLOADS_INIT;
	struct kit *k = &d->k;

	kit_ok(payloads_open(&open, d->plan, &k->f), &k->f);
	kit_ok(loader_load(k->t, d->plan, &owner, &open, &k->f), &k->f);
	payloads_release(&open);
}

void
pvh_begin(struct pvh_domain *d)
{
	struct startinfo_options rings = { .no_xenstore = false };
	struct vcpu_options options = { .leave_paused = true };
	struct kit *k = &d->k;
	struct target_info info;

	make_plan(d);
	create(k);
	load(d);
	kit_ok(k->t->ops->info(k->t, &info, &k->f), &k->f);
	kit_ok(pvh_identity_build(k->t, &info, d->plan, NULL, &k->f), &k->f);
	kit_ok(pvh_startinfo_build(k->t, &info, d->plan, &rings, &k->f),
	    &k->f);
	kit_ok(vcpu_launch(k->t, &info, d->plan, &options, &k->f), &k->f);
	assert_int_equal(plan_segment(d->plan, SEG_START_INFO)->va.value,
	    PVH_START);
}

void
pvh_end(struct pvh_domain *d)
{
	kit_destroy(&d->k);
	arena_release(&d->plan->arena);
	for (size_t i = 0; i < 3; i++)
		unlink(d->path[i]);
}

uint64_t
pvh_poke(struct pvh_domain *d, uint64_t paddr, unsigned bytes, uint64_t value)
{
	const struct extent run = { 0, paddr / PAGE_BYTES, 1 };
	const struct target_ops *ops = d->k.t->ops;
	unsigned char *page = ops->map(d->k.t, &run, 1, true, &d->k.f);
	uint64_t was;

	kit_ok(page == NULL ? -1 : 0, &d->k.f);
	was = le_get(page + paddr % PAGE_BYTES, bytes);
	le_put(page + paddr % PAGE_BYTES, bytes, value);
	kit_ok(ops->unmap(d->k.t, page, &d->k.f), &d->k.f);
	return was;
}
