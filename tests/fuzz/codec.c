/*
 * codec: a compressed stream, of the codec that its first bytes name, alone or,
 * in an input of odd size, with the streams that follow it.
 */
#include <stdlib.h>
#include <unistd.h>

#include "../unit/memfile.h"
#include "codec/codec.h"
#include "fuzz.h"

enum { OUTPUT_MAX = 1 << 20, WINDOW_MAX = 1 << 20 };

/* Reads what it is given, so that a sanitizer sees bytes that nobody wrote. */
static int
count(void *arg, const void *bytes, size_t n, struct fail *f)
{
	const unsigned char *p = bytes;
	uint64_t *sum = arg;

	(void)f;
	fuzz_promise(n > 0, "a sink is given bytes");
	for (size_t i = 0; i < n; i++)
		*sum += p[i];
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	const struct codec *c = codec_probe(bytes, n);
	struct fail f = { .kind = FAIL_NONE };
	uint64_t sum = 0;
	struct codec_job job = {
		.what = "the input", .size = n,
		.output_max = OUTPUT_MAX, .window_max = WINDOW_MAX,
		.all = n % 2 != 0, .sink = count, .arg = &sum,
	};

	if (c == NULL)
		return 0;
	job.fd = memory_file(bytes, n);
	job.out = malloc(c->block);
	fuzz_promise(job.out != NULL, "there is memory");
	fuzz_outcome(codec_unpack(c, &job, &f), &f);
	free(job.out);
	close(job.fd);
	fuzz_promise(job.produced <= OUTPUT_MAX, "the output has a limit");
	fuzz_promise(job.after_stream <= n, "what is left was there");
	return 0;
}
