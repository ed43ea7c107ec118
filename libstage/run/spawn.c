#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "run/spawn.h"

/* The folder of the running program, "" where it cannot be known. */
static void
own_folder(char path[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);
	char *slash;

	path[n > 0 ? n : 0] = '\0';
	slash = strrchr(path, '/');
	if (slash != NULL)
		*slash = '\0';
}

/* DIR/program where it can be run, malloced, else NULL. */
static char *
in_folder(const char *dir, size_t n, const char *program)
{
	struct stat st;
	char *path;

	if (n == 0)
		return NULL;
	if (asprintf(&path, "%.*s/%s", (int)n, dir, program) < 0)
		return NULL;
	if (access(path, X_OK) == 0 && stat(path, &st) == 0 &&
	    S_ISREG(st.st_mode))
		return path;
	free(path);
	return NULL;
}

/* The path of a program, malloced. */
static char *
find_program(const char *program, struct fail *f)
{
	const char *path = getenv("PATH");
	char own[PATH_MAX], *found;

	own_folder(own);
	found = in_folder(own, strlen(own), program);
	while (found == NULL && path != NULL && *path != '\0') {
		size_t n = strcspn(path, ":");

		found = in_folder(path, n, program);
		path += n + (path[n] == ':');
	}
	if (found == NULL)
		(void)fail(f, FAIL_MISSING, "cannot find '%s': it is neither "
		    "beside this program nor in a folder of PATH", program);
	return found;
}

static int
set_variable(struct words *env, const char *setting, struct fail *f)
{
	size_t n = strcspn(setting, "=") + 1;
	char *copy;

	for (size_t i = 0; i < env->n; i++) {
		if (strncmp(env->v[i], setting, n) != 0)
			continue;
		copy = strdup(setting);
		if (copy == NULL)
			return fail_memory(f, strlen(setting));
		free(env->v[i]);
		env->v[i] = copy;
		return 0;
	}
	return words_add(env, setting, f);
}

static int
make_environment(const struct spawn *s, struct words *env, struct fail *f)
{
	const char *path = getenv("PATH");
	char own[PATH_MAX], *both;
	int rc = 0;

	for (size_t i = 0; environ[i] != NULL && rc == 0; i++)
		rc = words_add(env, environ[i], f);
	own_folder(own);
	if (rc < 0)
		return -1;
	if (asprintf(&both, "PATH=%s%s%s", own, path != NULL ? ":" : "",
	    path != NULL ? path : "") < 0)
		return fail_memory(f, sizeof(own));
	rc = set_variable(env, both, f);
	free(both);
	for (size_t i = 0; s->env != NULL && s->env[i] != NULL && rc == 0; i++)
		rc = set_variable(env, s->env[i], f);
	return rc;
}

static const int enders[] = { SIGHUP, SIGINT, SIGTERM };

/* What ends us: a signal that is blocked comes even where it is ignored. */
static void
signals_that_end(sigset_t *set)
{
	struct sigaction now;

	sigemptyset(set);
	for (size_t i = 0; i < sizeof(enders) / sizeof(enders[0]); i++)
		if (sigaction(enders[i], NULL, &now) == 0 &&
		    now.sa_handler != SIG_IGN)
			sigaddset(set, enders[i]);
}

int
spawn_hold(sigset_t *was, struct fail *f)
{
	sigset_t set;

	signals_that_end(&set);
	if (sigprocmask(SIG_BLOCK, &set, was) < 0)
		return fail_errno(f, FAIL_SYSTEM, errno, "cannot block "
		    "signals");
	return 0;
}

int
spawn_caught(void)
{
	static const struct timespec at_once = { 0, 0 };
	sigset_t set;
	int number;

	signals_that_end(&set);
	number = sigtimedwait(&set, NULL, &at_once);
	return number > 0 ? number : 0;
}

void
spawn_let_go(const sigset_t *was)
{
	(void)sigprocmask(SIG_SETMASK, was, NULL);
}

struct child {
	const struct spawn *what;
	char *path;
	struct words env;
	int out;			/* of a capture; -1 */
	sigset_t mask;			/* as it was */
	pid_t pid;
};

static int
start(struct child *c, struct fail *f)
{
	const struct spawn *s = c->what;
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;
	sigset_t defaults, mask = c->mask;
	int e;

	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&how);
	if (s->in != NULL)
		posix_spawn_file_actions_addopen(&files, STDIN_FILENO, s->in,
		    O_RDONLY, 0);
	if (s->out != NULL)
		posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, s->out,
		    O_WRONLY | O_CREAT | O_TRUNC, 0666);
	if (c->out >= 0)
		posix_spawn_file_actions_adddup2(&files, c->out, STDOUT_FILENO);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	sigaddset(&defaults, SIGXFSZ);
	posix_spawnattr_setsigdefault(&how, &defaults);
	/* What ends it gets through, also where its parent waits otherwise. */
	for (size_t i = 0; i < sizeof(enders) / sizeof(enders[0]); i++)
		(void)(s->undoes ? sigaddset : sigdelset)(&mask, enders[i]);
	posix_spawnattr_setsigmask(&how, &mask);
	posix_spawnattr_setflags(&how,
	    POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	e = posix_spawn(&c->pid, c->path, &files, &how, (char *const *)
	    (uintptr_t)s->argv, c->env.v);
	posix_spawnattr_destroy(&how);
	posix_spawn_file_actions_destroy(&files);
	if (e != 0)
		return fail_errno(f, fail_kind_of(e, FAIL_SYSTEM), e,
		    "cannot run '%s'", c->path);
	return 0;
}

static int
await(const struct child *c, const sigset_t *signals,
    struct spawn_result *result, struct fail *f)
{
	siginfo_t info;
	int status;

	for (;;) {
		pid_t got = waitpid(c->pid, &status, WNOHANG);

		if (got < 0)
			return fail_errno(f, FAIL_SYSTEM, errno,
			    "cannot wait for '%s'", c->path);
		if (got == c->pid)
			break;
		if (sigwaitinfo(signals, &info) < 0 ||
		    info.si_signo == SIGCHLD)
			continue;
		result->signal = info.si_signo;
		if (info.si_code != SI_KERNEL && !c->what->undoes)
			kill(c->pid, info.si_signo);
	}
	result->status = WIFEXITED(status) ? WEXITSTATUS(status) :
	    128 + WTERMSIG(status);
	return 0;
}

static int
read_capture(int fd, struct spawn_result *result, struct fail *f)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fail_errno(f, FAIL_SYSTEM, errno, "cannot read output");
	result->text = calloc((size_t)st.st_size + 1, 1);
	if (result->text == NULL)
		return fail_memory(f, (size_t)st.st_size);
	result->n = (size_t)st.st_size;
	return file_pread(fd, "output", result->text, result->n, 0, f);
}

static int
run(struct child *c, struct spawn_result *result, struct fail *f)
{
	sigset_t signals;
	int rc;

	signals_that_end(&signals);
	sigaddset(&signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, &signals, &c->mask);
	rc = start(c, f);
	if (rc == 0)
		rc = await(c, &signals, result, f);
	sigprocmask(SIG_SETMASK, &c->mask, NULL);
	if (rc == 0 && c->out >= 0)
		rc = read_capture(c->out, result, f);
	return rc;
}

int
spawn_run(const struct spawn *s, struct spawn_result *result, struct fail *f)
{
	struct child c = { .what = s, .env = WORDS_INIT, .out = -1 };
	int rc = -1;

	*result = (struct spawn_result){ .text = NULL };
	c.path = find_program(s->argv[0], f);
	if (c.path == NULL)
		return -1;
	if (s->capture) {
		c.out = memfd_create("output", MFD_CLOEXEC);
		if (c.out < 0)
			(void)fail_errno(f, FAIL_SYSTEM, errno,
			    "cannot keep the output of '%s'", c.path);
	}
	if ((!s->capture || c.out >= 0) &&
	    make_environment(s, &c.env, f) == 0)
		rc = run(&c, result, f);
	if (rc < 0)
		spawn_release(result);
	if (c.out >= 0)
		close(c.out);
	words_release(&c.env);
	free(c.path);
	return rc;
}

void
spawn_release(struct spawn_result *result)
{
	free(result->text);
	*result = (struct spawn_result){ .text = NULL };
}
