# Dates and times in several zones.
date -u -d @0; date -u -d '2024-02-29 12:34:56 + 1 year' +%FT%T; date -u -d @1700000000 '+%A %d %B %Y %j %U %s'
TZ=EST5EDT,M3.2.0,M11.1.0 date -d @1700000000 '+%F %T %Z'
date -u -d 'last friday 2024-03-01' +%F 2>&1; date -u -d 'nonsense' 2>&1; echo $?
date -u -d 2024-12-30 +%G-W%V-%u
touch -d '2001-02-03 04:05:06.789 UTC' f; stat -c '%y %Y' f; date -u -r f +%FT%T.%N
cal 2>/dev/null || echo no cal
