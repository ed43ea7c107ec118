/*
 * xb-show: prints a plan, or what a domain tells of itself, for a person, as
 * JSON, or as a map or picture of guest memory.
 */
#include <inttypes.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/escape.h"
#include "inspect/kept.h"
#include "inspect/operand.h"
#include "inspect/told.h"
#include "report/report.h"
#include "stage/stage.h"

enum { COLUMNS_DEFAULT = 80 };

/* As stage_getopt() gives them. */
enum form { FORM_TEXT, FORM_MAP, FORM_STATE, FORM_SVG, FORM_JSON = 'j' };

static const struct stage_option options[] = {
	{ 'j', "json", NULL, "everything in the plan, as JSON", 0, OR_NEXT },
	{ 0, "map", NULL, "a map of guest memory, to scale", FORM_MAP,
	    OR_NEXT },
	{ 0, "state", NULL, "how far the build is, for scripts",
	    FORM_STATE, OR_NEXT },
	{ 0, "svg", NULL, "the same as a picture, in SVG", FORM_SVG, 0 },
	{ 0 }
};

static const struct program self = {
	.name = "xb-show",
	.operand = "[TARGET | PLAN | RECORD]",
	.purpose =
	    "Prints a plan or a domain in words, as JSON or as a map.",
	.options = options,
	.prints_text = true,
	.profile = CONFINE_READER,
	.shows_failed = true,
};

static unsigned
columns(void)
{
	const char *text = getenv("COLUMNS");
	unsigned long n = text != NULL ? strtoul(text, NULL, 10) : 0;
	struct winsize size;

	if (n == 0 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		n = size.ws_col;
	if (n == 0)
		n = COLUMNS_DEFAULT;
	return n > REPORT_COLUMNS_MAX ? REPORT_COLUMNS_MAX : (unsigned)n;
}

static int
show_json(const struct plan *p, struct fail *f)
{
	char *text;
	size_t n;
	int rc;

	if (plan_to_json(p, &text, &n, f) < 0)
		return -1;
	rc = stage_write(text, n, f);
	free(text);
	return rc;
}

static int
show_state(const struct plan *p)
{
	const char *next = plan_next_stage(p);

	if (next != NULL)
		printf("next %s\n", next);
	if (plan_has(p, PLAN_LAYOUT))
		printf("memory %" PRIu64 "K\n",
		    kib_of(p->layout.pages));
	if (plan_has(p, PLAN_STARTINFO))
		printf("store %" PRIu64 "\n", p->startinfo.store_port);
	if (plan_has(p, PLAN_MEMORY)) {
		printf("target ");
		escape_to(stdout, p->memory.target.data, p->memory.target.size);
		putchar('\n');
	}
	return 0;
}

static int
show(struct plan *p, void *arg, struct fail *f)
{
	const enum form *form = arg;

	if (*form == FORM_JSON)
		return show_json(p, f);
	if (*form == FORM_STATE)
		return show_state(p);
	if (*form == FORM_SVG)
		return report_svg(p, stdout, f);
	if (*form == FORM_MAP)
		return report_map(p, stdout, columns(),
		    strcmp(nl_langinfo(CODESET), "UTF-8") == 0, f);
	if (report_text(p, stdout, f) < 0)
		return -1;
	return stage_verbose() ? report_runs(p, stdout, f) : 0;
}

/* ---- a domain alone ---- */

struct domain {
	const char *name;
	enum form form;
};

static int
show_told(struct plan *p, struct target *t, void *arg, struct fail *f)
{
	struct domain *d = arg;

	(void)t;
	return show(p, &d->form, f);
}

static int
on_domain(void *arg, struct fail *f)
{
	struct domain *d = arg;
	const struct told_form form = { .json = d->form == FORM_JSON,
	    .all = stage_verbose(), .to = stdout };

	if (d->form == FORM_MAP || d->form == FORM_SVG)
		return told_run(d->name, show_told, d, f);
	return told_show(d->name, &form, f);
}

static int
show_domain(const char *name, enum form form)
{
	struct program worker = self;
	struct domain d = { name, form };

	if (form == FORM_STATE)
		stage_usage(&self, "--state is how far a plan is: "
		    "'xb-domain info' says it of '%s'", name);
	worker.profile = CONFINE_WORKER;
	worker.writes = target_writes;
	stage_writes(name, STAGE_DOMAIN);
	return stage_plain(&worker, on_domain, &d);
}

int
main(int argc, char **argv)
{
	enum form form = FORM_TEXT;
	int c;

	setlocale(LC_CTYPE, "");
	while ((c = stage_getopt(&self, argc, argv)) != -1) {
		enum form asked = (enum form)c;

		if (form != FORM_TEXT && form != asked)
			stage_usage(&self, "one output at a time: give one of "
			    "-j, --map, --state and --svg");
		form = asked;
	}
	if (argc - optind == 1 && operand_is_target(argv[optind]))
		return show_domain(argv[optind], form);
	return kept_sink(&self, argc, argv, show, &form);
}
