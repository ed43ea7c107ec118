#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/le.h"
#include "base/stop.h"
#include "target/file/file.h"

/* ---- writing ---- */

/* Refuses frames that a stage must not write: those in use as page tables. */
int
paper_check_ordinary(struct paper_target *t, uint64_t mfn, uint64_t count,
    const char *doing, struct fail *f)
{
	const struct table_run *table;

	if (paper_writable(t, f) < 0)
		return -1;
	table = paper_tables_touch(&t->state.tables, mfn, count);
	if (table == NULL)
		return 0;
	return fail(f, FAIL_TARGET, "cannot %s mfn 0x%" PRIx64 " of '%s': a "
	    "frame in use as a page table is not written to, and this one is "
	    "an L%" PRIu64 " table; unpin its top table first", doing,
	    table->mfn > mfn ? table->mfn : mfn, t->name, table->level);
}

int
paper_write_fault(const struct paper_target *t, struct fail *f)
{
	return fail_errno(f, FAIL_IO, errno, "cannot write the memory of '%s'",
	    t->name);
}

int
paper_write_run(const struct paper_target *t, const void *bytes,
    const struct extent *run, struct fail *f)
{
	return file_put_at(t->memory, bytes, (size_t)(run->count * PAGE_BYTES),
	    run->mfn * PAGE_BYTES) == 0 ? 0 : paper_write_fault(t, f);
}

/* ---- what is zero ---- */

/* A file that is too short is no hole: that is reported when it is mapped. */
static bool
is_hole(const struct paper_target *t, const struct extent *run)
{
	off_t from = (off_t)(run->mfn * PAGE_BYTES);
	off_t to = from + (off_t)(run->count * PAGE_BYTES);
	off_t data = lseek(t->memory, from, SEEK_DATA);
	struct stat s;

	if (data >= 0)
		return data >= to;
	return errno == ENXIO && fstat(t->memory, &s) == 0 && to <= s.st_size;
}

/* A hole of the memory file is known to be zero, where the file system tells
 * about holes. */
bool
paper_known_zero(struct target *base, const struct extent *runs, size_t n)
{
	const struct paper_target *t = paper_target(base);
	size_t i = 0;

	while (i < n && is_hole(t, &runs[i]))
		i++;
	return i == n;
}

/* ---- whole frames ---- */

static int
write_page(const struct paper_target *t, const void *bytes, uint64_t mfn,
    struct fail *f)
{
	return paper_write_run(t, bytes, &(struct extent){ .mfn = mfn,
	    .count = 1 }, f);
}

/* A hole reads as zero and takes no space. */
static int
clear_run(struct paper_target *t, const struct extent *run, struct fail *f)
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
		if (stop_check(f) < 0 ||
		    write_page(t, zero, run->mfn + i, f) < 0)
			return -1;
	return 0;
}

int
paper_clear(struct target *base, const struct extent *runs, size_t n,
    struct fail *f)
{
	struct paper_target *t = paper_target(base);
	const struct extent all = { .count = t->memory_bytes / PAGE_BYTES };

	for (size_t i = 0; i < n; i++)
		if (paper_check_run(t, runs[i].mfn, runs[i].count, true,
		    "clear", f) < 0 || paper_check_ordinary(t, runs[i].mfn,
		    runs[i].count, "clear", f) < 0)
			return -1;
	/* Nothing was written to the memory yet. */
	if (is_hole(t, &all))
		return 0;
	for (size_t i = 0; i < n; i++)
		if (clear_run(t, &runs[i], f) < 0)
			return -1;
	return paper_sync(t, f);
}

/*
 * Hypercall stubs.  Stub i is 32 bytes at i * 32 and makes hypercall i; the
 * rest of the page is filled with breakpoints (int3).  HYPERVISOR_iret does not
 * return, so its stub leaves its registers on the stack, where the hypervisor
 * expects them.
 */
enum { STUB_BYTES = 32, HYPERCALL_IRET = 23 };

struct stub {
	uint8_t size, number;		/* bytes; offset of the call's number */
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
paper_hypercall_page(struct target *base, uint64_t mfn, struct fail *f)
{
	static const char doing[] = "make a hypercall page of";
	struct paper_target *t = paper_target(base);
	unsigned char page[PAGE_BYTES];

	if (paper_check_type(t, GUEST_PV, doing, f) < 0 ||
	    paper_check_run(t, mfn, 1, false, doing, f) < 0 ||
	    paper_check_ordinary(t, mfn, 1, doing, f) < 0)
		return -1;
	fill_stubs(t->state.abi, page);
	return write_page(t, page, mfn, f) < 0 ? -1 : paper_sync(t, f);
}
