# xb-build: one command for all stages.
load helper

@test "it makes a domain in files, builds it and prints its target" {
	$mkimage k
	quiet xb-build -p -t file:dom -m 32M -o plan k
	[ "$output" = file:dom ]
	xb-verify plan
	[ "$(json plan .launched)" = false ]
	quiet xb-build -t file:runs -m 32M -o plan k
	[ "$(json plan .launched)" = true ]
}

@test "it does what the stages do" {
	$mkimage k
	head -c 5000 /dev/urandom >rd
	build k 32M -r rd -c "a b"
	quiet xb-build -p -t file:again -m 32M -o plan -r rd -c "a b" k
	for p in built plan; do
		json $p 'del(.memory.build, .memory.uuid, .memory.target)' >$p.json
	done
	cmp built.json plan.json
	cmp dom/memory again/memory
}

@test "a domain that is there is taken, with its own memory" {
	$mkimage k
	xb-domain create -t file:dom -m 48M
	quiet xb-build -p -t file:dom -o plan k
	[ "$(json plan .layout.pages)" = 12288 ]
	xb-domain destroy file:dom
	xb-domain create -t file:dom -m 48M
	quiet xb-build -p -t file:dom -m 49152K k
	xb-domain destroy file:dom
	xb-domain create -t file:dom -m 48M
	refused 64 "49152K" xb-build -p -t file:dom -m 32M k
	refused 64 "new domain" xb-build -p -t file:dom --name other k
	quiet xb-build -p -t file:dom -m 50331648 k
	refused 69 "build" xb-build -p -t file:dom k
	# and it is still there
	quiet xb-domain info file:dom
}

@test "options reach the program that they are for, whatever is in them" {
	$mkimage k
	line="it's \"\$HOME\" \\ *  two
lines"
	echo one >"a b"
	echo two >"c'd"
	quiet xb-build --paused --target=file:dom --memory=32M --output "the plan" \
	    --command-line "$line" -r "a b" --ramdisk="c'd" --vcpus 2 --name "a name" \
	    --uuid 00112233-4455-6677-8899-aabbccddeeff --console-domid 3 \
	    --store-port 0 --scatter 7 -- k
	[ "$(json "the plan" .command_line)" = "$line" ]
	[ "$(json "the plan" '.modules[0].parts | length')" = 2 ]
	[ "$(json "the plan" .startinfo.console_domid)" = 3 ]
	[ "$(json "the plan" .startinfo.store_port)" = 0 ]
	run -0 xb-domain info -j file:dom
	[ "$(jq -r .name <<<"$output")" = "a name" ]
	[ "$(jq -r .vcpus <<<"$output")" = 2 ]
	[ "$(jq -r .uuid <<<"$output")" = 00112233-4455-6677-8899-aabbccddeeff ]
	xb-verify "the plan"
}

@test "letters of options run together, values too" {
	$mkimage k
	quiet xb-build -pqz -tfile:dom -m32M -oplan k
	[ "$output" = file:dom ]
	run -0 --separate-stderr xb-build -pTt file:other -m 32M k
	for p in domain parse layout load pgtab startinfo launch; do
		[[ $stderr == *"xb-$p: time: "* ]]
	done
}

@test "a failed build leaves no domain, one message and the stage's status" {
	$mkimage k
	refused 65 "too small" xb-build -t file:dom -m 1M -o plan k
	[ ! -e dom ]
	run -0 xb-show plan
	[[ $output == *xb-layout* ]]
	refused 66 "xb-parse" xb-build -t file:dom -m 32M nothing-here
	refused 64 "xb-parse" xb-build -t file:dom -m 32M -A none k
	refused 69 "console" xb-build -t file:dom -m 32M --console-port 9 k
	refused 74 "cannot write" xb-build -t file:dom -m 32M -o none/plan k
	[ ! -e dom ]
	run -65 --separate-stderr xb-build -t file:dom -m 1M --keep k
	[[ $stderr == *"'file:dom' is kept"* ]]
	xb-domain destroy file:dom
}

@test "ended by a signal, it takes its domain away" {
	mkdir slow
	printf '#!/bin/sh\nsleep 1\n' >slow/xb-parse
	chmod 755 slow/xb-parse
	PATH=$PWD/slow:$PATH xb-build -t file:dom -m 32M k >out 2>&1 &
	for i in $(seq 50); do
		[ ! -e dom/state ] || break
		sleep 0.05
	done
	[ -e dom/state ]
	kill -TERM $!
	status=0
	wait $! || status=$?
	[ "$status" = 143 ]
	[ ! -e dom ]
}

@test "wrong usage is 64 with one message" {
	$mkimage k
	refused 64 "KERNEL" xb-build
	refused 64 "KERNEL" xb-build k k
	refused 64 "-m SIZE" xb-build -t file:dom k
	refused 64 "'-x'" xb-build -x k
	refused 64 "'--nonsense'" xb-build --nonsense k
	refused 64 "needs a value" xb-build k -m
	refused 64 "no value" xb-build --keep=yes k
	refused 64 "is not a size" xb-build -t file:dom -m lots k
	refused 64 "no target" xb-build -t nonsense -m 32M k
	[ ! -e dom ]
}

@test "no Xen here" {
	[ ! -e /proc/xen/privcmd ] || skip "there is"
	$mkimage k
	refused 69 "Xen" xb-build -m 32M k
	refused 69 "Xen" xb-build -t xen:5 k
	refused 69 "xenstored" xb-introduce --check
	refused 69 "Xen" xb-console xen:5
}

@test "a domain in files is not introduced, and has no console to read" {
	$mkimage k
	build k 32M
	refused 69 "xenstored" xb-introduce built
	refused 69 "files" xb-console file:dom
	xb-startinfo --no-store tables >started
	[ "$(json started .startinfo.store_port)" = 0 ]
	refused 65 "startinfo" xb-introduce tables
	refused 64 "slash" xb-introduce --name a/b built
	refused 64 "alone" xb-introduce --check built
	refused 64 "exclude" xb-startinfo --no-store --store-port 1 tables
}
