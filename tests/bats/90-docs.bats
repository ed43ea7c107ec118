# The pages and the programs say the same.
load helper

# Does the stage's own page describe its section?  Then no other page need name
# the stage.
alone() { # PROGRAM
	grep -q "^\.It Cm ${1#xb-} Pq map" "$root/man/$1.1"
}

# The options that a program takes for such a stage: "as xb-name" in its -h.
lent() { # PROGRAM
	$1 -h | sed -n 's/^ .*\(--[a-z-]*\).* as \(xb-[a-z]*\)$/\1 \2/p' |
	    while read -r option owner; do
		! alone "$owner" || echo "$option"
	done
}

# The synopsis that -h prints, in one line.
usage() { # PROGRAM
	$1 -h | sed -n '/^usage: /,/^[^ u]/{ s/^usage: //; /^[^ x]/d; p }' |
	    tr -s ' \n' ' ' | sed 's/ $//' | tr -d '\n'
}

@test "usage lines end where the terminal does" {
	[ "$(xb-build -h | sed -n '/^usage/,/^[^ u]/p' | wc -L)" -le 80 ]
	script -qec "stty cols 60; xb-build -h" /dev/null | tr -d '\r' >shown
	[ "$(sed -n '/^usage/,/^[^ u]/p' shown | grep -v ^make | wc -L)" -le 60 ]
	grep -q '^ \{16\}\[' shown
}

@test "every program has a page with the synopsis that -h prints" {
	for p in $(programs); do
		page "$root/man/$p.1" |
		    awk '/^SYNOPSIS/ { on = 1; next } /^[A-Z]/ { on = 0 } on' |
		    tr -s ' \n' ' ' | sed 's/^ //; s/ $//' >want
		usage "$p" >have
		for o in $(lent "$p"); do
			sed -i "s/ \[$o[^]]*\]//" have
		done
		diff want have || { echo "$p"; return 1; }
	done
}

@test "every option of -h is in the page, and no other" {
	for p in $(programs); do
		lent "$p" | sed 's/^/ /' >lent
		$p -h | grep -o -- ' --[a-z-]*' | grep -vxF -f lent | sort -u >have
		page "$root/man/$p.1" | grep -o -- ' --[a-z][a-z-]*' | sort -u >want
		comm -23 have want >missing
		[ ! -s missing ] || { echo "$p: not in its page:"; cat missing; return 1; }
		grep '^\.It Fl' "$root/man/$p.1" | grep -o 'Fl Fl [a-z-]*' |
		    sed 's/Fl Fl / --/' | sort -u >told
		comm -13 have told >wrong
		[ ! -s wrong ] || { echo "$p: in its page only:"; cat wrong; return 1; }
	done
}

# The default stands in brackets, and file:DIR where a domain in files is taken.
@test "-h says which domains a program takes" {
	[ ! -e /proc/xen/privcmd ] || skip "this is a host of Xen"
	takes() { "$1" -h | sed -n 's/^  -t, --target TARGET *//p'; }
	"$mkimage" kernel
	xb-record -q -p -o rec -t file:rec.domain -m 16M kernel
	xb-build -q -t file:dom -m 16M --until xb-startinfo -o plan kernel
	for line in "xb-build -m 16M kernel" "xb-record -o new -m 16M kernel" \
	    "xb-replay rec" "xb-run -m 16M kernel"; do
		[[ $(takes "${line%% *}") == *"xen, a new one (xen)" ]]
		# shellcheck disable=SC2086 # a list of words
		refused 69 "no Xen here" $line
	done
	[[ $(takes xb-step) == *" (one in a temporary folder)" ]]
	xb-step --all -m 16M kernel >text
	for line in "xb-run -t file:dom kernel" "xb-console file:dom" \
	    "xb-introduce plan"; do
		[[ $(takes "${line%% *}") != *file:* ]]
		# shellcheck disable=SC2086 # a list of words
		refused 69 "is a domain in files" $line
	done
	for p in xb-build xb-record xb-replay xb-step xb-load xb-verify xb-domain; do
		[[ $(takes $p) == "the domain: file:DIR"* ]]
	done
}

@test "every page has EXIT STATUS and EXAMPLES and is clean mdoc" {
	for f in "$root"/man/*.[157]; do
		page "$f" >text
		grep -q '^EXIT STATUS' text
		grep -q '^EXAMPLES' text
		mandoc -Tlint -Wwarning "$f"
	done
}

# The statuses that a page lists under EXIT STATUS, one a line.
listed() { # PAGE
	sed -n '/^\.Sh EXIT STATUS/,/^\.Sh [^E]/{ s/^\.It \([0-9 ,]*\)$/\1/p }' "$1" |
	    tr -s ' ,' '\n' | sort -u
}

# 1, an answer of xb-walk and xb-diff, and signals are no failures of fail.h.
@test "the exit statuses of xb(7) are those of fail.h, and xb-show has words for all" {
	sed -n 's/^\tFAIL_[A-Z]*[[:space:]]*= \([0-9]*\),*.*/\1/p' \
	    "$root/libstage/base/fail.h" >codes
	[ "$(wc -l <codes)" -ge 13 ]
	printf '%s\n' 1 129 130 143 | sort -u - codes >want
	listed "$root/man/xb.7" | diff want -
	sed -n 's/^\t{ \(FAIL_[A-Z]*\), ".*/\1/p' \
	    "$root/libstage/report/steps.c" | sort >words
	sed -n 's/^\t\(FAIL_[A-Z]*\)[[:space:]].*/\1/p' \
	    "$root/libstage/base/fail.h" | grep -v NONE | sort | diff - words
}

# What needs the host may meet one that has no room now.
@test "no page has a status that xb(7) lacks, and where 69 is 75 is too" {
	listed "$root/man/xb.7" >all
	for f in "$root"/man/xb-*.1; do
		listed "$f" >here
		comm -13 all here >wrong
		[ ! -s wrong ] || { echo "$f:"; cat wrong; return 1; }
		page "$f" | sed -n '/^EXIT STATUS/,/^EXAMPLES/p' >text
		! grep -qw 69 text || grep -qw 75 text || { echo "$f: no 75"; return 1; }
	done
}

@test "limits that a reader cannot guess are in the pages" {
	page "$root/man/xb.7" | tr -s ' \n' ' ' >text
	grep -q 'must be a regular file' text
	grep -q 'home folder is that of the user in /etc/passwd' text
	page "$root/man/xb-parse.1" | tr -s ' \n' ' ' >text
	grep -q 'home folder is that of the user in /etc/passwd' text
	page "$root/man/xb-plan.1" | tr -s ' \n' ' ' >text
	grep -q '64 MiB' text
}

@test "every page is one of the pages that xb(7) names" {
	page "$root/man/xb.7" >text
	for p in $(programs); do
		! alone "$p" || continue
		grep -q "$p(1)" text || { echo "xb(7) does not name $p(1)"; return 1; }
	done
}

@test "every ABI that xb-parse takes is in xb-abi(7) and xb(7)" {
	run --separate-stderr -64 xb-parse -A none /dev/null
	echo "$stderr" | grep -oE 'xen-[0-9][a-z0-9._-]*' >names
	[ "$(wc -l <names)" -ge 5 ]
	for p in xb-abi xb; do
		page "$root/man/$p.7" >text
		while read -r name; do
			grep -qF "$name" text || { echo "$p: no $name"; return 1; }
		done <names
	done
}

@test "documents that the sources name are in the repository" {
	cd "$root"
	grep -rhoIE '[A-Za-z0-9_-]+\.md\b' libstage stages tests pipelines man |
	    sort -u >"$BATS_TEST_TMPDIR/named"
	while read -r name; do
		[ -e "$name" ] || { echo "no $name"; return 1; }
	done <"$BATS_TEST_TMPDIR/named"
}

@test "the programs that touch no domain are linked against no Xen library" {
	for p in xb-parse xb-layout xb-plan; do
		run -0 ldd "$XB_SHARED/$p"
		[[ $output != *libxen* ]]
	done
}

@test "the programs behind xb-parse are linked against no decompressor but zlib" {
	for p in xb-layout xb-load xb-pgtab xb-startinfo xb-launch; do
		run -0 ldd "$XB_SHARED/$p"
		[[ $output != *lzma* && $output != *zstd* && $output != *lzo* ]]
	done
}

@test "-V prints the version, and xb-parse the codecs" {
	for p in $(programs); do
		run -0 "$p" -V
		[[ ${lines[0]} == "$p (xb) "[0-9]* ]]
	done
	run -0 xb-parse -V
	for c in gzip xz lzma bzip2 lzo lz4 zstd; do
		[[ $output == *"$c"* ]] || { echo "no $c"; return 1; }
	done
}

@test "the README names the two commands" {
	grep -q 'make demo' "$root/README.md"
	grep -q 'make check' "$root/README.md"
}

# tour: runs the commands of the console blocks on standard input and prints them
# with what they said and, in brackets, a status that is not 0.  A command goes
# on behind a \ at the end of the line.
tour() {
	grep -A 1 '^\$ ' | grep -v '^--$' | while IFS= read -r line; do
		[[ $line == '$ '* ]] || continue
		while [[ $line == *\\ ]]; do
			IFS= read -r more
			line+=$'\n'$more
		done
		echo "$line"
		sh -c "${line#??}" 2>&1 </dev/null || echo "[$?]"
	done
}

# Numbers vary with Debian's kernel; the words do not.
words() {
	sed 's/0x[0-9a-f]*/N/g; s/[0-9][0-9]*/N/g; s/[^ -~]//g; s/  */ /g'
}

@test "the README's tour is what the programs print" {
	cp "$vmlinuz" "$initrd" .
	"$root/tests/xen/hunt/build" dies
	sed -n '/^```console/,/^```$/p' "$root/README.md" | grep -v '^```' >told
	words <told >want
	tour <told | words >have
	diff want have
}

@test "the README's pipe builds a domain" {
	cp "$vmlinuz" "$initrd" .
	sed -n '/^```sh$/,/^```$/p' "$root/README.md" |
	    sed -n '/^xb-parse/,/^xb-launch/p' >pipe
	[ "$(wc -l <pipe)" = 6 ]
	xb-domain create -t file:demo -m 256M
	sh pipe >built
	xb-verify built
}

# Here there is no Xen, so each must come so far that it asks for it.
@test "the README's commands for Xen lack nothing else" {
	[ ! -e /proc/xen/privcmd ] || skip "this is a host of Xen"
	"$mkimage" vmlinuz
	cp vmlinuz dies
	cp vmlinuz initrd.img
	xb-build -p -t file:dom -m 16M -o built dies
	xb-show -j built | sed 's|"file:.*/dom"|"xen:5"|' | xb-plan >plan
	sed -n '/^```text/,/^```$/s/^# \(xb-.*\)/\1/p' "$root/README.md" >commands
	[ "$(wc -l <commands)" -ge 8 ]
	while IFS= read -r line; do
		run bash -o pipefail -c "$line"
		[ "$status" = 69 ] && [[ $output == *"no Xen here"* ]] ||
		    { echo "$line: $status, $output"; return 1; }
	done <commands
}

@test "the README's picture is what make pictures makes" {
	"$root/tests/pictures" .
	for f in "$root"/pictures/*.svg; do
		grep -q "(pictures/${f##*/})" "$root/README.md"
		grep '<text\|<title' "$f" | words | sort -u >want
		grep '<text\|<title' "${f##*/}" | words | sort -u | diff want -
	done
}

@test "the tutorial is what the programs print" {
	cp "$vmlinuz" "$initrd" .
	sed -n '/^\.Sh EXAMPLES/q; /^\.Bd -literal/,/^\.Ed/p' \
	    "$root/man/xb-tutorial.7" | grep -v '^\.[BE]d' |
	    sed 's/\\e/\\/g; s/^\\&//' >told
	words <told >want
	tour <told | expand | words >have
	diff want have
}

@test "the examples of the pages run" {
	PATH=$XB_PLAIN:$PATH run "$root/tests/examples"
	echo "$output"
	[ "$status" = 0 ] && [ -z "$output" ]
}

@test "an option that is none is refused, with the nearest ones" {
	for p in $(programs); do
		refused 64 "$p: unknown option '--hepl': the nearest is --help; try '$p -h'" \
		    "$p" --hepl
	done
	refused 64 "unknown option '--memroy': the nearest is --memory;" \
	    xb-layout --memroy=32M
	refused 64 "unknown option '--no': the nearest is --no-xenstore, --no-sandbox;" \
	    xb-run --no k
	refused 64 "unknown option '--zzzzz'; try" xb-run --zzzzz k
	refused 64 "unknown option '--'; try" xb-run --=k
}

@test "install puts programs and pages in their places" {
	make -C "$root" -s install DESTDIR="$PWD/a root" PREFIX=/usr SAN=1
	for p in $(programs); do
		[ -x "a root/usr/bin/$p" ]
		[ -s "a root/usr/share/man/man1/$p.1" ]
	done
	[ -s "a root"/usr/share/man/man5/xb-plan.5 ]
	[ -s "a root"/usr/share/man/man7/xb.7 ]
	make -C "$root" -s uninstall DESTDIR="$PWD/a root" PREFIX=/usr SAN=1
	[ -z "$(find "a root" -type f)" ]
}

# linked PROGRAM: says how.
linked() {
	readelf -lW "$1" >segments || return
	if grep -q INTERP segments; then echo shared; else echo static; fi
}

# tree: what make needs of the sources for a program of one file.
tree() {
	cp "$root/Makefile" .
	mkdir -p stages libstage/base
	echo 'int main(void) { return 0; }' >stages/xb-one.c
	echo 'extern int nothing; int nothing;' >libstage/base/nothing.c
}

@test "other settings build anew what they are for, and nothing else" {
	tree
	make CFLAGS=-O0 >out
	[ "$(grep -c ' -c ' out)" = 2 ]
	[ -z "$(make -s CFLAGS=-O0 2>&1)" ]
	make CFLAGS=-O1 >out
	[ "$(grep -c ' -O1 .* -c ' out)" = 2 ]
}

@test "a codec that is left out is in no program" {
	copy_built
	make WITHOUT=lzo bin/xb-parse >out
	[ "$(grep -c ' -c ' out)" -lt 12 ]
	bin/xb-parse -V >out
	grep -q '^ *lzo.*left out' out
	grep -q '^ *zstd.*built in' out
	make -s bin/shared/xb-parse SHARED=1 WITHOUT=lzo
	ldd bin/shared/xb-parse >libraries
	grep -q libzstd libraries
	[ -z "$(grep lzo libraries)" ]
	# and comes back
	make -s bin/xb-parse
	bin/xb-parse -V | grep -q '^ *lzo.*built in'
}

@test "make links programs that need no shared library, and says so once" {
	tree
	run -0 make -s
	[ "$output" = "xb: the programs need no shared library (with SHARED=1 they do)" ]
	[ "$(linked bin/xb-one)" = static ]
	[ -z "$(make -s 2>&1)" ]
	run -0 make -s SHARED=1
	[ "$output" = "xb: the programs need shared libraries, as SHARED=1 asks" ]
	[ "$(linked bin/shared/xb-one)" = shared ]
	[ "$(linked bin/xb-one)" = static ]
}

@test "where a static library is missing all programs are linked with shared ones, and make says why" {
	tree
	# a compiler that finds no libzstd.a
	cat >cc <<-'END'
	#!/bin/sh
	case " $* " in
	*" -static-pie "*" -lzstd "*)
		echo "ld: cannot find -lzstd: No such file or directory" >&2
		exit 1 ;;
	esac
	exec gcc "$@"
	END
	chmod +x cc
	run -0 make -s CC="$PWD/cc"
	[ "$output" = "xb: the programs need shared libraries and so start slower:\
 -lzstd cannot be linked statically" ]
	[ "$(linked bin/xb-one)" = shared ]
}
