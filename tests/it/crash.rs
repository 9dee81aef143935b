//! Whatever is killed, and whenever: the next apply finishes, and each change was applied exactly once.

use std::time::{Duration, Instant, SystemTime};

use rustix::process::{Signal, kill_process};

use crate::rig::{Rig, Sql, say};

const CHANGES: usize = 300;
const KILLS: u32 = 50;

/// Rows that a change leaves count how often it ran: no key keeps it from running twice.
fn write_changes(rig: &Rig) {
    for number in 1..=CHANGES {
        let mark = format!("insert into mark values ({number});\n");
        let text = match number {
            1 => format!(
                "create table mark (change integer);\ncreate table total (value integer);\ninsert into total values (0);\n{mark}"
            ),
            _ => match number % 3 {
                // Work for the server, so that most kills come while it is at it.
                0 => format!(
                    "create table t{number} (id integer);\n\
                     insert into t{number} select a.change from mark a cross join mark b limit 200;\n{mark}"
                ),
                1 => format!("update total set value = value + 1;\n{mark}"),
                // Two transactions: a kill may come between them.
                _ => format!("begin;\n{mark}commit;\nbegin;\nupdate total set value = value + 1;\ncommit;\n"),
            },
        };
        rig.change(&format!("V{number:03}__change"), &text);
    }
}

/// Marks, different marks, what updates added up to, tables, rows of the ledger, changes in it, its sequence numbers.
const ORACLE: &str = "select (select count(*) from mark), (select count(distinct change) from mark), \
    (select value from total), (select count(*) from pg_tables where tablename ~ '^t[0-9]+$'), \
    (select count(*) from vesto.entry where action = 'applied'), (select count(distinct change_id) from vesto.entry), \
    (select count(*) - count(distinct sequence_no) from (select sequence_no from vesto.entry union all \
     select sequence_no from vesto.journal) s), (select count(*) from vesto.journal)";
const EXACTLY_ONCE: &str = "300|300|199|100|300|300|0|100";

const APPLIED: &str = "select count(*) from vesto.entry where action = 'applied'";

/// SplitMix64: the same moments for the same seed.
struct Moments(u64);

impl Moments {
    fn new() -> Self {
        let clock = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |time| time.as_secs());
        let seed = std::env::var("VESTO_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(clock);
        say(&format!("VESTO_TEST_SEED={seed}"));
        Self(seed)
    }

    /// At least 0, less than 1.
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        f64::from(u32::try_from((z ^ (z >> 31)) >> 32).expect("32 bits")) / f64::from(u32::MAX)
    }
}

/// Spends the time until a random moment: that is the experiment, nothing waits for it.
fn let_run(span: Duration) {
    let until = Instant::now() + span;
    while Instant::now() < until {
        std::thread::sleep(Duration::from_micros(200));
    }
}

fn kill_at_moments(dialect: &str, kills: u32) {
    let Some(rig) = Rig::new() else { return };
    write_changes(&rig);
    let mut span = Duration::ZERO;
    for whole in 0..2 {
        let database = format!("whole{whole}");
        rig.local(dialect, &database);
        span = rig.vesto(&["apply", "--quiet"]).expect(0).took;
        assert_eq!(rig.ask(&database, ORACLE), EXACTLY_ONCE);
    }
    let mut moments = Moments::new();
    let (mut kill, mut round) = (0, 0);
    while kill < kills {
        let database = format!("round{round}");
        rig.local(dialect, &database);
        // Spread over the whole, and denser where the changes run: at first there is no database yet.
        let moment = span.mul_f64(((f64::from(kill) + moments.next()) / f64::from(kills)).sqrt());
        let vesto = rig.start(&["apply", "--quiet"]);
        let_run(moment);
        let killed = vesto.kill();
        let applied = rig.ask(&database, APPLIED).parse::<usize>().map_or("none".to_owned(), |count| count.to_string());
        let next = rig.vesto(&["apply", "--quiet"]).expect(0).took;
        let oracle = rig.ask(&database, ORACLE);
        let ended = killed.code.map_or("killed".to_owned(), |code| format!("ended {code}"));
        say(&format!(
            "{dialect} kill {kill:2}: {ended} at {moment:8.1?} of {span:.0?}, {applied:>4} applied; next {next:.0?}: {oracle}"
        ));
        assert_eq!(oracle, EXACTLY_ONCE, "{dialect} round {round}");
        rig.ask("postgres", &format!("drop database {database} with (force)"));
        match killed.code {
            None => kill += 1,
            // A moment too late counts for nothing; runs became faster than those that were measured.
            Some(_) => span = span.mul_f64(0.9),
        }
        round += 1;
        assert!(round < kills * 4, "the kills come too late");
    }
}

#[test]
fn killed_at_fifty_moments_each_change_is_applied_once() {
    kill_at_moments("postgres", KILLS);
}

#[test]
fn killed_on_the_double_each_change_is_applied_once() {
    kill_at_moments("redshift", KILLS / 5);
}

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
        (&["resolve", "V2", "--done", "--reason", "I looked"], "1,3"),
        (&["resolve", "V2", "--not-done", "--reason", "I looked"], "1,2,3"),
    ];
    for (decision, marks) in decisions {
        let Some(rig) = Rig::new() else { return };
        let mut blocker = blocked_lone_statement(&rig);
        let vesto = rig.start(&["apply"]);
        rig.await_busy("lone");
        vesto.kill();
        // Nobody is there to hear the answer: the server gives the statement up and with it the lock.
        rig.await_answer("postgres", NOBODY, "0");
        blocker.ask("rollback");
        for _ in 0..2 {
            rig.vesto(&["apply"]).expect(10).says(&[
                "statement 1 of `V2` is in doubt",
                "insert into mark values (2)",
                "vesto resolve V2 --done --reason",
            ]);
        }
        rig.vesto(&["resolve", "V3", "--done", "--reason", "no"]).expect(3).says(&["did you mean `V2`"]);
        rig.vesto(decision).expect(0);
        rig.vesto(&["resolve", "V2", "--done", "--reason", "twice"]).expect(3).says(&["nothing is in doubt"]);
        rig.vesto(&["apply"]).expect(0);
        let all = "select string_agg(change::text, ',' order by change) from mark";
        assert_eq!(rig.ask("lone", all), marks);
        rig.vesto(&["status", "--check"]).expect(0);
    }
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

/// How a server goes away.
fn server_goes(how: &str, goes_on: bool, blow: impl Fn(&Rig)) {
    let Some(mut rig) = Rig::new() else { return };
    write_changes(&rig);
    rig.local("postgres", "gone");
    rig.vesto(&["apply", "--to", "V100"]).expect(0);
    // The run stands still in the middle of its one long message.
    let mut blocker = rig.session("gone");
    blocker.ask("create table t201 (id integer)");
    blocker.ask("begin; create table t204 (id integer)");
    rig.change("V201__change", "create table if not exists t201 (id integer);\ninsert into mark values (201);\n");
    let vesto = rig.start(&["apply"]);
    rig.await_busy("gone");
    blow(&rig);
    let ended = vesto.end();
    let ended = match goes_on {
        true => ended.expect(0).says(&["the connection was lost and is open again", "200 changes applied"]),
        false => ended.expect(7).says(&["hint: ", "again"]),
    };
    let _ = blocker.try_ask("rollback");
    drop(blocker);
    assert!(ended.text.matches("error").count() <= 2, "one message is enough:\n{}", ended.text);
    say(&format!("{how}:\n{}", ended.text));
    rig.restart();
    let survived = rig.ask("gone", "select (select count(*) from mark), (select count(*) from vesto.entry where action = 'applied'), (select count(*) from vesto.entry)");
    say(&format!("{how}: marks and entries after it: {survived}"));
    rig.vesto(&["apply", "--quiet"]).expect(0);
    assert_eq!(rig.ask("gone", ORACLE), EXACTLY_ONCE);
}

#[test]
fn a_stopped_server_ends_the_run_and_loses_nothing() {
    server_goes("immediate stop", false, |rig| kill_process(rig.postmaster(), Signal::QUIT).expect("a signal"));
}

#[test]
fn a_run_whose_backend_is_killed_goes_on_and_loses_nothing() {
    server_goes("kill -9 of the backend, with the crash recovery that follows", true, |rig| {
        let pid = rig.ask(
            "postgres",
            "select pid from pg_stat_activity where datname = 'gone' and application_name like 'vesto %'",
        );
        let pid = rustix::process::Pid::from_raw(pid.parse().expect("a pid")).expect("a pid");
        kill_process(pid, Signal::KILL).expect("a signal");
    });
}

#[test]
fn a_terminated_session_ends_the_run_and_loses_nothing() {
    server_goes("pg_terminate_backend", false, |rig| {
        rig.ask("postgres", "select pg_terminate_backend(pid) from pg_stat_activity where datname = 'gone' and application_name like 'vesto %'");
    });
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
