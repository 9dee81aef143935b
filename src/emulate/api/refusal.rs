//! Errors as AWS words them: a code, an HTTP status and a message.

use std::fmt;

use super::behind::Failure;

/// An error that is answered. Codes and statuses are those of botocore's models of the services, and for errors common
/// to all services those of <https://docs.aws.amazon.com/redshift/latest/APIReference/CommonErrors.html>.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: String,
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into() }
    }

    /// What most errors are: the request is at fault.
    pub(super) fn bad(code: &str, message: impl Into<String>) -> Self {
        Self::new(400, code, message)
    }

    /// A value that its parameter does not take.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::bad("InvalidParameterValue", message)
    }

    /// Parameters that do not go together.
    pub(super) fn combination(message: impl Into<String>) -> Self {
        Self::bad("InvalidParameterCombination", message)
    }

    /// What redshift-data and redshift-serverless say of any wrong value.
    pub(super) fn validation(message: impl Into<String>) -> Self {
        Self::bad("ValidationException", message)
    }

    /// A part of AWS that the emulator does not do.
    pub(super) fn not_emulated(message: impl fmt::Display) -> Self {
        Self::new(501, "NotImplemented", format!("vesto emulate: {message}"))
    }

    /// Whether the caller is at fault, and not the service.
    pub(super) fn is_senders(&self) -> bool {
        self.status < 500
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::new(500, "InternalFailure", format!("vesto emulate: {failure}"))
    }
}
