# Entry of every demo: the kernel enters with sp at argc; main's result is the exit status.
    .section .text.start, "ax"
    .globl _start
    .type _start, @function
_start:
    .option push
    .option norelax
    la      gp, __global_pointer$
    .option pop
    mv      fp, zero
    mv      ra, zero
    andi    sp, sp, -16
    call    main
    li      a7, 94              # exit_group
    ecall
    ebreak
