/*
 * fuzz: what the fuzz targets of this folder share.
 *
 * A target is a file with LLVMFuzzerTestOneInput(), which libFuzzer, AFL++ and
 * main.c call with the bytes of one input.  It must not fail: a reader may
 * refuse any input, but what it accepts has to keep its promises, and what it
 * refuses has to come with a message.
 */
#ifndef XB_FUZZ_H
#define XB_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "plan/plan.h"

int	LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* Ends the process, as a finding, where a promise does not hold. */
void	fuzz_promise(bool holds, const char *promise);

/*
 * rc and the failure belong together, and so do the kind of failure and a
 * reader: FAIL_BUG and others that no input may cause are findings.
 */
void	fuzz_outcome(int rc, const struct fail *);

/* A folder to write to, in $TMPDIR, which goes with the process. */
const char *fuzz_folder(void);

/* Sets a seal at the end of a plan right: a fuzzer does not find a CRC-32. */
void	fuzz_set_seal(unsigned char *bytes, size_t n);

/* Decodes a plan; false: it was refused.  Its seal is set right before. */
bool	fuzz_read_plan(struct plan *, const uint8_t *bytes, size_t n);

/* A plan that was accepted is the same after msgpack and, if asked, JSON. */
void	fuzz_plan_is_stable(const struct plan *, bool json);

#endif
