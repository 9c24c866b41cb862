# gzip and bzip2 round trips.
seq 1 80000 > f; sha256sum f
for l in 1 6 9; do gzip -n -$l -c f > g; cksum < g; gzip -dc g | sha256sum; bzip2 -$l -c f > b; cksum < b; bzip2 -dc b | sha256sum; done
gzip -n -k f; gzip -t f.gz && echo ok; zcat f.gz | tail -n 1; zgrep -c 99 f.gz; gzip -l f.gz
bzip2 -k f; bzip2 -tv f.bz2; bzcat f.bz2 | head -n 1; head -c 2000 f.bz2 > t.bz2; bzip2 -dc t.bz2 2>/dev/null | wc -c; head -c 3000 f.gz | gzip -dc 2>&1 | tail -n 1; echo junk | gzip -dc; echo $?
cat f.gz f.gz | gzip -dc | wc -l; bzip2recover f.bz2 2>/dev/null; ls rec* 2>/dev/null | wc -l
