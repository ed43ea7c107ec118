#include "base/number.h"
#include "build/pvh/startinfo.h"
#include "build/startinfo.h"
#include "plan/pvh.h"
#include "plan/stages.h"
#include "target/window.h"

static int
number(const char *option, const char *text, uint64_t max, struct maybe *to,
    struct fail *f)
{
	to->set = true;
	return number_parse(option, text, max, &to->value, f);
}

static int
set(void *options, enum option_id id, const char *value, struct fail *f)
{
	struct startinfo_options *o = options;

	switch (id) {
	case OPTION_NO_XENSTORE:
		o->no_xenstore = true;
		return 0;
	case OPTION_XENSTORE_PORT:
		return number("--xenstore-port", value, UINT32_MAX,
		    &o->store.port, f);
	case OPTION_XENSTORE_DOMID:
		return number("--xenstore-domid", value, DOMID_MAX,
		    &o->store.domid, f);
	case OPTION_CONSOLE_PORT:
		return number("--console-port", value, UINT32_MAX,
		    &o->console.port, f);
	case OPTION_CONSOLE_DOMID:
		return number("--console-domid", value, DOMID_MAX,
		    &o->console.domid, f);
	default:
		return fail_bug(f, "an option of another stage");
	}
}

static int
ready(void *options, struct fail *f)
{
	struct startinfo_options *o = options;

	if (o->no_xenstore && o->store.port.set && o->store.port.value != 0)
		return fail(f, FAIL_USAGE, "--no-xenstore and --xenstore-port "
		    "exclude each other");
	if (o->no_xenstore)
		o->store.port = (struct maybe){ true, 0 };
	return 0;
}

size_t
startinfo_line_room(const struct plan *p)
{
	const struct layout_segment *s = plan_segment(p, SEG_START_INFO);
	size_t most = p->image.abi->start_info[SI_CMD_LINE].size - 1u;
	uint64_t room;

	/* A structure of a fixed size has room of its own. */
	if (p->image.abi->start_info_size != 0)
		return most;
	room = pvh_text_bytes(p->command_line.size) +
	    (s->pages * PAGE_BYTES - s->size) / 8 * 8 - 1;
	return room < most ? room : most;
}

int
startinfo_tell(struct target *t, struct plan *p, struct fail *f)
{
	static int (*const tells[GUEST_TYPES])(struct target *, struct plan *,
	    struct fail *) = {
		[GUEST_PV] = startinfo_tell_pv, [GUEST_PVH] = pvh_startinfo_tell
	};

	return tells[p->image.abi->guest](t, p, f);
}

static int
work(struct plan *p, const char *target, void *options, struct fail *f)
{
	static target_step *const steps[GUEST_TYPES] = {
		[GUEST_PV] = startinfo_build, [GUEST_PVH] = pvh_startinfo_build
	};

	return target_run(p, target, steps[p->image.abi->guest], options, f);
}

const struct stage_code stage_startinfo = { STAGE_STARTINFO,
	.size = sizeof(struct startinfo_options), .set = set, .ready = ready,
	.work = work,
	.writes = target_writes };
