/*
 * kernel: the broker's part in reading a kernel: one process after the other
 * reads it, until nothing is left to unpack, and the last one answers with a
 * plan or, for image_can(), with facts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "image/broker.h"
#include "image/elf.h"

/* What a process that reads a kernel may send. */
enum answer {
	ANSWER_RAMDISK,			/* two uint64_t: offset and size */
	ANSWER_COMMAND_LINE,		/* bytes */
	ANSWER_NEED,			/* broker_send_need(); no plan then */
	ANSWER_SYMBOLS,			/* bytes of the symbol table */
	ANSWER_FACTS,			/* struct image_facts; no plan either */
	ANSWER_PLAN			/* of section image alone */
};

struct reading {
	struct broker *broker;
	struct child_job job;
	struct image_file file;
	enum image_depth depth;
	const char *codec;		/* that the file was unpacked with */

	/* the answer */
	bool answered, told;		/* a need or a plan; the facts */
	uint64_t ramdisk[2];		/* offset and size in the file */
	struct image_need need;
	struct plan plan;
	struct store_writer *symbols;	/* NULL: none were sent */
	uint64_t symbols_size;
};

/* ---- in the process, which ends soon and frees nothing ---- */

static int
send_symbols(void *arg, const void *bytes, size_t n, struct fail *f)
{
	const struct reading *r = arg;

	(void)f;
	if (r->broker->can == NULL)
		child_send(ANSWER_SYMBOLS, bytes, n);
	return 0;
}

/*
 * Reads the kernel once more, as that of a PVH guest.  Of a packed one nothing
 * is known until it is unpacked.
 */
static void
try_pvh(const struct reading *r, struct image_facts *facts)
{
	struct image_request request = *r->broker->request;
	struct fail why = { .kind = FAIL_NONE };
	struct plan plan;
	struct image_work w = { .plan = &plan, .file = r->file,
		.request = &request, .scratch = ARENA_INIT,
		.depth = r->depth, .codec = r->codec, .put = send_symbols,
		.arg = (void *)(uintptr_t)r };

	if (!facts->phys32_entry.set)
		return;
	plan_init(&plan);
	request.abi = abi_first(GUEST_PVH);
	facts->pvh = image_read(&w, &why) == 0;
	if (!facts->pvh)
		snprintf(facts->pvh_why, sizeof(facts->pvh_why), "%.*s",
		    (int)sizeof(facts->pvh_why) - 1, why.message);
	arena_release(&w.scratch);
	plan_release(&plan);
}

/* Says what the kernel can boot as: as PV, if a plan could be made. */
static void
send_facts(struct image_work *w, bool pv)
{
	const struct plan_image *img = &w->plan->image;
	struct image_facts *facts = &w->facts;

	facts->pv = pv && w->need.codec == NULL &&
	    img->abi->guest == GUEST_PV;
	if (facts->pv) {
		facts->read = true;
		facts->abi = (uint32_t)(img->abi - abi_rows);
		facts->entry = img->entry;
		facts->virt_base = img->virt_base;
		facts->features_supported = img->features_supported;
		facts->features_required = img->features_required;
	}
	child_send(ANSWER_FACTS, facts, sizeof(*facts));
}

static void
send_bundle(const struct image_bundle *b)
{
	const uint64_t range[2] = { b->ramdisk, b->ramdisk_size };

	if (b->ramdisk_size > 0)
		child_send(ANSWER_RAMDISK, range, sizeof(range));
	if (b->command_line != NULL)
		child_send(ANSWER_COMMAND_LINE, b->command_line,
		    strlen(b->command_line));
}

static int
read_kernel(void *arg, struct fail *f)
{
	struct reading *r = arg;
	struct image_work w = { .plan = &r->plan, .file = r->file,
		.request = r->broker->request, .scratch = ARENA_INIT,
		.depth = r->depth, .codec = r->codec, .put = send_symbols,
		.arg = r };
	bool asked = r->broker->can != NULL;
	int rc = image_read(&w, f);
	void *plan;
	size_t n;

	if (asked) {
		try_pvh(r, &w.facts);
		send_facts(&w, rc == 0);
	}
	if (rc < 0)
		return -1;
	if (!asked)
		send_bundle(&w.bundle);
	if (w.need.codec != NULL) {
		broker_send_need(ANSWER_NEED, &w.need);
		return 0;
	}
	if (asked)
		return 0;
	if (plan_encode(w.plan, &plan, &n, f) < 0)
		return -1;
	child_send(ANSWER_PLAN, plan, n);
	return 0;
}

/* ---- in the broker: the process's answer ---- */

static int
take_ramdisk(struct reading *r, const void *bytes, size_t n, struct fail *f)
{
	if (n != sizeof(r->ramdisk))
		return child_nonsense(&r->job, f);
	memcpy(r->ramdisk, bytes, n);
	if (r->ramdisk[1] == 0 || !imagefile_holds(&r->file, r->ramdisk[0],
	    r->ramdisk[1]))
		return child_nonsense(&r->job, f);
	return 0;
}

static int
take_command_line(struct reading *r, const void *bytes, size_t n,
    struct fail *f)
{
	struct broker *b = r->broker;

	if (n > 0 && memchr(bytes, '\0', n) != NULL)
		return child_nonsense(&r->job, f);
	b->command_line = arena_bytes(&b->scratch, bytes, n, f);
	return b->command_line == NULL ? -1 : 0;
}

static int
take_need(struct reading *r, const void *bytes, size_t n, struct fail *f)
{
	if (r->answered || broker_take_need(&r->job, &r->file, bytes, n,
	    &r->need, f) < 0 || r->need.depth <= r->depth)
		return child_nonsense(&r->job, f);
	r->answered = true;
	return 0;
}

/* Sections that are copied into the symbol table may share bytes of the image,
 * but together have no more bytes than it. */
static int
take_symbols(struct reading *r, const void *bytes, size_t n, struct fail *f)
{
	const uint64_t headers = 2 * ELF_SECTIONS_MAX * (uint64_t)64;
	struct store *s = broker_store(r->broker, f);

	if (s == NULL || (r->symbols == NULL &&
	    store_begin(s, &r->symbols, f) < 0))
		return -1;
	r->symbols_size += n;
	if (r->symbols_size > r->file.size + headers)
		return child_nonsense(&r->job, f);
	return store_put(r->symbols, bytes, n, f);
}

static int
take_plan(struct reading *r, const void *bytes, size_t n, struct fail *f)
{
	struct fail why = { .kind = FAIL_NONE };

	if (r->answered)
		return child_nonsense(&r->job, f);
	r->answered = true;
	if (plan_decode(&r->plan, bytes, n, "its plan", &why) == 0)
		return 0;
	if (why.kind == FAIL_SYSTEM)
		return fail_pass(f, &why);
	return fail(f, FAIL_BUG, "%s sends no plan: %s; please report this",
	    r->job.what, why.message);
}

/* Of the facts that an earlier process told, the kind of the file is kept. */
static int
take_facts(struct reading *r, const void *bytes, size_t n, struct fail *f)
{
	struct image_facts *facts = &r->broker->can->facts, now;

	if (n != sizeof(now))
		return child_nonsense(&r->job, f);
	memcpy(&now, bytes, n);
	if (facts->file[0] != '\0')
		memcpy(now.file, facts->file, sizeof(now.file));
	now.file[sizeof(now.file) - 1] = now.pae[sizeof(now.pae) - 1] = '\0';
	now.pvh_why[sizeof(now.pvh_why) - 1] = '\0';
	if (now.pv && now.abi >= ABI_COUNT)
		return child_nonsense(&r->job, f);
	*facts = now;
	r->told = true;
	return 0;
}

static int (*const take[])(struct reading *, const void *, size_t,
    struct fail *) = {
	[ANSWER_RAMDISK] = take_ramdisk,
	[ANSWER_COMMAND_LINE] = take_command_line,
	[ANSWER_NEED] = take_need,
	[ANSWER_SYMBOLS] = take_symbols,
	[ANSWER_FACTS] = take_facts,
	[ANSWER_PLAN] = take_plan,
};

static int
take_answer(void *arg, unsigned kind, const void *bytes, size_t n,
    struct fail *f)
{
	struct reading *r = arg;

	if (kind >= sizeof(take) / sizeof(take[0]) ||
	    (r->broker->can != NULL ? kind != ANSWER_FACTS &&
	    kind != ANSWER_NEED : kind == ANSWER_FACTS))
		return child_nonsense(&r->job, f);
	return take[kind](r, bytes, n, f);
}

static bool
is_payload(const struct payload *p, const char *role, uint64_t size)
{
	return strcmp(p->role, role) == 0 && p->size == size;
}

/* Does the plan say of the payloads what the broker knows? */
static bool
is_honest(const struct reading *r)
{
	const struct plan_image *img = &r->plan.image;
	size_t n = r->symbols == NULL ? 1 : 2;

	return r->plan.has == PLAN_BIT(PLAN_IMAGE) && img->n_payloads == n &&
	    is_payload(&img->payloads[0], "kernel", r->file.id.size) &&
	    (n == 1 || is_payload(&img->payloads[1], "symtab",
	    r->symbols_size));
}

static int
check_answer(const struct reading *r, struct fail *f)
{
	if (r->broker->can != NULL ? !r->told : !r->answered ||
	    (r->need.codec != NULL ? r->symbols != NULL : !is_honest(r)))
		return child_nonsense(&r->job, f);
	return 0;
}

/* Takes the ramdisk out of the kernel's file, unless -r replaces it. */
static int
keep_ramdisk(struct reading *r, struct fail *f)
{
	struct broker *b = r->broker;

	if (r->ramdisk[1] == 0 || b->request->n_ramdisks > 0 ||
	    b->ramdisk.fd >= 0)
		return 0;
	return broker_part(b, &r->file, r->ramdisk[0], r->ramdisk[1],
	    "section .initrd", &b->ramdisk, f);
}

static const char *
or_any(const char *word)
{
	return word != NULL ? word : "any";
}

/* What read_kernel() is told beside the file.  Only the last word may be
 * anything. */
static char *
question(const struct reading *r)
{
	const struct image_request *q = r->broker->request;
	char *text;

	return asprintf(&text, "kernel in %d, %s, as %s, for %s, with %s",
	    (int)r->depth, r->codec, or_any(q->format), or_any(q->abi != NULL ?
	    q->abi->name : q->pv ? "pv" : NULL),
	    q->features != NULL ? q->features : "") < 0 ? NULL : text;
}

/* For image_can() nothing is written, and nothing kept; and that the process
 * refuses a kernel is an answer, once the kernel was read: then this returns 1,
 * and there is no plan. */
static int
read_for_can(struct reading *r, struct fail *f)
{
	struct image_can *can = r->broker->can;
	struct fail why = { .say = f->say, .say_arg = f->say_arg };

	if (child_run(&r->job, &why) == 0)
		return 0;
	if (why.kind != FAIL_INPUT || !can->facts.read)
		return fail_pass(f, &why);
	snprintf(can->why, sizeof(can->why), "%s", why.message);
	return 1;
}

static int
read_or_recall(struct reading *r, struct fail *f)
{
	char *text;
	int rc;

	if (r->broker->can != NULL)
		return read_for_can(r, f);
	text = question(r);
	rc = text == NULL ? fail_memory(f, sizeof(*r)) :
	    broker_ask(r->broker, &r->file, text, &r->job, f);
	free(text);
	return rc;
}

static int
ask(struct reading *r, struct fail *f)
{
	int rc;

	r->job = (struct child_job){ .work = read_kernel, .take = take_answer,
		.arg = r, .frame_max = PLAN_BYTES_MAX };
	r->answered = r->told = false;
	r->ramdisk[1] = 0;
	if (broker_job(r->broker, &r->file, "reads", &r->job, f) < 0)
		return -1;
	rc = read_or_recall(r, f);
	if (rc < 0 || (rc == 0 && check_answer(r, f) < 0) ||
	    file_unchanged(r->file.fd, r->file.what, &r->file.id, f) < 0)
		return -1;
	return rc == 0 ? keep_ramdisk(r, f) : 0;
}

/* ---- into the plan ---- */

static int
add_symbols(struct reading *r, struct payload *p, struct fail *f)
{
	struct image_file blob;
	struct broker *b = r->broker;
	struct store_writer *writer = r->symbols;
	int rc;

	r->symbols = NULL;
	if (store_commit(writer, &p->size, p->sha256, f) < 0 ||
	    broker_open_blob(b, p->sha256, "its symbols", &blob, f) < 0)
		return -1;
	rc = broker_add_source(b, &blob, f);
	imagefile_close(&blob);
	return rc;
}

static int
add_image(struct reading *r, struct fail *f)
{
	struct plan *p = r->broker->plan;

	plan_release(p);
	*p = r->plan;
	plan_init(&r->plan);
	if (r->symbols != NULL &&
	    add_symbols(r, &p->image.payloads[1], f) < 0)
		return -1;
	if (broker_digest(r->broker, &r->file, f) < 0)
		return -1;
	memcpy(p->image.payloads[0].sha256, r->file.sha256, SHA256_BYTES);
	return broker_add_source(r->broker, &r->file, f);
}

static int
unpack(struct reading *r, const struct image_need *need, struct fail *f)
{
	struct image_can *can = r->broker->can;

	if (can == NULL)
		return broker_unpack(r->broker, &r->file, need, f);
	can->codec = need->codec;
	return broker_unpack_held(r->broker, &r->file, need, f);
}

/* Each round goes deeper, so there are not many. */
static int
read_all(struct reading *r, struct fail *f)
{
	if (ask(r, f) < 0)
		return -1;
	while (r->need.codec != NULL) {
		struct image_need need = r->need;

		r->depth = need.depth;
		r->codec = need.codec->name;
		r->need.codec = NULL;
		if (unpack(r, &need, f) < 0 || ask(r, f) < 0)
			return -1;
	}
	return r->broker->can != NULL ? 0 : add_image(r, f);
}

int
kernel_add(struct broker *b, struct fail *f)
{
	struct reading r = { .broker = b, .file = IMAGE_FILE_INIT,
		.codec = "none" };
	int rc;

	plan_init(&r.plan);
	rc = imagefile_open(&r.file, b->request->kernel, b->request->input_max,
	    &b->scratch, f);
	if (rc == 0)
		rc = imagefile_hold(&r.file, f);
	if (rc == 0)
		rc = read_all(&r, f);
	imagefile_close(&r.file);
	store_abort(r.symbols);
	plan_release(&r.plan);
	return rc;
}
