-- test: weight
select 1.5;
-- expect within: 0.1
-- expect cell: 1.45
