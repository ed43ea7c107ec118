/*
 * xlcfg-impl: what reads a configuration of xl, key by key.
 */
#ifndef XB_XLCFG_IMPL_H
#define XB_XLCFG_IMPL_H

#include "cfg/cfg.h"
#include "run/xlcfg.h"

struct key_reader {
	const struct build_request *ask; bool many;
	struct cfg cfg;
	struct xlcfg *to;
	const char *target;
	struct fail *f;
};

/* FAIL_INPUT: words that follow the place of a key. */
#define key_refuse(r, p, ...) \
	(key_fail((r), (p)), fail_add((r)->f, __VA_ARGS__), fail_result())

void	key_fail(const struct key_reader *, const struct cfg_pair *);

/* A warning: nothing is done with the key. */
void	key_left(const struct key_reader *, const struct cfg_pair *,
	    const char *why);

/* The value of a key that has one, as text and as a number. */
int	key_text(const struct key_reader *, const struct cfg_pair *,
	    const char **) must_check;
int	key_number(const struct key_reader *, const struct cfg_pair *,
	    uint64_t *) must_check;

/* Was the option typed, too?  What was typed counts. */
bool	key_typed(const struct key_reader *, enum option_id);

/*
 * Makes an option of a key: of the value given, of its number with a unit
 * behind it, or of its text, where "" makes none.  Nothing happens if the
 * option was typed.  FAIL_INPUT if the stage would refuse the value.
 */
int	key_add(const struct key_reader *, const struct cfg_pair *,
	    enum option_id, const char *value) must_check;
int	key_add_number(const struct key_reader *, const struct cfg_pair *,
	    enum option_id, const char *unit) must_check;
int	key_add_text(const struct key_reader *, const struct cfg_pair *,
	    enum option_id) must_check;

#endif
