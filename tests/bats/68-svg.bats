# xb-show --svg; what the picture says of one plan is in test-report.c.
load helper
svgcheck=$root/tests/svgcheck

# pixels PNG: how many colours it has, and how many pixels are not white.
pixels() {
	/usr/bin/python3 -IS - "$1" <<-'END'
		import struct, sys, zlib
		png, at, data = open(sys.argv[1], "rb").read(), 8, b""
		while at < len(png):
		    n, kind = struct.unpack(">I4s", png[at:at + 8])
		    if kind == b"IHDR":
		        w, h, _, colours = struct.unpack(">IIBB", png[at + 8:at + 18])
		    if kind == b"IDAT":
		        data += png[at + 8:at + 8 + n]
		    at += 12 + n
		size = {2: 3, 6: 4}[colours]
		raw = zlib.decompress(data)
		old, seen, ink = bytearray(w * size), set(), 0
		for y in range(h):
		    how = raw[y * (w * size + 1)]
		    row = bytearray(raw[y * (w * size + 1) + 1:][:w * size])
		    for i in range(len(row)):
		        a = row[i - size] if i >= size else 0
		        b, c = old[i], old[i - size] if i >= size else 0
		        d = [abs(b - c), abs(a - c), abs(a + b - 2 * c)]
		        row[i] = row[i] + [0, a, b, (a + b) // 2,
		            [a, b, c][d.index(min(d))]][how] & 255
		    for i in range(0, len(row), size):
		        p = bytes(row[i:i + 3])
		        seen.add(p)
		        ink += p != b"\xff\xff\xff"
		    old = row
		print(len(seen), ink * 100 // (w * h))
	END
}

# drawn PLAN: its picture, checked, in the file svg.
drawn() {
	run --separate-stderr -0 xb-show --svg "$1" || return
	[ -z "$stderr" ] || return 1
	xb-show --svg "$1" >svg
	"$svgcheck" svg
}

@test "pictures of every ABI and of many sizes keep what they promise" {
	head -c 9M /dev/zero >rd
	for abi in $abis; do
		$mkimage k abi=$abi
		xb-parse -r rd k >parsed
		for size in 20M 100M 3G; do
			xb-layout -q -m $size parsed >layout
			drawn layout || { echo "$abi $size"; return 1; }
		done
	done
	for size in 64G 200G; do
		xb-layout -q -m $size parsed >layout
		drawn layout || { echo "$abi $size"; return 1; }
	done
}

@test "lists of their own, near and far, and a kernel at address 0" {
	$mkimage near note:INIT_P2M=0xffffffff40000000
	$mkimage far note:INIT_P2M=0x8000000000 note:MOD_START_PFN=1
	$mkimage low base=0 paddr=0
	head -c 1M /dev/zero >rd
	for k in near far low; do
		for size in 16M 2G 64G 1000G; do
			[ $size != 1000G ] || [ $k = far ] || continue
			xb-parse -r rd $k | xb-layout -q -m $size >layout
			drawn layout || { echo "$k $size"; return 1; }
		done
	done
}

@test "the picture of Debian's kernel is rendered, in colour and not blank" {
	xb-parse -r "$initrd" -c console=hvc0 "$vmlinuz" |
	    xb-layout -m 512M >layout
	drawn layout
	for word in kernel ramdisk start_info page_tables stack p2m_tables \
	    "command line: &#39;console=hvc0&#39;" 'L4<' 'entry 511<'; do
		grep -qF -- "$word" svg || { echo "no $word"; return 1; }
	done
	rsvg-convert -w 594 svg -o png
	read -r colours ink < <(pixels png)
	[ "$colours" -gt 100 ]
	[ "$ink" -gt 10 ]
	[ "$ink" -lt 90 ]
}

@test "a plan of any later stage is drawn as the layout is" {
	$mkimage k
	build k 16M
	xb-show --svg layout >want
	xb-show --svg built | cmp - want
	xb-show --svg <started | cmp - want
}

@test "hostile bytes of the command line stay text" {
	$mkimage k
	line=$(printf 'a\033]0;x\001<svg onload="x">&amp;]]>\357\277\277\342\200\256\377\\')
	xb-parse -c "$line$(printf '%0700d' 0)" k | xb-layout -m 16M >layout
	drawn layout
	grep -qF '\x1b]0;x\x01&lt;svg onload=&quot;x&quot;&gt;&amp;amp;]]&gt;\xef\xbf\xbf\xe2\x80\xae\xff\\' svg
	grep -q "000&#39; \.\.\.<" svg
}

@test "no layout, no picture, and one output at a time" {
	$mkimage k
	xb-parse k >parsed
	refused 65 "the plan has no layout; run xb-layout first" \
	    xb-show --svg parsed
	[ -z "$output" ]
	xb-layout -m 16M parsed >layout
	refused 64 "give one of" xb-show --svg --map layout
	refused 64 "give one of" xb-show -j --svg layout
	run -74 bash -c 'xb-show --svg layout >/dev/full'
	run -65 sh -c "xb-layout -m 16K parsed >failed"
	refused 65 "no layout" xb-show --svg failed
}
