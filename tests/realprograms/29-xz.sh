# xz round trips at several levels, threads and filters.
seq 1 60000 > f; sha256sum f
for o in -0 -3 -6 '-1e' '-T2 --block-size=100KiB' '--format=lzma' '--check=sha256' '--lzma2=preset=2,lc=4,pb=0' '--riscv --lzma2=preset=1' '--x86 --lzma2=preset=1'; do xz -k -c $o f > g; stat -c %s g; cksum < g; xz -dc < g | sha256sum; done
xz -t g && echo ok; head -c 1000 g > bad; xz -dc bad | wc -c; echo damaged | xz -d; echo $?
xz -kz f; xz --robot -l f.xz; xzcat f.xz | cmp - f && echo same; xzgrep -c 77 f.xz; cksum < /bin/bash > x; xz -1 -c /bin/bash | xz -d | cksum | cmp - x && echo program
