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

@test "xb-show takes a record, and says where a domain is shown" {
	xb-show -j rec | jq 'del(.sources)' >a
	xb-show -j plan | jq 'del(.sources)' >b
	cmp a b
	quiet xb-show rec
	refused 64 "'file:one' is a domain" xb-show file:one
	mkdir -p none
	echo >none/oci-layout
	refused 65 "none" xb-show none
}
