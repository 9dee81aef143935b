-- vesto: only-on=porstgres, requires=V99
select 1;
