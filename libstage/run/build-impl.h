/*
 * build-impl: the two halves of build.  One chooses what a build runs on, the
 * other runs it.
 */
#ifndef XB_BUILD_IMPL_H
#define XB_BUILD_IMPL_H

#include "run/build.h"
#include "stage/stage.h"

static inline bool
build_given(const char *text)
{
	return text != NULL && text[0] != '\0';
}

/* Sets the status of a stage or program that has reported its failure; false
 * for 0, which is none. */
static inline bool
build_ended(struct build *b, int status)
{
	b->status = status;
	return status != 0;
}

/*
 * Chooses from the request the options of the stages, the stages that run, the
 * memory, the domain and whether it is introduced, and makes the domain, unless
 * it is made last.  -1 also with a status, which has been told.
 */
int	build_choose(struct build *, struct fail *) must_check;

/* Makes the domain of b->kind; -1 with a status, which has been told. */
int	build_make_domain(struct build *) must_check;

#endif
