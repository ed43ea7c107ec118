/*
 * uuid: the unique number of a domain, in the text form of RFC 9562.
 */
#ifndef XB_UUID_H
#define XB_UUID_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fail.h"

enum {
	UUID_BYTES = 16,
	UUID_TEXT = 37			/* 8-4-4-4-12 hex digits and a NUL */
};

struct uuid_text { char s[UUID_TEXT]; };
struct uuid_text uuid_text(const uint8_t uuid[UUID_BYTES]);
/* Takes digits in either case; false: text does not have that form. */
bool	uuid_parse(const char *text, uint8_t uuid[UUID_BYTES]);

/* A new one, version 4: all but six bits are random. */
int	uuid_random(uint8_t uuid[UUID_BYTES], struct fail *) must_check;

#endif
