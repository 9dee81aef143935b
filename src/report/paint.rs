//! Colour, or none.

/// Puts colour around text that is already safe to show.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paint {
    on: bool,
}

/// What a colour stands for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Tone {
    Good,
    Bad,
    Careful,
    Quiet,
}

impl Paint {
    /// No colour.
    pub(super) const NONE: Self = Self { on: false };

    pub(super) fn new(on: bool) -> Self {
        Self { on }
    }

    pub(super) fn tone(self, tone: Tone, text: &str) -> String {
        if !self.on || text.is_empty() {
            return text.to_owned();
        }
        let code = match tone {
            Tone::Good => 32,
            Tone::Bad => 31,
            Tone::Careful => 33,
            Tone::Quiet => 2,
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }

    /// A unified diff, indented so that no line of it can pass for a line of the report, in colour.
    pub(super) fn diff(self, diff: &str) -> String {
        let line = |line: &str| match line.as_bytes().first() {
            Some(b'-') => self.tone(Tone::Bad, line),
            Some(b'+') => self.tone(Tone::Good, line),
            Some(b'@') => self.tone(Tone::Quiet, line),
            _ => line.to_owned(),
        };
        diff.lines().map(|text| format!("    {}\n", line(text))).collect()
    }
}
