-- Who may read the catalogues.

-- All can read the catalogues, as all can read the server's own; and, as of those, a dump of the database says nothing of
-- it.
create or replace procedure pg_double.show_catalogues_to_all()
language plpgsql
as $$
declare
    relation regclass;
begin
    for relation in select c.oid from pg_class c
        where c.relnamespace = 'pg_catalog'::regnamespace and c.relkind = 'v' and c.oid >= 16384
    loop
        execute format('grant select on %s to public', relation);
        delete from pg_init_privs p where p.objoid = relation and p.classoid = 'pg_class'::regclass;
        insert into pg_init_privs
        select relation, 'pg_class'::regclass, 0, 'i', c.relacl from pg_class c where c.oid = relation;
    end loop;
end $$;
call pg_double.show_catalogues_to_all();
