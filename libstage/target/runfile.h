/*
 * runfile: the file /run/xb/DOMID, the record that xb keeps of a Xen domain.
 *
 * Xen keeps a domain's UUID, but not the rest that xb has to know.  So the file
 * has one line "KEY VALUE" each for the id of the build, the domain's name, the
 * memory it was made for and where its console is.  Xen uses domain numbers
 * again, so the file has the UUID as well: a record whose UUID is not the
 * domain's is stale and counts as none.  The same file is locked with flock(2)
 * while a program works on the domain.
 */
#ifndef XB_RUNFILE_H
#define XB_RUNFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fail.h"
#include "plan/plan.h"

#define XEN_RECORDS	"/run/xb"

enum {
	XEN_DOMID_MAX = 0x7fef,		/* DOMID_FIRST_RESERVED - 1 */
	XEN_NAME_MAX = 63
};

struct xen_record {
	uint8_t uuid[UUID_BYTES];
	bool has_build;
	uint8_t build[BUILD_ID_BYTES];
	char name[XEN_NAME_MAX + 1];	/* "": none */
	uint64_t pages, max_pages;	/* that it was created with; 0: not
					 * known */
	uint64_t console_mfn, console_port; /* 0: no console */
};

/* Is it a domain number in plain decimal, without sign or leading zeros? */
bool	xen_domid_parse(const char *text, uint32_t *domid);

/* The record of a domain, locked.  XEN_LOCK_INIT holds nothing. */
struct xen_lock {
	uint32_t domid;
	bool writable;
	int folder, file;		/* -1: not there (only of a reader) */
};

#define XEN_LOCK_INIT { 0, false, -1, -1 }

/*
 * Locks the record in folder.  For writing, folder and record are made where
 * they are missing; for reading, a record that is missing is no failure.  How
 * long it waits for the lock: base/lock.h.  FAIL_TARGET where another program
 * holds the lock, FAIL_PERM, FAIL_IO.
 */
int	xen_lock_take(struct xen_lock *, const char *folder, uint32_t domid,
	    bool writable, struct fail *) must_check;

/* Opens the record for reading, if there is one, without a lock. */
int	xen_lock_none(struct xen_lock *, const char *folder, uint32_t domid,
	    struct fail *) must_check;

/* Releases the lock, and removes a record that is still empty. */
void	xen_lock_release(struct xen_lock *);

/*
 * The record of the domain with that UUID.  Where there is none, or only a
 * stale or damaged one, all of *r but the UUID is zero.
 */
int	xen_record_read(const struct xen_lock *, const uint8_t uuid[UUID_BYTES],
	    struct xen_record *r, struct fail *) must_check;

/* Replaces the record; needs a lock for writing. */
int	xen_record_write(const struct xen_lock *, const struct xen_record *,
	    struct fail *) must_check;

/*
 * Removes the records in folder of domains that are no longer alive (they were
 * ended by other means than xb), unless a program has them locked.  A record
 * that cannot be removed stays, and is found stale by its UUID later.
 */
void	xen_records_sweep(const char *folder, bool (*alive)(void *arg,
	    uint32_t domid), void *arg);

/* Removes the record, of a domain that has ended. */
int	xen_record_remove(const struct xen_lock *, struct fail *) must_check;

#endif
