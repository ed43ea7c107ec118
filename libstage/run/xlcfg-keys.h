/*
 * run/xlcfg-keys: the keys of xl.cfg(5), and what xb makes of each.
 */
#ifndef XB_XLCFG_KEYS_H
#define XB_XLCFG_KEYS_H

#include "plan/stages.h"

enum xlcfg_use {
	KEY_UNKNOWN,			/* xl has no such key */
	KEY_LEFT,			/* left out, with a warning */
	KEY_REFUSED,			/* words are the way out */
	KEY_DEVICE,			/* words are xl's verb for it */
	KEY_TEXT,			/* an option's value, as it is */
	KEY_NUMBER,			/* the same; it is a number */
	KEY_MIB,			/* the same; of MiB */
	KEY_ONE_TEXT,			/* as KEY_TEXT, of one domain alone */
	KEY_TYPE,			/* words are the values that xb does */
	KEY_POOL,			/* a pool of CPUs, by name or number */
	KEY_OTHER			/* seen together with others */
};

struct xlcfg_key {
	const char *name;
	enum xlcfg_use use;
	enum option_id option;
	const char *words;
};

/* Those that are not left out. */
extern const struct xlcfg_key xlcfg_keys[];
extern const size_t xlcfg_n_keys;

/* The row of a key; of one that is left out, or unknown, a row of that use. */
const struct xlcfg_key *xlcfg_key(const char *name);

#endif
