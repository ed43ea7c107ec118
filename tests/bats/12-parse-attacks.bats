# Hostile images: every class under "Images" that xb-parse must survive.  Each
# case runs twice: with sanitizers, and as shipped within 1 GiB and 2 seconds.
load helper

# hostile TEXT [xb-parse OPTION...] KERNEL: refused with 65, in both builds.
hostile() {
	local text=$1
	shift
	refused 65 "$text" xb-parse -S "$PWD/s" -L 64M "$@"
	rm -rf s
	PATH=$XB_PLAIN:$PATH refused 65 "$text" prlimit --as=1073741824 \
	    timeout 2 xb-parse -S "$PWD/s" -L 64M "$@"
	rm -rf s
}

# crafted TEXT WORD...: an image of the maker, refused.
crafted() {
	local text=$1
	shift
	$mkimage k "$@"
	hostile "$text" k || { echo "mkimage $*"; return 1; }
}

@test "bombs: a few KiB that inflate past the limit, in every codec" {
	for c in gzip xz "xz --format=lzma" bzip2 lzop "lz4 -l -c" "lz4 -c" "zstd -c"; do
		head -c 100M /dev/zero | $c >bomb
		hostile "-L" bomb || { echo "$c"; return 1; }
	done
}

@test "a stated size that lies, in either direction" {
	for size in 0 1 0x7fffffff 0xffffffff; do
		crafted "size" format=bzimage codec="xz --check=crc32" size=$size
	done
}

@test "nested compression" {
	$mkimage k
	gzip <k | xz >twice
	hostile "compressed" twice
}

@test "truncated: in every header, segment, stream and trailer" {
	for cut in 1 4 16 52 63 64 100 200 4096 8192 20000 20700 21100; do
		crafted "" cut=$cut
		crafted "" abi=xen-1.3-x86_32 cut=$cut
	done
	for c in gzip xz "xz --format=lzma" bzip2 lzop "lz4 -l -c" "zstd -c"; do
		$mkimage k
		$c <k >packed
		for keep in 5 12 17 30 1000 10000 $(($(stat -c %s packed) - 1)); do
			head -c "$keep" packed >short
			hostile "" short || { echo "$c $keep"; return 1; }
		done
	done
}

@test "a damaged stream, in every codec with a checksum" {
	for c in gzip xz bzip2 lzop "zstd -c"; do
		$mkimage k
		$c <k >packed
		printf '\377\377\377' | dd of=packed bs=1 seek=9000 conv=notrunc status=none
		hostile "" packed || { echo "$c"; return 1; }
		[[ $stderr == *packed* ]]
	done
}

@test "wild offsets and sizes in the ELF header" {
	for abi in xen-3.0-x86_64 xen-3.0-x86_32p xen-1.3-x86_32; do
		for n in 1 0x7fffffff 0xffffffff 0xffffffffffffffff; do
			crafted "" abi=$abi set:e_phoff=$n
			crafted "" abi=$abi notes=legacy set:e_shoff=$n
		done
		crafted "" abi=$abi set:e_phnum=0
		crafted "" abi=$abi set:e_phnum=0xffff
		crafted "" abi=$abi notes=legacy set:e_shnum=0xffff
		for n in 0 1 31; do
			crafted "" abi=$abi set:e_phentsize=$n
			crafted "" abi=$abi notes=legacy set:e_shentsize=$n
		done
		crafted "" abi=$abi notes=legacy set:e_shstrndx=0xfffe
		crafted "" abi=$abi notes=legacy set:e_shstrndx=0
	done
}

@test "wild program headers" {
	for n in 0x7fffffff 0xfffffffffffff000 0xffffffffffffffff; do
		crafted "" set:ph0.p_offset=$n
		crafted "" set:ph0.p_filesz=$n
		crafted "" set:ph1.p_memsz=$n
		crafted "" set:ph1.p_paddr=$n
	done
	crafted "memsz" set:ph0.p_memsz=1
	crafted "overlap" set:ph1.p_paddr=0x100000
	crafted "overlap" abi=xen-3.0-x86_32p set:ph1.p_paddr=0x101000
}

@test "wild bzImage headers" {
	crafted "" format=bzimage set:hdr.version=0x207
	crafted "" format=bzimage set:hdr.payload_offset=0xffffffff
	crafted "" format=bzimage set:hdr.payload_length=0xffffffff
	crafted "" format=bzimage set:hdr.payload_length=0
	crafted "" format=bzimage set:hdr.payload_offset=0xfffff000
	crafted "" format=bzimage set:hdr.setup_sects=255
}

@test "wild 'bin' tables" {
	for f in header load_end bss_end; do
		crafted "" format=bin abi=xen-3.0-x86_32p set:bin.$f=0xffffffff
	done
	crafted "" format=bin abi=xen-3.0-x86_32p set:bin.header=1
	crafted "" format=bin abi=xen-3.0-x86_32p set:bin.checksum=1
	crafted "" format=bin abi=xen-3.0-x86_32p set:bin.entry=0
	crafted "" format=bin abi=xen-3.0-x86_32p set:bin.flags=0x10000
	[[ $stderr == *-A* || $stderr == *non-PAE* ]]
}

@test "strings that do not end" {
	crafted "" notes=legacy set:sh1.sh_size=20
	crafted "" notes=legacy set:sh2.sh_size=3
}

@test "notes as they are in the wild are accepted" {
	$mkimage k note:SUSPEND_CANCEL=1 note:99=7 note:VIRT_BASE=0xffffffff80000000
	quiet xb-parse k
	$mkimage k set:ph2.p_align=8
	quiet xb-parse k
	$mkimage k notes=section
	quiet xb-parse k
}

@test "notes that forbid" {
	crafted "feature" note:FEATURES='!no_such_feature'
	[[ $stderr == *no_such_feature* ]]
	crafted "dom0" note:FEATURES='!dom0'
	crafted "" note:FEATURES='!auto_translated_physmap'
	crafted "XEN_VERSION" drop=XEN_VERSION
	crafted "" drop=VIRT_BASE
}

@test "the wrong kind of ELF" {
	crafted "" set:e_type=1
	crafted "" set:e_type=4
	crafted "big-endian" set:ident5=2
	crafted "" set:ident4=1
	crafted "" set:ident4=9
	crafted "" set:e_machine=183
	$mkimage k set:e_type=3
	run --separate-stderr -0 xb-parse k
	[[ $stderr == *warning* ]]
}

@test "addresses: the entry, the base, the hole" {
	$mkimage k
	end=$(xb-parse k | xb-show -j | jq -r .image.kend)
	crafted "entry" note:ENTRY=0
	crafted "entry" note:ENTRY="$end"
	crafted "VIRT_BASE" note:VIRT_BASE=0xffffffff90000000
	crafted "" base=0xffff800000000000
	crafted "" base=0x0000800000000000
	crafted "" abi=xen-3.0-x86_32p base=0xf5000000 paddr=0x900000
	crafted "HYPERCALL_PAGE" note:HYPERCALL_PAGE=0xffffffff80100001
	crafted "HYPERCALL_PAGE" note:HYPERCALL_PAGE=0x1000
}

@test "INIT_P2M inside the kernel" {
	crafted "INIT_P2M" note:INIT_P2M=0xffffffff80101000
}

@test "symbol tables with wrong links" {
	crafted "" symtab=yes set:sh2.sh_link=77
	crafted "" symtab=yes set:sh2.sh_size=0xffffffffffff
	crafted "" symtab=yes set:sh3.sh_offset=0xffffffffffff
}

@test "thousands of notes are bounded work" {
	$mkimage k $(for i in $(seq 3000); do echo "note:$((0x10000 + i))=1"; done)
	PATH=$XB_PLAIN:$PATH run -0 timeout 2 xb-parse k
	[ "$status" = 0 ]
}

@test "terminal escapes in what a file says are printed escaped" {
	$mkimage k note:GUEST_OS=$'\e[31mred\nline'
	xb-parse k >plan
	run -0 xb-show plan
	[[ $output != *$'\e'* ]]
	cp k $'name\e[31m'
	run --separate-stderr -65 xb-parse -A nonsense $'name\e[31m' || true
	[[ $stderr != *$'\e'* ]]
}
