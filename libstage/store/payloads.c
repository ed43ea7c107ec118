#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/payloads.h"
#include "store/store.h"

static const struct open_payload *
find(const struct payloads *s, const char *role)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->v[i].role, role) == 0)
			return &s->v[i];
	return NULL;
}

static int
add(struct payloads *s, struct plan *p, const char *role, struct fail *f)
{
	const struct payload *payload = plan_payload(p, role);
	struct open_payload *more, *o;

	if (payload == NULL)
		return fail(f, FAIL_INPUT, "the load list names the payload "
		    "'%s', which the plan does not have", role);
	more = reallocarray(s->v, s->n + 1, sizeof(*more));
	if (more == NULL)
		return fail_memory(f, (s->n + 1) * sizeof(*more));
	s->v = more;
	o = &s->v[s->n];
	o->role = payload->role;
	o->fd = store_open_payload(p, payload, &o->path, &o->id, f);
	if (o->fd < 0)
		return -1;
	s->n++;
	return 0;
}

int
payloads_open(struct payloads *s, struct plan *p, struct fail *f)
{
	for (size_t i = 0; i < p->layout.n_load; i++)
		if (find(s, p->layout.load[i].role) == NULL &&
		    add(s, p, p->layout.load[i].role, f) < 0)
			return -1;
	return 0;
}

void
payloads_release(struct payloads *s)
{
	for (size_t i = 0; i < s->n; i++)
		close(s->v[i].fd);
	free(s->v);
	*s = (struct payloads)PAYLOADS_INIT;
}

int
payloads_read(const struct payloads *s, const char *role, void *to, size_t n,
    uint64_t offset, struct fail *f)
{
	const struct open_payload *o = find(s, role);

	if (o == NULL)
		return fail_bug(f, "a payload that was not opened");
	return file_pread(o->fd, o->path, to, n, offset, f);
}

int
payloads_unchanged(const struct payloads *s, struct fail *f)
{
	for (size_t i = 0; i < s->n; i++)
		if (file_unchanged(s->v[i].fd, s->v[i].path, &s->v[i].id,
		    f) < 0)
			return -1;
	return 0;
}
