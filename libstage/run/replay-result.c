#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/draft.h"
#include "base/json.h"
#include "run/replay-result.h"
#include "run/replayer-check.h"

/* What the target of the plan is: xen, file. */
static void
kind_of(const struct plan *p, char kind[16])
{
	snprintf(kind, 16, "%.*s", (int)strcspn(p->memory.target.data, ":"),
	    p->memory.target.data);
}

static void
put_words(struct json_writer *j, const struct replay_result *r,
    const char *verdict, const char *kind, const char *began)
{
	json_put_text(j, "verdict", verdict);
	json_put_text(j, "target", kind);
	json_put_text(j, "host", r->host);
	json_put_text(j, "program", r->name);
	json_put_text(j, "version", r->version);
	json_put_text(j, "began", began);
	json_put_real(j, "seconds", r->clock->seconds);
}

static int
write_result(const struct replay_result *r, const char *verdict,
    const char *found, struct fail *f)
{
	char kind[16], title[64], date[STAGE_DATE];
	struct record_result to = { .to = r->to, .of = r->of,
		.version = r->version, .title = title };
	struct json_writer j;
	struct draft text;
	int rc;

	stage_end(r->clock);
	to.began = stage_began(r->clock, date);
	kind_of(r->plan, kind);
	snprintf(title, sizeof(title), "%s on %s", verdict, kind);
	if (draft_begin(&text, f) < 0)
		return -1;
	j = (struct json_writer)JSON_WRITER_INIT(text.to, JSON_STYLE_LINE);
	json_put_map(&j, NULL);
	put_words(&j, r, verdict, kind, to.began);
	json_put_print(&j, "check", "%s", found);
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
replay_result_write(const struct replay_result *r, struct fail *f)
{
	struct fail differs = { .kind = FAIL_NONE }, why = differs;
	struct draft found;
	int rc;

	if (draft_begin(&found, f) < 0)
		return -1;
	rc = replayer_check(r->of, r->plan, found.to, &differs);
	if (draft_end(&found, f) < 0)
		return -1;
	if (found.n == 0) {
		free(found.bytes);
		return 0;
	}
	why.say = f->say;
	why.say_arg = f->say_arg;
	if (write_result(r, rc == 0 ? "same" : "differs", found.bytes,
	    &why) == 0) {
		free(found.bytes);
		return 0;
	}
	free(found.bytes);
	if (rc == 0)
		return fail_pass(f, &why);
	fail_warn(f, "%s", why.message);
	return 0;
}
