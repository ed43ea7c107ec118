# The tables of completions/generate for _arguments of zsh.
function quoted(s) { gsub(/'/, "'\\''", s); return "'" s "'" }
function bracketed(s) { gsub(/[][\\]/, "\\\\&", s); return "[" s "]" }
$1 == "kind" { kind = kind "\t" $2 " " quoted($3) "\n"; next }
$2 == "usage" { operand = operand "\t" $1 " " quoted($3) "\n"; next }
{
	if ($1 != last) spec = spec (last ? "\t\t;;\n" : "") "\t" (last = $1) ")\n"
	both = $2 == "-" ? "" : "(-" $2 " --" $3 ")"
	if ($3 == "ramdisk" || $3 == "set") both = "*"
	tail = bracketed($5) ($4 == "-" ? "" : ":" $4 ": _xb_values " quoted($4))
	eq = $4 == "-" ? "" : "="
	if ($2 != "-")
		spec = spec "\t\tspecs+=(" quoted(both "-" $2 (eq ? "+" : "") tail) ")\n"
	spec = spec "\t\tspecs+=(" quoted(both "--" $3 eq tail) ")\n"
}
END {
	while ((getline line <template) > 0)
		if (line == "@COMPDEF@") {
			n = split(operand, o, "\n")
			for (i = 1; i < n; i++) {
				split(o[i], w, /[\t ]/); names = names " " w[2]
			}
			print "#compdef" names
		} else if (line == "@TABLES@") {
			print "typeset -gA _xb_kinds=(\n" kind ")"
			print "typeset -gA _xb_operands=(\n" operand ")\n"
			print "# The options of a program, as _arguments takes them."
			print "_xb_specs() {\n\tcase $1 in\n" spec "\t\t;;\n\tesac\n}"
		} else
			print line
}
