//! Where the settings of a project are: its `vesto.ini`, another file, the standard input or an object of S3.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::adapters::files;
use crate::adapters::s3_store::{S3Place, S3Store};
use crate::ports::Store;
use crate::project::Settings;
use crate::project::settings::Account;
use crate::text::FileSet;

use super::arguments::CommonArguments;
use super::environment::Environment;
use super::exit_code::ExitCode;
use super::failure::Failure;

/// The settings of a project that says nothing else.
pub(super) const SETTINGS_FILE: &str = "vesto.ini";

/// More bytes than settings have: another object was named by mistake.
const LONGEST: u64 = 1024 * 1024;

/// The folder that the command line names, or in which the settings are found, or the working folder.
pub(super) fn folder(common: &CommonArguments, environment: &Environment) -> PathBuf {
    let here = &environment.current_folder;
    match &common.project {
        Some(folder) => here.join(folder),
        None => files::find_upwards(here, SETTINGS_FILE).unwrap_or_else(|| here.clone()),
    }
}

/// Whether the settings of this folder's project are there, as far as can be known without reading them.
pub(super) fn exist(common: &CommonArguments, root: &Path) -> bool {
    common.settings.is_some() || root.join(SETTINGS_FILE).is_file()
}

/// Reads the settings.
pub(super) fn read(
    common: &CommonArguments,
    root: &Path,
    environment: &Environment,
    files: &mut FileSet,
) -> Result<Settings, Failure> {
    let file = match common.settings.as_deref() {
        None => files::read(&root.join(SETTINGS_FILE), SETTINGS_FILE, files)?,
        Some("-") => {
            let shown = "<standard input>";
            files.add(shown, whole(shown, &mut io::stdin())?)
        }
        Some(written) => match written.strip_prefix("s3://") {
            Some(place) => files.add(written, object(written, place, environment)?),
            None => files::read(&environment.current_folder.join(written), written, files)?,
        },
    };
    Settings::read(file, files.get(file).text()).map_err(|errors| Failure::of_diagnostics(&errors, files))
}

fn object(written: &str, place: &str, environment: &Environment) -> Result<String, Failure> {
    let Some((bucket, key)) = place.split_once('/').filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty())
    else {
        return Err(Failure::new(ExitCode::Usage, format!("`{written}` names no object"))
            .hint("write --settings s3://BUCKET/KEY".to_owned()));
    };
    let store = S3Store::new([(bucket.to_owned(), Ok(s3(environment)))]);
    let hint = "see that region, bucket and key are right, and that `s3:GetObject` is allowed".to_owned();
    if store.head(bucket, key).map_err(|error| Failure::from(error).hint(hint.clone()))?.is_none() {
        return Err(Failure::new(ExitCode::Project, format!("there is no `{written}`")).hint(hint));
    }
    whole(written, &mut store.open(bucket, key)?)
}

/// S3 itself, or what the variables of AWS's own tools name in its place.
fn s3(environment: &Environment) -> S3Place {
    let variable = |names: [&str; 2]| names.into_iter().find_map(|name| environment.variable(name));
    let region = variable(["AWS_REGION", "AWS_DEFAULT_REGION"]).unwrap_or("us-east-1");
    let end = if region.starts_with("cn-") { ".cn" } else { "" };
    let own = || format!("https://s3.{region}.amazonaws.com{end}");
    S3Place {
        endpoint: variable(["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]).map_or_else(own, str::to_owned),
        account: Account { region: Some(region.to_owned()), ..Account::default() },
        environment: environment.of_aws(),
        ..S3Place::default()
    }
}

fn whole(shown: &str, from: &mut dyn Read) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    from.take(LONGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::new(ExitCode::Project, format!("cannot read the settings in `{shown}`: {error}")))?;
    if bytes.len() as u64 > LONGEST {
        return Err(Failure::new(ExitCode::Project, format!("`{shown}` is larger than settings ever are"))
            .hint(format!("name what is written as a {SETTINGS_FILE}")));
    }
    Ok(files::text(Path::new(shown), &bytes)?.to_owned())
}
