//! SIGKILL at random moments, without anything in between; every fourth time the run that follows is killed as well.

use std::time::Duration;

use super::long_form;
use super::mixed::Form;
use super::moments::{Moments, let_run};
use super::table::Row;
use super::trial::Ground;

/// Moments of the short form.
const MOMENTS: u32 = 60;

fn kill_at_random(form: Form, share: f64) {
    let Some(mut ground) = Ground::new(form) else { return };
    let wanted = Duration::from_secs(u64::from(long_form().unwrap_or(MOMENTS))).mul_f64(share).as_secs();
    let mut row = Row::new(format!("SIGKILL at random moments, {}", form.name()));
    let mut moments = Moments::new();
    let mut span = Duration::ZERO;
    for _ in 0..3 {
        ground.clear();
        span = span.max(ground.start().end().expect(0).took);
    }
    while u64::from(row.points()) < wanted {
        ground.clear();
        let (mut kills, mut befell) = (0, Ok(()));
        while befell.is_ok() && kills < 4 && (kills == 0 || moments.next() < 0.25) {
            let vesto = ground.start();
            let_run(span.mul_f64(moments.next()));
            let ended = vesto.kill();
            befell = ground.check(&ended, ended.code == Some(0));
            if ended.code.is_some() {
                break;
            }
            kills += 1;
        }
        // A first moment that came too late counts for nothing.
        if kills > 0 || befell.is_err() {
            ground.finish(&mut row, "a random moment", befell);
        } else {
            span = span.mul_f64(0.98);
        }
    }
    row.close();
}

#[test]
fn killed_at_random_on_postgres() {
    kill_at_random(Form::Postgres, 0.5);
}

#[test]
fn killed_at_random_on_the_double() {
    kill_at_random(Form::Double, 0.3);
}

#[test]
fn killed_at_random_as_a_cluster() {
    kill_at_random(Form::Cluster, 0.2);
}

#[test]
fn killed_at_random_on_the_emulator() {
    kill_at_random(Form::Emulated, 0.2);
}

#[test]
fn killed_at_random_over_the_data_api() {
    kill_at_random(Form::DataApi, 0.1);
}
