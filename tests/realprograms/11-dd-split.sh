# dd, split, csplit, head, tail, tee, cmp.
seq 100000 > f; dd if=f of=g bs=4k skip=3 count=10 conv=ucase 2>&1 | head -n 2; cksum g
dd if=/dev/zero bs=1M count=4 2>/dev/null | cksum; dd if=f bs=1 count=10 skip=5 2>/dev/null; echo
dd if=f of=h bs=512 seek=4 count=2 conv=swab,notrunc 2>/dev/null; cksum h
split -n 5 f part.; cat part.* | cmp - f && echo same; ls part.* | wc -l; split -l 30000 -d f lines.; wc -l lines.*
csplit -q f 10 20; wc -l xx*; tail -n 3 f; tail -c 12 f; head -n -99998 f; head -c 9 f
echo teed | tee t1 t2; cat t1 t2; cmp f g 2>&1; echo $?
yes | head -n 100000 | cksum; tail -n +99999 f
