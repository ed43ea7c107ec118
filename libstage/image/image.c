#include <inttypes.h>
#include <string.h>

#include "image/elf.h"
#include "image/work.h"

enum { MAGIC_PROBE = 16, PAYLOADS_MAX = 2 /* kernel, symtab */ };

/*
 * In the order in which Xen's libxenguest tries its loaders, so that an image
 * that two of them take is taken by the same one.
 */
static const struct image_format *const formats[] = {
	&format_bin, &format_bzimage, &format_elf,
};

enum { FORMATS = sizeof(formats) / sizeof(formats[0]) };

bool
image_format_known(const char *name)
{
	for (size_t i = 0; i < FORMATS; i++)
		if (strcmp(formats[i]->name, name) == 0)
			return true;
	return false;
}

const char *
image_format_names(void)
{
	return "bin, bzimage, elf";
}

/* ---- a file that is compressed as a whole ---- */

static int
unpack_whole(struct image_work *w, struct fail *f)
{
	unsigned char head[MAGIC_PROBE];
	size_t n = w->file.size < sizeof(head) ? (size_t)w->file.size :
	    sizeof(head);
	struct image_file inner = IMAGE_FILE_INIT;
	struct unpack_request req = { .size = w->file.size };
	int rc;

	if (imagefile_read(&w->file, 0, head, n, f) < 0)
		return -1;
	req.codec = codec_probe(head, n);
	if (req.codec == NULL)
		return 0;
	w->plan->image.codec = req.codec->name;
	rc = image_unpack(w, &w->file, &req, &inner, f);
	imagefile_close(&w->file);
	w->file = inner;
	w->unpacked = true;
	return rc;
}

/* ---- which format ---- */

static int
refuse_unknown(struct image_work *w, struct fail *f)
{
	const char *like = image_looks_like(&w->file);

	if (w->request->format != NULL)
		return fail(f, FAIL_INPUT, "'%s' is not of format %s%s%s",
		    w->file.what, w->request->format,
		    like == NULL ? "" : "; it looks like ",
		    like == NULL ? "" : like);
	return fail(f, FAIL_INPUT, "'%s' is not a kernel image: neither ELF "
	    "nor bzImage nor a 'bin' table%s%s", w->file.what,
	    like == NULL ? "" : "; it looks like ", like == NULL ? "" : like);
}

static int
parse_as(struct image_work *w, struct fail *f)
{
	for (size_t i = 0; i < FORMATS; i++) {
		int mine;

		if (w->request->format != NULL &&
		    strcmp(w->request->format, formats[i]->name) != 0)
			continue;
		mine = formats[i]->probe(w, f);
		if (mine < 0)
			return -1;
		if (mine > 0)
			return formats[i]->parse(w, f);
	}
	return refuse_unknown(w, f);
}

/* ---- the kernel ---- */

static int
open_kernel(struct image_work *w, struct fail *f)
{
	struct plan_image *img = &w->plan->image;

	*img = (struct plan_image){ .container = "none", .codec = "none",
	    .pae = "no" };
	img->payloads = arena_array(&w->plan->arena, PAYLOADS_MAX,
	    sizeof(*img->payloads), f);
	if (img->payloads == NULL)
		return -1;
	img->n_payloads = 1;
	if (imagefile_open(&w->file, w->request->kernel, w->input_max,
	    &w->plan->arena, f) < 0)
		return -1;
	if (w->file.size == 0)
		return fail(f, FAIL_INPUT, "'%s' is empty", w->file.what);
	return 0;
}

static int
fill_payload(struct image_work *w, struct fail *f)
{
	struct payload *p = &w->plan->image.payloads[0];

	if (image_digest(w, &w->file, f) < 0)
		return -1;
	/* The digest must be of the bytes that the headers were read from. */
	if (file_unchanged(w->file.fd, w->file.what, &w->file.id, f) < 0)
		return -1;
	*p = (struct payload){ .role = "kernel", .size = w->file.id.size };
	memcpy(p->sha256, w->file.sha256, SHA256_BYTES);
	return image_add_source(w, &w->file, f);
}

static int
add_kernel(struct image_work *w, struct fail *f)
{
	if (open_kernel(w, f) < 0 || unpack_whole(w, f) < 0 ||
	    parse_as(w, f) < 0 || fill_payload(w, f) < 0)
		return -1;
	plan_add(w->plan, PLAN_IMAGE);
	return 0;
}

/* ---- the command line ---- */

static int
add_command_line(struct image_work *w, struct fail *f)
{
	struct plan *p = w->plan;
	const char *text = w->request->command_line;
	size_t room = p->image.abi->start_info[SI_CMD_LINE].size - 1u;
	size_t n = text == NULL ? 0 : strlen(text);

	if (n > room)
		return fail(f, FAIL_INPUT, "the command line has %zu bytes, "
		    "over the %zu that %s has room for", n, room,
		    p->image.abi->name);
	p->command_line.data = arena_bytes(&p->arena, text, n, f);
	p->command_line.size = n;
	if (p->command_line.data == NULL)
		return -1;
	plan_add(p, PLAN_COMMAND_LINE);
	return 0;
}

/* ---- all of it ---- */

static int
parse(struct image_work *w, struct fail *f)
{
	if (add_kernel(w, f) < 0 || add_command_line(w, f) < 0 ||
	    ramdisk_add(w, f) < 0)
		return -1;
	plan_add(w->plan, PLAN_SOURCES);
	return 0;
}

int
image_parse(struct plan *p, const struct image_request *request,
    struct fail *f)
{
	struct image_work w = {
		.plan = p, .request = request, .file = IMAGE_FILE_INIT,
		.scratch = ARENA_INIT,
		.input_max = request->input_max != 0 ?
		    request->input_max : FILE_INPUT_MAX,
		.output_max = request->output_max != 0 ?
		    request->output_max : IMAGE_OUTPUT_MAX,
		.window_max = request->window_max != 0 ?
		    request->window_max : IMAGE_WINDOW_MAX,
	};
	int rc = parse(&w, f);

	imagefile_close(&w.file);
	store_close(w.store);
	arena_release(&w.scratch);
	return rc;
}
