/*
 * xb: the programs under one name, as verbs: `xb parse` is xb-parse.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/nearest.h"
#include "stage/stage.h"

static const struct program self = {
	.name = "xb",
	.operand = "[VERB ...]",
	.purpose = "run xb-VERB, or say which verbs there are; help PAGE shows "
	    "a page",
	.prints_text = true,
	.profile = CONFINE_READER,
};

/* The programs that are no stages, those of stages.def come before them, and
 * pages that are of no program.  The words are those of the pages. */
struct verb {
	const char *name, *words;
};

static const struct verb others[] = {
	{ "build", "make a domain, build it, let it run" },
	{ "run", "build a domain of Xen, show its console, wait for its end" },
	{ "record", "build a domain and keep a record of it" },
	{ "replay", "make a domain of a record" },
	{ "pool", "keep domains built and paused, and give them away" },
	{ "domain", "make domains, look at them, end them" },
	{ "console", "read and write the console of a domain of Xen" },
	{ "show", "print a plan or a domain for a person, as JSON, or as a map "
	    "of memory" },
	{ "plan", "make a plan of JSON, and seal it" },
	{ "verify", "hold a built domain against its plan, page by page" },
	{ "step", "build a domain one stage at a time, and see what each "
	    "does" },
	{ "walk", "walk a domain's page tables to what an address maps" },
	{ "core", "write a core file of a domain, for gdb" },
	{ "diff", "tell what differs between two plans, domains or records" },
	{ NULL }
};

static const struct verb pages[] = {
	{ "tutorial", "how a PV guest comes to life, from the kernel file to "
	    "the first instruction" },
	{ "abi", "what a kernel finds in memory and registers, in five PV "
	    "guest ABIs and PVH" },
	{ "cfg", "a configuration of xl in the place of a kernel" },
	{ "fleet", "many domains on many hosts, with schedulers that exist" },
	{ "security", "what is hostile, who reads it, what that process may "
	    "do" },
	{ "target", "domains that xb builds in, and domains kept in files" },
	{ "plan.5", "the document that travels down the pipe of xb" },
	{ "record.5", "a build of a domain, as an OCI artifact" },
	{ "xb.7", "build Xen PV and PVH domains one step at a time" },
	{ NULL }
};

enum { PREFIX = 3 };			/* bytes of "xb-" */

/* ---- what there is ---- */

static void
print_verbs(const char *title, const struct verb *v)
{
	printf("\n%s\n", title);
	for (; v->name != NULL; v++)
		printf("  %-11s %s\n", v->name, v->words);
}

static int
print_all(void *arg, struct fail *f)
{
	(void)arg;
	(void)f;
	printf("usage: xb VERB ...; the verb runs the program xb-VERB\n"
	    "       xb help PAGE; the page of a verb, or one of those below\n"
	    "\nThe stages, in the order of the pipe:\n");
	for (unsigned s = 0; s < STAGES; s++)
		printf("  %-11s %s\n", stage_rows[s].name + PREFIX,
		    stage_rows[s].purpose);
	print_verbs("Beside them:", others);
	print_verbs("Pages that are of no program:", pages);
	return 0;
}

/* ---- a verb that is none ---- */

static struct nearest
nearest_program(const char *word)
{
	const bool program = strncmp(word, "xb-", PREFIX) == 0;
	struct nearest n = nearest_to(word + (program ? PREFIX : 0));

	for (unsigned s = 0; s < STAGES; s++)
		nearest_try(&n, stage_rows[s].name + PREFIX);
	for (const struct verb *v = others; v->name != NULL; v++)
		nearest_try(&n, v->name);
	return n;
}

static _Noreturn void
unknown_verb(const char *word)
{
	struct nearest n = nearest_program(word);

	nearest_try(&n, "help");
	if (n.names[0] == '\0' || n.to[0] == '\0')
		stage_usage(&self, "unknown verb '%s': 'xb' names all of them",
		    word);
	stage_usage(&self, "unknown verb '%s': the nearest is %s", word,
	    n.names);
}

/* ---- running another program ---- */

/* Ends xb if the program cannot be run but is there. */
static void
run(const char *program, char **argv)
{
	struct fail f = { .kind = FAIL_NONE };

	execvp(program, argv);
	if (errno != ENOENT && errno != ENOTDIR)
		stage_must(&self, fail_errno(&f, fail_kind_of(errno,
		    FAIL_SYSTEM), errno, "cannot run '%s'", program), &f);
}

/* A file, by its path from the folder of xb; "" where that is not known. */
struct beside {
	char path[4096 + 256];
};

static struct beside
beside(const char *name)
{
	char self_path[4096];
	const ssize_t n = readlink("/proc/self/exe", self_path,
	    sizeof(self_path) - 1);
	struct beside b = { "" };

	if (n <= 0)
		return b;
	self_path[n] = '\0';
	snprintf(b.path, sizeof(b.path), "%s/%s", dirname(self_path), name);
	return b;
}

/* Programs that are not beside xb are looked for on the PATH. */
static _Noreturn void
run_verb(char **argv)
{
	const char *word = argv[0];
	char name[256];

	if ((size_t)snprintf(name, sizeof(name), "xb-%s", word) >=
	    sizeof(name) || strchr(word, '/') != NULL)
		unknown_verb(word);
	argv[0] = name;
	/* The programs of this xb lie beside it. */
	run(beside(name).path, argv);
	run(name, argv);
	unknown_verb(word);
}

/* ---- a page ---- */

static char man[] = "man";

/* What man(1) calls a page: `plan.5` is xb-plan, of section 5. */
struct page {
	char name[256];
	char section[2];		/* "": the first that has the page */
};

static struct page
page_named(const char *word)
{
	const bool full = strncmp(word, "xb", 2) == 0 &&
	    (word[2] == '\0' || word[2] == '.' || word[2] == '-');
	struct page p = { .section = "" };
	size_t n;

	snprintf(p.name, sizeof(p.name), "%s%s", full ? "" : "xb-", word);
	n = strlen(p.name);
	if (n > 2 && p.name[n - 2] == '.') {
		p.section[0] = p.name[n - 1];
		p.name[n - 2] = '\0';
	}
	return p;
}

/* The pages of a program that make(1) built, from the folder that it is in. */
static void
show_from_tree(const struct page *p)
{
	static const char *const folders[] = { "../man", "../../man" };
	const char *section = p->section[0] != '\0' ? p->section : "175";
	char name[sizeof(p->name) + 16];

	for (; *section != '\0'; section++)
		for (size_t i = 0; i < 2; i++) {
			struct beside b;

			snprintf(name, sizeof(name), "%s/%s.%c", folders[i],
			    p->name, *section);
			b = beside(name);
			if (access(b.path, R_OK) == 0)
				run(man, (char *[]){ man, (char[]){ "-l" },
				    b.path, NULL });
		}
}

/* Has man(1) the page?  Where there is no man(1), the answer is yes. */
static bool
is_installed(char **argv)
{
	posix_spawn_file_actions_t quiet;
	int status = 0;
	pid_t child;

	if (posix_spawn_file_actions_init(&quiet) != 0)
		return true;
	if (posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY,
	    0) == 0 && posix_spawn_file_actions_adddup2(&quiet, 1, 2) == 0 &&
	    posix_spawnp(&child, argv[0], &quiet, NULL, argv, environ) == 0)
		waitpid(child, &status, 0);
	posix_spawn_file_actions_destroy(&quiet);
	return status == 0;
}

/* The name of a page of xb that is not installed was not mistyped. */
static _Noreturn void
no_page(const char *word, const struct page *p)
{
	struct fail f = { .kind = FAIL_NONE };
	struct nearest n = nearest_program(word);

	for (const struct verb *v = pages; v->name != NULL; v++)
		nearest_try(&n, v->name);
	stage_must(&self, n.distance > 0 && n.names[0] != '\0' ?
	    fail(&f, FAIL_MISSING, "man(1) has no page %s: the nearest is %s",
	    p->name, n.names) :
	    fail(&f, FAIL_MISSING, "man(1) has no page %s: 'xb' names all of "
	    "them, and MANPATH says where man(1) looks", p->name), &f);
	abort();
}

static _Noreturn void
show_page(const char *word, bool more)
{
	struct page p = page_named(word != NULL ? word : "xb");
	char *last = p.section[0] != '\0' ? p.name : NULL;
	char *first = last != NULL ? p.section : p.name;
	char *where[] = { man, (char[]){ "-w" }, first, last, NULL };
	char *show[] = { man, first, last, NULL };
	struct fail f = { .kind = FAIL_NONE };

	if (word != NULL && word[0] == '-')
		stage_usage(&self, "help takes a page and no option: '%s'",
		    word);
	if (more)
		stage_usage(&self, "help takes one page");
	show_from_tree(&p);
	if (!is_installed(where))
		no_page(word != NULL ? word : "xb.7", &p);
	run(man, show);
	stage_must(&self, fail(&f, FAIL_MISSING, "there is no man(1) here to "
	    "show the page %s: the package man-db has one", p.name), &f);
	abort();
}

int
main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "help") == 0)
		show_page(argv[2], argc > 3);
	if (argc > 1 && argv[1][0] != '-')
		run_verb(argv + 1);
	while (stage_getopt(&self, argc, argv) != -1)
		;
	if (optind < argc)
		stage_usage(&self, "the options of '%s' stand behind it",
		    argv[optind]);
	return stage_plain(&self, print_all, NULL);
}
