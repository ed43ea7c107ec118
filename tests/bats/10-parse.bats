# xb-parse on images that are good, and on those that are something else.
load helper

parsed() { # FILTER: of the plan just parsed
	json plan "$1"
}

@test "Debian's kernel: format, codec, ABI, addresses and notes" {
	quiet xb-parse -r "$initrd" -c "console=hvc0" "$vmlinuz"
	xb-parse -r "$initrd" -c "console=hvc0" "$vmlinuz" >plan
	[ "$(parsed .image.container)" = bzimage ]
	# since Debian 13 it is zstd
	[[ $(parsed .image.codec) == @(xz|zstd) ]]
	[ "$(parsed .image.abi)" = xen-3.0-x86_64 ]
	[ "$(parsed .image.virt_base)" = 0xffffffff80000000 ]
	[ "$(parsed .image.kstart)" = 0xffffffff81000000 ]
	[ "$(parsed .image.init_p2m)" = 0x8000000000 ]
	[ "$(parsed .image.mod_start_pfn)" = true ]
	[ "$(parsed .command_line)" = console=hvc0 ]
	[ "$(parsed .modules[0].size)" = "$(stat -c %s "$initrd")" ]
	[ "$(parsed '.modules[0].parts[0].sha256')" = \
	    "$(sha256sum <"$initrd" | cut -d' ' -f1)" ]
}

@test "the kernel repacked in every codec is the same kernel" {
	want=$(xb-parse "$vmlinuz" | xb-show -j | jq -r .image.payloads[0].sha256)
	blob=$(find "$XB_STORE/blobs" -name "$want")
	pack() {
		echo "codec: $1"
		sh -c "$2" <"$blob" >packed
		quiet xb-parse packed
		xb-parse packed >plan
		[ "$(parsed .image.payloads[0].sha256)" = "$want" ]
		[ "$(parsed .image.codec)" = "$1" ]
	}
	pack none cat
	pack gzip "gzip -1"
	pack xz "xz -0"
	pack xz "xz -0 --check=crc32 --x86 --lzma2=preset=0"
	pack lzma "xz --format=lzma -0"
	pack bzip2 "bzip2 -1"
	pack lzo "lzop -1"
	pack lz4 "lz4 -l -1 -c"
	pack zstd "zstd -1 -c"
}

@test "a bzImage with its payload in every codec" {
	for c in "gzip gzip -n" "xz xz --check=crc32" "lzma xz --format=lzma" \
	    "bzip2 bzip2" "lzo lzop" "lz4 lz4 -l -c" "zstd zstd -19 -c" "none cat"; do
		$mkimage k format=bzimage codec="${c#* }"
		xb-parse k >plan
		[ "$(parsed .image.container)" = bzimage ]
		[ "$(parsed .image.codec)" = "${c%% *}" ]
	done
}

@test "a unified kernel image: its kernel, initrd and command line" {
	head -c 5000 /dev/urandom >rd
	for c in "gzip -n" "xz --check=crc32" cat; do
		$mkimage k format=uki codec="$c" initrd=rd cmdline=" a=b \x41
			quiet
			"
		$mkimage inner format=bzimage codec="$c"
		quiet xb-parse k
		xb-parse k >plan
		[ "$(parsed .command_line)" = 'a=b \x41    quiet' ]
		[ "$(parsed '.modules[0].parts[0].sha256')" = \
		    "$(sha256sum <rd | cut -d' ' -f1)" ]
		[ "$(parsed .image.container)" = bzimage ]
		parsed '.image | [.entry, .notes, .segments[].va]' >have
		xb-parse inner >plan
		parsed '.image | [.entry, .notes, .segments[].va]' >want
		cmp have want
	done
	# options replace what it holds
	printf other >rd2
	xb-parse -c "" -r rd2 k >plan
	[ "$(parsed .command_line)" = "" ]
	[ "$(parsed '.modules[0].size')" = 5 ]
	# sections may be missing, and it may be compressed as a whole
	$mkimage k format=uki
	gzip k
	xb-parse k.gz >plan
	[ "$(parsed '.modules | length')" = 0 ]
	quiet xb-build -p -t file:dom -m 32M -o built k.gz
	quiet xb-verify -q built
}

@test "trailing bytes after a stream do not hurt" {
	$mkimage k
	for c in gzip xz bzip2 lzop "zstd -c" "xz --format=lzma"; do
		$c <k >packed
		echo "more bytes behind the stream" >>packed
		quiet xb-parse packed
		run --separate-stderr -0 xb-parse -v -S "$PWD/fresh" packed
		rm -rf fresh
		[[ $stderr == *"are ignored"* ]]
	done
}

@test "the second parse of a kernel unpacks nothing and says the same" {
	only_where_believed
	export XB_STORE=$PWD/own
	cp "$vmlinuz" k
	sleep 0.02
	xb-parse k >first
	find "$XB_STORE" -type f -printf '%p %i %T@\n' | sort >before
	xb-parse k >second
	find "$XB_STORE" -type f -printf '%p %i %T@\n' | sort >after
	cmp first second
	cmp before after
}

@test "an image that is not compressed is its own payload: nothing is copied" {
	$mkimage k
	export XB_STORE=$PWD/own
	xb-parse k >plan
	[ -z "$(find own/blobs -type f 2>/dev/null)" ]
	[ "$(parsed .image.payloads[0].sha256)" = "$(sha256sum <k | cut -d' ' -f1)" ]
}

@test "several ramdisks are joined, each at a multiple of 4" {
	$mkimage k
	printf 12345 >a
	printf 678 >b
	xb-parse -r a -r b k >plan
	[ "$(parsed .modules[0].size)" = 11 ]
	[ "$(parsed '[.modules[0].parts[].offset] | @csv')" = 0,8 ]
}

@test "-z unpacks the ramdisk; without it, it stays as it is" {
	$mkimage k
	head -c 100000 /dev/zero | gzip >rd
	xb-parse -r rd k >plan
	[ "$(parsed .modules[0].size)" = "$(stat -c %s rd)" ]
	xb-parse -z -r rd k >plan
	[ "$(parsed .modules[0].size)" = 100000 ]
}

@test "-z unpacks every stream of a ramdisk, and warns of what is none" {
	$mkimage k
	for c in "gzip -n" xz bzip2 lzop "zstd -c" "lz4 -c" "xz --format=lzma"; do
		{ head -c 50000 k | $c; head -c 12 /dev/zero; tail -c +50001 k | $c; } >rd
		quiet xb-parse -z -r rd k
		xb-parse -z -r rd k >plan
		[ "$(parsed '.modules[0].parts[0].sha256')" = \
		    "$(sha256sum <k | cut -d' ' -f1)" ]
	done
	printf 'something else' >>rd
	for _ in first again; do
		run --separate-stderr -0 xb-parse -z -r rd k
		[[ $stderr == *"its last "*" bytes are no lzma stream and are left out" ]]
	done
}

# archive NAME...: a cpio archive of these files.
archive() {
	printf '%s\n' "$@" | cpio -o -H newc --quiet
}

@test "-z keeps all archives that Linux would read, compressed or not" {
	$mkimage k
	printf early >e
	head -c 30000 k >m
	printf more >n
	archive e >early
	archive m >main
	archive n >more
	for c in "gzip -n" xz "zstd -qc" bzip2; do
		$c <main >main.c
		# Linux finds cpio at multiples of 4 alone
		truncate -s %4 main.c
		gzip -n <more >more.gz
		for parts in "early main.c" "main.c more" "early main.c more.gz" \
		    "early main.c more"; do
			# shellcheck disable=SC2086 # several files are meant
			cat $parts >rd
			quiet xb-parse -z -r rd k
			xb-parse -z -r rd k >plan
			blob=$(find "$XB_STORE/blobs" -name \
			    "$(parsed '.modules[0].parts[0].sha256')")
			# zero bytes between them are not kept
			tr -d '\0' <"$blob" >have
			# shellcheck disable=SC2046,SC2086
			cat $(printf '%s\n' $parts | sed 's/\..*//') |
			    tr -d '\0' | cmp - have
		done
	done
	# Other bytes behind them are left out; a cpio archive alone stays.
	{ cat early main.c; printf 'something else'; } >rd
	run --separate-stderr -0 xb-parse -z -r rd k
	[[ $stderr == *"its last 14 bytes are no bzip2 stream and are left out" ]]
	quiet xb-parse -z -r early k
	# the limit is for all of them
	cat early main.c more.gz >rd
	xb-parse -z -r rd k >plan
	size=$(parsed '.modules[0].size')
	refused 65 "'rd' unpacks to more than the limit of $((size - 1)) bytes; -L" \
	    xb-parse -S "$PWD/s" -z -L $((size - 1)) -r rd k
	quiet xb-parse -S "$PWD/s" -z -L "$size" -r rd k
}

@test "a file just written is waited for; one from the future has no identity" {
	only_where_believed
	$mkimage k
	export XB_STORE=$PWD/own
	touch k
	xb-parse k >plan
	[ "$(parsed '.sources[0].mtime_sec')" = "$(stat -c %Y k)" ]
	[ "$(parsed '.sources[0].ino')" != 0x0 ]
	touch -d "now + 1 hour" k
	xb-parse k >plan
	[ "$(parsed '.sources[0] | [.dev, .ino, .size, .mtime_sec, .ctime_sec] | @csv')" = \
	    '"0x0","0x0",0,0,0' ]
	# a source without an identity is hashed by xb-load
	xb-domain create -t file:dom -m 32M
	xb-layout -m 32M plan | xb-load -t file:dom >loaded
	xb-layout -m 32M plan >layout
	printf x | dd of=k bs=1 seek=5000 conv=notrunc status=none
	touch -d "now + 1 hour" k
	xb-domain create -t file:dom2 -m 32M
	refused 65 "its SHA-256 is" xb-load -t file:dom2 layout
}

@test "a file that is written to all the time is refused, or seen whole" {
	$mkimage k
	written() { WRITES=k at_call "" "" xb-parse k >plan; }
	# A busy machine may hold the program up until the file counts as old.
	for _ in {1..50}; do
		run --separate-stderr written
		[ "$status" != 65 ] || break
	done
	[ "$status" = 65 ]
	[[ $stderr == *"try again with a file that stays as it is" ]]
}

@test "a kernel that is parsed again costs no look through the index of the store" {
	export XB_STORE=$PWD/own
	$mkimage k
	gzip -k k
	quiet xb-parse k.gz
	strace -f -qq -y -o log -e trace=getdents64 "$XB_PLAIN/xb-parse" k.gz >plan
	run -1 grep /index log
}

@test "a kernel that is parsed again is not read by a process again" {
	only_where_believed
	export XB_STORE=$PWD/own
	$mkimage k
	gzip -k k
	sleep 0.1
	for options in "" "-f writable_page_tables" "-F elf"; do
		for i in 1 2; do
			strace -f -qq -o log -e trace=clone,clone3,fork,vfork \
			    "$XB_PLAIN/xb-parse" $options k.gz >plan$i
			[ "$i" = 1 ] || [ ! -s log ]
		done
		cmp plan1 plan2
	done
	# an entry that is damaged counts as none
	for entry in own/index/*; do
		echo x >>"$entry"
	done
	strace -f -qq -o log -e trace=clone,clone3,fork,vfork \
	    "$XB_PLAIN/xb-parse" -F elf k.gz | cmp - plan2
	[ -s log ]
	# a kernel that is refused is read each time
	head -c 3000 k >cut
	for _ in 1 2; do
		strace -f -qq -o log -e trace=clone,clone3,fork,vfork \
		    "$XB_PLAIN/xb-parse" cut >plan1 2>err || :
		[ -s log ]
	done
}

@test "a ramdisk that is parsed again is not looked at by a process again" {
	only_where_believed
	export XB_STORE=$PWD/own
	$mkimage k
	head -c 5000 /dev/zero | gzip >rd
	for i in 1 2; do
		strace -f -qq -o log -e trace=clone,clone3 \
		    "$XB_PLAIN/xb-parse" -r rd k >plan$i
		grep -c . log >n$i || :
	done
	[ "$(cat n2)" -lt "$(cat n1)" ]
	cmp plan1 plan2
	xb-show -j plan2 | jq -e '.modules[0].parts[0].unpacked > 0'
	# a kernel is warned of each time
	quiet xb-parse k
	for i in 1 2; do
		run -0 --separate-stderr xb-parse -r k k
		[[ $stderr == *"'k' is a kernel"* ]]
	done
}

@test "a store that others may write to is refused" {
	export XB_STORE=$PWD/own
	quiet xb-parse "$vmlinuz"
	for folder in own own/blobs own/blobs/sha256 own/index; do
		chmod g+w $folder
		refused 77 "others than the owner of 'own${folder#own}' may write there (mode 0720)" \
		    env XB_STORE=own xb-parse "$vmlinuz"
		chmod g-w $folder
	done
	quiet xb-parse "$vmlinuz"
}

@test "the old ABIs unpack a gzip ramdisk, as their builders did" {
	$mkimage k abi=xen-3.0pre-x86_32
	head -c 100000 /dev/zero | gzip >rd
	xb-parse -r rd k >plan
	[ "$(parsed .modules[0].size)" = 100000 ]
}

@test "GRUB's PVH image is no PV kernel" {
	refused 65 "PVH" xb-parse -A xen-3.0-x86_32p $grub/grub-i386-xen_pvh.bin
}

@test "a kernel that can only be PVH is refused as PV in words, whatever else it notes" {
	for abi in xen-3.0-x86_64 xen-3.0-x86_32p; do
		$mkimage k abi=$abi drop=ENTRY note:PHYS32_ENTRY=0x100000 \
		    set:e_entry=0x100000
		refused 65 "'k' is PVH only: it has the note PHYS32_ENTRY at 0x51" \
		    xb-parse -A "$abi" k
		[[ $stderr == *"and no note ENTRY"*CONFIG_XEN_PV* ]]
	done
	# one that has both is PV, but for what it demands
	$mkimage k note:PHYS32_ENTRY=0x100000
	quiet xb-parse k
	demands 'supervisor_mode_kernel'
	$mkimage k note:PHYS32_ENTRY=0x100000 note:FEATURES='!auto_translated_physmap'
	refused 65 "which no PV domain has: it is for PVH" xb-parse k
}

# demands FEATURE: a kernel that does is taken, with a warning.
demands() {
	$mkimage k note:FEATURES="!$1"
	run --separate-stderr -0 xb-parse k
	[[ $stderr == *"warning: 'k' needs feature '$1', which PVH domains alone have"* ]]
}

@test "notes behind one that a linker aligned to 8 are read" {
	for words in property=4 align=8 "align=8 property=5"; do
		# shellcheck disable=SC2086 # several words are meant
		$mkimage k abi=xen-3.0-x86_32p note:MOD_START_PFN=1 $words
		quiet xb-parse k
		xb-parse k >plan
		[ "$(parsed '.image.notes | length')" = 9 ]
		[ "$(parsed .image.mod_start_pfn)" = true ]
	done
}

@test "notes that are not read are named, and so are those that are not Xen's" {
	$mkimage k note:MOD_START_PFN=1 set:note6.descsz=0x1000
	run --separate-stderr -0 xb-parse k
	[[ $stderr == *"warning: 'k': the note at 0x5110 has 4096 bytes from 0x5120 on, past the end of the notes, 0x5164: the 68 bytes from 0x5120 on are not read, though a note named Xen may be there" ]]
	# the last one may run past its segment
	$mkimage k set:note6.descsz=0x1000
	quiet xb-parse k
	$mkimage k set:note0.descsz=0x1000
	run --separate-stderr -65 xb-parse k
	[[ ${stderr_lines[1]} == *"LOADER is missing"*"; 188 bytes of its notes, from 0x5090 on, were not read" ]]
	$mkimage k owner=name
	refused 65 "no notes named Xen, only 7 named 'name'" xb-parse k
}

@test "an entry where the file has no bytes is refused" {
	$mkimage k set:ph0.p_filesz=0 set:ph1.p_filesz=0
	refused 65 "where the kernel has no bytes in the file, only zeros; nor has it any elsewhere, as where debug information was split off" \
	    xb-parse k
	$mkimage k entry=0xffffffff80105000
	refused 65 "note ENTRY at 0x50f0 is 0xffffffff80105000, where the kernel has no bytes in the file, only zeros" \
	    xb-parse k
	$mkimage k abi=xen-1.3-x86_32 set:ph0.p_filesz=0
	refused 65 "e_entry at 0x18 is 0xc0100000, where" xb-parse k
	$mkimage k format=bin abi=xen-3.0-x86_64 set:bin.entry=0x80003000
	refused 65 "entry_addr" xb-parse k
}

@test "addresses that stand nowhere in the file are explained" {
	$mkimage k drop=PADDR_OFFSET set:ph0.p_paddr=0xffffffff80100000 \
	    set:ph1.p_paddr=0xffffffff80103000
	refused 65 "0xffffffff00100000 is p_paddr 0xffffffff80100000 + VIRT_BASE 0xffffffff80000000 - PADDR_OFFSET 0x0, while p_vaddr is 0xffffffff80100000: make the note PADDR_OFFSET equal to VIRT_BASE" \
	    xb-parse k
	$mkimage k set:ph0.p_vaddr=0x1234000
	run --separate-stderr -0 xb-parse k
	[[ $stderr == *"warning: 'k': program header 0, which has the entry, is not loaded where it was linked: 0xffffffff80100000 is p_paddr 0x100000 + "*"while p_vaddr is 0x1234000: set p_paddr with AT()"* ]]
	# of a segment without the entry nothing is said: Linux has such a one
	$mkimage k set:ph1.p_vaddr=0
	quiet xb-parse k
}

@test "a 32-bit kernel without PAE is refused by name" {
	$mkimage k abi=xen-3.0-x86_32p drop=PAE_MODE note:PAE_MODE=no
	refused 65 "non-PAE" xb-parse k
}

@test "what is not a Xen kernel is refused for what it is" {
	refused 65 "not a Xen kernel" xb-parse /bin/busybox
	echo '#!/bin/sh' >script
	refused 65 "looks like a script" xb-parse script
	refused 65 "looks like a" xb-parse "$initrd"
	refused 65 "is not of format elf; it looks like a bzImage" \
	    xb-parse -F elf "$XB_INPUTS/vmlinuz"
	$mkimage k format=uki set:pe.sections=1
	refused 65 "looks like a PE program (for EFI or Windows) without a section .linux" \
	    xb-parse k
	: >empty
	refused 65 "empty" xb-parse empty
	mkdir folder
	refused 65 "folder" xb-parse folder
	mkfifo fifo
	refused 65 "FIFO, not a regular file; it is read more than once: save it to a file first" \
	    xb-parse fifo
	refused 66 "; standard input is not read for it: save it to a file first" \
	    xb-parse - <script
	# shellcheck disable=SC2002 # a pipe is meant
	cat script | refused 65 "save it to a file first" xb-parse /dev/stdin
	refused 65 "device" xb-parse /dev/zero
	refused 66 "" xb-parse nothing
}

@test "a command line that does not fit is refused with both byte counts" {
	$mkimage k
	long=$(head -c 1024 /dev/zero | tr '\0' x)
	refused 65 "1024" xb-parse -c "$long" k
	[[ $stderr == *1023* ]]
	xb-parse -c "${long%x}" k >plan
	[ "$(parsed .command_line)" = "${long%x}" ]
}

@test "limits: -L and --window are named in the refusal and lift it" {
	refused 65 "-L" xb-parse -S "$PWD/s" -L 1M "$vmlinuz"
	# what the refusal names works
	works=${stderr##*; } works=${works% raises it}
	# shellcheck disable=SC2086 # an option and its value
	quiet xb-parse -S "$PWD/s" $works "$vmlinuz"
	$mkimage k text=0x200000
	xz --format=xz --lzma2=preset=0,dict=200MiB <k >packed
	refused 65 "; --window 256M lifts it" xb-parse -S "$PWD/s" packed
	[[ $stderr == *xz* ]]
	quiet xb-parse -S "$PWD/t" --window 256M packed
	quiet xb-parse -S "$PWD/s" --window 256M packed
}

@test "a store is not led elsewhere by somebody else's link" {
	$mkimage k
	mkdir open real
	ln -s ../real open/link
	# a folder of this user's own may have links
	quiet xb-parse -S open/link/store k
	chmod go+w open
	refused 77 "'open/link' is a link in a folder where others may write" \
	    xb-parse -S open/link/other k
	[ ! -e real/other ]
	# folders in such a place are no links, and may be gone through
	mkdir open/folder
	quiet xb-parse -S open/folder/store k
	[ "$(id -u)" = 0 ] || return 0
	chmod go-w open
	chown 12345 open
	HOME=$PWD/open XB_STORE='' refused 77 "'open/link' is a link" \
	    xb-parse -S open/link/other k
}

@test "without HOME the store is in the home that /etc/passwd has, and no other is asked" {
	$mkimage k format=bzimage 'codec=gzip -9'
	home=$(awk -F: -v id="$(id -u)" '$3 == id { print $6; exit }' /etc/passwd)
	[ -n "$home" ] || skip "this user is not in /etc/passwd"
	refused 74 "cannot use '$home/.cache/xb' as the store" \
	    env -u HOME -u XDG_CACHE_HOME -u XB_STORE strace -f -qq -o log \
	    -P "$home" -e inject=openat:error=EIO "$XB_PLAIN/xb-parse" k
	strace -f -qq -o log -e trace=openat,connect env -u HOME XB_STORE=store \
	    "$XB_PLAIN/xb-parse" k >plan
	grep -q '"/etc/passwd"' log
	run -1 grep -e 'nsswitch\|libnss\|connect' log
	refused 74 "neither does /etc/passwd for this user; -S or XB_STORE" \
	    env -u HOME -u XDG_CACHE_HOME -u XB_STORE strace -f -qq -o log \
	    -e inject=geteuid:retval=54321 "$XB_PLAIN/xb-parse" k
}

@test "what a killed run left in the store goes with the next" {
	slow_ramdisk slow
	$mkimage k
	mkdir store
	xb-parse -S store -z -r slow k >plan &
	within_reach sh -c '[ -n "$(find store -name ".blob.*" -size +1M)" ]'
	kill -KILL $!
	wait $! || :
	# the process that unpacks ends with the killed one that it works for
	within_reach sh -c "xb-parse -q -S store k >plan &&
	    [ -z \"\$(find store -name '.*' -type f)\" ]"
}

@test "a file over the limit is refused before it is read; --max-input lifts it" {
	$mkimage k
	truncate -s 8T huge
	for what in "huge" "-r huge k"; do
		refused 65 "'huge' has 8796093022208 bytes, over the limit of 4294967296; --max-input 8T raises it" \
		    bounded 2 xb-parse $what
	done
	size=$(stat -c %s k)
	refused 65 "'k' has $size bytes, over the limit of $((size - 1));" \
	    xb-parse --max-input $((size - 1)) k
	quiet xb-parse --max-input "$size" k
	refused 65 "--max-input" bounded 2 xb-build -t file:d -m 32M huge
	[ ! -e d ]
	# with a higher limit all of the file is read, until a signal comes
	mkdir store
	for command in "xb-parse -S store --max-input 16384G -r huge k" \
	    "xb-build -S store --max-input 16384G -t file:d -m 32M -r huge k"; do
		$command >out 2>&1 &
		within_reach has_read $! $((32 << 20))
		terminated k $!
		[ ! -e d ]
		[ -z "$(find store -name '.*')" ]
	done
}

@test "a codec that was left out is named in the refusal, with its package" {
	copy_built
	make -s WITHOUT="xz zstd lz4 bzip2 lzo" bin/xb-parse
	PATH=$PWD/bin:$PATH
	$mkimage k
	refused_codec() {
		$3 <k >packed
		refused 65 "$2" xb-parse packed
		[[ $stderr == *"$1"* ]]
	}
	refused_codec xz liblzma-dev xz
	refused_codec lzma liblzma-dev "xz --format=lzma"
	refused_codec zstd libzstd-dev "zstd -c"
	refused_codec lz4 liblz4-dev "lz4 -l -c"
	refused_codec bzip2 libbz2-dev bzip2
	refused_codec lzo liblzo2-dev lzop
	# What is packed with it is said all the same.
	run --separate-stderr -65 xb-parse --can -j packed
	[ "$(jq -c '[.file, .codec, .read, .pv]' <<<"$output")" = \
	    '[null,{"name":"lzo","built_in":false},false,null]' ]
	[[ $stderr == *liblzo2-dev* ]]
	gzip <k >packed
	quiet xb-parse packed
	run -0 xb-parse -V
	[[ $output == *"left out"* ]]
}
