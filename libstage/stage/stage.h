/*
 * stage: the frame of every program.
 *
 * A program is a constant struct stage and a main of one screen: options, then
 * one of the three runners.  The frame reads the common options, the plan, its
 * seal and order, carries failures down the pipe, writes the plan whole or not
 * at all, and is the only place that prints or exits.
 *
 * Exit status: enum fail_kind in fail.h.
 */
#ifndef XB_STAGE_H
#define XB_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/fail.h"
#include "plan/plan.h"
#include "plan/stages.h"

#define XB_VERSION	"0.1.0"

struct stage {
	const char *name;		/* xb-pgtab */
	const char *synopsis;		/* all after the name, as in its page */
	const char *purpose;		/* one line for -h */
	const struct stage_option *options; /* own ones; ends with name NULL */
	uint32_t needs;			/* PLAN_BITs; the frame checks */
	uint32_t adds;			/* PLAN_BITs it may write */
	bool targets;			/* has -t TARGET */
	bool needs_target;		/* -t must be given (xb-load) */
	bool prints_text;			/* prints text on stdout, not a plan */
	bool shows_failed;		/* works on a failed plan too (xb-show) */
	const char *if_lost;		/* what to do where the work is done but
					 * its plan cannot be written */
	void (*version)(FILE *);	/* more lines for -V; may be NULL */
};

/*
 * Next own option, as getopt_long(3) with optarg and optind; the common ones
 * (-h -V -v -q -T, and -t where .targets) are handled inside.  -1: no more.
 */
int	stage_getopt(const struct stage *, int argc, char **argv);

/* The value of -t, or NULL. */
const char *stage_target(void);

/*
 * Wrong usage: the message, a pointer to -h and exit 64; a failed plan first
 * where the program writes plans.
 */
_Noreturn void stage_usage(const struct stage *, const char *fmt, ...)
	    printf_like(2, 3);

/*
 * A SIZE with K, M or G (powers of two), bare: bytes.  Exits by stage_usage()
 * where it is none or 0.
 */
uint64_t stage_size(const struct stage *, const char *option, const char *);
/* A decimal or 0x number of at most max, likewise. */
uint64_t stage_number(const struct stage *, const char *option, const char *,
	    uint64_t max);

/*
 * Ends the program with the failure where rc is -1: for what can fail while
 * options are read.  Like stage_usage() it keeps a pipe in order.
 */
void	stage_must(const struct stage *, int rc, struct fail *);
/* calloc(3) that ends the program so; the caller's to free. */
void	*stage_calloc(const struct stage *, size_t n, size_t size);

/* What a stage does to a plan.  options is the program's own. */
typedef int stage_work(struct plan *, void *options, struct fail *);

/*
 * Runs a stage to its end and returns the exit status.
 *   stage_source  starts an empty plan (xb-parse); operands are the program's
 *   stage_filter  reads a plan (standard input, or the operand left at
 *                 optind), works, writes the plan
 *   stage_sink    reads a plan and writes none: work prints on stdout
 * stage_filter drops the sections that .adds names, and the bound ones after
 * them, after the work has had sight of them: a stage run again sees its own.
 */
int	stage_source(const struct stage *st, stage_work *work, void *options);
int	stage_filter(const struct stage *st, int argc, char **argv,
	    stage_work *work, void *options);
int	stage_sink(const struct stage *st, int argc, char **argv,
	    stage_work *work, void *options);

/* For programs without a plan (xb-domain): work, message, status. */
int	stage_plain(const struct stage *, int (*work)(void *options,
	    struct fail *), void *options);

/*
 * The exit status of a program that ran others: its own where it failed, else
 * theirs.  The signal by which they ended (0: none) ends this program, too.
 */
int	stage_status(int own, int theirs, int by);

/* Was -v given, -q, -T? */
bool	stage_verbose(void);
bool	stage_quiet(void);
bool	stage_timing(void);

/*
 * Hands a finished plan on: as bytes, or as a person reads it where standard
 * output is a terminal.  The runners do it; xb-plan calls it itself.
 */
int	stage_deliver(const struct plan *, struct fail *) must_check;

/*
 * Reads the whole plan file, or standard input where path is NULL or "-", into
 * malloced memory.  FAIL_INPUT where it is empty or over the limit.
 */
int	stage_read(const char *path, void **bytes, size_t *n, struct fail *)
	    must_check;

/* Writes everything to standard output and flushes: FAIL_IO. */
int	stage_write(const void *, size_t n, struct fail *) must_check;

#endif
