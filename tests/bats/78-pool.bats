# xb-pool: domains in files that are built and paused beforehand.
load helper

# pool N [OPTIONS...]: the pool "web" in ./p, with so many of the image k.
pool() {
	local n=$1
	shift
	[ -e k ] || $mkimage k
	quiet xb-pool fill -t file:p -n "$n" -m 16M "$@" web k
	[ -z "$output" ]
}

take() {
	xb-pool take -t file:p web "$@"
}

# state FILTER: of the status of the pool "web".
state() {
	xb-pool status -t file:p -j web | jq -r ".[0] | $1"
}

# Nobody's domain is left: each folder in the pool is that of an entry.
nothing_lost() {
	local folder
	for folder in p/web/*/; do
		[ ! -d "$folder" ] || [ -e "${folder%/}.ready" ] ||
		    [ -e "${folder%/}.taken" ] || {
			echo "lost: $folder"
			return 1
		}
	done
}

@test "a domain is prepared, taken and runs; its plan fits it" {
	pool 2 -c "a b"
	[ "$(state '.ready | length')" = 2 ]
	run --separate-stderr -0 take -o plan
	[ -z "$stderr" ]
	[[ $output == "file:$PWD/p/web/"* ]]
	taken=$output
	[ "$taken" = "$(json plan .memory.target)" ]
	[ "$(json plan .launched)" = true ]
	quiet xb-verify plan
	run -0 xb-domain info -j "$taken"
	[ "$(jq -c '[.paused, .has_run]' <<<"$output")" = "[false,true]" ]
	run --separate-stderr -0 take --paused -T
	[[ $stderr == "xb-pool: "*" KiB resident"* ]]
	run -0 xb-domain info -j "$output"
	[ "$(jq -c '[.paused, .has_run]' <<<"$output")" = "[true,false]" ]
	refused 75 "'web' is empty" take
	[[ $stderr == *"xb-pool fill -t file:p web"* ]]
	[ "$(state '.taken | length')" = 2 ]
}

@test "a prepared guest is told words of its command line, and no others" {
	pool 1 -c "console=hvc0 ip=none"
	refused 64 "xenstore" take --set vm-data/token=abc
	refused 64 "1023" take --set "a=$(head -c 1010 /dev/zero | tr '\0' x)"
	[ "$(state '.ready | length')" = 1 ]
	quiet take -p -o plan --set ip=10.0.0.7 --set host.name=web7
	[ "$(json plan .command_line)" = \
	    "console=hvc0 ip=none ip=10.0.0.7 host.name=web7" ]
	quiet xb-verify plan
	xb-core -o core plan
	grep -aq "console=hvc0 ip=none ip=10.0.0.7 host.name=web7" core
}

@test "a prepared PVH guest is told words, where its page has room for them" {
	$mkimage k note:PHYS32_ENTRY=0x100200
	echo module >m
	pool 2 -A pvh -c "a=b" --module m --module-line "its line"
	[ "$(state '.ready | length')" = 2 ]
	# A page of 4096 bytes: 56, the line, 32 and 16 of the module, 72 of memory
	room=$((4096 - 56 - 32 - 16 - 72 - 1))
	long() { head -c "$1" /dev/zero | tr '\0' x; }
	refused 64 "the limit of this hvm-3.0-pvh guest is $room" \
	    take --set c="$(long 2000)" --set d="$(long $((room - 2000 - 3 - 6 + 1)))"
	quiet take -p -o full --set c="$(long 2000)" \
	    --set d="$(long $((room - 2000 - 3 - 6)))"
	[ "$(json full '.command_line | length')" = "$room" ]
	quiet xb-verify full
	quiet take -p -o plan --set ip=10.0.0.7 --set host.name=web7
	quiet xb-verify plan
	dom=$(json plan .memory.target)
	at=$(($(json plan .startinfo.va) + 56))
	[ "$(dd if="${dom#file:}/memory" bs=1 skip=$at count=32 status=none |
	    tr '\0' .)" = "a=b ip=10.0.0.7 host.name=web7.." ]
	refused 75 "is empty" take
}

@test "settings that are none are wrong usage" {
	pool 1
	for bad in "" a =b "a b=c" "a=b c" 'a="b"' vm-data/=b vm-data/a//b=c \
	    vm-data/a.b=c other/a=b "$(head -c 64 /dev/zero | tr '\0' x)=y" \
	    "a=$(printf 'b\nc')" "vm-data/a=$(head -c 2049 /dev/zero | tr '\0' x)"; do
		refused 64 "set" take --set "$bad" || return
	done
	[ "$(state '.ready | length')" = 1 ]
}

@test "the status in words and in JSON" {
	pool 2
	quiet take -p
	taken=$output
	run -0 xb-pool status -t file:p
	[[ ${lines[0]} == "web: 1 ready of 2, from $PWD/k; 0 being built, 0 being taken, 1 taken" ]]
	[[ $output == *"taken $taken"* ]]
	xb-pool status -t file:p -j >status
	jq -e 'length == 1 and (.[0] | keys == ["count", "filling", "name", "of",
	    "ready", "refill", "taken", "taking"] and .name == "web" and
	    .count == 2 and (.ready | map(type) == ["string"]) and
	    .filling == 0 and .taking == 0 and .refill == null)' status
	[ "$(jq -r '.[0].taken[0]' status)" = "$taken" ]
	[ "$(jq -r '.[0].of' status)" = "$PWD/k" ]
	[ "$(xb-pool status -t file:elsewhere -j | jq -c .)" = "[]" ]
	quiet xb-domain destroy "$taken"
	[ "$(state .taken)" = "[]" ]
}

@test "what is drained is no pool any more, and what was taken stays" {
	pool 3
	quiet take
	taken=$output
	quiet xb-pool drain -t file:p web
	refused 66 "'web' is drained" take
	refused 66 "web" xb-pool fill -t file:p web
	[ "$(ls p/web/*.ready 2>/dev/null | wc -l)" = 0 ]
	[ "$(state '[.count, (.taken | length), .of] | tojson')" = "[0,1,null]" ]
	quiet xb-domain info "$taken"
	quiet xb-domain destroy "$taken"
	quiet xb-pool drain -t file:p web
	[ ! -e p/web ]
	refused 66 "there is no pool 'web'" take
	refused 66 "there is no pool 'web'" xb-pool drain -t file:p web
	refused 66 "there is no pool 'web'" xb-pool status -t file:p web
}

@test "fill keeps as many as it was told last, of the same kernel" {
	pool 3
	quiet xb-pool fill -t file:p -n 1 web
	[ "$(state '[.count, (.ready | length)] | tojson')" = "[1,1]" ]
	quiet take
	quiet xb-pool fill -t file:p web
	[ "$(state '.ready | length')" = 1 ]
	quiet xb-pool fill -t file:p -m 16M web k
	$mkimage other
	refused 69 "filled with '$PWD/k'" xb-pool fill -t file:p -m 16M web other
	refused 69 "other options" xb-pool fill -t file:p -m 32M web k
	quiet xb-pool fill -t file:p -n 0 web
	[ "$(state '.ready | length')" = 0 ]
}

@test "a first fill that fails leaves no pool" {
	$mkimage k
	refused 66 "nothing" xb-pool fill -t file:p -n 1 -m 16M web nothing
	refused 64 "-n N" xb-pool fill -t file:p -m 16M web k
	refused 64 "-m SIZE" xb-pool fill -t file:p -n 1 web k
	refused 65 "too small" xb-pool fill -t file:p -n 1 -m 1M web k
	head -c 5000 /dev/zero >zero
	refused 65 "xb-parse: " xb-pool fill -t file:p -n 1 -m 16M web zero
	# The folder of pools goes with it, where it was made for this one.
	[ ! -e p ]
	mkdir p
	refused 65 "xb-parse: " xb-pool fill -t file:p -n 1 -m 16M web zero
	[ -z "$(ls p)" ]
	# A fill that fails leaves what an earlier fill built, and the pool.
	pool 1
	rm k
	refused 66 "xb-parse: " xb-pool fill -t file:p -n 2 web
	[ "$(state '[.count, (.ready | length)] | tojson')" = "[2,1]" ]
}

@test "wrong usage is 64 with one message" {
	$mkimage k
	refused 64 "no verb" xb-pool
	refused 64 "unknown verb" xb-pool give web
	refused 64 "no pool" xb-pool take
	refused 64 "too many" xb-pool take -t file:p web k
	refused 64 "option of fill" xb-pool take -t file:p -m 16M web
	refused 64 "option of take" xb-pool fill -t file:p -p web
	refused 64 "option of status" xb-pool drain -t file:p -j web
	refused 64 "no name of a pool" xb-pool take -t file:p ../web
	refused 64 "no name of a pool" xb-pool take -t file:p .web
	refused 64 "no place of pools" xb-pool take -t file: web
	refused 64 "number" xb-pool fill -t file:p -n many -m 16M web k
	refused 64 "10000" xb-pool fill -t file:p -n 10001 -m 16M web k
	refused 64 "KERNEL" xb-pool fill -t file:p -n 1 -m 16M web
	refused 64 "--name" xb-pool fill -t file:p -n 1 -m 16M --name a web k
	refused 64 "--uuid" xb-pool fill -t file:p -n 1 -m 16M \
	    --uuid 6fa5ea0d-a8c5-4388-af6e-c5bae38e2f0b web k
	[ ! -e p/web ]
	run -0 xb-pool -h
	[[ $output == *--maxmem* && $output != *--name* && $output != *--uuid* ]]
}

@test "a pool that is damaged hides no other in the status of all" {
	$mkimage k
	for name in a b c d; do
		quiet xb-pool fill -t file:p -n 0 -m 16M $name k
	done
	echo x >p/a/config
	echo x >p/c/config
	run --separate-stderr -69 xb-pool status -t file:p
	[ "$(cut -d: -f1 <<<"$output" | xargs)" = "b d" ]
	[[ $stderr == *"the pool 'c' is damaged"*"the pool 'a' is damaged"* ]]
	run --separate-stderr -69 xb-pool status -t file:p -j
	[ "$(jq -r '.[].name' <<<"$output" | xargs)" = "b d" ]
	run --separate-stderr -69 xb-pool status -t file:p a
	[ -z "$output" ]
}

@test "a pool of a record; its command line may be another" {
	$mkimage k
	quiet xb-record -o rec -p -t file:one -m 16M -c recorded k
	quiet xb-pool fill -t file:p -n 2 web rec
	[ -z "$output" ]
	quiet take -p -o plan --set more=1
	[ "$(json plan .command_line)" = "recorded more=1" ]
	quiet xb-verify plan
	run --separate-stderr -0 xb-pool fill -t file:p -n 1 -c mine mine rec
	quiet xb-pool take -t file:p -o plan mine
	[ "$(json plan .command_line)" = mine ]
	refused 64 "--format" xb-pool fill -t file:p -n 1 -F elf theirs rec
	# of each of the domains, and the way to help is told once
	run --separate-stderr -0 xb-pool fill -t file:p -n 2 -c ours ours rec
	for _ in 1 2; do
		quiet xb-pool take -t file:p -o plan ours
		[ "$(json plan .command_line)" = ours ]
	done
	refused 64 "has options: -L '1M'; try 'xb-pool -h'" \
	    xb-pool fill -t file:p -n 1 -L 1M limits rec
	[[ $stderr != *"try"*"try"* ]]
}

@test "a domain that is no longer its plan's is not taken" {
	pool 3
	for ready in p/web/*.ready; do
		uuid=$(basename "$ready" .ready)
		domains+=("$uuid")
	done
	# One is another with the same UUID, one is gone, one is let run.
	quiet xb-domain destroy "file:p/web/${domains[0]}"
	xb-domain create -t "file:p/web/${domains[0]}" -m 16M --uuid "${domains[0]}"
	quiet xb-domain destroy "file:p/web/${domains[1]}"
	quiet xb-domain unpause "file:p/web/${domains[2]}"
	run --separate-stderr -75 take
	[[ $stderr == *"has no build"* && $stderr == *"no domain"* &&
	    $stderr == *"is already constructed"* && $stderr == *"is empty"* ]]
	[ -z "$output" ]
	# One that runs was taken, if not from the pool.
	[ "$(state '.taken | length')" = 1 ]
}

@test "an output that cannot be written costs no domain" {
	pool 1
	mkdir folder
	for to in no/such folder; do
		refused 74 "cannot write '$to'" take -o $to
	done
	[ "$(state '.ready | length')" = 1 ]
	# nor is a file left where there is no domain
	take >/dev/null
	run -75 take -o plan
	[ ! -e plan ]
}

@test "hints name the place of the pool" {
	pool 0
	refused 75 "'xb-pool fill -t file:p web'" take
	refused 69 "'xb-pool drain -t file:p web'" xb-pool fill -t file:p -n 1 \
	    -m 32M web k
	refused 66 "'xb-pool fill -n N -m SIZE -t file:p other KERNEL'" \
	    xb-pool take -t file:p other
}

@test "a plan that was damaged is not believed, and its domain is ended" {
	pool 2
	ready=(p/web/*.ready)
	printf xxxx | dd of="${ready[0]}" bs=1 seek=700 conv=notrunc 2>/dev/null
	cp "${ready[0]}" bad
	for i in 1 2; do
		run --separate-stderr take
	done
	[ "$status" = 75 ]
	[ "$(state '[(.ready | length), (.taken | length)] | tojson')" = "[0,1]" ]
	nothing_lost
	[ ! -d "${ready[0]%.ready}" ]
}

@test "a name that cannot be printed is nobody's, and its domain is ended" {
	pool 1
	run -74 sh -c 'xb-pool take -t file:p web >/dev/full 2>&1'
	[ "$(state '[(.ready | length), (.taken | length)] | tojson')" = "[0,0]" ]
	nothing_lost
}

@test "a taker that is killed at any step gives no domain to two, and loses none" {
	pool 4
	pool=$(cd p/web && pwd)
	for step in 1 2 3; do
		run strace -qq -o /dev/null -e signal=none \
		    -e inject=renameat:signal=KILL:when=$step:error=EINTR \
		    -P "$pool" "$XB_PLAIN/xb-pool" take -t file:p web
		[ -z "$output" ]
		before=$(ls p/web | grep -c '\.ready$' || :)
		quiet xb-pool status -t file:p
		nothing_lost
	done
	# Two takers had not changed their domain, which is ready again; the
	# third was changing it.
	ls p/web >&2
	[ "$(state '[(.ready | length), (.taken | length)] | tojson')" = "[3,0]" ]
}

@test "what a living program has is not swept" {
	pool 2
	ready=(p/web/*.ready)
	mv "${ready[0]}" "${ready[0]%.ready}.giving"
	exec 8<"${ready[0]%.ready}.giving"
	flock 8
	[ "$(state '[(.ready | length), .taking] | tojson')" = "[1,1]" ]
	quiet xb-pool fill -t file:p web
	[ -d "${ready[0]%.ready}" ]
	refused 75 "another program works on" xb-pool drain -t file:p web
	exec 8<&-
	quiet xb-pool drain -t file:p web
	[ ! -e p/web ]
}

@test "a filler that runs out of descriptors, at whichever, leaves no pool" {
	$mkimage k
	for n in {3..9}; do
		run bash -c "ulimit -n $n; exec $XB_PLAIN/xb-pool fill -t file:p -n 1 -m 16M web k"
		[ "$status" != 0 ]
		[ ! -e p/web ] || {
			echo "with $n descriptors p/web is left"
			return 1
		}
	done
}

@test "a filler that is killed leaves nothing behind" {
	$mkimage k
	# At the rename of the config, of the first state, of a plan, and so on.
	for n in 1 2 8 13 14; do
		run -137 strace -f -qq -o /dev/null -e signal=none \
		    -e inject=renameat:signal=KILL:when=$n \
		    "$XB_PLAIN/xb-pool" fill -t file:p -n 2 -m 16M web k
		quiet xb-pool status -t file:p
		nothing_lost
		# Without a config and a domain nothing is left at all.
		[ $n != 1 ] || [ ! -e p/web ]
		[ $n = 1 ] || {
			[ -z "$(find p/web -name '.*' -type f)" ]
			[ "$(state .filling)" = 0 ]
			quiet xb-pool drain -t file:p web
		}
	done
}

@test "fifty takers race for twenty domains, some killed: none is given twice or lost" {
	PATH=$XB_PLAIN:$PATH
	pool 20
	mkdir out
	for i in {1..50}; do
		xb-pool take -t file:p web >out/$i 2>/dev/null &
		takers+=($!)
		# Every third is killed, a moment later.
		if [ $((i % 3)) = 0 ]; then
			sleep 0.00$((RANDOM % 9))
			kill -9 $! 2>/dev/null || :
		fi
	done
	wait "${takers[@]}" || :
	cat out/* | sort >given
	[ -z "$(uniq -d given)" ]
	# Each was built once: it is given, ready, or ended by the sweep of what
	# the killed ones had; a few may be taken without having been told.
	xb-pool status -t file:p -j >status
	jq -r '.[0].taken[]' status | sort >taken
	[ -z "$(comm -23 given taken)" ]
	nothing_lost
	for name in $(jq -r '.[0].ready[]' status); do
		[ "$(xb-domain info -j "$name" | jq .has_run)" = false ]
	done
	while xb-pool take -t file:p web >>rest 2>/dev/null; do
		:
	done
	cat given rest | sort >all
	[ -z "$(uniq -d all)" ]
	[ "$(wc -l <all)" -le 20 ]
	quiet xb-pool drain -t file:p web
	nothing_lost
}

@test "a refill goes on in the background and holds nothing of the taker's" {
	pool 1
	run --separate-stderr -0 take --refill
	[ -z "$stderr" ]
	full() {
		[ "$(state '.ready | length')" = 1 ]
	}
	within_reach full
	quiet xb-domain info "$output"
	[ "$(state .refill)" = null ]
	# What it has to say is kept.
	rm k
	quiet take --refill
	said() {
		[[ $(state .refill) == *"xb-parse: "*"k'"* ]]
	}
	within_reach said
	[[ $(xb-pool status -t file:p) == *"refill: xb-parse: "* ]]
	# An empty pool is refilled, too.
	$mkimage k
	refused 75 "empty" take --refill
	within_reach full
}

@test "what a take writes to is the pool and its domains alone" {
	run -0 "$XB_PLAIN/xb-pool" -V
	[[ $output == *landlock* ]] || skip "no Landlock"
	pool 1
	run -0 strace -qq -y -o log -e signal=none -e trace=landlock_add_rule \
	    "$XB_PLAIN/xb-pool" take -t file:p web
	[ "$(grep -c landlock_add_rule log)" = 1 ]
	grep -q "$PWD/p>" log
}
