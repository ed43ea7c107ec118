#include <string.h>

#include "base/file.h"
#include "base/hex.h"
#include "base/uuid.h"

static const char form[UUID_TEXT] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

struct uuid_text
uuid_text(const uint8_t uuid[UUID_BYTES])
{
	char digits[2 * UUID_BYTES + 1];
	const char *next = digits;
	struct uuid_text t;

	hex_put(uuid, UUID_BYTES, digits);
	for (size_t i = 0; i < UUID_TEXT; i++)
		t.s[i] = (char)(form[i] == 'x' ? *next++ : form[i]);
	return t;
}

bool
uuid_parse(const char *text, uint8_t uuid[UUID_BYTES])
{
	char digits[2 * UUID_BYTES];
	size_t n = 0;

	if (strlen(text) != UUID_TEXT - 1)
		return false;
	for (size_t i = 0; form[i] != '\0'; i++)
		if (form[i] == 'x')
			digits[n++] = text[i];
		else if (text[i] != form[i])
			return false;
	return hex_get_any(digits, n, uuid);
}

int
uuid_random(uint8_t uuid[UUID_BYTES], struct fail *f)
{
	if (file_random(uuid, UUID_BYTES, f) < 0)
		return -1;
	/* RFC 9562, 5.4: the version and the variant. */
	uuid[6] = (uint8_t)((uuid[6] & 0x0f) | 0x40);
	uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80);
	return 0;
}
