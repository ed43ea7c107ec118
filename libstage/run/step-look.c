#include <inttypes.h>
#include <stdio.h>

#include "target/window.h"
#include "run/step-impl.h"
#include "walk/walk.h"
#include "inspect/walk-report.h"

enum { LINE_BYTES = 16 };

/* The domain, if it has memory, and its page tables: those that are built, or
 * those that the plan asks for. */
struct look {
	struct target *target;		/* NULL: no memory yet */
	struct target_info info;
	struct walk *walk;		/* NULL: addresses are not walked */
};

static void
look_close(struct look *l)
{
	walk_close(l->walk);
	target_close(l->target);
}

static int
open_walk(struct session *s, struct look *l, struct fail *f)
{
	const struct plan *p = &s->plan;

	if (plan_has(p, PLAN_PAGETABLES))
		return walk_open(&l->walk, l->target, p->image.abi,
		    p->pagetables.root_mfn, f);
	if (plan_has(p, PLAN_VCPUS))
		return walk_open_vcpu(&l->walk, l->target, &l->info,
		    s->domain, f);
	return walk_open_planned(&l->walk, p, f);
}

static int
look_open(struct session *s, struct look *l, bool walks, struct fail *f)
{
	const struct plan *p = &s->plan;

	*l = (struct look){ .target = NULL };
	if (!plan_has(p, PLAN_LAYOUT))
		return fail(f, FAIL_INPUT, "there are no addresses yet: "
		    "xb-layout gives them");
	if ((plan_has(p, PLAN_MEMORY) && target_open_plan(&l->target, p, NULL,
	    TARGET_READ, &l->info, f) < 0) ||
	    (walks && open_walk(s, l, f) < 0)) {
		look_close(l);
		return -1;
	}
	return 0;
}

int
step_walk(struct session *s, uint64_t va, struct fail *f)
{
	struct walk_path path;
	struct look l;
	int rc;

	if (look_open(s, &l, true, f) < 0)
		return -1;
	rc = walk_address(l.walk, va, &path, f);
	if (rc == 0) {
		struct walk_report r = { .walk = l.walk, .plan = &s->plan,
		    .shared_info_mfn = l.target == NULL ? INVALID_MFN :
		    l.info.shared_info_mfn, .to = s->to };

		walk_report_path(&r, &path);
	}
	look_close(&l);
	return rc;
}

/* ---- bytes ---- */

struct dump {
	struct session *s;
	struct look look;
	struct guest_window window;
	bool address;
};

/* The pfn of the page at a virtual address. */
static int
mapped_there(const struct dump *d, uint64_t at, uint64_t *pfn, struct fail *f)
{
	struct walk_path path;

	if (walk_address(d->look.walk, at, &path, f) < 0)
		return -1;
	if (path.end != WALK_MAPPED)
		return fail(f, FAIL_INPUT, "address 0x%" PRIx64 " is not "
		    "mapped", at);
	*pfn = path.pfn;
	return 0;
}

/* The page at a guest-physical address or, where addresses are walked, at a
 * virtual one. */
static const unsigned char *
page_of(struct dump *d, uint64_t at, struct fail *f)
{
	const struct plan *p = &d->s->plan;
	uint64_t pfn = at / PAGE_BYTES;

	if (d->look.walk != NULL && mapped_there(d, at, &pfn, f) < 0)
		return NULL;
	if (plan_has_pages(p, pfn, 1))
		return window_page(&d->window, pfn, f);
	if (d->address)
		(void)fail(f, FAIL_INPUT, "address 0x%" PRIx64 " is no page "
		    "of this domain", at);
	else
		(void)fail(f, FAIL_INPUT, "pfn 0x%" PRIx64 " is past the "
		    "domain's %" PRIu64 " pages", pfn, p->layout.pages);
	return NULL;
}

static void
print_bytes(const struct dump *d, uint64_t at, const unsigned char *bytes,
    size_t n)
{
	char line[STEP_HEX], where[48];

	if (d->address)
		snprintf(where, sizeof(where), "0x%0*" PRIx64,
		    d->s->plan.image.abi->bits / 4, at);
	else
		snprintf(where, sizeof(where), "0x%" PRIx64 " + 0x%03" PRIx64,
		    at / PAGE_BYTES, at % PAGE_BYTES);
	fprintf(d->s->to, "%s  %s\n", where, step_hex(line, bytes, n));
}

static int
dump_all(struct dump *d, uint64_t at, uint64_t n, struct fail *f)
{
	while (n > 0) {
		uint64_t in_page = at % PAGE_BYTES;
		uint64_t line = LINE_BYTES - at % LINE_BYTES;
		const unsigned char *page = page_of(d, at, f);

		if (page == NULL)
			return -1;
		line = line < n ? line : n;
		print_bytes(d, at, page + in_page, (size_t)line);
		at += line;
		n -= line;
	}
	return 0;
}

int
step_dump(struct session *s, bool address, uint64_t from, uint64_t n,
    struct fail *f)
{
	struct dump d = { .s = s, .address = address };
	/* A guest without page tables has physical addresses. */
	bool walks = address && s->plan.image.abi->levels > 0;
	int rc;

	if (look_open(s, &d.look, walks, f) < 0)
		return -1;
	d.window = (struct guest_window){ .target = d.look.target,
	    .p2m = plan_frames(&s->plan), .end = UINT64_MAX };
	rc = dump_all(&d, from, n, f);
	if (window_close(&d.window, f) < 0)
		rc = -1;
	look_close(&d.look);
	return rc;
}
