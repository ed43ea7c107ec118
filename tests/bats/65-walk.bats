# xb-walk: what an address maps.
load helper

# last_line PATTERN: of what run printed.
last_line() {
	[[ ${lines[-1]} =~ $1 ]] || {
		echo "$output"
		return 1
	}
}

# poke MFN ENTRY VALUE: writes an 8-byte entry of a table, behind all backs.
poke() {
	/usr/bin/python3 -IS - "$@" <<'PY'
import sys
mfn, entry, value = (int(a, 0) for a in sys.argv[1:])
with open("dom/memory", "r+b") as f:
    f.seek(mfn * 4096 + entry * 8)
    f.write(value.to_bytes(8, "little"))
PY
}

# entry LEVEL FIELD: of the walk in JSON that is in the file walk.
entry() {
	jq -r ".levels[] | select(.level == $1).$2" walk
}

@test "each ABI: every segment's address maps its own frames, built and planned" {
	for abi in $abis; do
		rm -rf dom
		$mkimage k abi=$abi
		head -c 20000 /dev/urandom >rd
		build k 32M -r rd
		xb-show -j built >plan
		jq -r '.layout.segments[] | select(.va) | "\(.kind) \(.pfn) \(.va)"' \
		    plan >segments
		[ "$(wc -l <segments)" -ge 6 ]
		while read -r kind pfn va; do
			# the frame of the p2m extents, by hand
			mfn=$(jq --argjson pfn "$pfn" '[.memory.p2m | foreach .[] as $e
			    ({at: 0, n: 0}; {at: (.at + .n), n: $e[1], mfn: $e[0]}; .) |
			    select(.at <= $pfn and $pfn < .at + .n) |
			    .mfn + $pfn - .at][0]' plan)
			hex=$(printf 'mfn 0x%x, pfn 0x%x' "$mfn" "$pfn")
			run -0 xb-walk built "$va"
			last_line "^$va -> $hex \($kind \+ 0x0\)$"
			run -0 xb-walk file:dom "$va"
			last_line "^$va -> $hex$"
			run -0 xb-walk layout "$va"
			[[ ${lines[0]} == "$abi, as planned: entries name pfns" ]]
			last_line "^$va -> pfn 0x[0-9a-f]* \($kind \+ 0x0\)$"
		done <segments
	done
}

@test "each level is shown: table, place, entry, flags" {
	$mkimage k
	build k 32M
	root=$(json built .pagetables.root_mfn)
	va=$(json built .pagetables.pt_base)
	run -0 xb-walk built "$va"
	[ "${#lines[@]}" = 10 ]
	[[ ${lines[1]} == "L4 table in mfn $(printf 0x%x "$root"), pfn 0x"*" (page_tables + 0x0) at $va" ]]
	[[ ${lines[2]} =~ ^"   entry 511: 0x"[0-9a-f]{16}"  present writable user accessed dirty"$ ]]
	[[ ${lines[7]} == "L1 table in mfn 0x"*"(page_tables + 0x3000) at 0x"* ]]
	[[ ${lines[8]} == "   entry "*"021  present accessed" ]]
	last_line "$(printf 'mfn 0x%x, ' "$root")"
}

@test "JSON says the same" {
	$mkimage k
	build k 32M
	va=$(json built .pagetables.pt_base)
	xb-walk -j built "$va" >walk
	[ "$(jq -c '[.levels[].level]' walk)" = '[4,3,2,1]' ]
	[ "$(entry 4 mfn)" = "$(json built .pagetables.root_mfn)" ]
	[ "$(entry 1 'flags | join(" ")')" = "present accessed" ]
	[ "$(jq -c '[.mapped, .fault, .segment, .offset, .address, .planned]' walk)" = \
	    "[true,null,\"page_tables\",0,\"$va\",false]" ]
	xb-walk -j -n 2000 layout 0xffffffff80000000 >walk || [ $? = 1 ]
	[ "$(jq '[.runs[].pages] | add' walk)" = 2000 ]
	[ "$(jq -r '[.runs[] | select(.mapped) | .pages] | add' walk)" = 1024 ]
	[ "$(jq -r '.runs[-1] | .va, .mapped, .mfn' walk | tr '\n' ' ')" = \
	    "0xffffffff80400000 false null " ]
	jq -e '.planned' walk
}

@test "a plan on standard input, -t, and a plan whose name looks like a target" {
	$mkimage k
	build k 32M
	run -0 xb-walk 0xffffffff80100000 <built
	last_line 'kernel \+ 0x0'
	run -0 xb-walk - 0xffffffff80100123 <built
	last_line 'kernel \+ 0x123'
	run -0 xb-walk -t file:dom built 0xffffffff80100000
	cp built file:plan
	run -0 xb-walk ./file:plan 0xffffffff80100000
	refused 69 "there is no domain 'file:plan'" xb-walk file:plan 0xffffffff80100000
}

@test "what is not mapped is said with its level, and the status is 1" {
	$mkimage k
	build k 32M
	run -1 --separate-stderr xb-walk built 0x1000
	last_line "^0x0000000000001000 -> not mapped: the L4 entry is not present$"
	[ -z "$stderr" ]
	run -1 xb-walk built 0xffffffff80400000
	last_line "not mapped: the L2 entry is not present$"
	run -1 xb-walk -n 0x80000 built 0xffffffff80000000
	last_line "^0xffffffff80400000 -> not mapped, 523264 pages$"
	run -0 xb-walk -n 1024 built 0xffffffff80000fff
	[[ ${lines[0]} == "0xffffffff80000000 -> "* ]]
	# the whole upper half, and with little work
	run -1 bounded 10 xb-walk -n 0x800000000 built 0xffff800000000000
	last_line "^0xffffffff80400000 -> not mapped, 523264 pages$"
}

@test "the pages of a range are those of single addresses" {
	$mkimage k abi=xen-3.0-x86_32p
	build k 32M
	xb-walk -n 1024 -j built 0xc0000000 >runs
	[ "$(jq -r '.runs[0].va' runs)" = 0xc0000000 ]
	jq -r '.runs[] | "\(.va) \(.pages) \(.mfn) \(.pfn)"' runs |
	    awk 'NR % 7 == 1' >some
	[ "$(wc -l <some)" -ge 5 ]
	while read -r va pages mfn pfn; do
		at=$(printf '0x%x' $((va + (pages - 1) * 4096)))
		xb-walk -j built "$at" >walk
		[ "$(jq -c '[.mfn, .pfn]' walk)" = "[$((mfn + pages - 1)),$((pfn + pages - 1))]" ]
	done <some
}

@test "INIT_P2M: a list outside the first mapping, planned as it is built" {
	$mkimage k note:INIT_P2M=0x8000000000
	build k 64M
	for p in layout built; do
		xb-walk -j -n 64 $p 0x8000000000 >runs || [ $? = 1 ]
		jq -r '[.runs[] | select(.mapped) | .pages] | add' runs
	done >counts
	[ "$(tr '\n' ' ' <counts)" = "32 32 " ]
	run -0 xb-walk built 0x8000000000
	last_line '\(p2m \+ 0x0\)$'
	[[ $output == *"(p2m_tables + 0x"* ]]
}

@test "tables that lead astray are said, and nothing crashes" {
	$mkimage k
	build k 32M
	xb-walk -j built 0xffffffff80100000 >walk
	l1=$(entry 1 mfn) l2=$(entry 2 mfn) l3=$(entry 3 mfn) l4=$(entry 4 mfn)
	# a page that is not the domain's
	poke "$l1" 256 0x1000023
	run -1 xb-walk built 0xffffffff80100000
	last_line "0xffffffff80100000 -> bad at L1: the frame is not the domain's$"
	run -1 xb-walk -n 3 built 0xffffffff800ff000
	[[ ${lines[1]} == "0xffffffff80100000 -> bad at L1: the frame is not the domain's, 1 page" ]]
	[[ ${lines[2]} == "0xffffffff80101000 -> mfn"* ]]
	# a frame that no machine has
	poke "$l1" 256 0xffffffffff023
	run -1 xb-walk file:dom 0xffffffff80100000
	last_line "bad at L1: the frame is not the domain's$"
	# a table that is not the domain's
	poke "$l2" 0 0x1000067
	run -1 xb-walk built 0xffffffff80100000
	last_line "bad at L2: the frame is not the domain's$"
	xb-walk -j built 0xffffffff80100000 >walk || [ $? = 1 ]
	[ "$(jq -r .fault walk)" = "the frame is not the domain's" ]
	run -1 xb-walk -n 513 built 0xffffffff80000000
	[[ ${lines[0]} == "0xffffffff80000000 -> bad at L2: the frame is not the domain's, 512 pages" ]]
	# large pages: of a size that there is, that there is not, and askew
	poke "$l2" 0 0x400000e7
	run -1 xb-walk built 0xffffffff80100000
	[[ $output == *"present writable user accessed dirty large"* ]]
	last_line "bad at L2: the frame is not the domain's$"
	poke "$l2" 0 0x400040e7
	run -1 xb-walk built 0xffffffff80100000
	last_line "bad at L2: the large page does not begin at a multiple of its size$"
	poke "$l4" 511 $((l3 << 12 | 0xe7))
	run -1 xb-walk built 0xffffffff80100000
	last_line "bad at L4: no large page can be there$"
	# a table that is its own
	poke "$l4" 511 $((l4 << 12 | 0x67))
	run -0 xb-walk built 0xffffffffffffffff
	last_line "page_tables \+ 0xfff"
}

@test "refusals say what, and what to do" {
	$mkimage k
	build k 32M
	refused 69 "vcpu 0 of 'file:dom2' has no registers yet, so nothing tells where its page tables are; give the plan that built it" \
	    sh -c 'xb-domain create -t file:dom2 -m 4M >/dev/null && exec xb-walk file:dom2 0'
	refused 64 "address 0x800000000000 is none of xen-3.0-x86_64: bits 47 to 63 must be alike" \
	    xb-walk built 0x800000000000
	refused 64 "2 pages from 0xfffffffffffff000 on leave the addresses of xen-3.0-x86_64" \
	    xb-walk -n 2 built 0xfffffffffffff000
	refused 64 "ADDRESS 'entry' is not an address" xb-walk built entry
	refused 64 "ADDRESS '0x10000000000000000' is not an address" \
	    xb-walk built 0x10000000000000000
	refused 64 "no address: xb-walk 'file:dom' ADDRESS" xb-walk file:dom
	refused 64 "no address" xb-walk
	refused 64 "-n 0 is no range" xb-walk -n 0 built 0
	refused 64 "two targets" xb-walk -t file:dom file:dom 0
	refused 64 "'0' is one too many" xb-walk file:dom 0 0
	refused 64 "is not the target of this plan, which has none yet" \
	    xb-walk -t file:dom layout 0
	refused 65 "no layout yet: xb-layout adds it" xb-walk parsed 0
	refused 66 "cannot open 'nothing'" xb-walk nothing 0
	refused 69 "there is no domain 'file:none'" xb-walk file:none 0
	$mkimage k abi=xen-3.0-x86_32p
	xb-parse k | xb-layout -m 32M >layout
	refused 64 "address 0x100000000 is none of xen-3.0-x86_32p: the last one is 0xffffffff" \
	    xb-walk layout 0x100000000
}

@test "a failed plan is passed by in silence, with its status" {
	$mkimage k
	xb-parse k | xb-layout -m 1M >failed 2>/dev/null || true
	run --separate-stderr -65 xb-walk failed 0
	[ -z "$output$stderr" ]
}

@test "a domain that is gone, or another's, is refused" {
	$mkimage k
	build k 32M
	xb-domain destroy file:dom
	refused 69 "there is no domain" xb-walk built 0
	xb-domain create -t file:dom -m 32M
	refused 69 "another domain now" xb-walk built 0
}

@test "tables that link each other a billion times end a walk of many pages" {
	$mkimage k
	build k 16M
	root=$(json built .pagetables.root_mfn)
	# every entry of the top table and of two more is the next one
	/usr/bin/python3 -IS - "$root" $((root + 1)) $((root + 2)) $((root + 3)) <<'PY'
import sys
tables = [int(a) for a in sys.argv[1:]]
with open("dom/memory", "r+b") as f:
    for table, below in zip(tables, tables[1:]):
        f.seek(table * 4096)
        f.write((below << 12 | 0x67).to_bytes(8, "little") * 512)
PY
	run -69 --separate-stderr bounded 60 sh -c 'xb-walk -n 30000000000 file:dom 0 >/dev/null'
	[[ $stderr == *"link each other more than"* ]]
}

@test "a PVH guest that is only built has paging off, and each address is its own" {
	$mkimage k note:PHYS32_ENTRY=0x100200
	quiet xb-build -q -p -t file:dom -m 16M -A hvm-3.0-pvh -o built k
	for what in built file:dom; do
		run -0 xb-walk $what 0xfeffe010
		[ "${lines[0]}" = "hvm-3.0-pvh, paging is off" ]
		[[ ${lines[1]} == "0xfeffe010 -> gfn 0xfeffe"* ]]
	done
	[[ $(xb-walk built 0xfeffe010) == *"gfn 0xfeffe (identity + 0x10)" ]]
	run -1 xb-walk file:dom 0xfee00000
	[ "${lines[1]}" = "0xfee00000 -> not mapped" ]
	refused 64 "the last one is 0xffffffff" xb-walk file:dom 0x100000000
	run -1 xb-walk -n 0x2000 file:dom 0
	[ "${lines[0]}" = "0x00000000 -> gfn 0x0, writable user, 4096 pages" ]
	[ "${lines[1]}" = "0x01000000 -> not mapped, 4096 pages" ]
	run -0 xb-walk -j built 0x100200
	[ "$(jq -c '[.abi, .levels, .mapped, .pfn, .segment]' <<<"$output")" = \
	    '["hvm-3.0-pvh",[],true,256,"kernel"]' ]
}
