#ifdef WITH_XEN

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xenstore/link.h"
#include "xenstore/wire.h"

struct link {
	struct xenstore base;
	struct wire w;
	uint32_t begun;			/* a transaction that the next begin()
					 * takes; 0: none */
};

static struct wire *
wire_of(struct xenstore *x)
{
	return &((struct link *)x)->w;
}

/* What requests do, for messages. */
static const char *const doing[XS_TYPE_COUNT] = {
	[XS_TRANSACTION_START] = "begin a transaction on",
	[XS_TRANSACTION_END] = "end a transaction on",
	[XS_READ] = "read",
	[XS_WRITE] = "write",
	[XS_SET_PERMS] = "set who may use",
	[XS_RM] = "remove",
	[XS_DIRECTORY] = "list",
	[XS_DIRECTORY_PART] = "list",
};

static int
refused(enum xsd_sockmsg_type type, const char *path, int e, struct fail *f)
{
	const char *what = type < XS_TYPE_COUNT ? doing[type] : NULL;

	return fail_errno(f, e == EACCES || e == EPERM ? FAIL_PERM :
	    FAIL_SYSTEM, e, "cannot %s '%s' in xenstore", what != NULL ? what :
	    "send", path);
}

/* ---- requests ---- */

/* Sends the requests that wait, and reads their answers. */
static int
settle(struct wire *w, struct fail *f)
{
	int e = wire_settle(w, NULL, NULL);

	return e == 0 ? 0 : refused(w->refused, w->path, e, f);
}

/* A request whose answer is wanted now.  *e is the errno that it was refused
 * with, or 0; -1: the request was not made. */
static int
ask(struct wire *w, enum xsd_sockmsg_type type, const void *bytes, size_t n,
    int *e, struct fail *f)
{
	if ((w->n > 0 && settle(w, f) < 0) ||
	    wire_add(w, type, bytes, n, f) < 0)
		return -1;
	*e = wire_settle(w, NULL, NULL);
	return 0;
}

static int
ask_path(struct wire *w, enum xsd_sockmsg_type type, const char *path, int *e,
    struct fail *f)
{
	return ask(w, type, path, strlen(path) + 1, e, f);
}

/* Asks for a change.  In a transaction it waits, to be sent with the others. */
static int
tell(struct wire *w, enum xsd_sockmsg_type type, const void *bytes, size_t n,
    struct fail *f)
{
	if (wire_add(w, type, bytes, n, f) < 0)
		return -1;
	return w->transaction != 0 ? 0 : settle(w, f);
}

/* ---- the operations ---- */

static int
link_begin(struct xenstore *x, struct fail *f)
{
	struct link *l = (struct link *)x;
	struct wire *w = wire_of(x);
	int e;

	w->transaction = l->begun;
	l->begun = 0;
	if (w->transaction != 0)
		return 0;
	if (ask_path(w, XS_TRANSACTION_START, "", &e, f) < 0)
		return -1;
	if (e == 0)
		w->transaction = (uint32_t)strtoul(w->answer, NULL, 10);
	return e == 0 ? 0 : refused(XS_TRANSACTION_START, "/", e, f);
}

static int
link_end(struct xenstore *x, bool keep, struct fail *f)
{
	struct wire *w = wire_of(x);
	int e;

	if (w->transaction == 0)
		return 0;
	if (!keep)
		wire_drop(w);
	/* Sent in one turn with all requests that wait. */
	if (wire_add(w, XS_TRANSACTION_END, keep ? "T" : "F", 2, f) < 0)
		return -1;
	e = wire_settle(w, NULL, NULL);
	w->transaction = 0;
	/* xenstored was seen to say ENOMEM of the nodes of a domain that had
	 * ended a moment before, with memory enough. */
	if (w->refused == XS_TRANSACTION_END && (e == EAGAIN || e == ENOMEM))
		return 1;
	return e == 0 ? 0 : refused(w->refused, w->path, e, f);
}

static int
link_read(struct xenstore *x, const char *path, char **text, struct fail *f)
{
	struct wire *w = wire_of(x);
	int e;

	*text = NULL;
	if (ask_path(w, XS_READ, path, &e, f) < 0)
		return -1;
	if (e != 0)
		return e == ENOENT ? 0 : refused(XS_READ, path, e, f);
	*text = strdup(w->answer);
	return *text != NULL ? 0 : fail_memory(f, w->size);
}

/* At most so many wait at once, so that neither side runs out of buffer. */
enum { READS_MAX = 256 };

struct texts {
	char **next, **end;
	uint32_t transaction;		/* that was begun behind them */
	bool lost;			/* for lack of memory */
};

static void
take_text(void *texts, const char *text)
{
	struct texts *t = texts;

	if (t->next == t->end) {
		t->transaction = text == NULL ? 0 :
		    (uint32_t)strtoul(text, NULL, 10);
		return;
	}
	if (text != NULL && (*t->next = strdup(text)) == NULL)
		t->lost = true;
	t->next++;
}

/* Who reads many nodes is about to change some: the transaction for that begins
 * in the same turn. */
static int
link_read_all(struct xenstore *x, char *const *paths, size_t n, char **texts,
    struct fail *f)
{
	struct wire *w = wire_of(x);
	struct texts t = { texts, texts + n, 0, false };
	int e, rc = w->n > 0 ? settle(w, f) : 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		rc = wire_add(w, XS_READ, paths[i], strlen(paths[i]) + 1, f);
		if (rc == 0 && i + 1 == n && w->transaction == 0 &&
		    ((struct link *)x)->begun == 0)
			rc = wire_add(w, XS_TRANSACTION_START, "", 1, f);
		if (rc < 0 || (i + 1 < n && i % READS_MAX != READS_MAX - 1))
			continue;
		e = wire_settle(w, take_text, &t);
		if (e != 0)
			rc = refused(w->refused, w->path, e, f);
	}
	if (t.transaction != 0)
		((struct link *)x)->begun = t.transaction;
	if (rc == 0 && t.lost)
		rc = fail_memory(f, n);
	return rc;
}

static int
link_write(struct xenstore *x, const char *path, const char *text,
    struct fail *f)
{
	/* The NUL of snprintf(3) is not sent. */
	char request[XENSTORE_PAYLOAD_MAX + 1];
	int n = snprintf(request, sizeof(request), "%s%c%s", path, '\0', text);

	return tell(wire_of(x), XS_WRITE, request, (size_t)n, f);
}

static int
link_permit(struct xenstore *x, const char *path, uint32_t owner,
    const uint32_t *reader, struct fail *f)
{
	char request[XENSTORE_PAYLOAD_MAX];
	int n = snprintf(request, sizeof(request), "%s%cn%" PRIu32 "%c", path,
	    '\0', owner, '\0');

	if (reader != NULL && (size_t)n < sizeof(request))
		n += snprintf(request + n, sizeof(request) - (size_t)n,
		    "r%" PRIu32 "%c", *reader, '\0');
	return tell(wire_of(x), XS_SET_PERMS, request, (size_t)n, f);
}

static int
link_remove(struct xenstore *x, const char *path, struct fail *f)
{
	return tell(wire_of(x), XS_RM, path, strlen(path) + 1, f);
}

/* ---- lists ---- */

struct names {
	char *text;			/* one after the other, each with its
					 * NUL */
	size_t n;
};

static int
add_names(struct names *l, const char *text, size_t n, struct fail *f)
{
	char *more = realloc(l->text, l->n + n + 1);

	if (more == NULL)
		return fail_memory(f, l->n + n + 1);
	l->text = more;
	memcpy(more + l->n, text, n);
	l->n += n;
	more[l->n] = '\0';
	return 0;
}

/*
 * A list that is longer than an answer comes in parts: each begins with the
 * generation of the node, and the last ends with an empty name.  Where the node
 * changes in between, it begins anew.
 */
static int
list_parts(struct wire *w, const char *path, struct names *l, int *e,
    struct fail *f)
{
	char request[XENSTORE_PAYLOAD_MAX];
	char generation[sizeof(w->answer)] = "";
	bool more = true;

	l->n = 0;
	while (more) {
		int n = snprintf(request, sizeof(request), "%s%c%zu%c", path,
		    '\0', l->n, '\0');
		size_t skip;

		if (ask(w, XS_DIRECTORY_PART, request, (size_t)n, e, f) < 0)
			return -1;
		if (*e != 0)
			return 0;
		skip = strlen(w->answer) + 1;
		if (l->n > 0 && strcmp(w->answer, generation) != 0) {
			l->n = 0;
			continue;
		}
		memcpy(generation, w->answer, skip);
		if (w->size <= skip)
			break;
		more = w->answer[w->size - 1] != '\0' || (w->size - skip > 1 &&
		    w->answer[w->size - 2] != '\0');
		if (add_names(l, w->answer + skip, w->size - skip - !more,
		    f) < 0)
			return -1;
	}
	return 0;
}

static int
link_list(struct xenstore *x, const char *path, struct words *names,
    struct fail *f)
{
	struct wire *w = wire_of(x);
	struct names l = { NULL, 0 };
	int e, rc = ask_path(w, XS_DIRECTORY, path, &e, f);

	if (rc == 0 && e == 0)
		rc = add_names(&l, w->answer, w->size, f);
	else if (rc == 0 && e == E2BIG)
		rc = list_parts(w, path, &l, &e, f);
	if (rc == 0 && e != 0 && e != ENOENT)
		rc = refused(XS_DIRECTORY, path, e, f);
	for (size_t at = 0; rc == 0 && at < l.n; at += strlen(l.text + at) + 1)
		rc = words_add(names, l.text + at, f);
	free(l.text);
	return rc;
}

/* ---- domains ---- */

static int
link_introduce(struct xenstore *x, uint32_t domid, uint64_t mfn,
    uint32_t port, struct fail *f)
{
	char request[64];
	int n = snprintf(request, sizeof(request), "%" PRIu32 "%c%" PRIu64
	    "%c%" PRIu32 "%c", domid, '\0', mfn, '\0', port, '\0'), e;

	if (ask(wire_of(x), XS_INTRODUCE, request, (size_t)n, &e, f) < 0)
		return -1;
	return e == 0 ? 0 : fail_errno(f, e == EACCES || e == EPERM ?
	    FAIL_PERM : FAIL_TARGET, e, "xenstored does not take domain %"
	    PRIu32 " with its ring in mfn 0x%" PRIx64 " and event channel port "
	    "%" PRIu32, domid, mfn, port);
}

static bool
link_introduced(struct xenstore *x, uint32_t domid)
{
	struct fail ignored = { 0 };
	char text[16];
	int e;

	snprintf(text, sizeof(text), "%" PRIu32, domid);
	return ask_path(wire_of(x), XS_IS_DOMAIN_INTRODUCED, text, &e,
	    &ignored) == 0 && e == 0 && strcmp(wire_of(x)->answer, "T") == 0;
}

static void
link_close(struct xenstore *x)
{
	wire_close(wire_of(x));
	free(x);
}

static const struct xenstore_ops link_ops = {
	.begin = link_begin,
	.end = link_end,
	.read = link_read,
	.read_all = link_read_all,
	.write = link_write,
	.permit = link_permit,
	.remove = link_remove,
	.list = link_list,
	.introduce = link_introduce,
	.introduced = link_introduced,
	.close = link_close,
};

struct xenstore *
link_over(int fd, bool device, struct fail *f)
{
	struct link *l = calloc(1, sizeof(*l));

	if (l == NULL) {
		close(fd);
		return fail_memory_null(f, sizeof(*l));
	}
	l->base.ops = &link_ops;
	l->w = (struct wire){ .fd = fd, .device = device };
	return &l->base;
}

#endif
