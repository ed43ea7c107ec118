/* What the tests of the layout share: plans as xb-parse would give them. */
#ifndef XB_LAYOUT_SAMPLE_H
#define XB_LAYOUT_SAMPLE_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "build/layout.h"
#include "build/layout-rules.h"

#include "unit.h"

/* The ABIs, the oldest first. */
#define P1 (&abi_rows[0])
#define P2 (&abi_rows[1])
#define P3 (&abi_rows[2])
#define P4 (&abi_rows[3])
#define P5 (&abi_rows[4])
#define PVH (&abi_rows[5])

#define HIGH(x)	(UINT64_C(0xffffffff00000000) + UINT64_C(x))

/* A plan with a kernel and perhaps a ramdisk, as xb-parse would give. */
struct sample {
	struct plan plan;
	struct payload kernel;
	struct image_segment segment;
	struct plan_module module;
	struct module_part part;
	struct plan_module modules[2];	/* of sample_modules() */
	struct module_part second;
};

struct plan *sample_plan(struct sample *s, const struct abi *a, uint64_t kstart,
	    uint64_t kend, uint64_t base, uint64_t ramdisk);
/* Of a PVH guest with a command line of 23 characters and two modules, of
 * 0x2fff and 0x1001 bytes, in s->modules. */
struct plan *sample_modules(struct sample *s);

/* As a stage does it: a plan is checked, before the layout and with it. */
int	check_and_solve(struct plan *p, uint64_t pages, struct fail *f);
void	want(const char *name, const char *what, uint64_t got,
	    uint64_t expected);
void	want_text(const char *name, const char *text, const char *part);

#endif
