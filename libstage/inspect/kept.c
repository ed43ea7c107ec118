#include <unistd.h>

#include "inspect/kept.h"
#include "record/record.h"

struct kept {
	const struct program *self;
	const char *path;
	stage_work *work;
	void *options;
};

static int
on_record(void *arg, struct fail *f)
{
	const struct kept *k = arg;
	struct record r;
	struct plan p;
	int rc;

	plan_init(&p);
	rc = record_open(&r, k->path, 0, f);
	if (rc == 0)
		rc = record_last_plan(&r, &p, f);
	if (rc == 0)
		rc = plan_check_needs(&p, k->self->needs, k->self->name, f);
	if (rc == 0)
		rc = k->work(&p, k->options, f);
	plan_release(&p);
	record_release(&r);
	return rc;
}

int
kept_sink(const struct program *self, int argc, char **argv, stage_work *work,
    void *options)
{
	struct program parent = *self;
	struct kept k = { .self = self, .work = work, .options = options };

	if (argc - optind != 1 || !record_is(argv[optind]))
		return stage_sink(self, argc, argv, work, options);
	k.path = argv[optind];
	parent.profile = CONFINE_PARENT;
	return stage_plain(&parent, on_record, &k);
}
