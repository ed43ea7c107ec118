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
#include "target/target.h"

#define RUNFILE_FOLDER	"/run/xb"
/* libxl's, for xenstore/userdata.h; work on a domain writes to both. */
#define USERDATA_FOLDER	"/var/lib/xen"

enum {
	XEN_DOMID_MAX = 0x7fef,		/* DOMID_FIRST_RESERVED - 1 */
	XEN_NAME_MAX = 63
};

struct runfile {
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

/* The record of a domain, locked.  RUNFILE_LOCK_INIT holds nothing. */
struct runfile_lock {
	uint32_t domid;
	bool writable;
	int folder, file;		/* -1: not there (only of a reader) */
	char name[16];			/* of the file */
};

#define RUNFILE_LOCK_INIT { 0, false, -1, -1, "" }

/*
 * Locks the record in folder.  For writing, folder and record are made where
 * they are missing; for reading, a record that is missing is no failure.  How
 * long it waits for the lock: base/lock.h.  FAIL_FULL where another program
 * holds the lock, FAIL_PERM, FAIL_IO.  With TARGET_LOOK a record that is there
 * is opened without its lock.
 */
int	runfile_lock_take(struct runfile_lock *, const char *folder,
	    uint32_t domid, enum target_access, struct fail *) must_check;

/* Releases the lock, and removes a record that is still empty. */
void	runfile_lock_release(struct runfile_lock *);

/*
 * The record of the domain with that UUID.  Where there is none, or only a
 * stale or damaged one, all of *r but the UUID is zero.
 */
int	runfile_read(const struct runfile_lock *,
	    const uint8_t uuid[UUID_BYTES],
	    struct runfile *r, struct fail *) must_check;

/* Replaces the record; needs a lock for writing. */
int	runfile_write(const struct runfile_lock *, const struct runfile *,
	    struct fail *) must_check;

/*
 * Removes the records in folder of domains that are no longer alive (they were
 * ended by other means than xb), unless a program has them locked.  A record
 * that cannot be removed stays, and is found stale by its UUID later.
 */
void	runfile_sweep(const char *folder, bool (*alive)(void *arg,
	    uint32_t domid), void *arg);

/* Removes the record, of a domain that has ended. */
int	runfile_remove(const struct runfile_lock *, struct fail *) must_check;

#endif
