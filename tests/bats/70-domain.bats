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
	exec 8<dom/lock
	flock 8
	refused 75 "dom" xb-load -t file:dom layout
	exec 8<&-
	quiet xb-load -t file:dom layout
}

@test "a program that reads makes one that writes wait, and a look does neither" {
	$mkimage k
	xb-parse k | xb-layout -m 32M >layout
	xb-domain create -t file:dom -m 32M
	exec 8<dom/lock
	flock 8
	quiet xb-domain info file:dom
	quiet xb-domain list
	exec 8<&-
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

@test "what lies outside of the domain is no damage of it" {
	xb-domain create -t file:dom -m 4M
	for n in 4 5 6 7 8; do
		PATH=$XB_PLAIN:$PATH run --separate-stderr \
		    bash -c "exec 3>&- 4>&-; ulimit -n $n; xb-domain info file:dom"
		[ "$status" = 0 ] || [ "$status" = 71 ] || [ "$status" = 74 ] || {
			echo "$n descriptors: $status, $stderr"
			return 1
		}
		[[ $stderr != *damaged* ]]
	done
	rm dom/memory
	refused 69 "is damaged" xb-domain info file:dom
	[[ $stderr == *"remove the folder"* ]]
}

@test "a domain on a disk that is read-only" {
	unshare -m true 2>/dev/null || skip "needs a mount namespace"
	xb-domain create -t file:dom -m 4M
	for c in "mount --bind dom dom && mount -o remount,ro,bind dom" \
	    "mount --bind . . && mount -o remount,ro,bind . && cd ../${PWD##*/}"; do
		refused 74 "Read-only file system" unshare -m \
		    sh -c "$c && xb-domain destroy file:dom"
		quiet unshare -m sh -c "$c && xb-domain info file:dom"
	done
}

@test "a state that ends early is no cut pipe" {
	xb-domain create -t file:dom -m 4M
	: >dom/state
	refused 69 "its state: it ends early" xb-domain info file:dom
	[[ $stderr != *plan* && $stderr != *pipe* ]]
}

@test "a folder behind a link: the domain is ended, link and folder stay" {
	mkdir folder
	ln -s folder link
	xb-domain create -t file:link -m 4M
	quiet xb-domain destroy file:link
	[ -L link ]
	[ -z "$(ls -A folder)" ]
}

@test "names and paths that are not UTF-8" {
	bad=$'caf\xe9'
	refused 64 "is not UTF-8" xb-domain create -t file:dom -m 4M --name "$bad"
	[ ! -e dom ]
	xb-domain create -t "file:$bad" -m 4M >/dev/null
	xb-domain info -j "file:$bad" >info
	[ "$(jq -r .target.bytes info)" = 66696c653a636166e9 ]
	xb-domain create -t file:dom -m 4M --name "café"
	xb-domain info -j file:dom >info
	[ "$(jq -r .name info)" = "café" ]
	[ "$(jq -r .target info)" = file:dom ]
}

@test "list -j: state, memory, vcpus and UUID of each" {
	mkdir domains
	cd domains
	xb-domain create -t file:new -m 4M --vcpus 3 --name n --maxmem 8M
	$mkimage k
	xb-build -p -t file:built -m 16M k
	quiet xb-domain create -t file:damaged -m 4M
	echo >damaged/state
	quiet xb-domain list -j
	jq 'map(select(.target | startswith("file:")))' <<<"$output" >list
	[ "$(jq -c '.[] | select(.target == "file:new") | [.name, .state, .memory, .maxmem, .vcpus, .abi]' list)" = \
	    '["n","paused, without memory",0,4096,3,null]' ]
	[ "$(jq -c '.[] | select(.target == "file:built") | [.name, .state, .memory, .vcpus, .abi]' list)" = \
	    '[null,"paused, built",16384,1,"xen-3.0-x86_64"]' ]
	for d in new built; do
		[ "$(jq -r ".[] | select(.target == \"file:$d\").uuid" list)" = \
		    "$(xb-domain info -j file:$d | jq -r .uuid)" ]
	done
	[[ $(jq -r '.[] | select(.target == "file:damaged").why' list) == *"is damaged"* ]]
}

@test "list -j: names as they are, whatever is in them" {
	mkdir domains
	cd domains
	quiet xb-domain list -j
	[ "$(jq -c '[.[].target | strings | select(startswith("file:"))]' <<<"$output")" = "[]" ]
	for d in plain $'two\nlines' 'a  b' $'\xff' '"quoted"'; do
		xb-domain create -t "file:$d" -m 4M >/dev/null
	done
	xb-domain list -j >../list
	[ "$(jq -c 'map(.target | select(. == "file:two\nlines" or . == "file:a  b" or . == "file:\"quoted\"")) | length' ../list)" = 3 ]
	[ "$(jq -r '.[].target | objects | .bytes' ../list)" = 66696c653aff ]
	refused 64 "prints no JSON" xb-domain pause -j file:plain
	# the example of the page
	page "$root/man/xb-domain.1" >../page
	sed -n '/End all domains/,/Run a domain/p' ../page | grep -A2 'xb-domain list' >../example
	sh ../example
	[ "$(ls -A)" = $'\xff' ]
}

@test "list in a folder that may not be read" {
	[ "$(id -u)" = 0 ] && command -v setpriv >/dev/null || skip "needs root and setpriv"
	mkdir locked
	chmod 711 locked "$BATS_TEST_TMPDIR"
	cd locked
	refused 77 "cannot read" setpriv --reuid=65534 --clear-groups \
	    --inh-caps=-all --bounding-set=-all "$(command -v xb-domain)" list
}

@test "create whose output is lost leaves no domain" {
	refused 74 "cannot write standard output" bash -c 'xb-domain create -t file:dom -m 4M >/dev/full'
	[[ $stderr != *"is left"* ]]
	[ ! -e dom ]
}

@test "a size that is too large is told with its limit" {
	refused 64 "at most 8589934591G" xb-domain create -t file:dom -m 9999999999G
	refused 64 "at most 9223372036854775807" xb-domain create -t file:dom -m 9999999999999999999
}

@test "another domain under the plan's name: both UUIDs as info prints them" {
	$mkimage k
	build k 32M
	xb-domain destroy file:dom
	xb-domain create -t file:dom -m 32M
	uuid=$(xb-domain info -j file:dom | jq -r .uuid)
	refused 69 "UUID $uuid" xb-pgtab loaded
	[[ $stderr == *"$(json loaded .memory.uuid)"* ]]
}

@test "another target than the plan's is wrong usage, there or not" {
	$mkimage k
	build k 32M
	xb-domain create -t file:other -m 32M
	refused 64 "is not the target" xb-pgtab -t file:other loaded
	refused 64 "is not the target" xb-pgtab -t file:missing loaded
	refused 64 "is not the target" xb-verify -t file:missing built
	quiet xb-verify -q -t file:dom built
	xb-domain destroy file:dom
	refused 69 "there is no domain" xb-pgtab -t file:dom loaded
	refused 69 "there is no domain" xb-load -t file:missing layout
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
	[[ $(xb-domain info xen:5 2>&1) != *"this build has no Xen"* ]] ||
	    skip "built without Xen"
	refused 64 "names no domain" xb-domain info xen:demo
	refused 64 "names no domain" xb-domain info xen:05
	refused 64 "names no domain" xb-domain info xen:32752
	refused 64 "numbers its domains itself" xb-domain create -t xen:5 -m 32M
	[ ! -e /dev/xen/privcmd ] || skip "there is a Xen here"
	[ ! -e /proc/xen/privcmd ] || skip "there is a Xen here"
	refused 69 "no Xen here" xb-domain create -t xen -m 32M
	refused 69 "no Xen here" xb-domain info xen:5
	[[ $stderr != *file:DIR* ]]
	quiet xb-domain list
}

@test "a domain in files is of type pv, and says so" {
	quiet xb-domain create -t file:dom -m 32M --type pv
	[ "$(xb-domain info -j file:dom | jq -r .type)" = pv ]
	[ "$(xb-domain list -j | jq -r '.[].type')" = pv ]
	xb-domain info file:dom | grep -q '^type  *pv$'
	refused 64 "--scatter is for PV guests" \
	    xb-domain create -t file:other -m 32M --type pvh --scatter 2
	refused 69 "a domain of type pvh has at most 128" \
	    xb-domain create -t file:other -m 32M --type pvh --vcpus 129
	quiet xb-domain create -t file:pvh -m 32M --type pvh
	[ "$(xb-domain info -j file:pvh | jq -c '[.type, .offers]')" = \
	    '["pvh",["hvm-3.0-pvh"]]' ]
	[ ! -e other ]
	refused 64 "--type 'hvm' is no type of a domain: pv or pvh" \
	    xb-domain create -t file:other -m 32M --type hvm
}

@test "--balloon is for domains of Xen" {
	refused 64 "--balloon is for a domain of Xen" \
	    xb-domain create -t file:dom -m 16M --balloon
	refused 64 "--dom0-min is for --balloon" \
	    xb-domain create -t file:dom -m 16M --dom0-min 1G
	$mkimage k
	refused 64 "--balloon is for a domain of Xen" \
	    xb-build -t file:dom -m 32M --balloon k
	[ ! -e dom ]
}
