//! The server stops at once (immediate shutdown) while vesto waits for it, and recovers.

use super::long_form;
use super::mixed::Form;
use super::moments::Moments;
use super::table::Row;
use super::trial::Ground;
use crate::proxy::{Point, Reach};
use crate::rig::{Rig, say};

/// Points of the short form.
const POINTS: usize = 8;

fn stop_server_everywhere(form: Form) {
    let Some(mut ground) = Ground::behind_proxy(form) else { return };
    let messages = ground.whole().client;
    let all = (1..=messages)
        .flat_map(|message| [Reach::Whole, Reach::Answered].map(|reach| Point::Client(message, reach)))
        .collect::<Vec<_>>();
    let mut row = Row::new(format!("server stopped at once, {}", form.name()));
    let stride = if long_form().is_some() { 1 } else { all.len() / POINTS };
    let first = Moments::new().number(stride);
    for point in all.into_iter().skip(first - 1).step_by(stride) {
        ground.clear();
        let befell = match ground.run_to(point) {
            Ok(vesto) => {
                ground.rig.stop_at_once();
                ground.restart();
                ground.cut(vesto)
            }
            Err(ended) => Err(format!("the point was not reached: {}", ended.text)),
        };
        ground.finish(&mut row, &format!("{point:?}"), befell);
    }
    row.close();
}

#[test]
fn server_stopped_on_postgres() {
    stop_server_everywhere(Form::Postgres);
}

#[test]
fn server_stopped_on_the_double() {
    stop_server_everywhere(Form::Double);
}

/// Only the last commit of a message waits for the disk. Answers to those before it may be heard when the server goes, if
/// they are long enough to be sent early.
#[test]
fn what_a_run_told_before_the_server_went_is_on_disk() {
    let Some(mut rig) = Rig::new() else { return };
    rig.local("postgres", "told");
    rig.change("V1__table", "create table mark (change integer);\ninsert into mark values (1);\n");
    rig.vesto(&["apply"]).expect(0);
    // Nobody else writes the log in the meantime.
    rig.ask("postgres", "alter system set wal_writer_delay = '10s'");
    rig.ask("postgres", "select pg_reload_conf()");
    rig.change("V2__row", "insert into mark values (2);\n");
    rig.change("V3__long", "insert into mark values (3);\nselect repeat('x', 100000);\nselect pg_sleep(600);\n");
    let vesto = rig.start(&["apply", "--format", "json"]);
    rig.await_busy("told");
    rig.stop_at_once();
    let ended = vesto.end().expect(7);
    rig.restart();
    let entries = rig.ask("told", "select string_agg(change_id, ',' order by sequence_no) from vesto.entry");
    let told = ended.text.contains(r#""event":"change-finished","id":"V2""#);
    say(&format!("V2 was told to be applied: {told}; on disk: {entries}"));
    assert!(!told || entries.contains("V2"), "{}", ended.text);
    rig.change("V3__long", "insert into mark values (3);\n");
    rig.vesto(&["apply"]).expect(0);
    assert_eq!(rig.ask("told", "select string_agg(change::text, ',' order by change) from mark"), "1,2,3");
}
