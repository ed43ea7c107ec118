/*
 * target/xen: a domain of the hypervisor that runs this host.
 *
 * It works through libxenctrl and its companions; what these libraries would
 * print is caught and becomes notes.  /run/xb/DOMID (target/runfile.h) is
 * locked while the target is open.  Compiled only where Xen's libraries are
 * installed.
 *
 * The message of a refusal says what was asked, of which frame, and which rule
 * of the hypervisor may be broken.  The errno alone would not help: Xen answers
 * most bad requests with EINVAL.
 */
#ifndef XB_TARGET_XEN_H
#define XB_TARGET_XEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Xen's headers are GNU C: anonymous unions, alignments of their own. */
#undef __STRICT_ANSI__
#include <xencall.h>
#include <xenctrl.h>
#include <xenforeignmemory.h>
#include <xentoollog.h>

#include "target/target.h"
#include "target/runfile.h"

enum {
	XEN_SLACK_KIB = 1024,		/* added to a domain's limit, as by
					 * libxl */
	XEN_TYPES_MAX = 1024		/* frames of one getpageframeinfo3 */
};

/* The handle of the libraries, and where their messages go. */
struct xen_host {
	xentoollog_logger logger;	/* first member: the logger's functions
					 * cast it back to struct xen_host */
	struct fail *f;			/* of the call under way; NULL: none */
	const char *name;		/* of the target, for messages */
	xc_interface *xc;
};

/* Does vcpu 0 have a context? */
enum xen_vcpu { XEN_VCPU_UNKNOWN, XEN_VCPU_FRESH, XEN_VCPU_SET };

struct xen_map {
	struct xen_map *next;
	void *address;
	size_t pages;
};

struct xen_target {
	struct target base;
	struct xen_host host;
	char name[16];			/* xen:DOMID */
	uint32_t domid;
	bool writable;
	struct runfile_lock lock;
	struct runfile record;		/* if has_record: what is in its file,
					 * which the lock keeps as it is */
	bool has_record;
	uint64_t shared_info;
	xc_domaininfo_t known;		/* as the hypervisor told it last */
	bool just_opened;		/* known has been told nobody yet */
	bool made;			/* by this program, which has kept it
					 * open since: its ports are ours */
	uint32_t ports;			/* if made: the highest of them */
	enum xen_vcpu vcpu0;		/* of a domain that is open for writing:
					 * nobody else gives it a context */
	const struct abi *offers[ABI_COUNT];	/* by the hypervisor */
	size_t n_offers;		/* 0: not asked for yet */
	bool has_abi;
	const struct abi *abi;		/* if has_abi: the ABI of the domain's
					 * width */
	bool fresh;			/* populated since it was opened, and
					 * no table pinned: all frames are
					 * ordinary */
	struct xen_map *maps;
	xenforeignmemory_resource_handle *grants;	/* NULL: not mapped */
	struct grant_entry_v1 *grant;	/* the first page of them */
	xen_pfn_t *m2p;			/* first frame of each 2 MiB piece of
					 * the m2p; NULL: not asked for yet */
	size_t n_m2p;
};

/*
 * host.c: the libraries
 */
/* FAIL_TARGET where there is no Xen, FAIL_PERM. */
int	xen_host_open(struct xen_host *, const char *name, struct fail *)
	    must_check;
void	xen_host_close(struct xen_host *);
/* Where its devices are, if the kernel of this machine runs on Xen; or NULL. */
const char *xen_devices(void);

/*
 * For a call that was refused with errno e.  The message is followed by the
 * meaning of e if it has a clear one, or else by rule, the hypervisor's rule
 * that may be broken (NULL: none is known).  Its value is -1.
 */
#define xen_refused(...) (xen_refusal(__VA_ARGS__), fail_result())
void	xen_refusal(int e, const char *rule, struct fail *, const char *fmt,
	    ...) printf_like(4, 5);

/* A zeroed buffer that a hypercall may point to; NULL: f says why. */
void	*xen_buffer(struct xen_host *, size_t bytes, struct fail *)
	    must_check;
void	xen_buffer_free(struct xen_host *, void *);

/* A domctl of the target's domain. */
int	xen_domctl(struct xen_target *, struct xen_domctl *);

/* *present false: the vcpu has no context, and *context is not touched. */
int	xen_vcpu_read(struct xen_target *, uint32_t vcpu,
	    vcpu_guest_context_any_t *, bool *present, struct fail *)
	    must_check;

/* The Xen target behind base; from now on the libraries' messages go to f. */
struct xen_target *xen_target(struct target *, struct fail *);
/* The same, for operations that change the domain.  NULL with FAIL_BUG where
 * it was opened for reading. */
struct xen_target *xen_writable(struct target *, struct fail *) must_check;

/* info.c */
/* Calls each with every domain there is, until it returns -1. */
int	xen_each(struct xen_host *, int (*each)(void *arg,
	    const xc_domaininfo_t *, struct fail *), void *arg, struct fail *)
	    must_check;
/* FAIL_TARGET where there is no such domain. */
int	xen_dominfo(struct xen_host *, uint32_t domid, xc_domaininfo_t *,
	    struct fail *) must_check;
/* For a target that is opened: asks what there is to know. */
int	xen_begin(struct xen_target *, struct fail *) must_check;
/* xen_dominfo() of the target's domain, into known. */
int	xen_ask(struct xen_target *, struct fail *) must_check;
/* Does vcpu 0 have a context? */
int	xen_constructed(struct xen_target *, bool *yes, struct fail *)
	    must_check;
int	xen_info(struct target *, struct target_info *, struct fail *)
	    must_check;
int	xen_host_info(struct target *, struct target_host *, struct fail *)
	    must_check;
/* The record that xb keeps of the domain.  A target that is open for writing
 * reads it once. */
int	xen_record(struct xen_target *, struct fail *) must_check;
uint32_t xen_vcpus(const xc_domaininfo_t *);
enum guest_type xen_guest(const struct xen_target *);
/* Why the domain has ended: "poweroff" ...; NULL: it has not. */
const char *xen_ended(const xc_domaininfo_t *);
/* The ABI of the domain's width. */
int	xen_abi(struct xen_target *, const struct abi **, struct fail *)
	    must_check;
int	xen_free_pages(struct xen_host *, uint64_t *spare, uint64_t *claimed,
	    struct fail *) must_check;
int	xen_set_build(struct target *, const uint8_t id[BUILD_ID_BYTES],
	    struct fail *) must_check;
int	xen_set_abi(struct target *, const struct abi *, struct fail *)
	    must_check;

/* memory.c */
int	xen_populate(struct target *, uint64_t count, unsigned address_bits,
	    struct extents *p2m, struct fail *) must_check;

int	xen_hvm_populate(struct target *, const struct abi *,
	    const struct extents *gfns, struct fail *) must_check;
int	xen_hvm_set_param(struct target *, uint32_t param, uint64_t value,
	    struct fail *) must_check;
int	xen_hvm_get_param(struct target *, uint32_t param, uint64_t *value,
	    struct fail *) must_check;

/* map.c */
void	*xen_map(struct target *, const struct extent *, size_t n,
	    bool writable, struct fail *) must_check;
void	*xen_replace(struct target *, const struct extent *, size_t n,
	    struct fail *) must_check;
int	xen_unmap(struct target *, void *, struct fail *) must_check;
int	xen_owns(struct target *, const struct extent *, size_t n,
	    struct fail *) must_check;
bool	xen_known_zero(struct target *, const struct extent *, size_t n);
void	xen_unmap_all(struct xen_target *);
int	xen_clear(struct target *, const struct extent *, size_t n,
	    struct fail *) must_check;

/* m2p.c */
int	xen_set_m2p(struct target *, const struct extent *, size_t n,
	    struct fail *) must_check;
int	xen_get_m2p(struct target *, uint64_t mfn, uint64_t count,
	    uint64_t *pfns, struct fail *) must_check;

/* types.c */
/* FAIL_TARGET where one of n frames is not the domain's, or is in use as a page
 * table. */
int	xen_check_ordinary(struct xen_target *, const uint64_t *mfns, size_t n,
	    const char *doing, struct fail *) must_check;
int	xen_frame_type(struct target *, uint64_t mfn, unsigned *level,
	    bool *pinned, struct fail *) must_check;
int	xen_pin(struct target *, uint64_t mfn, struct fail *) must_check;
int	xen_unpin(struct target *, uint64_t mfn, struct fail *) must_check;
int	xen_hypercall_page(struct target *, uint64_t mfn, struct fail *)
	    must_check;

/* channels.c */
int	xen_alloc_port(struct target *, uint32_t remote, uint32_t *port,
	    struct fail *) must_check;
int	xen_port_status(struct target *, uint32_t port, enum port_status *,
	    uint32_t *remote, struct fail *) must_check;
int	xen_seed_grant(struct target *, uint32_t index, uint32_t domid,
	    uint64_t mfn, struct fail *) must_check;
int	xen_get_grant(struct target *, uint32_t index, bool *used,
	    uint32_t *domid, uint64_t *mfn, struct fail *) must_check;
void	xen_grants_unmap(struct xen_target *);
int	xen_keep_console(struct target *, uint64_t mfn, uint32_t port,
	    struct fail *) must_check;

/* vcpu.c */
int	xen_set_context(struct target *, uint32_t vcpu, const void *,
	    struct fail *) must_check;
int	xen_get_context(struct target *, uint32_t vcpu, void *,
	    bool *present, struct fail *) must_check;
int	xen_pause(struct target *, struct fail *) must_check;
int	xen_unpause(struct target *, struct fail *) must_check;

/* hvm.c: what a domain needs beside a PV one's if it is an HVM container */
/* FAIL_TARGET where this hypervisor runs none, or has no nested paging. */
int	xen_hvm_offered(struct xen_host *, struct fail *) must_check;
/* Before its first page: timer mode, paging pool, CPU policy. */
int	xen_hvm_prepare(struct xen_host *, const struct target_request *,
	    uint32_t domid, struct fail *) must_check;

/* hvm-context.c */
/* A vcpu's registers, the n bytes of a struct hvm_hw_cpu, and with vcpu 0's the
 * MTRRs of all vcpus. */
int	xen_hvm_set_context(struct xen_target *, uint32_t vcpu,
	    const void *bytes, size_t n, struct fail *) must_check;
int	xen_hvm_get_context(struct xen_target *, uint32_t vcpu, void *bytes,
	    size_t n, bool *present, struct fail *) must_check;

/* policy.c */
/* Gives a new HVM domain the CPU topology that its APIC ids have. */
int	xen_policy_set(struct xen_host *, uint32_t domid, struct fail *)
	    must_check;

/* create.c */
/* A target without a domain yet; NULL: f says why. */
struct xen_target *xen_new(bool writable, struct fail *) must_check;
void	xen_close(struct target *);
int	xen_create(const struct target_request *, char **name,
	    struct target **, struct fail *) must_check;
int	xen_destroy(struct target *, struct fail *) must_check;
int	xen_list(int (*each)(void *, const char *, struct fail *), void *,
	    struct fail *) must_check;
int	xen_wait(struct target *, uint64_t until, const char **reason,
	    struct fail *) must_check;

extern const struct target_ops target_xen;

#endif
