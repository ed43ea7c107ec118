# What the programs were built with, read off the programs as shipped.
load helper

# The loader may put the program anywhere, what it relocates is read-only from
# then on, and no page is written to and run.  Behind a caller's || the shell
# goes on past a failure, so the commands are one.
in_memory() { # PROGRAM
	readelf -hW "$1" | grep -q 'Type: *DYN' &&
	    readelf -dW "$1" | grep -q 'FLAGS_1.*NOW.*PIE' &&
	    readelf -lW "$1" >segments &&
	    grep -q GNU_RELRO segments &&
	    grep -q 'GNU_STACK.* RW ' segments &&
	    ! grep -q 'RWE' segments
}

# It checks its stack and the buffers of the C library's calls.
checks() { # PROGRAM
	readelf -sW "$1" >symbols &&
	    grep -q __stack_chk_fail symbols &&
	    grep -q '__[a-z]*_chk\(@\|$\)' symbols
}

@test "every program is hardened, with the libraries in it or not" {
	for p in $(programs); do
		for at in "$XB_SHARED/$p" "$XB_PLAIN/$p"; do
			in_memory "$at" || { echo "$at: segments"; return 1; }
			checks "$at" || { echo "$at: checks"; return 1; }
		done
	done
}

@test "every file of ours is compiled to be hardened" {
	[ "$(uname -m)" = x86_64 ] || skip "the flags of x86 are tested"
	readelf --debug-dump=info --dwarf-depth=1 "$XB_PLAIN/xb-build" | grep DW_AT_producer |
	    grep -o 'GNU C11.*\|clang.*' | sort -u >units
	[ -s units ]
	for flag in -fstack-protector-strong -fstack-clash-protection \
	    -fcf-protection -fPIE; do
		[ -z "$(grep -v -e "$flag" units)" ]
	done
	objdump -d --disassemble=main "$XB_PLAIN/xb-build" | grep -q endbr64
}

# As the programs under test are linked.
@test "with sanitizers a program tells what it leaks, and nothing else" {
	cat >leak.c <<-'END'
	#include <stdlib.h>
	#include <string.h>
	static void *in_bss, *in_data = &in_bss;
	int
	main(int argc, char **argv)
	{
		void *volatile lost = argc > 1 ? strdup(argv[1]) : NULL;

		in_bss = malloc(11);
		in_data = malloc(22);
		lost = NULL;
		return lost != NULL;
	}
	END
	gcc -D_GNU_SOURCE -fsanitize=address,undefined -fno-sanitize-recover=all \
	    -static-libasan -static-libubsan -no-pie -o leak \
	    "$root/tests/leaks.c" leak.c
	export ASAN_OPTIONS=detect_leaks=1
	quiet ./leak
	run ! ./leak gone
	[[ $output == *"SUMMARY: AddressSanitizer: 5 byte(s) leaked in 1 allocation"* ]]
}
