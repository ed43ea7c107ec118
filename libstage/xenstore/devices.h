/*
 * xenstore/devices: devices that libxl has attached to a domain.
 *
 * It lists them in /libxl/DOMID/device/KIND/NUMBER, with the path of each
 * one's backend.
 */
#ifndef XB_XENSTORE_DEVICES_H
#define XB_XENSTORE_DEVICES_H

#include "xenstore/link.h"

/* Removes the backends, each with a warning, and the list.  In a transaction or
 * not. */
int	devices_remove(struct xenstore *, uint32_t domid, struct fail *)
	    must_check;

#endif
