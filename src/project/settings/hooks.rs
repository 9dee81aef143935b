//! `[hooks]`: commands and notifications around a run.

use std::time::Duration;

use super::value::Value;

/// How long a command or a notification may take unless the settings say otherwise.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The keys of the section.
pub(super) const KEYS: [&str; 8] =
    ["targets", "before_run", "after_run", "on_failure", "timeout", "notify_url", "notify_format", "notify_on"];

/// What is done around a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookSettings {
    /// The targets on which it is done; empty for all.
    pub targets: Vec<String>,
    /// A command, program first, that must succeed before anything is done.
    pub before_run: Vec<String>,
    /// A command after each run, however it ended.
    pub after_run: Vec<String>,
    /// A command after a run that did not do what was asked.
    pub on_failure: Vec<String>,
    /// How long each of them may take.
    pub timeout: Duration,
    /// Where the end of a run is posted to.
    pub notify_url: Option<Value>,
    /// What is posted.
    pub notify_format: NotifyFormat,
    /// Whether only failures are posted.
    pub notify_failures_only: bool,
}

/// The form of a notification.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NotifyFormat {
    /// All that is known of the run.
    #[default]
    Json,
    /// A message for a webhook of Slack: <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/>.
    Slack,
}

impl NotifyFormat {
    /// The words with their forms.
    pub const WORDS: [(&str, Self); 2] = [("json", Self::Json), ("slack", Self::Slack)];
}

impl Default for HookSettings {
    fn default() -> Self {
        Self {
            targets: Vec::new(),
            before_run: Vec::new(),
            after_run: Vec::new(),
            on_failure: Vec::new(),
            timeout: TIMEOUT,
            notify_url: None,
            notify_format: NotifyFormat::default(),
            notify_failures_only: false,
        }
    }
}

/// What a value of a key is to be.
pub(super) fn expected(key: &str) -> &'static str {
    match key {
        "timeout" => "write a length of time such as `30s` or `5m`",
        "notify_format" => "write `json` or `slack`",
        "notify_on" => "write `always` or `failure`",
        _ => "close each quote; a `;` after a blank begins a comment",
    }
}

/// The words of a command: blanks part them, single and double quotes keep blanks, and nothing else means anything.
/// `None` if a quote is not closed.
pub(super) fn words(text: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in text.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            None if c == '\'' || c == '"' => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            None if c.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_words() {
        let check = |text: &str, expected: &[&str]| {
            let expected = expected.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
            assert_eq!(words(text), Some(expected));
        };
        check("./notify  --to ops", &["./notify", "--to", "ops"]);
        check("sh -c 'echo \"$VESTO_RUN\" && exit 1'", &["sh", "-c", "echo \"$VESTO_RUN\" && exit 1"]);
        check("a \"it's\"b '' c\\d", &["a", "it'sb", "", "c\\d"]);
        check("  ", &[]);
        assert_eq!(words("sh -c 'echo"), None);
    }
}
