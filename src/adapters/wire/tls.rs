//! TLS as libpq's `sslmode` means it, with rustls: <https://www.postgresql.org/docs/current/libpq-ssl.html>.

use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::ports::{DbError, DbErrorKind, TlsMode};

/// What the driver negotiates before the handshake.
pub(super) fn negotiation(mode: TlsMode) -> SslMode {
    match mode {
        TlsMode::Disable => SslMode::Disable,
        TlsMode::Prefer => SslMode::Prefer,
        TlsMode::Require | TlsMode::VerifyCa | TlsMode::VerifyFull => SslMode::Require,
    }
}

/// A connector that verifies as much as the mode asks for.
pub(super) fn connector(mode: TlsMode, root_certificates: Option<&Path>) -> Result<MakeRustlsConnect, DbError> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| tls_error("cannot set up TLS", error))?;
    let config = match verification(mode, root_certificates.is_some()) {
        Verification::Nothing => {
            builder.dangerous().with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
        }
        found @ (Verification::Authority | Verification::AuthorityAndName) => {
            let trusted = trusted_roots(root_certificates)?;
            let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(trusted.roots), provider)
                .build()
                .map_err(|error| tls_error("cannot use the trusted certificates", error))?;
            let any_name = matches!(found, Verification::Authority);
            let verifier = AsLibpq { verifier, pinned: trusted.certificates, any_name };
            builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
        }
    };
    Ok(MakeRustlsConnect::new(config.with_no_client_auth()))
}

enum Verification {
    Nothing,
    Authority,
    AuthorityAndName,
}

/// As libpq: `require` verifies the authority if a root certificate file is given.
fn verification(mode: TlsMode, has_roots: bool) -> Verification {
    match mode {
        TlsMode::VerifyFull => Verification::AuthorityAndName,
        TlsMode::VerifyCa => Verification::Authority,
        TlsMode::Require if has_roots => Verification::Authority,
        TlsMode::Disable | TlsMode::Prefer | TlsMode::Require => Verification::Nothing,
    }
}

/// Whom to believe.
struct Trusted {
    roots: RootCertStore,
    /// The certificates of the file, if there is one.
    certificates: Vec<CertificateDer<'static>>,
}

fn trusted_roots(file: Option<&Path>) -> Result<Trusted, DbError> {
    let mut roots = RootCertStore::empty();
    let mut pinned = Vec::new();
    match file {
        Some(path) => {
            let unreadable = format!("cannot read the root certificates in `{}`", path.display());
            let certificates = CertificateDer::pem_file_iter(path).map_err(|error| tls_error(&unreadable, error))?;
            for certificate in certificates {
                let certificate = certificate.map_err(|error| tls_error(&unreadable, error))?;
                pinned.push(certificate.clone());
                roots.add(certificate).map_err(|error| tls_error(&unreadable, error))?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if roots.is_empty() {
        let hint = "install ca-certificates or set `sslrootcert` of the target".to_owned();
        let message = "no trusted root certificates were found";
        return Err(DbError { hint: Some(hint), ..DbError::new(DbErrorKind::Unreachable, message) });
    }
    Ok(Trusted { roots, certificates: pinned })
}

fn tls_error(what: &str, error: impl std::error::Error + Send + Sync + 'static) -> DbError {
    let message = format!("{what}: {error}");
    DbError { source: Some(Box::new(error)), ..DbError::new(DbErrorKind::Unreachable, message) }
}

/// Encrypts without asking who answers: `sslmode=require` and `prefer`.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// Verifies the authority, and for `sslmode=verify-full` the host's name.
///
/// A server's own self-signed certificate may be the trusted one, as PostgreSQL's manual makes it
/// (<https://www.postgresql.org/docs/current/ssl-tcp.html#SSL-CERTIFICATE-CREATION>); webpki takes no such certificate.
#[derive(Debug)]
struct AsLibpq {
    verifier: Arc<WebPkiServerVerifier>,
    pinned: Vec<CertificateDer<'static>>,
    any_name: bool,
}

impl AsLibpq {
    /// Whether the server showed a trusted certificate itself, and webpki, which has looked at its dates before, minds only
    /// that it is an authority's.
    fn is_pinned(&self, end_entity: &CertificateDer<'_>, error: &CertificateError) -> bool {
        matches!(error, CertificateError::Other(other) if format!("{other:?}").contains("CaUsedAsEndEntity"))
            && self.pinned.contains(end_entity)
    }
}

impl ServerCertVerifier for AsLibpq {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        match self.verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            // The name is checked last, so with these errors everything else was right.
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if self.any_name => Ok(ServerCertVerified::assertion()),
            Err(rustls::Error::InvalidCertificate(error)) if self.is_pinned(end_entity, &error) => {
                if !self.any_name {
                    verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                }
                Ok(ServerCertVerified::assertion())
            }
            result => result,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}
