#include "plan/fields.h"

#define AT	SCHEMA_AT
#define COUNTED	SCHEMA_COUNTED
#define FORM	SCHEMA_FORM

#define INT_LIMIT	INT64_MAX		/* JSON's integers end there */
#define ANY_ADDRESS	UINT64_MAX
#define FRAME_LIMIT	((UINT64_C(1) << 52) - 1)
#define PAGES_LIMIT	(UINT64_C(1) << 40)
#define PORT_LIMIT	UINT32_MAX
#define WORD32		UINT32_MAX

/* Lengths of lists: an ELF file has at most 65535 program headers, and the
 * loaders that exist read at most 65536 notes. */
enum {
	LIST_LIMIT	= 65536,
	PART_LIMIT	= 4096,
	MODULE_LIMIT	= 16,
	CLEAR_LIMIT	= 2 * LIST_LIMIT,
	VCPU_LIMIT	= 8192,
	NAME_LIMIT	= 64,		/* bytes of a name */
	STRING_LIMIT	= 65536,	/* bytes of a note or a message */
	PATH_LIMIT	= 4096
};

static const char *const formats[] = { "elf", "bin", NULL };
static const char *const containers[] = { "bzimage", "none", NULL };
static const char *const notes_from[] = { "program headers",
	"section headers", "__xen_guest", "bin table", NULL };
static const char *const pae_modes[] = { "no", "yes", "extended", "bimodal",
	NULL };

static const struct schema_field payload_fields[] = {
	{ "role", TYPE_TEXT, .unit = "name", AT(payload, role),
	    .limit = NAME_LIMIT },
	{ "size", TYPE_NUMBER, .unit = "bytes", AT(payload, size),
	    .limit = INT_LIMIT },
	{ "sha256", TYPE_DIGEST, .unit = "", AT(payload, sha256) },
};
static const struct schema_form payload_form = FORM(payload, payload_fields);

static const struct schema_field image_segment_fields[] = {
	{ "va", TYPE_ADDRESS, .unit = "va", AT(image_segment, va),
	    .limit = ANY_ADDRESS },
	{ "memsz", TYPE_NUMBER, .unit = "bytes", AT(image_segment, memsz),
	    .limit = INT_LIMIT },
	{ "role", TYPE_TEXT, .unit = "name", AT(image_segment, role),
	    .limit = NAME_LIMIT },
	{ "offset", TYPE_NUMBER, .unit = "bytes", AT(image_segment, offset),
	    .limit = INT_LIMIT },
	{ "filesz", TYPE_NUMBER, .unit = "bytes", AT(image_segment, filesz),
	    .limit = INT_LIMIT },
};
static const struct schema_form image_segment_form =
    FORM(image_segment, image_segment_fields);

static const struct schema_field note_fields[] = {
	{ "name", TYPE_TEXT, .unit = "name", AT(image_note, name),
	    .limit = NAME_LIMIT },
	{ "type", TYPE_NUMBER, .unit = "", AT(image_note, type),
	    .limit = WORD32 },
	{ "number", TYPE_ADDRESS, true, .unit = "", AT(image_note, number),
	    .limit = ANY_ADDRESS },
	{ "text", TYPE_BYTES, true, .unit = "", AT(image_note, text),
	    .limit = STRING_LIMIT },
};
static const struct schema_form note_form = FORM(image_note, note_fields);

static const struct schema_field image_fields[] = {
	{ "abi", TYPE_ABI, .unit = "", AT(plan_image, abi),
	    .limit = NAME_LIMIT },
	{ "format", TYPE_TEXT, .unit = "word", AT(plan_image, format),
	    .limit = NAME_LIMIT, .words = formats },
	{ "container", TYPE_TEXT, .unit = "word", AT(plan_image, container),
	    .limit = NAME_LIMIT, .words = containers },
	{ "codec", TYPE_TEXT, .unit = "name", AT(plan_image, codec),
	    .limit = NAME_LIMIT },
	{ "notes_from", TYPE_TEXT, .unit = "word", AT(plan_image, notes_from),
	    .limit = NAME_LIMIT, .words = notes_from },
	{ "virt_base", TYPE_ADDRESS, .unit = "va", AT(plan_image, virt_base),
	    .limit = ANY_ADDRESS },
	{ "paddr_offset", TYPE_ADDRESS, .unit = "bytes",
	    AT(plan_image, paddr_offset), .limit = ANY_ADDRESS },
	{ "kstart", TYPE_ADDRESS, .unit = "va", AT(plan_image, kstart),
	    .limit = ANY_ADDRESS },
	{ "kend", TYPE_ADDRESS, .unit = "va", AT(plan_image, kend),
	    .limit = ANY_ADDRESS },
	{ "entry", TYPE_ADDRESS, .unit = "va", AT(plan_image, entry),
	    .limit = ANY_ADDRESS },
	{ "hypercall_page", TYPE_ADDRESS, true, .unit = "va",
	    AT(plan_image, hypercall_page), .limit = ANY_ADDRESS },
	{ "init_p2m", TYPE_ADDRESS, true, .unit = "va",
	    AT(plan_image, init_p2m), .limit = ANY_ADDRESS },
	{ "mod_start_pfn", TYPE_BOOL, .unit = "",
	    AT(plan_image, mod_start_pfn) },
	{ "pae", TYPE_TEXT, .unit = "word", AT(plan_image, pae),
	    .limit = NAME_LIMIT, .words = pae_modes },
	{ "hv_start_low", TYPE_ADDRESS, true, .unit = "va",
	    AT(plan_image, hv_start_low), .limit = ANY_ADDRESS },
	{ "features_supported", TYPE_ADDRESS, .unit = "mask",
	    AT(plan_image, features_supported), .limit = ANY_ADDRESS },
	{ "features_required", TYPE_ADDRESS, .unit = "mask",
	    AT(plan_image, features_required), .limit = ANY_ADDRESS },
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
	{ "offset", TYPE_NUMBER, .unit = "bytes", AT(module_part, offset),
	    .limit = INT_LIMIT },
	{ "role", TYPE_TEXT, .unit = "name", AT(module_part, payload.role),
	    .limit = NAME_LIMIT },
	{ "size", TYPE_NUMBER, .unit = "bytes", AT(module_part, payload.size),
	    .limit = INT_LIMIT },
	{ "sha256", TYPE_DIGEST, .unit = "", AT(module_part, payload.sha256) },
};
static const struct schema_form part_form = FORM(module_part, part_fields);

static const struct schema_field module_fields[] = {
	{ "size", TYPE_NUMBER, .unit = "bytes", AT(plan_module, size),
	    .limit = INT_LIMIT },
	{ "parts", TYPE_LIST, .unit = "", .limit = PART_LIMIT,
	    COUNTED(plan_module, parts, n_parts), .form = &part_form },
};
static const struct schema_form module_form = FORM(plan_module, module_fields);

static const struct schema_field source_fields[] = {
	{ "sha256", TYPE_DIGEST, .unit = "", AT(plan_source, sha256) },
	{ "path", TYPE_BYTES, .unit = "path", AT(plan_source, path),
	    .limit = PATH_LIMIT },
	{ "dev", TYPE_ADDRESS, .unit = "st_dev", AT(plan_source, id.dev),
	    .limit = ANY_ADDRESS },
	{ "ino", TYPE_ADDRESS, .unit = "st_ino", AT(plan_source, id.ino),
	    .limit = ANY_ADDRESS },
	{ "size", TYPE_NUMBER, .unit = "bytes", AT(plan_source, id.size),
	    .limit = INT_LIMIT },
	{ "mtime_sec", TYPE_SECONDS, .unit = "s",
	    AT(plan_source, id.mtime_sec) },
	{ "mtime_nsec", TYPE_NUMBER, .unit = "ns",
	    AT(plan_source, id.mtime_nsec), .limit = 999999999 },
	{ "ctime_sec", TYPE_SECONDS, .unit = "s",
	    AT(plan_source, id.ctime_sec) },
	{ "ctime_nsec", TYPE_NUMBER, .unit = "ns",
	    AT(plan_source, id.ctime_nsec), .limit = 999999999 },
};
static const struct schema_form source_form = FORM(plan_source, source_fields);

static const struct schema_field layout_segment_fields[] = {
	{ "kind", TYPE_TEXT, .unit = "name", AT(layout_segment, kind),
	    .limit = NAME_LIMIT },
	{ "pfn", TYPE_NUMBER, .unit = "pfn", AT(layout_segment, pfn),
	    .limit = PAGES_LIMIT },
	{ "pages", TYPE_NUMBER, .unit = "pages", AT(layout_segment, pages),
	    .limit = PAGES_LIMIT },
	{ "size", TYPE_NUMBER, .unit = "bytes", AT(layout_segment, size),
	    .limit = INT_LIMIT },
	{ "va", TYPE_ADDRESS, true, .unit = "va", AT(layout_segment, va),
	    .limit = ANY_ADDRESS },
};
static const struct schema_form layout_segment_form =
    FORM(layout_segment, layout_segment_fields);

static const struct schema_field piece_fields[] = {
	{ "role", TYPE_TEXT, .unit = "name", AT(load_piece, role),
	    .limit = NAME_LIMIT },
	{ "offset", TYPE_NUMBER, .unit = "bytes", AT(load_piece, offset),
	    .limit = INT_LIMIT },
	{ "size", TYPE_NUMBER, .unit = "bytes", AT(load_piece, size),
	    .limit = INT_LIMIT },
	{ "paddr", TYPE_ADDRESS, .unit = "paddr", AT(load_piece, paddr),
	    .limit = INT_LIMIT },
};
static const struct schema_form piece_form = FORM(load_piece, piece_fields);

static const struct schema_field run_fields[] = {
	{ "pfn", TYPE_NUMBER, .unit = "pfn", AT(pfn_run, pfn),
	    .limit = PAGES_LIMIT },
	{ "pages", TYPE_NUMBER, .unit = "pages", AT(pfn_run, pages),
	    .limit = PAGES_LIMIT },
};
static const struct schema_form run_form = FORM(pfn_run, run_fields);

static const struct schema_field layout_fields[] = {
	{ "pages", TYPE_NUMBER, .unit = "pages", AT(plan_layout, pages),
	    .limit = PAGES_LIMIT },
	{ "v_start", TYPE_ADDRESS, .unit = "va", AT(plan_layout, v_start),
	    .limit = ANY_ADDRESS },
	{ "v_end", TYPE_ADDRESS, .unit = "va", AT(plan_layout, v_end),
	    .limit = ANY_ADDRESS },
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
	{ "p2m", TYPE_P2M, .unit = "mfn, pages", AT(plan_memory, p2m) },
};
static const struct schema_form memory_form = FORM(plan_memory, memory_fields);

static const struct schema_field pagetables_fields[] = {
	{ "root_mfn", TYPE_NUMBER, .unit = "mfn",
	    AT(plan_pagetables, root_mfn), .limit = FRAME_LIMIT },
	{ "pt_base", TYPE_ADDRESS, .unit = "va", AT(plan_pagetables, pt_base),
	    .limit = ANY_ADDRESS },
	{ "frames", TYPE_NUMBER, .unit = "pages", AT(plan_pagetables, frames),
	    .limit = PAGES_LIMIT },
	{ "p2m", TYPE_ADDRESS, .unit = "va", AT(plan_pagetables, p2m),
	    .limit = ANY_ADDRESS },
	{ "first_p2m_pfn", TYPE_NUMBER, .unit = "pfn",
	    AT(plan_pagetables, first_p2m_pfn), .limit = PAGES_LIMIT },
	{ "p2m_frames", TYPE_NUMBER, .unit = "pages",
	    AT(plan_pagetables, p2m_frames), .limit = PAGES_LIMIT },
};
static const struct schema_form pagetables_form =
    FORM(plan_pagetables, pagetables_fields);

static const struct schema_field startinfo_fields[] = {
	{ "va", TYPE_ADDRESS, .unit = "va", AT(plan_startinfo, va),
	    .limit = ANY_ADDRESS },
	{ "flags", TYPE_ADDRESS, .unit = "mask", AT(plan_startinfo, flags),
	    .limit = WORD32 },
	{ "shared_info_mfn", TYPE_NUMBER, .unit = "mfn",
	    AT(plan_startinfo, shared_info_mfn), .limit = FRAME_LIMIT },
	{ "store_mfn", TYPE_NUMBER, true, .unit = "mfn",
	    AT(plan_startinfo, store_mfn), .limit = FRAME_LIMIT },
	{ "console_mfn", TYPE_NUMBER, true, .unit = "mfn",
	    AT(plan_startinfo, console_mfn), .limit = FRAME_LIMIT },
	{ "store_port", TYPE_NUMBER, .unit = "port",
	    AT(plan_startinfo, store_port), .limit = PORT_LIMIT },
	{ "console_port", TYPE_NUMBER, .unit = "port",
	    AT(plan_startinfo, console_port), .limit = PORT_LIMIT },
	{ "store_domid", TYPE_NUMBER, .unit = "domid",
	    AT(plan_startinfo, store_domid), .limit = UINT16_MAX },
	{ "console_domid", TYPE_NUMBER, .unit = "domid",
	    AT(plan_startinfo, console_domid), .limit = UINT16_MAX },
	{ "mod_start", TYPE_ADDRESS, .unit = "va or pfn",
	    AT(plan_startinfo, mod_start), .limit = ANY_ADDRESS },
	{ "mod_len", TYPE_NUMBER, .unit = "bytes",
	    AT(plan_startinfo, mod_len), .limit = INT_LIMIT },
	{ "hypercall_mfn", TYPE_NUMBER, true, .unit = "mfn",
	    AT(plan_startinfo, hypercall_mfn), .limit = FRAME_LIMIT },
};
static const struct schema_form startinfo_form =
    FORM(plan_startinfo, startinfo_fields);

#define REGISTER(name, most) \
	{ #name, TYPE_ADDRESS, .unit = "register", AT(plan_vcpu, name), \
	    .limit = (most) }

static const struct schema_field vcpu_fields[] = {
	{ "id", TYPE_NUMBER, .unit = "vcpu", AT(plan_vcpu, id),
	    .limit = VCPU_LIMIT - 1 },
	REGISTER(ip, ANY_ADDRESS), REGISTER(sp, ANY_ADDRESS),
	REGISTER(si, ANY_ADDRESS), REGISTER(flags, ANY_ADDRESS),
	REGISTER(rflags, ANY_ADDRESS), REGISTER(cr3, ANY_ADDRESS),
	REGISTER(cs, UINT16_MAX), REGISTER(ss, UINT16_MAX),
	REGISTER(ds, UINT16_MAX), REGISTER(kernel_ss, UINT16_MAX),
	REGISTER(kernel_sp, ANY_ADDRESS),
	REGISTER(dr6, ANY_ADDRESS), REGISTER(dr7, ANY_ADDRESS),
	REGISTER(vm_assist, ANY_ADDRESS),
};
static const struct schema_form vcpu_form = FORM(plan_vcpu, vcpu_fields);

static const struct schema_field failed_fields[] = {
	{ "stage", TYPE_TEXT, .unit = "name", AT(plan_failed, stage),
	    .limit = NAME_LIMIT },
	{ "status", TYPE_NUMBER, .unit = "exit status",
	    AT(plan_failed, status), .limit = UINT8_MAX },
	{ "message", TYPE_BYTES, .unit = "", AT(plan_failed, message),
	    .limit = STRING_LIMIT },
};
static const struct schema_form failed_form = FORM(plan_failed, failed_fields);

const struct schema_field plan_sections[PLAN_SECTIONS] = {
	[PLAN_IMAGE] = { "image", TYPE_MAP, .unit = "", AT(plan, image),
	    .form = &image_form },
	[PLAN_MODULES] = { "modules", TYPE_LIST, .unit = "",
	    COUNTED(plan, modules, n_modules), .limit = MODULE_LIMIT,
	    .form = &module_form },
	[PLAN_COMMAND_LINE] = { "command_line", TYPE_BYTES, .unit = "",
	    AT(plan, command_line), .limit = STRING_LIMIT },
	[PLAN_SOURCES] = { "sources", TYPE_LIST, .unit = "",
	    COUNTED(plan, sources, n_sources), .limit = LIST_LIMIT,
	    .form = &source_form },
	[PLAN_LAYOUT] = { "layout", TYPE_MAP, .unit = "", AT(plan, layout),
	    .form = &layout_form },
	[PLAN_MEMORY] = { "memory", TYPE_MAP, .unit = "", AT(plan, memory),
	    .form = &memory_form },
	[PLAN_PAGETABLES] = { "pagetables", TYPE_MAP, .unit = "",
	    AT(plan, pagetables), .form = &pagetables_form },
	[PLAN_STARTINFO] = { "startinfo", TYPE_MAP, .unit = "",
	    AT(plan, startinfo), .form = &startinfo_form },
	[PLAN_INTRODUCED] = { "introduced", TYPE_BOOL, .unit = "",
	    AT(plan, introduced) },
	[PLAN_VCPUS] = { "vcpus", TYPE_LIST, .unit = "",
	    COUNTED(plan, vcpus, n_vcpus), .limit = VCPU_LIMIT,
	    .form = &vcpu_form },
	[PLAN_LAUNCHED] = { "launched", TYPE_BOOL, .unit = "",
	    AT(plan, launched) },
	[PLAN_FAILED] = { "failed", TYPE_MAP, .unit = "", AT(plan, failed),
	    .form = &failed_form },
};
const struct schema_form plan_form = { sizeof(struct plan), plan_sections,
	PLAN_SECTIONS, true, offsetof(struct plan, has) };
