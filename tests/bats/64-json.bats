# What programs tell as JSON, for other programs.
load helper

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	export XB_STORE=$PWD/store
	"$mkimage" k
	xb-record -o rec -p -t file:one -m 16M --output-plan plan k
}

# The tests of a file run beside each other.
setup() {
	cd "$BATS_TEST_TMPDIR" || return
	export XB_STORE=$BATS_FILE_TMPDIR/store
	cp -r "$BATS_FILE_TMPDIR"/{k,rec,plan} .
	ln -s "$BATS_FILE_TMPDIR/one" one
}

@test "xb-build, xb-record and xb-replay: the domain" {
	quiet xb-build -j -p -t file:built -m 16M -o built.plan k
	[ "$(jq -c '[.target, .abi, .memory, .next, .launched]' <<<"$output")" = \
	    '["file:built","xen-3.0-x86_64",16384,null,false]' ]
	[ "$(jq -r '[.uuid, .build] | join(" ")' <<<"$output")" = \
	    "$(xb-show -j built.plan | jq -r '[.memory.uuid, .memory.build] | join(" ")')" ]
	quiet xb-build -j --until xb-load -t file:half -m 16M -o half.plan k
	[ "$(jq -r .next <<<"$output")" = xb-pgtab ]
	quiet xb-record -j -o rec2 -t file:recorded -m 16M k
	[ "$(jq -c '[.target, .launched]' <<<"$output")" = '["file:recorded",true]' ]
	quiet xb-replay -j -p -t file:again rec
	[ "$(jq -c '[.target, .memory, has("check")]' <<<"$output")" = \
	    '["file:again",16384,false]' ]
}

@test "xb-replay --check: what differs" {
	quiet xb-replay -j --check -p -t file:same rec
	[ "$(jq -c '[.target, .check.same, .check.differs]' <<<"$output")" = \
	    '["file:same",true,[]]' ]
	[ "$(jq .check.pages <<<"$output")" -gt 0 ]
	run --separate-stderr -65 xb-replay -q -j --check -c other -p -t file:x rec
	[ "$(jq -c '[.target, .check.same]' <<<"$output")" = '[null,false]' ]
	[[ $(jq -r '.check.differs[0]' <<<"$output") == *"start_info"* ]]
	[ ! -e x ]
}

@test "xb-verify: each check, of a plan, a record and a domain alone" {
	for what in plan rec file:one; do
		quiet xb-verify -j $what
		[ "$(jq -c '[(.checks | length), .differ]' <<<"$output")" = '[17,0]' ]
		[ "$(jq '[.checks[] | select(.result == "ok")] | length' <<<"$output")" = \
		    "$(jq .ok <<<"$output")" ]
		quiet xb-verify -q $what
	done
	# A domain does not tell what was loaded into it.
	quiet xb-verify -j file:one
	[ "$(jq -c '[.checks[] | select(.check == "payload bytes" or .check == "cleared memory").result]' \
	    <<<"$output")" = '["not made","not made"]' ]
	xb-domain create -t file:empty -m 16M
	refused 69 "has no memory yet" xb-verify file:empty
	refused 64 "two targets" xb-verify -t file:one file:one
}

@test "xb-core: what was written" {
	quiet xb-core -j -o core file:one
	[ "$(jq .bytes <<<"$output")" = "$(stat -c %s core)" ]
	[ "$(jq -c '[.target, .file, .vcpus, .not_its_own, .over_limit]' <<<"$output")" = \
	    '["file:one","core",1,0,0]' ]
	[ "$(jq .runs <<<"$output")" = "$(readelf -lW core | grep -c LOAD)" ]
}

@test "xb-diff: one path a row" {
	xb-parse k | xb-layout -m 16M >a
	xb-parse -c x k | xb-layout -m 32M >b
	run -1 xb-diff -j a b
	[ "$(jq -c '.plan[] | select(.path == "layout.pages") | [.from, .to]' \
	    <<<"$output")" = "[4096,8192]" ]
	[ -z "$(jq -r '.plan[].path' <<<"$output" | sort | uniq -d)" ]
	jq -e '.plan | map(.path) | index("layout.segments[start_info].pfn")' <<<"$output"
}

@test "xb-show takes a record" {
	xb-show -j rec | jq 'del(.sources)' >a
	xb-show -j plan | jq 'del(.sources)' >b
	cmp a b
	quiet xb-show rec
	mkdir -p none
	echo >none/oci-layout
	refused 65 "none" xb-show none
}

@test "xb-show takes a domain: what it is, what is mapped, what it tells of its plan" {
	xb-build -p -t file:told -m 16M -c "console=hvc0 x" -o told.plan k
	quiet xb-show file:told
	for line in "target       file:told" "state        paused, built" \
	    "0x[0-9a-f]* -> pfn 0x0 .*, writable, [0-9]* pages" \
	    "0x[0-9a-f]* -> pfn 0x[0-9a-f]* (start_info + 0x0), writable, 1 page" \
	    "0x[0-9a-f]* -> pfn .* (page_tables + 0x0), read-only, [0-9]* pages" \
	    "  'console=hvc0 x'" "  flags           VIRT_P2M_4TOOLS"; do
		grep -qx "$line" <<<"$output" || {
			echo "no line '$line'"
			return 1
		}
	done
	# of what was loaded, a domain tells nothing
	[[ $output != *"to load"* ]]
	# as JSON, the plan's own words: registers, start_info, frames
	quiet xb-show -j file:told
	echo "$output" >told.json
	xb-show -j told.plan >plan.json
	for key in '.memory | del(.target)' .pagetables .startinfo .vcpus .command_line \
	    '.layout | {pages, v_start, v_end}'; do
		diff <(jq ".plan | $key" told.json) <(jq "$key" plan.json)
	done
	[ "$(jq -c '[.target, .abi, .has_run, .why]' told.json)" = \
	    '["file:told","xen-3.0-x86_64",false,null]' ]
	# every page of the initial mapping, segment by segment
	[ "$(jq -c '[([.mapped[].pages] | add), .more]' told.json)" = "[1024,false]" ]
	[ "$(jq -r '.mapped[] | select(.segment == "stack") | .va' told.json)" = \
	    "$(jq -r '.layout.segments[] | select(.kind == "stack") | .va' plan.json)" ]
	xb-show --map file:told >map
	grep -q start_info map
	xb-show --svg file:told | "$root/tests/svgcheck" /dev/stdin
	rm -r told
}

@test "xb-show of a domain that tells no plan says why" {
	xb-domain create -m 8M file:empty
	quiet xb-show file:empty
	[[ $output == *"state        paused, without memory"* ]]
	[[ $output == *"no start_info, segments and command line: 'file:empty' has no memory yet"* ]]
	quiet xb-show -j file:empty
	[ "$(jq -c '[.mapped, .plan, .pages]' <<<"$output")" = '[[],null,0]' ]
	jq -r .why <<<"$output" | grep -q "no memory yet"
	refused 69 "no memory yet" xb-show --map file:empty
	refused 64 "xb-domain info" xb-show --state file:empty
	refused 69 "no domain 'file:none'" xb-show file:none
	# a plan in a file of such a name
	cp plan file:plan
	quiet xb-show ./file:plan
	rm -r empty
}
