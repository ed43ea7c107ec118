#include <langinfo.h>
#include <string.h>
#include <unistd.h>

#include "base/terminal.h"
#include "console/talk.h"

int
console_talk(struct console *c, const struct console_talk *talk,
    const char **reason, struct fail *f)
{
	struct console_filter filter = { .utf8 = false };
	struct console_ends ends = { .in = STDIN_FILENO, .out = STDOUT_FILENO,
		.stop = talk->stop, .until = talk->until,
		.escapes = isatty(STDIN_FILENO),
		.filter = talk->raw || !isatty(STDOUT_FILENO) ? NULL :
		    &filter };
	struct terminal t;
	int rc = terminal_open(&t, STDIN_FILENO, f);

	filter.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	if (rc == 0)
		rc = console_run(c, &ends, reason, f);
	terminal_close(&t);
	return rc;
}
