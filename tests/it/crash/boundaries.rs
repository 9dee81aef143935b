//! SIGKILL at every message: before it is sent, while the server is at it, and when its answer is there and not heard.
//!
//! Between two messages vesto does nothing to the database, and every intent, lone statement and `done` begins or ends
//! with a message. So these are all boundaries of the journal that a client can be killed at.

use super::long_form;
use super::mixed::Form;
use super::moments::Moments;
use super::table::Row;
use super::trial::Ground;
use crate::proxy::{Point, Reach};

const REACHES: [Reach; 3] = [Reach::Nothing, Reach::Whole, Reach::Answered];

fn kill_at_every_message(form: Form) {
    let Some(mut ground) = Ground::behind_proxy(form) else { return };
    let messages = ground.whole().client;
    let mut row = Row::new(format!("SIGKILL at every message, {}", form.name()));
    for message in 1..=messages {
        for reach in REACHES {
            // The same moment as before the next message, as far as the database knows.
            if reach == Reach::Answered && long_form().is_none() && message % 3 != 0 {
                continue;
            }
            kill_at(&mut ground, &mut row, &[Point::Client(message, reach)]);
        }
    }
    row.close();
}

/// The same at each request of the Data API. What a killed run leaves there holds the lock until its term is over, which takes
/// seconds, so the short form takes few.
fn kill_at_every_request() {
    let Some(mut ground) = Ground::behind_proxy(Form::DataApi) else { return };
    let requests = ground.whole().client;
    let mut row = Row::new("SIGKILL at every request, Data API".to_owned());
    let points = (1..=requests).flat_map(|request| REACHES.map(|reach| Point::Client(request, reach)));
    let stride = if long_form().is_some() { 1 } else { requests };
    for point in points.skip(Moments::new().number(stride) - 1).step_by(stride) {
        kill_at(&mut ground, &mut row, &[point]);
    }
    row.close();
}

/// Kills one run after the other, each at its point.
fn kill_at(ground: &mut Ground, row: &mut Row, points: &[Point]) {
    ground.clear();
    let mut befell = Ok(());
    for (number, point) in points.iter().enumerate() {
        befell = befell.and_then(|()| match ground.run_to(*point) {
            Ok(vesto) => ground.kill(vesto),
            // A run that goes on where another stopped may need fewer messages.
            Err(ended) if number > 0 => ground.check(&ended, ended.code == Some(0)),
            Err(ended) => Err(format!("the point was not reached: {}", ended.text)),
        });
    }
    ground.finish(row, &format!("{points:?}"), befell);
}

/// The run that follows is killed too: it may be about to settle what the first one left.
fn kill_twice(form: Form) {
    let Some(mut ground) = Ground::behind_proxy(form) else { return };
    let messages = ground.whole().client;
    let mut row = Row::new(format!("SIGKILL at a message, and again in the next run, {}", form.name()));
    let mut moments = Moments::new();
    let repetitions = if long_form().is_some() { 6 } else { 1 };
    for first in 1..=messages {
        for repetition in 0..repetitions {
            let reach = if (first + repetition) % 2 == 0 { Reach::Whole } else { Reach::Answered };
            let second = Point::Client(moments.number(messages.min(16)), REACHES[moments.number(3) - 1]);
            kill_at(&mut ground, &mut row, &[Point::Client(first, reach), second]);
        }
    }
    row.close();
}

#[test]
fn killed_at_every_message_on_postgres() {
    kill_at_every_message(Form::Postgres);
}

#[test]
fn killed_at_every_message_about_a_database() {
    kill_at_every_message(Form::Creation);
}

#[test]
fn killed_at_every_message_on_the_double() {
    kill_at_every_message(Form::Double);
}

#[test]
fn killed_at_every_message_as_a_cluster() {
    kill_at_every_message(Form::Cluster);
}

#[test]
fn killed_at_every_message_on_the_emulator() {
    kill_at_every_message(Form::Emulated);
}

#[test]
fn killed_at_every_request_of_the_data_api() {
    kill_at_every_request();
}

#[test]
fn killed_twice_on_postgres() {
    kill_twice(Form::Postgres);
}

#[test]
fn killed_twice_on_the_double() {
    kill_twice(Form::Double);
}

#[test]
fn killed_twice_as_a_cluster() {
    kill_twice(Form::Cluster);
}
