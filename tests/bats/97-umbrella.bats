# xb VERB, and the index of pages.
load helper

# name_line PAGE: "parse read a kernel ..." of man/xb-parse.1.
name_line() {
	sed -n 's/^\.Nm xb-//p; s/^\.Nd //p' "$1" | head -n 2 | paste -s -d ' '
}

@test "a verb runs its program, with options and status" {
	"$mkimage" kernel
	xb parse -c 'a b' kernel >have
	xb-parse -c 'a b' kernel >want
	cmp want have
	run -0 xb domain -V
	[[ ${lines[0]} == "xb-domain (xb) "* ]]
	refused 66 "xb-parse: " xb parse none
	refused 64 "xb-pool: unknown verb 'sink'" xb pool sink
}

@test "the programs beside xb are its own, and other verbs are on the PATH" {
	printf '#!/bin/sh\necho other "$@"\n' >xb-parse
	cp xb-parse xb-mine
	chmod +x xb-parse xb-mine
	PATH=$PWD:$PATH
	[[ $(xb parse -V) == "xb-parse (xb)"* ]]
	[ "$(xb mine -x y)" = "other -x y" ]
}

@test "a verb that is none is refused, with the nearest names" {
	refused 64 "unknown verb 'prase': the nearest is parse; try 'xb -h'" xb prase
	refused 64 "unknown verb 're': the nearest is record, replay;" xb re
	refused 64 "unknown verb 'wlak': the nearest is walk;" xb wlak
	refused 64 "unknown verb 'nonsense': 'xb' names all of them" xb nonsense
	refused 64 "unknown verb '': 'xb' names all" xb ''
	refused 64 "unknown verb 'xb-parse': the nearest is parse;" xb xb-parse
	refused 64 "unknown verb 'xb-': 'xb' names all" xb xb-
	refused 64 "unknown verb '../xb-parse'" xb ../xb-parse
	refused 64 "unknown verb '$(printf '%0300d' 0)'" xb "$(printf '%0300d' 0)"
	refused 64 "the options of 'parse' stand behind it" xb -q parse
}

@test "a program that cannot be run is named" {
	mkdir one
	cp "$XB_PLAIN/xb" one
	echo >one/xb-parse
	refused 77 "cannot run '$PWD/one/xb-parse': Permission denied" one/xb parse
}

@test "xb alone prints every program and page, in the words of their pages" {
	run -0 xb
	echo "$output" | tr -s ' ' | sed 's/^ //' >text
	for p in $(programs | grep -v '^xb$'); do
		grep -qxF "$(name_line "$root/man/$p.1")" text || { echo "$p"; return 1; }
	done
	for f in "$root"/man/xb-*.7 "$root"/man/xb-cfg.5; do
		grep -qxF "$(name_line "$f")" text || { echo "$f"; return 1; }
	done
	for p in xb.7 xb-plan.5 xb-record.5; do
		grep -qxF "${p#xb-} $(sed -n 's/^\.Nd //p' "$root/man/$p")" text ||
		    { echo "$p"; return 1; }
	done
	[ "$(head -n 6 text | tail -n 2 | cut -d ' ' -f 1 | paste -s -d ' ')" = \
	    "parse layout" ]
}

@test "xb(1) is an index of all pages, in their own words" {
	for f in "$root"/man/xb-*.[157]; do
		name=${f##*/}
		printf '.It Xr %s %s\n%s\n' "${name%.*}" "${name##*.}" \
		    "$(sed -n 's/^\.Nd //p' "$f")" >want
		grep -xF -A 1 "$(head -n 1 want)" "$root/man/xb.1" | cmp - want
	done
}

# shows XB: each kind of page, by the short and the long name.
shows() {
	export MAN_KEEP_FORMATTING= MANPAGER=cat
	"$1" help parse | grep -q '^XB-PARSE(1)'
	"$1" help abi | grep -q '^XB-ABI(7)'
	"$1" help xb-diff | grep -q '^XB-DIFF(1)'
	"$1" help plan | grep -q '^XB-PLAN(1)'
	"$1" help plan.5 | grep -q '^XB-PLAN(5)'
	"$1" help xb.7 | grep -q '^XB(7)'
	"$1" help | grep -q '^XB(1)'
}

# man -k needs the database that mandb makes of an installed folder.
@test "man -k finds every page, and xb help shows them" {
	make -C "$root" -s install-man DESTDIR="$PWD/i" PREFIX=/usr
	export MANPATH=$PWD/i/usr/share/man
	mandb -q -u "$MANPATH"
	man -k '^xb' >found
	for f in "$root"/man/*.[157]; do
		name=${f##*/}
		grep -q "^${name%.*} (${name##*.})  *- [a-z]" found ||
		    { echo "$name"; return 1; }
	done
	[ "$(wc -l <found)" = "$(ls "$root"/man/*.[157] | wc -l)" ]
	cp "$XB_PLAIN/xb" elsewhere
	shows ./elsewhere
	refused 66 "man(1) has no page xb-prase: the nearest is parse" \
	    ./elsewhere help prase
	refused 66 "man(1) has no page xb-plan: the nearest is plan.5" \
	    ./elsewhere help plan.7
	refused 66 "man(1) has no page xb-qqqqqqqq: 'xb' names" \
	    ./elsewhere help qqqqqqqq
	export MANPATH=$PWD
	refused 66 "man(1) has no page xb-parse: 'xb' names all of them, and MANPATH" \
	    ./elsewhere help parse
	refused 66 "man(1) has no page xb-plan" ./elsewhere help plan.5
}

@test "a program that is not installed shows the pages of its tree" {
	export MANPATH=$PWD
	shows xb
	refused 66 "man(1) has no page xb-prase" xb help prase
}

@test "help is refused without man(1), with two pages and with an option" {
	refused 64 "help takes one page" xb help parse plan
	refused 64 "help takes a page and no option: '-k'" xb help -k
	mkdir none
	refused 66 "there is no man(1) here to show the page xb-parse" \
	    env PATH="$PWD/none" "$(command -v xb)" help parse
}
