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
    let authority = match verification(mode, root_certificates.is_some()) {
        Verification::Nothing => None,
        found @ (Verification::Authority | Verification::AuthorityAndName) => {
            let trusted = trusted_roots(root_certificates)?;
            let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(trusted.roots), provider.clone())
                .build()
                .map_err(|error| tls_error("cannot use the trusted certificates", error))?;
            let any_name = matches!(found, Verification::Authority);
            Some(Authority { verifier, pinned: trusted.certificates, any_name })
        }
    };
    let verifier = Arc::new(AsLibpq { provider, authority });
    let config = builder.dangerous().with_custom_certificate_verifier(verifier);
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
        return Err(DbError { hint: Some(hint), ..DbError::new(DbErrorKind::Untrusted, message) });
    }
    Ok(Trusted { roots, certificates: pinned })
}

fn tls_error(what: &str, error: impl std::error::Error + Send + Sync + 'static) -> DbError {
    let message = format!("{what}: {error}");
    DbError { source: Some(Box::new(error)), ..DbError::new(DbErrorKind::Untrusted, message) }
}

/// Verifies what libpq would: nothing, the authority, or the authority and the host's name.
#[derive(Debug)]
struct AsLibpq {
    provider: Arc<CryptoProvider>,
    /// Nothing for `sslmode=require` and `prefer`, which encrypt without asking who answers.
    authority: Option<Authority>,
}

/// Verifies the authority, and for `sslmode=verify-full` the host's name.
///
/// A server's own self-signed certificate may be the trusted one, as PostgreSQL's manual makes it
/// (<https://www.postgresql.org/docs/current/ssl-tcp.html#SSL-CERTIFICATE-CREATION>); webpki takes no such certificate.
#[derive(Debug)]
struct Authority {
    verifier: Arc<WebPkiServerVerifier>,
    pinned: Vec<CertificateDer<'static>>,
    any_name: bool,
}

impl Authority {
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
        let Some(authority) = &self.authority else { return Ok(ServerCertVerified::assertion()) };
        match authority.verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            // The name is checked last, so with these errors everything else was right.
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if authority.any_name => Ok(ServerCertVerified::assertion()),
            Err(rustls::Error::InvalidCertificate(error)) if authority.is_pinned(end_entity, &error) => {
                if !authority.any_name {
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
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
