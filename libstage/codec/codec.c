#include <string.h>

#include "codec/io.h"

const struct codec *const codecs[] = {
	&codec_gzip, &codec_bzip2, &codec_xz, &codec_zstd, &codec_lzma,
	&codec_lzo, &codec_lz4, &codec_lz4_frame, NULL
};

const struct codec *
codec_probe(const void *bytes, size_t n)
{
	for (size_t i = 0; codecs[i] != NULL; i++)
		if (codec_begins(codecs[i], bytes, n))
			return codecs[i];
	return NULL;
}

void
codec_print_versions(FILE *out)
{
	for (size_t i = 0; codecs[i] != NULL; i++) {
		const struct codec *c = codecs[i];

		/* lz4 has two rows, one for each format. */
		if (i > 0 && strcmp(c->name, codecs[i - 1]->name) == 0)
			continue;
		if (c->unpack == NULL)
			fprintf(out, "%s: left out (package %s)\n", c->name,
			    c->package);
		else
			fprintf(out, "%s: built in (%s %s)\n", c->name,
			    c->built_on, c->version());
	}
}
