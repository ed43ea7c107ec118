# The worked examples of xb-abi(7) are what xb-layout gives.
load helper

page=$root/man/xb-abi.7

# section HEADING: the lines of a part of the page.
section() {
	awk -v heading=".Ss $1" '/^\.S[sh] / { on = $0 == heading; next } on' \
	    "$page"
}

# column COLUMN COLUMNS <LINES: "label cell" of each row of the tables with so
# many columns; "-" and headings are left out.
column() {
	awk -v c="$1" -v n="$2" '/^\.Bd/ { on = 1 } /^\.Ed/ { on = 0 }
	    on && /^[a-z]/ && NF > n {
		cell = $(NF - n + c); NF -= n
		if (cell ~ /^[0-9a-f]+[0-9a-f+x]*$/) print $0, cell
	}'
}

# lay ABI FROM END RAMDISK MEMORY [WORD...]: the file plan, of a kernel whose
# bounds are counted from the region start.
lay() {
	local abi=$1 from=$2 end=$3 size=$4 memory=$5 ramdisk=()
	shift 5
	# 0x407b bytes are the text and the data.
	$mkimage k abi="$abi" paddr="$from" bss=$((end - from - 0x407b)) "$@"
	if [ "$size" != 0 ]; then
		truncate -s $((size)) rd
		ramdisk=(-r rd)
	fi
	xb-parse -q "${ramdisk[@]}" k >parsed
	xb-layout -q -m "$memory" parsed >plan
}

# cells: the plan's layout as the page writes it, "label cell".
cells() {
	local kind pfn pages start end
	json plan '.layout.segments[] | "\(.kind) \(.pfn) \(.pages)"' |
	    while read -r kind pfn pages; do
		printf '%s %x+%x\n' "$kind" "$pfn" "$pages"
	done
	read -r start end <<<"$(json plan '.layout | "\(.v_start) \(.v_end)"')"
	printf 'end %x\n' $(((end - start) / 4096))
	json plan '"tables " + (.layout.tables | map(tostring) | join("+"))'
}

# same WANT: the rows of WANT are among the cells, and are all of them but for
# rows that the table does not have.
same() {
	cells | grep -E "^($(cut -d' ' -f1 "$1" | sort -u | paste -sd'|')) " |
	    sort >have
	sort "$1" | diff - have
}

@test "one kernel in five ABIs" {
	i=0
	for abi in $abis; do
		i=$((i + 1))
		section "One kernel in five ABIs" | column $i 5 |
		    grep -v ^of >want
		[ "$(wc -l <want)" -ge 8 ]
		lay $abi 0x100000 0x345678 0x123456 64M
		same want
		[ "$(cells | wc -l)" = "$(wc -l <want)" ]
	done
}

# address KIND: where a segment begins.
address() {
	json plan ".layout.segments[] | select(.kind == \"$1\") | .va"
}

# entry LEVEL ADDRESS: the entry of that level, written as in the page.
entry() {
	xb-walk plan "$2" |
	    sed -n "/^L$1 /{ n; s/.*: 0x0*\([0-9a-f]*\) .*/0x\1/p; }"
}

@test "the entries of page tables" {
	i=0
	for abi in $abis; do
		i=$((i + 1))
		section "One kernel in five ABIs" | column $i 5 | grep ^of >want
		lay $abi 0x100000 0x345678 0x123456 64M
		levels=$(json plan '.layout.tables | length')
		{
			echo "of p2m $(entry 1 "$(address p2m)")"
			echo "of tables $(entry 1 "$(address page_tables)")"
			echo "of top $(entry "$levels" \
			    "$(json plan .layout.v_start)")"
		} >have
		diff want have
	done
}

@test "the last 512 KiB" {
	i=0
	for abi in $abis; do
		i=$((i + 1))
		section "The last 512 KiB" | column $i 5 >both
		[ "$(wc -l <both)" = 8 ]
		for half in 1,4 5,8; do
			sed -n "${half}p" both >pair
			end=$(sed -n 's/^kernel end //p' pair)
			grep -v '^kernel end' pair >want
			lay $abi 0x100000 $((0x$end * 4096)) 0 64M
			same want
		done
	done
	lay xen-1.3-x86_32 0x100000 0x200000 0 4096K
	refused 65 "too small" xb-layout -m 4092K parsed
}

@test "a region from 0" {
	section "A region from 0" | column 1 2 >want
	[ "$(wc -l <want)" = 9 ]
	lay xen-3.0-x86_32p 0x100000 0x345678 0 64M base=0
	[ "$(json plan .layout.v_start)" = 0x0 ]
	same want
	section "A region from 0" | column 2 2 >want
	lay xen-3.0-x86_64 0 0x10000 0 16M base=0
	same want
}

@test "what lies apart" {
	i=0
	for words in "" note:MOD_START_PFN=1 note:INIT_P2M=0x8000000000 \
	    "note:MOD_START_PFN=1 note:INIT_P2M=0x8000000000"; do
		i=$((i + 1))
		section "What lies apart" | column $i 4 >want
		[ "$(wc -l <want)" -ge 9 ]
		# shellcheck disable=SC2086 # words is a list
		lay xen-3.0-x86_64 0x200000 0x209000 5000 64M $words
		same want
	done
}

# told NOTE FILTER VALUES TEXT: of the example with a note, startinfo and
# pagetables say so, and the page says it in that text.
told() {
	lay xen-3.0-x86_64 0x200000 0x209000 5000 64M "note:$1"
	xb-domain create -t "file:${1%=*}" -m 64M >target
	xb-load -t "file:${1%=*}" plan | xb-pgtab | xb-startinfo >started
	[ "$(json started "$2" | paste -sd' ')" = "$3" ]
	section "What lies apart" | paste -sd' ' | grep -qF "$4"
}

@test "what the guest is told of a ramdisk and a list that lie apart" {
	told MOD_START_PFN=1 '.startinfo | .mod_start, .mod_len' \
	    "0x400 8192" "mod_start is 0x400 and mod_len 0x2000"
	told INIT_P2M=0x8000000000 '.startinfo | .mod_start, .mod_len' \
	    "0xffffffff80209000 5000" "0xffffffff80209000 and 5000"
	rm -r INIT_P2M
	told INIT_P2M=0x8000000000 '.pagetables | .first_p2m_pfn, .p2m_frames' \
	    "1024 35" "first_p2m_pfn is 0x400 and nr_p2m_frames 0x23"
}

# order START END: the levels of the tables of this region, by frame.
order() {
	local va
	for ((va = $1; va != $2; va += 0x100000)); do
		xb-walk plan "$(printf 0x%x $va)"
	done | sed -n 's/^\(L[1-4]\) table in pfn \(0x[0-9a-f]*\).*/\2 \1/p' |
	    sort -u | cut -d' ' -f2 | paste -sd' '
}

@test "tables in the order of first use" {
	section "Tables in the order of first use" | grep ^0x >rows
	[ "$(wc -l <rows)" = 3 ]
	while read -r start end levels; do
		case $start in
		0xffffffff80000000) set -- 0x100000 0x345678 0x123456 ;;
		0x7ffff00000) set -- 0 0xfe000 0 ;;
		*) set -- 0 0xfffff 0x400000 ;;
		esac
		lay xen-3.0pre-x86_64 "$@" 128M base=$start
		[ "$(json plan .layout.v_start)" = "$start" ]
		[ "$(json plan .layout.v_end)" = "$end" ]
		[ "$(order "$start" "$end")" = "$levels" ]
	done <rows
}
