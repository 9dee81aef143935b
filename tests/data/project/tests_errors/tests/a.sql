-- test: nothing expected
select 1;
-- test: wrong word
select 1;
-- expect errors: x
-- test: variable
select ${x};
-- expect: 1
