# The tables of completions/generate as arrays of bash.
$1 == "kind" { kind = kind "\t[" $2 "]='" $3 "'\n"; next }
$2 == "usage" { operand = operand "\t[" $1 "]='" $3 "'\n"; next }
{
	value = $4 == "-" ? "" : "=" $4
	if ($1 != last) option = option (last ? "'\n" : "") "\t[" (last = $1) "]='"
	option = option " --" $3 value ($2 == "-" ? "" : " -" $2 value)
}
END {
	while ((getline line <template) > 0)
		if (line == "@TABLES@") {
			print "declare -gA _xb_kinds=(\n" kind ")"
			print "declare -gA _xb_operands=(\n" operand ")"
			print "declare -gA _xb_options=(\n" option "'\n)"
		} else
			print line
}
