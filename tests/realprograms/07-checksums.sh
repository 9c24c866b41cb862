# Every checksum of coreutils over a megabyte.
seq 1 150000 > f
for s in cksum sum md5sum sha1sum sha224sum sha256sum sha384sum sha512sum b2sum; do $s f; done
cksum -a crc32b f; cksum -a sm3 f
sha256sum f > sums; sha256sum -c sums; echo x >> f; sha256sum -c sums; echo $?
base64 < /dev/null; head -c 100 f | base64 | base64 -d | cmp - /dev/null; echo $?
head -c 64 f | base32; head -c 16 f | basenc --z85
