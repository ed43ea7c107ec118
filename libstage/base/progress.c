#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/progress.h"
#include "base/stop.h"

enum { PATIENCE_MS = 2000, REDRAW_MS = 250, COLUMNS = 80, LINE = 256 };

static struct {
	int fd;				/* -1: none */
	const char *program;
	size_t columns;
	/* Is a line shown?  In memory that all processes of the program
	 * share. */
	atomic_bool *shown;
} screen = { .fd = -1 };

void
progress_on(int fd, const char *program)
{
	struct winsize size;
	void *page;

	screen.fd = -1;
	if (fd < 0)
		return;
	page = mmap(NULL, sizeof(atomic_bool), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return;
	screen.shown = page;
	screen.fd = fd;
	screen.program = program;
	screen.columns = ioctl(fd, TIOCGWINSZ, &size) == 0 &&
	    size.ws_col > 0 ? size.ws_col : COLUMNS;
}

static void
put(const char *text, size_t n)
{
	/* A terminal that takes nothing is no reason to fail. */
	(void)!write(screen.fd, text, n);
}

void
progress_erase(void)
{
	static const char erase[] = "\r\033[K";

	if (screen.fd >= 0 && atomic_exchange(screen.shown, false))
		put(erase, sizeof(erase) - 1);
}

/* "12 of 456 MiB, 78 MiB/s" */
static void
amounts(const struct progress *p, uint64_t ms, char *text, size_t size)
{
	const double mib = 1 << 20;
	double rate = (double)p->done * 1000 / (double)ms / mib;

	if (p->total != 0)
		snprintf(text, size, "%.0f of %.0f MiB, %.1f MiB/s",
		    (double)p->done / mib, (double)p->total / mib, rate);
	else
		snprintf(text, size, "%.0f MiB, %.1f MiB/s",
		    (double)p->done / mib, rate);
}

/* A line never reaches the last column: a terminal would begin a new one. */
static void
draw(const struct progress *p, uint64_t ms)
{
	char what[LINE], much[LINE / 2], line[2 * LINE];
	size_t most = screen.columns - 1, n, room;

	amounts(p, ms, much, sizeof(much));
	n = strlen(screen.program) + strlen(p->verb) + strlen(much) +
	    strlen(":  '' ");
	room = most > n ? most - n + 1 : 1;
	escape_into(what, room < sizeof(what) ? room : sizeof(what), p->what,
	    strlen(p->what));
	n = (size_t)snprintf(line, sizeof(line), "\r%s: %s '%s' %s\033[K",
	    screen.program, p->verb, what, much);
	if (n < sizeof(line) && n - strlen("\r\033[K") <= most) {
		atomic_store(screen.shown, true);
		put(line, n);
	}
}

void
progress_begin(struct progress *p, const char *verb, const char *what,
    uint64_t total)
{
	*p = (struct progress){ .verb = verb, .what = what, .total = total };
	if (screen.fd < 0)
		return;
	p->began = clock_in(0);
	p->next = clock_in(PATIENCE_MS);
}

int
progress_step(struct progress *p, uint64_t n, struct fail *f)
{
	p->done += n;
	if (screen.fd >= 0 && clock_past(p->next)) {
		draw(p, clock_in(0) - p->began);
		p->next = clock_in(REDRAW_MS);
	}
	return stop_check(f);
}
