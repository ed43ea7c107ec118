#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/zero.h"
#include "schema/schema.h"
#include "target/file/file.h"

int
paper_damaged(const char *name, struct fail *f, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return fail(f, FAIL_TARGET, "'%s' is damaged: %s; remove the folder "
	    "and create the domain anew", name, text);
}

void
paper_state_release(struct paper_state *s)
{
	extents_release(&s->frames);
	extents_release(&s->m2p);
	paper_tables_release(&s->tables);
	for (size_t i = 0; i < PAPER_VCPUS_MAX; i++)
		free(s->context[i]);
	arena_release(&s->arena);
	memset(s, 0, sizeof(*s));
}

/* ---- the document: xb-target(7) ---- */

struct grant_row {
	uint64_t index, domid, mfn;
};

struct param_row {
	uint64_t param, value;
};

struct context_row {
	uint64_t vcpu;
	struct bytes bytes;
};

/* The state as the document has it: each list is an array and its length. */
struct document {
	struct paper_state s;		/* for the fields that are no lists */
	uint64_t version;
	const char *name;
	const char *type;		/* NULL: pv */
	struct extent *frames;		size_t n_frames;
	struct extent *m2p;		size_t n_m2p;
	struct table_run *tables;	size_t n_tables;
	struct paper_port *ports;	size_t n_ports;
	struct grant_row *grants;	size_t n_grants;
	struct context_row *contexts;	size_t n_contexts;
	struct param_row *params;	size_t n_params;
};

#define NUMBER(k, s, m, most) \
	{ k, TYPE_NUMBER, SCHEMA_AT(s, m), .limit = (most) }
#define LIST(m, most, entry) \
	{ #m, TYPE_FLAT, .optional = true, \
	    SCHEMA_COUNTED(document, m, n_##m), .limit = (most), \
	    .form = &entry##_form }

static const struct schema_field frame_rows[] = {
	NUMBER("mfn", extent, mfn, PAPER_FRAMES_MAX),
	NUMBER("count", extent, count, PAPER_PAGES_MAX),
};
static const struct schema_form frame_form = SCHEMA_FORM(extent, frame_rows);

static const struct schema_field m2p_rows[] = {
	NUMBER("mfn", extent, mfn, PAPER_FRAMES_MAX),
	NUMBER("pfn", extent, pfn, PAPER_PFN_MAX),
	NUMBER("count", extent, count, PAPER_PAGES_MAX),
};
static const struct schema_form m2p_form = SCHEMA_FORM(extent, m2p_rows);

static const struct schema_field table_rows[] = {
	NUMBER("mfn", table_run, mfn, PAPER_FRAMES_MAX),
	NUMBER("count", table_run, count, PAPER_PAGES_MAX),
	NUMBER("level", table_run, level, ABI_LEVELS_MAX),
	NUMBER("pinned", table_run, pinned, 1),
};
static const struct schema_form table_form =
    SCHEMA_FORM(table_run, table_rows);

static const struct schema_field port_rows[] = {
	NUMBER("remote", paper_port, remote, PAPER_DOMID_MAX),
	NUMBER("bound", paper_port, bound, 1),
};
static const struct schema_form port_form = SCHEMA_FORM(paper_port, port_rows);

static const struct schema_field grant_rows[] = {
	NUMBER("index", grant_row, index, PAPER_GRANTS_MAX - 1),
	NUMBER("domid", grant_row, domid, PAPER_DOMID_MAX),
	NUMBER("mfn", grant_row, mfn, PAPER_FRAMES_MAX),
};
static const struct schema_form grant_form =
    SCHEMA_FORM(grant_row, grant_rows);

static const struct schema_field param_rows[] = {
	NUMBER("param", param_row, param, PAPER_PARAMS - 1),
	NUMBER("value", param_row, value, UINT64_MAX),
};
static const struct schema_form param_form =
    SCHEMA_FORM(param_row, param_rows);

static const struct schema_field context_rows[] = {
	NUMBER("vcpu", context_row, vcpu, PAPER_VCPUS_MAX - 1),
	{ "bytes", TYPE_BLOB, SCHEMA_AT(context_row, bytes) },
};
static const struct schema_form context_form =
    SCHEMA_FORM(context_row, context_rows);

static const struct schema_field state_rows[] = {
	NUMBER("xb-target", document, version, UINT64_MAX),
	{ "uuid", TYPE_UUID, SCHEMA_AT(document, s.uuid),
	    .must = "16 bytes" },
	{ "name", TYPE_TEXT, .optional = true, SCHEMA_AT(document, name),
	    .limit = PAPER_NAME_MAX, .must = "text of at most 63 bytes" },
	NUMBER("max_pages", document, s.max_pages, PAPER_PAGES_MAX),
	NUMBER("vcpus", document, s.vcpus, PAPER_VCPUS_MAX),
	NUMBER("scatter", document, s.scatter, UINT64_MAX),
	NUMBER("shared_info", document, s.shared_info, PAPER_FIRST_FRAME - 1),
	{ "abi", TYPE_ABI, .optional = true, SCHEMA_AT(document, s.abi),
	    .limit = 32, .nil = true, .must = "nil or the name of an ABI" },
	{ "build", TYPE_ID, .optional = true, SCHEMA_AT(document, s.build),
	    .nil = true, .must = "16 bytes" },
	{ "paused", TYPE_BOOL, SCHEMA_AT(document, s.paused) },
	{ "has_run", TYPE_BOOL, SCHEMA_AT(document, s.has_run) },
	{ "durable", TYPE_BOOL, .optional = true,
	    SCHEMA_AT(document, s.durable) },
	{ "type", TYPE_TEXT, .optional = true, SCHEMA_AT(document, type),
	    .limit = 8, .must = "'pv' or 'pvh'" },
	LIST(frames, UINT32_MAX, frame),
	LIST(m2p, UINT32_MAX, m2p),
	LIST(tables, UINT32_MAX, table),
	LIST(ports, PAPER_PORTS_MAX, port),
	LIST(grants, PAPER_GRANTS_MAX, grant),
	LIST(contexts, PAPER_VCPUS_MAX, context),
	LIST(params, PAPER_PARAMS, param),
};
static const struct schema_form state_form =
    SCHEMA_FORM(document, state_rows);

/* The version is read first and alone, because it decides what the other fields
 * are. */
static const struct schema_form version_form = { .fields = state_rows,
	.n = 1 };

/* ---- reading ---- */

static int
wrong(const char *name, const char *field, const char *want, struct fail *f)
{
	return paper_damaged(name, f, "field '%s' of its state is not %s",
	    field, want);
}

/* Does the run begin at *end, where the one before it ended, or above?  Runs
 * ascend by mfn. */
static bool
ascends(uint64_t mfn, uint64_t count, uint64_t *end)
{
	if (count == 0 || mfn < *end)
		return false;
	*end = mfn + count;
	return true;
}

static int
take_frames(struct paper_state *s, const struct document *d, const char *name,
    struct fail *f)
{
	uint64_t end = s->type == GUEST_PV ? PAPER_FIRST_FRAME : 0, pfn = 0;

	for (size_t i = 0; i < d->n_frames; i++) {
		const struct extent *e = &d->frames[i];

		if (!ascends(e->mfn, e->count, &end))
			return wrong(name, "frames", "ascending runs of frames "
			    "from 0x400 on", f);
		if (extents_add(&s->frames, pfn, e->mfn, e->count, f) < 0)
			return -1;
		pfn += e->count;
	}
	return 0;
}

static int
take_m2p(struct paper_state *s, const struct document *d, const char *name,
    struct fail *f)
{
	uint64_t end = 0;

	for (size_t i = 0; i < d->n_m2p; i++) {
		const struct extent *e = &d->m2p[i];

		if (!ascends(e->mfn, e->count, &end))
			return wrong(name, "m2p", "ascending runs of frames",
			    f);
		if (extents_add(&s->m2p, e->pfn, e->mfn, e->count, f) < 0)
			return -1;
	}
	return 0;
}

static int
take_tables(struct paper_state *s, const struct document *d, const char *name,
    struct fail *f)
{
	uint64_t end = 0;

	for (size_t i = 0; i < d->n_tables; i++) {
		const struct table_run *t = &d->tables[i];

		if (!ascends(t->mfn, t->count, &end) || t->level == 0)
			return wrong(name, "tables", "ascending runs of "
			    "frames, each with its level", f);
		if (paper_tables_add(&s->tables, *t, f) < 0)
			return -1;
	}
	return 0;
}

static int
take_grants(struct paper_state *s, const struct document *d, const char *name,
    struct fail *f)
{
	for (size_t i = 0; i < d->n_grants; i++) {
		const struct grant_row *g = &d->grants[i];

		if (s->grants[g->index].used)
			return wrong(name, "grants", "entries of different "
			    "indexes", f);
		s->grants[g->index] = (struct paper_grant){ true,
		    (uint32_t)g->domid, g->mfn };
	}
	return 0;
}

static int
take_params(struct paper_state *s, const struct document *d, const char *name,
    struct fail *f)
{
	for (size_t i = 0; i < d->n_params; i++) {
		const struct param_row *p = &d->params[i];

		if (p->value == 0 || s->param[p->param] != 0)
			return wrong(name, "params", "different parameters "
			    "that are set", f);
		s->param[p->param] = p->value;
	}
	return 0;
}

static int
take_contexts(struct paper_state *s, const struct document *d,
    const char *name, struct fail *f)
{
	size_t size = s->abi != NULL ? s->abi->context.size : 0;

	if (d->n_contexts > 0 && s->abi == NULL)
		return wrong(name, "contexts", "empty, though the domain has "
		    "no ABI", f);
	for (size_t i = 0; i < d->n_contexts; i++) {
		const struct context_row *c = &d->contexts[i];

		if (c->vcpu >= s->vcpus || s->context[c->vcpu] != NULL)
			return wrong(name, "contexts", "of different vcpus of "
			    "the domain", f);
		if (c->bytes.size != size)
			return wrong(name, "contexts", "of the ABI's size of "
			    "context", f);
		s->context[c->vcpu] = malloc(size);
		if (s->context[c->vcpu] == NULL)
			return fail_memory(f, size);
		memcpy(s->context[c->vcpu], c->bytes.data, size);
	}
	return 0;
}

/* Puts the document's lists, name and type into *s; schema_read() has put all
 * other fields there. */
static int
take(struct paper_state *s, const struct document *d, const char *name,
    struct fail *f)
{
	if (d->name != NULL)
		snprintf(s->name, sizeof(s->name), "%s", d->name);
	if (d->type != NULL && !guest_named(d->type, &s->type))
		return wrong(name, "type", "'pv' or 'pvh'", f);
	s->has_build = !zero_all(s->build, BUILD_ID_BYTES);
	s->n_ports = d->n_ports;
	for (size_t i = 0; i < d->n_ports; i++)
		s->ports[i] = d->ports[i];
	if (take_frames(s, d, name, f) < 0 || take_m2p(s, d, name, f) < 0 ||
	    take_tables(s, d, name, f) < 0 || take_grants(s, d, name, f) < 0 ||
	    take_params(s, d, name, f) < 0)
		return -1;
	return take_contexts(s, d, name, f);
}

static int
read_state(struct schema_reader *r, struct paper_state *s, const char *name,
    struct fail *f)
{
	const msgpack_object *map = &r->unpacked.data;
	struct document d = { .version = 0 };

	if (map->type != MSGPACK_OBJECT_MAP)
		return paper_damaged(name, f, "its state is not a map");
	if (schema_read(r, &version_form, &d, map) < 0)
		return -1;
	if (d.version != PAPER_STATE_VERSION)
		return fail(f, FAIL_TARGET, "'%s' was made by another version "
		    "of xb: its state has version %" PRIu64 ", this one reads "
		    "version %d", name, d.version, PAPER_STATE_VERSION);
	r->extra = &s->extra;
	if (schema_read(r, &state_form, &d, map) < 0)
		return -1;
	d.s.arena = s->arena;
	d.s.extra = s->extra;
	*s = d.s;
	return take(s, &d, name, f);
}

int
paper_state_decode(struct paper_state *s, const void *bytes, size_t n,
    const char *name, struct fail *f)
{
	static const struct schema_words words = { "it", "", "field '",
	    "' of its state", true, "its state" };
	struct fail form = { .kind = FAIL_NONE };
	struct schema_reader r = { .words = &words, .arena = &s->arena,
	    .f = &form };
	int rc = schema_open(&r, bytes, n);

	if (rc == 0)
		rc = read_state(&r, s, name, f);
	schema_close(&r);
	if (rc == 0 || form.kind == FAIL_NONE)
		return rc;
	return form.kind == FAIL_INPUT ?
	    paper_damaged(name, f, "%s", form.message) :
	    fail_pass(f, &form);
}

/* ---- writing ---- */

/* Arrays for the document's lists that the state keeps in another form. */
struct arrays {
	struct grant_row grants[PAPER_GRANTS_MAX];
	struct context_row contexts[PAPER_VCPUS_MAX];
	struct param_row params[PAPER_PARAMS];
};

static void
put_lists(struct document *d, struct arrays *v, const struct paper_state *s)
{
	*d = (struct document){ .s = *s, .version = PAPER_STATE_VERSION,
	    .name = s->name, .frames = s->frames.v, .n_frames = s->frames.n,
	    .m2p = s->m2p.v, .n_m2p = s->m2p.n, .tables = s->tables.v,
	    .n_tables = s->tables.n, .n_ports = s->n_ports,
	    .grants = v->grants, .contexts = v->contexts,
	    .params = v->params };
	d->ports = d->s.ports;
	if (s->type != GUEST_PV)
		d->type = guest_name(s->type);
	for (size_t i = 0; i < PAPER_GRANTS_MAX; i++)
		if (s->grants[i].used)
			v->grants[d->n_grants++] = (struct grant_row){ i,
			    s->grants[i].domid, s->grants[i].mfn };
	for (size_t i = 0; i < PAPER_PARAMS; i++)
		if (s->param[i] != 0)
			v->params[d->n_params++] = (struct param_row){ i,
			    s->param[i] };
	for (size_t i = 0; i < PAPER_VCPUS_MAX; i++)
		if (s->context[i] != NULL)
			v->contexts[d->n_contexts++] = (struct context_row){ i,
			    { (const char *)s->context[i],
			    s->abi->context.size } };
}

int
paper_state_encode(const struct paper_state *s, void **out, size_t *n,
    const char *name, struct fail *f)
{
	struct schema_packer m;
	struct document d;
	struct arrays v;
	int rc = 0;

	put_lists(&d, &v, s);
	schema_pack_begin(&m, SIZE_MAX);
	schema_visit(&state_form, &d, &s->extra, &m.pen);
	if (m.out.size > PAPER_STATE_BYTES_MAX)
		rc = fail(f, FAIL_TARGET, "cannot keep the state of '%s': it "
		    "would have %zu bytes, the limit is %d", name, m.out.size,
		    PAPER_STATE_BYTES_MAX);
	return schema_pack_end(&m, rc, out, n, f);
}
