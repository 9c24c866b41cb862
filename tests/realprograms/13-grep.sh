# grep with basic, extended and Perl expressions.
seq 1 20000 > n
grep -c 7 n; grep -E '^(1[0-9]|2)0+$' n; grep -P '^(\d)(\d)\2\1$' n | cksum; grep -n -m 2 '99' n; grep -vc '[0-4]' n
printf 'foo bar\nFOO baz\nqux\n' > t
grep -i -o 'foo' t; grep -w bar t; grep -A1 -B1 baz t; grep -q nope t; echo $?; grep -F 'o b' t; grep -E '(.)\1' t
mkdir d; cp t d/x; echo needle > d/y; grep -rl needle d; grep -c . d/x d/y; grep '[' t; echo $?
printf 'bin\0ary needle\n' | grep needle; printf 'bin\0ary needle\n' | grep -a -b -o needle
LC_ALL=C.UTF-8 grep -o 'é.' <<END
café au lait, été
END
