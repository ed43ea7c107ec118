/*
 * verifyplan: a small domain of any ABI, as it must be, laid out and loaded
 * here by hand: by the slowest and plainest way there is, with nothing shared
 * with the stages or with verify.  verifydomain.h writes the rest.
 */
#ifndef XB_VERIFYPLAN_H
#define XB_VERIFYPLAN_H

#include <stdio.h>
#include <unistd.h>

#include "base/le.h"
#include "verifytarget.h"

struct sample {
	const char *abi;
	uint64_t v_start;
	uint64_t region;		/* pages mapped at start */
	uint64_t init_p2m;		/* 0: none */
	bool mod_pfn;			/* ramdisk stays unmapped */
	const char *pae;
};

enum { KERNEL_PFN = 16, KERNEL_PAGES = 3, HYPERCALL_PFN = KERNEL_PFN + 1,
	PIECE2_AT = 2 * 4096 + 0x80, RAMDISK_BYTES = 5000, SPARE = 90,
	RAMDISK_AT = 7000, SOURCE_BYTES = 12000, TABLES_MAX = 64,
	STORE_PORT = 1,
	CONSOLE_PORT = 2, BACKEND = 3, RUN = 7 };

/* A page table: of which level, from which address on, in which frame. */
struct made_table {
	unsigned level;
	uint64_t from, pfn;		/* pfn counts from the segment first */
	bool extra;
};

struct domain {
	struct verify_target k;
	struct plan plan;
	const struct abi *abi;
	const struct sample *s;
	struct layout_segment segment[12];
	struct load_piece load[3];
	struct image_segment part_of_image[2];
	struct plan_module module;
	struct payload payload[2];
	struct module_part part;
	struct plan_source source[2];
	struct plan_vcpu vcpu;
	struct made_table table[TABLES_MAX];
	size_t n_tables;
	/* of the kernel; those from RAMDISK_AT on are the ramdisk's too */
	unsigned char bytes[SOURCE_BYTES];
	char path[64], ramdisk_path[64];
	char want[160];			/* what a difference must say */
};

/* ---- frames ---- */

uint64_t dom_mfn(struct domain *d, uint64_t pfn);
unsigned char *dom_page(struct domain *d, uint64_t pfn);

/* Runs of RUN frames, the last run first. */
void	dom_frames(struct domain *d, uint64_t pages);

/* ---- page tables, counted ---- */

uint64_t dom_cover(struct domain *d, unsigned level);
struct made_table *dom_find(struct domain *d, unsigned level, uint64_t va);
uint64_t dom_tables(struct domain *d, bool extra);

/* ---- layout ---- */

struct layout_segment *dom_segment(struct domain *d, enum segment_kind kind);
void	dom_layout(struct domain *d);

/* ---- payloads ---- */

void	dom_files(struct domain *d);
void	dom_payloads(struct domain *d);
void	dom_load(struct domain *d);

#endif
