/*
 * stages: the table of the stages that build a domain, and of their options.
 *
 * The rows are in stages.def.  The frame of every program, the engine, xb-show
 * and the readers of plans and records take names, order, sections and options
 * from here.  The table is data alone: a program that uses it does not link the
 * work of the stages.  The work of each stage is one object, a struct
 * stage_code, and a program links those that it names.
 */
#ifndef XB_PLAN_STAGES_H
#define XB_PLAN_STAGES_H

#include <stdint.h>
#include <stdio.h>

#include "base/fail.h"
#include "plan/plan.h"

/* The stages in pipe order; after them the taker of options of a new domain,
 * which is no stage. */
enum stage_id {
#define STAGE(ID, ...)	STAGE_##ID,
#define DOMAIN(ID, ...)	STAGES, STAGE_##ID = STAGES,
#include "plan/stages.def"
	STAGE_TAKERS,
	STAGE_NOTHING = STAGES
};

/*
 * Every option of every stage.  stage_getopt() returns these numbers, so they
 * are larger than any letter.  The options of a stage stand after a number that
 * is no option, OPTIONS_ID.
 */
enum option_id {
	OPTION_OPERAND = 512,		/* KERNEL of xb-parse */
#define STAGE(ID, ...)	OPTIONS_##ID,
#define DOMAIN(ID, ...)	OPTIONS_##ID,
#define OPTION(ID, ...)	OPTION_##ID,
#include "plan/stages.def"
	OPTIONS_END
};

/*
 * Traits of an option.  If it has one of the three FOR_ traits, programs that
 * run all stages take it as well; else only the program of its stage does.
 */
enum option_trait {
	FOR_IMAGE = 1,			/* kept in a record, and fixed there */
	FOR_GUEST = 2,			/* kept in a record; xb-replay may
					 * replace it */
	FOR_HOST = 4,			/* depends on the machine: no record
					 * keeps it */
	IS_REQUIRED = 8,
	OR_NEXT = 16,			/* it and the next exclude each other */
	IS_FILE = 32,			/* a record keeps the file's bytes */
	BY_OPERAND = 64,		/* in the synopsis it stands in the
					 * operand's place */
	OF_FILE = 256,			/* says more of the file before it */
	OF_ONE = 128			/* two domains cannot have the same */
};

struct stage_option {
	char letter;			/* 0: long form only */
	const char *name;		/* long form */
	const char *argument;		/* NULL: takes none */
	const char *help;		/* one line for -h */
	int value;			/* what stage_getopt() returns: an
					 * option_id; 0: the letter */
	unsigned traits;		/* of enum option_trait */
};

enum stage_flag {
	STAGE_TOUCHES = 1,		/* touches a domain; has -t TARGET */
	STAGE_OPTIONAL = 2,		/* a build is complete without it */
	STAGE_TALKS = 4			/* speaks to a daemon */
};

struct stage_row {
	const char *name;		/* xb-pgtab */
	enum stage_id needs;		/* the stage before it, and those that
					 * it needs; STAGE_NOTHING: none */
	unsigned flags;			/* of enum stage_flag */
	const char *operand;		/* as the man page has it */
	const char *purpose;		/* one line */
	const char *if_lost;		/* what the user can do if the work is
					 * done, but its plan cannot be written;
					 * NULL */
	const struct stage_option *options; /* ends with name NULL */
};

extern const struct stage_row stage_rows[STAGE_TAKERS];

/* The stage of that name; STAGES where there is none. */
enum stage_id stage_named(const char *);

/* The stage that an option names; FAIL_USAGE where there is none. */
int	stage_asked(const char *option, const char *name, enum stage_id *,
	    struct fail *) must_check;

/* The sections that the stage needs, and those that it adds: PLAN_BITs, of
 * guests of every type. */
uint32_t stage_needs(enum stage_id);
uint32_t stage_adds(enum stage_id);

/* The stage that adds a section; STAGES for PLAN_FAILED. */
enum stage_id plan_section_adder(enum plan_section);

/* The sections that guests of a type have: PLAN_BITs. */
uint32_t plan_sections_of(enum guest_type);

/* The section that a section needs in the plan of a guest of that type;
 * PLAN_NOTHING: none. */
enum plan_section plan_section_base(enum guest_type, enum plan_section);

/* An option as a person types it: -x, or --name where it has no letter. */
struct option_word {
	char s[64];
};
struct option_word stage_option_word(const struct stage_option *);

/* The row of an option, and the stage that takes it. */
const struct stage_option *stage_option_row(enum option_id);
enum stage_id stage_of_option(enum option_id);

/*
 * The option of that long name that has one of these traits; OPTION_OPERAND
 * where there is none.
 */
enum option_id stage_option_named(const char *name, unsigned traits);

/*
 * The work of a stage.  Its options are size bytes, zero at first.  set stores
 * one option in them; value must live as long as they do.  ready is called when
 * all options are set, and checks them.  Both fail with FAIL_USAGE.  release
 * frees what set allocated.  work does the stage's work on a plan; target is
 * the value of -t or NULL.  version prints more lines for -V.  writes has the
 * folders that work on a target writes to (target_writes()).  All but work may
 * be NULL; the row of DOMAIN has no work.
 */
struct stage_code {
	enum stage_id stage;
	size_t size;
	int (*set)(void *options, enum option_id, const char *value,
	    struct fail *) must_check;
	int (*ready)(void *options, struct fail *) must_check;
	void (*release)(void *options);
	int (*work)(struct plan *, const char *target, void *options,
	    struct fail *) must_check;
	void (*version)(FILE *);
	const char *(*writes)(const char *target, size_t n);
};

/* stage_parse, stage_layout ...: each is defined next to its work. */
#define STAGE(ID, word, ...)	extern const struct stage_code stage_##word;
#define DOMAIN(ID, word, ...)	extern const struct stage_code stage_##word;
#include "plan/stages.def"

/*
 * Runs one stage on a plan.  A plan that lacks a section which the stage needs
 * is FAIL_INPUT.  The failure and all sections of later stages are dropped from
 * the plan; sections that an earlier run of the same stage added are still
 * there when work is called.  work must change no sections but its own, and
 * leave a plan that passes plan_check().
 */
int	stage_apply(const struct stage_code *, struct plan *,
	    const char *target, void *options, struct fail *) must_check;

/* FAIL_INPUT if the plan lacks one of these sections that its guest's type has,
 * and which the program named who needs. */
int	plan_check_needs(const struct plan *, uint32_t sections,
	    const char *who, struct fail *) must_check;

#endif
