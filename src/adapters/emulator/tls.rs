//! The emulator's certificate: a given one, or one of its own making.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem};
use tokio_rustls::TlsAcceptor;

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file of certificates or a key cannot be read.
    #[error("cannot read `{path}` as PEM: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: pem::Error,
    },
    /// No certificate could be made.
    #[error("cannot make a certificate: {0}")]
    Making(#[from] rcgen::Error),
    /// Certificate and key cannot be used.
    #[error("cannot use the certificate: {0}")]
    Unusable(#[from] rustls::Error),
}

/// What speaks TLS with clients: with a certificate and its key from files in PEM, or with a new certificate for this
/// machine that nobody has signed.
///
/// # Errors
///
/// Fails if the files cannot be read or do not fit each other.
pub fn acceptor(files: Option<(&Path, &Path)>) -> Result<TlsAcceptor, TlsError> {
    let (certificates, key) = match files {
        Some((certificates, key)) => read(certificates, key)?,
        None => make()?,
    };
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(certificates, key)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn read(certificates: &Path, key: &Path) -> Result<Identity, TlsError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| TlsError::File { path, source }
    };
    let chain: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(certificates).map_err(unreadable(certificates))?.collect();
    Ok((chain.map_err(unreadable(certificates))?, PrivateKeyDer::from_pem_file(key).map_err(unreadable(key))?))
}

fn make() -> Result<Identity, TlsError> {
    let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let made = rcgen::generate_simple_self_signed(names)?;
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der());
    let key = key.map_err(|error| rustls::Error::General(error.to_owned()))?;
    Ok((vec![made.cert.into()], key))
}
