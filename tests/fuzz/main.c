/*
 * main: runs a fuzz target over files, each once, without a fuzzer.
 *
 * Arguments are files and folders; without one it is the target's corpus, from
 * the top of the tree.  The last line is one for tests/run to count.
 */
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

static unsigned files;

/* The bytes are malloced anew for each run: a sanitizer sees where they end. */
static void
run_file(int fd, const char *path, size_t n)
{
	uint8_t *bytes = malloc(n == 0 ? 1 : n);

	if (bytes == NULL || read(fd, bytes, n) != (ssize_t)n)
		err(74, "cannot read '%s'", path);
	printf("[ RUN      ] %s\n", path);
	fflush(stdout);
	LLVMFuzzerTestOneInput(bytes, n);
	files++;
	free(bytes);
}

static void run(const char *path);

static void
run_folder(const char *path)
{
	struct dirent **entry;
	int n = scandir(path, &entry, NULL, alphasort);

	if (n < 0)
		err(66, "cannot read '%s'", path);
	for (int i = 0; i < n; i++) {
		char *inner;

		if (asprintf(&inner, "%s/%s", path, entry[i]->d_name) < 0)
			err(71, "no memory");
		if (entry[i]->d_name[0] != '.')
			run(inner);
		free(inner);
		free(entry[i]);
	}
	free(entry);
}

static void
run(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		err(66, "cannot open '%s'", path);
	if (S_ISDIR(st.st_mode))
		run_folder(path);
	else
		run_file(fd, path, (size_t)st.st_size);
	close(fd);
}

int
main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/');
	char *corpus;

	name = name == NULL ? argv[0] : name + 1;
	if (asprintf(&corpus, "tests/fuzz/corpus/%s",
	    strncmp(name, "fuzz-", 5) == 0 ? name + 5 : name) < 0)
		err(71, "no memory");
	if (argc == 1)
		run(corpus);
	for (int i = 1; i < argc; i++)
		run(argv[i]);
	free(corpus);
	printf("[       OK ] %s: %u files\n", name, files);
	return files == 0;
}
