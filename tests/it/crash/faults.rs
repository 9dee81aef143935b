//! An emulator on which things go wrong by themselves: statements that wait, errors of concurrent work, connections that
//! are cut before or after a statement. Some runs are killed as well.

use super::long_form;
use super::moments::{Moments, let_run};
use super::table::Row;
use super::trial::Ground;

fn faults(seed: u32) -> String {
    let many = u32::MAX;
    format!(
        r#"{{"seed": {seed}, "isolation": "snapshot", "faults": [
            {{"fault": "latency", "milliseconds": [0, 8], "chance": 0.3}},
            {{"fault": "serializable-violation", "chance": 0.02, "times": {many}}},
            {{"fault": "concurrent-transaction", "chance": 0.02, "times": {many}}},
            {{"fault": "missing-oid", "chance": 0.01, "times": {many}}},
            {{"fault": "cut-before", "chance": 0.02, "times": {many}}},
            {{"fault": "cut-after", "chance": 0.02, "times": {many}}}
        ]}}"#
    )
}

#[test]
fn whatever_goes_wrong_on_the_emulator() {
    let mut moments = Moments::new();
    let seed = u32::try_from(moments.number(1 << 30)).expect("small");
    let Some(mut ground) = Ground::with_faults(&faults(seed)) else { return };
    let mut row = Row::new("faults of the emulator, every second run killed".to_owned());
    ground.clear();
    let span = ground.start().end().took;
    for round in 0..long_form().map_or(4, |moments| moments / 20) {
        ground.clear();
        let befell = if round % 2 == 0 {
            let vesto = ground.start();
            let_run(span.mul_f64(moments.next()));
            let ended = vesto.kill();
            ground.check(&ended, false)
        } else {
            Ok(())
        };
        ground.finish(&mut row, &format!("round {round}"), befell);
    }
    row.close();
}

#[test]
fn a_conflict_does_not_hide_the_holder_from_those_who_wait() {
    let faults = r#"{"faults": [
        {"fault": "concurrent-transaction", "statement": "from stv_sessions"},
        {"fault": "latency", "statement": "insert into mark", "milliseconds": [300, 300]}
    ]}"#;
    let Some(mut ground) = Ground::with_faults(faults) else { return };
    let vesto = ground.start();
    ground.watch().await_answer("select count(*) from vesto.holder where session_started is not null", "1");
    vesto.kill();
}
