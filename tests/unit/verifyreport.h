/*
 * verifyreport: what verify said of a domain, line by line.
 */
#ifndef XB_VERIFYREPORT_H
#define XB_VERIFYREPORT_H

#include "verify/verify.h"

struct report {
	struct {
		enum verify_result result;
		char check[32];
		char detail[1024];
	} line[32];
	size_t n;
	struct fail f;
	int rc;
};

void	report_make(struct report *, struct plan *, struct target *);

/* The detail of a check; "": there was no such check. */
const char *report_detail(const struct report *, const char *check);

size_t	report_count(const struct report *, enum verify_result);

/* Prints what differs, for a test that fails. */
void	report_show(const struct report *, const char *name);

#endif
