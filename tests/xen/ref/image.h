/*
 * image: a domain as ref-dump writes it and ref-bare builds it, frames turned
 * into pfns.  The header, a struct image_page for each page, the pfns of the
 * pages that have to be cleared, and on the next page boundary the pages.
 */
#ifndef REF_IMAGE_H
#define REF_IMAGE_H

#include <stdint.h>

#include <xenctrl.h>

enum image_kind { IMAGE_PLAIN, IMAGE_TABLE, IMAGE_LIST };

struct image_page {
	uint64_t pfn;
	uint32_t kind;
	uint32_t part;			/* of the p2m list: which page of it */
};

struct image {
	uint64_t pages;			/* of the domain */
	uint64_t n, n_clear;
	uint64_t root, start_info, store, console;	/* pfns */
	uint64_t kib;			/* of its memory map */
	uint64_t vcpus;
	shared_info_t shared;
	vcpu_guest_context_x86_64_t vcpu;
};

#endif
