#include "fakestore.h"

struct fakestore *
fakestore(struct xenstore *x)
{
	return (struct fakestore *)x;
}

static int
fakestore_call(struct fakestore *s, struct fail *f)
{
	return ++s->calls != s->fails_at ? 0 : fail(f, FAIL_SYSTEM,
	    "fake: call %u fails", s->calls);
}

struct fake_node *
fakestore_find(struct fakestore *s, const char *path)
{
	for (size_t i = 0; i < s->now.n; i++)
		if (strcmp(s->now.v[i].path, path) == 0)
			return &s->now.v[i];
	return NULL;
}

static struct fake_node *
fakestore_make(struct fakestore *s, const char *path)
{
	struct fake_node *n = fakestore_find(s, path), *above;
	const char *slash = strrchr(path, '/');
	char up[FAKE_TEXT];

	if (n != NULL)
		return n;
	if (slash == path) {
		above = NULL;
	} else {
		snprintf(up, sizeof(up), "%.*s", (int)(slash - path), path);
		above = fakestore_make(s, up);
	}
	if (s->now.n == FAKE_NODES)
		abort();
	n = &s->now.v[s->now.n++];
	*n = (struct fake_node){ .owner = above != NULL ? above->owner : 0,
	    .reader = above != NULL ? above->reader : NOBODY };
	snprintf(n->path, sizeof(n->path), "%s", path);
	return n;
}

void
fakestore_put(struct fakestore *s, const char *path, const char *text)
{
	struct fake_node *n = fakestore_make(s, path);

	snprintf(n->text, sizeof(n->text), "%s", text);
}

static int
fakestore_begin(struct xenstore *x, struct fail *f)
{
	struct fakestore *s = fakestore(x);

	if (s->inside)
		abort();
	if (fakestore_call(s, f) < 0)
		return -1;
	s->before = s->now;
	s->inside = true;
	return 0;
}

static int
fakestore_end(struct xenstore *x, bool keep, struct fail *f)
{
	struct fakestore *s = fakestore(x);
	int rc = fakestore_call(s, f);

	if (!s->inside)
		abort();
	s->inside = false;
	if (rc == 0 && keep && s->conflicts > 0) {
		s->conflicts--;
		rc = 1;
	}
	if (rc != 0 || !keep)
		s->now = s->before;
	return rc;
}

static int
fakestore_read(struct xenstore *x, const char *path, char **text,
    struct fail *f)
{
	struct fake_node *n = fakestore_find(fakestore(x), path);

	*text = NULL;
	if (fakestore_call(fakestore(x), f) < 0)
		return -1;
	*text = n == NULL ? NULL : strdup(n->text);
	return 0;
}

static int
fakestore_read_all(struct xenstore *x, char *const *paths, size_t n,
    char **texts, struct fail *f)
{
	for (size_t i = 0; i < n; i++)
		if (fakestore_read(x, paths[i], &texts[i], f) < 0)
			return -1;
	return 0;
}

static int
fakestore_write(struct xenstore *x, const char *path, const char *text,
    struct fail *f)
{
	if (fakestore_call(fakestore(x), f) < 0)
		return -1;
	fakestore_put(fakestore(x), path, text);
	return 0;
}

static int
fakestore_permit(struct xenstore *x, const char *path, uint32_t owner,
    const uint32_t *reader, struct fail *f)
{
	struct fake_node *n = fakestore_find(fakestore(x), path);

	if (fakestore_call(fakestore(x), f) < 0)
		return -1;
	if (n == NULL)
		return fail(f, FAIL_BUG, "fake: no node '%s'", path);
	n->owner = owner;
	n->reader = reader == NULL ? NOBODY : *reader;
	return 0;
}

static int
fakestore_remove(struct xenstore *x, const char *path, struct fail *f)
{
	struct fakestore *s = fakestore(x);
	size_t kept = 0, length = strlen(path);

	if (fakestore_call(s, f) < 0)
		return -1;
	for (size_t i = 0; i < s->now.n; i++) {
		const char *p = s->now.v[i].path;

		if (strncmp(p, path, length) != 0 ||
		    (p[length] != '\0' && p[length] != '/'))
			s->now.v[kept++] = s->now.v[i];
	}
	s->now.n = kept;
	return 0;
}

static int
fakestore_list(struct xenstore *x, const char *path, struct words *names,
    struct fail *f)
{
	struct fakestore *s = fakestore(x);
	size_t length = strlen(path);

	if (fakestore_call(s, f) < 0)
		return -1;
	s->lists++;
	for (size_t i = 0; i < s->now.n; i++) {
		const char *p = s->now.v[i].path;

		if (strncmp(p, path, length) == 0 && p[length] == '/' &&
		    strchr(p + length + 1, '/') == NULL &&
		    words_add(names, p + length + 1, f) < 0)
			return -1;
	}
	return 0;
}

static int
fakestore_introduce(struct xenstore *x, uint32_t domid, uint64_t mfn,
    uint32_t port, struct fail *f)
{
	struct fakestore *s = fakestore(x);

	if (fakestore_call(s, f) < 0)
		return -1;
	if (s->refuses)
		return fail(f, FAIL_TARGET, "fake: does not take it");
	s->introductions++;
	s->domid = domid;
	s->mfn = mfn;
	s->port = port;
	return 0;
}

static bool
fakestore_introduced(struct xenstore *x, uint32_t domid)
{
	for (size_t i = 0; i < 4; i++)
		if (fakestore(x)->alive[i] == domid)
			return true;
	return false;
}

static void
fakestore_close(struct xenstore *x)
{
	(void)x;
}

const struct xenstore_ops fakestore_ops = {
	.begin = fakestore_begin, .end = fakestore_end,
	.read = fakestore_read, .read_all = fakestore_read_all,
	.write = fakestore_write, .permit = fakestore_permit,
	.remove = fakestore_remove, .list = fakestore_list,
	.introduce = fakestore_introduce,
	.introduced = fakestore_introduced, .close = fakestore_close,
};
