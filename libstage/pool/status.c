#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/escape.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/json.h"
#include "base/words.h"
#include "pool/impl.h"

/* A pool as it is told. */
struct state {
	struct pool pool;
	struct arena arena;
	bool filled;
	struct pool_config config;	/* if it is filled */
	struct entries entries;
	struct domains domains;
	char *log;			/* malloced; NULL: none */
	size_t n_log;
};

enum { LOG_MAX = 1 << 20 };

/* ---- reading ---- */

/* Whoever fills the pool now has the lock filler, and the domain that is being
 * built is his: then no entry in state filling is swept. */
static int
sweep(const struct pool *p, struct fail *f)
{
	struct fail somebody_fills = { .kind = FAIL_NONE };
	int lock = pool_lock(p, "filler", &somebody_fills);
	int rc = pool_sweep(p, lock >= 0, f);

	if (lock < 0)
		return rc;
	pool_remove(p);
	close(lock);
	return rc;
}

static void
read_log(struct state *s)
{
	struct fail none = { .kind = FAIL_NONE };
	void *bytes;

	if (file_slurp(s->pool.dir, "refill.log", LOG_MAX, &bytes, &s->n_log,
	    &none) < 0)
		return;
	s->log = bytes;
	while (s->n_log > 0 && s->log[s->n_log - 1] == '\n')
		s->n_log--;
}

static int
read_state(struct state *s, struct fail *f)
{
	if (sweep(&s->pool, f) < 0)
		return -1;
	s->filled = pool_filled(&s->pool);
	if ((s->filled && config_read(&s->pool, &s->config, &s->arena, f) < 0)
	    || entries_read(&s->pool, &s->entries, f) < 0)
		return -1;
	read_log(s);
	return domains_read(&s->pool, &s->entries, &s->domains, f);
}

static void
release(struct state *s)
{
	free(s->log);
	domains_release(&s->domains);
	free(s->entries.v);
	arena_release(&s->arena);
	pool_close(&s->pool);
}

/* ---- words ---- */

static void
print_names(const struct state *s, enum entry_state state, const char *word,
    FILE *to)
{
	for (size_t i = 0; i < s->entries.n; i++) {
		const struct entry *e = &s->entries.v[i];
		const struct domain *d = domains_find(&s->domains, e);

		if (e->state != state || d == NULL)
			continue;
		fprintf(to, "  %s ", word);
		escape_to(to, d->name, strlen(d->name));
		fputc('\n', to);
	}
}

static void
print_log(const struct state *s, FILE *to)
{
	const char *at = s->log, *end = s->log + s->n_log, *line;

	for (; at != NULL && at < end; at = line + 1) {
		line = memchr(at, '\n', (size_t)(end - at));
		if (line == NULL)
			line = end;
		fprintf(to, "  refill: ");
		escape_to(to, at, (size_t)(line - at));
		fputc('\n', to);
	}
}

static void
print_words(const struct state *s, FILE *to)
{
	const size_t *in = s->entries.in;

	fprintf(to, "%s: %zu ready", s->pool.name, in[ENTRY_READY]);
	if (s->filled) {
		fprintf(to, " of %" PRIu64 ", from ", s->config.count);
		escape_to(to, s->config.of, strlen(s->config.of));
	} else {
		fprintf(to, ", drained");
	}
	fprintf(to, "; %zu being built, %zu being taken, %zu taken\n",
	    in[ENTRY_FILLING], in[ENTRY_CLAIMED] + in[ENTRY_GIVING],
	    in[ENTRY_TAKEN]);
	print_names(s, ENTRY_READY, "ready", to);
	print_names(s, ENTRY_TAKEN, "taken", to);
	print_log(s, to);
}

/* ---- JSON ---- */

static void
put_names(const struct state *s, enum entry_state state, const char *key,
    struct json_writer *j)
{
	json_put_list(j, key);
	for (size_t i = 0; i < s->entries.n; i++) {
		const struct entry *e = &s->entries.v[i];
		const struct domain *d = domains_find(&s->domains, e);

		if (e->state == state && d != NULL)
			json_put_bytes(j, d->name, strlen(d->name));
	}
	json_put_end(j);
}

static void
put_text(struct json_writer *j, const char *key, const char *text, size_t n)
{
	if (text == NULL) {
		json_put_text(j, key, NULL);
		return;
	}
	json_put_key(j, key, strlen(key));
	json_put_bytes(j, text, n);
}

static void
put_json(const struct state *s, struct json_writer *j)
{
	const size_t *in = s->entries.in;
	const char *of = s->config.of;

	json_put_map(j, NULL);
	json_put_text(j, "name", s->pool.name);
	put_text(j, "of", of, of == NULL ? 0 : strlen(of));
	json_put_number(j, "count", s->config.count);
	put_names(s, ENTRY_READY, "ready", j);
	json_put_number(j, "filling", in[ENTRY_FILLING]);
	json_put_number(j, "taking", in[ENTRY_CLAIMED] + in[ENTRY_GIVING]);
	put_names(s, ENTRY_TAKEN, "taken", j);
	put_text(j, "refill", s->n_log > 0 ? s->log : NULL, s->n_log);
	json_put_end(j);
}

/* ---- one pool, or all ---- */

struct printing {
	const char *target;
	struct json_writer *json;	/* NULL: words */
	FILE *to;
	size_t told;			/* pools so far */
};

static int
print_pool(struct printing *w, const char *name, struct fail *f)
{
	const struct pool_ask ask = { w->target, name };
	struct state s = { .arena = ARENA_INIT };
	int rc = pool_open(&s.pool, &ask, false, f);

	if (rc == 0)
		rc = read_state(&s, f);
	if (rc == 0 && w->json != NULL)
		put_json(&s, w->json);
	else if (rc == 0)
		print_words(&s, w->to);
	w->told += rc == 0;
	release(&s);
	return rc;
}

/* A folder is a pool if programs have locked it. */
static bool
is_pool(int dir, const char *name)
{
	struct fail dropped = { .kind = FAIL_NONE };
	char path[POOL_NAME_MAX + 16];
	struct stat st;

	if (pool_check_name(name, &dropped) < 0)
		return false;
	snprintf(path, sizeof(path), "%s/filler", name);
	return fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static int
read_names(const char *above, struct words *l, struct fail *f)
{
	int fd = open(above, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;
	struct folder d;
	const char *name;

	if (fd < 0)
		return file_absent(errno) ? 0 : fail_errno(f,
		    fail_kind_of(errno, FAIL_IO), errno, "cannot read '%s'",
		    above);
	folder_begin(&d, fd);
	while (rc == 0 && (name = folder_next(&d)) != NULL)
		if (is_pool(fd, name))
			rc = words_add(l, name, f);
	close(fd);
	words_sort(l);
	return rc;
}

/* A pool that cannot be told of does not hide the others: the first is the
 * failure, and those after it are warnings. */
static int
print_one_of_all(struct printing *w, const char *name, struct fail *f)
{
	struct fail own = { .kind = FAIL_NONE, .say = f->say,
	    .say_arg = f->say_arg };

	if (print_pool(w, name, &own) == 0)
		return 0;
	if (f->kind != FAIL_NONE)
		fail_warn(f, "%s", own.message);
	return fail_pass(f, &own);
}

static int
print_all(struct printing *w, struct fail *f)
{
	const struct target_ops *kind;
	const char *above = pool_above(w->target, &kind, f);
	struct words l = WORDS_INIT;
	int rc = above == NULL ? -1 : read_names(above, &l, f);
	bool complete = rc == 0;

	for (size_t i = 0; complete && i < l.n; i++)
		if (print_one_of_all(w, l.v[i], f) < 0)
			rc = -1;
	words_release(&l);
	return rc;
}

int
pool_status(const struct pool_ask *a, bool json, struct draft *d,
    struct fail *f)
{
	struct json_writer j;
	struct printing w = { .target = a->target };
	int rc;

	if (draft_begin(d, f) < 0)
		return -1;
	j = (struct json_writer)JSON_WRITER_INIT(d->to, JSON_STYLE_INDENTED);
	w.to = d->to;
	if (json) {
		w.json = &j;
		json_put_list(&j, NULL);
	}
	rc = a->name != NULL ? print_pool(&w, a->name, f) : print_all(&w, f);
	if (json) {
		json_put_end(&j);
		fputc('\n', d->to);
	}
	if (draft_end(d, f) < 0)
		return -1;
	if (rc < 0 && w.told == 0) {
		free(d->bytes);
		d->bytes = NULL;
	}
	return rc;
}
