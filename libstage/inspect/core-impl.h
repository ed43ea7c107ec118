/*
 * core-impl: what the files of core share.  Private to the room.
 */
#ifndef XB_CORE_IMPL_H
#define XB_CORE_IMPL_H

#include <limits.h>

#include "inspect/core.h"

enum { CORE_RUNS_MAX = 1 << 20 };

/* ---- core-memory.c: what is mapped ---- */

struct core_memory {
	unsigned levels;		/* of page tables */
	struct walk_run *runs;		/* WALK_MAPPED all, ascending va */
	size_t n, cap;
	struct extents frames;		/* of all runs, each once, by mfn; pfn
					 * is the place in the file, in pages */
	uint64_t left_out;		/* pages that map what is not its own */
	uint64_t unseen;		/* pages over the limit of the walk */
};

int	core_collect(const struct core *, const struct walk_limit *,
	    struct core_memory *, struct fail *) must_check;
void	core_memory_release(struct core_memory *);

/* ---- core-file.c: the file ---- */

struct core_file {
	const char *path;		/* as given, for messages */
	char real[PATH_MAX], *name;	/* name is the end of real */
	char temporary[FILE_TEMPORARY];	/* "": there is none */
	int dir, fd;
};

/* Makes a temporary file beside path. */
int	core_file_open(struct core_file *, const char *path, struct fail *)
	    must_check;
int	core_file_put(const struct core_file *, uint64_t offset, const void *,
	    size_t n, struct fail *) must_check;
/* Gives it its size, and its name. */
int	core_file_commit(struct core_file *, uint64_t size, struct fail *)
	    must_check;
/* Removes what was not committed. */
void	core_file_close(struct core_file *);

/* ---- core-elf.c: headers and notes ---- */

struct core_elf {
	const struct abi *abi;
	const struct core_width *width; /* what it decides */
	size_t n_loads, n_notes;
};

struct core_elf core_elf_of(const struct abi *, size_t n_loads,
	    size_t n_notes);

/* Where the notes begin; the number of loads decides it. */
uint64_t core_elf_notes(const struct core_elf *);
/* Bytes of all that comes before memory, a multiple of a page. */
uint64_t core_elf_bytes(const struct core_elf *);

/* Bytes of the ELF header with what follows it directly, of one program header,
 * of one note. */
enum { CORE_HEAD_MAX = 128, CORE_LOAD_MAX = 56, CORE_NOTE_MAX = 512 };

/* The ELF header and the program header of the notes. */
size_t	core_elf_head(const struct core_elf *, unsigned char[CORE_HEAD_MAX]);
/* The program header of a run whose bytes are at offset. */
size_t	core_elf_load(const struct core_elf *, const struct walk_run *,
	    uint64_t offset, unsigned char[CORE_LOAD_MAX]);
/* What tells of more program headers than the ELF header can; may be empty. */
size_t	core_elf_count(const struct core_elf *, unsigned char[CORE_LOAD_MAX +
	    8]);
/* The registers of a vcpu. */
size_t	core_elf_note(const struct core_elf *, uint32_t vcpu,
	    const unsigned char *context, unsigned char[CORE_NOTE_MAX]);

#endif
