#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/draft.h"
#include "base/progress.h"
#include "base/zero.h"
#include "build/vcpu.h"
#include "inspect/core-impl.h"

/* ---- registers ---- */

/*
 * The context that xb-launch will set: over zeroes, or over the context that
 * the hypervisor keeps, where the ABI inherits fields of it.
 */
static int
planned_context(const struct core *c, unsigned char *context, struct fail *f)
{
	const struct abi *a = walk_abi(c->walk);

	if (c->plan == NULL || !plan_has(c->plan, PLAN_STARTINFO))
		return fail(f, FAIL_TARGET, "vcpu 0 of '%s' has no registers "
		    "yet; give the plan that xb-startinfo wrote, which tells "
		    "them", c->name);
	if (!vcpu_inherits(a))
		memset(context, 0, a->context.size);
	vcpu_context(c->plan, context);
	return 0;
}

/* The context of a vcpu for the file.  *present false: the vcpu is left out. */
static int
context_of(const struct core *c, uint32_t vcpu,
    unsigned char context[ABI_CONTEXT_MAX], bool *present, struct fail *f)
{
	if (c->target->ops->get_context(c->target, vcpu, context, present,
	    f) < 0)
		return -1;
	if (*present || vcpu > 0)
		return 0;
	*present = true;
	return planned_context(c, context, f);
}

/* ---- headers and notes ---- */

/* Puts the registers of each vcpu behind the headers, which count them. */
static int
put_notes(const struct core *c, struct core_elf *e, const struct core_file *o,
    struct fail *f)
{
	unsigned char context[ABI_CONTEXT_MAX], note[CORE_NOTE_MAX];
	uint64_t at = core_elf_notes(e);
	bool present;
	size_t n;

	for (uint32_t i = 0; i < c->info->vcpus; i++) {
		if (context_of(c, i, context, &present, f) < 0)
			return -1;
		if (!present)
			continue;
		n = core_elf_note(e, i, context, note);
		if (core_file_put(o, at, note, n, f) < 0)
			return -1;
		at += n;
		e->n_notes++;
	}
	return 0;
}

/* ELF32 has offsets of 32 bits. */
static int
check_offset(const struct core_elf *e, uint64_t end, struct fail *f)
{
	if (e->abi->bits == 64 || end <= UINT32_MAX)
		return 0;
	return fail(f, FAIL_TARGET, "the core would have %" PRIu64 " bytes, "
	    "more than the %" PRIu32 " of a 32-bit one", end, UINT32_MAX);
}

static void
add_headers(const struct core_elf *e, const struct core_memory *m, FILE *to)
{
	unsigned char head[CORE_HEAD_MAX];
	uint64_t memory = core_elf_bytes(e), at;
	size_t n = core_elf_head(e, head);

	fwrite(head, 1, n, to);
	for (size_t i = 0; i < m->n; i++) {
		at = memory + PAGE_BYTES * extents_pfn_sorted(&m->frames,
		    m->runs[i].mfn);
		n = core_elf_load(e, &m->runs[i], at, head);
		fwrite(head, 1, n, to);
	}
	n = core_elf_count(e, head);
	fwrite(head, 1, n, to);
}

static int
put_headers(const struct core_elf *e, const struct core_memory *m,
    const struct core_file *o, struct fail *f)
{
	struct draft d;
	int rc;

	if (draft_begin(&d, f) < 0)
		return -1;
	add_headers(e, m, d.to);
	if (draft_end(&d, f) < 0)
		return -1;
	rc = core_file_put(o, 0, d.bytes, d.n, f);
	free(d.bytes);
	return rc;
}

/* ---- memory ---- */

/* Pages that are not all zero, neighbours in one piece. */
static int
put_pages(const struct core_file *o, uint64_t offset,
    const unsigned char *pages, uint64_t n, struct fail *f)
{
	for (uint64_t i = 0, end; i < n; i = end + 1) {
		for (end = i; end < n &&
		    !zero_all(pages + end * PAGE_BYTES, PAGE_BYTES);)
			end++;
		if (end > i && core_file_put(o, offset + i * PAGE_BYTES,
		    pages + i * PAGE_BYTES, (size_t)((end - i) * PAGE_BYTES),
		    f) < 0)
			return -1;
	}
	return 0;
}

static int
put_mapped(const struct core *c, const struct core_file *o, uint64_t offset,
    const struct extents *runs, struct fail *f)
{
	unsigned char *bytes = c->target->ops->map(c->target, runs->v, runs->n,
	    false, f);
	int rc;

	if (bytes == NULL)
		return -1;
	rc = put_pages(o, offset, bytes, extents_pages(runs), f);
	return c->target->ops->unmap(c->target, bytes, f) < 0 ? -1 : rc;
}

/* n pages from that place in the file on.  What the target knows to be zero is
 * not read: most of a large domain. */
static int
put_window(const struct core *c, const struct core_memory *m,
    const struct core_file *o, uint64_t offset, uint64_t place, uint64_t n,
    struct fail *f)
{
	struct extents runs = EXTENTS_INIT;
	int rc = extents_slice(&m->frames, place, n, &runs, f);

	if (rc == 0 && !c->target->ops->known_zero(c->target, runs.v, runs.n))
		rc = put_mapped(c, o, offset, &runs, f);
	extents_release(&runs);
	return rc;
}

static int
put_memory(const struct core *c, const struct core_memory *m,
    const struct core_file *o, uint64_t memory, struct fail *f)
{
	const uint64_t pages = extents_pages(&m->frames);
	struct progress progress;
	int rc = 0;

	progress_begin(&progress, "reading", c->name, pages * PAGE_BYTES);
	for (uint64_t at = 0, n; rc == 0 && at < pages; at += n) {
		n = pages - at < WINDOW_MAX ? pages - at : WINDOW_MAX;
		rc = progress_step(&progress, n * PAGE_BYTES, f);
		if (rc == 0)
			rc = put_window(c, m, o, memory + at * PAGE_BYTES, at,
			    n, f);
	}
	progress_erase();
	return rc;
}

/* ---- the file ---- */

static void
say(const struct core *c, const struct walk_limit *limit,
    const struct core_memory *m, size_t vcpus, struct fail *f)
{
	if (m->left_out == 1)
		fail_warn(f, "1 page of '%s' is left out: it maps a frame that "
		    "is not the domain's", c->name);
	else if (m->left_out > 0)
		fail_warn(f, "%" PRIu64 " pages of '%s' are left out: they map "
		    "frames that are not the domain's", m->left_out, c->name);
	walk_warn_unseen(limit, m->unseen, c->name, f);
	fail_note(f, "%zu runs of %" PRIu64 " frames, %zu vcpu%s", m->n,
	    extents_pages(&m->frames), vcpus, vcpus == 1 ? "" : "s");
}

static struct core_result
result_of(const struct core_elf *e, const struct core_memory *m)
{
	uint64_t frames = extents_pages(&m->frames);

	return (struct core_result){ core_elf_bytes(e) + frames * PAGE_BYTES,
	    frames, m->n, e->n_notes, m->left_out, m->unseen };
}

static int
put_all(const struct core *c, const struct walk_limit *limit,
    const struct core_memory *m, struct core_file *o, struct fail *f)
{
	struct core_elf e = core_elf_of(walk_abi(c->walk), m->n, 0);
	uint64_t memory, end;

	if (put_notes(c, &e, o, f) < 0)
		return -1;
	memory = core_elf_bytes(&e);
	end = memory + extents_pages(&m->frames) * PAGE_BYTES;
	if (check_offset(&e, end, f) < 0 || put_headers(&e, m, o, f) < 0 ||
	    put_memory(c, m, o, memory, f) < 0 ||
	    core_file_commit(o, end, f) < 0)
		return -1;
	if (c->result != NULL)
		*c->result = result_of(&e, m);
	say(c, limit, m, e.n_notes, f);
	return 0;
}

static int
write_to(const struct core *c, struct core_file *o, struct fail *f)
{
	struct walk_limit limit = walk_limit_of(c->info, c->all);
	struct core_memory m;
	int rc = core_collect(c, &limit, &m, f);

	if (rc == 0)
		rc = put_all(c, &limit, &m, o, f);
	core_memory_release(&m);
	return rc;
}

int
core_write(const struct core *c, const char *path, struct fail *f)
{
	struct core_file o;
	int rc;

	if (core_file_open(&o, path, f) < 0)
		return -1;
	rc = write_to(c, &o, f);
	core_file_close(&o);
	return rc;
}
