#include <inttypes.h>
#include <string.h>

#include "base/file.h"
#include "base/input.h"

int
input_read(const struct input *in, void *to, size_t n, uint64_t offset,
    struct fail *f)
{
	if (in->memory == NULL)
		return file_pread(in->fd, in->what, to, n, offset, f);
	if (offset > in->size || n > in->size - offset)
		return fail(f, FAIL_INPUT, "'%s' ends at 0x%" PRIx64 ": %zu "
		    "bytes at 0x%" PRIx64 " were expected", in->what, in->size,
		    n, offset);
	memcpy(to, (const unsigned char *)in->memory + offset, n);
	return 0;
}
