/*
 * targetkit: a file target in a folder of its own, and a small domain in it:
 * 256 pages, page tables in pfn 64 .., the first 128 pages mapped where a
 * guest of the ABI has them.
 */
#ifndef XB_TARGETKIT_H
#define XB_TARGETKIT_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "abi/pte.h"
#include "base/le.h"
#include "base/stop.h"
#include "target/file/file.h"

enum { KIT_PAGES = 256, KIT_MAPPED = 128, KIT_TABLES = 64, KIT_SEED = 1 };

struct kit {
	struct target *t;
	const struct abi *abi;
	struct extents p2m;
	unsigned char *mem;		/* all pages by pfn, writable; or
					 * NULL */
	uint64_t base;			/* va of pfn 0 */
	uint64_t next;			/* pfn of the next table */
	struct fail f;
};

extern char kit_folder[64];

/*
 * Group setup and teardown: an empty folder to work in.  In memory where that
 * can be had: hundreds of domains come and go.
 */
int	kit_enter(void **state);
int	kit_leave(void **state);
void	kit_ok(int rc, const struct fail *f);

/* The call failed so, with these words in its message. */
void	kit_refused(int rc, const struct fail *f, enum fail_kind kind,
	    const char *words);
void	kit_create(const char *where, uint64_t pages, uint64_t seed);
void	kit_reopen(struct kit *k, enum target_access access);
void	kit_destroy(struct kit *k);
void	kit_map(struct kit *k);
void	kit_unmap(struct kit *k);
uint64_t kit_mfn(const struct kit *k, uint64_t pfn);

/* Entry index of the table in pfn. */
unsigned char *kit_slot(struct kit *k, uint64_t pfn, unsigned index);
uint64_t kit_get(struct kit *k, const unsigned char *slot);
void	kit_put(struct kit *k, unsigned char *slot, uint64_t entry);

/* pfn of the table of that level that translates va; made where missing. */
uint64_t kit_table(struct kit *k, uint64_t va, unsigned level);
unsigned char *kit_entry(struct kit *k, uint64_t va, unsigned level);
uint64_t kit_va(const struct kit *k, uint64_t pfn);

/* A domain with memory; the folder is "dom". */
void	kit_begin(struct kit *k, const struct abi *abi, uint64_t seed);

/* A domain with page tables, not yet pinned, memory mapped. */
void	kit_begin_tables(struct kit *k, const struct abi *abi);

/* The same two in memory, without a folder; kit_release() ends them. */
void	kit_hold(struct kit *k, const struct abi *abi);
void	kit_hold_tables(struct kit *k, const struct abi *abi);
void	kit_release(struct kit *k);
uint64_t kit_root(const struct kit *k);
void	kit_pin(struct kit *k);

/* A signal comes that is to end the program, and is taken. */
void	kit_stop(struct stop *);
void	kit_go_on(const struct stop *);

/* Registers as a builder sets them. */
void	kit_context(const struct kit *k, unsigned char *context);

#endif
