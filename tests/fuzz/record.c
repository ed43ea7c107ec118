/*
 * record: a record that came from a registry.
 *
 * An input is the record's blobs and then its index, divided by lines of two
 * dashes.  In those that begin with a brace, %XX stands for the digest of blob
 * XX and #XX for its size, so that a fuzzer need not find a SHA-256; seals of
 * plans are set right too.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/sha256.h"
#include "canonical/canonical.h"
#include "fuzz.h"
#include "record/record.h"

enum { BLOBS_MAX = 32, HEX = 2 * SHA256_BYTES };

static const char divider[] = "\n--\n";

static struct blob {
	char hex[HEX + 1];
	size_t n;
} blobs[BLOBS_MAX];

static int dir, blob_dir;		/* of the record */

static void
make_folder(void)
{
	static const char *const parts[] = { "", "/r", "/r/blobs",
	    "/r/blobs/sha256" };
	char path[4200];

	if (dir > 0)
		return;
	for (size_t i = 1; i < 4; i++) {
		snprintf(path, sizeof(path), "%s%s", fuzz_folder(), parts[i]);
		mkdir(path, 0700);
	}
	blob_dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(path, sizeof(path), "%s/r", fuzz_folder());
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fuzz_promise(dir > 0 && blob_dir > 0, "a record can be made");
}

static void
put_file(int in, const char *name, const void *bytes, size_t n)
{
	int fd = openat(in, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
	    0600);

	fuzz_promise(fd >= 0 && write(fd, bytes, n) == (ssize_t)n,
	    "a file can be written");
	close(fd);
}

/* The blob that the two digits at p name, or NULL. */
static const struct blob *
named(const uint8_t *p, size_t left, size_t n_blobs)
{
	char digits[3] = "", *end;
	unsigned long i;

	if (left < 2)
		return NULL;
	memcpy(digits, p, 2);
	i = strtoul(digits, &end, 16);
	return end == digits + 2 && i < n_blobs ? &blobs[i] : NULL;
}

/* The text with what stands for digests and sizes put in; malloced. */
static char *
put_in(const uint8_t *text, size_t n, size_t n_blobs, size_t *out)
{
	char *to = NULL;
	FILE *s = open_memstream(&to, out);

	fuzz_promise(s != NULL, "there is memory");
	for (size_t i = 0; i < n; i++) {
		const struct blob *b = text[i] != '%' && text[i] != '#' ?
		    NULL : named(text + i + 1, n - i - 1, n_blobs);

		if (b == NULL)
			fputc(text[i], s);
		else if (text[i] == '%')
			fputs(b->hex, s);
		else
			fprintf(s, "%zu", b->n);
		i += b == NULL ? 0 : 2;
	}
	fclose(s);
	return to;
}

static void
put_part(const uint8_t *part, size_t n, size_t i, bool last)
{
	uint8_t sha256[SHA256_BYTES];
	size_t size;
	char *bytes = put_in(part, n > 0 && part[0] == '{' ? n : 0, i, &size);

	if (size == 0) {
		free(bytes);
		bytes = malloc(n + 1);
		fuzz_promise(bytes != NULL, "there is memory");
		memcpy(bytes, part, size = n);
		fuzz_set_seal((unsigned char *)bytes, size);
	}
	sha256_of(bytes, size, sha256);
	sha256_hex(sha256, blobs[i].hex);
	blobs[i].n = size;
	if (last)
		put_file(dir, "index.json", bytes, size);
	else
		put_file(blob_dir, blobs[i].hex, bytes, size);
	free(bytes);
}

static size_t
put_record(const uint8_t *p, size_t n)
{
	const size_t gap = strlen(divider);
	size_t i = 0;

	for (bool last = false; !last && i < BLOBS_MAX; i++) {
		const uint8_t *end = memmem(p, n, divider, gap);
		size_t size = end == NULL ? n : (size_t)(end - p);

		last = end == NULL || i + 1 == BLOBS_MAX;
		put_part(p, size, i, last);
		p += size + (last ? 0 : gap);
		n -= size + (last ? 0 : gap);
	}
	put_file(dir, "oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}", 30);
	return i;
}

static void
read_plans(const struct record *r)
{
	for (size_t i = 0; i < r->build.n_stages; i++) {
		struct fail f = { .kind = FAIL_NONE };
		struct plan p;

		fuzz_outcome(record_plan(r, r->build.stages[i].name, &p, &f),
		    &f);
		plan_release(&p);
	}
}

static void
read_guest(const struct record *r)
{
	struct fail f = { .kind = FAIL_NONE };
	struct canonical_digests d;
	void *bytes = NULL;
	size_t n;

	fuzz_outcome(record_guest(r, &bytes, &n, &f), &f);
	if (bytes != NULL && canonical_digests_decode(&d, bytes, n, "guest",
	    &f) == 0)
		canonical_digests_release(&d);
	free(bytes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct fail f = { .kind = FAIL_NONE };
	struct record r;
	char path[4200];
	size_t n_blobs;
	int rc;

	make_folder();
	n_blobs = put_record(bytes, n);
	snprintf(path, sizeof(path), "%s/r", fuzz_folder());
	rc = record_open(&r, path, 0, &f);
	fuzz_outcome(rc, &f);
	if (rc == 0) {
		read_plans(&r);
		read_guest(&r);
	}
	record_release(&r);
	for (size_t i = 0; i < n_blobs; i++)
		unlinkat(blob_dir, blobs[i].hex, 0);
	return 0;
}
