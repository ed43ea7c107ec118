/*
 * image: a kernel, read as xb-parse's process without rights reads it, and what
 * is compressed in it unpacked as the process that unpacks does.
 */
#include <stdlib.h>
#include <string.h>

#include "../unit/memfile.h"
#include "fuzz.h"
#include "image/work.h"

enum { OUTPUT_MAX = 1 << 16, WINDOW_MAX = 1 << 20 };

struct output {
	uint8_t *bytes;
	size_t n;
};

static int
keep(void *arg, const void *bytes, size_t n, struct fail *f)
{
	struct output *o = arg;

	(void)f;
	memcpy(o->bytes + o->n, bytes, n);
	o->n += n;
	return 0;
}

static int
read_symbols(void *arg, const void *bytes, size_t n, struct fail *f)
{
	const unsigned char *p = bytes;
	unsigned *sum = arg;

	(void)f;
	for (size_t i = 0; i < n; i++)
		*sum += p[i];
	return 0;
}

/* A codec's buffer for what it puts out is large, and the same in each run. */
static void *
buffer_of(const struct codec *c)
{
	static void *kept[16];
	size_t i = 0;

	while (codecs[i] != c)
		i++;
	fuzz_promise(i < sizeof(kept) / sizeof(kept[0]), "codecs are few");
	if (kept[i] == NULL)
		kept[i] = malloc(c->block);
	return kept[i];
}

static struct image_file
file_of(const char *what, const void *bytes, size_t n)
{
	return (struct image_file){ .what = what, .fd = memory_file(bytes, n),
	    .id.size = n, .size = n };
}

/* Unpacks what w->need says into o, which is given to w to read. */
static int
unpack(struct image_work *w, struct output *o, struct fail *f)
{
	const struct image_need need = w->need;
	struct codec_job job = {
		.what = w->file.what, .fd = w->file.fd,
		.offset = w->file.base + need.offset, .size = need.size,
		.output_max = OUTPUT_MAX, .window_max = WINDOW_MAX,
		.all = need.all, .sink = keep, .arg = o,
		.out = buffer_of(need.codec),
	};

	fuzz_promise(need.depth > w->depth && need.depth < DEPTHS,
	    "each round goes deeper");
	fuzz_promise(imagefile_holds(&w->file, need.offset, need.size),
	    "what is unpacked lies in the file");
	o->n = 0;
	o->bytes = malloc(OUTPUT_MAX);
	fuzz_promise(o->bytes != NULL && job.out != NULL, "there is memory");
	if (codec_unpack(need.codec, &job, f) < 0)
		return -1;
	imagefile_close(&w->file);
	w->file = file_of("what came out", o->bytes, o->n);
	w->depth = need.depth;
	w->codec = need.codec->name;
	return 0;
}

static bool
ramdisk_is_inside(const struct image_work *w)
{
	fuzz_promise(w->bundle.ramdisk_size == 0 || (w->bundle.ramdisk <=
	    w->file.id.size && w->bundle.ramdisk_size <= w->file.id.size -
	    w->bundle.ramdisk), "the ramdisk lies in the file");
	return true;
}

static int
read_all(struct image_work *w, struct output out[DEPTHS], struct fail *f)
{
	unsigned depth = 0;

	do
		if (image_read(w, f) < 0 ||
		    !ramdisk_is_inside(w) || (w->need.codec != NULL &&
		    unpack(w, &out[depth++], f) < 0))
			return -1;
	while (w->need.codec != NULL);
	return 0;
}

/* The same bytes as a ramdisk: its archives lie in it, one behind the other. */
static void
find_archives(const uint8_t *bytes, size_t n)
{
	struct image_file file = file_of("the input", bytes, n);
	struct fail f = { .kind = FAIL_NONE };
	struct archive a = { .at = 0 };
	uint64_t end = 0;

	while (archive_next(&file, end, &a, &f) > 0) {
		fuzz_promise(a.at >= end && a.size > 0, "each is further on");
		fuzz_promise(imagefile_holds(&file, a.at, a.size),
		    "an archive lies in the file");
		end = a.at + a.size;
	}
	fuzz_promise(f.kind == FAIL_NONE, "no bytes are refused");
	imagefile_close(&file);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct fail f = { .kind = FAIL_NONE };
	struct image_request any = { .kernel = "the input" };
	struct output out[DEPTHS] = { { NULL, 0 } };
	unsigned sum = 0;
	struct plan p;
	struct image_work w = { .plan = &p, .request = &any,
	    .scratch = ARENA_INIT, .codec = "none",
	    .file = file_of("the input", bytes, n),
	    .put = read_symbols, .arg = &sum };
	int rc;

	find_archives(bytes, n);
	plan_init(&p);
	rc = read_all(&w, out, &f);
	fuzz_outcome(rc, &f);
	if (rc == 0)
		fuzz_plan_is_stable(&p, false);
	imagefile_close(&w.file);
	plan_release(&p);
	arena_release(&w.scratch);
	for (unsigned i = 0; i < DEPTHS; i++)
		free(out[i].bytes);
	return 0;
}
