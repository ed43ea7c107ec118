#include <string.h>

#include "run/xlcfg-keys.h"

const struct xlcfg_key xlcfg_keys[] = {
	{ "name", KEY_ONE_TEXT, OPTION_NAME, NULL },
	{ "uuid", KEY_ONE_TEXT, OPTION_UUID, NULL },
	{ "type", KEY_TYPE, OPTION_ABI, "'pv' and 'pvh'" },
	{ "builder", KEY_TYPE, OPTION_OPERAND, "'generic'" },
	{ "kernel", KEY_OTHER, OPTION_OPERAND, NULL },
	{ "ramdisk", KEY_TEXT, OPTION_RAMDISK, NULL },
	{ "cmdline", KEY_OTHER, OPTION_COMMAND_LINE, NULL },
	{ "root", KEY_OTHER, OPTION_COMMAND_LINE, NULL },
	{ "extra", KEY_OTHER, OPTION_COMMAND_LINE, NULL },
	{ "features", KEY_TEXT, OPTION_FEATURES, NULL },
	{ "memory", KEY_OTHER, OPTION_CREATE_MEMORY, NULL },
	{ "maxmem", KEY_MIB, OPTION_MAXMEM, NULL },
	{ "vcpus", KEY_NUMBER, OPTION_VCPUS, NULL },
	{ "maxvcpus", KEY_OTHER, OPTION_VCPUS, NULL },
	{ "pool", KEY_POOL, OPTION_CPUPOOL, NULL },
	{ "disk", KEY_DEVICE, OPTION_OPERAND, "block-attach" },
	{ "vif", KEY_DEVICE, OPTION_OPERAND, "network-attach" },
	{ "bootloader", KEY_REFUSED, OPTION_OPERAND, "xb runs no boot loader: "
	    "name a kernel with 'kernel', GRUB's for Xen can be one" },
	{ "seclabel", KEY_REFUSED, OPTION_OPERAND, "xb labels no domain: "
	    "'xl create' does" },
	{ "init_seclabel", KEY_REFUSED, OPTION_OPERAND, "xb labels no domain: "
	    "'xl create' does" },
	{ "pci", KEY_REFUSED, OPTION_OPERAND, "xb hands over no such device: "
	    "take it out, build with -p, and 'xl pci-attach' does" },
	{ "vtpm", KEY_REFUSED, OPTION_OPERAND, "xb attaches no such device: "
	    "take it out, build with -p, and 'xl vtpm-attach' does" },
	{ "usbdev", KEY_REFUSED, OPTION_OPERAND, "xb attaches no such device: "
	    "take it out, build with -p, and 'xl usbdev-attach' does" },
	{ "p9", KEY_REFUSED, OPTION_OPERAND, "xb attaches no such device: "
	    "'xl create' does" },
};

const size_t xlcfg_n_keys = sizeof(xlcfg_keys) / sizeof(xlcfg_keys[0]);

/* Those of the xl.cfg(5) of Xen 4.17 to 4.22, for guests of every type. */
static const char left[] = " acpi acpi_firmware acpi_laptop_slate acpi_s3 "
    "acpi_s4 altp2m altp2m_count altp2mhvm apic arm_sci bios "
    "bios_path_override boot bootloader_args bootloader_restrict "
    "bootloader_user cap channel cpu_weight cpuid cpus cpus_soft device_model "
    "device_model_args device_model_args_hvm device_model_args_pv "
    "device_model_override device_model_stubdomain_override "
    "device_model_stubdomain_seclabel device_model_user device_model_version "
    "device_tree display dm_restrict driver_domain dtdev e820_host extratime "
    "firmware firmware_override gfx_passthru gic_version grant_usage hap "
    "hdtype hpet hvm_pirq iomem ioports irqs keymap latency llc_colors "
    "localtime max_event_channels max_grant_frames max_grant_version "
    "max_maptrack_frames mca_caps mmio_hole ms_vm_genid msr_relaxed nestedhvm "
    "nographic nomigrate nr_spis nx on_crash on_poweroff on_reboot "
    "on_soft_reset on_watchdog oos opengl pae passthrough pci_msitranslate "
    "pci_permissive pci_power_mgmt pci_seize period pvcalls pvshim "
    "pvshim_cmdline pvshim_extra pvshim_path rdm rdm_mem_boundary "
    "rtc_timeoffset sdl serial shadow_memory slice smbios smbios_firmware "
    "soundhw spice spice_clipboard_sharing spice_image_compression "
    "spice_streaming_video spiceagent_mouse spicedisable_ticketing spicehost "
    "spicepasswd spiceport spicetls_port spiceusbredirection spicevdagent "
    "stdvga stubdomain_cmdline stubdomain_kernel stubdomain_memory "
    "stubdomain_ramdisk sve tee timer_mode trap_unmapped_accesses tsc_mode "
    "usb usbctrl usbdevice usbversion vdispl vendor_device vfb vga videoram "
    "vif2 viridian virtio vkb vkb_device vmtrace_buf_kb vnc vncdisplay "
    "vnclisten vncpasswd vncunused vncviewer vnuma vpmu vpt_align vsnd vuart "
    "xauthority xen_platform_pci xen_platform_pci_bar_uc "
    "xend_suspend_evtchn_compat xenstore_feature_mask xenstore_quota ";

/* Does the word stand between blanks of the text? */
static bool
has_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = text; n != 0 &&
	    (at = strstr(at, word)) != NULL; at++)
		if (at > text && at[-1] == ' ' && at[n] == ' ')
			return true;
	return false;
}

const struct xlcfg_key *
xlcfg_key(const char *name)
{
	static const struct xlcfg_key others[] = {
		{ "", KEY_UNKNOWN, OPTION_OPERAND, NULL },
		{ "", KEY_LEFT, OPTION_OPERAND, NULL },
	};

	for (size_t i = 0; i < xlcfg_n_keys; i++)
		if (strcmp(xlcfg_keys[i].name, name) == 0)
			return &xlcfg_keys[i];
	return &others[has_word(left, name)];
}
