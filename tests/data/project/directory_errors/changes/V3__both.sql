select 4;
-- vesto: rollback
select 5;
