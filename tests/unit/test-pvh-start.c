/* What a PVH guest finds at its start, byte by byte: hvm_start_info with what
 * it points to, and the identity table. */
#include "layout-sample.h"

#include "base/le.h"
#include "build/pvh/identity.h"
#include "build/pvh/startinfo.h"

enum { PAGE = 4096 };

/* Two modules, the second with a command line; the words stand for themselves:
 * they are offsets and values of public/arch-x86/hvm/start_info.h. */
static void
start_info(void **state)
{
	static const struct {
		unsigned at, bytes;
		uint64_t value;
	} words[] = {
		{ 0, 4, 0x336ec578 }, { 4, 4, 1 }, { 8, 4, 0 }, { 12, 4, 2 },
		{ 16, 8, 0x200050 }, { 24, 8, 0x200038 },
		{ 32, 8, 0xfc000000 }, { 40, 8, 0x2000a0 }, { 48, 4, 3 },
		{ 52, 4, 0 },
		/* The modules. */
		{ 80, 8, 0x201000 }, { 88, 8, 0x2fff }, { 96, 8, 0 },
		{ 104, 8, 0 },
		{ 112, 8, 0x204000 }, { 120, 8, 0x1001 },
		{ 128, 8, 0x200090 }, { 136, 8, 0 },
		/* The memory map: address, size, type. */
		{ 160, 8, 0 }, { 168, 8, 0x400000 }, { 176, 4, 1 },
		{ 180, 4, 0 },
		{ 184, 8, 0xfc000000 }, { 192, 8, 0x1000 }, { 200, 4, 3 },
		{ 204, 4, 0 },
		{ 208, 8, 0xfeff8000 }, { 216, 8, 0x8000 }, { 224, 4, 2 },
		{ 228, 4, 0 },
	};
	struct fail f = { .kind = FAIL_NONE };
	struct sample s;
	struct plan *p = sample_modules(&s);
	static unsigned char page[PAGE], behind[PAGE];

	(void)state;
	s.modules[1].command_line = (struct bytes){ "second  text", 12 };
	p->image.mod_start_pfn = true;
	if (check_and_solve(p, 1024, &f) < 0 || plan_check(p, &f) < 0)
		fail_msg("%s", f.message);
	pvh_start_fill(p, page);
	for (size_t i = 0; i < COUNT(words); i++) {
		char name[16];

		snprintf(name, sizeof(name), "at %u", words[i].at);
		want(name, "value", le_get(page + words[i].at, words[i].bytes),
		    words[i].value);
	}
	assert_memory_equal(page + 56, "console=hvc0 root=/dev/\0", 24);
	assert_memory_equal(page + 144, "second  text\0\0\0\0", 16);
	assert_memory_equal(page + 232, behind, PAGE - 232);
	want("start", "size", plan_segment(p, SEG_START_INFO)->size, 232);
	arena_release(&p->arena);
}

static void
identity(void **state)
{
	unsigned char page[PAGE];

	(void)state;
	memset(page, 0xff, sizeof(page));
	pvh_identity_fill(page);
	/* Present, writable, the user's, accessed, dirty, of 4 MiB. */
	for (uint32_t i = 0; i < 1024; i++)
		assert_int_equal(le_get(page + 4 * i, 4), i << 22 | 0xe7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(start_info),
		cmocka_unit_test(identity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
