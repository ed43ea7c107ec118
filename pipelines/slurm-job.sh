#!/bin/sh
#SBATCH --requeue
# slurm-job.sh IMAGE RESULTS PROGRAM [OPTION...]: a job of Slurm that makes one
# domain of the record IMAGE with xb-run or xb-replay, and pushes what came of
# it to a registry as RESULTS:slurm-JOB.  Slurm places jobs by their memory, and
# one whose node dies runs again on another.
#
#   sbatch --array=1-24 --mem=256 slurm-job.sh registry:5000/web:1 \
#       registry:5000/web-results xb-run --timeout 10m
#
# Each job works in a folder of its own below XB_JOBS, /var/lib/xb.  With
# XB_KIND=file it makes a domain in files, there.
set -eu

[ $# -ge 3 ] || {
	echo "usage: slurm-job.sh IMAGE RESULTS PROGRAM [OPTION...]" >&2
	exit 64
}
image=$1 results=$2 name=slurm-$SLURM_JOB_ID status=0
shift 2
record=$(pull.sh "$image")
mkdir -p "${XB_JOBS:-/var/lib/xb}"
cd "${XB_JOBS:-/var/lib/xb}"
mkdir "$name"
cd "$name"

target=xen
[ "${XB_KIND:-xen}" = xen ] || target=file:domain

# Where jobs put the same bytes there at the same time, a registry may lose
# track of them and refuse one; the next try finds them.  skopeo's --retry-times
# does not try that again.
push() {
	for wait in 1 2 ''; do
		skopeo copy -q --preserve-digests "oci:result:$name" \
		    "docker://$results:$name" && return
		[ -z "$wait" ] || sleep "$wait"
	done
	return 1
}

"$@" -t "$target" --name "$name" --result "result:$name" "$record" || status=$?
# A program that fails before its domain has run leaves no result.
[ ! -d result ] || push || [ "$status" != 0 ] || status=74
exit "$status"
