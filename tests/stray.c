/*
 * stray: a shared object for LD_PRELOAD.  When the program ends, still
 * confined, it makes the file that STRAY names, as a program that is taken over
 * might, and prints what became of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void __attribute__((destructor))
stray(void)
{
	int fd = open(getenv("STRAY"), O_WRONLY | O_CREAT, 0600);

	dprintf(STDERR_FILENO, "stray: %s\n", fd < 0 ? strerror(errno) :
	    "made");
}
