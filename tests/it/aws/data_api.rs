//! The Data API as a transport: what it does to a project is what the wire does.

use rustix::process::{Pid, Signal, kill_process};

use super::Site;
use crate::emulate;
use crate::support::{Answer, stable};

/// A target that is reached over the Data API.
const DATA_API: &str = "[target dev]\nkind = redshift\ncluster = local\nuser = awsuser\ntransport = data-api\n";

/// The same over the wire.
const WIRE: &str =
    "[target dev]\nkind = redshift\ncluster = local\nuser = awsuser\nhostaddr = 127.0.0.1\nsslrootcert = ca.pem\n";

/// What is recorded of changes and steps, without run ids and times.
const LEDGER: &str = "select * from (select sequence_no, change_id, title, action, checksum, statement_count, message, \
     forward_text, rollback_text from vesto.entry union all select sequence_no, change_id, direction, step_state, \
     prefix_checksum, first_statement * 1000 + statement_count, reason, probe_answer, null from vesto.journal) rows \
     order by sequence_no, change_id";

/// A project with everything that is sent in a way of its own.
fn furnish(site: &Site) {
    let many: String =
        (0..60).map(|n| format!("insert into numbers values ({n}, {n} / 7.0, 'it''s {n}');\n")).collect();
    let files = [
        (
            "changes/V1__t.sql",
            "create table numbers (n integer, share double precision, word varchar(40)) diststyle all;\n\
             create table events (id bigint identity(1, 1), at timestamp, ok boolean, amount decimal(10, 2));\n"
                .to_owned(),
        ),
        ("changes/V2__many_statements.sql", many),
        (
            "changes/V3__alone.sql",
            "insert into events (at, ok, amount) values ('2026-01-02 03:04:05', true, 1.5);\nvacuum numbers;\n\
             insert into events (at, ok, amount) values (null, false, null);\n"
                .to_owned(),
        ),
        ("changes/V4__settings.sql", "set search_path to public;\nset query_group to 'load';\ncreate view v as select n from numbers;\n".to_owned()),
        ("changes/R__long.sql", format!("create or replace view words as select word from numbers;\n-- {}\n", "long ".repeat(15_000))),
        ("tests/t.sql", "-- test: nothing\nselect n from numbers where n < 0;\n-- expect: no rows\n".to_owned()),
        (
            "tests/values.sql",
            "-- test: types\nselect n, word, at, ok, amount, null, 0.5::float, 1.25::float4 from numbers, events where n = 3 and ok order by at;\n\
             -- expect:\n-- 3 | it's 3 | 2026-01-02 03:04:05 | t | 1.50 | NULL | 0.5 | 1.25\n\n\
             -- test: a failing statement\nselect 1 / 0;\n-- expect error [22012]: division by zero\n\n\
             -- test: many rows\nselect count(*) from (select a.n from numbers a, numbers b) pairs;\n-- expect cell: 3600\n\n\
             -- test: undone\ninsert into numbers values (1000, 0, '');\nselect count(*) from numbers;\n-- expect cell: 61\n\n\
             -- test: nothing is left\nselect count(*) from numbers;\n-- expect cell: 60\n\n\
             -- test: it fails\nselect n from numbers where n < 2 order by n;\n-- expect cell: 7\n"
                .to_owned(),
        ),
    ];
    files.iter().for_each(|(path, text)| site.project.write(path, text));
}

/// What a command shows, without what differs from run to run.
fn shown(answer: &Answer) -> String {
    format!("{:?}\n{}\n{}", answer.code, timeless(&answer.stdout), timeless(&answer.stderr))
}

/// The text without the values of attributes and members that tell times.
fn timeless(text: &str) -> String {
    let mut text = stable(text, "/nowhere");
    while text.contains("  <duration>") {
        text = text.replace("  <duration>", " <duration>");
    }
    for name in ["time=\"", "timestamp=\"", "duration_ms\":", "_at\":\"", "seconds\":"] {
        let mut parts = text.split(name);
        let head = parts.next().unwrap_or_default().to_owned();
        let rest =
            parts.map(|part| format!("{name}{}", part.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.')));
        text = head + &rest.collect::<String>();
    }
    text
}

/// Everything that commands of a project say and leave behind.
fn everything(target: &str) -> Option<Vec<String>> {
    let site = Site::start(target)?;
    furnish(&site);
    let mut all = Vec::new();
    site.project.typed("apply --dry-run").ends(0);
    for command in
        ["plan", "apply", "status", "test --junit report.xml", "test --format json", "history --format json", "verify"]
    {
        all.push(format!("{command}\n{}", shown(&site.project.typed(command))));
    }
    all.push(timeless(&site.project.read("report.xml")));
    all.push(site.sql(LEDGER));
    site.project
        .write("changes/V5__fails.sql", "create table left_over (n integer);\ninsert into left_over values (1 / 0);\n");
    for command in ["apply", "rollback --last 2", "plan --format json"] {
        all.push(format!("{command}\n{}", shown(&site.project.typed(command))));
    }
    all.push(site.sql(LEDGER));
    all.push(site.sql("select tablename from pg_tables where schemaname = 'public' order by 1"));
    site.emulator.end();
    Some(all)
}

#[test]
fn the_wire_and_the_data_api_give_the_same_ledger_and_the_same_reports() {
    let (Some(wire), Some(data_api)) = (everything(WIRE), everything(DATA_API)) else { return };
    for (wire, data_api) in wire.iter().zip(&data_api) {
        assert_eq!(wire, data_api);
    }
}

/// A project on the Data API with one change of two steps, and these faults of the API.
fn with_faults(faults: &str) -> Option<Site> {
    let site = Site::with_faults(DATA_API, faults)?;
    let marked = "create table mark (place varchar(10));\ninsert into mark values ('02');\n";
    site.project.write("changes/V2__marked.sql", marked);
    site.project.write("changes/V3__alone.sql", "vacuum mark;\ninsert into mark values ('03');\n");
    Some(site)
}

/// Each change and each statement took place once.
fn is_whole(site: &Site) {
    site.project.typed("status --check").ends(0);
    assert_eq!(site.sql("select place, count(*) from mark group by 1 order by 1"), "02|1\n03|1\n");
    assert_eq!(site.sql("select count(*) from t"), "1\n");
    assert_eq!(
        site.sql("select change_id from vesto.entry where action = 'applied' order by sequence_no"),
        "V1\nV2\nV3\n"
    );
}

#[test]
fn calls_that_are_cut_or_throttled_are_repeated_and_run_once() {
    let faults = r#"[{"match": "redshift-data:*", "times": 3, "reset": true},
        {"match": "redshift-data:*Execute*", "times": 4, "reset": true, "after": true},
        {"match": "redshift-data:Execute*", "times": 2, "code": "ActiveStatementsExceededException"},
        {"match": "redshift-data:Get*", "times": 2, "reset": true},
        {"match": "redshift-data:*", "times": 4, "code": "ThrottlingException"},
        {"match": "redshift-data:*", "times": 2, "status": 500, "code": "InternalServerException"}]"#;
    let Some(site) = with_faults(faults) else { return };
    site.project.typed("apply").ends(0);
    is_whole(&site);
    site.emulator.end();
}

#[test]
fn a_service_that_does_not_wait_is_asked_again() {
    let refused =
        r#"{"match": "redshift-data:Describe*", "times": 1, "code": "ActiveWaitingRequestsExceededException"}"#;
    let Some(site) = with_faults(&format!("[{refused}]")) else { return };
    site.project.typed("apply").ends(0);
    is_whole(&site);
    site.emulator.end();
}

#[test]
fn what_the_service_refuses_is_told_in_its_own_words() {
    let words = "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: redshift-data:ExecuteStatement";
    let faults = format!(
        r#"[{{"match": "redshift-data:ExecuteStatement", "code": "AccessDeniedException", "message": "{words}"}}]"#
    );
    let Some(site) = with_faults(&faults) else { return };
    site.project.typed("apply").ends(7).err(words).err("allow `redshift-data:ExecuteStatement`");
    site.emulator.end();
}

#[test]
fn results_are_read_to_their_last_page() {
    let Some(site) = Site::start(DATA_API) else { return };
    for number in 2..130 {
        site.project
            .write(&format!("changes/V{number}__v.sql"), &format!("create view v{number} as select {number} n;\n"));
    }
    let rows = "-- test: rows\nselect a.change_id, b.n from vesto.entry a, t b order by 1;\n-- expect rows: 129\n";
    site.project.write("tests/t.sql", rows);
    site.project.typed("run").ends(0);
    // The history has several pages too.
    site.project.typed("status --check").ends(0);
    site.emulator.end();
}

#[test]
fn a_statement_that_is_too_long_is_refused_before_anything_is_sent() {
    let Some(site) = Site::start(DATA_API) else { return };
    let long = format!("create table u (n integer);\ninsert into u values (length('{}'));\n", "x".repeat(103_000));
    site.project.write("changes/V2__long.sql", &long);
    site.project.typed("apply").ends(6).out("the Data API takes 102400").out("transport = wire");
    assert_eq!(site.sql("select count(*) from pg_tables where tablename in ('t', 'u')"), "1\n");
    site.emulator.end();
}

#[test]
fn of_two_runs_at_once_one_waits_and_finds_nothing_to_do() {
    let Some(site) = with_faults(r#"[{"match": "redshift-data:*", "delay": 0.01}]"#) else { return };
    let start = || site.project.command(&["apply", "--lock-timeout", "60s"]).spawn().expect("vesto runs");
    let runs = [start(), start()];
    for mut run in runs {
        assert_eq!(run.wait().expect("an end").code(), Some(0));
    }
    is_whole(&site);
    site.emulator.end();
}

#[test]
fn a_run_that_is_interrupted_stops_its_statement_and_gives_the_lock_back() {
    let Some(site) = with_faults("[]") else { return };
    site.project.write("changes/V4__slow.sql", "insert into mark values ('04');\nselect pg_sleep(600);\n");
    let mut run = site.project.command(&["apply"]).spawn().expect("vesto runs");
    let sleeps = "select count(*) from pg_stat_activity where query like '%pg_sleep(600)%' and pid <> pg_backend_pid()";
    emulate::await_that("the statement runs", || site.sql(sleeps) != "0\n");
    kill_process(Pid::from_child(&run), Signal::INT).expect("it runs");
    assert_eq!(run.wait().expect("an end").code(), Some(130));
    assert_eq!(site.sql(sleeps), "0\n");
    assert_eq!(site.sql("select count(*) from vesto.holder"), "0\n");
    site.project.remove("changes/V4__slow.sql");
    is_whole(&site);
    site.emulator.end();
}

#[test]
fn a_session_ends_with_its_command() {
    let Some(site) = Site::start(DATA_API) else { return };
    site.project.typed("run").ends(0);
    let sessions = || site.boto3("len(client('redshift-data').list_sessions()['Sessions'])");
    emulate::await_that("no session is left", || sessions() == "0");
    site.emulator.end();
}

#[test]
fn workgroups_secrets_and_who_calls_log_in_without_a_password() {
    let secret = "secret = arn:aws:secretsmanager:eu-west-1:123456789012:secret:dev";
    for target in [
        "kind = serverless\nworkgroup = local".to_owned(),
        format!("kind = serverless\nworkgroup = local\n{secret}"),
        format!("kind = redshift\ncluster = local\n{secret}"),
        "kind = redshift\ncluster = local".to_owned(),
    ] {
        let Some(site) = Site::start(&format!("[target dev]\n{target}\ntransport = data-api\n")) else { return };
        site.project.typed("plan").ends(0).out("V1__t");
        site.emulator.end();
    }
}

#[test]
fn keys_that_do_not_go_with_the_transport_are_refused() {
    let Some(site) = Site::start("") else { return };
    for (keys, words, cure) in [
        (
            "kind = redshift\ncluster = local\npassword = x\ntransport = data-api",
            "`password` do not go together",
            "secret",
        ),
        (
            "kind = redshift\ncluster = local\nuser = u\nsecret = s\ntransport = data-api",
            "`user` do not",
            "leave `user` out",
        ),
        (
            "kind = redshift\ncluster = local\ncreate_user = yes\ntransport = data-api",
            "`create_user` do not",
            "leave `groups`",
        ),
        ("kind = redshift\nendpoint = warehouse.example.com\ntransport = data-api", "has no `cluster`", "identifier"),
        ("kind = redshift\ncluster = local\nuser = awsuser\nsecret = s", "has a `secret`", "transport = data-api"),
        (
            "kind = serverless\nworkgroup = local\nuser = u\ntransport = data-api",
            "`user` of a workgroup",
            "leave `user` out",
        ),
    ] {
        site.project.write("vesto.ini", &format!("[project]\nname = sample\ntarget = dev\n[target dev]\n{keys}\n"));
        site.project.typed("status").ends(3).err(words).err(cure);
    }
    site.project.write("vesto.ini", "[project]\ntarget = dev\n[target dev]\nkind = redshift\ntransport = pigeon\n");
    site.project.typed("status").ends(3).err("`wire`, `data-api`");
    site.emulator.end();
}
