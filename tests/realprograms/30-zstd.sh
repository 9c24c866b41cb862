# zstd round trips at several levels, with a dictionary, long mode and threads.
seq 1 100000 > f; sha256sum f
for o in -1 -3 -9 -15 '--ultra -20' '--fast=5' '--long=24' '-T2 -5' '--no-check'; do zstd -q -c $o f > g; cksum < g; zstd -q -dc g | sha256sum; done
mkdir s; for i in $(seq 200); do echo "{\"id\": $i, \"name\": \"user$i\", \"tags\": [\"a\", \"b$i\"]}" > s/$i; done
zstd -q --train s/* -o dict --maxdict=2000 2>/dev/null; cksum dict; zstd -q -D dict -c s/7 > d7; stat -c %s d7; zstd -q -D dict -dc d7
zstd -q -t g && echo ok; head -c 500 g | zstd -dc >/dev/null 2>&1; echo $?; zstd -q --format=gzip -c f | gzip -dc | cmp - f && echo gzip
