/*
 * xlcfg: the text of a configuration of xl.  libxlutil keeps what it allocated,
 * for the process that parses ends soon, so leaks are not looked for.
 */
#include <sanitizer/lsan_interface.h>

#include "cfg/impl.h"
#include "fuzz.h"

static void
check_pair(const struct cfg_pair *p)
{
	fuzz_promise(p->key[0] != '\0', "a key has a name");
	fuzz_promise(p->line > 0, "lines count from 1");
	fuzz_promise(p->depth <= 2, "a depth is known");
	fuzz_promise(p->depth != 0 || p->n_values == 1, "one value is one");
	for (size_t i = 0; i < p->n_values; i++)
		fuzz_promise(p->values[i] != NULL, "a value is there");
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct fail f = { .kind = FAIL_NONE };
	struct arena arena = ARENA_INIT;
	struct cfg cfg;
	int rc;

	__lsan_disable();
	rc = cfg_parse("the input", (const char *)bytes, n, &cfg, &arena, &f);
	__lsan_enable();
	fuzz_outcome(rc, &f);
	for (size_t i = 0; rc == 0 && i < cfg.n_pairs; i++)
		check_pair(&cfg.pairs[i]);
	arena_release(&arena);
	return 0;
}
