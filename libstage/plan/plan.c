#include <string.h>

#include "plan/fields.h"
#include "plan/stages.h"

void
plan_init(struct plan *p)
{
	memset(p, 0, sizeof(*p));
}

void
plan_release(struct plan *p)
{
	arena_release(&p->arena);
	plan_init(p);
}

const char *
plan_section_name(enum plan_section s)
{
	return plan_sections[s].key;
}

const char *
plan_section_stage(enum plan_section s)
{
	return s == PLAN_FAILED ? "a stage that failed" :
	    stage_rows[plan_section_adder(s)].name;
}

const char *
plan_next_stage(const struct plan *p)
{
	const char *next = NULL;

	for (unsigned i = 0; i < STAGES; i++) {
		const struct stage_row *s = &stage_rows[i];

		if (plan_has(p, PLAN_FAILED) &&
		    strcmp(p->failed.stage, s->name) == 0)
			return s->name;
		if (next == NULL && (s->flags & STAGE_OPTIONAL) == 0 &&
		    (p->has & stage_adds(i)) == 0)
			next = s->name;
	}
	return next;
}

/* Does the path name the section or something inside it? */
static bool
is_inside(const char *path, const char *section)
{
	size_t n = strlen(section);

	return strncmp(path, section, n) == 0 &&
	    (path[n] == '\0' || path[n] == '.' || path[n] == '[');
}

static const size_t sizes[PLAN_SECTIONS] = {
#define SECTION(ID, m, ...) [PLAN_##ID] = \
	    sizeof(__typeof__(((struct plan *)NULL)->m)),
#include "plan/stages.def"
	[PLAN_FAILED] = sizeof(struct plan_failed),
};

static void
drop(struct plan *p, enum plan_section s)
{
	const struct schema_field *d = &plan_sections[s];
	size_t kept = 0;

	p->has &= ~PLAN_BIT(s);
	memset((char *)p + d->offset, 0, sizes[s]);
	if (d->type == TYPE_LIST)
		memset((char *)p + d->count, 0, sizeof(size_t));
	for (size_t i = 0; i < p->extra.n; i++)
		if (!is_inside(p->extra.v[i].in, d->key))
			p->extra.v[kept++] = p->extra.v[i];
	p->extra.n = kept;
}

void
plan_drop_from(struct plan *p, enum plan_section s)
{
	unsigned next = s < PLAN_LAYOUT ? PLAN_LAYOUT : s + 1;

	drop(p, s);
	if (s == PLAN_SOURCES)
		return;
	for (; next < PLAN_FAILED; next++)
		drop(p, (enum plan_section)next);
}

int
plan_bytes(struct plan *p, const void *bytes, size_t n, struct bytes *out,
    struct fail *f)
{
	out->data = arena_bytes(&p->arena, bytes, n, f);
	out->size = n;
	return out->data == NULL ? -1 : 0;
}

const struct plan_register plan_registers[PLAN_REGISTERS] = {
#define REGISTER(ctx, name) { ctx, offsetof(struct plan_vcpu, name) }
	REGISTER(CTX_IP, ip), REGISTER(CTX_SP, sp), REGISTER(CTX_SI, si),
	REGISTER(CTX_FLAGS, flags), REGISTER(CTX_RFLAGS, rflags),
	REGISTER(CTX_CR3, cr3), REGISTER(CTX_CS, cs), REGISTER(CTX_SS, ss),
	REGISTER(CTX_DS, ds), REGISTER(CTX_KERNEL_SS, kernel_ss),
	REGISTER(CTX_KERNEL_SP, kernel_sp), REGISTER(CTX_DR6, dr6),
	REGISTER(CTX_DR7, dr7), REGISTER(CTX_VM_ASSIST, vm_assist),
#undef REGISTER
};

void
plan_vcpu_read(struct plan_vcpu *v, const struct abi *a, const void *context)
{
	for (size_t i = 0; i < PLAN_REGISTERS; i++) {
		const struct plan_register *r = &plan_registers[i];
		uint64_t value = abi_get(a->context.field[r->field], context);

		memcpy((char *)v + r->offset, &value, sizeof(value));
	}
	if (a->context.start_info == CTX_BX)
		v->bx = (struct maybe){ true,
		    abi_get(a->context.field[CTX_BX], context) };
}

bool
plan_has_pages(const struct plan *p, uint64_t pfn, uint64_t count)
{
	const struct extent *e;

	if (p->image.abi->p2m_entry != 0)
		return pfn < p->layout.pages && count <= p->layout.pages - pfn;
	e = extents_find(&p->layout.gfns, pfn);
	return e != NULL && count <= e->count - (pfn - e->pfn);
}

uint64_t
plan_module_offset(const struct plan *p, size_t i)
{
	uint64_t at = 0;

	for (size_t n = 0; n < i; n++)
		at = pages_of(at) * PAGE_BYTES + p->modules[n].size;
	return i < p->n_modules ? pages_of(at) * PAGE_BYTES : at;
}

uint64_t
plan_region_pages(const struct plan *p)
{
	const struct plan_layout *l = &p->layout;

	return abi_wrap(p->image.abi, l->v_end - l->v_start) >> PAGE_BITS;
}

uint64_t
plan_hypercall_pfn(const struct plan *p)
{
	return abi_wrap(p->image.abi, p->image.hypercall_page.value -
	    p->layout.v_start) >> PAGE_BITS;
}

bool
segment_is(const struct layout_segment *s, enum segment_kind kind)
{
	return s != NULL && strcmp(s->kind, segment_name(kind)) == 0;
}

bool
segment_filled_later(const struct layout_segment *s)
{
	return !segment_is(s, SEG_KERNEL) && !segment_is(s, SEG_RAMDISK) &&
	    !segment_is(s, SEG_STACK);
}

const struct layout_segment *
plan_segment(const struct plan *p, enum segment_kind kind)
{
	const struct plan_layout *l = &p->layout;

	for (size_t i = 0; i < l->n_segments; i++)
		if (segment_is(&l->segments[i], kind))
			return &l->segments[i];
	return NULL;
}

const struct layout_segment *
plan_segment_at(const struct plan *p, uint64_t pfn)
{
	const struct plan_layout *l = &p->layout;

	for (size_t i = 0; i < l->n_segments; i++)
		if (segment_holds(&l->segments[i], pfn))
			return &l->segments[i];
	return NULL;
}

const struct payload *
plan_payload_at(const struct plan *p, size_t i)
{
	if (i < p->image.n_payloads)
		return &p->image.payloads[i];
	i -= p->image.n_payloads;
	for (size_t m = 0; m < p->n_modules; m++) {
		if (i < p->modules[m].n_parts)
			return &p->modules[m].parts[i].payload;
		i -= p->modules[m].n_parts;
	}
	return NULL;
}

const struct payload *
plan_payload(const struct plan *p, const char *role)
{
	const struct payload *x;
	size_t i = 0;

	while ((x = plan_payload_at(p, i)) != NULL &&
	    strcmp(x->role, role) != 0)
		i++;
	return x;
}

const struct plan_source *
plan_source_of(const struct plan *p, const uint8_t sha256[SHA256_BYTES])
{
	for (size_t i = 0; i < p->n_sources; i++)
		if (memcmp(p->sources[i].sha256, sha256, SHA256_BYTES) == 0)
			return &p->sources[i];
	return NULL;
}
