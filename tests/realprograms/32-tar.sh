# tar: create, list, extract, append, incremental, compressors, sparse and special files.
mkdir -p d/e; seq 1000 > d/a; head -c 300000 /dev/zero > d/z; ln -s a d/s; ln d/a d/h; mkfifo d/p; truncate -s 5M d/sparse; name=$(printf '%0150d' 7); echo long > "d/e/$name"
find d -exec touch -h -d '2020-01-01 UTC' {} +; chmod 640 d/a
T="tar --sort=name --owner=root --group=root --numeric-owner"
for f in gnu ustar pax v7; do $T --format=$f -cf t.$f d 2>&1 | head -n 2; sha256sum < t.$f; done | sed 's/ATIME//' | head -n 3
tar -tvf t.gnu | sed 's/\(.\{90\}\).*/\1/'; mkdir x; tar -C x -xf t.gnu; diff -r --no-dereference d/e x/d/e && echo same; stat -c '%n %a %s %Y' x/d/a x/d/z; test -p x/d/p && echo fifo
for c in z j J --zstd; do $T -c${c#-}f t.c d 2>/dev/null || $T $c -cf t.c d; tar -xOf t.c d/a | cksum; done
$T -Scf t.sp d/sparse; stat -c %s t.sp; tar -xf t.sp -C x; stat -c %s x/d/sparse; tar -rf t.gnu d/a; tar -tf t.gnu | wc -l; tar --delete -f t.gnu d/z; tar -tf t.gnu | wc -l; tar -df t.gnu; echo $?; head -c 10000 t.pax | tar -tf - 2>&1 | tail -n 1; tar -cf - d | tar -xf - -C x && echo piped
