# A sort that spills to files, with threads and compression.
gawk 'BEGIN { x = 42; for (i = 0; i < 60000; i++) { x = (x * 1103515245 + 12345) % 2147483648; print x, i } }' > f
sort f | cksum; sort -n f | cksum; sort -rn -k2 f | cksum
sort -S 100K --parallel=4 --compress-program=gzip f | cksum
sort -s -k1.1,1.2 f | cksum; sort -n f > g; sort -c -n g; echo $?; sort -m -n g g | cksum; sort -R --random-source=/bin/sh f | cksum
