#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xenstore/introduce.h"
#include "xenstore/nodes.h"

/* Can the guest hear, as far as the hypervisor knows? */
static int
check_alive(const char *name, const struct target_info *info, struct fail *f)
{
	if (info->ended != NULL)
		return fail(f, FAIL_TARGET, "'%s' has ended already, with %s; "
		    "'xb-domain destroy' removes it", name, info->ended);
	if (info->paused)
		return fail(f, FAIL_TARGET, "'%s' is paused, and hears "
		    "nothing; unpause it, or 'xb-domain destroy' ends it",
		    name);
	return 0;
}

/* A guest says in control/feature-WORD that it obeys a word. */
static int
warn_of_deaf(struct xenstore *x, uint32_t domid, const char *name,
    const char *word, struct fail *f)
{
	char node[NODE_PATH], path[NODE_PATH], *text;

	snprintf(node, sizeof(node), "control/feature-%s", word);
	node_below(domid, node, path);
	if (x->ops->read(x, path, &text, f) < 0)
		return -1;
	if (text == NULL || strcmp(text, "1") != 0)
		fail_warn(f, "'%s' has not said that it obeys (%s): if it does "
		    "not end, 'xb-domain destroy' ends it", name, node);
	free(text);
	return 0;
}

int
introduce_ask(struct target *t, const char *name, const char *word,
    struct fail *f)
{
	const struct introduce_note note = { "control/shutdown", word };
	struct introduction d = { .notes = &note, .n_notes = 1 };
	struct target_info info;
	struct xenstore *x;
	int rc;

	if (!t->ops->runs)
		return fail(f, FAIL_TARGET, "'%s' is a domain %s, which never "
		    "runs; 'xb-domain destroy' ends it", name, t->ops->words);
	if (!target_domid(name, &d.domid) || d.domid == 0)
		return fail(f, FAIL_TARGET, "'%s' is the domain that runs this "
		    "host, and is left alone", name);
	if (t->ops->info(t, &info, f) < 0 || check_alive(name, &info, f) < 0 ||
	    xenstore_open_any(&x, f) < 0)
		return -1;
	memcpy(d.uuid, info.uuid, UUID_BYTES);
	if (x == NULL)
		return fail(f, FAIL_TARGET, "no xenstored answers on this "
		    "host, through which '%s' would be asked; 'xb-domain "
		    "destroy' ends it", name);
	rc = introduce_notes(x, &d, f);
	if (rc == 0)
		rc = warn_of_deaf(x, d.domid, name, word, f);
	xenstore_close(x);
	if (rc < 0 && f->kind == FAIL_TARGET)
		fail_add(f, ": the guest cannot be asked; 'xb-domain destroy' "
		    "ends it");
	return rc;
}
