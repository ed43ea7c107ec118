#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/step-impl.h"

/* The folder for the copy of the domain after done steps. */
static int
copy_folder(struct session *s, size_t done, struct fail *f)
{
	const char *path = arena_print(&s->arena, f, "%s/snapshot.%zu", s->work,
	    done);
	int folder = -1;

	if (path == NULL)
		return -1;
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		(void)fail_errno(f, FAIL_IO, errno, "cannot make the folder "
		    "'%s'", path);
	return folder;
}

int
step_copy(struct session *s, size_t done, bool back, struct fail *f)
{
	const char *where;
	int folder, rc;

	if (s->domain == NULL || s->kind->copy == NULL || s->ask->all)
		return 0;
	folder = target_kind(s->domain, &where, f) == NULL ? -1 :
	    copy_folder(s, done, f);
	if (folder < 0)
		return -1;
	rc = s->kind->copy(where, folder, back, f);
	close(folder);
	if (rc < 0 && f->kind == FAIL_IO)
		fail_add(f, "; TMPDIR names another place for the copy");
	return rc;
}
