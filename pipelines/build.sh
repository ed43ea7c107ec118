#!/bin/sh
# build.sh TARGET SIZE KERNEL [OPTION of xb-parse...]: makes a domain, builds it
# with a pipe of all stages, lets it run and prints its name.  A stage that
# fails says so in the plan: the last status is that of the first failure.
# The domain is made for a PV guest; TYPE=pvh in the environment makes one for a
# PVH guest, here and in record.sh and replay.sh.
#
#   build.sh file:demo 128M vmlinuz -r initrd.img -c "console=hvc0"
#   TYPE=pvh build.sh file:demo 128M vmlinuz -A pvh
set -eu

[ $# -ge 3 ] || {
	echo "usage: build.sh TARGET SIZE KERNEL [OPTION...]" >&2
	exit 64
}
target=$1 size=$2 kernel=$3
shift 3

dom=$(xb-domain create --type "${TYPE:-pv}" -t "$target" -m "$size")
status=0
xb-parse "$@" -- "$kernel" |
xb-layout -m "$size" |
xb-load -t "$dom" |
xb-pgtab |
xb-startinfo --no-xenstore |
xb-launch >/dev/null || status=$?

[ "$status" = 0 ] || xb-domain destroy "$dom"
[ "$status" != 0 ] || echo "$dom"
exit "$status"
