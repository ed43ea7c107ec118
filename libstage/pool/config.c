#include <inttypes.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/text.h"
#include "pool/impl.h"
#include "schema/schema.h"

/*
 * The config is one msgpack map.  A version of xb that changes what it means
 * changes its number: the map's first key, "xb-pool".
 */
enum { CONFIG_VERSION = 1, CONFIG_MAX = 1 << 20 };

static const struct schema_field config_rows[] = {
	{ "xb-pool", TYPE_NUMBER, SCHEMA_AT(pool_config, version),
	    .limit = UINT64_MAX },
	{ "count", TYPE_NUMBER, SCHEMA_AT(pool_config, count),
	    .limit = POOL_COUNT_MAX },
	{ "of", TYPE_STRING, SCHEMA_AT(pool_config, of), .limit = CONFIG_MAX },
	{ "memory", TYPE_STRING, .optional = true,
	    SCHEMA_AT(pool_config, memory), .limit = CONFIG_MAX },
	{ "options", TYPE_LIST,
	    SCHEMA_COUNTED(pool_config, options, n_options),
	    .limit = CONFIG_MAX, .form = &record_option_form },
};
static const struct schema_form config_form =
    SCHEMA_FORM(pool_config, config_rows);

static int
damaged(const struct pool *p, const char *why, struct fail *f)
{
	return fail(f, FAIL_TARGET, "the config of the pool '%s' is damaged, "
	    "or another version's: %s; 'xb-pool drain %s' ends the pool",
	    p->name, why, p->named);
}

static int
decode(struct schema_reader *r, struct pool_config *c)
{
	const msgpack_object *map = &r->unpacked.data;

	if (map->type != MSGPACK_OBJECT_MAP)
		return fail(r->f, FAIL_INPUT, "it is not a map");
	if (schema_read(r, &config_form, c, map) < 0)
		return -1;
	return c->version == CONFIG_VERSION ? 0 : fail(r->f, FAIL_INPUT, "it "
	    "has version %" PRIu64 ", this program reads version %d",
	    c->version, CONFIG_VERSION);
}

int
config_read(const struct pool *p, struct pool_config *c, struct arena *a,
    struct fail *f)
{
	static const struct schema_words words = { .document = "it",
	    .if_cut = "", .before = "'", .after = "'", .form = "it" };
	struct fail form = { .kind = FAIL_NONE };
	struct schema_reader r = { .words = &words, .arena = a, .f = &form };
	void *bytes = NULL;
	size_t n;
	int rc = file_slurp(p->dir, "config", CONFIG_MAX, &bytes, &n, &form);

	*c = (struct pool_config){ .of = NULL };
	if (rc == 0) {
		rc = schema_open(&r, bytes, n);
		if (rc == 0)
			rc = decode(&r, c);
		schema_close(&r);
	}
	free(bytes);
	if (rc == 0)
		return 0;
	if (form.kind == FAIL_MISSING)
		return fail(f, FAIL_MISSING, "the pool '%s' is not filled, or "
		    "was drained: 'xb-pool fill -n N -m SIZE %s KERNEL' says "
		    "with what", p->name, p->named);
	return form.kind == FAIL_INPUT ? damaged(p, form.message, f) :
	    fail(f, form.kind, "%s (of the pool '%s')", form.message, p->name);
}

int
config_write(const struct pool *p, const struct pool_config *c,
    struct fail *f)
{
	static const struct schema_extras none;
	struct pool_config whole = *c;
	struct schema_packer m;
	void *bytes = NULL;
	size_t n;
	int rc;

	whole.version = CONFIG_VERSION;
	schema_pack_begin(&m, CONFIG_MAX);
	schema_visit(&config_form, &whole, &none, &m.pen);
	rc = !m.full ? 0 : fail(f, FAIL_USAGE, "the options for the pool '%s' "
	    "are longer than %d bytes", p->name, CONFIG_MAX);
	if (schema_pack_end(&m, rc, &bytes, &n, f) < 0)
		return -1;
	rc = file_replace_unsynced(p->dir, "config", 0600, bytes, n, f);
	free(bytes);
	return rc;
}

bool
config_same(const struct pool_config *a, const struct pool_config *b)
{
	return text_equal(a->of, b->of) && text_equal(a->memory, b->memory) &&
	    record_options_equal(a->options, a->n_options, b->options,
	    b->n_options);
}
