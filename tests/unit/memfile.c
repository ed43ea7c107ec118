#include <stdlib.h>
#include <sys/mman.h>

#include "base/file.h"
#include "memfile.h"

int
memory_file(const void *bytes, size_t n)
{
	int fd = memfd_create("bytes", MFD_CLOEXEC);

	if (fd < 0 || file_put_at(fd, bytes, n, 0) < 0)
		abort();
	return fd;
}
