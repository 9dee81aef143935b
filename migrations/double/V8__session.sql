-- Functions about sessions, users and conditions.

-- https://docs.aws.amazon.com/redshift/latest/dg/PG_LAST_COPY_ID.html and its neighbours. -1 before the first.
create or replace function pg_double.session_number(name text, otherwise bigint) returns bigint
language sql stable
as $$ select coalesce(nullif(current_setting('pg_double.' || name, true), '')::bigint, otherwise) $$;
create or replace function pg_catalog.pg_last_copy_id() returns integer
language sql stable return pg_double.session_number('last_copy_id', -1)::integer;
create or replace function pg_catalog.pg_last_copy_count() returns bigint
language sql stable return pg_double.session_number('last_copy_count', 0);
create or replace function pg_catalog.pg_last_unload_id() returns integer
language sql stable return pg_double.session_number('last_unload_id', -1)::integer;
create or replace function pg_catalog.pg_last_unload_count() returns bigint
language sql stable return pg_double.session_number('last_unload_count', 0);
-- Only COPY and UNLOAD have numbers here.
create or replace function pg_catalog.pg_last_query_id() returns integer
language sql stable return greatest(pg_catalog.pg_last_copy_id(), pg_catalog.pg_last_unload_id());

create or replace function pg_catalog.last_user_query_id() returns bigint
language sql stable return pg_catalog.pg_last_query_id()::bigint;

-- The words of https://docs.aws.amazon.com/redshift/latest/dg/r_VERSION.html, so that clients know what they speak to,
-- with the name of what answers.
create or replace function pg_catalog.redshift_version() returns text
language sql stable
return 'PostgreSQL 8.0.2 on x86_64, compiled by the double of vesto, Redshift 1.0 (' || version() || ')';

-- NVL2: https://docs.aws.amazon.com/redshift/latest/dg/r_NVL2.html
create or replace function pg_catalog.nvl2(condition anyelement, one anycompatible, other anycompatible)
returns anycompatible
language sql immutable parallel safe
as $$ select case when condition is not null then one else other end $$;
create or replace function pg_catalog.nvl(one anycompatible, other anycompatible) returns anycompatible
language sql immutable parallel safe
as $$ select coalesce(one, other) $$;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_user_is_member_of.html: users are members of roles, PostgreSQL's are
-- both.
create or replace function pg_catalog.user_is_member_of(member text, role text) returns boolean
language sql stable
as $$ select pg_has_role(member, role, 'member') $$;
create or replace function pg_catalog.role_is_member_of(member text, role text) returns boolean
language sql stable
as $$ select pg_has_role(member, role, 'member') $$;
-- All may use each role before somebody takes that away, which does nothing here:
-- https://docs.aws.amazon.com/redshift/latest/dg/r_GRANT-usage-notes.html
create or replace function pg_catalog.has_assumerole_privilege(member text, role text, command text) returns boolean
language sql volatile return true;
create or replace function pg_catalog.has_assumerole_privilege(role text, command text) returns boolean
language sql volatile return true;

-- One slice, number 0.
create or replace function pg_catalog.slice_num() returns integer language sql stable return 0;

-- There are no queues here, so a priority changes nothing, and a notice says so:
-- https://docs.aws.amazon.com/redshift/latest/dg/r_CHANGE_QUERY_PRIORITY.html and its neighbours.
create or replace function pg_double.priority(priority text, variadic more text[]) returns text
language plpgsql volatile
as $$
begin
    if lower(priority) <> all (array['highest', 'high', 'normal', 'low', 'lowest'] || more) then
        raise exception 'invalid priority "%"', priority using errcode = '22023';
    end if;
    raise notice 'there are no queues on the local target: the priority changes nothing';
    return lower(priority);
end $$;
create or replace function pg_catalog.change_query_priority(query integer, priority text) returns text
language sql volatile
return 'Succeeded to change query priority. Priority changed from Normal to '
    || initcap(pg_double.priority(priority, 'critical')) || '.';
create or replace function pg_catalog.change_session_priority(process integer, priority text) returns text
language sql volatile
return format('Succeeded to change session priority. Changed session (pid:%s) priority to %s.', process,
    pg_double.priority(priority, 'critical'));
create or replace function pg_catalog.change_user_priority(member text, priority text) returns text
language sql volatile
as $$
    select case pg_double.priority(priority, 'reset')
        when 'reset' then format('Succeeded to reset priority for user (%s).', member)
        else format('Succeeded to change user priority. Changed user (%s) priority to %s.', member, lower(priority)) end
$$;

-- Rights on IAM roles: GRANT ASSUMEROLE has no effect here, so nobody has any, as SVV_IAM_PRIVILEGES says too.
create or replace function pg_catalog.pg_get_iam_role_by_user(member text)
returns table (username text, iam_role text, cmd text)
language sql stable as $$ select null::text, null::text, null::text where false $$;
create or replace function pg_catalog.pg_get_grantee_by_iam_role(role text)
returns table (grantee text, grantee_type text, cmd_type text)
language sql stable as $$ select null::text, null::text, null::text where false $$;
-- No role is the default: https://docs.aws.amazon.com/redshift/latest/dg/r_DEFAULT_IAM_ROLE.html
create or replace function pg_catalog.default_iam_role() returns text
language sql volatile return null::text;

-- https://docs.aws.amazon.com/redshift/latest/dg/PG_GET_SESSION_ROLES.html
create or replace function pg_catalog.pg_get_session_roles()
returns table (name name, roleid integer, externalid text)
language sql stable
as $$ select r.rolname, r.oid::integer, null::text from pg_roles r
    where not r.rolcanlogin and left(r.rolname, 3) <> 'pg_' and pg_has_role(r.oid, 'member') order by 1 $$;

-- Whether a policy of row-level security may be asked after this function, which PostgreSQL calls leakproof.
create or replace function pg_catalog.proc_is_rls_safe(routine oid) returns boolean
language sql stable return (select p.proleakproof from pg_proc p where p.oid = routine);

-- PostgreSQL 8.0's, in which the grantee is a user or a group.
create or replace function pg_catalog.makeaclitem(member oid, "group" oid, grantor oid, privileges text, grantable boolean)
returns aclitem
language sql immutable parallel safe
return makeaclitem(case member when 0 then "group" else member end, grantor, privileges, grantable);

-- Algorithms of Redshift's own that are not published.
create or replace function pg_catalog.checksum(value anyelement) returns integer
language plpgsql volatile
as $$ begin perform pg_double.unsupported('CHECKSUM'); return null; end $$;
create or replace function pg_catalog.farmfingerprint64(text text) returns bigint
language plpgsql volatile
as $$ begin perform pg_double.unsupported('FARMFINGERPRINT64'); return null; end $$;
create or replace function pg_catalog.object_transform(value jsonb, variadic parts text[]) returns super
language plpgsql volatile
as $$ begin perform pg_double.unsupported('OBJECT_TRANSFORM'); return null; end $$;

-- Functions of the leader node.
create or replace function pg_catalog.dexp(number double precision) returns double precision
language sql immutable parallel safe return exp(number);
create or replace function pg_catalog.dlog1(number double precision) returns double precision
language sql immutable parallel safe return ln(number);
create or replace function pg_catalog.dlog10(number double precision) returns double precision
language sql immutable parallel safe return log(number);

-- No cluster has the number of this one: https://docs.aws.amazon.com/redshift/latest/dg/r_CURRENT_NAMESPACE.html
create or replace function pg_double.current_namespace() returns text
language sql stable
return (select md5('vesto double ' || c.system_identifier::text)::uuid::text from pg_control_system() c);

-- There is none: https://docs.aws.amazon.com/redshift/latest/dg/r_CURRENT_AWS_ACCOUNT.html
create or replace function pg_double.current_aws_account() returns bigint
language sql stable return null::bigint;
