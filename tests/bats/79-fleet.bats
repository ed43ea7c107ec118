# A farm of two hosts, as xb-fleet(7) has it, on one machine: Slurm places jobs by
# their memory, a registry has the record and takes the results.
load helper
load registry

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	export XB_STORE=$PWD/store
	registry='' daemons=()
	PATH=$PWD/bin:$root/pipelines:$XB_PLAIN:$PATH
	mkdir bin
}

teardown() {
	local pid
	# unshare leaves SIGTERM to its child.
	for pid in "${daemons[@]}" $registry; do
		kill -KILL "$pid" && wait "$pid"
	done 2>/dev/null
	return 0
}

# A registry without TLS, and images that nobody signed.
trust() {
	export HOME=$PWD
	mkdir -p .config/containers
	printf '[[registry]]\nlocation = "%s"\ninsecure = true\n' "$host" \
	    >.config/containers/registries.conf
	echo '{"default": [{"type": "insecureAcceptAnything"}]}' \
	    >.config/containers/policy.json
}

# start COMMAND...: in the background; teardown ends it.
start() {
	"$@" 3>&- &
	daemons+=($!)
}

# What a node has is its own: processes, and what lies at the folder node.
node() {
	mkdir -p "$1/cache" "$1/spool" node
	start unshare --pid --mount --fork --kill-child --mount-proc sh -c '
	    mount --bind "$1" node && cd / && XB_JOBS=$XB_JOBS "$2" &&
	    exec slurmd -D -N "$1"' node "$1" "$PWD/epilog" >"$1/out" 2>&1
}

free_port() {
	local port=$((20000 + (RANDOM * 32768 + RANDOM) % 40000))
	while (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
		port=$((port + 1))
	done
	echo "$port"
}

# Keys of its own, and no cgroups, accounts or users but this one.  A job whose
# node takes longer than cred_expire to begin it is held for good, and a job of a
# node that died begins no sooner elsewhere.
controller() {
	local name
	mkdir -m 711 munge
	mkdir state
	(umask 077 && head -c 128 /dev/urandom >munge/key)
	start munged -F -f --socket="$PWD/munge/socket" \
	    --key-file="$PWD/munge/key" --pid-file="$PWD/munge/pid" \
	    --log-file="$PWD/munge/log" --seed-file="$PWD/munge/seed" \
	    >munge/out 2>&1
	within_reach test -S munge/socket
	cat >slurm.conf <<-CONF
	ClusterName=xb
	SlurmctldHost=$(uname -n)(127.0.0.1)
	SlurmctldPort=$(free_port)
	SlurmUser=root
	SlurmdUser=root
	AuthInfo=socket=$PWD/munge/socket,cred_expire=30
	SchedulerParameters=sched_interval=5,bf_interval=5
	StateSaveLocation=$PWD/state
	SlurmctldPidFile=$PWD/slurmctld.pid
	SlurmdSpoolDir=$PWD/%n/spool
	SlurmdPidFile=$PWD/%n/pid
	ProctrackType=proctrack/linuxproc
	TaskPlugin=task/none
	SelectType=select/cons_tres
	SelectTypeParameters=CR_CPU_Memory
	SlurmdParameters=config_overrides
	SlurmdTimeout=20
	ReturnToService=1
	RequeueExit=75
	Epilog=$PWD/epilog
	NodeName=DEFAULT CPUs=1
	NodeName=big NodeAddr=127.0.0.1 Port=$(free_port) RealMemory=1024
	NodeName=small NodeAddr=127.0.0.1 Port=$(free_port) RealMemory=512
	PartitionName=xb Nodes=big,small Default=YES OverSubscribe=FORCE:100
	CONF
	# The Slurm of Debian 12 has no such word, and asks for no cgroups.
	[[ $(slurmd -V) == *" 22."* ]] || echo CgroupPlugin=disabled >cgroup.conf
	export SLURM_CONF=$PWD/slurm.conf
	start slurmctld -D -i >slurmctld.out 2>&1
}

state_is() {
	[[ $(sinfo -h -N -n "$1" -o %T) == "$2" ]]
}

no_jobs() {
	[ -z "$(squeue -h)" ]
}

lines() {
	[ "$(cat "$1" 2>/dev/null | wc -l)" = "$2" ]
}

# results N: so many are in the registry.
results() {
	local have=$PWD/registry/docker/registry/v2/repositories/xb/results
	[ "$(ls "$have/_manifests/tags" 2>/dev/null | wc -l)" -ge "$1" ]
}

# What Slurm knows, where it does not go on.
farm_says() {
	sinfo -N -l
	squeue -o '%i %T %r %N'
	tail -n 30 slurmctld.out big/out small/out
	tail -n 3 out.*
	return 1
}

@test "a record is pulled once, however many ask" {
	printf '%s\n' '#!/bin/sh' 'echo "$*" >>asked' 'mkdir "${5#oci:}"' \
	    >bin/skopeo
	chmod +x bin/skopeo
	export XB_CACHE=$PWD/cache
	for n in 1 2 3 4 5 6; do
		pull.sh host:5/web@sha256:12 >said.$n &
	done
	wait
	cat said.* | uniq -c | grep -qx " *6 $PWD/cache/host_5_web_sha256_12"
	lines asked 1
	[ "$(ls cache)" = $'host_5_web_sha256_12\nhost_5_web_sha256_12.lock' ]
	# What ends in the middle leaves nothing that would be taken for it.
	echo exit 1 >>bin/skopeo
	run -1 pull.sh host:5/web:2
	run -1 pull.sh host:5/web:2
	lines asked 3
}

# In this test the name of a job says whether its program leaves a result, and
# the status that the program ends with.
@test "a job ends with the status of its program, with a result or without" {
	export XB_JOBS=$PWD/jobs XB_KIND=file
	mkdir jobs
	cat >bin/program <<-'SH'
	#!/bin/sh
	case $SLURM_JOB_ID in
	none-*) ;;
	*) mkdir result ;;
	esac
	exit "${SLURM_JOB_ID#*-}"
	SH
	cat >bin/skopeo <<-SH
	#!/bin/sh
	echo "\$5" >>$PWD/pushed
	case \$5 in
	*unreachable*) exit 1 ;;
	*once*) mkdir $PWD/refused 2>/dev/null || exit 0; exit 1 ;;
	esac
	SH
	printf '#!/bin/sh\necho record\n' >bin/pull.sh
	chmod +x bin/*
	for case in none-65:65 none-0:0 some-7:7 some-0:0 once-0:0 \
	    unreachable-7:7 unreachable-0:74; do
		SLURM_JOB_ID=${case%:*} run "-${case#*:}" slurm-job.sh \
		    host:5/web:1 host:5/results program
	done
	# With a result there is a push, tried up to three times, and without one
	# there is none.
	printf 'docker://host:5/results:slurm-%s\n' some-7 some-0 once-0 \
	    once-0 unreachable-7 unreachable-7 unreachable-7 unreachable-0 \
	    unreachable-0 unreachable-0 | diff - pushed
}

@test "a node has the memory that Xen has free" {
	printf '%s\n' '#!/bin/sh' 'case $2 in free_memory) echo 5000 ;;' \
	    'nr_cpus) echo 8 ;; esac' >bin/xl
	chmod +x bin/xl
	run -0 slurm-node.sh
	[ "$output" = "NodeName=$(uname -n) CPUs=8 RealMemory=4936" ]
	printf '#!/bin/sh\necho no Xen >&2; exit 1\n' >bin/xl
	run -1 --separate-stderr slurm-node.sh
	[ "$output" = "" ]
}

# What ssh would run elsewhere runs here, and says where it would have been.
@test "domains of a record on two hosts" {
	printf '%s\n' '#!/bin/bash' 'echo "$1" >>asked; shift' \
	    '[ "$1" != -- ] || shift' 'export SHELL=/bin/sh' \
	    'exec bash -c "$*"' >bin/there
	printf '%s\n' '#!/bin/sh' 'echo "$PWD/record"' >bin/pull.sh
	printf '%s\n' '#!/bin/sh' '[ "$2" != host-3 ] || exit 65' \
	    'exec xb-replay -q -t "file:$2" "$@"' >bin/replay
	chmod +x bin/*
	"$mkimage" kernel
	quiet xb-record -q -o record -p -t file:paper -m 32M kernel
	run -1 hosts.sh 5 "$PWD/bin/there a,$PWD/bin/there b" web replay
	for n in 1 2 4 5; do
		[[ $output == *"$n"$'\t'"file:host-$n"* ]]
		xb-domain destroy "file:host-$n"
	done
	[ ! -e host-3 ]
	[ "$(sort -u asked)" = $'a\nb' ]
}

@test "24 domains of one record on two nodes, one of which dies" {
	[ "$(id -u)" = 0 ] || skip "a node of its own needs root"
	cp "$vmlinuz" "$initrd" .
	quiet xb-record -o rec -t file:one -m 256M -r initrd.img \
	    -c console=hvc0 vmlinuz
	serve
	trust
	skopeo copy -q oci:rec "docker://$host/xb/debian:1"

	export XB_JOBS=$PWD/node/jobs XB_CACHE=$PWD/node/cache XB_KIND=file
	# Slurm gives no environment to an epilog.
	printf '#!/bin/sh\nexport PATH=%s XB_JOBS=%s\nexec %s\n' "$PATH" \
	    "$XB_JOBS" "$root/pipelines/slurm-epilog.sh" >epilog
	# What is asked of the registry is counted.
	printf '#!/bin/sh\necho "$*" >>%s/node/asked\nexec %s "$@"\n' "$PWD" \
	    "$(command -v skopeo)" >bin/skopeo
	# A job of the small node is in the middle of its work until the node
	# dies.
	cat >bin/replay <<-'SH'
	#!/bin/sh
	echo "$SLURM_JOB_ID" >>"$HOME/begun.$SLURMD_NODENAME"
	[ "$SLURMD_NODENAME" != small ] || {
		xb-domain create -t file:domain -m 64M --name "slurm-$SLURM_JOB_ID"
		exec sleep infinity
	}
	exec xb-replay -q --check "$@"
	SH
	chmod +x epilog bin/*
	controller
	node big
	node small
	small=${daemons[-1]}
	within_reach state_is big idle || farm_says
	within_reach state_is small idle || farm_says

	sbatch -Q --array=1-24 --mem=256 -o "$PWD/out.%a" \
	    "$root/pipelines/slurm-job.sh" "$host/xb/debian:1" \
	    "$host/xb/results" replay
	within_reach lines begun.small 2
	kill -9 "$small"
	for n in $(seq 24); do
		within_reach results "$n" || farm_says
	done
	within_reach no_jobs || farm_says

	# What ran on the node that died ran again on the other.
	while read -r job; do
		grep -qx "$job" begun.big
	done <begun.small
	[ "$(sort begun.big | uniq | wc -l)" = 24 ]
	manifest=$(jq -r '.manifests[].digest' rec/index.json)
	for tag in $(skopeo list-tags "docker://$host/xb/results" |
	    jq -r '.Tags[]'); do
		skopeo inspect --raw "docker://$host/xb/results:$tag" >result
		[ "$(jq -r .subject.digest result)" = "$manifest" ]
	done
	# Each node pulled the record once; nothing is left, also where no
	# epilog ran.
	grep -c "docker://$host/xb/debian:1" big/asked small/asked >pulled
	printf '%s\n' big/asked:1 small/asked:1 | diff - pulled
	[ "$(ls small/jobs)" != "" ]
	node small
	within_reach state_is small idle
	ls big/jobs small/jobs >left
	printf '%s\n' big/jobs: '' small/jobs: | diff - left
}
