#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/tempdir.h"
#include "fuzz.h"

/*
 * ASan keeps freed memory back until so much more was freed.  After its default
 * of 256 MiB the memory that it gives out again is in no cache of the
 * processor; 16 MiB are, and are many times what one input frees.
 */
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
	return "quarantine_size_mb=16";
}

void
fuzz_promise(bool holds, const char *promise)
{
	if (holds)
		return;
	fprintf(stderr, "fuzz: this does not hold: %s\n", promise);
	abort();
}

void
fuzz_outcome(int rc, const struct fail *f)
{
	fuzz_promise((rc < 0) == (f->kind != FAIL_NONE),
	    "a call fails if it says why");
	if (rc == 0)
		return;
	fuzz_promise(f->message[0] != '\0', "a refusal has a message");
	if (f->kind != FAIL_INPUT)
		fprintf(stderr, "fuzz: status %d: %s\n", (int)f->kind,
		    f->message);
	fuzz_promise(f->kind == FAIL_INPUT,
	    "hostile bytes are refused as such");
}

/* ---- files ---- */

static char *folder;

static void
remove_folder(void)
{
	struct fail f = { .kind = FAIL_NONE };

	tempdir_remove(folder, &f);
	free(folder);
}

const char *
fuzz_folder(void)
{
	struct fail f = { .kind = FAIL_NONE };

	if (folder != NULL)
		return folder;
	folder = tempdir_make(&f);
	fuzz_promise(folder != NULL && atexit(remove_folder) == 0,
	    "a folder can be made");
	return folder;
}

/* ---- plans ---- */

static const unsigned char key[] = "\xa4seal\xce";	/* and a uint32 */

enum { KEY = sizeof(key) - 1, SEAL = KEY + 4 };

void
fuzz_set_seal(unsigned char *bytes, size_t n)
{
	uint32_t crc;

	if (n < SEAL || memcmp(bytes + n - SEAL, key, KEY) != 0)
		return;
	crc = (uint32_t)crc32(0, bytes, (uInt)(n - SEAL));
	for (unsigned i = 1; i <= 4; i++, crc >>= 8)
		bytes[n - i] = (unsigned char)crc;
}

bool
fuzz_read_plan(struct plan *p, const uint8_t *bytes, size_t n)
{
	struct fail f = { .kind = FAIL_NONE };
	unsigned char *own = malloc(n + 1);
	int rc;

	fuzz_promise(own != NULL, "there is memory");
	memcpy(own, bytes, n);
	fuzz_set_seal(own, n);
	rc = plan_decode(p, own, n, "the input", &f);
	fuzz_outcome(rc, &f);
	free(own);
	return rc == 0;
}

struct sealed {
	void *bytes;
	size_t n;
};

static struct sealed
seal(const struct plan *p)
{
	struct fail f = { .kind = FAIL_NONE };
	struct sealed s;

	fuzz_outcome(plan_encode(p, &s.bytes, &s.n, &f), &f);
	fuzz_promise(f.kind == FAIL_NONE, "a plan that was read is written");
	return s;
}

/* Releases b. */
static void
must_equal(const struct sealed *a, struct sealed b, const char *promise)
{
	fuzz_promise(a->n == b.n && memcmp(a->bytes, b.bytes, b.n) == 0,
	    promise);
	free(b.bytes);
}

static void
through_msgpack(const struct sealed *s)
{
	struct fail f = { .kind = FAIL_NONE };
	struct plan p;

	fuzz_promise(plan_decode(&p, s->bytes, s->n, "again", &f) == 0,
	    "a plan that was written is read");
	must_equal(s, seal(&p), "a plan is the same after msgpack");
	plan_release(&p);
}

static void
through_json(const struct plan *from, const struct sealed *s)
{
	struct fail f = { .kind = FAIL_NONE };
	struct plan p;
	char *text;
	size_t n;

	fuzz_promise(plan_to_json(from, &text, &n, &f) == 0,
	    "a plan that was read is written as JSON");
	if (plan_from_json(&p, text, n, "JSON", &f) < 0)
		fprintf(stderr, "fuzz: %s\n", f.message);
	fuzz_promise(f.kind == FAIL_NONE, "the JSON of a plan is read");
	must_equal(s, seal(&p), "a plan is the same after JSON");
	plan_release(&p);
	free(text);
}

void
fuzz_plan_is_stable(const struct plan *p, bool json)
{
	struct sealed s = seal(p);

	through_msgpack(&s);
	if (json)
		through_json(p, &s);
	free(s.bytes);
}
