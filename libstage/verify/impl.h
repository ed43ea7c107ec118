/*
 * impl: what the files of the room verify share.
 *
 * A check is a function that reads the domain and reports with
 * verify_differs(), as often as it likes, or leaves one line with
 * verify_detail() or verify_skip().  It returns -1 only where it could not do
 * its work.
 */
#ifndef XB_VERIFY_IMPL_H
#define XB_VERIFY_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/abi.h"
#include "abi/extent.h"
#include "base/fail.h"
#include "base/progress.h"
#include "plan/plan.h"
#include "target/target.h"

struct verify {
	struct plan *plan;
	struct target *target;
	const struct abi *abi;
	struct target_info info;	/* when the work began */
	const struct extent *near;	/* of the last verify_mfn(), or NULL */

	/* of the check at work */
	struct progress progress;	/* total 0: set where it is known */
	uint64_t differences;
	bool skipped;
	char detail[768];
};

/* Bytes [from, to) of pseudo-physical memory: pfn * 4096 + byte. */
struct span {
	uint64_t from, to;
};

/* A place in words: "va 0xc0100234 (pfn 0x100, mfn 0x2f7)". */
struct verify_place {
	char words[96];
};

/* ---- findings.c: what a check has found ---- */

/* The value of these three is 0, with which most checks end. */
int	verify_detail(struct verify *, const char *fmt, ...) printf_like(2, 3);
int	verify_skip(struct verify *, const char *fmt, ...) printf_like(2, 3);
/* A difference; the first one of a check is shown, the others are counted. */
int	verify_differs(struct verify *, const char *fmt, ...) printf_like(2, 3);

/* Compares a value that the plan has with what can be computed for it. */
void	verify_plan_value(struct verify *, const char *field, uint64_t is,
	    uint64_t should);

/* ---- read.c: the domain ---- */

/* The machine frame of a pfn; fast for ascending ones. */
uint64_t verify_mfn(struct verify *, uint64_t pfn);

/* The pfn of a machine frame of the domain, INVALID_MFN for others.  Slow. */
uint64_t verify_pfn(const struct verify *, uint64_t mfn);

struct verify_place verify_place(struct verify *, uint64_t paddr);

/* Maps guest frames for reading; verify_unmap() ends it. */
int	verify_map(struct verify *, uint64_t pfn, uint64_t pages,
	    unsigned char **, struct fail *) must_check;
int	verify_unmap(struct verify *, unsigned char *, struct fail *)
	    must_check;

/* Hands a span over in windows of at most 16 MiB, which end with the call. */
int	verify_span(struct verify *, struct span,
	    int (*use)(struct verify *, void *arg, uint64_t paddr,
	    const unsigned char *bytes, size_t n, struct fail *),
	    void *arg, struct fail *) must_check;

/* A difference for every page of the span that is not zero throughout. */
int	verify_zero(struct verify *, struct span, struct fail *) must_check;

/* The address of a segment; 0: it is not mapped, or not there. */
uint64_t verify_va(const struct verify *, enum segment_kind);

/* Bytes that a segment spans; empty where the layout has none. */
struct span verify_segment_span(const struct layout_segment *);

/* The hypercall page, once it has been made; else empty. */
struct span verify_hypercall_span(const struct verify *);

struct verify_names {
	const struct abi_field *fields;
	const char *const *names;
	size_t n;
};

/*
 * Compares a guest structure with what it should be: the fields by value, all
 * other bytes one by one.  where precedes the address base + offset in
 * messages: "va", "byte".  want is used up.
 */
void	verify_structure(struct verify *, const char *what, const char *where,
	    uint64_t base, const struct verify_names *,
	    const unsigned char *got, unsigned char *want, size_t size);

/* A field of a guest structure and what it should be. */
struct verify_word {
	const char *name;
	struct abi_field at;
	uint64_t should;
};

/* Compares them; the structure lies at that physical address. */
void	verify_words(struct verify *, const char *what, uint64_t paddr,
	    const unsigned char *structure, const struct verify_word *,
	    size_t n);

/* ---- frames.c ---- */

/* A difference for every page that the domain does not own. */
int	verify_owned(struct verify *, uint64_t pfn, uint64_t pages,
	    struct fail *) must_check;

/* ---- area.c: a segment in which pointers lead from one to the next ---- */

struct verify_area {
	struct verify *v;
	enum segment_kind kind;
	struct span span;
	unsigned char *bytes;		/* mapped */
	unsigned char *taken;		/* of each byte: has it been taken? */
};

/* Maps the segment, which the layout has. */
int	verify_area_open(struct verify *, enum segment_kind,
	    struct verify_area *, struct fail *) must_check;

/*
 * The n bytes at a physical address, which then are taken.  NULL, with a
 * difference that names them: they do not all lie in the segment, or some were
 * taken for something else.
 */
const unsigned char *verify_take(struct verify_area *, const char *what,
	    uint64_t paddr, uint64_t n) must_check;

/* Holds bytes that nothing took to be zero, and unmaps the segment. */
int	verify_area_close(struct verify_area *, struct fail *) must_check;

/* ---- the checks, in order ---- */

typedef int verify_check(struct verify *, struct fail *);

verify_check verify_identity, verify_frames, verify_memory_map,
	verify_payload, verify_cleared, verify_tables, verify_types,
	verify_p2m, verify_m2p, verify_identity_table, verify_start_info,
	verify_hvm_start_info, verify_acpi, verify_params, verify_rings,
	verify_shared_info, verify_hypercall, verify_ports, verify_grants,
	verify_registers, verify_other_vcpus, verify_state;

#endif
