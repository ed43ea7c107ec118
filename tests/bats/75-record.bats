# xb-record and xb-replay: small images, domains in files.
load helper

# recorded OPTIONS...: a record in ./rec of the image k with the ramdisk rd.
recorded() {
	$mkimage k note:PHYS32_ENTRY=0x100200
	head -c 5000 /dev/urandom >rd
	quiet xb-record -o rec -p -t file:one -m 32M -r rd -c "a b" "$@" k
	[ "$output" = file:one ]
}

# The path of the manifest of ./rec, into $manifest.
find_manifest() {
	local index
	read -r -d '' index <rec/index.json || :
	[[ $index =~ sha256:([0-9a-f]{64}) ]] || return
	manifest=rec/blobs/sha256/${BASH_REMATCH[1]}
}

# blob TITLE: the path of that layer of ./rec.
blob() {
	find_manifest
	jq -r --arg t "$1" '.layers[] | select(.annotations[
	    "org.opencontainers.image.title"] == $t).digest | .[7:]' "$manifest" |
	    sed 's,^,rec/blobs/sha256/,'
}

config() {
	local text
	find_manifest
	read -r -d '' text <"$manifest" || :
	[[ $text =~ \"config\"[^}]*sha256:([0-9a-f]{64}) ]] || return
	echo "rec/blobs/sha256/${BASH_REMATCH[1]}"
}

# edit FILTER: the manifest of ./rec, sealed again.
edit() {
	find_manifest
	jq -c "$1" "$manifest" >m
	jq -c --argjson d "$(put_blob rec m)" '.manifests[0] += $d' rec/index.json >i
	mv i rec/index.json
}

# edit_config FILTER
edit_config() {
	jq -c "$1" "$(config)" >c
	edit ".config += $(put_blob rec c)"
}

# rebound PLAN >JSON: what two builds of one domain have in common.
rebound() {
	json "$1" 'del(.memory.build, .memory.uuid, .memory.target, .sources)'
}

@test "a record has all that a build was made of, and how" {
	recorded
	find_manifest
	jq -r '.layers[].annotations[]' "$manifest" | tr '\n' ' ' >titles
	[ "$(cat titles)" = "kernel ramdisk xb-parse.plan xb-layout.plan xb-load.plan xb-pgtab.plan xb-startinfo.plan xb-launch.plan guest " ]
	cmp k "$(blob kernel)"
	cmp rd "$(blob ramdisk)"
	for b in rec/blobs/sha256/*; do
		[ "$(sha256sum "$b" | cut -d' ' -f1)" = "${b##*/}" ]
	done
	jq -e '.record == 1 and .status == 0 and (.stages | length) == 6 and
	    (.stages | all(.status == 0 and .seconds > 0)) and
	    .options == [{"option": "memory", "value": "32768K"},
	    {"option": "command-line", "value": "a b"}] and
	    (.inputs | map(.name)) == ["k", "rd"] and
	    .arguments[0] == "-o"' "$(config)"
	quiet xb-show "$(blob xb-pgtab.plan)"
	[ "$(json "$(blob xb-launch.plan)" .sources)" = null ]
	# the domain is that of xb-build, and of the record's plan
	quiet xb-build -p -t file:two -m 32M -r rd -c "a b" k
	$same_memory one/memory two/memory
	[ -z "$(ls -d rec.* 2>/dev/null)" ]
}

@test "a record says by OCI's names what it is, and what it was told" {
	recorded --annotation org.example.job=7 --annotation=a/b=$'\xc3\xa4=\n' \
	    --annotation org.opencontainers.image.description=
	run -0 jq -c '[.mediaType, .manifests[0].artifactType]' rec/index.json
	[ "$output" = '["application/vnd.oci.image.index.v1+json","application/vnd.xb.record.v1"]' ]
	began=$(jq -r .began "$(config)")
	edit .
	jq -e --arg began "$began" '.annotations == {
	    "org.opencontainers.image.created": $began,
	    "org.opencontainers.image.version": "0.1.0",
	    "org.opencontainers.image.title": "k",
	    "org.example.job": "7", "a/b": "\u00e4=\n",
	    "org.opencontainers.image.description": ""}' m
	run -0 "$BATS_TEST_DIRNAME/../oci-check" rec
	[[ $began =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$ ]]
	jq -r '.layers[].mediaType' m | sort -u >types
	[ "$(tr '\n' ' ' <types)" = "application/vnd.xb.file.v1 application/vnd.xb.guest.v1+msgpack application/vnd.xb.plan.v1+msgpack " ]
	cp k $'k\xff'
	quiet xb-record -o rec -q -p -t file:two -m 32M -r rd -c "a b" $'k\xff'
	quiet xb-record -o odd -p -t file:three -m 32M $'k\xff'
	rm -rf rec
	mv odd rec
	edit .
	[ "$(jq -r '.annotations["org.opencontainers.image.title"]' m)" = 'k\xff' ]
}

@test "an annotation that is none is refused, and so is one that is not the user's" {
	$mkimage k
	refused 64 "is not KEY=VALUE" xb-record -o rec -m 16M --annotation job k
	refused 64 "is not KEY=VALUE" xb-record -o rec -m 16M --annotation =7 k
	refused 64 "is not KEY=VALUE" xb-record -o rec -m 16M --annotation 'a b=7' k
	refused 64 "is not KEY=VALUE" xb-record -o rec -m 16M --annotation $'a=\xff' k
	refused 64 "'job' twice" xb-record -o rec -m 16M --annotation job=1 --annotation job=1 k
	for key in created title version ref.name; do
		refused 64 "xb-record sets" xb-record -o rec -m 16M \
		    --annotation org.opencontainers.image.$key=x k
	done
	refused 64 "OCI has no key" xb-record -o rec -m 16M --annotation org.opencontainers.image.job=7 k
	refused 64 "OCI has no key" xb-record -o rec -m 16M --annotation org.opencontainers.title=7 k
	# shellcheck disable=SC2046
	refused 64 "more than 24 times" xb-record -o rec -m 16M $(printf -- '--annotation a%s=1 ' $(seq 25)) k
	[ ! -e rec ]
}

@test "a record of before 1.1 is read" {
	recorded
	edit '.layers[] |= (.mediaType |= sub("plan.v1.msgpack"; "plan.v1")) | del(.annotations)'
	jq -c 'del(.mediaType, .manifests[].artifactType)' rec/index.json >i
	mv i rec/index.json
	[ "$(jq '[.layers[] | select(.mediaType == "application/vnd.xb.plan.v1")] | length' m)" = 6 ]
	quiet xb-replay -q -p --check -t file:two rec
	quiet xb-show rec
	edit '.layers[2].mediaType = "application/vnd.xb.plan.v2"'
	refused 65 "is no layer of it" xb-replay -p -t file:three rec
}

@test "what is unpacked is kept beside what it was unpacked from" {
	$mkimage k
	gzip -9nk k
	gzip -9nc k >rd.gz
	quiet xb-record -o rec -p -t file:one -m 32M -z -r rd.gz k
	cmp rd.gz "$(blob ramdisk)"
	cmp k "$(blob ramdisk.payload)" || cmp k "$(blob kernel)"
	rm -rf rd.gz "$XB_STORE"
	quiet xb-replay -p -q --check -t file:two rec
	quiet xb-replay -p -q --check --from xb-parse -t file:three rec
}

@test "a slim record leaves out what is made again, and it is held to its digest" {
	$mkimage k
	gzip -9nk k
	head -c 5000 /dev/zero | gzip -9n >rd.gz
	quiet xb-record --slim -o rec -p -t file:one -m 32M -z -r rd.gz -c words k.gz
	jq -e '.left_out | length == 2 and .[0].role == "kernel" and
	    .[0].size == 21040' "$(config)"
	edit .
	[ "$(jq -r '.layers[].annotations[]' m | grep -c payload)" = 0 ]
	rm -rf k.gz rd.gz k "$XB_STORE"
	quiet xb-replay -p -q --check -t file:two -o plan rec
	quiet xb-verify -q plan
	rm -rf "$XB_STORE"
	quiet xb-replay -p -q --check -t file:three --from xb-layout -S other rec
	quiet xb-replay -p -q --check -t file:four --from xb-parse rec
	quiet xb-replay -q --until xb-layout -o laid rec
	run -0 xb-step -q --all rec
	run -0 xb-diff rec file:two
	run -0 xb-diff rec rec
	# limits are those of this machine, and xb-parse's message the only one
	refused 65 "unpacks to more than" xb-replay -t file:x -L 1K rec
	refused 65 "--max-input" xb-replay -t file:x --max-input 1K rec
	[ ! -e x ]
	# without what it needs it is refused before a domain is made
	cp -r rec good
	while IFS='%' read -r how what; do
		rm -rf rec
		cp -r good rec
		eval "$how"
		refused 65 "$what" xb-replay -t file:x rec || { echo "after: $how"; return 1; }
		[ ! -e x ]
	done <<'CASES'
edit_config 'del(.left_out)'%the bytes of kernel are no layer of it
edit_config '.left_out[0].size += 1'%the bytes of kernel are no layer of it
edit_config '.left_out[0].digest = .guest'%the bytes of kernel are no layer of it
edit_config '.left_out = {}'%left_out is not an array
edit_config '.left_out[1].role = 7'%left_out[1].role is not a string
edit_config '.left_out = [range(1025) as $i | .left_out[0]]'%leaves out 1025 payloads, at most 1024
edit_config '.inputs = []'%has no files to make them of
$mkimage j; echo x >>j; gzip -9nf j; edit_config ".inputs[0] += $(put_blob rec j.gz)"; edit ".layers[0] += $(put_blob rec j.gz)"%leaves out the unpacked kernel, and xb-parse makes other bytes
CASES
	rm -rf rec
	cp -r good rec
	edit_config '.left_out += .left_out'
	quiet xb-replay -p -q --check -t file:seven rec
	# what is not packed is not left out, and what is there twice once
	quiet xb-record --slim -o twice -q -p -t file:eight -m 32M -z -r j.gz j.gz
	quiet xb-replay -p -q --check -t file:nine twice
	$mkimage k
	quiet xb-record --slim -o plain -p -t file:five -m 32M k
	rm -rf rec
	mv plain rec
	jq -e '.left_out == null' "$(config)"
	# with or without, it is the same build
	run --separate-stderr -0 xb-record -o rec -p -t file:six -m 32M k
	[[ $stderr == *"already"* ]]
}

@test "the finished plan, and a domain that runs" {
	$mkimage k
	quiet xb-record -o rec -t file:one -m 32M --output-plan plan --vcpus 2 --name x k
	[ "$(json plan .launched)" = true ]
	[ "$(xb-domain info -j file:one | jq -c '[.vcpus, .name]')" = '[2,"x"]' ]
	quiet xb-record -o other -p -t file:two -m 32M --output-plan=plan k
	[ "$(json plan .launched)" = false ]
	quiet xb-verify -q plan
	quiet xb-replay -t file:three -o plan rec
	[ "$(json plan .launched)" = true ]
	# a domain that is there is taken
	xb-domain create -t file:four -m 32M
	quiet xb-record -o four.rec -p -t file:four k
	xb-domain create -t file:five -m 32M
	quiet xb-replay -q --check -p -t file:five four.rec
}

@test "the same build adds nothing; another one is refused and undone" {
	recorded
	find rec -type f -exec ls -l --time-style=full-iso {} + >before
	run --separate-stderr -0 xb-record -o rec -p -t file:two -m 32768K \
	    --scatter 5 -r rd -c "a b" k
	[[ $stderr == *"'rec' has this build already"* ]]
	[ "$output" = file:two ]
	refused 74 "another build (options)" xb-record -o rec -p -t file:x -m 32M -r rd k
	refused 74 "another build (kernel or ramdisks)" xb-record -o rec -p -t file:x \
	    -m 32M -r k -c "a b" k
	mkdir empty
	refused 74 "is no record" xb-record -o empty -t file:x -m 32M k
	echo >file
	refused 74 "is no record" xb-record -o file -t file:x -m 32M k
	refused 74 "none/plan" xb-record -o new --output-plan none/plan -t file:x -m 32M k
	refused 74 "none/plan" xb-replay -o none/plan -t file:x rec
	refused 74 "cannot write ''" \
	    xb-record -o new --output-plan "" -t file:x -m 32M k
	[ ! -e new ]
	refused 74 "nowhere/rec" xb-record -o nowhere/rec -t file:x -m 32M k
	[ ! -e x ]
	find rec -type f -exec ls -l --time-style=full-iso {} + >after
	cmp before after
	[ -z "$(ls -d ./*.new* 2>/dev/null)" ]
}

@test "a build that fails is recorded, with its one message and status" {
	$mkimage k
	refused 65 "too small" xb-record -o rec -t file:one -m 1M k
	[ ! -e one ]
	jq -e '.status == 65 and (.message | test("too small")) and
	    (.stages | map(.status)) == [0, 65] and .guest == null' "$(config)"
	refused 66 "xb-parse" xb-record -o none -t file:one -m 32M nothing
	# wrong usage: no stage ran, and nothing stands in the way
	refused 64 "no memory" xb-record -o wrong -p k
	[ -z "$(ls -d wrong* 2>/dev/null)" ]
	refused 69 "" xb-record -o wrong -p -t xen:32000 k
	[ -z "$(ls -d wrong* 2>/dev/null)" ]
	refused 64 "console" xb-record -o odd -t file:one -m 32M --console-port x k
	# again, from where it failed, with what it needs
	refused 65 "too small" xb-replay -t file:two rec
	quiet xb-replay -q -p -t file:two -m 32M -o plan rec
	quiet xb-verify -q plan
	refused 65 "no guest" xb-replay -q -p -t file:three -m 32M --check rec
	refused 65 "no kernel" xb-replay -p -t file:three -m 32M none
	[ ! -e three ]
}

@test "modules of a PVH guest are kept with their lines, and come back" {
	$mkimage k note:PHYS32_ENTRY=0x100200
	for file in m1 rd m2; do echo "$file" >$file; done
	record() { xb-record -o rec -p -t file:one -m 1M -A hvm-3.0-pvh "$@" k; }
	refused 65 "too small" record --module m1 --module-line "a b" -r rd \
	    --module m2
	[ "$(jq -c '[.inputs[] | .role, .name, .line]' "$(config)")" = \
	    '["kernel","k",null,"module","m1","a b","ramdisk","rd",null,"module","m2",null]' ]
	[ "$(jq -c '[.options[].option]' "$(config)")" = '["memory","abi"]' ]
	run --separate-stderr -65 record --module m1 --module-line "a b" -r rd \
	    --module m2
	[[ $stderr == *"'rec' has this build already"* ]]
	for other in "--module m1 --module-line other" "-r m1"; do
		cp -r rec kept
		# shellcheck disable=SC2086
		run --separate-stderr -65 record $other -r rd --module m2
		[[ $stderr == *"'rec' held a build that failed, and is replaced" ]]
		rm -r rec
		mv kept rec
	done
	rm m1 rd m2
	quiet xb-replay -q -p -t file:two -m 16M -o plan rec
	[ "$(json plan '[.modules[] | .parts[0].role, .command_line] | @csv')" = \
	    '"ramdisk",,"module.1","a b","module.2",' ]
	xb-step --all -m 16M rec >said
	grep -q -- "^\[1/6\] xb-parse --abi=hvm-3.0-pvh --module=m1 '--module-line=a b'" said
	# One that is built is checked, and its line makes it another build.
	echo again >m1
	good() { xb-record -q -o good -p -t file:"$1" -m 16M -A pvh --module m1 --module-line "$2" k; }
	quiet good three "a b"
	refused 74 "another build (modules)" good four "a c"
	quiet xb-replay -q --check -p -t file:five good
}

@test "a failed record is replaced by the retry" {
	$mkimage k
	refused 65 "too small" xb-record -o rec -t file:one -m 1M k
	# The same failure is the same record.
	run --separate-stderr -65 xb-record -o rec -t file:one -m 1M k
	[[ $stderr == *"'rec' has this build already"* ]]
	# A good one takes its place, whatever its options.
	run --separate-stderr -0 xb-record -o rec -p -t file:one -m 32M k
	[ "$stderr" = "xb-record: 'rec' held a build that failed, and is replaced" ]
	jq -e '.status == 0 and .guest != null' "$(config)"
	[ -z "$(ls -d ./*.new* 2>/dev/null)" ]
	quiet xb-replay -q -p -t file:two --check rec
	# and is not replaced itself
	refused 74 "another build" xb-record -o rec -t file:three -m 1M k
	jq -e '.status == 0' "$(config)"
}

@test "what the target refuses is not recorded, and nothing stands in the way" {
	$mkimage k
	xb-build -p -t file:one -m 32M k
	run --separate-stderr -69 xb-record -o rec -p -t file:one k
	[[ $stderr == *"is already constructed"*$'\n'"xb-record: warning: nothing is recorded: "* ||
	    $stderr == *"another build"*$'\n'"xb-record: warning: nothing is recorded: "* ]]
	[ -z "$(ls -d rec* 2>/dev/null)" ]
	quiet xb-record -o rec -p -t file:two -m 32M k
}

@test "--plan is what is read, everywhere" {
	$mkimage k
	echo kept >plan
	refused 64 "'--plan" xb-record -o rec -p -t file:one -m 32M --plan plan k
	[ "$(cat plan)" = kept ]
}

@test "a replay needs nothing but the record, from every stage" {
	recorded --xenstore-domid 3
	mv rec away
	rm -rf k rd one "$XB_STORE"
	mv away rec
	for stage in parse layout load pgtab startinfo introduce launch; do
		rm -rf two
		run --separate-stderr -0 xb-replay -p --check -t file:two \
		    --scatter 7 -o plan --from xb-$stage rec
		[ "$output" = file:two ]
		[[ $stderr == *"the guest is the recorded one: "*" pages"*", shared_info and registers" ]]
		rebound plan >have
		rebound "$(blob xb-launch.plan)" >want
		jq -cS 'del(.memory.p2m, .pagetables.root_mfn, .startinfo, .vcpus)' have >a
		jq -cS 'del(.memory.p2m, .pagetables.root_mfn, .startinfo, .vcpus)' want >b
		cmp a b
		[ "$(jq .startinfo.store_domid have)" = 3 ]
	done
}

@test "a PVH guest: its record, and replays from and until every stage" {
	recorded -A hvm-3.0-pvh
	rm -rf k rd "$XB_STORE"
	quiet xb-verify -q rec
	for stage in parse layout load pgtab startinfo introduce launch; do
		rm -rf two
		run --separate-stderr -0 xb-replay -p --check -t file:two \
		    -o plan --from xb-$stage rec
		[[ $stderr == *"the guest is the recorded one: "*" pages"*", HVM parameters and registers" ]]
		run -0 xb-diff file:one file:two
		[ -z "$output" ]
	done
	for stage in load pgtab startinfo; do
		rm -rf two
		quiet xb-replay -p --until xb-$stage -t file:two -o plan rec
		quiet xb-build -p --plan plan
		run -0 xb-diff rec file:two
	done
	run --separate-stderr -65 xb-replay -p --check -c other -t file:three rec
	[[ $stderr == *"differs: pfn "*", va 0x"*", start_info + 0x0"* ]]
}

@test "a domain has the vcpus of the record, or those asked for" {
	vcpus() { xb-domain info -j "$1" | jq .vcpus; }
	for type in pvh pv; do
		rm -rf rec one two three four five
		recorded -A $type --vcpus 3
		quiet xb-replay -q -p --check -t file:two rec
		[ "$(vcpus file:two)" = 3 ]
		run --separate-stderr -0 xb-replay -p -t file:three --vcpus 2 \
		    -o plan rec
		[ "$stderr" = "xb-replay: not as recorded: vcpus: 3 -> 2" ]
		[ "$(vcpus file:three)" = 2 ]
		quiet xb-verify -q plan
		xb-step --all -p --keep -t file:four rec >said
		[ "$(vcpus file:four)" = 3 ]
		# a domain that is there has its own
		xb-domain create -t file:five --type $type -m 32M --vcpus 2
		run --separate-stderr -0 xb-replay -p -t file:five rec
		[ "$stderr" = "xb-replay: not as recorded: vcpus: 3 -> 2" ]
		[ "$(vcpus file:five)" = 2 ]
		xb-pool fill -q -n 1 -t file:pools-$type web rec
		[ "$(vcpus "$(xb-pool take -p -t file:pools-$type web)")" = 3 ]
		refused 74 "another build (vcpus)" xb-record -q -p -o rec \
		    -t file:six -m 32M -r rd -c "a b" -A $type --vcpus 2 k
		rm -rf six
	done
	# The ACPI tables of a PVH guest have an entry for each.
	rm -rf rec two
	xb-domain create -t file:six --type pvh -m 32M --vcpus 2
	quiet xb-record -q -p -o rec -t file:six -A pvh k
	quiet xb-replay -q -p --check -t file:two rec
	refused 65 "not the recorded one: 1 page differs" \
	    xb-replay -q -p --check --vcpus 1 -t file:seven rec
	# No page of a PV guest says how many there are.
	rm -rf rec one two
	recorded --vcpus 3
	run --separate-stderr -65 xb-replay -p --check --vcpus 2 -t file:seven \
	    rec
	[ "${stderr_lines[0]}" = "xb-replay: not as recorded: vcpus: 3 -> 2" ]
	[ "${stderr_lines[1]}" = "xb-replay: differs: the number of vcpus" ]
	[[ ${stderr_lines[2]} == *": no page differs, but the number of vcpus" ]]
	[ ! -e seven ]
	xb-replay -p -j --check --vcpus 2 -t file:seven rec >j 2>/dev/null || [ $? = 65 ]
	[ "$(jq -c '.check | [.same, .differs]' j)" = \
	    '[false,["the number of vcpus"]]' ]
	# Older records do not tell, and are of the same build as any number.
	edit_config 'del(.vcpus)'
	quiet xb-replay -p -t file:eight --vcpus 2 rec
	rm -r eight
	run --separate-stderr -0 xb-replay -p --check -t file:eight rec
	[ "$(vcpus file:eight)" = 1 ]
	run --separate-stderr -0 xb-record -p -o rec -t file:ten -m 32M -r rd \
	    -c "a b" --vcpus 2 k
	[[ $stderr == *"'rec' has this build already"* ]]
	edit_config '.vcpus = 0'
	refused 65 "no vcpu" xb-replay -q -p -t file:nine rec
	edit_config '.vcpus = 8193'
	refused 65 "vcpus" xb-replay -q -p -t file:nine rec
	[ ! -e nine ]
}

@test "what changes the layout is no matter of a later stage" {
	for type in pvh pv; do
		rm -rf rec one
		recorded -A $type
		for stage in load pgtab startinfo introduce launch; do
			for change in "-c other" "-m 16M"; do
				# shellcheck disable=SC2086
				refused 64 "at the latest it is xb-layout" xb-replay \
				    -p $change --from xb-$stage -t file:two rec
				[ ! -e two ]
			done
		done
		quiet xb-replay -q -p -c other --from xb-layout -t file:two \
		    -o plan rec
		[ "$(json plan .command_line)" = other ]
		rm -r two
	done
}

@test "until every stage, and on from there, is the straight pipe's domain" {
	recorded
	for stage in parse layout load pgtab startinfo introduce launch; do
		rm -rf two
		domain='-t file:two'
		rest=
		case $stage in
		parse) domain= rest='-m 32M -t file:two' ;;
		layout) domain= rest='-t file:two' ;;
		esac
		# shellcheck disable=SC2086 # lists of options
		quiet xb-replay -p --until xb-$stage $domain -o plan rec
		# A domain in files is introduced to nobody.
		rebound plan | jq -cS . >have
		rebound "$(blob xb-${stage/introduce/startinfo}.plan)" |
		    jq -cS . >want
		cmp have want
		# shellcheck disable=SC2086
		[ $stage = launch ] || quiet xb-build -p --plan plan $rest
		$same_memory one/memory two/memory
		run -0 xb-diff file:one file:two
	done
}

@test "one thing changed on the way, and said" {
	recorded
	run --separate-stderr -0 xb-replay -p -t file:two -c other -o plan rec
	[ "$stderr" = 'xb-replay: not as recorded: command_line: "a b" -> "other"' ]
	[ "$(json plan .command_line)" = other ]
	quiet xb-verify -q plan
	run --separate-stderr -0 xb-replay -t file:odd -c $'\e[31m\\' rec
	[ "$stderr" = 'xb-replay: not as recorded: command_line: "a b" -> "\x1b[31m\\"' ]
	run --separate-stderr -0 xb-replay -p -t file:three -m 48M -o plan rec
	[ "$stderr" = "xb-replay: not as recorded: layout.pages: 8192 -> 12288 (32 MiB -> 48 MiB)" ]
	[ "$(json plan .layout.pages)" = 12288 ]
	quiet xb-verify -q plan
	quiet xb-replay -q -p -t file:four --from xb-parse -c other -m 48M -o plan rec
	[ "$(json plan '"\(.command_line) \(.layout.pages)"')" = "other 12288" ]
	run --separate-stderr -65 xb-replay -p -t file:five -c other --check rec
	[[ ${stderr_lines[1]} == "xb-replay: differs: pfn 0x"*", va 0x"*", start_info + 0x0" ]]
	[[ ${stderr_lines[2]} == *"1 page differs"* ]]
	[ ! -e five ]
	run --separate-stderr -65 xb-replay --keep -t file:five -c other --check rec
	[[ $stderr == *"'file:five' is kept"* ]]
	[ "$(xb-domain info -j file:five | jq .paused)" = true ]
	# pages in a row are one line, of each segment
	run --separate-stderr -65 xb-replay -p -t file:six -m 48M --check rec
	[[ $stderr == *"differs: the size of the domain"* ]]
	[[ $stderr =~ "differs: pfn 0x"[^$'\n']*", p2m + 0x"[0-9a-f]+"; "[0-9]+" pages" ]]
	[ "${#stderr_lines[@]}" -lt 12 ]
	refused 65 "too small" xb-replay -t file:six -m 1M rec
	refused 65 "command" xb-replay -t file:six -c "$(printf %2000s)" rec
	[ ! -e six ]
}

@test "a record that is damaged is refused before the target is touched" {
	recorded
	cp -r rec good
	# name, what is done, what is said
	while IFS='%' read -r how what; do
		rm -rf rec
		cp -r good rec
		chmod -R u+w rec
		eval "$how"
		refused 65 "$what" xb-replay -t file:two rec || {
			echo "after: $how"
			return 1
		}
		[[ $stderr == *"'rec'"* ]] || {
			echo "after $how it is not said which: $stderr"
			return 1
		}
		[ ! -e two ]
	done <<'CASES'
rm rec/oci-layout%no 'oci-layout'
rm rec/index.json%no 'index.json'
rm -r rec/blobs%blobs/sha256
echo '{"imageLayoutVersion": "2.0.0"}' >rec/oci-layout%'2.0.0'
echo '{}' >rec/oci-layout%imageLayoutVersion is missing
echo nonsense >rec/index.json%not JSON
echo '[]' >rec/index.json%not a JSON object
head -c 900000 /dev/zero | tr '\0' '[' >rec/index.json%not JSON
head -c 2000000 /dev/zero | tr '\0' ' ' >rec/index.json%more than 1048576
jq -c '.manifests += [.manifests[0] | .digest |= sub("....$"; "0000")]' rec/index.json >i; mv i rec/index.json%names 2 records
jq -c '.manifests[0].mediaType = "x"' rec/index.json >i; mv i rec/index.json%of type 'x'
jq -c '.manifests[0].size += 1' rec/index.json >i; mv i rec/index.json%it should have
jq -c '.manifests[0].size = -1' rec/index.json >i; mv i rec/index.json%manifests[0].size
jq -c '.manifests[0].digest = "sha512:00"' rec/index.json >i; mv i rec/index.json%is not a digest
jq -c '.manifests[0].digest = "sha256:../../x"' rec/index.json >i; mv i rec/index.json%is not a digest
edit '.artifactType = "other"'%another OCI artifact, of type 'other'
edit '.config.mediaType = "application/vnd.oci.image.config.v1+json"'%another OCI artifact
edit 'del(.layers)'%layers is missing
edit '.layers[0].annotations = {}'%title ''
edit '.layers[0].annotations[] = "../up"'%title '../up'
edit '.layers[0].annotations[] = "guest"'%one title
edit '.layers[1].digest = .layers[0].digest'%are one blob
edit '.layers[0].size = 1'%it should have 1
edit '.layers[0:2] = []'%not whole
edit 'del(.layers[] | select(.annotations[] == "guest"))'%the guest is no layer
edit 'del(.layers[] | select(.annotations[] == "xb-load.plan"))'%the plan of xb-load is no layer
edit '.layers = [range(2000) as $i | .layers[0] | .annotations = {}]'%at most 1024
edit_config '.record = 2'%version 2, this program reads 1
edit_config 'del(.stages)'%stages is missing
edit_config '.stages = []'%not whole
edit_config '.stages[0:2] = [.stages[1], .stages[0]]'%no stage or out of order
edit_config '.stages[2].program = "rm"'%no stage or out of order
edit_config '.stages[2].status = 65'%comes after a stage that failed
edit_config '.stages[2].status = 256'%at most 255
edit_config '.stages[5].status = 65'%its plan does not say so
edit_config '.stages[2].plan = .stages[1].plan'%has not been through it
edit_config '.stages[2].plan = .guest'%is no layer
edit_config '.inputs[0].digest = .guest'%its layer has
edit_config '.inputs = [.inputs[1], .inputs[0]]'%a kernel comes first
edit_config '.inputs[1].role = "abi"'%is a 'abi': a kernel comes first
edit_config '.inputs[1].line = "x"'%modules, which alone have lines
edit_config '.guest = .inputs[0].digest'%the guest is no layer
edit_config '.options = [{"option": "store", "value": "/"}]'%'--store=/', which no record
edit_config '.options = [{"option": "module-line", "value": "x"}]'%'--module-line=x', which no record
edit_config '.options = [{"option": "keep"}]'%'--keep', which no record
edit_config '.options = [{"option": "command-line"}]'%'--command-line', which no record
edit_config '.options = [{"option": "memory", "value": "1\u001b[2J"}]'%which is not a size
edit_config '.options = [{"option": "memory", "value": "32MK"}]'%which is not a size
edit_config '.options = [{"option": "abi", "value": "xen-9"}]'%options[0] of the config is '--abi=xen-9': -A
edit_config '.options = [{"option": "format", "value": "$(touch two)"}]'%options[0] of the config is '--format=
edit_config '.options = [{"option": "features", "value": "x"}]'%options[0] of the config is '--features=x'
edit_config '.options += [{"option": "console-port", "value": "a;b"}]'%of the config is '--console-port=a;b'
edit_config '.options = [{"option": "no-xenstore"}, {"option": "xenstore-port", "value": "3"}]'%exclude each other
edit_config '.options = [range(257) | {"option": "no-xenstore"}]'%at most 256
edit_config '.inputs += [range(1024) as $i | .inputs[1]]'%1026 inputs, at most 1024
edit_config '.arguments = [{"bytes": "6g"}]'%arguments[0]
edit_config '.message = "a\u0000b"'%not JSON
echo >>$(blob kernel)%it should have
printf XX | dd of=$(blob kernel) bs=1 seek=100 conv=notrunc status=none%is damaged
printf XX | dd of=$(blob xb-load.plan) bs=1 seek=9 conv=notrunc status=none%is damaged
rm $(blob ramdisk)%is not whole
f=$(blob ramdisk); mv $f real; ln -s $PWD/real $f%symbolic link
f=$(blob ramdisk); rm $f; mkfifo $f%not a regular file
f=$(blob ramdisk); rm $f; mkdir $f%not a regular file
mv rec/blobs b; ln -s ../b rec/blobs%blobs/sha256
CASES
	refused 66 "nothing" xb-replay -t file:two nothing
	refused 65 "no folder" xb-replay -t file:two k
	refused 65 "blobs/sha256" xb-replay -t file:two one
}

@test "a guest that is not the recorded one is not passed" {
	recorded
	# Another build's guest in the place of this one's.
	$mkimage k2 lines=9 2>/dev/null || cp k k2
	quiet xb-record -o other -p -t file:o -m 32M -c "c d" k
	mv rec mine
	mv other rec
	guest=$(blob guest)
	mv rec other
	mv mine rec
	cp "other/${guest#rec/}" g
	edit ".layers[-1] += $(put_blob rec g)"
	edit_config ".guest = \"sha256:$(sha256sum g | cut -d' ' -f1)\""
	run --separate-stderr -65 xb-replay -p -t file:two --check rec
	[[ $stderr == *"differs: pfn"*"is not the recorded one"* ]]
	[ ! -e two ]
	printf 'nonsense' >g
	edit ".layers[-1] += $(put_blob rec g)"
	edit_config ".guest = \"sha256:$(sha256sum g | cut -d' ' -f1)\""
	refused 65 "guest of the record" xb-replay -p -t file:two --check rec
	[ ! -e two ]
}

@test "wrong usage is 64 with one message" {
	recorded
	refused 64 "-o RECORD" xb-record -t file:x -m 32M k
	refused 64 "no KERNEL" xb-record -o r
	refused 64 "more than one KERNEL" xb-record -o r k k
	refused 64 "is not a size" xb-record -o r -m lots k
	refused 64 "no RECORD" xb-replay
	refused 64 "more than one RECORD" xb-replay rec rec
	refused 64 "no stage 'load'; its name is xb-load" xb-replay --from load rec
	refused 64 "no stage 'x'" xb-replay --until x rec
	refused 64 "-o PLAN" xb-replay --until xb-load rec
	refused 64 "--check" xb-replay --until xb-load --check -o plan rec
	refused 64 "behind" xb-replay --from xb-load --until xb-parse -o plan rec
	refused 64 "xb-layout" xb-replay --from xb-load -c x -t file:x rec
	refused 64 "leave -t out" xb-replay --until xb-parse -t file:x -o plan rec
	refused 64 "does not run" xb-replay --xenstore-port 1 --until xb-load -t file:x -o plan rec
	refused 64 "does not run" xb-replay -L 1M -t file:x rec
	refused 64 "is not a size" xb-replay --max-input none -t file:x rec
	[ ! -e r ] && [ ! -e x ]
}

@test "a signal ends both and leaves nothing" {
	recorded
	slow_ramdisk slow
	xb-record -o new -t file:dom -m 32M -z -r slow k >out 2>&1 &
	terminated dom/state $!
	[ ! -e dom ]
	[ ! -e new ]
	[[ $(tail -n 1 out) == "xb-record: ended by a signal, "* ]]
	[ -z "$(ls -d ./*.new* 2>/dev/null)" ]
}

@test "a signal ends the unpacking of a slim record" {
	"$mkimage" k
	slow_ramdisk slow
	quiet xb-record -q --slim -o rec -p -t file:one -m 400M -z -r slow k
	mkdir tmp
	for command in "xb-replay --check -p -t file:dom" \
	    "xb-pool fill -n 1 -t file:pools web"; do
		rm -rf store
		# shellcheck disable=SC2086
		TMPDIR=$PWD/tmp XB_STORE=$PWD/store $command rec >out 2>err &
		terminated store/index $!
		[[ $(tail -n 1 err) == xb-*": ended by a signal, "* ]]
		[ ! -s out ] && [ ! -e dom ] && [ ! -e pools/web ]
		[ -z "$(ls tmp)" ]
	done
}

@test "a signal leaves nothing at any other time either" {
	recorded
	truncate -s 64M big
	# a signal while xb-record copies what it was given
	xb-record -o new -t file:dom -m 256M -r big k >out 2>&1 &
	for i in $(seq 500); do
		[ -z "$(ls -d new.new-* 2>/dev/null)" ] || break
		sleep 0.01
	done
	kill -TERM $!
	status=0
	wait $! || status=$?
	[ "$status" = 143 ]
	[ -z "$(ls -d new* dom 2>/dev/null)" ]
	# signals during a replay, early and late
	mkdir tmp
	for i in 0.02 0.05 0.1 0.2 0.4 0.8; do
		TMPDIR=$PWD/tmp xb-replay -t file:dom rec >out 2>err &
		sleep "$i"
		kill -TERM $! || true
		status=0
		wait $! || status=$?
		# a domain is left only where its name was printed
		[ ! -s out ] || [ ! -e dom ] || xb-domain destroy "$(cat out)"
		[ "$status" = 143 ] || [ "$status" = 0 ]
		[ ! -e dom ]
		[ -z "$(ls tmp)" ]
	done
}

@test "a huge blob: refused before it is read, or read until a signal comes" {
	recorded
	size=$((8 << 40))
	truncate -s $size "$(blob ramdisk)"
	edit "(.layers[] | select(.annotations[] == \"ramdisk\")).size = $size"
	# a limit for all layers, before one of them is read
	for command in "xb-replay -t file:dom" "xb-step --all" "xb-diff rec"; do
		refused 65 "the record 'rec': its layers have more than 17179869184 bytes together, the limit; --max-input raises it" \
		    bounded 2 $command rec
	done
	refused 65 "more than 17179869183 bytes" xb-replay -t file:dom --max-input 17179869183 rec
	# raised, it is read until a signal comes
	xb-replay --max-input 16384G -t file:dom rec >out 2>&1 &
	within_reach has_read $! $((32 << 20))
	terminated rec $!
	[ ! -e dom ] && [ ! -s out ]
}

@test "a record that changes once it is verified leads to no other file" {
	recorded
	echo secret >secret
	# The domain's folder is made once the stages have what they are to read.
	quiet at_call mkdir "ln -sf '$PWD/secret' '$(blob ramdisk)'; : >swapped" \
	    xb-replay -q -p --from xb-parse -o plan -t file:two rec
	[ -e swapped ]
	[ "$(json plan '.modules[0].parts[0].sha256')" = "$(sha256sum rd | cut -d' ' -f1)" ]
	# and the plan names what stays
	json plan '.sources[].path' >paths
	! grep -v "^$PWD/rec/blobs/sha256/" paths || false
	[ -s paths ]
}

@test "a launch that fails is one message, and undone" {
	recorded
	# What has run is not launched again.
	refused 69 "already constructed" at_call open_memstream "xb-domain unpause file:two" \
	    xb-replay -t file:two rec
	[ ! -e two ]
	refused 69 "already constructed" at_call rename "xb-domain unpause file:two" \
	    xb-record -o new -t file:two -m 32M k
	[ ! -e two ]
	quiet xb-replay -q -p --check -t file:three new
}

@test "letters that stand together in one word are many options" {
	local many=zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz
	$mkimage k64
	quiet xb-record -$many -o many -t file:dom -m 16M k64
	run -0 xb-step -$many --all -m 16M k64
}

# A page of a tmpfs that was never written takes room when it is read.  Before,
# what could not be read counted as zeros, and every page differed.
@test "a domain that cannot be read for want of room is not another one" {
	mkdir full
	mount -t tmpfs -o size=24m none full 2>/dev/null || skip "no tmpfs"
	"$mkimage" kernel
	xb-record -q -o rec -p -t file:dom -m 256M kernel
	xb-replay -q -p -t file:full/dom rec
	head -c 24m /dev/zero >full/rest 2>/dev/null || true
	run --separate-stderr xb-diff rec file:full/dom
	umount -l full
	[ "$status" = 74 ]
	[[ $stderr == *"its disk fails, or is full"* ]]
}
