-- A table and an index in memory; scans, groups, a join. Integers only: real sums are left to the compiler's precision.
create table t(a integer primary key, b integer, c text);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 400000)
  insert into t select i, i * 7919 % 100003, 'row ' || (i * 31 % 9973) from n;
create index t_b on t(b);
select count(*), sum(b) from t where c like 'row 1%';
select c, count(*), sum(b) from t group by c order by 3 desc, 1 limit 5;
select sum(x.b * y.a % 17) from t x join t y on x.b = y.b where x.a < 200000;
update t set b = b + 1 where a % 3 = 0;
select count(distinct b), min(c), max(c) from t where b between 1000 and 90000;
