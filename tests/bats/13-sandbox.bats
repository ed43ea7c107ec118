# What a program may still do when it reads bytes of somebody else.  The sandbox
# itself is tested on programs without sanitizers, which widen it.
load helper

setup_file() {
	PATH=$XB_PLAIN:$PATH
	cd "$BATS_FILE_TMPDIR" || return
	"$mkimage" k
	xb-parse -S store k >parsed
	xb-layout -m 16M parsed >layout
	xb-domain create -m 16M file:dom
	xb-load -t file:dom layout | xb-pgtab | xb-startinfo | xb-launch >built
	xb-record -S store -o rec -p -t file:rec.dom -m 16M k
}

# One program of each kind, and what it reads.
readers() {
	cat <<-END
	xb-show $BATS_FILE_TMPDIR/built
	xb-layout -m 16M $BATS_FILE_TMPDIR/parsed
	xb-verify $BATS_FILE_TMPDIR/built
	xb-walk file:$BATS_FILE_TMPDIR/dom 0xffffffff80000000
	xb-show file:$BATS_FILE_TMPDIR/dom
	xb-diff file:$BATS_FILE_TMPDIR/dom file:$BATS_FILE_TMPDIR/dom
	xb-diff $BATS_FILE_TMPDIR/rec $BATS_FILE_TMPDIR/rec
	END
}

@test "each misdeed is stopped, by the layer that should" {
	"$XB_PLAIN/test-confine"
}

# says FIELD VALUE PID: the line of /proc/PID/status.
says() {
	grep -q "^$1:[[:space:]]*$2\$" "/proc/$3/status"
}

# waiting PROGRAM ARGUMENT...: starts it at a pipe that stays empty, waits until
# it reads, and sets pid.
waiting() {
	mkfifo pipe
	PATH=$XB_PLAIN:$PATH "$@" <pipe >/dev/null 2>&1 3>&- 9>&- &
	pid=$!
	exec 9>pipe
	for _ in $(seq 500); do
		[[ $(cat "/proc/$pid/syscall") != 0\ 0x0\ * ]] || break
		sleep 0.01
	done
}

# over: ends it.
over() {
	kill "$pid"
	exec 9>&-
	rm pipe
}

@test "a program is confined before it reads, unless --no-sandbox is given" {
	for p in xb-show xb-plan xb-layout\ -m16M xb-load\ -tfile:x xb-pgtab \
	    xb-startinfo xb-introduce xb-launch xb-verify xb-core\ -ox \
	    "xb-step -m16M $BATS_FILE_TMPDIR/k"; do
		# shellcheck disable=SC2086 # a program and its options
		waiting $p
		says Seccomp 2 "$pid" && says NoNewPrivs 1 "$pid" || {
			echo "$p is not confined"
			return 1
		}
		over
	done
	waiting xb-show --no-sandbox
	says Seccomp 0 "$pid"
	says NoNewPrivs 0 "$pid"
	over
}

# strays HOW PROGRAM ARGUMENT...: what becomes of a file outside that the program
# makes in its end.
strays() {
	local how=$1
	shift
	STRAY=$PWD/elsewhere/file LD_PRELOAD=$PWD/stray.so "$@" >out 2>err ||
	    echo "status $?" >>err
	grep -qx "stray: $how" err || {
		echo "$* did not end with '$how':"
		cat err
		return 1
	}
}

@test "what a program was not told of it does not write to" {
	PATH=$XB_SHARED:$PATH
	cc -shared -fPIC -o stray.so "$root/tests/stray.c"
	mkdir here elsewhere tmp store
	export TMPDIR=$PWD/tmp XB_STORE=$PWD/store
	"$mkimage" here/k
	strays made xb-build --no-sandbox -p -m 16M -t file:here/off here/k
	rm elsewhere/file
	no="Permission denied"
	strays "$no" xb-parse here/k
	strays "$no" xb-build -p -m 16M -t file:here/built -o here/plan here/k
	strays "$no" xb-build -p -m 16M --until xb-layout -o here/laid here/k
	strays "$no" xb-build -p -m 16M --plan here/laid -t file:here/again
	strays "$no" xb-record -p -m 16M -t file:here/kept -o here/record here/k
	strays "$no" xb-replay -p -t file:here/replayed -o here/plan here/record
	strays "$no" xb-step --all -m 16M here/k
	strays "$no" xb-step --all here/record
	strays "$no" xb-domain create -m 16M file:here/new
	strays "$no" xb-domain destroy file:here/new
	strays "$no" xb-parse --can here/k
	strays "$no" xb-diff here/record here/record
	strays "$no" xb-show here/record
	strays "$no" xb-show file:here/kept
	strays "$no" xb-verify here/record
	strays "$no" xb-verify file:here/kept
	strays "$no" xb-core -o here/core file:here/built
	# the domain of a plan to go on from is known when the plan was read
	xb-build -p -m 16M -t file:here/half --until xb-load -o here/half.plan here/k
	strays "$no" xb-build -p --plan here/half.plan
	# a store that is not there yet
	XB_STORE=$PWD/far/off/store strays "$no" xb-parse here/k
	[ -d far/off/store ]
	rm -r far
	XB_STORE=$PWD/far/off/store strays "$no" xb-build -p -m 16M \
	    -t file:here/far here/k
	[ ! -e elsewhere/file ]
}

@test "with -t the names are closed before the plan is read" {
	PATH=$XB_SHARED:$PATH
	cc -shared -fPIC -o stray.so "$root/tests/stray.c"
	mkdir elsewhere
	strays "made" xb-verify --no-sandbox /bin/true
	rm elsewhere/file
	for p in xb-load xb-pgtab xb-startinfo xb-introduce xb-launch xb-verify; do
		strays "Permission denied" $p -t file:dom /bin/true
		grep -q "not a plan" err
		# without -t: before the plan is decoded
		strays "Permission denied" $p /bin/true
		grep -q "not a plan" err
	done
	# nor to the domain of the plan, where -t says another
	rmdir elsewhere
	"$mkimage" k
	xb-build -p -m 16M -t file:elsewhere --until xb-load -o half k
	for p in xb-pgtab xb-startinfo xb-introduce xb-launch; do
		strays "Permission denied" $p -t file:dom half
	done
	[ ! -e elsewhere/file ]
	strays "made" xb-pgtab half
}

# remembers STATUS PROGRAM ARGUMENT...: it ends so, and the index has an entry.
remembers() {
	local status=0
	rm -f own/index/*
	"${@:2}" >out || status=$?
	[ "$status" = "$1" ] && [ -n "$(ls own/index)" ] || {
		echo "${*:2}: status $status, and in the index: $(ls own/index)"
		return 1
	}
}

@test "who hashes a payload adds it to the index, confined or not" {
	only_where_believed
	PATH=$XB_PLAIN:$PATH
	export XB_STORE=$PWD/own
	"$mkimage" k
	{ head -c -1 k && echo; } >k2
	gzip -c k >kz
	xb-parse kz >parsed
	sleep 0.05
	xb-parse -S other k | xb-layout -m 16M >layout
	xb-parse -S other k2 | xb-layout -m 16M >layout2
	xb-domain create -t file:dom -m 16M
	remembers 0 xb-load -t file:dom layout
	xb-domain create -t file:dom2 -m 16M
	xb-load -t file:dom2 layout >loaded
	remembers 0 xb-verify loaded
	remembers 1 xb-diff layout layout2
	remembers 0 xb-build -S other -p -t file:dom3 -m 16M k
}

@test "what xb-parse hashed for another store is not hashed by who loads it" {
	only_where_believed
	PATH=$XB_PLAIN:$PATH
	export XB_STORE=$PWD/own
	"$mkimage" k
	gzip -c k >kz
	echo ramdisk >r
	xb-parse kz >parsed
	sleep 0.05
	xb-parse -S other -r r k | xb-layout -m 16M >whole
	xb-parse -S other kz | xb-layout -m 16M >packed
	[[ $(json packed '.sources[0].path') == "$PWD/other/blobs/"* ]]
	ls own/index >known
	for plan in whole packed; do
		xb-domain create -t file:$plan.dom -m 16M
		xb-load -t file:$plan.dom $plan >loaded
	done
	ls own/index | diff known -
}

@test "the seed of what hashes JSON comes from the kernel, and no device is opened" {
	xb-show -j "$BATS_FILE_TMPDIR/parsed" >json
	strace -qq -o log -e trace=open,openat,getrandom \
	    "$XB_PLAIN/xb-plan" json >plan
	grep -q '^getrandom(.*, 8, 0) *= 8' log
	run -1 grep /dev/ log
	strace -qq -o log -e trace=open,openat "$XB_PLAIN/xb-show" plan
	run -1 grep /dev/ log
}

# parses PROGRAM...: prints how many children of the program read JSON, each
# confined before.  Whoever reads JSON draws 8 random bytes, the seed of
# jansson's tables.
parses() {
	strace -f -qq -o log -e trace=seccomp,getrandom "$@" >out || return
	awk 'NR == 1 { program = $1 }
	    $2 ~ /^seccomp\(SECCOMP_SET_MODE_FILTER/ { confined[$1] = 1 }
	    /getrandom\(.*, 8, 0\)/ { reads[$1] = 1
		if ($1 == program || !confined[$1]) bad = 1 }
	    END { for (p in reads) n++; print n + 0 (bad ? ", open" : "") }' log
}

@test "the JSON of a record is read by processes of their own, one for each" {
	PATH=$XB_PLAIN:$PATH
	rec=$BATS_FILE_TMPDIR/rec
	[ "$(parses xb-diff "$rec" "$rec")" = 2 ]
	[ "$(parses xb-diff "$rec" "file:$BATS_FILE_TMPDIR/rec.dom")" = 1 ]
}

@test "without Landlock it goes on, and says so under -v" {
	PATH=$XB_PLAIN:$PATH
	readers | while read -r p; do
		# shellcheck disable=SC2086 # a program and its arguments
		quiet strace -qq -o log -e signal=none \
		    -e inject=landlock_create_ruleset:error=ENOSYS $p
		# shellcheck disable=SC2086
		run -0 strace -qq -o log -e signal=none \
		    -e inject=landlock_create_ruleset:error=EOPNOTSUPP \
		    ${p/ / -v }
		[[ $output == *"no Landlock in this kernel"*"rights of its user"* ]]
		[ "$(grep -c "no Landlock" <<<"$output")" = 1 ]
	done
	# said once, however many processes the program makes
	run -0 strace -f -qq -o log -e signal=none \
	    -e inject=landlock_create_ruleset:error=ENOSYS \
	    xb-build -v -p -m 16M -t file:new "$BATS_FILE_TMPDIR/k"
	[ "$(grep -c "no Landlock" <<<"$output")" = 1 ]
}

@test "a Landlock that fails is no reason to go on without" {
	PATH=$XB_PLAIN:$PATH
	for call in create_ruleset:error=EINVAL:when=2 add_rule:error=ENOMEM \
	    restrict_self:error=E2BIG; do
		refused 71 "cannot confine the program with Landlock: " \
		    strace -qq -o log -e signal=none -e inject=landlock_$call \
		    xb-verify -t "file:$BATS_FILE_TMPDIR/dom" "$BATS_FILE_TMPDIR/built"
		[[ $stderr == *"; --no-sandbox goes on without" ]]
	done
}

@test "without seccomp it refuses, and --no-sandbox is the way out" {
	PATH=$XB_PLAIN:$PATH
	readers | while read -r p; do
		# shellcheck disable=SC2086 # a program and its arguments
		refused 71 "--no-sandbox" strace -qq -o log -e signal=none \
		    -e inject=seccomp:error=EINVAL $p
		# shellcheck disable=SC2086
		quiet strace -qq -o log -e signal=none \
		    -e inject=seccomp:error=EINVAL ${p/ / --no-sandbox }
	done
}

@test "-V says what is in force" {
	run -0 xb-show -V
	[[ ${lines[1]} == "sandbox: seccomp, "*landlock* ]]
	run -0 xb-show --no-sandbox -V
	[ "${lines[1]}" = "sandbox: off" ]
}

@test "names are closed before a plan is decoded, also where it names its domain" {
	# a seal that is not this plan's, whose own last byte may be 0
	head -c -4 "$BATS_FILE_TMPDIR/built" >bad
	printf '\0\0\0\0' >>bad
	for p in "xb-pgtab bad" "xb-verify bad" "xb-walk bad 0" \
	    "xb-core -o core bad" "xb-build --plan bad -o built"; do
		# shellcheck disable=SC2086 # a program and its arguments
		run -65 strace -f -qq -o log -e signal=none \
		    -e trace=landlock_restrict_self "$XB_PLAIN"/$p
		[[ $output == *"seal"* ]]
		grep -q landlock_restrict_self log
	done
}
