/*
 * A guest that looks at its own start of day and says what it sees over the
 * console, one `name value...` a line, the last line `end ok`.  Numbers are
 * decimal where they count, hex with 0x where they are addresses or bits.
 *
 * What it may rely on is kept small, for all of it is what is being tested:
 * its code and data where the linker put them, start_info in rsi, hypercalls,
 * and, to be heard, the console ring.  Frames are looked at through windows
 * that it maps by machine frame.
 */
#ifndef GUEST_H
#define GUEST_H

#include <stddef.h>
#include <stdint.h>

#define __XEN_INTERFACE_VERSION__ 0x00040e00
#include <xen/xen.h>

#define PAGE 4096UL
#define ENTRIES 512UL
#define PTE_PRESENT 0x1UL
#define PTE_WRITABLE 0x2UL
#define PTE_DIRTY 0x40UL
#define PTE_FRAME 0x000ffffffffff000UL

/* Windows: one for every level of the walk, one for a look, two that stay. */
enum { WINDOW_LEVEL, WINDOW_ANY = 4, WINDOW_CONSOLE, WINDOW_STORE, WINDOWS };

struct registers {
	uint64_t r[16];		/* rax rcx rdx rbx rsp rbp rsi rdi r8..r15 */
	uint64_t rflags, cs, ss, ds, es, fs, gs;
};

/* start.S */
extern struct registers entry_registers;
extern unsigned char windows[WINDOWS][PAGE], hypercall_page[PAGE];
extern char start[];

/* guest.lds */
extern char image_start[], text_end[], data_start[], data_end[];
extern char quiet_start[], quiet_end[];

/* hypercall.c: what Xen answers, negative errors included. */
long hypercall(unsigned op, uint64_t a, uint64_t b, uint64_t c, uint64_t d);
_Noreturn void stop(unsigned reason);

/* console.c */
void console_open(const struct start_info *);
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int console_get(void);		/* a byte, or -1 when none is there */
void console_drain(void);
/* True until about a minute has passed since the first call with *since 0. */
int patient(uint64_t *since);

/* memory.c */
uint64_t pfn_of(uint64_t mfn);	/* by the m2p; ~0 where there is no such frame */
uint64_t root_table(void);	/* the machine frame in cr3 */
/* Keeps the entries that map the windows, before the first window(). */
void windows_begin(void);
/* Maps a machine frame in a window, read-only or not, and gives its address. */
void *window(unsigned n, uint64_t mfn, int writable);
/* What maps va: the entry given, or for a window what was there at first. */
uint64_t as_built(uint64_t va, uint64_t entry);
void *memset(void *, int, size_t);
void *memcpy(void *, const void *, size_t);
uint64_t nonzero(const void *, uint64_t bytes);	/* how many bytes are not 0 */
/* POSIX cksum of one thing, piece by piece: begins at 0, ends with its size. */
uint32_t cksum_more(uint32_t crc, const void *, uint64_t bytes);
uint32_t cksum_end(uint32_t crc, uint64_t bytes);

/*
 * The subjects of the report, a file for some of them.  report_begin looks at
 * what the report itself would disturb.
 */
void report_begin(const struct start_info *);
void report_registers(void);
void report_start_info(const struct start_info *);
void report_image(void);
void report_module(const struct start_info *);
void report_p2m(const struct start_info *);
void report_tables(const struct start_info *);
void report_clean(const struct start_info *);
void report_rings(void);
void report_channels(void);
void report_grants(void);
void report_shared_info(const struct start_info *);
void report_domain(void);
void report_store(const struct start_info *);

/* tables.c, once report_tables has run: where the mapping from BASE ends. */
uint64_t region_end(void);

#endif
