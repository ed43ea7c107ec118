#include "imagemaker.h"

static const struct made_note usual_32[] = {
	USUAL_NOTES, { 3, NULL, 0xc0000000, 4 },
	{ 1, NULL, 0xc0000000 + TEXT_START, 4 }, { 9, "yes", 0, 0 }, LAST_NOTE
};
const struct elf_width *
made_width(const struct made *m)
{
	return &elf_widths[m->bits == 32 ? 0 : 1];
}

static size_t
put_note(unsigned char *to, const struct made_note *n)
{
	size_t size = n->text != NULL ? strlen(n->text) + 1 :
	    n->size != 0 ? n->size : 8;

	le_put(to, 4, 4);
	le_put(to + 4, 4, size);
	le_put(to + 8, 4, n->type);
	memcpy(to + 12, "Xen", 4);
	if (n->text != NULL)
		memcpy(to + 16, n->text, size);
	else
		le_put(to + 16, size < 8 ? (unsigned)size : 8, n->number);
	return 16 + ((size + 3) & ~(size_t)3);
}

size_t
put_notes(unsigned char *to, const struct made_note *notes)
{
	size_t n = 0;

	for (; notes->type != UINT32_MAX; notes++)
		n += put_note(to + n, notes);
	assert_true(n <= AT_LEGACY - AT_NOTES);
	return n;
}

static void
put_segments(const struct made *m, unsigned char *data, size_t notes)
{
	const struct elf_width *w = made_width(m);
	const struct { uint64_t type, flags, off, addr, file, mem; } ph[] = {
		[PH_TEXT] = { PT_LOAD, PF_R | PF_X, AT_TEXT, 0, TEXT_SIZE,
		    TEXT_SIZE },
		[PH_DATA] = { PT_LOAD, PF_R | PF_W, AT_DATA, TEXT_SIZE,
		    DATA_SIZE, DATA_MEMORY },
		[PH_NOTE] = { m->where == IN_PROGRAM ? PT_NOTE : 0, PF_R,
		    AT_NOTES, 0, notes, 0 },
	};

	for (size_t i = 0; i < PH_COUNT; i++) {
		unsigned char *p = data + w->header + i * w->segment;
		uint64_t paddr = m->start + ph[i].addr;

		elfimage_put(w, P_TYPE, p, ph[i].type);
		elfimage_put(w, P_FLAGS, p, ph[i].flags);
		elfimage_put(w, P_OFFSET, p, ph[i].off);
		elfimage_put(w, P_VADDR, p, m->base + paddr);
		elfimage_put(w, P_PADDR, p,
		    m->absolute ? m->base + paddr : paddr);
		elfimage_put(w, P_FILESZ, p, ph[i].file);
		elfimage_put(w, P_MEMSZ, p, ph[i].mem);
	}
}

static void
put_sections(const struct made *m, unsigned char *data, size_t notes)
{
	static const char names[] = "\0.shstrtab\0.note.Xen\0__xen_guest\0"
	    ".symtab\0.strtab";
	const struct elf_width *w = made_width(m);
	size_t legacy = m->legacy == NULL ? 0 : strlen(m->legacy) + 1;
	const struct { uint64_t name, type, off, size, link, each; } sh[] = {
		[SH_NAMES] = { 1, SHT_STRTAB, AT_NAMES, sizeof(names), 0, 0 },
		[SH_NOTES] = { 11, m->where == IN_SECTION ? SHT_NOTE : 1,
		    AT_NOTES, notes, 0, 0 },
		[SH_GUEST] = { m->where == IN_LEGACY ? 21 : 1, 1, AT_LEGACY,
		    legacy, 0, 0 },
		[SH_SYMBOLS] = { 33, SHT_SYMTAB, AT_SYMTAB,
		    SYMBOLS * w->symbol, SH_STRINGS, w->symbol },
		[SH_STRINGS] = { 41, SHT_STRTAB, AT_STRTAB, STRTAB_SIZE, 0,
		    0 },
	};

	memcpy(data + AT_NAMES, names, sizeof(names));
	if (legacy > 0)
		memcpy(data + AT_LEGACY, m->legacy, legacy);
	memset(data + AT_SYMTAB, 0x5a, SYMBOLS * w->symbol);
	memcpy(data + AT_STRTAB, "\0start\0entry", STRTAB_SIZE);
	for (size_t i = 1; i < SH_COUNT; i++) {
		unsigned char *p = data + AT_SECTIONS + i * w->section;

		elfimage_put(w, SH_NAME, p, sh[i].name);
		elfimage_put(w, SH_TYPE, p, sh[i].type);
		elfimage_put(w, SH_OFFSET, p, sh[i].off);
		elfimage_put(w, SH_SIZE, p, sh[i].size);
		elfimage_put(w, SH_LINK, p, sh[i].link);
		elfimage_put(w, SH_ENTSIZE, p, sh[i].each);
	}
}

static void
put_header(const struct made *m, unsigned char *data)
{
	const struct elf_width *w = made_width(m);
	const struct { enum elf_field field; uint64_t value; } fields[] = {
		{ E_TYPE, ET_EXEC }, { E_VERSION, 1 },
		{ E_MACHINE, w->bits == 32 ? EM_386 : EM_X86_64 },
		{ E_ENTRY, m->base + m->start },
		{ E_PHOFF, w->header }, { E_PHENTSIZE, w->segment },
		{ E_PHNUM, PH_COUNT }, { E_EHSIZE, w->header },
		{ E_SHOFF, AT_SECTIONS }, { E_SHENTSIZE, w->section },
		{ E_SHNUM, SH_COUNT }, { E_SHSTRNDX, SH_NAMES },
	};

	memcpy(data, "\177ELF", 4);
	data[4] = w->ident_class;
	data[5] = data[6] = 1;
	for (size_t i = 0; i < COUNT(fields); i++)
		elfimage_put(w, fields[i].field, data, fields[i].value);
}

void
poke(const struct made *m, unsigned char *data, const struct poke *p)
{
	const struct elf_width *w = made_width(m);
	unsigned char *at = data;

	if (p->size != 0) {
		le_put(data + p->at, p->size, p->value);
		return;
	}
	if (p->field >= SH_NAME)
		at += AT_SECTIONS + p->entry * w->section;
	else if (p->field >= P_TYPE)
		at += w->header + p->entry * w->segment;
	elfimage_put(w, p->field, at, p->value);
}

static bool
is_poke(const struct poke *p)
{
	return p->size != 0 || p->field != E_TYPE || p->value != 0 ||
	    p->entry != 0;
}

void
make_image(const struct made *m, struct image_bytes *out)
{
	struct made full = *m;
	size_t notes;

	if (full.notes == NULL)
		full.notes = m->bits == 32 ? usual_32 : usual_64;
	if (full.base == 0 && full.start == 0)
		full.base = m->bits == 32 ? 0xc0000000 : HIGH_BASE;
	if (full.start == 0)
		full.start = TEXT_START;
	memset(out, 0, sizeof(*out));
	out->n = IMAGE_END;
	for (size_t i = AT_TEXT; i < IMAGE_END; i++)
		out->data[i] = (unsigned char)(i * 7 + i / 256);
	notes = full.where == IN_PROGRAM || full.where == IN_SECTION ?
	    put_notes(out->data + AT_NOTES, full.notes) : 0;
	put_header(&full, out->data);
	put_segments(&full, out->data, notes);
	put_sections(&full, out->data, notes);
	for (size_t i = 0; i < COUNT(m->pokes) && is_poke(&m->pokes[i]); i++)
		poke(&full, out->data, &m->pokes[i]);
	if (m->cut != 0)
		out->n = m->cut;
}

const char *
test_dir(void)
{
	static char dir[] = "/tmp/test-image.XXXXXX";
	static bool made;

	if (!made)
		assert_non_null(mkdtemp(dir));
	made = true;
	return dir;
}

const char *
test_path(const char *name)
{
	static char path[2][256];
	static unsigned turn;

	turn = !turn;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", test_dir(), name);
	return path[turn];
}

void
write_file(const char *path, const void *bytes, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), (ssize_t)n);
	close(fd);
}

int
remove_test_dir(void **state)
{
	char command[300];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", test_dir());
	return system(command);
}

void
hear(void *arg, enum say_level level, const char *message)
{
	struct parsed *p = arg;
	size_t n = strlen(p->said);

	snprintf(p->said + n, sizeof(p->said) - n, "%s%s\n",
	    level == SAY_WARNING ? "warning: " : "", message);
}

void
parse_file(struct parsed *p, const char *path, struct image_request r)
{
	char store[256];

	snprintf(store, sizeof(store), "%s", test_path("store"));
	memset(p, 0, sizeof(*p));
	p->f.say = hear;
	p->f.say_arg = p;
	plan_init(&p->plan);
	r.kernel = path;
	if (r.store == NULL)
		r.store = store;
	p->rc = image_parse(&p->plan, &r, &p->f);
	assert_int_equal(p->rc, p->f.kind == FAIL_NONE ? 0 : -1);
	if (p->rc == 0) {
		struct fail f = { .kind = FAIL_NONE };

		if (plan_check(&p->plan, &f) < 0)
			unit_fail("plan_check: %s", f.message);
	}
}

static void
parse_bytes(struct parsed *p, const struct image_bytes *b,
    struct image_request r)
{
	const char *path = test_path("kernel");

	write_file(path, b->data, b->n);
	parse_file(p, path, r);
}

void
parse_made(struct parsed *p, const struct made *m, struct image_request r)
{
	static struct image_bytes bytes;

	make_image(m, &bytes);
	parse_bytes(p, &bytes, r);
}

void
release_parsed(struct parsed *p)
{
	plan_release(&p->plan);
}

void
expect(const char *name, const struct parsed *p, const char *want)
{
	const char *at = p->f.message;
	char word[256];

	if (want == NULL && p->rc == 0)
		return;
	if (want == NULL || p->rc == 0 || p->f.kind != FAIL_INPUT)
		unit_fail("%s: kind %d '%s', wanted '%s'", name,
		    (int)p->f.kind, p->f.message,
		    want == NULL ? "accepted" : want);
	for (const char *w = want; *w != '\0'; ) {
		size_t n = strcspn(w, "*");

		snprintf(word, sizeof(word), "%.*s", (int)n, w);
		at = strstr(at, word);
		if (at == NULL)
			unit_fail("%s: '%s', wanted '%s'", name, p->f.message,
			    want);
		w += n + (w[n] == '*');
	}
}
