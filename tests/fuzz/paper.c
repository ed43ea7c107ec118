/*
 * paper: the files of a file target, written by anybody.
 *
 * An input is edits of a domain that was built well, so that a few bytes reach
 * deep: byte 0 says which ABI, bytes 1 and 2 how many bytes of another state
 * follow (0: that of the build).  Then come edits: a page and an offset of two
 * bytes each, a count of one byte, and that many bytes for the page.  The last
 * 8 bytes are an address to walk to as well.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../unit/held.h"
#include "base/le.h"
#include "build/layout.h"
#include "built.h"
#include "canonical/canonical.h"
#include "fuzz.h"
#include "inspect/core.h"
#include "inspect/walk-report.h"
#include "verify/verify.h"

enum { PAGES = 1024, EDITS_MAX = 64, EDIT_MAX = 255, HEAD = 3 };

/* ---- a domain of each ABI, built once ---- */

static struct base {
	struct plan plan;
	struct extents frames;		/* by the number that an edit has: the
					 * pfn; behind the memory of a PVH guest
					 * the pages that lie beside it */
	uint64_t n_frames;
	int memory;
	void *state;			/* NULL: not built yet */
	size_t n_state;
} bases[ABI_COUNT];

static int
number_frames(struct base *b, struct target *t, struct fail *f)
{
	const struct extents *owned = &paper_target(t)->state.frames;

	b->n_frames = extents_pages(owned);
	return extents_keep(&b->plan.arena, b->plan.image.abi->guest ==
	    GUEST_PVH ? owned : &b->plan.memory.p2m, &b->frames, f);
}

static int
make_base(struct base *b, const struct abi *abi, struct fail *f)
{
	struct target *t;
	int rc = -1;

	if (built_image(&b->plan, abi, f) < 0 ||
	    layout_solve(&b->plan, PAGES, f) < 0)
		return -1;
	t = built_target(abi, PAGES, f);
	if (t == NULL)
		return -1;
	b->memory = dup(paper_target(t)->memory);
	if (built_domain(&b->plan, t, f) == 0 && number_frames(b, t, f) == 0)
		rc = paper_state_encode(&paper_target(t)->state, &b->state,
		    &b->n_state, "base", f);
	target_close(t);
	return rc;
}

static struct base *
base_of(unsigned which)
{
	struct base *b = &bases[which % ABI_COUNT];
	struct fail f = { .kind = FAIL_NONE };

	if (b->state == NULL)
		(void)!make_base(b, &abi_rows[which % ABI_COUNT], &f);
	fuzz_outcome(b->state == NULL ? -1 : 0, &f);
	return b;
}

/* ---- edits of its memory ---- */

static struct edit {
	uint64_t at;			/* in the memory file */
	size_t n;
	unsigned char before[EDIT_MAX];
} edits[EDITS_MAX];

static size_t
make_edits(const struct base *b, const uint8_t *at, size_t left)
{
	size_t n = 0;

	while (n < EDITS_MAX && left > 5) {
		struct edit *e = &edits[n++];
		uint64_t pfn = le_get(at, 2) % b->n_frames;
		uint64_t offset = le_get(at + 2, 2) % PAGE_BYTES;

		e->at = extents_mfn(&b->frames, pfn) * PAGE_BYTES + offset;
		e->n = at[4];
		at += 5;
		left -= 5;
		if (e->n > left)
			e->n = left;
		if (e->n > PAGE_BYTES - offset)
			e->n = PAGE_BYTES - offset;
		fuzz_promise(pread(b->memory, e->before, e->n, (off_t)e->at) ==
		    (ssize_t)e->n && file_put_at(b->memory, at, e->n,
		    e->at) == 0, "a domain can be edited");
		at += e->n;
		left -= e->n;
	}
	return n;
}

static void
undo_edits(const struct base *b, size_t n)
{
	while (n-- > 0)
		fuzz_promise(file_put_at(b->memory, edits[n].before,
		    edits[n].n, edits[n].at) == 0, "an edit can be undone");
}

/* ---- its readers ---- */

static int
print_run(void *arg, const struct walk_run *run, struct fail *f)
{
	(void)f;
	walk_report_run(arg, UINT64_C(1) << 36, run);
	return 0;
}

static void
read_walk(const struct core *c, struct walk_report *r, uint64_t va)
{
	const struct walk_limit limit = walk_limit_of(c->info, false);
	struct fail one = { .kind = FAIL_NONE }, all = one, core = one;
	struct walk_path path;
	char file[4200];

	snprintf(file, sizeof(file), "%s/core", fuzz_folder());
	if (walk_address(c->walk, va, &path, &one) == 0)
		walk_report_path(r, &path);
	if (walk_all(c->walk, &limit, print_run, r, &all) == 0)
		walk_report_end(r);
	(void)!core_write(c, file, &core);
	fuzz_promise(one.kind == FAIL_NONE || one.kind == FAIL_TARGET ||
	    one.kind == FAIL_USAGE, "an address is walked or refused");
	fuzz_promise(all.kind == FAIL_NONE || all.kind == FAIL_TARGET,
	    "all addresses are walked or refused");
	fuzz_promise(core.kind == FAIL_NONE || core.kind == FAIL_TARGET,
	    "a core is written or refused");
}

static void
walk(struct target *t, struct base *b, const struct target_info *info,
    uint64_t va)
{
	static FILE *nowhere;
	struct fail f = { .kind = FAIL_NONE };
	struct core c = { .target = t, .info = info, .plan = &b->plan,
	    .name = "file:held" };
	uint64_t root;

	if (nowhere == NULL)
		nowhere = fopen("/dev/null", "w");
	if (info->abi == NULL || walk_root(t, info, c.name, &root, &f) < 0 ||
	    walk_open(&c.walk, t, info->abi, root, &f) < 0)
		return;
	read_walk(&c, &(struct walk_report){ .walk = c.walk, .plan = &b->plan,
	    .shared_info_mfn = info->shared_info_mfn, .json = va % 2 != 0,
	    .to = nowhere }, va);
	walk_close(c.walk);
}

static void
digest(struct target *t)
{
	struct fail f = { .kind = FAIL_NONE };
	struct canonical_digests d;
	struct canonical *c;

	if (canonical_recover(&c, t, "file:held", &f) < 0)
		return;
	if (canonical_digests(c, &d, &f) == 0)
		canonical_digests_release(&d);
	canonical_close(c);
}

static void
ignore(void *arg, enum verify_result r, const char *check, const char *detail)
{
	(void)arg;
	(void)r;
	(void)check;
	(void)detail;
}

/* The target validates page tables that anybody wrote. */
static void
pin_again(struct target *t, const struct base *b)
{
	const uint64_t root = b->plan.pagetables.root_mfn;
	struct fail f = { .kind = FAIL_NONE };

	if (t->ops->unpin(t, root, &f) == 0 && t->ops->pin(t, root, &f) < 0)
		fuzz_promise(f.kind == FAIL_TARGET,
		    "page tables are pinned or refused");
}

static void
read_domain(struct target *t, struct base *b, bool whole, uint64_t va)
{
	struct fail f = { .kind = FAIL_NONE };
	struct target_info info;
	int rc;

	fuzz_promise(t->ops->info(t, &info, &f) == 0, "a domain is told of");
	walk(t, b, &info, va);
	digest(t);
	rc = verify_domain(&b->plan, t, ignore, NULL, &f);
	fuzz_promise(rc == 0 || !whole, "what was built is what it is");
	fuzz_promise(f.kind != FAIL_BUG && f.kind != FAIL_SYSTEM,
	    "a domain is verified or refused");
	pin_again(t, b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	const uint64_t n_state = n < HEAD ? 0 : le_get(bytes + 1, 2);
	struct fail f = { .kind = FAIL_NONE };
	const uint8_t *state;
	struct base *b;
	struct target *t;
	size_t n_edits;

	if (n < HEAD + n_state)
		return 0;
	b = base_of(bytes[0]);
	state = bytes + HEAD;
	n_edits = make_edits(b, state + n_state, n - HEAD - n_state);
	t = held_as(dup(b->memory), n_state > 0 ? state : b->state,
	    n_state > 0 ? n_state : b->n_state, &f);
	if (t != NULL)
		read_domain(t, b, n == HEAD, n < 11 ? b->plan.image.entry :
		    le_get(bytes + n - 8, 8));
	else
		fuzz_promise(f.kind == FAIL_TARGET && f.message[0] != '\0',
		    "a state is taken or refused");
	target_close(t);
	undo_edits(b, n_edits);
	return 0;
}
