//! Build steps that only the feature `bundled-postgres` needs: it finds the archive that goes into the binary.

use std::path::{Path, PathBuf};
use std::{env, fs};

const ARCHIVE: &str = "VESTO_BUNDLED_POSTGRES";

fn main() -> Result<(), String> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed={ARCHIVE}");
    if env::var_os("CARGO_FEATURE_BUNDLED_POSTGRES").is_none() {
        return Ok(());
    }
    let archive = archive_path();
    let version_file = PathBuf::from(format!("{}.version", archive.display()));
    println!("cargo::rerun-if-changed={}", archive.display());
    println!("cargo::rerun-if-changed={}", version_file.display());
    let content = fs::read(&archive).map_err(|error| missing(&archive, &error))?;
    let version = fs::read_to_string(&version_file).map_err(|error| missing(&version_file, &error))?;
    println!("cargo::rustc-env=VESTO_POSTGRES_ARCHIVE={}", archive.display());
    println!("cargo::rustc-env=VESTO_POSTGRES_VERSION={}", version.trim());
    println!("cargo::rustc-env=VESTO_POSTGRES_FINGERPRINT={:016x}", fingerprint(&content));
    Ok(())
}

/// The archive that the environment names, else the one that `ci/bundle-postgres` makes.
fn archive_path() -> PathBuf {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    match env::var_os(ARCHIVE) {
        Some(named) => root.join(named),
        None => {
            let target = env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
            root.join(target).join("bundled-postgres/postgres.tar.zst")
        }
    }
}

/// FNV-1a: tells one archive from another in the cache's directory name; it protects against nothing.
fn fingerprint(content: &[u8]) -> u64 {
    content
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

fn missing(path: &Path, error: &std::io::Error) -> String {
    format!(
        "feature `bundled-postgres` needs `{}` ({error}): run `ci/bundle-postgres`, or name an archive in {ARCHIVE}",
        path.display()
    )
}
