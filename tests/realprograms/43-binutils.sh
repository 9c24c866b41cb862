# as, ld, objdump, objcopy, nm, readelf, size, addr2line, c++filt.
case $(uname -m) in riscv64) exit='li a7, 93; li a0, 11; ecall' ;; *) exit='mov $60, %eax; mov $11, %edi; syscall' ;; esac
printf '.globl _start\n.text\n_start: %s\n.data\nmsg: .ascii "payload"\n' "$exit" > s.s
as -g s.s -o s.o && ld s.o -o s && ./s; echo $?; objdump -d s | grep -c -e ecall -e syscall; nm s | cut -c18- | grep -w -e _start -e msg; size -A s | grep -w .data | awk '{ print $2 }'; objcopy -O binary -j .data s d && cat d; echo; readelf -lW s | grep -c LOAD | awk '{ print ($1 > 0) }'; c++filt _ZNSt6vectorIiSaIiEE9push_backERKi; ar q l.a s.o 2>&1; ar t l.a; ranlib l.a; strip s; ./s; echo $?; nm s; echo bad | as -o /dev/null 2>&1 | tail -n 1 | cut -c1-30; ld nosuch.o; echo $?; addr2line -e s 0
