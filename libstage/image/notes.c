#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "abi/features.h"
#include "image/notes.h"

static note_taker take_number, take_string, take_pae, take_symtab,
    take_features, take_supported;

#define MEMBER(m)	offsetof(struct notes, m)

static const struct note_kind kinds[] = {
	{ 0, NOTE_STRING, "INFO", NULL, NULL, 0 },
	{ 1, NOTE_NUMBER, "ENTRY", "VIRT_ENTRY", take_number, MEMBER(entry) },
	{ 2, NOTE_NUMBER, "HYPERCALL_PAGE", "HYPERCALL_PAGE", take_number,
	  MEMBER(hypercall_page) },
	{ 3, NOTE_NUMBER, "VIRT_BASE", "VIRT_BASE", take_number,
	  MEMBER(virt_base) },
	{ 4, NOTE_NUMBER, "PADDR_OFFSET", "ELF_PADDR_OFFSET", take_number,
	  MEMBER(paddr_offset) },
	{ 5, NOTE_STRING, "XEN_VERSION", "XEN_VER", take_string,
	  MEMBER(xen_version) },
	{ 6, NOTE_STRING, "GUEST_OS", "GUEST_OS", take_string,
	  MEMBER(guest_os) },
	{ 7, NOTE_STRING, "GUEST_VERSION", "GUEST_VER", NULL, 0 },
	{ 8, NOTE_STRING, "LOADER", "LOADER", take_string, MEMBER(loader) },
	{ 9, NOTE_STRING, "PAE_MODE", "PAE", take_pae, 0 },
	{ 10, NOTE_STRING, "FEATURES", "FEATURES", take_features, 0 },
	{ 11, NOTE_STRING, "BSD_SYMTAB", "BSD_SYMTAB", take_symtab, 0 },
	{ 12, NOTE_NUMBER, "HV_START_LOW", NULL, take_number,
	  MEMBER(hv_start_low) },
	{ 13, NOTE_BYTES, "L1_MFN_VALID", NULL, NULL, 0 },
	{ 14, NOTE_NUMBER, "SUSPEND_CANCEL", NULL, NULL, 0 },
	{ 15, NOTE_NUMBER, "INIT_P2M", NULL, take_number, MEMBER(init_p2m) },
	{ 16, NOTE_NUMBER, "MOD_START_PFN", NULL, take_number,
	  MEMBER(mod_start_pfn) },
	{ 17, NOTE_NUMBER, "SUPPORTED_FEATURES", NULL, take_supported, 0 },
	{ 18, NOTE_NUMBER, "PHYS32_ENTRY", NULL, take_number,
	  MEMBER(phys32_entry) },
	{ 19, NOTE_WORDS, "PHYS32_RELOC", NULL, NULL, 0 },
	{ 0x1000001, NOTE_BYTES, "CRASH_INFO", NULL, NULL, 0 },
	{ 0x1000002, NOTE_BYTES, "CRASH_REGS", NULL, NULL, 0 },
	{ 0x2000000, NOTE_BYTES, "DUMPCORE_NONE", NULL, NULL, 0 },
	{ 0x2000001, NOTE_BYTES, "DUMPCORE_HEADER", NULL, NULL, 0 },
	{ 0x2000002, NOTE_BYTES, "DUMPCORE_XEN_VERSION", NULL, NULL, 0 },
	{ 0x2000003, NOTE_BYTES, "DUMPCORE_FORMAT_VERSION", NULL, NULL, 0 },
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

void
notes_init(struct notes *c)
{
	*c = (struct notes){ .pae = "no" };
}

const struct note_kind *
note_kind_of_type(uint64_t type)
{
	for (size_t i = 0; i < KINDS; i++)
		if (kinds[i].type == type)
			return &kinds[i];
	return NULL;
}

const struct note_kind *
note_kind_of_key(const char *key, size_t n)
{
	for (size_t i = 0; i < KINDS; i++)
		if (kinds[i].key != NULL && strlen(kinds[i].key) == n &&
		    memcmp(kinds[i].key, key, n) == 0)
			return &kinds[i];
	return NULL;
}

/* ---- what becomes of a value ---- */

static int
take_number(struct notes *c, const struct note_kind *k,
    const struct note_value *v, struct fail *f)
{
	struct note_number number = { true, v->number, v->field, v->at };

	(void)f;
	memcpy((char *)c + k->member, &number, sizeof(number));
	return 0;
}

static int
take_string(struct notes *c, const struct note_kind *k,
    const struct note_value *v, struct fail *f)
{
	(void)f;
	memcpy((char *)c + k->member, &v->text, sizeof(v->text));
	return 0;
}

/*
 * In a note "yes" means that cr3 is extended.  In __xen_guest "yes" alone means
 * that the L3 table must be below 4 GiB; "yes[extended-cr3]" that it need not.
 */
static int
take_pae(struct notes *c, const struct note_kind *k,
    const struct note_value *v, struct fail *f)
{
	bool extended = strcmp(v->text, v->in_string ? "yes[extended-cr3]" :
	    "yes") == 0;

	(void)k, (void)f;
	if (!v->in_string && strstr(v->text, "bimodal") != NULL)
		c->pae = "bimodal";
	else if (extended)
		c->pae = "extended";
	else if (v->in_string && strncmp(v->text, "yes", 3) == 0)
		c->pae = "yes";
	return 0;
}

static int
take_symtab(struct notes *c, const struct note_kind *k,
    const struct note_value *v, struct fail *f)
{
	(void)k, (void)f;
	/* In __xen_guest the key needs no value. */
	if (v->in_string || strcmp(v->text, "yes") == 0)
		c->bsd_symtab = true;
	return 0;
}

static int
take_features(struct notes *c, const struct note_kind *k,
    const struct note_value *v, struct fail *f)
{
	(void)k;
	return features_read(v->text, false, &c->features_supported,
	    &c->features_required, f);
}

static int
take_supported(struct notes *c, const struct note_kind *k,
    const struct note_value *v, struct fail *f)
{
	(void)k, (void)f;
	/* The note has bits of one submap of features: XENFEAT_NR_SUBMAPS. */
	c->features_supported |= (uint32_t)v->number;
	return 0;
}

int
notes_take(struct notes *c, const struct note_kind *k,
    const struct note_value *v, const struct image_file *file,
    struct fail *f)
{
	struct fail why = { .kind = FAIL_NONE };

	if (k->take == NULL || k->take(c, k, v, &why) == 0)
		return 0;
	return fail(f, why.kind, "'%s': %s at 0x%" PRIx64 ": %s", file->what,
	    v->field, file->base + v->at, why.message);
}

/* ---- is it a PV kernel? ---- */

static bool
begins(const char *text, const char *with)
{
	return text != NULL && strncmp(text, with, strlen(with)) == 0;
}

/* A value for a message; one that is not there is not ''. */
struct quoted { char text[512]; };

static struct quoted
quoted(const char *text)
{
	struct quoted q = { "missing" };

	if (text != NULL)
		snprintf(q.text, sizeof(q.text), "'%.500s'", text);
	return q;
}

/*
 * Where a kernel for PVH alone begins is in PHYS32_ENTRY; its e_entry is no
 * address of a PV domain.  It may have VIRT_BASE: Linux does.
 */
bool
notes_pvh_only(const struct notes *c)
{
	return c->phys32_entry.set && !c->entry.set;
}

void
notes_physical(struct notes *c)
{
	const struct note_number none = { .set = false };

	c->entry = c->phys32_entry;
	c->virt_base = c->paddr_offset = none;
	c->hypercall_page = c->init_p2m = c->hv_start_low = none;
	c->pae = "no";
}

int
notes_check(const struct notes *c, const struct image_file *file,
    struct fail *f)
{
	if (notes_pvh_only(c))
		return fail(f, FAIL_INPUT, "'%s' is PVH only: it has the note "
		    "PHYS32_ENTRY at 0x%" PRIx64 " and no note ENTRY, where a "
		    "PV kernel begins; Linux has it when built with "
		    "CONFIG_XEN_PV, which 32-bit kernels lost in Linux 5.9",
		    file->what, file->base + c->phys32_entry.at);
	if (!begins(c->loader, "generic") && !begins(c->guest_os, "linux"))
		return fail(f, FAIL_INPUT, "'%s' is not for this kind of "
		    "loader: LOADER is %s and GUEST_OS %s, but one of "
		    "LOADER=generic and GUEST_OS=linux is needed", file->what,
		    quoted(c->loader).text, quoted(c->guest_os).text);
	if (!begins(c->xen_version, "xen-3.0"))
		return fail(f, FAIL_INPUT, "'%s' is for another Xen: its "
		    "XEN_VERSION is %s and must begin with 'xen-3.0'",
		    file->what, quoted(c->xen_version).text);
	return 0;
}
