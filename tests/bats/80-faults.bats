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
	# It tells as well what it makes of a relative path.
	grep -v '^strace: ' struck.message >&2
	return $status
}

# starved N COMMAND...: the Nth allocation fails.
starved() {
	local n=$1 program=$2
	shift 2
	FAIL_AT=$n LD_PRELOAD=$BATS_FILE_TMPDIR/failalloc.so "$XB_PLAIN/$program" "$@"
}

setup_file() {
	cc -O2 -shared -fPIC -o "$BATS_FILE_TMPDIR/failalloc.so" \
	    "$BATS_TEST_DIRNAME/../faults/failalloc.c"
}

@test "a domain that cannot be looked for is not left out of the list" {
	xb-domain create -t file:dom -m 4M
	refused 74 "cannot look for domains: 'dom/state': Input/output error" \
	    struck dom/state newfstatat EIO xb-domain list
}

@test "a domain that cannot be looked for counts as there, for opening it says more" {
	$mkimage k
	xb-domain create -t file:dom -m 32M
	run -0 struck dom/state faccessat,faccessat2,access EIO \
	    xb-build -m 32M -t file:dom -o plan k
	xb-verify plan
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
	refused 74 "Input/output error" struck rec/oci-layout newfstatat,openat EIO xb-diff \
	    rec rec
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
		*) [ $status = 71 ] && [ "$(wc -l <message)" = 1 ] ;;
		esac
	done
	# The strings of the JSON, all of them.
	for n in $(seq 10 40); do
		status=0
		starved "$n" xb-plan json >plan 2>message || status=$?
		[ $status = 71 ] || cmp plan want
	done
}
