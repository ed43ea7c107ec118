#include <string.h>

#include "record/impl.h"

struct listing {
	struct record_layout layout;	/* first member: record_check_layout()
					 * and its like take a pointer to this
					 * as one to struct record_layout */
	struct record_list *list;
};

static int
wants(void *arg, struct fail *f)
{
	struct listing *l = arg;
	struct record_list *list = l->list;

	if (list->v == NULL)
		list->v = arena_array(&list->arena,
		    l->layout.index.n_manifests, sizeof(*list->v), f);
	return list->v == NULL ? -1 : record_next_label(&l->layout, true);
}

static int
take(void *arg, struct fail *f)
{
	struct listing *l = arg;
	const struct oci_manifest *m = &l->layout.manifest;
	const struct oci_descriptor *d = &l->layout.named;
	struct record_entry *e = &l->list->v[l->list->n];

	(void)f;
	l->layout.at++;
	if (m->artifact == NULL || (strcmp(m->artifact, RECORD_TYPE) != 0 &&
	    strcmp(m->artifact, RECORD_RESULT_TYPE) != 0))
		return 0;
	*e = (struct record_entry){ .tag = d->annotations.tag,
		.created = m->annotations.created,
		.title = m->annotations.title,
		.result = strcmp(m->artifact, RECORD_TYPE) != 0 };
	memcpy(e->subject, m->subject.sha256, SHA256_BYTES);
	memcpy(e->sha256, d->sha256, SHA256_BYTES);
	l->list->n++;
	return 0;
}

int
record_list(struct record_list *list, const char *folder, struct fail *f)
{
	struct listing l = { .list = list };
	const struct record_text v[] = {
		RECORD_INDEX_TEXTS(&l.layout),
		RECORD_LABEL_TEXT(&l.layout, take, wants),
	};
	const struct record_texts all = { .path = folder, .v = v,
		.n = sizeof(v) / sizeof(v[0]), .load = record_load_text,
		.arg = &l, .arena = &list->arena };
	int rc;

	*list = (struct record_list){ .arena = ARENA_INIT };
	rc = record_folder_open(&l.layout.folder, folder, folder, f);
	if (rc == 0)
		rc = record_read(&all, f);
	record_folder_close(&l.layout.folder);
	return rc;
}
