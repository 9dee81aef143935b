-- Views WITH NO SCHEMA BINDING: https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_VIEW.html. They are made whether
-- their tables are there or not, they keep no table from being dropped, and they are checked when they are used.
--
-- PostgreSQL has no such views. As long as all is there that one needs, it is an ordinary view; while something is missing
-- it fails with PostgreSQL's message about that. Event triggers change the one into the other.

create table if not exists pg_double.late_view (
    relation oid primary key,
    -- What follows the name: `as select ...`.
    definition text not null,
    -- The search path that its names are of.
    path text not null,
    -- What is missing; null for a view that is bound to its tables.
    missing text
);
grant select, insert, update, delete on pg_double.late_view to public;

-- Fails, as a view does that misses something.
create or replace function pg_double.missing_of(relation oid) returns setof boolean
language plpgsql volatile
as $$
begin
    raise exception '%', coalesce((select l.missing from pg_double.late_view l where l.relation = $1), 'view is not bound')
        using errcode = '42P01', detail = format('The view "%s" is WITH NO SCHEMA BINDING.', relation::regclass);
end $$;

-- Gives a view another definition. One with other columns is made anew, with its owner, rights and comment.
create or replace function pg_double.put_view(view regclass, definition text) returns oid
language plpgsql volatile
as $$
declare
    name text := view::text;
    old record;
    allowed record;
    made oid;
begin
    begin
        execute format('create or replace view %s %s', name, definition);
        return view::oid;
    exception when invalid_table_definition then
        null;
    end;
    select pg_get_userbyid(c.relowner) as owner, c.relacl, obj_description(c.oid, 'pg_class') as remark into old
    from pg_class c where c.oid = view;
    execute format('drop view %s', name);
    execute format('create view %s %s', name, definition);
    made := name::regclass;
    execute format('alter view %s owner to %I', name, old.owner);
    for allowed in select a.*, r.rolname from aclexplode(old.relacl) a left join pg_roles r on r.oid = a.grantee
    loop
        execute format('grant %s on %s to %s%s', allowed.privilege_type, name, coalesce(quote_ident(allowed.rolname), 'public'),
            case when allowed.is_grantable and allowed.grantee <> 0 then ' with grant option' else '' end);
    end loop;
    if old.remark is not null then
        execute format('comment on view %s is %L', name, old.remark);
    end if;
    update pg_double.late_view l set relation = made where l.relation = view;
    update pg_double.design d set relation = made where d.relation = view;
    return made;
end $$;

-- The definition of a view that misses something, with the columns that it has.
create or replace function pg_double.stand_in(view oid) returns text
language sql stable
as $$
    select 'as select ' || string_agg(format('null::%s%s as %I', format_type(a.atttypid, a.atttypmod),
        case when a.attcollation <> 0 then ' collate ' || a.attcollation::regcollation::text else '' end, a.attname), ', '
        order by a.attnum) || format(' from pg_double.missing_of(%s)', view)
    from pg_attribute a where a.attrelid = view and a.attnum > 0 and not a.attisdropped
$$;

create or replace procedure pg_catalog.redshift_create_late_view(name text, columns text[], definition text,
    or_replace boolean)
language plpgsql
as $$
declare
    old regclass := (select l.relation from pg_double.late_view l where or_replace and l.relation = to_regclass(name));
    view oid;
    why text;
begin
    perform set_config('pg_double.binding', 'on', true);
    begin
        if old is not null then
            view := pg_double.put_view(old, definition);
        else
            execute format('create %sview %s %s', case when or_replace then 'or replace ' else '' end, name, definition);
            view := name::regclass;
        end if;
    exception when undefined_table or undefined_column or undefined_function or undefined_object or invalid_schema_name then
        why := sqlerrm;
        if old is not null then
            view := old;
        else
            -- What types the columns will have is not known yet.
            execute format('create %sview %s as select %s', case when or_replace then 'or replace ' else '' end, name,
                (select string_agg(format('null::text as %I', c), ', ') from unnest(columns) c));
            view := name::regclass;
        end if;
        view := pg_double.put_view(view, pg_double.stand_in(view));
    end;
    insert into pg_double.late_view values (view, definition, current_setting('search_path'), why)
    on conflict (relation) do update
    set definition = excluded.definition, path = excluded.path, missing = excluded.missing;
    perform set_config('pg_double.binding', 'off', true);
end $$;

-- The names in a statement, and some words more.
create or replace function pg_double.names_in(statement text) returns text[]
language sql immutable
as $$
    select array(
        select lower(coalesce(replace(m[1], '""', '"'), m[2]))
        from regexp_matches(statement, '"((?:[^"]|"")+)"|([A-Za-z0-9_$\u0080-\U0010ffff]+)', 'g') m)
$$;

-- The bound views that need something of one of these names, directly or through other views: tables, views and functions,
-- or for `schemas` what lies in schemas of these names.
create or replace function pg_double.late_views_over(names text[], schemas boolean) returns setof oid
language sql stable
as $$
    with recursive needed (view, class, object) as (
        select l.relation, 'pg_class'::regclass::oid, l.relation from pg_double.late_view l where l.missing is null
        union
        select n.view, d.refclassid, d.refobjid from needed n
        join pg_rewrite r on r.ev_class = n.object
        join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refobjid <> n.object
        where n.class = 'pg_class'::regclass and d.refclassid in ('pg_class'::regclass, 'pg_proc'::regclass)
    )
    select distinct n.view from needed n
    left join pg_class c on n.class = 'pg_class'::regclass and c.oid = n.object
    left join pg_proc p on n.class = 'pg_proc'::regclass and p.oid = n.object
    left join pg_namespace s on s.oid = coalesce(c.relnamespace, p.pronamespace)
    where n.object <> n.view
        and lower(case when schemas then s.nspname else coalesce(c.relname, p.proname) end::text) = any (names)
    order by 1
$$;

-- Before something is dropped: no view without schema binding over it is in the way. Others are left alone, since to change
-- a view waits for all who read it. A drop inside of a routine does not show its names: there it is all views.
create or replace function pg_double.release_late_views() returns event_trigger
language plpgsql security definer set search_path = pg_catalog
as $$
declare
    callers text;
    bound oid;
begin
    if current_setting('pg_double.binding', true) = 'on' then
        return;
    end if;
    get diagnostics callers = pg_context;
    for bound in select l.relation from pg_double.late_view l
        where l.missing is null and (callers like E'%\n%' or current_query() ~* 'u&"'
            or l.relation in (select pg_double.late_views_over(pg_double.names_in(current_query()), tg_tag = 'DROP SCHEMA')))
        order by l.relation
    loop
        perform set_config('pg_double.binding', 'on', true);
        perform pg_double.put_view(bound, pg_double.stand_in(bound));
        update pg_double.late_view l set missing = 'view is not bound' where l.relation = bound;
    end loop;
    perform set_config('pg_double.binding', 'off', true);
end $$;

-- After something was made or dropped: what has all that it needs is a view again.
create or replace function pg_double.bind_late_views() returns event_trigger
language plpgsql security definer set search_path = pg_catalog
as $$
declare
    unbound record;
    bound oid;
begin
    if current_setting('pg_double.binding', true) = 'on' then
        return;
    end if;
    if tg_tag like 'DROP%' then
        delete from pg_double.late_view l where not exists (select from pg_class c where c.oid = l.relation);
    end if;
    for unbound in select l.* from pg_double.late_view l join pg_class c on c.oid = l.relation
        where l.missing is not null order by l.relation
    loop
        perform set_config('pg_double.binding', 'on', true);
        begin
            perform set_config('search_path', unbound.path, true);
            bound := pg_double.put_view(unbound.relation, unbound.definition);
            update pg_double.late_view l set missing = null where l.relation = bound;
        exception when others then
            update pg_double.late_view l set missing = sqlerrm where l.relation = unbound.relation;
        end;
    end loop;
    perform set_config('pg_double.binding', 'off', true);
end $$;

do $$
begin
    if exists (select from pg_event_trigger where evtname = 'vesto_double_release') then
        return;
    end if;
    create event trigger vesto_double_release on ddl_command_start
        when tag in ('DROP TABLE', 'DROP VIEW', 'DROP MATERIALIZED VIEW', 'DROP SCHEMA', 'DROP FUNCTION')
        execute function pg_double.release_late_views();
    create event trigger vesto_double_bind on ddl_command_end
        when tag in ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'CREATE VIEW', 'CREATE MATERIALIZED VIEW',
            'CREATE FUNCTION', 'ALTER TABLE', 'ALTER VIEW', 'DROP TABLE', 'DROP VIEW', 'DROP MATERIALIZED VIEW', 'DROP SCHEMA',
            'DROP FUNCTION')
        execute function pg_double.bind_late_views();
    -- So that a dump of the database says nothing of them.
    alter extension plpgsql add event trigger vesto_double_release;
    alter extension plpgsql add event trigger vesto_double_bind;
end $$;
