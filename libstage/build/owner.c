#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "build/owner.h"
#include "target/window.h"

/* ---- who ---- */

static bool
names_domain(const struct plan *p, const struct target_info *info,
    const char *name)
{
	const struct plan_memory *m = &p->memory;

	return plan_has(p, PLAN_MEMORY) && strcmp(m->target.data, name) == 0 &&
	    memcmp(m->uuid, info->uuid, UUID_BYTES) == 0;
}

static bool
is_own(const struct plan *p, const struct target_info *info, const char *name)
{
	return names_domain(p, info, name) && info->has_build &&
	    memcmp(p->memory.build, info->build, BUILD_ID_BYTES) == 0;
}

static int
check_own(const struct target_info *info, const struct plan *p,
    const char *name, struct fail *f)
{
	uint64_t pages = extents_pages(plan_frames(p));

	if (info->pages != pages)
		return fail(f, FAIL_TARGET, "domain '%s' has %" PRIu64 " pages "
		    "and the plan that built it %" PRIu64 "; destroy the "
		    "domain and create another", name, info->pages, pages);
	if (info->abi != p->image.abi)
		return fail(f, FAIL_TARGET, "domain '%s' was set up for %s, "
		    "the plan is for %s; destroy the domain and create "
		    "another", name, info->abi == NULL ? "no ABI" :
		    info->abi->name, p->image.abi->name);
	return 0;
}

static int
check_free(const struct target_info *info, const char *name, struct fail *f)
{
	if (info->has_build)
		return fail(f, FAIL_TARGET, "domain '%s' holds another build; "
		    "destroy it with 'xb-domain destroy', or give xb-load the "
		    "plan that this build wrote", name);
	if (info->constructed)
		return fail(f, FAIL_TARGET, "domain '%s' is already "
		    "constructed; destroy it with 'xb-domain destroy' and "
		    "create another", name);
	if (info->pages != 0)
		return fail(f, FAIL_TARGET, "domain '%s' has %" PRIu64 " pages "
		    "already, from no build that is known here; destroy it "
		    "with 'xb-domain destroy' and create another", name,
		    info->pages);
	return 0;
}

/* ---- what it can take ---- */

static int
check_guest(const struct target_info *info, const struct abi *a,
    const char *name, struct fail *f)
{
	return info->guest == a->guest ? 0 : fail(f, FAIL_TARGET, "domain '%s' "
	    "cannot run it: this is a %s kernel (%s), and the domain was made "
	    "for %s guests; make one with 'xb-domain create --type %s'", name,
	    a->words, a->name, guest_name(info->guest), guest_name(a->guest));
}

static int
check_abi(const struct target_host *host, const struct abi *a,
    const char *name, struct fail *f)
{
	char list[160] = "";
	size_t used = 0;

	for (size_t i = 0; i < host->n_offers; i++) {
		if (host->offers[i] == a)
			return 0;
		used += (size_t)snprintf(list + used, sizeof(list) - used,
		    "%s%s", i == 0 ? "" : ", ", host->offers[i]->name);
		if (used >= sizeof(list))
			break;
	}
	return fail(f, FAIL_TARGET, "domain '%s' cannot run it: this is a %s "
	    "kernel (%s); this hypervisor offers: %s", name, a->words, a->name,
	    list[0] == '\0' ? "no PV ABI" : list);
}

static int
check_vcpus(const struct target_info *info, const struct abi *a,
    const char *name, struct fail *f)
{
	const struct abi_shared_info *s = &a->shared_info;

	if (s->more_vcpus || info->vcpus <= s->vcpus)
		return 0;
	return fail(f, FAIL_TARGET, "domain '%s' has %" PRIu32 " vcpus, and "
	    "shared_info of %s has room for %u; create the domain with "
	    "--vcpus %u", name, info->vcpus, a->name, s->vcpus, s->vcpus);
}

/* Adds to the refusal of a host that lacks pages how the domain that runs the
 * host can give them up, if it has so many. */
static void
add_way_out(const struct target *t, uint64_t lacking, struct fail *f)
{
	const uint64_t least = UINT64_C(256) << 8;
	struct fail dropped = { .kind = FAIL_NONE };
	struct target_info info;
	struct target *dom0;

	if (!t->ops->runs ||
	    target_open(&dom0, "xen:0", TARGET_LOOK, &dropped) < 0)
		return;
	lacking += TARGET_BESIDE;
	if (dom0->ops->info(dom0, &info, &dropped) == 0 &&
	    info.pages >= least + lacking)
		fail_add(f, "; 'xl mem-set 0 %" PRIu64 "m' takes it from "
		    "dom0%s", (info.pages - lacking) >> 8,
		    info.pages >= TARGET_DOM0_MIN + lacking ? ", and so does "
		    "--balloon of what makes the domain" : "");
	target_close(dom0);
}

static int
check_room(const struct target *t, const struct target_info *info,
    const struct target_host *host, const struct plan *p, const char *name,
    struct fail *f)
{
	uint64_t memory = p->layout.pages, pages = memory;

	if (memory > info->max_pages)
		return fail(f, FAIL_TARGET, "domain '%s' is too small: %" PRIu64
		    " KiB needed, %" PRIu64 " KiB given, %" PRIu64 " KiB "
		    "missing; create it with more, or run xb-layout with a "
		    "smaller -m", name, kib_of(memory),
		    kib_of(info->max_pages),
		    kib_of(memory - info->max_pages));
	/* A PVH guest has pages beside its memory. */
	if (p->layout.gfns.n > 0)
		pages = extents_pages(&p->layout.gfns);
	if (pages <= host->free_pages)
		return 0;
	(void)fail(f, FAIL_FULL, "the host of domain '%s' is too full: %"
	    PRIu64 " KiB needed, %" PRIu64 " KiB free, %" PRIu64 " KiB more "
	    "claimed by others, %" PRIu64 " KiB missing", name, kib_of(pages),
	    kib_of(host->free_pages), kib_of(host->claimed_pages),
	    kib_of(pages - host->free_pages));
	add_way_out(t, pages - host->free_pages, f);
	return -1;
}

int
owner_check(struct target *t, const struct target_info *info,
    const struct plan *p, struct owner *c, struct fail *f)
{
	struct target_host host;

	c->again = is_own(p, info, c->name);
	c->taken = c->again;
	if (target_buildable(info, c->name, f) < 0 ||
	    check_vcpus(info, p->image.abi, c->name, f) < 0)
		return -1;
	if (c->again)
		return check_own(info, p, c->name, f);
	if (!c->chosen && !names_domain(p, info, c->name))
		return fail(f, FAIL_TARGET, "domain '%s' is not the one that "
		    "the plan was loaded into: its UUID is another; name it "
		    "with -t to load it anew", c->name);
	if (check_guest(info, p->image.abi, c->name, f) < 0 ||
	    check_free(info, c->name, f) < 0 || t->ops->host(t, &host, f) < 0 ||
	    check_abi(&host, p->image.abi, c->name, f) < 0)
		return -1;
	return check_room(t, info, &host, p, c->name, f);
}

/* ---- taking it ---- */

/*
 * Bits that machine addresses of all frames may have.  A guest with PAE=yes
 * needs a low frame for its top table alone.  But which frame that will be
 * follows from the p2m, and no frame can be exchanged later: all are low.
 */
static unsigned
address_bits(const struct plan_image *i)
{
	if (i->abi->cr3_folded && strcmp(i->pae, "yes") == 0)
		return 32;
	return i->abi->frame_bits;
}

/*
 * Frames in a plan are checked with the plan; these come from the target, and
 * entries must be able to name them.
 */
static int
check_frames(const struct abi *a, const struct extents *l, struct fail *f)
{
	uint64_t end = abi_frame_end(a);

	for (size_t i = 0; i < l->n; i++) {
		const struct extent *e = &l->v[i];

		if (e->mfn >= end || e->count > end - e->mfn)
			return fail(f, FAIL_TARGET, "machine frame 0x%" PRIx64
			    " of pfn 0x%" PRIx64 " does not fit the %s "
			    "tables: the limit is 0x%" PRIx64,
			    e->mfn + e->count - 1, e->pfn + e->count - 1,
			    a->name, end - 1);
	}
	return 0;
}

static int
populate_pv(struct target *t, struct plan *p, struct extents *to,
    struct fail *f)
{
	struct extents got = EXTENTS_INIT;
	int rc = t->ops->populate(t, p->layout.pages, address_bits(&p->image),
	    &got, f);

	if (rc == 0)
		rc = check_frames(p->image.abi, &got, f);
	if (rc == 0)
		rc = extents_keep(&p->arena, &got, to, f);
	extents_release(&got);
	return rc;
}

static int
populate_pvh(struct target *t, struct plan *p, struct extents *unused,
    struct fail *f)
{
	(void)unused;
	return t->ops->hvm->populate(t, p->image.abi, &p->layout.gfns, f);
}

/* Fills the domain; *to is the p2m of a PV guest. */
static int (*const populate[GUEST_TYPES])(struct target *, struct plan *,
    struct extents *to, struct fail *) = {
	[GUEST_PV] = populate_pv, [GUEST_PVH] = populate_pvh
};

int
owner_take(struct target *t, const struct target_info *info, struct plan *p,
    struct owner *c, struct plan_memory *m, struct fail *f)
{
	memcpy(m->uuid, info->uuid, UUID_BYTES);
	m->target.size = strlen(c->name);
	m->target.data = arena_bytes(&p->arena, c->name, m->target.size, f);
	if (m->target.data == NULL ||
	    file_random(m->build, BUILD_ID_BYTES, f) < 0 ||
	    t->ops->set_build(t, m->build, f) < 0)
		return -1;
	c->taken = true;
	if (t->ops->set_abi(t, p->image.abi, f) < 0)
		return -1;
	return populate[p->image.abi->guest](t, p, &m->p2m, f);
}
