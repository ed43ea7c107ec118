#include <string.h>

#include "base/escape.h"
#include "report/words.h"

static void
payload_row(const struct report *r, const struct payload *b)
{
	char size[SIZE_WORDS], digest[DIGEST_WORDS], role[64];

	escape_into(role, sizeof(role), b->role, strlen(b->role));
	report_row(r, role, "%" PRIu64 " bytes, %s; sha256 %s...", b->size,
	    report_size(size, b->size), report_digest(digest, b->sha256));
}

static bool
is_word(const char *s, const char *word)
{
	return s != NULL && strcmp(s, word) == 0;
}

static void
format_row(const struct report *r, const struct plan_image *g)
{
	report_key(r, "format");
	report_word(r, g->format);
	if (!is_word(g->codec, "none")) {
		fputs(", packed with ", r->to);
		report_word(r, g->codec);
	}
	if (!is_word(g->container, "none")) {
		fputs(" in a ", r->to);
		report_word(r, g->container);
	}
	fputc('\n', r->to);
}

static void
maybe_row(const struct report *r, const char *key, struct maybe m,
    const char *words)
{
	if (m.set)
		report_row(r, key, "0x" ADDRESS "%s", ADDRESS_OF(r, m.value),
		    words);
}

static const struct image_note *
note_of(const struct plan_image *g, const char *name)
{
	for (size_t i = 0; i < g->n_notes; i++)
		if (strcmp(g->notes[i].name, name) == 0)
			return &g->notes[i];
	return NULL;
}

/* Guests of which types can be built of a kernel whose notes leave a choice. */
static void
choice_row(const struct report *r, const struct plan_image *g)
{
	const struct image_note *pvh = note_of(g, "PHYS32_ENTRY");

	if (pvh == NULL)
		return;
	if (note_of(g, "ENTRY") == NULL)
		report_row(r, "can be built", "as PVH alone");
	else
		report_row(r, "can be built", "as PV, and as PVH with -A %s: "
		    "entry 0x%" PRIx64, abi_first(GUEST_PVH)->name,
		    pvh->number.value);
}

static void
base_rows(const struct report *r, const struct plan_image *g)
{
	report_row(r, "virt base", "0x" ADDRESS ", where pfn 0 is mapped",
	    ADDRESS_OF(r, g->virt_base));
	report_row(r, "paddr offset", "0x" ADDRESS,
	    ADDRESS_OF(r, g->paddr_offset));
}

static void
address_rows(const struct report *r, const struct plan_image *g)
{
	char size[SIZE_WORDS];

	if (!g->abi->image.physical)
		base_rows(r, g);
	report_row(r, "kernel start", "0x" ADDRESS, ADDRESS_OF(r, g->kstart));
	report_row(r, "kernel end", "0x" ADDRESS ", %s after its start",
	    ADDRESS_OF(r, g->kend), report_size(size, g->kend - g->kstart));
	report_row(r, "entry", "0x" ADDRESS, ADDRESS_OF(r, g->entry));
	maybe_row(r, "hypercall page", g->hypercall_page, "");
	maybe_row(r, "p2m list", g->init_p2m, ", a mapping of its own");
	maybe_row(r, "hypervisor at", g->hv_start_low, " at the lowest");
}

static void
segment_rows(const struct report *r, const struct plan_image *g)
{
	if (g->n_segments == 0)
		return;
	fprintf(r->to, "\n  %-*s  %12s  %12s  %s\n", r->digits + 2,
	    "loaded to", "bytes", "from file", "at");
	for (size_t i = 0; i < g->n_segments; i++) {
		const struct image_segment *s = &g->segments[i];

		fprintf(r->to, "  0x" ADDRESS "  %12" PRIu64 "  %12" PRIu64
		    "  0x%" PRIx64 " of ", ADDRESS_OF(r, s->va), s->memsz,
		    s->filesz, s->offset);
		report_word(r, s->role);
		fputc('\n', r->to);
	}
}

static void
note_value(const struct report *r, const struct image_note *n)
{
	if (n->text.data != NULL)
		report_quoted(r, n->text);
	else if (n->number.set)
		fprintf(r->to, "0x%" PRIx64, n->number.value);
	else
		fputc('-', r->to);
}

static void
note_rows(const struct report *r, const struct plan_image *g)
{
	char name[64];

	if (g->n_notes == 0)
		return;
	report_heading(r, "notes");
	report_key(r, "found in");
	report_word(r, g->notes_from);
	fputc('\n', r->to);
	for (size_t i = 0; i < g->n_notes; i++) {
		const struct image_note *n = &g->notes[i];

		escape_into(name, sizeof(name), n->name, strlen(n->name));
		fprintf(r->to, "  %2" PRIu64 "  %-18s  ", n->type, name);
		note_value(r, n);
		fputc('\n', r->to);
	}
}

void
report_image(const struct report *r)
{
	const struct plan_image *g = &r->plan->image;

	report_heading(r, "kernel");
	format_row(r, g);
	report_row(r, "guest ABI", "%s, %s", r->abi->name, r->abi->words);
	choice_row(r, g);
	for (size_t i = 0; i < g->n_payloads; i++)
		payload_row(r, &g->payloads[i]);
	address_rows(r, g);
	if (g->mod_start_pfn && !g->abi->image.physical)
		report_row(r, "ramdisk", "need not be mapped at start");
	report_key(r, "PAE");
	report_word(r, g->pae);
	fputc('\n', r->to);
	report_bits(r, "supports", report_features, g->features_supported);
	report_bits(r, "requires", report_features, g->features_required);
	segment_rows(r, g);
	note_rows(r, g);
}

static void
module_rows(const struct report *r, const struct plan_module *m)
{
	char size[SIZE_WORDS];

	report_row(r, "size", "%" PRIu64 " bytes, %s", m->size,
	    report_size(size, m->size));
	if (m->command_line.data != NULL) {
		report_key(r, "command line");
		report_quoted(r, m->command_line);
		fputc('\n', r->to);
	}
	for (size_t i = 0; i < m->n_parts; i++) {
		if (m->n_parts > 1)
			report_row(r, "at", "0x%" PRIx64, m->parts[i].offset);
		payload_row(r, &m->parts[i].payload);
	}
}

void
report_modules(const struct report *r)
{
	const struct plan *p = r->plan;

	for (size_t i = 0; plan_has(p, PLAN_MODULES) && i < p->n_modules;
	    i++) {
		const struct plan_module *m = &p->modules[i];

		report_heading(r, m->n_parts > 0 && strncmp(m->
		    parts[0].payload.role, "module", 6) == 0 ? "module" :
		    "ramdisk");
		module_rows(r, m);
	}
	if (!plan_has(p, PLAN_COMMAND_LINE))
		return;
	report_heading(r, "command line");
	fputs("  ", r->to);
	report_quoted(r, p->command_line);
	fputc('\n', r->to);
}

void
report_sources(const struct report *r)
{
	const struct plan *p = r->plan;
	char digest[DIGEST_WORDS];

	if (p->n_sources == 0)
		return;
	report_heading(r, "sources on this machine");
	for (size_t i = 0; i < p->n_sources; i++) {
		fprintf(r->to, "  %s...  ",
		    report_digest(digest, p->sources[i].sha256));
		report_quoted(r, p->sources[i].path);
		fputc('\n', r->to);
	}
}
