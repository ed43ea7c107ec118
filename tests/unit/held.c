#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "held.h"

struct target *
held_as(int memory, const void *state, size_t n, struct fail *f)
{
	struct paper_target *t = paper_new(true, f);

	if (t == NULL) {
		close(memory);
		return NULL;
	}
	t->base.ops = &target_file;
	t->memory = memory;
	t->name = paper_name("held", f);
	if (t->name != NULL &&
	    paper_state_decode(&t->state, state, n, t->name, f) == 0 &&
	    paper_state_check(&t->state, t->name, f) == 0 &&
	    paper_take_memory(t, f) == 0)
		return &t->base;
	paper_release(t);
	return NULL;
}

/* Frames that are holes up to the shared_info frame, as create() makes them. */
static int
new_frames(const struct paper_state *s, struct fail *f)
{
	int memory = memfd_create("frames", MFD_CLOEXEC);

	if (memory >= 0 && ftruncate(memory,
	    (off_t)((s->shared_info + 1) * PAGE_BYTES)) == 0)
		return memory;
	if (memory >= 0)
		close(memory);
	return fail(f, FAIL_SYSTEM, "no memory for a domain");
}

struct target *
held_new(enum guest_type type, uint64_t pages, unsigned vcpus, uint64_t seed,
    struct fail *f)
{
	const struct paper_state s = { .uuid = { 1 }, .type = type,
	    .max_pages = pages, .vcpus = vcpus, .scatter = seed,
	    .paused = true, .shared_info = type == GUEST_PV ?
	    paper_scatter_shared_info(seed) : 0 };
	struct target *t = NULL;
	void *bytes;
	size_t n;
	int memory;

	if (paper_state_encode(&s, &bytes, &n, "held", f) < 0)
		return NULL;
	memory = new_frames(&s, f);
	if (memory >= 0)
		t = held_as(memory, bytes, n, f);
	free(bytes);
	return t;
}
