# seq, factor, expr, numfmt, bc, printf and od.
seq -w 8 11; seq 0 0.25 1; seq 5 -2 -1
factor 1 97 1001 18446744073709551615 18446744073709551617 4611686014132420609
expr 7 \* 6; expr length hello; expr abc : 'a\(.\)c'
numfmt --to=iec 1048576 123456789; numfmt --from=si 5M
printf '%.10f %e %g %a\n' 3.14159265358979 123456.789 0.0001 1
printf '%s\n' 'scale=60; 4*a(1)' 'e(1)' '2^256' 'sqrt(2)' 's(1)' | bc -l
printf 'hello, world\0\001\377' | od -A x -t x1z -v; printf '\0\0\200\077abcd' | od -t fF -t d4 -t o2
head -c 32 /dev/zero | od -t fD -t x8
