#!/bin/sh
# record.sh FOLDER TARGET SIZE KERNEL [OPTION of xb-parse...]: builds a domain
# and keeps, in a new folder, the kernel and the plan after every stage.
# replay.sh builds from there; xb-record(1) keeps more, sealed, in one format.
#
#   record.sh kept file:demo 128M vmlinuz -c "console=hvc0"
set -eu

folder=$1 target=$2 size=$3
mkdir "$folder"
cp -- "$4" "$folder/kernel"
shift 4

dom=$(xb-domain create --type "${TYPE:-pv}" -t "$target" -m "$size")
status=0
xb-parse -S "$folder/store" "$@" -- "$folder/kernel" | tee "$folder/parsed" |
xb-layout -m "$size" | tee "$folder/layout" |
xb-load -t "$dom" | tee "$folder/loaded" |
xb-pgtab | tee "$folder/tables" |
xb-startinfo --no-xenstore | tee "$folder/started" |
xb-launch -p >"$folder/built" || status=$?

[ "$status" = 0 ] || xb-domain destroy "$dom"
[ "$status" != 0 ] || echo "$dom"
exit "$status"
