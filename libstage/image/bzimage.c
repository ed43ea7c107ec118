/*
 * bzimage: a Linux kernel as it is booted, with its real image packed inside.
 * Linux's Documentation/arch/x86/boot.rst describes the header.
 */
#include <inttypes.h>
#include <string.h>

#include "base/le.h"
#include "image/elf.h"
#include "image/work.h"

enum {
	SETUP_SECTS = 0x1f1, MAGIC = 0x202, VERSION = 0x206,
	PAYLOAD_OFFSET = 0x248, PAYLOAD_LENGTH = 0x24c,
	HEADER_END = 0x250,
	VERSION_MIN = 0x0208,		/* first with a payload */
	SECTOR = 512, SIZE_WORD = 4, MAGIC_PROBE = 16
};

static int
bzimage_probe(struct image_work *w, struct fail *f)
{
	char magic[4];

	if (!imagefile_holds(&w->file, MAGIC, sizeof(magic)))
		return 0;
	if (imagefile_read(&w->file, MAGIC, magic, sizeof(magic), f) < 0)
		return -1;
	return memcmp(magic, "HdrS", sizeof(magic)) == 0;
}

static int
check_range(const struct image_file *file, const struct image_need *payload,
    struct fail *f)
{
	if (payload->size == 0)
		return imagefile_refuse(file, f, "payload_length",
		    PAYLOAD_LENGTH, 0, "so there is no kernel inside");
	if (!imagefile_holds(file, payload->offset, 0))
		return imagefile_refuse(file, f, "payload_offset",
		    PAYLOAD_OFFSET, payload->offset, "counted from the start "
		    "of the file, past its end at 0x%" PRIx64, file->size);
	if (!imagefile_holds(file, payload->offset, payload->size))
		return imagefile_refuse(file, f, "payload_length",
		    PAYLOAD_LENGTH, payload->size, "so the payload at 0x%"
		    PRIx64 " goes past the end of the file, 0x%" PRIx64,
		    payload->offset, file->size);
	return 0;
}

static int
read_header(struct image_file *file, struct image_need *payload, struct fail *f)
{
	unsigned char h[HEADER_END];
	uint64_t version;

	if (imagefile_read(file, 0, h, sizeof(h), f) < 0)
		return -1;
	version = le_get(h + VERSION, 2);
	if (version < VERSION_MIN)
		return imagefile_refuse(file, f, "the boot protocol version",
		    VERSION, version, "and only from 0x%x (Linux 2.6.26) on a "
		    "bzImage says where its kernel is", VERSION_MIN);
	/*
	 * Linux's boot protocol has boot loaders take setup_sects 0 for 4;
	 * Xen's libxenguest does not.
	 */
	payload->offset = (h[SETUP_SECTS] + UINT64_C(1)) * SECTOR +
	    le_get(h + PAYLOAD_OFFSET, 4);
	payload->size = le_get(h + PAYLOAD_LENGTH, 4);
	return check_range(file, payload, f);
}

/* Linux puts the unpacked size behind the stream, but behind gzip, which has it
 * inside. */
static int
read_size_word(struct image_file *file, struct image_need *need,
    struct fail *f)
{
	unsigned char word[SIZE_WORD];

	if (strcmp(need->codec->name, "gzip") == 0)
		return 0;
	if (need->size <= SIZE_WORD)
		return imagefile_refuse(file, f, "payload_length",
		    PAYLOAD_LENGTH, need->size, "too short for a %s stream and "
		    "the %d bytes of its output size", need->codec->name,
		    SIZE_WORD);
	need->size -= SIZE_WORD;
	need->output_at = need->offset + need->size;
	if (imagefile_read(file, need->output_at, word, sizeof(word), f) < 0)
		return -1;
	need->output = le_get(word, sizeof(word));
	return 0;
}

static int
check_inner(struct image_work *w, struct fail *f)
{
	struct likeness like;
	int is = elfimage_probe(&w->file, f);

	if (is != 0)
		return is < 0 ? -1 : 0;
	like = image_looks_like(&w->file);
	return fail(f, FAIL_INPUT, "'%s' is no ELF image, which the payload "
	    "of a bzImage must be%s%s", w->file.what, like.words[0] == '\0' ?
	    "" : "; it looks like ", like.words);
}

/* Goes on with a payload that is not compressed, inside the same file. */
static int
enter(struct image_file *file, const struct image_need *payload,
    const unsigned char *head, struct fail *f)
{
	int is;

	file->base += payload->offset;
	file->size = payload->size;
	file->cached = 0;
	is = elfimage_probe(file, f);
	if (is != 0)
		return is < 0 ? -1 : 0;
	return fail(f, FAIL_INPUT, "'%s': the payload at 0x%" PRIx64 " is "
	    "neither an ELF image nor compressed in a known way; it begins "
	    "%02x %02x %02x %02x", file->what, file->base, head[0], head[1],
	    head[2], head[3]);
}

/* Asks for what the payload unpacks to, or enters it. */
static int
open_payload(struct image_work *w, struct fail *f)
{
	struct image_need payload = { .depth = IN_BZIMAGE };
	unsigned char head[MAGIC_PROBE] = { 0 };
	size_t n;

	if (read_header(&w->file, &payload, f) < 0)
		return -1;
	n = payload.size < sizeof(head) ? (size_t)payload.size : sizeof(head);
	if (imagefile_read(&w->file, payload.offset, head, n, f) < 0)
		return -1;
	payload.codec = codec_probe(head, n);
	if (payload.codec == NULL)
		return enter(&w->file, &payload, head, f);
	w->need = payload;
	return read_size_word(&w->file, &w->need, f);
}

static int
bzimage_parse(struct image_work *w, struct fail *f)
{
	w->plan->image.container = "bzimage";
	if (w->depth != IN_BZIMAGE && open_payload(w, f) < 0)
		return -1;
	if (w->need.codec != NULL)
		return 0;
	if (check_inner(w, f) < 0)
		return -1;
	return format_elf.parse(w, f);
}

const struct image_format format_bzimage = {
	"bzimage", bzimage_probe, bzimage_parse
};
