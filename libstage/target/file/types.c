#include <inttypes.h>
#include <stdlib.h>

#include "base/array.h"
#include "target/file/file.h"

int
paper_frame_type(struct target *base, uint64_t mfn, unsigned *level,
    bool *pinned, struct fail *f)
{
	struct paper_target *t = paper_target(base);
	const struct table_run *run;

	if (paper_check_type(t, GUEST_PV, "tell a type of frames of", f) < 0 ||
	    paper_check_run(t, mfn, 1, true, "tell the type of", f) < 0)
		return -1;
	run = paper_tables_find(&t->state.tables, mfn);
	*level = run == NULL ? 0 : (unsigned)run->level;
	*pinned = run != NULL && run->pinned;
	return 0;
}

/* ---- pinning ---- */

/*
 * A page table is in use if it is reached from a pinned top table or from the
 * top table in a vcpu's context.  After each change the types of all frames are
 * found anew by a walk from these roots.  Reference counts as Xen has them are
 * not needed: a table cannot be written to while it is in use, so a walk finds
 * what it found before.
 */
struct roots {
	struct table_root *v;
	size_t n, cap;
};

static int
add_root(struct roots *l, uint64_t mfn, bool pinned, struct fail *f)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].mfn == mfn) {
			l->v[i].pinned |= pinned;
			return 0;
		}
	if (array_grow(&l->v, &l->cap, l->n, sizeof(*l->v), f) < 0)
		return -1;
	l->v[l->n++] = (struct table_root){ mfn, pinned };
	return 0;
}

static int
add_pinned(struct roots *l, const struct paper_tables *tables, uint64_t without,
    struct fail *f)
{
	for (size_t i = 0; i < tables->n; i++) {
		const struct table_run *run = &tables->v[i];

		for (uint64_t k = 0; run->pinned && k < run->count; k++)
			if (run->mfn + k != without &&
			    add_root(l, run->mfn + k, true, f) < 0)
				return -1;
	}
	return 0;
}

/* The top tables that the vcpus start with; cr1 names the one that a 64-bit
 * guest has for its user mode, 0 for none. */
static int
add_context_roots(struct roots *l, const struct paper_state *s, struct fail *f)
{
	static const enum context_field fields[] = { CTX_CR3, CTX_CR1 };

	for (size_t i = 0; i < PAPER_VCPUS_MAX; i++)
		for (size_t k = 0; s->context[i] != NULL && k < 2; k++) {
			uint64_t cr3 = abi_get(s->abi->context.field[fields[k]],
			    s->context[i]);

			if (cr3 != 0 && add_root(l, abi_cr3_mfn(s->abi, cr3),
			    false, f) < 0)
				return -1;
		}
	return 0;
}

/* Finds all types anew from the present roots, leaving out the pinned root
 * without and adding the root with (INVALID_MFN: none). */
static int
retype(struct paper_target *t, uint64_t without, uint64_t with, struct fail *f)
{
	struct paper_state *s = &t->state;
	struct roots roots = { NULL, 0, 0 };
	struct paper_tables found = { NULL, 0, 0 };
	int rc = 0;

	if (with != INVALID_MFN)
		rc = add_root(&roots, with, true, f);
	if (rc == 0)
		rc = add_pinned(&roots, &s->tables, without, f);
	if (rc == 0)
		rc = add_context_roots(&roots, s, f);
	if (rc == 0)
		rc = paper_validate(t, roots.v, roots.n, &found, f);
	free(roots.v);
	if (rc < 0) {
		paper_tables_release(&found);
		return -1;
	}
	paper_tables_release(&s->tables);
	s->tables = found;
	return paper_save(t, f);
}

int
paper_pin(struct target *base, uint64_t mfn, struct fail *f)
{
	struct paper_target *t = paper_target(base);
	const struct table_run *run;

	if (paper_writable(t, f) < 0 ||
	    paper_check_type(t, GUEST_PV, "pin page tables of", f) < 0 ||
	    paper_check_run(t, mfn, 1, false, "pin", f) < 0)
		return -1;
	run = paper_tables_find(&t->state.tables, mfn);
	if (run != NULL && run->pinned)
		return fail(f, FAIL_TARGET, "cannot pin mfn 0x%" PRIx64
		    " of '%s': a table is pinned once, and this one is pinned "
		    "already; unpin it first", mfn, t->name);
	return retype(t, INVALID_MFN, mfn, f);
}

int
paper_unpin(struct target *base, uint64_t mfn, struct fail *f)
{
	struct paper_target *t = paper_target(base);
	const struct table_run *run;

	if (paper_writable(t, f) < 0 ||
	    paper_check_type(t, GUEST_PV, "unpin page tables of", f) < 0 ||
	    paper_check_run(t, mfn, 1, false, "unpin", f) < 0)
		return -1;
	run = paper_tables_find(&t->state.tables, mfn);
	if (run == NULL || !run->pinned)
		return fail(f, FAIL_TARGET, "cannot unpin mfn 0x%" PRIx64
		    " of '%s': it is not pinned", mfn, t->name);
	return retype(t, mfn, INVALID_MFN, f);
}
