/*
 * Programs with a parser, a codec, a reader of JSON and one of xl.cfg that are
 * taken over: those in bin/misbehave have this in place of image_read(),
 * codec_unpack(), schema_json_pack(), schema_json_parse() in what adds a record
 * to an index, and cfg_parse() (the Makefile's --wrap).
 * XB_MISBEHAVE says who does what: "parser open", "codec spin", "reader exec",
 * "adder lose", "cfg fork".  The deeds are in the table below; with no such
 * variable all is as usual.
 */
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cfg/impl.h"
#include "image/work.h"
#include "sandbox/child.h"
#include "schema/schema.h"

int	__real_poll(struct pollfd *, nfds_t, int ms);
int	__wrap_poll(struct pollfd *, nfds_t, int ms);
int	__real_image_read(struct image_work *, struct fail *);
int	__wrap_image_read(struct image_work *, struct fail *);
int	__real_codec_unpack(const struct codec *, struct codec_job *,
	    struct fail *);
int	__wrap_codec_unpack(const struct codec *, struct codec_job *,
	    struct fail *);
int	__real_schema_json_pack(struct schema_translator *,
	    const struct schema_form *, const char *, size_t, void **,
	    size_t *);
json_t	*__real_schema_json_parse(const struct schema_words *,
	    const char *, size_t, const char *, struct fail *);
json_t	*__wrap_schema_json_parse(const struct schema_words *,
	    const char *, size_t, const char *, struct fail *);
int	__wrap_schema_json_pack(struct schema_translator *,
	    const struct schema_form *, const char *, size_t, void **,
	    size_t *);

int	__real_cfg_parse(const char *, const char *, size_t, struct cfg *,
	    struct arena *, struct fail *);
int	__wrap_cfg_parse(const char *, const char *, size_t, struct cfg *,
	    struct arena *, struct fail *);

/* ---- what none of them may do ---- */

/* poll(2) waits a hundredth of the time, so that a process that sleeps is ended
 * after a second and not a minute. */
int
__wrap_poll(struct pollfd *fds, nfds_t n, int ms)
{
	return __real_poll(fds, n, ms > 0 ? 1 : ms);
}

static int
deed_open(struct fail *f)
{
	return open("/etc/passwd", O_RDONLY) >= 0 ? 0 :
	    fail(f, FAIL_INPUT, "not opened");
}

static int
deed_store(struct fail *f)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/evil", getenv("XB_STORE"));
	return open(path, O_WRONLY | O_CREAT, 0600) >= 0 ? 0 :
	    fail(f, FAIL_INPUT, "not written");
}

static int
deed_connect(struct fail *f)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) >= 0 ? 0 :
	    fail(f, FAIL_INPUT, "no socket");
}

static int
deed_fork(struct fail *f)
{
	return fork() >= 0 ? 0 : fail(f, FAIL_INPUT, "no process");
}

static int
deed_exec(struct fail *f)
{
	execl("/bin/true", "true", (char *)NULL);
	return fail(f, FAIL_INPUT, "not run");
}

static int
deed_kill(struct fail *f)
{
	return kill(getpid() == 1 ? 0 : -1, 0) == 0 ? 0 :
	    fail(f, FAIL_INPUT, "not killed");
}

static int
deed_trace(struct fail *f)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? 0 :
	    fail(f, FAIL_INPUT, "not traced");
}

static int
deed_code(struct fail *f)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE |
	    MAP_ANONYMOUS, -1, 0) != MAP_FAILED ? 0 :
	    fail(f, FAIL_INPUT, "no memory for code");
}

static int
deed_memory(struct fail *f)
{
	const size_t piece = 16 << 20;
	volatile char *p;

	do
		p = malloc(piece);
	while (p != NULL);
	return fail_memory(f, piece);
}

static int
deed_spin(struct fail *f)
{
	while (f->kind == FAIL_NONE)
		*(volatile enum fail_kind *)&f->kind = FAIL_NONE;
	return -1;
}

/* Waits for what never comes, and takes no processor time. */
static int
deed_sleep(struct fail *f)
{
	static uint32_t word;

	return syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL,
	    0) == 0 ? 0 : fail(f, FAIL_INPUT, "no sleep");
}

static int
deed_stop(struct fail *f)
{
	return raise(SIGSTOP) == 0 ? 0 : fail(f, FAIL_INPUT, "not stopped");
}

static int
deed_crash(struct fail *f)
{
	static volatile uintptr_t nowhere = 64;

	*(volatile int *)nowhere = 1;
	return fail(f, FAIL_INPUT, "no crash");
}

static int
deed_abort(struct fail *f)
{
	(void)f;
	abort();
}

/* Writes to every descriptor. */
static int
deed_nonsense(struct fail *f)
{
	static const char bytes[4096] = "nonsense";

	for (int fd = 0; fd < 64; fd++)
		if (write(fd, bytes, sizeof(bytes)) < 0)
			continue;
	return fail(f, FAIL_INPUT, "not written");
}

static int
deed_silence(struct fail *f)
{
	(void)f;
	_exit(0);
}

static const struct deed {
	const char *name;
	int (*act)(struct fail *);
} deeds[] = {
	{ "open", deed_open }, { "store", deed_store },
	{ "connect", deed_connect }, { "fork", deed_fork },
	{ "exec", deed_exec }, { "kill", deed_kill }, { "trace", deed_trace },
	{ "code", deed_code }, { "memory", deed_memory },
	{ "sleep", deed_sleep }, { "stop", deed_stop },
	{ "spin", deed_spin }, { "crash", deed_crash },
	{ "abort", deed_abort },
	{ "nonsense", deed_nonsense }, { "silence", deed_silence },
};

/* What this one is to do; NULL: nothing. */
static const char *
told(const char *who)
{
	const char *text = getenv("XB_MISBEHAVE");
	size_t n = strlen(who);

	return text != NULL && strncmp(text, who, n) == 0 && text[n] == ' ' ?
	    text + n + 1 : NULL;
}

/* 1: it is one of the table, and was done. */
static int
act(const char *deed, struct fail *f)
{
	for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++)
		if (strcmp(deeds[i].name, deed) == 0)
			return deeds[i].act(f) < 0 ? -1 : 1;
	return 0;
}

/* ---- the parser's own lies ---- */

static void
lie(struct image_work *w, const char *how)
{
	struct plan_image *img = &w->plan->image;
	static struct codec unknown = { .name = "unknown" };

	if (strcmp(how, "size") == 0)
		img->payloads[0].size += 4096;
	else if (strcmp(how, "role") == 0)
		img->payloads[0].role = "ramdisk";
	else if (strcmp(how, "payload") == 0)
		img->payloads[img->n_payloads++].role = "symtab";
	else if (strcmp(how, "entry") == 0)
		img->entry = 0;
	else if (strcmp(how, "section") == 0)
		plan_add(w->plan, PLAN_SOURCES);
	else if (strcmp(how, "again") == 0)
		w->need.depth = w->depth;
	else if (strcmp(how, "range") == 0)
		w->need.size = UINT64_MAX;
	else if (strcmp(how, "codec") == 0)
		w->need.codec = &unknown;
}

int
__wrap_image_read(struct image_work *w, struct fail *f)
{
	const char *deed = told("parser");
	int done = deed == NULL ? 0 : act(deed, f);

	if (done != 0)
		return done < 0 ? -1 : 0;
	if (__real_image_read(w, f) < 0)
		return -1;
	if (deed != NULL)
		lie(w, deed);
	return 0;
}

/* ---- the codec's ---- */

/* More than the limit, and no end of it. */
static int
flood(const struct codec_job *job, struct fail *f)
{
	static const char zero[65536];

	while (job->sink(job->arg, zero, sizeof(zero), f) == 0)
		continue;
	return -1;
}

/* Hands over bytes, and changes them while the broker reads them. */
static int
scribble(const struct codec_job *job, size_t size, struct fail *f)
{
	for (int piece = 0; piece < 8; piece++) {
		volatile unsigned char *slot = job->out;

		if (job->sink(job->arg, job->out, size, f) < 0)
			return -1;
		for (int round = 0; round < 8; round++)
			for (size_t i = 0; i < size; i++)
				slot[i]++;
	}
	return 0;
}

/* Says that there are more bytes than there is room for. */
static int
exceed(void)
{
	const uint64_t many = 1 << 28;	/* and that is within the limit */

	child_send(0, &many, sizeof(many));
	return 0;
}

/* Sends more than the limit, a little at a time, and does not ask the sink,
 * which knows the limit too. */
static int
trickle(void)
{
	const uint64_t little = 4096;

	for (unsigned i = 0; i < 1000; i++)
		child_send(0, &little, sizeof(little));
	return 0;
}

static int
misuse(const struct codec *c, const struct codec_job *job, const char *how,
    struct fail *f)
{
	if (strcmp(how, "scribble") == 0)
		return scribble(job, c->block, f);
	if (strcmp(how, "trickle") == 0)
		return trickle();
	return strcmp(how, "exceed") == 0 ? exceed() : flood(job, f);
}

int
__wrap_codec_unpack(const struct codec *c, struct codec_job *job,
    struct fail *f)
{
	const char *deed = told("codec");
	int done = deed == NULL ? 0 : act(deed, f);

	if (done != 0)
		return done < 0 ? -1 : 0;
	return deed != NULL ? misuse(c, job, deed, f) :
	    __real_codec_unpack(c, job, f);
}

/* ---- the reader's ---- */

/* Layout, index, manifest, and the config twice. */
enum { RECORD_TEXTS = 5 };

/* What the reader answers in place of each text's value. */
static const struct answer {
	const char *name, *bytes;
	size_t n;
} answers[] = {
	{ "nothing", "", 0 },
	{ "never", "\xc1", 1 },
	{ "long", "\xdf\xff\xff\xff\xff", 5 },
	{ "twice", "\x82\xa1x\x01\xa1x\x01", 7 },
	{ "more", "\xc0\xc0", 2 },
	{ "nil", "\xc0", 1 },
	{ "empty", "\x80", 1 },
};

static int
answer(const char *how, void **out, size_t *size)
{
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (strcmp(answers[i].name, how) == 0) {
			*size = answers[i].n;
			*out = (void *)(uintptr_t)answers[i].bytes;
			return 0;
		}
	return -1;
}

int
__wrap_schema_json_pack(struct schema_translator *t,
    const struct schema_form *form, const char *text, size_t n, void **out,
    size_t *size)
{
	static unsigned texts;
	const char *deed = told("reader");
	int done = deed == NULL ? 0 : act(deed, t->f);

	if (done < 0)
		return -1;
	if (__real_schema_json_pack(t, form, text, n, out, size) < 0)
		return -1;
	if (deed == NULL || answer(deed, out, size) == 0)
		return 0;
	/* An answer to the last text, and another one. */
	if (strcmp(deed, "behind") == 0 && ++texts == RECORD_TEXTS)
		child_send(0, *out, *size);
	/* The first answer to all texts. */
	while (strcmp(deed, "again") == 0)
		child_send(0, *out, *size);
	return 0;
}

/* ---- of who adds to an index ---- */

json_t *
__wrap_schema_json_parse(const struct schema_words *words, const char *text,
    size_t n, const char *what, struct fail *f)
{
	const char *deed = told("adder");
	json_t *j, *list;

	if (deed != NULL && act(deed, f) < 0)
		return NULL;
	j = __real_schema_json_parse(words, text, n, what, f);
	list = json_object_get(j, "manifests");
	if (deed == NULL || list == NULL)
		return j;
	if (strcmp(deed, "lose") == 0)
		json_array_remove(list, 0);
	if (strcmp(deed, "more") == 0)
		json_array_append(list, json_array_get(list, 0));
	if (strcmp(deed, "swap") == 0)
		json_object_set(json_array_get(list, 0), "digest",
		    json_object_get(json_array_get(list, 1), "digest"));
	if (strcmp(deed, "twice") == 0)
		child_send(0, text, n);
	if (strcmp(deed, "other") == 0)
		child_send(7, text, n);
	return j;
}

/* ---- the reader's of xl.cfg ---- */

/* The first key, again and again. */
static void
repeat(struct cfg *c)
{
	while (c->n_pairs < CFG_SETTINGS_MAX)
		c->pairs[c->n_pairs++] = c->pairs[0];
}

int
__wrap_cfg_parse(const char *path, const char *text, size_t n, struct cfg *c,
    struct arena *arena, struct fail *f)
{
	const char *deed = told("cfg");
	int done = deed == NULL ? 0 : act(deed, f);

	if (done != 0)
		return done < 0 ? -1 : 0;
	if (__real_cfg_parse(path, text, n, c, arena, f) < 0)
		return -1;
	if (deed != NULL && strcmp(deed, "repeat") == 0)
		repeat(c);
	else if (deed != NULL)
		c->pairs[0].n_values = 0;
	return 0;
}
