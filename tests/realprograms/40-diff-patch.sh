# diff in its formats, diff3, sdiff and cmp.
seq 30 > a; sed -e '5d' -e 's/^20$/twenty/' -e '25a\extra' a > b; sed 's/^10$/ten/' a > c
diff a b; diff -u --label a --label b a b; diff -y -W 30 a b | head -n 7; diff -q a b; diff -c --label a --label b a b; diff3 -m b a c; diff -e a b; cmp -l a b | head -n 3; mkdir x y; cp a x/f; cp b y/f; touch x/only; diff -rq x y; diff -w <<END a - 
$(sed 's/$/ /' a)
END
echo $?; diff a nosuch; echo $?; sdiff -s -w 40 a b
