#include "guest.h"

#include <stdarg.h>

#include <xen/event_channel.h>
#include <xen/io/console.h>
#include <xen/sched.h>

static struct xencons_interface *ring;
static evtchn_port_t port;

void
console_open(const struct start_info *si)
{
	ring = window(WINDOW_CONSOLE, si->console.domU.mfn, 1);
	port = si->console.domU.evtchn;
}

static uint64_t
ticks(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

int
patient(uint64_t *since)
{
	if (*since == 0)
		*since = ticks();
	hypercall(__HYPERVISOR_sched_op, SCHEDOP_yield, 0, 0, 0);
	return ticks() - *since < 100000000000;
}

static void
notify(void)
{
	struct evtchn_send send = { .port = port };

	hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_send,
	    (uint64_t)&send, 0, 0);
}

static void
put(char byte)
{
	uint64_t since = 0;
	XENCONS_RING_IDX prod = ring->out_prod;

	if (prod - *(volatile XENCONS_RING_IDX *)&ring->out_cons >= sizeof ring->out)
		notify();
	while (prod - *(volatile XENCONS_RING_IDX *)&ring->out_cons >= sizeof ring->out)
		if (!patient(&since))
			stop(SHUTDOWN_crash);
	ring->out[MASK_XENCONS_IDX(prod, ring->out)] = byte;
	__asm__ volatile("" : : : "memory");
	ring->out_prod = prod + 1;
}

void
console_drain(void)
{
	uint64_t since = 0;

	notify();
	while (ring->out_prod != *(volatile XENCONS_RING_IDX *)&ring->out_cons)
		if (!patient(&since))
			stop(SHUTDOWN_crash);
}

int
console_get(void)
{
	XENCONS_RING_IDX cons = ring->in_cons;
	int byte;

	if (cons == *(volatile XENCONS_RING_IDX *)&ring->in_prod)
		return -1;
	__asm__ volatile("" : : : "memory");
	byte = (unsigned char)ring->in[MASK_XENCONS_IDX(cons, ring->in)];
	ring->in_cons = cons + 1;
	notify();
	return byte;
}

static void
put_text(const char *text)
{
	while (*text)
		put(*text++);
}

static void
put_number(uint64_t v, unsigned base)
{
	char digits[24];
	int n = 0;

	do
		digits[n++] = "0123456789abcdef"[v % base];
	while ((v /= base) != 0);
	while (n > 0)
		put(digits[--n]);
}

/* One line: %s; %d, %u, %x of int, with l of long; %x brings its 0x. */
void
say(const char *fmt, ...)
{
	va_list ap;
	uint64_t v;
	int wide;

	va_start(ap, fmt);
	for (; *fmt; fmt++) {
		if (*fmt != '%') {
			put(*fmt);
			continue;
		}
		wide = *++fmt == 'l';
		fmt += wide;
		if (*fmt == 's') {
			put_text(va_arg(ap, const char *));
			continue;
		}
		v = wide ? va_arg(ap, uint64_t) : va_arg(ap, unsigned);
		if (*fmt == 'd') {
			if (!wide)
				v = (uint64_t)(int64_t)(int32_t)v;
			if ((int64_t)v < 0)
				put('-');
			v = (int64_t)v < 0 ? -v : v;
		}
		if (*fmt == 'x')
			put_text("0x");
		put_number(v, *fmt == 'x' ? 16 : 10);
	}
	va_end(ap);
	put('\n');
}
