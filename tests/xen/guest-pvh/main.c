/* What it says is in README. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#define __XEN_INTERFACE_VERSION__ 0x00040e00
#include <xen/xen.h>
#include <xen/arch-x86/hvm/start_info.h>
#include <xen/event_channel.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>
#include <xen/io/console.h>
#include <xen/memory.h>
#include <xen/sched.h>

#define PAGE 4096u
#define AT(paddr) ((void *)(uintptr_t)(paddr))

extern char image_start[], text_end[], data_start[], image_end[];
extern unsigned char hypercall_page[];
extern uint32_t entry[17];

void guest_main(void);

/* The compiler may ask for these. */
void *
memset(void *to, int byte, size_t n)
{
	unsigned char *p = to;

	while (n-- > 0)
		*p++ = (unsigned char)byte;
	return to;
}

void *
memcpy(void *to, const void *from, size_t n)
{
	unsigned char *p = to;
	const unsigned char *q = from;

	while (n-- > 0)
		*p++ = *q++;
	return to;
}

/* ---- hypercalls ---- */

static void
cpuid(uint32_t leaf, uint32_t r[4])
{
	__asm__ volatile("cpuid" : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]),
	    "=d"(r[3]) : "a"(leaf), "c"(0));
}

/* Xen's leaves begin at a multiple of 0x100 from 0x40000000 on. */
static void
hypercalls_begin(void)
{
	uint32_t leaf = 0x40000000, r[4];

	for (; leaf < 0x40010000; leaf += 0x100) {
		cpuid(leaf, r);
		if (r[1] == 0x566e6558 && r[2] == 0x65584d4d)
			break;
	}
	cpuid(leaf + 2, r);
	__asm__ volatile("wrmsr" : : "c"(r[1]),
	    "a"((uint32_t)(uintptr_t)hypercall_page), "d"(0) : "memory");
}

static long
hypercall(unsigned op, uintptr_t a, uintptr_t b)
{
	long r;
	void *page = hypercall_page + op * 32;

	__asm__ volatile("call *%[page]" : "=a"(r), "+b"(a), "+c"(b)
	    : [page] "r"(page) : "edx", "memory");
	return r;
}

static uint64_t
param(unsigned index)
{
	struct xen_hvm_param p = { .domid = DOMID_SELF, .index = index };

	return hypercall(__HYPERVISOR_hvm_op, HVMOP_get_param, (uintptr_t)&p) ==
	    0 ? p.value : ~0ull;
}

/* ---- the console ---- */

static struct xencons_interface *ring;
static evtchn_port_t port;

static void
put(char byte)
{
	volatile XENCONS_RING_IDX *cons = &ring->out_cons;
	struct evtchn_send send = { .port = port };

	while (ring->out_prod - *cons >= sizeof ring->out) {
		hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_send,
		    (uintptr_t)&send);
		hypercall(__HYPERVISOR_sched_op, SCHEDOP_yield, 0);
	}
	ring->out[MASK_XENCONS_IDX(ring->out_prod, ring->out)] = byte;
	__asm__ volatile("" : : : "memory");
	ring->out_prod++;
}

static void
drain(void)
{
	volatile XENCONS_RING_IDX *cons = &ring->out_cons;
	struct evtchn_send send = { .port = port };

	hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_send,
	    (uintptr_t)&send);
	while (ring->out_prod != *cons)
		hypercall(__HYPERVISOR_sched_op, SCHEDOP_yield, 0);
}

static void
put_number(uint64_t v, unsigned bits)
{
	int shift = 60;

	if (bits == 10) {
		char digits[12];
		uint32_t n = (uint32_t)v;
		int k = 0;

		do
			digits[k++] = (char)('0' + n % 10);
		while ((n /= 10) != 0);
		while (k > 0)
			put(digits[--k]);
		return;
	}
	put('0');
	put('x');
	while (shift > 0 && v >> shift == 0)
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		put("0123456789abcdef"[v >> shift & 15]);
}

/* One line: %s, %u of 32 bits, %x of 64 bits with its 0x. */
static void
say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	for (; *fmt; fmt++) {
		const char *text;

		if (*fmt != '%') {
			put(*fmt);
			continue;
		}
		switch (*++fmt) {
		case 's':
			for (text = va_arg(ap, const char *); *text; text++)
				put(*text);
			break;
		case 'u':
			put_number(va_arg(ap, uint32_t), 10);
			break;
		default:
			put_number(va_arg(ap, uint64_t), 16);
		}
	}
	va_end(ap);
	put('\n');
}

/* ---- bytes ---- */

static uint32_t
nonzero(uint64_t from, uint64_t end)
{
	const unsigned char *p = AT(from);
	uint32_t n = 0;

	for (; from < end; from++)
		n += *p++ != 0;
	return n;
}

/* Of much memory only the start of each page is looked at. */
static uint32_t
nonzero_starts(uint64_t from, uint64_t end)
{
	uint32_t n = 0;

	for (; from < end; from += PAGE)
		n += nonzero(from, from + 4);
	return n;
}

static uint32_t
sum(uint64_t from, uint64_t bytes)
{
	const unsigned char *p = AT(from);
	uint32_t s = 0;

	while (bytes-- > 0)
		s += *p++;
	return s;
}

static uint64_t
up(uint64_t address)
{
	return (address + PAGE - 1) & ~(uint64_t)(PAGE - 1);
}

/* ---- the report ---- */

enum { MUCH = 256 << 20 };

static void
registers(void)
{
	static const char *const names[] = { "eax", "ecx", "edx", "ebx", "esp",
	    "ebp", "esi", "edi", "eflags", "cr0", "cr3", "cr4", "efer",
	    "efer_high", "dr6", "dr7", "mtrr" };

	for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
		say("reg.%s %x", names[i], (uint64_t)entry[i]);
}

static void
start_info(const struct hvm_start_info *si)
{
	const struct hvm_modlist_entry *m = AT(si->modlist_paddr);

	say("si.magic %x", (uint64_t)si->magic);
	say("si.version %u", si->version);
	say("si.flags %x", (uint64_t)si->flags);
	say("si.modules %u", si->nr_modules);
	say("si.rsdp %x", si->rsdp_paddr);
	say("si.reserved %u", si->reserved);
	say("si.command_line %s", (const char *)AT(si->cmdline_paddr));
	for (unsigned i = 0; i < si->nr_modules; i++, m++) {
		say("module %u %x %u %u", i, m->paddr, (uint32_t)m->size,
		    sum(m->paddr, m->size));
		if (m->cmdline_paddr != 0)
			say("module.line %u %s", i,
			    (const char *)AT(m->cmdline_paddr));
	}
}

static void
memory_map(const struct hvm_start_info *si)
{
	static struct { uint64_t addr, size; uint32_t type; }
	    __attribute__((packed)) map[32];
	const struct hvm_memmap_table_entry *e = AT(si->memmap_paddr);
	struct xen_memory_map ask = { .nr_entries = 32 };
	uint32_t bad;

	set_xen_guest_handle(ask.buffer, (void *)map);
	bad = hypercall(__HYPERVISOR_memory_op, XENMEM_memory_map,
	    (uintptr_t)&ask) != 0 || ask.nr_entries != si->memmap_entries;
	for (unsigned i = 0; i < si->memmap_entries; i++, e++) {
		say("map %x %x %u", e->addr, e->size, e->type);
		bad += e->addr != map[i].addr || e->size != map[i].size ||
		    e->type != map[i].type || e->reserved != 0;
	}
	say("e820.bad %u", bad);
}

static uint32_t
word(uint64_t at)
{
	uint32_t v;

	memcpy(&v, AT(at), 4);
	return v;
}

static void
table(uint64_t at)
{
	char signature[5] = "";

	memcpy(signature, AT(at), 4);
	say("acpi %s %u", signature, sum(at, word(at + 4)) & 255);
}

static void
processors(uint64_t madt)
{
	uint64_t at = madt + 44, end = madt + word(madt + 4);

	for (; at < end; at += 8) {
		const unsigned char *p = AT(at);

		say("cpu %u %u %u", (uint32_t)p[2], (uint32_t)p[3], word(at +
		    4));
	}
}

static void
acpi(const struct hvm_start_info *si)
{
	uint64_t rsdp = si->rsdp_paddr, xsdt = word(rsdp + 24), at;
	uint32_t r[4];

	say("acpi.rsdp %u %u", sum(rsdp, 20) & 255, sum(rsdp, 36) & 255);
	table(xsdt);
	for (at = xsdt + 36; at < xsdt + word(xsdt + 4); at += 8) {
		table(word(at));
		if (word(word(at)) == 0x50434146)	/* FACP */
			table(word(word(at) + 140));
		if (word(word(at)) == 0x43495041)	/* APIC */
			processors(word(at));
	}
	cpuid(1, r);
	say("apic.mine %u", r[1] >> 24);
}

/* ---- memory above 4 GiB ---- */

#define GIB4 0x100000000ull
enum { LARGE_PAGES = 512 };

/* Does Xen take a page back from there?  It does where there is one. */
static uint32_t
was_there(uint64_t gfn)
{
	xen_pfn_t frame = (xen_pfn_t)gfn;
	struct xen_memory_reservation r = { .nr_extents = 1,
	    .domid = DOMID_SELF };

	set_xen_guest_handle(r.extent_start, &frame);
	return hypercall(__HYPERVISOR_memory_op, XENMEM_decrease_reservation,
	    (uintptr_t)&r) == 1;
}

/* Of each 2 MiB of the memory map, and of its last page.  Right behind it there
 * is nothing. */
static void
high(const struct hvm_start_info *si)
{
	const struct hvm_memmap_table_entry *e = AT(si->memmap_paddr);
	uint32_t pieces = 0, bad = 0;

	for (unsigned i = 0; i < si->memmap_entries; i++, e++) {
		uint64_t end = (e->addr + e->size) / PAGE;

		if (e->addr < GIB4)
			continue;
		for (uint64_t at = e->addr / PAGE; at < end; at += LARGE_PAGES,
		    pieces++)
			bad += !was_there(at);
		bad += !was_there(end - 1) + was_there(end);
	}
	say("high.pieces %u", pieces);
	say("high.bad %u", bad);
}

/* The end of what the builder put into memory: start_info or a module. */
static uint64_t
end_of(const struct hvm_start_info *si)
{
	const struct hvm_modlist_entry *m = AT(si->modlist_paddr);
	uint64_t end = up(si->memmap_paddr + si->memmap_entries * 24);

	for (unsigned i = 0; i < si->nr_modules; i++)
		if (up(m[i].paddr + m[i].size) > end)
			end = up(m[i].paddr + m[i].size);
	return end;
}

static void
clean(const struct hvm_start_info *si)
{
	const struct hvm_memmap_table_entry *low = AT(si->memmap_paddr);
	const uint64_t end = low->addr + low->size;

	say("clean.low %u", nonzero(0, (uintptr_t)image_start));
	say("clean.hole %u", nonzero((uintptr_t)text_end,
	    (uintptr_t)data_start));
	say("clean.image_end %u", nonzero((uintptr_t)image_end,
	    up((uintptr_t)image_end)));
	if (end > MUCH)
		say("clean.much %u", nonzero_starts(MUCH, end));
	say("clean.high %u", nonzero(end_of(si), end > MUCH ? MUCH : end));
	say("clean.special %u", nonzero(0xfeff8000, 0xfeffc000) +
	    nonzero(0xfeffd000, 0xfeffe000));
}

static void
identity(void)
{
	const uint32_t *table = AT(0xfeffe000);
	uint32_t bad = 0;

	for (uint32_t i = 0; i < 1024; i++)
		bad += table[i] != (i << 22 | 0xe7);
	say("identity.bad %u", bad);
}

static void
channels(void)
{
	struct evtchn_status s = { .dom = DOMID_SELF, .port = 1 };

	for (; s.port < 64; s.port++)
		if (hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_status,
		    (uintptr_t)&s) == 0 && s.status != EVTCHNSTAT_closed)
			say("channel %u %u %u", s.port, s.status,
			    (uint32_t)s.u.unbound.dom);
}

static void
domain(void)
{
	static const unsigned params[] = { HVM_PARAM_STORE_PFN,
	    HVM_PARAM_STORE_EVTCHN, HVM_PARAM_CONSOLE_PFN,
	    HVM_PARAM_CONSOLE_EVTCHN };
	domid_t self = DOMID_SELF;

	for (unsigned i = 0; i < 4; i++)
		say("param %u %x", params[i], param(params[i]));
	channels();
	say("memory.pages %u", (uint32_t)hypercall(__HYPERVISOR_memory_op,
	    XENMEM_current_reservation, (uintptr_t)&self));
}

static _Noreturn void
stop(void)
{
	struct sched_shutdown how = { .reason = SHUTDOWN_poweroff };

	for (;;)
		hypercall(__HYPERVISOR_sched_op, SCHEDOP_shutdown,
		    (uintptr_t)&how);
}

void
guest_main(void)
{
	const struct hvm_start_info *si = AT(entry[3]);
	uint32_t console, store;

	hypercalls_begin();
	ring = AT(param(HVM_PARAM_CONSOLE_PFN) * PAGE);
	port = (evtchn_port_t)param(HVM_PARAM_CONSOLE_EVTCHN);
	console = nonzero((uintptr_t)ring, (uintptr_t)ring + PAGE);
	store = nonzero(0xfeffc000, 0xfeffd000);
	say("begin xb-guest-pvh");
	registers();
	start_info(si);
	memory_map(si);
	acpi(si);
	clean(si);
	say("clean.console %u", console);
	say("clean.store %u", store);
	identity();
	domain();
	high(si);
	say("end ok");
	drain();
	stop();
}
