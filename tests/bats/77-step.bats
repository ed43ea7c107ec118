# xb-step: stage by stage, with commands and without.
load helper
golden=$root/tests/golden

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	export XB_STORE=$BATS_FILE_TMPDIR/store
	mkdir tmp
	export TMPDIR=$PWD/tmp
}

# nothing_left: no temporary folder, no domain.
nothing_left() {
	[ -z "$(ls -A tmp)" ] || { ls -R tmp; return 1; }
}

# same NAME FILE: the file is the golden one of that name.
same() {
	[ "${GOLDEN:-}" != write ] || cp "$2" "$golden/$1"
	diff "$golden/$1" "$2"
}

# step [OPTION...] KERNEL: the commands of standard input; text in the file out.
step() {
	xb-step -m 16M "$@" >out
}

# session OPTION...: xb-step, and its commands by says; its text in the file out.
session() {
	mkfifo in
	xb-step "$@" <in >out 2>messages 3>&- &
	pid=$!
	exec 9>in
}

# says COMMAND TEXT [N]: the command, and on when N lines (1) have the text.
says() {
	echo "$1" >&9
	within_reach has_lines "$2" "${3:-1}"
}

has_lines() {
	[ "$(grep -cF -- "$1" out)" -ge "$2" ]
}

small_kernel() {
	$mkimage k hypercall=yes note:INIT_P2M=0x8000000000 \
	    note:MOD_START_PFN=1
	head -c 10000 /dev/zero | tr '\0' r >rd
}

@test "all stages of a build, in words" {
	small_kernel
	xb-step --all -m 16M -r rd -c "console=hvc0 x='y'" k >out
	same step-all.text out
	nothing_left
}

@test "the text is the same for the same inputs, and fits 80 columns" {
	"$root/tests/xen/guest/build" guest
	mkdir elsewhere
	xb-step --all -m 16M guest >one
	TMPDIR=$PWD/elsewhere xb-step --all -m 16M guest >two
	cmp one two
	xb-step --all -m 16M -t file:dom guest >three
	sed 's/-t file:dom$/-t "$dom"/; s/ in file:dom, / in $dom, /' three |
	    diff one -
	[ ! -e dom ]
	xb-step --all -m 512M -r "$initrd" "$vmlinuz" >four
	for abi in xen-1.3-x86_32 xen-3.0pre-x86_32 xen-3.0pre-x86_64 \
	    xen-3.0-x86_32p; do
		$mkimage k abi=$abi
		xb-step --all -m 20M k >>four
	done
	cat one four | LC_ALL=C.UTF-8 awk 'length > 79 { print; bad = 1 } END { exit bad }'
	run -1 grep "$PWD" one four
	grep -q '^  kernel       1 of [0-9]* pages written, pfn 0x[0-9a-f]*$' one
	nothing_left
}

@test "commands: walk, dump, map and show look, again changes nothing" {
	small_kernel
	step k <<-'END'
		next
		n
		walk 0xffffffff80100000
		map

		dump 0x100 20
		dump 0xffffffff80100ff8 16
		again
		next
		walk 0x8000000000
		next
		again
		show
		dump 0x107 16
		dump @0xffffffff80107000 16
	END
	# The map and the words of show are those of xb-show, with a UUID.
	sed -e '/^Guest memory of/,/^  free .*mapped$/d' \
	    -e '/^xb plan, version/,/^          xb-launch /d' out >text
	same step-commands.text text
	grep -q '^Guest memory of 16 MiB, 4096 pages' out
	grep -q '^UUID\|^  UUID' out
	nothing_left
}

# said_last N...: what the last run of each stage said in the file out is what
# one run says in the file want.
said_last() {
	for n in "$@"; do
		awk -v n="[$n/6] xb-" 'index($0, n) == 1 { on = 1; t = "" }
		    /^\[/ && index($0, n) != 1 { on = 0 }
		    on { t = t $0 "\n" } END { printf "%s", t }' out >have.$n
		awk -v n="[$n/6] xb-" 'index($0, n) == 1 { on = 1 }
		    /^\[/ && index($0, n) != 1 { on = 0 } on' want >want.$n
		grep -v '^$' want.$n | diff - <(grep -v '^$' have.$n | grep -v '^The domain is kept\|^Its plan')
	done
}

@test "back undoes stages in the domain too, and forward makes the same again" {
	small_kernel
	xb-step --all -m 16M -p k >want
	step -p k <<-'END'
		next
		next
		next
		next
		next
		next
		back
		back
		back
		dump 0x100 16
		next
		again
		next
		back
		back
		back
		next
		next
		next
		next
		keep
	END
	dir=$(sed -n 's/^The domain is kept: file://p' out)
	plan=$(sed -n 's/^Its plan: //p' out)
	[[ $dir == "$TMPDIR"/* && $plan == "$TMPDIR"/* ]]
	xb-verify "$plan" >verified
	said_last 3 4 5 6
	[ "$(find tmp -type f | sed 's|tmp/[^/]*/||' | sort | tr '\n' ' ')" = \
	    "domain/lock domain/memory domain/state plan " ]
}

@test "quit, the end of the input and a signal take away what was made" {
	$mkimage k
	step k <<<"next"
	nothing_left
	printf 'next\nnext\nnext\nquit\nnext\n' | step -t file:dom k
	[ ! -e dom ]
	grep -q '^\[3/6\] quit$' out
	run -1 grep xb-pgtab out
	for signal in INT TERM HUP; do
		# Else within_reach would find the words of the session before.
		rm -f out
		mkfifo "in.$signal"
		env --default-signal=INT xb-step -m 16M -t file:dom k \
		    <"in.$signal" >out 3>&- &
		pid=$!
		exec 9>"in.$signal"
		printf 'next\nnext\nnext\n' >&9
		within_reach grep -q '^\[3/6\]  *$' out
		[ -e dom/state ]
		kill -$signal $pid
		status=0
		wait $pid || status=$?
		exec 9>&-
		[ "$status" = $((128 + $(kill -l $signal))) ]
		[ ! -e dom ]
		nothing_left
	done
}

@test "all stages of a PVH guest, in words" {
	$mkimage k note:PHYS32_ENTRY=0x100200
	head -c 10000 /dev/zero | tr '\0' r >rd
	xb-step --all -m 16M -A hvm-3.0-pvh -r rd -c "console=hvc0 x='y'" k >out
	same step-pvh.text out
	nothing_left
}

@test "a PVH guest on both sides of the hole: back, forward, and bytes" {
	$mkimage k drop=ENTRY note:PHYS32_ENTRY=0x100200
	xb-step --all -p -m 5G k >want
	xb-step -p -m 5G k >out <<-'END'
		next
		next
		next
		next
		next
		back
		back
		dump identity 4
		next
		next
		again
		back
		next
		next
		dump identity 4
		dump 0xfc000 8
		dump 0xfc000000 8
		dump @0x100000000 4
		dump 0x100000 4
		walk 0x100200
		keep
	END
	grep '^0x' out >dumped
	diff - dumped <<-'END'
		0xfeffe + 0x000  00 00 00 00                                      ....
		0xfeffe + 0x000  e7 00 00 00                                      ....
		0xfc000 + 0x000  52 53 44 20 50 54 52 20                          RSD PTR 
		0xfc000000  52 53 44 20 50 54 52 20                          RSD PTR 
		0x100000000  00 00 00 00                                      ....
		0x100000 + 0x000  00 00 00 00                                      ....
		0x00100200 -> gfn 0x100 (kernel + 0x200)
	END
	[ "$(grep -c '^The plan is the same as before\.$' out)" = 1 ]
	said_last 3 4 5 6
	xb-domain info "$(sed -n 's/^The domain is kept: //p' out)" |
	    grep -q '^type *pvh$'
}

@test "a domain is made anew for a guest of another type" {
	$mkimage k
	session -t file:dom -m 16M k
	says next '[1/6] '
	says next '[2/6] '
	[ ! -e dom ]
	says next '[3/6] '
	xb-domain info file:dom | grep -q '^type *pv$'
	says back '[2/6] ' 2
	says back '[1/6] ' 2
	$mkimage k drop=ENTRY note:PHYS32_ENTRY=0x100200
	says again 'The plan has other values in image, sources.'
	says next '[2/6] ' 3
	says next '[3/6] ' 2
	xb-domain info file:dom | grep -q '^type *pvh$'
	says back '[2/6] ' 4
	says next '[3/6] ' 3
	exec 9>&-
	wait $pid
	[ ! -e dom ]
	[ ! -s messages ]
	nothing_left
}

@test "a stage that fails: its status, a look, another try" {
	$mkimage k
	run --separate-stderr -65 xb-step --all -m 1M k
	[ "${#stderr_lines[@]}" = 1 ]
	[[ $stderr == "xb-layout: memory is too small"* ]]
	[[ $output == *"xb-layout failed with status 65; the plan is as it was."* ]]
	[[ $output != *xb-load* ]]
	printf 'n\nn\nshow\nagain\n' >commands
	run --separate-stderr -65 xb-step -m 1M k <commands
	[ "${#stderr_lines[@]}" = 2 ]
	[[ $output == *"next    xb-layout"* ]]
	# What is made good, or undone, is no failure.
	printf 'n\nn\nback\n' >commands
	run --separate-stderr -0 xb-step -m 1M k <commands
	[[ $output == *"Back to where xb-parse was done."* ]]
	printf 'n\nn\nn\nn\nn\nn\nagain\n' >commands
	run --separate-stderr -69 xb-step -m 16M k <commands
	[[ $stderr == *"already constructed"* ]]
	printf 'n\nn\nn\nn\nn\nn\nagain\nback\nnext\n' >commands
	run --separate-stderr -0 xb-step -m 16M k <commands
	nothing_left
}

@test "again, of another kernel: what is otherwise in the plan" {
	$mkimage k note:GUEST_VERSION=2.6
	session -m 16M k
	says next 'The plan has gained image'
	$mkimage k note:GUEST_VERSION=2.7
	says again 'The plan has other values in image, sources.'
	exec 9>&-
	wait $pid
	sed '1,/other values/d' out >text
	[[ $(sed -n 1p text) == "image.payloads kernel: sha256 "*"... -> "*... ]]
	[ "$(sed -n 2p text)" = 'image.notes GUEST_VERSION: "2.6" -> "2.7"' ]
	[ "$(grep -c . text)" = 3 ]
	nothing_left
}

@test "a stage that failed half way begins again with the domain before it" {
	$mkimage k
	session -m 16M k
	says next '[1/6] '
	says next '[2/6] xb-layout'
	says show 'next    xb-load'
	mv k away
	says next 'xb-load failed with status 66'
	says again 'xb-load failed' 2
	mv away k
	says again 'The plan has gained memory.'
	says next 'The plan has gained pagetables.'
	exec 9>&-
	wait $pid
	[ "$(sort -u messages | wc -l)" = 1 ]
	nothing_left
}

@test "a domain that is there is built in, in its memory, and stays" {
	$mkimage k
	xb-domain create -t file:dom -m 20M >/dev/null
	xb-step --all -t file:dom k >out
	grep -q '^k in file:dom, a domain in files of 20480K that was there$' out
	xb-domain info file:dom | grep -q '^state *running'
	run --separate-stderr -69 xb-step --all -t file:dom k
	[ -e dom/state ]
	nothing_left
}

@test "the name of a kernel steers no terminal" {
	$mkimage k
	mv k $'k\e[2J'
	xb-step --all -m 16M $'k\e[2J' >out
	grep -qF 'k\x1b[2J in ' out
	! grep -q $'\e' out || false
}

@test "a record is built again, step by step, from its own bytes" {
	small_kernel
	xb-record -q -o record -t file:dom -p -m 16M -r rd -c 'a b' k
	xb-step --all -m 16384K -c 'a b' -r rd k >want
	rm -r k rd dom "$XB_STORE"
	xb-step --all record >out
	diff want out
	xb-step --all -m 20M -c other record >out
	grep -q '^k in $dom, a domain in files of 20M ' out
	grep -q -- '^\[1/6\] xb-parse --ramdisk=rd --command-line=other k$' out
	chmod u+w record/blobs/sha256/*
	for f in record/blobs/sha256/*; do
		printf x >>"$f"
		break
	done
	refused 65 "" xb-step --all record
	nothing_left
}

@test "an option replaces what the record says in another one's words" {
	$mkimage k
	xb-record -q -o record -t file:dom -p -m 16M --no-xenstore k
	xb-step --all --xenstore-port 0 record >out
	grep -q -- '^\[5/6\] xb-startinfo --xenstore-port=0$' out
	xb-step --all record >out
	grep -q -- '^\[5/6\] xb-startinfo --no-xenstore$' out
}

@test "wrong words" {
	$mkimage k
	refused 64 "no KERNEL or RECORD" xb-step -m 16M
	refused 64 "more than one KERNEL" xb-step -m 16M k k
	refused 64 "-m SIZE" xb-step k
	refused 64 "not a size" xb-step -m 16X k
	refused 64 "nowhere" xb-step -m 16M -t nowhere k
	refused 65 "not a record" xb-step .
	while IFS='|' read -r commands message; do
		printf "$commands" >commands
		run --separate-stderr -64 xb-step -m 16M k <commands
		[ "${#stderr_lines[@]}" = 1 ]
		[[ $stderr == *"$message"* ]] || { echo "$stderr"; return 1; }
	done <<-'END'
		nonsense|no command 'nonsense'; 'help' lists them (line 1 of
		next\nnext 1|the command is 'next' (line 2 of
		walk|the command is 'walk ADDRESS'
		n\ndump kernel|'kernel' is not a number of at most 0xffffffffffffffff; segments have names after xb-layout
		n\nn\nwalk zero|'zero' is not a number
		n\nn\nn\ndump 0x100 2000000|'2000000' is not a number of at most
		again|no stage has run yet
		back|no stage has run yet
		n\nn\nwalk 0x1234567890abcdef|0x1234567890abcdef
	END
	while IFS='|' read -r commands message; do
		printf "$commands" >commands
		run --separate-stderr -65 xb-step -m 16M k <commands
		[ "${#stderr_lines[@]}" = 1 ]
		[[ $stderr == *"$message"* ]] || { echo "$stderr"; return 1; }
	done <<-'END'
		map|run xb-layout first
		walk 0|xb-layout gives them
		n\nn\ndump 0|xb-load gives it
		n\nn\nn\ndump @0x1000|not mapped
	END
	head -c 5000 /dev/zero | tr '\0' x >commands
	refused 64 "is over" xb-step -m 16M k <commands
	run -74 bash -c 'xb-step --all -m 16M k >/dev/full'
	TMPDIR=$PWD/not-there refused 74 "TMPDIR" xb-step --all -m 16M k
	nothing_left
}

@test "at a terminal a wrong word is told, and the session goes on" {
	small_kernel
	cat >talk <<-'END'
		import os, pty, sys, termios, time
		pid, fd = pty.fork()
		if pid == 0:
		    os.environ["TERM"] = "xterm"
		    os.execvp("xb-step", ["xb-step", "-m", "16M", "k"])
		text = b""
		def expect(what):
		    global text
		    while what not in text:
		        text += os.read(fd, 4096)
		    text = text[text.index(what) + len(what):]
		# The terminal edits lines itself until the program takes it over, which
		# it may do just after its prompt.
		def prompt():
		    expect(b"/6] ")
		    while termios.tcgetattr(fd)[3] & termios.ICANON:
		        time.sleep(0.01)
		prompt()
		# ^A goes to the beginning, ^E to the end, DEL takes a letter
		os.write(fd, b"ogus\x01b\x05ss\x7f\n")
		expect(b"no command 'boguss'")
		prompt()
		# up: the line before
		os.write(fd, b"\x1b[A\x7f\n")
		expect(b"no command 'bogus'")
		prompt()
		os.write(fd, b"quit\n")
		sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
	END
	timeout 60 /usr/bin/python3 -IS talk
	nothing_left
}

@test "what was seen of memory is read many pages at a time" {
	small_kernel
	strace -f -qq -o log -e trace=pread64 "$XB_PLAIN/xb-step" \
	    --no-sandbox --all -m 16M k >out
	grep -q "no page has changed" out
	[ "$(wc -l <log)" -lt 1000 ]
}
