# xb-core: a core file of a domain.
load helper

# holds CORE DIR: the core is that of the plan in the file built; headers of it
# are counted in the file headers.
holds() {
	xb-show -j built >built.json
	"$root/tests/core-check" "$1" built.json "$2/memory" >headers
}

# debug PROGRAM CORE COMMAND...: what gdb says, in the file said.
debug() {
	local c args=()
	for c in "${@:3}"; do
		args+=(-ex "$c")
	done
	gdb -nx -batch "${args[@]}" "$1" "$2" >said 2>&1
}

# said TEXT: it said so.
said() {
	grep -qF -- "$1" said || {
		cat said
		return 1
	}
}

@test "gdb opens a core of Debian's kernel, before its launch and after" {
	xb-domain create -t file:dom -m 256M
	xb-parse -r "$initrd" -c "console=hvc0" "$vmlinuz" >parsed
	finish_build 256M dom
	entry=$(json built .image.entry)
	blob=$XB_STORE/blobs/sha256/$(json built \
	    '.image.payloads[] | select(.role == "kernel") | .sha256')
	xb-core -o before.core started
	# a plan from before xb-launch does as well for a launched domain
	xb-core -o after.core built
	xb-core -o target.core file:dom
	cmp before.core after.core
	cmp after.core target.core
	holds after.core dom
	for core in before after; do
		debug "$blob" $core.core 'info registers rip' 'x/s $rsi' 'info threads'
		said "rip            $entry"
		said '"xen-3.0-x86_64"'
		said 'LWP 1'
		run -1 grep -i 'warning\|error' said
	done
	debug "$blob" after.core 'x/s $rsi + 128'
	said '"console=hvc0"'
	# the bytes at the entry are those of the program
	debug "$blob" after.core "x/16xb $entry"
	gdb -nx -batch -ex "x/16xb $entry" "$blob" >program 2>&1
	[ "$(grep -c '^0xffffffff' said)" = 2 ]
	diff <(grep '^0xffffffff' said) <(grep '^0xffffffff' program)
}

@test "gdb opens a core of a 32-bit PAE domain" {
	$mkimage k abi=xen-3.0-x86_32p
	build k 32M -c "a=b"
	xb-core -o core built
	holds core dom
	file=$(json built .image.entry)
	debug k core 'info registers eip' 'x/s (unsigned)$esi' \
	    'x/s (unsigned)$esi + 80'
	said "eip            $file"
	said '"xen-3.0-x86_32p"'
	said '"a=b"'
	[ "$(stat -c %a core)" = 600 ]
}

@test "a PVH guest starts without paging: each page at its own address" {
	$mkimage k abi=xen-3.0-x86_32p note:PHYS32_ENTRY=0x100200
	head -c 20000 /dev/urandom >rd
	xb-build -q -p -t file:dom -m 16M -A hvm-3.0-pvh -r rd -c "a=b" \
	    -o built k >target
	xb-core -o core built
	holds core dom
	xb-core -o other file:dom
	cmp core other
	[ "$(du -k core | cut -f 1)" -lt 1024 ]
	debug k core 'info registers eip' 'x/s (unsigned)$ebx + 56' \
	    'x/wx (unsigned)$ebx' 'x/s 0xfc000000'
	said "eip            $(json built .image.entry)"
	said '"a=b"'
	said 0x336ec578
	said '"RSD PTR '
	run -0 readelf -lW core
	[[ $output == *"LOAD "*" 0xfeff8000 0xfeff8000 0x08000 0x08000 RWE"* ]]
	# Before its launch the plan tells the registers.
	rm -rf dom
	xb-domain create -t file:dom --type pvh -m 16M
	xb-parse -A hvm-3.0-pvh -r rd -c "a=b" k >parsed
	finish_build 16M dom
	refused 65 "the plan has no startinfo yet" xb-core -o early tables
	xb-core -o early started
	cmp early core
	xb-domain destroy file:dom
	xb-build -q -p -t file:dom -m 5G -A hvm-3.0-pvh -o built k >target
	# Most of it is known to be zero, and is not read.
	quiet bounded 2 xb-core -j -o core built
	[ "$(jq .frames <<<"$output")" = $((0xfc009)) ]
}

@test "each ABI: all that is mapped is there, once, and nothing else" {
	for abi in $abis; do
		rm -rf dom
		$mkimage k abi=$abi
		head -c 20000 /dev/urandom >rd
		build k 32M -r rd
		quiet xb-core -o core built
		holds core dom || { echo $abi; return 1; }
		xb-core started -o early
		cmp core early
	done
}

@test "a p2m list of its own, and a ramdisk that is not mapped" {
	$mkimage k note:INIT_P2M=0x8000000000 note:MOD_START_PFN=1
	head -c 20000 /dev/urandom >rd
	build k 64M -r rd
	xb-core -o core - <built
	holds core dom
}

@test "zeroes take no room, and the core of a large domain little memory" {
	PATH=$XB_PLAIN:$PATH
	$mkimage k
	build k 64G
	xb-core -T -o core built 2>time
	# entries of the p2m list have zero bytes, but its pages are not zero
	# and are stored
	[ "$(du -k core | cut -f1)" -lt 140000 ]
	[ "$(stat -c %s core)" -gt 134217728 ]
	[ "$(grep -oE '[0-9]+ KiB' time | cut -d' ' -f1)" -lt 65536 ]
	rm -rf dom
	$mkimage k bss=0x4000000
	build k 128M
	xb-core -o core built
	holds core dom
	[ "$(du -k core | cut -f1)" -lt 2048 ]
	[ "$(stat -c %s core)" -gt 67108864 ]
}

# rewrite PLAN: gives a domain other tables; python in standard input, with
# table(mfn) and put(mfn, entries) to read and write one.
rewrite() {
	[ -e walk ] || xb-walk -j "$1" 0xffffffff80100000 >walk
	cat >edit.py
	/usr/bin/python3 -IS - <<'PY'
import json, struct
walk = json.load(open("walk"))
l4, l3, l2, l1 = (s["mfn"] for s in walk["levels"])
f = open("dom/memory", "r+b")
def table(mfn):
    f.seek(mfn * 4096)
    return list(struct.unpack("<512Q", f.read(4096)))
def put(mfn, entries):
    f.seek(mfn * 4096)
    f.write(struct.pack("<512Q", *entries))
exec(open("edit.py").read())
f.close()
PY
}

@test "a frame that is mapped twice is in the file once; one that is foreign, not" {
	$mkimage k
	build k 32M
	rewrite built <<-'PY'
		t = table(l1)
		t[300], t[301], t[302] = t[256], t[257], 0x1000023
		t[303] |= 1 << 63
		t[304] = 0
		put(l1, t)
	PY
	run --separate-stderr -0 xb-core -o core built
	[ "$stderr" = "xb-core: warning: 1 page of '$(json built .memory.target)' is left out: it maps a frame that is not the domain's" ] || {
		echo "$stderr"
		return 1
	}
	readelf -lW core >list
	at() { awk -v va="$1" '$1 == "LOAD" && $3 == va { print $2, $7, $8 }' list; }
	kernel=$(awk '$1 == "LOAD" && $3 <= "0xffffffff80100000"' list | tail -1)
	read -r _ off va _ <<<"$kernel"
	want=$(printf '0x%06x' $((off + 0xffffffff80100000 - va)))
	[ "$(at 0xffffffff8012c000 | cut -d' ' -f1)" = "$want" ] || { cat list; false; }
	[ -z "$(at 0xffffffff8012e000)" ]
	[[ "$(at 0xffffffff8012f000)" == *" RW "* ]]
	[ -z "$(at 0xffffffff80130000)" ]
}

@test "more program headers than an ELF header can count" {
	$mkimage k
	build k 32M
	rewrite built <<-'PY'
		t = table(l1)
		a, b = t[256], t[258]
		put(l1, [a if i % 2 else b for i in range(512)])
		put(l2, [table(l2)[0]] * 200 + [0] * 312)
	PY
	xb-core -o core built
	readelf -hW core >head 2>&1
	grep -q 'Number of program headers: *65535 (102401)' head
	[ "$(readelf -lW core | grep -c ' LOAD ')" = 102400 ]
	# gdb takes a while for so many
	[ "$(stat -c %s core)" -lt 6000000 ]
}

@test "tables without end are refused, and in time" {
	$mkimage k
	build k 32M
	echo old >core
	rewrite built <<-'PY'
		flags = 0x67
		put(l1, [0] * 512)
		for up, down in (l2, l1), (l3, l2), (l4, l3):
		    put(up, [down << 12 | flags] * 512)
	PY
	refused 69 "the page tables link each other more than 12288 times, more than the domain can need" \
	    bounded 90 xb-core -o core built
	rewrite built <<-'PY'
		put(l4, [l4 << 12 | 0x67] * 512)
	PY
	refused 69 "the domain's addresses are mapped in more than 1048576 pieces, the most that a core has" \
	    bounded 90 xb-core -o core built
	[ "$(cat core)" = old ]
	[ -z "$(find . -name '.core*')" ]
}

@test "large pages of nobody's frames: bounded, and what is left out is said" {
	$mkimage k
	build k 32M
	rewrite built <<-'PY'
		t = table(l2)
		for i in range(12, 512):
		    t[i] = 0x40000000 + i * 0x200000 | 0xe7
		put(l2, t)
		put(l3, [l2 << 12 | 0x67] * 3 + table(l3)[3:])
	PY
	run --separate-stderr -0 bounded 20 xb-core -o core built
	target=$(json built .memory.target)
	[ "${#stderr_lines[@]}" = 2 ]
	[[ ${stderr_lines[0]} == *" pages of '$target' are left out: they map frames that are not the domain's" ]]
	[[ ${stderr_lines[1]} == *" pages of '$target' are left out: to look at what its page tables map took 270336 questions to the target, the limit for its size; --all asks on" ]]
	# together they are all, and the kernel's 1024 at the last two places
	[ "$(grep -o 'warning: [0-9]*' <<<"$stderr" | awk '{ n += $2 } END { print n }')" = 1026048 ]
	run --separate-stderr -0 bounded 60 xb-core --all -o core built
	[ "$stderr" = "xb-core: warning: 1024000 pages of '$target' are left out: they map frames that are not the domain's" ]
	# the same of a range, and the status that says that it has holes
	run --separate-stderr -1 bounded 20 sh -c 'xb-walk -n 0x100000 built 0xffffff8000000000 >said'
	[[ $stderr == "xb-walk: warning: "*" questions to the target, the limit for its size; --all asks on" ]]
	grep -q '^0x[0-9a-f]* -> L2: not looked at, over the limit, [0-9]* pages$' said
	xb-walk -j -n 0x100000 built 0xffffff8000000000 >runs 2>/dev/null || [ $? = 1 ]
	[ "$(jq -r '[.runs[].fault] | unique | join("; ")' runs)" = \
	    "; not looked at, over the limit; the frame is not the domain's" ]
	run --separate-stderr -1 bounded 60 sh -c 'xb-walk -a -n 0x100000 built 0xffffff8000000000 >said'
	[ -z "$stderr" ]
}

@test "a file that cannot be written is left as it was" {
	$mkimage k
	build k 32M
	echo old >core
	refused 74 "cannot write 'core': File too large" \
	    sh -c 'ulimit -f 100; exec xb-core -o core built'
	[ "$(cat core)" = old ]
	mkdir full
	if mount -t tmpfs -o size=64k none full 2>/dev/null; then
		run --separate-stderr xb-core -o full/core built
		left=$(ls -A full)
		umount full
		[ "$status" = 74 ]
		[[ $stderr == *"cannot write 'full/core': No space left on device"* ]]
		[ -z "$left" ]
	fi
	[ -z "$(find . -name '.core*')" ]
	refused 74 "cannot write 'none/core': No such file or directory" \
	    xb-core -o none/core built
	refused 64 "'full' is not a regular file" xb-core -o full built
	refused 64 "'/dev/null' is not a regular file" xb-core -o /dev/null built
	refused 64 "'full/' is not a regular file" xb-core -o full/ built
	refused 64 "'neither/' names no file" xb-core -o neither/ built
	# a link stays one
	mkdir elsewhere
	ln -s elsewhere/core link
	touch elsewhere/core
	xb-core -o link built
	[ -L link ]
	holds elsewhere/core dom
}

@test "refusals say what, and what to do" {
	$mkimage k
	build k 32M
	refused 64 "no output: -o FILE names it" xb-core built
	refused 64 "-o '-' names no file" xb-core -o - built
	refused 64 "'built' is one too many" xb-core -o core built built
	refused 64 "'x' is one too many" xb-core -o core file:dom x
	refused 64 "two targets" xb-core -t file:dom -o core file:dom
	refused 65 "the plan has no memory yet: xb-load adds it and comes before xb-core" \
	    xb-core -o core layout
	refused 65 "no pagetables yet: xb-pgtab adds it" xb-core -o core loaded
	refused 65 "no startinfo yet: xb-startinfo adds it" xb-core -o core tables
	refused 66 "cannot open 'nothing'" xb-core -o core nothing
	refused 69 "there is no domain 'file:none'" xb-core -o core file:none
	xb-domain create -t file:dom2 -m 32M
	refused 69 "vcpu 0 of 'file:dom2' has no registers yet, so nothing tells where its page tables are; give the plan that built it" \
	    xb-core -o core file:dom2
	xb-parse k | xb-layout -m 32M | xb-load -t file:dom2 | xb-pgtab |
	    xb-startinfo >started2
	refused 69 "has no registers yet" xb-core -o core file:dom2
	xb-core -o core started2
	[ ! -e core2 ]
	refused 65 "" xb-core -o core2 k
	[ ! -e core2 ]
}

@test "a domain that has run is read from its own registers" {
	$mkimage k
	build k 32M
	xb-core -o core built
	xb-domain unpause file:dom
	xb-core -o running built
	cmp core running
	xb-core -o running file:dom
	cmp core running
	[ "$(xb-domain info -j file:dom | jq -c '[.paused, .has_run]')" = '[false,true]' ]
}
