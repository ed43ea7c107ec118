/*
 * ramdisk: the files after -r, joined in order as one module, and those after
 * --module, each of which is one of its own and taken as it is.
 *
 * They are hashed and not copied, unless they are to be unpacked: those of all
 * formats after -z, and gzip for the ABIs whose builders unpacked it.  An
 * initramfs may be several archives, each compressed or not: all of them are
 * kept, or for those ABIs all that are compressed with gzip.
 */
#include <stdio.h>
#include <string.h>

#include "image/broker.h"

enum { PART_ALIGN = 4, PARTS_MAX = 4096 /* of a plan */ };

enum { LOOK_UNPACKED, LOOK_NEED };	/* what the process that looks sends */

/* A look at the first bytes of a ramdisk, in a process of its own. */
struct look {
	struct broker *broker;
	struct child_job job;
	const struct image_file *file;
	struct image_need need;
	uint64_t unpacked;		/* about the bytes that it unpacks to,
					 * archive_look(); 0: it is a kernel */
};

/* -r takes any bytes, but a kernel is nobody's ramdisk: returns 1. */
static int
warn_of_kernel(struct image_work *w, struct fail *f)
{
	const struct image_format *const kernels[] = {
		&format_bzimage, &format_uki, &format_elf
	};

	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
		int is = kernels[i]->probe(w, f);

		if (is > 0)
			fail_warn(f, "ramdisk '%s' is a kernel (%s): -r takes "
			    "an initramfs", w->file.what, kernels[i]->name);
		if (is != 0)
			return is;
	}
	return 0;
}

static int
look_for_stream(void *arg, struct fail *f)
{
	struct look *l = arg;
	struct image_work w = { .file = *l->file };
	uint64_t unpacked;
	int kernel = warn_of_kernel(&w, f);

	if (kernel < 0 || archive_look(&w.file, &w.need, &unpacked, f) < 0)
		return -1;
	if (kernel > 0)
		unpacked = 0;
	child_send(LOOK_UNPACKED, &unpacked, sizeof(unpacked));
	if (w.need.codec != NULL)
		broker_send_need(LOOK_NEED, &w.need);
	return 0;
}

static int
take_need(void *arg, unsigned kind, const void *bytes, size_t n,
    struct fail *f)
{
	struct look *l = arg;

	if (kind == LOOK_UNPACKED && n == sizeof(l->unpacked)) {
		memcpy(&l->unpacked, bytes, n);
		return 0;
	}
	return broker_take_need(&l->job, l->file, bytes, n, &l->need, f);
}

/* Sets what the file is to be unpacked with; codec NULL: it stays as it is. */
static int
choose_codec(struct look *l, struct image_need *need, struct fail *f)
{
	struct broker *b = l->broker;
	bool all_codecs = b->request->unpack_ramdisk;

	if (broker_job(b, l->file, "looks at", &l->job, f) < 0 ||
	    broker_ask(b, l->file, "ramdisk", &l->job, f) < 0)
		return -1;
	*need = l->need;
	need->all = true;
	if (need->codec != NULL && !all_codecs &&
	    (!b->plan->image.abi->image.unpack_ramdisk || need->offset > 0 ||
	    strcmp(need->codec->name, "gzip") != 0))
		need->codec = NULL;
	if (need->codec == NULL && all_codecs)
		fail_note(f, "ramdisk '%s' is not compressed and taken as it "
		    "is", l->file->what);
	return 0;
}

static int
look_at(struct broker *b, const struct image_file *file,
    struct image_need *need, struct maybe *unpacked, struct fail *f)
{
	/* A need is the largest frame. */
	struct look l = { .broker = b, .file = file, .job = {
		.work = look_for_stream, .take = take_need, .arg = &l,
		.frame_max = 2 * sizeof(*need) } };

	need->codec = NULL;
	if (choose_codec(&l, need, f) < 0)
		return -1;
	if (need->codec == NULL && l.unpacked > file->size)
		*unpacked = (struct maybe){ true, l.unpacked };
	return 0;
}

/* number 0: the role is kind alone. */
static int
fill_part(struct broker *b, struct image_file *file, const char *kind,
    size_t number, struct module_part *part, struct fail *f)
{
	char role[32];
	int n = number == 0 ? snprintf(role, sizeof(role), "%s", kind) :
	    snprintf(role, sizeof(role), "%s.%zu", kind, number);

	if (broker_digest(b, file, f) < 0)
		return -1;
	part->payload.role = arena_bytes(&b->plan->arena, role, (size_t)n, f);
	part->payload.size = file->size;
	memcpy(part->payload.sha256, file->sha256, SHA256_BYTES);
	if (part->payload.role == NULL)
		return -1;
	return broker_add_source(b, file, f);
}

/* Opens the ramdisk of that number, or the one that came with the kernel. */
static int
open_part(struct broker *b, struct image_file *file, size_t i, struct fail *f)
{
	if (b->request->n_ramdisks > 0)
		return imagefile_open(file, b->request->ramdisks[i],
		    b->request->input_max, &b->scratch, f);
	*file = b->ramdisk;
	b->ramdisk.fd = -1;
	return 0;
}

static int
read_part(struct broker *b, struct image_file *file, size_t i,
    struct module_part *part, struct fail *f)
{
	struct image_need need;

	if (open_part(b, file, i, f) < 0)
		return -1;
	if (file->size == 0)
		return fail(f, FAIL_INPUT, "ramdisk '%s' is empty; leave -r "
		    "out for none", file->what);
	if (look_at(b, file, &need, &part->unpacked, f) < 0 ||
	    (need.codec != NULL && broker_unpack(b, file, &need, f) < 0))
		return -1;
	return fill_part(b, file, "ramdisk", i, part, f);
}

static int
place_part(const char *what, struct plan_module *m, struct module_part *part,
    struct fail *f)
{
	uint64_t offset;
	bool wraps = __builtin_add_overflow(m->size, PART_ALIGN - 1, &offset);

	part->offset = offset & ~(uint64_t)(PART_ALIGN - 1);
	if (wraps || __builtin_add_overflow(part->offset, part->payload.size,
	    &m->size))
		return fail(f, FAIL_INPUT, "ramdisk '%s' is too large to be "
		    "joined to the others", what);
	return 0;
}

static int
add_ramdisks(struct broker *b, size_t n, struct plan_module *m, struct fail *f)
{
	if (n > PARTS_MAX)
		return fail(f, FAIL_INPUT, "%zu ramdisks given, the limit is "
		    "%d", n, PARTS_MAX);
	m->parts = arena_array(&b->plan->arena, n, sizeof(*m->parts), f);
	if (m->parts == NULL)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct image_file file = IMAGE_FILE_INIT;
		int rc = read_part(b, &file, i, &m->parts[i], f);

		imagefile_close(&file);
		if (rc < 0 || place_part(file.what, m, &m->parts[i], f) < 0)
			return -1;
	}
	m->n_parts = n;
	return 0;
}

/* ---- modules ---- */

static int
read_module(struct broker *b, struct image_file *file, const char *path,
    size_t i, struct plan_module *m, struct fail *f)
{
	if (imagefile_open(file, path, b->request->input_max, &b->scratch,
	    f) < 0)
		return -1;
	if (file->size == 0)
		return fail(f, FAIL_INPUT, "module '%s' is empty", path);
	m->size = file->size;
	return fill_part(b, file, "module", i, m->parts, f);
}

/* Adds a module, which is that of number i. */
static int
add_module(struct broker *b, const struct image_module *from, size_t i,
    struct plan_module *m, struct fail *f)
{
	struct image_file file = IMAGE_FILE_INIT;
	const char *line = from->command_line;
	int rc;

	if (line != NULL && plan_bytes(b->plan, line, strlen(line),
	    &m->command_line, f) < 0)
		return -1;
	m->parts = arena_array(&b->plan->arena, 1, sizeof(*m->parts), f);
	if (m->parts == NULL)
		return -1;
	m->n_parts = 1;
	rc = read_module(b, &file, from->path, i, m, f);
	imagefile_close(&file);
	return rc;
}

static int
check_modules(const struct broker *b, size_t n, struct fail *f)
{
	const struct image_request *r = b->request;
	const struct abi *a = b->plan->image.abi;

	if (r->n_modules > 0 && a->modules == 1)
		return fail(f, FAIL_INPUT, "--module '%s': a guest of %s has "
		    "a ramdisk, which -r gives it, and no list of modules; "
		    "-A hvm-3.0-pvh makes a PVH guest, where KERNEL can be one",
		    r->modules[0].path, a->name);
	if (n > a->modules)
		return fail(f, FAIL_INPUT, "%zu modules given, with that of "
		    "-r; a %s guest has %u at most", n, a->words, a->modules);
	for (size_t i = 0; i < r->n_modules; i++)
		if (r->modules[i].command_line != NULL &&
		    strlen(r->modules[i].command_line) > PLAN_MODULE_LINE_MAX)
			return fail(f, FAIL_INPUT, "the line of module '%s' "
			    "has %zu bytes, over the %d that a plan has room "
			    "for", r->modules[i].path,
			    strlen(r->modules[i].command_line),
			    PLAN_MODULE_LINE_MAX);
	return 0;
}

int
modules_add(struct broker *b, struct fail *f)
{
	const struct image_request *r = b->request;
	size_t ramdisks = b->ramdisk.fd >= 0 ? 1 : r->n_ramdisks;
	size_t first = ramdisks > 0, n = first + r->n_modules;
	struct plan *p = b->plan;

	if (n == 0)
		return 0;
	if (check_modules(b, n, f) < 0)
		return -1;
	p->modules = arena_array(&p->arena, n, sizeof(*p->modules), f);
	if (p->modules == NULL ||
	    (first == 1 && add_ramdisks(b, ramdisks, p->modules, f) < 0))
		return -1;
	for (size_t i = first; i < n; i++)
		if (add_module(b, &r->modules[i - first], i, &p->modules[i],
		    f) < 0)
			return -1;
	p->n_modules = n;
	plan_add(p, PLAN_MODULES);
	return 0;
}
