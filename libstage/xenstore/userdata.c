#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/draft.h"
#include "base/file.h"
#include "base/json.h"
#include "base/utf8.h"
#include "target/info.h"
#include "xenstore/userdata.h"

enum { FILE_NAME = 96 };

static void
file_name(uint32_t domid, const uint8_t uuid[UUID_BYTES], char name[FILE_NAME])
{
	snprintf(name, FILE_NAME, "userdata-d.%" PRIu32 ".%s.libxl-json",
	    domid, uuid_text(uuid).s);
}

/* The folder, or -1 where there is none. */
static int
open_folder(const char *folder, int *dir, struct fail *f)
{
	*dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*dir >= 0 || file_absent(errno))
		return 0;
	return fail_errno(f, fail_kind_of(errno, FAIL_IO), errno, "cannot open "
	    "'%s'", folder);
}

/* ---- the record ---- */

/* libxl_domain_create_info. */
static void
put_create(struct json_writer *w, const struct introduction *d)
{
	json_put_map(w, "c_info");
	json_put_text(w, "type", guest_name(d->guest));
	json_put_text(w, "name", d->name);
	json_put_text(w, "uuid", uuid_text(d->uuid).s);
	json_put_end(w);
}

/* libxl_domain_build_info. */
static void
put_build(struct json_writer *w, const struct introduction *d)
{
	char type[16];

	snprintf(type, sizeof(type), "type.%s", guest_name(d->guest));
	json_put_map(w, "b_info");
	json_put_number(w, "max_vcpus", d->vcpus);
	json_put_key(w, "avail_vcpus", 11);
	json_put_list(w, NULL);
	for (uint32_t i = 0; i < d->vcpus; i++)
		json_put_number(w, NULL, i);
	json_put_end(w);
	json_put_number(w, "max_memkb", kib_of(d->max_pages));
	json_put_number(w, "target_memkb", kib_of(d->pages));
	json_put_number(w, "video_memkb", 0);
	json_put_key(w, type, strlen(type));
	json_put_map(w, NULL);
	json_put_end(w);
	json_put_end(w);
}

static int
compose(const struct introduction *d, struct draft *text, struct fail *f)
{
	struct json_writer w;

	if (draft_begin(text, f) < 0)
		return -1;
	w = (struct json_writer)JSON_WRITER_INIT(text->to, JSON_STYLE_COMPACT);
	json_put_map(&w, NULL);
	put_create(&w, d);
	put_build(&w, d);
	json_put_end(&w);
	return draft_end(text, f);
}

int
userdata_write(const char *folder, const struct introduction *d,
    struct fail *f)
{
	char name[FILE_NAME];
	struct draft text;
	size_t bad;
	int dir, rc;

	if (!utf8_valid(d->name, strlen(d->name), &bad))
		return fail(f, FAIL_INPUT, "libxl keeps no name that is not "
		    "UTF-8, '%s'", d->name);
	if (open_folder(folder, &dir, f) < 0)
		return -1;
	if (dir < 0)
		return 0;
	rc = compose(d, &text, f);
	if (rc == 0) {
		file_name(d->domid, d->uuid, name);
		rc = file_replace_unsynced(dir, name, 0600, text.bytes, text.n,
		    f);
		free(text.bytes);
	}
	close(dir);
	return rc;
}

int
userdata_remove(const char *folder, uint32_t domid,
    const uint8_t uuid[UUID_BYTES], struct fail *f)
{
	char name[FILE_NAME];
	int dir, rc = 0;

	if (open_folder(folder, &dir, f) < 0)
		return -1;
	if (dir < 0)
		return 0;
	file_name(domid, uuid, name);
	if (unlinkat(dir, name, 0) < 0 && errno != ENOENT)
		rc = fail_errno(f, fail_kind_of(errno, FAIL_IO), errno,
		    "cannot remove '%s/%s'", folder, name);
	close(dir);
	return rc;
}
