//! What goes wrong on demand, as a file says: the errors that a busy Redshift gives now and then, and networks that fail.
//!
//! Nothing here is chance that a second run would not repeat: what a rule does depends on its seed, and on the numbers of
//! the session and of the message in it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;

use super::api;
use super::login;
use super::refusal::Refusal;

/// The faults of an emulator.
#[derive(Debug, Default)]
pub struct Faults {
    seed: u64,
    isolation: Isolation,
    rules: Vec<Rule>,
    api: Vec<api::Fault>,
    /// How often each rule has worked.
    used: Mutex<Vec<u64>>,
    sessions: AtomicU64,
}

/// How transactions see each other:
/// <https://docs.aws.amazon.com/redshift/latest/dg/c_serial_isolation.html>.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Isolation {
    /// As PostgreSQL by default, which never refuses.
    #[default]
    ReadCommitted,
    /// Redshift's default for new databases.
    Snapshot,
    /// Redshift's default for old databases.
    Serializable,
}

/// What the file holds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    #[serde(default)]
    seed: u64,
    #[serde(default)]
    isolation: Isolation,
    #[serde(default)]
    faults: Vec<Rule>,
    /// Faults of the API face.
    #[serde(default)]
    api: Vec<api::Fault>,
}

/// One fault, and when it happens.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Rule {
    fault: Kind,
    /// Only where the statement has these words, whatever their case.
    statement: Option<String>,
    /// Only in the session of this number, from 1, counted over the emulator's life.
    session: Option<u64>,
    /// Only at the statement of this number in its session, from 1.
    message: Option<u64>,
    /// How likely it is where it may happen, from 0 to 1.
    chance: Option<f64>,
    /// How often it happens at most; once, and for a delay always, if it is left out.
    times: Option<u64>,
    /// For a delay: the shortest and the longest.
    milliseconds: Option<(u64, u64)>,
    /// For an error of one's own: its SQLSTATE and its text.
    code: Option<String>,
    text: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Latency,
    CutBefore,
    CutAfter,
    CopyOutlivesClient,
    SerializableViolation,
    ConcurrentTransaction,
    MissingOid,
    DroppedTable,
    DiskFull,
    CredentialsExpired,
    CutAtLogIn,
    Error,
}

impl Kind {
    /// Whether it strikes log-ins, and no statements.
    fn is_at_log_in(self) -> bool {
        matches!(self, Self::CredentialsExpired | Self::CutAtLogIn)
    }
}

/// What becomes of a statement or a log-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is carried out.
    Normal,
    /// The connection is cut, and nobody carries it out.
    CutBefore,
    /// It is carried out, and the connection is cut before its answer.
    CutAfter,
    /// The connection is cut at once, and it is carried out nevertheless.
    Outlives,
    /// It is refused.
    Refused(Refusal),
}

/// The faults of one session.
#[derive(Debug)]
pub struct SessionFaults {
    faults: Arc<Faults>,
    session: u64,
    message: u64,
}

impl Faults {
    /// Reads a file of faults, which is JSON.
    ///
    /// # Errors
    ///
    /// Fails if it is none, or a word in it is not known.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        let File { seed, isolation, faults, api } = serde_json::from_str(text)?;
        let used = Mutex::new(vec![0; faults.len()]);
        Ok(Self { seed, isolation, rules: faults, api, used, sessions: AtomicU64::new(0) })
    }

    /// How transactions see each other.
    pub fn isolation(&self) -> Isolation {
        self.isolation
    }

    /// The faults of the API face.
    pub fn api(&self) -> &[api::Fault] {
        &self.api
    }

    /// The faults of the next session.
    pub fn session(self: &Arc<Self>) -> SessionFaults {
        let session = self.sessions.fetch_add(1, Ordering::SeqCst) + 1;
        SessionFaults { faults: self.clone(), session, message: 0 }
    }

    /// Counts one more use of a rule, unless it has had all of them.
    fn uses(&self, at: usize, most: u64) -> bool {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        match used.get_mut(at) {
            Some(count) if *count < most => {
                *count += 1;
                true
            }
            _ => false,
        }
    }
}

impl SessionFaults {
    /// Whether no statement of the session has anything to fear.
    pub fn are_none(&self) -> bool {
        self.faults.rules.is_empty()
    }

    /// What becomes of the log-in.
    pub fn at_log_in(&self) -> Fate {
        let mut rules = self.faults.rules.iter().enumerate();
        match rules.find(|(at, rule)| rule.fault.is_at_log_in() && self.strikes(*at, rule, None)) {
            Some((_, rule)) if rule.fault == Kind::CutAtLogIn => Fate::CutBefore,
            Some(_) => Fate::Refused(login::expired()),
            None => Fate::Normal,
        }
    }

    /// What becomes of the next statement, and how long it waits before.
    pub fn at_statement(&mut self, text: &str) -> (Duration, Fate) {
        self.message += 1;
        let mut delay = Duration::ZERO;
        for (at, rule) in self.faults.rules.iter().enumerate() {
            if rule.fault.is_at_log_in() || !self.strikes(at, rule, Some(text)) {
                continue;
            }
            match self.fate(at, rule) {
                Some(fate) => return (delay, fate),
                None => delay += self.delay(at, rule),
            }
        }
        (delay, Fate::Normal)
    }

    fn strikes(&self, at: usize, rule: &Rule, text: Option<&str>) -> bool {
        let is_copy = || text.is_some_and(|text| text.trim_start().to_lowercase().starts_with("copy"));
        let has = |words: &String| text.is_some_and(|text| text.to_lowercase().contains(&words.to_lowercase()));
        rule.session.is_none_or(|session| session == self.session)
            && rule.message.is_none_or(|message| message == self.message)
            && rule.statement.as_ref().is_none_or(has)
            && (rule.fault != Kind::CopyOutlivesClient || is_copy())
            && rule.chance.is_none_or(|chance| self.number(at, 0) < chance)
            && self.faults.uses(at, rule.times.unwrap_or(if rule.fault == Kind::Latency { u64::MAX } else { 1 }))
    }

    /// What a rule does; nothing for one that only delays.
    fn fate(&self, at: usize, rule: &Rule) -> Option<Fate> {
        let refused = |text: &str| Some(Fate::Refused(Refusal::error("XX000", text)));
        let number = 100_000 + (self.number(at, 1) * 900_000.0) as u64;
        match rule.fault {
            Kind::Latency | Kind::CredentialsExpired | Kind::CutAtLogIn => None,
            Kind::CutBefore => Some(Fate::CutBefore),
            Kind::CutAfter => Some(Fate::CutAfter),
            Kind::CopyOutlivesClient => Some(Fate::Outlives),
            Kind::SerializableViolation => Some(Fate::Refused(violation(number))),
            Kind::ConcurrentTransaction => refused(CONFLICT),
            Kind::MissingOid => refused(&format!("could not open relation with OID {number}")),
            Kind::DroppedTable => refused(&format!("table {number} dropped by concurrent transaction")),
            Kind::DiskFull => Some(Fate::Refused(disk_full(number))),
            Kind::Error => {
                let code = rule.code.as_deref().unwrap_or("XX000");
                Some(Fate::Refused(Refusal::error(code, rule.text.as_deref().unwrap_or("a fault of the faults file"))))
            }
        }
    }

    fn delay(&self, at: usize, rule: &Rule) -> Duration {
        let (least, most) = rule.milliseconds.unwrap_or((100, 100));
        let more = most.saturating_sub(least) as f64 * self.number(at, 1);
        Duration::from_millis(least + more as u64)
    }

    /// A number from 0 to below 1 that is the same in each run: splitmix64 of all that it depends on
    /// (<https://prng.di.unimi.it/splitmix64.c>).
    fn number(&self, rule: usize, use_of_it: u64) -> f64 {
        let mut state = self.faults.seed;
        for part in [rule as u64, use_of_it, self.session, self.message] {
            state = state.wrapping_add(part).wrapping_add(0x9e37_79b9_7f4a_7c15);
            state = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            state = (state ^ state >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            state ^= state >> 31;
        }
        (state >> 11) as f64 / (1_u64 << 53) as f64
    }
}

impl Isolation {
    /// The level of PostgreSQL that does the same, as an option of a command line.
    pub fn option(self) -> Option<&'static str> {
        match self {
            Self::ReadCommitted => None,
            Self::Snapshot => Some("-c default_transaction_isolation=repeatable\\ read"),
            Self::Serializable => Some("-c default_transaction_isolation=serializable"),
        }
    }

    /// A refusal in the words of Redshift, if it is about what others did at the same time.
    pub fn reword(self, refusal: Refusal) -> Refusal {
        match self {
            _ if refusal.code() != "40001" => refusal,
            Self::ReadCommitted => refusal,
            Self::Snapshot => Refusal::error("XX000", CONFLICT),
            Self::Serializable => violation(100_000),
        }
    }
}

/// <https://github.com/aws/amazon-redshift-jdbc-driver/issues/147>.
const CONFLICT: &str = "could not complete because of conflict with concurrent transaction";

/// <https://github.com/aws/aws-sdk-pandas/issues/665>.
fn violation(table: u64) -> Refusal {
    let detail = format!(
        "Serializable isolation violation on table - {table}, transactions forming the cycle are: 1745830, 1745762 \
         (pid:15021)"
    );
    Refusal::error("XX000", "1023").detail(detail)
}

/// <https://github.com/databricks/spark-redshift/issues/348>.
fn disk_full(query: u64) -> Refusal {
    let line = "-----------------------------------------------";
    let detail = format!(
        "\n  {line}\n  error:  Disk Full\n  code:      1016\n  context:   node: 0\n  query:     {query}\n  \
         location:  fdisk_api.cpp:398\n  process:   query0_1222 [pid=51115]\n  {line}\n"
    );
    Refusal::error("XX000", "Disk Full").detail(detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fates(faults: &Arc<Faults>, statements: &[&str]) -> Vec<(Duration, Fate)> {
        let mut session = faults.session();
        statements.iter().map(|statement| session.at_statement(statement)).collect()
    }

    fn faults(text: &str) -> Arc<Faults> {
        Arc::new(Faults::parse(text).expect("a file of faults"))
    }

    #[test]
    fn a_rule_waits_for_its_session_its_message_and_its_words() {
        let file = r#"{"faults": [
            {"fault": "cut-before", "session": 2, "message": 2},
            {"fault": "disk-full", "statement": "INSERT into t", "times": 2},
            {"fault": "copy-outlives-client"}
        ]}"#;
        let faults = faults(file);
        let statements = ["select 1", "insert INTO t values (1)", "unload ('copy')", "copy t from 's3://b/k'"];
        let told = |fates: Vec<(Duration, Fate)>| {
            let word = |fate: Fate| match fate {
                Fate::Refused(refusal) => refusal.message().to_owned(),
                other => format!("{other:?}"),
            };
            fates.into_iter().map(|(_, fate)| word(fate)).collect::<Vec<_>>()
        };
        assert_eq!(told(fates(&faults, &statements)), ["Normal", "Disk Full", "Normal", "Outlives"]);
        assert_eq!(told(fates(&faults, &statements)), ["Normal", "CutBefore", "Normal", "Normal"]);
        assert_eq!(told(fates(&faults, &statements)), ["Normal", "Disk Full", "Normal", "Normal"]);
        assert_eq!(told(fates(&faults, &statements)), ["Normal"; 4]);
    }

    #[test]
    fn the_same_seed_gives_the_same_faults_and_another_gives_others() {
        let run = |seed: u64| {
            let rule = r#"{"fault": "missing-oid", "chance": 0.5, "times": 1000}"#;
            let wait = r#"{"fault": "latency", "milliseconds": [10, 90]}"#;
            let faults = faults(&format!(r#"{{"seed": {seed}, "faults": [{wait}, {rule}]}}"#));
            (0..4).flat_map(|_| fates(&faults, &["select 1"; 25])).collect::<Vec<_>>()
        };
        let first = run(1);
        assert_eq!(first, run(1));
        assert_ne!(first, run(2));
        let struck = first.iter().filter(|(_, fate)| *fate != Fate::Normal).count();
        assert!((30..70).contains(&struck), "{struck} of 100");
        assert!(first.iter().all(|(delay, _)| (10..=90).contains(&delay.as_millis())));
    }

    #[test]
    fn log_ins_fail_as_with_an_expired_token_or_are_cut() {
        let words = r#"{"fault": "credentials-expired", "session": 2}, {"fault": "cut-at-log-in", "session": 3}"#;
        let faults = faults(&format!(r#"{{"faults": [{words}]}}"#));
        let fates: Vec<Fate> = (0..4).map(|_| faults.session().at_log_in()).collect();
        assert_eq!(fates, [Fate::Normal, Fate::Refused(login::expired()), Fate::CutBefore, Fate::Normal]);
    }

    #[test]
    fn unknown_words_are_refused() {
        for text in [r#"{"faults": [{"fault": "fire"}]}"#, r#"{"faulty": []}"#, r#"{"faults": [{"statment": "x"}]}"#] {
            assert!(Faults::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn conflicts_have_the_words_of_the_isolation() {
        let refusal = || Refusal::error("40001", "could not serialize access due to concurrent update");
        assert_eq!(Isolation::ReadCommitted.reword(refusal()), refusal());
        assert_eq!(Isolation::Snapshot.reword(refusal()).message(), CONFLICT);
        assert_eq!(Isolation::Serializable.reword(refusal()).message(), "1023");
        let other = Refusal::error("42P01", "no such table");
        assert_eq!(Isolation::Snapshot.reword(other.clone()), other);
    }
}
