//! Stands between vesto and a server, knows where the protocol's messages begin and end, and stops at the one it is told.
//!
//! <https://www.postgresql.org/docs/current/protocol-message-formats.html>: a tag of one byte, a length of four that
//! counts itself, and the rest; only the first message of a client has no tag. Of HTTP it is requests and answers; a question
//! that is asked again and again until something is done counts once, so that the same run has the same numbers.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Duration;

use vesto::adapters::local_server::ServerAddress;

use crate::rig::Running;

/// How much of a message is handed on before nothing more is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Nothing of it.
    Nothing,
    /// The first half of its bytes.
    Half,
    /// All of it. Nobody waits for what comes of it.
    Whole,
    /// All of it, and the server's answer has come and is kept back.
    Answered,
}

/// Where to stop: at a message of the client or of the server, counted from 1 with the first of the log-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Point {
    Client(usize, Reach),
    Server(usize, Reach),
}

impl Point {
    /// One a good deal earlier, if it is not among the first.
    pub(crate) fn earlier(self) -> Option<Self> {
        let shorter = |number: usize| Some(number * 3 / 4).filter(|number| *number > 0);
        match self {
            Self::Client(message, reach) => shorter(message).map(|message| Self::Client(message, reach)),
            Self::Server(message, reach) => shorter(message).map(|message| Self::Server(message, reach)),
        }
    }
}

/// Messages that passed since it was told where to stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Passed {
    pub(crate) client: usize,
    pub(crate) server: usize,
}

#[derive(Default)]
struct State {
    point: Option<Point>,
    passed: Passed,
    /// Whether nothing is handed on any more.
    frozen: bool,
    /// Whether the point is reached with all that it wants.
    reached: bool,
    /// The last request of HTTP, and whether it repeats the one before.
    request: Vec<u8>,
    repeats: bool,
    links: Vec<(TcpStream, Server)>,
    closed: bool,
}

/// Where the server listens.
enum Place {
    Socket(PathBuf),
    Port(u16),
}

/// What is spoken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Language {
    Postgres,
    Http,
}

/// A connection to the server.
enum Server {
    Socket(UnixStream),
    Tcp(TcpStream),
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    server: Place,
    language: Language,
}

/// It listens until it is dropped.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    shared: Arc<Shared>,
    listening: Option<JoinHandle<()>>,
}

impl Proxy {
    pub(crate) fn new(address: &ServerAddress) -> Self {
        let socket = Place::Socket(address.socket_directory.join(format!(".s.PGSQL.{}", address.port)));
        Self::before(socket, Language::Postgres)
    }

    /// In front of a server that listens on a port of this machine.
    pub(crate) fn before_port(port: u16) -> Self {
        Self::before(Place::Port(port), Language::Postgres)
    }

    /// In front of a service that speaks HTTP on a port of this machine.
    pub(crate) fn before_http(port: u16) -> Self {
        Self::before(Place::Port(port), Language::Http)
    }

    fn before(server: Place, language: Language) -> Self {
        let shared = Arc::new(Shared { state: Mutex::default(), changed: Condvar::new(), server, language });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let accepting = shared.clone();
        let listening = std::thread::spawn(move || accepting.accept(&listener));
        Self { port, shared, listening: Some(listening) }
    }

    /// Counts from now on, and stops there. Without a point everything passes.
    pub(crate) fn stop_at(&self, point: Option<Point>) {
        let mut state = self.shared.lock();
        *state = State { point, links: std::mem::take(&mut state.links), ..State::default() };
    }

    pub(crate) fn passed(&self) -> Passed {
        self.shared.lock().passed
    }

    /// Waits until the point is reached, or until vesto has ended without reaching it.
    pub(crate) fn await_point(&self, vesto: &mut Running) -> bool {
        let mut state = self.shared.lock();
        while !state.reached {
            if vesto.has_ended() {
                return false;
            }
            state = self.shared.changed.wait_timeout(state, Duration::from_millis(2)).expect("no panic").0;
        }
        true
    }

    /// Ends all connections on both sides. What comes later passes.
    pub(crate) fn cut(&self) {
        let mut state = self.shared.lock();
        for (client, server) in std::mem::take(&mut state.links) {
            // Either may have gone by itself.
            let _ = (client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Both));
        }
        *state = State::default();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.cut();
        self.shared.lock().closed = true;
        // Wakes the thread that listens.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
        let _ = self.listening.take().map(JoinHandle::join);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic")
    }

    fn accept(self: &Arc<Self>, listener: &TcpListener) {
        for client in listener.incoming() {
            let Ok(client) = client else { continue };
            if self.lock().closed {
                return;
            }
            // A server that is gone is a connection that is closed at once.
            let Ok(server) = self.server.connect() else { continue };
            let _ = client.set_nodelay(true);
            let (Ok(to_client), Ok(to_server)) = (client.try_clone(), server.try_clone()) else { continue };
            if let (Ok(client), Ok(server)) = (client.try_clone(), server.try_clone()) {
                self.lock().links.push((client, server));
            }
            let (forward, back) = (self.clone(), self.clone());
            std::thread::spawn(move || forward.hand_forward(client, to_server));
            std::thread::spawn(move || back.hand_back(server, to_client));
        }
    }

    fn hand_forward(&self, mut client: TcpStream, mut server: Server) {
        let mut tag = 0;
        while let Some(message) = self.language.read(&mut client, tag) {
            tag = 1;
            let (bytes, stops) = self.client_message(&message);
            let written = server.write_all(&message[..bytes]);
            if stops {
                return self.reach();
            }
            if written.is_err() {
                break;
            }
        }
        let _ = server.shutdown(Shutdown::Both);
    }

    /// How many bytes of the client's next message pass, and whether the point is reached with them.
    fn client_message(&self, message: &[u8]) -> (usize, bool) {
        let length = message.len();
        let mut state = self.lock();
        if state.frozen {
            return (0, false);
        }
        if self.language == Language::Http {
            let request = essence(message);
            state.repeats = state.request == request;
            state.request = request;
            if state.repeats {
                return (length, false);
            }
        }
        state.passed.client += 1;
        let Some(Point::Client(number, reach)) = state.point else { return (length, false) };
        if number != state.passed.client {
            return (length, false);
        }
        state.frozen = true;
        (reach.bytes(length), reach != Reach::Answered)
    }

    fn hand_back(&self, mut server: Server, mut client: TcpStream) {
        while let Some(message) = self.language.read(&mut server, 1) {
            let (bytes, stops) = self.server_message(message[0], message.len());
            let written = client.write_all(&message[..bytes]);
            if stops {
                self.reach();
            } else if written.is_err() {
                break;
            }
        }
        // Whoever says goodbye is answered by the end of the connection.
        if self.lock().frozen {
            return self.reach();
        }
        let _ = client.shutdown(Shutdown::Both);
    }

    fn server_message(&self, tag: u8, length: usize) -> (usize, bool) {
        const READY_FOR_QUERY: u8 = b'Z';
        let mut state = self.lock();
        if state.frozen {
            return (0, tag == READY_FOR_QUERY || self.language == Language::Http);
        }
        if state.repeats {
            return (length, false);
        }
        state.passed.server += 1;
        match state.point {
            Some(Point::Server(number, reach)) if number == state.passed.server => {
                state.frozen = true;
                (reach.bytes(length), true)
            }
            _ => (length, false),
        }
    }

    fn reach(&self) {
        self.lock().reached = true;
        self.changed.notify_all();
    }
}

impl Place {
    fn connect(&self) -> io::Result<Server> {
        match self {
            Self::Socket(path) => UnixStream::connect(path).map(Server::Socket),
            Self::Port(port) => {
                let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, *port))?;
                stream.set_nodelay(true)?;
                Ok(Server::Tcp(stream))
            }
        }
    }
}

impl Server {
    fn try_clone(&self) -> io::Result<Self> {
        match self {
            Self::Socket(stream) => stream.try_clone().map(Self::Socket),
            Self::Tcp(stream) => stream.try_clone().map(Self::Tcp),
        }
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        match self {
            Self::Socket(stream) => stream.shutdown(how),
            Self::Tcp(stream) => stream.shutdown(how),
        }
    }
}

impl Read for Server {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Socket(stream) => stream.read(into),
            Self::Tcp(stream) => stream.read(into),
        }
    }
}

impl Write for Server {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Socket(stream) => stream.write(bytes),
            Self::Tcp(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Reach {
    fn bytes(self, length: usize) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Half => length / 2,
            Self::Whole | Self::Answered => length,
        }
    }
}

impl Language {
    fn read(self, from: &mut impl Read, tag: usize) -> Option<Vec<u8>> {
        match self {
            Self::Postgres => read_message(from, tag),
            Self::Http => read_http(from),
        }
    }
}

/// The next request or answer, whose head says how long its body is.
fn read_http(from: &mut impl Read) -> Option<Vec<u8>> {
    let mut message = Vec::new();
    while !message.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        from.read_exact(&mut byte).ok()?;
        message.push(byte[0]);
    }
    let head = message.len();
    let length = header(&message, "content-length").map_or(0, |length| length.parse().expect("a length"));
    message.resize(head + length, 0);
    from.read_exact(&mut message[head..]).ok()?;
    Some(message)
}

fn header(message: &[u8], name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(message);
    let headers = text.split("\r\n\r\n").next()?.lines().filter_map(|line| line.split_once(':'));
    headers.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned()).next()
}

/// What a request asks, without what tells one attempt from the next.
fn essence(request: &[u8]) -> Vec<u8> {
    let body = request.windows(4).position(|bytes| bytes == b"\r\n\r\n").map_or(0, |at| at + 4);
    [header(request, "x-amz-target").unwrap_or_default().as_bytes(), &request[body..]].concat()
}

/// The next message with its head; nothing at the end of the connection, also if that comes inside of a message.
fn read_message(from: &mut impl Read, tag: usize) -> Option<Vec<u8>> {
    let mut message = vec![0; tag + 4];
    from.read_exact(&mut message).ok()?;
    let length = u32::from_be_bytes(message[tag..].try_into().expect("four bytes"));
    let whole = tag + usize::try_from(length).expect("64 bits");
    message.resize(whole.max(tag + 4), 0);
    from.read_exact(&mut message[tag + 4..]).ok()?;
    Some(message)
}
