/*
 * operand: the domain that a command line names, as TARGET or by a PLAN, and
 * the walk through its page tables: what xb-walk and xb-core begin with.  Like
 * a program it stands on the room stage: it reads standard input, and ends
 * with a usage error.
 */
#ifndef XB_OPERAND_H
#define XB_OPERAND_H

#include <stdbool.h>

#include "plan/plan.h"
#include "stage/stage.h"
#include "target/target.h"
#include "walk/walk.h"

struct operand {
	const char *name;		/* of the target; NULL: there is none */
	struct plan *plan;		/* NULL: the operand was a TARGET */
	struct target *target;		/* NULL: nothing is built yet */
	struct target_info info;	/* of the target */
	struct walk *walk;
};

typedef int operand_work(struct operand *, void *arg, struct fail *);

/*
 * Does the word name a target?  It does when it begins with a target's scheme
 * and a colon; a plan in a file of such a name is ./NAME.
 */
bool	operand_is_target(const char *word);

/*
 * Runs a program on the operand left at optind, a TARGET or a PLAN (none:
 * standard input), and returns its exit status.  Tables are those that vcpu 0
 * uses; of a plan whose domain has not run, the plan's; of a plan without page
 * tables, the planned ones.
 *
 * still: the domain stands still while work is done.  One that runs is paused
 * and goes on after it, whatever comes; signals that end a program wait for
 * that, and work should end when stop_check() says that one has come.
 */
int	operand_run(const struct program *, bool still, int argc, char **argv,
	    operand_work *work, void *arg);

#endif
