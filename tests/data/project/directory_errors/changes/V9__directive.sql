-- vesto: trasaction=none
-- vesto: only-on=porstgres, requires=V99, timeout=soon
select 1;
