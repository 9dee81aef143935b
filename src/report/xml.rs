//! A writer for the little XML that a JUnit report needs.
//!
//! The crate junit-report is not used: it prints times as binary fractions (1118 ms becomes `1.1179999999999999`, which
//! Jenkins' schema refuses), adds an attribute `file` that the schema does not know, ends its CDATA at `]]>` in the data,
//! lets control characters through, and has neither properties nor the number of skipped tests.

use super::{visible, visible_line};

/// An XML document under construction, one element a line.
pub(super) struct Xml {
    out: String,
    depth: usize,
}

impl Xml {
    /// A document with nothing but its declaration.
    pub(super) fn new() -> Self {
        Self { out: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(), depth: 0 }
    }

    /// An element with what `inside` puts into it. Names are the program's own and are not checked.
    pub(super) fn element(&mut self, name: &str, attributes: &[(&str, &str)], inside: impl FnOnce(&mut Self)) {
        self.tag(name, attributes, ">\n");
        self.depth += 1;
        inside(self);
        self.depth -= 1;
        self.indent();
        self.out.push_str(&format!("</{name}>\n"));
    }

    /// An element with nothing in it.
    pub(super) fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes, "/>\n");
    }

    /// An element with text in it, exactly as given but for what XML cannot hold.
    pub(super) fn text(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.tag(name, attributes, ">");
        self.escaped(&visible(text));
        self.out.push_str(&format!("</{name}>\n"));
    }

    /// The document.
    pub(super) fn into_string(self) -> String {
        self.out
    }

    fn tag(&mut self, name: &str, attributes: &[(&str, &str)], end: &str) {
        self.indent();
        self.out.push('<');
        self.out.push_str(name);
        for (key, value) in attributes {
            self.out.push_str(&format!(" {key}=\""));
            // A parser turns a line feed in an attribute into a blank.
            self.escaped(&visible_line(value));
            self.out.push('"');
        }
        self.out.push_str(end);
    }

    fn escaped(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' => self.out.push_str("&quot;"),
                c => self.out.push(c),
            }
        }
    }

    fn indent(&mut self) {
        self.out.push_str(&"  ".repeat(self.depth));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_comes_the_document_stays_one() {
        let mut xml = Xml::new();
        xml.element("a", &[("b", "\"<\n\0")], |xml| {
            xml.text("c", &[], "]]>&amp;\n\u{1b}");
            xml.empty("d", &[("e", "'")]);
        });
        assert_eq!(
            xml.into_string(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a b=\"&quot;&lt;\\n\\u{0}\">\n  \
             <c>]]&gt;&amp;amp;\n\\u{1b}</c>\n  <d e=\"'\"/>\n</a>\n"
        );
    }
}
