/*
 * stores: what the tests of the store share: a folder a test, files and blobs.
 */
#ifndef XB_STORES_H
#define XB_STORES_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "store/store.h"
#include "unit.h"

#define FAIL_INIT { .kind = FAIL_NONE }

/* A test of its own folder, see enter_folder(). */
#define store_test(t) \
	cmocka_unit_test_setup_teardown(t, enter_folder, leave_folder)

/* FIPS 180-4's example. */
static const char abc_hex[] =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

/* Long enough for a file's times to be believed. */
void	settle(void);

/* A file's identity: at once; after file_settle(); and one that is settled. */
struct file_id id_of(const char *path);
struct file_id id_in_time(const char *path);
struct file_id settled_id(const char *path);
struct file_id make_file(const char *path, const char *text);
struct file_id make_settled(const char *path, const char *text);
struct store *open_store(const char *dir);

/* Puts n bytes in pieces and keeps them. */
void	put_bytes(struct store *s, const void *bytes, size_t n, size_t piece,
	    uint8_t sha256[SHA256_BYTES]);
void	put_text(struct store *s, const char *text,
	    uint8_t sha256[SHA256_BYTES]);
char *blob_path(const char *dir, const uint8_t sha256[SHA256_BYTES],
	    char path[160]);
unsigned files_in(const char *dir);

/* Every test has a folder of its own and starts in it. */
int	enter_folder(void **state);
int	leave_folder(void **state);

#endif
