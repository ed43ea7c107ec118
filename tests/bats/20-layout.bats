# xb-layout on the command line; the rules themselves are in test-layout.c.
load helper

@test "Debian's kernel at 256 MiB has the layout of the reference builder" {
	# fact 60: same kernel and addresses; the ramdisk has the size given there
	head -c 2153998 /dev/urandom >rd
	xb-parse -r rd "$vmlinuz" | xb-layout -m 256M >layout
	at() { json layout ".layout.segments[] | select(.kind == \"$1\") | .pfn"; }
	kernel=$(at kernel)
	[ "$kernel" = $((0x1000)) ]
	[ "$(at start_info)" = $((kernel + $(json layout \
	    '.layout.segments[] | select(.kind == "kernel") | .pages'))) ]
	[ "$(at stack)" -lt "$(at ramdisk)" ]
	[ "$(at ramdisk)" -lt "$(at p2m)" ]
	[ "$(json layout '.layout.v_end')" != null ]
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

@test "the layout is a function of the plan and the size alone" {
	$mkimage k
	xb-parse k >parsed
	xb-layout -m 32M parsed >one
	xb-layout --memory 33554432 parsed >two
	xb-layout -m 32768K one >three
	cmp one two
	cmp one three
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
