#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "run/step-impl.h"

/* ---- lines ---- */

/* How many of n bytes fill that many columns; counts whole characters. */
static size_t
bytes_of(const char *p, size_t n, unsigned columns)
{
	size_t i = 0;

	for (; i < n; i++)
		if (((unsigned char)p[i] & 0xc0) != 0x80 && columns-- == 0)
			break;
	return i;
}

/* Where to break a line: after its last space, or where it is full. */
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

/* A line that is broken goes on indented in a list, and not in prose. */
static void
print_line(FILE *to, const char *p, size_t n)
{
	unsigned columns = STEP_COLUMNS - 1, indent = 0;
	unsigned later = n > 0 && *p == ' ' ? 4 : 0;

	for (;;) {
		size_t cut = bytes_of(p, n, columns - indent), end;

		if (cut < n && p[cut] != ' ')
			cut = break_at(p, cut);
		for (end = cut; cut < n && end > 0 && p[end - 1] == ' ';)
			end--;
		fprintf(to, "%*s%.*s\n", (int)indent, "", (int)end, p);
		while (cut < n && p[cut] == ' ')
			cut++;
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

int
step_print_draft(const struct session *s, struct draft *d, int rc,
    struct fail *f)
{
	if (draft_end(d, f) < 0)
		return -1;
	if (rc == 0)
		step_print(s, d->bytes);
	free(d->bytes);
	return rc;
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
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,+@%";

	return word[0] != '\0' && word[strspn(word, plain)] == '\0';
}

/* Writes a word as a shell reads it, but bytes that steer a terminal as
 * \xNN. */
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

int
step_heading(const struct session *s, size_t k, struct fail *f)
{
	const struct words *w = &s->step[k].shown;
	struct draft d;

	if (draft_begin(&d, f) < 0)
		return -1;
	fprintf(d.to, "\n[%zu/%zu]", k + 1, s->n_steps);
	for (size_t i = 0; i < w->n; i++) {
		fputc(' ', d.to);
		print_word(d.to, w->v[i]);
	}
	fputc('\n', d.to);
	return step_print_draft(s, &d, 0, f);
}

/* ---- what it will do ---- */

typedef void intent(const struct session *);

const char *
step_plural(uint64_t n)
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
	    "segments, addresses, %s.  No domain is touched.", s->size,
	    s->plan.image.abi->levels > 0 ? "how many page tables" :
	    "the hole below 4 GiB");
}

static void
load(const struct session *s)
{
	const struct plan_layout *l = &s->plan.layout;
	uint64_t bytes = 0, clear = 0;
	char beside[64] = "";

	if (l->gfns.n > 0)
		snprintf(beside, sizeof(beside), " of memory and %" PRIu64
		    " beside it", extents_pages(&l->gfns) - l->pages);
	for (size_t i = 0; i < l->n_load; i++)
		bytes += l->load[i].size;
	for (size_t i = 0; i < l->n_clear; i++)
		clear += l->clear[i].pages;
	step_say(s, "Gives the domain its %" PRIu64 " pages%s, copies %" PRIu64
	    " byte%s of kernel%s to their places in %zu piece%s, and makes %"
	    PRIu64 " page%s zero.", l->pages, beside, bytes, step_plural(bytes),
	    s->plan.n_modules == 0 ? "" : s->plan.n_modules == 1 ?
	    " and ramdisk" : " and modules", l->n_load,
	    step_plural(l->n_load), clear, step_plural(clear));
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
	    "hypervisor checks them all.", list, step_plural(list), tables);
}

static void
make_identity(const struct session *s)
{
	step_say(s, "Writes the identity table, with which Xen runs the guest "
	    "while it has no page tables: pages of 4 MiB that map each address "
	    "to itself.  Tells Xen where it is.");
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
write_hvm_start(const struct session *s)
{
	step_say(s, "Writes hvm_start_info with the command line, the list of "
	    "modules and the memory map behind it, and the ACPI tables; "
	    "empties the rings of xenstore and console, tells Xen where these "
	    "are, and sets up event channels and grants.");
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
		paused |= s->ask->options[i].id == OPTION_PAUSED;
	step_say(s, "Gives vcpu 0 the registers of its first instruction, and "
	    "%s.%s", paused ? "leaves the domain paused" : "lets the domain go",
	    paused || s->kind->runs ? "" : "  A domain in files does not "
	    "move: there is no processor behind it.");
}

static intent *const intents[STAGES][GUEST_TYPES] = {
	[STAGE_PARSE] = { parse, parse },
	[STAGE_LAYOUT] = { lay_out, lay_out },
	[STAGE_LOAD] = { load, load },
	[STAGE_PGTAB] = { make_tables, make_identity },
	[STAGE_STARTINFO] = { write_start, write_hvm_start },
	[STAGE_INTRODUCE] = { introduce, introduce },
	[STAGE_LAUNCH] = { launch, launch },
};

void
step_intent(const struct session *s, size_t k)
{
	intent *say = intents[s->step[k].id][plan_guest(&s->plan)];

	if (say != NULL)
		say(s);
	else
		step_say(s, "%s", step_row(s, k)->purpose);
}
