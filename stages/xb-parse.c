#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codec/codec.h"
#include "image/image.h"
#include "stage/stage.h"

enum { WINDOW = 256 };

static const struct stage_option options[] = {
	{ 'A', "abi", "ABI", "guest ABI, where the image leaves a choice", 0, 0 },
	{ 'c', "command-line", "COMMAND_LINE", "for the kernel", 0, 0 },
	{ 'F', "format", "FORMAT", "elf, bzimage or bin; no guessing", 0, 0 },
	{ 'f', "features", "FEATURES", "names that the kernel must support", 0, 0 },
	{ 'L', "limit", "SIZE", "most bytes to unpack a file to (512M)", 0, 0 },
	{ 'r', "ramdisk", "RAMDISK", "may be given again: joined in order", 0, 0 },
	{ 'S', "store", "STORE", "folder for unpacked payloads", 0, 0 },
	{ 0, "window", "SIZE", "largest window of a decoder (128M)",
	  WINDOW, 0 },
	{ 'z', "unpack-ramdisk", NULL, "unpack compressed ramdisks", 0, 0 },
	{ 0 }
};

static const struct stage stage = {
	.name = "xb-parse",
	.synopsis = "[-hqTVvz] [-A ABI] [-c COMMAND_LINE] [-F FORMAT] "
	    "[-f FEATURES] [-L SIZE] [-r RAMDISK] [-S STORE] [--window SIZE] "
	    "KERNEL",
	.purpose = "Reads a kernel image and its ramdisk and begins a plan.",
	.options = options,
	.adds = PLAN_BIT(PLAN_IMAGE) | PLAN_BIT(PLAN_MODULES) |
	    PLAN_BIT(PLAN_COMMAND_LINE) | PLAN_BIT(PLAN_SOURCES),
	.version = codec_print_versions,
};

static int
work(struct plan *p, void *request, struct fail *f)
{
	return image_parse(p, request, f);
}

static void
set_abi(struct image_request *r, const char *name)
{
	r->abi = abi_named(name);
	if (r->abi == NULL)
		stage_usage(&stage, "-A: unknown ABI '%s'; known are %s", name,
		    abi_names());
}

static void
set_format(struct image_request *r, const char *name)
{
	if (!image_format_known(name))
		stage_usage(&stage, "-F: unknown format '%s'; known are %s",
		    name, image_format_names());
	r->format = name;
}

static void
set_features(struct image_request *r, const char *names)
{
	struct fail f = { .kind = FAIL_NONE };

	if (image_features_known(names, &f) < 0)
		stage_usage(&stage, "%s", f.message);
	r->features = names;
}

static void
set_option(struct image_request *r, int c, const char **ramdisks)
{
	switch (c) {
	case 'A':
		set_abi(r, optarg);
		break;
	case 'c':
		r->command_line = optarg;
		break;
	case 'F':
		set_format(r, optarg);
		break;
	case 'f':
		set_features(r, optarg);
		break;
	case 'L':
		r->output_max = stage_size(&stage, "-L", optarg);
		break;
	case 'r':
		ramdisks[r->n_ramdisks++] = optarg;
		break;
	case 'S':
		r->store = optarg;
		break;
	case WINDOW:
		r->window_max = stage_size(&stage, "--window", optarg);
		break;
	case 'z':
		r->unpack_ramdisk = true;
		break;
	}
}

int
main(int argc, char **argv)
{
	const char **ramdisks = stage_calloc(&stage, (size_t)argc,
	    sizeof(*ramdisks));
	struct image_request request = { .ramdisks = ramdisks };
	int c, status;

	while ((c = stage_getopt(&stage, argc, argv)) != -1)
		set_option(&request, c, ramdisks);
	if (argc - optind != 1)
		stage_usage(&stage, argc == optind ? "no KERNEL given" :
		    "more than one KERNEL given");
	request.kernel = argv[optind];
	status = stage_source(&stage, work, &request);
	free(ramdisks);
	return status;
}
