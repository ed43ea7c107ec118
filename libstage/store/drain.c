#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/drain.h"

enum { SLOTS = 4, SLOT_BYTES = 256 << 10, FLUSH_BYTES = 4 << 20 };

struct slot {
	size_t n;
	unsigned char bytes[SLOT_BYTES];
};

/*
 * A ring of slots.  The producer owns the slot at filled.  The thread owns the
 * slots from emptied up to that one and, while it runs, the hash and the file.
 */
struct drain {
	int fd;
	struct sha256_ctx hash;
	off_t written, flushed;		/* bytes of the file */
	pthread_t thread;
	bool running;			/* the thread was started */
	size_t filled;			/* slots filled so far, not modulo the
					 * ring; changed under lock */

	pthread_mutex_t lock;		/* of the fields below but slot */
	pthread_cond_t moved;
	size_t emptied;
	bool last;			/* no more slots will be filled */
	int error;			/* errno of the first failed write */

	struct slot slot[SLOTS];
};

/* Starts writing to the disk early, so that the fsync at the end has little
 * left to do. */
static void
flush(struct drain *d)
{
	if (d->written - d->flushed < FLUSH_BYTES)
		return;
	sync_file_range(d->fd, d->flushed, d->written - d->flushed,
	    SYNC_FILE_RANGE_WRITE);
	d->flushed = d->written;
}

static int
consume(struct drain *d, const struct slot *s)
{
	const unsigned char *p = s->bytes;
	size_t n = s->n;

	sha256_update(&d->hash, n, p);
	while (n > 0) {
		ssize_t put = write(d->fd, p, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return errno;
		p += put;
		n -= (size_t)put;
		d->written += put;
	}
	flush(d);
	return 0;
}

/* Empties slots until the last; after an error it drops their bytes. */
static void *
drain_thread(void *arg)
{
	struct drain *d = arg;

	pthread_mutex_lock(&d->lock);
	for (;;) {
		int error;

		while (d->emptied == d->filled && !d->last)
			pthread_cond_wait(&d->moved, &d->lock);
		if (d->emptied == d->filled)
			break;
		error = d->error;
		pthread_mutex_unlock(&d->lock);
		if (error == 0)
			error = consume(d, &d->slot[d->emptied % SLOTS]);
		pthread_mutex_lock(&d->lock);
		d->error = d->error == 0 ? error : d->error;
		d->emptied++;
		pthread_cond_signal(&d->moved);
	}
	pthread_mutex_unlock(&d->lock);
	return NULL;
}

/* Starts the thread with all signals blocked, so that the main thread gets
 * them. */
static bool
start(struct drain *d)
{
	sigset_t all, before;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&d->thread, NULL, drain_thread, d);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r == 0;
}

struct drain *
drain_open(int fd)
{
	struct drain *d = malloc(sizeof(*d));

	if (d == NULL)
		return NULL;
	memset(d, 0, offsetof(struct drain, slot));
	d->fd = fd;
	d->slot[0].n = 0;
	sha256_init(&d->hash);
	pthread_mutex_init(&d->lock, NULL);
	pthread_cond_init(&d->moved, NULL);
	return d;
}

/*
 * Hands the full slot to the thread and takes the next.  If no thread can be
 * started, the producer empties the slot itself.
 */
static int
hand_over(struct drain *d)
{
	int error;

	if (!d->running)
		d->running = start(d);
	pthread_mutex_lock(&d->lock);
	if (d->running) {
		d->filled++;
		pthread_cond_signal(&d->moved);
	} else if (d->error == 0) {
		d->error = consume(d, &d->slot[0]);
	}
	while (d->filled - d->emptied == SLOTS)
		pthread_cond_wait(&d->moved, &d->lock);
	error = d->error;
	pthread_mutex_unlock(&d->lock);
	d->slot[d->filled % SLOTS].n = 0;
	return error;
}

int
drain_put(struct drain *d, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	int error = 0;

	while (n > 0 && error == 0) {
		struct slot *s = &d->slot[d->filled % SLOTS];
		size_t part = SLOT_BYTES - s->n < n ? SLOT_BYTES - s->n : n;

		memcpy(s->bytes + s->n, p, part);
		s->n += part;
		p += part;
		n -= part;
		if (s->n == SLOT_BYTES)
			error = hand_over(d);
	}
	return error;
}

static void
join(struct drain *d)
{
	if (!d->running)
		return;
	pthread_mutex_lock(&d->lock);
	d->last = true;
	pthread_cond_signal(&d->moved);
	pthread_mutex_unlock(&d->lock);
	pthread_join(d->thread, NULL);
	d->running = false;
}

int
drain_finish(struct drain *d, uint8_t sha256[32])
{
	struct slot *s = &d->slot[d->filled % SLOTS];

	join(d);
	if (d->error == 0)
		d->error = consume(d, s);
	s->n = 0;
	sha256_digest(&d->hash, SHA256_DIGEST_SIZE, sha256);
	return d->error;
}

void
drain_close(struct drain *d)
{
	if (d == NULL)
		return;
	if (d->running) {
		pthread_mutex_lock(&d->lock);
		d->error = d->error == 0 ? ECANCELED : d->error;
		pthread_mutex_unlock(&d->lock);
		join(d);
	}
	pthread_cond_destroy(&d->moved);
	pthread_mutex_destroy(&d->lock);
	free(d);
}
