#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "image/work.h"

struct store *
image_store(struct image_work *w, struct fail *f)
{
	if (w->store == NULL &&
	    store_open(&w->store, w->request->store, f) < 0)
		w->store = NULL;
	return w->store;
}

/* Passes a codec's output to the store, as long as it has its stated size. */
struct sink {
	const struct unpack_request *req;
	const struct image_file *from;
	struct store_writer *writer;
	uint64_t got, left;		/* bytes put; bytes after the streams */
};

static int
wrong_size(const struct sink *s, struct fail *f)
{
	return imagefile_refuse(s->from, f, "the size after the payload",
	    s->req->output_at, s->req->output, "but the %s stream at 0x%"
	    PRIx64 " unpacks to %s%" PRIu64 " bytes", s->req->codec->name,
	    s->from->base + s->req->offset, s->got > s->req->output ?
	    "at least " : "", s->got);
}

static int
sink_put(void *arg, const void *bytes, size_t n, struct fail *f)
{
	struct sink *s = arg;

	s->got += n;
	if (s->req->stated && s->got > s->req->output)
		return wrong_size(s, f);
	return store_put(s->writer, bytes, n, f);
}

static void
say_left(const struct sink *s, struct fail *f)
{
	if (s->left > 0 && s->req->all)
		fail_warn(f, "'%s': its last %" PRIu64 " bytes are no %s "
		    "stream and are left out", s->from->what, s->left,
		    s->req->codec->name);
	else if (s->left > 0)
		fail_note(f, "'%s': %" PRIu64 " bytes after the %s stream are "
		    "ignored", s->from->what, s->left, s->req->codec->name);
}

static int
run_codec(struct image_work *w, struct sink *s, struct fail *f)
{
	struct codec_job job = {
		.from = { .what = s->from->what, .fd = s->from->fd,
		    .size = s->from->id.size },
		.offset = s->from->base + s->req->offset, .size = s->req->size,
		.output_max = w->output_max, .window_max = w->window_max,
		.all = s->req->all, .sink = sink_put, .arg = s,
	};

	if (codec_unpack(s->req->codec, &job, f) < 0)
		return -1;
	if (s->req->stated && s->got != s->req->output)
		return wrong_size(s, f);
	if (s->got == 0)
		return fail(f, FAIL_INPUT, "'%s': the %s stream at 0x%" PRIx64
		    " unpacks to nothing", s->from->what, s->req->codec->name,
		    job.offset);
	s->left = job.after_stream;
	say_left(s, f);
	return file_unchanged(s->from->fd, s->from->what, &s->from->id, f);
}

static int
unpack_anew(struct image_work *w, struct image_file *from,
    const struct unpack_request *req, const char *how,
    uint8_t sha256[SHA256_BYTES], struct fail *f)
{
	struct sink s = { .req = req, .from = from };
	uint64_t size;

	if (store_begin(w->store, &s.writer, f) < 0)
		return -1;
	if (run_codec(w, &s, f) < 0) {
		store_abort(s.writer);
		return -1;
	}
	if (store_commit(s.writer, &size, sha256, f) < 0)
		return -1;
	/* Remembered blobs come without a warning, so these are not. */
	if (!req->all || s.left == 0)
		store_remember(w->store, &from->id, how, size, sha256, f);
	return 0;
}

static int
check_limit(const struct image_work *w, const struct image_file *from,
    const struct unpack_request *req, uint64_t size, struct fail *f)
{
	if (size <= w->output_max)
		return 0;
	if (req->stated)
		return imagefile_refuse(from, f, "the size after the payload",
		    req->output_at, size, "over the limit of 0x%" PRIx64
		    " bytes; -L raises it", w->output_max);
	return fail(f, FAIL_INPUT, "'%s': the %s stream at 0x%" PRIx64
	    " unpacks to %" PRIu64 " bytes, over the limit of %" PRIu64
	    "; -L raises it", from->what, req->codec->name,
	    from->base + req->offset, size, w->output_max);
}

static int
open_blob(struct image_work *w, const struct image_file *from,
    const struct unpack_request *req, const uint8_t sha256[SHA256_BYTES],
    struct image_file *to, struct fail *f)
{
	char what[4096];
	int n;

	*to = (struct image_file)IMAGE_FILE_INIT;
	to->fd = store_open_blob(w->store, sha256, &w->plan->arena, &to->path,
	    &to->id, f);
	if (to->fd < 0)
		return -1;
	n = snprintf(what, sizeof(what), "%.3000s (unpacked from %s at 0x%"
	    PRIx64 ")", from->what, req->codec->name,
	    from->base + req->offset);
	to->what = arena_bytes(&w->scratch, what, (size_t)n, f);
	to->size = to->id.size;
	to->hashed = true;
	memcpy(to->sha256, sha256, SHA256_BYTES);
	return to->what == NULL ? -1 : 0;
}

int
image_unpack(struct image_work *w, struct image_file *from,
    const struct unpack_request *req, struct image_file *to, struct fail *f)
{
	uint8_t sha256[SHA256_BYTES];
	uint64_t known;
	char how[80];

	snprintf(how, sizeof(how), "%s%s at 0x%" PRIx64 "+0x%" PRIx64,
	    req->codec->name, req->all ? " streams" : "",
	    from->base + req->offset, req->size);
	if (req->stated && check_limit(w, from, req, req->output, f) < 0)
		return -1;
	if (image_store(w, f) == NULL)
		return -1;
	if (!store_recall(w->store, &from->id, how, true, &known, sha256) ||
	    (req->stated && known != req->output)) {
		if (unpack_anew(w, from, req, how, sha256, f) < 0)
			return -1;
	} else if (check_limit(w, from, req, known, f) < 0) {
		return -1;
	}
	return open_blob(w, from, req, sha256, to, f);
}

int
image_digest(struct image_work *w, struct image_file *file, struct fail *f)
{
	struct fail unable = { .kind = FAIL_NONE };
	uint64_t size;

	if (file->hashed)
		return 0;
	/* Without a store the file is only hashed again the next time. */
	if (image_store(w, &unable) == NULL) {
		if (w->request->store != NULL)
			return fail(f, unable.kind, "%s", unable.message);
		fail_note(f, "%s", unable.message);
	}
	if (w->store != NULL && store_recall(w->store, &file->id, STORE_WHOLE,
	    false, &size, file->sha256) && size == file->id.size) {
		file->hashed = true;
		return 0;
	}
	if (file_sha256(file->fd, file->what, file->id.size, file->sha256,
	    f) < 0 || file_unchanged(file->fd, file->what, &file->id, f) < 0)
		return -1;
	file->hashed = true;
	if (w->store != NULL)
		store_remember(w->store, &file->id, STORE_WHOLE, file->id.size,
		    file->sha256, f);
	return 0;
}

int
image_add_source(struct image_work *w, const struct image_file *file,
    struct fail *f)
{
	struct plan *p = w->plan;
	struct plan_source *more;

	if (plan_source_of(p, file->sha256) != NULL)
		return 0;
	more = arena_array(&p->arena, p->n_sources + 1, sizeof(*more), f);
	if (more == NULL)
		return -1;
	if (p->n_sources > 0)
		memcpy(more, p->sources, p->n_sources * sizeof(*more));
	more[p->n_sources] = (struct plan_source){
		.path = { file->path, strlen(file->path) },
	};
	/* A source without an identity is hashed by whoever opens it. */
	if (file->id.settled)
		more[p->n_sources].id = file->id;
	memcpy(more[p->n_sources].sha256, file->sha256, SHA256_BYTES);
	p->sources = more;
	p->n_sources++;
	return 0;
}
