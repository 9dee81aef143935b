-- vesto: timeout=1s
select 1;
