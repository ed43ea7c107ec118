#include "unit.h"

#include "base/tempdir.h"
#include "held.h"
#include "targetkit.h"

char kit_folder[64];
int
kit_enter(void **state)
{
	(void)state;
	strcpy(kit_folder, "/dev/shm/xb-target-XXXXXX");
	if (mkdtemp(kit_folder) != NULL)
		return chdir(kit_folder);
	strcpy(kit_folder, "/tmp/xb-target-XXXXXX");
	return mkdtemp(kit_folder) == NULL || chdir(kit_folder) < 0;
}

int
kit_leave(void **state)
{
	int r = chdir("/") < 0 || rmdir(kit_folder) < 0;
	struct fail f = { .kind = FAIL_NONE };

	(void)state;
	/* What a test that failed left there. */
	tempdir_remove(kit_folder, &f);
	return r;
}

void
kit_ok(int rc, const struct fail *f)
{
	if (rc < 0)
		unit_fail("unexpected failure %d: %s", (int)f->kind,
		    f->message);
}

void
kit_refused(int rc, const struct fail *f, enum fail_kind kind,
    const char *words)
{
	if (rc == 0)
		unit_fail("accepted, but: %s", words);
	if (f->kind != kind || strstr(f->message, words) == NULL)
		unit_fail("kind %d: '%s', expected kind %d: '%s'",
		    (int)f->kind, f->message, (int)kind, words);
}

void
kit_create(const char *where, uint64_t pages, uint64_t seed)
{
	struct target_request r = { .where = where, .pages = pages,
	    .max_pages = pages, .vcpus = 2, .name = "unit", .scatter = seed };
	struct fail f = { 0 };
	char *name;

	kit_ok(target_file.create(&r, &name, NULL, &f), &f);
	free(name);
}

void
kit_reopen(struct kit *k, enum target_access access)
{
	target_close(k->t);
	kit_ok(target_open(&k->t, "file:dom", access, &k->f), &k->f);
}

void
kit_destroy(struct kit *k)
{
	struct fail f = { 0 };

	kit_ok(k->t->ops->destroy(k->t, &f), &f);
	kit_release(k);
}

void
kit_map(struct kit *k)
{
	k->mem = k->t->ops->map(k->t, k->p2m.v, k->p2m.n, true, &k->f);
	kit_ok(k->mem == NULL ? -1 : 0, &k->f);
}

void
kit_unmap(struct kit *k)
{
	kit_ok(k->t->ops->unmap(k->t, k->mem, &k->f), &k->f);
	k->mem = NULL;
}

uint64_t
kit_mfn(const struct kit *k, uint64_t pfn)
{
	return extents_mfn(&k->p2m, pfn);
}

/* pfn of an own frame. */
static uint64_t
kit_pfn(const struct kit *k, uint64_t mfn)
{
	uint64_t pfn = extents_pfn(&k->p2m, mfn);

	if (pfn == INVALID_MFN)
		unit_fail("mfn 0x%llx is not owned", (unsigned long long)mfn);
	return pfn;
}

unsigned char *
kit_slot(struct kit *k, uint64_t pfn, unsigned index)
{
	return k->mem + pfn * PAGE_BYTES + index * k->abi->pte_bytes;
}

uint64_t
kit_get(struct kit *k, const unsigned char *slot)
{
	return le_get(slot, k->abi->pte_bytes);
}

void
kit_put(struct kit *k, unsigned char *slot, uint64_t entry)
{
	le_put(slot, k->abi->pte_bytes, entry);
}

uint64_t
kit_table(struct kit *k, uint64_t va, unsigned level)
{
	uint64_t pfn = KIT_TABLES;

	for (unsigned l = k->abi->levels; l > level; l--) {
		unsigned char *slot = kit_slot(k, pfn,
		    abi_index(k->abi, va, l) % (l == k->abi->levels ?
		    k->abi->top_entries : 1024u));

		if (kit_get(k, slot) == 0)
			kit_put(k, slot, kit_mfn(k, k->next++) << PAGE_BITS |
			    k->abi->prot_upper);
		pfn = kit_pfn(k, pte_frame(kit_get(k, slot)));
	}
	return pfn;
}

unsigned char *
kit_entry(struct kit *k, uint64_t va, unsigned level)
{
	return kit_slot(k, kit_table(k, va, level),
	    abi_index(k->abi, va, level) % (level == k->abi->levels ?
	    k->abi->top_entries : 1024u));
}

uint64_t
kit_va(const struct kit *k, uint64_t pfn)
{
	return k->base + pfn * PAGE_BYTES;
}

/* Page tables of which every entry is as it must be. */
static void
kit_build_tables(struct kit *k)
{
	k->base = k->abi->bits == 64 ? UINT64_C(0xffffffff80000000) :
	    UINT64_C(0xc0000000);
	k->next = KIT_TABLES + 1;
	kit_table(k, k->base, 1);
	for (uint64_t pfn = 0; pfn < KIT_MAPPED; pfn++)
		kit_put(k, kit_entry(k, kit_va(k, pfn), 1),
		    kit_mfn(k, pfn) << PAGE_BITS |
		    (pfn - KIT_TABLES < k->abi->levels ?
		    k->abi->prot_table : k->abi->prot_page));
}

static void
kit_populate(struct kit *k)
{
	kit_ok(k->t->ops->set_abi(k->t, k->abi, &k->f), &k->f);
	kit_ok(k->t->ops->populate(k->t, KIT_PAGES, k->abi->frame_bits,
	    &k->p2m, &k->f), &k->f);
}

void
kit_begin(struct kit *k, const struct abi *abi, uint64_t seed)
{
	*k = (struct kit){ .abi = abi };
	kit_create("dom", KIT_PAGES, seed);
	kit_reopen(k, TARGET_WRITE);
	kit_populate(k);
}

void
kit_begin_tables(struct kit *k, const struct abi *abi)
{
	kit_begin(k, abi, KIT_SEED);
	kit_map(k);
	kit_build_tables(k);
}

void
kit_hold(struct kit *k, const struct abi *abi)
{
	*k = (struct kit){ .abi = abi };
	k->t = held_new(GUEST_PV, KIT_PAGES, 2, KIT_SEED, &k->f);
	kit_ok(k->t == NULL ? -1 : 0, &k->f);
	kit_populate(k);
}

void
kit_hold_tables(struct kit *k, const struct abi *abi)
{
	kit_hold(k, abi);
	kit_map(k);
	kit_build_tables(k);
}

void
kit_release(struct kit *k)
{
	target_close(k->t);
	extents_release(&k->p2m);
}

uint64_t
kit_root(const struct kit *k)
{
	return kit_mfn(k, KIT_TABLES);
}

void
kit_pin(struct kit *k)
{
	kit_unmap(k);
	kit_ok(k->t->ops->pin(k->t, kit_root(k), &k->f), &k->f);
}

void
kit_stop(struct stop *s)
{
	struct fail f = { 0 };

	/* A shell's command in the background is begun with it ignored. */
	assert_true(signal(SIGQUIT, SIG_DFL) != SIG_ERR);
	kit_ok(stop_hold(s, true, &f), &f);
	assert_int_equal(raise(SIGQUIT), 0);
}

void
kit_go_on(const struct stop *s)
{
	static const struct timespec now = { 0, 0 };

	assert_int_equal(sigtimedwait(&s->held, NULL, &now), SIGQUIT);
	stop_let_go(s);
}

void
kit_context(const struct kit *k, unsigned char *context)
{
	const struct abi_context *c = &k->abi->context;

	memset(context, 0, c->size);
	abi_put(c->field[CTX_FLAGS], context, c->fresh_flags);
	for (size_t i = 0; c->boot[i].value != UINT64_MAX; i++)
		abi_put(c->field[c->boot[i].field], context, c->boot[i].value);
	abi_put(c->field[CTX_IP], context, k->base);
	abi_put(c->field[CTX_SP], context, k->base + PAGE_BYTES);
	abi_put(c->field[CTX_KERNEL_SP], context, k->base + PAGE_BYTES);
	abi_put(c->field[CTX_CR3], context, abi_cr3(k->abi, kit_root(k)));
	for (unsigned i = 0; c->trap.cs != 0 && i < ABI_TRAPS; i++) {
		abi_put(abi_trap(k->abi, i).vector, context, i);
		abi_put(abi_trap(k->abi, i).cs, context, c->trap.cs);
	}
}
