/*
 * runfile: what xb remembers of a domain of Xen, beside the hypervisor.
 *
 * Xen keeps a domain's UUID and nothing else of ours, so /run/xb/DOMID has one
 * line "KEY VALUE" for each thing more: whose build it is, its name, the memory
 * it was made for, where its console is.  Xen uses domain numbers again, so the
 * UUID stands there too: a record with another UUID than the domain's is stale
 * and counts as none.  The same file is locked with flock(2) while a program
 * works on the domain.
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
	uint64_t pages, max_pages;	/* as it was created with; 0: not known */
	uint64_t console_mfn, console_port; /* of its build; 0: none */
};

/* A domain number in plain decimal, without sign or leading zeros? */
bool	xen_domid_parse(const char *text, uint32_t *domid);

/* The record of a domain, locked.  XEN_LOCK_INIT holds nothing. */
struct xen_lock {
	uint32_t domid;
	bool writable;
	int folder, file;		/* -1: not there; a reader's may be */
};

#define XEN_LOCK_INIT { 0, false, -1, -1 }

/*
 * Locks the record in folder (made where it is missing) for writing, or, where
 * there is one, for reading; how long it waits, lock.h says.  FAIL_TARGET where
 * another program holds it, FAIL_PERM, FAIL_IO.
 */
int	xen_lock_take(struct xen_lock *, const char *folder, uint32_t domid,
	    bool writable, struct fail *) must_check;

/* Opens the record for reading, where there is one, and locks nothing. */
int	xen_lock_none(struct xen_lock *, const char *folder, uint32_t domid,
	    struct fail *) must_check;

/* A record that nothing was written to is removed with it. */
void	xen_lock_release(struct xen_lock *);

/*
 * The record of the domain with that UUID.  Where there is none, or only a
 * stale or damaged one, all of *r but the UUID is zero.
 */
int	xen_record_read(const struct xen_lock *, const uint8_t uuid[UUID_BYTES],
	    struct xen_record *r, struct fail *) must_check;

/* Replaces what stands there; needs a lock for writing. */
int	xen_record_write(const struct xen_lock *, const struct xen_record *,
	    struct fail *) must_check;

/*
 * Removes the records in folder of domains that alive() does not know, which
 * others have ended, unless a program is working on them.  What cannot be
 * removed stays: the records are found stale later.
 */
void	xen_records_sweep(const char *folder, bool (*alive)(void *arg,
	    uint32_t domid), void *arg);

/* For a domain that has ended. */
int	xen_record_remove(const struct xen_lock *, struct fail *) must_check;

#endif
