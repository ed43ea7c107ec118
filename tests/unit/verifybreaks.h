/*
 * verifybreaks: what can be wrong with the domain of verifydomain.h, one
 * thing a function, and what verify must then say of it.
 */
#ifndef XB_VERIFYBREAKS_H
#define XB_VERIFYBREAKS_H

#include "verifydomain.h"

struct verify_break {
	const char *name;
	void (*cause)(struct domain *);
	const char *check;		/* the check that must fail */
	const char *also;		/* another that may; NULL: none */
};

/* What verify must say of the domain. */
void	says(struct domain *, const char *fmt, ...) printf_like(2, 3);

/* Ends with a NULL name. */
extern const struct verify_break verify_breaks[];

uint64_t va_of_pfn(struct domain *d, uint64_t pfn);
uint64_t pte_of(struct domain *d, unsigned level, uint64_t va);
void	break_pte(struct domain *d, unsigned level, uint64_t va, uint64_t value,
	    const char *why);
void	break_foreign(struct domain *d);
void	break_twice(struct domain *d);

#endif
