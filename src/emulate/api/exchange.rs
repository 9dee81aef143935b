//! One request and its answer, as HTTP has them; and who calls what.

use super::query::Parameters;
use super::refusal::Refusal;

/// A request over HTTP.
#[derive(Clone, Default)]
pub struct Request {
    /// The method, such as `POST`.
    pub method: String,
    /// The path, without the question mark and what follows it.
    pub path: String,
    /// The header `Authorization`.
    pub authorization: Option<String>,
    /// The header `X-Amz-Target`.
    pub target: Option<String>,
    /// The header `Content-Type`.
    pub content_type: Option<String>,
    /// The body. It may hold passwords.
    pub body: Vec<u8>,
}

/// What to do about a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Send this.
    Answer(Answer),
    /// Close the connection without an answer: a fault that was asked for.
    Cut,
}

/// An answer over HTTP. Its body may hold passwords, so it is not for logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The header `Content-Type`.
    pub content_type: &'static str,
    /// The header `x-amzn-ErrorType`.
    pub error_type: Option<String>,
    /// The header `x-amzn-RequestId`.
    pub request_id: String,
    /// The body.
    pub body: String,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer").field("status", &self.status).field("request_id", &self.request_id).finish()
    }
}

/// Who calls, as the signature says. The signature itself is not checked: no secret key is known here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Caller {
    pub(super) access_key: String,
    pub(super) region: String,
    /// The name by which the service signs, such as `redshift-data`.
    pub(super) service: String,
}

impl Caller {
    /// Reads `AWS4-HMAC-SHA256 Credential=KEY/20261121/us-east-1/redshift/aws4_request, ...`
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html>).
    pub(super) fn read(authorization: Option<&str>) -> Result<Self, Refusal> {
        let missing = || Refusal::new(403, "MissingAuthenticationToken", "Request is missing Authentication Token");
        let incomplete = || {
            let message =
                "Authorization header requires 'Credential' parameter of the form KEY/DATE/REGION/SERVICE/aws4_request";
            Refusal::new(403, "IncompleteSignature", message)
        };
        let header = authorization.ok_or_else(missing)?;
        let (algorithm, rest) = header.split_once(' ').ok_or_else(incomplete)?;
        let credential = rest.split(',').find_map(|part| part.trim().strip_prefix("Credential="));
        let parts: Vec<&str> = credential.ok_or_else(incomplete)?.rsplitn(5, '/').collect();
        match parts[..] {
            ["aws4_request", service, region, _date, access_key]
                if algorithm.starts_with("AWS4-") && !access_key.is_empty() =>
            {
                Ok(Self { access_key: access_key.into(), region: region.into(), service: service.into() })
            }
            _ => Err(incomplete()),
        }
    }
}

/// How a service wants to be spoken to, which also says how its errors look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    /// Parameters as a form, answers in XML.
    Query,
    /// JSON both ways; the action is in a header.
    Json,
    /// Methods and paths, as S3 has them.
    Rest,
}

/// The protocol of a request, and the action that it asks for.
pub(super) fn action(request: &Request) -> (Protocol, String) {
    if let Some(target) = &request.target {
        let action = target.rsplit('.').next().unwrap_or_default();
        return (Protocol::Json, action.to_owned());
    }
    let is_form =
        request.content_type.as_deref().is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    if is_form && let Some(action) = Parameters::read(&request.body).text("Action") {
        return (Protocol::Query, action.to_owned());
    }
    (Protocol::Rest, format!("{} {}", request.method, request.path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caller_is_read_from_the_signature() {
        let header = "AWS4-HMAC-SHA256 Credential=AKIA/20261121/eu-west-1/redshift-data/aws4_request, \
                      SignedHeaders=host, Signature=0a";
        let caller = Caller::read(Some(header)).unwrap();
        let told = [&caller.access_key, &caller.region, &caller.service];
        assert_eq!(told, ["AKIA", "eu-west-1", "redshift-data"]);
    }

    #[test]
    fn a_request_without_a_signature_is_refused() {
        let code = |header| Caller::read(header).unwrap_err().code;
        assert_eq!(code(None), "MissingAuthenticationToken");
        for header in ["", "Bearer x", "AWS4-HMAC-SHA256 Signature=0", "Basic Credential=a/b/c/d/aws4_request"] {
            assert_eq!(code(Some(header)), "IncompleteSignature", "{header}");
        }
    }

    #[test]
    fn actions_are_found_in_each_protocol() {
        let json = Request { target: Some("RedshiftData.ListStatements".into()), ..Request::default() };
        assert_eq!(action(&json), (Protocol::Json, "ListStatements".into()));
        let form = Request {
            content_type: Some("application/x-www-form-urlencoded; charset=utf-8".into()),
            body: b"Action=DescribeClusters&Version=2012-12-01".to_vec(),
            ..Request::default()
        };
        assert_eq!(action(&form), (Protocol::Query, "DescribeClusters".into()));
        let rest = Request { method: "PUT".into(), path: "/b/k".into(), ..Request::default() };
        assert_eq!(action(&rest), (Protocol::Rest, "PUT /b/k".into()));
    }
}
