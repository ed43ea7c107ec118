#include <string.h>

#include "abi/features.h"

/* The names that Xen's libelf reads; it knows no others. */
static const struct { uint8_t bit; const char *name; } names[] = {
	{ 0, "writable_page_tables" },
	{ 1, "writable_descriptor_tables" },
	{ FEATURE_AUTO_TRANSLATED, "auto_translated_physmap" },
	{ 3, "supervisor_mode_kernel" },
	{ 4, "pae_pgdir_above_4gb" },
	{ 8, "hvm_callback_vector" },
	{ FEATURE_DOM0, "dom0" },
};

enum { NAMES = sizeof(names) / sizeof(names[0]) };

const char *
feature_name(unsigned bit)
{
	for (size_t i = 0; i < NAMES; i++)
		if (names[i].bit == bit)
			return names[i].name;
	return NULL;
}

static const char *
next_name(const char **text, const char *between, size_t *n)
{
	const char *start = *text + strspn(*text, between);

	*n = strcspn(start, between);
	*text = start + *n;
	return *n > 0 ? start : NULL;
}

int
features_read(const char *text, bool asked, uint64_t *supported,
    uint64_t *required, struct fail *f)
{
	const char *between = asked ? "|," : "|";
	const char *name;
	size_t n;

	while ((name = next_name(&text, between, &n)) != NULL) {
		bool needed = name[0] == '!';
		uint64_t bit = 0;

		name += needed;
		n -= needed;
		for (size_t i = 0; i < NAMES; i++)
			if (strlen(names[i].name) == n &&
			    memcmp(names[i].name, name, n) == 0)
				bit = UINT64_C(1) << names[i].bit;
		if (bit == 0 && (needed || asked))
			return fail(f, FAIL_INPUT, "unknown feature '%.*s'; "
			    "known are writable_page_tables, "
			    "writable_descriptor_tables, "
			    "auto_translated_physmap, supervisor_mode_kernel, "
			    "pae_pgdir_above_4gb, hvm_callback_vector, dom0",
			    (int)(n < 128 ? n : 128), name);
		*supported |= bit;
		*required |= needed ? bit : 0;
	}
	return 0;
}
