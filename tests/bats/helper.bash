# What every .bats file here starts with: load helper
# shellcheck disable=SC2034,SC2154 # for the files that load it, and from bats
bats_require_minimum_version 1.5.0

root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
# As tests/run sets them, for a bats that is called without it.
XB_BIN=${XB_BIN:-$root/bin/san}
XB_PLAIN=${XB_PLAIN:-$root/bin}
XB_SHARED=${XB_SHARED:-$root/bin/shared}
XB_INPUTS=${XB_INPUTS:-$("$root/tests/inputs")}
PATH=$XB_BIN:$PATH
export XB_BIN XB_PLAIN XB_SHARED XB_INPUTS PATH LC_ALL=C.UTF-8
mkimage=$root/tests/mkimage
same_memory=$root/tests/same-memory
vmlinuz=$XB_INPUTS/vmlinuz
initrd=$XB_INPUTS/initrd.img
grub=/usr/lib/grub-xen
abis="xen-1.3-x86_32 xen-3.0pre-x86_32 xen-3.0pre-x86_64 xen-3.0-x86_32p
xen-3.0-x86_64"

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	export XB_STORE=$BATS_FILE_TMPDIR/store
}

# Skips the test where no file's identity is believed, as on tmpfs and overlayfs
# (xb(7), "Files that are believed").
only_where_believed() {
	case $(stat -f -c %T .) in
	ext2/ext3 | xfs | btrfs | f2fs) ;;
	*) skip "no identity of a file is believed on this file system" ;;
	esac
}

# page FILE: a man page as text, each letter once.
page() {
	mandoc -Tascii -O width=200 "$1" | sed $'s/.\b//g'
}

# The names of all programs.
programs() {
	(cd "$root/stages" && ls) | sed 's/\.c$//'
}

# ran STATUS COMMAND...: run --separate-stderr -STATUS, in one process where that
# has four.  The tests call it thousands of times.
ran() {
	local want=$1 at=${BATS_TEST_TMPDIR:-$BATS_FILE_TMPDIR}.ran parts
	shift
	status=0
	"$@" >"$at" 2>"$at.errors" || status=$?
	# As $( ) has it: no NUL, and no line feed at the end.
	mapfile -d '' -t parts <"$at"
	printf -v output %s "${parts[@]}"
	while [[ $output == *$'\n' ]]; do output=${output%$'\n'}; done
	IFS=$'\n' read -d '' -r -a lines <"$at" || :
	read -d '' -r stderr <"$at.errors" || :
	IFS=$'\n' read -d '' -r -a stderr_lines <"$at.errors" || :
	[ "$status" = "$want" ] || {
		echo "exit status $status, not $want: $*"
		cat "$at" "$at.errors"
		return 1
	}
}

# refused STATUS TEXT COMMAND...: the command ends with the status and exactly
# one line on standard error, which has the text in it.
refused() {
	local want=$1 text=$2
	shift 2
	# After || the shell goes on past a failure: every status is returned.
	ran "$want" "$@" || return
	[ "${#stderr_lines[@]}" = 1 ] || {
		echo "not one message but ${#stderr_lines[@]}: $stderr"
		return 1
	}
	[[ $stderr == *"$text"* ]] || {
		echo "message: $stderr"
		echo "wanted:  $text"
		return 1
	}
}

# quiet COMMAND...: ends with 0 and says nothing on standard error.
quiet() {
	ran 0 "$@" || return
	[ -z "$stderr" ] || {
		echo "said: $stderr"
		return 1
	}
}

# bounded SECONDS COMMAND...: it may take so much processor time.  How long that
# lasts depends on what else the machine does, so the clock has no say; only a
# command that waits for ever is ended by it.
bounded() (
	ulimit -t "$1"
	shift
	exec timeout 600 "$@"
)

# shipped COMMAND...: with the programs as shipped, within 1 GiB of addresses
# and 2 seconds of processor time.
shipped() (
	ulimit -v 1048576
	PATH=$XB_PLAIN:$PATH bounded 2 "$@"
)

# within_reach COMMAND...: runs it until it succeeds, and fails after two minutes
# that no machine should need.
within_reach() {
	local end=$((SECONDS + 120))
	until "$@"; do
		[ $SECONDS -lt $end ] || return
		sleep 0.05
	done
}

# terminated FILE PID: once FILE is there SIGTERM ends the process, and is its
# status.
terminated() {
	local status=0
	within_reach [ -e "$1" ] || return
	kill -TERM "$2"
	wait "$2" || status=$?
	[ "$status" = 143 ]
}

# has_read PID BYTES: the process and those that it made have read so much by
# now, from any file.
has_read() {
	local pid sum=0
	for pid in "$1" $(cat "/proc/$1/task/$1/children"); do
		sum=$((sum + $(sed -n 's/^rchar: //p' "/proc/$pid/io" || echo 0)))
	done
	[ "$sum" -gt "$2" ]
}

# build KERNEL SIZE [xb-parse options]: all stages one by one, into the files
# parsed, layout, loaded, tables, started, built; domain in ./dom.
build() {
	local kernel=$1 size=$2
	shift 2
	xb-domain create -t file:dom -m "$size" >target
	xb-parse "$@" "$kernel" >parsed
	finish_build "$size" dom
}

# finish_build SIZE DIR: from the file parsed on.
finish_build() {
	xb-layout -m "$1" parsed >layout
	xb-load -t "file:$2" layout >loaded
	xb-pgtab loaded >tables
	xb-startinfo tables >started
	xb-launch -p started >built
}

# json PLAN FILTER: a value of the plan.
json() {
	xb-show -j "$1" | jq -r "$2"
}

# put_blob LAYOUT FILE: as a blob of the layout; prints {"digest", "size"}.
put_blob() {
	local hex
	hex=$(sha256sum "$2")
	hex=${hex%% *}
	cp "$2" "$1/blobs/sha256/$hex"
	stat -c '{"digest": "sha256:'"$hex"'", "size": %s}' "$2"
}

# slow_ramdisk FILE: a file that xb-parse -z takes a while to unpack.
slow_ramdisk() {
	local made=$BATS_RUN_TMPDIR/slow
	[ -e "$made" ] || {
		head -c 300M /dev/zero | gzip -1 >"$made.$$"
		mv "$made.$$" "$made"
	}
	cp "$made" "$1"
}

# at_call FUNCTION COMMAND PROGRAM...: runs the program, linked against shared
# libraries, and the command at its first call of the function.  The sandbox is
# off, for it lets nobody run a command from inside.
at_call() {
	cc -shared -fPIC -D_GNU_SOURCE -o at-call.so "$root/tests/at-call.c" \
	    -ldl || return
	PATH=$XB_SHARED:$PATH AT=$1 RUN=$2 LD_PRELOAD=$PWD/at-call.so \
	    "$3" --no-sandbox "${@:4}"
}

# copy_built: the sources here, with the objects of the programs as shipped: make
# builds again what other settings are for.
copy_built() {
	mkdir obj
	cp -a "$root/Makefile" "$root/libstage" "$root/stages" .
	[ ! -f "$root/config.mak" ] || cp -a "$root/config.mak" .
	cp -a "$root"/obj/{libstage,libstage.a,stages,settings,codecs,sources} \
	    obj
}
