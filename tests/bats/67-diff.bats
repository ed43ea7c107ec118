# xb-diff: what differs, in the words of the plan, and nothing else.
load helper

setup_file() {
	export LC_ALL=C.UTF-8
}

# equal A B: nothing is said, and the status is 0.
equal() {
	run --separate-stderr -0 xb-diff "$@" || return
	[ -z "$output$stderr" ] || { echo "said: $output$stderr"; return 1; }
}

# differ A B, with the lines that must be printed on standard input.
differ() {
	cat >want
	run --separate-stderr xb-diff "$@"
	[ "$status" = 1 ] || { echo "status $status: $stderr"; return 1; }
	[ -z "$stderr" ] || { echo "said: $stderr"; return 1; }
	echo "$output" >have
	diff want have
}

# domain NAME SIZE KERNEL [xb-parse options]: file:NAME and the plan NAME.plan,
# its frames scattered by a seed that differs from name to name.
domain() {
	local name=$1 size=$2 seed
	shift 2
	seed=$(printf %s "$name" | cksum | cut -d' ' -f1)
	xb-domain create -t "file:$name" -m "$size" --scatter "$seed"
	xb-parse "$@" | xb-layout -m "$size" | xb-load -t "file:$name" |
	    xb-pgtab | xb-startinfo | xb-launch -p >"$name.plan"
}

# flip PLAN DIR PFN BYTE: changes the lowest bit of a byte of guest memory.
flip() {
	/usr/bin/python3 -IS - "$@" <<'END'
import json, subprocess, sys
plan, folder, pfn, byte = sys.argv[1], sys.argv[2], int(sys.argv[3], 0), \
    int(sys.argv[4], 0)
p = json.loads(subprocess.check_output(["xb-show", "-j", plan]))
first = 0
for mfn, count in p["memory"]["p2m"]:
    if first <= pfn < first + count:
        at = (mfn + pfn - first) * 4096 + byte
    first += count
with open(folder + "/memory", "r+b") as f:
    f.seek(at)
    was = f.read(1)[0]
    f.seek(at)
    f.write(bytes([was ^ 1]))
END
}

# pfn PLAN SEGMENT: its first page.
pfn() {
	json "$1" ".layout.segments[] | select(.kind == \"$2\") | .pfn"
}

hex() {
	printf 0x%x "$1"
}

# two_kernels: Debian's as k, unpacked, and one byte of its notes changed: other.
two_kernels() {
	xb-parse "$vmlinuz" >z
	digest=$(json z '.image.payloads[0].sha256')
	cp "$XB_STORE/blobs/sha256/$digest" k
	chmod u+w k
	cp k other
	/usr/bin/python3 -IS - other <<-'END'
	import sys
	with open(sys.argv[1], "r+b") as f:
	    at = f.read().index(b"Xen\0" + b"2.6\0") + 6
	    f.seek(at)
	    f.write(b"7")
	END
}

@test "the three cases, in plans" {
	$mkimage k note:GUEST_VERSION=2.6 hypercall=yes
	$mkimage other note:GUEST_VERSION=2.7 hypercall=yes
	head -c 100000 /dev/urandom >rd
	xb-parse -r rd -c "a=b" k | xb-layout -m 32M >p
	xb-parse -r rd -c "a=b" other | xb-layout -m 32M >p-note
	xb-parse -r rd -c "a=c d" k | xb-layout -m 32M >p-line
	xb-parse -r rd -c "a=b" k | xb-layout -m 64M >p-size
	equal p p
	differ p p-note <<-'END'
	image.notes GUEST_VERSION: "2.6" -> "2.7"
	END
	differ p p-line <<-'END'
	command_line: "a=b" -> "a=c d"
	END
	differ p p-size <<-'END'
	layout.pages: 8192 -> 16384 (32 MiB -> 64 MiB)
	END
	differ p-size p-line <<-'END'
	command_line: "a=b" -> "a=c d"
	layout.pages: 16384 -> 8192 (64 MiB -> 32 MiB)
	END
}

@test "the three cases, with Debian's kernel" {
	two_kernels
	for p in k other; do
		xb-parse -r "$initrd" -c "console=hvc0" $p | xb-layout -m 256M >p-$p
	done
	differ p-k p-other <<-'END'
	image.notes GUEST_VERSION: "2.6" -> "2.7"
	END
	xb-parse -r "$initrd" -c "console=hvc0 quiet" k | xb-layout -m 256M >p-line
	differ p-k p-line <<-'END'
	command_line: "console=hvc0" -> "console=hvc0 quiet"
	END
	xb-layout -m 512M p-k >p-size
	differ p-k p-size <<-'END'
	layout.pages: 65536 -> 131072 (256 MiB -> 512 MiB)
	END
	# what is not a note is told as what it is
	cp other both
	/usr/bin/python3 -IS - both <<-'END'
	import sys
	with open(sys.argv[1], "r+b") as f:
	    f.seek(0x300000)
	    was = f.read(1)[0]
	    f.seek(0x300000)
	    f.write(bytes([was ^ 1]))
	END
	xb-parse -r "$initrd" -c "console=hvc0" both | xb-layout -m 256M >p-two
	run -1 xb-diff p-other p-two
	[[ $output == "image.payloads kernel: 1 byte differs, at offset 0x300000, va 0xffffffff"*": "* ]]
	run -1 xb-diff p-k p-two
	[ "${#lines[@]}" = 2 ]
	[[ ${lines[0]} == "image.payloads kernel: 2 bytes differ, the first at offset 0x"* ]]
	[[ ${lines[1]} == 'image.notes GUEST_VERSION: "2.6" -> "2.7"' ]]
}

@test "the three cases, in domains of Debian's kernel" {
	domain one 256M -r "$initrd" -c "console=hvc0" "$vmlinuz"
	domain two 256M -r "$initrd" -c "console=hvc0" "$vmlinuz"
	equal file:one file:two
	equal one.plan two.plan
	rm -r two
	domain two 256M -r "$initrd" -c "console=hvc0 quiet" "$vmlinuz"
	differ file:one file:two <<-'END'
	command_line: "console=hvc0" -> "console=hvc0 quiet"
	END
	differ one.plan two.plan <<-'END'
	command_line: "console=hvc0" -> "console=hvc0 quiet"
	END
	rm -r two
	domain two 300M -r "$initrd" -c "console=hvc0" "$vmlinuz"
	differ file:one file:two <<-'END'
	layout.pages: 65536 -> 76800 (256 MiB -> 300 MiB)
	END
	differ one.plan two.plan <<-'END'
	layout.pages: 65536 -> 76800 (256 MiB -> 300 MiB)
	END
}

@test "the three cases, in records of Debian's kernel, and of each with a domain" {
	two_kernels
	record() {
		local name=$1
		shift
		quiet xb-record -o "r-$name" -p -t "file:$name" -r "$initrd" "$@"
	}
	record a -m 256M -c "console=hvc0" k
	record note -m 256M -c "console=hvc0" other
	record line -m 256M -c "console=hvc0 quiet" k
	record size -m 512M -c "console=hvc0" k
	equal r-a file:a
	equal file:a r-a
	differ r-a r-note <<-'END'
	image.notes GUEST_VERSION: "2.6" -> "2.7"
	END
	# A domain has no notes; this one's are in its memory.
	at=$(LC_ALL=C grep -obUaP 'Xen\x002\.6\x00' k | cut -d: -f1)
	run -1 xb-diff file:a file:note
	[ "${#lines[@]}" = 1 ]
	[[ $output == "page differs at pfn "*", kernel + 0x"*", byte 0x$(
	    printf %x $(((at + 6) % 4096))): 36 -> 37" ]]
	where=${output%, byte *}
	for pair in "r-a file:note" "file:a r-note"; do
		# shellcheck disable=SC2086
		differ $pair <<<"$where"
	done
	for pair in "r-a r-line" "r-a file:line" "file:a r-line"; do
		# shellcheck disable=SC2086
		differ $pair <<-'END'
		command_line: "console=hvc0" -> "console=hvc0 quiet"
		END
	done
	for pair in "r-a r-size" "r-a file:size" "file:a r-size"; do
		# shellcheck disable=SC2086
		differ $pair <<-'END'
		layout.pages: 65536 -> 131072 (256 MiB -> 512 MiB)
		END
	done
}

@test "every ABI: other frames are no difference; line and size are one" {
	head -c 100000 /dev/urandom >rd
	for abi in $abis; do
		$mkimage k abi=$abi gap=3 bss=0x9000
		rm -rf a b c d
		domain a 32M -r rd -c "a=b" k
		domain b 32M -r rd -c "a=b" k
		domain c 32M -r rd -c "longer" k
		domain d 64M -r rd -c "a=b" k
		run -1 cmp -s a.plan b.plan
		equal file:a file:b
		equal a.plan b.plan
		for pair in "file:a file:c" "a.plan c.plan"; do
			# shellcheck disable=SC2086
			differ $pair <<-'END'
			command_line: "a=b" -> "longer"
			END
		done
		for pair in "file:a file:d" "a.plan d.plan"; do
			# shellcheck disable=SC2086
			differ $pair <<-'END'
			layout.pages: 8192 -> 16384 (32 MiB -> 64 MiB)
			END
		done
	done
}

@test "a p2m list and a ramdisk outside the mapping" {
	head -c 5000 /dev/urandom >rd
	$mkimage k note:INIT_P2M=0x8000000000 note:MOD_START_PFN=1
	domain a 64M -r rd k
	domain b 64M -r rd k
	domain c 128M -r rd k
	equal file:a file:b
	differ file:a file:c <<-'END'
	layout.pages: 16384 -> 32768 (64 MiB -> 128 MiB)
	END
	flip b.plan b "$(pfn b.plan ramdisk)" 4097
	run -1 xb-diff file:a file:b
	[[ $output == "page differs at pfn "*", not mapped"* ||
	    $output == *", ramdisk + 0x1000, byte 0x1: "* ]]
}

# pvh NAME SIZE [xb-parse options]: file:NAME of a PVH guest, and NAME.plan.
pvh() {
	local name=$1 size=$2
	shift 2
	xb-build -q -p -t "file:$name" -m "$size" -A hvm-3.0-pvh \
	    -o "$name.plan" "$@" >name
}

# poke FOLDER ADDRESS BYTE: of a PVH guest's memory, in octal.
poke() {
	printf "\\$3" | dd of="$1/memory" bs=1 seek=$(($2)) conv=notrunc \
	    status=none
}

@test "PVH guests: line, size and ramdisk, and nothing that follows" {
	$mkimage k note:PHYS32_ENTRY=0x100200
	head -c 5000 /dev/urandom >rd
	pvh a 16M -r rd -c "one line" k
	pvh b 16M -r rd -c "one line" k
	equal a.plan b.plan
	equal file:a file:b
	pvh other 16M -r rd -c "one LINE" k
	pvh longer 16M -r rd -c "one line that is longer" k
	pvh large 20M -r rd -c "one line" k
	for name in other longer; do
		words=$(json $name.plan .command_line)
		differ a.plan $name.plan <<-END
			command_line: "one line" -> "$words"
		END
		differ file:a file:$name <<-END
			command_line: "one line" -> "$words"
		END
	done
	differ file:a file:large <<-END
		layout.pages: 4096 -> 5120 (16 MiB -> 20 MiB)
	END
	head -c 5000 /dev/zero | cat rd - >rd2
	pvh ramdisk 16M -r rd2 -c "one line" k
	differ file:a file:ramdisk <<-END
		layout.segments ramdisk: size 5000 -> 10000
	END
	# A PV guest of the same kernel is another.
	xb-build -q -p -t file:pv -m 16M -r rd -c "one line" k
	run -1 xb-diff file:a file:pv
	[[ $output == "image.abi: hvm-3.0-pvh -> xen-3.0-x86_64"* ]]
	# A PVH guest's frames are its own, and it has no page tables of Xen's.
	xb-build -q -p -t file:line -m 16M -A hvm-3.0-pvh k
	run -1 xb-diff -v file:pv file:line
	[[ $output == *"startinfo.store_mfn: pfn 0x"*" -> pfn 0xfeffc"$'\n'* ]]
	[[ $output == *"cr3 0x"*" -> 0x0"* ]]
}

@test "PVH guests: a field of start_info, an ACPI table, a page, a parameter" {
	$mkimage k note:PHYS32_ENTRY=0x100200
	echo ramdisk >rd
	pvh a 16M -r rd -c line k
	start=$(json a.plan .startinfo.va)
	module=$(json a.plan .startinfo.mod_start)
	pfn=$(hex $((start >> 12)))
	at="pfn $pfn, va $(hex $((start))), start_info + 0x0"
	while IFS='|' read -r address byte place words; do
		rm -rf b
		pvh b 16M -r rd -c line k
		poke b $((address)) "$byte"
		differ file:a file:b <<-END
			page differs at $place, $words
		END
	done <<-END
		$start + 4|002|$at|start_info.version: 0x1 -> 0x2
		$start + 32|001|$at|start_info.rsdp_paddr: 0xfc000000 -> 0xfc000001
		$module + 25|001|$at|modlist[0].reserved: 0x0 -> 0x100
		$module + 32 + 16|002|$at|memmap[0].type: 0x1 -> 0x2
		$module + 32 + 24 + 23|377|$at|memmap[1].reserved: 0x0 -> 0xff000000
		$start + 4095|001|$at|byte 0xfff: 00 -> 01
		0xfc000009|000|pfn 0xfc000, va 0xfc000000, acpi + 0x0|ACPI table RSD PTR , byte 0x9: 58 -> 00
		0xfc000210|000|pfn 0xfc000, va 0xfc000000, acpi + 0x0|ACPI table APIC, byte 0x10: 58 -> 00
		0xfeffe004|000|pfn 0xfeffe, va 0xfeffe000, identity + 0x0|byte 0x4: e7 -> 00
		0xfeff8001|001|pfn 0xfeff8, not mapped|byte 0x1: 00 -> 01
		0xfff000|007|pfn 0xfff, not mapped|byte 0x0: 00 -> 07
	END
	rm -rf b
	xb-build -q -p -t file:b -m 16M -A hvm-3.0-pvh -r rd -c line \
	    --no-xenstore k
	run -1 xb-diff file:a file:b
	[[ $output == *"HVM parameters: "*" bytes differ, the first at offset 0x8: fc -> 00"* ]]
}

@test "how many vcpus domains and records have" {
	"$mkimage" k
	for n in 1 2; do
		quiet xb-record -p -o "r$n" -t "file:d$n" -m 32M --vcpus $n k
	done
	for pair in "file:d1 file:d2" "r1 r2" "r1 file:d2" "file:d1 r2"; do
		# shellcheck disable=SC2086
		differ $pair <<-'END'
			vcpus: 1 -> 2
		END
	done
	equal r2 file:d2
	run -1 xb-diff -j file:d1 file:d2
	[ "$(jq -c '.plan[] | [.field, .from, .to]' <<<"$output")" = '["vcpus",1,2]' ]
}

@test "one byte of guest memory is found: pfn, va, segment, offset" {
	$mkimage k hypercall=yes
	head -c 100000 /dev/zero >rd
	domain a 32M -r rd k
	domain b 32M -r rd k
	at=$(pfn b.plan ramdisk)
	va=$(json b.plan '.layout.segments[] | select(.kind == "ramdisk") | .va')
	flip b.plan b $((at + 2)) 0x10
	differ file:a file:b <<-END
	page differs at pfn $(hex $((at + 2))), va $(hex $((va + 0x2000))), ramdisk + 0x2000, byte 0x10: 00 -> 01
	END
	# its neighbours are one line with it, others are not
	flip b.plan b $((at + 3)) 0
	flip b.plan b $((at + 3)) 4095
	flip b.plan b $((at + 5)) 7
	differ file:a file:b <<-END
	pages differ from pfn $(hex $((at + 2))), va $(hex $((va + 0x2000))), ramdisk + 0x2000, byte 0x10: 00 -> 01; 3 bytes in 2 pages
	page differs at pfn $(hex $((at + 5))), va $(hex $((va + 0x5000))), ramdisk + 0x5000, byte 0x7: 00 -> 01
	END
	xb-diff -j file:a file:b >j || [ $? = 1 ]
	[ "$(jq -c '.pages | map([.pfn, .pages, .va, .segment, .offset, .byte, .from, .to, .bytes])' j)" = \
	    "[[$((at + 2)),2,\"$(hex $((va + 0x2000)))\",\"ramdisk\",8192,16,0,1,3],[$((at + 5)),1,\"$(hex $((va + 0x5000)))\",\"ramdisk\",20480,7,0,1,1]]" ]
	[ "$(jq -c '[.equal, .plan]' j)" = '[false,[]]' ]
}

@test "a byte outside of all segments, and of structures" {
	$mkimage k
	domain a 32M -c x k
	domain b 32M -c x k
	cp b/memory clean
	flip b.plan b 8191 9
	differ file:a file:b <<-'END'
	page differs at pfn 0x1fff, not mapped, byte 0x9: 00 -> 01
	END
	cp clean b/memory
	flip b.plan b 3 9
	differ file:a file:b <<-'END'
	page differs at pfn 0x3, va 0xffffffff80003000, in no segment, byte 0x9: 00 -> 01
	END
	cp clean b/memory
	# L1 entry 1, lowest bit: not present
	flip b.plan b $(($(pfn b.plan page_tables) + 3)) 8
	run -1 xb-diff file:a file:b
	[[ $output == *"page_tables + 0x3000, L1 entry 1 (va 0xffffffff80001000), frames as pfns: 0x1023 -> 0x1022" ]]
	cp clean b/memory
	# of the list, the entry of pfn 2
	flip b.plan b "$(pfn b.plan p2m)" 16
	run -1 xb-diff file:a file:b
	[[ $output == *"p2m + 0x0, entry of pfn 0x2, frames as pfns: 0x2 -> 0x"* ]]
	cp clean b/memory
	# of start_info: magic, flags, the number of pages, the shared_info frame
	at=$(pfn b.plan start_info)
	flip b.plan b "$at" 0
	run -1 xb-diff file:a file:b
	[[ $output == *", start_info + 0x0, byte 0x0: 78 -> 79" ]]
	cp clean b/memory
	flip b.plan b "$at" 48
	differ file:a file:b <<-'END'
	startinfo.flags: 0x10 -> 0x11
	END
	cp clean b/memory
	flip b.plan b "$at" 32
	run -1 xb-diff file:a file:b
	[[ $output == *", start_info + 0x0, byte 0x20: 00 -> 01" ]]
	cp clean b/memory
	flip b.plan b "$at" 42
	run -1 xb-diff file:a file:b
	[[ $output == *", start_info + 0x0, byte 0x29: "* ]]
	cp clean b/memory
	equal file:a file:b
}

@test "many places of a segment are summed up, but with -v" {
	$mkimage k
	head -c 100000 /dev/zero >rd
	domain a 32M -r rd k
	domain b 32M -r rd k
	at=$(pfn b.plan ramdisk)
	for i in 0 2 4 6 8 10 12 14 16 18 20; do
		flip b.plan b $((at + i)) 1
	done
	run -1 xb-diff file:a file:b
	[ "${#lines[@]}" = 9 ]
	[ "${lines[8]}" = "and 3 more pages of ramdisk, in 3 places (-v shows them)" ]
	run -1 xb-diff -v file:a file:b
	[ "${#lines[@]}" = 11 ]
}

@test "what follows is shown by -v, under its heading" {
	$mkimage k
	xb-parse k | xb-layout -m 32M >a
	xb-layout -m 64M a >b
	run -1 xb-diff -v a b
	[ "${lines[0]}" = "layout.pages: 8192 -> 16384 (32 MiB -> 64 MiB)" ]
	[ "${lines[1]}" = "which follows from that:" ]
	[ "${lines[2]}" = "layout.segments p2m: pages 16 -> 32, size 65536 -> 131072" ]
	[[ ${lines[3]} == "layout.segments start_info: pfn 0x"*" (moved by 16 pages)" ]]
	xb-diff -j a b >j || [ $? = 1 ]
	[ "$(jq -c '[.plan[] | select(.follows | not)]' j)" = \
	    '[{"path":"layout.pages","in":"layout","entry":null,"field":"pages","from":8192,"to":16384,"follows":false}]' ]
}

@test "an edited layout follows from nothing" {
	$mkimage k
	xb-parse k | xb-layout -m 32M >a
	xb-show -j a | jq '.layout.segments |= map(if .kind == "kernel" then
	    .size -= 1 else . end)' | xb-plan >b
	run -1 xb-diff a b
	[[ $output == "layout.segments kernel: size "*" -> "* ]]
	[ "${#lines[@]}" = 1 ]
	xb-show -j a | jq '.command_line = "q\u001b[31m"' | xb-plan | xb-diff a - >have || [ $? = 1 ]
	[ "$(cat have)" = 'command_line: "" -> "q\x1b[31m"' ]
}

@test "how far the stages went" {
	$mkimage k
	build k 32M
	differ layout built <<-'END'
	memory, pagetables, startinfo, vcpus, launched: only in the second
	END
	differ built tables <<-'END'
	startinfo, vcpus, launched: only in the first
	END
	equal loaded loaded
}

@test "another ramdisk: its size, or its bytes" {
	$mkimage k
	head -c 9000 /dev/zero >rd
	cp rd rd2
	printf x | dd of=rd2 bs=1 seek=4100 conv=notrunc status=none
	head -c 20000 /dev/zero >rd3
	for r in rd rd2 rd3; do
		xb-parse -r $r k | xb-layout -m 32M >p-$r
	done
	differ p-rd p-rd2 <<-'END'
	modules[0].parts ramdisk: 1 byte differs, at offset 0x1004: 00 -> 78
	END
	differ p-rd p-rd3 <<-'END'
	modules[0].parts ramdisk: size 9000 -> 20000
	END
	# bytes that are no longer there: their digests
	rm rd2
	run -1 xb-diff p-rd p-rd2
	[[ $output == "modules[0].parts ramdisk: sha256 "*"... -> "*"..." ]]
}

@test "quiet is quiet, and standard input is one of the two" {
	$mkimage k
	xb-parse -c a k >a
	xb-parse -c b k >b
	run --separate-stderr -1 xb-diff -q a b
	[ -z "$output$stderr" ]
	run -0 xb-diff a - <a
	run -1 xb-diff - b <a
}

@test "a domain that was unpaused, on paper, is what it was" {
	$mkimage k
	domain a 32M k
	domain b 32M k
	xb-domain unpause file:b
	equal file:a file:b
}

@test "what cannot be compared is refused" {
	$mkimage k
	domain a 32M k
	refused 64 "two things are compared" xb-diff a.plan
	refused 64 "two things are compared" xb-diff a.plan a.plan a.plan
	refused 64 "only one of the two can be standard input" xb-diff - -
	refused 64 "xb-verify holds a domain against its plan" \
	    xb-diff a.plan file:a
	refused 66 "'nothing'" xb-diff a.plan nothing
	refused 69 "file:nothing" xb-diff file:a file:nothing
	echo rubbish >bad
	refused 65 "bad" xb-diff a.plan bad
	: >empty
	refused 65 "empty" xb-diff a.plan empty
	mkdir folder
	refused 65 "folder" xb-diff a.plan folder
}

@test "a domain that is not built is refused" {
	$mkimage k
	domain a 32M k
	xb-domain create -t file:b -m 32M
	refused 69 "has no memory yet" xb-diff file:a file:b
	xb-parse k | xb-layout -m 32M | xb-load -t file:b >loaded
	refused 69 "'xb-launch -p' sets them" xb-diff file:a file:b
	xb-pgtab loaded | xb-startinfo | xb-launch -p >b.plan
	equal file:a file:b
	# mfn_list of start_info points to another page
	flip b.plan b "$(pfn b.plan start_info)" 105
	refused 69 "is not a built domain: the p2m list of its start_info" \
	    xb-diff file:a file:b
}

@test "-j of two equals, and of sections" {
	$mkimage k
	build k 32M
	[ "$(xb-diff -j built built | jq -c .)" = '{"equal":true,"plan":[],"pages":[]}' ]
	xb-diff -j layout loaded >j || [ $? = 1 ]
	[ "$(jq -c .plan j)" = '[{"path":"memory","in":"memory","entry":null,"words":"only in the second","follows":false}]' ]
}

@test "records: the three cases, and a guest that is another" {
	$mkimage k note:GUEST_VERSION=2.6 hypercall=yes
	$mkimage other note:GUEST_VERSION=2.7 hypercall=yes
	record() {
		local name=$1 size=$2
		shift 2
		xb-record -o "r-$name" -p -t "file:$name" -m "$size" "$@"
	}
	record a 32M -c "a=b" k
	record b 32M -c "a=b" k
	record note 32M -c "a=b" other
	record line 32M -c "a=c" k
	record size 64M -c "a=b" k
	xb-parse k >r-plan
	rm k other
	equal r-a r-b
	equal r-a file:b
	differ r-a r-note <<-'END'
	image.notes GUEST_VERSION: "2.6" -> "2.7"
	END
	differ r-a r-line <<-'END'
	command_line: "a=b" -> "a=c"
	END
	differ r-a file:line <<-'END'
	command_line: "a=b" -> "a=c"
	END
	differ r-size r-a <<-'END'
	layout.pages: 16384 -> 8192 (64 MiB -> 32 MiB)
	END
	differ file:size r-a <<-'END'
	layout.pages: 16384 -> 8192 (64 MiB -> 32 MiB)
	END
	# what the options did is told once, and with -v so are they
	run -1 xb-diff -v r-a r-line
	[[ $output == *"which follows from that:"*"options command-line: another value"* ]]
	# a byte of a guest, by its digest
	xb-build -p -t file:c -m 32M -o c.plan -c "a=b" r-a/blobs/sha256/"$(
	    json r-plan '.image.payloads[0].sha256')"
	equal r-a file:c
	flip c.plan c "$(pfn c.plan kernel)" 77
	run -1 xb-diff r-a file:c
	[ "$output" = "page differs at pfn 0x100, va 0xffffffff80100000, kernel + 0x0" ]
}

@test "a record that is none, or without a guest, is refused" {
	$mkimage k
	xb-record -o r -p -t file:a -m 32M k
	xb-record -o failed -p -t file:b -m 1M k || true
	refused 65 "no guest to compare" xb-diff failed file:a
	mkdir foreign
	echo '{"imageLayoutVersion":"1.0.0"}' >foreign/oci-layout
	refused 65 "foreign" xb-diff r foreign
	run -1 xb-diff r failed
}

@test "no program prints a control character of a plan, DEL among them" {
	$mkimage k
	xb-parse -c $'a\x7fb\xc2\x9bc\xe2\x80\xae' k | xb-layout -m 32M >one
	xb-parse -c z k | xb-layout -m 32M >two
	for c in "xb-show one" "xb-show -j one" "xb-show --map one" \
	    "xb-show --svg one" "xb-diff one two" "xb-diff -j one two"; do
		$c >said || [ $? = 1 ]
		! grep -qP '[\x00-\x08\x0b-\x1f\x7f-\x{9f}\x{202e}]' said || {
			echo "$c"
			return 1
		}
	done
	xb-diff -j one two >said || [ $? = 1 ]
	grep -q 'a\\u007fb\\u009bc\\u202e' said
}
