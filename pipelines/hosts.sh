#!/bin/sh
# hosts.sh N HOST,HOST... IMAGE PROGRAM [OPTION...]: N domains of one record, on
# a handful of hosts that ssh reaches, as many at a time as a host has cpus.
# What each printed stands behind its number; the status is how many failed.
#
#   hosts.sh 20 root@xen1,root@xen2 registry:5000/web:1 xb-run --timeout 5m
set -eu

[ $# -ge 4 ] || {
	echo "usage: hosts.sh N HOST,HOST... IMAGE PROGRAM [OPTION...]" >&2
	exit 64
}
n=$1 hosts=$2 image=$3
shift 3
# shellcheck disable=SC2016
seq "$n" |
parallel --will-cite --quote --tag --retries 2 -S "$hosts" sh -c \
    'image=$1; name=host-$2; shift 2; exec "$@" --name "$name" \
    "$(pull.sh "$image")"' job "$image" {} "$@"
