# xb-run where there is no Xen: what it takes and refuses; tests/xen/dom0/run
# has guests.
load helper

@test "xb-run takes a KERNEL or a RECORD, and says what of it is wrong" {
	refused 64 "no KERNEL and no RECORD" xb-run -m 16M
	refused 64 "more than one" xb-run -m 16M one two
	refused 64 "'soon' is not a time" xb-run --timeout soon -m 16M k
	refused 64 "--timeout '5 m' is not a time" xb-run --timeout "5 m" -m 16M k
	refused 64 "--timeout is 0, and must be more" xb-run --timeout 0s -m 16M k
	refused 64 "too long" xb-run --timeout 99999999999d -m 16M k
	refused 64 "neither rebuild nor end" xb-run --on-reboot again -m 16M k
	refused 64 "unknown option '--paused'" xb-run --paused -m 16M k
	refused 64 "no memory" xb-run k
}

@test "xb-run: a domain in files never runs" {
	$mkimage k
	refused 69 "never runs; xb-build" xb-run -t file:dom -m 32M k
	[ ! -e dom ]
	refused 64 "is no target" xb-run -t dom -m 32M k
	refused 64 "refers to a record, and 'k' is none" \
	    xb-run --result ends:one -m 32M k
	refused 64 "is not FOLDER:TAG" xb-run --result ends -m 32M k
	[ ! -e ends ]
	refused 64 "made here" xb-run -t xen:5 --on-reboot rebuild k
}

@test "xb-run: the build's own refusals" {
	[ ! -e /proc/xen/privcmd ] || skip "there is a Xen"
	$mkimage k
	refused 66 "nothing" xb-run -m 32M nothing
	refused 65 "too small" xb-run -m 16K k
	refused 69 "no Xen here" xb-run -o plan -m 32M k
	# xb-run takes none, so it is no advice for it
	[[ $stderr == *"; a domain in files, file:DIR, needs none, and never runs" ]]
	[ ! -e plan ] || [ "$(json plan .failed.status)" = 69 ]
}

@test "xb-run takes of a record what xb-replay takes" {
	$mkimage k
	xb-record -q -p -o record -t file:dom -m 32M k
	refused 64 "'record' is a record, which has its own" xb-run -r k record
	[ -e /proc/xen/privcmd ] || {
		refused 69 "no Xen here" xb-run -c "another line" record
	}
	refused 65 "" xb-run --timeout 5m dom
}

@test "xb-domain: what asks a guest, and how long to wait" {
	refused 64 "--timeout is for wait" xb-domain info --timeout 5 file:dom
	refused 64 "not a time" xb-domain wait --timeout 5x file:dom
	$mkimage k
	build k 32M
	for verb in shutdown reboot; do
		refused 69 "never runs; 'xb-domain destroy'" \
		    xb-domain $verb file:dom
	done
	refused 69 "never runs" xb-domain wait --timeout 5m file:dom
	refused 64 "shutdown, reboot or destroy" xb-domain stop file:dom
}
