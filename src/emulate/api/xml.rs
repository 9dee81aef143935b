//! Answers of the query protocol: XML from the same trees that JSON is made of.

use serde_json::Value;

/// A document of these elements in their order: an SDK may read what it looks for only where AWS writes it. An object's
/// members are elements, and an array repeats the element that holds it.
///
/// What is null is left out, as AWS does.
pub(super) fn document(root: &str, namespace: &str, elements: &[(&str, Value)]) -> String {
    let mut out = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} xmlns=\"{namespace}\">");
    elements.iter().for_each(|(name, value)| element(&mut out, name, value));
    out.push_str(&format!("</{root}>"));
    out
}

fn element(out: &mut String, name: &str, value: &Value) {
    match value {
        Value::Null => {}
        Value::Array(items) => items.iter().for_each(|item| element(out, name, item)),
        _ => {
            out.push_str(&format!("<{name}>"));
            inside(out, value);
            out.push_str(&format!("</{name}>"));
        }
    }
}

fn inside(out: &mut String, value: &Value) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| element(out, name, value)),
        Value::String(text) => escaped(out, text),
        other => out.push_str(&other.to_string()),
    }
}

/// Control characters that XML 1.0 has no place for become U+FFFD; a carriage return would be read as a line feed.
fn escaped(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#13;"),
            '\t' | '\n' => out.push(character),
            control if control < ' ' || matches!(control, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn arrays_repeat_their_element_and_nulls_are_left_out() {
        let list = json!({"Item": [{"A": 1}, {"A": true}]});
        let elements = [("List", list), ("None", Value::Null), ("Empty", json!({"Item": []}))];
        assert_eq!(
            document("R", "urn:x", &elements).lines().last().unwrap(),
            "<R xmlns=\"urn:x\"><List><Item><A>1</A></Item><Item><A>true</A></Item></List><Empty></Empty></R>"
        );
    }

    #[test]
    fn text_is_escaped() {
        let text = document("R", "urn:x", &[("T", json!("a<b>&\"\u{1}\r"))]);
        assert!(text.contains("<T>a&lt;b&gt;&amp;\"\u{fffd}&#13;</T>"), "{text}");
    }
}
