# file recognises what others made.
echo text > t; printf '#!/bin/sh\n' > s; gzip -n -c t > t.gz; tar --owner=0 --group=0 --mtime=@0 -cf t.tar t; printf '\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\2\10\2\0\0\0' > p.png; printf '{"a": 1}' > j.json; printf 'h\303\251' > u; head -c 9 /dev/zero > z; : > empty; mkdir d; ln -s t l; mkfifo f; printf '\177ELF' > elf
file t s t.gz t.tar p.png j.json u z empty d l f elf nosuch; file -b --mime t t.gz p.png u; file -L -b /bin/sh | cut -d, -f1; strings -n 8 /bin/sh | grep -c . | awk '{ print ($1 > 100) }'
