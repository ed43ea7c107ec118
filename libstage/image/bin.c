/*
 * bin: the 'bin' table, eight words somewhere in the first 8 KiB that tell
 * where a flat image belongs.  Magic, flags and checksum are as in Multiboot.
 * xb-abi(7) has what the builders of each ABI take.
 */
#include <inttypes.h>

#include "base/le.h"
#include "image/elf.h"
#include "image/work.h"

enum bin_field {
	BIN_MAGIC, BIN_FLAGS, BIN_CHECKSUM, BIN_HEADER_ADDR, BIN_LOAD_ADDR,
	BIN_LOAD_END_ADDR, BIN_BSS_END_ADDR, BIN_ENTRY_ADDR, BIN_FIELDS
};

static const char *const field_names[BIN_FIELDS] = {
	"magic", "flags", "checksum", "header_addr", "load_addr",
	"load_end_addr", "bss_end_addr", "entry_addr",
};

static const uint64_t bin_magic = 0x336ec578;
static const uint64_t flags_required = 0x10000;

enum {
	WANTS_ALIGNED = 1,		/* a flag that changes nothing here */
	TYPE_SHIFT = 14, TYPE_MASK = 3,	/* for ABIs with bin_typed */
	SEARCH_END = 8192
};

/* ABI by flag bits 14 and 15.  Type 0 is that of images for older ABIs. */
static const char *const type_abi[TYPE_MASK + 1] = {
	NULL, "xen-3.0-x86_32p", "xen-3.0-x86_64", "xen-3.0-x86_32p",
};
static const char *const type_pae[TYPE_MASK + 1] = {
	"no", "yes", "no", "bimodal",
};

struct table {
	uint64_t at;			/* offset in the image */
	unsigned word;			/* bytes of a word: 4 or 8 */
	uint64_t field[BIN_FIELDS];
};

/* ---- finding it ---- */

/*
 * The offset below which a table is looked for.  The builders that know no
 * types in the flags looked for a table inside 8 KiB, and those that do for one
 * that begins there; both miss a file that is a table and no more.
 */
static uint64_t
search_end(uint64_t size, const struct abi_image *rules)
{
	const uint64_t table = BIN_FIELDS * (uint64_t)rules->bin_word;
	const uint64_t most = SEARCH_END + (rules->bin_typed ? table : 0);

	if (size > most)
		size = most;
	return size > table ? size - table : 0;
}

static uint64_t
wrap(uint64_t value, unsigned word)
{
	return word == 4 ? (uint32_t)value : value;
}

static bool
is_table(const unsigned char *p, unsigned word)
{
	return le_get(p, word) == bin_magic && wrap(bin_magic +
	    le_get(p + word, word) + le_get(p + 2 * word, word), word) == 0;
}

/* Looks for the table as the builder of an ABI does.  1: found, 0: there is
 * none, -1. */
static int
find_table(struct image_file *file, const struct abi_image *rules,
    struct table *t, struct fail *f)
{
	unsigned char head[SEARCH_END + BIN_FIELDS * 8];
	unsigned word = rules->bin_word;
	uint64_t end = word == 0 ? 0 : search_end(file->size, rules);
	size_t n = file->size < sizeof(head) ? (size_t)file->size :
	    sizeof(head);

	if (imagefile_read(file, 0, head, n, f) < 0)
		return -1;
	for (uint64_t at = 0; at < end; at += word) {
		if (!is_table(head + at, word))
			continue;
		*t = (struct table){ .at = at, .word = word };
		for (unsigned i = 0; i < BIN_FIELDS; i++)
			t->field[i] = le_get(head + at + i * word, word);
		return 1;
	}
	return 0;
}

static unsigned
type_of(const struct table *t)
{
	return t->field[BIN_FLAGS] >> TYPE_SHIFT & TYPE_MASK;
}

/*
 * Without -A looks for the table as the builder of each ABI does, the newest
 * first.  A table that only builders without types find does not tell its ABI,
 * and is refused later: -A must name it.
 */
static int
find_any(struct image_work *w, struct table *t, struct fail *f)
{
	int found = 0;

	if (w->request->abi != NULL)
		return find_table(&w->file, &w->request->abi->image, t, f);
	for (size_t i = ABI_COUNT; found == 0 && i-- > 0;)
		found = find_table(&w->file, &abi_rows[i].image, t, f);
	return found;
}

static int
bin_probe(struct image_work *w, struct fail *f)
{
	struct table t;
	int found = find_any(w, &t, f), elf;

	if (found <= 0)
		return found;
	if ((t.word != 8 && type_of(&t) != 0) || w->request->format != NULL)
		return 1;
	/* The builder of 2005 looked for ELF first. */
	elf = elfimage_probe(&w->file, f);
	return elf < 0 ? -1 : elf == 0;
}

/* ---- what it says ---- */

static int
refuse(const struct image_work *w, const struct table *t, struct fail *f,
    enum bin_field field, const char *words, uint64_t limit)
{
	return imagefile_refuse(&w->file, f, field_names[field],
	    t->at + field * (uint64_t)t->word, t->field[field],
	    "%s 0x%" PRIx64, words, limit);
}

static int
choose_abi(struct image_work *w, const struct table *t, struct fail *f)
{
	const struct abi *asked = w->request->abi;
	unsigned type = t->word == 4 ? type_of(t) : 0;
	uint64_t ignored = WANTS_ALIGNED;

	if (asked == NULL || asked->image.bin_typed)
		ignored |= (uint64_t)TYPE_MASK << TYPE_SHIFT;
	if ((t->field[BIN_FLAGS] & ~ignored) != flags_required)
		return refuse(w, t, f, BIN_FLAGS, "which must be, but for the "
		    "bits that are free,", flags_required);
	w->plan->image.pae = type_pae[type];
	if (asked != NULL && !asked->image.bin_typed) {
		w->plan->image.abi = asked;
		return 0;
	}
	if (type == 0)
		return imagefile_refuse(&w->file, f, "the 'bin' table's flags",
		    t->at + t->word, t->field[BIN_FLAGS], "which name no ABI "
		    "of xen-3.0; if it is a %u-bit image of 2005, say -A %s",
		    t->word * 8, t->word == 4 ? "xen-3.0pre-x86_32" :
		    "xen-3.0pre-x86_64");
	w->plan->image.abi = abi_named(type_abi[type]);
	return image_check_abi(w, w->plan->image.abi, "'bin' table flags", f);
}

static int
check_table(const struct image_work *w, const struct table *t, struct fail *f)
{
	const uint64_t *v = t->field;
	uint64_t start = v[BIN_HEADER_ADDR] - t->at; /* of the file's byte 0 */
	uint64_t end;

	if (v[BIN_HEADER_ADDR] < v[BIN_LOAD_ADDR])
		return refuse(w, t, f, BIN_HEADER_ADDR, "below load_addr",
		    v[BIN_LOAD_ADDR]);
	if (v[BIN_HEADER_ADDR] - v[BIN_LOAD_ADDR] > t->at)
		return refuse(w, t, f, BIN_HEADER_ADDR, "further above "
		    "load_addr than the table is in the file, at", t->at);
	if (v[BIN_HEADER_ADDR] < t->at)
		return refuse(w, t, f, BIN_HEADER_ADDR, "so the image would "
		    "start below 0: the table is in the file at", t->at);
	if (__builtin_add_overflow(start, w->file.size, &end) ||
	    wrap(end - 1, t->word) != end - 1)
		return refuse(w, t, f, BIN_HEADER_ADDR, "so the image wraps "
		    "around the end of the address space from", start);
	if (v[BIN_LOAD_END_ADDR] != 0 && v[BIN_LOAD_END_ADDR] > end)
		return refuse(w, t, f, BIN_LOAD_END_ADDR, "past the end of the "
		    "image,", end);
	if (v[BIN_LOAD_END_ADDR] != 0 &&
	    v[BIN_LOAD_END_ADDR] <= v[BIN_LOAD_ADDR])
		return refuse(w, t, f, BIN_LOAD_END_ADDR, "not above load_addr",
		    v[BIN_LOAD_ADDR]);
	if (v[BIN_LOAD_END_ADDR] != 0)
		end = v[BIN_LOAD_END_ADDR];
	if (v[BIN_BSS_END_ADDR] != 0 && v[BIN_BSS_END_ADDR] < end)
		return refuse(w, t, f, BIN_BSS_END_ADDR, "below the end of the "
		    "loaded bytes,", end);
	return 0;
}

static int
place(struct image_work *w, const struct table *t, struct fail *f)
{
	struct plan_image *img = &w->plan->image;
	const uint64_t *v = t->field;
	uint64_t start = v[BIN_HEADER_ADDR] - t->at;
	uint64_t end = v[BIN_LOAD_END_ADDR] != 0 ? v[BIN_LOAD_END_ADDR] :
	    start + w->file.size;

	img->kstart = v[BIN_LOAD_ADDR];
	img->kend = v[BIN_BSS_END_ADDR] != 0 ? v[BIN_BSS_END_ADDR] : end;
	img->entry = v[BIN_ENTRY_ADDR];
	img->virt_base = img->abi->image.base_kstart ? img->kstart : start;
	img->paddr_offset = img->virt_base;
	img->notes_from = "bin table";
	img->segments = arena_array(&w->plan->arena, 1, sizeof(*img->segments),
	    f);
	if (img->segments == NULL)
		return -1;
	img->n_segments = 1;
	img->segments[0] = (struct image_segment){
		.va = img->kstart, .memsz = img->kend - img->kstart,
		.role = "kernel", .filesz = end - img->kstart,
		.offset = w->file.base + (img->kstart - start),
	};
	return 0;
}

static int
bin_parse(struct image_work *w, struct fail *f)
{
	struct notes c;
	struct table t;
	int found = find_any(w, &t, f);

	if (found < 0)
		return -1;
	if (found == 0)
		return fail(f, FAIL_INPUT, "'%s' has no 'bin' table in its "
		    "first 8 KiB", w->file.what);
	w->plan->image.format = "bin";
	if (choose_abi(w, &t, f) < 0 || check_table(w, &t, f) < 0 ||
	    place(w, &t, f) < 0)
		return -1;
	notes_init(&c);
	c.entry = (struct note_number){ true, w->plan->image.entry,
	    "entry_addr", t.at + BIN_ENTRY_ADDR * (uint64_t)t.word };
	if (image_check_addresses(w, &c, f) < 0)
		return -1;
	return image_check_features(w, &c, f);
}

const struct image_format format_bin = { "bin", bin_probe, bin_parse };
