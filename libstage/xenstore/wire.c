#ifdef WITH_XEN

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "xenstore/wire.h"

enum { HEAD = sizeof(struct xsd_sockmsg) };

/* ---- requests ---- */

int
wire_add(struct wire *w, enum xsd_sockmsg_type type, const void *bytes,
    size_t n, struct fail *f)
{
	struct xsd_sockmsg head = { type, ++w->sent, w->transaction,
	    (uint32_t)n };

	if (n > XENSTORE_PAYLOAD_MAX)
		return fail(f, FAIL_INPUT, "a request to xenstored has %zu "
		    "bytes; the limit is %d", n, XENSTORE_PAYLOAD_MAX);
	if (w->cap - w->n < HEAD + n) {
		size_t room = 2 * (w->cap + HEAD + n);
		void *more = realloc(w->out, room);

		if (more == NULL)
			return fail_memory(f, room);
		w->out = more;
		w->cap = room;
	}
	memcpy(w->out + w->n, &head, HEAD);
	memcpy(w->out + w->n + HEAD, bytes, n);
	w->n += HEAD + n;
	return 0;
}

void
wire_drop(struct wire *w)
{
	w->n = 0;
}

/* The message at an offset of out; *size is that of all of it. */
static struct xsd_sockmsg
message_at(const struct wire *w, size_t at, size_t *size)
{
	struct xsd_sockmsg head;

	memcpy(&head, w->out + at, HEAD);
	*size = HEAD + head.len;
	return head;
}

static int
send_some(const struct wire *w, const unsigned char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t r = w->device ? write(w->fd, bytes, n) :
		    send(w->fd, bytes, n, MSG_NOSIGNAL);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return errno;
		bytes += r;
		n -= (size_t)r;
	}
	return 0;
}

static int
send_all(const struct wire *w)
{
	size_t n = 0;
	int e = 0;

	if (!w->device)
		return send_some(w, w->out, w->n);
	for (size_t at = 0; e == 0 && at < w->n; at += n) {
		(void)message_at(w, at, &n);
		e = send_some(w, w->out + at, n);
	}
	return e;
}

/* ---- answers ---- */

/* The fewest bytes of an answer: what is asked for may be empty, but that a
 * change was made is said by "OK" and a NUL, and that it was not by the name of
 * an error, which is longer (Xen's docs/misc/xenstore.txt). */
static size_t
least(const struct xsd_sockmsg *to)
{
	switch (to->type) {
	case XS_WRITE:
	case XS_SET_PERMS:
	case XS_RM:
	case XS_TRANSACTION_END:
	case XS_INTRODUCE:
		return HEAD + sizeof("OK");
	default:
		return HEAD;
	}
}

/* Reads some more bytes.  A daemon answers each request by itself: to wait, at
 * a socket, for the bytes that are sure to come saves a turn for each. */
static ssize_t
read_some(const struct wire *w, size_t n)
{
	size_t room = sizeof(w->in) - w->end;
	size_t sure = n - w->end + w->behind;
	unsigned char *to = (unsigned char *)w->in + w->end;

	if (w->device || w->behind == 0)
		return read(w->fd, to, room);
	return recv(w->fd, to, sure < room ? sure : room, MSG_WAITALL);
}

/* Has n bytes ready in the buffer, which has room for any message. */
static int
await(struct wire *w, size_t n)
{
	memmove(w->in, w->in + w->at, w->end - w->at);
	w->end -= w->at;
	w->at = 0;
	while (w->end < n) {
		ssize_t r = read_some(w, n);

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return r < 0 ? errno : EPIPE;
		w->end += (size_t)r;
	}
	return 0;
}

static int
number_of(const char *text)
{
	for (size_t i = 0; i < sizeof(xsd_errors) / sizeof(xsd_errors[0]); i++)
		if (strcmp(text, xsd_errors[i].errstring) == 0)
			return xsd_errors[i].errnum;
	return EINVAL;
}

/* The answer to a request: 0, or the errno that it says.  Negative: that of the
 * connection, which is of no use any more. */
static int
receive(struct wire *w, const struct xsd_sockmsg *to)
{
	struct xsd_sockmsg head;
	int e = await(w, least(to));

	if (e != 0)
		return -e;
	memcpy(&head, w->in, HEAD);
	if (head.req_id != to->req_id || head.len > XENSTORE_PAYLOAD_MAX ||
	    (head.type != to->type && head.type != XS_ERROR))
		return -EPROTO;
	e = await(w, HEAD + head.len);
	if (e != 0)
		return -e;
	w->size = head.len;
	memcpy(w->answer, w->in + HEAD, head.len);
	w->answer[head.len] = '\0';
	w->at = HEAD + head.len;
	return head.type == XS_ERROR ? number_of(w->answer) : 0;
}

int
wire_settle(struct wire *w, void (*each)(void *, const char *), void *arg)
{
	const enum xsd_sockmsg_type may_lack = each != NULL ? XS_READ : XS_RM;
	int e = send_all(w), first = e;
	size_t n = 0;

	w->refused = XS_INVALID;
	w->path[0] = '\0';
	if (e != 0)
		wire_drop(w);
	w->behind = 0;
	for (size_t at = 0; at < w->n; at += n) {
		const struct xsd_sockmsg head = message_at(w, at, &n);

		w->behind += least(&head);
	}
	for (size_t at = 0; e >= 0 && at < w->n; at += n) {
		const struct xsd_sockmsg head = message_at(w, at, &n);

		w->behind -= least(&head);
		e = receive(w, &head);
		if (each != NULL && e >= 0)
			each(arg, e == 0 ? w->answer : NULL);
		if (e == 0 || first != 0 ||
		    (head.type == may_lack && e == ENOENT))
			continue;
		first = abs(e);
		w->refused = head.type;
		snprintf(w->path, sizeof(w->path), "%.*s", (int)head.len,
		    (const char *)w->out + at + HEAD);
	}
	wire_drop(w);
	return first;
}

void
wire_close(struct wire *w)
{
	close(w->fd);
	free(w->out);
}

#endif
