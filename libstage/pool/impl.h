/*
 * pool/impl: what the files of the room share.
 *
 *	folder.c	the folder, its entries, its locks
 *	config.c	what a pool is filled with
 *	domains.c	the domains of the entries: are they there, end them
 *	sweep.c		what killed programs have left
 *	fill.c		builds domains
 *	detach.c	a process for a refill
 *	settings.c	what a domain is told
 *	take.c		gives a domain away
 *	status.c	words and JSON
 *	drain.c		the end of a pool
 */
#ifndef XB_POOL_PRIVATE_H
#define XB_POOL_PRIVATE_H

#include "base/uuid.h"
#include "pool/pool.h"
#include "record/record.h"
#include "target/target.h"

/* ---- folder.c ---- */

struct pool {
	const char *name;
	const struct target_ops *kind;	/* of its domains */
	const char *path;		/* absolute once it is open */
	const char *named;		/* as xb-pool is given it, for hints:
					 * "-t file:p web" */
	const char *made;		/* the folder of pools, made with this
					 * one; NULL: it was there */
	struct arena arena;		/* of path and named */
	int dir;			/* -1: not open */
};

enum entry_state {
	ENTRY_FILLING, ENTRY_READY, ENTRY_CLAIMED, ENTRY_GIVING, ENTRY_TAKEN,
	ENTRY_STATES
};

struct entry {
	uint8_t uuid[UUID_BYTES];	/* of its domain */
	enum entry_state state;
};

struct entries {
	struct entry *v;
	size_t n, cap;
	size_t in[ENTRY_STATES];	/* how many are in each state */
};

enum { ENTRY_NAME = UUID_TEXT + 16 };

/*
 * Opens the folder; with make, it is made where it is missing.  FAIL_MISSING
 * otherwise.  The caller closes the pool after a failure too.
 */
int	pool_open(struct pool *, const struct pool_ask *, bool make,
	    struct fail *) must_check;
void	pool_close(struct pool *);

/* The folder that the pools lie in, maybe a part of target; *kind is that of
 * their domains. */
const char *pool_above(const char *target, const struct target_ops **kind,
	    struct fail *) must_check;

/* Is there a config? */
bool	pool_filled(const struct pool *);

void	entry_name(const struct entry *, char name[ENTRY_NAME]);
/* All entries.  The caller frees v, after a failure too. */
int	entries_read(const struct pool *, struct entries *, struct fail *)
	    must_check;

/* Locks an entry that is in that state, or another file of the folder, as
 * base/lock.h says; the descriptor, -1: f says why. */
int	entry_lock(const struct pool *, const struct entry *, struct fail *)
	    must_check;
int	pool_lock(const struct pool *, const char *file, struct fail *)
	    must_check;
/* The same, but waits for whoever has it. */
int	pool_lock_wait(const struct pool *, const char *file, struct fail *)
	    must_check;

/* Changes the state of an entry. */
int	entry_move(const struct pool *, struct entry *, enum entry_state,
	    struct fail *) must_check;
int	entry_remove(const struct pool *, const struct entry *, struct fail *)
	    must_check;

/*
 * Removes the folder of a pool that has no config and no entry; the caller has
 * the lock filler.  The domains that were taken are their takers': with one of
 * them the folder stays, for what the status can say of it and, where it is in
 * files, for the domain itself.
 */
void	pool_remove(const struct pool *);
/* Removes what pool_open() made, as far as it is empty. */
void	pool_unmake(const struct pool *);

/* ---- config.c ---- */

struct pool_config {
	uint64_t version;
	uint64_t count;
	const char *of;			/* absolute path of a kernel's file or a
					 * record */
	const char *memory;		/* SIZE; NULL: none */
	struct record_option *options; size_t n_options;
};

/* FAIL_TARGET for one that is damaged or of another version. */
int	config_read(const struct pool *, struct pool_config *, struct arena *,
	    struct fail *) must_check;
int	config_write(const struct pool *, const struct pool_config *,
	    struct fail *) must_check;
/* Do both ask for the same domains, however many? */
bool	config_same(const struct pool_config *, const struct pool_config *);

/* ---- domains.c ---- */

struct domains {
	struct domain {
		const char *name;	/* of the target */
		uint8_t uuid[UUID_BYTES];
		bool runs;		/* or ran */
	} *v;
	size_t n, cap;
	struct arena arena;		/* of names */
};

/* The domains of the pool's entries that still exist.  Released after a failure
 * too. */
int	domains_read(const struct pool *, const struct entries *,
	    struct domains *, struct fail *) must_check;
void	domains_release(struct domains *);
/* The domain of an entry; NULL: it is gone. */
const struct domain *domains_find(const struct domains *, const struct entry *);

/*
 * Ends the domain of an entry (NULL: it is gone), or what is left of it, and
 * removes the entry.  FAIL_FULL where another program works on the domain now:
 * the entry stays.
 */
int	domain_end(const struct pool *, const struct entry *,
	    const struct domain *, struct fail *) must_check;

/* ---- sweep.c ---- */

/*
 * Sweeps the pool.  What cannot be swept now is left, with a warning.  filler:
 * the caller has that lock, so that nobody else fills the pool.
 */
int	pool_sweep(const struct pool *, bool filler, struct fail *) must_check;

/* Ends domains that are ready until at most keep are left.  One that somebody
 * takes meanwhile is his. */
int	pool_trim(const struct pool *, size_t keep, struct fail *) must_check;

/* ---- settings.c ---- */

/* Changes the command line of the plan.  FAIL_USAGE where the guest cannot be
 * told one of the settings. */
int	settings_plan(const struct pool_setting *, size_t n, struct plan *,
	    struct fail *) must_check;
/* Tells the domain of the plan, which is open. */
int	settings_tell(const struct pool_setting *, size_t n, struct target *,
	    struct plan *, struct fail *) must_check;

#endif
