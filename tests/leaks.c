/* Linked first into programs with gcc's sanitizers: where LeakSanitizer looks
 * for pointers when a program ends.  Of itself it looks at all that may be
 * written, the sanitizers' own tables of 5 MiB in front of ours among that, and
 * this takes longer than what most programs have to do. */
#include <link.h>
#include <stdbool.h>
#include <sanitizer/lsan_interface.h>

const char *__lsan_default_options(void);

/* The linker has the sanitizers' variables in front of those of the first
 * object. */
static char first_of_ours[1];

const char *
__lsan_default_options(void)
{
	return "use_globals=0";
}

/* Called for the program, and then for each shared library. */
static int
add_roots(struct dl_phdr_info *object, size_t size, void *program_seen)
{
	bool *seen = program_seen;

	(void)size;
	for (int i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &object->dlpi_phdr[i];
		char *from = (char *)object->dlpi_addr + part->p_vaddr;
		char *end = from + part->p_memsz;

		if (part->p_type != PT_LOAD || (part->p_flags & PF_W) == 0)
			continue;
		if (!*seen) {
			__lsan_register_root_region(from, part->p_filesz);
			from = first_of_ours;
		}
		__lsan_register_root_region(from, (size_t)(end - from));
	}
	*seen = true;
	return 0;
}

/* Before LeakSanitizer's turn, and after all libraries have been loaded. */
__attribute__((destructor)) static void
add_all_roots(void)
{
	bool program_seen = false;

	dl_iterate_phdr(add_roots, &program_seen);
}
