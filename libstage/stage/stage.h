/*
 * stage: the frame of every program.
 *
 * A program is a constant struct program and a short main: it reads its
 * options, then calls stage_sink() or stage_plain().  The main of a stage is
 * one call, stage_main().  The frame reads the common options, reads the plan
 * and checks its seal and its sections, carries failures down the pipe, and
 * writes the plan whole or not at all.  Nothing else in the library prints
 * messages or exits.
 *
 * Exit status: enum fail_kind in base/fail.h.
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
#include "sandbox/confine.h"

#define XB_VERSION	"0.1.0"

/* The domains that programs take, as -h tells them. */
#define TARGETS_ALL	"the domain: file:DIR or xen:DOMID"
#define TARGETS_XEN	"the domain: xen:DOMID"
#define TARGETS_BUILD	"the domain: file:DIR, xen:DOMID or xen, a new one " \
			"(xen)"

struct program {
	const char *name;		/* xb-show */
	const char *verb;		/* operand before all options; NULL */
	const char *operand;		/* operand after them, as the man page
					 * has it; NULL */
	const char *purpose;		/* one line for -h */
	const struct stage_row *row;	/* stage whose options it takes; NULL */
	const struct stage_option *options; /* its own; ends with name NULL */
	unsigned passes;		/* FOR_*: it takes options with these
					 * traits, of all stages */
	unsigned refuses;		/* those with these traits it only says
					 * why it refuses: -h has none */
	uint32_t needs;			/* PLAN_BITs; the frame checks them */
	const char *targets;		/* help of -t TARGET: which it takes;
					 * NULL: it has no -t */
	enum confine_profile profile;	/* what it may do once it reads */
	/* target_writes() for a program that works on a domain; else NULL. */
	const char *(*writes)(const char *target, size_t n);
	/* target_makes() for one that makes and removes domains; else NULL. */
	const char *(*makes)(const char *target);
	bool prints_text;		/* its output is text, not a plan */
	bool shows_failed;		/* takes failed plans too (xb-show) */
	void (*version)(FILE *);	/* more lines for -V; may be NULL */
};

/*
 * The next option of the program itself, as getopt_long(3) with optarg and
 * optind; the common ones (-h -V -v -q -T --no-sandbox, and -t if targets is
 * set) are handled here.  -1: no more.
 */
int	stage_getopt(const struct program *, int argc, char **argv);

/*
 * How many options these words can hold at most: letters may stand together in
 * one, so it is the bytes that count.  Not 0.
 */
size_t	stage_options_most(int argc, char **argv);

/* The value of -t, or NULL. */
const char *stage_target(void);

/*
 * Ends the program for wrong usage: prints the message and a pointer to -h, and
 * exits with FAIL_USAGE.  A program that writes plans writes a failed one.
 */
_Noreturn void stage_usage(const struct program *, const char *fmt, ...)
	    printf_like(2, 3);

/*
 * The bytes of a SIZE: a number with K, M, G or T (powers of two), or without.
 * Calls stage_usage() for anything else, and for 0.
 */
uint64_t stage_size(const struct program *, const char *option, const char *);
/* The same of a TIME (base/number.h): its milliseconds. */
uint64_t stage_time(const struct program *, const char *option, const char *);
/* A decimal or 0x number of at most max; else calls stage_usage(). */
uint64_t stage_number(const struct program *, const char *option, const char *,
	    uint64_t max);

/*
 * Ends the program with the failure if rc is -1; for calls that can fail while
 * options are read.  FAIL_USAGE ends as by stage_usage(); any other failure is
 * carried down the pipe, too.
 */
void	stage_must(const struct program *, int rc, struct fail *);
/* calloc(3) that ends the program where there is no memory. */
void	*stage_calloc(const struct program *, size_t n, size_t size);

/*
 * The whole program of a stage: reads the options that the table of stages has
 * for it, does its work and writes the plan.  The first stage begins a plan
 * from its operand; all others read one from standard input or the operand.
 */
int	stage_main(const struct stage_code *, int argc, char **argv);

/*
 * The three steps of stage_main(), for the program of a stage that can do
 * something else as well: its struct program; its options, set and checked; the
 * run, which frees them.
 */
struct program stage_frame(const struct stage_code *);
void	*stage_options(const struct program *, const struct stage_code *,
	    int argc, char **argv);
int	stage_run(const struct program *, const struct stage_code *,
	    void *options, int argc, char **argv);

/* What a program that is no stage does with a plan.  options is its own. */
typedef int stage_work(struct plan *, void *options, struct fail *);

/*
 * Reads a plan (from standard input, or the operand left at optind) and writes
 * none: work prints on standard output.
 */
int	stage_sink(const struct program *self, int argc, char **argv,
	    stage_work *work, void *options);

/*
 * For programs that are no stage and no sink (xb-domain): confines the program
 * and closes its names, but not those of a reader, which still has its file to
 * open (stage_read_confined()).  Then calls work, prints the message of a
 * failure and returns the exit status.
 */
int	stage_plain(const struct program *, int (*work)(void *options,
	    struct fail *), void *options);

/*
 * The exit status of a program that ran other programs: own where it failed
 * itself, else theirs.  If a signal ended one of them (by; 0: none), this
 * program ends by the same signal.
 */
int	stage_status(int own, int theirs, int by);

/* Was -v given, -q, -T, --no-sandbox? */
bool	stage_verbose(void);
bool	stage_quiet(void);
bool	stage_timing(void);
bool	stage_no_sandbox(void);

/*
 * Writes a finished plan to standard output: as bytes, or in words where that
 * is a terminal.  stage_main() does it for stages; xb-plan calls it itself.
 */
int	stage_deliver(const struct plan *, struct fail *) must_check;

/*
 * Reads the whole plan file, or standard input where path is NULL or "-", into
 * malloced memory.  FAIL_INPUT where it is empty or over the limit.
 */
int	stage_read(const char *path, void **bytes, size_t *n, struct fail *)
	    must_check;

/*
 * The same, and between opening the file and reading it the program is confined
 * as its profile says.  Without -t the names of a worker and above stay open
 * until stage_close_names(), since what it reads names its domain.
 */
int	stage_read_confined(const struct program *, const char *path,
	    void **bytes, size_t *n, struct fail *) must_check;

/*
 * A name that the program was told of, and that it writes to, beside standard
 * output, XB_TRACE and the domain of -t.  To be called before stage_confine()
 * and what calls it.  The name must live on; NULL and "" are none.
 */
enum stage_place {
	STAGE_THERE,			/* a file, or a folder with all below
					 * it; nothing if it is not there */
	STAGE_BELOW,			/* the same, but a folder that is not
					 * there is made: the nearest one above
					 * it */
	STAGE_ENTRY,			/* made, replaced or removed: it, and
					 * the folder that it is in */
	STAGE_DOMAIN			/* a domain: what work on it writes to
					 * and, if the program makes domains,
					 * its folder */
};
void	stage_writes(const char *name, enum stage_place);

/*
 * Confines the program as its profile says.  From now on it opens for writing
 * only what stage_writes() was told of, and, if it is below a worker, nothing
 * else for reading either.  With names a worker and above keeps all names,
 * until it knows the domain of its plan.
 */
int	stage_confine(const struct program *, bool names, struct fail *)
	    must_check;

/*
 * Closes the names that were kept, all but those that work on the plan's domain
 * writes to, if these bytes of a plan name one.  Does nothing where none were
 * kept.  Who has read a plan calls it before the plan is decoded, as
 * stage_main() and stage_sink() do.
 */
int	stage_close_names(const void *plan, size_t n, struct fail *)
	    must_check;

/* The same, of the domain's name; NULL: none. */
int	stage_close_names_but(const char *domain, struct fail *) must_check;

/* Writes everything to standard output and flushes: FAIL_IO. */
int	stage_write(const void *, size_t n, struct fail *) must_check;

/* The same for a text and a newline. */
int	stage_print_line(const char *, struct fail *) must_check;

#endif
