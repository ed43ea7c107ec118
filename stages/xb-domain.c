#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/escape.h"
#include "xenstore/introduce.h"
#include "stage/stage.h"
#include "target/info.h"

enum { MAXMEM = 256, VCPUS, NAME, UUID, SCATTER, CPUPOOL, DESTROY };

static const struct stage_option options[] = {
	{ 'm', "memory", "SIZE", "create: its memory, bytes or with K, M, G",
	    0, 0 },
	{ 0, "maxmem", "SIZE", "create: memory it may have at most", MAXMEM, 0 },
	{ 0, "vcpus", "N", "create: virtual processors (1)", VCPUS, 0 },
	{ 0, "name", "NAME", "create: its name", NAME, 0 },
	{ 0, "uuid", "UUID", "create: its UUID (made at random)", UUID, 0 },
	{ 0, "scatter", "SEED", "create: how file targets scatter frames",
	    SCATTER, 0 },
	{ 0, "cpupool", "N", "create: the CPU pool of a Xen domain (0)",
	    CPUPOOL, 0 },
	{ 0, "destroy", NULL, "wait: end the domain that has ended", DESTROY, 0 },
	{ 'j', "json", NULL, "info, list: print JSON", 0, 0 },
	{ 0 }
};

static const struct stage st = {
	.name = "xb-domain",
	.synopsis = "VERB [-hjqTVv] [-m SIZE] [-t TARGET] [--cpupool N] "
	    "[--destroy] [--maxmem SIZE] [--name NAME] [--scatter SEED] "
	    "[--uuid UUID] [--vcpus N] [TARGET]",
	.purpose = "make domains, look at them, end them: create, info, list, "
	    "pause, unpause, wait, destroy",
	.options = options,
	.targets = true,
	.prints_text = true,
};

struct job {
	const struct verb *verb;
	const char *target;
	struct target_request request;
	uint8_t uuid[UUID_BYTES];
	bool create_options, json, destroy;
};

struct verb {
	const char *name;
	bool takes_target, changes;
	int (*work)(struct job *, struct fail *);
	int (*op)(struct target *, const struct job *, struct fail *);
};

/* A domain whose name nobody got is nobody's: it is ended again. */
static void
take_back(const char *name, struct fail *f)
{
	struct fail why = { .kind = FAIL_NONE };
	struct target *t;
	int rc;

	if (target_open(&t, name, TARGET_WRITE, &why) == 0) {
		rc = t->ops->destroy(t, &why);
		target_close(t);
		if (rc == 0)
			return;
	}
	fail_add(f, "; domain '%s' is left: end it with 'xb-domain "
	    "destroy'", name);
}

static int
create(struct job *j, struct fail *f)
{
	const struct target_ops *ops = target_kind(j->target,
	    &j->request.where, f);
	char *name = NULL;
	int rc;

	if (ops == NULL || ops->create(&j->request, &name, f) < 0)
		return -1;
	printf("%s\n", name);
	rc = stage_write("", 0, f);
	if (rc < 0)
		take_back(name, f);
	free(name);
	return rc;
}

static int
print_name(void *arg, const char *name, struct fail *f)
{
	(void)arg;
	(void)f;
	escape_to(stdout, name, strlen(name));
	putchar('\n');
	return 0;
}

static int
print_entry(void *arg, const char *name, struct fail *f)
{
	size_t *n = arg;

	printf("%s  ", (*n)++ == 0 ? "[\n" : ",\n");
	return target_name_json(name, stdout, f);
}

static int
list(struct job *j, struct fail *f)
{
	size_t n = 0;

	for (size_t i = 0; target_kinds[i] != NULL; i++)
		if (target_kinds[i]->list(j->json ? print_entry : print_name,
		    &n, f) < 0)
			return -1;
	if (j->json)
		puts(n == 0 ? "[]" : "\n]");
	return 0;
}

static int
info(struct target *t, const struct job *j, struct fail *f)
{
	struct target_info i;

	if (t->ops->info(t, &i, f) < 0)
		return -1;
	if (j->json)
		return target_info_json(j->target, &i, stdout, f);
	target_info_text(j->target, &i, stdout);
	return 0;
}

static int
pause_it(struct target *t, const struct job *j, struct fail *f)
{
	(void)j;
	return t->ops->pause(t, f);
}

static int
unpause_it(struct target *t, const struct job *j, struct fail *f)
{
	(void)j;
	return t->ops->unpause(t, f);
}

static int
destroy(struct target *t, const struct job *j, struct fail *f)
{
	struct target_info i;

	if (t->ops->info(t, &i, f) < 0 || t->ops->destroy(t, f) < 0)
		return -1;
	return introduce_forget(j->target, i.uuid, f);
}

/* On one domain that is there. */
static int
on_target(struct job *j, struct fail *f)
{
	struct target *t;
	int rc;

	if (target_open(&t, j->target, j->verb->changes ? TARGET_WRITE :
	    TARGET_LOOK, f) < 0)
		return -1;
	rc = j->verb->op(t, j, f);
	target_close(t);
	return rc;
}

/* Prints how the domain ended; poweroff alone is a good end. */
static int
wait_for(struct job *j, struct fail *f)
{
	struct target *t;
	const char *reason;
	int rc;

	if (target_open(&t, j->target, TARGET_READ, f) < 0)
		return -1;
	rc = t->ops->wait(t, &reason, f);
	target_close(t);
	if (rc < 0)
		return -1;
	printf("%s\n", reason);
	if (j->destroy) {
		if (target_open(&t, j->target, TARGET_WRITE, f) < 0)
			return -1;
		rc = destroy(t, j, f);
		target_close(t);
	}
	if (rc == 0 && strcmp(reason, "poweroff") != 0)
		return fail(f, FAIL_TARGET, "'%s' ended with %s, not with "
		    "poweroff", j->target, reason);
	return rc;
}

static const struct verb verbs[] = {
	{ "create", true, true, create, NULL },
	{ "info", true, false, on_target, info },
	{ "list", false, false, list, NULL },
	{ "pause", true, true, on_target, pause_it },
	{ "unpause", true, true, on_target, unpause_it },
	{ "wait", true, false, wait_for, NULL },
	{ "destroy", true, true, on_target, destroy },
};

static const struct verb *
verb_named(const char *name)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	stage_usage(&st, "unknown verb '%s': create, info, list, pause, "
	    "unpause, wait or destroy", name);
}

static uint64_t
pages(const char *option, const char *text)
{
	uint64_t bytes = stage_size(&st, option, text);

	if (bytes % PAGE_BYTES != 0)
		stage_usage(&st, "%s %s is not a multiple of 4K", option,
		    text);
	return bytes / PAGE_BYTES;
}

static void
take_option(struct job *j, int c)
{
	struct target_request *r = &j->request;

	j->create_options |= c != 'j' && c != DESTROY;
	switch (c) {
	case 'j':
		j->json = true;
		break;
	case DESTROY:
		j->destroy = true;
		break;
	case CPUPOOL:
		r->cpupool = (uint32_t)stage_number(&st, "--cpupool", optarg,
		    UINT32_MAX);
		break;
	case 'm':
		r->pages = pages("-m", optarg);
		break;
	case MAXMEM:
		r->max_pages = pages("--maxmem", optarg);
		break;
	case VCPUS:
		r->vcpus = (uint32_t)stage_number(&st, "--vcpus", optarg,
		    UINT32_MAX);
		if (r->vcpus == 0)
			stage_usage(&st, "--vcpus is 0");
		break;
	case NAME:
		r->name = optarg;
		break;
	case UUID:
		if (!uuid_parse(optarg, j->uuid))
			stage_usage(&st, "--uuid '%s' is not a UUID: 32 hex "
			    "digits in groups of 8-4-4-4-12", optarg);
		r->uuid = j->uuid;
		break;
	case SCATTER:
		r->scatter = stage_number(&st, "--scatter", optarg,
		    UINT64_MAX);
		break;
	}
}

static void
check_usage(struct job *j, int operands)
{
	const char *verb = j->verb->name;
	bool creates = j->verb->work == create;

	if (operands > (j->verb->takes_target && stage_target() == NULL))
		stage_usage(&st, "too many operands for %s", verb);
	if (j->verb->takes_target && j->target == NULL)
		stage_usage(&st, "no target: xb-domain %s %s", verb,
		    creates ? "-t TARGET -m SIZE" : "TARGET");
	if (!j->verb->takes_target && stage_target() != NULL)
		stage_usage(&st, "%s takes no target", verb);
	if (j->create_options && !creates)
		stage_usage(&st, "%s takes no option of create", verb);
	if (j->json && j->verb->op != info && j->verb->work != list)
		stage_usage(&st, "%s prints no JSON", verb);
	if (j->destroy && j->verb->work != wait_for)
		stage_usage(&st, "--destroy is for wait; the verb is %s", verb);
	if (creates && j->request.pages == 0)
		stage_usage(&st, "no memory: -m SIZE gives it");
	if (j->request.max_pages == 0)
		j->request.max_pages = j->request.pages;
	if (j->request.max_pages < j->request.pages)
		stage_usage(&st, "--maxmem is below -m");
}

static int
work(void *options_of_job, struct fail *f)
{
	struct job *j = options_of_job;

	return j->verb->work(j, f);
}

int
main(int argc, char **argv)
{
	struct job j = { .request.vcpus = 1, .request.scatter = 1 };
	int c;

	while ((c = stage_getopt(&st, argc, argv)) != -1)
		take_option(&j, c);
	if (optind == argc)
		stage_usage(&st, "no verb: create, info, list, pause, unpause, "
		    "wait or destroy");
	j.verb = verb_named(argv[optind++]);
	j.target = stage_target();
	if (j.target == NULL && optind < argc && j.verb->takes_target)
		j.target = argv[optind];
	check_usage(&j, argc - optind);
	return stage_plain(&st, work, &j);
}
