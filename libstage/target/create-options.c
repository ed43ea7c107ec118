#include "base/number.h"
#include "plan/stages.h"
#include "target/target.h"

static int
number(const char *option, const char *text, uint32_t *to, struct fail *f)
{
	uint64_t v;

	if (number_parse(option, text, UINT32_MAX, &v, f) < 0)
		return -1;
	*to = (uint32_t)v;
	return 0;
}

static int
set_vcpus(struct target_request *r, const char *text, struct fail *f)
{
	if (number("--vcpus", text, &r->vcpus, f) < 0)
		return -1;
	return r->vcpus == 0 ? fail(f, FAIL_USAGE, "--vcpus is 0") : 0;
}

static int
set_type(struct target_request *r, const char *text, struct fail *f)
{
	if (guest_named(text, &r->type))
		return 0;
	return fail(f, FAIL_USAGE, "--type '%s' is no type of a domain: pv or "
	    "pvh", text);
}

static int
set_uuid(struct target_request *r, const char *text, struct fail *f)
{
	r->has_uuid = true;
	if (!uuid_parse(text, r->uuid))
		return fail(f, FAIL_USAGE, "--uuid '%s' is not a UUID: 32 hex "
		    "digits in groups of 8-4-4-4-12", text);
	return 0;
}

static int
set_scatter(struct target_request *r, const char *text, struct fail *f)
{
	r->has_scatter = true;
	return number_parse("--scatter", text, UINT64_MAX, &r->scatter, f);
}

static int
set(void *options, enum option_id id, const char *value, struct fail *f)
{
	struct target_request *r = options;

	switch (id) {
	case OPTION_CREATE_MEMORY:
		return size_pages("-m", value, &r->pages, f);
	case OPTION_MAXMEM:
		return size_pages("--maxmem", value, &r->max_pages, f);
	case OPTION_TYPE:
		return set_type(r, value, f);
	case OPTION_VCPUS:
		return set_vcpus(r, value, f);
	case OPTION_NAME:
		r->name = value;
		return 0;
	case OPTION_UUID:
		return set_uuid(r, value, f);
	case OPTION_SCATTER:
		return set_scatter(r, value, f);
	case OPTION_DURABLE:
		r->durable = true;
		return 0;
	case OPTION_BALLOON:
		r->balloon = true;
		return 0;
	case OPTION_DOM0_MIN:
		return size_pages("--dom0-min", value, &r->dom0_min, f);
	case OPTION_CPUPOOL:
		return number("--cpupool", value, &r->cpupool, f);
	default:
		return fail_bug(f, "an option of another program");
	}
}

/* What is not given is filled in. */
static int
ready(void *options, struct fail *f)
{
	struct target_request *r = options;

	if (r->pages == 0)
		return fail(f, FAIL_USAGE, "no memory: -m SIZE gives it");
	if (r->dom0_min != 0 && !r->balloon)
		return fail(f, FAIL_USAGE, "--dom0-min is for --balloon");
	if (r->dom0_min == 0)
		r->dom0_min = TARGET_DOM0_MIN;
	if (r->vcpus == 0)
		r->vcpus = 1;
	if (!r->has_scatter)
		r->scatter = 1;
	if (r->max_pages == 0)
		r->max_pages = r->pages;
	if (r->max_pages < r->pages)
		return fail(f, FAIL_USAGE, "--maxmem is below -m");
	return 0;
}

const struct stage_code stage_create = { STAGE_CREATE,
	.size = sizeof(struct target_request), .set = set, .ready = ready };
