# What bash, zsh and fish complete, by running them.
load helper
# The shells are tested, which start programs at every turn.
export PATH=$XB_PLAIN:$PATH

setup_file() {
	local where=$BATS_FILE_TMPDIR
	make -C "$BATS_TEST_DIRNAME/../.." -s install-completions \
	    DESTDIR="$where/i" PREFIX=/usr
	mkdir "$where/work"
	cd "$where/work" || return
	"$BATS_TEST_DIRNAME/../mkimage" kernel
	mkdir record other sub
	xb-domain create -t file:demo -m 1M >/dev/null
	xb-domain create -t file:sub/two -m 1M >/dev/null
	xb-pool fill -q -t "file:$PWD/pools" -n 1 -m 4M small kernel >/dev/null
	xb-record -q -p -o layout:v1 -t file:record/one -m 4M kernel >/dev/null
	xb-record -q -p -o layout:v2 -t file:record/two -m 4M kernel >/dev/null
	echo {} >record/index.json
}

# What -A takes: the types of guest, and a name for each column of xb-abi(7).
known_abis() {
	{ echo pv; echo pvh
	    grep -o 'xen-[0-9.a-z]*-x86_[0-9p]*\|hvm-3.0-pvh' \
		"$root/man/xb-abi.7"; } | sort -u | paste -s -d ' '
}

# A line as it is typed, and all that may stand there.
lines() {
	cat <<-END
	xb-parse -A xen-3.0-|xen-3.0-x86_32p xen-3.0-x86_64
	xb-build --abi hvm|hvm-3.0-pvh
	xb-parse -A |$(known_abis)
	xb-parse -F b|bin bzimage
	xb-parse -f dom0,auto|dom0,auto_translated_physmap
	xb-parse --no|--no-sandbox
	xb-launch --p|--paused
	xb-domain |create destroy info list pause reboot shutdown unpause wait
	xb-domain --type |pv pvh
	xb-domain info |file:demo
	xb-load -t file:d|file:demo
	xb-verify -t file:sub/|file:sub/two
	xb-pool |drain fill status take
	xb-pool take -t file:$PWD/pools sm|small
	xb-pool take -t file:$PWD/pools |small
	xb-pool fill -t file:$PWD/pools s|small sub
	xb pool drain -t file:$PWD/pools |small
	xb-replay |layout record
	xb-replay layout:|layout:v1 layout:v2
	xb diff layout:v|layout:v1 layout:v2
	xb-replay --from xb-l|xb-launch xb-layout xb-load
	xb-run --on-reboot |end rebuild
	xb-parse ker|kernel
	xb pa|parse
	xb parse -A hvm|hvm-3.0-pvh
	xb domain des|destroy
	xb help ab|abi
	xb help plan|plan plan.5
	END
}

# offers SHELL: those of the lines above.  bash is given words without what
# stands before a colon or "=", and folders have a slash in fish.
offers() {
	cd "$BATS_FILE_TMPDIR/work" || return
	lines >"$BATS_TEST_TMPDIR/want"
	cut -d '|' -f 1 "$BATS_TEST_TMPDIR/want" |
	    "$root/tests/complete" "$1" "$BATS_FILE_TMPDIR/i" |
	    awk -v shell="$1" '
		/^= / { if (NR > 1) print ""; line = substr($0, 3); n = 0
			last = line; sub(/.* /, "", last)
			before = shell == "bash" && match(last, /.*:/) ? \
			    substr(last, 1, RLENGTH) : ""
			printf "%s|", line; next }
		{ sub(/\/$/, ""); printf "%s%s", n++ ? " " : "", before $0 }
		END { print "" }' |
	    while IFS='|' read -r line words; do
		echo "$line|$(tr ' ' '\n' <<<"$words" | sort -u | paste -s -d ' ')"
	    done | diff "$BATS_TEST_TMPDIR/want" -
}

@test "bash completes what the programs take" {
	offers bash
}

@test "zsh completes what the programs take" {
	offers zsh
}

@test "fish completes what the programs take" {
	offers fish
}

# Names of folders may be commands to a shell: they are offered quoted, and none
# is run.
@test "a name that is a command to a shell is never run" {
	mkdir hostile
	cd hostile
	name='$(touch stray)'
	xb-domain create -t "file:$name" -m 1M
	mkdir "r$name" "d$name"
	touch "r$name/index.json"
	printf '%s\n' 'xb-verify -t file:' 'xb-replay ' 'xb-replay r' \
	    'xb-domain info file:d' 'xb domain info ' >lines
	for shell in bash zsh fish; do
		"$root/tests/complete" $shell "$BATS_FILE_TMPDIR/i" <lines >offered
		[ ! -e stray ] || { echo "$shell ran it"; return 1; }
		grep -q 'touch' offered
		if [ $shell = bash ]; then
			grep '^file:\|^\\\$' offered >plain
			[ -s plain ]
			[ -z "$(grep -v '\\\$\\(touch\\ stray\\)' plain)" ]
		fi
	done
}

# The tables that the three are made of have every option, and every value that
# a refusal names.
@test "completions have every option of every program" {
	for p in $(programs); do
		$p -h | grep -o -- ' --[a-z0-9-]*' | tr -d ' ' | sort -u >want
		sed -n "/^declare -gA _xb_options/,\$s/^	\[$p\]='\(.*\)'/\1/p" \
		    "$BATS_FILE_TMPDIR/i/usr/share/bash-completion/completions/$p" |
		    grep -o -- '--[a-z0-9-]*' | sort -u | diff want - || { echo "$p"; return 1; }
		grep -o "complete -c $p .*-l [a-z0-9-]*" \
		    "$BATS_FILE_TMPDIR/i/usr/share/fish/vendor_completions.d/$p.fish" |
		    sed 's/.*-l /--/' | sort -u | diff want -
		sed -n "/^	$p)/,/;;/p" \
		    "$BATS_FILE_TMPDIR/i/usr/share/zsh/site-functions/_xb" |
		    grep -o -- '--[a-z0-9-]*=*\[' | tr -d '=[' | sort -u | diff want -
	done
}
