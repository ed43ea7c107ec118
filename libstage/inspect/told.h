/*
 * told: what a domain tells of itself, where a program takes a PLAN.
 *
 * Of a domain that is built and has not run, registers, start_info and page
 * tables tell most of its plan (canonical_recover()).  Of one that has run, or
 * is not built yet, there is what the hypervisor says and what is mapped.
 */
#ifndef XB_TOLD_H
#define XB_TOLD_H

#include <stdbool.h>
#include <stdio.h>

#include "plan/plan.h"
#include "target/target.h"

typedef int told_work(struct plan *, struct target *, void *arg,
	    struct fail *);

/* Does work on the plan that the domain tells.  FAIL_TARGET: it tells none. */
int	told_run(const char *target, told_work *work, void *arg, struct fail *)
	    must_check;

/*
 * Shows a domain: what it is, what vcpu 0's page tables map, and what it tells
 * of its plan, or why it tells nothing.  The keys of the JSON are in
 * xb-show(1).  all: every run that is mapped; else the first ones.
 */
struct told_form {
	bool json, all;
	FILE *to;
};

int	told_show(const char *target, const struct told_form *, struct fail *)
	    must_check;

#endif
