# xb-parse whose parser or codec was taken over by what it reads, and programs
# whose reader of records or of xl.cfg was: whatever it tries is stopped, and no
# trace of it is left (tests/misbehave.c).
load helper

setup_file() {
	make -C "$root" -s bin/misbehave/xb-parse bin/misbehave/xb-diff \
	    bin/misbehave/xb-replay bin/misbehave/xb-build \
	    bin/misbehave/xb-record
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	export XB_STORE=$PWD/store
	$mkimage k
	gzip -k k
	portable >want
	rm -rf store
}

# The plan of k.gz, without what is this machine's.
portable() {
	"${1:-xb-parse}" k.gz | xb-show -j | jq 'del(.sources)'
}

# stopped STATUS TEXT WHO DEED: one message, and a store as if nothing had been.
stopped() {
	local status=$1 text=$2
	shift 2
	rm -rf store
	refused "$status" "$text" timeout 60 env XB_MISBEHAVE="$*" \
	    "$root/bin/misbehave/xb-parse" k.gz || {
		echo "$*"
		return 1
	}
	# what was unpacked before the parser was taken over is whole, and
	# nothing else is there
	[ -z "$(find . -name '.blob*' -o -name evil)" ] || return
	[ "$1" = parser ] || [ -z "$(find store -type f)" ] || return
	portable | cmp - want
}

@test "without a word it is xb-parse" {
	quiet "$root/bin/misbehave/xb-parse" k.gz
	portable "$root/bin/misbehave/xb-parse" | cmp - want
}

@test "system calls of no parser end it: files, sockets, processes, code" {
	for deed in open store connect fork exec kill trace code; do
		stopped 70 "the process that reads 'k.gz' was stopped by seccomp: it tried what it may not" parser $deed
		stopped 70 "the process that unpacks 'k.gz' was stopped by seccomp: it tried what it may not" codec $deed
	done
}

@test "more memory than it may have is refused" {
	stopped 65 "out of memory: 16777216 bytes asked for; the process that reads 'k.gz' may have 1024 MiB; --window lifts it" parser memory
	stopped 65 "the process that unpacks 'k.gz' may have 1024 MiB; --window lifts it" codec memory
	# --window 256M adds 256 MiB to the limit
	rm -rf store
	refused 65 "may have 1280 MiB" env XB_MISBEHAVE="codec memory" \
	    "$root/bin/misbehave/xb-parse" --window 256M k.gz
	# a limit that is lower already is no fault of the kernel
	rm -rf store
	refused 71 "the limit is the one that the program was started with (ulimit -v)" \
	    bash -c 'ulimit -v 500000; XB_MISBEHAVE="parser memory" exec "$0" k.gz' \
	    "$root/bin/misbehave/xb-parse"
}

@test "more processor time than it may have is refused" {
	ulimit -S -t 1
	stopped 65 "the process that reads 'k.gz' was stopped: it had the" parser spin
	stopped 65 "seconds of processor time that it may have" codec spin
}

@test "what sleeps is ended, in a minute that this test makes a second" {
	for deed in sleep stop; do
		stopped 70 "the process that reads 'k.gz' was stopped: it slept for 60 seconds" parser $deed
		stopped 70 "the process that unpacks 'k.gz' was stopped: it slept for 60 seconds" codec $deed
	done
}

@test "what spins ends with the program" {
	XB_MISBEHAVE="codec spin" "$root/bin/misbehave/xb-parse" k.gz >out 2>&1 &
	within_reach compgen -G 'store/blobs/sha256/.blob.*'
	within_reach pgrep -P $! >child
	kill -KILL $!
	within_reach [ ! -e "/proc/$(cat child)" ]
}

@test "a crash is told, and is a bug" {
	stopped 70 "the process that reads 'k.gz' crashed (signal 11" parser crash
	stopped 70 "the process that unpacks 'k.gz' crashed (signal 11" codec crash
	stopped 70 "the process that reads 'k.gz' crashed (signal 6, Aborted)" parser abort
	stopped 70 "the process that unpacks 'k.gz' crashed (signal 6, Aborted)" codec abort
}

@test "nonsense and silence are no answers" {
	for who in "parser reads" "codec unpacks"; do
		stopped 70 "the process that ${who#* } 'k.gz' sends what is no answer" ${who% *} nonsense
		stopped 70 "the process that ${who#* } 'k.gz' ended with status 0 and no answer" ${who% *} silence
	done
}

@test "a process that was taken over says nothing of what a kernel can" {
	for what in "parser crash" "parser nonsense" "parser silence" \
	    "codec crash" "codec nonsense" "codec exceed"; do
		XB_MISBEHAVE=$what refused 70 "please report" \
		    "$root/bin/misbehave/xb-parse" --can -j k.gz
		[ -z "$output" ]
	done
}

@test "a codec without end is stopped at the limit" {
	stopped 65 "'k.gz' unpacks to more than the limit of 536870912 bytes" codec flood
	stopped 70 "the process that unpacks 'k.gz' sends what is no answer" codec exceed
	rm -rf store
	refused 70 "the process that unpacks 'k.gz' sends what is no answer" \
	    timeout 60 env XB_MISBEHAVE="codec trickle" \
	    "$root/bin/misbehave/xb-parse" -L 64K k.gz
	[ -z "$(find store -type f)" ]
}

@test "what is changed while it is read is stored under the digest of what is stored" {
	for _ in $(seq 5); do
		rm -rf store
		refused 65 "'k.gz (unpacked from gzip at 0x0)' is not a kernel image" \
		    env XB_MISBEHAVE="codec scribble" "$root/bin/misbehave/xb-parse" k.gz
		(cd store/blobs/sha256 && sha256sum *) >sums
		awk '{ bad += $1 != $2 } END { exit NR != 1 || bad != 0 }' sums
	done
}

@test "a plan that lies is not believed" {
	for lie in size payload section range codec again; do
		stopped 70 "sends what is no answer" parser $lie
	done
	stopped 70 "sends no plan: its plan: 'image.entry' is 0x0" parser entry
	stopped 70 "sends no plan: its plan: 'image.segments[0].role'" parser role
}

# unread STATUS TEXT DEED: xb-diff, whose reader does that.
unread() {
	[ -e rec ] || quiet xb-record -o rec -p -t file:one -m 16M k || return
	refused "$1" "$2" env XB_MISBEHAVE="reader $3" \
	    "$root/bin/misbehave/xb-diff" rec rec || {
		echo "$3"
		return 1
	}
	[ ! -e store/evil ] && diff -r rec "${kept:=$(cp -r rec kept && echo kept)}"
}

@test "without a word, records are compared and replayed" {
	quiet xb-record -o rec -p -t file:one -m 16M k
	quiet "$root/bin/misbehave/xb-diff" rec rec
	run -0 "$root/bin/misbehave/xb-replay" -p -t file:two --check rec
}

@test "what reads the JSON of a record is stopped at all that it may not" {
	for deed in open store connect fork exec kill trace code; do
		unread 70 "the process that reads the record 'rec' was stopped by seccomp: it tried what it may not" $deed
	done
	unread 65 "the process that reads the record 'rec' may have 1024 MiB" memory
	unread 70 "the process that reads the record 'rec' crashed (signal 11" crash
	unread 70 "the process that reads the record 'rec' was stopped: it slept" sleep
	ulimit -S -t 1
	unread 65 "seconds of processor time that it may have" spin
}

@test "an answer that no JSON becomes is not believed" {
	for how in nonsense nothing never long twice more nil behind; do
		unread 70 "the process that reads the record 'rec' sends what is no answer" $how
	done
	unread 70 "the process that reads the record 'rec' ended with status 0 and no answer" silence
	# An answer that an honest reader could send is judged as the record's
	# text.
	unread 65 "oci-layout: imageLayoutVersion is missing (in the record 'rec')" empty
	unread 65 "index.json: schemaVersion is missing (in the record 'rec')" again
}

@test "a reader that is taken over makes no domain of the record" {
	quiet xb-record -o rec -p -t file:one -m 16M k
	for deed in open nonsense again; do
		run ! env XB_MISBEHAVE="reader $deed" \
		    "$root/bin/misbehave/xb-replay" -p -t file:two rec
		[ ! -e two ]
	done
}

@test "what adds a record to an index can lose none" {
	quiet xb-record -o rec:a -p -t file:one -m 16M k
	quiet xb-record -o rec:b -p -t file:two -m 17M k
	cp -r rec kept
	for deed in lose more swap twice other; do
		refused 70 "the process that adds to index.json sends what is no answer" \
		    env XB_MISBEHAVE="adder $deed" "$root/bin/misbehave/xb-record" \
		    -o rec:c -p -t file:three -m 18M k
		diff -r rec kept
	done
	for deed in open store connect fork exec kill trace code; do
		refused 70 "the process that adds to index.json was stopped by seccomp" \
		    env XB_MISBEHAVE="adder $deed" "$root/bin/misbehave/xb-record" \
		    -o rec:c -p -t file:three -m 18M k
		diff -r rec kept
	done
	[ ! -e three ] && [ ! -e evil ] && [ ! -e store/evil ]
	quiet "$root/bin/misbehave/xb-record" -o rec:c -p -t file:three -m 18M k
	quiet xb-replay -q -p --check -t file:four rec:c
}

# unbuilt STATUS TEXT DEED: xb-build of a file for xl, whose reader does that.
unbuilt() {
	printf '%s\n' "vcpus = 1" "kernel = 'k'" "memory = 16" >d.cfg
	refused "$1" "$2" env XB_MISBEHAVE="cfg $3" \
	    "$root/bin/misbehave/xb-build" -t file:dom d.cfg || {
		echo "$3"
		return 1
	}
	[ ! -e dom ] && [ ! -e store/evil ]
}

@test "what reads a file for xl is stopped at all that it may not" {
	for deed in open store connect fork exec kill trace code; do
		unbuilt 70 "the process that reads 'd.cfg' was stopped by seccomp: it tried what it may not" $deed
	done
	unbuilt 65 "the process that reads 'd.cfg' may have 1024 MiB" memory
	unbuilt 70 "the process that reads 'd.cfg' crashed (signal 11" crash
	unbuilt 70 "the process that reads 'd.cfg' was stopped: it slept" sleep
	unbuilt 70 "the process that reads 'd.cfg' sends what is no answer" nonsense
	unbuilt 70 "the process that reads 'd.cfg' ended with status 0 and no answer" silence
	unbuilt 70 "the process that reads 'd.cfg' sends what is no answer" empty
	unbuilt 70 "more options than keys" repeat
	ulimit -S -t 1
	unbuilt 65 "seconds of processor time that it may have" spin
}
