#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/identity.h"
#include "believed.h"
#include "unit.h"

void
only_where_believed(const char *folder)
{
	char path[4096];
	bool believed;
	int fd;

	snprintf(path, sizeof(path), "%s/believed.%d", folder, (int)getpid());
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	close(fd);
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	believed = file_trusted(fd);
	close(fd);
	assert_int_equal(unlink(path), 0);
	if (!believed)
		skip();
}
