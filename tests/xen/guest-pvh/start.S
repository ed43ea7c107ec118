/* The entry: registers are kept as they were found. */
#define __ASSEMBLY__
#include <xen/elfnote.h>

	.code32
	.text
	.globl start
start:
	mov	%eax, entry + 0
	mov	%ecx, entry + 4
	mov	%edx, entry + 8
	mov	%ebx, entry + 12
	mov	%esp, entry + 16
	mov	%ebp, entry + 20
	mov	%esi, entry + 24
	mov	%edi, entry + 28
	mov	$stack_top, %esp
	pushf
	popl	entry + 32
	mov	%cr0, %eax
	mov	%eax, entry + 36
	mov	%cr3, %eax
	mov	%eax, entry + 40
	mov	%cr4, %eax
	mov	%eax, entry + 44
	mov	$0xc0000080, %ecx
	rdmsr
	mov	%eax, entry + 48
	mov	%edx, entry + 52
	mov	%dr6, %eax
	mov	%eax, entry + 56
	mov	%dr7, %eax
	mov	%eax, entry + 60
	/* IA32_MTRR_DEF_TYPE */
	mov	$0x2ff, %ecx
	rdmsr
	mov	%eax, entry + 64
	cld
	call	guest_main
	ud2

	.bss
	.balign	4096
	.globl	hypercall_page, entry
hypercall_page:
	.skip	4096
	.skip	16384
stack_top:
entry:
	.skip	68

	.section .note.xen, "a", @note
	.balign	4
	.long	4, 4, XEN_ELFNOTE_PHYS32_ENTRY
	.asciz	"Xen"
	.long	start
	.section .note.GNU-stack, "", @progbits
