# The house: what CONTRIBUTING says of rooms and files, held against the code.
load helper

@test "every room stands on those below it, and private headers stay in theirs" {
	run -0 "$root/tests/rooms"
}

@test "no two files need each other, and what one file alone uses is static" {
	[ "$XB_BIN" = "$root/bin/san" ] || skip "objects of another build"
	run -0 "$root/tests/circles" "$root/obj/san"
}

@test "no line is longer than 80 columns" {
	run -0 "$root/tests/columns"
}

@test "every test that tests/attacks names for a class is there" {
	grep "^	" "$root/tests/attacks" >named
	[ "$(wc -l <named)" -gt 50 ]
	while IFS='	' read -r file name; do
		case $file in
		bats/*) want="@test \"$name\" {" ;;
		*) want="cmocka_unit_test($name)" ;;
		esac
		grep -qF "$want" "$root/tests/$file" ||
		    { echo "$file: $name"; return 1; }
	done <named
}

@test "bench-xen's table has each goal beside what was reached" {
	printf '%s\n' 'k build 30' 'k build 10' 'k build 20' 'k bare 10' \
	    'debian-512M build 10' 'debian-2G build 40' \
	    'debian-512M bare 10' 'debian-2G bare 20' >times
	printf '%s\n' 'k build 7 ioctl' 'k build 2 read' 'k bare 10 ioctl' >calls
	printf '%s\n' '# words' 'time k build bare 1.5' 'ioctl k build bare 0.8' \
	    'time each-GiB build bare 3' 'time k other bare 1' >goals
	"$root/tests/xen/bench-report" . goals | sed '1,/^what/d' |
	    tr -s ' ' >reached
	diff - reached <<-END
	time k build x bare 2.000 1.5 missed
	ioctl k build x bare 0.700 0.8 reached
	time each-GiB build x bare 3.000 3 reached
	time k other x bare - 1 not measured
	END
	"$root/tests/xen/bench-report" . goals | grep -q 'k *build *3 *20.0 '
}

@test "every plan that the fuzz target of domains begins with becomes one" {
	cd "$root"
	n=$(find tests/fuzz/corpus/domain -type f | wc -l)
	run -0 "$root/bin/san/fuzz-domain"
	[[ $output == *"fuzz: $n domains built and verified"* ]]
}
