#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/hex.h"
#include "record/impl.h"

static const char digest_mark[] = "@sha256:";

/* Has it at most so many characters, all of a name's, and not these first? */
static bool
name_good(const char *text, size_t most, const char *not_first)
{
	size_t n = strlen(text);

	return n > 0 && n <= most && strchr(not_first, text[0]) == NULL &&
	    strspn(text, RECORD_NAME_CHARACTERS) == n;
}

bool
record_title_good(const char *title)
{
	return name_good(title, 255, ".");
}

/* What is behind the mark at rest is a digest or a tag. */
static int
take_rest(struct record_ref *ref, const char *text, const char *rest,
    struct fail *f)
{
	if (rest[0] == '@') {
		rest += strlen(digest_mark);
		ref->by_digest = true;
		return strlen(rest) == 2 * SHA256_BYTES &&
		    hex_get(rest, SHA256_BYTES, ref->sha256) ? 0 :
		    fail(f, FAIL_USAGE, "'%s' names no record: a digest is "
		    "sha256: and 64 digits of 0-9a-f", text);
	}
	ref->tag = rest + 1;
	return name_good(ref->tag, 128, ".-") ? 0 : fail(f, FAIL_USAGE,
	    "'%s' names no record: a tag has 1 to 128 of A-Z a-z 0-9 . _ -, "
	    "the first not . or -; a folder whose name has a colon is named "
	    "with a slash behind it", text);
}

int
record_ref_parse(struct record_ref *ref, const char *text, struct fail *f)
{
	const char *last = basename(text);
	const char *rest = strstr(last, digest_mark);
	size_t n;

	*ref = (struct record_ref){ .tag = NULL };
	if (rest == NULL)
		rest = strchr(last, ':');
	n = rest == NULL ? strlen(text) : (size_t)(rest - text);
	if ((n == 0 && rest != NULL) || n >= sizeof(ref->folder))
		return fail(f, FAIL_USAGE, "'%s' names no record: it is "
		    "FOLDER, FOLDER:TAG or FOLDER@sha256:HEX", text);
	memcpy(ref->folder, text, n);
	ref->folder[n] = '\0';
	return rest == NULL ? 0 : take_rest(ref, text, rest, f);
}

/* What cannot be looked for counts as there: opening it says why. */
bool
record_is(const char *text)
{
	struct fail dropped = { .kind = FAIL_NONE };
	char layout[PATH_MAX + sizeof("/" OCI_LAYOUT_FILE)];
	struct record_ref ref;
	struct stat s;

	if (record_ref_parse(&ref, text, &dropped) < 0)
		return false;
	snprintf(layout, sizeof(layout), "%s/" OCI_LAYOUT_FILE, ref.folder);
	return stat(layout, &s) == 0 || !file_absent(errno);
}
