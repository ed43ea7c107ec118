/*
 * ramdisk: the files after -r, joined in order as one module.
 *
 * They are hashed and not copied, unless they are to be unpacked: those of all
 * formats after -z, and gzip for the ABIs whose builders unpacked it.  An
 * initramfs may be several archives, each compressed, so all streams of a file
 * are unpacked.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "image/work.h"

enum { PART_ALIGN = 4, PARTS_MAX = 4096 /* of a plan */, MAGIC_PROBE = 16 };

/* Sets *codec to what unpacks the file; NULL: it stays as it is. */
static int
choose_codec(struct image_work *w, struct image_file *file,
    const struct codec **codec, struct fail *f)
{
	unsigned char head[MAGIC_PROBE];
	size_t n = file->size < sizeof(head) ? (size_t)file->size :
	    sizeof(head);

	*codec = NULL;
	if (!w->request->unpack_ramdisk &&
	    !w->plan->image.abi->image.unpack_ramdisk)
		return 0;
	if (imagefile_read(file, 0, head, n, f) < 0)
		return -1;
	*codec = codec_probe(head, n);
	if (*codec != NULL && !w->request->unpack_ramdisk &&
	    strcmp((*codec)->name, "gzip") != 0)
		*codec = NULL;
	if (*codec == NULL && w->request->unpack_ramdisk)
		fail_note(f, "ramdisk '%s' is not compressed and taken as it "
		    "is", file->what);
	return 0;
}

static int
unpack(struct image_work *w, struct image_file *file, const struct codec *codec,
    struct fail *f)
{
	struct unpack_request req = { .codec = codec, .size = file->size,
	    .all = true };
	struct image_file inner = IMAGE_FILE_INIT;
	int rc = image_unpack(w, file, &req, &inner, f);

	imagefile_close(file);
	*file = inner;
	return rc;
}

static int
fill_part(struct image_work *w, struct image_file *file, size_t i,
    struct module_part *part, struct fail *f)
{
	char role[32];
	int n = i == 0 ? snprintf(role, sizeof(role), "ramdisk") :
	    snprintf(role, sizeof(role), "ramdisk.%zu", i);

	if (image_digest(w, file, f) < 0)
		return -1;
	part->payload.role = arena_bytes(&w->plan->arena, role, (size_t)n, f);
	part->payload.size = file->size;
	memcpy(part->payload.sha256, file->sha256, SHA256_BYTES);
	if (part->payload.role == NULL)
		return -1;
	return image_add_source(w, file, f);
}

static int
read_part(struct image_work *w, struct image_file *file, size_t i,
    struct module_part *part, struct fail *f)
{
	const struct codec *codec;

	if (imagefile_open(file, w->request->ramdisks[i], w->input_max,
	    &w->plan->arena, f) < 0)
		return -1;
	if (file->size == 0)
		return fail(f, FAIL_INPUT, "ramdisk '%s' is empty; leave -r "
		    "out for none", file->what);
	if (choose_codec(w, file, &codec, f) < 0 ||
	    (codec != NULL && unpack(w, file, codec, f) < 0))
		return -1;
	return fill_part(w, file, i, part, f);
}

static int
place_part(const char *path, struct plan_module *m, struct module_part *part,
    struct fail *f)
{
	uint64_t offset;

	if (__builtin_add_overflow(m->size, PART_ALIGN - 1, &offset))
		return fail(f, FAIL_INPUT, "ramdisk '%s' is too large to be "
		    "joined to the others", path);
	part->offset = offset & ~(uint64_t)(PART_ALIGN - 1);
	if (__builtin_add_overflow(part->offset, part->payload.size, &m->size))
		return fail(f, FAIL_INPUT, "ramdisk '%s' is too large to be "
		    "joined to the others", path);
	return 0;
}

int
ramdisk_add(struct image_work *w, struct fail *f)
{
	size_t n = w->request->n_ramdisks;
	struct plan_module *m;

	if (n == 0)
		return 0;
	if (n > PARTS_MAX)
		return fail(f, FAIL_INPUT, "%zu ramdisks given, the limit is "
		    "%d", n, PARTS_MAX);
	m = arena_array(&w->plan->arena, 1, sizeof(*m), f);
	if (m == NULL)
		return -1;
	m->parts = arena_array(&w->plan->arena, n, sizeof(*m->parts), f);
	if (m->parts == NULL)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct image_file file = IMAGE_FILE_INIT;
		int rc = read_part(w, &file, i, &m->parts[i], f);

		imagefile_close(&file);
		if (rc < 0 || place_part(w->request->ramdisks[i], m,
		    &m->parts[i], f) < 0)
			return -1;
	}
	m->n_parts = n;
	w->plan->modules = m;
	w->plan->n_modules = 1;
	plan_add(w->plan, PLAN_MODULES);
	return 0;
}
