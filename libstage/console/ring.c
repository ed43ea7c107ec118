#include "console/ring.h"

static uint32_t
other_side(const uint32_t *index)
{
	return __atomic_load_n(index, __ATOMIC_ACQUIRE);
}

bool
consolering_sound(const struct consolering *r)
{
	return other_side(&r->out_prod) - r->out_cons <= CONSOLE_OUT &&
	    r->in_prod - other_side(&r->in_cons) <= CONSOLE_IN;
}

size_t
consolering_take(struct consolering *r, unsigned char bytes[CONSOLE_OUT])
{
	uint32_t prod = other_side(&r->out_prod);
	uint32_t cons = __atomic_load_n(&r->out_cons, __ATOMIC_RELAXED);
	uint32_t n = prod - cons;

	if (n > CONSOLE_OUT)
		return 0;
	for (uint32_t i = 0; i < n; i++)
		bytes[i] = r->out[(cons + i) % CONSOLE_OUT];
	__atomic_store_n(&r->out_cons, prod, __ATOMIC_RELEASE);
	return n;
}

size_t
consolering_put(struct consolering *r, const unsigned char *bytes, size_t n)
{
	uint32_t cons = other_side(&r->in_cons);
	uint32_t prod = __atomic_load_n(&r->in_prod, __ATOMIC_RELAXED);
	uint32_t used = prod - cons, room;

	if (used > CONSOLE_IN)
		return 0;
	room = CONSOLE_IN - used;
	if (n > room)
		n = room;
	for (uint32_t i = 0; i < n; i++)
		r->in[(prod + i) % CONSOLE_IN] = bytes[i];
	__atomic_store_n(&r->in_prod, prod + (uint32_t)n, __ATOMIC_RELEASE);
	return n;
}
