#!/bin/sh
# slurm-epilog.sh: ends what a job of slurm-job.sh left, killed or not: Slurm's
# Epilog runs it behind each job.  Run before slurmd starts, it ends what all
# jobs left, for a node that died had no epilog.
#
#   Epilog=/usr/share/doc/xb/examples/slurm-epilog.sh
set -eu

job=${SLURM_JOB_ID:-}
mkdir -p "${XB_JOBS:-/var/lib/xb}"
cd "${XB_JOBS:-/var/lib/xb}"
domains=$(xb-domain list -j)
echo "$domains" | jq -r --arg job "$job" '.[] | select((.name // "") as $name |
    if $job == "" then $name | test("^slurm-[0-9]+$")
    else $name == "slurm-\($job)" end).target' |
while IFS= read -r target; do
	xb-domain destroy "$target"
done
# shellcheck disable=SC2086
rm -rf slurm-${job:-*}
