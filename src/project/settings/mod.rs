//! `vesto.ini`: what the project is called, where its files are, and where it runs.

mod dw_config;
mod hooks;
mod route;
mod target;
mod value;

pub use dw_config::{ClusterConfig, read_dw_config};
pub use hooks::{HookSettings, NotifyFormat};
pub use route::{JumpHost, Route, SocksProxy};
pub use target::{
    Account, Cluster, DoubleMode, EphemeralCluster, IngressSettings, Login, SslMode, TargetKind, TargetPlace,
    TargetSettings, TargetSpec, Transport, Workgroup,
};
pub use value::{Part, Reference, ResolveError, Resolver, Value};

use super::duration::parse_duration;
use super::ini::{self, Entry, Ini, Section, Style};
use crate::sql::Dialect;
use crate::text::{Diagnostic, FileId, Span, closest};

const PROJECT_KEYS: [&str; 5] = ["name", "changes", "tests", "data", "target"];
const STORE_KEYS: [&str; 9] = [
    "bucket",
    "folder",
    "endpoint",
    "region",
    "profile",
    "assume_role",
    "access_key_id",
    "secret_access_key",
    "session_token",
];

/// What `vesto.ini` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `[project] name`.
    pub name: Option<String>,
    /// A directory or an INI file with the changes, relative to the project.
    pub changes: String,
    /// A directory or an INI file with the tests, relative to the project.
    pub tests: String,
    /// A directory with data steps, relative to the project.
    pub data: Option<String>,
    /// The target to use when the command line names none.
    pub target: String,
    /// All targets; `local` is always among them.
    pub targets: Vec<TargetSettings>,
    /// All stores.
    pub stores: Vec<StoreSettings>,
    /// `[vars]`: name as written, value.
    pub vars: Vec<(String, Value)>,
    /// `[hooks]`.
    pub hooks: HookSettings,
}

/// `[store NAME]`: a bucket, or a folder that stands for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreSettings {
    /// The name in the section's header.
    pub name: String,
    /// The header.
    pub span: Span,
    /// Name of the bucket, or its `s3://` or `gs://` URL; the store's own name if it is left out.
    pub bucket: Option<Value>,
    /// A folder, relative to the project, that holds the bucket's objects where the double runs COPY and UNLOAD.
    pub folder: Option<Value>,
    /// URL of a service that speaks S3's protocol and has the bucket for the double.
    pub endpoint: Option<Value>,
    /// Region of the bucket.
    pub region: Option<Value>,
    /// Profile of `~/.aws/config` with the credentials for the endpoint.
    pub profile: Option<Value>,
    /// ARN of a role that is assumed for the endpoint.
    pub assume_role: Option<Value>,
    /// Access key for the endpoint.
    pub access_key_id: Option<Value>,
    /// Secret of the access key.
    pub secret_access_key: Option<Value>,
    /// Token of temporary credentials.
    pub session_token: Option<Value>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: None,
            changes: "changes".to_owned(),
            tests: "tests".to_owned(),
            data: None,
            target: "local".to_owned(),
            targets: vec![TargetSettings::default_local()],
            stores: Vec::new(),
            vars: Vec::new(),
            hooks: HookSettings::default(),
        }
    }
}

impl Settings {
    /// Reads `vesto.ini`.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, in the order of the file.
    pub fn read(file: FileId, text: &str) -> Result<Self, Vec<Diagnostic>> {
        let ini = ini::read(file, text, Style { inline_comments: true }).map_err(|error| vec![*error])?;
        let settings = Self { targets: Vec::new(), ..Self::default() };
        let mut reader = Reader { settings, errors: Vec::new(), hook_targets: Vec::new() };
        reader.file(&ini);
        if reader.errors.is_empty() { Ok(reader.settings) } else { Err(reader.errors) }
    }

    /// The target with this name.
    ///
    /// # Errors
    ///
    /// A message without a place that suggests the closest name.
    pub fn target(&self, name: &str) -> Result<&TargetSettings, Box<Diagnostic>> {
        self.targets.iter().find(|target| target.name == name).ok_or_else(|| self.unknown_target(name, None).into())
    }

    fn unknown_target(&self, name: &str, span: Option<Span>) -> Diagnostic {
        let names = self.targets.iter().map(|target| target.name.as_str());
        unknown(Diagnostic::error("unknown-target", span, format!("there is no target `{name}`")), name, names)
    }
}

struct Reader {
    settings: Settings,
    errors: Vec<Diagnostic>,
    /// Targets that `[hooks]` names, which may stand below it.
    hook_targets: Vec<(String, Span)>,
}

impl Reader {
    fn file(&mut self, ini: &Ini) {
        if let Some(span) = ini.default_headers.first() {
            self.errors.push(
                Diagnostic::error("default-section", *span, "`[DEFAULT]` has no meaning here")
                    .hint("write the keys into the sections that they are for"),
            );
        }
        let mut target_span = None;
        for section in &ini.sections {
            match section.name.split_once(char::is_whitespace).map(|(word, name)| (word, name.trim())) {
                None if section.name == "project" => target_span = self.project(section),
                None if section.name == "vars" => self.vars(section),
                None if section.name == "hooks" => self.hooks(section),
                Some(("target", name)) => self.target(section, name),
                Some(("store", name)) => self.store(section, name),
                _ => self.errors.push(unknown_section(section)),
            }
        }
        if !self.settings.targets.iter().any(|target| target.name == "local") {
            self.settings.targets.push(TargetSettings::default_local());
        }
        for (name, span) in std::mem::take(&mut self.hook_targets) {
            if self.settings.target(&name).is_err() {
                self.errors.push(self.settings.unknown_target(&name, Some(span)));
            }
        }
        // A target that is there but wrong has its own message.
        let named = ini.sections.iter().any(|s| s.name.split_whitespace().eq(["target", &self.settings.target]));
        if !named && self.settings.target(&self.settings.target).is_err() {
            self.errors.push(self.settings.unknown_target(&self.settings.target, target_span));
        }
    }

    /// Returns where the default target is named.
    fn project(&mut self, section: &Section) -> Option<Span> {
        let mut target_span = None;
        for entry in &section.entries {
            let Some(value) = self.literal(entry) else { continue };
            match entry.key.as_str() {
                "name" => self.settings.name = Some(value),
                "changes" => self.settings.changes = value,
                "tests" => self.settings.tests = value,
                "data" => self.settings.data = Some(value),
                "target" => {
                    self.settings.target = value;
                    target_span = Some(span_of(entry));
                }
                _ => self.errors.push(unknown_key(section, entry, PROJECT_KEYS)),
            }
        }
        target_span
    }

    fn vars(&mut self, section: &Section) {
        for entry in &section.entries {
            let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if !entry.raw_key.chars().all(word) || entry.raw_key.starts_with(|c: char| c.is_ascii_digit()) {
                let message = format!("`{}` cannot be the name of a variable", entry.raw_key);
                self.errors.push(
                    Diagnostic::error("bad-variable-name", entry.key_span, message)
                        .hint("use letters, digits and `_`, beginning with a letter"),
                );
            } else if let Some(value) = self.value(entry) {
                self.settings.vars.push((entry.raw_key.clone(), value));
            }
        }
    }

    fn hooks(&mut self, section: &Section) {
        for entry in &section.entries {
            if entry.key == "notify_url" {
                self.settings.hooks.notify_url = self.value(entry);
                continue;
            }
            if !hooks::KEYS.contains(&entry.key.as_str()) {
                self.errors.push(unknown_key(section, entry, hooks::KEYS));
                continue;
            }
            let Some(text) = self.literal(entry) else { continue };
            if !self.hook(entry, &text) {
                let message = format!("the value of `{}` does not fit", entry.key);
                self.errors
                    .push(Diagnostic::error("bad-value", span_of(entry), message).hint(hooks::expected(&entry.key)));
            }
        }
    }

    /// Whether the value fits its key.
    fn hook(&mut self, entry: &Entry, text: &str) -> bool {
        let hooks = &mut self.settings.hooks;
        let words = hooks::words(text);
        match (entry.key.as_str(), words) {
            ("targets", _) => {
                hooks.targets = target::listed(text);
                self.hook_targets.extend(hooks.targets.iter().map(|name| (name.clone(), span_of(entry))));
            }
            ("timeout", _) => match parse_duration(text) {
                Some(limit) => hooks.timeout = limit,
                None => return false,
            },
            ("notify_format", _) => match NotifyFormat::WORDS.into_iter().find(|(word, _)| *word == text) {
                Some((_, format)) => hooks.notify_format = format,
                None => return false,
            },
            ("notify_on", _) => match text {
                "always" => hooks.notify_failures_only = false,
                "failure" => hooks.notify_failures_only = true,
                _ => return false,
            },
            ("before_run", Some(words)) => hooks.before_run = words,
            ("after_run", Some(words)) => hooks.after_run = words,
            ("on_failure", Some(words)) => hooks.on_failure = words,
            _ => return false,
        }
        true
    }

    fn target(&mut self, section: &Section, name: &str) {
        let known = section.entry("kind").map(|entry| (entry, entry.value.text()));
        let Some((entry, word)) = known else {
            let error = Diagnostic::error("missing-key", section.span, format!("target `{name}` has no `kind`"));
            let kinds = listed(TargetKind::ALL.into_iter().map(TargetKind::as_str));
            return self.errors.push(error.hint(format!("add `kind =` with one of {kinds}")));
        };
        let Some(kind) = TargetKind::ALL.into_iter().find(|kind| kind.as_str() == word) else {
            return self.errors.push(unknown_word(entry, TargetKind::ALL.map(TargetKind::as_str)));
        };
        let mut target = TargetSettings {
            name: name.to_owned(),
            span: Some(section.span),
            kind,
            dialect: kind.default_dialect(),
            double: DoubleMode::default(),
            values: Vec::new(),
        };
        for entry in section.entries.iter().filter(|entry| entry.key != "kind") {
            if !kind.keys().any(|known| known == entry.key) {
                self.errors.push(unknown_key(section, entry, kind.keys()));
                continue;
            }
            match (entry.key.as_str(), entry.value.text()) {
                ("dialect", "redshift") => target.dialect = Dialect::Redshift,
                ("dialect", "postgres") => target.dialect = Dialect::Postgres,
                ("dialect", _) => self.errors.push(unknown_word(entry, ["redshift", "postgres"])),
                ("double", "strict") => target.double = DoubleMode::Strict,
                ("double", "lenient") => target.double = DoubleMode::Lenient,
                ("double", _) => self.errors.push(unknown_word(entry, ["strict", "lenient"])),
                _ => self.target_value(&mut target, entry),
            }
        }
        if target.double().is_none()
            && kind.keys().any(|known| known == "double")
            && let Some(entry) = section.entry("double")
        {
            let error = Diagnostic::error("no-double", entry.key_span, format!("target `{name}` is no double"));
            self.errors.push(error.hint("remove the line, or write `dialect = redshift`"));
        }
        self.no_second_place(&target);
        if let (Some(config), None) = (target.value("ssh_config"), target.value("ssh")) {
            let message = format!("target `{name}` has `ssh_config` and no `ssh`");
            self.errors
                .push(Diagnostic::error("lone-key", config.span, message).hint("add `ssh = HOST`, or remove the line"));
        }
        if let Some(first) = self.settings.targets.iter().find(|known| known.name == name) {
            let error = Diagnostic::error("duplicate-section", section.span, format!("target `{name}` stands twice"));
            self.errors.push(match first.span {
                Some(span) => error.related(span, "it began here first"),
                None => error,
            });
        }
        self.settings.targets.push(target);
    }

    fn target_value(&mut self, target: &mut TargetSettings, entry: &Entry) {
        let Some(value) = self.value(entry) else { return };
        if let Some(text) = value.literal()
            && let Err(error) = target::check_value(&entry.key, text, value.span)
        {
            self.errors.push(*error);
        }
        target.values.push((entry.key.clone(), value));
    }

    /// Two keys that say the same would leave open which one counts.
    fn no_second_place(&mut self, target: &TargetSettings) {
        let pairs = [
            ("url", "host"),
            ("url", "endpoint"),
            ("url", "cluster"),
            ("endpoint", "host"),
            ("url", "hostaddr"),
            ("ssh", "proxy"),
        ];
        for (first, second) in pairs {
            if let (Some(first_value), Some(second_value)) = (target.value(first), target.value(second)) {
                let message = format!("target `{}` has both `{first}` and `{second}`", target.name);
                self.errors.push(
                    Diagnostic::error("two-places", second_value.span, message)
                        .related(first_value.span, format!("`{first}` is here"))
                        .hint("remove one of them"),
                );
            }
        }
    }

    fn store(&mut self, section: &Section, name: &str) {
        let values = STORE_KEYS.map(|key| section.entry(key).and_then(|entry| self.value(entry)));
        for entry in section.entries.iter().filter(|entry| !STORE_KEYS.contains(&entry.key.as_str())) {
            self.errors.push(unknown_key(section, entry, STORE_KEYS));
        }
        let [bucket, folder, endpoint, region, profile, assume_role, access_key_id, secret_access_key, session_token] =
            values;
        if bucket.is_none() && folder.is_none() {
            let message = format!("store `{name}` needs `bucket`, `folder` or both");
            let hint = "write `bucket = NAME` for a bucket, and `folder = PATH` for a folder that stands for it";
            self.errors.push(Diagnostic::error("incomplete-store", section.span, message).hint(hint));
            return;
        }
        if let (Some(folder), Some(endpoint)) = (&folder, &endpoint) {
            let message = format!("store `{name}` has both `folder` and `endpoint`");
            let error = Diagnostic::error("two-places", endpoint.span, message);
            self.errors.push(error.related(folder.span, "`folder` is here").hint("remove one of them"));
        }
        if access_key_id.is_some() != secret_access_key.is_some() {
            let message = format!("store `{name}` has half of an access key");
            let hint = "write both `access_key_id` and `secret_access_key`, or neither for those of the environment";
            self.errors.push(Diagnostic::error("incomplete-store", section.span, message).hint(hint));
        }
        if let (Some(key), Some(other)) = (&access_key_id, profile.as_ref().or(assume_role.as_ref())) {
            let message = format!("store `{name}` says twice whose credentials it takes");
            let error = Diagnostic::error("two-credentials", other.span, message);
            self.errors.push(error.related(key.span, "its access key is here").hint("remove one of them"));
        }
        self.settings.stores.push(StoreSettings {
            name: name.to_owned(),
            span: section.span,
            bucket,
            folder,
            endpoint,
            region,
            profile,
            assume_role,
            access_key_id,
            secret_access_key,
            session_token,
        });
    }

    fn value(&mut self, entry: &Entry) -> Option<Value> {
        Value::parse(&entry.value).map_err(|error| self.errors.push(*error)).ok()
    }

    /// A value that must be known before anything is looked up.
    fn literal(&mut self, entry: &Entry) -> Option<String> {
        let value = self.value(entry)?;
        if let Some(text) = value.literal().filter(|text| !text.is_empty()) {
            return Some(text.to_owned());
        }
        let message = format!("`{}` must be plain text", entry.key);
        self.errors.push(
            Diagnostic::error("bad-value", span_of(entry), message).hint(
                "write the value itself; references may stand in `[target]`, `[store]`, `[vars]` and `notify_url`",
            ),
        );
        None
    }
}

fn span_of(entry: &Entry) -> Span {
    entry.value.span(0..entry.value.text().len())
}

fn unknown_section(section: &Section) -> Diagnostic {
    let word = section.name.split_whitespace().next().unwrap_or("");
    let error = Diagnostic::error("unknown-section", section.span, format!("unknown section `[{}]`", section.name));
    if ["target", "store"].contains(&word) {
        return error.hint(format!("give it a name: `[{word} NAME]`"));
    }
    unknown(error, word, ["project", "target", "store", "vars", "hooks"])
}

fn unknown_key(section: &Section, entry: &Entry, known: impl IntoIterator<Item = &'static str>) -> Diagnostic {
    let message = format!("unknown key `{}` in `[{}]`", entry.key, section.name);
    unknown(Diagnostic::error("unknown-key", entry.key_span, message), &entry.key, known)
}

fn unknown_word(entry: &Entry, known: impl IntoIterator<Item = &'static str>) -> Diagnostic {
    let word = entry.value.text();
    let message = format!("unknown {} `{word}`", entry.key);
    unknown(Diagnostic::error("bad-value", span_of(entry), message), word, known)
}

/// Adds the closest known name as a hint, or all of them.
pub(super) fn unknown<'a>(error: Diagnostic, name: &str, known: impl IntoIterator<Item = &'a str>) -> Diagnostic {
    let known: Vec<&str> = known.into_iter().collect();
    match closest(name, known.iter().copied()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None if known.is_empty() => error,
        None => error.hint(format!("use one of {}", listed(known))),
    }
}

/// Names in backticks, separated by commas.
fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
