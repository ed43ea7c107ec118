#include <stdlib.h>

#include "base/tempdir.h"
#include "record/record.h"
#include "run/recorded.h"
#include "run/signals.h"
#include "run/step.h"

/* Does the request not say itself what the option says? */
static bool
not_given(const void *step_request, enum option_id id)
{
	const struct step_request *ask = step_request;

	return !engine_options_replace(ask->options, ask->n_options, id);
}

/* The options of the record, then its files, then the request's options. */
static int
take_options(struct record *r, const struct step_request *ask,
    const char *folder, struct step_request *all, struct fail *f)
{
	size_t n;
	struct engine_option *v = recorded_options(r, folder, not_given, ask,
	    1 + ask->n_options, &n, f);

	if (v == NULL || (not_given(ask, OPTION_VCPUS) &&
	    recorded_vcpus(r, v, &n, f) < 0))
		return -1;
	for (size_t i = 0; i < ask->n_options; i++)
		v[n++] = ask->options[i];
	all->options = v;
	all->n_options = n;
	return 0;
}

static int
take_record(struct record *r, const struct step_request *ask,
    const char *folder, struct step_request *all, struct fail *f)
{
	if (r->build.n_inputs == 0)
		return fail(f, FAIL_INPUT, "the record '%s' has no kernel",
		    r->path);
	all->called = r->build.inputs[0].name;
	all->kernel = recorded_input(r, 0, folder, f);
	if (all->kernel == NULL || take_options(r, ask, folder, all, f) < 0)
		return -1;
	return all->memory != NULL ? 0 : recorded_memory(r, &all->memory, f);
}

static int
run(const struct step_request *ask, const char *folder, int *status,
    struct fail *f)
{
	struct step_request all = *ask;
	struct record r;
	int rc = recorded_open(&r, ask->kernel, ask->options, ask->n_options,
	    f);

	all.record = &r;
	all.copies = folder;
	if (rc == 0)
		rc = take_record(&r, ask, folder, &all, f);
	if (rc == 0)
		rc = step_run(&all, status, f);
	record_release(&r);
	return rc;
}

int
step_run_record(const struct step_request *ask, int *status, struct fail *f)
{
	struct signals signals;
	char *folder;
	int rc = -1;

	/* A signal that ended the program would leave the copies behind. */
	if (signals_hold(&signals, f) < 0)
		return -1;
	folder = tempdir_make(f);
	if (folder != NULL) {
		rc = run(ask, folder, status, f);
		tempdir_remove(folder, f);
	}
	free(folder);
	signals_let_go(&signals);
	return rc;
}
