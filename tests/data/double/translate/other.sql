vacuum full orders to 99 percent boost;
analyze compression orders;
analyze orders predicate columns;
set query_group to 'etl';
unload ('select 1') to 's3://b/k' iam_role default;
create external schema s from data catalog database 'd' iam_role default;
copy t from 's3://b/k' iam_role default;
truncate t;
grant select on t to group readers;
