/*
 * fail: how the library reports what went wrong.
 *
 * A call that can fail takes a struct fail *.  On failure it returns -1, and
 * the struct has the kind of the failure, which is the exit status of the
 * program, and one message for the user.  Further failures on the way out do
 * not replace the first.  Only the frame (stage/stage.h) prints and exits; it
 * puts the program's name in front of the message.
 *
 * Messages: lower case, no full stop, the fault first, the subject in single
 * quotes, numbers with their limit, then the way out.  Bytes of the input may
 * be put in with %s; the frame escapes them (base/escape.h).
 */
#ifndef XB_FAIL_H
#define XB_FAIL_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cppcheck__	/* which cannot parse attributes of members */
#define must_check
#else
#define must_check	__attribute__((warn_unused_result))
#endif
#define printf_like(f, a) __attribute__((format(printf, f, a)))

/*
 * xb(7) promises these numbers to users.  From 64 on they are those of
 * sysexits.h; below it they say how a guest ended that was waited for.  1 is an
 * answer of "no", and no failure.
 */
enum fail_kind {
	FAIL_NONE	= 0,
	FAIL_CRASHED	= 2,	/* the guest crashed, or a watchdog ended it */
	FAIL_REBOOTS	= 3,	/* the guest asked to be started again */
	FAIL_ENDED	= 4,	/* the guest ended otherwise: a suspend ... */
	FAIL_LATE	= 5,	/* the guest had not ended in time */
	FAIL_USAGE	= 64,	/* wrong command line */
	FAIL_INPUT	= 65,	/* image, plan or size refused; a difference
				 * was found */
	FAIL_MISSING	= 66,	/* a file named by the user is not there */
	FAIL_TARGET	= 69,	/* the target refused or is missing */
	FAIL_BUG	= 70,	/* a mistake of xb itself */
	FAIL_SYSTEM	= 71,	/* another system call or hypercall failed */
	FAIL_IO		= 74,	/* a file of xb's own, or its output */
	FAIL_FULL	= 75,	/* no room on the host or in the pool now, or
				 * another program has the domain: the same may
				 * work later, or elsewhere */
	FAIL_PERM	= 77	/* not permitted */
};

enum say_level {
	SAY_WARNING, SAY_ANSWER, SAY_ESCAPED, SAY_NOTE, SAY_LEVELS
};

struct fail {
	enum fail_kind kind;
	char message[2048];	/* NUL-terminated, cut with "..." */
	bool bare;		/* by fail_memory(): it does not say what the
				 * memory was for */
	bool hinted;		/* the message ends with where help is */

	/*
	 * Takes messages that are no failures: warnings, answers to what the
	 * user asked (not shown with -q) and notes (shown with -v).
	 * SAY_ESCAPED is an answer that is escaped already.  The frame sets
	 * the function; with NULL these messages are dropped.
	 */
	void (*say)(void *arg, enum say_level level, const char *message);
	void *say_arg;
};

/*
 * fail(f, kind, fmt, ...) records the failure, unless f has one already; its
 * value is always -1.  fail_errno(f, kind, e, fmt, ...) also puts ": " and the
 * text of the errno value e after the message.  They are macros, so that
 * compilers and checkers see the -1.
 */
#define fail(...)	(fail_set(__VA_ARGS__), fail_result())
#define fail_errno(...)	(fail_set_errno(__VA_ARGS__), fail_result())
/* The same, and that of fail_memory(), with the value NULL. */
#define fail_null(...)	(fail_set(__VA_ARGS__), (void *)NULL)
#define fail_errno_null(...) (fail_set_errno(__VA_ARGS__), (void *)NULL)
#define fail_memory_null(f, n) \
	(fail_set_memory((f), (size_t)(n)), (void *)NULL)

void	fail_set(struct fail *, enum fail_kind, const char *fmt, ...)
	    printf_like(3, 4);
void	fail_set_errno(struct fail *, enum fail_kind, int e, const char *fmt,
	    ...) printf_like(4, 5);

/*
 * Adds words, such as the way out, to the message of a failure.  Where both do
 * not fit, the old words are cut.
 */
void	fail_add(struct fail *, const char *fmt, ...) printf_like(2, 3);

static inline int
fail_result(void)
{
	return -1;
}

/*
 * The kind for an errno value of a file that the user named: FAIL_MISSING,
 * FAIL_PERM, or otherwise.
 */
enum fail_kind fail_kind_of(int e, enum fail_kind otherwise);

/* The same for a file that is to be written: FAIL_PERM or FAIL_IO. */
enum fail_kind fail_kind_of_output(int e);

/* For a state that cannot occur.  Records file and line; always -1. */
#define fail_bug(f, what) \
	fail((f), FAIL_BUG, "%s:%d: %s; please report this", \
	    __FILE__, __LINE__, (what))

/* No memory for n bytes.  Always -1. */
#define fail_memory(f, n) (fail_set_memory((f), (size_t)(n)), fail_result())

void	fail_set_memory(struct fail *, size_t n);

/* Passes a failure on as it is.  Always -1. */
#define fail_pass(f, why) (fail_set_as((f), (why)), fail_result())

void	fail_set_as(struct fail *, const struct fail *why);

/* Names what the work was on, where no memory is all that the message says. */
void	fail_memory_on(struct fail *, const char *name);

/* A message that is no failure. */
#define fail_warn(f, ...)	fail_say((f), SAY_WARNING, __VA_ARGS__)
#define fail_answer(f, ...)	fail_say((f), SAY_ANSWER, __VA_ARGS__)
#define fail_note(f, ...)	fail_say((f), SAY_NOTE, __VA_ARGS__)
/* The same, for an answer that is escaped already (base/escape.h). */
#define fail_answer_escaped(f, ...) fail_say((f), SAY_ESCAPED, __VA_ARGS__)

void	fail_say(struct fail *, enum say_level, const char *fmt, ...)
	    printf_like(3, 4);

#endif
