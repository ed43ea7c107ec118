#include "plan/fields.h"

#define AT	SCHEMA_AT
#define COUNTED	SCHEMA_COUNTED
#define FORM	SCHEMA_FORM

/* A row: its key, its unit, where the value lies and its limit. */
#define NUMBER(k, u, s, m, most) \
	{ k, TYPE_NUMBER, .unit = (u), AT(s, m), .limit = (most) }
#define MAYBE_NUMBER(k, u, s, m, most) \
	{ k, TYPE_NUMBER, true, .unit = (u), AT(s, m), .limit = (most) }
#define ADDRESS(k, u, s, m) \
	{ k, TYPE_ADDRESS, .unit = (u), AT(s, m), .limit = ANY_ADDRESS }
#define MAYBE_ADDRESS(k, u, s, m) \
	{ k, TYPE_ADDRESS, true, .unit = (u), AT(s, m), .limit = ANY_ADDRESS }
#define NAME(k, s, m) \
	{ k, TYPE_TEXT, .unit = "name", AT(s, m), .limit = NAME_LIMIT }
#define WORD(k, s, m, list) \
	{ k, TYPE_TEXT, .unit = "word", AT(s, m), .limit = NAME_LIMIT, \
	    .words = (list) }

#define UNPACKED_MAX	(UINT64_C(1) << 51)
#define INT_LIMIT	INT64_MAX		/* largest integer in JSON */
#define ANY_ADDRESS	UINT64_MAX
#define FRAME_LIMIT	((UINT64_C(1) << 52) - 1)
#define PAGES_LIMIT	(UINT64_C(1) << 40)
#define PORT_LIMIT	UINT32_MAX
#define WORD32		UINT32_MAX

/* Lengths of lists.  An ELF file has at most 65535 program headers, and known
 * loaders read at most 65536 notes. */
enum {
	LIST_LIMIT	= 65536,
	PART_LIMIT	= 4096,
	MODULES_LIMIT	= 16,
	CLEAR_LIMIT	= 2 * LIST_LIMIT,
	VCPUS_LIMIT	= 8192,
	SOURCES_LIMIT	= LIST_LIMIT,
	NAME_LIMIT	= 64,		/* bytes of a name */
	STRING_LIMIT	= 65536,	/* bytes of a note or a message */
	COMMAND_LINE_LIMIT = STRING_LIMIT,
	PATH_LIMIT	= 4096
};

static const char *const formats[] = { "elf", "bin", NULL };
static const char *const containers[] = { "bzimage", "none", NULL };
static const char *const notes_from[] = { "program headers",
	"section headers", "__xen_guest", "bin table", NULL };
static const char *const pae_modes[] = { "no", "yes", "extended", "bimodal",
	NULL };

static const struct schema_field payload_fields[] = {
	NAME("role", payload, role),
	NUMBER("size", "bytes", payload, size, INT_LIMIT),
	{ "sha256", TYPE_DIGEST, .unit = "", AT(payload, sha256) },
};
static const struct schema_form payload_form = FORM(payload, payload_fields);

static const struct schema_field image_segment_fields[] = {
	ADDRESS("va", "va", image_segment, va),
	NUMBER("memsz", "bytes", image_segment, memsz, INT_LIMIT),
	NAME("role", image_segment, role),
	NUMBER("offset", "bytes", image_segment, offset, INT_LIMIT),
	NUMBER("filesz", "bytes", image_segment, filesz, INT_LIMIT),
};
static const struct schema_form image_segment_form =
    FORM(image_segment, image_segment_fields);

static const struct schema_field note_fields[] = {
	NAME("name", image_note, name),
	NUMBER("type", "", image_note, type, WORD32),
	MAYBE_ADDRESS("number", "", image_note, number),
	{ "text", TYPE_BYTES, true, .unit = "", AT(image_note, text),
	    .limit = STRING_LIMIT },
};
static const struct schema_form note_form = FORM(image_note, note_fields);

static const struct schema_field image_fields[] = {
	{ "abi", TYPE_ABI, .unit = "", AT(plan_image, abi),
	    .limit = NAME_LIMIT },
	WORD("format", plan_image, format, formats),
	WORD("container", plan_image, container, containers),
	NAME("codec", plan_image, codec),
	WORD("notes_from", plan_image, notes_from, notes_from),
	ADDRESS("virt_base", "va", plan_image, virt_base),
	ADDRESS("paddr_offset", "bytes", plan_image, paddr_offset),
	ADDRESS("kstart", "va", plan_image, kstart),
	ADDRESS("kend", "va", plan_image, kend),
	ADDRESS("entry", "va", plan_image, entry),
	MAYBE_ADDRESS("hypercall_page", "va", plan_image, hypercall_page),
	MAYBE_ADDRESS("init_p2m", "va", plan_image, init_p2m),
	{ "mod_start_pfn", TYPE_BOOL, .unit = "",
	    AT(plan_image, mod_start_pfn) },
	WORD("pae", plan_image, pae, pae_modes),
	MAYBE_ADDRESS("hv_start_low", "va", plan_image, hv_start_low),
	ADDRESS("features_supported", "mask", plan_image, features_supported),
	ADDRESS("features_required", "mask", plan_image, features_required),
	{ "payloads", TYPE_LIST, .unit = "", .limit = PART_LIMIT,
	    COUNTED(plan_image, payloads, n_payloads), .form = &payload_form },
	{ "segments", TYPE_LIST, .unit = "", .limit = LIST_LIMIT,
	    COUNTED(plan_image, segments, n_segments),
	    .form = &image_segment_form },
	{ "notes", TYPE_LIST, .unit = "", .limit = LIST_LIMIT,
	    COUNTED(plan_image, notes, n_notes), .form = &note_form },
};
static const struct schema_form image_form = FORM(plan_image, image_fields);

static const struct schema_field part_fields[] = {
	NUMBER("offset", "bytes", module_part, offset, INT_LIMIT),
	NAME("role", module_part, payload.role),
	NUMBER("size", "bytes", module_part, payload.size, INT_LIMIT),
	MAYBE_NUMBER("unpacked", "bytes", module_part, unpacked, UNPACKED_MAX),
	{ "sha256", TYPE_DIGEST, .unit = "", AT(module_part, payload.sha256) },
};
static const struct schema_form part_form = FORM(module_part, part_fields);

static const struct schema_field module_fields[] = {
	NUMBER("size", "bytes", plan_module, size, INT_LIMIT),
	{ "command_line", TYPE_BYTES, true, .unit = "",
	    AT(plan_module, command_line), .limit = PLAN_MODULE_LINE_MAX },
	{ "parts", TYPE_LIST, .unit = "", .limit = PART_LIMIT,
	    COUNTED(plan_module, parts, n_parts), .form = &part_form },
};
static const struct schema_form modules_form = FORM(plan_module, module_fields);

static const struct schema_field source_fields[] = {
	{ "sha256", TYPE_DIGEST, .unit = "", AT(plan_source, sha256) },
	{ "path", TYPE_BYTES, .unit = "path", AT(plan_source, path),
	    .limit = PATH_LIMIT },
	ADDRESS("dev", "st_dev", plan_source, id.dev),
	ADDRESS("ino", "st_ino", plan_source, id.ino),
	NUMBER("size", "bytes", plan_source, id.size, INT_LIMIT),
	{ "mtime_sec", TYPE_SECONDS, .unit = "s",
	    AT(plan_source, id.mtime_sec) },
	NUMBER("mtime_nsec", "ns", plan_source, id.mtime_nsec, 999999999),
	{ "ctime_sec", TYPE_SECONDS, .unit = "s",
	    AT(plan_source, id.ctime_sec) },
	NUMBER("ctime_nsec", "ns", plan_source, id.ctime_nsec, 999999999),
};
static const struct schema_form sources_form = FORM(plan_source, source_fields);

static const struct schema_field layout_segment_fields[] = {
	NAME("kind", layout_segment, kind),
	NUMBER("pfn", "pfn", layout_segment, pfn, PAGES_LIMIT),
	NUMBER("pages", "pages", layout_segment, pages, PAGES_LIMIT),
	NUMBER("size", "bytes", layout_segment, size, INT_LIMIT),
	MAYBE_ADDRESS("va", "va", layout_segment, va),
};
static const struct schema_form layout_segment_form =
    FORM(layout_segment, layout_segment_fields);

static const struct schema_field piece_fields[] = {
	NAME("role", load_piece, role),
	NUMBER("offset", "bytes", load_piece, offset, INT_LIMIT),
	NUMBER("size", "bytes", load_piece, size, INT_LIMIT),
	{ "paddr", TYPE_ADDRESS, .unit = "paddr", AT(load_piece, paddr),
	    .limit = INT_LIMIT },
};
static const struct schema_form piece_form = FORM(load_piece, piece_fields);

static const struct schema_field run_fields[] = {
	NUMBER("pfn", "pfn", pfn_run, pfn, PAGES_LIMIT),
	NUMBER("pages", "pages", pfn_run, pages, PAGES_LIMIT),
};
static const struct schema_form run_form = FORM(pfn_run, run_fields);

static const struct schema_field layout_fields[] = {
	NUMBER("pages", "pages", plan_layout, pages, PAGES_LIMIT),
	{ "gfns", TYPE_GFNS, true, .unit = "gfn, pages",
	    AT(plan_layout, gfns) },
	ADDRESS("v_start", "va", plan_layout, v_start),
	ADDRESS("v_end", "va", plan_layout, v_end),
	{ "segments", TYPE_LIST, .unit = "", .limit = LIST_LIMIT,
	    COUNTED(plan_layout, segments, n_segments),
	    .form = &layout_segment_form },
	{ "tables", TYPE_NUMBERS, .unit = "pages", .limit = ABI_LEVELS_MAX,
	    COUNTED(plan_layout, tables, n_tables) },
	{ "p2m_tables", TYPE_NUMBERS, .unit = "pages",
	    .limit = ABI_LEVELS_MAX,
	    COUNTED(plan_layout, p2m_tables, n_p2m_tables) },
	{ "load", TYPE_LIST, .unit = "", .limit = LIST_LIMIT,
	    COUNTED(plan_layout, load, n_load), .form = &piece_form },
	{ "clear", TYPE_LIST, .unit = "", .limit = CLEAR_LIMIT,
	    COUNTED(plan_layout, clear, n_clear), .form = &run_form },
};
static const struct schema_form layout_form = FORM(plan_layout, layout_fields);

static const struct schema_field memory_fields[] = {
	{ "target", TYPE_BYTES, .unit = "target", AT(plan_memory, target),
	    .limit = PATH_LIMIT + NAME_LIMIT },
	{ "uuid", TYPE_UUID, .unit = "", AT(plan_memory, uuid) },
	{ "build", TYPE_ID, .unit = "", AT(plan_memory, build) },
	{ "p2m", TYPE_P2M, true, .unit = "mfn, pages", AT(plan_memory, p2m) },
};
static const struct schema_form memory_form = FORM(plan_memory, memory_fields);

static const struct schema_field pagetables_fields[] = {
	NUMBER("root_mfn", "mfn", plan_pagetables, root_mfn, FRAME_LIMIT),
	ADDRESS("pt_base", "va", plan_pagetables, pt_base),
	NUMBER("frames", "pages", plan_pagetables, frames, PAGES_LIMIT),
	ADDRESS("p2m", "va", plan_pagetables, p2m),
	NUMBER("first_p2m_pfn", "pfn", plan_pagetables, first_p2m_pfn,
	    PAGES_LIMIT),
	NUMBER("p2m_frames", "pages", plan_pagetables, p2m_frames, PAGES_LIMIT),
};
static const struct schema_form pagetables_form =
    FORM(plan_pagetables, pagetables_fields);

static const struct schema_field identity_fields[] = {
	NUMBER("gfn", "gfn", plan_identity, gfn, FRAME_LIMIT),
};
static const struct schema_form identity_form =
    FORM(plan_identity, identity_fields);

static const struct schema_field startinfo_fields[] = {
	ADDRESS("va", "va", plan_startinfo, va),
	{ "flags", TYPE_ADDRESS, .unit = "mask", AT(plan_startinfo, flags),
	    .limit = WORD32 },
	NUMBER("shared_info_mfn", "mfn", plan_startinfo, shared_info_mfn,
	    FRAME_LIMIT),
	MAYBE_NUMBER("store_mfn", "mfn", plan_startinfo, store_mfn,
	    FRAME_LIMIT),
	MAYBE_NUMBER("console_mfn", "mfn", plan_startinfo, console_mfn,
	    FRAME_LIMIT),
	NUMBER("store_port", "port", plan_startinfo, store_port, PORT_LIMIT),
	NUMBER("console_port", "port", plan_startinfo, console_port,
	    PORT_LIMIT),
	NUMBER("store_domid", "domid", plan_startinfo, store_domid, UINT16_MAX),
	NUMBER("console_domid", "domid", plan_startinfo, console_domid,
	    UINT16_MAX),
	ADDRESS("mod_start", "va or pfn", plan_startinfo, mod_start),
	NUMBER("mod_len", "bytes", plan_startinfo, mod_len, INT_LIMIT),
	MAYBE_NUMBER("hypercall_mfn", "mfn", plan_startinfo, hypercall_mfn,
	    FRAME_LIMIT),
};
static const struct schema_form startinfo_form =
    FORM(plan_startinfo, startinfo_fields);

#define REGISTER(name, most) \
	{ #name, TYPE_ADDRESS, .unit = "register", AT(plan_vcpu, name), \
	    .limit = (most) }

static const struct schema_field vcpu_fields[] = {
	NUMBER("id", "vcpu", plan_vcpu, id, VCPUS_LIMIT - 1),
	REGISTER(ip, ANY_ADDRESS), REGISTER(sp, ANY_ADDRESS),
	REGISTER(si, ANY_ADDRESS), REGISTER(flags, ANY_ADDRESS),
	REGISTER(rflags, ANY_ADDRESS), REGISTER(cr3, ANY_ADDRESS),
	REGISTER(cs, UINT16_MAX), REGISTER(ss, UINT16_MAX),
	REGISTER(ds, UINT16_MAX), REGISTER(kernel_ss, UINT16_MAX),
	REGISTER(kernel_sp, ANY_ADDRESS),
	REGISTER(dr6, ANY_ADDRESS), REGISTER(dr7, ANY_ADDRESS),
	REGISTER(vm_assist, ANY_ADDRESS),
	MAYBE_ADDRESS("bx", "register", plan_vcpu, bx),
};
static const struct schema_form vcpus_form = FORM(plan_vcpu, vcpu_fields);

static const struct schema_field failed_fields[] = {
	NAME("stage", plan_failed, stage),
	NUMBER("status", "exit status", plan_failed, status, UINT8_MAX),
	{ "message", TYPE_BYTES, .unit = "", AT(plan_failed, message),
	    .limit = STRING_LIMIT },
};
static const struct schema_form failed_form = FORM(plan_failed, failed_fields);

/*
 * The form and the limit of a section are named after its member and its ID in
 * stages.def, so that the rows of this table come from there.
 */
#define SECTION_MAP(ID, m)	{ #m, TYPE_MAP, .unit = "", AT(plan, m), \
				    .form = &m##_form }
#define SECTION_LIST(ID, m)	{ #m, TYPE_LIST, .unit = "", \
				    COUNTED(plan, m, n_##m), \
				    .limit = ID##_LIMIT, .form = &m##_form }
#define SECTION_BYTES(ID, m)	{ #m, TYPE_BYTES, .unit = "", AT(plan, m), \
				    .limit = ID##_LIMIT }
#define SECTION_BOOL(ID, m)	{ #m, TYPE_BOOL, .unit = "", AT(plan, m) }

const struct schema_field plan_sections[PLAN_SECTIONS] = {
#define SECTION(ID, m, TYPE, ...) [PLAN_##ID] = SECTION_##TYPE(ID, m),
#include "plan/stages.def"
	[PLAN_FAILED] = SECTION_MAP(FAILED, failed),
};
const struct schema_form plan_form = { sizeof(struct plan), plan_sections,
	PLAN_SECTIONS, true, offsetof(struct plan, has) };
