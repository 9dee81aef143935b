//! Faults on demand: throttling, errors, slowness and cut connections, so many times, for the calls that match.

use std::time::Duration;

use serde::Deserialize;

use super::refusal::Refusal;

/// One fault. Of several that match a call, the first that has not run out counts.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Which calls: `service:Action`, where `*` stands for any text, such as `redshift:Describe*`.
    #[serde(rename = "match")]
    pub calls: String,
    /// How many calls; all of them if not given.
    pub times: Option<u32>,
    /// HTTP status of the error; 400 if only a code is given.
    pub status: Option<u16>,
    /// Code of the error, such as `Throttling`. Without it and without `reset` the call is answered, only later.
    pub code: Option<String>,
    /// The error's text.
    pub message: Option<String>,
    /// Seconds to wait first.
    #[serde(default)]
    pub delay: f64,
    /// Whether to cut the connection instead of an answer.
    #[serde(default)]
    pub reset: bool,
    /// Whether the call is carried out before the connection is cut by `reset`.
    #[serde(default)]
    pub after: bool,
}

/// What is to happen to one call.
#[derive(Debug, PartialEq)]
pub(super) struct Injected {
    pub(super) delay: Duration,
    pub(super) end: End,
}

/// How the call ends.
#[derive(Debug, PartialEq)]
pub(super) enum End {
    /// As it would without the fault.
    Answered,
    Refused(Refusal),
    Cut,
    CutAfter,
}

/// The faults that are asked for.
#[derive(Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    pub(super) fn set(&mut self, faults: Vec<Fault>) {
        self.0 = faults;
    }

    /// The fault of this call, which is used up by it.
    pub(super) fn next(&mut self, service: &str, action: &str) -> Option<Injected> {
        let call = format!("{service}:{action}");
        let fits = |fault: &&mut Fault| fault.times != Some(0) && matches(&fault.calls, &call);
        let fault = self.0.iter_mut().find(fits)?;
        fault.times = fault.times.map(|times| times - 1);
        let end = match (&fault.code, fault.status) {
            _ if fault.reset && fault.after => End::CutAfter,
            _ if fault.reset => End::Cut,
            (None, None) => End::Answered,
            (code, status) => {
                let code = code.as_deref().unwrap_or("InternalFailure");
                let message = fault.message.as_deref().unwrap_or("a fault that was asked for");
                End::Refused(Refusal::new(status.unwrap_or(400), code, message))
            }
        };
        // A negative or endless delay is none.
        Some(Injected { delay: Duration::try_from_secs_f64(fault.delay).unwrap_or_default(), end })
    }
}

/// Whether the whole text fits a pattern in which `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(text) = text.strip_prefix(head) else { return false };
    text.char_indices().map(|(at, _)| at).chain([text.len()]).any(|at| matches(rest, &text[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for pattern in ["redshift:DescribeClusters", "redshift:*", "*", "*:Describe*", "redshift:*Clusters"] {
            assert!(matches(pattern, "redshift:DescribeClusters"), "{pattern}");
        }
        for pattern in ["", "redshift", "redshift:Describe", "redshift-data:*", "*Cluster", "Describe*"] {
            assert!(!matches(pattern, "redshift:DescribeClusters"), "{pattern}");
        }
    }

    #[test]
    fn a_fault_is_used_up() {
        let file = r#"[{"match": "redshift:*", "times": 2, "code": "Throttling"}, {"match": "*", "delay": 0.5}]"#;
        let mut faults = Faults::default();
        faults.set(serde_json::from_str(file).unwrap());
        let throttled = || Some(End::Refused(Refusal::bad("Throttling", "a fault that was asked for")));
        let mut end = |service| faults.next(service, "X").map(|injected| injected.end);
        assert_eq!(end("redshift"), throttled());
        assert_eq!(end("redshift-data"), Some(End::Answered));
        assert_eq!(end("redshift"), throttled());
        assert_eq!(end("redshift"), Some(End::Answered));
        assert_eq!(faults.next("s3", "X").unwrap().delay, Duration::from_millis(500));
    }

    #[test]
    fn a_call_may_be_cut_before_or_after_it() {
        let file = r#"[{"match": "*", "times": 1, "reset": true}, {"match": "*", "reset": true, "after": true}]"#;
        let mut faults = Faults::default();
        faults.set(serde_json::from_str(file).unwrap());
        let mut end = || faults.next("redshift-data", "ExecuteStatement").map(|injected| injected.end);
        assert_eq!([end(), end()], [Some(End::Cut), Some(End::CutAfter)]);
    }

    #[test]
    fn words_that_are_not_known_are_refused() {
        assert!(serde_json::from_str::<Vec<Fault>>(r#"[{"match": "*", "time": 2}]"#).is_err());
    }
}
