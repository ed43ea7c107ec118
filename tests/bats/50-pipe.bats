# Whole pipes: what a user does all day.
load helper

# goes_through NAME SIZE KERNEL [OPTION...]: built by the recipe, and verified.
goes_through() {
	local name=$1 size=$2 kernel=$3
	shift 3
	quiet xb-build -p -t "file:$name" -m "$size" -o "$name.plan" "$@" "$kernel"
	run -0 xb-verify "$name.plan"
	[[ ${lines[-1]} == *"checks"* ]]
}

@test "Debian's kernel with a ramdisk becomes a domain of 256 MiB" {
	goes_through dom 256M "$vmlinuz" -r "$initrd" -c console=hvc0
}

@test "GRUB's 64-bit PV image becomes a domain" {
	goes_through dom 64M $grub/grub-x86_64-xen.bin
}

@test "GRUB's 32-bit PAE image becomes a domain" {
	goes_through dom 64M $grub/grub-i386-xen.bin
}

@test "every ABI, with a ramdisk, a hypercall page, symbols and sparse bss" {
	head -c 300000 /dev/urandom >rd
	for abi in $abis; do
		$mkimage k abi=$abi gap=3 bss=0x9000
		goes_through "$abi" 32M k -r rd -c "a=b $abi"
		[ "$(json "$abi.plan" .image.abi)" = "$abi" ]
	done
	for abi in xen-3.0-x86_32p xen-3.0-x86_64; do
		for notes in program section legacy; do
			$mkimage k abi=$abi notes=$notes hypercall=yes symtab=yes
			goes_through "$abi-$notes" 32M k
		done
	done
	for abi in xen-3.0pre-x86_32 xen-3.0pre-x86_64; do
		$mkimage k abi=$abi symtab=yes
		goes_through "$abi-symtab" 32M k
	done
}

@test "more vcpus than shared_info has slots are refused, with the most" {
	for case in xen-1.3-x86_32:1 xen-3.0pre-x86_32:32 xen-3.0pre-x86_64:32; do
		abi=${case%:*} most=${case#*:}
		$mkimage k abi="$abi"
		xb-parse k | xb-layout -m 32M >layout
		xb-domain create -t "file:$abi" -m 32M --vcpus $((most + 1))
		refused 69 "has $((most + 1)) vcpus, and shared_info of $abi has room for $most; create the domain with --vcpus $most" \
		    xb-load -t "file:$abi" layout
		goes_through "$abi.most" 32M k --vcpus "$most"
	done
	# since xen-3.0 a guest gives more of them their vcpu_info itself
	$mkimage k
	goes_through many 32M k --vcpus 100
}

@test "the 'bin' table, in each ABI that has it" {
	for abi in xen-3.0pre-x86_32 xen-3.0pre-x86_64 xen-3.0-x86_32p \
	    xen-3.0-x86_64; do
		$mkimage k abi=$abi format=bin
		goes_through "$abi" 32M k -A $abi
	done
}

@test "a unikernel with base 0 and notes in sections only" {
	$mkimage k base=0 paddr=0 notes=section hypercall=yes
	goes_through dom 16M k
	$mkimage k abi=xen-3.0-x86_32p base=0 paddr=0 notes=section
	goes_through dom32 16M k
}

@test "INIT_P2M and MOD_START_PFN: a list and a ramdisk outside the mapping" {
	head -c 5000 /dev/urandom >rd
	$mkimage k note:INIT_P2M=0x8000000000 note:MOD_START_PFN=1
	goes_through dom 64M k -r rd
	[ "$(json dom.plan '.layout.p2m_tables | length')" != 0 ]
}

@test "the same inputs give the same portable half, wherever they are" {
	portable='{image, modules, command_line, layout}'
	mkdir one two
	cp "$vmlinuz" one/vmlinuz
	cp "$vmlinuz" two/other-name
	cp "$initrd" one/a
	cp "$initrd" two/b
	(cd one && XB_STORE=$PWD/s1 xb-parse -r a -c x vmlinuz | xb-layout -m 256M >../p1)
	(cd / && XB_STORE=$OLDPWD/two/s2 xb-parse -r "$OLDPWD/two/b" -c x \
	    "$OLDPWD/two/other-name" | xb-layout -m 256M >"$OLDPWD/p2")
	json p1 "$portable" >j1
	json p2 "$portable" >j2
	cmp j1 j2
	# and to the byte, without what is local
	xb-show -j p1 | jq 'del(.sources)' | xb-plan >q1
	xb-show -j p2 | jq 'del(.sources)' | xb-plan >q2
	cmp q1 q2
}

@test "twice the same pipe on one store gives the same plan, byte for byte" {
	xb-parse -r "$initrd" "$vmlinuz" | xb-layout -m 256M >p1
	xb-parse -r "$initrd" "$vmlinuz" | xb-layout -m 256M >p2
	cmp p1 p2
}

@test "JSON and back is the same plan, byte for byte, after every stage" {
	build "$vmlinuz" 256M -r "$initrd" -c "console=hvc0"
	for p in parsed layout loaded tables started built; do
		xb-show -j $p | xb-plan >again
		cmp $p again
		xb-show -j $p >j1
		xb-show -j again >j2
		cmp j1 j2
	done
}

@test "with another scatter seed the domain is equal once frames are translated" {
	$mkimage k hypercall=yes
	head -c 100000 /dev/urandom >rd
	for seed in 1 2; do
		xb-domain create -t file:d$seed -m 32M --scatter $seed
		xb-parse -r rd k | xb-layout -m 32M | xb-load -t file:d$seed |
		    xb-pgtab | xb-startinfo | xb-launch -p >p$seed
		xb-verify p$seed
	done
	run -1 cmp -s p1 p2
	"$root/tests/same-domain" p1 d1 p2 d2
}

@test "a failing stage anywhere ends the whole pipe with its status and one message" {
	$mkimage k
	xb-domain create -t file:dom -m 32M
	pipe() {
		run --separate-stderr dash -c "$1"
	}
	check() {
		[ "$status" = "$1" ] || { echo "$status, not $1: $stderr"; return 1; }
		[ "${#stderr_lines[@]}" = 1 ] || { echo "$stderr"; return 1; }
		[[ $stderr == "$2: "* ]] || { echo "$stderr"; return 1; }
	}
	rest="| xb-pgtab | xb-startinfo | xb-launch >out"
	pipe "xb-parse nothing-here | xb-layout -m 32M | xb-load -t file:dom $rest"
	check 66 xb-parse
	pipe "xb-parse --nonsense k | xb-layout -m 32M | xb-load -t file:dom $rest"
	check 64 xb-parse
	pipe "xb-parse k | xb-layout | xb-load -t file:dom $rest"
	check 64 xb-layout
	pipe "xb-parse k | xb-layout -m 1M | xb-load -t file:dom $rest"
	check 65 xb-layout
	pipe "xb-parse k | xb-layout -m 32M | xb-load -t file:none $rest"
	check 69 xb-load
	pipe "xb-parse k | xb-layout -m 32M | xb-load $rest"
	check 64 xb-load
	pipe "xb-parse k | xb-layout -m 32M | xb-pgtab | xb-load -t file:dom | xb-launch >out"
	check 65 xb-pgtab
	pipe "xb-parse k | xb-layout -m 32M | xb-load -t file:dom | xb-pgtab -x | xb-startinfo | xb-launch >out"
	check 64 xb-pgtab
	# the failure is in the plan, for whoever looks
	run -0 xb-show out
	[[ $output == *xb-pgtab* ]]
}

@test "a stage that failed can be tried again with the plan it wrote" {
	$mkimage k
	xb-domain create -t file:dom -m 32M
	xb-parse k >parsed
	run xb-layout -m 1M parsed
	xb-layout -m 1M parsed >failed 2>/dev/null || true
	xb-layout -m 32M failed >layout
	xb-layout -m 32M parsed >want
	cmp layout want
}

@test "a second build on a domain that another build holds is refused" {
	$mkimage k
	build k 32M
	refused 69 "another" xb-load -t file:dom layout
	# and it is as it was
	xb-verify built
}

@test "the first build's stages run again leave the same domain" {
	$mkimage k hypercall=yes
	head -c 100000 /dev/urandom >rd
	build k 32M -r rd
	cp dom/memory before
	xb-verify built
	for again in "xb-load -t file:dom loaded" "xb-load loaded" "xb-pgtab tables" \
	    "xb-startinfo started" "xb-launch -p built"; do
		$again >again || { echo "$again"; return 1; }
	done
	xb-load -t file:dom loaded | xb-pgtab | xb-startinfo | xb-launch -p >again
	cmp again built
	$same_memory dom/memory before
	xb-verify built
}

@test "launched for real, a domain has run and is not built again" {
	$mkimage k
	xb-domain create -t file:dom -m 32M
	xb-parse k | xb-layout -m 32M | xb-load -t file:dom | xb-pgtab |
	    xb-startinfo | xb-launch >built
	[ "$(json built .launched)" = true ]
	refused 69 "" xb-launch built
	refused 69 "" xb-pgtab built
	refused 69 "" xb-load -t file:dom built
}

@test "make demo's script runs and ends well" {
	run -0 --separate-stderr "$root/pipelines/demo"
	[[ $output == *"exit status 65"* ]]
}

@test "a 64 GiB domain makes a plan of kilobytes" {
	$mkimage k
	build k 64G
	[ "$(stat -c %s built)" -lt 65536 ]
	xb-verify built
}

@test "no stage holds more than 64 MiB, whatever the domain" {
	PATH=$XB_PLAIN:$PATH
	xb-domain create -t file:dom -m 64G
	{
		xb-parse -T -r "$initrd" "$vmlinuz" >parsed
		xb-layout -T -m 64G parsed >layout
		xb-load -T -t file:dom layout >loaded
		xb-pgtab -T loaded >tables
		xb-startinfo -T tables >started
		xb-launch -T -p started >built
		xb-verify -T built >report
	} 2>times
	[ "$(wc -l <times)" = 7 ]
	while read -r line; do
		kib=$(echo "$line" | grep -oE '[0-9]+ KiB' | cut -d' ' -f1)
		[ "$kib" -lt 65536 ] || { echo "$line"; return 1; }
	done <times
}

@test "long runs of zeroes of a payload are not kept, not read and not copied" {
	export XB_STORE=$PWD/own
	$mkimage k
	{ head -c 100000 /dev/urandom && head -c 2M /dev/zero &&
	    head -c 5000 /dev/urandom; } >rd
	gzip -k rd
	xb-parse -z -r rd.gz k >parsed
	blob=$(find "$XB_STORE/blobs" -type f -size +1M)
	cmp "$blob" rd
	[ "$(du -k "$blob" | cut -f 1)" -lt 400 ] ||
	    skip "files have no holes on this file system"
	xb-domain create -t file:dom -m 32M
	xb-layout -m 32M parsed >layout
	strace -f -qq -o log -e trace=pread64 "$XB_PLAIN/xb-load" -t file:dom \
	    layout >loaded
	[ "$(awk '{ n += $NF } END { print n }' log)" -lt 500000 ]
	xb-pgtab loaded | xb-startinfo | xb-launch -p >built
	quiet xb-verify -q built
	# loaded again, over what was there
	xb-load loaded >again
	xb-verify -q built
}

@test "a new domain is not cleared; frames that are only counted are not mapped" {
	$mkimage k
	xb-domain create -t file:dom -m 64M
	xb-parse k | xb-layout -m 64M >layout
	strace -qq -o log -e trace=fallocate "$XB_PLAIN/xb-load" \
	    --no-sandbox -t file:dom layout >loaded
	run -1 grep PUNCH_HOLE log
	xb-pgtab loaded | xb-startinfo | xb-launch -p >built
	strace -qq -o log -e trace=mmap "$XB_PLAIN/xb-verify" --no-sandbox \
	    built >report
	[ "$(grep -c MAP_SHARED log)" -lt 40 ]
}
