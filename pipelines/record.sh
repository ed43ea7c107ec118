#!/bin/sh
# record.sh FOLDER TARGET SIZE KERNEL [OPTION of xb-parse...]: builds a domain
# and keeps, in a new folder, the plan after every stage and, by their digests,
# the files that go into the domain: kernel and ramdisks, unpacked.  replay.sh
# builds from there; xb-record(1) keeps more, sealed, in one format.
#
#   record.sh kept file:demo 128M vmlinuz -c "console=hvc0"
set -eu

[ $# -ge 4 ] || {
	echo "usage: record.sh FOLDER TARGET SIZE KERNEL [OPTION...]" >&2
	exit 64
}
folder=$1 target=$2 size=$3 kernel=$4
mkdir "$folder"
shift 4

dom=$(xb-domain create --type "${TYPE:-pv}" -t "$target" -m "$size")
status=0
xb-parse "$@" -- "$kernel" | tee "$folder/parsed" |
xb-layout -m "$size" | tee "$folder/layout" |
xb-load -t "$dom" | tee "$folder/loaded" |
xb-pgtab | tee "$folder/tables" |
xb-startinfo --no-xenstore | tee "$folder/started" |
xb-launch -p >"$folder/built" || status=$?

if [ "$status" = 0 ]; then
	xb-show -j "$folder/parsed" | jq -r '.sources[] | .sha256, .path' |
	while IFS= read -r digest && IFS= read -r path; do
		cp -- "$path" "$folder/$digest" || exit
	done || status=$?
fi

[ "$status" = 0 ] || xb-domain destroy "$dom"
[ "$status" != 0 ] || echo "$dom"
exit "$status"
