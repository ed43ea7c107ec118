#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "base/file.h"
#include "base/number.h"
#include "base/progress.h"
#include "image/broker.h"
#include "image/slots.h"
#include "sandbox/confine.h"

/* ---- processes ---- */

/* A slow processor unpacks a MiB in a second. */
static unsigned
seconds_for(uint64_t output)
{
	const unsigned most = 86400;

	return output >> 20 < most ? CHILD_SECONDS + (unsigned)(output >> 20) :
	    most;
}

int
broker_job(struct broker *b, const struct image_file *file, const char *verb,
    struct child_job *job, struct fail *f)
{
	char what[2048];
	int n = snprintf(what, sizeof(what), "the process that %s '%.1500s'",
	    verb, file->what);

	job->what = arena_bytes(&b->scratch, what, (size_t)n, f);
	job->fd = file->fd;
	job->cpu_seconds = seconds_for(b->output_max);
	job->memory = CONFINE_MEMORY;
	job->way_out = "; --window lifts it";
	if (b->window_max > IMAGE_WINDOW_MAX && __builtin_add_overflow(
	    job->memory, b->window_max, &job->memory))
		job->memory = UINT64_MAX;
	return job->what == NULL ? -1 : 0;
}

/* A need on the pipe: its codec is the row of that number in codecs. */
struct need_frame {
	struct image_need need;
	uint32_t codec;
};

static const struct codec *
codec_at(uint32_t n)
{
	size_t i = 0;

	while (i < n && codecs[i] != NULL)
		i++;
	return codecs[i];
}

void
broker_send_need(unsigned kind, const struct image_need *need)
{
	struct need_frame frame;

	/* What lies between its members is kept in the store, too. */
	memset(&frame, 0, sizeof(frame));
	frame.need = *need;
	frame.need.codec = NULL;
	while (codecs[frame.codec] != NULL &&
	    codecs[frame.codec] != need->codec)
		frame.codec++;
	child_send(kind, &frame, sizeof(frame));
}

int
broker_take_need(const struct child_job *job, const struct image_file *file,
    const void *bytes, size_t n, struct image_need *need, struct fail *f)
{
	struct need_frame frame;

	if (n != sizeof(frame))
		return child_nonsense(job, f);
	memcpy(&frame, bytes, sizeof(frame));
	*need = frame.need;
	need->codec = codec_at(frame.codec);
	need->all = false;
	if (need->codec == NULL || need->depth >= DEPTHS ||
	    !imagefile_holds(file, need->offset, need->size))
		return child_nonsense(job, f);
	return 0;
}

/* ---- unpacking ---- */

enum answer {
	ANSWER_BYTES,			/* uint64_t: so many in the next slot */
	ANSWER_LEFT			/* uint64_t: bytes after the streams */
};

struct unpacking {
	struct broker *broker;
	struct child_job job;
	const struct image_file *from;
	const struct image_need *need;
	struct store_writer *writer;	/* NULL: held takes the bytes */
	int held;			/* a file in memory; no store is used */
	struct slots slots;
	struct codec_job codec;
	struct progress progress;
	uint64_t got, left;
};

static int
wrong_size(const struct unpacking *u, struct fail *f)
{
	return imagefile_refuse(u->from, f, "the size after the payload",
	    u->need->output_at, u->need->output, "but the %s stream at 0x%"
	    PRIx64 " unpacks to %s%" PRIu64 " bytes", u->need->codec->name,
	    u->from->base + u->need->offset, u->got > u->need->output ?
	    "at least " : "", u->got);
}

/* ---- in the process ---- */

static int
send_bytes(void *arg, const void *bytes, size_t n, struct fail *f)
{
	struct unpacking *u = arg;
	const unsigned char *p = bytes;

	u->got += n;
	if (u->need->output_at != 0 && u->got > u->need->output)
		return wrong_size(u, f);
	if (u->got > u->broker->output_max)
		return fail(f, FAIL_INPUT, "'%s' unpacks to more than the "
		    "limit of %" PRIu64 " bytes; -L SIZE lifts it",
		    u->from->what, u->broker->output_max);
	while (n > 0) {
		uint64_t part = n < u->slots.size ? n : u->slots.size;

		if (p != u->codec.out)
			memcpy(u->codec.out, p, part);
		child_send(ANSWER_BYTES, &part, sizeof(part));
		u->codec.out = slots_take(&u->slots);
		p += part;
		n -= part;
	}
	return 0;
}

static void
say_left(const struct unpacking *u, struct fail *f)
{
	const char *what = u->from->what, *name = u->need->codec->name;

	if (u->left > 0 && u->need->all)
		fail_warn(f, "'%s': its last %" PRIu64 " bytes are no %s "
		    "stream and are left out", what, u->left, name);
	else if (u->left > 0)
		fail_note(f, "'%s': %" PRIu64 " bytes after the %s stream are "
		    "ignored", what, u->left, name);
}

/* Unpacks one stream or, with need->all, those of the same codec behind it as
 * well. */
static int
run_stream(struct unpacking *u, const struct codec *codec, uint64_t at,
    uint64_t size, struct fail *f)
{
	struct codec_job *job = &u->codec;

	*job = (struct codec_job){
		.what = u->from->what, .fd = u->from->fd,
		.offset = u->from->base + at,
		.size = size, .all = u->need->all,
		.output_max = u->broker->output_max,
		.window_max = u->broker->window_max,
		.sink = send_bytes, .arg = u, .out = job->out,
	};
	return codec_unpack(codec, job, f);
}

/* Copies an archive that is not compressed. */
static int
run_copy(struct unpacking *u, const struct archive *a, struct fail *f)
{
	uint64_t left = a->size;

	while (left > 0) {
		size_t n = left < u->slots.size ? (size_t)left : u->slots.size;

		if (file_pread(u->from->fd, u->from->what, u->codec.out, n,
		    u->from->base + a->at + a->size - left, f) < 0 ||
		    send_bytes(u, u->codec.out, n, f) < 0)
			return -1;
		left -= n;
	}
	return 0;
}

/* An archive begins at a multiple of 4, or Linux does not find it. */
static int
run_archive(struct unpacking *u, struct archive *a, struct fail *f)
{
	const size_t pad = (size_t)(-u->got & 3);

	if (pad > 0 && send_bytes(u, "\0\0", pad, f) < 0)
		return -1;
	if (a->codec == NULL)
		return run_copy(u, a, f);
	if (run_stream(u, a->codec, a->at, a->size, f) < 0)
		return -1;
	a->size -= u->codec.after_stream;
	return 0;
}

/* Unpacks all archives that Linux would read; without -z only those of one
 * codec, as the builders of the older ABIs did. */
static int
run_archives(struct unpacking *u, struct fail *f)
{
	const bool any = u->broker->request->unpack_ramdisk;
	struct image_file file = *u->from;
	struct archive a = { .at = 0 };
	int rc, n = 0;

	while ((rc = archive_next(&file, a.at + a.size, &a, f)) > 0 &&
	    (any || a.codec == u->need->codec)) {
		if (n++ == CODEC_STREAMS_MAX)
			return fail(f, FAIL_INPUT, "'%s' has more than %d "
			    "archives", file.what, CODEC_STREAMS_MAX);
		if (run_archive(u, &a, f) < 0)
			return -1;
	}
	u->left = file.size - a.at;
	return rc < 0 ? -1 : 0;
}

static int
run_codec(void *arg, struct fail *f)
{
	struct unpacking *u = arg;
	const struct image_need *need = u->need;

	u->codec.out = slots_take(&u->slots);
	if ((need->all ? run_archives(u, f) : run_stream(u, need->codec,
	    need->offset, need->size, f)) < 0)
		return -1;
	if (u->need->output_at != 0 && u->got != u->need->output)
		return wrong_size(u, f);
	if (u->got == 0)
		return fail(f, FAIL_INPUT, "'%s': the %s stream at 0x%" PRIx64
		    " unpacks to nothing", u->from->what,
		    need->codec->name, u->from->base + need->offset);
	if (!need->all)
		u->left = u->codec.after_stream;
	say_left(u, f);
	child_send(ANSWER_LEFT, &u->left, sizeof(u->left));
	return 0;
}

/* ---- in the broker ---- */

static int
take_slot(struct unpacking *u, uint64_t n, struct fail *f)
{
	if (n > u->slots.size || n > u->broker->output_max - u->got)
		return child_nonsense(&u->job, f);
	u->got += n;
	if ((u->writer == NULL ? file_write_all(u->held, "a file in memory",
	    slots_filled(&u->slots), (size_t)n, f) : store_put(u->writer,
	    slots_filled(&u->slots), (size_t)n, f)) < 0)
		return -1;
	slots_emptied(&u->slots);
	return progress_step(&u->progress, n, f);
}

static int
take_answer(void *arg, unsigned kind, const void *bytes, size_t n,
    struct fail *f)
{
	struct unpacking *u = arg;
	uint64_t value;

	if (n != sizeof(value))
		return child_nonsense(&u->job, f);
	memcpy(&value, bytes, n);
	switch (kind) {
	case ANSWER_BYTES:
		return take_slot(u, value, f);
	case ANSWER_LEFT:
		u->left = value;
		return 0;
	default:
		return child_nonsense(&u->job, f);
	}
}

/* Bytes of a slot: any codec may have archives of an initramfs. */
static size_t
room_for(const struct image_need *need)
{
	size_t most = need->codec->block;

	for (size_t i = 0; need->all && codecs[i] != NULL; i++)
		if (codecs[i]->block > most)
			most = codecs[i]->block;
	return most;
}

static int
run_process(struct unpacking *u, struct fail *f)
{
	int rc = -1;

	u->job = (struct child_job){ .work = run_codec, .take = take_answer,
		.arg = u, .frame_max = sizeof(uint64_t) };
	progress_begin(&u->progress, "unpacking", u->from->what,
	    u->need->output_at != 0 ? u->need->output : 0);
	if (slots_open(&u->slots, room_for(u->need), f) == 0 &&
	    broker_job(u->broker, u->from, "unpacks", &u->job, f) == 0)
		rc = child_run(&u->job, f);
	progress_erase();
	slots_close(&u->slots);
	if (rc < 0)
		return -1;
	if (u->got == 0 ||
	    (u->need->output_at != 0 && u->got != u->need->output))
		return child_nonsense(&u->job, f);
	return file_unchanged(u->from->fd, u->from->what, &u->from->id, f);
}

static int
unpack_anew(struct broker *b, const struct image_file *from,
    const struct image_need *need, const char *how,
    uint8_t sha256[SHA256_BYTES], struct fail *f)
{
	struct unpacking u = { .broker = b, .from = from, .need = need };
	uint64_t size;

	if (store_begin(b->store, &u.writer, f) < 0)
		return -1;
	if (run_process(&u, f) < 0) {
		store_abort(u.writer);
		return -1;
	}
	if (store_commit(u.writer, &size, sha256, f) < 0)
		return -1;
	/* A blob that left bytes of the file out is not remembered: found in
	 * the store the next time, it would come without the warning. */
	if (!need->all || u.left == 0)
		store_remember(b->store, &from->id, how, size, sha256, f);
	return 0;
}

/* ---- or finding it in the store ---- */

static int
check_limit(const struct broker *b, const struct image_file *from,
    const struct image_need *need, uint64_t size, struct fail *f)
{
	if (size <= b->output_max)
		return 0;
	if (need->output_at != 0)
		return imagefile_refuse(from, f, "the size after the payload",
		    need->output_at, size, "over the limit of 0x%" PRIx64
		    " bytes; -L %s raises it", b->output_max,
		    size_above(size).s);
	return fail(f, FAIL_INPUT, "'%s': the %s stream at 0x%" PRIx64
	    " unpacks to %" PRIu64 " bytes, over the limit of %" PRIu64
	    "; -L %s raises it", from->what, need->codec->name,
	    from->base + need->offset, size, b->output_max,
	    size_above(size).s);
}

/* The name of what a file unpacks to. */
static const char *
unpacked_name(struct broker *b, const struct image_file *file,
    const struct image_need *need, struct fail *f)
{
	char what[4096];
	int n = snprintf(what, sizeof(what), "%.3000s (unpacked from %s at 0x%"
	    PRIx64 ")", file->what, need->codec->name,
	    file->base + need->offset);

	return arena_bytes(&b->scratch, what, (size_t)n, f);
}

static int
open_blob(struct broker *b, struct image_file *file,
    const struct image_need *need, const uint8_t sha256[SHA256_BYTES],
    struct fail *f)
{
	struct image_file blob;
	const char *name = unpacked_name(b, file, need, f);

	if (name == NULL || broker_open_blob(b, sha256, name, &blob, f) < 0)
		return -1;
	imagefile_close(file);
	*file = blob;
	return 0;
}

int
broker_unpack(struct broker *b, struct image_file *file,
    const struct image_need *need, struct fail *f)
{
	uint8_t sha256[SHA256_BYTES];
	uint64_t known;
	char how[80];

	snprintf(how, sizeof(how), "%s%s at 0x%" PRIx64 "+0x%" PRIx64,
	    need->codec->name, need->all ? " archives" : "",
	    file->base + need->offset, need->size);
	if (need->output_at != 0 &&
	    check_limit(b, file, need, need->output, f) < 0)
		return -1;
	if (broker_store(b, f) == NULL)
		return -1;
	if (!store_recall(b->store, &file->id, how, true, &known, sha256) ||
	    (need->output_at != 0 && known != need->output)) {
		if (unpack_anew(b, file, need, how, sha256, f) < 0)
			return -1;
	} else if (check_limit(b, file, need, known, f) < 0) {
		return -1;
	}
	return open_blob(b, file, need, sha256, f);
}

int
broker_unpack_held(struct broker *b, struct image_file *file,
    const struct image_need *need, struct fail *f)
{
	struct unpacking u = { .broker = b, .from = file, .need = need };
	struct image_file held = { .what = unpacked_name(b, file, need, f),
	    .fd = memfd_create("unpacked", MFD_CLOEXEC) };
	int rc;

	u.held = held.fd;
	if (held.what == NULL || held.fd < 0)
		rc = fail_errno(f, FAIL_SYSTEM, errno, "cannot unpack '%s' to "
		    "memory", file->what);
	else
		rc = run_process(&u, f);
	if (rc == 0)
		rc = file_identify(held.fd, held.what, &held.id, f);
	if (rc < 0) {
		imagefile_close(&held);
		return -1;
	}
	held.size = held.id.size;
	imagefile_close(file);
	*file = held;
	return 0;
}
