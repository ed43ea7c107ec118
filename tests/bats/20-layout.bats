# xb-layout on the command line; the rules themselves are in test-layout.c.
load helper

# places FILE: kind pfn pages of each segment, in hexadecimal.
places() {
	json "$1" '.layout.segments[] | "\(.kind) \(.pfn) \(.pages)"' |
	    while read -r kind pfn pages; do
		printf '%s 0x%x 0x%x\n' "$kind" "$pfn" "$pages"
	done
}

@test "what Debian's kernel says gets the layout that libxenguest gives it" {
	$mkimage k paddr=0x1000000 bss=$((0x3a00000 - 0x3000 - 0x107b)) \
	    note:INIT_P2M=0x8000000000 note:MOD_START_PFN=1
	head -c $((0x20de10)) /dev/urandom >rd
	xb-parse -r rd k | xb-layout -m 256M >layout
	cat >want <<-END
		kernel 0x1000 0x3a00
		start_info 0x4a00 0x1
		xenstore 0x4a01 0x1
		console 0x4a02 0x1
		page_tables 0x4a03 0x29
		stack 0x4a2c 0x1
		ramdisk 0x4c00 0x20e
		p2m 0x4e0e 0x80
		p2m_tables 0x4e8e 0x3
	END
	places layout >have
	diff want have
	[ "$(json layout .layout.v_end)" = 0xffffffff84c00000 ]
	[ "$(json layout '.layout.tables | @csv')" = 1,1,1,38 ]
}

@test "Debian's kernel, whatever its version, is laid out by the same rules" {
	xb-parse -r "$initrd" "$vmlinuz" | xb-layout -m 256M >layout
	places layout | cut -d' ' -f1 | tr '\n' ' ' >have
	echo -n "kernel start_info xenstore console page_tables stack ramdisk p2m p2m_tables " >want
	diff want have
	[ "$(places layout | sed -n 's/^kernel //p' | cut -d' ' -f1)" = 0x1000 ]
}

@test "too little memory: needed, given, missing, and the smallest that fits" {
	$mkimage k
	xb-parse k >parsed
	refused 65 "KiB" xb-layout -m 1M parsed
	[[ $stderr == *1024* && $stderr == *missing* && $stderr == *smallest* ]]
	least=$(echo "$stderr" | grep -oE 'smallest[^0-9]*[0-9]+ KiB' | grep -oE '[0-9]+')
	[ -n "$least" ]
	xb-layout -m "${least}K" parsed >/dev/null
	refused 65 "" xb-layout -m "$((least - 4))K" parsed
}

@test "a ramdisk that leaves the guest little room is warned about" {
	$mkimage k
	head -c 12M /dev/urandom >rd
	xb-parse -r rd k >parsed
	run --separate-stderr -0 xb-layout -m 20M parsed
	[[ $stderr == *warning* && $stderr == *KiB* ]]
	quiet xb-layout -m 256M parsed
}

@test "the warning of a ramdisk goes by what it unpacks to" {
	$mkimage k
	# 20 MiB of text-like bytes, compressed to much less
	head -c 15M /dev/urandom | base64 -w 0 | head -c 20M >raw
	for c in "gzip -n1c" "xz -0c" "zstd -q1c"; do
		$c raw >rd
		xb-parse -r rd k >parsed
		[ "$(json parsed '.modules[0].parts[0].unpacked')" = 20971520 ]
		run --separate-stderr -0 xb-layout -m 48M parsed
		[[ $stderr == *", about 20480 KiB unpacked,"*"; -m "*" leaves enough" ]]
		works=${stderr##*; } works=${works% leaves enough}
		# shellcheck disable=SC2086 # an option and its value
		quiet xb-layout $works parsed
	done
	# behind a cpio archive, and where the stream does not tell: three times
	{ printf e >e; echo e | cpio -o -H newc --quiet; gzip -n <raw; } >rd
	xb-parse -r rd k >parsed
	[ "$(json parsed '.modules[0].parts[0].unpacked > 20971520')" = true ]
	bzip2 -1 <raw >rd
	xb-parse -r rd k >parsed
	[ "$(json parsed '.modules[0].parts[0] | .unpacked == 3 * .size')" = true ]
	# what xb-parse unpacks itself has no unpacked size
	xb-parse -z -r rd k >parsed
	[ "$(json parsed '.modules[0].parts[0].unpacked')" = null ]
}

@test "a kernel in the place of a ramdisk is warned of" {
	$mkimage k
	$mkimage b format=bzimage
	for rd in k b; do
		run --separate-stderr -0 xb-parse -r $rd k
		[[ $stderr == *"warning: ramdisk '$rd' is a kernel ("*"): -r takes an initramfs" ]]
	done
}

@test "a 32-bit guest has less than 128 GiB, as Xen's m2p for it" {
	$mkimage k abi=xen-3.0-x86_32p
	xb-parse k >parsed
	quiet xb-layout -m $((128 * 1024 * 1024 - 4))K parsed
	for m in 128G 200G; do
		refused 65 "more than a 'xen-3.0-x86_32p' domain can have: at most 134217724 KiB, for machine addresses of 37 bits" \
		    xb-layout -m $m parsed
	done
	$mkimage k
	xb-parse k >parsed
	quiet xb-layout -m 200G parsed
}

@test "the layout is a function of the plan and the size alone" {
	$mkimage k
	xb-parse k >parsed
	xb-layout -m 32M parsed >one
	xb-layout --memory 33554432 parsed >two
	xb-layout -m 32768K one >three
	cmp one two
	cmp one three
}

@test "sizes as people write them" {
	$mkimage k
	xb-parse k >parsed
	xb-layout -m 64M parsed >want
	for m in 64m 64MiB 64miB 65536K 65536k 67108864; do
		xb-layout -m "$m" parsed >have
		cmp want have
	done
	$mkimage k note:INIT_P2M=0x8000000000
	xb-parse k | xb-layout -m 1T >have
	[ "$(json have .layout.pages)" = 268435456 ]
	refused 64 "-m 512 is 512 bytes, not a multiple of 4096, a page; 512M?" \
	    xb-layout -m 512 parsed
	refused 64 "512M?" xb-domain create -t file:d -m 512
	refused 64 "-m 3KiB is not a multiple of 4K" xb-layout -m 3KiB parsed
	refused 64 "-m is 0, and must be more" xb-layout -m 0 parsed
	for m in 64MB 64Mi 64MiBs 64P; do
		refused 64 "'$m' is not a size: a number with K, M, G or T, or bytes" \
		    xb-layout -m $m parsed
	done
}

@test "sizes that are none" {
	$mkimage k
	xb-parse k >parsed
	for m in 0 x 12X 1.5M -1 ""; do
		refused 64 "" xb-layout -m "$m" parsed
	done
	refused 64 "-m" xb-layout parsed
	refused 64 "" xb-layout -m 32M parsed parsed
}

@test "INIT_P2M where the list cannot lie" {
	for at in 0x8000000001 0xffff800000000000 0xfffffffffffff000 0xffffffff7fff0000; do
		$mkimage k note:INIT_P2M=$at
		xb-parse k >parsed || continue
		refused 65 "INIT_P2M" xb-layout -m 1G parsed || { echo $at; return 1; }
	done
}

@test "a hypercall page on a page table is refused" {
	$mkimage k
	va=$(xb-parse k | xb-layout -m 32M | xb-show -j | jq -r \
	    '.layout.segments[] | select(.kind == "page_tables") | .va')
	$mkimage k note:HYPERCALL_PAGE="$va"
	refused 65 "HYPERCALL_PAGE" sh -c 'xb-parse k | xb-layout -m 32M >/dev/null'
}
