//! What AWS said, in its own words: the action, the message and the code.

use std::error::Error;
use std::fmt::Debug;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_redshift::error::{ProvideErrorMetadata, SdkError};

use crate::ports::{CloudError, CloudErrorKind};

/// The error of a call. `action` is its name in policies, such as `redshift:DescribeClusters`.
pub(super) fn refused<E, R>(action: &str, error: SdkError<E, R>) -> CloudError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    R: Debug + Send + Sync + 'static,
{
    if let SdkError::ServiceError(said) = &error
        && let Some(code) = said.err().code()
    {
        let words = said.err().message().unwrap_or("AWS gave no reason");
        let kind = kind(code);
        let hint = (kind == CloudErrorKind::Denied).then(|| format!("allow `{action}` to who runs vesto"));
        return CloudError { kind, message: format!("{action} failed: {words} ({code})"), hint };
    }
    if let Some(cause) = find::<CredentialsError>(&error) {
        let error = no_credentials(cause);
        return CloudError { message: format!("{action} failed: {}", error.message), ..error };
    }
    let message = match &error {
        SdkError::ResponseError(_) => format!("{action} failed: the answer is not one of AWS: {}", innermost(&error)),
        _ => format!("{action} failed: AWS could not be reached: {}", innermost(&error)),
    };
    CloudError::new(CloudErrorKind::Unreachable, message)
}

/// Nobody says as whom AWS is to be called.
pub(super) fn no_credentials(error: &CredentialsError) -> CloudError {
    let message = format!("there are no credentials for AWS: {}", innermost(error));
    let hint = "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine a role";
    CloudError { kind: CloudErrorKind::Denied, message, hint: Some(hint.to_owned()) }
}

/// The sort of failure by AWS's code. Codes of Redshift's Query protocol end with `Fault` in the model only.
fn kind(code: &str) -> CloudErrorKind {
    let code = code.trim_end_matches("Fault").trim_end_matches("Exception");
    match code {
        "AccessDenied"
        | "UnauthorizedOperation"
        | "AuthFailure"
        | "ExpiredToken"
        | "InvalidClientTokenId"
        | "SignatureDoesNotMatch"
        | "UnrecognizedClient"
        | "NotAuthorized"
        | "InvalidAccessKeyId" => CloudErrorKind::Denied,
        "Throttling"
        | "ThrottlingRequest"
        | "RequestLimitExceeded"
        | "TooManyRequests"
        | "ServiceUnavailable"
        | "InternalServer"
        | "InternalFailure"
        | "ActiveStatementsExceeded"
        | "ActiveSessionsExceeded" => CloudErrorKind::Unreachable,
        "NoSuchEntity" => CloudErrorKind::NotFound,
        "InvalidPermission.Duplicate" => CloudErrorKind::Exists,
        "DeleteConflict" => CloudErrorKind::WrongState,
        _ if code.ends_with("NotFound") => CloudErrorKind::NotFound,
        _ if code.ends_with("AlreadyExists") => CloudErrorKind::Exists,
        _ if code.starts_with("Invalid") && code.ends_with("State") => CloudErrorKind::WrongState,
        _ => CloudErrorKind::Refused,
    }
}

fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// The last cause: what lies around it says no more than that something failed.
fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_their_sorts() {
        assert_eq!(kind("ClusterNotFound"), CloudErrorKind::NotFound);
        assert_eq!(kind("ResourceNotFoundException"), CloudErrorKind::NotFound);
        assert_eq!(kind("ClusterNotFoundFault"), CloudErrorKind::NotFound);
        assert_eq!(kind("InvalidClusterState"), CloudErrorKind::WrongState);
        assert_eq!(kind("AccessDeniedException"), CloudErrorKind::Denied);
        assert_eq!(kind("ThrottlingException"), CloudErrorKind::Unreachable);
        assert_eq!(kind("ClusterAlreadyExists"), CloudErrorKind::Exists);
        assert_eq!(kind("NoSuchEntity"), CloudErrorKind::NotFound);
        assert_eq!(kind("InvalidGroup.NotFound"), CloudErrorKind::NotFound);
        assert_eq!(kind("InvalidPermission.Duplicate"), CloudErrorKind::Exists);
        assert_eq!(kind("ValidationException"), CloudErrorKind::Refused);
    }
}
