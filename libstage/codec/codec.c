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

int
codec_unpack(const struct codec *c, struct codec_job *job, struct fail *f)
{
	uint64_t end;

	job->produced = 0;
	job->after_stream = 0;
	job->codec = c;
	if (c->unpack == NULL)
		return fail(f, FAIL_INPUT, "cannot unpack '%s': it is "
		    "compressed with %s, and this xb was built without that "
		    "codec; install the package '%s' and build xb again",
		    job->what, c->name, c->package);
	if (__builtin_add_overflow(job->offset, job->size, &end) ||
	    end > INT64_MAX)
		return fail_bug(f, "a compressed range beyond any file");
	return codec_io_run(job, f);
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
