/* xenstore/link: against a daemon made for the test, at the end of a socket. */
#include "unit.h"

#ifdef WITH_XEN
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <xen/io/xs_wire.h>

#include "xenstore/link.h"

/* ---- the daemon ---- */

static unsigned ends, parts;

static int
say(int s, const struct xsd_sockmsg *to, enum xsd_sockmsg_type type,
    const char *text, size_t n)
{
	struct xsd_sockmsg head = { type, to->req_id, to->tx_id, (uint32_t)n };

	if (write(s, &head, sizeof(head)) != sizeof(head) ||
	    write(s, text, n) != (ssize_t)n)
		abort();
	return 0;
}

static int
refuse(int s, const struct xsd_sockmsg *to, const char *why)
{
	return say(s, to, XS_ERROR, why, strlen(why) + 1);
}

/* The list changes once, after its first part was read. */
static int
part(int s, const struct xsd_sockmsg *to, const char *offset)
{
	static const char first[] = "g1\0a\0bb", changed[] = "g2\0c\0",
	    again[] = "g2\0a\0bb", last[] = "g2\0c\0";

	switch (parts++) {
	case 0:
		assert_string_equal(offset, "0");
		return say(s, to, XS_DIRECTORY_PART, first, sizeof(first));
	case 1:
		assert_string_equal(offset, "5");
		return say(s, to, XS_DIRECTORY_PART, changed, sizeof(changed));
	case 2:
		assert_string_equal(offset, "0");
		return say(s, to, XS_DIRECTORY_PART, again, sizeof(again));
	default:
		assert_string_equal(offset, "5");
		return say(s, to, XS_DIRECTORY_PART, last, sizeof(last));
	}
}

static int
serve(int s, const struct xsd_sockmsg *m, const char *text)
{
	switch (m->type) {
	case XS_TRANSACTION_START:
		return say(s, m, m->type, "7", 2);
	case XS_TRANSACTION_END:
		if (m->tx_id != 7)
			return refuse(s, m, "EINVAL");
		if (text[0] == 'T' && ends++ == 0)
			return refuse(s, m, "EAGAIN");
		return say(s, m, m->type, "OK", 3);
	case XS_READ:
		return strcmp(text, "/there") != 0 ? refuse(s, m, "ENOENT") :
		    say(s, m, m->type, "text", 4);
	case XS_WRITE:
		if (strcmp(text, "/closed") == 0)
			return refuse(s, m, "EACCES");
		if (strcmp(text, "/full") == 0 &&
		    (m->len != XENSTORE_PAYLOAD_MAX || text[m->len - 1] != 'z'))
			return refuse(s, m, "EINVAL");
		return say(s, m, m->type, "OK", 3);
	case XS_RM:
		return refuse(s, m, "ENOENT");
	case XS_SET_PERMS:
		if (m->len != sizeof("/node\0n5\0r12") ||
		    memcmp(text, "/node\0n5\0r12", m->len) != 0)
			return refuse(s, m, "EINVAL");
		return say(s, m, m->type, "OK", 3);
	case XS_DIRECTORY:
		return strcmp(text, "/long") == 0 ? refuse(s, m, "E2BIG") :
		    say(s, m, m->type, "x\0yy", 5);
	case XS_DIRECTORY_PART:
		return part(s, m, text + strlen(text) + 1);
	case XS_IS_DOMAIN_INTRODUCED:
		return say(s, m, m->type, text[0] == '5' ? "T" : "F", 2);
	case XS_INTRODUCE:
		return text[0] == '9' ? refuse(s, m, "EINVAL") :
		    say(s, m, m->type, "OK", 3);
	}
	abort();
}

/* Ends with the client; its status is how often it had to be waited for. */
static void
daemon_run(int s)
{
	static char in[1 << 16];
	size_t end = 0;
	int waits = 0;
	ssize_t n;

	while ((n = read(s, in + end, sizeof(in) - end)) > 0) {
		struct xsd_sockmsg m;
		size_t at = 0;

		waits++;
		for (end += (size_t)n; end - at >= sizeof(m); at +=
		    sizeof(m) + m.len) {
			memcpy(&m, in + at, sizeof(m));
			if (end - at < sizeof(m) + m.len)
				break;
			serve(s, &m, in + at + sizeof(m));
		}
		memmove(in, in + at, end - at);
		end -= at;
	}
	_exit(waits);
}

static pid_t
daemon_begin(struct xenstore **x)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct fail f = { 0 };
	pid_t pid;
	int s;

	snprintf(a.sun_path, sizeof(a.sun_path), "xenstored.%d", getpid());
	setenv("XENSTORED_PATH", a.sun_path, 1);
	unlink(a.sun_path);
	s = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(s, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(s, 1), 0);
	ends = parts = 0;
	pid = fork();
	if (pid == 0)
		daemon_run(accept(s, NULL, NULL));
	assert_int_equal(xenstore_open(x, &f), 0);
	close(s);
	unlink(a.sun_path);
	return pid;
}

/* How often the daemon was waited for. */
static int
daemon_end(struct xenstore *x, pid_t pid)
{
	int status = 0;

	xenstore_close(x);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* ---- the tests ---- */

static void
test_transaction(void **state)
{
	const uint32_t reader = 12;
	struct fail f = { 0 };
	struct xenstore *x;
	pid_t pid = daemon_begin(&x);

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(x->ops->begin(x, &f), 0);
		for (int k = 0; k < 40; k++)
			assert_int_equal(x->ops->write(x, "/node", "1", &f),
			    0);
		assert_int_equal(x->ops->permit(x, "/node", 5, &reader, &f),
		    0);
		assert_int_equal(x->ops->remove(x, "/gone", &f), 0);
		/* Others were faster the first time. */
		assert_int_equal(x->ops->end(x, true, &f), i == 0);
	}
	assert_int_equal(f.kind, FAIL_NONE);
	assert_int_equal(daemon_end(x, pid), 4);
}

static void
test_refused(void **state)
{
	struct fail f = { 0 };
	struct xenstore *x;
	pid_t pid = daemon_begin(&x);

	(void)state;
	assert_int_equal(x->ops->begin(x, &f), 0);
	assert_int_equal(x->ops->write(x, "/closed", "1", &f), 0);
	assert_int_equal(x->ops->write(x, "/node", "1", &f), 0);
	assert_int_equal(x->ops->end(x, true, &f), -1);
	assert_int_equal(f.kind, FAIL_PERM);
	assert_non_null(strstr(f.message, "cannot write '/closed' in xenst"));
	/* What is dropped is never sent. */
	f = (struct fail){ 0 };
	assert_int_equal(x->ops->begin(x, &f), 0);
	assert_int_equal(x->ops->write(x, "/closed", "1", &f), 0);
	assert_int_equal(x->ops->end(x, false, &f), 0);
	assert_int_equal(x->ops->introduce(x, 9, 1, 2, &f), -1);
	assert_int_equal(f.kind, FAIL_TARGET);
	assert_non_null(strstr(f.message, "does not take domain 9"));
	(void)daemon_end(x, pid);
}

static void
test_answers(void **state)
{
	struct fail f = { 0 };
	struct xenstore *x;
	pid_t pid = daemon_begin(&x);
	char there[] = "/there", missing[] = "/missing";
	char *paths[] = { there, missing, there };
	struct words names = WORDS_INIT;
	char *text, *texts[3] = { NULL };

	(void)state;
	assert_int_equal(x->ops->read_all(x, paths, 3, texts, &f), 0);
	assert_string_equal(texts[0], "text");
	assert_null(texts[1]);
	assert_string_equal(texts[2], "text");
	free(texts[0]);
	free(texts[2]);
	assert_int_equal(x->ops->read(x, "/there", &text, &f), 0);
	assert_string_equal(text, "text");
	free(text);
	assert_int_equal(x->ops->read(x, "/missing", &text, &f), 0);
	assert_null(text);
	assert_int_equal(x->ops->list(x, "/short", &names, &f), 0);
	assert_int_equal(names.n, 2);
	assert_string_equal(names.v[1], "yy");
	words_release(&names);
	assert_int_equal(x->ops->list(x, "/long", &names, &f), 0);
	assert_int_equal(names.n, 3);
	assert_string_equal(names.v[1], "bb");
	assert_string_equal(names.v[2], "c");
	words_release(&names);
	assert_int_equal(x->ops->introduce(x, 3, 1, 2, &f), 0);
	assert_true(x->ops->introduced(x, 5));
	assert_false(x->ops->introduced(x, 6));
	(void)daemon_end(x, pid);
}

/* The longest request is sent whole, and one more byte is refused. */
static void
test_limit(void **state)
{
	const size_t most = XENSTORE_PAYLOAD_MAX - sizeof("/full");
	char text[XENSTORE_PAYLOAD_MAX] = "";
	struct fail f = { 0 };
	struct xenstore *x;
	pid_t pid = daemon_begin(&x);

	(void)state;
	memset(text, 'z', most);
	assert_int_equal(x->ops->write(x, "/full", text, &f), 0);
	text[most] = 'z';
	assert_int_equal(x->ops->write(x, "/full", text, &f), -1);
	assert_int_equal(f.kind, FAIL_INPUT);
	(void)daemon_end(x, pid);
}

/* A daemon that ends in the middle is no crash and no hang. */
static void
test_gone(void **state)
{
	struct fail f = { 0 };
	struct xenstore *x;
	pid_t pid = daemon_begin(&x);

	(void)state;
	assert_int_equal(x->ops->begin(x, &f), 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(x->ops->write(x, "/node", "1", &f), 0);
	assert_int_equal(x->ops->end(x, true, &f), -1);
	assert_int_equal(f.kind, FAIL_SYSTEM);
	xenstore_close(x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_transaction),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
#else
#include "leftout.h"

int
main(void)
{
	return leftout_run();
}
#endif
