/*
 * buildwords: the options of xb-build, in other programs that run it.
 *
 * Rows for the option table of a program, and who takes which: what a replay
 * hands on from a record is told from what belongs to one build alone.
 */
#ifndef XB_BUILDWORDS_H
#define XB_BUILDWORDS_H

#include <stdbool.h>

#include "record/record.h"
#include "run/spawn.h"
#include "stage/stage.h"

/* Values of stage_getopt() for options without a letter. */
enum build_value {
	BUILD_WINDOW = 512, BUILD_CPUPOOL, BUILD_MAXMEM, BUILD_NAME,
	BUILD_SCATTER, BUILD_UUID, BUILD_VCPUS, BUILD_CONSOLE_DOMID,
	BUILD_CONSOLE_PORT, BUILD_NO_STORE, BUILD_STORE_DOMID,
	BUILD_STORE_PORT, BUILD_KEEP
};

#define BUILD_OPTIONS_PARSE \
	{ 'A', "abi", "ABI", "guest ABI, where the image leaves a choice", 0, 0 }, \
	{ 'c', "command-line", "COMMAND_LINE", "for the kernel", 0, 0 }, \
	{ 'F', "format", "FORMAT", "elf, bzimage or bin; no guessing", 0, 0 }, \
	{ 'f', "features", "FEATURES", "that the kernel must support", 0, 0 }, \
	{ 'z', "unpack-ramdisk", NULL, "unpack compressed ramdisks", 0, 0 }
#define BUILD_OPTIONS_LOCAL \
	{ 'L', "limit", "SIZE", "most bytes to unpack a file to", 0, 0 }, \
	{ 'S', "store", "STORE", "folder for unpacked payloads", 0, 0 }, \
	{ 0, "window", "SIZE", "largest window of a decoder", BUILD_WINDOW, \
	    0 }
#define BUILD_OPTIONS_CREATE \
	{ 0, "cpupool", "N", "as xb-domain create", BUILD_CPUPOOL, 0 }, \
	{ 0, "maxmem", "SIZE", "as xb-domain create", BUILD_MAXMEM, 0 }, \
	{ 0, "name", "NAME", "as xb-domain create", BUILD_NAME, 0 }, \
	{ 0, "scatter", "SEED", "as xb-domain create", BUILD_SCATTER, 0 }, \
	{ 0, "uuid", "UUID", "as xb-domain create", BUILD_UUID, 0 }, \
	{ 0, "vcpus", "N", "as xb-domain create", BUILD_VCPUS, 0 }
#define BUILD_OPTIONS_STARTINFO \
	{ 0, "console-domid", "N", "as xb-startinfo", BUILD_CONSOLE_DOMID, 0 }, \
	{ 0, "console-port", "N", "as xb-startinfo", BUILD_CONSOLE_PORT, 0 }, \
	{ 0, "no-store", NULL, "as xb-startinfo", BUILD_NO_STORE, 0 }, \
	{ 0, "store-domid", "N", "as xb-startinfo", BUILD_STORE_DOMID, 0 }, \
	{ 0, "store-port", "N", "as xb-startinfo", BUILD_STORE_PORT, 0 }

/* Which part of a build takes an option. */
enum build_part {
	BUILD_PART_NONE,		/* no option of xb-build */
	BUILD_PART_PARSE,
	BUILD_PART_LOCAL,		/* xb-parse's, for one machine to say */
	BUILD_PART_CREATE,
	BUILD_PART_STARTINFO
};

/* By the long name of an option, --memory not among them. */
enum build_part build_part_of(const char *name);
bool	build_takes_value(const char *name);

/* The row of that value in a program's table, or NULL. */
const struct stage_option *build_row(const struct stage *, int value);

/*
 * How many options these words can hold at most: letters may stand together in
 * one, so it is the bytes that count.  Not 0.
 */
size_t	build_options_most(int argc, char **argv);

/* Appends --NAME or --NAME=VALUE. */
int	build_add(struct words *, const char *name, const char *value,
	    struct fail *) must_check;

/* Appends -q, -T and -v as this program was given them. */
int	build_add_common(struct words *, struct fail *) must_check;

#endif
