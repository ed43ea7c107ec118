/* ref-free: how many pages the hypervisor could still give. */
#include <err.h>
#include <stdio.h>

#include <xenctrl.h>

int
main(void)
{
	xc_interface *xc = xc_interface_open(NULL, NULL, 0);
	xc_physinfo_t info = { 0 };

	if (xc == NULL || xc_physinfo(xc, &info) != 0)
		err(71, "xc_physinfo");
	printf("%llu\n", (unsigned long long)info.free_pages);
	xc_interface_close(xc);
	return 0;
}
