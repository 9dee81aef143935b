//! Four runs at once on one target, each killed at random and started again, until all is applied.

use std::time::{Duration, Instant};

use super::long_form;
use super::mixed::Form;
use super::moments::Moments;
use super::table::Row;
use super::trial::{Course, Ground};
use crate::rig::{Ended, PATIENCE, Running, say};

const RUNNERS: usize = 4;

/// A run, and when it is to be killed.
struct Runner {
    vesto: Running,
    doom: Instant,
}

struct Contest<'a> {
    ground: &'a mut Ground,
    moments: &'a mut Moments,
    span: Duration,
    course: Course,
    kills: u32,
}

impl Contest<'_> {
    fn runner(&mut self) -> Runner {
        // Long enough that work gets done between the kills: a run waits for those before it.
        let life = self.span.mul_f64(self.moments.next() * 6.0);
        Runner { vesto: self.ground.start(), doom: Instant::now() + life }
    }

    /// Runs until one has found all applied, with a person in between who waits until nobody is at work.
    fn hold(&mut self) -> Result<(), String> {
        for _ in 0..400 {
            let mut ends = self.until_somebody_stops()?;
            let asks = ends.iter().position(|ended| ended.code == Some(10));
            let done = ends.iter().any(|ended| ended.code == Some(0));
            if let Some(asks) = asks {
                // What the others ask may be the same, or older than what they did since.
                let asked = self.ground.rig.vesto(&["apply", "--format", "json", "--lock-timeout", "60s"]);
                drop(ends.swap_remove(asks));
                self.course = self.course.max(self.ground.answer(&asked)?);
            } else if done {
                return Ok(());
            }
        }
        Err("it never ends".to_owned())
    }

    /// Keeps four at work until one ends with a word, then lets the others end too.
    fn until_somebody_stops(&mut self) -> Result<Vec<Ended>, String> {
        let mut runners = (0..RUNNERS).map(|_| self.runner()).collect::<Vec<_>>();
        let deadline = Instant::now() + PATIENCE;
        while !runners.iter_mut().any(|runner| runner.vesto.has_ended()) {
            let now = Instant::now();
            if now > deadline {
                return Err("no run comes to its end".to_owned());
            }
            if let Some(at) = runners.iter().position(|runner| runner.doom <= now) {
                let next = self.runner();
                let killed = std::mem::replace(&mut runners[at], next).vesto.kill();
                self.kills += u32::from(killed.code.is_none());
                self.look(&killed)?;
            }
            std::thread::sleep(Duration::from_micros(200));
        }
        runners.into_iter().map(|runner| self.end(runner)).collect()
    }

    fn end(&mut self, mut runner: Runner) -> Result<Ended, String> {
        while !runner.vesto.has_ended() && Instant::now() < runner.doom {
            std::thread::sleep(Duration::from_micros(200));
        }
        let ended = if runner.vesto.has_ended() { runner.vesto.end() } else { runner.vesto.kill() };
        self.kills += u32::from(ended.code.is_none());
        self.look(&ended)?;
        match ended.code {
            None | Some(0 | 10) => Ok(ended),
            _ => Err(format!("ended with {:?}: {}", ended.code, ended.text)),
        }
    }

    fn look(&mut self, ended: &Ended) -> Result<(), String> {
        if ended.text.contains(" was in doubt: ") {
            self.course = self.course.max(Course::Settled);
        }
        self.ground.check(ended, false)
    }
}

fn contest(form: Form, rounds: u32) {
    let Some(mut ground) = Ground::new(form) else { return };
    let mut row = Row::new(format!("four runs at once, killed and started again, {}", form.name()));
    let mut moments = Moments::new();
    ground.clear();
    let span = ground.start().end().expect(0).took;
    let mut all_kills = 0;
    for round in 0..rounds {
        ground.clear();
        let mut contest = Contest { ground: &mut ground, moments: &mut moments, span, course: Course::Plain, kills: 0 };
        let held = contest.hold();
        let (course, kills) = (contest.course, contest.kills);
        all_kills += kills;
        ground.finish_as(&mut row, &format!("round {round}, {kills} kills"), held.map(|()| course));
    }
    say(&format!("{}: {all_kills} kills in {rounds} rounds", form.name()));
    row.close();
}

#[test]
fn four_runs_on_postgres() {
    contest(Form::Postgres, if long_form().is_some() { 40 } else { 2 });
}

#[test]
fn four_runs_as_a_cluster() {
    contest(Form::Cluster, if long_form().is_some() { 40 } else { 2 });
}

#[test]
fn four_runs_on_the_emulator() {
    contest(Form::Emulated, if long_form().is_some() { 40 } else { 2 });
}
