/*
 * introduce: what xenstored, xenconsoled and xl must know of a domain.
 *
 * The nodes are those that libxl makes for a PV domain without devices: the
 * domain's own folder, which it may read, with a few places where it may write,
 * and /vm/UUID.  Dom0 owns the rest.
 */
#ifndef XB_INTRODUCE_H
#define XB_INTRODUCE_H

#include <stdbool.h>
#include <stdint.h>

#include "plan/plan.h"
#include "target/target.h"
#include "xenstore/link.h"

struct introduce_options {
	bool check;			/* asks for an answer alone */
	const char *name;		/* NULL: the domain's, else xb-DOMID */
};

/* A domain as xenstore has it. */
struct introduction {
	uint32_t domid;
	const char *name;
	uint8_t uuid[UUID_BYTES];
	uint64_t pages, max_pages;	/* now, and at most ever */
	uint32_t vcpus;
	uint64_t store_mfn, console_mfn;
	uint32_t store_port, console_port; /* console_port 0: no console */
	uint32_t console_domid;
	uint64_t start_time;		/* seconds since 1970 */
};

/*
 * Writes all nodes in one transaction and introduces the domain.  Run again
 * for the same domain, it leaves what others have written since; what an
 * earlier domain of that number left behind is removed.  FAIL_TARGET for a name
 * or UUID that another domain has.  After a failure nothing is left.
 */
int	introduce_domain(struct xenstore *, const struct introduction *,
	    struct fail *) must_check;

/* Removes what introduce_domain() wrote for the domain with that UUID. */
int	introduce_remove(struct xenstore *, uint32_t domid,
	    const uint8_t uuid[UUID_BYTES], struct fail *) must_check;

/*
 * For a domain that was destroyed: as introduce_remove(), nothing for targets
 * of other kinds and where no xenstored answers.
 */
int	introduce_forget(const char *target, const uint8_t uuid[UUID_BYTES],
	    struct fail *) must_check;

/* Can a domain be called so?  FAIL_USAGE. */
int	introduce_name(const char *name, struct fail *) must_check;

/*
 * The stage: introduces the plan's domain and sets plan->introduced.  options
 * is a struct introduce_options, target the value of -t or NULL.  FAIL_TARGET
 * for a domain in files, FAIL_INPUT for a guest built without xenstore.
 */
int	introduce_run(struct plan *, const char *target, void *options,
	    struct fail *) must_check;

#endif
