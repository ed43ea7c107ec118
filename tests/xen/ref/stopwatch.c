/*
 * stopwatch FILE COMMAND [ARGUMENT]...: runs the command and adds a line to
 * FILE: the milliseconds that it took, and those of processors.  Its status is
 * the command's.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double
milliseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Of the children that ended, in user and in system mode. */
static double
processors(void)
{
	struct rusage use;

	getrusage(RUSAGE_CHILDREN, &use);
	return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1e3 +
	    (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e3;
}

int
main(int argc, char **argv)
{
	double began = milliseconds(), took;
	int status;
	FILE *file;
	pid_t pid;

	if (argc < 3)
		errx(64, "usage: stopwatch FILE COMMAND [ARGUMENT]...");
	pid = fork();
	if (pid == 0) {
		execvp(argv[2], argv + 2);
		err(127, "%s", argv[2]);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		err(71, "fork");
	took = milliseconds() - began;
	file = fopen(argv[1], "a");
	if (file == NULL ||
	    fprintf(file, "%.2f %.2f\n", took, processors()) < 0 ||
	    fclose(file) != 0)
		err(74, "%s", argv[1]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 125;
}
