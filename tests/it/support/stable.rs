//! Text without what differs from run to run.

/// Replaces the folder of the test, run ids, times of day and durations.
pub(crate) fn stable(text: &str, root: &str) -> String {
    let text = text.replace(root, "<root>");
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        let inside = out.chars().next_back().is_some_and(char::is_alphanumeric);
        if !inside && let Some((length, replacement)) = changing(rest) {
            out.push_str(replacement);
            rest = &rest[length..];
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    out
}

/// What stands at the beginning of the text and changes with each run: its length and what to write instead.
fn changing(text: &str) -> Option<(usize, &'static str)> {
    if let Some(length) = fits(text, "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh") {
        return Some((length, "<run>"));
    }
    if let Some(length) = fits(text, "dddd-dd-dd dd:dd:dd").or_else(|| fits(text, "dddd-dd-ddTdd:dd:ddZ")) {
        let fraction = text[length..].strip_prefix('.').map_or(0, |rest| 1 + digits(rest));
        return Some((length + fraction, "<time>"));
    }
    if let Some(length) = fits(text, "ddddddddddddddddd") {
        return Some((length, "<suffix>"));
    }
    let mut length = digits(text);
    if length > 0 && text[length..].starts_with('.') {
        length += 1 + digits(&text[length + 1..]);
    }
    let unit = [" ms", " µs", " s"].into_iter().find(|unit| length > 0 && text[length..].starts_with(unit))?;
    let end = length + unit.len();
    let ends = !text[end..].starts_with(char::is_alphanumeric);
    ends.then_some((end, "<duration>"))
}

/// The length of the pattern, if the text begins with it: `h` is a hexadecimal digit, `d` a decimal one.
fn fits(text: &str, pattern: &str) -> Option<usize> {
    let head = text.get(..pattern.len())?;
    let alike = |(found, wanted): (char, char)| match wanted {
        'h' => found.is_ascii_hexdigit(),
        'd' => found.is_ascii_digit(),
        other => found == other,
    };
    head.chars().zip(pattern.chars()).all(alike).then_some(pattern.len())
}

fn digits(text: &str) -> usize {
    text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len()
}

#[test]
fn only_what_changes_is_replaced() {
    let text = "run 02d58269-0c0b-4555-bb49-f9b36cdeda41 in 8 ms, 1.5 s at 2026-11-21 06:35:09.047 in /tmp/x/changes";
    assert_eq!(stable(text, "/tmp/x"), "run <run> in <duration>, <duration> at <time> in <root>/changes");
    assert_eq!(stable("t_bckup_20261121053000123 has 3 statements", "/tmp/x"), "t_bckup_<suffix> has 3 statements");
}
