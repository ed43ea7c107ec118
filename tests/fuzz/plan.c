/*
 * plan: bytes that arrive on a stage's standard input.
 *
 * A fuzzer does not find a CRC-32, so a seal at the end of the input is set
 * right before the plan is read.
 */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/cursor.h"
#include "fuzz.h"

static const unsigned char key[] = "\xa4seal\xce";	/* and a uint32 */

enum { KEY = sizeof(key) - 1, SEAL = KEY + 4 };

static void
set_seal(unsigned char *bytes, size_t n)
{
	uint32_t crc;

	if (n < SEAL || memcmp(bytes + n - SEAL, key, KEY) != 0)
		return;
	crc = (uint32_t)crc32(0, bytes, (uInt)(n - SEAL));
	for (unsigned i = 1; i <= 4; i++, crc >>= 8)
		bytes[n - i] = (unsigned char)crc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct fail f = { .kind = FAIL_NONE };
	unsigned char *own = malloc(n + 1);
	struct plan p;
	int rc;

	if (own == NULL)
		return 0;
	memcpy(own, bytes, n);
	set_seal(own, n);
	rc = plan_decode(&p, own, n, "the input", &f);
	fuzz_outcome(rc, &f);
	if (rc == 0)
		fuzz_plan_is_stable(&p);
	plan_release(&p);
	free(own);
	return 0;
}
