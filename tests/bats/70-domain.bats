# xb-domain and the file target: what it refuses, and why.
load helper

@test "create prints the target; info, list, pause, unpause, destroy" {
	run -0 xb-domain create -t file:dom -m 32M --vcpus 2 --name "a name"
	[ "$output" = file:dom ]
	run -0 xb-domain info file:dom
	[[ $output == *32768* && $output == *"a name"* ]]
	run -0 xb-domain list
	[[ $output == *dom* ]]
	refused 69 "paused" xb-domain pause file:dom
	refused 69 "registers" xb-domain unpause file:dom
	quiet xb-domain destroy file:dom
	[ ! -e dom ]
	refused 69 "" xb-domain info file:dom
}

@test "a built domain is unpaused and paused" {
	$mkimage k
	build k 32M
	quiet xb-domain unpause file:dom
	refused 69 "" xb-domain unpause file:dom
	quiet xb-domain pause file:dom
	quiet xb-domain destroy file:dom
}

@test "wrong usage is 64 with one message" {
	refused 64 "" xb-domain
	refused 64 "verb" xb-domain frobnicate
	refused 64 "" xb-domain create -t file:dom
	refused 64 "" xb-domain create -m 32M
	refused 64 "size" xb-domain create -t file:dom -m lots
	refused 64 "" xb-domain create -t nonsense:dom -m 32M
	refused 64 "" xb-domain info
	[ ! -e dom ]
}

@test "a folder that is there, and one that is no domain, are left alone" {
	mkdir full
	touch full/precious
	refused 69 "" xb-domain create -t file:full -m 32M
	refused 69 "" xb-domain destroy file:full
	[ -e full/precious ]
	refused 69 "" xb-domain info file:/dev
}

@test "too little memory in the domain: needed, given and missing" {
	$mkimage k
	xb-parse k | xb-layout -m 64M >layout
	xb-domain create -t file:dom -m 32M
	refused 69 "32768" xb-load -t file:dom layout
	[[ $stderr == *65536* ]]
}

@test "a seed gives the same frames, another seed others" {
	$mkimage k
	xb-parse k | xb-layout -m 32M >layout
	for d in a b c; do
		xb-domain create -t file:$d -m 32M --scatter $([ $d = c ] && echo 2 || echo 1)
		xb-load -t file:$d layout >$d.plan
	done
	[ "$(json a.plan .memory.p2m)" = "$(json b.plan .memory.p2m)" ]
	[ "$(json a.plan .memory.p2m)" != "$(json c.plan .memory.p2m)" ]
	[ "$(json a.plan '.memory.p2m | length')" -le 1024 ]
	[ "$(json a.plan '[.memory.p2m[] | select(.[1] == 1)] | length')" -gt 0 ]
}

@test "two programs on one domain: the second is refused" {
	$mkimage k
	xb-parse k | xb-layout -m 32M >layout
	xb-domain create -t file:dom -m 32M
	flock dom/lock sleep 3 &
	sleep 0.3
	refused 69 "dom" xb-load -t file:dom layout
	wait
	quiet xb-load -t file:dom layout
}

@test "a program that reads makes one that writes wait, and a look does neither" {
	$mkimage k
	xb-parse k | xb-layout -m 32M >layout
	xb-domain create -t file:dom -m 32M
	flock dom/lock sleep 2 &
	sleep 0.3
	quiet xb-domain info file:dom
	quiet xb-domain list
	wait
	flock -s dom/lock sleep 1 &
	sleep 0.3
	quiet xb-load -t file:dom layout
	wait
}

@test "a port that no domain has is a difference" {
	$mkimage k
	build k 32M
	xb-show -j built | jq '.startinfo.console_port = 5000' | xb-plan >edited
	run --separate-stderr -65 xb-verify edited
	[[ $output == *"DIFFERS event channels"*"console port 5000 is free"* ]]
	[[ ${lines[-1]} == "17 checks"* ]]
}

@test "an entry in the hypervisor's slots of a domain in files is a difference" {
	$mkimage k
	build k 32M
	printf '\x67\x40\x23\x01\0\0\0\0' | dd of=dom/memory bs=8 conv=notrunc \
	    seek=$(($(json built .pagetables.root_mfn) * 512 + 260)) status=none
	run --separate-stderr -65 xb-verify built
	[[ $output == *"DIFFERS page tables"*"L4 entry 260"* ]]
}

@test "a state or memory that is damaged is refused, never followed" {
	$mkimage k
	build k 32M
	cp dom/state state
	for keep in 0 1 20 100; do
		head -c $keep state >dom/state
		refused 69 "" xb-domain info file:dom
	done
	cp state dom/state
	truncate -s 1M dom/memory
	refused 69 "" xb-verify built
	refused 69 "" xb-pgtab built
}

@test "a stage killed at any moment leaves a domain that can be looked at" {
	$mkimage k
	xb-parse k | xb-layout -m 32M >layout
	for ms in 1 5 10 20 40 80; do
		xb-domain create -t file:dom -m 32M
		timeout -s KILL 0.0$ms xb-load -t file:dom layout >/dev/null 2>&1 || true
		quiet xb-domain info file:dom
		quiet xb-domain destroy file:dom
	done
}

@test "a target of no known kind" {
	$mkimage k
	xb-parse k | xb-layout -m 32M >layout
	refused 64 "file" xb-load -t qemu:1 layout
	refused 69 "Xen" xb-load -t xen:1 layout
}

@test "a domain in files never ends by itself, and is built in the memory of -m" {
	$mkimage k
	xb-domain create -t file:dom -m 32M --maxmem 64M
	refused 69 "never runs" xb-domain wait file:dom
	refused 64 "--destroy is for wait" xb-domain --destroy info file:dom
	xb-parse k | xb-layout -m 64M >layout
	refused 69 "32768 KiB given" xb-load -t file:dom layout
}

@test "a Xen domain is named by its number, and needs a Xen" {
	refused 64 "names no domain" xb-domain info xen:demo
	refused 64 "names no domain" xb-domain info xen:05
	refused 64 "names no domain" xb-domain info xen:32752
	refused 64 "numbers its domains itself" xb-domain create -t xen:5 -m 32M
	[ ! -e /dev/xen/privcmd ] || skip "there is a Xen here"
	[ ! -e /proc/xen/privcmd ] || skip "there is a Xen here"
	refused 69 "no Xen here" xb-domain create -t xen -m 32M
	refused 69 "no Xen here" xb-domain info xen:5
	quiet xb-domain list
}
