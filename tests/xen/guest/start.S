/* The entry, the notes, and the pages that have an alignment. */
#define __ASSEMBLY__
#include <xen/elfnote.h>

	.text
	.globl start, not_the_start
	/* ELF's own entry: the note must win over it. */
not_the_start:
	ud2

start:
	mov	%rax, entry_registers + 0(%rip)
	mov	%rcx, entry_registers + 8(%rip)
	mov	%rdx, entry_registers + 16(%rip)
	mov	%rbx, entry_registers + 24(%rip)
	mov	%rsp, entry_registers + 32(%rip)
	mov	%rbp, entry_registers + 40(%rip)
	mov	%rsi, entry_registers + 48(%rip)
	mov	%rdi, entry_registers + 56(%rip)
	mov	%r8,  entry_registers + 64(%rip)
	mov	%r9,  entry_registers + 72(%rip)
	mov	%r10, entry_registers + 80(%rip)
	mov	%r11, entry_registers + 88(%rip)
	mov	%r12, entry_registers + 96(%rip)
	mov	%r13, entry_registers + 104(%rip)
	mov	%r14, entry_registers + 112(%rip)
	mov	%r15, entry_registers + 120(%rip)
	/* The boot stack is left as it was found, to be looked at. */
	lea	stack_top(%rip), %rsp
	pushfq
	popq	entry_registers + 128(%rip)
	mov	%cs, %eax
	mov	%rax, entry_registers + 136(%rip)
	mov	%ss, %eax
	mov	%rax, entry_registers + 144(%rip)
	mov	%ds, %eax
	mov	%rax, entry_registers + 152(%rip)
	mov	%es, %eax
	mov	%rax, entry_registers + 160(%rip)
	mov	%fs, %eax
	mov	%rax, entry_registers + 168(%rip)
	mov	%gs, %eax
	mov	%rax, entry_registers + 176(%rip)
	cld
	mov	%rsi, %rdi
	xor	%ebp, %ebp
	call	guest_main
	ud2

	.section .page, "ax"
	.balign	4096
	.globl hypercall_page
hypercall_page:
	.skip	4096

	.data
	.balign	4096
	.globl windows, entry_registers
windows:
	.skip	7 * 4096
	.skip	16384
stack_top:
entry_registers:
	.skip	184

	/* Never written before it has been looked at. */
	.section .quiet, "aw", @nobits
	.balign	64
	.skip	262144 + 1000

	.macro	note type, value:vararg
	.balign	4
	.long	4, 2f - 1f, \type
	.asciz	"Xen"
1:	\value
2:	.balign	4
	.endm

	.section .note.xen, "a", @note
	note	XEN_ELFNOTE_GUEST_OS, .asciz "xb-guest"
	note	XEN_ELFNOTE_GUEST_VERSION, .asciz "1"
	note	XEN_ELFNOTE_LOADER, .asciz "generic"
	note	XEN_ELFNOTE_XEN_VERSION, .asciz "xen-3.0"
	note	XEN_ELFNOTE_VIRT_BASE, .quad BASE
	note	XEN_ELFNOTE_PADDR_OFFSET, .quad 0
	note	XEN_ELFNOTE_ENTRY, .quad start
#ifndef NO_HYPERCALL_PAGE
	note	XEN_ELFNOTE_HYPERCALL_PAGE, .quad hypercall_page
#endif
#ifdef P2M
	note	XEN_ELFNOTE_INIT_P2M, .quad P2M
#endif
#ifdef MOD_START_PFN
	note	XEN_ELFNOTE_MOD_START_PFN, .long 1
#endif
	.section .note.GNU-stack, "", @progbits
