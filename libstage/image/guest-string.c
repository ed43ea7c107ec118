#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "abi/extent.h"
#include "image/guest-string.h"

enum { NAME_MAX_BYTES = 31, VALUE_MAX_BYTES = 127, TEXT_MAX = 4096 };

static const char section_name[] = "__xen_guest";

struct item {
	const char *name, *value;	/* in the string */
	size_t name_size, value_size;
	uint64_t at;			/* of the value, offset in the image */
};

struct reader {
	const struct guest_string *string;
	const struct image_file *file;
	struct notes *notes;
	struct arena *keep;
};

int
guest_string_find(struct guest_string *string, struct elf *elf,
    struct arena *keep, struct fail *f)
{
	const struct elf_section *s = elfimage_section(elf, section_name, f);
	size_t max;

	*string = (struct guest_string){ NULL, 0 };
	if (f->kind != FAIL_NONE)
		return -1;
	if (s == NULL)
		return 0;
	if (s->type == SHT_NOBITS)
		return fail(f, FAIL_INPUT, "'%s': section %s has no bytes in "
		    "the file (SHT_NOBITS)", elf->file->what, section_name);
	max = s->size < TEXT_MAX ? (size_t)s->size : TEXT_MAX;
	string->at = s->offset;
	string->text = imagefile_string(elf->file, s->offset, max,
	    "the string __xen_guest", keep, f);
	return string->text == NULL ? -1 : 0;
}

/* ---- by words, as the old builders did ---- */

static bool
has(const struct guest_string *string, const char *word)
{
	return strstr(string->text, word) != NULL;
}

const struct abi *
guest_string_abi(const struct guest_string *string)
{
	/* The newest first: a string may name several. */
	for (size_t i = ABI_COUNT; i-- > 0;)
		if (abi_rows[i].image.version != NULL &&
		    has(string, abi_rows[i].image.version))
			return &abi_rows[i];
	return NULL;
}

int
guest_string_check(const struct guest_string *string,
    const struct abi_image *rules, const struct image_file *file,
    struct fail *f)
{
	if (rules->notes || (has(string, rules->version) &&
	    (has(string, "GUEST_OS=linux") ||
	    (rules->generic_loader && has(string, "LOADER=generic")))))
		return 0;
	return fail(f, FAIL_INPUT, "'%s': the string __xen_guest at 0x%" PRIx64
	    " is '%.200s'; this ABI needs %s and GUEST_OS=linux%s", file->what,
	    file->base + string->at, string->text, rules->version,
	    rules->generic_loader ? " or LOADER=generic" : "");
}

/* ---- item by item ---- */

static bool
next_item(const struct guest_string *string, const char **rest,
    struct item *item)
{
	const char *p = *rest + strspn(*rest, ",");
	size_t n = strcspn(p, ",");
	const char *equals = memchr(p, '=', n);

	*rest = p + n;
	*item = (struct item){
		.name = p, .name_size = n, .value = p + n,
	};
	if (equals != NULL) {
		item->name_size = (size_t)(equals - p);
		item->value = equals + 1;
		item->value_size = n - item->name_size - 1;
	}
	item->at = string->at + (uint64_t)(item->value - string->text);
	return n > 0;
}

/* A number, as strtoull() reads it with base 0, that is the whole value. */
static int
read_number(const struct reader *r, const struct item *item, uint64_t *number,
    struct fail *f)
{
	char *end = NULL;

	errno = 0;
	*number = strtoull(item->value, &end, 0);
	if (errno == 0 && item->value[0] >= '0' && item->value[0] <= '9' &&
	    end == item->value + item->value_size)
		return 0;
	return fail(f, FAIL_INPUT, "'%s': __xen_guest says %.*s=%.*s at 0x%"
	    PRIx64 ", which is no 64-bit number", r->file->what,
	    (int)item->name_size, item->name, (int)item->value_size,
	    item->value, r->file->base + item->at);
}

static int
check_size(const struct reader *r, const struct item *item, struct fail *f)
{
	if (item->name_size > NAME_MAX_BYTES)
		return fail(f, FAIL_INPUT, "'%s': a name of %zu bytes in "
		    "__xen_guest before 0x%" PRIx64 ", the limit is %d",
		    r->file->what, item->name_size, r->file->base + item->at,
		    NAME_MAX_BYTES);
	if (item->value_size > VALUE_MAX_BYTES)
		return fail(f, FAIL_INPUT, "'%s': a value of %zu bytes in "
		    "__xen_guest at 0x%" PRIx64 ", the limit is %d",
		    r->file->what, item->value_size, r->file->base + item->at,
		    VALUE_MAX_BYTES);
	return 0;
}

static int
take_item(struct reader *r, const struct item *item, struct image_note *note,
    const struct note_kind *kind, struct fail *f)
{
	struct note_value v = {
		.in_string = true, .text = note->text.data, .at = item->at,
		.field = note->name,
	};

	if (kind->format == NOTE_NUMBER) {
		if (read_number(r, item, &v.number, f) < 0)
			return -1;
		note->number = (struct maybe){ true, v.number };
	}
	return notes_take(r->notes, kind, &v, r->file, f);
}

/* Can a plan hold the name?  A hostile string may have any bytes there. */
static bool
is_plain(const struct item *item)
{
	for (size_t i = 0; i < item->name_size; i++)
		if (item->name[i] <= ' ' || item->name[i] > '~')
			return false;
	return item->name_size > 0 && item->name_size <= NAME_MAX_BYTES;
}

static int
list_item(struct reader *r, const struct item *item, struct image_note *note,
    const struct note_kind *kind, struct fail *f)
{
	const char *name = is_plain(item) ? item->name : "unknown";

	note->name = arena_bytes(r->keep, name, is_plain(item) ?
	    item->name_size : strlen(name), f);
	note->text.data = arena_bytes(r->keep, item->value, item->value_size,
	    f);
	note->text.size = item->value_size;
	note->type = kind == NULL ? 0 : kind->type;
	return note->name == NULL || note->text.data == NULL ? -1 : 0;
}

static int
read_items(struct reader *r, bool take, struct fail *f)
{
	const char *rest = r->string->text;
	struct item item;

	while (next_item(r->string, &rest, &item)) {
		struct image_note *note = &r->notes->list[r->notes->n_notes];
		const struct note_kind *kind = note_kind_of_key(item.name,
		    item.name_size);

		if (list_item(r, &item, note, kind, f) < 0)
			return -1;
		r->notes->n_notes++;
		if (!take)
			continue;
		if (check_size(r, &item, f) < 0)
			return -1;
		if (kind != NULL && take_item(r, &item, note, kind, f) < 0)
			return -1;
	}
	return 0;
}

/* HYPERCALL_PAGE of __xen_guest is a page number, counted from VIRT_BASE. */
static int
frame_to_address(struct reader *r, struct fail *f)
{
	struct note_number *page = &r->notes->hypercall_page;
	uint64_t frame = page->value;

	if (!page->set)
		return 0;
	if (frame <= UINT64_MAX >> PAGE_BITS &&
	    !__builtin_add_overflow(frame << PAGE_BITS,
	    r->notes->virt_base.value, &page->value))
		return 0;
	return imagefile_refuse(r->file, f, page->field, page->at, frame,
	    "a frame past the end of the address space from VIRT_BASE 0x%"
	    PRIx64, r->notes->virt_base.value);
}

static int
take_words(struct reader *r, struct fail *f)
{
	static const char base[] = "VIRT_BASE=";
	const char *found = strstr(r->string->text, base);
	const char *rest = found;
	struct item item;

	r->notes->bsd_symtab = has(r->string, "BSD_SYMTAB");
	if (found == NULL || !next_item(r->string, &rest, &item))
		return 0;
	r->notes->virt_base = (struct note_number){ .set = true,
	    .field = "VIRT_BASE", .at = item.at };
	return read_number(r, &item, &r->notes->virt_base.value, f);
}

int
guest_string_read(const struct guest_string *string,
    const struct abi_image *rules, const struct image_file *file,
    struct notes *c, struct arena *keep, struct fail *f)
{
	struct reader r = { string, file, c, keep };
	size_t commas = 0;

	for (const char *p = string->text; *p != '\0'; p++)
		commas += *p == ',';
	notes_init(c);
	c->from = section_name;
	c->list = arena_array(keep, commas + 1, sizeof(*c->list), f);
	if (c->list == NULL || read_items(&r, rules->notes, f) < 0)
		return -1;
	if (rules->notes)
		return frame_to_address(&r, f);
	return rules->words ? take_words(&r, f) : 0;
}
