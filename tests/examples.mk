# What the examples of the pages take for granted, for tests/examples.
nothing:
MEMORY = 256M
ABI = xen-3.0-x86_64
# As Debian's kernel, vmlinuz needs more memory than 64M.
BSS = 0x4000000

vmlinuz vmlinuz-6.1:
	$(MKIMAGE) $@ abi=$(ABI) bss=$(BSS)
unikernel grub-x86_64-xen.bin:
	$(MKIMAGE) $@ abi=$(ABI)
image.bin:
	$(MKIMAGE) $@ abi=xen-3.0pre-x86_64 format=bin
initrd.img microcode.cpio:
	echo $@ | cpio -o -H newc --quiet >$@
web.cfg: vmlinuz initrd.img
	printf '%s\n' 'name = "web"' 'kernel = "vmlinuz"' 'memory = 128' >$@
parsed: vmlinuz initrd.img
	xb-parse -r initrd.img -c console=hvc0 vmlinuz >$@
layout: parsed
	xb-layout -m $(MEMORY) parsed >$@
dom/state demo/state other/state one/state two/state:
	xb-domain create -t file:$(@D) -m $(MEMORY)
loaded: dom/state layout
	xb-load -t file:dom layout >$@
tables: loaded
	xb-pgtab loaded >$@
started: tables
	xb-startinfo tables >$@
loaded.plan mapped.plan started.plan: started
	cp loaded loaded.plan
	cp tables mapped.plan
	cp started started.plan
built: started
	xb-launch -p started >$@
failed: parsed
	! xb-layout -m 1M parsed >$@ 2>/dev/null
before.plan one.plan plan.here one: web.cfg
	xb-build -p -t file:one -m 128M -o one.plan vmlinuz
	cp one.plan before.plan
	cp one.plan plan.here
after.plan two.plan plan.there two: web.cfg
	xb-build -p -t file:two -m 128M -o two.plan vmlinuz
	cp two.plan after.plan
	cp two.plan plan.there
web.record record: vmlinuz initrd.img
	xb-record -p -o $@ -t file:$@.domain -m 128M -r initrd.img vmlinuz
