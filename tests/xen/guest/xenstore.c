/* Two questions to xenstored, to see that the ring and the port work. */
#include "guest.h"

#include <xen/event_channel.h>
#include <xen/io/xs_wire.h>
#include <xen/sched.h>

static struct xenstore_domain_interface *ring;
static evtchn_port_t port;

static void
notify(void)
{
	struct evtchn_send send = { .port = port };

	hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_send,
	    (uint64_t)&send, 0, 0);
}

static void
send(const void *from, unsigned bytes)
{
	XENSTORE_RING_IDX prod = ring->req_prod;
	unsigned i;

	for (i = 0; i < bytes; i++)
		ring->req[MASK_XENSTORE_IDX(prod + i)] = ((const char *)from)[i];
	__asm__ volatile("" : : : "memory");
	ring->req_prod = prod + bytes;
}

static int
receive(void *to, unsigned bytes)
{
	uint64_t since = 0;
	XENSTORE_RING_IDX cons = ring->rsp_cons;
	unsigned i;

	while (*(volatile XENSTORE_RING_IDX *)&ring->rsp_prod - cons < bytes)
		if (!patient(&since))
			return -1;
	for (i = 0; i < bytes; i++)
		((char *)to)[i] = ring->rsp[MASK_XENSTORE_IDX(cons + i)];
	__asm__ volatile("" : : : "memory");
	ring->rsp_cons = cons + bytes;
	notify();
	return 0;
}

static void
ask(const char *key)
{
	struct xsd_sockmsg m = { .type = XS_READ };
	static char value[256];

	while (key[m.len] != 0)
		m.len++;
	m.len++;
	send(&m, sizeof m);
	send(key, m.len);
	notify();
	if (receive(&m, sizeof m) != 0 || m.len >= sizeof value ||
	    receive(value, m.len) != 0) {
		say("store.silent %s", key);
		return;
	}
	value[m.len] = 0;
	say("store.%s %s%s", key, m.type == XS_ERROR ? "error " : "", value);
}

void
report_store(const struct start_info *si)
{
	ring = window(WINDOW_STORE, si->store_mfn, 1);
	port = si->store_evtchn;
	ask("domid");
	ask("name");
}
