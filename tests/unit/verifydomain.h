/*
 * verifydomain: the domain of verifyplan.h with page tables, start_info and
 * registers, whole.  The tests then break it, one thing at a time.
 */
#ifndef XB_VERIFYDOMAIN_H
#define XB_VERIFYDOMAIN_H

#include "verifyplan.h"

/* ---- page tables, written ---- */

uint64_t dom_table_pfn(struct domain *d, const struct made_table *t);

/* Where the entry of a level for an address is. */
unsigned char *dom_entry(struct domain *d, unsigned level, uint64_t va);
unsigned char *dom_list(struct domain *d, uint64_t pfn);

/* ---- start_info and its friends ---- */

/* ---- registers: xb-abi(7), "Registers at entry" ---- */

void	dom_set(struct domain *d, enum context_field field, uint64_t value);
uint64_t dom_get(struct domain *d, enum context_field field);

/* ---- all of it ---- */

void	dom_begin_at(struct domain *d, const struct sample *s, uint64_t base);
void	dom_begin(struct domain *d, const struct sample *s);
void	dom_end(struct domain *d);

#endif
