# What is there when a system call or an allocation fails.
load helper

# struck PATH CALLS ERROR COMMAND...: the program as shipped, with the system
# calls on that path failing with the error.
struck() {
	local path=$1 calls=$2 error=$3 program=$4 status=0
	shift 4
	strace -f -qq -o /dev/null -P "$path" -e trace="$calls" \
	    -e inject="$calls:error=$error" "$XB_PLAIN/$program" "$@" \
	    2>struck.message || status=$?
	# strace also says how it resolves a relative path.
	grep -v '^strace: ' struck.message >&2
	return $status
}

# starved N COMMAND...: the Nth allocation fails.
starved() {
	local n=$1 program=$2
	shift 2
	FAIL_AT=$n LD_PRELOAD=$BATS_FILE_TMPDIR/failalloc.so "$XB_SHARED/$program" "$@"
}

setup_file() {
	cc -O2 -shared -fPIC -o "$BATS_FILE_TMPDIR/failalloc.so" \
	    "$BATS_TEST_DIRNAME/../faults/failalloc.c"
}

teardown() {
	[ -z "${there:-}" ] || rm -r "$there"
}

@test "a domain that cannot be looked for is not left out of the list" {
	xb-domain create -t file:dom -m 4M
	refused 74 "cannot look for domains: 'dom/state': Input/output error" \
	    struck dom/state newfstatat EIO xb-domain list
}

@test "without descriptors there is one message, and no folder is left" {
	$mkimage k
	for n in $(seq 4 12); do
		run --separate-stderr sh -c "ulimit -n $n && exec \"\$@\"" sh \
		    "$XB_PLAIN/xb-record" -o rec -p -m 16M -t file:dom k
		[[ $status = 7[14] && $output = "" && $stderr != *$'\n'* ]]
		[ -z "$(ls -d rec* dom)" ]
	done
}

@test "a domain that cannot be looked for counts as there, for opening it says more" {
	$mkimage k
	xb-domain create -t file:dom -m 32M
	run -0 struck dom/state faccessat,faccessat2,access EIO \
	    xb-build -m 32M -t file:dom -o plan k
	xb-verify plan
}

@test "no file gets the number of a standard descriptor that is closed" {
	$mkimage k
	xb-build -p -m 8M -t file:dom -o built k
	for p in "xb-verify -v built" "xb-core -v -o core built" \
	    "xb-launch -v -p built" "xb-domain -v info file:dom" \
	    "xb-parse -v k" "xb-build -v -p -m 8M -t file:new -o plan k"; do
		# shellcheck disable=SC2086 # a program and its arguments
		run strace -f -qq -o log -e signal=none -e trace=openat \
		    sh -c "exec $XB_PLAIN/$p <&- >&- 2>&-"
		run -1 grep -E "^[0-9]+ +openat.* = [012]$" <(grep -vE "/dev/null|\.so" log)
	done
}

@test "memory that fails while a domain is destroyed is told with its name" {
	# a few are the sandbox's, before the domain is looked at
	named=0
	for n in $(seq 25); do
		xb-domain create -t file:dom -m 4M >name
		run --separate-stderr starved "$n" xb-domain destroy file:dom
		[[ $stderr != *"'file:dom'"* ]] || named=$((named + 1))
		rm -rf dom
	done
	[ "$named" -gt 5 ]
}

@test "an output that cannot be looked for is not made anew, nor written in place" {
	$mkimage k
	echo old >plan
	refused 74 "cannot write 'plan': Input/output error" \
	    struck plan newfstatat EIO xb-build -m 32M -t file:dom -o plan k
	[ "$(cat plan)" = old ] && [ ! -e dom ]
}

@test "a record that cannot be looked into is not said to be none" {
	$mkimage k
	quiet xb-record -o rec -p -t file:one -m 32M k
	refused 74 "Input/output error" struck rec/blobs openat EIO xb-replay \
	    -t file:two rec
	refused 74 "Input/output error" struck rec/oci-layout \
	    newfstatat,fstat EIO xb-diff rec rec
}

@test "a record whose folder cannot be opened leaves no folder" {
	$mkimage k
	strace -qq -o trace -e trace=openat,execve "$XB_PLAIN/xb-record" \
	    --no-sandbox -o rec -p -t file:dom -m 8M k
	n=$(sed '1d; /"rec\.new-/q' trace | grep -c '^openat')
	rm -r rec dom
	refused 74 "cannot write the record 'rec': Too many open files" \
	    strace -qq -o trace -e inject=openat:error=EMFILE:when="$n" \
	    "$XB_PLAIN/xb-record" --no-sandbox -o rec -p -t file:dom -m 8M k
	[ -z "$(compgen -G 'rec*')" ]
}

@test "a temporary folder that cannot be removed is told" {
	$mkimage k
	export TMPDIR=$PWD/tmp
	mkdir tmp
	run --separate-stderr -0 strace -qq -o trace -e inject=rmdir:error=EBUSY \
	    "$XB_PLAIN/xb-step" --no-sandbox --all -m 8M -t file:dom k
	[ "${#stderr_lines[@]}" = 1 ]
	[[ $stderr == "xb-step: warning: cannot remove all of '$TMPDIR/xb-"* ]]
}

@test "a plan or a record that is lost beside another failure is told" {
	$mkimage k
	run --separate-stderr -65 xb-build -m 1M -t file:dom -o /dev/full k
	[ "${#stderr_lines[@]}" = 2 ]
	[[ ${stderr_lines[0]} == xb-layout:* ]]
	[ "${stderr_lines[1]}" = \
	    "xb-build: warning: cannot write '/dev/full': No space left on device" ]
	run --separate-stderr -65 strace -qq -o trace \
	    -e inject=rename:error=ENOSPC "$XB_PLAIN/xb-record" --no-sandbox \
	    -m 1M -t file:dom -o rec k
	[ "${#stderr_lines[@]}" = 2 ]
	[[ ${stderr_lines[0]} == xb-layout:* ]]
	[ "${stderr_lines[1]}" = "xb-record: warning: cannot write the record\
 'rec': No space left on device" ]
}

@test "memory that fails in the middle of a JSON text gives no other plan" {
	$mkimage k
	xb-parse -c "$(printf '%300s' x)" k | xb-show -j >json
	xb-plan json >want
	for n in $(seq 1 12 400); do
		status=0
		starved "$n" xb-plan json >plan 2>message || status=$?
		case $status in
		0) cmp plan want ;;
		*) [ "$status $(wc -l <message)" = "71 1" ] ;;
		esac
	done
	# The strings of the JSON, all of them.
	for n in $(seq 10 40); do
		status=0
		starved "$n" xb-plan json >plan 2>message || status=$?
		[ $status = 71 ] || cmp plan want
	done
}

@test "a close that fails leaves no domain, and create and destroy take the folder" {
	for n in $(seq 1 30); do
		status=0
		strace -f -qq -o /dev/null -e inject=close:error=EIO:when="$n" \
		    "$XB_PLAIN/xb-domain" create -t file:dom -m 4M 2>message || status=$?
		[ $status = 0 ] || [ ! -e dom/state ]
		[ $status = 0 ] || xb-domain create -t file:dom -m 4M
		xb-domain destroy file:dom
		[ ! -e dom ]
	done
}

@test "a durable domain is on the disk before and after each change of its state" {
	$mkimage k
	strace -f -qq -y -o trace -e trace=fsync,fdatasync,renameat,rename \
	    "$XB_PLAIN/xb-build" --durable -p -m 8M -t file:dom -o plan k
	xb-verify plan
	# Between two states: the memory, the new state; behind it the folder.
	awk '/fdatasync.*\/dom\/memory>/ { memory = 1; next }
	    /fsync.*\/dom\/\.state/ { state = memory; next }
	    /rename.*"state"/ { n++; renamed = 1
		if (!state) bad = bad " " n
		memory = state = 0; next }
	    /fsync.*\/dom>/ { renamed = 0 }
	    END { if (n < 5 || bad != "" || renamed) {
		print n " states, not synced before:" bad; exit 1 } }' trace
	# The folder itself, and what is written after the last state.
	grep -q "fsync.*$BATS_TEST_TMPDIR>" trace
	tail -3 trace | grep -q 'sync'
	strace -f -qq -y -o trace -e trace=fsync,fdatasync "$XB_PLAIN/xb-build" -p \
	    -m 8M -t file:two k
	run ! grep "$BATS_TEST_TMPDIR/two" trace
	refused 64 "--durable is for a domain in files" xb-domain create -t xen \
	    -m 8M --durable || refused 69 "no Xen" xb-domain create -t xen -m 8M --durable
}

@test "parts of a ramdisk that a layout has no place for are refused by xb-plan" {
	$mkimage k note:MOD_START_PFN=1
	head -c 9000 /dev/urandom >rd
	xb-parse -r rd -r rd k | xb-show -j >json
	for edit in '.parts[0].size = 0' '.parts |= .[1:]' '.parts = []' \
	    '.parts[1].offset = 9004' '.size = 20000'; do
		jq ".modules[0]${edit}" json >edited
		refused 65 "'modules[0].parts" xb-plan edited
	done
}

@test "payloads on a file system whose times are not believed are copied" {
	[ "$(stat -f -c %T /dev/shm)" = tmpfs ] || skip "no tmpfs in /dev/shm"
	there=$(mktemp -d -p /dev/shm)
	$mkimage "$there/k"
	export XB_STORE=$there/store
	quiet xb-build -p -m 8M -t file:dom -o plan "$there/k"
	xb-verify -q plan >verified
}

@test "a record for which there is no memory is none, at whichever allocation" {
	$mkimage k format=bzimage 'codec=gzip -9'
	head -c 50000 /dev/urandom | gzip >rd
	xb-build -p -m 8M -t file:warm -r rd k >name
	FAIL_COUNT=$PWD/count LD_PRELOAD=$BATS_FILE_TMPDIR/failalloc.so \
	    "$XB_SHARED/xb-record" --no-sandbox -p -m 8M -t file:dom -r rd -o rec k >name
	n=$(sort -n count | tail -1)
	# The last ones, in which the record is written.
	for i in $(seq $((n - 40)) "$n"); do
		rm -rf rec dom
		status=0
		starved "$i" xb-record --no-sandbox -p -m 8M -t file:dom -r rd -o rec k \
		    >name 2>message || status=$?
		[ $status = 0 ] || { [ $status = 71 ] && [ ! -e rec ]; }
	done
}

@test "two builds that share a store have both what they need, and leave one blob" {
	$mkimage kz format=bzimage 'codec=gzip -9'
	declare -a pids
	for _ in 1 2 3 4 5 6 7 8; do
		rm -rf store
		for d in a b; do
			XB_STORE=$PWD/store "$XB_PLAIN/xb-build" -p -m 8M -t "file:$d" \
			    -o "plan-$d" kz >"name-$d" &
			pids[$!]=
		done
		for p in "${!pids[@]}"; do
			wait "$p"
		done
		pids=()
		for d in a b; do
			XB_STORE=$PWD/store xb-verify -q "plan-$d" >verified
			xb-domain destroy "file:$d"
		done
		[ "$(find store/blobs -type f | wc -l)" = 1 ]
	done
}

@test "who opens a store takes nothing away that is about to get its name" {
	$mkimage one format=bzimage 'codec=gzip -9'
	$mkimage two format=bzimage 'codec=gzip -9' text=9000
	# renameat2() is of a blob, renameat() of an entry of the index
	for call in renameat2 renameat; do
		rm -rf store
		run --separate-stderr -0 at_call $call "xb-parse -S store two >other" \
		    xb-parse -v -S store one
		[[ $stderr != *"is not written"* ]]
		[ "$(find store/blobs -type f | wc -l)" = 2 ]
	done
}

# The same seed each time, so that a red run is the fault of what changed; make
# check-faults tries all faults.
@test "faults drawn at random leave nothing half done" {
	XB_BIN=$XB_SHARED "$root/tests/faults/run" -s 25 -n 21
}

@test "a hundred domains, one after the other: nothing grows" {
	XB_BIN=$XB_PLAIN "$root/tests/faults/loop" 100
}
