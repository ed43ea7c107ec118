#!/bin/sh
# pull.sh IMAGE: prints the folder of a record that
# this host has from a registry.  However many ask at once, it is pulled once;
# XB_CACHE is where it stays.  A name with a digest is always the same record:
# what a TAG names is pulled anew only where the folder is gone.
#
#   xb-run "$(pull.sh registry:5000/web@sha256:...)"
set -eu

[ $# -ge 1 ] || {
	echo "usage: pull.sh IMAGE" >&2
	exit 64
}
image=$1
cache=${XB_CACHE:-/var/cache/xb}
record=$cache/$(printf '%s' "$image" | tr '/:@' '___')
mkdir -p "$cache"
(
	flock 9
	[ -d "$record" ] && exit
	rm -rf "$record.new"
	skopeo copy -q --preserve-digests "docker://$image" "oci:$record.new"
	mv "$record.new" "$record"
) 9>"$record.lock"
echo "$record"
