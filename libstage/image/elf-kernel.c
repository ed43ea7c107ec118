/*
 * elf-kernel: an ELF image as a kernel: which ABI it is for.  How the builder
 * of each ABI read it is in struct abi_image.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "image/elf.h"
#include "image/elf-note.h"
#include "image/work.h"
#include "image/guest-string.h"

struct kernel {
	struct elf elf;
	struct notes notes;
	struct guest_string string;
	bool has_notes;
};

static int
elf_probe(struct image_work *w, struct fail *f)
{
	return elfimage_probe(&w->file, f);
}

/* ---- the ABI ---- */

static const char *
elf_looks_like(struct image_work *w, const struct kernel *k,
    const struct likeness *like)
{
	if (strcmp(w->plan->image.container, "bzimage") == 0)
		return "a Linux kernel built without Xen PV support";
	if (like->words[0] != '\0')
		return like->words;
	for (size_t i = 0; i < k->elf.n_segments; i++)
		if (k->elf.segments[i].type == PT_INTERP)
			return "a dynamically linked program";
	return k->elf.type == ET_DYN ? "a shared object" :
	    "a plain executable";
}

/* Refuses an image that says nothing to Xen. */
static void
refuse_plain(struct image_work *w, const struct kernel *k, struct fail *f)
{
	const struct likeness like = image_looks_like(&w->file);
	const char *others = k->notes.others;

	if (k->elf.names == 0 && k->elf.n_sections > 0)
		(void)elfimage_refuse(&k->elf, f, E_SHSTRNDX, 0, 0, "so its "
		    "sections have no names and none is __xen_guest; nor are "
		    "there notes named Xen: it is not a Xen kernel");
	else
		(void)fail(f, FAIL_INPUT, "'%s' is not a Xen kernel: no notes "
		    "named Xen%s%s and no section __xen_guest; it looks like "
		    "%s", w->file.what, others[0] == '\0' ? "" : ", only ",
		    others, elf_looks_like(w, k, &like));
}

/* An ABI whose kernels have notes. */
static const struct abi *
with_notes(void)
{
	const struct abi *a = abi_rows;

	while (!a->image.notes)
		a++;
	return a;
}

/*
 * A kernel that can be both is a PV kernel, unless -A says otherwise; -A pv
 * asks for no other, and what image_can() is asked is whether it is one.
 */
static const struct abi *
of_notes(const struct image_work *w, const struct notes *c)
{
	return notes_pvh_only(c) && !w->request->can && !w->request->pv ?
	    abi_first(GUEST_PVH) : with_notes();
}

/*
 * An ABI of the version that the image is for, NULL after a refusal.  Of the
 * width nothing is said yet: find_abi() looks at the machine.
 */
static const struct abi *
choose_version(struct image_work *w, const struct kernel *k, struct fail *f)
{
	const char *what = w->file.what;
	const struct abi *version;

	if (!k->has_notes && k->string.text == NULL) {
		refuse_plain(w, k, f);
		return NULL;
	}
	version = w->request->abi != NULL ? w->request->abi :
	    k->has_notes ? of_notes(w, &k->notes) :
	    guest_string_abi(&k->string);
	if (version == NULL)
		(void)fail(f, FAIL_INPUT, "'%s': the string __xen_guest at 0x%"
		    PRIx64 " is '%.200s', without a XEN_VER that is known "
		    "(xen-3.0, 3.0, 1.3)", what,
		    w->file.base + k->string.at, k->string.text);
	else if (version->image.physical && !k->notes.phys32_entry.set) {
		(void)fail(f, FAIL_INPUT, "-A %s does not suit '%s': it has no "
		    "note PHYS32_ENTRY, where a PVH guest begins; Linux has it "
		    "when built with CONFIG_PVH", version->name, what);
		return NULL;
	} else if (!version->image.notes && !version->image.physical &&
	    k->string.text == NULL) {
		(void)fail(f, FAIL_INPUT, "-A %s does not suit '%s': it has "
		    "no section __xen_guest", version->name, what);
		return NULL;
	}
	return version;
}

static int
read_notes(struct image_work *w, struct kernel *k,
    const struct abi_image *rules, struct fail *f)
{
	if (rules->physical) {
		notes_physical(&k->notes);
		return 0;
	}
	if (rules->notes && k->has_notes)
		return notes_check(&k->notes, &w->file, f);
	if (guest_string_check(&k->string, rules, &w->file, f) < 0 ||
	    guest_string_read(&k->string, rules, &w->file, &k->notes,
	    &w->plan->arena, f) < 0)
		return -1;
	return rules->notes ? notes_check(&k->notes, &w->file, f) : 0;
}

static int
find_abi(struct image_work *w, const struct kernel *k,
    const struct abi *version, struct fail *f)
{
	const char *machine = k->elf.machine == EM_386 ? "e_machine i386" :
	    "e_machine x86-64";

	w->plan->image.abi = version->machine == 0 ? version : NULL;
	for (size_t i = 0; i < ABI_PV_COUNT && version->machine != 0; i++)
		if (strcmp(abi_rows[i].image.version,
		    version->image.version) == 0 &&
		    abi_rows[i].machine == k->elf.machine)
			w->plan->image.abi = &abi_rows[i];
	if (w->plan->image.abi == NULL)
		return fail(f, FAIL_INPUT, "'%s' is a %u-bit kernel for "
		    "%s, which had %s alone", w->file.what,
		    k->elf.width->bits, version->image.version, version->name);
	if (w->plan->image.abi->levels == 3 && strcmp(k->notes.pae, "no") == 0)
		return fail(f, FAIL_INPUT, "'%s' is a 32-bit non-PAE kernel of "
		    "xen-3.0 (no PAE mode in its %s), which no ABI here runs; "
		    "there is %s for PAE", w->file.what,
		    k->has_notes ? "notes" : "string __xen_guest",
		    w->plan->image.abi->name);
	return image_check_abi(w, w->plan->image.abi, machine, f);
}

/* Keeps what is known of a kernel for image_can(), which tells it of a kernel
 * that is refused later as well. */
static void
note_facts(struct image_facts *facts, const struct kernel *k)
{
	facts->read = true;
	facts->bits = k->elf.width->bits;
	facts->phys32_entry = (struct maybe){ k->notes.phys32_entry.set,
	    k->notes.phys32_entry.value };
	snprintf(facts->pae, sizeof(facts->pae), "%s", k->notes.pae);
}

/* A PVH guest starts in 32 bits, whatever the class of its image. */
static int
check_class(const struct kernel *k, const struct abi_image *rules,
    struct fail *f)
{
	if (rules->physical || elfimage_check_class(&k->elf, f) == 0)
		return 0;
	if (k->notes.phys32_entry.set)
		fail_add(f, "; -A pvh takes it, for a PVH guest starts in "
		    "32 bits");
	return -1;
}

static int
identify(struct image_work *w, struct kernel *k, struct fail *f)
{
	struct arena *keep = &w->plan->arena;
	const struct abi *version;

	if (elfnote_read(&k->elf, &k->notes, keep, f) < 0 ||
	    guest_string_find(&k->string, &k->elf, keep, f) < 0)
		return -1;
	k->has_notes = k->notes.from != NULL;
	note_facts(&w->facts, k);
	version = choose_version(w, k, f);
	if (version == NULL || check_class(k, &version->image, f) < 0 ||
	    read_notes(w, k, &version->image, f) < 0)
		return -1;
	note_facts(&w->facts, k);
	return find_abi(w, k, version, f);
}

/* What a refusal misses may stand in notes that were not read. */
static int
add_unread(const struct kernel *k, struct fail *f)
{
	const struct notes *c = &k->notes;

	if (c->unread.n > 0)
		fail_add(f, "; %" PRIu64 " bytes of its notes, from 0x%" PRIx64
		    " on, were not read", c->unread.n,
		    k->elf.file->base + c->unread.at);
	return -1;
}

static void
fill_image(struct plan_image *img, const struct notes *c)
{
	img->notes_from = c->from;
	img->notes = c->list;
	img->n_notes = c->n_notes;
	img->entry = c->entry.value;
	img->pae = c->pae;
	img->mod_start_pfn = c->mod_start_pfn.value != 0;
	img->hv_start_low = (struct maybe){ c->hv_start_low.set,
	    c->hv_start_low.value };
}

static int
place(struct image_work *w, struct kernel *k, struct fail *f)
{
	struct notes *c = &k->notes;

	if (!c->entry.set)
		c->entry = (struct note_number){ true, k->elf.entry, "e_entry",
		    elfimage_at(&k->elf, E_ENTRY, 0) };
	fill_image(&w->plan->image, c);
	if (elf_place(w, &k->elf, c, f) < 0 ||
	    image_check_features(w, c, f) < 0)
		return -1;
	return c->bsd_symtab ? symtab_add(w, &k->elf, f) : 0;
}

static int
elf_parse(struct image_work *w, struct fail *f)
{
	struct kernel k = { .has_notes = false };

	w->plan->image.format = "elf";
	if (elfimage_open(&k.elf, &w->file, &w->scratch, f) < 0)
		return -1;
	if (identify(w, &k, f) < 0 || place(w, &k, f) < 0)
		return add_unread(&k, f);
	if (k.elf.type == ET_DYN)
		fail_warn(f, "'%s' is a shared object (e_type 3): it is taken "
		    "as it is, without relocation", w->file.what);
	return 0;
}

const struct image_format format_elf = { "elf", elf_probe, elf_parse };
