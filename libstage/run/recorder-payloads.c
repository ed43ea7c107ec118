#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "run/recorder-payloads.h"
#include "store/store.h"

/* Of a slim record: is it no input itself?  Then it is left out. */
static bool
leave_out(const struct payloads *r, const struct payload *x)
{
	struct record_build *b = r->build;

	if (!r->slim || b->n_inputs == 0)
		return false;
	for (size_t i = 0; i < b->n_inputs; i++)
		if (memcmp(b->inputs[i].sha256, x->sha256, SHA256_BYTES) == 0)
			return false;
	for (size_t i = 0; i < b->n_left; i++)
		if (memcmp(b->left[i].sha256, x->sha256, SHA256_BYTES) == 0)
			return true;
	b->left[b->n_left] = (struct record_left){ .role = x->role,
		.size = x->size };
	memcpy(b->left[b->n_left++].sha256, x->sha256, SHA256_BYTES);
	return true;
}

static int
take_payload(const struct payloads *r, const struct payload *x, struct fail *f)
{
	uint8_t sha256[SHA256_BYTES];
	char title[80];
	const char *path;
	struct file_id id;
	int fd = store_open_payload(r->plan, x, &path, &id, f), rc;

	if (fd < 0)
		return -1;
	/* An input that is its own payload is recorded under its own title. */
	snprintf(title, sizeof(title), "%.64s.payload", x->role);
	rc = record_put_file(r->writer, title, fd, path, x->size, sha256,
	    f);
	close(fd);
	if (rc == 0 && memcmp(sha256, x->sha256, SHA256_BYTES) != 0)
		return fail(f, FAIL_INPUT, "'%s' changed while it was "
		    "recorded", path);
	return rc;
}

int
payloads_record(const struct payloads *r, struct fail *f)
{
	const struct payload *x;
	size_t n = 0;

	while (plan_payload_at(r->plan, n) != NULL)
		n++;
	if (n > 0 && r->slim) {
		r->build->left = arena_array(r->arena, n,
		    sizeof(*r->build->left), f);
		if (r->build->left == NULL)
			return -1;
	}
	for (size_t i = 0; (x = plan_payload_at(r->plan, i)) != NULL; i++)
		if (!leave_out(r, x) && take_payload(r, x, f) < 0)
			return -1;
	if (r->build->n_left == 0)
		r->build->left = NULL;
	return 0;
}
