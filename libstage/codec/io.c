#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/number.h"
#include "codec/io.h"

uint64_t
codec_io_left(const struct codec_io *io)
{
	return io->job->size - io->fetched + io->have;
}

/* The decoder's offset in the file. */
static uint64_t
position(const struct codec_io *io)
{
	return io->job->offset + io->fetched - io->have;
}

int
codec_io_want(struct codec_io *io, size_t n, struct fail *f)
{
	uint64_t rest = io->job->size - io->fetched;
	size_t more;

	if (io->have >= n || rest == 0)
		return 0;
	if (io->have > 0)
		memmove(io->in_buffer, io->in, io->have);
	io->in = io->in_buffer;
	more = CODEC_IN_BYTES - io->have;
	if (rest < more)
		more = (size_t)rest;
	if (file_pread(io->job->fd, io->job->what, io->in_buffer + io->have,
	    more, io->job->offset + io->fetched, f) < 0)
		return -1;
	io->have += more;
	io->fetched += more;
	return 0;
}

bool
codec_begins(const struct codec *c, const void *bytes, size_t n)
{
	return n >= c->magic_size &&
	    memcmp(bytes, c->magic, c->magic_size) == 0 &&
	    (c->plausible == NULL || c->plausible(bytes, n));
}

/* Takes the zero bytes that may lie between streams. */
static int
skip_zeros(struct codec_io *io, struct fail *f)
{
	do {
		if (codec_io_want(io, 1, f) < 0)
			return -1;
		while (io->have > 0 && *io->in == 0)
			codec_io_take(io, 1);
	} while (io->have == 0 && codec_io_left(io) > 0);
	return 0;
}

/* 1: another stream of the same codec begins here, 0: none does. */
static int
next_stream(struct codec_io *io, struct fail *f)
{
	const size_t probe = 16;

	if (!io->job->all || codec_io_left(io) == 0)
		return 0;
	if (skip_zeros(io, f) < 0 || codec_io_want(io, probe, f) < 0)
		return -1;
	if (codec_io_left(io) == 0)
		io->job->after_stream = 0;
	return codec_begins(io->job->codec, io->in, io->have);
}

static int
run_streams(struct codec_io *io, struct fail *f)
{
	struct codec_job *job = io->job;
	unsigned n = 0;
	int next;

	do {
		if (n++ == CODEC_STREAMS_MAX)
			return fail(f, FAIL_INPUT, "cannot unpack '%s': it "
			    "has more than %d %s streams", job->what,
			    CODEC_STREAMS_MAX, job->codec->name);
		io->start = position(io);
		if (job->codec->unpack(io, f) < 0)
			return -1;
		job->after_stream = codec_io_left(io);
		next = next_stream(io, f);
	} while (next > 0);
	return next;
}

int
codec_unpack(const struct codec *c, struct codec_job *job, struct fail *f)
{
	struct codec_io io = { .job = job };
	int rc;

	job->produced = 0;
	job->after_stream = 0;
	job->codec = c;
	if (c->unpack == NULL)
		return fail(f, FAIL_INPUT, "cannot unpack '%s': it is "
		    "compressed with %s, and this xb was built without that "
		    "codec; install the package '%s' and build xb again",
		    job->what, c->name, c->package);
	io.in_buffer = malloc(CODEC_IN_BYTES);
	if (io.in_buffer == NULL)
		return fail_memory(f, CODEC_IN_BYTES);
	io.in = io.in_buffer;
	rc = run_streams(&io, f);
	free(io.in_buffer);
	return rc;
}

int
codec_io_read(struct codec_io *io, void *to, size_t n, struct fail *f)
{
	unsigned char *p = to;

	if (codec_io_left(io) < n)
		return codec_io_early(io, f);
	while (n > 0) {
		size_t part;

		if (codec_io_want(io, 1, f) < 0)
			return -1;
		part = io->have < n ? io->have : n;
		memcpy(p, io->in, part);
		codec_io_take(io, part);
		p += part;
		n -= part;
	}
	return 0;
}

int
codec_io_emit(struct codec_io *io, const void *bytes, size_t n,
    struct fail *f)
{
	struct codec_job *j = io->job;

	if (n > j->output_max - j->produced)
		return fail(f, FAIL_INPUT, "cannot unpack '%s': its %s stream "
		    "at offset 0x%" PRIx64 " unpacks to more than the limit "
		    "of %" PRIu64 " bytes; -L %s allows twice as much",
		    j->what, j->codec->name, io->start, j->output_max,
		    size_above(j->output_max > INT64_MAX / 2 ? INT64_MAX :
		    2 * j->output_max).s);
	if (n > 0 && j->sink(j->arg, bytes, n, f) < 0)
		return -1;
	j->produced += n;
	return 0;
}

int
codec_io_pump(struct codec_io *io, codec_step *step, void *decoder,
    struct fail *f)
{
	bool end = false;

	while (!end) {
		uint64_t before;
		size_t put = 0;

		if (codec_io_want(io, 1, f) < 0)
			return -1;
		before = codec_io_left(io);
		if (step(io, decoder, &put, &end, f) < 0 ||
		    codec_io_emit(io, io->job->out, put, f) < 0)
			return -1;
		if (end || put > 0 || codec_io_left(io) < before)
			continue;
		if (before == 0)
			return codec_io_early(io, f);
		return codec_io_damaged(io, f, "the decoder stands still");
	}
	return 0;
}

int
codec_io_damaged(const struct codec_io *io, struct fail *f, const char *fmt,
    ...)
{
	char words[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	return fail(f, FAIL_INPUT, "cannot unpack '%s': its %s stream is "
	    "damaged at offset 0x%" PRIx64 ": %s", io->job->what,
	    io->job->codec->name, position(io), words);
}

int
codec_io_early(const struct codec_io *io, struct fail *f)
{
	return fail(f, FAIL_INPUT, "cannot unpack '%s': its %s stream ends "
	    "early, at offset 0x%" PRIx64 ": more compressed data expected",
	    io->job->what, io->job->codec->name,
	    io->job->offset + io->job->size);
}

int
codec_io_window(const struct codec_io *io, uint64_t window, struct fail *f)
{
	if (window <= io->job->window_max)
		return 0;
	return fail(f, FAIL_INPUT, "cannot unpack '%s': its %s stream at "
	    "offset 0x%" PRIx64 " needs a window of %" PRIu64 " bytes, more "
	    "than the limit of %" PRIu64 "; --window %s lifts it",
	    io->job->what, io->job->codec->name, io->start, window,
	    io->job->window_max, size_above(window).s);
}
