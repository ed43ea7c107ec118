/*
 * domain: a plan from anybody becomes a domain.
 *
 * Whatever stages make of a plan without a complaint must be what xb-verify,
 * which shares no code with them, expects of that plan.  The payloads that the
 * plan names are replaced by files that exist.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../unit/held.h"
#include "build/layout.h"
#include "build/load.h"
#include "build/pgtable.h"
#include "build/startinfo.h"
#include "build/vcpu.h"
#include "fuzz.h"
#include "verify/verify.h"

enum { PAGES_MAX = 2048, SIZES = 17 };

/* ---- payloads: a file of each power of two ---- */

static struct file {
	struct plan_source source;
	char path[64];
} files[SIZES];

static void
make_file(struct file *file, size_t size)
{
	static unsigned char bytes[1 << (SIZES - 1)];
	struct fail f = { .kind = FAIL_NONE };
	int fd = memfd_create("payload", MFD_CLOEXEC);

	for (size_t i = 0; i < size; i++)
		bytes[i] = (unsigned char)(i / 251 + i * 7 + 1);
	fuzz_promise(fd >= 0 && write(fd, bytes, size) == (ssize_t)size &&
	    file_sha256(fd, "payload", size, file->source.sha256, &f) == 0 &&
	    file_settle(fd, "payload", &file->source.id, &f) == 0,
	    "a payload can be made");
	snprintf(file->path, sizeof(file->path), "/proc/self/fd/%d", fd);
	file->source.path = (struct bytes){ file->path, strlen(file->path) };
}

/* The file that is as large as the payload, or the next one up or down. */
static void
replace(struct payload *p, bool up)
{
	unsigned i = 0;

	while (i + 1 < SIZES && UINT64_C(2) << i <= p->size)
		i++;
	if (up && i + 1 < SIZES && UINT64_C(1) << i < p->size)
		i++;
	p->size = UINT64_C(1) << i;
	memcpy(p->sha256, files[i].source.sha256, SHA256_BYTES);
}

static bool
replace_payloads(struct plan *p)
{
	struct fail f = { .kind = FAIL_NONE };
	struct plan_source *s = arena_array(&p->arena, SIZES, sizeof(*s), &f);

	for (size_t i = 0; i < SIZES; i++)
		if (files[i].source.path.data == NULL)
			make_file(&files[i], (size_t)1 << i);
	for (size_t i = 0; i < p->image.n_payloads; i++)
		replace(&p->image.payloads[i], true);
	for (size_t i = 0; i < p->n_modules; i++)
		for (size_t k = 0; k < p->modules[i].n_parts; k++)
			replace(&p->modules[i].parts[k].payload, false);
	for (size_t i = 0; s != NULL && i < SIZES; i++)
		s[i] = files[i].source;
	p->sources = s;
	p->n_sources = SIZES;
	plan_add(p, PLAN_SOURCES);
	return s != NULL && plan_check(p, &f) == 0;
}

/* ---- building ---- */

static int
load(struct plan *p, struct target *t, struct fail *f)
{
	struct owner owner = { .name = "file:held", .chosen = true };
	struct payloads open = PAYLOADS_INIT;
	int rc = payloads_open(&open, p, f);

	if (rc == 0)
		rc = loader_load(t, p, &owner, &open, f);
	payloads_release(&open);
	return rc;
}

static int
build(struct plan *p, struct target *t, struct fail *f)
{
	struct startinfo_options rings = { .no_store = false };
	struct vcpu_options options = { .leave_paused = true };
	struct target_info info;

	return load(p, t, f) < 0 || t->ops->info(t, &info, f) < 0 ||
	    pgtable_build(t, &info, p, NULL, f) < 0 ||
	    startinfo_build(t, &info, p, &rings, f) < 0 ||
	    vcpu_launch(t, &info, p, &options, f) < 0 ? -1 : 0;
}

static void
complain(void *arg, enum verify_result r, const char *check,
    const char *detail)
{
	(void)arg;
	if (r == VERIFY_DIFFERS)
		fprintf(stderr, "fuzz: %s: %s\n", check, detail);
}

static void
build_and_judge(struct plan *p)
{
	struct fail f = { .kind = FAIL_NONE };
	struct target *t = held_new(p->layout.pages, 1, &f);

	fuzz_promise(t != NULL, "a domain can be made");
	if (build(p, t, &f) == 0)
		fuzz_promise(verify_domain(p, t, complain, NULL, &f) == 0,
		    "what was built is what the plan says");
	else if (f.kind != FAIL_TARGET)
		fuzz_outcome(-1, &f);
	target_close(t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct fail f = { .kind = FAIL_NONE };
	struct plan p;

	if (fuzz_read_plan(&p, bytes, n) && plan_has(&p, PLAN_COMMAND_LINE)) {
		plan_drop_from(&p, PLAN_MEMORY);
		if (replace_payloads(&p) && (plan_has(&p, PLAN_LAYOUT) ||
		    layout_solve(&p, PAGES_MAX / 2, &f) == 0) &&
		    p.layout.pages <= PAGES_MAX)
			build_and_judge(&p);
	}
	plan_release(&p);
	return 0;
}
