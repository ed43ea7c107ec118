#!/bin/sh
# replay.sh FOLDER TARGET [COMMAND_LINE]: a domain from what record.sh kept,
# from xb-layout on, on any host that has the folder, with another command line.
# The plan says where its files were: as JSON it is told where they are now.
#
#   replay.sh kept file:again "console=hvc0 single"
set -eu

[ $# -ge 2 ] || {
	echo "usage: replay.sh FOLDER TARGET [COMMAND_LINE]" >&2
	exit 64
}
folder=$(cd "$1" && pwd) target=$2
size=$(xb-show --state "$folder/layout" | sed -n 's/^memory //p')

dom=$(xb-domain create --type "${TYPE:-pv}" -t "$target" -m "$size")
status=0
xb-show -j "$folder/parsed" |
jq --arg folder "$folder" ${3+--arg line "$3"} '
    .sources[] |= (.path = "\($folder)/\(.sha256)")
    | if $ARGS.named.line then .command_line = $ARGS.named.line else . end' |
xb-plan |
xb-layout -m "$size" |
xb-load -t "$dom" |
xb-pgtab |
xb-startinfo --no-xenstore |
xb-launch >/dev/null || status=$?

[ "$status" = 0 ] || xb-domain destroy "$dom"
[ "$status" != 0 ] || echo "$dom"
exit "$status"
