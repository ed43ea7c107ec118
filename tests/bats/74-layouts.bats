# Layouts with many records: how one is named, and how one is added.
load helper

# two: the layout ./web with the records v1 and v2 of one kernel.
two() {
	$mkimage k
	head -c 5000 /dev/urandom >rd
	quiet xb-record -o web:v1 -p -t file:one -m 32M k
	quiet xb-record -o web:v2 -p -t file:two -m 48M -c words k
}

# digest TAG: that of the manifest.
digest() {
	jq -r --arg t "$1" '.manifests[] | select(.annotations[
	    "org.opencontainers.image.ref.name"] == $t).digest' web/index.json
}

# index FILTER [ARGUMENT...]: of ./web.
index() {
	jq -c "${@:2}" "$1" web/index.json >i
	mv i web/index.json
}

pages() {
	xb-show -j "$1" | jq .layout.pages
}

@test "a record is named by its folder, a tag or a digest, as it is spelled" {
	two
	[ "$(pages web:v1)" = 8192 ]
	[ "$(pages web/:v2)" = 12288 ]
	[ "$(pages "$PWD/web@$(digest v2)")" = 12288 ]
	refused 65 "'web' names 2 records: FOLDER:TAG or FOLDER@sha256:HEX names one; there are 'v1', 'v2'" xb-show web
	refused 66 "there is no record 'web:v3'; there are 'v1', 'v2'" xb-replay -t file:x web:v3
	refused 66 "there is no record 'web@sha256:" xb-diff web:v1 "web@sha256:$(printf %064d 0)"
	for bad in web: web:.x web:-x web:a:b web:a@b "web:$(printf %0129d 0)" 'web:a b'; do
		refused 64 "a tag has 1 to 128 of" xb-replay -t file:x "$bad"
	done
	for bad in web@sha256:00 "web@sha256:$(printf %064d 0 | tr 0 A)" \
	    "web@sha256:$(printf %065d 0)"; do
		refused 64 "a digest is sha256: and 64 digits" xb-replay -t file:x "$bad"
	done
	refused 64 "FOLDER:TAG" xb-replay -t file:x :v1
	# by every program that takes one
	quiet xb-replay -q -p --check -t file:a "web@$(digest v1)"
	quiet xb-replay -q -p --check -t file:b --from xb-parse web:v2
	run -0 xb-step -q --all web:v1
	run -1 xb-diff web:v1 web:v2
	[[ $output == *"layout.pages: 8192"* ]]
	run -0 xb-diff web:v1 file:a
	quiet xb-pool fill -t file:pools -n 1 web web:v1
	(cd / && quiet xb-pool fill -t "file:$BATS_TEST_TMPDIR/pools" -n 2 web)
	quiet xb-pool drain -t file:pools web
	refused 69 "never runs" xb-run -t file:a web:v1
	# the only one of a layout needs no tag
	index 'del(.manifests[0])'
	[ "$(pages web)" = 12288 ]
	quiet xb-replay -q -p --check -t file:c web
	[ ! -e x ]
}

@test "a folder with a colon, and a domain, are still found" {
	$mkimage k
	quiet xb-record -o a:b/ -p -t file:one -m 32M k
	[ -e a:b/index.json ] && [ ! -e a ]
	quiet xb-replay -q -p --check -t file:two a:b/
	quiet xb-record -o a:b/:v1 -p -t file:three -m 48M k
	[ "$(pages a:b/:v1)" = 12288 ]
	quiet xb-pool fill -t file:pools -n 1 web a:b/:v1
	quiet xb-pool drain -t file:pools web
	mkdir c
	quiet xb-record -o c/d:e -q -p -t file:four -m 32M k
	[ "$(ls c)" = d ]
	quiet xb-record -o ./file:one -p -t file:five -m 32M k
	[[ $(xb-show file:one) == *"domain"* ]]
	[ "$(pages ./file:one)" = 8192 ]
	# a plan whose name has a colon is one where there is no such folder
	xb-parse k >x:y
	quiet xb-show -q x:y
}

@test "records share their blobs, and each of them is whole" {
	two
	[ "$(jq '.manifests | length' web/index.json)" = 2 ]
	run -0 "$root/tests/oci-check" web
	jq -r '.manifests[].digest' web/index.json | sed 's/sha256://' >manifests
	(cd web/blobs/sha256 && xargs jq -r '.config.digest, .layers[].digest') \
	    <manifests | sed 's/sha256://' | cat - manifests | sort >named
	sort -u named | diff - <(ls web/blobs/sha256)
	# the kernel, and what xb-parse made of it without a command line
	[ "$(uniq -d named | wc -l)" -ge 1 ]
	(cd web/blobs/sha256 && sha256sum ./* | sed 's,./,,') |
	    awk '$1 != $2 { exit 1 }'
	cp web/index.json was
	run --separate-stderr -0 xb-record -o web:v2 -p -t file:three -m 48M -c words k
	[[ $stderr == "xb-record: 'web:v2' has this build already and is left as it is" ]]
	mkdir folder
	refused 74 "remove it or name another folder" \
	    xb-record -o folder:v1 -p -t file:x -m 32M k
	refused 74 "'web:v2': it is there and holds another build (options); remove it or name another tag" \
	    xb-record -o web:v2 -p -t file:four -m 32M k
	refused 74 "is no record ('web' names 2 records" xb-record -o web -p -t file:four -m 32M k
	refused 64 "its digest follows from it" xb-record -o "web@$(digest v1)" -p -t file:four -m 32M k
	cmp was web/index.json
	mkdir empty
	refused 74 "is no record" xb-record -o empty:v1 -p -t file:four -m 32M k
	[ ! -e four ]
	[ "$(ls -d web* empty/* 2>/dev/null)" = web ]
	# without Landlock blobs are moved, and with it they are copied
	quiet xb-record --no-sandbox -o web:v3 -p -t file:five -m 32M -r rd k
	quiet xb-replay -q -p --check -t file:six web:v3
	quiet xb-replay -q -p --check -t file:seven web:v1
}

@test "a blob that is there and damaged is made whole" {
	two
	kernel=web/blobs/sha256/$(sha256sum k | cut -d' ' -f1)
	chmod u+w "$kernel"
	printf XX | dd of="$kernel" bs=1 seek=100 conv=notrunc status=none
	refused 65 "is damaged" xb-show web:v1
	quiet xb-record -o web:v3 -p -t file:three -m 40M k
	quiet xb-show -q web:v1
	quiet xb-show -q web:v3
}

@test "a build that failed is replaced under its tag, and no other" {
	two
	refused 65 "too small" xb-record -o web:v3 -t file:three -m 1M k
	refused 65 "too small" xb-replay -t file:three web:v3
	run --separate-stderr -0 xb-record -o web:v3 -p -t file:three -m 33M k
	[[ $stderr == "xb-record: 'web:v3' held a build that failed, and is replaced" ]]
	[ "$(pages web:v3)" = 8448 ]
	[ "$(jq '.manifests | length' web/index.json)" = 3 ]
	quiet xb-replay -q -p --check -t file:four web:v1
	# FOLDER alone is replaced as a whole, and so not where that has more
	refused 65 "too small" xb-record -o sole:a -t file:five -m 1M k
	refused 74 "FOLDER:TAG names one" xb-record -o sole -p -t file:five -m 32M k
	[ ! -e five ]
}

@test "what is no record in a layout stays as it is, and is none" {
	two
	printf '{}' >empty
	jq -nc --argjson c "$(put_blob web empty)" '{schemaVersion: 2,
	    mediaType: "application/vnd.oci.image.manifest.v1+json",
	    config: ({mediaType: "application/vnd.oci.image.config.v1+json"} + $c),
	    layers: [], annotations: {"org.opencontainers.image.title": "image"}}' >image
	index '.annotations = {"x": "y"} | .other = [1.5, null, "\u001b"] |
	    .manifests = [($d + {mediaType: "application/vnd.oci.image.manifest.v1+json",
	    platform: {os: "linux", architecture: "amd64"}, urls: ["http://x/"],
	    annotations: {"org.opencontainers.image.ref.name": "image", "a": "b"}}),
	    .manifests[0] | del(.artifactType)]' --argjson d "$(put_blob web image)"
	cp web/index.json was
	[ "$(pages web)" = 8192 ]
	[ "$(xb-record --list web | cut -f1)" = v1 ]
	refused 65 "another OCI artifact, of type ''" xb-show web:image
	refused 74 "is no record" xb-record -o web:image -p -t file:x -m 32M k
	quiet xb-record -o web:v3 -p -t file:three -m 40M k
	jq -c '.manifests |= .[:-1]' web/index.json | cmp - was
	# a type that is said is believed until it is named
	index '.manifests[0].artifactType = "application/vnd.xb.record.v1"'
	refused 65 "names 3 records" xb-show web
	index 'del(.manifests[1:]) | del(.manifests[0].annotations)'
	refused 65 "another OCI artifact" xb-show web
	index '.manifests += [.manifests[0] | .artifactType = "x" | .digest |= sub("[0-9a-f]{8}$"; "00000000")] | .manifests[0].artifactType = "y"'
	refused 65 "names 2 manifests, and none is a record's" xb-show web
	index '.manifests = []'
	refused 65 "names 0 manifests" xb-show web
	[ -z "$(xb-record --list web)" ]
}

@test "the list of a layout's records, in words and as JSON" {
	two
	run -0 xb-record --list web
	tab=$'\t'
	[[ ${lines[0]} =~ ^v1${tab}sha256:[0-9a-f]{64}${tab}[0-9-]+T[0-9:]+Z${tab}k$ ]]
	[[ ${lines[1]} == "v2"$'\t'"$(digest v2)"$'\t'* ]]
	[ "${#lines[@]}" = 2 ]
	run -0 xb-record -j --list web/
	jq -e --arg d "$(digest v2)" '.records | length == 2 and
	    .[1].digest == $d and .[0].tag == "v1" and .[0].title == "k" and
	    (.[0].created | test("^20.*Z$"))' <<<"$output"
	index '.manifests[0].annotations["org.opencontainers.image.ref.name"] = "\u001b[31m" |
	    del(.manifests[1].annotations)'
	run -0 xb-record --list web
	[[ ${lines[0]} == '\x1b[31m'$'\t'* ]]
	[[ ${lines[1]} == '-'$'\t'* ]]
	refused 64 "'web:v1' is one" xb-record --list web:v1
	refused 64 "--list is for one FOLDER" xb-record --list
	refused 64 "--list is for one FOLDER" xb-record --list -o x web
	refused 66 "'nothing'" xb-record --list nothing
	refused 65 "no folder" xb-record --list k
}

@test "an index that lies is refused, by who reads and by who adds" {
	two
	cp -r web good
	while IFS='%' read -r how what; do
		rm -rf web
		cp -r good web
		eval "$how"
		refused 65 "$what" xb-show web:v1 || { echo "after: $how"; return 1; }
		refused 74 "$what" xb-record -o web:v3 -p -t file:x -m 32M k ||
		    { echo "adding after: $how"; return 1; }
		[ ! -e x ]
	done <<'CASES'
echo nonsense >web/index.json%not JSON
echo '{"schemaVersion":2}' >web/index.json%manifests is missing
index '.manifests = {}'%manifests is not an array
index '.manifests[1].artifactType = 1'%manifests[1].artifactType is not a string
index '.manifests[0].annotations = []'%manifests[0].annotations is not an object
index '.manifests[0].annotations["org.opencontainers.image.ref.name"] = 7'%ref.name is not a string
index '.manifests[1].digest = "sha256:../../x"'%manifests[1].digest is not a digest
index '.mediaType = []'%mediaType is not a string
index '.manifests = [range(4097) as $i | {mediaType: "x", digest: .manifests[0].digest, size: 1}]'%names 4097 manifests, at most 4096
head -c 1100000 /dev/zero | tr '\0' ' ' >>web/index.json%more than 1048576
CASES
	rm -rf web
	cp -r good web
	# labels are read of those alone that do not say what they are
	index '.manifests[0] |= (del(.artifactType) | .size = 1)'
	refused 65 "it should have 1" xb-show web
	quiet xb-show -q web:v2
	index '.manifests[0].size = 2000000'
	refused 65 "more than 1048576" xb-show web
	refused 65 "more than 1048576" xb-record --list web
	# two of one tag, and one with two
	rm -rf web
	cp -r good web
	index '.manifests[1].annotations = .manifests[0].annotations'
	refused 65 "'web:v1' names 2 records" xb-show web:v1
	index '.manifests[1] = (.manifests[0] | .annotations[] = "again")'
	quiet xb-show -q web
	quiet xb-show -q web:again
	# no more than fits
	index '.filler = ("x" * (1048480 - (tojson | length)))'
	refused 65 "would have" xb-record -o web:v3 -p -t file:x -m 32M k
	[ ! -e x ]
	quiet xb-show -q web:v1
}

@test "who adds waits for who adds, and no record is lost" {
	two
	flock web sleep 60 3>&- &
	holder=$!
	within_reach [ "$(pgrep -P $holder sleep)" ]
	xb-record -o web:late -p -t file:late -m 32M k >out 2>err &
	late=$!
	quiet xb-show -q web:v1
	status=0
	wait $late || status=$?
	kill "$(pgrep -P $holder sleep)"
	[ $status = 75 ]
	[[ $(cat err) == "xb-record: another program is writing 'web:late' and has not ended within 10 s; try again when it has" ]]
	[ ! -e late ]
	jobs=()
	for i in 1 2 3 4; do
		xb-record -o "web:p$i" -q -p -t "file:p$i" -m $((32 + i))M k &
		jobs+=($!)
		xb-record -o "new:p$i" -q -p -t "file:n$i" -m $((32 + i))M k &
		jobs+=($!)
	done
	for job in "${jobs[@]}"; do
		wait "$job"
	done
	[ "$(xb-record --list web | wc -l)" = 6 ]
	[ "$(xb-record --list new | wc -l)" = 4 ]
	for i in 1 2 3 4; do
		quiet xb-show -q "web:p$i"
		quiet xb-show -q "new:p$i"
	done
	[ -z "$(ls -d ./*.new* 2>/dev/null)" ]
}

@test "killed in the middle, the layout has what it had, and takes it again" {
	two
	PATH=$XB_PLAIN:$PATH
	for n in 1 3 5; do
		run strace -f -qq -o trace -e trace=renameat -P "$PWD/web/blobs/sha256" -P "$PWD/web" \
		    -e inject=renameat:signal=KILL:when=$n \
		    xb-record -o web:v3 -p -t file:three -m 36M -r rd k
		grep -q SIGKILL trace
		[ "$(jq '.manifests | length' web/index.json)" = 2 ]
		quiet xb-show -q web:v1
		quiet xb-show -q web:v2
		rm -rf three web.new-*
	done
	quiet xb-record -o web:v3 -p -t file:three -m 36M -r rd k
	quiet xb-replay -q -p --check -t file:four web:v3
	# what fails leaves no blob that nothing names
	ls web/blobs/sha256 >before
	refused 74 "No space left" strace -f -qq -o trace -e trace=renameat -P "$PWD/web" \
	    -e inject=renameat:error=ENOSPC xb-record -o web:v4 -p -t file:five -m 37M k
	ls web/blobs/sha256 | cmp - before
	[ ! -e five ]
}

@test "what a check found is kept, as an artifact that refers to the record" {
	two
	quiet xb-replay -q -p --check --result web:r1 -t file:a web:v1
	refused 65 "not the recorded one" xb-replay -q -p --check --result=web:r2 -c other -t file:b web:v1
	[ ! -e b ]
	run --separate-stderr -0 xb-replay -j -p --check --result out:x -t file:c web:v2
	printf '%s' "$output" >printed
	run -0 "$root/tests/oci-check" web
	run -0 "$root/tests/oci-check" out
	result=$(jq -r '.manifests[0].digest[7:]' out/index.json)
	jq -e --arg d "$(digest v2)" '.subject.digest == $d and
	    .artifactType == "application/vnd.xb.result.v1" and
	    .config.mediaType == "application/vnd.oci.empty.v1+json" and
	    .annotations["org.opencontainers.image.title"] == "same on file"' \
	    "out/blobs/sha256/$result"
	layer=$(jq -r '.layers[0].digest[7:]' "out/blobs/sha256/$result")
	jq -e --slurpfile p printed --arg host "$(uname -n)" '.verdict == "same" and
	    .target == "file" and .host == $host and .program == "xb-replay" and
	    .seconds > 0 and .check == $p[0].check' "out/blobs/sha256/$layer"
	result=$(digest r2)
	layer=$(jq -r '.layers[0].digest[7:]' "web/blobs/sha256/${result#sha256:}")
	jq -e '.verdict == "differs" and (.check.differs | length) == 1' "web/blobs/sha256/$layer"
	# listed under its record, and none itself
	xb-record --list web | awk -F '\t' '{ print $1, $2 ~ /^r/ ? $2 : "", $5 }' >list
	printf '%s\n' 'v1  ' ' r1 same on file' ' r2 differs on file' 'v2  ' | cmp - list
	xb-record -j --list out | jq -e --arg d "$(digest v2)" '.records == [] and
	    .results[0].subject == $d and .results[0].tag == "x"'
	refused 65 "names 2 records" xb-show web
	refused 65 "another OCI artifact" xb-show out
	# another result takes its tag, and nothing else does
	quiet xb-replay -q -p --check --result web:r2 -t file:d web:v2
	[ "$(xb-record --list web | grep -c $'\tr2\t.*same on file$')" = 1 ]
	[ "$(jq '.manifests | length' web/index.json)" = 4 ]
	refused 74 "names something else, of type 'application/vnd.xb.record.v1'" \
	    xb-replay -q -p --check --result web:v2 -t file:e web:v1
	index '.manifests[3].mediaType = "x"'
	refused 74 "names something else, of type 'x'" xb-replay -q -p --check --result web:r2 -t file:e web:v1
	refused 74 "is no record" xb-record -o web:r1 -p -t file:e -m 32M k
	# that is known before there is a domain
	refused 74 "nowhere/x:y" xb-replay -q --check --result nowhere/x:y -t file:e web:v1
	refused 65 "no folder" xb-replay -q --check --result k:y -t file:e web:v1
	run -74 strace -f -qq -o trace -e trace=mkdir "$XB_PLAIN/xb-replay" \
	    -q -p --check --result web:v2 -t file:e web:v1
	[ "$(grep -c '"e"' trace)" = 0 ]
	[ ! -e e ]
	refused 64 "add --check" xb-replay --result web:r3 -t file:e web:v1
	refused 64 "is not FOLDER:TAG" xb-replay --check --result web -t file:e web:v1
	refused 64 "is not FOLDER:TAG" xb-replay --check --result "web@$(digest v1)" -t file:e web:v1
	# a result that lies
	index '.manifests[3].mediaType = .manifests[0].mediaType | .manifests[2].size = 9'
	refused 65 "it should have 9" xb-record --list web
	quiet xb-show -q web:v1
	index '.manifests = [.manifests[2]]'
	jq -c '.subject.digest = "sha256:x"' "web/blobs/sha256/$(digest r1 | cut -c8-)" >m
	index '.manifests[0] += $d' --argjson d "$(put_blob web m)"
	refused 65 "subject.digest is not a digest" xb-record --list web
}
