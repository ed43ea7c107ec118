/*
 * xenstore/userdata: the record of a domain that libxl keeps, so that xl can
 * attach devices to a domain of ours, show it in full, save and restore it.
 *
 * It is a file in libxl's folder, named after the domain's number and UUID, and
 * holds the libxl_domain_config of libxl's public headers as JSON: type, name,
 * UUID, processors and memory.
 */
#ifndef XB_XENSTORE_USERDATA_H
#define XB_XENSTORE_USERDATA_H

#include "xenstore/introduce.h"

/* Writes the record; nothing where there is no such folder, and so no xl. */
int	userdata_write(const char *folder, const struct introduction *,
	    struct fail *) must_check;

/* Removes it, if it is there. */
int	userdata_remove(const char *folder, uint32_t domid,
	    const uint8_t uuid[UUID_BYTES], struct fail *) must_check;

#endif
