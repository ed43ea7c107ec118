#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/draft.h"
#include "base/json.h"
#include "run/result.h"
#include "stage/stage.h"

/* Asked for before the program is confined; "": it is not known. */
static char host[256];

int
result_place(const char *to, struct fail *f)
{
	static struct record_ref place;	/* its name has to live on */

	if (record_ref_parse(&place, to, f) < 0)
		return -1;
	if (place.tag == NULL)
		return fail(f, FAIL_USAGE, "--result '%s' is not FOLDER:TAG",
		    to);
	stage_writes(place.folder, STAGE_ENTRY);
	if (gethostname(host, sizeof(host) - 1) < 0)
		host[0] = '\0';
	return 0;
}

static void
put_words(struct json_writer *j, const struct result *r, const char *verdict,
    const char *kind, const char *began)
{
	json_put_text(j, "verdict", verdict);
	json_put_text(j, "target", kind);
	json_put_text(j, "host", host);
	json_put_text(j, "program", r->name);
	json_put_text(j, "version", XB_VERSION);
	json_put_text(j, "began", began);
	json_put_real(j, "seconds", r->clock->seconds);
}

static int
put_result(const struct result *r, const char *verdict, const char *check,
    struct fail *f)
{
	char kind[16], title[64], date[STAGE_DATE];
	struct record_result to = { .to = r->to, .of = r->of,
		.version = XB_VERSION, .title = title,
		.began = stage_began(r->clock, date) };
	struct json_writer j;
	struct draft text;
	int rc;

	snprintf(kind, sizeof(kind), "%.*s", (int)strcspn(r->target, ":"),
	    r->target);
	snprintf(title, sizeof(title), "%s on %s", verdict, kind);
	if (draft_begin(&text, f) < 0)
		return -1;
	j = (struct json_writer)JSON_WRITER_INIT(text.to, JSON_STYLE_LINE);
	json_put_map(&j, NULL);
	put_words(&j, r, verdict, kind, to.began);
	if (check != NULL)
		json_put_print(&j, "check", "%s", check);
	json_put_end(&j);
	if (draft_end(&text, f) < 0)
		return -1;
	to.json = text.bytes;
	to.n = text.n;
	rc = record_write_result(&to, f);
	free(text.bytes);
	return rc;
}

int
result_write(const struct result *r, int rc, const char *verdict,
    const char *check, struct fail *f)
{
	struct fail why = { .say = f->say, .say_arg = f->say_arg };

	if (put_result(r, verdict, check, &why) == 0)
		return 0;
	if (rc == 0)
		return fail_pass(f, &why);
	fail_warn(f, "%s", why.message);
	return 0;
}
