/* The order of the report, and the words of the command line:
 *   store        asks xenstored for its domid and name
 *   echo         gives back, line by line, what the console brings, until `quit`
 *   end=reboot, end=crash, end=wait   instead of powering off */
#include "guest.h"

#include <xen/sched.h>

void guest_main(const struct start_info *);

static int
has_word(const struct start_info *si, const char *word)
{
	const char *p = (const char *)si->cmd_line;
	unsigned n;

	while (*p) {
		for (n = 0; word[n] && p[n] == word[n]; n++)
			;
		if (word[n] == 0 && (p[n] == 0 || p[n] == ' '))
			return 1;
		while (*p && *p != ' ')
			p++;
		while (*p == ' ')
			p++;
	}
	return 0;
}

static void
rest(void)
{
	hypercall(__HYPERVISOR_sched_op, SCHEDOP_yield, 0, 0, 0);
}

static void
echo(void)
{
	static const char quit[] = "quit";
	char line[128];
	unsigned n, i;
	int byte;

	do {
		for (n = 0; n < sizeof line - 1; n++) {
			while ((byte = console_get()) < 0)
				rest();
			if (byte == '\n' || byte == '\r')
				break;
			line[n] = (char)byte;
		}
		line[n] = 0;
		say("echo %s", line);
		console_drain();
		for (i = 0; i < sizeof quit && line[i] == quit[i]; i++)
			;
	} while (i < sizeof quit);
}

static _Noreturn void
finish(const struct start_info *si)
{
	struct sched_poll poll = { .nr_ports = 0 };

	if (has_word(si, "end=reboot"))
		stop(SHUTDOWN_reboot);
	if (has_word(si, "end=crash"))
		stop(SHUTDOWN_crash);
	while (has_word(si, "end=wait"))
		hypercall(__HYPERVISOR_sched_op, SCHEDOP_poll, (uint64_t)&poll,
		    0, 0);
	stop(SHUTDOWN_poweroff);
}

void
guest_main(const struct start_info *si)
{
	windows_begin();
	report_begin(si);
	console_open(si);
	say("begin xb-guest");
	report_registers();
	report_start_info(si);
	report_image();
	report_p2m(si);
	report_tables(si);
	report_clean(si);
	report_module(si);
	report_rings();
	report_channels();
	report_grants();
	report_shared_info(si);
	report_domain();
	if (has_word(si, "store"))
		report_store(si);
	say("end ok");
	console_drain();
	if (has_word(si, "echo"))
		echo();
	finish(si);
}
