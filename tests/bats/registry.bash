# A registry for tests: load registry

# serve: a registry on a free port of loopback; sets registry and host.
serve() {
	local port try
	for try in 1 2 3 4 5; do
		port=$((20000 + (RANDOM * 32768 + RANDOM) % 40000))
		cat >registry.yml <<YML
version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: $PWD/registry}}
http: {addr: "127.0.0.1:$port"}
YML
		docker-registry serve registry.yml >registry.log 2>&1 3>&- &
		registry=$!
		host=127.0.0.1:$port
		answers && return
		wait "$registry" || registry=''
	done
	cat registry.log
	return 1
}

# It listens, and it is ours that does.
answers() {
	within_reach ended_or_listens
	kill -0 "$registry" 2>/dev/null
}

ended_or_listens() {
	! kill -0 "$registry" 2>/dev/null ||
	    (: <>"/dev/tcp/${host%:*}/${host#*:}") 2>/dev/null
}
