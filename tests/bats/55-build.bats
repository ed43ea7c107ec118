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
	$same_memory dom/memory again/memory
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
	# the domain that was refused is still there
	quiet xb-domain info file:dom
}

@test "no text of a command line is run, and no backslash of it is lost" {
	$mkimage k
	# The echo of dash prints \0047 as a quote; the rest was then a command.
	line='\0047;touch PWNED;: \0047'
	quiet xb-build --until xb-parse -o plan -c "$line" k
	[ "$(json plan .command_line)" = "$line" ]
	quiet xb-build --until xb-parse -o plan -c 'a\\b\c\n' k
	[ "$(json plan .command_line)" = 'a\\b\c\n' ]
	quiet xb-record -o record -p -t file:one -m 32M -c "$line" k
	quiet xb-replay -q -t file:two -p -o plan record
	[ "$(json plan .command_line)" = "$line" ]
	quiet xb-replay -q -t file:three -p -o plan -c "x$line" record
	[ "$(json plan .command_line)" = "x$line" ]
	[ ! -e PWNED ]
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
	    --xenstore-port 0 --scatter 7 -- k
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

@test "a plan that is lost: what is said of the domain is true" {
	$mkimage k
	mkdir folder
	refused 74 "cannot write 'folder': Is a directory" \
	    xb-build -p -t file:dom -m 32M -o folder k
	refused 74 "cannot write '/dev/full': No space left on device" \
	    xb-build -p -t file:dom -m 32M -o /dev/full k
	[[ $stderr != *launched* ]] && [ ! -e dom ]
	run -74 --separate-stderr xb-build --keep -t file:dom -m 32M \
	    -o /dev/full k
	[[ $stderr == *"; the domain is launched all the same"* ]]
	xb-domain destroy file:dom
}

@test "a folder that this user may not write to is status 77" {
	[ "$(id -u)" = 0 ] && command -v setpriv >/dev/null ||
	    skip "needs root and setpriv"
	$mkimage k
	chmod 755 .
	mkdir -m 777 open
	refused 77 "cannot write 'plan': Permission denied" \
	    setpriv --reuid=65534 --clear-groups xb-build -p \
	    -t file:open/dom -m 32M -o plan k
	[ ! -e open/dom ]
}

@test "ended by a signal, it takes its domain away" {
	$mkimage k
	slow_ramdisk slow
	xb-build -t file:dom -m 32M -z -r slow k >out 2>&1 &
	terminated dom/state $!
	[ ! -e dom ]
	[ ! -s out ]
	[ -z "$(pgrep -P $! || :)" ]
}

@test "where a process that reads the files is killed, the build fails" {
	$mkimage k
	slow_ramdisk slow
	export XB_STORE=$PWD/store
	xb-build -t file:dom -m 32M -o plan -z -r slow k >out 2>&1 &
	within_reach [ -e dom/state ]
	within_reach compgen -G 'store/blobs/sha256/.blob.*'
	within_reach pgrep -P $! >reader
	kill -KILL "$(cat reader)"
	status=0
	wait $! || status=$?
	[ "$status" = 71 ]
	[ "$(cat out)" = "xb-parse: the process that unpacks 'slow' was killed by signal 9, Killed" ]
	[ ! -e dom ]
	[ "$(xb-show --state plan)" = "next xb-parse" ]
}

@test "a plan that is written over: no name for others to lay out, none left" {
	$mkimage k
	xb-build -p -t file:one -m 32M -o plan k
	echo mine >other
	ln -s other plan.new
	quiet xb-build -p -t file:two -m 32M -o plan k
	[ "$(cat other)" = mine ]
	[ "$(json plan .memory.target)" = "file:$PWD/two" ]
	# ended in the middle: the plan stays, and nothing beside it
	cp plan before
	slow_ramdisk slow
	xb-build -t file:dom -m 32M -o plan -z -r slow k >out 2>&1 &
	terminated dom/state $!
	cmp plan before
	rm plan.new
	[ "$(echo plan*)" = plan ]
	quiet xb-build -p -t file:dash -m 32M -o -plan k
	quiet xb-build -p -t file:dash2 -m 32M -o -plan k
	[ -s ./-plan ]
}

@test "a plan written through a link: it stays one, and leads to the plan" {
	$mkimage k
	mkdir real
	ln -s real/plan link
	quiet xb-build -p -t file:one -m 32M -o link k
	[ -L link ]
	[ "$(json real/plan .memory.target)" = "file:$PWD/one" ]
	quiet xb-build -p -t file:two -m 32M -o link k
	[ -L link ]
	[ "$(json real/plan .memory.target)" = "file:$PWD/two" ]
	# what is not a regular file is written to as it is
	xb-build -p -t file:three -m 32M -o /dev/fd/5 k 5>plan >/dev/null
	xb-show plan >shown
	xb-build -p -t file:four -m 32M -o /dev/fd/5 k 5>&1 >/dev/null | xb-show >shown
	# a build that has no plan to write removes no link, but the file
	rm real/plan
	refused 66 "cannot create" xb-build -t file:none/five -m 32M -o link k
	[ -L link ]
	[ ! -e real/plan ]
}

@test "messages steer no terminal" {
	$mkimage k
	xb-domain create -t file:dom -m 32M
	refused 64 '-m 1\x1b[2J\xc2\x9b3J is' xb-build -t file:dom -m $'1\e[2J\302\2333J' k
	refused 64 'a\x0ab' xb-build $'--a\nb' k
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
	xb-startinfo --no-xenstore tables >started
	[ "$(json started .startinfo.store_port)" = 0 ]
	refused 65 "startinfo" xb-introduce tables
	refused 64 "slash" xb-introduce --name a/b built
	refused 64 "alone" xb-introduce --check built
	refused 64 "exclude" xb-startinfo --no-xenstore --xenstore-port 1 tables
}

@test "until every stage and on from there is the same domain" {
	$mkimage k
	head -c 5000 /dev/urandom >rd
	quiet xb-build -p -t file:one -m 32M -o whole -r rd -c "a b" k
	for stage in parse layout load pgtab startinfo; do
		domain='-t file:two'
		case $stage in parse | layout) domain='' ;; esac
		rm -rf two plan
		# shellcheck disable=SC2086 # a list of options
		quiet xb-build --until xb-$stage -m 32M $domain -o plan -r rd \
		    -c "a b" k
		[ "$output" = "${domain#-t }" ]
		[ "$(xb-show --state plan | sed -n 's/^next //p')" != xb-$stage ]
		domain='-t file:two'
		[ -z "$output" ] || domain=''
		# The plan may be written over.
		# shellcheck disable=SC2086
		quiet xb-build -p --plan plan -o plan -m 32768K $domain
		quiet xb-verify -q plan
		$same_memory one/memory two/memory
		for p in whole plan; do
			json $p 'del(.memory.build, .memory.uuid, .memory.target)' \
			    >$p.json
		done
		cmp whole.json plan.json
	done
}

@test "a plan that failed at any stage is gone on from there" {
	$mkimage k
	quiet xb-build -p -t file:one -m 32M -o whole k
	for pair in "layout load" "load pgtab" "pgtab startinfo" \
	    "startinfo launch"; do
		stage=${pair#* }
		domain='-t file:two'
		[ "$stage" != load ] || domain=''
		rm -rf two
		# shellcheck disable=SC2086 # none or two words
		quiet xb-build --until "xb-${pair% *}" $domain -m 32M \
		    -o before k
		# The domain is away, and comes back.
		[ ! -e two ] || mv two away
		status=0
		xb-$stage -t file:two before >failed 2>/dev/null || status=$?
		[ "$status" = 69 ]
		[ "$(json failed .failed.stage)" = xb-$stage ]
		[ ! -e away ] || mv away two
		[ -n "$domain" ] && domain='' || domain='-t file:two'
		# shellcheck disable=SC2086
		quiet xb-build -p --plan failed -o plan $domain
		quiet xb-verify -q plan
		$same_memory one/memory two/memory
	done
}

@test "what does not fit the plan that is gone on from is refused" {
	$mkimage k
	quiet xb-build --until xb-layout -m 32M -o laid k
	quiet xb-build --until xb-load -t file:dom -o loaded --plan laid
	quiet xb-build -p -t file:all -m 32M -o full k
	xb-parse -A none k 2>/dev/null >failed || :
	refused 64 "place of KERNEL" xb-build --plan laid k
	refused 65 "xb-build: k: not a plan but an ELF file" xb-build --plan k \
	    -t file:x
	refused 64 "-m 33M" xb-build --plan laid -m 33M -t file:x
	refused 64 "-c 'x'" xb-build --plan laid -c x -t file:x
	refused 64 "has a domain" xb-build --plan loaded --name x
	refused 64 "not the target of this plan" xb-build --plan loaded -t file:x
	refused 64 "lacks no stage" xb-build --plan full
	refused 64 "no image" xb-build --plan failed
	refused 64 "no stage 'load'" xb-build --plan laid --until load -o y
	refused 64 "been through 'xb-load'" xb-build --plan loaded --until xb-load -o y
	refused 64 "-o PLAN" xb-build --plan loaded --until xb-pgtab
	refused 64 "leave -t out" xb-build --until xb-layout -m 32M -t file:x -o y k
	refused 64 "-m SIZE" xb-build --until xb-layout -o y k
	refused 66 "nothing" xb-build --plan nothing -t file:x
	refused 65 "ELF" xb-build --plan k -t file:x
	[ ! -e x ]
	[ ! -e y ]
	# A domain that the plan had is never destroyed, one made here is.
	refused 69 "port" xb-build --plan loaded --console-port 9
	quiet xb-domain info file:dom
	refused 69 "port" xb-build --plan laid --console-port 9 -t file:x -o y
	[ ! -e x ]
	[ "$(xb-show --state y | sed -n 's/^next //p')" = xb-startinfo ]
}

@test "XB_TRACE keeps every plan, and how it came to be" {
	$mkimage k
	mkdir trace
	XB_TRACE=trace quiet xb-build -p -t file:dom -m 32M -o plan -c $'a\xff' k
	cmp plan trace/xb-launch.plan
	[ "$(ls trace | wc -l)" = 12 ]
	for s in parse layout load pgtab startinfo launch; do
		jq -e ".program == \"xb-$s\" and .status == 0 and .seconds > 0 and
		    (.began | length) == 20 and .messages == []" trace/xb-$s.json
	done
	[ "$(jq -c .arguments trace/xb-parse.json)" = '["-c",{"bytes":"61ff"},"--","k"]' ]
	# a failure, and what it was told; the stages after it say nothing
	mkdir failed
	XB_TRACE=failed run -65 xb-build -t file:other -m 1M -v k
	[ "$(ls failed | wc -l)" = 4 ]
	[ "$(jq -r '.status, .messages[-1].level' failed/xb-layout.json | xargs)" = "65 error" ]
	[ "$(xb-show --state failed/xb-layout.plan)" = "next xb-layout" ]
	XB_TRACE=failed run -64 xb-parse -A none k
	[ "$(jq .status failed/xb-parse.json)" = 64 ]
	# what touches no plan leaves no trace
	mkdir none
	XB_TRACE=none quiet xb-show plan
	XB_TRACE=none quiet xb-domain info file:dom
	[ -z "$(ls none)" ]
}

@test "a folder for traces that cannot be written to is refused before work" {
	$mkimage k
	xb-domain create -t file:dom -m 32M
	xb-parse k | xb-layout -m 32M >laid
	echo >file
	for dir in nothing file; do
		XB_TRACE=$dir refused 74 "'$dir' of XB_TRACE" xb-load -t file:dom laid
	done
	[ "$(xb-domain info -j file:dom | jq .pages)" = 0 ]
	XB_TRACE=nothing quiet xb-load -V
	mkdir full
	XB_TRACE=full run -74 --separate-stderr bash -c \
	    'ulimit -f 1; xb-load -t file:dom laid | tail -c 0; exit ${PIPESTATUS[0]}'
	[ -z "$(ls full)" ]
}

@test "a signal ends the wait for a plan that does not come" {
	mkfifo slow
	sleep 600 >slow 3>&- &
	writer=$!
	xb-build --plan - -t file:dom -m 32M -o plan <slow 2>out 3>&- &
	# the signal comes once xb-build has blocked signals
	within_reach grep -q '^SigBlk:.*[1-9a-f]' "/proc/$!/status"
	terminated slow $! || ended=no
	kill "$writer"
	[ -z "${ended:-}" ] && [ ! -e dom ]
}
