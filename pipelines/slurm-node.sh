#!/bin/sh
# slurm-node.sh: prints this host's line for slurm.conf: what Xen has free is
# the memory that Slurm gives to jobs.  Run it while no domain but xen:0 is
# there; 64 MiB stay for what Xen keeps beside the memory of domains.
#
#   slurm-node.sh >>/etc/slurm/nodes.conf
set -eu

free=$(($(xl info free_memory) - 64))
echo "NodeName=$(uname -n) CPUs=$(xl info nr_cpus) RealMemory=$free"
