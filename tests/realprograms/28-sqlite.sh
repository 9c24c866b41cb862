# SQLite: tables, indexes, joins, windows, recursive queries, transactions, dumps, integrity.
sqlite3 db <<'END'
create table a(id integer primary key, name text, v real); create index i on a(name);
with recursive c(x) as (select 1 union all select x + 1 from c where x < 5000) insert into a select x, 'n' || (x % 37), x / 7.0 from c;
select count(*), sum(id), round(avg(v), 5), min(name), max(name) from a;
select name, count(*), round(sum(v), 3) from a group by name order by 3 desc limit 3;
select id, row_number() over (partition by name order by v desc) r from a where id < 80 order by r desc, id limit 4;
begin; update a set v = v * 2 where id % 2 = 0; delete from a where id > 4000; rollback; select count(*), round(sum(v), 4) from a;
begin; delete from a where name = 'n5'; commit; select changes(), total(v) > 0 from a limit 1; explain query plan select * from a where name = 'n3';
select json_extract('{"a": [1, 2, {"b": 3}]}', '$.a[2].b'), printf('%.3f %05d', 3.14159, 42), hex(zeroblob(2)), typeof(1.0), 1 / 3.0, upper('abc') || length('é');
select datetime(0, 'unixepoch'), date('2024-02-29', '+1 year'), strftime('%j', '2024-12-31'), julianday('2000-01-01');
create virtual table f using fts5(body); insert into f values('the quick brown fox'), ('lazy dogs sleep'); select body from f where f match 'quick OR dogs' order by rank, body;
pragma integrity_check; vacuum; pragma page_count;
select nosuch from a;
END
echo $?; sqlite3 db .dump | sha256sum; sqlite3 -header -csv db 'select * from a where id in (1, 2, 3)'; sqlite3 db 'pragma journal_mode = wal; insert into a values(99999, null, 1e300); select * from a where id = 99999'
