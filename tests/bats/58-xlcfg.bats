#!/usr/bin/env bats
# A configuration of xl in the place of a kernel: xb-cfg(5).
load helper

# cfg LINE...: the file d.cfg, with a kernel and memory unless a line sets them.
cfg() {
	local key
	: >d.cfg
	for key in "kernel = 'k'" 'memory = 32'; do
		printf '%s\n' "$@" | grep -q "^${key%% *} *=" ||
		    echo "$key" >>d.cfg
	done
	printf '%s\n' "$@" >>d.cfg
	[ -e k ] || "$mkimage" k
}

# built [OPTION...]: builds d.cfg as file:dom and says nothing; the plan is in
# the file plan.
built() {
	rm -rf dom
	quiet xb-build -t file:dom -o plan "$@" d.cfg
	[ "$output" = file:dom ]
}

# is WORD TEXT: so xb-domain info has it.
is() {
	xb-domain info file:dom | grep -qx "$1 *$2" || {
		xb-domain info file:dom
		return 1
	}
}

# warned TEXT [OPTION...]: builds d.cfg, with this one warning.
warned() {
	rm -rf dom
	run --separate-stderr -0 xb-build -t file:dom "${@:2}" d.cfg
	[ "${#stderr_lines[@]}" = 1 ] || { echo "$stderr"; return 1; }
	[[ $stderr == "xb-build: warning: 'd.cfg'"*"$1"* ]] || {
		echo "$stderr"
		return 1
	}
}

# bad TEXT: d.cfg is refused, and nothing is made.
bad() {
	rm -rf dom
	refused 65 "$1" xb-build -t file:dom d.cfg
	[ ! -e dom ]
}

@test "each key that xb does" {
	echo one >rd
	cfg "name = 'web'" 'uuid = "01234567-89ab-cdef-0123-456789abcdef"' \
	    'memory = 64 ; vcpus = 3' 'type = "pv"' "builder='generic'" \
	    "ramdisk='rd' # and more" 'cmdline = "console=hvc0 it\'"'"'s"' \
	    "pool = 'Pool-0'" 'maxmem = 128' 'maxvcpus = "3"'
	built
	is name web
	is uuid 01234567-89ab-cdef-0123-456789abcdef
	is memory '65536 KiB of .*'
	is vcpus 3
	[ "$(json plan .command_line)" = "console=hvc0 it's" ]
	[ "$(json plan '.modules | length')" = 1 ]
}

@test "the command line is composed as xl composes it" {
	cfg "root = '/dev/xvda1 ro'" "extra = 'quiet'"
	built
	[ "$(json plan .command_line)" = 'root=/dev/xvda1 ro quiet' ]
	cfg "root = '/dev/xvda1'"
	built
	[ "$(json plan .command_line)" = root=/dev/xvda1 ]
	cfg "extra = 'quiet'" "extra += ' splash'"
	built
	[ "$(json plan .command_line)" = 'quiet splash' ]
	cfg "extra = 'quiet'" "cmdline = 'all'"
	warned "line 3: 'extra' is left out: 'cmdline' is the whole"
	cfg
	built
	[ "$(json plan .command_line)" = '' ]
}

@test "features are asked of the kernel" {
	cfg "features = 'writable_page_tables'"
	built
	cfg "features = 'flying'"
	bad "'d.cfg', line 3: 'features': "
	cfg "features = 'auto_translated_physmap'"
	refused 65 auto_translated_physmap xb-build -t file:dom d.cfg
}

@test "options that are typed count before the file's" {
	cfg "name = 'web'" 'vcpus = 3' "extra = 'quiet'" 'maxmem=64' \
	    "uuid = 'nonsense'" "ramdisk = 'nothing'"
	echo one >rd
	built -m 16M --maxmem 16M --name other --vcpus 1 -c loud -r rd \
	    --uuid 01234567-89ab-cdef-0123-456789abcdef
	is name other
	is vcpus 1
	is memory '16384 KiB of .*'
	[ "$(json plan .command_line)" = loud ]
}

@test "a guest without memory has maxmem, as with xl" {
	"$mkimage" k
	printf '%s\n' "kernel='k'" 'maxmem=64' >d.cfg
	built
	is memory '65536 KiB of .*'
	echo "kernel='k'" >d.cfg
	rm -r dom
	refused 64 '-m' xb-build -t file:dom d.cfg
}

@test "a domain is the same as that of the options typed" {
	cfg "extra = 'quiet'" 'vcpus = 2'
	built
	mv dom left
	mv plan l
	quiet xb-build -t file:dom -o plan -m 32M -c quiet --vcpus 2 k
	xb-diff l plan
}

@test "keys that xb does not do are told, and typing errors" {
	cfg "on_crash = 'destroy'"
	warned "line 3: 'on_crash' is left out: xb does nothing of the kind"
	cfg 'memroy = 64'
	warned "line 3: 'memroy' is left out: xl.cfg(5) has no such key"
	cfg "cpus = ['1', '2']"
	warned "line 3: 'cpus' is left out"
	cfg 'vnuma = [ [ "pnode=0", "size=2" ], [ "pnode=1" ] ]'
	warned "line 3: 'vnuma' is left out"
	cfg 'maxvcpus = 4' 'vcpus=2'
	warned "line 3: 'maxvcpus' is left out"
	is vcpus 2
	cfg "disk = [ 'phy:/dev/x,xvda,w' ]"
	warned "line 3: 'disk' is left out: a domain in files has no devices"
	built -q
}

@test "keys that are empty say nothing" {
	cfg 'disk = []' 'vif = [ ]' "bootloader = ''" 'pci=[]' "ramdisk=''" \
	    "on_crash=''" "pool=''" 'vfb=[]'
	built
}

@test "a guest of type 'pvh' is asked for with -A, which can be typed" {
	$mkimage k note:PHYS32_ENTRY=0x100200
	abi() { xb-build --until xb-layout -o plan "$@" d.cfg && json plan .image.abi; }
	cfg "type = 'pvh'"
	[ "$(abi)" = hvm-3.0-pvh ]
	[ "$(abi -A xen-3.0-x86_64)" = xen-3.0-x86_64 ]
	cfg "type = 'pv'"
	[ "$(abi)" = xen-3.0-x86_64 ]
	cfg "memory = 32"
	[ "$(abi)" = xen-3.0-x86_64 ]
	$mkimage k drop=ENTRY note:PHYS32_ENTRY=0x100200
	[ "$(abi)" = hvm-3.0-pvh ]
	cfg "type = 'pv'"
	refused 65 "'k' is PVH only: it has the note PHYS32_ENTRY" abi
	[ "$(abi -A pvh)" = hvm-3.0-pvh ]
	rm k
	cfg "type = 'pvh'"
	refused 65 "it has no note PHYS32_ENTRY" xb-build -t file:dom d.cfg
}

@test "a key that is set twice is told, and the last counts" {
	cfg 'vcpus = 1' '' 'vcpus = 2'
	warned "'vcpus' is set in line 3 and again in line 5, which counts"
	is vcpus 2
}

@test "what a guest cannot do without is refused, with the way out" {
	cfg "bootloader = 'pygrub'"
	bad "line 3: 'bootloader': xb runs no boot loader: name a kernel"
	cfg "type = 'hvm'"
	bad "line 3: 'type' is 'hvm': xb builds guests of 'pv' and 'pvh' alone"
	cfg "type = 'generic'"
	bad "line 3: 'type' is 'generic': "
	cfg "builder = 'pvh'"
	bad "line 3: 'builder' is 'pvh': xb builds guests of 'generic' alone"
	cfg "builder = 'hvm'"
	bad "line 3: 'builder' is 'hvm': "
	cfg "seclabel = 'system_u:system_r:domU_t'"
	bad "line 3: 'seclabel': xb labels no domain"
	cfg "pci = ['01:00.0']"
	bad "'xl pci-attach' does"
}

@test "devices without xl, or without a list, are refused before a domain is" {
	cfg "disk = [ 'phy:/dev/x,xvda,w' ]"
	refused 69 "no xl in PATH" env PATH=/none "$XB_BIN/xb-build" d.cfg
	refused 69 "no xl in PATH" env PATH=/none "$XB_BIN/xb-run" d.cfg
	refused 69 "no xl in PATH" env PATH=/none "$XB_BIN/xb-record" -o r d.cfg
	refused 65 'the domains of a pool cannot share' xb-pool fill -n 1 p d.cfg
	cfg "disk = 'phy:/dev/x,xvda,w'"
	refused 65 "line 3: 'disk' must be a list of texts" xb-build d.cfg
	cfg "disk = [ [ 'phy:/dev/x' ] ]"
	refused 65 "line 3: 'disk' must be a list of texts" xb-build d.cfg
	cfg "vif = [ '$(seq -s , 40)' ]"
	refused 65 "'vif' has an entry of more than 32 parts" xb-build d.cfg
	cfg "vif = [ '' ]"
	warned "'vif' is left out: a domain in files has no devices"
	run --separate-stderr -0 xb-build --until xb-layout -o plan d.cfg
	[[ $stderr == *"'vif' is left out: xl cannot attach it before"* ]]
}

@test "what xl would refuse is refused, with the line" {
	cfg "name = 'web"
	bad "not xl.cfg either: line 3: config parsing error near \`'web': lex"
	cfg 'name ='
	bad 'near <newline>: syntax error'
	cfg "name = 'a' 'b'"
	bad 'line 3: '
	cfg "name = [ 'a'"
	bad "line 3: config parsing error near \`': syntax error, unexpected"
	cfg 'Name = 3'
	bad 'line 3: '
	cfg "name = '\q'"
	bad 'line 3: '
	cfg 'import os'
	bad 'line 3: '
	cfg "vif = 'a'" "vif += [ 'b' ]"
	bad 'xl.cfg'
	printf "kernel='k'\nmemory=32\n# no end" >d.cfg
	bad 'line 3: '
}

@test "values of the wrong kind, and out of range" {
	cfg "name = [ 'web' ]"
	bad "line 3: 'name' is a list, and must be one value"
	cfg "kernel = [ 'k' ]"
	bad "line 2: 'kernel' is a list, and must be one value"
	cfg "memory = 'much'"
	bad "line 2: memory 'much' is not a number"
	cfg 'memory = 0'
	bad "line 2: 'memory': "
	cfg 'memory = 99999999999999999999'
	bad 'line 2: memory 99999999999999999999 is too large: at most'
	cfg "memory = '-1'"
	bad "memory '-1' is not a number"
	cfg 'vcpus = 0'
	bad "line 3: 'vcpus': --vcpus is 0"
	cfg 'vcpus=2' 'maxvcpus=1'
	bad "line 4: 'maxvcpus' is 1, below 'vcpus', 2"
	cfg 'maxmem = 16'
	bad "line 3: 'maxmem' is 16, below 'memory', 32"
	cfg "uuid = 'mine'"
	bad "line 3: 'uuid': --uuid 'mine' is not a UUID"
	cfg "kernel = ''"
	bad "line 2: 'kernel' is empty"
	echo 'memory = 4' >d.cfg
	bad "'d.cfg' has no 'kernel'"
}

@test "files that are missing are named" {
	cfg "kernel = 'none'"
	refused 66 "'none'" xb-build -t file:dom d.cfg
	cfg "ramdisk = 'none'"
	refused 66 "'none'" xb-build -t file:dom d.cfg
	refused 66 "'none.cfg'" xb-build -t file:dom -m 32M none.cfg
}

@test "a kernel is never taken for a configuration, whatever its name" {
	"$mkimage" d.cfg
	quiet xb-build -t file:dom -m 32M d.cfg
	"$mkimage" k
	printf "kernel='k'\nmemory=32\n" >vmlinuz
	rm -r dom
	quiet xb-build -t file:dom vmlinuz
	# A NUL makes it no text, and xb-parse has the word.
	printf "kernel='k'\0\nmemory=32\n" >d.cfg
	refused 65 'is not a kernel image' xb-build -t file:a -m 32M d.cfg
	printf "kernel='k'\nmemory=32\n#%300d\0\n" 1 >d.cfg
	refused 65 'is not a kernel image' xb-build -t file:a -m 32M d.cfg
	: >d.cfg
	refused 65 "'d.cfg'" xb-build -t file:a -m 32M d.cfg
	mkfifo pipe
	refused 65 'a FIFO' xb-build -t file:dom -m 32M pipe
}

@test "hostile texts end in one message, soon" {
	cfg "name = '$(head -c 1000000 /dev/zero | tr '\0' x)'"
	shipped xb-build -t file:dom d.cfg 2>said || [ $? = 69 ]
	cfg "$(head -c 1000000 /dev/zero | tr '\0' x)"
	shipped xb-build -t file:dom d.cfg 2>said || [ $? = 65 ]
	[ "$(wc -l <said)" = 1 ]
	cfg "vif = $(head -c 9000 /dev/zero | tr '\0' '[')"
	shipped xb-build -t file:dom d.cfg 2>said || [ $? = 65 ]
	cfg "vif = $(head -c 500000 /dev/zero | tr '\0' '[')"
	shipped xb-build -t file:dom d.cfg 2>said || [ $? = 65 ]
	[ "$(wc -l <said)" = 1 ]
	cfg "vif = [ $(yes "''," | head -2000)]"
	bad "line 3: 'vif' has 2000 entries: at most 1024"
	yes 'a = 1' | head -2000 >d.cfg
	bad 'too many settings: at most 1024'
	yes 'a = 1' | head -c 1048577 >d.cfg
	bad 'too long for xl.cfg: 1048577 bytes, at most 1048576'
	{ printf 'name = "'; head -c 1000 /dev/urandom | tr '\0-\37\177"\\' x; echo '"'; } >d.cfg
	bad "has no 'kernel'"
}

@test "xb-record keeps what the file says as if it had been typed" {
	cfg "extra = 'quiet'" "name = 'web'"
	quiet xb-record -o rec -t file:dom d.cfg
	is name web
	quiet xb-replay -t file:again -o plan rec
	[ "$(json plan .command_line)" = quiet ]
	is memory '32768 KiB of .*'
	rm -r dom
	quiet xb-record -o typed -t file:dom -m 32M -c quiet --name web k
	run -0 xb-replay --check -t file:b -q typed
	xb-diff rec typed
}

@test "xb-pool fills of a file, without what domains cannot share" {
	cfg "extra = 'quiet'" "name = 'web'"
	run --separate-stderr -0 xb-pool fill -n 2 -t file:p pool d.cfg
	[[ $stderr == *"'name' is left out: several domains cannot"* ]]
	# A refill needs no file.
	rm d.cfg
	quiet xb-pool take -t file:p -o plan pool
	[ "$(json plan .command_line)" = quiet ]
	quiet xb-pool fill -t file:p pool
	xb-pool drain -t file:p pool
}

@test "up to xb-layout no domain is asked for" {
	cfg "name = 'web'" 'vcpus = 2'
	quiet xb-build --until xb-layout -o plan d.cfg
	[ "$(json plan .layout.pages)" = 8192 ]
}
