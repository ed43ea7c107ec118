/*
 * broker: the side of the room image that opens kernel, ramdisks and store, and
 * looks at no byte of them.
 *
 * What reads or unpacks foreign bytes runs in a process of its own
 * (sandbox/child.h) with one descriptor.  Digests, sizes and sources are the
 * broker's own; all else that such a process answers is checked before it is
 * used.
 *
 *	image.c		one request, from its files to sections of the plan
 *	kernel.c	the kernel
 *	ramdisk.c	the ramdisks and modules
 *	unpack.c	what is compressed, into the store
 *	part.c		a range of a file, as a blob of the store
 *	answers.c	what such processes answered, in the index of the store
 *	sources.c	the store, digests, the plan's sources
 *	can.c		what a kernel can boot as, in words and as JSON
 */
#ifndef XB_IMAGE_BROKER_H
#define XB_IMAGE_BROKER_H

#include "image/work.h"
#include "sandbox/child.h"
#include "store/store.h"

struct broker {
	struct plan *plan;
	const struct image_request *request;
	uint64_t output_max, window_max;
	struct image_can *can;		/* the answer of image_can(), which
					 * makes no plan; else NULL */
	struct store *store;		/* NULL until broker_store() opens it */
	/* What stood beside the kernel, unless the request replaces it. */
	struct image_file ramdisk;	/* closed: none */
	const char *command_line;	/* NULL: none */
	struct answered *answered;	/* answers.c: to be kept */
	struct arena scratch;		/* ends with the parse */
};

/* The store, opened when first asked for.  NULL: the failure is in f. */
struct store *broker_store(struct broker *, struct fail *);

/* Sets what the process is called and may have, for a job on the file. */
int	broker_job(struct broker *, const struct image_file *,
	    const char *verb, struct child_job *, struct fail *) must_check;

/*
 * Has a process answer a question about the file, as child_run() does.  Where
 * the store knows what one answered that read the file in this state, and had
 * no message, none is started: job->take gets the same frames again.  question
 * tells all that the answer depends on but the file and the code.
 */
int	broker_ask(struct broker *, const struct image_file *,
	    const char *question, const struct child_job *, struct fail *)
	    must_check;

/* Keeps what was answered, when all of it has turned out to be good. */
void	broker_keep_answers(struct broker *, struct fail *);

/* Sends a need, in the process, and takes what it sent. */
void	broker_send_need(unsigned kind, const struct image_need *);
int	broker_take_need(const struct child_job *, const struct image_file *,
	    const void *bytes, size_t n, struct image_need *, struct fail *)
	    must_check;

/*
 * Replaces the file by what it holds: unpacks a range of it into the store, or
 * finds it there, and opens the blob, whose name in messages tells how it was
 * got.
 */
int	broker_unpack(struct broker *, struct image_file *,
	    const struct image_need *, struct fail *) must_check;

/* The same without a store: the unpacked bytes stay in memory. */
int	broker_unpack_held(struct broker *, struct image_file *,
	    const struct image_need *, struct fail *) must_check;

/* Opens a blob of the store, with the name that it has in messages. */
int	broker_open_blob(struct broker *, const uint8_t sha256[SHA256_BYTES],
	    const char *what, struct image_file *, struct fail *) must_check;

/*
 * Opens a range of a file as a blob of its own, copied to the store or found
 * there.  what is the range's name.
 */
int	broker_part(struct broker *, const struct image_file *, uint64_t at,
	    uint64_t size, const char *what, struct image_file *,
	    struct fail *) must_check;

/* Sets file->sha256: as the store remembers it, or hashed and remembered. */
int	broker_digest(struct broker *, struct image_file *, struct fail *)
	    must_check;

/* Adds the file to the plan's sources, once for each digest. */
int	broker_add_source(struct broker *, const struct image_file *,
	    struct fail *) must_check;

/* The kernel of the request, as the plan's image; or as broker->can. */
int	kernel_add(struct broker *, struct fail *) must_check;

/* The ramdisks of the request, as one module of the plan, and its modules. */
int	modules_add(struct broker *, struct fail *) must_check;

#endif
