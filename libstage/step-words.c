#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "report.h"
#include "step-impl.h"

/* ---- lines ---- */

/* Bytes of a line that fill columns, at most n: whole characters. */
static size_t
bytes_of(const char *p, size_t n, unsigned columns)
{
	size_t i = 0;

	for (; i < n; i++)
		if (((unsigned char)p[i] & 0xc0) != 0x80 && columns-- == 0)
			break;
	return i;
}

/* Where to break: after the last space, else where the line is full. */
static size_t
break_at(const char *p, size_t full)
{
	size_t i = full;

	while (i > 0 && p[i - 1] != ' ')
		i--;
	for (size_t k = 0; k < i; k++)
		if (p[k] != ' ')
			return i;
	return full;
}

/* Lines of a list go on indented, those of prose do not. */
static void
print_line(FILE *to, const char *p, size_t n)
{
	unsigned columns = STEP_COLUMNS - 1, indent = 0;
	unsigned later = n > 0 && *p == ' ' ? 4 : 0;

	for (;;) {
		size_t cut = bytes_of(p, n, columns - indent), end;

		if (cut < n)
			cut = break_at(p, cut);
		for (end = cut; cut < n && end > 0 && p[end - 1] == ' ';)
			end--;
		fprintf(to, "%*s%.*s\n", (int)indent, "", (int)end, p);
		if (cut == n)
			return;
		p += cut;
		n -= cut;
		indent = later;
	}
}

void
step_print(const struct session *s, const char *text)
{
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");

		print_line(s->to, text, n);
		text += n + (text[n] == '\n');
	}
}

void
step_say(const struct session *s, const char *fmt, ...)
{
	char text[STEP_LINE_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	step_print(s, text);
}

/* ---- the command ---- */

static bool
is_plain(const char *word)
{
	for (const char *p = word; *p != '\0'; p++)
		if (strchr("\"'\\ \t*?[]#~;&|()<>`!{}", *p) != NULL)
			return false;
	return word[0] != '\0';
}

/* A word as a shell takes it, but for bytes that steer a terminal: \xNN. */
static void
print_word(FILE *to, const char *word)
{
	if (strcmp(word, STEP_DOM) == 0) {
		fprintf(to, "\"%s\"", word);
		return;
	}
	if (is_plain(word)) {
		escape_to(to, word, strlen(word));
		return;
	}
	fputc('\'', to);
	for (; *word != '\0'; word += *word == '\'') {
		size_t n = strcspn(word, "'");

		escape_to(to, word, n);
		word += n;
		if (*word == '\0')
			break;
		fputs("'\\''", to);
	}
	fputc('\'', to);
}

void
step_heading(const struct session *s, size_t k)
{
	const struct words *w = &s->step[k].shown;
	char *text = NULL;
	size_t n;
	FILE *to = open_memstream(&text, &n);

	if (to == NULL)
		return;
	fprintf(to, "\n[%zu/%zu]", k + 1, s->n_steps);
	for (size_t i = 0; i < w->n; i++) {
		fputc(' ', to);
		print_word(to, w->v[i]);
	}
	fputc('\n', to);
	if (fclose(to) == 0)
		step_print(s, text);
	free(text);
}

/* ---- what it will do ---- */

typedef void intent(const struct session *);

static const char *
plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

static uint64_t
pages_in(const struct plan *p, enum segment_kind kind)
{
	const struct layout_segment *g = plan_segment(p, kind);

	return g != NULL ? g->pages : 0;
}

static void
parse(const struct session *s)
{
	step_say(s, "Recognises the kernel, unpacks it where it is packed, "
	    "reads its notes, checks it all, and begins a plan.  No domain is "
	    "touched.");
}

static void
lay_out(const struct session *s)
{
	step_say(s, "Works out where everything goes in %s of memory: "
	    "segments, addresses, how many page tables.  No domain is touched.",
	    s->size);
}

static void
load(const struct session *s)
{
	const struct plan_layout *l = &s->plan.layout;
	uint64_t bytes = 0, clear = 0;

	for (size_t i = 0; i < l->n_load; i++)
		bytes += l->load[i].size;
	for (size_t i = 0; i < l->n_clear; i++)
		clear += l->clear[i].pages;
	step_say(s, "Gives the domain its %" PRIu64 " pages, copies %" PRIu64
	    " byte%s of kernel%s to their places in %zu piece%s, and makes %"
	    PRIu64 " page%s zero.", l->pages, bytes, plural(bytes),
	    s->plan.n_modules > 0 ? " and ramdisk" : "", l->n_load,
	    plural(l->n_load), clear, plural(clear));
}

static void
make_tables(const struct session *s)
{
	const struct plan *p = &s->plan;
	uint64_t list = pages_in(p, SEG_P2M);
	uint64_t tables = pages_in(p, SEG_PAGE_TABLES) +
	    pages_in(p, SEG_P2M_TABLES);

	step_say(s, "Writes the list of machine frames (p2m, %" PRIu64
	    " page%s) and %" PRIu64 " page tables, and pins the top one: the "
	    "hypervisor checks them all.", list, plural(list), tables);
}

static void
write_start(const struct session *s)
{
	const struct plan *p = &s->plan;

	step_say(s, "Writes start_info, which tells the guest what it has%s%s; "
	    "sets up event channels%s and shared_info, a page of the "
	    "hypervisor's that is no part of guest memory.",
	    pages_in(p, SEG_XENSTORE) + pages_in(p, SEG_CONSOLE) > 0 ?
	    ", and empties the rings of xenstore and console" : "",
	    p->image.hypercall_page.set ? "; puts the hypercalls into the page "
	    "that the kernel keeps for them" : "",
	    pages_in(p, SEG_XENSTORE) > 0 ? ", grants" : "");
}

static void
introduce(const struct session *s)
{
	step_say(s, "Tells xenstored and xenconsoled about the domain.");
}

static void
launch(const struct session *s)
{
	bool paused = false;

	for (size_t i = 0; i < s->ask->n_options; i++)
		paused |= strcmp(s->ask->options[i].name, "paused") == 0;
	step_say(s, "Gives vcpu 0 the registers of its first instruction, and "
	    "%s.%s", paused ? "leaves the domain paused" : "lets the domain go",
	    paused || !s->on_file ? "" : "  A domain in files does not move: "
	    "there is no processor behind it.");
}

static const struct {
	const char *program;
	intent *say;
} intents[] = {
	{ "xb-parse", parse }, { "xb-layout", lay_out }, { "xb-load", load },
	{ "xb-pgtab", make_tables }, { "xb-startinfo", write_start },
	{ "xb-introduce", introduce }, { "xb-launch", launch },
};

int
step_intent(const struct session *s, size_t k, struct fail *f)
{
	for (size_t i = 0; i < sizeof(intents) / sizeof(intents[0]); i++)
		if (strcmp(intents[i].program, s->step[k].program) == 0) {
			intents[i].say(s);
			return 0;
		}
	return fail_bug(f, "a stage without words");
}

/* ---- what it did to the plan ---- */

/* 1: both plans have the section, and not the same in it. */
static int
changed(const struct plan *a, const struct plan *b, enum plan_section x,
    struct fail *f)
{
	void *one = NULL, *two = NULL;
	size_t n1, n2;
	int rc = -1;

	if (!plan_has(a, x) || !plan_has(b, x))
		return 0;
	if (plan_encode_section(a, x, &one, &n1, f) == 0 &&
	    plan_encode_section(b, x, &two, &n2, f) == 0)
		rc = n1 != n2 || memcmp(one, two, n1) != 0;
	free(one);
	free(two);
	return rc;
}

static void
name_sections(const struct session *s, const char *words, uint32_t sections)
{
	char text[256] = "";
	size_t n = 0;

	for (unsigned i = 0; i < PLAN_SECTIONS && n < sizeof(text); i++)
		if ((sections & PLAN_BIT(i)) != 0)
			n += (size_t)snprintf(text + n, sizeof(text) - n,
			    "%s%s", n > 0 ? ", " : "", plan_section_name(i));
	if (sections != 0)
		step_say(s, "\n%s %s.", words, text);
}

static int
tell_sections(const struct session *s, uint32_t sections, struct fail *f)
{
	/* Of no use to a reader, and not the same in two builds alike. */
	const uint32_t silent = PLAN_BIT(PLAN_SOURCES) | PLAN_BIT(PLAN_MEMORY);
	const struct plan *p = &s->plan;
	char *text = NULL;
	size_t n;
	FILE *to = open_memstream(&text, &n);
	int rc;

	if (to == NULL)
		return fail_memory(f, STEP_LINE_MAX);
	rc = report_sections(p, sections & ~silent, to, f);
	if ((sections & PLAN_BIT(PLAN_MEMORY)) != 0)
		fprintf(to, "\nmachine memory\n  %" PRIu64 " pages in %zu run%s "
		    "of machine frames\n", extents_pages(&p->memory.p2m),
		    p->memory.p2m.n, plural(p->memory.p2m.n));
	if (fclose(to) != 0)
		rc = fail_memory(f, STEP_LINE_MAX);
	if (rc == 0)
		step_print(s, text);
	free(text);
	return rc;
}

int
step_gained(const struct session *s, const struct plan *was, struct fail *f)
{
	uint32_t gained = s->plan.has & ~was->has, other = 0;
	uint32_t lost = was->has & ~s->plan.has;

	for (unsigned x = 0; x < PLAN_SECTIONS; x++) {
		int rc = changed(was, &s->plan, x, f);

		if (rc < 0)
			return -1;
		other |= rc == 1 ? PLAN_BIT(x) : 0;
	}
	name_sections(s, "The plan has gained", gained);
	name_sections(s, "The plan has other values in", other);
	name_sections(s, "The plan has lost", lost);
	if ((gained | other | lost) == 0)
		step_say(s, "\nThe plan is the same as before.");
	return tell_sections(s, gained | other, f);
}
