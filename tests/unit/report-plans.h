/*
 * report-plans: plans in memory for the tests of report, with the addresses of
 * known builds.  Nothing is allocated: the parts are static.
 */
#ifndef XB_TEST_REPORT_PLANS_H
#define XB_TEST_REPORT_PLANS_H

#include "plan/plan.h"
#include "unit.h"

#define LIST(field, n, a) .field = (a), .n = COUNT(a)
#define BYTES(s)	{ (s), sizeof(s) - 1 }
#define AT_VA(x)	{ true, (x) }
#define KERNEL64	UINT64_C(0xffffffff80000000)

extern struct plan_module ramdisk[];
extern struct plan_source sources[];

extern struct layout_segment debian_segments[9];

struct plan debian_parsed(void);
struct plan debian_laid_out(void);
struct plan debian_launched(void);
struct plan p1_registers(void);
struct plan p4_laid_out(uint64_t pages);
struct plan tiny_laid_out(void);

#endif
