# xb-build runs the stages in its own way: here it is held against the pipe of
# six programs, plans, domains, messages and statuses alike.
load helper

uuid=00112233-4455-6677-8899-aabbccddeeff

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	export XB_STORE=$BATS_FILE_TMPDIR/store
	size=32M
	common=()	# options of all stages
	start=()	# of xb-startinfo
	taken=		# the domain is made before
	made=(--scatter 7)	# how a domain is made, and
	asked=(--scatter 7)	# what xb-build has of that
	before=()	# what runs a command
}

new_domain() {
	[ -z "$taken" ] || xb-domain create -t file:dom -m "$size" \
	    --uuid $uuid "${made[@]}"
}

# The pipe as a person types it; plan in the file plan, domain in dom.
by_pipe() { # KERNEL [OPTION of xb-parse...]
	local kernel=$1 status=0
	shift
	[ -n "$taken" ] || xb-domain create "${common[@]}" -t file:dom \
	    -m "$size" --uuid $uuid "${made[@]}" >name || return
	xb-parse "${common[@]}" "$@" -- "$kernel" |
	    xb-layout "${common[@]}" -m "$size" |
	    xb-load "${common[@]}" -t file:dom |
	    xb-pgtab "${common[@]}" |
	    xb-startinfo "${common[@]}" "${start[@]}" |
	    xb-launch "${common[@]}" -p >plan || status=$?
	[ "$status" = 0 ] || [ -n "$taken" ] || xb-domain destroy -q file:dom
	return "$status"
}

by_engine() { # KERNEL [OPTION of xb-parse...]
	local kernel=$1 new=(-m "$size" --uuid $uuid "${asked[@]}")
	shift
	[ -z "$taken" ] || new=()
	xb-build -p -o plan -t file:dom "${common[@]}" "${new[@]}" \
	    "${start[@]}" "$@" -- "$kernel" >name
}

# What is drawn at random, and how long it took, is left out.
comparable() {
	xb-show -j "$1" | jq 'del(.memory.build)'
}

# way NAME: builds that way into the folder NAME, in which the domain is dom.
way() {
	local name=$1 status=0
	shift
	rm -rf dom plan name
	new_domain >/dev/null || return
	"${before[@]}" "by_$name" "$@" 2>messages || status=$?
	rm -rf "$name"
	mkdir "$name"
	echo "$status" >"$name/status"
	sed 's/[0-9.]* s\>/TIME/g; s/[0-9]* KiB resident/SIZE resident/' \
	    messages >"$name/messages"
	[ ! -s plan ] || comparable plan >"$name/plan.json" || return
	[ ! -s plan ] || mv plan "$name/plan"
	[ ! -e dom ] || mv dom "$name/dom"
}

told() {
	xb-domain info -j "file:$1/dom" | jq 'del(.target, .build)'
}

# alike KERNEL [OPTION of xb-parse...]: both ways, and what they leave is equal.
alike() {
	way pipe "$@" || return
	way engine "$@" || return
	diff pipe/status engine/status || return
	diff pipe/messages engine/messages || return
	[ "$(ls pipe)" = "$(ls engine)" ] || return
	diff pipe/plan.json engine/plan.json || return
	[ ! -e pipe/dom ] || $same_memory pipe/dom/memory engine/dom/memory || return
	[ ! -e pipe/dom ] || diff <(told pipe) <(told engine) || return
}

built() {
	alike "$@" || return
	[ "$(cat engine/status)" = 0 ] || {
		cat engine/messages
		return 1
	}
	[ ! -s engine/messages ] || return
	"$root/tests/same-domain" pipe/plan pipe/dom engine/plan engine/dom
}

# fails STATUS TEXT KERNEL [OPTION of xb-parse...]: alike, and so it fails.
fails() {
	local status=$1 text=$2
	shift 2
	alike "$@" || return
	[ "$(cat engine/status)" = "$status" ] || return
	grep -q -- "$text" engine/messages || {
		cat engine/messages
		return 1
	}
	[ "$(wc -l <engine/messages)" = 1 ]
}

@test "Debian's kernel with a ramdisk" {
	size=256M
	built "$vmlinuz" -r "$initrd" -c "console=hvc0 it's"
}

@test "GRUB's images for PV guests" {
	for k in "$grub"/grub-*-xen.bin; do
		built "$k"
	done
}

@test "one image of each guest ABI" {
	head -c 5000 /dev/urandom >rd
	for abi in $abis; do
		$mkimage k abi=$abi symtab=yes hypercall=yes
		built k -r rd -c "$abi"
	done
}

@test "a PVH guest, and Debian's kernel as one" {
	made=(--type pvh)
	asked=()
	head -c 5000 /dev/urandom >rd
	$mkimage k note:PHYS32_ENTRY=0x100200
	built k -A hvm-3.0-pvh -r rd -c "console=hvc0 it's"
	start=(--no-xenstore --console-domid 3)
	built k -A hvm-3.0-pvh
	size=128M
	built "$vmlinuz" -A hvm-3.0-pvh
}

@test "packed files, and options of every stage" {
	$mkimage k
	gzip -k k
	head -c 50000 /dev/zero | gzip >rd.gz
	head -c 5000 /dev/urandom >other
	start=(--no-xenstore --console-domid 3)
	built k.gz -z -r rd.gz -r other -f writable_page_tables -A xen-3.0-x86_64
	start=(--xenstore-port 0)
	built k.gz -r rd.gz
}

@test "a domain that is there" {
	$mkimage k
	taken=yes
	built k
}

@test "notes, times and warnings are told by the same stages" {
	$mkimage k
	common=(-v)
	alike k
	[ "$(cat engine/status)" = 0 ]
	common=(-T)
	alike k
	[ "$(wc -l <engine/messages)" = 7 ]
}

@test "a trace has the same plans, words, messages and statuses" {
	$mkimage k
	for c in "a b" $'\xff'; do
		for name in pipe engine; do
			mkdir "trace.$name"
			XB_TRACE=trace.$name way $name k -c "$c" -A xen-3.0-x86_64
		done
		diff <(ls trace.pipe) <(ls trace.engine)
		for f in trace.pipe/*.json; do
			diff <(jq 'del(.seconds, .began)' "$f") \
			    <(jq 'del(.seconds, .began)' "trace.engine/${f##*/}")
		done
		for f in trace.pipe/*.plan; do
			diff <(comparable "$f") <(comparable "trace.engine/${f##*/}")
		done
		rm -r trace.*
	done
}

@test "failures: the file" {
	$mkimage k
	fails 66 "xb-parse: " nothing
	fails 66 "xb-parse: " k -r nothing
	mkdir folder
	fails 65 "xb-parse: " folder
	mkfifo fifo
	fails 65 "xb-parse: " fifo
	fails 65 "xb-parse: " /dev/null
	fails 64 "xb-parse: .*none" k -A none
	fails 64 "xb-parse: .*size" k -L lots
	fails 64 "xb-parse: .*format" k -F coff
	fails 64 "xb-parse: .*feature" k -f nonsense
	for n in 0 60 20000; do
		head -c $n k >cut
		alike cut
		[ "$(cat engine/status)" = 65 ]
	done
	gzip -k k
	fails 65 "xb-parse: " k.gz -L 4096
	head -c 5000 k.gz >cut
	fails 65 "xb-parse: " cut
	head -c 5000000 "$vmlinuz" >cut
	fails 65 "xb-parse: " cut
}

@test "failures: the size, the domain, the options" {
	$mkimage k
	size=1M
	fails 65 "xb-layout: .*too small" k
	size=32M
	fails 65 "xb-parse: .*command line" k -c "$(printf %2000s)"
	start=(--console-port 9)
	fails 69 "xb-startinfo: .*console" k
	start=(--console-port x)
	fails 64 "xb-startinfo: .*'xb-startinfo -h'" k
	start=(--no-xenstore --xenstore-port 3)
	fails 64 "xb-startinfo: .*exclude" k
	start=()
	taken=yes
	busy() {
		flock dom/lock "$BASH" -c 'exec 9>&-; "$@"' - true
		exec 9<dom/lock
		flock 9
		local status=0
		"$@" || status=$?
		exec 9<&-
		return "$status"
	}
	before=(busy)
	fails 75 "xb-load: .*another program" k
	built_on() {
		by_pipe k >/dev/null 2>&1 || return
		"$@"
	}
	before=(built_on)
	fails 69 "xb-load: .*build" k
}

@test "failures: a disk that is full, files that may not be written" {
	$mkimage k
	gzip -k k
	small() {
		(ulimit -f 8; "$@")
	}
	before=(small)
	taken=yes
	export XB_STORE=$PWD/full
	fails 74 "xb-parse: " k.gz
	export XB_STORE=$BATS_FILE_TMPDIR/store
	fails 74 "xb-load: " k
}

@test "failures: a store that may not be written to" {
	[ "$(id -u)" != 0 ] || skip "root may write everything"
	$mkimage k
	gzip -k k
	mkdir -m 500 store
	export XB_STORE=$PWD/store
	fails 77 "xb-parse: " k.gz
}

@test "the recipes: build, record, replay, each without anything else" {
	export XB_STORE=$PWD/store
	$mkimage k
	gzip -k k
	head -c 5000 /dev/urandom >rd
	run -0 "$root/pipelines/build.sh" file:dom 32M k.gz -r rd -c "a b"
	[ "$output" = file:dom ]
	[ "$(xb-domain info -j file:dom | jq .paused)" = false ]
	run -0 "$root/pipelines/record.sh" kept file:two 32M k.gz -r rd -c "a b"
	[ "$output" = file:two ]
	quiet xb-verify -q kept/built
	$same_memory dom/memory two/memory
	mv kept moved
	rm -r k.gz rd "$XB_STORE" two
	run -0 "$root/pipelines/replay.sh" moved file:three
	$same_memory dom/memory three/memory
	run -0 "$root/pipelines/replay.sh" moved file:four "other=words"
	run ! $same_memory dom/memory four/memory
	# TYPE is that of the domain
	$mkimage pvh note:PHYS32_ENTRY=0x100200
	export TYPE=pvh
	run -0 "$root/pipelines/build.sh" file:five 32M pvh -A pvh
	[ "$(xb-domain info -j file:five | jq -r .type)" = pvh ]
	run -0 "$root/pipelines/record.sh" pvh.kept file:six 32M pvh -A pvh
	run -0 "$root/pipelines/replay.sh" pvh.kept file:seven
	$same_memory five/memory seven/memory
	unset TYPE
	for recipe in build hosts pull record replay slurm-job; do
		refused 64 "usage: $recipe.sh " "$root/pipelines/$recipe.sh"
	done
	# a failure is the stage's, and leaves no domain
	for recipe in "build.sh file:bad 1M k" "record.sh bad.kept file:bad 1M k"; do
		# shellcheck disable=SC2086 # a list of words
		refused 65 "xb-layout: " "$root"/pipelines/$recipe
		[ ! -e bad ]
	done
}
