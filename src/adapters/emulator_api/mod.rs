//! HTTP/1.1 for the API face of the emulator: requests in, answers out, nothing decided.

mod doubles;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

pub use doubles::{Common, Doubles};

use crate::emulate::api::{Answer, Api, Reply, Request};

/// Bytes that a body may have: 40 statements of 100 KB are the most that AWS takes.
const LONGEST_BODY: usize = 8 << 20;

/// Connections at the same time. More wait to be accepted.
const MOST_CONNECTIONS: usize = 512;

/// How long a client may take for the headers of a request.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long to rest when no connection can be accepted, for instance because there are too many open files.
const PAUSE: Duration = Duration::from_millis(50);

/// Opens the port. Port 0 takes any that is free.
///
/// # Errors
///
/// Fails if the address is not one of this machine alone: whoever can reach the API gets passwords from it.
pub async fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    if !address.ip().is_loopback() {
        let message = format!(
            "{address} can be reached from other machines: the API face gives out passwords and listens on loopback only, such as 127.0.0.1:{}",
            address.port()
        );
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    TcpListener::bind(address).await
}

/// Answers requests until `stop` is ready. Requests that are under way are carried on by the runtime.
pub async fn serve(listener: TcpListener, api: Arc<Api>, stop: impl Future<Output = ()>) {
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = async {
            let place = places.clone().acquire_owned().await;
            (listener.accept().await, place)
        };
        let (accepted, place) = tokio::select! {
            () = &mut stop => return,
            accepted = accepted => accepted,
        };
        match accepted {
            Ok((socket, _)) => {
                let api = api.clone();
                tokio::spawn(async move {
                    converse(socket, api).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection to the API");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

async fn converse(socket: TcpStream, api: Arc<Api>) {
    let service = service_fn(move |request| answer(request, api.clone()));
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(PATIENCE);
    if let Err(error) = server.serve_connection(TokioIo::new(socket), service).await {
        tracing::debug!(%error, "a connection to the API ended");
    }
}

/// Why a connection ends without an answer.
#[derive(Debug, thiserror::Error)]
#[error("cut, as a fault asks for")]
struct Cut;

async fn answer(request: hyper::Request<Incoming>, api: Arc<Api>) -> Result<Response<Full<Bytes>>, Cut> {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, LONGEST_BODY).collect().await else {
        return Ok(plain(StatusCode::PAYLOAD_TOO_LARGE));
    };
    let header = |name: HeaderName| Some(head.headers.get(name)?.to_str().ok()?.to_owned());
    let request = Request {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        authorization: header(AUTHORIZATION),
        target: header(HeaderName::from_static("x-amz-target")),
        content_type: header(CONTENT_TYPE),
        body: body.to_bytes().to_vec(),
    };
    // On its own, so that it comes to its end even if the client does not wait for it.
    match tokio::spawn(async move { api.answer(request).await }).await {
        Ok(Reply::Answer(answer)) => Ok(response(answer).unwrap_or_else(|_| plain(StatusCode::INTERNAL_SERVER_ERROR))),
        Ok(Reply::Cut) => Err(Cut),
        Err(_) => Ok(plain(StatusCode::INTERNAL_SERVER_ERROR)),
    }
}

fn response(answer: Answer) -> Result<Response<Full<Bytes>>, hyper::http::Error> {
    let mut response = Response::builder()
        .status(answer.status)
        .header(CONTENT_TYPE, answer.content_type)
        .header("x-amzn-RequestId", answer.request_id);
    if let Some(error) = answer.error_type {
        response = response.header("x-amzn-ErrorType", HeaderValue::from_str(&error)?);
    }
    response.body(Full::new(Bytes::from(answer.body)))
}

fn plain(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_listened_on() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let listened = |address: &str| runtime.block_on(listen(address.parse().unwrap()));
        assert!(listened("127.0.0.1:0").is_ok());
        for address in ["0.0.0.0:0", "[::]:0", "10.0.0.1:80"] {
            assert_eq!(listened(address).unwrap_err().kind(), io::ErrorKind::InvalidInput, "{address}");
        }
    }
}
