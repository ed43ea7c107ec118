# Hostile plans, edited plans, plans out of order.
load helper

# plan_py CODE: a file made by Python, with msgpack and zlib at hand; seal(map)
# seals a map as the stages do.
plan_py() {
	/usr/bin/python3 - "$@" >bad <<-PY
		import msgpack, sys, zlib
		out = sys.stdout.buffer
		def seal(m):
		    m = dict(m); m.pop("seal", None)
		    body = msgpack.packb(m, use_bin_type=True)
		    n = len(m) + 1
		    head = bytes([0x80 + n]) if n < 16 else b"\xde" + n.to_bytes(2, "big")
		    body = head + body[1 if len(m) < 16 else 3:]
		    out.write(body + msgpack.packb("seal") + msgpack.packb(zlib.crc32(body)))
		def plan(name="layout"):
		    return msgpack.unpackb(open(name, "rb").read(), raw=False, strict_map_key=False)
		$code
	PY
}

# bad TEXT: the file bad is refused by xb-load and xb-show, in both builds, and
# the domain is as it was.  (It tests every status itself: after || the shell
# would not.)
bad() {
	cksum dom/state >before
	refused 65 "$1" xb-load -t file:dom bad || return
	refused 65 "$1" xb-show bad || return
	refused 65 "$1" shipped xb-load -t file:dom bad || return
	cksum dom/state >after
	cmp before after
}

setup_file() {
	load helper
	cd "$BATS_FILE_TMPDIR"
	export XB_STORE=$BATS_FILE_TMPDIR/store
	$mkimage k hypercall=yes
	head -c 20000 /dev/zero | tr '\0' r >rd
	xb-parse -r rd -c cmd k >parsed
	xb-layout -m 32M parsed >layout
}

prepare() {
	cp "$BATS_FILE_TMPDIR/layout" .
	xb-domain create -t file:dom -m 32M >target
}

@test "any msgpack tool reads a plan; the seal is what xb-plan(5) says" {
	prepare
	code='seal(plan())' plan_py
	cmp bad layout
}

@test "huge lengths in a few bytes" {
	prepare
	for head in '\xdd\xff\xff\xff\xff' '\xdf\xff\xff\xff\xff' '\xdb\xff\xff\xff\xff' \
	    '\xc6\xff\xff\xff\xff' '\xc9\xff\xff\xff\xff\x01'; do
		printf "$head" >bad
		case $head in
		'\xdf'*) bad "has 4294967295 keys, and 0 bytes follow" ;;
		*) bad "does not begin with a msgpack map" ;;
		esac
		printf "\x82\xa7xb-plan\x01\xa5image$head" >bad
		bad "the plan ends early, at offset 2"
	done
}

@test "deep nesting, and many elements in a small file" {
	prepare
	{ printf '\x82\xa7xb-plan\x01\xa1x'; head -c 100000 /dev/zero | tr '\0' '\221'; } >bad
	bad "is nested deeper than 16 levels"
	{ printf '\x82\xa7xb-plan\x01\xa1x\xdd\x03\x00\x00\x00'; head -c 50331648 /dev/zero | tr '\0' '\300'; } >bad
	bad "more than 8388608 objects, the limit"
}

@test "duplicate keys, trailing bytes, a second document" {
	prepare
	printf '\x82\xa7xb-plan\x01\xa7xb-plan\x01' >bad
	bad "twice"
	{ cat layout; printf '\xc0'; } >bad
	bad "1 bytes follow the end of the plan"
	cat layout layout >bad
	bad "$(stat -c %s layout) bytes follow the end of the plan"
}

@test "wrong types where numbers, strings and lists stand" {
	prepare
	while IFS='|' read -r change text; do
		code="p=plan(); $change; seal(p)" plan_py
		bad "$text" || { echo "$change"; return 1; }
	done <<-'END'
		p["layout"]["pages"]="8192"|'layout.pages' is a string where a number stands
		p["layout"]["pages"]=-1|'layout.pages' is a negative number
		p["layout"]["pages"]=float("nan")|'layout.pages' is a fraction
		p["layout"]["pages"]=None|'layout.pages' is nil
		p["image"]["segments"]={}|'image.segments' is a map where a list stands
		p["image"]["abi"]=5|'image.abi' is a number
		p["image"]=[]|'image' is a list where a map stands
		p["image"]["abi"]="xen-9"|'image.abi' is 'xen-9', an ABI that this version does not know
		p["layout"]["segments"][0]["pfn"]=[]|'layout.segments[0].pfn' is a list
		p["command_line"]="text"|'command_line' is a string where a byte string stands
		p["image"]["format"]="a\0b"|'image.format' has a NUL at its byte 1
		p["layout"]["pages"]=1<<63|'layout.pages' is 9223372036854775808, limit
		del p["layout"]["pages"]|'layout' lacks the key 'pages'
		p["image"]["payloads"][0]["sha256"]=b"short"|'image.payloads[0].sha256' has 5 bytes
	END
}

@test "text that is not UTF-8" {
	prepare
	code='pack=msgpack.packb; msgpack.packb=lambda m, **k: pack(m, unicode_errors="surrogateescape", **k); p=plan(); p["image"]["format"]="e\udcff\udcff"; seal(p)' plan_py
	bad "'image.format' is not UTF-8 at its byte 1"
}

@test "overlaps, frames outside the domain, sums that wrap" {
	prepare
	while IFS='|' read -r change text; do
		code="p=plan(); $change; seal(p)" plan_py
		bad "$text" || { echo "$change"; return 1; }
	done <<-'END'
		p["layout"]["segments"][1]["pfn"]=p["layout"]["segments"][0]["pfn"]|'layout.segments[1]', 'ramdisk', 5 pages at pfn 256
		p["layout"]["segments"][0]["pages"]=(1<<63)-1|'layout.segments[0].pages' is 9223372036854775807, limit
		p["layout"]["segments"][-1]["pfn"]=8192|1 pages at pfn 8192, is not between
		p["layout"]["load"][0]["paddr"]=(1<<64)-4096|'layout.load[0].paddr' is 0xfffffffffffff000, limit
		p["layout"]["load"][0]["size"]=1<<40|'layout.load[0]' is 0x10000000000 bytes
		p["layout"]["load"][0]["offset"]=1<<40|from offset 0x10000000000, at
		p["layout"]["load"][1]["paddr"]=p["layout"]["load"][0]["paddr"]|'layout.load[1]' is
		del p["layout"]["load"][-1]|'layout.load' lacks 0x4e20 bytes of 'ramdisk'
		p["layout"]["load"].append(p["layout"]["load"][0])|is none of the image's segments
		p["layout"]["clear"][0]["pages"]=(1<<63)-1|'layout.clear[0].pages' is 9223372036854775807, limit
		p["layout"]["tables"][0]=1<<40|'layout.tables[0]' is 1099511627776; the addresses need 1
		p["layout"]["v_end"]=0|the region from
		p["layout"]["v_start"]-=1<<22|'layout.v_start' is 0xffffffff7fc00000; by 'image.virt_base'
		p["image"]["entry"]=0|'image.entry' is 0x0, outside the kernel
		p["image"]["segments"][0]["filesz"]=1<<40|'image.segments[0].filesz' is 1099511627776, more than 'memsz'
		p["command_line"]=b"x"*2000|'command_line' has 2000 bytes, limit 1023
	END
}

@test "versions that are not ours" {
	prepare
	code='p=plan(); p["xb-plan"]=2; seal(p)' plan_py
	bad "version 2"
}

@test "unknown keys are kept by every stage, and by JSON" {
	prepare
	code='p=plan(); p["lab"]={"note":[1,2.5,None,b"x"]}; seal(p)' plan_py
	xb-load -t file:dom bad | xb-pgtab >out
	/usr/bin/python3 -c '
import msgpack
p = msgpack.unpackb(open("out", "rb").read(), raw=False)
assert p["lab"] == {"note": [1, 2.5, None, b"x"]}, p["lab"]'
	xb-show -j out | xb-plan >again
	cmp out again
}

@test "edited by hand and not sealed again: the message names xb-plan" {
	prepare
	sed 's/elf/ELF/' layout >bad
	bad "xb-plan"
}

@test "not a plan at all: text, JSON, nothing, cut off" {
	prepare
	echo hello >bad
	bad "does not begin with a msgpack map"
	xb-show -j layout >bad
	bad "xb-plan"
	: >bad
	bad "no plan"
	for keep in 1 10 100 1000 $(($(stat -c %s layout) - 1)); do
		head -c "$keep" layout >bad
		bad "the plan ends early, at offset $keep"
	done
}

@test "a plan of more than 64 MiB is refused with that reason" {
	prepare
	head -c 68000000 /dev/zero >bad
	bad "67108864"
}

@test "a payload that changed, went away, or is no file" {
	prepare
	cp "$BATS_FILE_TMPDIR/k" k
	xb-parse k | xb-layout -m 32M >mine
	printf x | dd of=k bs=1 seek=5000 conv=notrunc status=none
	refused 65 "" xb-load -t file:dom mine
	rm k
	refused 66 "" xb-load -t file:dom mine
	mkfifo k
	refused 65 "FIFO" xb-load -t file:dom mine
	refused 65 "'k' is a FIFO, not a regular file; give the plan on standard input: <k" \
	    xb-layout -m 16M k
	for path in /dev/zero /dev/null; do
		xb-show -j mine | jq ".sources[0].path = \"$path\"" | xb-plan >bad
		refused 65 "device" xb-load -t file:dom bad
	done
}

# forged LAYOUT: the plan bad, of LAYOUT, but its kernel's digest has the path
# and the identity of the file secret.
forged() {
	local secret
	secret=$(xb-parse -r secret k | xb-show -j | jq -c \
	    ".sources[] | select(.path == \"$PWD/secret\") | del(.sha256)")
	xb-show -j "$1" | jq ".sources[0] += $secret" | xb-plan >bad
}

@test "a forged identity makes no other file a payload" {
	only_where_believed
	prepare
	cp "$BATS_FILE_TMPDIR/k" k
	head -c "$(stat -c %s k)" /dev/urandom >secret
	xb-parse k | xb-layout -m 32M >mine
	forged mine
	[ "$(json bad .sources[0].path)" = "$PWD/secret" ]
	[ "$(json bad .sources[0].mtime_nsec)" = "$((10#$(stat -c %.9Y secret | cut -d. -f2)))" ]
	cksum dom/state >before
	# where the store knows what the file is, and where nobody does
	for store in "$XB_STORE" "$PWD/none"; do
		refused 65 "'$PWD/secret' is not what xb-parse read as 'kernel': its SHA-256 is" \
		    env XB_STORE="$store" xb-load -t file:dom bad
		# whoever sends a plan must not learn the digest of another file
		[[ $stderr != *$(sha256sum <secret | cut -d' ' -f1)* ]]
	done
	[ ! -e none ]
	cksum dom/state >after
	cmp before after
	quiet xb-load -t file:dom mine
}

@test "JSON for xb-plan: wrong types, unknown values, duplicate keys" {
	prepare
	xb-show -j layout >good
	while IFS='|' read -r edit text; do
		jq "$edit" good >json
		refused 65 "$text" xb-plan json || { echo "$edit"; return 1; }
	done <<-'END'
		.layout.pages = "8192"|'layout.pages' is "8192" where a number stands
		.layout.v_start = 4096|'layout.v_start' is a number where a string
		.image.entry = "nowhere"|'image.entry' is "nowhere" where
		.image.entry = "-0x1"|'image.entry' is "-0x1" where
		.layout.segments = 1|'layout.segments' is a number where an array stands
		.["xb-plan"] = 7|a plan of version 7
		del(.image.abi)|'image' lacks the key 'abi'
		.image.payloads[0].sha256 = "00"|'image.payloads[0].sha256' is "00" where
		.layout.pages = 1.5|'layout.pages' is a number with a fraction
		.layout.pages = -1|'layout.pages' is a negative number
		.layout.pages = 1e30|'layout.pages' is a number with a fraction
		[.]|the JSON is no object
		"text"|not JSON: line 1
	END
	echo '{"xb-plan": 1, "xb-plan": 1}' >json
	refused 65 "duplicate object key" xb-plan json
	echo '{"xb-plan": 1' >json
	refused 65 "not JSON: line 2" xb-plan json
}

@test "an edit through JSON is a plan that goes on" {
	prepare
	xb-show -j "$BATS_FILE_TMPDIR/parsed" | jq '.command_line = "new line"' |
	    xb-plan | xb-layout -m 32M | xb-load -t file:dom | xb-pgtab |
	    xb-startinfo | xb-launch -p >built
	xb-verify built
	grep -q 'new line' dom/memory
}

@test "bytes that are no UTF-8 are {\"bytes\": hex} in JSON, and come back" {
	prepare
	xb-parse -c $'\xff\xfe' "$BATS_FILE_TMPDIR/k" >plan
	[ "$(json plan .command_line.bytes)" = fffe ]
	xb-show -j plan | xb-plan >again
	cmp plan again
}

@test "a plan for another domain, another size, or out of order" {
	prepare
	xb-domain create -t file:small -m 16M
	refused 69 "KiB" xb-load -t file:small layout
	xb-load -t file:dom layout >loaded
	refused 65 "xb-pgtab" xb-startinfo loaded
	refused 65 "xb-load" xb-pgtab layout
	refused 65 "xb-layout" xb-load -t file:small "$BATS_FILE_TMPDIR/parsed"
	refused 64 "not the target of this plan" xb-pgtab -t file:small loaded
	xb-domain destroy file:dom
	refused 69 "" xb-pgtab loaded
	xb-domain create -t file:dom -m 32M
	refused 69 "" xb-pgtab loaded
}

@test "a failed plan is passed on in silence, with its status" {
	prepare
	xb-layout -m 1M "$BATS_FILE_TMPDIR/parsed" >failed 2>/dev/null || true
	run --separate-stderr -65 xb-load -t file:dom failed
	[ -z "$stderr" ]
	run -0 xb-show failed
	[[ $output == *xb-layout* ]]
}

@test "standard input or output that is a terminal" {
	prepare
	run -64 script -qec "xb-layout -m 32M" /dev/null
	run -0 script -qec "xb-layout -m 32M $BATS_FILE_TMPDIR/parsed" /dev/null
	[[ $output == *kernel* ]]
}

@test "a full disk and a reader that went away are input/output errors" {
	prepare
	run -74 sh -c 'xb-layout -m 32M "$0" >/dev/full' "$BATS_FILE_TMPDIR/parsed"
	refused 74 "destroy it" sh -c \
	    'xb-load -t file:dom layout >/dev/full'
	run -74 bash -c 'exec 5> >(:); wait $!; xb-layout -m 32M "$0" >&5' \
	    "$BATS_FILE_TMPDIR/parsed"
	for what in --map --svg -v; do
		refused 74 "cannot write the report: No space left on device" \
		    sh -c 'xb-show $0 layout >/dev/full' $what
		refused 74 "cannot write the report: the program that read it has ended" \
		    bash -c 'exec 5> >(:); wait $!; xb-show $0 layout >&5' $what
	done
}

@test "JSON that is nearly right: the key and the rule" {
	prepare
	xb-show -j layout >j
	jq '.command_line = "a\u0000b"' j >edited
	refused 65 "'command_line'" xb-plan edited
	[[ $stderr == *NUL* ]]
	jq '.image.format = "elf\u0000"' j >edited
	refused 65 "'image.format'" xb-plan edited
	sed 's/"pages": [0-9]*/"pages": 1e30/' j >edited
	refused 65 "is a number with a fraction or an exponent" xb-plan edited
}

@test "the pages to clear are those that nothing fills, all of them" {
	prepare
	xb-show -j layout >j
	jq '.layout.clear = []' j >edited
	refused 65 "'layout.clear' lacks" xb-plan edited
	jq '.layout.clear[0].pfn += 1 | .layout.clear[0].pages -= 1' j >edited
	refused 65 "'layout.clear" xb-plan edited
	# one run cut in two has the same pages
	jq '.layout.clear |= (.[0] as $r | [{pfn: $r.pfn, pages: 1},
	    {pfn: ($r.pfn + 1), pages: ($r.pages - 1)}] + .[1:])' j >edited
	quiet xb-plan edited
	jq '.layout.clear += [{pfn: (.layout.pages - 1), pages: 1}]' j >edited
	refused 65 "'layout.clear[" xb-plan edited
}
