#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../unit/held.h"
#include "build/load.h"
#include "build/pv/pgtable.h"
#include "build/pvh/identity.h"
#include "build/pvh/startinfo.h"
#include "build/startinfo.h"
#include "build/vcpu.h"
#include "built.h"
#include "fuzz.h"
#include "target/window.h"

enum { SIZES = 17 };

/* ---- payloads: a file of each power of two ---- */

static struct file {
	struct plan_source source;
	char path[64];
} files[SIZES];

static void
make_file(struct file *file, size_t size)
{
	static unsigned char bytes[1 << (SIZES - 1)];
	struct fail f = { .kind = FAIL_NONE };
	int fd = memfd_create("payload", MFD_CLOEXEC);

	for (size_t i = 0; i < size; i++)
		bytes[i] = (unsigned char)(i / 251 + i * 7 + 1);
	fuzz_promise(fd >= 0 && write(fd, bytes, size) == (ssize_t)size &&
	    file_sha256(fd, "payload", size, file->source.sha256, &f) == 0 &&
	    file_settle(fd, "payload", &file->source.id, &f) == 0,
	    "a payload can be made");
	snprintf(file->path, sizeof(file->path), "/proc/self/fd/%d", fd);
	file->source.path = (struct bytes){ file->path, strlen(file->path) };
}

/* The file that is as large as the payload, or the next one up or down. */
static void
replace(struct payload *p, bool up)
{
	unsigned i = 0;

	while (i + 1 < SIZES && UINT64_C(2) << i <= p->size)
		i++;
	if (up && i + 1 < SIZES && UINT64_C(1) << i < p->size)
		i++;
	p->size = UINT64_C(1) << i;
	memcpy(p->sha256, files[i].source.sha256, SHA256_BYTES);
}

/* The parts follow each other, at offsets that are multiples of four. */
static void
replace_parts(struct plan_module *m)
{
	m->size = 0;
	for (size_t i = 0; i < m->n_parts; i++) {
		replace(&m->parts[i].payload, false);
		m->parts[i].offset = (m->size + 3) / 4 * 4;
		m->size = m->parts[i].offset + m->parts[i].payload.size;
	}
}

bool
built_payloads(struct plan *p)
{
	struct fail f = { .kind = FAIL_NONE };
	struct plan_source *s = arena_array(&p->arena, SIZES, sizeof(*s), &f);

	for (size_t i = 0; i < SIZES; i++)
		if (files[i].source.path.data == NULL)
			make_file(&files[i], (size_t)1 << i);
	for (size_t i = 0; i < p->image.n_payloads; i++)
		replace(&p->image.payloads[i], true);
	for (size_t i = 0; i < p->n_modules; i++)
		replace_parts(&p->modules[i]);
	for (size_t i = 0; s != NULL && i < SIZES; i++)
		s[i] = files[i].source;
	p->sources = s;
	p->n_sources = SIZES;
	plan_add(p, PLAN_SOURCES);
	return s != NULL && plan_check(p, &f) == 0;
}

/* ---- building ---- */

static int
load(struct plan *p, struct target *t, struct fail *f)
{
	struct owner owner = { .name = "file:held", .chosen = true };
	struct payloads open = PAYLOADS_INIT;
	int rc = payloads_open(&open, p, f);

	if (rc == 0)
		rc = loader_load(t, p, &owner, &open, f);
	payloads_release(&open);
	return rc;
}

struct target *
built_target(const struct abi *a, uint64_t pages, struct fail *f)
{
	return held_new(a->guest, pages, a->shared_info.more_vcpus ? 2 : 1, 1,
	    f);
}

int
built_domain(struct plan *p, struct target *t, struct fail *f)
{
	static const struct {
		target_step *tables, *start;
	} steps[GUEST_TYPES] = {
		[GUEST_PV] = { pgtable_build, startinfo_build },
		[GUEST_PVH] = { pvh_identity_build, pvh_startinfo_build },
	};
	const enum guest_type type = p->image.abi->guest;
	struct startinfo_options rings = { .no_xenstore = false };
	struct vcpu_options options = { .leave_paused = true };
	struct target_info info;

	return load(p, t, f) < 0 || t->ops->info(t, &info, f) < 0 ||
	    steps[type].tables(t, &info, p, NULL, f) < 0 ||
	    steps[type].start(t, &info, p, &rings, f) < 0 ||
	    vcpu_launch(t, &info, p, &options, f) < 0 ? -1 : 0;
}

/* ---- a plan ---- */

/* Where kernels of that ABI lie, a PVH guest's by its physical address. */
static uint64_t
base_of(const struct abi *abi)
{
	if (abi->guest == GUEST_PVH)
		return 0x100000;
	return abi->bits == 64 ? UINT64_C(0xffffffff80000000) :
	    UINT64_C(0xc0000000);
}

/* A kernel of two pages at the start of the region. */
int
built_image(struct plan *p, const struct abi *abi, struct fail *f)
{
	const uint64_t base = base_of(abi);

	struct image_segment *segment;
	struct payload *kernel;

	plan_init(p);
	segment = arena_array(&p->arena, 1, sizeof(*segment), f);
	kernel = arena_array(&p->arena, 1, sizeof(*kernel), f);
	if (segment == NULL || kernel == NULL)
		return -1;
	*kernel = (struct payload){ .role = "kernel", .size = 8192 };
	*segment = (struct image_segment){ .va = base, .role = "kernel",
	    .memsz = 8192, .filesz = 8192 };
	p->image = (struct plan_image){ .abi = abi, .format = "elf",
	    .container = "none", .codec = "none", .pae = "no",
	    .notes_from = "program headers", .virt_base = base,
	    .kstart = base, .kend = base + 8192, .entry = base,
	    .payloads = kernel, .n_payloads = 1,
	    .segments = segment, .n_segments = 1 };
	p->command_line = (struct bytes){ "", 0 };
	plan_add(p, PLAN_IMAGE);
	plan_add(p, PLAN_COMMAND_LINE);
	return built_payloads(p) ? 0 : fail_bug(f, "a plan of no sense");
}
