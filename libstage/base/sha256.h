/*
 * sha256: the SHA-256 of bytes in memory, and a digest as hexadecimal digits.
 */
#ifndef XB_SHA256_H
#define XB_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_BYTES = 32 };

void	sha256_of(const void *, size_t n, uint8_t sha256[SHA256_BYTES]);

/* Writes 64 digits and a NUL. */
void	sha256_hex(const uint8_t sha256[SHA256_BYTES], char hex[65]);

#endif
