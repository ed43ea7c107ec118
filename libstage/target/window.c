#include "base/stop.h"
#include "target/window.h"

int
target_buildable(const struct target_info *info, const char *name,
    struct fail *f)
{
	if (!info->paused)
		return fail(f, FAIL_TARGET, "domain '%s' is %srunning; only a "
		    "paused domain can be built: destroy it and create another",
		    name, info->constructed ? "already constructed and " : "");
	if (info->has_run)
		return fail(f, FAIL_TARGET, "domain '%s' is already "
		    "constructed and has run; destroy it and create another",
		    name);
	return 0;
}

int
target_run(struct plan *p, const char *name, target_step *work, void *options,
    struct fail *f)
{
	struct target_info info;
	struct target *t;
	int rc = -1;

	if (target_open_plan(&t, p, name, TARGET_WRITE, &info, f) < 0)
		return -1;
	if (target_buildable(&info, p->memory.target.data, f) == 0)
		rc = work(t, &info, p, options, f);
	if (rc == 0)
		target_leave(t, p->memory.target.data);
	else
		target_close(t);
	return rc;
}

int
window_close(struct guest_window *w, struct fail *f)
{
	void *bytes = w->bytes;

	w->bytes = NULL;
	w->pages = 0;
	return bytes == NULL ? 0 : w->target->ops->unmap(w->target, bytes, f);
}

static void *
map(const struct guest_window *w, const struct extents *runs, struct fail *f)
{
	const struct target_ops *ops = w->target->ops;

	return w->anew ? ops->replace(w->target, runs->v, runs->n, f) :
	    ops->map(w->target, runs->v, runs->n, w->writable, f);
}

static int
move(struct guest_window *w, uint64_t pfn, struct fail *f)
{
	const uint64_t most = w->anew ? w->target->ops->replace_max :
	    WINDOW_MAX;
	struct extents runs = EXTENTS_INIT;
	uint64_t n;

	if (window_close(w, f) < 0 || stop_check(f) < 0)
		return -1;
	if (pfn >= w->end)
		return fail_bug(f, "a page behind the end of its window");
	n = w->end - pfn < most ? w->end - pfn : most;
	n = extents_follow(w->p2m, pfn, n);
	/* extents_slice() refuses a page that the domain has not. */
	if (extents_slice(w->p2m, pfn, n > 0 ? n : 1, &runs, f) == 0)
		w->bytes = map(w, &runs, f);
	extents_release(&runs);
	if (w->bytes == NULL)
		return -1;
	w->pfn = pfn;
	w->pages = n;
	return 0;
}

unsigned char *
window_page(struct guest_window *w, uint64_t pfn, struct fail *f)
{
	if ((w->bytes == NULL || pfn < w->pfn || pfn - w->pfn >= w->pages) &&
	    move(w, pfn, f) < 0)
		return NULL;
	return w->bytes + (pfn - w->pfn) * PAGE_BYTES;
}
