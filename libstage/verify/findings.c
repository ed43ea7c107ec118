/*
 * What a check has found.  The checks call this, and verify.c calls them.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "verify/impl.h"

int
verify_detail(struct verify *v, const char *fmt, ...)
{
	va_list ap;

	if (v->differences > 0)
		return 0;
	va_start(ap, fmt);
	vsnprintf(v->detail, sizeof(v->detail), fmt, ap);
	va_end(ap);
	return 0;
}

int
verify_skip(struct verify *v, const char *fmt, ...)
{
	va_list ap;

	v->skipped = true;
	va_start(ap, fmt);
	vsnprintf(v->detail, sizeof(v->detail), fmt, ap);
	va_end(ap);
	return 0;
}

int
verify_differs(struct verify *v, const char *fmt, ...)
{
	va_list ap;

	if (v->differences++ > 0)
		return 0;
	va_start(ap, fmt);
	vsnprintf(v->detail, sizeof(v->detail), fmt, ap);
	va_end(ap);
	return 0;
}

void
verify_plan_value(struct verify *v, const char *field, uint64_t is,
    uint64_t should)
{
	if (is != should)
		verify_differs(v, "the plan's %s is 0x%" PRIx64
		    ", should be 0x%" PRIx64, field, is, should);
}
