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
