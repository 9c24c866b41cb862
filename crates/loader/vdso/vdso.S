/* The code that the kernel gives to guest programs: vdso(7), riscv functions.
 *
 * `host_call n` is answered by the runtime without a system call, from the host's own vDSO:
 * arguments in a0.., result in a0. Numbers: 1 clock_gettime, 2 gettimeofday, 3 getcpu,
 * 4 clock_getres. */

	.option norvc
	.text

	.macro host_call n
	.insn i 0x0b, 0, x0, x0, \n
	.endm

	.macro function name
	.globl __vdso_\name
	.type __vdso_\name, @function
	.balign 16
__vdso_\name:
	.endm

	.macro done name
	.size __vdso_\name, . - __vdso_\name
	.endm

	/* First in the section and without unwind data: unwinders then recognise a signal frame by
	 * these two instructions. */
function rt_sigreturn
	li a7, 139
	ecall
done rt_sigreturn

function clock_gettime
	.cfi_startproc
	host_call 1
	ret
	.cfi_endproc
done clock_gettime

function gettimeofday
	.cfi_startproc
	host_call 2
	ret
	.cfi_endproc
done gettimeofday

function getcpu
	.cfi_startproc
	host_call 3
	ret
	.cfi_endproc
done getcpu

function clock_getres
	.cfi_startproc
	host_call 4
	ret
	.cfi_endproc
done clock_getres

function flush_icache
	.cfi_startproc
	li a7, 259
	ecall
	ret
	.cfi_endproc
done flush_icache

function riscv_hwprobe
	.cfi_startproc
	li a7, 258
	ecall
	ret
	.cfi_endproc
done riscv_hwprobe
