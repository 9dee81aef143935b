\echo it's here
select 1;
