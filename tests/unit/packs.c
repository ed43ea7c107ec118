#include "packs.h"

#include "memfile.h"

struct text
sample(size_t n)
{
	struct text t = { .data = malloc(n + 1), .n = n };
	uint32_t x = 2463534242;

	assert_non_null(t.data);
	for (size_t i = 0; i < n; i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		t.data[i] = (i / 64) % 2 == 0 ? (unsigned char)(x >> 11) :
		    (unsigned char)(i / 512);
	}
	return t;
}

struct text
zeros(size_t n)
{
	struct text t = { .data = calloc(n + 1, 1), .n = n };

	assert_non_null(t.data);
	return t;
}

struct text
pack(const char *command, const struct text *plain)
{
	struct text t = { .n = 0 };
	size_t cap = plain->n + plain->n / 8 + MIB;
	int fd = memory_file(plain->data, plain->n);
	char line[256];
	FILE *p;

	snprintf(line, sizeof(line), "cat /proc/%ld/fd/%d | %s",
	    (long)getpid(), fd, command);
	p = popen(line, "r");
	assert_non_null(p);
	t.data = malloc(cap);
	assert_non_null(t.data);
	t.n = fread(t.data, 1, cap, p);
	assert_true(t.n > 0 && t.n < cap);
	assert_int_equal(pclose(p), 0);
	close(fd);
	return t;
}

static int
collect(void *arg, const void *bytes, size_t n, struct fail *f)
{
	struct unpacked *u = arg;

	if (++u->calls == u->refuse_at)
		return fail(f, FAIL_IO, "the sink is full");
	u->out.data = realloc(u->out.data, u->out.n + n);
	assert_non_null(u->out.data);
	memcpy(u->out.data + u->out.n, bytes, n);
	u->out.n += n;
	return 0;
}

struct unpacked
no_limits(void)
{
	return (struct unpacked){ .job = { .output_max = 64 * MIB,
	    .window_max = 128 * MIB, .what = "packed" } };
}

void
unpack_with(struct unpacked *u, const struct codec *c,
    const struct text *packed)
{
	u->job.fd = memory_file(packed->data, packed->n);
	if (u->job.size == 0)
		u->job.size = packed->n - u->job.offset;
	u->job.sink = collect;
	u->job.arg = u;
	u->job.out = malloc(c->block);
	assert_non_null(u->job.out);
	u->rc = codec_unpack(c, &u->job, &u->f);
	free(u->job.out);
	close(u->job.fd);
	assert_int_equal(u->rc, u->f.kind == FAIL_NONE ? 0 : -1);
	assert_true(u->job.produced <= u->job.output_max);
	assert_true(u->job.after_stream <= u->job.size);
}

void
release_unpacked(struct unpacked *u)
{
	free(u->out.data);
}

void
unpack_refused(const char *name, const struct unpacked *u, const char *words)
{
	if (u->f.kind == FAIL_INPUT && strstr(u->f.message, words) != NULL &&
	    strstr(u->f.message, u->job.what) != NULL)
		return;
	print_error("%s: kind %d, message '%s', wanted '%s'\n", name,
	    (int)u->f.kind, u->f.message, words);
	assert_true(false);
}

const struct codec *
codec_of(const struct text *packed, const char *want)
{
	const struct codec *c = codec_probe(packed->data, packed->n);

	assert_non_null(c);
	assert_string_equal(c->name, want);
	return c;
}
