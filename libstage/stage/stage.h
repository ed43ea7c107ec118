/*
 * stage: the frame of every program.
 *
 * A program is a constant struct stage and a main of one screen: options, then
 * one of the runners; that of a stage is one call, stage_main().  The frame
 * reads the common options, the plan, its seal and order, carries failures down
 * the pipe, writes the plan whole or not at all, and is the only place that
 * prints or exits.
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
	const char *name;		/* xb-show */
	const char *verb;		/* an operand before all options; NULL */
	const char *operand;		/* behind them, as in the page; NULL */
	const char *purpose;		/* one line for -h */
	const struct stage_row *row;	/* whose options it takes; NULL */
	const struct stage_option *options; /* own ones; ends with name NULL */
	unsigned passes;		/* FOR_*: takes these of all stages */
	uint32_t needs;			/* PLAN_BITs; the frame checks */
	bool targets;			/* has -t TARGET */
	bool prints_text;		/* prints text on stdout, not a plan */
	bool shows_failed;		/* works on a failed plan too (xb-show) */
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
 * options are read.  Like stage_usage() it keeps a pipe in order, and is that
 * for FAIL_USAGE.
 */
void	stage_must(const struct stage *, int rc, struct fail *);
/* calloc(3) that ends the program so; the caller's to free. */
void	*stage_calloc(const struct stage *, size_t n, size_t size);

/*
 * The program of a stage: its options by the table, its work, its plan.  The
 * first one begins a plan with its operand, the others read one from standard
 * input or the operand.
 */
int	stage_main(const struct stage_code *, int argc, char **argv);

/*
 * The same in pieces, for a stage that can do something else instead: its
 * frame; its options, set and ready; the run, which frees them.
 */
struct stage stage_frame(const struct stage_code *);
void	*stage_options(const struct stage *, const struct stage_code *,
	    int argc, char **argv);
int	stage_run(const struct stage *, const struct stage_code *,
	    void *options, int argc, char **argv);

/* What another program does with a plan.  options is its own. */
typedef int stage_work(struct plan *, void *options, struct fail *);

/*
 * Reads a plan (standard input, or the operand left at optind) and writes none:
 * work prints on standard output.
 */
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
