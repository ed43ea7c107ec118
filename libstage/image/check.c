/*
 * check: refuses addresses and features that could not be laid out, mapped or
 * run later, here where the message can name the field of the image.
 */
#include <inttypes.h>

#include "image/work.h"
#include "abi/features.h"

static int
refuse(const struct image_work *w, const struct note_number *c, struct fail *f,
    const char *words)
{
	return imagefile_refuse(&w->file, f, c->field, c->at, c->value, "%s",
	    words);
}

/* ---- base and kernel ---- */

static int
check_base(const struct image_work *w, const struct notes *c, struct fail *f)
{
	const struct plan_image *img = &w->plan->image;
	const char *what = w->file.what;

	if (!abi_canonical(img->abi, img->virt_base) ||
	    !abi_canonical(img->abi, img->kend - 1))
		return fail(f, FAIL_INPUT, "'%s': the kernel at 0x%" PRIx64
		    "-0x%" PRIx64 " from base 0x%" PRIx64 " is outside the "
		    "%u-bit address space of %s", what, img->kstart, img->kend,
		    img->virt_base, img->abi->va_bits, img->abi->name);
	if (img->virt_base % PAGE_BYTES != 0)
		return c->virt_base.set ? refuse(w, &c->virt_base, f,
		    "not a multiple of 4096") :
		    fail(f, FAIL_INPUT, "'%s': the address space begins at 0x%"
		    PRIx64 ", which is not a multiple of 4096", what,
		    img->virt_base);
	if (img->kstart < img->virt_base)
		return c->virt_base.set ? imagefile_refuse(&w->file, f,
		    c->virt_base.field, c->virt_base.at, c->virt_base.value,
		    "above the kernel, which starts at 0x%" PRIx64,
		    img->kstart) :
		    fail(f, FAIL_INPUT, "'%s': the kernel starts at 0x%"
		    PRIx64 ", below its virtual base 0x%" PRIx64, what,
		    img->kstart, img->virt_base);
	if (img->abi->image.page_aligned && img->kstart % PAGE_BYTES != 0)
		return fail(f, FAIL_INPUT, "'%s': the kernel starts at 0x%"
		    PRIx64 ", which is not a multiple of 4096", what,
		    img->kstart);
	if (abi_in_hole(img->abi, img->virt_base, img->kend - 1))
		return fail(f, FAIL_INPUT, "'%s': the kernel at 0x%" PRIx64
		    "-0x%" PRIx64 " from base 0x%" PRIx64 " touches %s "
		    "0x%" PRIx64 "-0x%" PRIx64, what,
		    img->kstart, img->kend, img->virt_base,
		    img->abi->hole_words, img->abi->hole_start,
		    img->abi->hole_last);
	return 0;
}

static int
check_entry(const struct image_work *w, const struct notes *c, uint64_t kend,
    struct fail *f)
{
	const struct plan_image *img = &w->plan->image;
	uint64_t bytes = 0;

	if (img->entry < img->kstart || img->entry >= kend)
		return imagefile_refuse(&w->file, f, c->entry.field,
		    c->entry.at, img->entry, "an entry outside the kernel, 0x%"
		    PRIx64 "-0x%" PRIx64 " (end exclusive; VIRT_BASE is 0x%"
		    PRIx64 ")", img->kstart, kend, img->virt_base);
	for (size_t i = 0; i < img->n_segments; i++) {
		const struct image_segment *s = &img->segments[i];

		if (img->entry >= s->va && img->entry - s->va < s->filesz)
			return 0;
		bytes += s->filesz;
	}
	return imagefile_refuse(&w->file, f, c->entry.field, c->entry.at,
	    img->entry, "where the kernel has no bytes in the file, only "
	    "zeros%s", bytes > 0 ? "" : "; nor has it any elsewhere, as where "
	    "debug information was split off from a kernel (objcopy "
	    "--only-keep-debug): give the kernel itself");
}

/* ---- pages that the kernel asks for ---- */

static int
check_hypercall_page(struct image_work *w, const struct notes *c,
    struct fail *f)
{
	struct plan_image *img = &w->plan->image;
	const struct note_number *page = &c->hypercall_page;

	if (!page->set)
		return 0;
	if (page->value % PAGE_BYTES != 0)
		return refuse(w, page, f, "not a multiple of 4096");
	if (page->value < img->virt_base ||
	    !abi_canonical(img->abi, page->value))
		return imagefile_refuse(&w->file, f, page->field, page->at,
		    page->value, "outside the region that starts at 0x%" PRIx64,
		    img->virt_base);
	if (abi_in_hole(img->abi, page->value, page->value))
		return refuse(w, page, f, "inside the hypervisor's hole");
	img->hypercall_page = (struct maybe){ true, page->value };
	return 0;
}

/* Bytes of the p2m list of the smallest domain that could hold the kernel. */
static uint64_t
least_list(const struct plan_image *img)
{
	const uint64_t smallest = 1024; /* pages: a region is 4 MiB at least */
	uint64_t pages = pages_of(img->kend - img->virt_base);

	return (pages > smallest ? pages : smallest) * img->abi->p2m_reserved;
}

static int
refuse_p2m(const struct image_work *w, const struct note_number *p2m,
    struct fail *f)
{
	const struct plan_image *img = &w->plan->image;
	uint64_t last;

	if (p2m->value % PAGE_BYTES != 0)
		return refuse(w, p2m, f, "not a multiple of 4096");
	if (p2m->value >= img->kstart && p2m->value < img->kend)
		return imagefile_refuse(&w->file, f, p2m->field, p2m->at,
		    p2m->value, "inside the kernel, 0x%" PRIx64 "-0x%" PRIx64,
		    img->kstart, img->kend);
	if (__builtin_add_overflow(p2m->value, least_list(img) - 1, &last))
		return imagefile_refuse(&w->file, f, p2m->field, p2m->at,
		    p2m->value, "so high that the list of 0x%" PRIx64 " bytes "
		    "or more goes past the end of the address space",
		    least_list(img));
	if (!abi_canonical(img->abi, p2m->value) ||
	    !abi_canonical(img->abi, last))
		return refuse(w, p2m, f, "so the list has addresses that are "
		    "not canonical");
	if (abi_in_hole(img->abi, p2m->value, last))
		return refuse(w, p2m, f, "so the list touches the "
		    "hypervisor's hole");
	if (p2m->value < img->virt_base && last >= img->virt_base)
		return imagefile_refuse(&w->file, f, p2m->field, p2m->at,
		    p2m->value, "so the list of 0x%" PRIx64 " bytes or more "
		    "reaches the region at 0x%" PRIx64, least_list(img),
		    img->virt_base);
	return 0;
}

static int
check_init_p2m(struct image_work *w, const struct notes *c, struct fail *f)
{
	struct plan_image *img = &w->plan->image;
	const struct note_number *p2m = &c->init_p2m;

	if (!p2m->set)
		return 0;
	if (!img->abi->init_p2m) {
		fail_note(f, "'%s': note INIT_P2M is ignored: %s has no p2m "
		    "list of its own", w->file.what, img->abi->name);
		return 0;
	}
	if (refuse_p2m(w, p2m, f) < 0)
		return -1;
	/* Xen's libxenguest ignores a list that is not below the region. */
	if (p2m->value < img->virt_base)
		img->init_p2m = (struct maybe){ true, p2m->value };
	else
		fail_warn(f, "'%s': note INIT_P2M 0x%" PRIx64 " is ignored: "
		    "it is not below the virtual base 0x%" PRIx64,
		    w->file.what, p2m->value, img->virt_base);
	return 0;
}

int
image_check_addresses(struct image_work *w, const struct notes *c,
    struct fail *f)
{
	struct plan_image *img = &w->plan->image;

	if (img->kstart >= img->kend)
		return fail(f, FAIL_INPUT, "'%s': the kernel 0x%" PRIx64 "-0x%"
		    PRIx64 " is empty or wraps around the end of the address "
		    "space", w->file.what, img->kstart, img->kend);
	if (check_base(w, c, f) < 0 || check_entry(w, c, img->kend, f) < 0 ||
	    check_hypercall_page(w, c, f) < 0)
		return -1;
	return check_init_p2m(w, c, f);
}

/* ---- features ---- */

static const char *
first_name(uint64_t bits)
{
	for (unsigned bit = 0; bit < 64; bit++)
		if ((bits >> bit & 1) != 0 && feature_name(bit) != NULL)
			return feature_name(bit);
	return "a feature without a name";
}

int
image_features_known(const char *text, struct fail *f)
{
	uint64_t supported = 0, required = 0;
	struct fail why = { .kind = FAIL_NONE };

	if (features_read(text, true, &supported, &required, &why) < 0)
		return fail(f, FAIL_USAGE, "-f: %s", why.message);
	return 0;
}

int
image_check_features(struct image_work *w, const struct notes *c,
    struct fail *f)
{
	struct plan_image *img = &w->plan->image;
	const uint64_t dom0 = UINT64_C(1) << FEATURE_DOM0;
	const uint64_t translated = UINT64_C(1) << FEATURE_AUTO_TRANSLATED;
	const uint64_t supervisor = UINT64_C(1) << FEATURE_SUPERVISOR;
	uint64_t asked = 0, needed = 0, active;

	if (w->request->features != NULL && features_read(w->request->features,
	    true, &asked, &needed, f) < 0)
		return -1;
	active = asked | c->features_required;
	if ((active & dom0) != 0)
		return fail(f, FAIL_INPUT, "'%s' needs feature 'dom0': it runs "
		    "as the first domain of a host alone", w->file.what);
	if ((active & ~c->features_supported) != 0)
		return fail(f, FAIL_INPUT, "'%s' does not support feature '%s' "
		    "that -f asks for", w->file.what,
		    first_name(active & ~c->features_supported));
	if ((active & translated) != 0 && !img->abi->image.physical)
		return fail(f, FAIL_INPUT, "'%s' needs feature "
		    "'auto_translated_physmap', which no PV domain has: it is "
		    "for PVH", w->file.what);
	if ((active & supervisor) != 0 && !img->abi->image.physical)
		fail_warn(f, "'%s' needs feature 'supervisor_mode_kernel', "
		    "which PVH domains alone have: a PV domain may not run it",
		    w->file.what);
	img->features_supported = c->features_supported;
	img->features_required = active;
	return 0;
}

int
image_check_abi(const struct image_work *w, const struct abi *found,
    const char *reason, struct fail *f)
{
	const struct abi *asked = w->request->abi;

	if (asked == NULL || asked == found)
		return 0;
	return fail(f, FAIL_INPUT, "-A %s does not suit '%s': it is a kernel "
	    "for %s (%s)", asked->name, w->file.what, found->name, reason);
}
