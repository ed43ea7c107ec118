/*
 * introduce: makes a domain known to xenstored, xenconsoled and xl.
 *
 * The nodes are those that libxl makes for a PV domain without devices: those
 * below /local/domain/DOMID, all of which the domain may read and a few of
 * which it may write, and those below /vm/UUID.  Dom0 owns all nodes that the
 * domain may not write.
 */
#ifndef XB_INTRODUCE_H
#define XB_INTRODUCE_H

#include <stdbool.h>
#include <stdint.h>

#include "plan/plan.h"
#include "target/target.h"
#include "xenstore/link.h"

/* The node console/type of a domain: with the first value xenconsoled serves
 * the console, which it leaves alone with any other. */
#define CONSOLE_TYPE		"console/type"
#define CONSOLE_XENCONSOLED	"xenconsoled"
#define CONSOLE_XB		"xb-console"

struct introduce_options {
	bool check;			/* only checks, introduces nothing */
	const char *name;		/* NULL: the domain's, else xb-DOMID */
	bool no_xenconsoled;		/* xenconsoled leaves the console
					 * alone */
};

/* A node below /local/domain/DOMID, which the domain may read. */
struct introduce_note {
	const char *path;		/* below it: "vm-data/token" */
	const char *text;
};

/* A domain as xenstore has it. */
struct introduction {
	uint32_t domid;
	const char *name;
	bool made_up;			/* the name: no other domain has it */
	uint8_t uuid[UUID_BYTES];
	uint64_t pages, max_pages;	/* now, and what it may ever have */
	uint32_t vcpus;
	enum guest_type guest;
	uint64_t store_mfn, console_mfn;
	uint32_t store_port, console_port; /* console_port 0: no console */
	uint32_t console_domid;
	const char *console_type;	/* CONSOLE_XENCONSOLED, or any other */
	uint64_t start_time;		/* seconds since 1970 */
	/* Only to be told to a domain that was introduced. */
	const struct introduce_note *notes; size_t n_notes;
	/* private to write.c */
	bool has_home, has_vm;		/* are there nodes below
					 * /local/domain/DOMID, /vm/UUID? */
};

/*
 * Writes all nodes in one transaction and introduces the domain.  If it is run
 * again for the same domain, nodes that other programs have written since stay
 * as they are.  Nodes of an earlier domain of the same number are removed.
 * FAIL_TARGET for a name or UUID that another domain has.  After a failure no
 * node is left.
 */
int	introduce_domain(struct xenstore *, const struct introduction *,
	    struct fail *) must_check;

/* Writes the notes of d, in one transaction. */
int	introduce_notes(struct xenstore *, const struct introduction *d,
	    struct fail *) must_check;

/* Removes what introduce_domain() wrote for the domain with that UUID, and
 * devices that xl has attached (xenstore/devices.h). */
int	introduce_remove(struct xenstore *, uint32_t domid,
	    const uint8_t uuid[UUID_BYTES], struct fail *) must_check;

/*
 * For a target that was destroyed: as introduce_remove(), where a xenstored
 * answers, and libxl's record of it (xenstore/userdata.h) is removed.  Does
 * nothing for a target that is no domain of Xen.
 */
int	introduce_forget(const char *target, const uint8_t uuid[UUID_BYTES],
	    struct fail *) must_check;

/*
 * Destroys the domain of that name, open for writing, and then forgets it.  The
 * caller closes it either way.
 */
int	introduce_destroy(struct target *, const char *name, struct fail *)
	    must_check;

/*
 * Writes nodes of an introduced target, all of them or none.  FAIL_TARGET where
 * xenstore has no domain of that UUID under the target's number.
 */
int	introduce_tell(const char *target, const uint8_t uuid[UUID_BYTES],
	    const struct introduce_note *, size_t n, struct fail *) must_check;

/*
 * Asks the guest of that name, open for a look, to end: word is "poweroff" or
 * "reboot".  Returns without waiting.  FAIL_TARGET where it cannot hear: it has
 * ended, is paused, has no xenstore.
 */
int	introduce_ask(struct target *, const char *name, const char *word,
	    struct fail *) must_check;

/* FAIL_USAGE for what cannot be the name of a domain. */
int	introduce_name(const char *name, struct fail *) must_check;

/*
 * The stage: introduces the plan's domain and sets plan->introduced.  options
 * is a struct introduce_options, target the value of -t or NULL.  FAIL_TARGET
 * for a domain in files, FAIL_INPUT for a guest built without xenstore.
 */
int	introduce_run(struct plan *, const char *target, void *options,
	    struct fail *) must_check;

#endif
