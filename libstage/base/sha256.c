#include <nettle/sha2.h>

#include "base/hex.h"
#include "base/sha256.h"

void
sha256_of(const void *bytes, size_t n, uint8_t sha256[SHA256_BYTES])
{
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	sha256_update(&ctx, n, bytes);
	sha256_digest(&ctx, SHA256_BYTES, sha256);
}

void
sha256_hex(const uint8_t sha256[SHA256_BYTES], char hex[65])
{
	hex_put(sha256, SHA256_BYTES, hex);
}
