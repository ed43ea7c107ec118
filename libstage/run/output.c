#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "report/report.h"
#include "run/output.h"

static int
cannot(const char *path, int e, struct fail *f)
{
	return fail_errno(f, fail_kind_of_output(e), e, "cannot write '%s'",
	    path);
}

/* Where the file is, or would be: a link that leads to it stays one. */
static void
find(const char *path, char real[PATH_MAX])
{
	if (realpath(path, real) == NULL)
		snprintf(real, PATH_MAX, "%s", path);
}

int
output_check(const char *path, struct fail *f)
{
	char real[PATH_MAX];
	struct stat st;
	bool there;
	int dir;

	if (path == NULL)
		return 0;
	if (path[0] == '\0')
		return cannot(path, ENOENT, f);
	there = stat(path, &st) == 0;
	if (!there && errno != ENOENT)
		return cannot(path, errno, f);
	if (there && S_ISDIR(st.st_mode))
		return cannot(path, EISDIR, f);
	if (there && faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) < 0)
		return cannot(path, errno, f);
	if (there && !S_ISREG(st.st_mode))
		return 0;
	find(path, real);
	dir = file_open_above(real);
	if (dir < 0 || faccessat(dir, ".", W_OK | X_OK, AT_EACCESS) < 0)
		(void)fail_errno(f, fail_kind_of_output(errno), errno,
		    "cannot write %s'%s'", there ? "beside " : "", path);
	if (dir >= 0)
		close(dir);
	return f->kind == FAIL_NONE ? 0 : -1;
}

static int
replace(const char *path, const struct stat *st, bool made, const void *plan,
    size_t n, struct fail *f)
{
	struct fail why = { .kind = FAIL_NONE };
	char real[PATH_MAX], *name;
	int dir, rc;

	find(path, real);
	dir = file_open_above(real);
	if (dir < 0)
		return cannot(path, errno, f);
	name = basename(real);
	rc = file_replace_unsynced(dir, name, st->st_mode & 0777, plan, n,
	    &why);
	if (rc < 0)
		rc = fail(f, why.kind, "the plan '%s': %s", path, why.message);
	else if (fchmodat(dir, name, st->st_mode & 07777, 0) < 0)
		rc = cannot(path, errno, f);
	if (rc < 0 && made)
		(void)unlinkat(dir, name, 0);
	close(dir);
	return rc;
}

static int
print_words(FILE *to, const void *plan, size_t n, struct fail *f)
{
	struct plan p;
	int rc;

	plan_init(&p);
	rc = plan_decode(&p, plan, n, "the plan", f);
	if (rc == 0)
		rc = report_text(&p, to, f);
	plan_release(&p);
	return rc;
}

static int
write_through(const char *path, const void *plan, size_t n, struct fail *f)
{
	FILE *to = fopen(path, "we");
	int rc = 0;

	if (to == NULL)
		return cannot(path, errno, f);
	if (isatty(fileno(to)))
		rc = print_words(to, plan, n, f);
	else if (fwrite(plan, 1, n, to) != n)
		rc = cannot(path, errno, f);
	if (fclose(to) != 0 && rc == 0)
		rc = cannot(path, errno, f);
	return rc;
}

int
output_write(const char *path, const void *plan, size_t n, struct fail *f)
{
	struct stat st;
	bool there = stat(path, &st) == 0;
	int fd;

	if (!there && errno != ENOENT)
		return cannot(path, errno, f);
	if (there && !S_ISREG(st.st_mode))
		return write_through(path, plan, n, f);
	if (there)
		return replace(path, &st, false, plan, n, f);
	/* Made first, for a link may lead to where nothing is yet. */
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0 || fstat(fd, &st) < 0)
		return cannot(path, errno, f);
	close(fd);
	return replace(path, &st, true, plan, n, f);
}

int
output_write_plan(const char *path, const struct plan *p, struct fail *f)
{
	void *bytes;
	size_t n;
	int rc;

	if (path == NULL)
		return 0;
	if (plan_encode(p, &bytes, &n, f) < 0)
		return -1;
	rc = output_write(path, bytes, n, f);
	free(bytes);
	return rc;
}
