# PVH guests on paper: xb-parse, xb-layout, xb-show; the rules of the layout
# itself are in test-layout.c.
load helper

# fact FILTER: of the plan in the file plan.
fact() {
	json plan "$1"
}

# segments: kind gfn pages of each, in hexadecimal.
segments() {
	fact '.layout.segments[] | "\(.kind) \(.pfn) \(.pages)"' |
	    while read -r kind pfn pages; do
		printf '%s 0x%x 0x%x\n' "$kind" "$pfn" "$pages"
	done
}

@test "Debian's kernel is PV, and PVH where -A says so: a bzImage and a vmlinux" {
	xb-parse "$vmlinuz" >plan
	[ "$(fact .image.abi)" = xen-3.0-x86_64 ]
	entry=$(fact '.image.notes[] | select(.name == "PHYS32_ENTRY").number')
	run -0 xb-show plan
	[[ $output == *"can be built"*"as PV, and as PVH with -A hvm-3.0-pvh: entry $entry"* ]]
	xb-parse -A hvm-3.0-pvh -c "console=hvc0" "$vmlinuz" >plan
	[ "$(fact '.image | [.abi, .virt_base, .paddr_offset, .entry] | @csv')" = \
	    "\"hvm-3.0-pvh\",\"0x0\",\"0x0\",\"$entry\"" ]
	[ "$(fact .image.kstart)" = 0x1000000 ]
	[ "$(fact '.image | has("hypercall_page") or has("init_p2m")')" = false ]
	fact .image >image
	cp "$XB_STORE/blobs/sha256/$(fact '.image.payloads[0].sha256')" vmlinux
	xb-parse -A hvm-3.0-pvh vmlinux >plan
	fact .image | diff <(jq '.container = "none" | .codec = "none"' image) \
	    <(fact .image | jq .)
}

@test "-A takes a type, and the last -A counts" {
	$mkimage k note:PHYS32_ENTRY=0x100200
	abi() { xb-parse "$@" >plan && fact .image.abi; }
	[ "$(abi -A pvh k)" = hvm-3.0-pvh ]
	[ "$(abi -A pvh -A pv k)" = xen-3.0-x86_64 ]
	$mkimage k drop=ENTRY note:PHYS32_ENTRY=0x100200
	[ "$(abi k)" = hvm-3.0-pvh ]
	refused 65 "'k' is PVH only: it has the note PHYS32_ENTRY at " \
	    xb-parse -A pv k
	[ "$(abi -A pv -A pvh k)" = hvm-3.0-pvh ]
	$mkimage k
	refused 65 "it has no note PHYS32_ENTRY" xb-parse -A pvh k
	refused 64 "unknown ABI 'hvm'; known are " xb-parse -A hvm k
}

@test "a kernel that is PVH alone needs no option" {
	xb-parse $grub/grub-i386-xen_pvh.bin >plan
	[ "$(fact '.image | [.abi, .entry] | @csv')" = \
	    '"hvm-3.0-pvh","0x100000"' ]
	run -0 xb-show plan
	[[ $output == *"can be built    as PVH alone"* && $output != *"virt base"* ]]
	for abi in xen-3.0-x86_64 xen-3.0-x86_32p; do
		$mkimage k abi=$abi drop=ENTRY note:PHYS32_ENTRY=0x100200
		xb-parse k >plan
		[ "$(fact '.image | [.abi, .entry, .kstart] | @csv')" = \
		    '"hvm-3.0-pvh","0x100200","0x100000"' ]
	done
	# Its class need not be that of its machine, as a PV kernel's must.
	$mkimage k abi=xen-3.0-x86_32p drop=ENTRY note:PHYS32_ENTRY=0x100200 \
	    set:e_machine=62
	xb-parse k >plan
	[ "$(fact .image.abi)" = hvm-3.0-pvh ]
	refused 65 "x86-64, which does not fit a 32-bit image (e_ident[4]); -A pvh takes it" \
	    xb-parse -A pv k
	# Nothing else is asked of its notes.
	$mkimage k drop=ENTRY drop=LOADER drop=GUEST_OS drop=XEN_VERSION \
	    drop=VIRT_BASE note:PHYS32_ENTRY=0x100200 hypercall=0x1 \
	    note:INIT_P2M=0x1
	quiet xb-parse k
	# It may demand what no PV guest has.
	$mkimage k note:PHYS32_ENTRY=0x100200 \
	    note:FEATURES='!auto_translated_physmap|!supervisor_mode_kernel'
	quiet xb-parse -A hvm-3.0-pvh k
}

@test "the words of PHYS32_RELOC are kept and shown" {
	$mkimage k note:PHYS32_ENTRY=0x100200 \
	    note:PHYS32_RELOC=0x200000:0x1000000:0xffffffff
	xb-parse k >plan
	[ "$(fact '.image.notes[] | select(.name == "PHYS32_RELOC").text')" = \
	    "0x200000 0x1000000 0xffffffff" ]
	run -0 xb-show plan
	[[ $output == *"PHYS32_RELOC"*"'0x200000 0x1000000 0xffffffff'"* ]]
	$mkimage k note:PHYS32_ENTRY=0x100200 note:PHYS32_RELOC=0x200000:0x0
	xb-parse k >plan
	[ "$(fact '.image.notes[] | select(.name == "PHYS32_RELOC").text')" = \
	    "0x200000 0x0" ]
}

@test "what is no PVH kernel is refused" {
	$mkimage k
	refused 65 "'k': it has no note PHYS32_ENTRY, where a PVH guest begins" \
	    xb-parse -A hvm-3.0-pvh k
	pvh() { $mkimage k drop=ENTRY "$@"; }
	pvh note:PHYS32_ENTRY=0x10
	refused 65 "note PHYS32_ENTRY at 0x" xb-parse k
	[[ $stderr == *"0x10"*"outside the kernel, 0x100000-0x"* ]]
	# p_paddr into the hole, right below it, past 4 GiB, into the page before
	pvh note:PHYS32_ENTRY=0xfc000000 base=0 paddr=0xfc000000
	refused 65 "touches the hole below 4 GiB, where a PVH guest has no memory 0xfc000000-0xffffffff" \
	    xb-parse k
	pvh note:PHYS32_ENTRY=0xfbffe000 base=0 paddr=0xfbffe000
	refused 65 "touches the hole below 4 GiB" xb-parse k
	pvh note:PHYS32_ENTRY=0x1000 base=0 paddr=0x100000000
	refused 65 "is outside the 32-bit address space of hvm-3.0-pvh" xb-parse k
	pvh note:PHYS32_ENTRY=0x1000 base=0 paddr=0xffffe000
	refused 65 "hvm-3.0-pvh" xb-parse k
	pvh note:PHYS32_ENTRY=0x100200 paddr=0x100100
	refused 65 "starts at 0x100100, which is not a multiple of 4096" xb-parse k
}

@test "Debian's kernel in 256 MiB has the layout that libxenguest gives it" {
	$mkimage k paddr=0x1000000 bss=$((0x3a00000 - 0x3000 - 0x107b)) \
	    note:MOD_START_PFN=1 note:PHYS32_ENTRY=0x1000850
	head -c $((0x1e4410)) /dev/urandom >rd
	xb-parse -A hvm-3.0-pvh -r rd -c "console=hvc0 panic=-1 a" k |
	    xb-layout -m 256M >plan
	cat >want <<-END
		kernel 0x1000 0x3a00
		start_info 0x4a00 0x1
		ramdisk 0x4a01 0x1e5
		acpi 0xfc000 0x1
		xenstore 0xfeffc 0x1
		identity 0xfeffe 0x1
		console 0xfefff 0x1
	END
	segments | diff want -
	[ "$(fact '.layout.gfns | tostring')" = \
	    "[[0,65536],[$((0xfc000)),1],[$((0xfeff8)),8]]" ]
	[ "$(fact '[.layout.segments[] | .va == null] | any')" = false ]
	[ "$(fact .layout.segments[3].va)" = 0xfc000000 ]
	xb-show -j plan | xb-plan | cmp - plan
	[ "$(stat -c %s plan)" -lt 2200 ]
}

@test "memory of 5 GiB lies on both sides of the hole, and is shown and drawn" {
	xb-parse -A hvm-3.0-pvh "$vmlinuz" | xb-layout -m 5G >plan
	[ "$(fact '.layout.gfns | tostring')" = \
	    "[[0,$((0xfc000))],[$((0xfc000)),1],[$((0xfeff8)),8],[$((0x100000)),$((0x44000))]]" ]
	run -0 xb-show plan
	[[ $output == *"in use at start"*"hole         0xfc001"*"free         0x100000"* ]]
	[[ $output != *$'\n  page tables'* && $output != *"mapped at start"* ]]
	run -0 xb-show --map plan
	[[ $output == *"Guest memory of 5 GiB, 1310720 pages, for hvm-3.0-pvh"*hole* ]]
	xb-show --svg plan >svg
	"$root/tests/svgcheck" svg
	grep -q "physical addresses" svg
}

@test "a layout that is not what the memory gives is refused" {
	$mkimage k note:PHYS32_ENTRY=0x100200
	xb-parse -A hvm-3.0-pvh k | xb-layout -m 16M >plan
	edit() { xb-show -j plan | jq "$1" | xb-plan; }
	refused 65 "'layout.gfns' is not what a PVH guest of 4096 pages has" \
	    edit '.layout.gfns[0][1] = 4095'
	refused 65 "'layout.gfns' is not what" edit 'del(.layout.gfns)'
	refused 65 "where Xen's tools look for it" \
	    edit '(.layout.segments[] | select(.kind == "acpi")) |= (.pfn = 300 | .va = "0x12c000")'
	refused 65 "the 'start_info' segment has 1 bytes" \
	    edit '(.layout.segments[] | select(.kind == "start_info")).size = 1'
	refused 65 "'layout.segments'" \
	    edit '.layout.segments |= map(select(.kind != "identity"))'
	refused 65 "'layout.clear' lacks" edit 'del(.layout.clear[-1])'
	refused 65 "the plan has 'pagetables', which the plan of a pvh guest has not" \
	    edit '.pagetables = {"root_mfn": 1, "pt_base": "0x0", "frames": 1, "p2m": "0x0", "first_p2m_pfn": 0, "p2m_frames": 0}'
	xb-parse k | xb-layout -m 16M >plan
	refused 65 "'layout.gfns' has 1 runs; a 64-bit guest has none" \
	    edit '.layout.gfns = [[0, 4096]]'
}

@test "what reaches into the hole, beyond the memory or above 4 GiB is refused" {
	$mkimage k drop=ENTRY note:PHYS32_ENTRY=0x2000200 paddr=0x2000000
	xb-parse k >parsed
	refused 65 "" xb-layout -m 32M parsed
	[[ $stderr == *"32 MiB"* || $stderr == *"32768 KiB"* || $stderr == *8192* ]]
	xb-layout -q -m 33M parsed >ok
	# Modules: more than the memory, and up to the hole where there is more.
	truncate -s 20M large
	$mkimage k note:PHYS32_ENTRY=0x100200
	for how in "-r large" "--module large" "--module k --module large"; do
		# shellcheck disable=SC2086
		xb-parse -A hvm-3.0-pvh $how k >parsed
		refused 65 "" xb-layout -m 20M parsed
		xb-layout -q -m 24M parsed >ok
	done
	for mod in 0 1; do
		$mkimage k drop=ENTRY note:PHYS32_ENTRY=0xfb000200 paddr=0xfb000000 \
		    base=0 note:MOD_START_PFN=$mod
		xb-parse -r large k >parsed
		refused 65 "must lie below 0xfc000000, where the hole below 4 GiB" \
		    xb-layout -m 5G parsed
	done
	xb-parse k | xb-layout -m 5G >ok
	# A plan that says so, segment by segment.
	$mkimage k note:PHYS32_ENTRY=0x100200
	echo ramdisk >rd
	xb-parse -A hvm-3.0-pvh -r rd k | xb-layout -m 5G >plan
	edit() { xb-show -j plan | jq "$1" | xb-plan; }
	to() { # SEGMENT GFN
		refused 65 "'layout." edit "(.layout.segments[] |
		    select(.kind == \"$1\")) |= (.pfn = $(($2)) |
		    .va = \"$(printf 0x%x $(($2 << 12)))\") |
		    .layout.segments |= sort_by(.pfn)"
	}
	for gfn in 0xfbfff 0xfc000 0xfc001 0xfee00 0xfeff8 0xfffff 0x100000 \
	    0x144000 0xfffffffff; do
		to start_info $gfn
		to ramdisk $gfn
		to kernel $gfn
	done
	for kind in acpi identity xenstore console; do
		to $kind 0x200
		to $kind 0xfeffb
	done
	refused 65 "'layout.load" edit '.layout.load[-1].paddr = "0xfee00000"'
	refused 65 "'layout.load" edit '.layout.load[-1].paddr = "0x100000000"'
	refused 65 "'layout.clear" edit '.layout.clear += [[1044480, 1]]'
	refused 65 "'layout.gfns'" edit '.layout.gfns[0][1] += 1'
	refused 65 "'layout.gfns'" edit '.layout.gfns[1] = [1044992, 1]'
	refused 65 "'image.entry' is 0xfee00000, in the hole" \
	    edit '.image.entry = "0xfee00000"'
	refused 65 "'image.entry' is 0x300000" edit '.image.entry = "0x300000"'
}

@test "before it runs, a PVH guest has no page tables to walk" {
	$mkimage k note:PHYS32_ENTRY=0x100200
	xb-parse -A hvm-3.0-pvh k | xb-layout -m 16M >plan
	refused 65 "starts with paging off" xb-walk plan 0x100200
}

# pipe: plan of a PVH guest of 16 MiB, kernel k, built in file:d, each stage twice.
pipe() {
	xb-load -t file:d plan >loaded
	xb-pgtab loaded >tables
	xb-startinfo tables >told
	xb-launch -p told >built
}

# word ADDRESS [BYTES]: that of file:d's memory, in hexadecimal.
word() {
	od -An -v -j $(($1)) -N "${2:-4}" -t "x${2:-4}" d/memory | tr -d ' '
}

# written: a digest of what file:d has in 16 MiB of memory and beside it; the
# file is 4 GiB long.
written() {
	{
		head -c 16M d/memory
		dd if=d/memory bs=4096 skip=$((0xfc000)) count=1 status=none
		dd if=d/memory bs=4096 skip=$((0xfeff8)) count=8 status=none
	} | sha256sum
}

@test "a PVH guest is built in files, and each stage runs again" {
	for abi in xen-3.0-x86_64 xen-3.0-x86_32p; do
		$mkimage k abi=$abi note:PHYS32_ENTRY=0x100200
		echo initrd >rd
		xb-domain create -t file:d --type pvh -m 16M --vcpus 3
		xb-parse -A hvm-3.0-pvh -r rd -c "a command line" k |
		    xb-layout -m 16M >plan
		pipe
		[ "$(json built '.identity.gfn, .launched, .startinfo.shared_info_mfn' |
		    paste -sd ' ')" = "$((0xfeffe)) false 0" ]
		start=$(json built .startinfo.va)
		[ "$(word $start)" = 336ec578 ]
		[ "$(word $((start + 12)))" = 00000001 ]
		line=$((0x$(word $((start + 24)) 8)))
		[ "$(dd if=d/memory bs=1 skip=$line count=14 status=none)" = \
		    "a command line" ]
		module=$((0x$(word $((start + 16)) 8)))
		at=$((0x$(word $module 8)))
		[ "$(dd if=d/memory bs=1 skip=$at count=6 status=none)" = initrd ]
		[ "$(word 0xfeffe004)" = 004000e7 ]
		[ "$(dd if=d/memory bs=1 skip=$((0xfc000000)) count=8 status=none)" = \
		    "RSD PTR " ]
		xb-verify built >verified
		[ "$(tail -n 1 verified)" = \
		    "14 checks: 14 ok, 0 differ, 0 not made" ]
		grep -q " vcpu 0 starts at address 0x100200, " verified
		grep -q ": 1 module, 3 entries of the memory map; " verified
		sum=$(written)
		for stage in load:loaded pgtab:tables startinfo:told "launch -p:built"; do
			# shellcheck disable=SC2086
			xb-${stage%:*} "${stage#*:}" >again
			cmp again "${stage#*:}"
		done
		[ "$(written)" = "$sum" ]
		[ "$(stat -c %s d/memory)" = $((0xff000000)) ]
		[ "$(du -k d/memory | cut -f 1)" -lt 20480 ]
		quiet xb-domain unpause file:d
		refused 69 "constructed" xb-load built
		xb-domain destroy file:d
	done
}

# text ADDRESS BYTES: those of file:d's memory.
text() {
	dd if=d/memory bs=1 skip=$(($1)) count="$2" status=none
}

@test "modules of a PVH guest, each with its command line" {
	$mkimage k note:PHYS32_ENTRY=0x100200
	echo initrd >rd
	head -c 5000 /dev/zero | tr '\0' m >m1
	echo last >m2
	xb-parse -A hvm-3.0-pvh --module m1 --module-line "the first, it is" \
	    -r rd --module m2 -c k k >plan
	xb-show plan >said
	[ "$(json plan '[.modules[].parts[0].role] | @csv')" = \
	    '"ramdisk","module.1","module.2"' ]
	[ "$(json plan '[.modules[].command_line] | @csv')" = \
	    ',"the first, it is",' ]
	[ "$(grep -c '^module$' said)" = 2 ]
	grep -q "^  command line *'the first, it is'$" said
	xb-layout -m 16M plan >laid
	mv laid plan
	xb-domain create -t file:d --type pvh -m 16M
	pipe
	start=$(json built .startinfo.va)
	[ "$(word $((start + 12)))" = 00000003 ]
	list=$((0x$(word $((start + 16)) 8)))
	for i in 0 1 2; do
		at=$((list + 32 * i))
		echo "$i $(text 0x$(word $at 8) 4) $((0x$(word $((at + 8)) 8)))"
		line=$((0x$(word $((at + 16)) 8)))
		[ $line = 0 ] || text $line 17 | tr '\0' '\n'
		[ "$((0x$(word $at 8) % 4096))" = 0 ]
	done >listed
	diff - listed <<-'END'
		0 init 7
		1 mmmm 5000
		the first, it is
		2 last 5
	END
	# The same from xb-build, which takes them in their order.
	xb-build -q -p -t file:c -m 16M -A hvm-3.0-pvh -o other --module m1 \
	    --module-line "the first, it is" -r rd --module m2 -c k k
	[ "$(json other '.modules | tostring')" = \
	    "$(json built '.modules | tostring')" ]
	for what in built file:d; do
		quiet xb-verify -q $what
		xb-show $what >said
		grep -q "^  modules  *3, list at $(printf 0x%08x $list)$" said
		grep -q "^  console  *gfn 0xfefff, event channel 2" said
	done
	quiet xb-diff file:c file:d
}

@test "modules that are refused" {
	$mkimage k note:PHYS32_ENTRY=0x100200
	echo m >m
	: >empty
	pvh() { xb-parse -A hvm-3.0-pvh "$@" k; }
	refused 65 "--module 'm': a guest of xen-3.0-x86_64 has a ramdisk, which -r gives it, and no list of modules; -A hvm-3.0-pvh makes a PVH guest" \
	    xb-parse --module m k
	refused 64 "--module-line 'x' is for the --module before it, and there is none" \
	    pvh --module-line x
	refused 64 "--module 'm' has two lines, 'x' and 'y'" \
	    pvh --module m --module-line x --module-line y
	refused 64 "without -c, --module, -r" xb-parse --can --module m k
	refused 65 "module 'empty' is empty" pvh --module empty
	refused 66 "cannot open 'nowhere'" pvh --module nowhere
	head -c 30000 /dev/zero >large
	refused 65 "'large' has 30000 bytes, over the limit of 25000" \
	    pvh --max-input 25000 --module large
	many=$(printf -- '--module m %.0s' $(seq 16))
	# shellcheck disable=SC2086
	pvh $many >/dev/null
	# shellcheck disable=SC2086
	refused 65 "17 modules given, with that of -r; a PVH guest has 16 at most" \
	    pvh -r m $many
	refused 65 "the line of module 'm' has 4097 bytes, over the 4096" \
	    pvh --module m --module-line "$(head -c 4097 /dev/zero | tr '\0' x)"
}

@test "Debian's kernel is built in files as PVH, on both sides of the hole" {
	xb-domain create -t file:d --type pvh -m 5G >/dev/null
	xb-parse -A hvm-3.0-pvh "$vmlinuz" | xb-layout -m 5G >plan
	pipe
	[ "$(xb-domain info -j file:d | jq -c '[.type, .abi, .pages, .constructed]')" = \
	    "[\"pvh\",\"hvm-3.0-pvh\",$((5 * 262144 + 9)),true]" ]
	[ "$(stat -c %s built)" -lt 3200 ]
	quiet xb-verify -q built
	quiet xb-show built
	[[ $output != *shared_info* && $output == *"identity"* ]]
}

@test "a domain takes the guests alone that it was made for" {
	$mkimage k note:PHYS32_ENTRY=0x100200
	xb-domain create -t file:d -m 16M
	xb-domain create -t file:h --type pvh -m 16M
	xb-parse -A hvm-3.0-pvh k | xb-layout -m 16M >plan
	xb-parse k | xb-layout -m 16M >pv
	refused 69 "this is a PVH kernel (hvm-3.0-pvh), and the domain was made for pv guests; make one with 'xb-domain create --type pvh'" \
	    xb-load -t file:d plan
	refused 69 "this is a 64-bit kernel (xen-3.0-x86_64), and the domain was made for pvh guests; make one with 'xb-domain create --type pv'" \
	    xb-load -t file:h pv
	xb-layout -m 20M plan >large
	refused 69 "'file:$PWD/h' is too small: 20480 KiB needed, 16384 KiB given" \
	    xb-load -t file:h large
	xb-load -t file:d pv >/dev/null
	xb-load -t file:h plan >/dev/null
}

@test "a plan of a PVH guest in a domain is checked" {
	$mkimage k note:PHYS32_ENTRY=0x100200
	xb-domain create -t file:d --type pvh -m 16M
	xb-parse -A hvm-3.0-pvh k | xb-layout -m 16M >plan
	pipe
	edit() { xb-show -j built | jq "$1" | xb-plan; }
	refused 65 "'startinfo.shared_info_mfn' is 0x5; a PVH guest maps its own, so it is 0" \
	    edit '.startinfo.shared_info_mfn = 5'
	[ "$(json built '.vcpus[0].bx')" = "$(json built .startinfo.va)" ]
	refused 65 "'vcpus[0].bx' is missing; a PVH guest finds start_info by it, at 0x107000" \
	    edit 'del(.vcpus[0].bx)'
	refused 65 "'vcpus[0].bx' is another address" edit '.vcpus[0].bx = "0x5"'
	refused 65 "identity.gfn" edit '.identity.gfn = 5'
	refused 65 "startinfo.store_mfn" edit '.startinfo.store_mfn = 5'
}

@test "a PVH domain without its plan is verified and shown" {
	$mkimage k note:PHYS32_ENTRY=0x100200
	xb-domain create -t file:d --type pvh -m 16M
	xb-parse -A hvm-3.0-pvh k | xb-layout -m 16M >plan
	pipe
	xb-verify file:d >verified
	[ "$(tail -n 1 verified)" = \
	    "14 checks: 11 ok, 0 differ, 3 not made" ]
	grep -q ": 0 modules, 3 entries of the memory map; " verified
	run -0 xb-show file:d
	[[ $output == *"  start_info   0x"* && $output != *"mapped by vcpu"* ]]
	xb-show -j file:d >told
	[ "$(jq -c '[.mapped, .why]' told)" = '[[],null]' ]
	[ "$(jq .plan.startinfo told)" = "$(json built .startinfo)" ]
}

@test "xb-build makes a PVH domain in files where -A asks for one" {
	$mkimage k note:PHYS32_ENTRY=0x100200
	xb-build -p -t file:d -m 16M -A hvm-3.0-pvh k
	xb-domain info file:d | grep -q '^type  *pvh$'
	xb-domain info file:d | grep -q \
	    '^memory  *16384 KiB of at most 16384 KiB, and 36 KiB beside it$'
	xb-domain info -j file:d | grep -q '"pages": 4105,'
	xb-build -p -t file:c -m 16M -A hvm-3.0-pvh -o plan k
	xb-show plan >said
	grep -q '^  done    xb-pgtab      identity$' said
	grep -q '^  memory  *4105 pages in 3 runs$' said
	# A kernel that is PVH alone needs no -A.
	$mkimage only drop=ENTRY note:PHYS32_ENTRY=0x100200
	quiet xb-build -p -t file:e -m 16M only
	xb-domain info file:e | grep -q '^type  *pvh$'
	refused 65 "PVH only" xb-build -p -t file:f -m 16M -A pv only
	[ ! -e f ]
}
