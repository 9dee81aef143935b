-- vesto: requires=V11
select 1;
