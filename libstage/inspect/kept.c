#include <unistd.h>

#include "inspect/kept.h"
#include "record/record.h"

struct kept {
	struct program parent;		/* the program, with children */
	const char *path;
	stage_work *work;
	void *options;
};

static int
on_record(void *arg, struct fail *f)
{
	const struct kept *k = arg;
	const struct program *self = &k->parent;
	bool names = self->writes != NULL && stage_target() == NULL;
	struct record r;
	struct plan p;
	int rc;

	if (stage_confine(self, names, f) < 0)
		return -1;
	plan_init(&p);
	rc = record_open(&r, k->path, 0, f);
	if (rc == 0)
		rc = record_last_plan(&r, &p, f);
	if (rc == 0)
		rc = stage_close_names_but(p.memory.target.data, f);
	if (rc == 0)
		rc = plan_check_needs(&p, self->needs, self->name, f);
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
	struct program reader = *self;
	struct kept k = { .parent = *self, .work = work, .options = options };

	if (argc - optind != 1 || !record_is(argv[optind]))
		return stage_sink(self, argc, argv, work, options);
	k.path = argv[optind];
	k.parent.profile = CONFINE_PARENT;
	/* A reader is not confined by stage_plain(), but here. */
	reader.profile = CONFINE_READER;
	return stage_plain(&reader, on_record, &k);
}
