#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "escape.h"
#include "report.h"
#include "stage-options.h"

/* ---- messages ---- */

static void
print_line(const char *name, const char *prefix, const char *message)
{
	char text[4096], line[4200];

	escape_into(text, sizeof(text), message, strlen(message));
	snprintf(line, sizeof(line), "%s: %s%s\n", name, prefix, text);
	/* One call: lines of the stages of a pipe do not mix. */
	fputs(line, stderr);
}

void
stage_print_failure(const struct stage *st, const struct fail *f)
{
	print_line(st->name, "", f->message);
}

static void
say(void *arg, enum say_level level, const char *message)
{
	const struct stage *st = arg;

	if (stage_common.quiet ||
	    (level == SAY_NOTE && !stage_common.verbose))
		return;
	print_line(st->name, level == SAY_WARNING ? "warning: " : "", message);
}

static struct fail
new_fail(const struct stage *st)
{
	return (struct fail){ .say = say, .say_arg = (void *)(uintptr_t)st };
}

static double
seconds(const struct timeval *t)
{
	return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

static void
print_timing(const struct stage *st)
{
	struct timespec now;
	struct rusage use;
	char line[160];

	if (!stage_common.timing)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	getrusage(RUSAGE_SELF, &use);
	snprintf(line, sizeof(line), "%.3f s, of which %.3f s user and "
	    "%.3f s system; %ld KiB resident at most",
	    (double)(now.tv_sec - stage_common.start.tv_sec) +
	    (double)(now.tv_nsec - stage_common.start.tv_nsec) / 1e9,
	    seconds(&use.ru_utime), seconds(&use.ru_stime), use.ru_maxrss);
	print_line(st->name, "time: ", line);
}

/* ---- plans in and out ---- */

static int
read_all(FILE *in, const char *what, void **bytes, size_t *n, struct fail *f)
{
	size_t cap = 64 * 1024, used = 0;
	char *buf = malloc(cap);

	while (buf != NULL) {
		char *more;

		used += fread(buf + used, 1, cap - used, in);
		if (used < cap || cap > PLAN_BYTES_MAX)
			break;
		cap *= 2;
		more = realloc(buf, cap);
		if (more == NULL)
			free(buf);
		buf = more;
	}
	if (buf == NULL)
		return fail_memory(f, cap);
	*bytes = buf;
	*n = used;
	if (ferror(in))
		return fail_errno(f, FAIL_IO, errno, "cannot read %s", what);
	if (used > PLAN_BYTES_MAX)
		return fail(f, FAIL_INPUT, "%s has more than %" PRIu64
		    " bytes, the largest plan that is read", what,
		    (uint64_t)PLAN_BYTES_MAX);
	if (used == 0)
		return fail(f, FAIL_INPUT, "no plan on %s: it is empty", what);
	return 0;
}

static bool
is_stdin(const char *path)
{
	return path == NULL || strcmp(path, "-") == 0;
}

int
stage_read(const char *path, void **bytes, size_t *n, struct fail *f)
{
	struct file_id id;
	FILE *in = stdin;
	int fd, rc;

	*bytes = NULL;
	*n = 0;
	if (is_stdin(path))
		return read_all(in, "standard input", bytes, n, f);
	fd = file_open(path, &id, f);
	if (fd < 0)
		return -1;
	in = fdopen(fd, "r");
	if (in == NULL) {
		close(fd);
		return fail_errno(f, FAIL_SYSTEM, errno, "cannot read '%s'",
		    path);
	}
	rc = read_all(in, path, bytes, n, f);
	fclose(in);
	return rc;
}

int
stage_write(const void *bytes, size_t n, struct fail *f)
{
	if (fwrite(bytes, 1, n, stdout) == n && fflush(stdout) == 0)
		return 0;
	if (errno == EPIPE)
		return fail(f, FAIL_IO, "cannot write standard output: the "
		    "program that read it has ended");
	return fail_errno(f, FAIL_IO, errno, "cannot write standard output");
}

int
stage_deliver(const struct plan *p, struct fail *f)
{
	void *bytes;
	size_t n;
	int rc;

	if (isatty(STDOUT_FILENO)) {
		if (report_text(p, stdout, f) < 0)
			return -1;
		return stage_write("", 0, f);
	}
	if (plan_encode(p, &bytes, &n, f) < 0)
		return -1;
	rc = stage_write(bytes, n, f);
	free(bytes);
	return rc;
}

/* ---- failure in the plan ---- */

/* The plan as it came, where it can still be read, with the failure in it. */
static int
write_failed(const struct stage *st, const void *bytes, size_t n,
    const struct fail *why)
{
	struct fail f = { 0 };
	struct plan p;
	int rc = -1;

	if (st->talks || isatty(STDOUT_FILENO))
		return 0;
	plan_init(&p);
	if (n > 0 && plan_decode(&p, bytes, n, "the plan", &f) < 0) {
		plan_release(&p);
		plan_init(&p);
		f = (struct fail){ 0 };
	}
	p.failed.status = why->kind;
	p.failed.stage = plan_string(&p, st->name, &f);
	p.failed.message.data = plan_string(&p, why->message, &f);
	p.failed.message.size = strlen(why->message);
	plan_add(&p, PLAN_FAILED);
	if (f.kind == FAIL_NONE)
		rc = stage_deliver(&p, &f);
	plan_release(&p);
	return rc;
}

static int
end_failed(const struct stage *st, const void *bytes, size_t n,
    const struct fail *why)
{
	stage_print_failure(st, why);
	/* A reader that is gone too changes nothing: the status is ours. */
	(void)write_failed(st, bytes, n, why);
	print_timing(st);
	return (int)why->kind;
}

/* A failed plan of an earlier stage: on it goes, as it is. */
static int
pass_on(const struct stage *st, const struct plan *p, const void *bytes,
    size_t n)
{
	struct fail f = { 0 };
	int status = (int)p->failed.status;

	if (!st->talks && !isatty(STDOUT_FILENO) &&
	    stage_write(bytes, n, &f) < 0)
		return status;
	return status;
}

static bool
failed_earlier(const struct stage *st, const struct plan *p)
{
	return plan_has(p, PLAN_FAILED) && !st->shows_failed &&
	    strcmp(p->failed.stage, st->name) != 0;
}

static bool
stdin_is_pipe(void)
{
	struct stat s;

	return fstat(STDIN_FILENO, &s) == 0 && S_ISFIFO(s.st_mode);
}

void
stage_abandon(const struct stage *st, struct fail *f)
{
	struct fail ignored = { 0 };
	void *bytes = NULL;
	struct plan p;
	size_t n = 0;
	int status;

	/*
	 * In a pipe the writer must not lose its reader: what comes is read to
	 * its end, kept for the failed plan, and an earlier failure goes first.
	 */
	plan_init(&p);
	if (st->needs != 0 && stdin_is_pipe() &&
	    stage_read(NULL, &bytes, &n, &ignored) == 0 &&
	    plan_decode(&p, bytes, n, "standard input", &ignored) == 0 &&
	    failed_earlier(st, &p))
		status = pass_on(st, &p, bytes, n);
	else
		status = end_failed(st, bytes, n, f);
	plan_release(&p);
	free(bytes);
	exit(status);
}

/* ---- runners ---- */

static int
check_needs(const struct stage *st, const struct plan *p, struct fail *f)
{
	for (unsigned s = 0; s < PLAN_SECTIONS; s++)
		if ((st->needs & PLAN_BIT(s)) != 0 && !plan_has(p, s))
			return fail(f, FAIL_INPUT, "the plan has no %s yet: "
			    "%s adds it and comes before %s",
			    plan_section_name(s), plan_section_stage(s),
			    st->name);
	return 0;
}

struct section_bytes {
	void *bytes[PLAN_SECTIONS];
	size_t n[PLAN_SECTIONS];
};

static void
release_sections(struct section_bytes *b)
{
	for (unsigned s = 0; s < PLAN_SECTIONS; s++)
		free(b->bytes[s]);
}

/* Encodes what the stage must leave alone. */
static int
take_sections(const struct stage *st, const struct plan *p,
    struct section_bytes *b, struct fail *f)
{
	for (unsigned s = 0; s < PLAN_SECTIONS; s++)
		if ((st->adds & PLAN_BIT(s)) == 0 && plan_has(p, s) &&
		    plan_encode_section(p, s, &b->bytes[s], &b->n[s], f) < 0)
			return -1;
	return 0;
}

static int
compare_sections(const struct section_bytes *was,
    const struct section_bytes *is, struct fail *f)
{
	for (unsigned s = 0; s < PLAN_SECTIONS; s++)
		if (was->n[s] != is->n[s] || (was->n[s] > 0 &&
		    memcmp(was->bytes[s], is->bytes[s], was->n[s]) != 0))
			return fail_bug(f, "a stage changed a section that is "
			    "not its own");
	return 0;
}

static unsigned
first_section(uint32_t bits)
{
	return bits == 0 ? PLAN_SECTIONS : (unsigned)__builtin_ctz(bits);
}

static unsigned
last_section(uint32_t bits)
{
	return 31u - (unsigned)__builtin_clz(bits);
}

/* Works on a plan that is in order, and holds the stage to its own section. */
static int
work_on(const struct stage *st, struct plan *p, stage_work *work,
    void *options, struct fail *f)
{
	struct section_bytes was = { 0 }, is = { 0 };
	int rc = -1;

	if (first_section(st->adds) < PLAN_SECTIONS)
		plan_drop_from(p, last_section(st->adds) + 1);
	p->has &= ~PLAN_BIT(PLAN_FAILED);
	if (take_sections(st, p, &was, f) == 0 && work(p, options, f) == 0 &&
	    take_sections(st, p, &is, f) == 0 &&
	    compare_sections(&was, &is, f) == 0)
		rc = plan_check(p, f);
	release_sections(&was);
	release_sections(&is);
	return rc;
}

static int
finish_source(const struct stage *st, struct plan *p, stage_work *work,
    void *options, struct fail *f)
{
	if (work(p, options, f) < 0 || plan_check(p, f) < 0 ||
	    stage_deliver(p, f) < 0)
		return end_failed(st, NULL, 0, f);
	print_timing(st);
	return 0;
}

int
stage_source(const struct stage *st, stage_work *work, void *options)
{
	struct fail f = new_fail(st);
	struct plan p;
	int status;

	plan_init(&p);
	status = finish_source(st, &p, work, options, &f);
	plan_release(&p);
	return status;
}

static const char *
plan_operand(const struct stage *st, int argc, char **argv)
{
	const char *path = optind < argc ? argv[optind] : NULL;

	if (argc - optind > 1)
		stage_usage(st, "one plan at a time: '%s' is one too many",
		    argv[optind + 1]);
	if (is_stdin(path) && isatty(STDIN_FILENO))
		stage_usage(st, "a plan is expected on standard input, which "
		    "is a terminal");
	return path;
}

struct run {
	const struct stage *st;
	stage_work *work;
	void *options;
	void *bytes;		/* the plan as it came */
	size_t n;
	struct plan plan;
};

static int
run_filter(struct run *r, struct fail *f)
{
	if (check_needs(r->st, &r->plan, f) < 0 ||
	    work_on(r->st, &r->plan, r->work, r->options, f) < 0 ||
	    stage_deliver(&r->plan, f) < 0)
		return end_failed(r->st, r->bytes, r->n, f);
	print_timing(r->st);
	return 0;
}

static int
run_sink(struct run *r, struct fail *f)
{
	int rc = check_needs(r->st, &r->plan, f);

	if (rc == 0)
		rc = r->work(&r->plan, r->options, f);
	/* What was printed before a failure is still worth having. */
	if (stage_write("", 0, f) < 0)
		rc = -1;
	if (rc < 0)
		return end_failed(r->st, NULL, 0, f);
	print_timing(r->st);
	return 0;
}

static int
run_plan(struct run *r, const char *path,
    int (*body)(struct run *, struct fail *))
{
	struct fail f = new_fail(r->st);
	int rc, status;

	plan_init(&r->plan);
	rc = stage_read(path, &r->bytes, &r->n, &f);
	/* Waiting for the stage before is not this stage's time. */
	clock_gettime(CLOCK_MONOTONIC, &stage_common.start);
	if (rc < 0 ||
	    plan_decode(&r->plan, r->bytes, r->n,
	    is_stdin(path) ? "standard input" : path, &f) < 0)
		status = end_failed(r->st, NULL, 0, &f);
	else if (failed_earlier(r->st, &r->plan))
		status = pass_on(r->st, &r->plan, r->bytes, r->n);
	else
		status = body(r, &f);
	plan_release(&r->plan);
	free(r->bytes);
	return status;
}

int
stage_filter(const struct stage *st, int argc, char **argv, stage_work *work,
    void *options)
{
	struct run r = { .st = st, .work = work, .options = options };

	return run_plan(&r, plan_operand(st, argc, argv), run_filter);
}

int
stage_sink(const struct stage *st, int argc, char **argv, stage_work *work,
    void *options)
{
	struct run r = { .st = st, .work = work, .options = options };

	return run_plan(&r, plan_operand(st, argc, argv), run_sink);
}

int
stage_plain(const struct stage *st, int (*work)(void *, struct fail *),
    void *options)
{
	struct fail f = new_fail(st);

	if (work(options, &f) < 0 || stage_write("", 0, &f) < 0)
		return end_failed(st, NULL, 0, &f);
	print_timing(st);
	return 0;
}
