/*
 * elf-place: where the bytes of an ELF kernel belong: its program headers, and
 * the addresses that they have in the guest.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/elf.h"
#include "image/work.h"

/* ---- segments ---- */

static int
check_segment(const struct elf *elf, size_t i, uint64_t addr, bool virtual,
    struct fail *f)
{
	const struct elf_segment *s = &elf->segments[i];
	uint64_t end;

	if (s->filesz > s->memsz)
		return elfimage_refuse(elf, f, P_FILESZ, i, s->filesz,
		    "more than its p_memsz 0x%" PRIx64, s->memsz);
	if (!imagefile_holds(elf->file, s->offset, 0))
		return elfimage_refuse(elf, f, P_OFFSET, i, s->offset,
		    "past the end of the image, 0x%" PRIx64, elf->file->size);
	if (!imagefile_holds(elf->file, s->offset, s->filesz))
		return elfimage_refuse(elf, f, P_FILESZ, i, s->filesz,
		    "so from p_offset 0x%" PRIx64 " it goes past the end of "
		    "the image, 0x%" PRIx64, s->offset, elf->file->size);
	if (__builtin_add_overflow(addr, s->memsz, &end))
		return elfimage_refuse(elf, f, P_MEMSZ, i, s->memsz,
		    "so from %s 0x%" PRIx64 " it wraps around the end of the "
		    "address space", virtual ? "p_vaddr" : "p_paddr", addr);
	return 0;
}

static bool
is_loaded(const struct elf_segment *s, const struct abi_image *rules)
{
	return s->type == PT_LOAD && (s->flags & (PF_W | PF_X |
	    (rules->load_readable ? PF_R : 0u))) != 0;
}

/*
 * Takes the program headers that are loaded: bounds into kstart and kend, and a
 * segment for each that has bytes in memory.  Addresses are those of the file.
 */
static int
take_segments(struct image_work *w, const struct elf *elf, struct fail *f)
{
	struct plan_image *img = &w->plan->image;
	const struct abi_image *rules = &img->abi->image;

	/* One more for a symbol table. */
	img->segments = arena_array(&w->plan->arena, elf->n_segments + 1,
	    sizeof(*img->segments), f);
	if (img->segments == NULL)
		return -1;
	img->kstart = UINT64_MAX;
	for (size_t i = 0; i < elf->n_segments; i++) {
		const struct elf_segment *s = &elf->segments[i];
		uint64_t addr = rules->at_vaddr ? s->vaddr : s->paddr;

		if (!is_loaded(s, rules))
			continue;
		if (check_segment(elf, i, addr, rules->at_vaddr, f) < 0)
			return -1;
		if (addr < img->kstart)
			img->kstart = addr;
		if (addr + s->memsz > img->kend)
			img->kend = addr + s->memsz;
		if (s->memsz > 0)
			img->segments[img->n_segments++] =
			    (struct image_segment){ addr, s->memsz, "kernel",
			    elf->file->base + s->offset, s->filesz };
	}
	if (img->n_segments == 0)
		return fail(f, FAIL_INPUT, "'%s' has nothing to load: none of "
		    "its %zu program headers is a PT_LOAD with bytes and the "
		    "flags that %s loads", elf->file->what, elf->n_segments,
		    img->abi->name);
	return 0;
}

static int
by_address(const void *a, const void *b)
{
	const struct image_segment *x = a, *y = b;

	return (x->va > y->va) - (x->va < y->va);
}

/* The program header that segment s was made of: the last one that fits. */
static size_t
header_of(const struct elf *elf, const struct image_segment *s, bool virtual)
{
	size_t i = elf->n_segments;

	while (--i > 0) {
		const struct elf_segment *e = &elf->segments[i];

		if (e->type == PT_LOAD && e->memsz == s->memsz &&
		    (virtual ? e->vaddr : e->paddr) == s->va &&
		    e->offset + elf->file->base == s->offset)
			break;
	}
	return i;
}

static int
refuse_overlap(const struct elf *elf, const struct image_segment *s,
    const struct image_segment *other, bool virtual, struct fail *f)
{
	enum elf_field field = virtual ? P_VADDR : P_PADDR;

	return elfimage_refuse(elf, f, field, header_of(elf, s, virtual),
	    s->va, "so its 0x%" PRIx64
	    " bytes overlap those of another PT_LOAD, 0x%" PRIx64 "-0x%" PRIx64
	    " (end exclusive)", s->memsz, other->va, other->va + other->memsz);
}

static int
sort_segments(struct image_work *w, const struct elf *elf, struct fail *f)
{
	struct plan_image *img = &w->plan->image;
	const struct image_segment *s = img->segments;

	qsort(img->segments, img->n_segments, sizeof(*img->segments),
	    by_address);
	for (size_t i = 1; i < img->n_segments; i++)
		if (s[i].va - s[i - 1].va < s[i - 1].memsz)
			return refuse_overlap(elf, &s[i], &s[i - 1],
			    img->abi->image.at_vaddr, f);
	return 0;
}

/* ---- addresses ---- */

/*
 * Moves all segments by the same distance.  The sum may wrap for a segment as a
 * whole, as where low physical addresses move to the top of the address space;
 * it must not wrap inside one, nor between the lowest and another.
 */
static int
move_segments(struct plan_image *img, const struct elf *elf, uint64_t by,
    struct fail *f)
{
	const uint64_t lowest = img->kstart + by;

	for (size_t i = 0; i < img->n_segments; i++) {
		const struct image_segment *s = &img->segments[i];
		const uint64_t va = s->va + by;

		if (va < lowest || va + (s->memsz - 1) < va)
			return elfimage_refuse(elf, f, P_MEMSZ,
			    header_of(elf, s, img->abi->image.at_vaddr),
			    s->memsz, "so from 0x%" PRIx64
			    ", 0x%" PRIx64 " past the kernel's start at 0x%"
			    PRIx64 ", it wraps around the end of the address "
			    "space", va, s->va - img->kstart, lowest);
	}
	img->kstart += by;
	img->kend += by;
	for (size_t i = 0; i < img->n_segments; i++)
		img->segments[i].va += by;
	return 0;
}

/*
 * Finds virt_base and paddr_offset, and moves the segments: a byte that has the
 * address p in the image is mapped at p - paddr_offset + virt_base.
 */
static int
place_kernel(struct image_work *w, const struct elf *elf,
    const struct notes *c, struct fail *f)
{
	struct plan_image *img = &w->plan->image;

	if (c->paddr_offset.set && !c->virt_base.set)
		return imagefile_refuse(&w->file, f, c->paddr_offset.field,
		    c->paddr_offset.at, c->paddr_offset.value,
		    "but there is no VIRT_BASE that it could count from");
	img->virt_base = img->abi->image.base_kstart && !c->virt_base.set ?
	    img->kstart : c->virt_base.value;
	img->virt_base = plan_region_start(img);
	img->paddr_offset = img->virt_base;
	if (c->paddr_offset.set || strcmp(c->from, "__xen_guest") != 0)
		img->paddr_offset = c->paddr_offset.value;
	return move_segments(img, elf, img->virt_base - img->paddr_offset, f);
}

/*
 * Words on how an address was reckoned that is not its segment's p_vaddr, and
 * so stands nowhere in the file; and on the way out.
 */
struct reckoned { char text[400]; };

static struct reckoned
reckon(const struct plan_image *img, const struct elf_segment *s)
{
	struct reckoned r;

	snprintf(r.text, sizeof(r.text), "0x%" PRIx64 " is p_paddr 0x%" PRIx64
	    " + VIRT_BASE 0x%" PRIx64 " - PADDR_OFFSET 0x%" PRIx64
	    ", while p_vaddr is 0x%" PRIx64 ": %s", s->paddr +
	    img->virt_base - img->paddr_offset, s->paddr, img->virt_base,
	    img->paddr_offset, s->vaddr, s->paddr == s->vaddr ?
	    "make the note PADDR_OFFSET equal to VIRT_BASE" :
	    "set p_paddr with AT() in the linker script, or the note "
	    "PADDR_OFFSET");
	return r;
}

/* Is the segment loaded elsewhere than its p_vaddr says? */
static bool
is_astray(const struct plan_image *img, const struct elf_segment *s)
{
	const struct abi_image *rules = &img->abi->image;

	return is_loaded(s, rules) && !rules->at_vaddr && !rules->physical &&
	    s->paddr + img->virt_base - img->paddr_offset != s->vaddr;
}

/* Explains a refusal of addresses by the lowest segment of the kernel. */
static int
explain_addresses(const struct plan_image *img, const struct elf *elf,
    struct fail *f)
{
	const struct elf_segment *low = NULL;

	for (size_t i = 0; i < elf->n_segments; i++)
		if (is_loaded(&elf->segments[i], &img->abi->image) &&
		    (low == NULL || elf->segments[i].paddr < low->paddr))
			low = &elf->segments[i];
	if (low != NULL && is_astray(img, low))
		fail_add(f, "; %s", reckon(img, low).text);
	return -1;
}

static void
warn_astray(const struct image_work *w, const struct elf *elf, struct fail *f)
{
	const struct plan_image *img = &w->plan->image;

	for (size_t i = 0; i < elf->n_segments; i++) {
		const struct elf_segment *s = &elf->segments[i];
		uint64_t va = s->paddr + img->virt_base - img->paddr_offset;

		if (is_astray(img, s) && img->entry - va < s->memsz)
			fail_warn(f, "'%s': program header %zu, which has the "
			    "entry, is not loaded where it was linked: %s",
			    w->file.what, i, reckon(img, s).text);
	}
}

int
elf_place(struct image_work *w, const struct elf *elf, const struct notes *c,
    struct fail *f)
{
	if (take_segments(w, elf, f) < 0 || sort_segments(w, elf, f) < 0)
		return -1;
	if (place_kernel(w, elf, c, f) < 0 ||
	    image_check_addresses(w, c, f) < 0)
		return explain_addresses(&w->plan->image, elf, f);
	warn_astray(w, elf, f);
	return 0;
}
