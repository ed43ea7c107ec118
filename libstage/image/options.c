#include <stdlib.h>

#include "base/number.h"
#include "codec/codec.h"
#include "image/image.h"
#include "plan/stages.h"

static int
set_abi(struct image_request *r, const char *name, struct fail *f)
{
	enum guest_type type = GUEST_TYPES;
	bool typed = guest_named(name, &type);

	r->pv = type == GUEST_PV;
	r->abi = !typed ? abi_named(name) : r->pv ? NULL : abi_first(type);
	if (!typed && r->abi == NULL)
		return fail(f, FAIL_USAGE, "-A: unknown ABI '%s'; known are "
		    "pv, pvh, %s", name, abi_names());
	return 0;
}

static int
set_format(struct image_request *r, const char *name, struct fail *f)
{
	r->format = name;
	if (!image_format_known(name))
		return fail(f, FAIL_USAGE, "-F: unknown format '%s'; known are "
		    "%s", name, image_format_names());
	return 0;
}

static int
add_ramdisk(struct image_request *r, const char *path, struct fail *f)
{
	const char **more = reallocarray(r->ramdisks, r->n_ramdisks + 1,
	    sizeof(*more));

	if (more == NULL)
		return fail_memory(f, (r->n_ramdisks + 1) * sizeof(*more));
	r->ramdisks = more;
	more[r->n_ramdisks++] = path;
	return 0;
}

static int
add_module(struct image_request *r, const char *path, struct fail *f)
{
	struct image_module *more = reallocarray(r->modules, r->n_modules + 1,
	    sizeof(*more));

	if (more == NULL)
		return fail_memory(f, (r->n_modules + 1) * sizeof(*more));
	r->modules = more;
	more[r->n_modules++] = (struct image_module){ .path = path };
	return 0;
}

static int
add_module_line(struct image_request *r, const char *text, struct fail *f)
{
	struct image_module *last;

	if (r->n_modules == 0)
		return fail(f, FAIL_USAGE, "--module-line '%s' is for the "
		    "--module before it, and there is none", text);
	last = &r->modules[r->n_modules - 1];
	if (last->command_line != NULL)
		return fail(f, FAIL_USAGE, "--module '%s' has two lines, '%s' "
		    "and '%s'", last->path, last->command_line, text);
	last->command_line = text;
	return 0;
}

static int
set(void *options, enum option_id id, const char *value, struct fail *f)
{
	struct image_request *r = options;

	switch (id) {
	case OPTION_OPERAND:
		r->kernel = value;
		return 0;
	case OPTION_ABI:
		return set_abi(r, value, f);
	case OPTION_COMMAND_LINE:
		r->command_line = value;
		return 0;
	case OPTION_FORMAT:
		return set_format(r, value, f);
	case OPTION_FEATURES:
		r->features = value;
		return image_features_known(value, f);
	case OPTION_LIMIT:
		return size_parse("-L", value, &r->output_max, f);
	case OPTION_MAX_INPUT:
		return size_parse("--max-input", value, &r->input_max, f);
	case OPTION_MODULE:
		return add_module(r, value, f);
	case OPTION_MODULE_LINE:
		return add_module_line(r, value, f);
	case OPTION_RAMDISK:
		return add_ramdisk(r, value, f);
	case OPTION_STORE:
		r->store = value;
		return 0;
	case OPTION_WINDOW:
		return size_parse("--window", value, &r->window_max, f);
	case OPTION_UNPACK_RAMDISK:
		r->unpack_ramdisk = true;
		return 0;
	case OPTION_CAN:
		r->can = true;
		return 0;
	case OPTION_CAN_JSON:
		r->json = true;
		return 0;
	default:
		return fail_bug(f, "an option of another stage");
	}
}

static int
ready(void *options, struct fail *f)
{
	const struct image_request *r = options;

	if (r->json && !r->can)
		return fail(f, FAIL_USAGE, "-j is for --can; 'xb-parse KERNEL "
		    "| xb-show -j' prints the plan as JSON");
	if (r->can && (r->n_ramdisks > 0 || r->n_modules > 0 ||
	    r->command_line != NULL || r->store != NULL || r->unpack_ramdisk))
		return fail(f, FAIL_USAGE, "--can looks at KERNEL alone: "
		    "without -c, --module, -r, -S and -z");
	return 0;
}

static void
release(void *options)
{
	struct image_request *r = options;

	free(r->ramdisks);
	free(r->modules);
}

static int
work(struct plan *p, const char *target, void *options, struct fail *f)
{
	(void)target;
	return image_parse(p, options, f);
}

const struct stage_code stage_parse = { STAGE_PARSE,
	.size = sizeof(struct image_request), .set = set, .ready = ready,
	.release = release, .work = work, .version = codec_print_versions };
