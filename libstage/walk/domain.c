#include <stdlib.h>
#include <string.h>

#include "walk/impl.h"

/* m2p has larger numbers than any pfn for frames without one. */
#define PFN_MAX		((UINT64_C(1) << 52) - 1)

/*
 * Answers of the target are kept: each question is a hypercall, and Linux maps
 * the same few frames at hundreds of thousands of addresses, the end of its p2m
 * list and the stacks of espfix.
 */
enum { OWN_KEPT = 4096, CHUNK = 512, CHUNKS = 64 };

/* Mapping more frames at once than these counts as several questions. */
enum { FRAMES_ASKED = 64 };

struct said {
	uint64_t own[OWN_KEPT];		/* frames of the domain, plus 1 */
	bool foreign;			/* the frame asked for last */
	struct {
		bool valid;
		uint64_t number;	/* of its first frame / CHUNK */
		uint64_t pfn[CHUNK];
	} m2p[CHUNKS];
};

static bool
known_own(const struct walk *w, uint64_t frame)
{
	const struct said *s = w->own;

	return s->own[frame % OWN_KEPT] == frame + 1;
}

static void
keep_own(struct walk *w, uint64_t frame)
{
	struct said *s = w->own;

	s->own[frame % OWN_KEPT] = frame + 1;
}

/*
 * Takes the refusal to map a frame for the answer that it is not the domain's.
 * Of a domain that is gone the target refuses all: then it is a failure.
 */
static int
refused(struct walk *w, const struct fail *why, bool *foreign, struct fail *f)
{
	struct target_info info;

	if (why->kind != FAIL_TARGET)
		return fail_pass(f, why);
	*foreign = true;
	w->refusal = *why;
	return w->target->ops->info(w->target, &info, f);
}

static void
count_questions(struct walk *w, const struct extent *runs, size_t n)
{
	uint64_t frames = 0;

	for (size_t i = 0; i < n; i++)
		frames += runs[i].count;
	w->questions += 1 + frames / FRAMES_ASKED;
}

/* Maps frames for a moment, and copies the first where bytes is not NULL. */
static int
look(struct walk *w, const struct extent *runs, size_t n,
    unsigned char *bytes, bool *foreign, struct fail *f)
{
	struct fail why = { .kind = FAIL_NONE };
	void *map = w->target->ops->map(w->target, runs, n, false, &why);

	count_questions(w, runs, n);
	*foreign = false;
	if (map == NULL)
		return refused(w, &why, foreign, f);
	if (bytes != NULL)
		memcpy(bytes, map, PAGE_BYTES);
	return w->target->ops->unmap(w->target, map, f);
}

static int
read_table(struct walk *w, unsigned level, uint64_t va, uint64_t frame,
    unsigned char *bytes, bool *foreign, struct fail *f)
{
	const struct extent one = { .mfn = frame, .count = 1 };

	(void)va;
	if (look(w, &one, 1, bytes, foreign, f) < 0)
		return -1;
	/* With PAE the top table has 32 bytes, anywhere in its page. */
	if (!*foreign && level == w->abi->levels && w->root_at > 0)
		memmove(bytes, bytes + w->root_at, PAGE_BYTES - w->root_at);
	return 0;
}

/*
 * Maps all frames of the run for a moment; where the target refuses, the first
 * half of them, and so on.  Frames that can be mapped are the domain's; a
 * single frame that cannot is foreign.  After a foreign frame a single one is
 * asked for first: foreign frames come in rows, and so cost one question each.
 */
static int
owned(struct walk *w, uint64_t frame, uint64_t count, uint64_t *alike,
    bool *foreign, struct fail *f)
{
	struct said *s = w->own;

	*foreign = false;
	*alike = 1;
	if (count == 1 && known_own(w, frame))
		return 0;
	for (*alike = s->foreign ? 1 : count; *alike > 0; *alike /= 2) {
		const struct extent run = { .mfn = frame, .count = *alike };

		if (look(w, &run, 1, NULL, foreign, f) < 0)
			return -1;
		if (!*foreign || *alike == 1)
			break;
	}
	s->foreign = *foreign;
	if (!*foreign)
		keep_own(w, frame);
	return 0;
}

static int
all_owned(struct walk *w, const struct extent *runs, size_t n, bool *all,
    struct fail *f)
{
	struct extent ask[WALK_SHORT_MAX];
	bool foreign = false;
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		if (runs[i].count > 1 || !known_own(w, runs[i].mfn))
			ask[k++] = runs[i];
	if (k > 0 && look(w, ask, k, NULL, &foreign, f) < 0)
		return -1;
	*all = !foreign;
	for (size_t i = 0; *all && i < k; i++)
		keep_own(w, ask[i].mfn);
	return 0;
}

/* The pfns of the CHUNK frames around this one, by m2p; NULL: f. */
static const uint64_t *
chunk_of(struct walk *w, uint64_t frame, struct fail *f)
{
	struct said *s = w->own;
	uint64_t number = frame / CHUNK;
	size_t i = number % CHUNKS;

	if (s->m2p[i].valid && s->m2p[i].number == number)
		return s->m2p[i].pfn;
	s->m2p[i].valid = false;
	w->questions++;
	if (w->target->ops->get_m2p(w->target, number * CHUNK, CHUNK,
	    s->m2p[i].pfn, f) < 0)
		return NULL;
	s->m2p[i].valid = true;
	s->m2p[i].number = number;
	return s->m2p[i].pfn;
}

static int
names(struct walk *w, uint64_t frame, uint64_t count, uint64_t *mfns,
    uint64_t *pfns, struct fail *f)
{
	for (uint64_t i = 0; i < count; i++) {
		const uint64_t *chunk = chunk_of(w, frame + i, f);

		if (chunk == NULL)
			return -1;
		mfns[i] = frame + i;
		pfns[i] = chunk[(frame + i) % CHUNK];
		if (pfns[i] > PFN_MAX)
			pfns[i] = INVALID_MFN;
	}
	return 0;
}

/* A PVH guest knows its pages by their gfns. */
static int
names_of_pvh(struct walk *w, uint64_t frame, uint64_t count, uint64_t *mfns,
    uint64_t *pfns, struct fail *f)
{
	(void)w;
	(void)f;
	for (uint64_t i = 0; i < count; i++)
		mfns[i] = pfns[i] = frame + i;
	return 0;
}

static const struct walk_source of_target[GUEST_TYPES] = {
	[GUEST_PV] = { read_table, owned, all_owned, names },
	[GUEST_PVH] = { read_table, owned, all_owned, names_of_pvh },
};

static int
open_at(struct walk **out, struct target *t, const struct abi *abi,
    uint64_t root_mfn, struct fail *f)
{
	struct said *said = calloc(1, sizeof(*said));

	if (said == NULL)
		return fail_memory(f, sizeof(*said));
	if (walk_new(out, &of_target[abi->guest], abi, root_mfn, f) < 0) {
		free(said);
		return -1;
	}
	(*out)->target = t;
	(*out)->own = said;
	return 0;
}

/* By a context, or, NULL, as the guest starts. */
static int
open_paged(struct walk **out, struct target *t, const struct abi *abi,
    const unsigned char *context, struct fail *f)
{
	if (open_at(out, t, abi, 0, f) < 0)
		return -1;
	if (walk_set_mode(*out, context, f) == 0)
		return 0;
	walk_close(*out);
	*out = NULL;
	return -1;
}

int
walk_open(struct walk **out, struct target *t, const struct abi *abi,
    uint64_t root_mfn, struct fail *f)
{
	return abi->levels == 0 ? open_paged(out, t, abi, NULL, f) :
	    open_at(out, t, abi, root_mfn, f);
}

static int
read_context(struct target *t, const struct target_info *info,
    const char *name, unsigned char *context, struct fail *f)
{
	bool present = false;

	if (info->abi != NULL && t->ops->get_context(t, 0, context, &present,
	    f) < 0)
		return -1;
	return present ? 0 : fail(f, FAIL_TARGET, "vcpu 0 of '%s' has no "
	    "registers yet, so nothing tells where its page tables are; give "
	    "the plan that built it", name);
}

int
walk_root(struct target *t, const struct target_info *info, const char *name,
    uint64_t *root_mfn, struct fail *f)
{
	unsigned char context[ABI_CONTEXT_MAX];

	if (read_context(t, info, name, context, f) < 0)
		return -1;
	*root_mfn = abi_cr3_mfn(info->abi, abi_get(
	    info->abi->context.field[CTX_CR3], context));
	return 0;
}

int
walk_open_vcpu(struct walk **out, struct target *t,
    const struct target_info *info, const char *name, struct fail *f)
{
	unsigned char context[ABI_CONTEXT_MAX];
	uint64_t root;

	if (info->abi != NULL && info->abi->levels == 0)
		return read_context(t, info, name, context, f) < 0 ? -1 :
		    open_paged(out, t, info->abi, context, f);
	return walk_root(t, info, name, &root, f) < 0 ? -1 :
	    open_at(out, t, info->abi, root, f);
}
