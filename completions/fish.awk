# The tables of completions/generate as commands of fish.
function quoted(s) { gsub(/['\\]/, "\\\\&", s); return "'" s "'" }
$1 == "kind" { kind = kind "\tcase " $2 "\n\t\techo " quoted($3) "\n"; next }
$2 == "usage" {
	out = out "complete -c " $1 " -f -a '(__xb_operand " $1 " " $3 ")'\n"
	next
}
{
	out = out "complete -c " $1 ($2 == "-" ? "" : " -s " $2) " -l " $3 \
	    ($4 == "-" ? "" : " -x -a '(__xb_values \"" $4 "\")'") " -d " quoted($5) "\n"
}
END {
	while ((getline line <template) > 0)
		if (line == "@TABLES@") {
			print "function __xb_kinds\n\tswitch $argv[1]\n" kind "\tend\nend\n"
			print out
		} else
			print line
}
