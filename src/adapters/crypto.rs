//! The one provider of cryptography, for crates that take that of the process.

use std::sync::Once;

/// Makes ring the provider of the process, once.
pub(super) fn install_provider() {
    static PROVIDER: Once = Once::new();
    // It fails if there is one already, which serves as well.
    PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
}
