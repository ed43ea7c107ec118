#include "faketarget.h"

unsigned char *
fake_frame(struct fake *k, uint64_t mfn)
{
	if (mfn == FAKE_SHARED)
		return k->shared;
	return mfn - k->base < k->n ? k->frames + (mfn - k->base) * 4096 :
	    NULL;
}

static int
fake_info(struct target *t, struct target_info *info, struct fail *f)
{
	struct fake *k = (struct fake *)t;

	(void)f;
	*info = k->info;
	return 0;
}

static int
fake_host(struct target *t, struct target_host *host, struct fail *f)
{
	(void)f;
	*host = ((struct fake *)t)->host;
	return 0;
}

static int
fake_set_build(struct target *t, const uint8_t id[BUILD_ID_BYTES],
    struct fail *f)
{
	struct fake *k = (struct fake *)t;

	(void)f;
	memcpy(k->info.build, id, BUILD_ID_BYTES);
	k->info.has_build = true;
	return 0;
}

static int
fake_set_abi(struct target *t, const struct abi *a, struct fail *f)
{
	(void)f;
	((struct fake *)t)->info.abi = a;
	return 0;
}

static int
fake_populate(struct target *t, uint64_t count, unsigned address_bits,
    struct extents *p2m, struct fail *f)
{
	struct fake *k = (struct fake *)t;

	k->address_bits = address_bits;
	k->info.pages = count;
	return extents_slice(&k->own, 0, count, p2m, f);
}

static bool
fake_in_use(const struct fake *k, uint64_t mfn)
{
	return k->pinned != 0 && mfn - k->table_mfn < k->n_tables;
}

static int
fake_copy(struct fake *k, struct fake_map *m, bool back, struct fail *f)
{
	unsigned char *at = m->bytes;

	for (size_t i = 0; i < m->runs.n; i++)
		for (uint64_t j = 0; j < m->runs.v[i].count; j++) {
			uint64_t mfn = m->runs.v[i].mfn + j;
			unsigned char *frame = fake_frame(k, mfn);

			if (frame == NULL || (m->writable &&
			    fake_in_use(k, mfn)))
				return fail(f, FAIL_TARGET, "fake: frame "
				    "0x%llx cannot be mapped so",
				    (unsigned long long)mfn);
			memcpy(back ? frame : at, back ? at : frame, 4096);
			at += 4096;
		}
	return 0;
}

static void
fake_forget(struct fake_map *m)
{
	free(m->bytes);
	extents_release(&m->runs);
	*m = (struct fake_map){ 0 };
}

static void *
fake_map(struct target *t, const struct extent *v, size_t n, bool writable,
    struct fail *f)
{
	struct fake *k = (struct fake *)t;
	struct fake_map *m = k->map;

	while (m->bytes != NULL)
		m++;
	for (size_t i = 0; i < n; i++)
		if (extents_add(&m->runs, v[i].pfn, v[i].mfn, v[i].count,
		    f) < 0)
			return NULL;
	m->writable = writable;
	m->bytes = malloc(extents_pages(&m->runs) * 4096);
	k->maps++;
	if (m->bytes != NULL && fake_copy(k, m, false, f) == 0)
		return m->bytes;
	fake_forget(m);
	return NULL;
}

/* Bytes that are not written stand out. */
static void *
fake_replace(struct target *t, const struct extent *v, size_t n,
    struct fail *f)
{
	uint64_t pages = 0;
	void *bytes;

	for (size_t i = 0; i < n; i++)
		pages += v[i].count;
	if (pages > t->ops->replace_max)
		abort();
	bytes = fake_map(t, v, n, true, f);
	return bytes == NULL ? NULL : memset(bytes, 0xa5, pages * 4096);
}

int
fake_unmap(struct target *t, void *bytes, struct fail *f)
{
	struct fake *k = (struct fake *)t;
	struct fake_map *m = k->map;
	int rc = 0;

	while (m->bytes != bytes)
		m++;
	if (m->writable)
		rc = fake_copy(k, m, true, f);
	fake_forget(m);
	return rc;
}

static int
fake_clear(struct target *t, const struct extent *v, size_t n, struct fail *f)
{
	struct fake *k = (struct fake *)t;

	k->clears++;
	for (size_t i = 0; i < n; i++)
		for (uint64_t j = 0; j < v[i].count; j++) {
			if (fake_frame(k, v[i].mfn + j) == NULL)
				return fail(f, FAIL_TARGET, "fake: no frame");
			memset(fake_frame(k, v[i].mfn + j), 0, 4096);
		}
	return 0;
}

static int
fake_set_m2p(struct target *t, const struct extent *v, size_t n,
    struct fail *f)
{
	(void)v;
	(void)f;
	((struct fake *)t)->m2p_runs += (unsigned)n;
	return 0;
}

static int
fake_hypercall_page(struct target *t, uint64_t mfn, struct fail *f)
{
	struct fake *k = (struct fake *)t;

	(void)f;
	k->hypercall_mfn = mfn;
	memset(fake_frame(k, mfn), 0xcc, 4096);
	return 0;
}

static int
fake_frame_type(struct target *t, uint64_t mfn, unsigned *level,
    bool *pinned, struct fail *f)
{
	struct fake *k = (struct fake *)t;

	(void)f;
	*level = fake_in_use(k, mfn) ? 1 : 0;
	*pinned = k->pinned != 0 && mfn == k->pinned;
	return 0;
}

static int
fake_pin(struct target *t, uint64_t mfn, struct fail *f)
{
	struct fake *k = (struct fake *)t;

	for (size_t i = 0; i < FAKE_MAPS; i++)
		if (k->map[i].bytes != NULL)
			return fail(f, FAIL_TARGET, "fake: mapped at pin");
	k->pinned = mfn;
	k->pins++;
	return 0;
}

static int
fake_unpin(struct target *t, uint64_t mfn, struct fail *f)
{
	struct fake *k = (struct fake *)t;

	if (mfn != k->pinned)
		return fail(f, FAIL_TARGET, "fake: not pinned");
	k->pinned = 0;
	k->unpins++;
	return 0;
}

static int
fake_alloc_port(struct target *t, uint32_t remote, uint32_t *port,
    struct fail *f)
{
	struct fake *k = (struct fake *)t;

	for (uint32_t i = 1; i < FAKE_PORTS; i++)
		if (k->port[i].status == PORT_FREE) {
			k->port[i].status = PORT_UNBOUND;
			k->port[i].remote = remote;
			*port = i;
			return 0;
		}
	return fail(f, FAIL_TARGET, "fake: no port left");
}

static int
fake_port_status(struct target *t, uint32_t port, enum port_status *status,
    uint32_t *remote, struct fail *f)
{
	struct fake *k = (struct fake *)t;

	(void)f;
	*status = port < FAKE_PORTS ? k->port[port].status : PORT_FREE;
	*remote = port < FAKE_PORTS ? k->port[port].remote : 0;
	return 0;
}

static int
fake_seed_grant(struct target *t, uint32_t index, uint32_t domid,
    uint64_t mfn, struct fail *f)
{
	struct fake *k = (struct fake *)t;

	(void)f;
	k->grant[index].used = mfn != INVALID_MFN;
	k->grant[index].domid = domid;
	k->grant[index].mfn = mfn;
	return 0;
}

static int
fake_keep_console(struct target *t, uint64_t mfn, uint32_t port,
    struct fail *f)
{
	struct fake *k = (struct fake *)t;

	(void)f;
	k->console_mfn = mfn;
	k->console_port = port;
	return 0;
}

static int
fake_set_context(struct target *t, uint32_t vcpu, const void *bytes,
    struct fail *f)
{
	struct fake *k = (struct fake *)t;

	if (vcpu != 0)
		return fail(f, FAIL_TARGET, "fake: one vcpu");
	memcpy(k->context, bytes, k->info.abi->context.size);
	k->has_context = k->info.constructed = true;
	return 0;
}

static int
fake_get_context(struct target *t, uint32_t vcpu, void *bytes,
    bool *present, struct fail *f)
{
	struct fake *k = (struct fake *)t;
	const struct abi_context *c = &k->info.abi->context;

	(void)vcpu;
	(void)f;
	*present = k->has_context;
	if (!k->has_context) {
		memset(k->context, 0, sizeof(k->context));
		abi_put(c->field[CTX_FLAGS], k->context, c->fresh_flags);
	}
	memcpy(bytes, k->context, c->size);
	return 0;
}

static int
fake_unpause(struct target *t, struct fail *f)
{
	struct fake *k = (struct fake *)t;

	if (!k->has_context)
		return fail(f, FAIL_TARGET, "fake: no context");
	k->running = true;
	k->info.paused = false;
	return 0;
}

const struct target_ops fake_ops = {
	.scheme = "fake", .info = fake_info, .host = fake_host,
	.set_build = fake_set_build,
	.set_abi = fake_set_abi, .populate = fake_populate, .map = fake_map,
	.replace_max = 8, .replace = fake_replace,
	.unmap = fake_unmap, .clear = fake_clear, .set_m2p = fake_set_m2p,
	.hypercall_page = fake_hypercall_page, .frame_type = fake_frame_type,
	.pin = fake_pin, .unpin = fake_unpin, .alloc_port = fake_alloc_port,
	.port_status = fake_port_status, .seed_grant = fake_seed_grant,
	.keep_console = fake_keep_console,
	.set_context = fake_set_context, .get_context = fake_get_context,
	.unpause = fake_unpause,
};
void
fake_begin(struct fake *k, const struct abi *a, uint64_t base, uint64_t pages,
    uint64_t steps)
{
	struct fail f = { 0 };
	uint64_t run = pages / steps;

	*k = (struct fake){ .t = { &fake_ops }, .base = base, .n = pages };
	k->frames = malloc(pages * 4096);
	if (k->frames == NULL)
		abort();
	memset(k->frames, FAKE_STALE, pages * 4096);
	memset(k->shared, FAKE_STALE, sizeof(k->shared));
	k->info = (struct target_info){ .pages = pages, .max_pages = pages,
	    .vcpus = 2, .hypervisor_edits = true,
	    .shared_info_mfn = FAKE_SHARED, .abi = a, .paused = true };
	k->host = (struct target_host){ .free_pages = pages, .offers = { a },
	    .n_offers = 1 };
	for (uint64_t i = 0; i < steps; i++) {
		uint64_t n = i == steps - 1 ? pages - i * run : run;

		if (extents_add(&k->own, i * run,
		    base + pages - i * run - n, n, &f) < 0)
			abort();
	}
}

void
fake_end(struct fake *k)
{
	for (size_t i = 0; i < FAKE_MAPS; i++)
		fake_forget(&k->map[i]);
	extents_release(&k->own);
	free(k->frames);
}

unsigned char *
fake_page(struct fake *k, uint64_t pfn)
{
	return fake_frame(k, extents_mfn(&k->own, pfn));
}
