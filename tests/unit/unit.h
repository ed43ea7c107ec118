/*
 * unit: what every unit test includes: cmocka and what it needs.  Its macro
 * fail() gives way to ours.
 */
#ifndef XB_UNIT_H
#define XB_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#pragma push_macro("fail")
#undef fail
#include <cmocka.h>
#undef fail
#pragma pop_macro("fail")
#undef fail_msg
#define fail_msg(...) \
	(print_error(__VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))

/* Ends the test with a message: fail_msg() without the macro fail(). */
#define unit_fail(...) \
	(print_error(__VA_ARGS__), print_error("\n"), \
	    _fail(__FILE__, __LINE__))

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#endif
