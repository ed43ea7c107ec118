/*
 * sources: the broker's store, the digests of files, and the plan's sources.
 */
#include <string.h>

#include "base/file.h"
#include "image/broker.h"

struct store *
broker_store(struct broker *b, struct fail *f)
{
	if (b->store == NULL &&
	    store_open(&b->store, b->request->store, f) < 0)
		b->store = NULL;
	return b->store;
}

int
broker_open_blob(struct broker *b, const uint8_t sha256[SHA256_BYTES],
    const char *what, struct image_file *to, struct fail *f)
{
	*to = (struct image_file)IMAGE_FILE_INIT;
	to->what = what;
	to->fd = store_open_blob(b->store, sha256, &b->scratch, &to->path,
	    &to->id, f);
	if (to->fd < 0)
		return -1;
	to->size = to->id.size;
	to->hashed = true;
	memcpy(to->sha256, sha256, SHA256_BYTES);
	return 0;
}

int
broker_digest(struct broker *b, struct image_file *file, struct fail *f)
{
	struct fail unable = { .kind = FAIL_NONE };
	uint64_t size;

	if (file->hashed)
		return 0;
	/* Without a store the file is only hashed again the next time. */
	if (broker_store(b, &unable) == NULL) {
		if (b->request->store != NULL)
			return fail_pass(f, &unable);
		fail_note(f, "%s", unable.message);
	}
	if (b->store != NULL && store_recall(b->store, &file->id, STORE_WHOLE,
	    false, &size, file->sha256) && size == file->id.size) {
		file->hashed = true;
		return 0;
	}
	if (file_sha256(file->fd, file->what, file->id.size, file->sha256,
	    f) < 0 || file_unchanged(file->fd, file->what, &file->id, f) < 0)
		return -1;
	file->hashed = true;
	if (b->store != NULL)
		store_remember(b->store, &file->id, STORE_WHOLE, file->id.size,
		    file->sha256, f);
	return 0;
}

int
broker_add_source(struct broker *b, const struct image_file *file,
    struct fail *f)
{
	struct plan *p = b->plan;
	struct plan_source *more, *s;

	if (plan_source_of(p, file->sha256) != NULL)
		return 0;
	more = arena_array(&p->arena, p->n_sources + 1, sizeof(*more), f);
	if (more == NULL)
		return -1;
	if (p->n_sources > 0)
		memcpy(more, p->sources, p->n_sources * sizeof(*more));
	s = &more[p->n_sources];
	if (plan_bytes(p, file->path, strlen(file->path), &s->path, f) < 0)
		return -1;
	/* A source without an identity is hashed by whoever opens it. */
	if (file->id.settled)
		s->id = file->id;
	memcpy(s->sha256, file->sha256, SHA256_BYTES);
	p->sources = more;
	p->n_sources++;
	return 0;
}
