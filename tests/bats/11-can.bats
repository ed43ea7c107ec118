# xb-parse --can: what a kernel can boot as, for scripts.
load helper

# can STATUS FILTER WANT FILE...: with the status, and what jq finds.
can() {
	local want=$1 filter=$2 found=$3
	shift 3
	run --separate-stderr "-$want" xb-parse --can -j "$@" || return
	[ -z "$stderr" ] || { echo "it says: $stderr"; return 1; }
	[ "$(jq -c "$filter" <<<"$output")" = "$found" ] || {
		jq -c "$filter" <<<"$output"
		echo "wanted: $found"
		return 1
	}
}

@test "Debian's kernel: PV of 64 bits and PVH, packed with a codec that is there" {
	xb-parse "$vmlinuz" | xb-show -j >plan
	codec=$(jq -r .image.codec plan)
	can 0 '[.file, .codec, .bits, .pae, .why]' \
	    "[\"bzimage\",{\"name\":\"$codec\",\"built_in\":true},64,null,null]" \
	    "$vmlinuz"
	[ "$(jq -c '.pv | [.abi, .bits, .entry, .virt_base]' <<<"$output")" = \
	    "$(jq -c '.image | [.abi, 64, .entry, .virt_base]' plan)" ]
	[ "$(jq -c .pv.requires <<<"$output")" = '["writable_page_tables"]' ]
	[ "$(jq -r .pvh.entry <<<"$output")" = \
	    "$(jq -r '.image.notes[] | select(.name == "PHYS32_ENTRY").number' plan)" ]
	run -0 xb-parse --can "$vmlinuz"
	[[ ${lines[0]} == "file  bzimage, packed with $codec, which is built in, 64 bits" &&
	    ${lines[1]} == "pv    yes, as xen-3.0-x86_64: entry 0x"*", needs writable_page_tables" &&
	    ${lines[2]} == "pvh   yes, as hvm-3.0-pvh: entry 0x"* ]]
}

@test "GRUB's images: PV of 64 bits, PV of 32 with PAE, PVH alone" {
	can 0 '[.file, .codec, .bits, .pv.abi, .pvh]' \
	    '["elf",null,64,"xen-3.0-x86_64",null]' $grub/grub-x86_64-xen.bin
	can 0 '[.bits, .pae, .pv.abi, .pv.bits, .pvh]' \
	    '[32,"extended","xen-3.0-x86_32p",32,null]' $grub/grub-i386-xen.bin
	can 1 '[.bits, .pv, .pvh.entry, .pvh.abi]' \
	    '[32,null,"0x100000","hvm-3.0-pvh"]' \
	    $grub/grub-i386-xen_pvh.bin
	[[ $(jq -r .why <<<"$output") == *"is PVH only: "* ]]
}

@test "PVH alone, 32 bits without PAE, a unified kernel image, a 'bin' table" {
	$mkimage k drop=ENTRY note:PHYS32_ENTRY=0x100200
	can 1 '[.pv, .pvh.entry]' '[null,"0x100200"]' k
	run -1 xb-parse --can k
	[[ ${lines[1]} == "pv    no: 'k' is PVH only: "* &&
	    ${lines[2]} == "pvh   yes, as hvm-3.0-pvh: entry 0x100200" ]]
	# The note alone is not enough.
	$mkimage k note:PHYS32_ENTRY=0x10
	can 0 '[.pv.abi, .pvh]' '["xen-3.0-x86_64",null]' k
	[[ $(jq -r .why_pvh <<<"$output") == *"note PHYS32_ENTRY"*"outside the kernel"* ]]
	run -0 xb-parse --can k
	[[ ${lines[2]} == "pvh   no: "*"outside the kernel"* ]]
	$mkimage k abi=xen-3.0-x86_32p drop=PAE_MODE
	can 1 '[.bits, .pae, .pv, .pvh]' '[32,"no",null,null]' k
	[[ $(jq -r .why <<<"$output") == *"32-bit non-PAE kernel"* ]]
	head -c 5000 /dev/urandom >rd
	$mkimage k format=uki codec="gzip -n" initrd=rd cmdline="a b"
	can 0 '[.file, .codec.name, .pv.abi]' '["uki","gzip","xen-3.0-x86_64"]' k
	$mkimage k format=bin
	can 0 '[.file, .read, .pv.abi]' '["bin",true,"xen-3.0-x86_64"]' k
	$mkimage k abi=xen-1.3-x86_32 notes=legacy
	can 0 '[.pv.abi, .pvh]' '["xen-1.3-x86_32",null]' k
	# What keeps it from PV is said, whatever it is.
	$mkimage k set:e_entry=0 note:ENTRY=0x10
	can 1 .pv null k
	[[ $(jq -r .why <<<"$output") == *"note ENTRY"* ]]
}

@test "a file for no Xen is an answer, a file that is no kernel none" {
	can 1 '[.file, .read, .pv, .pvh]' '["elf",true,null,null]' /bin/ls
	echo "no kernel" >text
	refused 65 "it looks like text" xb-parse --can -j text
	[ -z "$output" ]
	$mkimage k codec="xz" format=bzimage cut=9000
	refused 65 "'k'" xb-parse --can k
	[ -z "$output" ]
	refused 66 "'none'" xb-parse --can none
}

@test "it writes nothing, and unpacks to memory" {
	$mkimage k symtab=yes
	gzip <k >k.gz
	XB_STORE=$PWD/none can 0 '[.codec.name, .pv.abi]' '["gzip","xen-3.0-x86_64"]' k.gz
	[ ! -e none ]
	strace -f -o trace -e trace=%file \
	    "$XB_PLAIN/xb-parse" --can k.gz
	run ! grep -E 'O_WRONLY|O_RDWR|O_CREAT|mkdir|unlink|rename' trace
	# a limit is a limit
	refused 65 "-L" xb-parse --can -L 4096 k.gz
}

@test "--can stands with what it looks at, and -j with it" {
	$mkimage k
	for o in "-r k" "-c x" "-z" "-S ."; do
		# shellcheck disable=SC2086 # an option and its value
		refused 64 "--can looks at KERNEL alone" xb-parse --can $o k
	done
	refused 64 "-j is for --can" xb-parse -j k
}

@test "a file that changes while it is looked at is no answer" {
	$mkimage k
	refused 65 "changed while it was read" at_call waitpid "touch k" \
	    xb-parse --can k
}
