//! Signed calls of services of which vesto makes few calls, and whose client crates take long to build
//! (`docs/architecture.md` has the figures). Signing, retries and time-outs are those of the client crates.

use aws_config::SdkConfig;
use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_smithy_runtime::client::orchestrator::operation::{Operation, OperationBuilder};
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::AuthSchemeOptionResolverParams;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::error::ErrorMetadata;
use aws_types::SigningName;
use aws_types::region::{Region, SigningRegion};
use aws_types::service_config::ServiceConfigKey;
use form_urlencoded::Serializer;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::partition::{Partition, Reach};
use super::refusal::refused;
use crate::ports::{CloudError, CloudErrorKind};
use crate::text::Secret;

/// A service.
#[derive(Clone, Copy, Debug)]
pub(super) struct Service {
    /// Its name in endpoints, signatures and actions.
    name: &'static str,
    /// Its name in `AWS_ENDPOINT_URL_...` and in profiles.
    id: &'static str,
    reach: Reach,
}

/// A service of the Query protocol, in one of its versions.
#[derive(Clone, Copy, Debug)]
pub(super) struct QueryService {
    service: Service,
    version: &'static str,
}

/// A service of the JSON protocol, and what stands before its actions there.
#[derive(Clone, Copy, Debug)]
pub(super) struct JsonService {
    service: Service,
    prefix: &'static str,
}

/// Roles. <https://docs.aws.amazon.com/IAM/latest/APIReference/welcome.html>
pub(super) const IAM: QueryService =
    QueryService { service: Service { name: "iam", id: "IAM", reach: Reach::Partition }, version: "2010-05-08" };

/// Networks. <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Welcome.html>
pub(super) const EC2: QueryService =
    QueryService { service: Service { name: "ec2", id: "EC2", reach: Reach::Region }, version: "2016-11-15" };

/// Parameters. <https://docs.aws.amazon.com/systems-manager/latest/APIReference/Welcome.html>
pub(super) const SSM: JsonService =
    JsonService { service: Service { name: "ssm", id: "SSM", reach: Reach::Region }, prefix: "AmazonSSM" };

/// Calls an action of the Query protocol, and reads its answer of XML.
pub(super) async fn query<T: DeserializeOwned>(
    configuration: &SdkConfig,
    QueryService { service, version }: QueryService,
    action: &str,
    parameters: &[(String, String)],
) -> Result<T, CloudError> {
    let headers = vec![("content-type", "application/x-www-form-urlencoded; charset=utf-8".to_owned())];
    let body = form(action, version, parameters);
    let answer = call(configuration, service, action, Request { headers, body }).await?;
    quick_xml::de::from_str(answer.expose()).map_err(|error| unreadable(service, action, &error.to_string()))
}

fn form(action: &str, version: &str, parameters: &[(String, String)]) -> String {
    let mut form = Serializer::new(String::new());
    form.append_pair("Action", action).append_pair("Version", version).extend_pairs(parameters).finish()
}

/// Calls an action of the JSON protocol, version 1.1.
pub(super) async fn json<T: DeserializeOwned>(
    configuration: &SdkConfig,
    JsonService { service, prefix }: JsonService,
    action: &str,
    input: &Value,
) -> Result<T, CloudError> {
    let headers =
        vec![("content-type", "application/x-amz-json-1.1".to_owned()), ("x-amz-target", format!("{prefix}.{action}"))];
    let answer = call(configuration, service, action, Request { headers, body: input.to_string() }).await?;
    // What serde says of an answer may quote it.
    serde_json::from_str(answer.expose()).map_err(|_| unreadable(service, action, "not the JSON that was expected"))
}

fn unreadable(service: Service, action: &str, what: &str) -> CloudError {
    let message = format!("{}:{action} failed: the answer is not one of AWS: {what}", service.name);
    CloudError::new(CloudErrorKind::Unreachable, message)
}

#[derive(Clone, Debug)]
struct Request {
    headers: Vec<(&'static str, String)>,
    body: String,
}

/// Sends a request, again where AWS asks to; the answer may hold a secret.
async fn call(
    configuration: &SdkConfig,
    service: Service,
    action: &str,
    request: Request,
) -> Result<Secret<String>, CloudError> {
    let region = configuration.region().map(Region::as_ref).unwrap_or_default();
    let place = Partition::of_region(region).place(service.name, service.reach, region, configuration.use_fips());
    let endpoint = endpoint(configuration, service).unwrap_or(place.endpoint);
    let name = format!("{}:{action}", service.name);
    let signature = signature(configuration, service, place.signing_region);
    let operation = prepared(configuration, service.name, action).endpoint_url(&endpoint).runtime_plugin(signature);
    let operation = operation.serializer(http_request).deserializer(read).build();
    operation.invoke(request).await.map_err(|error| refused(&name, error))
}

/// Reads a short text at a URL, without a signature.
pub(super) async fn plain(configuration: &SdkConfig, url: &str) -> Result<String, CloudError> {
    let operation = prepared(configuration, "plain", "Get").no_auth().endpoint_url(url);
    let get = |(): ()| {
        let mut http = HttpRequest::new(SdkBody::empty());
        http.set_uri("/")?;
        Ok(http)
    };
    let answer = operation.serializer(get).deserializer(read).build().invoke(()).await;
    answer.map(|text| text.expose().clone()).map_err(|error| refused(&format!("GET {url}"), error))
}

/// A call with the connections, time-outs and retries of the configuration.
fn prepared(configuration: &SdkConfig, service: &'static str, action: &str) -> OperationBuilder {
    let mut operation = Operation::builder()
        .service_name(service)
        .operation_name(action.to_owned())
        .retry_classifier(TransientErrorClassifier::<ErrorMetadata>::new())
        .retry_classifier(AwsErrorCodeClassifier::<ErrorMetadata>::new())
        .retry_classifier(HttpStatusCodeClassifier::default());
    if let Some(limits) = configuration.timeout_config() {
        operation = operation.timeout_config(limits.clone());
    }
    if let Some(http) = configuration.http_client() {
        operation = operation.http_client(http);
    }
    if let Some(retries) = configuration.retry_config() {
        operation = operation.standard_retry(retries);
    }
    if let Some(sleep) = configuration.sleep_impl() {
        operation = operation.sleep_impl(sleep);
    }
    if let Some(clock) = configuration.time_source() {
        operation = operation.time_source(clock);
    }
    operation
}

/// The endpoint that variables or the profile name for a service, as the client crates look for it.
fn endpoint(configuration: &SdkConfig, service: Service) -> Option<String> {
    let key = ServiceConfigKey::builder().service_id(service.id).env("AWS_ENDPOINT_URL").profile("endpoint_url");
    let own = configuration.service_config().zip(key.build().ok()).and_then(|(known, key)| known.load_config(key));
    // An empty variable names none.
    let is_named = |url: &String| !url.is_empty();
    own.filter(is_named).or_else(|| configuration.endpoint_url().map(str::to_owned).filter(is_named))
}

/// Signs with the credentials of the configuration.
fn signature(configuration: &SdkConfig, service: Service, region: String) -> StaticRuntimePlugin {
    let mut settings = Layer::new("signature");
    settings.store_put(AuthSchemeOptionResolverParams::new(()));
    settings.store_put(SigV4OperationSigningConfig {
        region: Some(SigningRegion::from(Region::new(region))),
        name: Some(SigningName::from_static(service.name)),
        ..SigV4OperationSigningConfig::default()
    });
    let mut components = RuntimeComponentsBuilder::new("signature")
        .with_auth_scheme(SigV4AuthScheme::new())
        .with_auth_scheme_option_resolver(Some(StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID])));
    if let Some(cache) = configuration.identity_cache() {
        components.set_identity_cache(Some(cache));
    }
    if let Some(credentials) = configuration.credentials_provider() {
        components.set_identity_resolver(SCHEME_ID, credentials);
    }
    StaticRuntimePlugin::new().with_config(settings.freeze()).with_runtime_components(components)
}

fn http_request(request: Request) -> Result<HttpRequest, BoxError> {
    let mut http = HttpRequest::new(SdkBody::from(request.body));
    http.set_method("POST")?;
    http.set_uri("/")?;
    http.headers_mut().insert("user-agent", concat!("vesto/", env!("CARGO_PKG_VERSION")));
    for (name, value) in request.headers {
        http.headers_mut().insert(name, value);
    }
    Ok(http)
}

fn read(response: &HttpResponse) -> Result<Secret<String>, OrchestratorError<ErrorMetadata>> {
    let body = std::str::from_utf8(response.body().bytes().unwrap_or_default())
        .map_err(|error| OrchestratorError::response(error.into()))?;
    if response.status().is_success() {
        return Ok(Secret::new(body.to_owned()));
    }
    match refusal(body) {
        Some(refusal) => Err(OrchestratorError::operation(refusal)),
        None => Err(OrchestratorError::response(format!("HTTP status {}", response.status().as_u16()).into())),
    }
}

/// A refusal of IAM, of EC2, or of the JSON protocol.
#[derive(Deserialize)]
struct XmlRefusal {
    #[serde(rename = "Error")]
    error: Option<XmlError>,
    #[serde(rename = "Errors")]
    errors: Option<XmlErrors>,
}

#[derive(Deserialize)]
struct XmlErrors {
    #[serde(rename = "Error")]
    error: XmlError,
}

#[derive(Deserialize)]
struct XmlError {
    #[serde(rename = "Code")]
    code: String,
    #[serde(rename = "Message")]
    message: Option<String>,
}

#[derive(Deserialize)]
struct JsonRefusal {
    #[serde(rename = "__type")]
    code: String,
    #[serde(alias = "Message")]
    message: Option<String>,
}

fn refusal(body: &str) -> Option<ErrorMetadata> {
    let (code, message) = if body.trim_start().starts_with('{') {
        let JsonRefusal { code, message } = serde_json::from_str(body).ok()?;
        // `com.amazonaws.ssm#ParameterNotFound`, or without what stands before the number sign.
        (code.rsplit('#').next().unwrap_or_default().to_owned(), message)
    } else {
        let XmlRefusal { error, errors } = quick_xml::de::from_str(body).ok()?;
        let XmlError { code, message } = error.or(errors.map(|errors| errors.error))?;
        (code, message)
    };
    let mut refusal = ErrorMetadata::builder().code(code);
    if let Some(message) = message {
        refusal = refusal.message(message);
    }
    Some(refusal.build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_of_all_protocols_are_read() {
        let said = |body: &str| {
            refusal(body).map(|it| format!("{}: {}", it.code().unwrap_or_default(), it.message().unwrap_or_default()))
        };
        let iam = "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>Sender</Type>\
            <Code>NoSuchEntity</Code><Message>no role &lt;r&gt;</Message></Error><RequestId>1</RequestId></ErrorResponse>";
        let ec2 = "<?xml version=\"1.0\"?>\n<Response><Errors><Error><Code>InvalidPermission.Duplicate</Code>\
            <Message>it exists</Message></Error></Errors><RequestID>1</RequestID></Response>";
        let ssm = r#"{"__type": "com.amazonaws.ssm#ParameterNotFound", "message": "none"}"#;
        assert_eq!(said(iam).as_deref(), Some("NoSuchEntity: no role <r>"));
        assert_eq!(said(ec2).as_deref(), Some("InvalidPermission.Duplicate: it exists"));
        assert_eq!(said(ssm).as_deref(), Some("ParameterNotFound: none"));
        let denied = r#"{"__type": "AccessDeniedException", "Message": "no"}"#;
        assert_eq!(said(denied).as_deref(), Some("AccessDeniedException: no"));
        assert_eq!(said("<html><body>Internal Server Error</body></html>"), None);
        assert_eq!(said("busy"), None);
    }
}
