//! Differences between two texts, line by line.

use similar::TextDiff;

use super::visible;

/// A unified diff with three lines of context; empty if nothing differs but how lines end.
///
/// CRLF counts as LF, as it does in checksums. Characters that steer a terminal are escaped.
pub fn text_diff(old: &str, new: &str, old_name: &str, new_name: &str) -> String {
    difference(&old.replace("\r\n", "\n"), &new.replace("\r\n", "\n"), old_name, new_name)
}

/// As [`text_diff`], but a carriage return counts and is shown: in data it is a character like any other.
pub(super) fn difference(old: &str, new: &str, old_name: &str, new_name: &str) -> String {
    let (old, new) = (closed(&visible(old)), closed(&visible(new)));
    let (old_name, new_name) = (super::visible_line(old_name), super::visible_line(new_name));
    TextDiff::from_lines(old.as_str(), new.as_str()).unified_diff().header(&old_name, &new_name).to_string()
}

/// Whether the last line is ended is not what anybody asked about.
fn closed(text: &str) -> String {
    if text.is_empty() || text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_is_shown_in_its_surroundings() {
        let shown = text_diff("a\r\nb\r\nc", "a\nB\nc\n", "applied", "now");
        assert_eq!(shown, "--- applied\n+++ now\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n");
        assert_eq!(text_diff("a\r\n", "a", "applied", "now"), "");
    }

    #[test]
    fn data_differing_in_hidden_characters_differ_to_the_eye() {
        let shown = difference("a\r\n", "a\n", "expected", "actual");
        assert_eq!(shown, "--- expected\n+++ actual\n@@ -1 +1 @@\n-a\\r\n+a\n");
    }
}
