# needs: postgresql
# A database under load is killed; what it had committed is there after the recovery.
bin=$(echo /usr/lib/postgresql/*/bin)
export PGHOST=/tmp PGPORT=7778
chown postgres .
db() { runuser -u postgres -- "$bin/$@"; }
db initdb -D data >/dev/null 2>&1
db pg_ctl -D data -o "-k /tmp -p 7778" -w -l log start >/dev/null
db pgbench -i -q postgres 2>/dev/null >&2
db psql -qc 'create table kept as select generate_series(1, 1000) as n' postgres
db pgbench -T 30 -c 4 postgres >bench 2>&1 &
sleep 3
kill -9 "$(head -n 1 data/postmaster.pid)"
wait
sleep 1
db pg_ctl -D data -o "-k /tmp -p 7778" -w -l log start >/dev/null
db psql -Atc 'select count(*), sum(n) from kept' postgres
db psql -Atc 'select sum(abalance) = (select sum(tbalance) from pgbench_tellers) from pgbench_accounts' postgres
db pg_ctl -D data -m fast stop >/dev/null
grep -c 'automatic recovery in progress' log
