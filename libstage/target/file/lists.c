#include "target/file/fields.h"

static size_t
frames_slots(const struct file_state *s)
{
	return s->frames.n;
}

static bool
frames_get(const struct file_state *s, size_t slot, uint64_t *v)
{
	v[0] = s->frames.v[slot].mfn;
	v[1] = s->frames.v[slot].count;
	return true;
}

static int
frames_add(struct file_state *s, const uint64_t *v, const char **bad,
    struct fail *f)
{
	const struct extent *last = s->frames.n == 0 ? NULL :
	    &s->frames.v[s->frames.n - 1];

	if (v[1] == 0 || v[0] < FILE_FIRST_FRAME ||
	    (last != NULL && v[0] < last->mfn + last->count)) {
		*bad = "ascending runs of frames from 0x400 on";
		return -1;
	}
	return extents_add(&s->frames, last == NULL ? 0 :
	    last->pfn + last->count, v[0], v[1], f);
}

const struct state_list state_frames = {
	2, { FILE_FRAMES_MAX, FILE_PAGES_MAX }, SIZE_MAX,
	frames_slots, frames_get, frames_add
};

static size_t
m2p_slots(const struct file_state *s)
{
	return s->m2p.n;
}

static bool
m2p_get(const struct file_state *s, size_t slot, uint64_t *v)
{
	v[0] = s->m2p.v[slot].mfn;
	v[1] = s->m2p.v[slot].pfn;
	v[2] = s->m2p.v[slot].count;
	return true;
}

static int
m2p_add(struct file_state *s, const uint64_t *v, const char **bad,
    struct fail *f)
{
	const struct extent *last = s->m2p.n == 0 ? NULL :
	    &s->m2p.v[s->m2p.n - 1];

	if (v[2] == 0 || (last != NULL && v[0] < last->mfn + last->count)) {
		*bad = "ascending runs of frames";
		return -1;
	}
	return extents_add(&s->m2p, v[1], v[0], v[2], f);
}

const struct state_list state_m2p = {
	3, { FILE_FRAMES_MAX, FILE_PFN_MAX, FILE_PAGES_MAX }, SIZE_MAX,
	m2p_slots, m2p_get, m2p_add
};

static size_t
tables_slots(const struct file_state *s)
{
	return s->tables.n;
}

static bool
tables_get(const struct file_state *s, size_t slot, uint64_t *v)
{
	const struct table_run *r = &s->tables.v[slot];

	v[0] = r->mfn;
	v[1] = r->count;
	v[2] = r->level;
	v[3] = r->pinned;
	return true;
}

static int
tables_take(struct file_state *s, const uint64_t *v, const char **bad,
    struct fail *f)
{
	const struct table_run *last = s->tables.n == 0 ? NULL :
	    &s->tables.v[s->tables.n - 1];

	if (v[1] == 0 || v[2] == 0 ||
	    (last != NULL && v[0] < last->mfn + last->count)) {
		*bad = "ascending runs of frames, each with its level";
		return -1;
	}
	return tables_add(&s->tables, v[0], v[1], (unsigned)v[2], v[3] != 0,
	    f);
}

const struct state_list state_tables = {
	4, { FILE_FRAMES_MAX, FILE_PAGES_MAX, ABI_LEVELS_MAX, 1 }, SIZE_MAX,
	tables_slots, tables_get, tables_take
};

static size_t
ports_slots(const struct file_state *s)
{
	return s->n_ports;
}

static bool
ports_get(const struct file_state *s, size_t slot, uint64_t *v)
{
	v[0] = s->ports[slot].remote;
	v[1] = s->ports[slot].bound;
	return true;
}

static int
ports_add(struct file_state *s, const uint64_t *v, const char **bad,
    struct fail *f)
{
	(void)bad;
	(void)f;
	s->ports[s->n_ports++] = (struct file_port){ (uint32_t)v[0],
	    v[1] != 0 };
	return 0;
}

const struct state_list state_ports = {
	2, { FILE_DOMID_MAX, 1 }, FILE_PORTS_MAX,
	ports_slots, ports_get, ports_add
};

static size_t
grants_slots(const struct file_state *s)
{
	(void)s;
	return FILE_GRANTS_MAX;
}

static bool
grants_get(const struct file_state *s, size_t slot, uint64_t *v)
{
	v[0] = slot;
	v[1] = s->grants[slot].domid;
	v[2] = s->grants[slot].mfn;
	return s->grants[slot].used;
}

static int
grants_add(struct file_state *s, const uint64_t *v, const char **bad,
    struct fail *f)
{
	(void)f;
	if (s->grants[v[0]].used) {
		*bad = "entries of different indexes";
		return -1;
	}
	s->grants[v[0]] = (struct file_grant){ true, (uint32_t)v[1], v[2] };
	return 0;
}

const struct state_list state_grants = {
	3, { FILE_GRANTS_MAX - 1, FILE_DOMID_MAX, FILE_FRAMES_MAX },
	FILE_GRANTS_MAX, grants_slots, grants_get, grants_add
};
