# Text filters on small inputs.
printf '%s\n' 'b 10 x' 'a 9 y' 'c 100 z' 'a 10 w' > f
sort f; echo; sort -k2n f; echo; sort -k1,1r -k2,2n f; echo; sort -u -k1,1 f
cut -d' ' -f1,3 f; cut -c1-3 f; tr 'a-z' 'A-Z' < f; tr -d ' ' < f; tr -s 'a' < f
uniq -c <<END
x
x
y
END
paste f f; join -1 1 -2 1 f f 2>&1 | head -n 3; comm -12 f f 2>/dev/null | wc
fold -w 3 f | head -n 4; nl f; tac f; rev f; expand -t4 f; pr -t -2 f
sort -V <<END
v1.10
v1.9
v1.2
END
sort -h <<END
1G
2K
3M
END
shuf -i 1-10 --random-source=/bin/sh | sort -n | tr '\n' ' '
