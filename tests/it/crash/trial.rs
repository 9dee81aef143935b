//! One trial: a run that something befalls, what the database then shows, and how the project is brought to its end.

use super::emulator::Emulator;
use super::mixed::{DATABASE, Form};
use super::table::Row;
use crate::proxy::{Passed, Point, Proxy};
use crate::rig::{Ended, Rig, Running, Sql};

/// More repetitions than this nobody needs.
const ATTEMPTS: usize = 40;

/// How a trial ended, when it ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Course {
    /// Nobody noticed anything.
    Plain,
    /// The catalogue said what became of a statement.
    Settled,
    /// A person was asked.
    Asked,
}

/// A project on a server of its own, used for one trial after the other.
pub(crate) struct Ground {
    /// In front of the rig's server, and ended before it.
    #[expect(dead_code, reason = "it is there until it is dropped")]
    emulator: Option<Emulator>,
    pub(crate) rig: Rig,
    pub(crate) form: Form,
    pub(crate) proxy: Option<Proxy>,
    watch: Option<Sql>,
    /// Codes with which a run may end beside success and a question: another one goes on.
    may_end_with: &'static [i32],
}

impl Ground {
    pub(crate) fn new(form: Form) -> Option<Self> {
        Self::made(form, None, false)
    }

    pub(crate) fn behind_proxy(form: Form) -> Option<Self> {
        Self::made(form, None, true)
    }

    /// On an emulator on which these faults happen, also to the runs that are to bring the project to its end.
    pub(crate) fn with_faults(faults: &str) -> Option<Self> {
        // A statement was refused, or the connection was lost and could not be had again.
        Some(Self { may_end_with: &[6, 7], ..Self::made(Form::Emulated, Some(faults), false)? })
    }

    fn made(form: Form, faults: Option<&str>, proxied: bool) -> Option<Self> {
        let mut rig = Rig::new()?;
        let emulator = matches!(form, Form::Emulated | Form::DataApi).then(|| Emulator::start(&rig, DATABASE, faults));
        let proxy = proxied.then(|| match &emulator {
            Some(emulator) if form == Form::DataApi => Proxy::before_http(emulator.api),
            Some(emulator) => Proxy::before_port(emulator.port),
            None => Proxy::new(&rig.address),
        });
        let behind = proxy.as_ref().map(|proxy| proxy.port);
        if let Some(emulator) = &emulator {
            rig.call_aws_at(behind.filter(|_| form == Form::DataApi).unwrap_or(emulator.api));
        }
        form.prepare(&rig, behind.or(emulator.as_ref().map(|emulator| emulator.port)));
        Some(Self { emulator, rig, form, proxy, watch: None, may_end_with: &[] })
    }

    pub(crate) fn proxy(&self) -> &Proxy {
        self.proxy.as_ref().expect("a proxy")
    }

    pub(crate) fn watch(&mut self) -> &mut Sql {
        self.watch.get_or_insert_with(|| self.rig.session(DATABASE))
    }

    /// The server again, after it was killed.
    pub(crate) fn restart(&mut self) {
        self.watch = None;
        self.rig.restart();
    }

    pub(crate) fn clear(&mut self) {
        let form = self.form;
        self.await_nobody();
        form.clear(self.watch());
    }

    pub(crate) fn start(&self) -> Running {
        self.rig.start(&["apply", "--format", "json", "--lock-timeout", "60s"])
    }

    /// A whole run without any fault, and how many messages it takes.
    pub(crate) fn whole(&mut self) -> Passed {
        // The first run on a database also installs the double's library, which the others find there.
        self.clear();
        self.proxy().stop_at(None);
        self.start().end().expect(0);
        self.clear();
        self.proxy().stop_at(None);
        let ended = self.start().end().expect(0);
        let passed = self.proxy().passed();
        self.check(&ended, true).unwrap_or_else(|wrong| panic!("without a fault: {wrong}"));
        passed
    }

    /// A run that stands still at the point, or the end of one that did not come to it.
    ///
    /// Over the Data API a run that takes longer renews its lock more often, which are requests too. So there a point that it
    /// went past is taken earlier.
    pub(crate) fn run_to(&mut self, point: Point) -> Result<Running, Ended> {
        let mut point = point;
        loop {
            let result = self.run_once_to(point);
            let is_past = result.as_ref().is_err_and(|ended| ended.code == Some(0));
            match point.earlier().filter(|_| is_past && self.form == Form::DataApi) {
                Some(earlier) => point = earlier,
                None => return result,
            }
            if let Err(ended) = result {
                self.check(&ended, true).unwrap_or_else(|wrong| panic!("without a fault: {wrong}"));
            }
            self.clear();
        }
    }

    fn run_once_to(&mut self, point: Point) -> Result<Running, Ended> {
        self.proxy().stop_at(Some(point));
        let mut vesto = self.start();
        if self.proxy().await_point(&mut vesto) {
            return Ok(vesto);
        }
        self.proxy().cut();
        Err(vesto.end())
    }

    /// Kills a run that stands still.
    pub(crate) fn kill(&mut self, vesto: Running) -> Result<(), String> {
        let ended = vesto.kill();
        self.proxy().cut();
        self.check(&ended, false)
    }

    /// Takes the connection from a run that stands still. It ends by itself, in order.
    pub(crate) fn cut(&mut self, vesto: Running) -> Result<(), String> {
        self.proxy().cut();
        let ended = vesto.end();
        match ended.code {
            // After the last commit nothing is lost any more.
            Some(0) => self.check(&ended, true),
            // It may have gone on with another connection, and met what only a person knows.
            Some(7 | 10) => self.check(&ended, false),
            _ => Err(format!("a cut connection ends it with {:?}: {}", ended.code, ended.text)),
        }
    }

    /// Brings the project to its end, looks at everything, and counts the trial.
    pub(crate) fn finish(&mut self, row: &mut Row, what: &str, befell: Result<(), String>) {
        self.finish_as(row, what, befell.map(|()| Course::Plain));
    }

    /// The same after a course that more than the last run had a part in.
    pub(crate) fn finish_as(&mut self, row: &mut Row, what: &str, befell: Result<Course, String>) {
        let course = befell.and_then(|before| Ok(before.max(self.recover()?)));
        row.count(what, course);
        // A check that failed leaves its transaction open, and an index waits for it.
        let _ = self.watch().try_ask("rollback");
        // Whatever is wrong must not spoil the next trial.
        if let Some(proxy) = &self.proxy {
            proxy.cut();
        }
    }

    fn recover(&mut self) -> Result<Course, String> {
        let mut course = Course::Plain;
        for _ in 0..ATTEMPTS {
            let ended = self.start().end();
            self.check(&ended, ended.code == Some(0))?;
            if !self.may_have_failed(&ended) {
                course = course.max(self.answer(&ended)?);
            }
            if ended.code == Some(0) {
                return Ok(course);
            }
        }
        Err("it never ends".to_owned())
    }

    fn may_have_failed(&self, ended: &Ended) -> bool {
        ended.code.is_some_and(|code| self.may_end_with.contains(&code))
    }

    /// What a run says of doubts; a person answers what it asks.
    pub(crate) fn answer(&mut self, ended: &Ended) -> Result<Course, String> {
        match ended.code {
            Some(10) => {
                let doubts = doubts(&ended.text);
                if doubts.is_empty() {
                    return Err(format!("asks about nothing: {}", ended.text));
                }
                for Doubt { change, statement, name } in doubts {
                    self.resolve(&change, statement, &name)?;
                }
                Ok(Course::Asked)
            }
            Some(0) if ended.text.contains(" was in doubt: ") => Ok(Course::Settled),
            Some(0) => Ok(Course::Plain),
            _ => Err(format!("ends with {:?}: {}", ended.code, ended.text)),
        }
    }

    /// The person: looks when nobody is at work any more, and says what there is.
    fn resolve(&mut self, change: &str, statement: u32, name: &str) -> Result<(), String> {
        let Some(look) = self.form.looked_at(change, statement) else {
            return Err(format!(
                "a person is asked about statement {statement} of {change}, which the catalogue knows"
            ));
        };
        self.await_nobody();
        let answer = if self.watch().ask(look) == "t" { "--done" } else { "--not-done" };
        let ended = self.rig.vesto(&["resolve", name, answer, "--reason", "I looked"]);
        // What was not heard is asked again by the next run, unless it arrived.
        if ended.code == Some(0) || self.may_have_failed(&ended) {
            Ok(())
        } else {
            Err(format!("resolve: {}", ended.text))
        }
    }

    /// Waits until no server process works for vesto.
    fn await_nobody(&mut self) {
        let sessions =
            format!("from pg_stat_activity where datname = '{DATABASE}' and application_name like 'vesto %'");
        // Over the Data API the sessions of killed runs stay for a quarter of an hour, and one may be opened after its run is
        // gone, so they are ended for as long as there are any.
        let ended = match self.form {
            Form::DataApi => "+ 0 * count(case when state like 'idle%' then pg_terminate_backend(pid) end)",
            _ => "",
        };
        self.watch().await_answer(&format!("select count(*) {ended} {sessions}"), "0");
    }

    /// Whether ledger and tables agree, and whether what the run told is so; with `complete`, whether all is there.
    pub(crate) fn check(&mut self, ended: &Ended, complete: bool) -> Result<(), String> {
        if ended.text.contains("panicked") {
            return Err(ended.text.clone());
        }
        let form = self.form;
        let told = told(&ended.text);
        let watch = self.watch();
        // What was sent before a kill may still be carried out, so all is to be seen as of one moment.
        watch.ask("rollback; begin isolation level repeatable read; select count(*) from pg_class");
        if watch.ask("select to_regclass('vesto.entry') is not null") == "t" {
            let tables = watch.ask("select to_regclass('mark') is not null") == "t";
            let query = if tables { form.contradictions() } else { "select count(*) from vesto.entry".to_owned() };
            let contradictions = watch.ask(&query);
            if contradictions != "0" {
                let journal =
                    watch.ask("select change_id, step_state, first_statement from vesto.journal order by sequence_no");
                let marks = watch.ask("select place from mark");
                return Err(format!("{contradictions} contradictions: ledger {journal:?}, tables {marks:?}"));
            }
            let entries = watch.ask("select change_id from vesto.entry where action = 'applied'");
            if let Some(lie) = told.iter().find(|id| !entries.lines().any(|entry| entry == id.as_str())) {
                return Err(format!("{lie} was told to be applied and is not"));
            }
        } else if !told.is_empty() {
            return Err(format!("{told:?} were told to be applied without a ledger"));
        }
        watch.ask("rollback");
        if complete {
            let end = watch.try_ask(&form.end()).map_err(|error| format!("{error:?}"))?;
            if end != form.expected_end() {
                return Err(format!("it ended as {end}"));
            }
        }
        Ok(())
    }
}

/// The changes that a run told to be applied, from its lines of JSON. The last line of a killed run may be half.
fn told(text: &str) -> Vec<String> {
    let lines = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    lines
        .filter(|line| line["event"] == "change-finished")
        .filter_map(|line| Some(line["id"].as_str()?.into()))
        .collect()
}

/// What it asks: "statement 1 of `V03` is in doubt (V03@17)".
struct Doubt {
    change: String,
    statement: u32,
    name: String,
}

fn doubts(text: &str) -> Vec<Doubt> {
    let mut found: Vec<Doubt> = Vec::new();
    for part in text.split("statement ").skip(1) {
        let Some((number, rest)) = part.split_once(" of `") else { continue };
        let Some((change, rest)) = rest.split_once('`') else { continue };
        let name = rest.strip_prefix(" is in doubt (").and_then(|rest| Some(rest.split_once(')')?.0));
        if let (Ok(statement), Some(name)) = (number.parse(), name)
            && !found.iter().any(|known| known.name == name)
        {
            found.push(Doubt { change: change.to_owned(), statement, name: name.to_owned() });
        }
    }
    found
}
