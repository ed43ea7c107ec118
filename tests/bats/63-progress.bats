# The line that shows how far long work has come, on a terminal alone.
load helper

# A clock of which each look is ten seconds later.
setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	cat >clock.c <<-'END'
	#include <time.h>
	int clock_gettime(clockid_t which, struct timespec *t)
	{
		static long now = 1000;

		(void)which;
		t->tv_sec = now += 10;
		t->tv_nsec = 0;
		return 0;
	}
	END
	cc -shared -fPIC -o clock.so clock.c
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	export XB_STORE=$PWD/store
	PATH=$XB_SHARED:$PATH
	clock=$BATS_FILE_TMPDIR/clock.so
	"$mkimage" k
	gzip -k k
}

# typed COMMAND: what it shows on a terminal of 60 columns, or so many, bytes as
# they come.
typed() {
	TERM=xterm script -qec "stty cols ${columns:-60}; LD_PRELOAD=$clock $1" /dev/null
}

# The escape that erases a line, as the terminal is sent it.
erase=$'\r\e[K'

@test "reading, unpacking and loading are shown, and erased" {
	typed "xb-parse k >parsed" >shown
	grep -q "xb-parse: reading 'k' [0-9]* of [0-9]* MiB, [0-9.]* MiB/s" shown
	[[ $(cat shown) == *"$erase" ]]
	typed "xb-parse k.gz >parsed" >shown
	grep -q "xb-parse: unpacking 'k.gz' [0-9]* MiB, [0-9.]* MiB/s" shown
	[[ $(cat shown) == *"$erase" ]]
	xb-layout -m 16M parsed >laid
	xb-domain create -m 16M file:dom
	typed "xb-load -t file:dom laid >loaded" >shown
	grep -q "xb-load: loading 'file:.*' [0-9]* of [0-9]* MiB" shown
	[[ $(cat shown) == *"$erase" ]]
	[ "$(xb-show -j loaded | jq -r .memory.target)" = "file:$PWD/dom" ]
	typed "xb-build -p -t file:built -m 16M k.gz" >shown
	[[ $(tr -d '\r' <shown) == *$'\e[Kfile:built' ]]
}

# says WORDS COMMAND: its line is shown and erased.
says() {
	typed "$2 >said" >shown
	grep -q "$1 [0-9.]*.* MiB, [0-9.]* MiB/s" shown || {
		echo "$2 shows no '$1'"
		cat -v shown
		return 1
	}
	[[ $(cat shown) == *"$erase"* ]]
}

@test "verifying, hashing, comparing and copying are shown, and erased" {
	local columns=200
	export TMPDIR=$PWD
	xb-build -p -t file:a -m 16M -o a.plan k
	xb-build -p -t file:b -m 16M -o b.plan -c other k
	says "xb-verify: verifying 'file:.*/a' 4 of 4" "xb-verify a.plan"
	[ -z "$(grep "5 of 4" shown)" ]
	says "xb-verify: verifying 'file:a'" "xb-verify file:a"
	says "xb-diff: comparing 'file:a' [0-9]* of" "xb-diff file:a file:b || :"
	"$mkimage" other set:ph0.p_flags=7
	xb-build -p -t file:c -m 16M -o c.plan other
	says "xb-diff: comparing 'k' [0-9]* of\|comparing '.*/k' [0-9]* of" \
	    "xb-diff a.plan c.plan || :"
	says "xb-record: hashing 'file:.*/rec' [0-9]* of" \
	    "xb-record -p -t file:rec -m 16M -o rec.record k"
	says "xb-replay: hashing 'file:.*/again' [0-9]* of" \
	    "xb-replay --check -p -t file:again rec.record"
	printf 'n\nn\nn\nn\n' >commands
	says "xb-step: copying 'memory'" "xb-step -m 16M k <commands"
}

@test "a message begins a line of its own" {
	gzip -c k | head -c 9000 >cut.gz
	typed "xb-parse cut.gz >parsed" >shown || :
	[[ $(tr -d '\n' <shown) == *"unpacking 'cut.gz'"*"${erase}xb-parse: cannot unpack 'cut.gz'"* ]]
}

@test "none in a pipe, none with -q, none of the work of a moment" {
	LD_PRELOAD=$clock xb-parse k.gz 2>&1 >parsed | cat >said
	[ ! -s said ]
	rm -rf store
	[ -z "$(typed "xb-parse -q k.gz >parsed")" ]
	rm -rf store
	[ -z "$(script -qec "xb-parse k.gz >parsed" /dev/null)" ]
}

@test "a long name is cut, the line is no longer than the terminal" {
	name=$(printf 'x%.0s' {1..100})
	cp k "$name"
	typed "xb-parse $name >parsed" >shown
	grep -q "reading 'xxx*' [0-9]* of" shown
	tr '\r' '\n' <shown | sed 's/\x1b\[K//' | awk 'length > 59 { exit 1 }'
}
