#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cursor.h"
#include "target/file/file.h"

static int
write_page(struct file_target *t, const void *bytes, uint64_t mfn,
    struct fail *f)
{
	const char *p = bytes;
	size_t done = 0;

	while (done < PAGE_BYTES) {
		ssize_t r = pwrite(t->memory, p + done, PAGE_BYTES - done,
		    (off_t)(mfn * PAGE_BYTES + done));

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return fail_errno(f, FAIL_IO, errno, "cannot write "
			    "the memory of '%s'", t->name);
		done += (size_t)r;
	}
	return 0;
}

/* A hole reads as zero and takes no space. */
static int
clear_run(struct file_target *t, const struct extent *run, struct fail *f)
{
	static const unsigned char zero[PAGE_BYTES];
	int r;

	do
		r = fallocate(t->memory,
		    FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		    (off_t)(run->mfn * PAGE_BYTES),
		    (off_t)(run->count * PAGE_BYTES));
	while (r < 0 && errno == EINTR);
	if (r == 0)
		return 0;
	if (errno != EOPNOTSUPP && errno != ENOSYS)
		return fail_errno(f, FAIL_IO, errno, "cannot clear the memory "
		    "of '%s'", t->name);
	for (uint64_t i = 0; i < run->count; i++)
		if (write_page(t, zero, run->mfn + i, f) < 0)
			return -1;
	return 0;
}

int
file_clear(struct target *base, const struct extent *runs, size_t n,
    struct fail *f)
{
	struct file_target *t = file_target(base);

	for (size_t i = 0; i < n; i++)
		if (file_check_run(t, runs[i].mfn, runs[i].count, true,
		    "clear", f) < 0 || file_check_ordinary(t, runs[i].mfn,
		    runs[i].count, "clear", f) < 0)
			return -1;
	for (size_t i = 0; i < n; i++)
		if (clear_run(t, &runs[i], f) < 0)
			return -1;
	return 0;
}

/*
 * Hypercall stubs.  Stub i is 32 bytes at i * 32 and makes hypercall i; what
 * it does not fill holds breakpoints.  iret does not return, so its stub
 * leaves on the stack what the hypervisor pops.
 */
enum { STUB_BYTES = 32, HYPERCALL_IRET = 23 };

struct stub {
	uint8_t size, number;		/* bytes; where the number goes */
	uint8_t bytes[16];
};

static const struct stub stubs_64[2] = {
	/* push %rcx; push %r11; mov $n,%eax; syscall; pop %r11; pop %rcx;
	 * ret */
	{ 14, 4, { 0x51, 0x41, 0x53, 0xb8, 0, 0, 0, 0, 0x0f, 0x05, 0x41, 0x5b,
	    0x59, 0xc3 } },
	/* push %rcx; push %r11; push %rax; mov $n,%eax; syscall */
	{ 11, 5, { 0x51, 0x41, 0x53, 0x50, 0xb8, 0, 0, 0, 0, 0x0f, 0x05 } },
};

static const struct stub stubs_32[2] = {
	/* mov $n,%eax; int $0x82; ret */
	{ 8, 1, { 0xb8, 0, 0, 0, 0, 0xcd, 0x82, 0xc3 } },
	/* push %eax; mov $n,%eax; int $0x82 */
	{ 8, 2, { 0x50, 0xb8, 0, 0, 0, 0, 0xcd, 0x82 } },
};

static void
fill_stubs(const struct abi *abi, unsigned char *page)
{
	const struct stub *stubs = abi->bits == 64 ? stubs_64 : stubs_32;

	memset(page, 0xcc, PAGE_BYTES);
	for (unsigned i = 0; i < PAGE_BYTES / STUB_BYTES; i++) {
		const struct stub *s = &stubs[i == HYPERCALL_IRET];

		memcpy(page + i * STUB_BYTES, s->bytes, s->size);
		le_put(page + i * STUB_BYTES + s->number, 4, i);
	}
}

int
file_hypercall_page(struct target *base, uint64_t mfn, struct fail *f)
{
	struct file_target *t = file_target(base);
	unsigned char page[PAGE_BYTES];

	if (file_check_run(t, mfn, 1, false, "make a hypercall page of", f)
	    < 0 || file_check_ordinary(t, mfn, 1, "make a hypercall page of", f)
	    < 0)
		return -1;
	fill_stubs(t->state.abi, page);
	return write_page(t, page, mfn, f);
}
