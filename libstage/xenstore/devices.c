#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xenstore/devices.h"
#include "xenstore/nodes.h"

/* Room for /local/domain/BACKEND/backend/KIND/DOMID/DEVICE, too. */
enum { PATH = 3 * NODE_PATH };

/* A backend lies below its own domain's nodes, in the folder of this domain. */
static bool
is_backend(const char *path, uint32_t domid)
{
	unsigned of, device;
	int end = 0;

	return sscanf(path, "/local/domain/%*u/backend/%*[^/]/%u/%u%n", &of,
	    &device, &end) == 2 && path[end] == '\0' && of == domid;
}

/* Removes the backend's folder, which is this domain's, and the one above, of
 * its kind, if no other domain has a backend there. */
static int
remove_backend(struct xenstore *x, char *path, struct fail *f)
{
	struct words names = WORDS_INIT;
	int rc;

	*strrchr(path, '/') = '\0';
	if (x->ops->remove(x, path, f) < 0)
		return -1;
	*strrchr(path, '/') = '\0';
	rc = x->ops->list(x, path, &names, f);
	if (rc == 0 && names.n == 0)
		rc = x->ops->remove(x, path, f);
	words_release(&names);
	return rc;
}

static int
remove_device(struct xenstore *x, uint32_t domid, const char *device,
    struct fail *f)
{
	char path[PATH], *backend;
	int rc = 0;

	snprintf(path, sizeof(path), "%s/backend", device);
	if (x->ops->read(x, path, &backend, f) < 0)
		return -1;
	if (backend != NULL && is_backend(backend, domid)) {
		fail_warn(f, "the backend '%s' that xl attached is removed, "
		    "but its script is not run; 'xl destroy' runs it",
		    backend);
		rc = remove_backend(x, backend, f);
	}
	free(backend);
	return rc;
}

/* Calls each with the paths of all nodes right below one. */
static int
each_below(struct xenstore *x, uint32_t domid, const char *above,
    int (*each)(struct xenstore *, uint32_t, const char *, struct fail *),
    struct fail *f)
{
	struct words names = WORDS_INIT;
	char path[PATH];
	int rc = x->ops->list(x, above, &names, f);

	for (size_t i = 0; i < names.n && rc == 0; i++)
		if (snprintf(path, sizeof(path), "%s/%s", above, names.v[i]) <
		    (int)sizeof(path))
			rc = each(x, domid, path, f);
	words_release(&names);
	return rc;
}

static int
remove_kind(struct xenstore *x, uint32_t domid, const char *kind,
    struct fail *f)
{
	return each_below(x, domid, kind, remove_device, f);
}

int
devices_remove(struct xenstore *x, uint32_t domid, struct fail *f)
{
	char path[NODE_PATH];

	snprintf(path, sizeof(path), "/libxl/%" PRIu32 "/device", domid);
	if (each_below(x, domid, path, remove_kind, f) < 0)
		return -1;
	snprintf(path, sizeof(path), "/libxl/%" PRIu32, domid);
	return x->ops->remove(x, path, f);
}
