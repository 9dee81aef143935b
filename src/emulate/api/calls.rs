//! The record of calls: what a test asserts on. It holds nothing of what was said in them.

use std::collections::VecDeque;

use serde::Serialize;

/// Calls that are kept at most.
const KEPT: usize = 10_000;

/// One call that was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Call {
    /// The service's signing name.
    pub service: String,
    /// The action.
    pub action: String,
    /// HTTP status of the answer; 0 where the connection was cut.
    pub status: u16,
    /// The code of the error that was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The key id of who called, which is no secret.
    pub access_key: String,
    /// Whether a fault that was asked for answered.
    pub injected: bool,
}

/// The latest calls, oldest first.
#[derive(Default)]
pub(super) struct Calls(VecDeque<Call>);

impl Calls {
    pub(super) fn add(&mut self, call: Call) {
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back(call);
    }

    pub(super) fn all(&self) -> Vec<Call> {
        self.0.iter().cloned().collect()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
