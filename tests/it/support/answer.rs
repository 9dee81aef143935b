//! What a command answered, and what a test demands of it.

use std::process::Output;

use serde_json::Value;

use super::stable::stable;

/// Exit code and output of one command. The text is stable: paths, run ids and times are replaced.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// Standard output as it was.
    pub(crate) raw: String,
    command: String,
}

impl Answer {
    pub(crate) fn new(command: String, output: &Output, root: &str) -> Self {
        let raw = String::from_utf8(output.stdout.clone()).expect("output in UTF-8");
        let stderr = String::from_utf8(output.stderr.clone()).expect("messages in UTF-8");
        let (stdout, stderr) = (stable(&raw, root), stable(&stderr, root));
        Self { code: output.status.code(), stdout, stderr, raw, command }
    }

    fn show(&self) -> String {
        let Self { code, stdout, stderr, command, .. } = self;
        format!("{command}\ncode {code:?}\n--- stdout\n{stdout}\n--- stderr\n{stderr}\n---")
    }

    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Self {
        assert!(self.code == Some(code), "expected code {code}: {}", self.show());
        self
    }

    /// Standard output has this.
    #[track_caller]
    pub(crate) fn out(self, part: &str) -> Self {
        assert!(self.stdout.contains(part), "stdout lacks {part:?}: {}", self.show());
        self
    }

    /// Standard error has this.
    #[track_caller]
    pub(crate) fn err(self, part: &str) -> Self {
        assert!(self.stderr.contains(part), "stderr lacks {part:?}: {}", self.show());
        self
    }

    /// Neither output has this.
    #[track_caller]
    pub(crate) fn lacks(self, part: &str) -> Self {
        assert!(!self.stdout.contains(part) && !self.stderr.contains(part), "{part:?} is there: {}", self.show());
        self
    }

    /// A refusal: the code, what is wrong and the cure, both on stderr, and an empty stdout.
    #[track_caller]
    pub(crate) fn refuses(self, code: i32, what: &str, cure: &str) -> Self {
        let answer = self.ends(code).err(what).err(cure);
        assert!(answer.stdout.is_empty(), "a refusal has no answer: {}", answer.show());
        answer
    }

    /// Standard output as one JSON document.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.raw).unwrap_or_else(|error| panic!("{error}: {}", self.show()))
    }

    /// Standard output as JSON lines.
    #[track_caller]
    pub(crate) fn events(&self) -> Vec<Value> {
        let parse = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {}", self.show()));
        self.raw.lines().map(parse).collect()
    }
}
