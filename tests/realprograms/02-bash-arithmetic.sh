# Arithmetic loops, bases, bit operations and overflow in bash.
bash <<'END'
s=0; for ((i = 1; i <= 20000; i++)); do ((s += i * i % 7)); done; echo "$s"
echo $((0x7fffffffffffffff + 1)) $((-7 / 2)) $((-7 % 3)) $((1 << 62)) $((-1 >> 3))
echo $((16#ff)) $((2#1011)) $((36#zz)) $((~5)) $((5 ^ 3)) $((2 ** 40))
fib() { if (($1 < 2)); then echo "$1"; else echo $(($(fib $(($1 - 1))) + $(fib $(($1 - 2))))); fi; }
fib 8
echo $((1 / 0)) 2>&1
END
echo "status $?"
