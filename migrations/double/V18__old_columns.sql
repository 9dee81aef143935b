-- What PostgreSQL 8.0 had in its catalogues, and with it Redshift, and PostgreSQL has no longer: clients that read the
-- version of the server ask for it, such as psql for `\d` and `\df`.
create or replace view pg_double.pg_class as
select c.*, i.reldiststyle, i.relcreationtime, false as relhasoids
from pg_catalog.pg_class c join pg_catalog.pg_class_info i on i.reloid = c.oid;
create or replace view pg_double.pg_proc as
select p.*, p.prokind = 'a' as proisagg, p.prokind = 'w' as proiswindow from pg_catalog.pg_proc p;

-- Under the name that a result then has.
create or replace function pg_double.version() returns text
language sql stable return pg_catalog.redshift_version();

grant select on pg_double.pg_proc to public;

-- Groups without PostgreSQL's own roles: https://docs.aws.amazon.com/redshift/latest/dg/r_PG_GROUP.html
create or replace view pg_catalog.pg_group as
select rolname as groname, oid as grosysid,
    array(select member from pg_catalog.pg_auth_members where roleid = a.oid) as grolist
from pg_catalog.pg_authid a where not rolcanlogin and rolname not like 'pg\_%';
