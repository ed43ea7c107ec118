/*
 * can: what a kernel can boot as, for people and for scripts.
 *
 * The kernel is read as image_parse() reads it, but what is unpacked stays in
 * memory and no plan is made: nothing is written.
 */
#ifndef XB_IMAGE_CAN_H
#define XB_IMAGE_CAN_H

#include <stdio.h>

#include "codec/codec.h"
#include "image/image.h"

/*
 * What the process that reads the kernel says of it.  A process that was taken
 * over may say anything, so the broker ends each text inside its array and
 * checks abi; all other numbers are only printed.
 */
struct image_facts {
	char file[8];			/* "elf", "bzimage", "uki", "bin" */
	bool read;			/* headers and notes, if any, were
					 * read */
	uint32_t bits;			/* of ELF; 0: of another format */
	char pae[12];			/* plan_image.pae */
	struct maybe phys32_entry;	/* where PVH begins */
	bool pvh;			/* a plan could be made for a PVH
					 * guest */
	char pvh_why[512];		/* why it could not; "" where there is
					 * no PHYS32_ENTRY */
	bool pv;			/* a plan could be made for a PV guest;
					 * then: */
	uint32_t abi;			/* index into abi_rows */
	uint64_t entry, virt_base;
	uint64_t features_supported, features_required;
};

struct image_can {
	struct image_facts facts;
	const struct codec *codec;	/* the last one that unpacks the kernel;
					 * NULL: it is not packed */
	char why[2048];			/* why it is not PV, or not known */
};

/*
 * FAIL_INPUT where the file is no kernel that can be read.  Where it is packed
 * with a codec that was left out, file and codec are known all the same.
 */
int	image_can(struct image_can *, const struct image_request *,
	    struct fail *) must_check;

/* One line for each fact; a JSON object, whose keys are in xb-parse(1). */
void	image_can_text(const struct image_can *, FILE *);
void	image_can_json(const struct image_can *, FILE *);

#endif
