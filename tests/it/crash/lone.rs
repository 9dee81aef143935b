//! Statements that run in no transaction, each stopped where a certain thing has to follow.

use crate::rig::{Rig, Sql};

/// A change whose only statement runs outside a transaction, and waits for what the session returned here holds.
fn blocked_lone_statement(rig: &Rig) -> Sql {
    rig.change("V1__table", "create table mark (change integer);\ninsert into mark values (1);\n");
    rig.change("V2__alone", "-- vesto: transaction=none\ninsert into mark values (2);\n");
    rig.change("V3__after", "insert into mark values (3);\n");
    rig.local("postgres", "lone");
    rig.vesto(&["apply", "--to", "V1"]).expect(0);
    let mut blocker = rig.session("lone");
    blocker.ask("begin; lock table mark in access exclusive mode");
    blocker
}

const NOBODY: &str = "select count(*) from pg_stat_activity where datname = 'lone' and application_name like 'vesto %'";

#[test]
fn a_kill_during_a_lone_statement_leaves_it_in_doubt_until_a_person_decides() {
    let decisions: [(&[&str], &str); 4] = [
        (&["mark-applied", "V2"], "1,3"),
        (&["mark-pending", "V2"], "1,2,3"),
        (&["resolve", "DOUBT", "--done", "--reason", "I looked"], "1,3"),
        (&["resolve", "DOUBT", "--not-done", "--reason", "I looked"], "1,2,3"),
    ];
    for (decision, marks) in decisions {
        let Some(rig) = Rig::new() else { return };
        let mut blocker = blocked_lone_statement(&rig);
        let doubt = killed_in_the_lone_statement(&rig);
        blocker.ask("rollback");
        for _ in 0..2 {
            rig.vesto(&["apply"]).expect(10).says(&[
                &format!("statement 1 of `V2` is in doubt ({doubt})"),
                "insert into mark values (2)",
                &format!("vesto resolve {doubt} --done --reason"),
            ]);
        }
        rig.vesto(&["resolve", "V3@1", "--done", "--reason", "no"]).expect(3).says(&["did you mean `V2`"]);
        let decision: Vec<&str> = decision.iter().map(|word| if *word == "DOUBT" { &doubt } else { *word }).collect();
        rig.vesto(&decision).expect(0);
        rig.vesto(&["resolve", &doubt, "--done", "--reason", "twice"]).expect(3).says(&["nothing is in doubt"]);
        rig.vesto(&["apply"]).expect(0);
        let all = "select string_agg(change::text, ',' order by change) from mark";
        assert_eq!(rig.ask("lone", all), marks);
        rig.vesto(&["status", "--check"]).expect(0);
    }
}

/// Kills a run in its blocked statement and says by what name the doubt is known.
fn killed_in_the_lone_statement(rig: &Rig) -> String {
    let vesto = rig.start(&["apply"]);
    rig.await_busy("lone");
    vesto.kill();
    // Nobody is there to hear the answer: the server gives the statement up and with it the lock.
    rig.await_answer("postgres", NOBODY, "0");
    rig.ask(
        "lone",
        "select change_id || '@' || max(sequence_no) from vesto.journal where step_state = 'intent' group by change_id",
    )
}

/// Two people look at the same doubt. The first one answers, and the next run dies in the same statement, having sent it
/// again: what the second one saw says nothing of that.
#[test]
fn an_answer_is_not_taken_for_a_later_doubt() {
    let Some(rig) = Rig::new() else { return };
    let mut blocker = blocked_lone_statement(&rig);
    let first = killed_in_the_lone_statement(&rig);
    rig.vesto(&["resolve", &first, "--not-done", "--reason", "I looked"]).expect(0);
    let second = killed_in_the_lone_statement(&rig);
    assert_ne!(first, second);
    blocker.ask("rollback");
    let answer = ["--not-done", "--reason", "I looked"];
    let resolve = |name: &str| rig.vesto(&[&["resolve", name][..], &answer].concat());
    resolve(&first).expect(3).says(&["settled already", "statement 1 of `V2`", &second]);
    resolve("V2").expect(3).says(&["does not say which doubt", &second]);
    resolve("V2@").expect(3).says(&["no statement of `V2@` is in doubt"]);
    rig.vesto(&["plan"]).expect(0).says(&[&second, "did the insert"]);
    resolve(&second.replace('V', "")).expect(0);
    rig.vesto(&["apply"]).expect(0);
    assert_eq!(rig.ask("lone", "select string_agg(change::text, ',' order by change) from mark"), "1,2,3");
}

#[test]
fn a_refused_lone_statement_is_not_in_doubt() {
    let Some(rig) = Rig::new() else { return };
    rig.change("V1__alone", "-- vesto: transaction=none\ncreate table mark (change integer);\nselect 1 / 0;\n");
    rig.local("postgres", "refused");
    rig.vesto(&["apply"]).expect(6).says(&["division by zero"]);
    rig.vesto(&["apply"]).expect(6).says(&["division by zero"]);
    rig.change("V1__alone", "-- vesto: transaction=none\ncreate table mark (change integer);\nselect 1 / 1;\n");
    rig.vesto(&["apply"]).expect(0);
}

#[test]
fn what_a_refused_statement_left_half_made_is_cleared_away() {
    let Some(rig) = Rig::new() else { return };
    rig.change("V1__heap", "create table heap (n integer);\ninsert into heap values (1), (1);\n");
    rig.change("V2__index", "create unique index concurrently heap_n on public.heap (n);\n");
    rig.local("postgres", "remains");
    rig.vesto(&["apply"])
        .expect(6)
        .says(&["could not create unique index", "cleared away with `drop index concurrently"]);
    assert_eq!(rig.ask("remains", "select count(*) from pg_class where relname = 'heap_n'"), "0");
    rig.ask("remains", "delete from heap; insert into heap values (2)");
    rig.vesto(&["apply"]).expect(0);
    assert_eq!(rig.ask("remains", "select indisvalid from pg_index where indexrelid = 'heap_n'::regclass"), "t");
}

/// On Redshift TRUNCATE commits what came before it, so a change with one is three steps.
#[test]
fn what_commits_by_itself_on_redshift_divides_a_change_and_nothing_runs_twice() {
    let Some(rig) = Rig::new() else { return };
    rig.local("redshift", "truncates");
    let before = "create table mark (change integer);\ncreate table heap (n integer);\ninsert into heap values (1);\n\
        insert into mark values (1);\ntruncate heap;\ninsert into heap values (2);\n";
    rig.change("V1__truncate", &format!("{before}insert into mark values (1 / 0);\n"));
    rig.vesto(&["apply"]).expect(6).says(&["division by zero", "V1__truncate.sql:7:"]);
    let journal = "select string_agg(step_state || ' ' || first_statement || '+' || statement_count, ', ' \
        order by sequence_no) from vesto.journal";
    assert_eq!(rig.ask("truncates", journal), "done 0+4, intent 4+1, done 4+1");
    assert_eq!(rig.ask("truncates", "select count(*) from heap"), "0", "the step that failed is undone as a whole");
    rig.change(
        "V1__truncate",
        &format!("{}insert into mark values (2);\n", before.replace("heap values (1)", "heap values (7)")),
    );
    rig.vesto(&["apply"]).expect(3).says(&["half applied", "was edited"]);
    rig.change("V1__truncate", &format!("{before}insert into mark values (2);\n"));
    rig.vesto(&["apply"]).expect(0);
    assert_eq!(rig.ask("truncates", "select string_agg(change::text, ',') from mark"), "1,2");
    assert_eq!(rig.ask("truncates", "select string_agg(n::text, ',') from heap"), "2");
    assert_eq!(rig.ask("truncates", journal), "done 0+4, intent 4+1, done 4+1");
}

#[test]
fn a_kill_during_truncate_on_the_double_leaves_only_the_truncate_in_doubt() {
    let Some(rig) = Rig::new() else { return };
    rig.local("redshift", "lone");
    rig.change("V1__table", "create table mark (change integer);\ncreate table heap (n integer);\n");
    rig.change("V2__truncate", "insert into mark values (2);\ntruncate heap;\ninsert into mark values (3);\n");
    rig.vesto(&["apply", "--to", "V1"]).expect(0);
    let mut blocker = rig.session("lone");
    blocker.ask("begin; lock table heap in access share mode");
    let vesto = rig.start(&["apply"]);
    rig.await_busy("lone");
    vesto.kill();
    rig.await_answer("postgres", NOBODY, "0");
    blocker.ask("rollback");
    rig.vesto(&["apply"]).expect(10).says(&["statement 2 of `V2` is in doubt", "truncate heap"]);
    assert_eq!(rig.ask("lone", "select string_agg(change::text, ',') from mark"), "2");
}

/// Where the catalogue can tell, nobody is asked: what a killed run left in doubt goes on by itself.
#[test]
fn the_catalogue_settles_what_it_knows() {
    let cases = [
        ("redshift", "truncate public.heap", "lock table heap in access share mode"),
        ("postgres", "create index concurrently heap_n on public.heap (n)", "insert into heap values (5)"),
        ("postgres", "create unique index concurrently heap_n on public.heap (n)", "insert into heap values (5)"),
        ("postgres", "alter table public.heap add column extra integer", "lock table heap in access share mode"),
    ];
    for (dialect, statement, blocking) in cases {
        let Some(rig) = Rig::new() else { return };
        rig.local(dialect, "lone");
        rig.change(
            "V1__table",
            "create table mark (change integer);\ncreate table heap (n integer);\ninsert into heap values (1);\n",
        );
        let head = if dialect == "postgres" { "-- vesto: transaction=none\n" } else { "" };
        rig.change(
            "V2__alone",
            &format!("{head}insert into mark values (2);\n{statement};\ninsert into mark values (3);\n"),
        );
        rig.vesto(&["apply", "--to", "V1"]).expect(0);
        let mut blocker = rig.session("lone");
        blocker.ask(&format!("begin; {blocking}"));
        let vesto = rig.start(&["apply"]);
        rig.await_busy("lone");
        vesto.kill();
        rig.await_answer("postgres", NOBODY, "0");
        blocker.ask("rollback");
        rig.vesto(&["status"]).expect(0).says(&["in doubt"]);
        rig.vesto(&["plan"]).expect(0).says(&["continues at statement 2"]);
        rig.vesto(&["apply"]).expect(0).says(&["statement 2 of `V2` was in doubt"]);
        assert_eq!(rig.ask("lone", "select string_agg(change::text, ',') from mark"), "2,3", "{statement}");
        let invalid = "select count(*) from pg_index where not indisvalid";
        assert_eq!(rig.ask("lone", invalid), "0", "{statement}");
        rig.vesto(&["status", "--check"]).expect(0);
    }
}

/// A doubt is looked into under the settings that the statement ran under: a new session would make the table elsewhere.
#[test]
fn a_doubt_is_looked_into_where_the_change_has_set_its_search_path() {
    let Some(rig) = Rig::new() else { return };
    rig.local("postgres", "lone");
    rig.change("V1__schema", "create schema other;\ncreate table other.heap (n integer);\n");
    rig.change(
        "V2__alone",
        "-- vesto: transaction=none\nset search_path = other;\ncreate table made as select n from heap;\n",
    );
    rig.vesto(&["apply", "--to", "V1"]).expect(0);
    let mut blocker = rig.session("lone");
    blocker.ask("begin; lock table other.heap in access exclusive mode");
    let vesto = rig.start(&["apply"]);
    rig.await_busy("lone");
    vesto.kill();
    rig.await_answer("postgres", NOBODY, "0");
    blocker.ask("rollback");
    rig.vesto(&["apply"]).expect(0).says(&["`V2` was in doubt: it was not carried out"]);
    assert_eq!(rig.ask("lone", "select count(*) from other.made"), "0");
}

/// The statement was carried out, and only its `done` is missing.
#[test]
fn a_statement_that_is_seen_to_be_done_is_not_sent_again() {
    let Some(rig) = Rig::new() else { return };
    rig.local("postgres", "lone");
    rig.change("V1__alone", "-- vesto: transaction=none\ncreate table public.mark (n integer);\nalter table public.mark rename column n to m;\n");
    rig.vesto(&["apply"]).expect(0);
    let forget = "delete from vesto.entry; delete from vesto.journal where sequence_no > 3";
    rig.ask("lone", forget);
    assert_eq!(
        rig.ask("lone", "select string_agg(step_state, ',' order by sequence_no) from vesto.journal"),
        "intent,done,intent"
    );
    rig.vesto(&["plan"]).expect(0).says(&["continues at statement 3"]);
    rig.vesto(&["apply"]).expect(0).says(&["statement 2 of `V1` was in doubt: it was carried out"]);
    let reason = rig.ask("lone", "select step_state || ': ' || reason from vesto.journal where reason is not null");
    assert!(reason.starts_with("done: ") && reason.ends_with(" yes"), "{reason}");
    rig.vesto(&["status", "--check"]).expect(0);
}

/// An index that is built concurrently waits for every transaction that may still look at the table. A run that waits for
/// the lock must not be one: each would wait for the other, and the server would end one of them.
#[test]
fn a_run_that_waits_for_the_lock_keeps_no_index_from_being_built() {
    let Some(rig) = Rig::new() else { return };
    rig.local("postgres", "lone");
    rig.change("V1__table", "create table mark (change integer);\ncreate table heap (n integer);\n");
    rig.change("V2__row", "insert into mark values (2);\n");
    rig.change("V3__index", "create index concurrently heap_n on public.heap (n);\n");
    rig.vesto(&["apply", "--to", "V1"]).expect(0);
    rig.ask("postgres", "alter system set deadlock_timeout = '10ms'");
    rig.ask("postgres", "select pg_reload_conf()");
    let mut blocker = rig.session("lone");
    blocker.ask("begin; lock table mark in access exclusive mode");
    let first = rig.start(&["apply"]);
    rig.await_busy("lone");
    let second = rig.start(&["apply", "--lock-timeout", "60s"]);
    let waits = "select count(*) from pg_stat_activity where datname = 'lone' and query like '%_advisory_lock(%' \
        and application_name like 'vesto %'";
    rig.await_answer("postgres", waits, "1");
    // Longer than the server takes to look for deadlocks: it looks only once for each that waits.
    let begun = rig.ask("lone", "select clock_timestamp()");
    rig.await_answer("lone", &format!("select clock_timestamp() > timestamptz '{begun}' + interval '100 ms'"), "t");
    blocker.ask("rollback");
    first.end().expect(0);
    second.end().expect(0);
    assert_eq!(rig.ask("lone", "select indisvalid from pg_index where indexrelid = 'heap_n'::regclass"), "t");
}
