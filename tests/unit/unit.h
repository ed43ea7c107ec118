/*
 * unit: what every unit test includes first: cmocka and what it needs.  Its
 * macro fail() gives way to our function of that name.
 */
#ifndef XB_UNIT_H
#define XB_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#endif
