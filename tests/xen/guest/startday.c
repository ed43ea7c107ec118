/* start_info, the registers, the image, the module, the rings. */
#include "guest.h"

/* What saying anything would change. */
static uint64_t console_bytes, store_bytes, quiet_bytes, stack_bytes;

void
report_begin(const struct start_info *si)
{
	console_bytes = nonzero(window(WINDOW_ANY, si->console.domU.mfn, 0), PAGE);
	store_bytes = nonzero(window(WINDOW_ANY, si->store_mfn, 0), PAGE);
	quiet_bytes = nonzero(quiet_start, (uint64_t)(quiet_end - quiet_start));
	stack_bytes = nonzero((const void *)(entry_registers.r[4] - PAGE), PAGE);
}

#define CONTROL(name) do {						\
	uint64_t v;							\
									\
	__asm__ volatile("mov %%" name ", %0" : "=r"(v));		\
	say("reg." name " %lx", v);					\
} while (0)

void
report_registers(void)
{
	static const char *const names[] = {
		"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
		"r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
		"rflags", "cs", "ss", "ds", "es", "fs", "gs",
	};
	const uint64_t *values = (const uint64_t *)&entry_registers;
	uint16_t control;
	uint32_t mxcsr;
	unsigned i;

	say("reg.rip %lx", (uint64_t)start);
	for (i = 0; i < sizeof names / sizeof names[0]; i++)
		say("reg.%s %lx", names[i], values[i]);
	CONTROL("cr0");
	CONTROL("cr3");
	CONTROL("cr4");
	CONTROL("dr6");
	CONTROL("dr7");
	__asm__ volatile("fnstcw %0" : "=m"(control));
	say("reg.fcw %x", (unsigned)control);
	__asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
	say("reg.mxcsr %x", mxcsr);
	say("cr3.pfn %lu", pfn_of(root_table()));
}

void
report_start_info(const struct start_info *si)
{
	static const unsigned holes[] = { 52, 68, 84 };
	uint64_t n = 0;
	unsigned i;

	for (i = 0; i < 3; i++)
		n += nonzero((const char *)si + holes[i], 4);
	say("si.magic %s", si->magic);
	say("si.magic_rest %lu", nonzero(si->magic + 14, sizeof si->magic - 14));
	say("si.nr_pages %lu", si->nr_pages);
	say("si.shared_info %lx", si->shared_info);
	say("si.flags %x", si->flags);
	say("si.store_mfn %lu", si->store_mfn);
	say("si.store_pfn %lu", pfn_of(si->store_mfn));
	say("si.store_evtchn %u", si->store_evtchn);
	say("si.console_mfn %lu", si->console.domU.mfn);
	say("si.console_pfn %lu", pfn_of(si->console.domU.mfn));
	say("si.console_evtchn %u", si->console.domU.evtchn);
	say("si.pt_base %lx", si->pt_base);
	say("si.nr_pt_frames %lu", si->nr_pt_frames);
	say("si.mfn_list %lx", si->mfn_list);
	say("si.mod_start %lx", si->mod_start);
	say("si.mod_len %lu", si->mod_len);
	say("si.cmd_line %s", si->cmd_line);
	say("si.first_p2m_pfn %lu", si->first_p2m_pfn);
	say("si.nr_p2m_frames %lu", si->nr_p2m_frames);
	say("si.holes %lu", n);
}

/* Stub n: push rcx, push r11, mov $n to eax, syscall, pop, pop, ret; that of
 * iret keeps rax and does not return.  int3 between them. */
static uint64_t
bad_stubs(void)
{
	static const unsigned char usual[] = { 0x51, 0x41, 0x53, 0xb8, 0, 0, 0, 0,
	    0x0f, 0x05, 0x41, 0x5b, 0x59, 0xc3 };
	static const unsigned char iret[] = { 0x51, 0x41, 0x53, 0x50, 0xb8,
	    __HYPERVISOR_iret, 0, 0, 0, 0x0f, 0x05 };
	const unsigned char *stub = hypercall_page, *want;
	unsigned n, i, len, byte;
	uint64_t bad = 0;

	for (n = 0; n < PAGE / 32; n++, stub += 32) {
		want = n == __HYPERVISOR_iret ? iret : usual;
		len = n == __HYPERVISOR_iret ? sizeof iret : sizeof usual;
		for (i = 0; i < 32; i++) {
			byte = i < len ? want[i] : 0xcc;
			if (want == usual && i == 4)
				byte = n;
			bad += stub[i] != byte;
		}
	}
	return bad;
}

void
report_image(void)
{
	uint64_t bytes;

	say("image.start %lx", (uint64_t)image_start);
	say("image.text_end %lx", (uint64_t)text_end);
	say("image.data_start %lx", (uint64_t)data_start);
	say("image.end %lx", (uint64_t)quiet_end);
	say("hypercall.page %lx", (uint64_t)hypercall_page);
	say("hypercall.filled %lu", nonzero(hypercall_page, PAGE));
	say("hypercall.bad %lu", bad_stubs());
	bytes = (uint64_t)((char *)hypercall_page - image_start);
	say("text.cksum %u", cksum_end(cksum_more(0, image_start, bytes), bytes));
}

void
report_module(const struct start_info *si)
{
	const uint64_t *p2m = (const uint64_t *)si->mfn_list;
	uint64_t left = si->mod_len, pfn = si->mod_start, n;
	uint32_t crc = 0;

	if (si->mod_start == 0)
		return;
	if (!(si->flags & SIF_MOD_START_PFN))
		crc = cksum_more(0, (const void *)si->mod_start, left);
	else for (; left > 0; left -= n, pfn++) {
		n = left < PAGE ? left : PAGE;
		crc = cksum_more(crc, window(WINDOW_ANY, p2m[pfn], 0), n);
	}
	say("module.cksum %u", cksum_end(crc, si->mod_len));
}

static void
clean(const char *what, uint64_t from, uint64_t to)
{
	say("clean.%s %lu %lx %lx", what,
	    from < to ? nonzero((const void *)from, to - from) : 0, from, to);
}

static uint64_t
page_up(uint64_t va)
{
	return (va + PAGE - 1) & -PAGE;
}

/* What nobody fills and the mapping covers: how many bytes are not 0, where. */
void
report_clean(const struct start_info *si)
{
	uint64_t module_end = si->mod_start + si->mod_len;
	uint64_t list_end = si->mfn_list + si->nr_pages * 8;
	uint64_t rsp = entry_registers.r[4], image = (uint64_t)image_start;

	clean("low_gap", BASE, image);
	clean("image_hole", (uint64_t)text_end, (uint64_t)data_start);
	clean("image_tail", (uint64_t)quiet_end, page_up((uint64_t)quiet_end));
	if (si->mod_start != 0 && !(si->flags & SIF_MOD_START_PFN))
		clean("module_tail", module_end, page_up(module_end));
	clean("p2m_tail", list_end, page_up(list_end));
	clean("start_info_rest", (uint64_t)(si + 1), page_up((uint64_t)(si + 1)));
	clean("high_gap", rsp, region_end());
	say("clean.bss %lu %lx %lx", quiet_bytes, (uint64_t)quiet_start,
	    (uint64_t)quiet_end);
	say("clean.stack %lu %lx %lx", stack_bytes, rsp - PAGE, rsp);
	say("region.end %lx", region_end());
}

void
report_rings(void)
{
	say("ring.console %lu", console_bytes);
	say("ring.store %lu", store_bytes);
}
