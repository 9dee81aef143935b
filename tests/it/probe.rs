//! What a probe asks, asked of a real PostgreSQL: `not done` before the statement, `done` after it.

use vesto::sql::probe::{Query, Verdict};
use vesto::sql::{Dialect, Probe, parse_script, probe};

use crate::rig::{Rig, Sql};

/// What must be there first, and the statement.
const CASES: &[(&str, &str)] = &[
    ("", "create database extra"),
    ("", "alter database extra rename to \"Large\""),
    ("create role chief", "alter database \"Large\" owner to chief"),
    ("", "drop database if exists \"Large\" with (force)"),
    ("", "create schema s"),
    ("create schema other", "alter schema other rename to n"),
    ("", "alter schema n owner to chief"),
    ("", "create table s.t (id integer, a integer, b text)"),
    ("", "create table S.\"Mixed 'Case'\" as select 1 as a"),
    ("", "create table lonely (a integer)"),
    ("", "select * into s.copied from s.t"),
    ("", "drop table s.copied, lonely cascade"),
    ("", "alter table s.t add column c integer default 7"),
    ("", "alter table s.t rename column c to d"),
    ("", "alter table s.t alter column b set not null, add column e integer"),
    ("", "alter table only s.t drop column if exists e cascade, drop d"),
    ("", "alter table s.t alter column b type numeric(10, 2) using length(b)"),
    ("", "alter table s.t alter b set data type varchar(20) using b::text"),
    ("", "alter table s.t add constraint positive check (a > 0)"),
    ("", "alter table s.t rename constraint positive to above_zero"),
    ("", "alter table s.t drop constraint above_zero"),
    ("", "alter table s.t add primary key (id)"),
    ("", "alter table s.t owner to chief"),
    ("", "alter table s.t rename to u"),
    ("", "alter table s.u set schema n"),
    ("", "create view n.v as select 1 as a"),
    ("", "alter view n.v rename column a to b"),
    ("", "drop view n.v"),
    ("", "create materialized view n.mv as select 1 as a"),
    ("", "drop materialized view if exists n.mv restrict"),
    ("", "create sequence n.q"),
    ("", "alter sequence n.q rename to r"),
    ("", "drop sequence n.r"),
    ("", "create unique index concurrently i on n.u (a)"),
    ("", "alter index n.i rename to j"),
    ("", "create index k on n.u using btree (a)"),
    ("", "drop index concurrently if exists n.j"),
    ("", "create type n.mood as enum ('good', 'it''s')"),
    ("", "alter type n.mood add value 'Bad' before 'good'"),
    ("", "alter type n.mood rename value 'Bad' to 'worse'"),
    ("create type n.pair as (a integer, b integer)", "alter type n.pair add attribute c text"),
    ("", "alter type n.pair rename attribute c to d cascade"),
    ("", "alter type n.pair drop attribute d"),
    ("", "alter type n.pair set schema s"),
    ("", "drop type n.mood"),
    ("", "create domain n.natural as integer"),
    ("", "alter domain n.natural add constraint natural_check check (value > 0)"),
    ("", "alter domain n.natural drop constraint natural_check"),
    ("create function n.f(text) returns text language sql as 'select $1'", FUNCTION),
    ("", "alter function n.f(numeric, character varying) rename to g"),
    ("", "drop function n.g(decimal(3), varchar(2))"),
    ("create domain n.own as text", "create function n.f(a n.own, b int[]) returns int language sql as 'select 1'"),
    ("", "drop function n.f(n.own, int[])"),
    ("", "create procedure n.p(a int, inout b int, out c int) language plpgsql as $$ begin c := a; end $$"),
    ("", "alter procedure n.p(a int, inout b int, out c int) owner to chief"),
    ("", "drop procedure n.p"),
    (TRIGGER_FUNCTION, "create trigger watch before insert or update of a on n.u for each row execute function n.t()"),
    ("", "alter trigger watch on n.u rename to look"),
    ("", "drop trigger look on n.u"),
    ("", "create rule quiet as on delete to n.u do instead nothing"),
    ("", "drop rule quiet on n.u"),
    ("", "create policy own on n.u using (a = 1)"),
    ("", "drop policy own on n.u"),
    ("", "create role staff"),
    ("", "create user \"Bob\" password 'x'"),
    ("", "alter role staff rename to crew"),
    ("", "drop role crew"),
    ("", "create group team"),
    ("", "drop user \"Bob\""),
    ("", "create publication pub for table n.u"),
    ("", "alter publication pub rename to pub2"),
    ("", "drop publication pub2"),
    ("", "create subscription sub connection 'dbname=nowhere' publication p with (connect = false)"),
    ("alter subscription sub set (slot_name = none)", "drop subscription sub"),
    ("", "create extension tablefunc"),
    ("", "create foreign data wrapper fdw"),
    ("", "create server far foreign data wrapper fdw"),
    ("drop server far", "drop foreign data wrapper fdw"),
    ("", "create statistics n.st on id, a from n.u"),
    ("", "create collation n.c (locale = 'C')"),
    ("create table n.parent (a integer) partition by list (a); create table n.child (a integer)", ATTACH),
    ("", "alter table n.parent detach partition n.child concurrently"),
    ("insert into n.child values (1), (2)", "truncate table n.child"),
    ("insert into n.child values (1), (2)", "truncate n.child continue identity restrict"),
    ("", "drop table if exists n.child"),
    ("", "drop schema n cascade"),
];

const FUNCTION: &str =
    "create function n.f(a numeric(10,2), b varchar default 'x') returns int language sql as 'select 1'";
const TRIGGER_FUNCTION: &str = "create function n.t() returns trigger language plpgsql as $$ begin return new; end $$";
const ATTACH: &str = "alter table n.parent attach partition n.child for values in (1, 2)";

pub(crate) fn query(sql: &str) -> Query {
    let statements = parse_script(sql, Dialect::Postgres).expect("a statement");
    match probe(&statements[0], sql, Dialect::Postgres, Dialect::Postgres) {
        Probe::Query(query) => query,
        other => panic!("{sql}: {other:?}"),
    }
}

/// A server with a database for probes.
pub(crate) fn server() -> Option<(Rig, Sql)> {
    let rig = Rig::new()?;
    rig.session("postgres").ask("create database probe");
    let session = rig.session("probe");
    Some((rig, session))
}

#[test]
fn a_probe_sees_each_statement_that_is_carried_out() {
    let Some((_rig, mut session)) = server() else { return };
    for (setup, statement) in CASES {
        session.ask(setup);
        let query = query(statement);
        let before = session.ask(&query.sql);
        assert_eq!(
            query.verdict(Some(&before), Some(&session.ask(&query.sql))),
            Verdict::NotDone,
            "{statement}: {query:?}"
        );
        session.ask(statement);
        let after = session.ask(&query.sql);
        assert_eq!(query.verdict(Some(&before), Some(&after)), Verdict::Done, "{statement}: {query:?}");
    }
}

/// Redshift's catalogue has the columns that PostgreSQL 8.0 had, and PostgreSQL has them still.
#[test]
fn what_redshift_is_asked_is_sql_that_postgresql_understands() {
    let Some((_rig, mut session)) = server() else { return };
    let of_redshift = ["svv_", "reldiststyle", "attsortkeyord", "format_encoding"];
    let mut asked = 0;
    for (setup, statement) in CASES {
        session.ask(setup);
        let statements = parse_script(statement, Dialect::Redshift).expect("a statement");
        let query = match probe(&statements[0], statement, Dialect::Redshift, Dialect::Redshift) {
            Probe::Query(query) if !of_redshift.iter().any(|word| query.sql.contains(word)) => Some(query),
            _ => None,
        };
        let query = query.filter(|_| !statement.starts_with("truncate"));
        let before = query.as_ref().map(|query| session.ask(&query.sql));
        session.ask(statement);
        if let (Some(query), Some(before)) = (query, before) {
            asked += 1;
            let after = session.ask(&query.sql);
            assert_eq!(query.verdict(Some(&before), Some(&after)), Verdict::Done, "{statement}: {before}, {query:?}");
        }
    }
    assert!(asked > 30, "only {asked} statements were asked about");
}

#[test]
fn an_index_that_could_not_be_built_is_cleared_away() {
    let Some((_rig, mut session)) = server() else { return };
    session.ask("create schema s; create table s.t (a integer); insert into s.t values (1), (1)");
    let statement = "create unique index concurrently \"I\" on s.t (a)";
    let made = query(statement);
    let before = session.ask(&made.sql);
    assert!(before.starts_with("not done "), "{before}");
    session.try_ask(statement).expect_err("the rows are not unique");
    let after = session.ask(&made.sql);
    assert_eq!(made.verdict(Some(&before), Some(&after)), Verdict::Broken);
    assert_eq!(made.clear, ["drop index concurrently if exists \"s\".\"I\""]);
    session.ask(&made.clear[0]);
    assert_eq!(session.ask(&made.sql), before);
    session.ask("delete from s.t");
    session.ask(statement);
    assert_eq!(made.verdict(Some(&before), Some(&session.ask(&made.sql))), Verdict::Done);

    // The one that would skip what is there must not be taken for done.
    session.ask("drop index s.\"I\"; insert into s.t values (1), (1)");
    session.try_ask(statement).expect_err("the rows are not unique");
    let kept = query("create unique index concurrently if not exists \"I\" on s.t (a)");
    let broken = session.ask(&kept.sql);
    assert!(broken.starts_with("broken "), "{broken}");
    assert_eq!(kept.verdict(Some(&broken), Some(&broken)), Verdict::Unknown);
}

#[test]
fn an_index_that_could_not_be_built_anew_leaves_one_beside_it() {
    let Some((_rig, mut session)) = server() else { return };
    session.ask("create schema s; create table s.t (a integer); create unique index i on s.t (a)");
    let one = query("reindex index concurrently s.i");
    let all = query("reindex (verbose) table concurrently s.t");
    for query in [&one, &all] {
        assert_eq!(session.ask(&query.sql), "not done");
    }
    // What a killed server leaves is made by hand.
    session.ask("create unique index i_ccnew on s.t (a)");
    assert_eq!(session.ask(&one.sql), "unknown", "a valid index is somebody's own");
    session.ask("update pg_index set indisvalid = false where indexrelid = 's.i_ccnew'::regclass");
    for query in [&one, &all] {
        assert_eq!(session.ask(&query.sql), "broken");
    }
    assert!(all.clear.is_empty());
    for clear in &one.clear {
        session.ask(clear);
    }
    assert_eq!(session.ask(&one.sql), "not done");
    assert_eq!(session.ask("select count(*) from pg_class where relname = 'i'"), "1");
}

#[test]
fn a_partition_that_is_half_detached_is_detached_to_the_end() {
    let Some((_rig, mut session)) = server() else { return };
    session.ask("create schema s; create table s.p (a integer) partition by list (a)");
    session.ask("create table s.c partition of s.p for values in (1)");
    let detach = query("alter table s.p detach partition s.c concurrently");
    let before = session.ask(&detach.sql);
    // What a killed server leaves is made by hand.
    session.ask("update pg_inherits set inhdetachpending = true where inhrelid = 's.c'::regclass");
    assert_eq!(detach.verdict(Some(&before), Some(&session.ask(&detach.sql))), Verdict::Broken);
    session.ask(&detach.clear[0]);
    assert_eq!(detach.verdict(Some(&before), Some(&session.ask(&detach.sql))), Verdict::Done);
}

#[test]
fn an_appended_table_is_empty() {
    let Some((_rig, mut session)) = server() else { return };
    session.ask("create schema s; create table s.u (a integer); insert into s.u values (1), (2)");
    let append = query("alter table s.t append from s.u");
    let before = session.ask(&append.sql);
    assert_eq!(append.verdict(Some(&before), Some(&before)), Verdict::NotDone);
    session.ask("insert into s.u values (3)");
    assert_eq!(append.verdict(Some(&before), Some(&session.ask(&append.sql))), Verdict::Unknown);
    session.ask("delete from s.u");
    assert_eq!(append.verdict(Some(&before), Some(&session.ask(&append.sql))), Verdict::Done);
}

#[test]
fn what_was_made_anew_is_not_dropped_again() {
    let Some((_rig, mut session)) = server() else { return };
    session.ask("create schema s; create table s.t (a integer)");
    let drop = query("drop table s.t");
    let before = session.ask(&drop.sql);
    session.ask("drop table s.t; create table s.t (a integer)");
    assert_eq!(drop.verdict(Some(&before), Some(&session.ask(&drop.sql))), Verdict::Unknown);

    let column = query("alter table s.t drop column a");
    let before = session.ask(&column.sql);
    session.ask("alter table s.t drop column a; alter table s.t add column a integer");
    assert_eq!(column.verdict(Some(&before), Some(&session.ask(&column.sql))), Verdict::Unknown);

    // Filled again after the truncate: another file.
    let truncate = query("truncate s.t");
    session.ask("insert into s.t values (1)");
    let before = session.ask(&truncate.sql);
    assert_eq!(truncate.verdict(Some(&before), Some(&before)), Verdict::NotDone);
    session.ask("truncate s.t");
    session.ask("insert into s.t values (2)");
    assert_eq!(truncate.verdict(Some(&before), Some(&session.ask(&truncate.sql))), Verdict::Unknown);
}

#[test]
fn a_name_without_a_schema_must_be_the_only_one() {
    let Some((_rig, mut session)) = server() else { return };
    let drop = query("drop table t");
    assert_eq!(session.ask(&drop.sql), "done");
    session.ask("create schema a; create schema b; create table a.t (x integer)");
    assert!(session.ask(&drop.sql).starts_with("not done "));
    session.ask("create table b.t (x integer)");
    assert_eq!(session.ask(&drop.sql), "unknown");
    session.ask("drop table b.t; create temp table t (x integer)");
    assert_eq!(session.ask(&drop.sql), "unknown", "a temporary table would be dropped in place of the other");
    // Nothing is known of a table that is not there.
    assert_eq!(session.ask(&query("alter table a.none add column x integer").sql), "unknown");
    assert_eq!(session.ask(&query("alter table a.none rename to other").sql), "unknown");
    assert_eq!(session.ask(&query("alter table a.none owner to postgres").sql), "unknown");
}

/// Each of them twice, without an error.
const REPEATABLE: &[&str] = &[
    "create table if not exists s.t (a integer, b text)",
    "create schema if not exists s",
    "create or replace view s.v as select a from s.t",
    "create or replace function s.f() returns int language sql as 'select 1'",
    "create index if not exists i on s.t (a)",
    "create temp table if not exists w (a integer)",
    "alter table s.t add column if not exists c integer",
    "alter table s.t alter column a set not null, alter column a set default 5",
    "alter table s.t alter column a drop not null",
    "alter table s.t alter a drop default",
    "alter table s.t alter column b type varchar(30)",
    "alter table s.t set (fillfactor = 70), set unlogged",
    "alter table s.t enable row level security",
    "comment on table s.t is 'x'",
    "comment on column s.t.a is null",
    "grant select on s.t to public",
    "revoke select on s.t from public",
    "alter role postgres valid until 'infinity'",
    "alter system set work_mem = '5MB'",
    "alter database probe connection limit 50",
    "alter default privileges in schema s grant select on tables to public",
    "vacuum full s.t",
    "analyze s.t",
    "cluster s.t using i",
    "reindex table s.t",
    "checkpoint",
    "lock table s.t",
    "select count(*), max(a) from s.t where a in (1, 2)",
    "explain analyze select lower(b) from s.t",
];

#[test]
fn what_is_called_repeatable_can_be_repeated() {
    let Some((_rig, mut session)) = server() else { return };
    session.ask("create schema s; create table s.t (a integer, b text)");
    let superuser = session.ask("select current_user");
    for statement in REPEATABLE {
        let statement = statement.replace("role postgres", &format!("role \"{superuser}\""));
        let statements = parse_script(&statement, Dialect::Postgres).expect("a statement");
        let found = probe(&statements[0], &statement, Dialect::Postgres, Dialect::Postgres);
        assert_eq!(found, Probe::Repeatable, "{statement}");
        let inside = statement.starts_with("lock");
        for _ in 0..2 {
            session.ask(&if inside { format!("begin; {statement}; commit") } else { statement.clone() });
        }
    }
}
