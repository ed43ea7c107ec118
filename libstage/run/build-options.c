#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/build-options.h"

size_t
build_options_most(int argc, char **argv)
{
	size_t n = 1;

	for (int i = 1; i < argc; i++)
		n += strlen(argv[i]);
	return n;
}

int
build_add(struct words *w, const char *name, const char *value,
    struct fail *f)
{
	char *word;
	int rc;

	if (asprintf(&word, "--%s%s%s", name, value != NULL ? "=" : "",
	    value != NULL ? value : "") < 0)
		return fail_memory(f, strlen(name));
	rc = words_add(w, word, f);
	free(word);
	return rc;
}

int
build_add_common(struct words *w, struct fail *f)
{
	if ((stage_quiet() && words_add(w, "-q", f) < 0) ||
	    (stage_timing() && words_add(w, "-T", f) < 0) ||
	    (stage_verbose() && words_add(w, "-v", f) < 0))
		return -1;
	return 0;
}
