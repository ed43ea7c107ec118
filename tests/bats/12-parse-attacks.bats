# Hostile images: every class under "Images" that xb-parse must survive.  Each
# case runs twice: with sanitizers, and as shipped within 1 GiB and 2 seconds of
# processor time.
load helper

# The number of stores so far: each run begins with an empty one.
stores=0

# hostile TEXT [xb-parse OPTION...] KERNEL: refused with 65, in both builds.
# (It tests every status itself: after || the shell would not.)
hostile() {
	local text=$1 s=$PWD/store-$((stores++))
	shift
	refused 65 "$text" xb-parse -S "$s" -L 64M "$@" || return
	refused 65 "$text" shipped xb-parse -S "$s.shipped" -L 64M "$@"
}

# taken [xb-parse OPTION...] KERNEL: accepted in both builds, in silence.
taken() {
	local s=$PWD/store-$((stores++))
	quiet xb-parse -S "$s" "$@" || return
	quiet shipped xb-parse -S "$s.shipped" "$@"
}

# crafted TEXT WORD...: an image of the maker, refused.
crafted() {
	local text=$1
	shift
	$mkimage k "$@" || return
	hostile "$text" k || { echo "mkimage $*"; return 1; }
}

# many KIND COUNT COPY [apart]: gives k COUNT headers of KIND ph or sh: those
# that it has and copies of number COPY; apart: each (ph) with an address of its
# own.
many() {
	/usr/bin/python3 -IS - "$@" <<-'PY'
		import sys
		kind, count, copy = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
		at, size, n = {"ph": (32, 56, 56), "sh": (40, 64, 60)}[kind]
		b = bytearray(open("k", "rb").read())
		table = int.from_bytes(b[at:at + 8], "little")
		have = int.from_bytes(b[n:n + 2], "little")
		rows = [bytearray(b[table + i * size:table + (i + 1) * size])
		        for i in range(have)]
		while len(rows) < count:
		    row = bytearray(rows[copy])
		    if sys.argv[4:] == ["apart"]:
		        row[24:32] = (0x1000000 + len(rows) * 8192).to_bytes(8, "little")
		        row[32:48] = (4096).to_bytes(8, "little") * 2
		    rows.append(row)
		b += bytes(-len(b) % 8)
		b[at:at + 8] = len(b).to_bytes(8, "little")
		b[n:n + 2] = count.to_bytes(2, "little")
		open("k", "wb").write(b + b"".join(rows))
	PY
}

@test "bombs: a few KiB that inflate past the limit, in every codec" {
	for c in gzip xz "xz --format=lzma" bzip2 lzop "lz4 -l -c" "lz4 -c" "zstd -c"; do
		head -c 100M /dev/zero | $c >bomb
		hostile "-L" bomb || { echo "$c"; return 1; }
	done
}

@test "a stated size that lies, in either direction" {
	for size in 0 1 0x7fffffff 0xffffffff; do
		crafted "the size after the payload at" format=bzimage codec="xz --check=crc32" size=$size
	done
}

@test "nested compression" {
	$mkimage k
	gzip <k | xz >twice
	hostile "compressed again, with gzip" twice
}

@test "truncated: in every header, segment, stream and trailer" {
	for case in 1:neither 4:truncated 16:truncated 52:truncated \
	    63:truncated 64:e_phoff 100:e_phoff 200:e_phnum 4096:e_shoff \
	    8192:e_shoff 20000:e_shoff 20900:e_shoff 21000:e_shnum \
	    21039:e_shnum; do
		crafted "${case#*:}" cut="${case%:*}"
	done
	for case in 1:neither 4:truncated 16:truncated 51:truncated \
	    52:e_phoff 63:e_phoff 100:e_phnum 200:e_shoff 4096:e_shoff \
	    20000:e_shoff 20700:e_shoff 20750:e_shnum 20791:e_shnum; do
		crafted "${case#*:}" abi=xen-1.3-x86_32 cut="${case%:*}"
	done
	crafted "p_offset of program header 2" set:e_shoff=0 set:e_shnum=0 cut=8192
	for c in gzip xz "xz --format=lzma" bzip2 lzop "lz4 -l -c" "zstd -c"; do
		$mkimage k
		$c <k >packed
		for keep in 17 30 1000 10000 $(($(stat -c %s packed) - 1)); do
			head -c "$keep" packed >short
			hostile "stream ends early, at offset 0x$(printf %x "$keep")" short ||
			    { echo "$c $keep"; return 1; }
		done
		for keep in 1 3; do
			head -c "$keep" packed >short
			hostile "'short'" short || { echo "$c $keep"; return 1; }
		done
	done
}

@test "a damaged stream, in every codec with a checksum" {
	for c in gzip xz bzip2 lzop "zstd -c"; do
		$mkimage k
		$c <k >packed
		printf '\377\377\377' | dd of=packed bs=1 seek=9000 conv=notrunc status=none
		hostile "cannot unpack 'packed': its" packed || { echo "$c"; return 1; }
		[[ $stderr == *"stream is damaged at offset 0x"* ]]
	done
}

@test "wild offsets and sizes in the ELF header" {
	for abi in xen-3.0-x86_64 xen-3.0-x86_32p xen-1.3-x86_32; do
		for n in 1 0x7fffffff 0xffffffff 0xffffffffffffffff; do
			crafted "e_phoff at" abi=$abi set:e_phoff=$n
			crafted "e_shoff at" abi=$abi notes=legacy set:e_shoff=$n
		done
		crafted "e_phnum at" abi=$abi set:e_phnum=0
		crafted "e_phnum at" abi=$abi set:e_phnum=0xffff
		[[ $stderr == *"limit of 4096"* ]]
		crafted "e_phnum at" abi=$abi set:e_phnum=4000
		crafted "e_shnum at" abi=$abi notes=legacy set:e_shnum=0xffff
		crafted "e_shnum at" abi=$abi notes=legacy set:e_shnum=0
		for n in 0 1 31; do
			crafted "e_phentsize at" abi=$abi set:e_phentsize=$n
			crafted "e_shentsize at" abi=$abi notes=legacy set:e_shentsize=$n
		done
		crafted "e_shstrndx at" abi=$abi notes=legacy set:e_shstrndx=0xfffe
		crafted "e_shstrndx at" abi=$abi notes=legacy set:e_shstrndx=0
	done
}

@test "wild program headers" {
	for n in 0x7fffffff 0xfffffffffffff000 0xffffffffffffffff; do
		crafted "p_offset of program header 0 at 0x48 is $n" set:ph0.p_offset=$n
		crafted "p_filesz of program header 0 at 0x60 is $n" set:ph0.p_filesz=$n
		crafted "p_memsz of program header 1 at 0xa0 is $n" set:ph1.p_memsz=$n
		crafted "p_memsz of program header 1" set:ph1.p_paddr=$n
		[[ $stderr == *"wraps around the end of the address space"* ]]
	done
	crafted "p_filesz of program header 0" set:ph0.p_memsz=1
	[[ $stderr == *"more than its p_memsz 0x1"* ]]
	crafted "overlap" set:ph1.p_paddr=0x100000
	crafted "overlap" abi=xen-3.0-x86_32p set:ph1.p_paddr=0x101000
}

@test "wild bzImage headers" {
	crafted "version at 0x206 is 0x207" format=bzimage set:hdr.version=0x207
	crafted "payload_offset at 0x248" format=bzimage set:hdr.payload_offset=0xffffffff
	crafted "payload_length at 0x24c is 0xffffffff" format=bzimage set:hdr.payload_length=0xffffffff
	crafted "payload_length at 0x24c is 0x0" format=bzimage set:hdr.payload_length=0
	crafted "payload_offset at 0x248" format=bzimage set:hdr.payload_offset=0xfffff000
	crafted "payload_offset at 0x248" format=bzimage set:hdr.setup_sects=255
}

@test "wild sections of a unified kernel image" {
	local uki=(format=uki initrd=rd cmdline=quiet)
	head -c 5000 /dev/urandom >rd
	for s in .linux .initrd .cmdline; do
		crafted "VirtualSize of section $s at 0x" "${uki[@]}" set:$s.VirtualSize=0xffffffff
		[[ $stderr == *"more than its SizeOfRawData"* ]]
		crafted "VirtualSize of section $s at 0x" "${uki[@]}" set:$s.VirtualSize=0xffffffff set:$s.SizeOfRawData=0xffffffff
		[[ $stderr == *"past the end of the image"* ]]
		crafted "PointerToRawData of section $s at 0x" "${uki[@]}" set:$s.PointerToRawData=0xffffffff
	done
	crafted "VirtualSize of section .cmdline at 0x208 is 0x1001, more than the limit of 0x1000" \
	    "${uki[@]}" set:.cmdline.VirtualSize=0x1001 set:.cmdline.SizeOfRawData=0x2000 tail=8192
	crafted "section .linux at 0x600 is neither a bzImage nor ELF" "${uki[@]}" set:.linux.VirtualSize=0
	# a section .linux that is the UKI itself
	crafted "neither a bzImage nor ELF; it looks like a PE" "${uki[@]}" set:.linux.PointerToRawData=0
	crafted "is not a kernel image" "${uki[@]}" set:pe.e_lfanew=0xffffffff
	for n in 0 1 97 0xffff; do
		crafted "without a section .linux" "${uki[@]}" set:pe.sections=$n
	done
	for n in 0 0xffff; do
		crafted "without a section .linux" "${uki[@]}" set:pe.optional=$n
	done
	for cut in 64 132 200 400; do
		crafted "is not a kernel image" "${uki[@]}" cut=$cut
	done
	$mkimage k "${uki[@]}" set:pe.sections=96
	taken k
}

@test "wild cpio archives in a ramdisk are bounded work" {
	$mkimage k
	header=070701$(printf '%080d' 0)
	for name in 00000000 00000001 ffffffff zzzzzzzz; do
		for file in 00000000 ffffffff zzzzzzzz; do
			printf '%s%s%s%s%s' "${header:0:54}" $file "${header:0:32}" \
			    $name 00000000 >rd
			for _ in 1 2 3 4 5 6 7 8; do
				cat rd rd >more
				mv more rd
			done
			taken -z -r rd k
		done
	done
}

@test "wild 'bin' tables" {
	local bin=(format=bin abi=xen-3.0-x86_32p)
	crafted "header_addr at 0x4c is 0xffffffff" "${bin[@]}" set:bin.header=0xffffffff
	crafted "load_end_addr at 0x54 is 0xffffffff" "${bin[@]}" set:bin.load_end=0xffffffff
	crafted "touches the hypervisor's hole" "${bin[@]}" set:bin.bss_end=0xffffffff
	crafted "header_addr at 0x4c is 0x1" "${bin[@]}" set:bin.header=1
	crafted "nor a 'bin' table" "${bin[@]}" set:bin.checksum=1
	crafted "entry_addr at 0x5c is 0x0" "${bin[@]}" set:bin.entry=0
	crafted "flags at 0x44 is 0x10000" "${bin[@]}" set:bin.flags=0x10000
	[[ $stderr == *"-A xen-3.0pre-x86_32"* ]]
}

@test "strings that do not end" {
	crafted "__xen_guest at 0x5080 does not end" notes=legacy set:sh1.sh_size=20
	crafted "the last byte of the section names" notes=legacy set:sh2.sh_size=3
	# a note's text runs on to the end of the file
	$mkimage k note:GUEST_OS=x
	/usr/bin/python3 -IS -c '
b = bytearray(open("k", "rb").read())
at = b.rindex(b"Xen\0x\0") - 12
b[24+16:24+24] = bytes(8)			# e_shoff
b[60:62] = bytes(2)				# e_shnum
b[at + 16:] = b"x" * (len(b) - at - 16)
open("k", "wb").write(b)'
	hostile "note GUEST_OS" k
	[[ $stderr == *"does not end"* ]]
}

@test "notes as they are in the wild are accepted" {
	$mkimage k note:SUSPEND_CANCEL=1 note:99=7 note:VIRT_BASE=0xffffffff80000000
	quiet xb-parse k
	$mkimage k set:ph2.p_align=8
	quiet xb-parse k
	$mkimage k notes=section
	quiet xb-parse k
}

# note_edit CODE: changes k, in b; at(TYPE) is where the note of a type begins.
note_edit() {
	/usr/bin/python3 -IS - <<-PY
		import struct
		b = bytearray(open("k", "rb").read())
		def at(kind):
		    i = b.index(struct.pack("<I4s", kind, b"Xen\0"))
		    return i - 8
		$1
		open("k", "wb").write(b)
	PY
}

@test "note strings end at their NUL, in the padding or past their size" {
	# XEN_VERSION is "xen-3.0" and a NUL
	$mkimage k
	note_edit 'b[at(5) + 4:at(5) + 8] = struct.pack("<I", 7)'
	taken k
	# BSD_SYMTAB, the last: one byte of "yes" is inside, the rest past descsz
	$mkimage k symtab=yes
	note_edit 'b[at(11) + 4:at(11) + 8] = struct.pack("<I", 1)'
	taken k
	xb-parse k >plan
	json plan '.image.payloads[].role' | grep -x symtab
}

@test "a note is Xen's by the C string of its name, whatever namesz says" {
	for n in 1 2 3; do
		$mkimage k
		note_edit "b[at(5):at(5) + 4] = struct.pack('<I', $n)"
		taken k
	done
	# a name that is none: the note is passed over
	$mkimage k
	note_edit 'b[at(5) + 12:at(5) + 16] = b"XEN\0"'
	hostile "XEN_VERSION is missing" k
	# one without an end
	$mkimage k
	note_edit 'b[at(5) + 12:at(5) + 16] = b"Xenx"'
	hostile "namesz of a note at" k
}

@test "two notes of a type: the last wins, features add up, switches stay on" {
	$mkimage k note:ENTRY=0 note:ENTRY=0xffffffff80100010 \
	    note:SUPPORTED_FEATURES=0x8000 note:SUPPORTED_FEATURES=0x100 \
	    note:FEATURES=dom0 note:FEATURES='!pae_pgdir_above_4gb'
	taken k
	xb-parse k >plan
	[ "$(json plan .image.entry)" = 0xffffffff80100010 ]
	# bits 0 and 4 of the usual note, 8 and 15, 11 and 4
	[ "$(json plan .image.features_supported)" = 0x8911 ]
	[ "$(json plan .image.features_required)" = 0x11 ]
	$mkimage k symtab=yes note:BSD_SYMTAB=no
	xb-parse k >plan
	json plan '.image.payloads[].role' | grep -x symtab
	$mkimage k abi=xen-3.0-x86_32p note:PAE_MODE=no
	xb-parse k >plan
	[ "$(json plan .image.pae)" = extended ]
}

@test "only '|' separates features in an image" {
	crafted "unknown feature 'dom0,writable_page_tables'" \
	    note:FEATURES='!dom0,writable_page_tables'
	[[ $stderr == *"note FEATURES at 0x"* ]]
	$mkimage k note:FEATURES='strange,!dom0'
	taken k
	taken -f writable_page_tables,pae_pgdir_above_4gb k
}

@test "notes that forbid" {
	crafted "feature" note:FEATURES='!no_such_feature'
	[[ $stderr == *no_such_feature* ]]
	crafted "dom0" note:FEATURES='!dom0'
	crafted "auto_translated_physmap" note:FEATURES='!auto_translated_physmap'
	crafted "XEN_VERSION" drop=XEN_VERSION
	crafted "note PADDR_OFFSET at" drop=VIRT_BASE
}

@test "the wrong kind of ELF" {
	crafted "e_type at 0x10 is 0x1, a relocatable object" set:e_type=1
	crafted "e_type at 0x10 is 0x4, a core dump" set:e_type=4
	crafted "big-endian" set:ident5=2
	crafted "e_machine at 0x12 is 0x3e" set:ident4=1
	crafted "e_ident[4] at 0x4 is 0x9" set:ident4=9
	crafted "e_machine at 0x12 is 0xb7, an image for AArch64" set:e_machine=183
	$mkimage k set:e_type=3
	run --separate-stderr -0 xb-parse k
	[[ $stderr == *warning* ]]
}

@test "addresses: the entry, the base, the hole" {
	$mkimage k
	end=$(xb-parse k | xb-show -j | jq -r .image.kend)
	crafted "note ENTRY at" note:ENTRY=0
	crafted "note ENTRY at" note:ENTRY="$end"
	[[ $stderr == *"outside the kernel"* ]]
	crafted "note VIRT_BASE at" note:PADDR_OFFSET=0x200000
	[[ $stderr == *"above the kernel"* ]]
	crafted "touches the hypervisor's hole" base=0xffff800000000000
	crafted "outside the 48-bit address space" base=0x0000800000000000
	crafted "touches the hypervisor's hole" abi=xen-3.0-x86_32p base=0xf5000000 paddr=0x900000
	crafted "note HYPERCALL_PAGE at" note:HYPERCALL_PAGE=0xffffffff80100001
	[[ $stderr == *"not a multiple of 4096"* ]]
	crafted "note HYPERCALL_PAGE at" note:HYPERCALL_PAGE=0x1000
}

@test "addresses of a PVH guest: the entry, the hole, past 4 GiB" {
	local pvh=(drop=ENTRY note:PHYS32_ENTRY=0x100200) hole
	hole="touches the hole below 4 GiB, where a PVH guest has no memory"
	$mkimage k "${pvh[@]}"
	end=$(xb-parse k | xb-show -j | jq -r .image.kend)
	for entry in 0 0xfffff "$end" 0xfc000000 0xffffffff; do
		crafted "note PHYS32_ENTRY at" drop=ENTRY note:PHYS32_ENTRY=$entry
		[[ $stderr == *"outside the kernel"* ]]
	done
	crafted "$hole" "${pvh[@]}" base=0 paddr=0xfc000000
	crafted "$hole" "${pvh[@]}" base=0 paddr=0xfee00000
	crafted "$hole" "${pvh[@]}" base=0 paddr=0xfbfff000
	crafted "$hole" "${pvh[@]}" base=0 bss=0xfc000000
	crafted "outside the 32-bit address space" "${pvh[@]}" base=0 paddr=0x100000000
	crafted "outside the 32-bit address space" "${pvh[@]}" base=0 bss=0x100000000
	crafted "" "${pvh[@]}" base=0 paddr=0xfffffffffffff000
	crafted "" "${pvh[@]}" base=0 bss=0xfffffffffff00000
}

@test "INIT_P2M inside the kernel" {
	crafted "note INIT_P2M at" note:INIT_P2M=0xffffffff80101000
}

@test "symbol tables with wrong links" {
	crafted "sh_link of section 2" symtab=yes set:sh2.sh_link=77
	crafted "sh_size of section 2" symtab=yes set:sh2.sh_size=0xffffffffffff
	crafted "sh_offset of section 3" symtab=yes set:sh3.sh_offset=0xffffffffffff
}

@test "thousands of notes are bounded work" {
	# shellcheck disable=SC2046 # many words are meant
	$mkimage k $(for i in $(seq 3000); do echo "note:$((0x10000 + i))=1"; done)
	taken k
	many ph 4096 2
	hostile "more than 65536 notes" k
}

@test "thousands of program headers are bounded work" {
	$mkimage k
	many ph 4096 0
	hostile "overlap" k
	$mkimage k
	many ph 4096 0 apart
	taken k
	xb-parse k | xb-layout -m 128M >layout
	[ "$(json layout '.layout.load | length')" = 4095 ]
	$mkimage k
	many ph 4097 0 apart
	hostile "e_phnum at 0x38 is 0x1001, more than the limit of 4096" k
}

@test "thousands of sections are bounded work" {
	for copy in 0 1 2; do
		$mkimage k notes=section
		many sh 65279 $copy
		if [ $copy = 1 ]; then
			hostile "more than 65536 notes" k
		else
			taken k || { echo $copy; return 1; }
		fi
	done
	# symbol tables, each of which could be the one
	$mkimage k symtab=yes
	many sh 65535 2
	taken k
	# sections that could all be the one with the string
	$mkimage k notes=none
	many sh 65535 1
	hostile "not a Xen kernel" k
}

# plain STATUS COMMAND...: ends so, and neither output has a raw escape.
plain() {
	local want=$1
	shift
	run --separate-stderr "-$want" "$@" || return
	[[ $output$stderr != *$'\e'* ]]
}

@test "terminal escapes in what a file says are printed escaped" {
	local evil=$'\e[31mred\nline' safe='\x1b[31mred\x0aline'
	$mkimage k note:GUEST_VERSION="$evil"
	xb-parse -c "$evil" k >plan
	plain 0 xb-show plan
	[[ $output == *"$safe"* ]]
	plain 0 xb-show -j plan
	[[ $output == *'\u001b[31mred'* ]]
	xb-show -j plan | xb-plan >again
	cmp plan again
	crafted "LOADER is '$safe'" note:LOADER="$evil"
	crafted "unknown feature '$safe'" note:FEATURES="!$evil"
	crafted "XEN_VERSION is '$safe'" note:XEN_VERSION="$evil"
	crafted "'XEN_VER=$safe'" notes=legacy string="XEN_VER=$evil"
	crafted "VIRT_BASE=$safe at" notes=legacy \
	    string="LOADER=generic,XEN_VER=xen-3.0,VIRT_BASE=$evil"
}

@test "terminal escapes in names and options are printed escaped" {
	local evil=$'\e[31mred\nline' safe='\x1b[31mred\x0aline'
	refused 66 "cannot open '$safe'" xb-parse "$evil"
	printf x >"$evil"
	hostile "'$safe' is not a kernel image" "$evil"
	refused 64 "unknown ABI '$safe'" xb-parse -A "$evil" "$evil"
	$mkimage k
	refused 66 "'$safe.r'" xb-parse -r "$evil.r" k
	cp k "$evil"
	xb-parse "$evil" | xb-layout -m 32M >layout
	plain 0 xb-show layout
	[[ $output == *"$safe"* ]]
	refused 64 "-m '$safe'" xb-layout -m "$evil" layout
	refused 69 "'file:$safe.none'" xb-load -t "file:$evil.none" layout
	xb-load -t "file:$evil.none" layout >failed 2>/dev/null || :
	plain 0 xb-show failed
	[[ $output == *"$safe"* ]]
	xb-domain create -t "file:$evil.d" -m 32M --name "$evil"
	plain 0 xb-domain list
	[[ $output == *"$safe"* ]]
	plain 0 xb-domain info "file:$evil.d"
	[[ $output == *"$safe"* ]]
	xb-load -t "file:$evil.d" layout >loaded
	plain 0 xb-show loaded
	[[ $output == *"file:$PWD/$safe.d"* ]]
}
