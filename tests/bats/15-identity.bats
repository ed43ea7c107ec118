# A file is believed by its identity only where every write shows in it.
load helper

# mapped FILE OFFSET: a program that has the file mapped for writing, its times
# long settled; it writes a byte once ./go is there, then makes ./done and stays.
mapped() {
	/usr/bin/python3 -IS - "$@" 3>&- <<'PY' &
import mmap, os, sys, time
name, at = sys.argv[1], int(sys.argv[2])
with open(name, 'r+b') as f:
    m = mmap.mmap(f.fileno(), 0)
m[at] = m[at]
time.sleep(0.05)
open('ready', 'w').close()
while not os.path.exists('go'):
    time.sleep(0.01)
m[at] ^= 1
open('done', 'w').close()
time.sleep(600)
PY
	mapper=$!
	within_reach [ -e ready ]
}

teardown() {
	[ -z "${mapper:-}" ] || kill "$mapper"
}

@test "a file rewritten through a mapping that was there is seen by every stage" {
	$mkimage k
	at=$(($(stat -c %s k) - 1))
	mapped k $at
	quiet xb-parse k
	xb-parse k >parsed
	[ "$(json parsed '.sources[0].mtime_sec')" = 0 ]
	xb-layout -m 32M parsed >layout
	xb-domain create -t file:dom -m 32M
	xb-domain create -t file:two -m 32M
	xb-load -t file:two layout >loaded
	stat -c "%i %s %y %z" k >before
	: >go
	within_reach [ -e done ]
	stat -c "%i %s %y %z" k | cmp - before
	refused 65 "'$PWD/k' is not what xb-parse read as 'kernel': its SHA-256 is not" \
	    xb-load -t file:dom layout
	# the refusal came before the domain was touched
	[ "$(xb-domain info -j file:dom | jq .pages)" = 0 ]
	refused 65 "1 of 17 checks differ" xb-verify loaded
	# and the next parse sees other bytes, whatever the store remembers
	xb-parse k >again
	[ "$(json again '.image.payloads[0].sha256')" != \
	    "$(json parsed '.image.payloads[0].sha256')" ]
}

@test "a record has what was built, or is not made" {
	$mkimage raw data=9000
	$mkimage packed format=bzimage 'codec=gzip -9'
	for k in raw packed; do
		rm -f ready go done
		mapped $k $(($(stat -c %s $k) - 1))
		# when the domain is made the record has its copies, and xb-parse
		# has read nothing yet
		run --separate-stderr -65 at_call ftruncate ": >go; until [ -e done ]
		    do sleep 0.01; done" xb-record -o rec -p -m 16M -t file:dom $k
		[[ $stderr == *"'$k' changed while it was recorded"* ]]
		[ -e done ] && [ ! -e rec ]
		kill $mapper
		mapper=
		rm -rf dom
	done
}

@test "a file that is only open for writing is hashed at each use" {
	only_where_believed
	$mkimage k
	sleep 0.05
	exec 8<>k
	xb-parse k >parsed
	[ "$(json parsed '.sources[0].mtime_sec')" = 0 ]
	exec 8>&-
	xb-parse k >parsed
	[ "$(json parsed '.sources[0].mtime_sec')" != 0 ]
}

@test "facts and digest are of the same bytes, whoever writes in between" {
	$mkimage k
	was=$(sha256sum k | cut -d' ' -f1)
	mapped k $(($(stat -c %s k) - 1))
	# xb-parse waits first for the process that read the headers: k changes
	# between the headers and the digest
	at_call waitpid ": >go; until [ -e done ]; do sleep 0.01; done" \
	    xb-parse k >parsed
	[ -e done ]
	[ "$(sha256sum k | cut -d' ' -f1)" != "$was" ]
	[ "$(json parsed '.image.payloads[0].sha256')" = "$was" ]
}
