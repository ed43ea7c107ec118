# A record of Debian's kernel goes through a registry and is played elsewhere.
load helper
load registry

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	export XB_STORE=$PWD/store
	registry=''
}

teardown() {
	[ -z "$registry" ] || kill "$registry"
}

copy() {
	timeout 600 skopeo --insecure-policy copy -q --preserve-digests "$@"
}

digests() {
	(cd "$1" && find blobs -type f -exec sha256sum {} + | sort)
}

@test "a record goes through a registry and replays where its sources are not" {
	command -v skopeo docker-registry >/dev/null || skip "no skopeo"
	cp "$vmlinuz" "$initrd" .
	quiet xb-record -o rec -p -t file:one -m 128M -r initrd.img \
	    -c console=hvc0 vmlinuz
	serve
	copy --dest-tls-verify=false oci:rec "docker://$host/xb/debian:1"
	copy --src-tls-verify=false "docker://$host/xb/debian:1" oci:back
	# skopeo writes these two itself, and not all of an index that may be.
	jq -c . rec/oci-layout >want
	jq -c . back/oci-layout | cmp want
	jq -c '.manifests[0] | [.mediaType, .digest, .size]' rec/index.json >want
	jq -c '.manifests[0] | [.mediaType, .digest, .size]' back/index.json |
	    cmp want
	diff -r -x oci-layout -x index.json rec back
	digests rec >want
	digests back >have
	cmp want have
	# recorded again, nothing new goes there
	run --separate-stderr -0 xb-record -o rec -p -t file:again -m 128M \
	    -r initrd.img -c console=hvc0 vmlinuz
	[[ $stderr == *"already"* ]]
	kill "$registry"
	wait "$registry" || :
	registry=''
	# two of one kernel take little more than one
	quiet xb-record -o all:one -p -t file:five -m 128M vmlinuz
	quiet xb-record -o all:two -p -t file:six -m 160M -c quiet vmlinuz
	[ "$(du -sm all | cut -f1)" -lt 80 ]
	quiet xb-show -q all:one
	quiet xb-show -q all:two
	quiet xb-record --slim -o slim -p -t file:seven -m 128M vmlinuz
	[ "$(du -sm slim | cut -f1)" -le 9 ]
	xb-domain destroy file:seven
	xb-domain destroy file:five
	xb-domain destroy file:six
	# nothing of the build is left but what came back
	rm -rf vmlinuz initrd.img store rec registry again
	mv one kept
	run --separate-stderr -0 xb-replay -p --check -t file:two --scatter 11 \
	    -o plan back
	[ "$output" = file:two ]
	[[ $stderr == "xb-replay: the guest is the recorded one: "* ]]
	quiet xb-verify -q plan
	# the same frames give the same memory, byte by byte
	quiet xb-replay -q -p -t file:three back
	$same_memory kept/memory three/memory
	# unpacked and parsed again here
	quiet xb-replay -q -p --check -t file:four --from xb-parse back
}

@test "a registry that is not there leaves nothing" {
	command -v skopeo docker-registry >/dev/null || skip "no skopeo"
	$mkimage k
	quiet xb-record -o rec -p -t file:one -m 32M k
	run -1 copy --src-tls-verify=false docker://127.0.0.1:1/xb:1 oci:back
	[[ $output == *refused* ]]
	rm -rf back
	refused 66 "'back'" xb-replay -t file:two back
	run -1 copy --dest-tls-verify=false oci:rec docker://127.0.0.1:1/xb:1
	[ ! -e two ]
}

@test "two records in one layout, by tags, there and back" {
	command -v skopeo docker-registry >/dev/null || skip "no skopeo"
	$mkimage k
	quiet xb-record -o one -p -t file:a -m 32M k
	quiet xb-record -o two -p -t file:b -m 48M k
	copy oci:one oci:both:first
	quiet xb-replay -q -p --check -t file:c both
	copy oci:two oci:both:second
	refused 65 "names 2 records" xb-replay -t file:x both
	quiet xb-replay -q -p --check -t file:e both:first
	quiet xb-record -o both:third -p -t file:f -m 40M k
	quiet xb-replay -q -p --check -t file:g both:second
	serve
	for tag in first second third; do
		copy --dest-tls-verify=false oci:both:$tag "docker://$host/xb/k:$tag"
		copy --src-tls-verify=false "docker://$host/xb/k:$tag" oci:back:$tag
	done
	quiet xb-replay -q -p --check -t file:h back:third
	quiet xb-replay -q -p --check --result both:r -t file:i both:first
	copy --dest-tls-verify=false oci:both:r "docker://$host/xb/k:r"
	copy --src-tls-verify=false "docker://$host/xb/k:r" oci:back:r
	xb-record --list both >want
	xb-record --list back | cmp - want
	[ "$(wc -l <want)" = 4 ]
	copy oci:both:second oci:apart
	quiet xb-replay -q -p --check -t file:d apart
	[ ! -e x ]
}
