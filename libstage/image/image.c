#include <stdio.h>
#include <string.h>

#include "image/broker.h"

static int
add_command_line(struct broker *b, struct fail *f)
{
	struct plan *p = b->plan;
	const char *text = b->request->command_line != NULL ?
	    b->request->command_line : b->command_line;
	size_t room = p->image.abi->start_info[SI_CMD_LINE].size - 1u;
	size_t n = text == NULL ? 0 : strlen(text);

	if (n > room)
		return fail(f, FAIL_INPUT, "the command line has %zu bytes, "
		    "over the %zu that %s has room for", n, room,
		    p->image.abi->name);
	if (plan_bytes(p, text, n, &p->command_line, f) < 0)
		return -1;
	plan_add(p, PLAN_COMMAND_LINE);
	return 0;
}

static int
parse(struct broker *b, struct fail *f)
{
	if (kernel_add(b, f) < 0 || add_command_line(b, f) < 0 ||
	    modules_add(b, f) < 0)
		return -1;
	broker_keep_answers(b, f);
	plan_add(b->plan, PLAN_SOURCES);
	return 0;
}

static struct broker
broker_of(struct plan *p, const struct image_request *request)
{
	return (struct broker){
		.plan = p, .request = request, .scratch = ARENA_INIT,
		.ramdisk = IMAGE_FILE_INIT,
		.output_max = request->output_max != 0 ?
		    request->output_max : IMAGE_OUTPUT_MAX,
		.window_max = request->window_max != 0 ?
		    request->window_max : IMAGE_WINDOW_MAX,
	};
}

int
image_parse(struct plan *p, const struct image_request *request,
    struct fail *f)
{
	struct broker b = broker_of(p, request);
	int rc = parse(&b, f);

	imagefile_close(&b.ramdisk);
	store_close(b.store);
	arena_release(&b.scratch);
	return rc;
}

int
image_can(struct image_can *can, const struct image_request *request,
    struct fail *f)
{
	struct broker b = broker_of(NULL, request);
	int rc;

	*can = (struct image_can){ .codec = NULL };
	b.can = can;
	rc = kernel_add(&b, f);
	if (rc < 0)
		snprintf(can->why, sizeof(can->why), "%s", f->message);
	arena_release(&b.scratch);
	return rc;
}
