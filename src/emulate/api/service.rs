//! Takes a request to the part that answers it, with faults and the record of calls around it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::behind::{Clusters, Location, NewCluster};
use super::calls::{Call, Calls};
use super::data::{self, Data};
use super::exchange::{Answer, Caller, Protocol, Reply, Request, action};
use super::fleet::{Delays, Fleet};
use super::injected::{End, Fault, Faults};
use super::query::Parameters;
use super::refusal::Refusal;
use super::{identifier, redshift, serverless, xml};

/// Where a test sets faults and reads calls. No AWS client asks for such a path.
const CONTROL: &str = "/_vesto/";

/// How the API behaves.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long states take.
    pub delays: Delays,
    /// The account of all ARNs, twelve digits.
    pub account: String,
    /// Whether endpoints are told as host names of AWS's form, and not as the addresses that they have.
    pub host_names: bool,
}

/// The API face: answers requests for the clusters behind it.
pub struct Api {
    pub(super) settings: Settings,
    pub(super) behind: Arc<dyn Clusters>,
    pub(super) data: Data,
    fleet: Mutex<Fleet>,
    faults: Mutex<Faults>,
    calls: Mutex<Calls>,
}

/// What an action needs to know beside its parameters.
pub(super) struct Context<'a> {
    pub(super) api: &'a Arc<Api>,
    pub(super) caller: &'a Caller,
    pub(super) now: OffsetDateTime,
}

impl Context<'_> {
    /// Where clients are told to connect to.
    pub(super) fn location(&self, cluster: &str, form: HostForm) -> Option<Location> {
        let location = self.api.behind.location(cluster)?;
        if !self.api.settings.host_names {
            return Some(location);
        }
        let region = &self.caller.region;
        let host = match form {
            HostForm::Cluster => format!("{cluster}.emulated.{region}.redshift.amazonaws.com"),
            HostForm::Workgroup => {
                format!("{cluster}.{}.{region}.redshift-serverless.amazonaws.com", self.api.settings.account)
            }
        };
        Some(Location { host, port: location.port })
    }
}

/// Whose host name it is.
#[derive(Clone, Copy)]
pub(super) enum HostForm {
    Cluster,
    Workgroup,
}

impl Api {
    /// Puts the API in front of clusters, of which none is known yet.
    pub fn new(settings: Settings, behind: Arc<dyn Clusters>) -> Arc<Self> {
        let fleet = Mutex::new(Fleet::new(settings.delays));
        let (faults, calls) = (Mutex::default(), Mutex::default());
        Arc::new(Self { settings, behind, data: Data::default(), fleet, faults, calls })
    }

    /// Makes a cluster known that is there already.
    pub fn adopt(&self, cluster: &NewCluster) {
        self.fleet().adopt(redshift::adopted(cluster, OffsetDateTime::now_utc()));
    }

    /// Sets the faults in place of those before.
    pub fn set_faults(&self, faults: Vec<Fault>) {
        lock(&self.faults).set(faults);
    }

    /// The calls that were answered, oldest first.
    pub fn calls(&self) -> Vec<Call> {
        lock(&self.calls).all()
    }

    pub(super) fn fleet(&self) -> MutexGuard<'_, Fleet> {
        lock(&self.fleet)
    }

    /// Answers a request. It must be driven to its end, also when the client has gone: it may be half-way through
    /// making or deleting a cluster.
    pub async fn answer(self: &Arc<Self>, request: Request) -> Reply {
        let request_id = identifier::uuid().unwrap_or_default();
        if let Some(what) = request.path.strip_prefix(CONTROL) {
            return Reply::Answer(self.control(what, &request, request_id));
        }
        let (protocol, action) = action(&request);
        let caller = match Caller::read(request.authorization.as_deref()) {
            Ok(caller) => caller,
            Err(refusal) => return Reply::Answer(refused(protocol, &refusal, request_id)),
        };
        let fault = lock(&self.faults).next(&caller.service, &action);
        let injected = fault.is_some();
        let end = match fault {
            Some(fault) => {
                tokio::time::sleep(fault.delay).await;
                fault.end
            }
            None => End::Answered,
        };
        let result = match end {
            End::CutAfter => {
                let result = self.carry_out(protocol, &caller, &action, &request).await;
                self.record(caller, action, 0, result.err().map(|refusal| refusal.code), injected);
                return Reply::Cut;
            }
            End::Answered => self.carry_out(protocol, &caller, &action, &request).await,
            End::Refused(refusal) => Err(refusal),
            End::Cut => {
                self.record(caller, action, 0, None, injected);
                return Reply::Cut;
            }
        };
        let error = result.as_ref().err().map(|refusal| refusal.code.clone());
        let answer = match result {
            Ok(content) => answered(protocol, &action, content, request_id),
            Err(refusal) => refused(protocol, &refusal, request_id),
        };
        self.record(caller, action, answer.status, error, injected);
        Reply::Answer(answer)
    }

    /// Notes a call, without anything of what was said in it.
    fn record(&self, caller: Caller, action: String, status: u16, error: Option<String>, injected: bool) {
        let Caller { service, access_key, .. } = caller;
        tracing::debug!(service, action, status, error, "call");
        lock(&self.calls).add(Call { service, action, status, error, access_key, injected });
    }

    async fn carry_out(
        self: &Arc<Self>,
        protocol: Protocol,
        caller: &Caller,
        action: &str,
        request: &Request,
    ) -> Result<Value, Refusal> {
        let context = Context { api: self, caller, now: OffsetDateTime::now_utc() };
        match (caller.service.as_str(), protocol) {
            ("redshift", Protocol::Query) => {
                redshift::carry_out(&context, action, &Parameters::read(&request.body)).await
            }
            ("redshift-data", Protocol::Json) => data::carry_out(&context, action, &request.body).await,
            ("redshift-serverless", Protocol::Json) => serverless::carry_out(&context, action, &request.body).await,
            (service, _) => Err(Refusal::not_emulated(format!(
                "the emulator answers redshift, redshift-serverless and redshift-data, not `{service}`; \
                 for other services start moto (`moto_server`) and point AWS_ENDPOINT_URL_{} at it",
                service.to_ascii_uppercase().replace('-', "_")
            ))),
        }
    }

    /// What tests say to the emulator itself. A page in a browser cannot: it may not send this type of content to
    /// another origin, nor read an answer.
    fn control(&self, what: &str, request: &Request, request_id: String) -> Answer {
        let is_json = request.content_type.as_deref().is_some_and(|kind| kind.starts_with("application/json"));
        let result = match (request.method.as_str(), what) {
            ("POST", "faults") if is_json => serde_json::from_slice(&request.body)
                .map(|faults| self.set_faults(faults))
                .map(|()| json!({}))
                .map_err(|error| Refusal::bad("MalformedFaults", error.to_string())),
            ("POST", "faults") => Err(Refusal::bad("MalformedFaults", "send the faults as application/json")),
            ("GET", "calls") => Ok(json!(self.calls())),
            ("DELETE", "calls") => {
                lock(&self.calls).clear();
                Ok(json!({}))
            }
            _ => Err(Refusal::new(404, "NotFound", "there are: POST faults, GET calls, DELETE calls")),
        };
        match result {
            Ok(content) => answered(Protocol::Json, what, content, request_id),
            Err(refusal) => refused(Protocol::Json, &refusal, request_id),
        }
    }
}

/// A lock whose holder never panics half-way through a change.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn answered(protocol: Protocol, action: &str, content: Value, request_id: String) -> Answer {
    let (content_type, body) = match protocol {
        Protocol::Json => ("application/x-amz-json-1.1", content.to_string()),
        Protocol::Query | Protocol::Rest => {
            let result = format!("{action}Result");
            let elements = [(result.as_str(), content), ("ResponseMetadata", json!({"RequestId": request_id}))];
            ("text/xml", xml::document(&format!("{action}Response"), redshift::NAMESPACE, &elements))
        }
    };
    Answer { status: 200, content_type, error_type: None, request_id, body }
}

fn refused(protocol: Protocol, refusal: &Refusal, request_id: String) -> Answer {
    let Refusal { status, code, message } = refusal;
    let (content_type, body) = match protocol {
        // Some services have a member `Message`, others `message`.
        Protocol::Json => {
            ("application/x-amz-json-1.1", json!({"__type": code, "message": message, "Message": message}).to_string())
        }
        Protocol::Query => {
            let sender = if refusal.is_senders() { "Sender" } else { "Receiver" };
            let error = json!({"Type": sender, "Code": code, "Message": message});
            let elements = [("Error", error), ("RequestId", json!(request_id))];
            ("text/xml", xml::document("ErrorResponse", redshift::NAMESPACE, &elements))
        }
        Protocol::Rest => {
            let elements = [("Code", json!(code)), ("Message", json!(message))];
            ("application/xml", xml::document("Error", "", &elements).replace(" xmlns=\"\"", ""))
        }
    };
    let error_type = (protocol == Protocol::Json).then(|| code.clone());
    Answer { status: *status, content_type, error_type, request_id, body }
}
