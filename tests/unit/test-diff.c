#include "unit.h"

#include "diff/diff.h"
#include "plan-sample.h"
#include "plan/fields.h"

/* ---- what is said ---- */

/* The text of a comparison, malloced. */
static char *
text_of(struct plan *a, struct plan *b, bool all)
{
	struct fail f = { 0 };
	struct diff d;
	char *text;
	size_t n;
	FILE *to = open_memstream(&text, &n);

	diff_init(&d);
	assert_no_fail(diff_plans(&d, a, b, &f), &f);
	diff_text(&d, all, to);
	fclose(to);
	assert_int_equal(diff_any(&d), n > 0);
	diff_release(&d);
	return text;
}

static void
expect(struct plan *a, struct plan *b, const char *want)
{
	char *text = text_of(a, b, false);

	assert_string_equal(text, want);
	free(text);
}

/* ---- every field of the schema ---- */

/* What is compared otherwise, or not at all. */
static bool
is_exempt(const char *section, const char *key)
{
	static const char *const rows[][2] = {
		{ "sources", NULL }, { "memory", NULL },
		{ "startinfo", "shared_info_mfn" },
		{ "startinfo", "store_port" }, { "startinfo", "console_port" },
		{ "vcpus", "cr3" },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		if (strcmp(rows[i][0], section) == 0 && (rows[i][1] == NULL ||
		    strcmp(rows[i][1], key) == 0))
			return true;
	return false;
}

static void
change_number(const struct schema_field *d, char *at)
{
	struct maybe *m = (struct maybe *)(void *)at;
	uint64_t *v = (uint64_t *)(void *)at;

	if (!d->optional) {
		*v ^= 1;
		return;
	}
	m->set = true;
	m->value ^= 1;
}

static void
change_text(const struct schema_field *d, char *at)
{
	const char **text = (const char **)(void *)at;

	*text = d->words == NULL ? "other" :
	    strcmp(*text, d->words[0]) == 0 ? d->words[1] : d->words[0];
}

/* False: not a field that can be changed alone. */
static bool
change(const struct schema_field *d, char *structure)
{
	char *at = structure + d->offset;
	size_t n;

	switch (d->type) {
	case TYPE_BOOL:
		*(bool *)at = !*(bool *)at;
		return true;
	case TYPE_NUMBER:
	case TYPE_ADDRESS:
		change_number(d, at);
		return true;
	case TYPE_TEXT:
		change_text(d, at);
		return true;
	case TYPE_BYTES:
		*(struct bytes *)(void *)at = (struct bytes){ "zz", 2 };
		return true;
	case TYPE_DIGEST:
		at[0] ^= 1;
		return true;
	case TYPE_NUMBERS:
		memcpy(&n, structure + d->count, sizeof(n));
		if (n == 0)
			return false;
		(*(uint64_t **)(void *)at)[0] ^= 1;
		return true;
	default:
		return false;
	}
}

static const struct diff_change *
find_change(const struct diff *d, const char *key)
{
	for (size_t i = 0; i < d->n_items; i++)
		for (size_t j = 0; j < d->items[i].n; j++)
			if (strcmp(d->items[i].changes[j].field->key,
			    key) == 0)
				return &d->items[i].changes[j];
	return NULL;
}

/* Is an entry only in one plan?  So it is where a field names it: with another
 * name it is another entry. */
static bool
any_lonely(const struct diff *d)
{
	for (size_t i = 0; i < d->n_items; i++)
		if (d->items[i].words != NULL &&
		    strncmp(d->items[i].words, "only in", 7) == 0)
			return true;
	return false;
}

/* An entry of a form, or a section: changed in b, found, and told once. */
static unsigned
try_fields(const char *section, const struct schema_form *form,
    struct plan *a, struct plan *b, const char *structure)
{
	unsigned tried = 0;

	for (size_t i = 0; i < form->n; i++) {
		const struct schema_field *field = &form->fields[i];
		char was[sizeof(struct plan_image)];
		struct fail f = { 0 };
		struct diff d;

		memcpy(was, structure, form->size);
		if (is_exempt(section, field->key) ||
		    !change(field, (char *)(uintptr_t)structure))
			continue;
		diff_init(&d);
		assert_no_fail(diff_plans(&d, a, b, &f), &f);
		if (find_change(&d, field->key) == NULL && !any_lonely(&d))
			unit_fail("%s.%s: not found", section, field->key);
		diff_release(&d);
		if (field->type == TYPE_NUMBERS)
			(void)change(field, (char *)(uintptr_t)structure);
		memcpy((char *)(uintptr_t)structure, was, form->size);
		tried++;
	}
	return tried;
}

static unsigned
try_lists(const char *section, const struct schema_form *form, struct plan *a,
    struct plan *b, const char *structure)
{
	unsigned tried = 0;

	for (size_t i = 0; i < form->n; i++) {
		const struct schema_field *field = &form->fields[i];
		const char *entries;
		size_t n;

		if (field->type != TYPE_LIST)
			continue;
		memcpy(&entries, structure + field->offset, sizeof(entries));
		memcpy(&n, structure + field->count, sizeof(n));
		if (n > 0)
			tried += try_fields(section, field->form, a, b,
			    entries);
	}
	return tried;
}

static void
test_every_field(void **state)
{
	struct sample a, b;
	unsigned tried = 0;

	(void)state;
	setenv("XB_STORE", "/nonexistent/xb", 1);
	sample_init(&a, abi_named("xen-3.0-x86_64"), false);
	sample_init(&b, abi_named("xen-3.0-x86_64"), false);
	expect(&a.plan, &b.plan, "");
	for (unsigned s = 0; s < PLAN_SECTIONS; s++) {
		const struct schema_field *d = &plan_sections[s];
		const char *at = (const char *)&b.plan + d->offset;

		if (s == PLAN_SOURCES || s == PLAN_MEMORY ||
		    !plan_has(&b.plan, s))
			continue;
		if (d->type == TYPE_LIST)
			memcpy(&at, (const char *)&b.plan + d->offset,
			    sizeof(at));
		if (d->form == NULL)
			continue;
		tried += try_fields(d->key, d->form, &a.plan, &b.plan, at);
		tried += try_lists(d->key, d->form, &a.plan, &b.plan, at);
	}
	assert_true(tried > 70);
	expect(&a.plan, &b.plan, "");
	plan_release(&a.plan);
	plan_release(&b.plan);
}

/* ---- what one domain alone has ---- */

static void
move_frames(struct plan *p, uint64_t by)
{
	struct extents *l = &p->memory.p2m;

	for (size_t i = 0; i < l->n; i++)
		l->v[i].mfn += by;
	p->pagetables.root_mfn += by;
	p->startinfo.shared_info_mfn += 3 * by;
	p->startinfo.store_mfn.value += by;
	p->startinfo.hypercall_mfn.value += by;
	p->startinfo.store_port += 5;
	p->startinfo.console_port += 9;
	p->vcpus[0].cr3 = abi_cr3(p->image.abi, p->pagetables.root_mfn);
	p->memory.target = bytes_of(p, "xen:7");
	memset(p->memory.uuid, 1, UUID_BYTES);
	memset(p->memory.build, 2, BUILD_ID_BYTES);
}

static void
test_bound(void **state)
{
	(void)state;
	for (size_t i = 0; i < ABI_PV_COUNT; i++) {
		struct sample a, b;

		sample_init(&a, &abi_rows[i], false);
		sample_init(&b, &abi_rows[i], false);
		move_frames(&a.plan, 0);
		move_frames(&b.plan, 0x1234);
		expect(&a.plan, &b.plan, "");
		b.plan.startinfo.store_port = 0;
		expect(&a.plan, &b.plan, "startinfo.store_port: 1 -> 0\n");
		b.plan.startinfo.store_port = 1;
		b.plan.startinfo.hypercall_mfn.value++;
		expect(&a.plan, &b.plan, "startinfo.hypercall_mfn: pfn 0x101 "
		    "-> pfn 0x102\n");
		b.plan.startinfo.hypercall_mfn.value = 1;
		expect(&a.plan, &b.plan, "startinfo.hypercall_mfn: pfn 0x101 "
		    "-> no frame of the domain\n");
		plan_release(&a.plan);
		plan_release(&b.plan);
	}
}

/* ---- matching ---- */

static void
set_notes(struct plan *p, const char *const *names, size_t n)
{
	p->image.notes = room(p, n, sizeof(*p->image.notes));
	p->image.n_notes = n;
	for (size_t i = 0; i < n; i++)
		p->image.notes[i] = (struct image_note){ .name = names[i],
		    .number = { true, i } };
}

/* Lists meet by name; of several of a name the first meets the first. */
static void
test_match(void **state)
{
	static const char *const one[] = { "A", "B", "B", "C" };
	static const char *const two[] = { "X", "B", "A", "B" };
	struct sample a, b;

	(void)state;
	sample_init(&a, abi_named("xen-3.0-x86_64"), false);
	sample_init(&b, abi_named("xen-3.0-x86_64"), false);
	set_notes(&a.plan, one, 4);
	set_notes(&b.plan, two, 4);
	expect(&a.plan, &b.plan, "image.notes A: 0x0 -> 0x2\n"
	    "image.notes B: 0x2 -> 0x3\n"
	    "image.notes C: only in the first\n"
	    "image.notes X: only in the second\n");
	set_notes(&b.plan, one, 4);
	b.plan.image.notes[1].number.set = false;
	b.plan.image.notes[1].text = bytes_of(&b.plan, "v");
	expect(&a.plan, &b.plan, "image.notes B: 0x1 -> none, none -> \"v\"\n");
	plan_release(&a.plan);
	plan_release(&b.plan);
}

/* As many entries as a plan may have: no more than a sort of them. */
static void
test_many(void **state)
{
	enum { MANY = 65536 };
	struct sample a, b;
	const char **names;
	char *text;

	(void)state;
	sample_init(&a, abi_named("xen-3.0-x86_64"), false);
	sample_init(&b, abi_named("xen-3.0-x86_64"), false);
	names = room(&a.plan, MANY, sizeof(*names));
	for (size_t i = 0; i < MANY; i++)
		names[i] = "same";
	set_notes(&a.plan, names, MANY);
	set_notes(&b.plan, names, MANY - 1);
	text = text_of(&a.plan, &b.plan, false);
	assert_string_equal(text, "image.notes same: only in the first\n");
	free(text);
	plan_release(&a.plan);
	plan_release(&b.plan);
}

/* ---- unknown keys, failure ---- */

static void
test_extra(void **state)
{
	struct sample a, b;
	struct schema_extra x = { "layout", { "new", 3 }, { "\x01", 1 } };
	struct schema_extra y = { "layout", { "new", 3 }, { "\x02", 1 } };

	(void)state;
	sample_init(&a, abi_named("xen-3.0-x86_64"), false);
	sample_init(&b, abi_named("xen-3.0-x86_64"), false);
	a.plan.extra.v = &x;
	a.plan.extra.n = 1;
	expect(&a.plan, &b.plan, "layout.new: only in the first\n");
	expect(&b.plan, &a.plan, "layout.new: only in the second\n");
	b.plan.extra.v = &y;
	b.plan.extra.n = 1;
	expect(&a.plan, &b.plan, "layout.new: another value (of an unknown "
	    "key)\n");
	y.msgpack.data = "\x01";
	expect(&a.plan, &b.plan, "");
	b.plan.failed.status = 71;
	expect(&a.plan, &b.plan, "failed.status: 69 -> 71\n");
	plan_release(&a.plan);
	plan_release(&b.plan);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_field),
		cmocka_unit_test(test_bound),
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_extra),
	};

	return cmocka_run_group_tests_name("diff", tests, NULL, NULL);
}
