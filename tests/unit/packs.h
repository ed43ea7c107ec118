/*
 * packs: streams of every codec, made with the command line tools, and one
 * call that unpacks them.
 */
#ifndef XB_PACKS_H
#define XB_PACKS_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codec/codec.h"
#include "unit.h"

#define MIB	((size_t)1 << 20)

struct text {
	unsigned char *data;
	size_t n;
};

/* A result; release_unpacked() frees. */
struct unpacked {
	int rc;
	struct fail f;
	struct codec_job job;
	struct text out;
	unsigned refuse_at;		/* the sink's call to fail, 0: none */
	unsigned calls;
};

/* Not random, half of it in runs: every codec finds something to do. */
struct text sample(size_t n);
struct text zeros(size_t n);

/* What `command` makes of the bytes. */
struct text pack(const char *command, const struct text *plain);

/* Limits that tests set before unpack_with(). */
struct unpacked no_limits(void);
void	unpack_with(struct unpacked *u, const struct codec *c,
	    const struct text *packed);
void	release_unpacked(struct unpacked *u);

/* Refused as input, with these words in the message. */
void	unpack_refused(const char *name, const struct unpacked *u,
	    const char *words);

/* The row that the bytes begin like, under the name that they should have. */
const struct codec *codec_of(const struct text *packed, const char *want);

#endif
