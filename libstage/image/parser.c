#include <stdio.h>
#include <string.h>

#include "image/elf.h"
#include "image/work.h"

enum { MAGIC_PROBE = 16, PAYLOADS_MAX = 2 /* kernel, symtab */ };

/*
 * In the order in which Xen's libxenguest tries its loaders, so that an image
 * that two of them take is taken by the same one.
 */
static const struct image_format *const formats[] = {
	&format_bin, &format_bzimage, &format_uki, &format_elf,
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
	return "bin, bzimage, elf, uki";
}

/* ---- which format ---- */

static int
refuse_unknown(struct image_work *w, struct fail *f)
{
	const struct likeness like = image_looks_like(&w->file);
	const char *so = like.words[0] == '\0' ? "" : "; it looks like ";

	if (w->request->format != NULL)
		return fail(f, FAIL_INPUT, "'%s' is not of format %s%s%s",
		    w->file.what, w->request->format, so, like.words);
	return fail(f, FAIL_INPUT, "'%s' is not a kernel image: neither ELF "
	    "nor bzImage nor a unified kernel image nor a 'bin' table%s%s",
	    w->file.what, so, like.words);
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
		if (mine == 0)
			continue;
		snprintf(w->facts.file, sizeof(w->facts.file), "%s",
		    formats[i]->name);
		return formats[i]->parse(w, f);
	}
	return refuse_unknown(w, f);
}

/* ---- all of it ---- */

static int
look_for_stream(struct image_work *w, struct fail *f)
{
	unsigned char head[MAGIC_PROBE];
	size_t n = w->file.size < sizeof(head) ? (size_t)w->file.size :
	    sizeof(head);

	if (imagefile_read(&w->file, 0, head, n, f) < 0)
		return -1;
	w->need = (struct image_need){ .codec = codec_probe(head, n),
	    .size = w->file.size, .depth = IN_STREAM };
	return 0;
}

static int
begin(struct image_work *w, struct fail *f)
{
	struct plan_image *img = &w->plan->image;

	*img = (struct plan_image){ .container = "none", .codec = w->codec,
	    .pae = "no" };
	img->payloads = arena_array(&w->plan->arena, PAYLOADS_MAX,
	    sizeof(*img->payloads), f);
	if (img->payloads == NULL)
		return -1;
	img->n_payloads = 1;
	img->payloads[0] = (struct payload){ .role = "kernel",
	    .size = w->file.id.size };
	if (w->file.size == 0)
		return fail(f, FAIL_INPUT, "'%s' is empty", w->file.what);
	return 0;
}

int
image_read(struct image_work *w, struct fail *f)
{
	w->need.codec = NULL;
	if (begin(w, f) < 0 ||
	    (w->depth == IN_FILE && look_for_stream(w, f) < 0))
		return -1;
	if (w->need.codec != NULL)
		return 0;
	if ((w->depth == IN_BZIMAGE ? format_bzimage.parse(w, f) :
	    parse_as(w, f)) < 0)
		return -1;
	if (w->need.codec != NULL)
		return 0;
	plan_add(w->plan, PLAN_IMAGE);
	return plan_check(w->plan, f);
}
