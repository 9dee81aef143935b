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
create or replace function pg_catalog.nvl2(condition text, one anycompatible, other anycompatible)
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
create or replace function pg_catalog.has_assumerole_privilege(member text, role text, command text) returns boolean
language plpgsql volatile
as $$ begin return pg_double.unsupported('HAS_ASSUMEROLE_PRIVILEGE'); end $$;
create or replace function pg_catalog.has_assumerole_privilege(role text, command text) returns boolean
language plpgsql volatile
as $$ begin return pg_double.unsupported('HAS_ASSUMEROLE_PRIVILEGE'); end $$;

-- One slice, number 0.
create or replace function pg_catalog.slice_num() returns integer language sql stable return 0;

-- Priorities are the cluster's: https://docs.aws.amazon.com/redshift/latest/dg/r_CHANGE_QUERY_PRIORITY.html
create or replace function pg_catalog.change_query_priority(query integer, priority text) returns text
language plpgsql volatile
as $$ begin perform pg_double.unsupported('CHANGE_QUERY_PRIORITY'); return null; end $$;
create or replace function pg_catalog.change_session_priority(process integer, priority text) returns text
language plpgsql volatile
as $$ begin perform pg_double.unsupported('CHANGE_SESSION_PRIORITY'); return null; end $$;
create or replace function pg_catalog.change_user_priority(member text, priority text) returns text
language plpgsql volatile
as $$ begin perform pg_double.unsupported('CHANGE_USER_PRIORITY'); return null; end $$;
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
