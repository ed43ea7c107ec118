/*
 * fail: how the library reports what went wrong.
 *
 * A call that can fail takes a struct fail *, returns -1 on failure and has
 * then left in it the first failure: its kind, which is the exit status of the
 * program, and one message for the user.  Later failures on the way out do not
 * replace the first.  Nothing in the library prints or exits but the frame,
 * stage.c, which also puts the program's name in front of the message.
 *
 * Messages: lower case, no full stop, the fault first, the subject in single
 * quotes, numbers with their limit, then the way out.  Bytes of the input may
 * be put in with %s; the frame escapes what a terminal would obey.
 */
#ifndef XB_FAIL_H
#define XB_FAIL_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cppcheck__	/* it stumbles over attributes of members */
#define must_check
#else
#define must_check	__attribute__((warn_unused_result))
#endif
#define printf_like(f, a) __attribute__((format(printf, f, a)))

/* The numbers are those of sysexits.h and an interface: xb(7) lists them. */
enum fail_kind {
	FAIL_NONE	= 0,
	FAIL_USAGE	= 64,	/* wrong command line */
	FAIL_INPUT	= 65,	/* image, plan, SIZE refused; difference found */
	FAIL_MISSING	= 66,	/* a file named by the user is not there */
	FAIL_TARGET	= 69,	/* the target refused or is missing */
	FAIL_BUG	= 70,	/* our own mistake */
	FAIL_SYSTEM	= 71,	/* another system call or hypercall */
	FAIL_IO		= 74,	/* reading or writing our own files */
	FAIL_PERM	= 77	/* not permitted */
};

enum say_level { SAY_WARNING, SAY_ANSWER, SAY_ESCAPED, SAY_NOTE };

struct fail {
	enum fail_kind kind;
	char message[2048];	/* NUL-terminated, cut with "..." */

	/*
	 * Where warnings and answers (what the user asked to be told; shown but
	 * for -q; escaped already or not) and notes (shown with -v) go.  NULL
	 * drops them; the frame sets it.
	 */
	void (*say)(void *arg, enum say_level level, const char *message);
	void *say_arg;
};

/*
 * fail(f, kind, fmt, ...) records the failure unless one is there already, and
 * is always -1.  fail_errno(f, kind, e, fmt, ...) puts ": " and the words of
 * the errno value e after the message.  (Macros, so that compilers and checkers
 * see the -1.)
 */
#define fail(...)	(fail_set(__VA_ARGS__), fail_result())
#define fail_errno(...)	(fail_set_errno(__VA_ARGS__), fail_result())

void	fail_set(struct fail *, enum fail_kind, const char *fmt, ...)
	    printf_like(3, 4);
void	fail_set_errno(struct fail *, enum fail_kind, int e, const char *fmt,
	    ...) printf_like(4, 5);

/*
 * Adds words, such as the way out, to the failure that is there; where both do
 * not fit it is the older words that are cut.
 */
void	fail_add(struct fail *, const char *fmt, ...) printf_like(2, 3);

static inline int
fail_result(void)
{
	return -1;
}

/*
 * The kind that fits an errno value got from a file that the user named:
 * missing, not permitted, or else the kind given.
 */
enum fail_kind fail_kind_of(int e, enum fail_kind otherwise);

/* A state that the code excludes.  Records file and line; always -1. */
#define fail_bug(f, what) \
	fail((f), FAIL_BUG, "%s:%d: %s; please report this", \
	    __FILE__, __LINE__, (what))

/* No memory for n bytes.  Always -1. */
#define fail_memory(f, n) \
	fail((f), FAIL_SYSTEM, "out of memory: %zu bytes asked for", (size_t)(n))

void	fail_warn(struct fail *, const char *fmt, ...) printf_like(2, 3);
void	fail_answer(struct fail *, const char *fmt, ...) printf_like(2, 3);
/* The same, of words that are escaped already (escape.h). */
void	fail_answer_escaped(struct fail *, const char *fmt, ...)
	    printf_like(2, 3);
void	fail_note(struct fail *, const char *fmt, ...) printf_like(2, 3);

#endif
