/*
 * report/words: what the files of the report share: how to write lines of the
 * text, and numbers, flags and names in words.  Private to the room.
 */
#ifndef XB_REPORT_WORDS_H
#define XB_REPORT_WORDS_H

#include <inttypes.h>

#include "report/report.h"

struct report {
	FILE *to;
	const struct plan *plan;
	const struct abi *abi;		/* NULL while the plan has no image */
	int digits;			/* hex digits of a guest address */
};

/* printf format and arguments of a guest address: "0x" ADDRESS takes
 * ADDRESS_OF(r, va). */
#define ADDRESS			"%0*" PRIx64
#define ADDRESS_OF(r, va)	(r)->digits, (uint64_t)(va)

struct report report_on(const struct plan *, FILE *);

/* How guests of a type are spoken of. */
struct guest_words {
	const char *region;		/* "mapped at start" */
	const char *mapped;		/* the same, at the start of a line */
	const char *space;		/* "virtual addresses" */
	const char *hole;		/* "the hypervisor's" */
	const char *memory;		/* "machine memory" */
	const char *frame;		/* "mfn" */
};

const struct guest_words *report_guest_words(const struct report *);

/* A section's title, after an empty line. */
void	report_heading(const struct report *, const char *title);
/* The name of a value; the caller writes the value and the end of the line. */
void	report_key(const struct report *, const char *key);
/* A whole line: key and value.  Neither is escaped here: bytes of the input in
 * them must be escaped already. */
void	report_row(const struct report *, const char *key, const char *fmt, ...)
	    printf_like(3, 4);

/* Write bytes of the input, escaped; NULL is written as "-". */
void	report_word(const struct report *, const char *);
void	report_quoted(const struct report *, struct bytes);

struct bit_name {
	unsigned bit;
	const char *name;
};

/* Writes the names of the bits that are set, "bit N" for one that has no name.
 * The list of names ends with name NULL. */
void	report_bits(const struct report *, const char *key,
	    const struct bit_name *, uint64_t bits);

extern const struct bit_name report_features[];		/* XENFEAT_* */
const struct bit_name *report_start_flags(const struct abi *);	/* SIF_* */
const struct bit_name *report_vcpu_flags(const struct abi *);	/* VGCF_* */
extern const struct bit_name report_vm_assist[];

/* "4 KiB", "1.1 MiB", "700 bytes". */
enum { SIZE_WORDS = 64 };
const char *report_size(char buf[SIZE_WORDS], uint64_t bytes);
const char *report_pages(char buf[SIZE_WORDS], uint64_t pages);

/* The first digits of a SHA-256. */
enum { DIGEST_WORDS = 13 };
const char *report_digest(char buf[DIGEST_WORDS],
	    const uint8_t sha256[SHA256_BYTES]);

/* "3 pages", "1 page". */
const char *report_plural(uint64_t n);

/* The sections of the text in their order, for a plan that has them.  Where it
 * has not, modules, extra and failed write nothing. */
void	report_image(const struct report *);
void	report_modules(const struct report *);
void	report_sources(const struct report *);
int	report_layout(const struct report *, struct fail *) must_check;
void	report_memory(const struct report *);
void	report_pagetables(const struct report *);
void	report_identity(const struct report *);
void	report_startinfo(const struct report *);
void	report_vcpus(const struct report *);
void	report_extra(const struct report *);
void	report_steps(const struct report *);
void	report_failed(const struct report *);

#endif
