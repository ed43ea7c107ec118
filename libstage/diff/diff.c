#include <stdio.h>
#include <string.h>

#include "diff/impl.h"

/* Clears what one domain alone has; a port is 1 where there is one. */
static void
forget_own(struct plan *p)
{
	struct plan_startinfo *s = &p->startinfo;

	s->shared_info_mfn = 0;
	s->store_port = s->store_port != 0;
	s->console_port = s->console_port != 0;
}

static void
translate_startinfo(struct plan *p, const struct extents *frames)
{
	struct plan_startinfo *s = &p->startinfo;
	struct maybe *mfns[] = { &s->store_mfn, &s->console_mfn,
	    &s->hypercall_mfn };

	for (size_t i = 0; i < sizeof(mfns) / sizeof(mfns[0]); i++)
		if (mfns[i]->set)
			mfns[i]->value = extents_pfn_sorted(frames,
			    mfns[i]->value);
}

static int
translate_vcpus(struct diff *d, struct plan *p, const struct extents *frames,
    struct fail *f)
{
	const struct abi *a = p->image.abi;
	struct plan_vcpu *v;

	if (!plan_has(p, PLAN_VCPUS) || !plan_has(p, PLAN_IMAGE))
		return 0;
	v = arena_array(&d->arena, p->n_vcpus, sizeof(*v), f);
	if (v == NULL)
		return -1;
	for (size_t i = 0; i < p->n_vcpus; i++) {
		v[i] = p->vcpus[i];
		v[i].cr3 = abi_cr3(a, extents_pfn_sorted(frames,
		    abi_cr3_mfn(a, v[i].cr3)));
	}
	p->vcpus = v;
	return 0;
}

/*
 * Makes a copy of a plan comparable with that of another domain: machine frames
 * become guest frames, and a port says only that there is one.
 */
static int
translate(struct diff *d, struct plan *p, struct fail *f)
{
	struct extents frames = EXTENTS_INIT;
	int rc = 0;

	forget_own(p);
	/* A PVH guest knows no machine frames. */
	if (plan_guest(p) == GUEST_PVH)
		return 0;
	if (plan_has(p, PLAN_MEMORY))
		rc = extents_sorted(&p->memory.p2m, &frames, f);
	if (rc == 0) {
		p->pagetables.root_mfn = extents_pfn_sorted(&frames,
		    p->pagetables.root_mfn);
		translate_startinfo(p, &frames);
		rc = translate_vcpus(d, p, &frames, f);
	}
	extents_release(&frames);
	return rc;
}

/* Sections that only one of the plans has, as one line. */
static int
compare_progress(struct diff *d, const struct plan *a, const struct plan *b,
    struct fail *f)
{
	for (int second = 0; second < 2; second++) {
		const struct plan *p = second ? b : a, *q = second ? a : b;
		char text[256] = "";
		size_t used = 0;

		for (unsigned s = 0; s < PLAN_SECTIONS; s++)
			if (s != PLAN_SOURCES && plan_has(p, s) &&
			    !plan_has(q, s))
				used += (size_t)snprintf(text + used,
				    sizeof(text) - used, "%s%s",
				    used > 0 ? ", " : "",
				    plan_section_name(s));
		if (used > 0 && diff_only(d, text, NULL, second, f) < 0)
			return -1;
	}
	return 0;
}

static const struct schema_extra *
find_extra(const struct plan *p, const struct schema_extra *like)
{
	for (size_t i = 0; i < p->extra.n; i++)
		if (strcmp(p->extra.v[i].in, like->in) == 0 &&
		    diff_same_bytes(&p->extra.v[i].key, &like->key))
			return &p->extra.v[i];
	return NULL;
}

/* Keys that this version does not know. */
static int
compare_extra(struct diff *d, const struct plan *a, const struct plan *b,
    bool second, struct fail *f)
{
	for (size_t i = 0; i < a->extra.n; i++) {
		const struct schema_extra *x = &a->extra.v[i];
		const struct schema_extra *y = find_extra(b, x);
		const char *path;
		int rc;

		if (y != NULL && (second ||
		    diff_same_bytes(&x->msgpack, &y->msgpack)))
			continue;
		path = arena_print(&d->arena, f, "%s%s%s", x->in,
		    x->in[0] == '\0' ? "" : ".", x->key.data);
		if (path == NULL)
			return -1;
		rc = y == NULL ? diff_only(d, path, NULL, second, f) :
		    diff_words(d, path, NULL, f, "another value (of an "
		    "unknown key)");
		if (rc < 0)
			return -1;
	}
	return 0;
}

static int
compare_sections(struct diff *d, const struct plan *a, const struct plan *b,
    struct fail *f)
{
	struct plan *x = arena_array(&d->arena, 2, sizeof(*x), f);

	if (x == NULL)
		return -1;
	x[0] = *a;
	x[1] = *b;
	if (translate(d, &x[0], f) < 0 || translate(d, &x[1], f) < 0)
		return -1;
	for (unsigned s = 0; s < PLAN_SECTIONS; s++)
		if (s != PLAN_SOURCES && s != PLAN_MEMORY && plan_has(a, s) &&
		    plan_has(b, s) && diff_section(d, s, &x[0], &x[1], f) < 0)
			return -1;
	return 0;
}

int
diff_told(struct diff *d, size_t first, struct plan *a, struct plan *b,
    struct fail *f)
{
	if (compare_sections(d, a, b, f) < 0)
		return -1;
	return diff_follows(d, first, a, b, true, f);
}

int
diff_plans(struct diff *d, struct plan *a, struct plan *b, struct fail *f)
{
	size_t first = d->n_items;

	d->plan = a;
	if (compare_sections(d, a, b, f) < 0 ||
	    diff_payloads(d, first, a, b, f) < 0 ||
	    diff_follows(d, first, a, b, false, f) < 0)
		return -1;
	if (compare_extra(d, a, b, false, f) < 0 ||
	    compare_extra(d, b, a, true, f) < 0)
		return -1;
	return compare_progress(d, a, b, f);
}
