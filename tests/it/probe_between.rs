//! What others do between the two askings of a probe, on a real PostgreSQL: none of it may look like the statement.

use vesto::sql::probe::Verdict;
use vesto::sql::{Dialect, Probe, parse_script, probe};

use crate::probe::{query, server};
use crate::rig::Sql;

/// What is there first, a statement that is never carried out, and what somebody else does, so that it could be taken for
/// carried out. The search path is `a`.
const NOT_CARRIED_OUT: &[(&str, &str, &str)] = &[
    // In another schema.
    ("", "create table t (x int)", "create table b.t (x int)"),
    ("", "create table t as select 1 as x", "create table b.t (x int)"),
    ("", "select 1 as x into t", "create table b.t (x int)"),
    ("", "create view t as select 1 as x", "create view b.t as select 1 as x"),
    ("", "create materialized view t as select 1 as x", "create materialized view b.t as select 1 as x"),
    ("", "create sequence q", "create sequence b.q"),
    ("", "create type mood as enum ('x')", "create type b.mood as enum ('x')"),
    ("", "create domain d as int", "create domain b.d as int"),
    ("", "create collation c (locale = 'C')", "create collation b.c (locale = 'C')"),
    (
        "create table a.t (x int, y int); create table b.t (x int, y int)",
        "create statistics s on x, y from t",
        "create statistics b.s on x, y from b.t",
    ),
    (
        "",
        "create function f(x int) returns int language sql as 'select 1'",
        "create function b.f(x int) returns int language sql as 'select 1'",
    ),
    ("", "create procedure p() language sql as 'select 1'", "create procedure b.p() language sql as 'select 1'"),
    ("create table a.t (x int); create table b.u (x int)", "create index i on t (x)", "create index i on b.u (x)"),
    (
        "create table a.t (x int); create table b.u (x int)",
        "create index concurrently i on t (x)",
        "create index i on b.u (x)",
    ),
    (
        "create table a.t (x int); create table b.t (x int)",
        "create index concurrently if not exists i on t (x)",
        "create index i on b.t (x)",
    ),
    // In a schema that was made anew.
    ("", "create table a.t (x int)", "drop schema a cascade; create schema a; create table a.t (x int)"),
    // Another sort of object under the name.
    ("", "create table a.t (x int)", "create view a.t as select 1 as x"),
    ("", "create view a.t as select 1 as x", "create table a.t (x int)"),
    ("", "create sequence a.t", "create table a.t (x int)"),
    ("", "create type a.t as (x int)", "create table a.t (x int)"),
    ("", "create domain a.d as int", "create type a.d as enum ('x')"),
    ("", "create type a.d as enum ('x')", "create domain a.d as int"),
    (
        "",
        "create function a.f(x int) returns int language sql as 'select 1'",
        "create procedure a.f(x int) language sql as 'select 1'",
    ),
    // An object that was made anew.
    ("create table a.t (x int)", "alter table a.t rename to u", "drop table a.t; create table a.u (x int)"),
    ("create table a.t (x int)", "alter table t rename to u", "drop table a.t; create table b.u (x int)"),
    ("create table a.t (x int)", "alter table a.t set schema b", "drop table a.t; create table b.t (x int)"),
    (
        "create function a.f() returns int language sql as 'select 1'",
        "alter function a.f() rename to g",
        "drop function a.f; create function a.g() returns int language sql as 'select 2'",
    ),
    ("create table a.t (x int)", "alter table a.t rename x to y", "drop table a.t; create table a.t (y int)"),
    ("create table a.t (x int)", "alter table a.t rename x to y", "alter table a.t drop x, add y int"),
    ("create table a.t (x int)", "alter table a.t add y int", "drop table a.t; create table a.t (x int, y int)"),
    ("create table a.t (x int)", "alter table a.t drop x", "drop table a.t; create table a.t (y int)"),
    (
        "create table a.t (x int)",
        "alter table a.t add primary key (x)",
        "drop table a.t; create table a.t (x int primary key)",
    ),
    (
        "create table a.t (x int)",
        "alter table a.t add constraint c check (x > 0)",
        "drop table a.t; create table a.t (x int constraint c check (x > 0))",
    ),
    (
        "create table a.t (x int constraint c check (x > 0))",
        "alter table a.t rename constraint c to d",
        "alter table a.t drop constraint c, add constraint d check (x > 0)",
    ),
    (
        "create table a.t (x int constraint c check (x > 0))",
        "alter table a.t drop constraint c",
        "drop table a.t; create table a.t (x int)",
    ),
    (
        "create table a.t (x int)",
        "alter table a.t alter x type text using x::text",
        "drop table a.t; create table a.t (x text)",
    ),
    (
        "create table a.t (x int)",
        "create index i on a.t (x)",
        "drop table a.t; create table a.t (x int); create index i on a.t (x)",
    ),
    (
        "create table a.t (x int)",
        "create policy o on a.t",
        "drop table a.t; create table a.t (x int); create policy o on a.t",
    ),
    (
        "create type a.m as enum ('x')",
        "alter type a.m add value 'y'",
        "drop type a.m; create type a.m as enum ('x', 'y')",
    ),
    (
        "create type a.m as enum ('x')",
        "alter type a.m rename value 'x' to 'y'",
        "drop type a.m; create type a.m as enum ('y')",
    ),
    (
        "create table a.p (x int) partition by list (x); create table a.c (x int)",
        "alter table a.p attach partition a.c for values in (1)",
        "drop table a.c; create table a.c partition of a.p for values in (1)",
    ),
    (
        "create table a.p (x int) partition by list (x); create table a.c partition of a.p for values in (1)",
        "alter table a.p detach partition a.c",
        "drop table a.c; create table a.c (x int)",
    ),
    // Emptied, and no more than that.
    (
        "create table a.t (x serial); insert into a.t values (default)",
        "truncate a.t restart identity",
        "delete from a.t",
    ),
    ("create table a.t (x int); insert into a.t values (1)", "truncate a.t cascade", "delete from a.t"),
];

/// What is there first, a statement that is carried out, and what somebody else does after it, so that it could be taken
/// for not carried out and be sent again.
const CARRIED_OUT: &[(&str, &str, &str)] = &[
    ("create table a.t (x int)", "alter table a.t rename to u", "drop table a.u; create table a.t (x int)"),
    ("create table a.t (x int)", "alter table a.t set schema b", "drop table b.t; create table a.t (x int)"),
    ("create table a.t (x int)", "alter table a.t rename x to y", "alter table a.t drop y, add x int"),
    ("create table a.t (x int)", "alter table a.t add y int", "drop table a.t; create table a.t (x int)"),
    ("create table a.t (x int)", "alter table a.t drop x", "drop table a.t; create table a.t (x int)"),
    ("create table a.t (x int)", "alter table a.t add primary key (x)", "drop table a.t; create table a.t (x int)"),
    ("create table a.t (x int)", "alter table a.t owner to other", "drop table a.t; create table a.t (x int)"),
    (
        "create table a.t (x int)",
        "alter table a.t alter x type text using x::text",
        "drop table a.t; create table a.t (x int)",
    ),
    ("create table a.t (x int)", "create index i on a.t (x)", "drop table a.t; create table a.t (x int)"),
    ("create table a.t (x int)", "create index concurrently i on t (x)", "drop table a.t; create table a.t (x int)"),
    ("create table a.t (x int)", "create policy o on a.t", "drop table a.t; create table a.t (x int)"),
    (
        "create type a.m as enum ('x')",
        "alter type a.m rename value 'x' to 'y'",
        "drop type a.m; create type a.m as enum ('x')",
    ),
    (
        "create table a.p (x int) partition by list (x); create table a.c (x int)",
        "alter table a.p attach partition a.c for values in (1)",
        "drop table a.c; create table a.c (x int)",
    ),
];

fn fresh(session: &mut Sql, setup: &str) {
    session.ask("drop schema if exists a, b cascade; create schema a; create schema b; set search_path = a");
    session.ask(setup);
}

#[test]
fn what_somebody_else_did_is_not_taken_for_the_statement() {
    let Some((rig, mut session)) = server() else { return };
    let mut other = rig.session("probe");
    let mut wrong = Vec::new();
    for (setup, statement, between) in NOT_CARRIED_OUT {
        fresh(&mut session, setup);
        let query = query(statement);
        let before = session.ask(&query.sql);
        other.ask(between);
        let verdict = query.verdict(Some(&before), Some(&session.ask(&query.sql)));
        if verdict != Verdict::Unknown {
            wrong.push(format!("{statement} / {between}: {verdict:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_somebody_else_undid_is_not_done_again() {
    let Some((rig, mut session)) = server() else { return };
    session.ask("create role other");
    let mut other = rig.session("probe");
    let mut wrong = Vec::new();
    for (setup, statement, between) in CARRIED_OUT {
        fresh(&mut session, setup);
        let query = query(statement);
        let before = session.ask(&query.sql);
        assert!(before.starts_with("not done"), "{statement}: {before}");
        session.ask(statement);
        other.ask(between);
        let verdict = query.verdict(Some(&before), Some(&session.ask(&query.sql)));
        if verdict != Verdict::Unknown {
            wrong.push(format!("{statement} / {between}: {verdict:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The next session may have another search path than the one that is gone.
#[test]
fn a_name_without_a_schema_is_made_in_the_first_schema_of_the_search_path() {
    let Some((_rig, mut session)) = server() else { return };
    for (statement, drop) in [
        ("create table t (x int)", "drop table a.t"),
        ("create type t as enum ('x')", "drop type a.t"),
        ("create procedure t() language sql as 'select 1'", "drop procedure a.t"),
    ] {
        fresh(&mut session, "");
        let query = query(statement);
        let before = session.ask(&query.sql);
        assert_eq!(query.verdict(Some(&before), Some(&session.ask(&query.sql))), Verdict::NotDone, "{statement}");
        session.ask("set search_path = b");
        assert_eq!(query.verdict(Some(&before), Some(&session.ask(&query.sql))), Verdict::Unknown, "{statement}");
        session.ask(&format!("set search_path = a; {statement}; set search_path = b"));
        assert_eq!(query.verdict(Some(&before), Some(&session.ask(&query.sql))), Verdict::Done, "{statement}");
        session.ask(drop);
        for path in ["nowhere", "pg_temp"] {
            session.ask(&format!("set search_path = {path}"));
            let nowhere = session.ask(&query.sql);
            assert_eq!(query.verdict(Some(&nowhere), Some(&nowhere)), Verdict::Unknown, "{statement}: {nowhere}");
        }
    }
    // The index goes with the table, which is found by the search path too.
    fresh(&mut session, "create table a.t (x int); create table b.t (x int)");
    let index = query("create index i on t (x)");
    let before = session.ask(&index.sql);
    assert_eq!(index.verdict(Some(&before), Some(&before)), Verdict::NotDone);
    session.ask("set search_path = b");
    assert_eq!(index.verdict(Some(&before), Some(&session.ask(&index.sql))), Verdict::Unknown);
    session.ask("set search_path = a; create index i on t (x)");
    assert_eq!(index.verdict(Some(&before), Some(&session.ask(&index.sql))), Verdict::Done);
}

#[test]
fn rows_that_a_policy_hides_are_not_gone() {
    let Some((_rig, mut session)) = server() else { return };
    session.ask("create role reader; create schema s; create table s.t (x int); insert into s.t values (1)");
    session.ask("alter table s.t enable row level security");
    session.ask("grant usage on schema s to reader; grant select, truncate on s.t to reader; set role reader");
    let truncate = query("truncate s.t");
    let asked = session.ask(&truncate.sql);
    assert_eq!(session.ask("select count(*) from s.t"), "0");
    assert_eq!(truncate.verdict(Some(&asked), Some(&asked)), Verdict::Unknown, "{asked}");
    session.ask("reset role");
    assert_eq!(session.ask("select count(*) from s.t"), "1");
}

/// An index that somebody builds just now is not valid yet, and is not to be cleared away.
#[test]
fn an_index_that_is_being_built_is_not_taken_for_a_broken_one() {
    let Some((rig, mut session)) = server() else { return };
    session.ask("create schema s; create table s.t (x int)");
    let create = query("create index concurrently i on s.t (x)");
    let before = session.ask(&create.sql);
    let mut blocker = rig.session("probe");
    blocker.ask("begin; insert into s.t values (1)");
    let mut builder = rig.session("probe");
    std::thread::scope(|scope| {
        scope.spawn(|| builder.ask("create index concurrently i on s.t (x)"));
        rig.await_answer("probe", "select count(*) from pg_index where not indisvalid", "1");
        let asked = session.ask(&create.sql);
        blocker.ask("commit");
        assert_eq!(create.verdict(Some(&before), Some(&asked)), Verdict::Unknown, "{asked}");
    });
    assert_eq!(create.verdict(Some(&before), Some(&session.ask(&create.sql))), Verdict::Done);
}

/// Each of them calls what leaves a row behind, also where its table is gone with the session.
const LEAVING_A_ROW: &[&str] = &[
    "select s.f()",
    "select len('x')",
    "with gone as (insert into s.log values (1) returning x) select x from gone",
    "explain analyze select s.f()",
    "declare c cursor with hold for select s.f()",
    "create temp table w as select s.f() as x",
    "create temp table w (x) as select s.f()",
    "create temp table if not exists w as select s.f() as x",
    "create table pg_temp.w as select s.f() as x",
    "create table if not exists pg_temp.w as select s.f() as x",
    "select s.f() as x into temp w",
];

#[test]
fn what_leaves_a_row_behind_is_not_repeated() {
    let Some((rig, mut session)) = server() else { return };
    session.ask("create schema s; create table s.log (x int)");
    session.ask("create function s.f() returns int language sql as 'insert into s.log values (1) returning x'");
    session.ask("create function public.len(text) returns int language sql as 'select s.f()'");
    for statement in LEAVING_A_ROW {
        session.ask("truncate s.log");
        for _ in 0..2 {
            rig.session("probe").ask(statement);
        }
        assert_eq!(session.ask("select count(*) from s.log"), "2", "{statement}");
        let statements = parse_script(statement, Dialect::Postgres).expect("a statement");
        let found = probe(&statements[0], statement, Dialect::Postgres, Dialect::Postgres);
        assert!(matches!(found, Probe::Unknown { .. }), "{statement}: {found:?}");
    }
}
