#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/check.h"

/* The payloads of image and modules, sorted by role; v is malloced. */
struct roles {
	const struct payload **v;
	size_t n;
};

static int
compare_roles(const void *a, const void *b)
{
	const struct payload *const *x = a, *const *y = b;

	return strcmp((*x)->role, (*y)->role);
}

/* FAIL_INPUT if two payloads have the same role. */
static int
collect_roles(const struct plan *p, struct roles *roles, struct fail *f)
{
	size_t n = 0;

	while (plan_payload_at(p, n) != NULL)
		n++;
	roles->n = n;
	roles->v = calloc(n + 1, sizeof(const struct payload *));
	if (roles->v == NULL)
		return fail_memory(f, (n + 1) * sizeof(const struct payload *));
	for (size_t i = 0; i < n; i++)
		roles->v[i] = plan_payload_at(p, i);
	qsort(roles->v, n, sizeof(const struct payload *), compare_roles);
	for (size_t i = 1; i < n; i++)
		if (compare_roles(&roles->v[i - 1], &roles->v[i]) == 0)
			return fail(f, FAIL_INPUT, "two payloads have the role"
			    " '%s'", roles->v[i]->role);
	return 0;
}

static const struct payload *
find_role(const struct roles *roles, const char *role)
{
	const struct payload wanted = { .role = role };
	const struct payload *key = &wanted;
	const struct payload **found = bsearch(&key, roles->v, roles->n,
	    sizeof(const struct payload *), compare_roles);

	return found == NULL ? NULL : *found;
}

/* Do size bytes at an offset end at limit or before? */
static bool
fits(uint64_t offset, uint64_t size, uint64_t limit)
{
	return offset <= limit && size <= limit - offset;
}

static int
check_address(const struct abi *a, const char *what, uint64_t va,
    struct fail *f)
{
	if (!abi_canonical(a, va))
		return fail(f, FAIL_INPUT, "'image.%s' is 0x%" PRIx64
		    ", no address of a %s guest", what, va, a->words);
	if (abi_in_hole(a, va, va))
		return fail(f, FAIL_INPUT, "'image.%s' is 0x%" PRIx64
		    ", in %s, 0x%" PRIx64 " to 0x%" PRIx64,
		    what, va, a->hole_words, a->hole_start, a->hole_last);
	return 0;
}

static int
check_aligned(const char *what, uint64_t va, struct fail *f)
{
	if (va % PAGE_BYTES == 0)
		return 0;
	return fail(f, FAIL_INPUT, "%s is 0x%" PRIx64 ", not page aligned: 0x%"
	    PRIx64 " bytes past a multiple of %d", what, va, va % PAGE_BYTES,
	    (int)PAGE_BYTES);
}

uint64_t
plan_region_start(const struct plan_image *i)
{
	const uint64_t line = i->abi->region_line;

	return line != 0 ? i->kstart / line * line : i->virt_base;
}

static int
check_addresses(const struct plan_image *i, struct fail *f)
{
	const struct abi *a = i->abi;

	if (check_address(a, "virt_base", i->virt_base, f) < 0 ||
	    check_address(a, "kstart", i->kstart, f) < 0 ||
	    check_address(a, "entry", i->entry, f) < 0)
		return -1;
	if (i->hypercall_page.set && check_address(a, "hypercall_page",
	    i->hypercall_page.value, f) < 0)
		return -1;
	if (i->kend <= i->kstart)
		return fail(f, FAIL_INPUT, "'image.kend' is 0x%" PRIx64
		    ", not above 'kstart', 0x%" PRIx64, i->kend, i->kstart);
	if (check_address(a, "kend", i->kend - 1, f) < 0)
		return -1;
	/* Both ends are outside of the hole, so if they overlap it at all, they
	 * enclose it. */
	if (abi_in_hole(a, i->kstart, i->kend - 1))
		return fail(f, FAIL_INPUT, "the image from 0x%" PRIx64 " to 0x%"
		    PRIx64 " encloses %s", i->kstart, i->kend - 1,
		    a->hole_words);
	return 0;
}

static int
check_bounds(const struct plan_image *i, struct fail *f)
{
	if (i->virt_base > i->kstart)
		return fail(f, FAIL_INPUT, "'image.virt_base' is 0x%" PRIx64
		    ", above 'kstart', 0x%" PRIx64, i->virt_base, i->kstart);
	if (check_aligned("'image.virt_base'", plan_region_start(i), f) < 0 ||
	    (i->hypercall_page.set && check_aligned("'image.hypercall_page'",
	    i->hypercall_page.value, f) < 0))
		return -1;
	if (i->abi->image.page_aligned &&
	    check_aligned("'image.kstart'", i->kstart, f) < 0)
		return -1;
	if (i->entry < i->kstart || i->entry >= i->kend)
		return fail(f, FAIL_INPUT, "'image.entry' is 0x%" PRIx64
		    ", outside the kernel, 0x%" PRIx64 " to 0x%" PRIx64,
		    i->entry, i->kstart, i->kend - 1);
	return 0;
}

static int
check_segment(const struct plan_image *i, size_t n, uint64_t from,
    const struct roles *roles, struct fail *f)
{
	const struct image_segment *s = &i->segments[n];
	const struct payload *from_file = find_role(roles, s->role);

	if (s->va < from || !fits(s->va, s->memsz, i->kend))
		return fail(f, FAIL_INPUT, "'image.segments[%zu]', 0x%" PRIx64
		    " bytes at 0x%" PRIx64 ", is not between 0x%" PRIx64
		    " and 'kend', 0x%" PRIx64, n, s->memsz, s->va, from,
		    i->kend);
	if (s->filesz > s->memsz)
		return fail(f, FAIL_INPUT, "'image.segments[%zu].filesz' is %"
		    PRIu64 ", more than 'memsz', %" PRIu64, n, s->filesz,
		    s->memsz);
	if (from_file == NULL)
		return fail(f, FAIL_INPUT, "'image.segments[%zu].role' is '%s',"
		    " which no payload has", n, s->role);
	if (!fits(s->offset, s->filesz, from_file->size))
		return fail(f, FAIL_INPUT, "'image.segments[%zu]', %" PRIu64
		    " bytes at offset %" PRIu64 ", ends outside the payload"
		    " '%s' of %" PRIu64 " bytes", n, s->filesz, s->offset,
		    s->role, from_file->size);
	return 0;
}

static int
check_segments(const struct plan_image *i, const struct roles *roles,
    struct fail *f)
{
	uint64_t from = i->kstart;

	for (size_t n = 0; n < i->n_segments; n++) {
		if (check_segment(i, n, from, roles, f) < 0)
			return -1;
		from = i->segments[n].va + i->segments[n].memsz;
	}
	return 0;
}

int
plan_check_image(const struct plan *p, struct fail *f)
{
	const struct plan_image *i = &p->image;
	struct roles roles = { NULL, 0 };
	int rc = collect_roles(p, &roles, f);

	if (rc == 0 && (check_addresses(i, f) < 0 || check_bounds(i, f) < 0 ||
	    check_segments(i, &roles, f) < 0))
		rc = -1;
	free(roles.v);
	return rc;
}

static int
check_part(const struct module_part *part, uint64_t end, uint64_t size,
    const char *path, struct fail *f)
{
	if (part->offset < end ||
	    !fits(part->offset, part->payload.size, size))
		return fail(f, FAIL_INPUT, "'%s', %" PRIu64 " bytes at offset "
		    "%" PRIu64 ", is not between offset %" PRIu64 " and the "
		    "module's end, %" PRIu64, path, part->payload.size,
		    part->offset, end, size);
	if (part->payload.size == 0)
		return fail(f, FAIL_INPUT, "'%s' is empty", path);
	if (part->offset != ((end + 3) & ~UINT64_C(3)))
		return fail(f, FAIL_INPUT, "'%s' is at offset %" PRIu64 ", not "
		    "at the next multiple of 4 from offset %" PRIu64 " on",
		    path, part->offset, end);
	return 0;
}

/* The parts make up the whole module: xb-parse writes no others, and a layout
 * has no place for bytes of a ramdisk that come from nowhere. */
static int
check_parts(const struct plan_module *m, size_t n, struct fail *f)
{
	uint64_t end = 0;
	char path[64];

	for (size_t i = 0; i < m->n_parts; i++) {
		snprintf(path, sizeof(path), "modules[%zu].parts[%zu]", n, i);
		if (check_part(&m->parts[i], end, m->size, path, f) < 0)
			return -1;
		end = m->parts[i].offset + m->parts[i].payload.size;
	}
	return end == m->size ? 0 : fail(f, FAIL_INPUT, "'modules[%zu].parts' "
	    "end at offset %" PRIu64 ", the module at %" PRIu64, n, end,
	    m->size);
}

int
plan_check_modules(const struct plan *p, struct fail *f)
{
	for (size_t n = 0; n < p->n_modules; n++) {
		if (p->modules[n].size == 0)
			return fail(f, FAIL_INPUT, "'modules[%zu].size' is 0",
			    n);
		if (check_parts(&p->modules[n], n, f) < 0)
			return -1;
	}
	return 0;
}
