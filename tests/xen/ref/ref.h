/*
 * ref-same: are two paused domains the same to a guest?
 *
 * All that is known of a domain comes from the hypervisor and from the
 * domain's own memory, beginning with the registers of vcpu 0: no plan and no
 * builder is asked.  PV domains of x86_64, and PVH.
 */
#ifndef REF_H
#define REF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xenctrl.h>
#include <xenforeignmemory.h>

enum { PAGE = 4096, ENTRIES = 512, BATCH = 1024 };

#define NOWHERE UINT64_MAX
#define NOBODY "nobody"		/* the segment of what is in none */

enum kind {
	PLAIN, TABLE1, TABLE2, TABLE3, TABLE4, P2M_LIST, START_INFO, CONSOLE,
	STORE, KINDS
};

struct host {
	xc_interface *xc;
	xenforeignmemory_handle *memory;
	xen_pfn_t *m2p;
	unsigned long frames;		/* entries of m2p */
};

struct table {
	uint64_t mfn, entries[ENTRIES];
};

struct domain {
	struct host *host;
	uint32_t domid;
	xc_domaininfo_t info;
	vcpu_guest_context_x86_64_t vcpu;	/* of vcpu 0 */
	struct table walked[4];		/* the last ones, from the root down */
	uint64_t pages, *p2m;
	uint64_t list_pages, *list;	/* machine frames of the p2m list */
	uint8_t *kind;			/* enum kind of every page */
	bool *mapped;			/* by the page tables */
	uint64_t si_pfn;
};

struct segment {
	char name[32];
	uint64_t pfn, pages;
};

struct segments {
	struct segment all[16];
	size_t n;
};

struct result {
	const struct segments *segments;
	uint64_t differences, nobodys, compared;
};

/* domain.c: they end the program where a domain cannot be read. */
void	host_open(struct host *);
/* Maps frames for reading. */
void	*frames_map(const struct domain *, const uint64_t *mfns, size_t n);
void	frames_unmap(const struct domain *, void *, size_t n);
/* Of a domain that is no PV domain only info is read; mfns of it are gfns. */
void	domain_read(struct domain *, struct host *, uint32_t domid);
bool	domain_is_hvm(const struct domain *);
/* The pfn of a machine frame by the m2p, where the domain's list agrees. */
uint64_t domain_pfn(const struct domain *, uint64_t mfn);

/* same.c: prints the first differences, counts all. */
void	differ(struct result *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
const char *segment_of(const struct result *, uint64_t pfn);

/* pages.c */
void	compare_pages(const struct domain *ours, const struct domain *theirs,
	    struct result *);

/* pvh.c: memory, start_info, parameters, HVM context and CPU policy. */
void	compare_pvh(const struct domain *ours, const struct domain *theirs,
	    struct result *);

/* state.c: what a domain is beside its memory. */
void	compare_state(const struct domain *ours, const struct domain *theirs,
	    struct result *);

#endif
