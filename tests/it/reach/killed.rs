//! A jump host that goes away in the middle of a run.

use rustix::process::{Signal, kill_process};

use super::Project;
use super::jump::Jump;

fn project(change: &str) -> Option<(Project, Jump)> {
    let project = Project::new()?;
    let jump = Jump::beside(&project.sandbox)?;
    project.target(&jump.lines());
    project.sandbox.write("changes/V2__slow.sql", change);
    Some((project, jump))
}

/// The ssh of a run that is at work is killed.
fn cut(project: &Project, arguments: &[&str]) -> crate::support::Answer {
    let running = project.at_work(arguments);
    for child in running.children() {
        kill_process(child, Signal::KILL).expect("ssh runs");
    }
    running.end()
}

#[test]
fn a_transaction_is_done_again_over_a_new_connection() {
    let Some((project, _jump)) = project("insert into t values (2);\nselect pg_sleep(2);\n") else { return };
    cut(&project, &["apply"]).ends(0).out("V2");
    assert_eq!(project.sandbox.ask("select string_agg(n::text, ',' order by n) from t"), "1,2");
    let entries = "select string_agg(change_id || ' ' || action, ',' order by sequence_no) from vesto.entry";
    assert_eq!(project.sandbox.ask(entries), "V1 applied,V2 applied");
}

#[test]
fn a_statement_outside_of_transactions_is_in_doubt() {
    let change = "-- vesto: transaction=none\ninsert into t select 2 from pg_sleep(2);\n";
    let Some((project, _jump)) = project(change) else { return };
    cut(&project, &["apply"]).ends(10).err("in doubt");
    project.sandbox.typed("status").ends(0).out("in doubt");
}
