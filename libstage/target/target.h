/*
 * target: one domain, wherever it is.
 *
 * There are two kinds: file:DIR, a domain on paper that is stricter than Xen,
 * and xen:DOMID.  All access to a domain goes through struct target_ops.  A
 * target is opened for a stage's work and closed before the stage writes its
 * plan, because the next stage opens it as soon as it has the plan.  While a
 * target is open with TARGET_READ or TARGET_WRITE, no other process can open
 * it for writing.
 *
 * Failures are FAIL_TARGET where the target refused (the message names the
 * rule), FAIL_PERM, FAIL_IO for xb's own files and FAIL_SYSTEM for other calls.
 * Frames are page numbers.  A run of frames is a struct extent; an operation on
 * machine frames alone reads its mfn and count and ignores its pfn.
 */
#ifndef XB_TARGET_H
#define XB_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/abi.h"
#include "abi/extent.h"
#include "base/fail.h"
#include "plan/plan.h"

enum target_access {
	TARGET_LOOK,		/* for info() alone; neither takes the lock nor
				 * waits for it */
	TARGET_READ,		/* refused while another program writes */
	TARGET_WRITE		/* alone; waits up to 2 s for readers to end */
};

enum port_status { PORT_FREE, PORT_UNBOUND, PORT_BOUND, PORT_OTHER };

enum { TARGET_NAME_MAX = 63 };

struct target_info {
	char name[TARGET_NAME_MAX + 1];	/* "" where it has none */
	uint8_t uuid[UUID_BYTES];
	uint64_t pages;			/* that the domain has now */
	uint64_t max_pages;		/* that it may have */
	uint64_t static_max;		/* that max_pages may be raised to;
					 * 0: max_pages */
	uint32_t vcpus;
	enum guest_type guest;
	uint64_t shared_info_mfn;
	const struct abi *abi;		/* NULL until set_abi */
	bool hypervisor_edits;		/* the hypervisor changes a domain that
					 * was built (page tables, registers,
					 * time) */
	bool paused;
	bool constructed;		/* vcpu 0 has a context */
	bool has_run;			/* was unpaused after that, ever */
	const char *ended;		/* "poweroff", "reboot", "crash" ...;
					 * NULL: has not ended */
	bool has_build;
	uint8_t build[BUILD_ID_BYTES];
};

/* What a domain could get where it is. */
struct target_host {
	uint64_t free_pages;		/* that the host could still give */
	uint64_t claimed_pages;		/* not among free_pages: claimed for
					 * other builds */
	const struct abi *offers[ABI_COUNT]; size_t n_offers;
};

/* What `xb-domain create` asks for. */
struct target_request {
	const char *where;		/* after the scheme: DIR; "" for xen */
	uint64_t pages, max_pages;
	enum guest_type type;
	uint32_t vcpus;
	uint32_t cpupool;		/* xen only */
	const char *name;		/* NULL: none */
	bool has_uuid;			/* else it is made at random */
	uint8_t uuid[UUID_BYTES];
	bool has_scatter;		/* else the seed is 1 */
	uint64_t scatter;		/* seed; file targets only */
	bool durable;			/* file targets only */
	/* xen only, for xenstore/balloon.h. */
	bool balloon;			/* dom0 gives up memory for it */
	uint64_t dom0_min;		/* pages that it keeps at least */
	uint64_t ballooned;		/* pages that it gave up */
};

enum {
	/* Pages that dom0 keeps where --dom0-min says nothing: 512 MiB. */
	TARGET_DOM0_MIN = 512 << 8,
	/* What Xen takes for a domain beside its memory: 4 MiB. */
	TARGET_BESIDE = 4 << 8
};

/* Pages that are worth mapping at a time: 16 MiB. */
enum { WINDOW_MAX = 4096 };

struct target;

/*
 * What only domains of PVH guests have.  In the other calls their gfns stand
 * where a run has mfns.
 */
struct target_hvm_ops {
	/* Gives a domain without pages those of gfns, runs that each lie in one
	 * range of the ABI, and tells the hypervisor its memory map, which is
	 * the same runs.  All or nothing.  build. */
	int (*populate)(struct target *, const struct abi *,
	    const struct extents *gfns, struct fail *) must_check;
	/* Sets an HVM_PARAM_* of Xen's public hvm/params.h.  build. */
	int (*set_param)(struct target *, uint32_t param, uint64_t value,
	    struct fail *) must_check;
	/* Its value; 0: it was not set.  canonical, verify. */
	int (*get_param)(struct target *, uint32_t param, uint64_t *value,
	    struct fail *) must_check;
};

/* Slots whose comment says what NULL means may be left out.  A comment ends
 * with the rooms of libstage that call its slots, and xb-domain where it does
 * so itself. */
struct target_ops {
	const char *scheme;		/* "file", "xen" */
	const char *words;		/* for messages, after "a domain":
					 * "in files" */
	bool runs;			/* a guest runs once it is unpaused: it
					 * changes its memory, and daemons have
					 * to serve it */
	bool made_last;			/* create() gives an open target: a
					 * build makes the domain right before
					 * the first stage that touches it */
	uint64_t replace_max;		/* pages of a call of replace() */
	const struct target_hvm_ops *hvm; /* NULL: it has no such domains */

	/*
	 * Is there a domain of that name?  Where there is none, create() can
	 * make it.  A hypervisor numbers its domains itself, so there every
	 * number counts as a domain, and open() refuses those that are not in
	 * use.  run.
	 */
	bool (*exists)(const char *where);

	/* The domain's number at the hypervisor, read from its name.  NULL: a
	 * domain of this kind has none.  target_domid(); console. */
	bool (*domid)(const char *where, uint32_t *domid);

	/* Makes a domain, paused and without memory; *name is its target name
	 * in full, malloced.  *t, unless t is NULL, is the domain opened for
	 * writing, or stays NULL where to open it by name is as cheap.
	 * target_create(); xb-domain. */
	int (*create)(const struct target_request *, char **name,
	    struct target **t, struct fail *) must_check;

	/* where is the rest of the name after "SCHEME:".  target_open() alone
	 * calls this, and sets ops in the new target. */
	int (*open)(struct target **, const char *where, enum target_access,
	    struct fail *) must_check;
	/* Releases the target and all mappings that are left.  It has nothing
	 * to save: each operation that changes the domain's state keeps the
	 * change before it returns. */
	void (*close)(struct target *);

	int (*info)(struct target *, struct target_info *, struct fail *)
	    must_check;
	/* build, xb-domain. */
	int (*host)(struct target *, struct target_host *, struct fail *)
	    must_check;

	/* Keeps the build's id with the domain: FAIL_TARGET where there is one.
	 * build. */
	int (*set_build)(struct target *, const uint8_t id[BUILD_ID_BYTES],
	    struct fail *) must_check;

	/* Sets the ABI (Xen: the width of addresses) before the first page is
	 * given; the same ABI may be set again.  build. */
	int (*set_abi)(struct target *, const struct abi *, struct fail *)
	    must_check;

	/* Gives pages pfn 0 .. count - 1 to a domain that has none, below an
	 * address of address_bits (0: no limit); *p2m, which is empty, gets
	 * their runs in ascending pfn.  Sets the m2p where the hypervisor does
	 * (file targets: unless abi->m2p_explicit).  The domain gets all or
	 * nothing; after a failure *p2m may hold what it did not get.
	 * build. */
	int (*populate)(struct target *, uint64_t count, unsigned address_bits,
	    struct extents *p2m, struct fail *) must_check;

	/* Maps the frames of the runs, in their order, in one piece; NULL on
	 * failure.  Writing to a frame in use as a page table is refused; the
	 * shared_info frame may be mapped.  The windows of target/window.h;
	 * build, canonical, inspect, verify, walk. */
	void *(*map)(struct target *, const struct extent *, size_t n,
	    bool writable, struct fail *) must_check;
	/* The same for frames that are written anew, at most replace_max: what
	 * they hold is not in the mapping, and they have all of it after
	 * unmap().  The windows of target/window.h. */
	void *(*replace)(struct target *, const struct extent *, size_t n,
	    struct fail *) must_check;
	/* Unmaps the whole of one mapping of map() or replace(). */
	int (*unmap)(struct target *, void *, struct fail *) must_check;

	/* Fails with FAIL_TARGET where one of these frames is not the domain's;
	 * the first is named.  verify. */
	int (*owns)(struct target *, const struct extent *, size_t n,
	    struct fail *) must_check;

	/* Are these frames known to be zero, without reading them?  It saves
	 * reading most of a large domain.  False: unknown.  canonical, inspect,
	 * verify. */
	bool (*known_zero)(struct target *, const struct extent *, size_t n);

	/* Makes whole frames zero.  build. */
	int (*clear)(struct target *, const struct extent *, size_t n,
	    struct fail *) must_check;

	/* Sets the m2p of all frames of the runs to their pfn.  build. */
	int (*set_m2p)(struct target *, const struct extent *, size_t n,
	    struct fail *) must_check;
	/* The m2p entries of count machine frames from mfn; all ones where a
	 * frame has no pfn.  canonical, verify, walk. */
	int (*get_m2p)(struct target *, uint64_t mfn, uint64_t count,
	    uint64_t *pfns, struct fail *) must_check;

	/* Fills a frame with the hypercall stubs.  build. */
	int (*hypercall_page)(struct target *, uint64_t mfn, struct fail *)
	    must_check;

	/* Level (1 ..) of a frame in use as a page table, 0 for any other
	 * frame; *pinned for a pinned top table.  build, verify. */
	int (*frame_type)(struct target *, uint64_t mfn, unsigned *level,
	    bool *pinned, struct fail *) must_check;

	/* Pins the top table; the target validates every entry of all tables
	 * below it.  build. */
	int (*pin)(struct target *, uint64_t mfn, struct fail *) must_check;
	int (*unpin)(struct target *, uint64_t mfn, struct fail *) must_check;

	/* Allocates a port of the domain, unbound, that domain remote may
	 * bind.  build. */
	int (*alloc_port)(struct target *, uint32_t remote, uint32_t *port,
	    struct fail *) must_check;
	/* Ports above the domain's highest possible one count as free.  build,
	 * verify. */
	int (*port_status)(struct target *, uint32_t port, enum port_status *,
	    uint32_t *remote, struct fail *) must_check;

	/* Writes grant entry index: domid may map mfn.  With INVALID_MFN the
	 * entry is made free.  build. */
	int (*seed_grant)(struct target *, uint32_t index, uint32_t domid,
	    uint64_t mfn, struct fail *) must_check;
	/* domid and mfn of a grant entry; *used false where it is free.
	 * verify. */
	int (*get_grant)(struct target *, uint32_t index, bool *used,
	    uint32_t *domid, uint64_t *mfn, struct fail *) must_check;

	/* Remembers the console's frame and port with the domain, for programs
	 * that have no plan; port 0: no console.  build. */
	int (*keep_console)(struct target *, uint64_t mfn, uint32_t port,
	    struct fail *) must_check;

	/* A vcpu's context as the ABI lays it out, abi->context.size bytes.
	 * *present false: the vcpu has none, and the bytes are those that a
	 * fresh context has.  build; to read it, canonical, inspect, verify and
	 * walk as well. */
	int (*set_context)(struct target *, uint32_t vcpu, const void *,
	    struct fail *) must_check;
	int (*get_context)(struct target *, uint32_t vcpu, void *,
	    bool *present, struct fail *) must_check;

	/* Pausing a paused domain is refused, and so is unpausing a domain
	 * whose vcpu 0 has no context.  inspect, xb-domain; build and run
	 * unpause. */
	int (*pause)(struct target *, struct fail *) must_check;
	int (*unpause)(struct target *, struct fail *) must_check;

	/* Waits until the domain has ended and says how (target_ended).  It
	 * lets go of the lock; only close() may follow.  FAIL_TARGET for a
	 * domain that never runs, or is destroyed meanwhile.  *reason is NULL
	 * if it has not ended at the moment until (base/clock.h).
	 * xb-domain. */
	int (*wait)(struct target *, uint64_t until, const char **reason,
	    struct fail *) must_check;

	/* Ends the domain; only close() may follow.  xenstore, xb-domain. */
	int (*destroy)(struct target *, struct fail *) must_check;

	/*
	 * Copies the whole domain, memory and state, into the folder of an open
	 * descriptor and replaces an older copy there or, with back, copies it
	 * back.  The caller does not have the domain open meanwhile; another
	 * program that has it open is waited for as with TARGET_WRITE.  NULL: a
	 * domain of this kind cannot be copied.  run.
	 */
	int (*copy)(const char *where, int folder, bool back, struct fail *)
	    must_check;

	/* Calls each with the name of every domain of this kind that it finds
	 * (file: folders in the current one).  pool, xb-domain. */
	int (*list)(int (*each)(void *arg, const char *name, struct fail *),
	    void *arg, struct fail *) must_check;

	/* The n-th folder or file that work on the domain opens for writing, if
	 * it is there; NULL: no more.  target_writes(), for the sandbox. */
	const char *(*writes)(const char *where, size_t n);

	/* The folder that create makes and destroy removes, or NULL.  NULL: a
	 * domain of this kind has none.  target_makes(), for the sandbox. */
	const char *(*makes)(const char *where);

	/* The target's name in full, right in any working folder; malloced.
	 * target_absolute(). */
	char *(*absolute)(const char *where, struct fail *) must_check;
};

struct target {
	const struct target_ops *ops;
	/* the implementation's own data follows */
};

/* The kinds there are, in the order of messages; ends with NULL. */
extern const struct target_ops *const target_kinds[];

/*
 * The kind that a name ("file:demo") belongs to and what follows its scheme.
 * NULL: FAIL_USAGE, naming the kinds.
 */
const struct target_ops *target_kind(const char *name, const char **where,
	    struct fail *) must_check;

/* Opens by name.  One that is kept under that name is taken for writing, and
 * closed before any other is opened. */
int	target_open(struct target **, const char *name, enum target_access,
	    struct fail *) must_check;

/*
 * Opens the target that the plan's memory section names and checks that it is
 * still this build's domain: UUID, build id, ABI, and pages until it has run.
 * FAIL_TARGET with the way out where it is not.  *info is what was checked;
 * NULL: not wanted.  given, the value of -t, may only repeat what the plan
 * says, FAIL_USAGE; NULL: not given.
 */
int	target_open_plan(struct target **, const struct plan *,
	    const char *given, enum target_access, struct target_info *info,
	    struct fail *) must_check;

/*
 * Between target_keep(true) and target_keep(false) a target that was left stays
 * open, with its lock, until target_open() takes it: several stages in one
 * process do not let go of their domain.  The process does not fork while it
 * keeps one, for its child would share the hypervisor's buffers with it.
 */
void	target_keep(bool);
/* As create() of that kind; the new domain, if it is open, is kept. */
int	target_create(const struct target_ops *, const struct target_request *,
	    char **name, struct fail *) must_check;
/* The work on the target of that name is done: closes it, or keeps it. */
void	target_leave(struct target *, const char *name);

/* The domid() of the name's kind: 5 for "xen:5". */
bool	target_domid(const char *name, uint32_t *domid);

/* writes() and makes() of the name's kind; NULL, too, where it is no target. */
const char *target_writes(const char *name, size_t n);
const char *target_makes(const char *name);

/*
 * Fails unless the guest's end was a good one, which only "poweroff" is: with
 * FAIL_REBOOTS, FAIL_CRASHED or FAIL_ENDED, so that a script sees from the
 * status how a guest ended.  reason is what wait() and the console's ended()
 * say; NULL: it has not ended in its time, FAIL_LATE.
 */
int	target_ended(const char *name, const char *reason, struct fail *)
	    must_check;

/* NULL is allowed. */
void	target_close(struct target *);

/* The name of a target that stays right in any working folder; malloced. */
char	*target_absolute(const char *name, struct fail *) must_check;

#endif
