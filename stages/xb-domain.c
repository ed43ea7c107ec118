#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/json.h"
#include "run/domain.h"
#include "xenstore/balloon.h"
#include "xenstore/introduce.h"
#include "stage/stage.h"
#include "target/info.h"

enum { DESTROY = 256, TIMEOUT };

#define VERBS	"create, info, list, pause, unpause, wait, shutdown, reboot " \
		"or destroy"

static const struct stage_option options[] = {
	{ 0, "destroy", NULL, "wait: end the domain that has ended", DESTROY,
	    0 },
	{ 0, "timeout", "TIME", "wait: so long at most, as 90s or 5m",
	    TIMEOUT, 0 },
	{ 'j', "json", NULL, "info, list: print JSON", 0, 0 },
	{ 0 }
};

static const struct program self = {
	.name = "xb-domain",
	.verb = "VERB",
	.operand = "[TARGET]",
	.purpose = "make domains, look at them, end them: create, info, list, "
	    "pause, unpause, wait, shutdown, reboot, destroy",
	.row = &stage_rows[STAGE_CREATE],
	.options = options,
	.targets = "the domain: file:DIR or xen:DOMID; to create: "
	    "file:DIR or xen",
	.prints_text = true,
	.writes = target_writes,
	.makes = target_makes,
	.profile = CONFINE_TALKER,
};

struct job {
	const struct verb *verb;
	const char *target;
	struct target_request request;
	bool create_options, json, destroy;
	uint64_t timeout;		/* milliseconds; 0: none */
};

struct verb {
	const char *name;
	bool takes_target, changes;
	int (*work)(struct job *, struct fail *);
	int (*op)(struct target *, const struct job *, struct fail *);
};

/* Destroys a new domain again if its name could not be printed, because nobody
 * would know of it. */
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
	char *name = NULL;
	int rc;

	if (domain_make(j->target, &j->request, &name, f) < 0)
		return -1;
	rc = stage_print_line(name, f);
	if (rc < 0) {
		take_back(name, f);
		balloon_give(&j->request, f);
	}
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

/* One domain that cannot be looked at does not end the list. */
static int
print_entry(void *arg, const char *name, struct fail *f)
{
	struct fail why = { .kind = FAIL_NONE };
	struct target_info i;
	size_t *n = arg;
	bool known = domain_info(name, &i, &why) == 0;

	(void)f;
	printf("%s  ", (*n)++ == 0 ? "[\n" : ",\n");
	target_row_json(name, known ? &i : NULL, why.message, stdout);
	return 0;
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
	struct json_writer w = JSON_WRITER_INIT(stdout, JSON_STYLE_INDENTED);
	struct target_info i;
	struct target_host h;

	if (t->ops->info(t, &i, f) < 0 || t->ops->host(t, &h, f) < 0)
		return -1;
	if (!j->json) {
		target_info_text(j->target, &i, &h, stdout);
		return 0;
	}
	json_put_map(&w, NULL);
	target_info_json(&w, j->target, &i, &h);
	json_put_end(&w);
	putchar('\n');
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
	return introduce_destroy(t, j->target, f);
}

/* ---- through xenstore ---- */

static int
shut_down(struct target *t, const struct job *j, struct fail *f)
{
	return introduce_ask(t, j->target, "poweroff", f);
}

static int
reboot(struct target *t, const struct job *j, struct fail *f)
{
	return introduce_ask(t, j->target, "reboot", f);
}

/* Runs a verb on a domain that exists. */
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
	rc = t->ops->wait(t, j->timeout == 0 ? 0 : clock_in(j->timeout),
	    &reason, f);
	target_close(t);
	if (rc < 0)
		return -1;
	if (reason == NULL)
		return target_ended(j->target, reason, f);
	printf("%s\n", reason);
	if (j->destroy) {
		if (target_open(&t, j->target, TARGET_WRITE, f) < 0)
			return -1;
		rc = destroy(t, j, f);
		target_close(t);
	}
	return rc < 0 ? rc : target_ended(j->target, reason, f);
}

static const struct verb verbs[] = {
	{ "create", true, true, create, NULL },
	{ "info", true, false, on_target, info },
	{ "list", false, false, list, NULL },
	{ "pause", true, true, on_target, pause_it },
	{ "unpause", true, true, on_target, unpause_it },
	{ "wait", true, false, wait_for, NULL },
	{ "shutdown", true, false, on_target, shut_down },
	{ "reboot", true, false, on_target, reboot },
	{ "destroy", true, true, on_target, destroy },
};

static const struct verb *
verb_named(const char *name)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	stage_usage(&self, "unknown verb '%s': " VERBS, name);
}

static void
take_option(struct job *j, int c)
{
	struct fail f = { .kind = FAIL_NONE };

	switch (c) {
	case 'j':
		j->json = true;
		break;
	case DESTROY:
		j->destroy = true;
		break;
	case TIMEOUT:
		j->timeout = stage_time(&self, "--timeout", optarg);
		break;
	default:
		j->create_options = true;
		stage_must(&self, stage_create.set(&j->request,
		    (enum option_id)c, optarg, &f), &f);
	}
}

static void
check_usage(struct job *j, int operands)
{
	const char *verb = j->verb->name;
	bool creates = j->verb->work == create;
	struct fail f = { .kind = FAIL_NONE };

	if (operands > (j->verb->takes_target && stage_target() == NULL))
		stage_usage(&self, "too many operands for %s", verb);
	if (j->verb->takes_target && j->target == NULL)
		stage_usage(&self, "no target: xb-domain %s %s", verb,
		    creates ? "-t TARGET -m SIZE" : "TARGET");
	if (!j->verb->takes_target && stage_target() != NULL)
		stage_usage(&self, "%s takes no target", verb);
	if (j->create_options && !creates)
		stage_usage(&self, "%s takes no option of create", verb);
	if (j->json && j->verb->op != info && j->verb->work != list)
		stage_usage(&self, "%s prints no JSON", verb);
	if (j->destroy && j->verb->work != wait_for)
		stage_usage(&self, "--destroy is for wait; the verb is %s",
		    verb);
	if (j->timeout != 0 && j->verb->work != wait_for)
		stage_usage(&self, "--timeout is for wait; the verb is %s",
		    verb);
	if (creates)
		stage_must(&self, stage_create.ready(&j->request, &f), &f);
}

static int
work(void *options_of_job, struct fail *f)
{
	struct job *j = options_of_job;
	int rc = j->verb->work(j, f);

	if (rc < 0 && j->target != NULL)
		fail_memory_on(f, j->target);
	return rc;
}

int
main(int argc, char **argv)
{
	struct job j = { .verb = NULL };
	int c;

	while ((c = stage_getopt(&self, argc, argv)) != -1)
		take_option(&j, c);
	if (optind == argc)
		stage_usage(&self, "no verb: " VERBS);
	j.verb = verb_named(argv[optind++]);
	j.target = stage_target();
	if (j.target == NULL && optind < argc && j.verb->takes_target)
		j.target = argv[optind];
	check_usage(&j, argc - optind);
	/* A verb without a TARGET (list) asks the hypervisor, too. */
	stage_writes(j.verb->takes_target ? j.target : "xen", STAGE_DOMAIN);
	return stage_plain(&self, work, &j);
}
