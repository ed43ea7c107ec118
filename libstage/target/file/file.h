/*
 * target/file: a domain on paper, inside the library.
 *
 * A folder holds three files: memory, where machine frame m lies at offset
 * m * 4096; state, one msgpack map that xb-target(7) describes; and lock, held
 * with flock(2) while the target is open.  The state is read, and checked,
 * once at open; every operation that changes it writes it anew, by rename,
 * before it returns.  After a failed operation the state in memory may be
 * ahead of the one in the file: the target is then only good for close.
 *
 * Refusals are FAIL_TARGET, and the message says which rule was broken.  Names
 * begin with paper_, because base/file.h has the names with file_.
 */
#ifndef XB_TARGET_FILE_H
#define XB_TARGET_FILE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "target/target.h"

enum {
	PAPER_STATE_VERSION = 1,
	PAPER_NAME_MAX = TARGET_NAME_MAX,
	PAPER_VCPUS_MAX = 128,
	PAPER_PORTS_MAX = 1023,		/* Xen's default for a domain */
	PAPER_GRANTS_MAX = 512,		/* a page of version 1 entries */
	PAPER_DOMID_MAX = 0x7fef,	/* DOMID_FIRST_RESERVED - 1 */
	PAPER_RUNS_MAX = 1024,		/* of a p2m that populate gives */
	PAPER_PARAMS = 36,		/* HVM_NR_PARAMS of hvm/params.h */
	PAPER_FIRST_FRAME = 0x400,	/* frames of a PV guest lie from here
					 * on; of a PVH guest they are its
					 * gfns */
	PAPER_STATE_BYTES_MAX = 8 << 20,
	PAPER_REPLACE_MAX = 256		/* pages: a buffer that stays in the
					 * second-level cache */
};
#define PAPER_PAGES_MAX	(UINT64_C(1) << 28)	/* 1 TiB */
#define PAPER_FRAMES_MAX (UINT64_C(1) << 30)	/* machine frames, 4 TiB */
#define PAPER_PFN_MAX	((UINT64_C(1) << 40) - 1)

/* Frames in use as page tables.  This and the next are rows of the document,
 * whose numbers have 64 bits. */
struct table_run {
	uint64_t mfn, count, level;
	uint64_t pinned;		/* 1 of top tables alone, or 0 */
};

struct paper_tables {
	struct table_run *v;		/* ascending mfn */
	size_t n, cap;
};

struct paper_port {
	uint64_t remote, bound;		/* bound: 1 or 0 */
};

struct paper_grant {
	bool used;
	uint32_t domid;
	uint64_t mfn;
};

struct paper_state {
	uint8_t uuid[UUID_BYTES];
	char name[PAPER_NAME_MAX + 1];
	enum guest_type type;
	uint64_t max_pages;		/* of a PVH guest, its memory alone */
	uint64_t vcpus;
	uint64_t scatter;
	uint64_t shared_info;		/* mfn; not among frames; 0: a PVH
					 * guest maps its own */
	const struct abi *abi;		/* NULL: not set */
	bool has_build;
	uint8_t build[BUILD_ID_BYTES];
	bool paused, has_run;
	bool durable;			/* every change is synced to the disk */
	struct extents frames;		/* owned, by ascending mfn; pfn of a run
					 * is no pfn here, but how many frames
					 * lie in the runs before it */
	struct extents m2p;		/* by ascending mfn; of PV guests */
	struct paper_tables tables;
	struct paper_port ports[PAPER_PORTS_MAX];	/* port is index + 1 */
	size_t n_ports;
	struct paper_grant grants[PAPER_GRANTS_MAX];
	unsigned char *context[PAPER_VCPUS_MAX];	/* NULL: none */
	uint64_t param[PAPER_PARAMS];	/* HVM_PARAM_*; 0: not set */
	struct schema_extras extra;	/* fields that another version of xb
					 * wrote; they are kept */
	struct arena arena;		/* of extra */
};

struct paper_map {
	struct paper_map *next;
	void *address;
	size_t bytes;
	bool writable;
	bool anew;			/* it is a buffer, which unmap writes to
					 * the file */
	size_t room;			/* bytes of the buffer */
	struct extents runs;
	struct paper_map *next_guarded;
	volatile sig_atomic_t lost;	/* faulted; anonymous memory since */
};

struct paper_target {
	struct target base;
	char *name;			/* file:DIR, for messages */
	bool writable;
	int dir, lock, memory;		/* dir, lock -1: held in memory, as
					 * tests and fuzzers do, which make
					 * thousands a second */
	uint64_t memory_bytes;
	struct paper_state state;
	struct paper_map *maps;
	void *buffer;			/* left by the last paper_replace() for
					 * the next one; NULL: none */
	size_t buffer_bytes;
};

static inline struct paper_target *
paper_target(struct target *t)
{
	return (struct paper_target *)t;
}

/* Is the domain held in memory?  Then nobody else has its frames, and the
 * kernel need not be asked what became of them. */
static inline bool
paper_held(const struct paper_target *t)
{
	return t->dir < 0;
}

/* The first frame behind all that the domain has. */
static inline uint64_t
paper_frames_end(const struct paper_state *s)
{
	const struct extents *l = &s->frames;

	return l->n == 0 ? s->shared_info + 1 :
	    l->v[l->n - 1].mfn + l->v[l->n - 1].count;
}

/* folder.c: making and removing the folder, finding folders by name */
int	paper_create(const struct target_request *, char **name,
	    struct target **, struct fail *) must_check;
int	paper_destroy(struct target *, struct fail *) must_check;
int	paper_list(int (*each)(void *, const char *, struct fail *), void *,
	    struct fail *) must_check;
bool	paper_exists(const char *where);
const char *paper_writes(const char *where, size_t n);
const char *paper_makes(const char *where);
char	*paper_absolute(const char *where, struct fail *) must_check;

/* open.c: the files in the folder */
/* A target without files and name, which paper_release() frees; NULL: f. */
struct paper_target *paper_new(bool writable, struct fail *) must_check;
int	paper_open(struct target **, const char *where,
	    enum target_access, struct fail *) must_check;
/* Looks at the memory file, which is open, and holds it to the state. */
int	paper_take_memory(struct paper_target *, struct fail *) must_check;
/* Leaves mappings alone: where there may be any, paper_unmap_all() first. */
void	paper_release(struct paper_target *);
/* Opened for writing?  FAIL_BUG where it is not. */
int	paper_writable(struct paper_target *, struct fail *) must_check;
/* "file:" and where; malloced. */
char	*paper_name(const char *where, struct fail *) must_check;
/* The folder itself, for *at(2); -1: f says why. */
int	paper_open_folder(const char *where, const char *name, struct fail *)
	    must_check;
/* The lock of the folder, held for reading or writing; -1: f says why. */
int	paper_lock(int dir, const char *name, enum target_access, bool create,
	    struct fail *) must_check;
/* FAIL_IO where another program has made the memory file shorter. */
int	paper_whole(const struct paper_target *, struct fail *) must_check;
/* Makes the memory file at least so long. */
int	paper_grow(struct paper_target *, uint64_t bytes, struct fail *)
	    must_check;
/* Of a durable domain: waits until its memory is on the disk. */
int	paper_sync(const struct paper_target *, struct fail *) must_check;
/* Writes the state, in place of the one before. */
int	paper_save(struct paper_target *, struct fail *) must_check;

/* snapshot.c: copies of the whole domain */
int	paper_copy(const char *where, int folder, bool back, struct fail *)
	    must_check;

/* state.c: the document */
void	paper_state_release(struct paper_state *);
/* *s is to be released after a failure too. */
int	paper_state_decode(struct paper_state *s, const void *, size_t n,
	    const char *name, struct fail *) must_check;
/* *out is malloced. */
int	paper_state_encode(const struct paper_state *, void **out, size_t *n,
	    const char *name, struct fail *) must_check;
/* The message for everything that is wrong with the files in the folder. */
int	paper_damaged(const char *name, struct fail *, const char *fmt, ...)
	    printf_like(3, 4);

/* check.c: do the fields of the state agree with each other? */
int	paper_state_check(const struct paper_state *, const char *name,
	    struct fail *) must_check;

/*
 * scatter.c: machine frames for pfn 0 .. pages - 1, all below
 * limit, appended to *p2m.  A function of its arguments alone.
 */
int	paper_scatter(uint64_t seed, uint64_t pages, uint64_t limit,
	    struct extents *p2m, struct fail *) must_check;
/* The lowest machine frame that is too high for a domain of this ABI below an
 * address of address_bits (0: no limit). */
uint64_t paper_frame_limit(const struct abi *, unsigned address_bits);
/* The most pages that paper_scatter() can place below limit. */
uint64_t paper_scatter_room(uint64_t limit);
/* Where shared_info lies: below PAPER_FIRST_FRAME. */
uint64_t paper_scatter_shared_info(uint64_t seed);

/* frames.c: which frames the domain owns, and their m2p */
/* FAIL_TARGET unless the domain owns all frames of the run.  The shared_info
 * frame counts as owned where shared is set. */
int	paper_check_run(struct paper_target *, uint64_t mfn, uint64_t count,
	    bool shared, const char *doing, struct fail *) must_check;
/* FAIL_TARGET unless the domain was made for guests of that type. */
int	paper_check_type(const struct paper_target *, enum guest_type,
	    const char *doing, struct fail *) must_check;
/* Gives the domain, which has none, the frames of runs in any order. */
int	paper_take_frames(struct paper_target *, const struct extents *,
	    struct fail *) must_check;
int	paper_set_abi(struct target *, const struct abi *, struct fail *)
	    must_check;
int	paper_populate(struct target *, uint64_t count, unsigned address_bits,
	    struct extents *p2m, struct fail *) must_check;
int	paper_set_m2p(struct target *, const struct extent *, size_t n,
	    struct fail *) must_check;
int	paper_get_m2p(struct target *, uint64_t mfn, uint64_t count,
	    uint64_t *pfns, struct fail *) must_check;

/* guard.c: mappings whose file is cut off or cannot be written */
/* From now on a fault in the mapping marks it as lost, instead of ending the
 * program. */
void	paper_guard(struct paper_map *);
void	paper_unguard(struct paper_map *);

/* map.c: mappings */
void	*paper_map(struct target *, const struct extent *, size_t n,
	    bool writable, struct fail *) must_check;
void	*paper_replace(struct target *, const struct extent *, size_t n,
	    struct fail *) must_check;
int	paper_unmap(struct target *, void *, struct fail *) must_check;
int	paper_owns(struct target *, const struct extent *, size_t n,
	    struct fail *) must_check;
void	paper_unmap_all(struct paper_target *);
/* Is the frame in a writable mapping that is open now? */
bool	paper_mapped_writable(const struct paper_target *, uint64_t mfn);

/* contents.c: what frames hold */
/* Refuses frames that a stage must not write: those in use as page tables. */
int	paper_check_ordinary(struct paper_target *, uint64_t mfn,
	    uint64_t count, const char *doing, struct fail *) must_check;
int	paper_write_run(const struct paper_target *, const void *bytes,
	    const struct extent *, struct fail *) must_check;
/* The failure of a write to memory that errno tells. */
int	paper_write_fault(const struct paper_target *, struct fail *)
	    must_check;
bool	paper_known_zero(struct target *, const struct extent *, size_t n);
int	paper_clear(struct target *, const struct extent *, size_t n,
	    struct fail *) must_check;
int	paper_hypercall_page(struct target *, uint64_t mfn, struct fail *)
	    must_check;

/* tables.c: a list of frames that are tables */
void	paper_tables_release(struct paper_tables *);
/* Adds a run at the end, joining it to the last where it goes on. */
int	paper_tables_add(struct paper_tables *, struct table_run,
	    struct fail *) must_check;
const struct table_run *paper_tables_find(const struct paper_tables *,
	    uint64_t mfn);
/* The first run that has one of count frames from mfn, or NULL. */
const struct table_run *paper_tables_touch(const struct paper_tables *,
	    uint64_t mfn, uint64_t count);

/* types.c: which frames are tables, and pinning */
int	paper_frame_type(struct target *, uint64_t mfn, unsigned *level,
	    bool *pinned, struct fail *) must_check;
int	paper_pin(struct target *, uint64_t mfn, struct fail *) must_check;
int	paper_unpin(struct target *, uint64_t mfn, struct fail *) must_check;

/*
 * validate.c: walks the page tables below the roots, checks every entry, and
 * appends the frames of all tables to *out.
 */
struct table_root {
	uint64_t mfn;
	bool pinned;
};

int	paper_validate(struct paper_target *, const struct table_root *,
	    size_t n, struct paper_tables *out, struct fail *) must_check;

/* context.c: vcpu contexts and their rules */
int	paper_set_context(struct target *, uint32_t vcpu, const void *,
	    struct fail *) must_check;
int	paper_get_context(struct target *, uint32_t vcpu, void *,
	    bool *present, struct fail *) must_check;

/* hvm-context.c: the rules for a vcpu of a PVH guest */
/* The refusal of a register. */
int	paper_refuse_register(const struct paper_target *, uint32_t vcpu,
	    const char *name, uint64_t value, const char *rule, struct fail *);
int	paper_check_hvm_context(struct paper_target *, uint32_t vcpu,
	    const void *context, struct fail *) must_check;

/* hvm-rules.c: of memory, parameters and registers of a PVH guest */
/* Are these, as state.frames has them, the frames of a PVH guest with some
 * amount of memory, which *pages is set to? */
bool	paper_hvm_frames(const struct paper_state *, uint64_t *pages);
/* Does a register of a context have a value that it cannot have?  What memory
 * holds is not looked at. */
struct paper_wrong {
	const char *name;		/* of the register */
	uint64_t value;
	const char *rule;
};
bool	paper_hvm_context_wrong(const struct paper_state *, const void *context,
	    struct paper_wrong *);
/* Why a parameter cannot be set to that value, in words; NULL: it can. */
const char *paper_param_wrong(const struct paper_state *, uint64_t param,
	    uint64_t value);

/* hvm.c: what only domains of PVH guests do */
extern const struct target_hvm_ops paper_hvm_ops;

extern const struct target_ops target_file;

#endif
