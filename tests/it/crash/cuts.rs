//! The connection is cut while vesto lives: before, inside of and after each message, in both directions. So also before,
//! during and after each commit, and between the answers to the statements of one message.

use super::long_form;
use super::mixed::Form;
use super::moments::Moments;
use super::table::Row;
use super::trial::Ground;
use crate::proxy::{Point, Reach};

/// The short form takes one of so many points.
const STRIDE: usize = 12;

fn cut_everywhere(form: Form) {
    let Some(mut ground) = Ground::behind_proxy(form) else { return };
    let passed = ground.whole();
    let client = (1..=passed.client).flat_map(|message| {
        [Reach::Nothing, Reach::Half, Reach::Whole, Reach::Answered].map(|reach| Point::Client(message, reach))
    });
    // After one is before the next.
    let server =
        (1..=passed.server).flat_map(|message| [Reach::Half, Reach::Whole].map(|reach| Point::Server(message, reach)));
    let mut moments = Moments::new();
    for (direction, points) in [("client's", client.collect::<Vec<_>>()), ("server's", server.collect())] {
        let mut row = Row::new(format!("connection cut at the {direction} messages, {}", form.name()));
        let (stride, first) = match long_form() {
            Some(_) => (1, 1),
            None => (STRIDE * coarseness(form, direction), moments.number(STRIDE)),
        };
        for point in points.into_iter().skip(first - 1).step_by(stride) {
            ground.clear();
            let befell = match ground.run_to(point) {
                Ok(vesto) => ground.cut(vesto),
                Err(ended) => Err(format!("the point was not reached: {}", ended.text)),
            };
            ground.finish(&mut row, &format!("{point:?}"), befell);
        }
        row.close();
    }
}

/// There are more messages of servers, and the Data API takes longer over each of its own.
fn coarseness(form: Form, direction: &str) -> usize {
    match (form, direction) {
        (Form::DataApi, "server's") => 8,
        (_, "server's") | (Form::DataApi, _) => 4,
        _ => 1,
    }
}

#[test]
fn cut_on_postgres() {
    cut_everywhere(Form::Postgres);
}

#[test]
fn cut_on_the_double() {
    cut_everywhere(Form::Double);
}

#[test]
fn cut_as_a_cluster() {
    cut_everywhere(Form::Cluster);
}

#[test]
fn cut_on_the_emulator() {
    cut_everywhere(Form::Emulated);
}

#[test]
fn cut_over_the_data_api() {
    cut_everywhere(Form::DataApi);
}
