#include "verifytarget.h"

static struct verify_target *
vt_of(struct target *t)
{
	return (struct verify_target *)t;
}

unsigned char *
vt_frame(struct verify_target *k, uint64_t mfn)
{
	if (mfn == VT_SHARED)
		return k->shared;
	return mfn - k->base < k->n && mfn != k->foreign ?
	    k->frames + (mfn - k->base) * 4096 : NULL;
}

static int
vt_info(struct target *t, struct target_info *info, struct fail *f)
{
	(void)f;
	*info = vt_of(t)->info;
	return 0;
}

static int
vt_foreign(uint64_t mfn, struct fail *f)
{
	return fail(f, FAIL_TARGET, "frame 0x%llx is not the domain's",
	    (unsigned long long)mfn);
}

static void *
vt_map(struct target *t, const struct extent *v, size_t n, bool writable,
    struct fail *f)
{
	unsigned char *bytes, *at;
	uint64_t pages = 0;

	if (writable)
		abort();
	if (vt_of(t)->dying > 0 && --vt_of(t)->dying == 0) {
		fail(f, FAIL_TARGET, "the domain is gone");
		return NULL;
	}
	for (size_t i = 0; i < n; i++)
		pages += v[i].count;
	at = bytes = malloc(pages * 4096);
	for (size_t i = 0; i < n; i++)
		for (uint64_t j = 0; j < v[i].count; j++, at += 4096) {
			unsigned char *p = vt_frame(vt_of(t), v[i].mfn + j);

			if (p == NULL) {
				free(bytes);
				vt_foreign(v[i].mfn + j, f);
				return NULL;
			}
			memcpy(at, p, 4096);
		}
	vt_of(t)->mapped++;
	return bytes;
}

static int
vt_unmap(struct target *t, void *bytes, struct fail *f)
{
	(void)f;
	free(bytes);
	vt_of(t)->mapped--;
	return 0;
}

/* As Xen does it. */
static int
vt_owns(struct target *t, const struct extent *v, size_t n, struct fail *f)
{
	void *bytes = vt_map(t, v, n, false, f);

	return bytes == NULL ? -1 : vt_unmap(t, bytes, f);
}

static bool
vt_known_zero(struct target *t, const struct extent *v, size_t n)
{
	(void)t;
	(void)v;
	(void)n;
	return false;
}

static int
vt_get_m2p(struct target *t, uint64_t mfn, uint64_t count, uint64_t *pfns,
    struct fail *f)
{
	struct verify_target *k = vt_of(t);

	(void)f;
	for (uint64_t i = 0; i < count; i++)
		pfns[i] = mfn + i - k->base < k->n ?
		    k->m2p[mfn + i - k->base] : UINT64_MAX;
	return 0;
}

static int
vt_frame_type(struct target *t, uint64_t mfn, unsigned *level, bool *pinned,
    struct fail *f)
{
	struct verify_target *k = vt_of(t);

	if (vt_frame(k, mfn) == NULL)
		return vt_foreign(mfn, f);
	*level = k->level[mfn - k->base];
	*pinned = mfn == k->pinned;
	return 0;
}

static int
vt_port_status(struct target *t, uint32_t port, enum port_status *status,
    uint32_t *remote, struct fail *f)
{
	(void)f;
	*status = port < VT_PORTS ? vt_of(t)->port[port].status : PORT_FREE;
	*remote = port < VT_PORTS ? vt_of(t)->port[port].remote : 0;
	return 0;
}

static int
vt_get_grant(struct target *t, uint32_t index, bool *used, uint32_t *domid,
    uint64_t *mfn, struct fail *f)
{
	(void)f;
	*used = vt_of(t)->grant[index].used;
	*domid = vt_of(t)->grant[index].domid;
	*mfn = vt_of(t)->grant[index].mfn;
	return 0;
}

static int
vt_get_context(struct target *t, uint32_t vcpu, void *bytes, bool *present,
    struct fail *f)
{
	struct verify_target *k = vt_of(t);

	(void)f;
	memcpy(bytes, k->context, k->info.abi->context.size);
	*present = k->present[vcpu];
	return 0;
}

const struct target_ops verify_target_ops = {
	.scheme = "file", .info = vt_info, .map = vt_map, .unmap = vt_unmap,
	.owns = vt_owns, .known_zero = vt_known_zero,
	.get_m2p = vt_get_m2p, .frame_type = vt_frame_type,
	.port_status = vt_port_status, .get_grant = vt_get_grant,
	.get_context = vt_get_context,
};
void
vt_begin(struct verify_target *k, const struct abi *a, uint64_t base,
    uint64_t pages)
{
	*k = (struct verify_target){ .t = { &verify_target_ops }, .base = base,
	    .n = pages };
	k->frames = malloc(pages * 4096);
	k->level = calloc(pages, 1);
	k->m2p = calloc(pages, sizeof(*k->m2p));
	if (k->frames == NULL || k->level == NULL || k->m2p == NULL)
		abort();
	memset(k->frames, 0xaa, pages * 4096);
	k->info = (struct target_info){ .pages = pages, .max_pages = pages,
	    .vcpus = VT_VCPUS, .hypervisor_edits = true,
	    .shared_info_mfn = VT_SHARED, .abi = a, .paused = true,
	    .has_build = true };
}

void
vt_end(struct verify_target *k)
{
	free(k->frames);
	free(k->level);
	free(k->m2p);
}
