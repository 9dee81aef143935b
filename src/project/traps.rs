//! INI files that can be read, but say something else than they look like.
//!
//! Nothing here changes what is read: configparser's meaning stays, and the user is told where it is likely a mistake.

use super::ini::{self, Entry, Ini, Section};
use crate::text::{Diagnostic, FileId, Severity, Span};

/// Words that begin a line of SQL but no sensible key.
const SQL_WORDS: [&str; 32] = [
    "add", "alter", "and", "as", "begin", "by", "case", "create", "delete", "drop", "else", "end", "from", "group",
    "having", "in", "insert", "into", "join", "limit", "on", "or", "order", "select", "set", "then", "union", "update",
    "using", "values", "when", "where",
];

/// Finds the traps of a file of changes or tests, in the order of the file.
pub fn find(file: FileId, text: &str, ini: &Ini) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    defaults(ini, &mut found);
    for section in &ini.sections {
        header(file, text, section, &mut found);
        continuations(&section.entries, &mut found);
    }
    continuations(&ini.defaults, &mut found);
    lost_comments(file, text, ini, &mut found);
    found.sort_by_key(|diagnostic| diagnostic.span.map_or(0, |span| span.start));
    found
}

/// A note that a value holds more than one statement, which the old program could not run.
pub fn several_statements(entry: &Entry, count: usize) -> Option<Diagnostic> {
    (count > 1).then(|| {
        let message = format!("key `{}` holds {count} statements", entry.key);
        let mut note = Diagnostic::warning("several-statements", entry.key_span, message)
            .hint("give each statement a key of its own if the old Python program still reads the file");
        note.severity = Severity::Note;
        note
    })
}

/// A warning that the old program would run the rollback of a value right after its statements.
pub fn rollback_in_value(entry: &Entry) -> Diagnostic {
    let message = format!("key `{}` holds its rollback, which the old Python program would run too", entry.key);
    Diagnostic::warning("rollback-in-value", entry.key_span, message)
        .hint("keep this only if vesto alone reads the file")
}

fn defaults(ini: &Ini, found: &mut Vec<Diagnostic>) {
    let Some(header) = ini.default_headers.first().filter(|_| !ini.defaults.is_empty()) else { return };
    let keys: Vec<String> = ini.defaults.iter().map(|entry| format!("`{}`", entry.key)).collect();
    let message = format!("the keys of `[DEFAULT]` stand in every section too: {}", keys.join(", "));
    found.push(
        Diagnostic::warning("default-leak", *header, message)
            .hint("give the section another name if its queries are to run once"),
    );
}

fn header(file: FileId, text: &str, section: &Section, found: &mut Vec<Diagnostic>) {
    let rest = text.get(section.span.end..).unwrap_or("");
    let rest = &rest[..rest.find(['\n', '\r']).unwrap_or(rest.len())];
    let ignored = rest.trim_matches(ini::is_space);
    let looks_like_a_list =
        section.name.contains(['\'', '"', ',', '(', ')']) || section.name.bytes().all(|byte| byte.is_ascii_digit());
    if looks_like_a_list || !(ignored.is_empty() || ignored.starts_with([';', '#'])) {
        let end = section.span.end + rest.trim_end_matches(ini::is_space).len();
        let message = format!("a line that begins with `[` starts the section `[{}]`", section.name);
        found.push(
            Diagnostic::warning("bracket-in-value", Span { file, start: section.span.start, end }, message)
                .hint("indent the line if it continues the value above"),
        );
        return;
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !section.name.chars().all(plain) {
        let mangled: String = section.name.chars().filter(|c| plain(*c)).collect();
        let message = format!("the old Python program writes section `{}` down as `{mangled}`", section.name);
        found.push(
            Diagnostic::warning("mangled-section", section.span, message)
                .hint("use letters, digits and `_` only; vesto itself keeps the name as it is"),
        );
    }
}

/// Keys that look like the rest of the value above.
fn continuations(entries: &[Entry], found: &mut Vec<Diagnostic>) {
    for (index, entry) in entries.iter().enumerate() {
        let above = index.checked_sub(1).and_then(|index| entries.get(index));
        let value = entry.value.text();
        let open = above.is_some_and(|above| !above.value.text().trim_end().ends_with(';'));
        let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        let suspicious = entry.key.contains(ini::is_space)
            || SQL_WORDS.contains(&entry.key.as_str())
            || value.starts_with([':', '='])
            || !entry.key.chars().all(word)
            || (open && entry.key.contains('.'));
        if suspicious {
            let message = format!("the line became the key `{}`", entry.key);
            let warning = Diagnostic::warning("unindented-continuation", entry.key_span, message)
                .hint("indent the line if it continues the value above");
            found.push(match above {
                Some(above) => warning.related(above.key_span, "the value that it may continue"),
                None => warning,
            });
        }
    }
}

/// Comment lines between the first line of a value and the next key, which Python takes out of the SQL.
fn lost_comments(file: FileId, text: &str, ini: &Ini, found: &mut Vec<Diagnostic>) {
    let mut entries: Vec<&Entry> = ini.sections.iter().flat_map(|s| &s.entries).chain(&ini.defaults).collect();
    entries.sort_by_key(|entry| entry.key_span.start);
    let mut entries = entries.into_iter().peekable();
    let mut current: Option<&Entry> = None;
    for line in ini::lines(text) {
        while let Some(next) = entries.next_if(|entry| entry.key_span.start <= line.start + line.text.len()) {
            current = Some(next);
        }
        let Some(entry) = current.filter(|_| ini::is_comment(line.text)) else { continue };
        let indented = line.text.starts_with(ini::is_space);
        let last = entry.value.span(0..entry.value.text().len()).end;
        let inside = line.start < last;
        let comment = line.text.trim_matches(ini::is_space);
        if (inside || indented) && is_sql(comment) {
            let start = line.start + line.text.len() - line.text.trim_start_matches(ini::is_space).len();
            let span = Span { file, start, end: start + comment.len() };
            found.push(
                Diagnostic::warning("comment-in-value", span, format!("the line is not part of `{}`", entry.key)).hint(
                    "lines that begin with `#` or `;` are comments; begin it with another character, or use `--`",
                ),
            );
        }
    }
}

/// A lone `;` or a `#name` was meant as SQL; a `#` or `;` with a blank after it was meant as a comment.
fn is_sql(comment: &str) -> bool {
    let rest = &comment[1..];
    (comment.starts_with(';') && rest.trim().is_empty()) || rest.starts_with(|c: char| c.is_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::FileSet;

    fn check(text: &str, expected: &[(&str, &str)]) {
        let mut files = FileSet::default();
        let file = files.add("q.ini", text);
        let ini = ini::read(file, text, ini::Style::default()).expect("reads");
        let found = find(file, text, &ini);
        let shown: Vec<(&str, &str)> =
            found.iter().map(|d| (d.code, d.span.map_or("", |span| &text[span.start..span.end]))).collect();
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn an_ordinary_file_has_none() {
        check(
            "# c\n[DDL_v01]\nquery0 = select 1\n  from t ; x\n; c\n  # c\nview1.query1: create view v\n",
            &[("unindented-continuation", "view1.query1")],
        );
        check("[DDL_v01]\nquery0 = select 1;\nview1.query1: create view v;\nq-2=\n", &[]);
        check("[DML_01] ; c\nquery0 = select 1\n\n# c\n# c\n[X]\n", &[]);
    }

    #[test]
    fn lines_that_became_keys() {
        check("[s]\nq = select *\nfrom t where a = 1\n", &[("unindented-continuation", "from t where a")]);
        check(
            "[s]\nq = select\nx::int\nwhere: y\n",
            &[("unindented-continuation", "x"), ("unindented-continuation", "where")],
        );
        check("[s]\nq = select 1\nf(a = 1)\n", &[("unindented-continuation", "f(a")]);
    }

    #[test]
    fn lines_that_were_lost() {
        check(
            "[s]\nq = select * from\n  #tmp\n  ;\nr = 1\n",
            &[("comment-in-value", "#tmp"), ("comment-in-value", ";")],
        );
        check("[s]\nq = create table\n#tmp (a int)\n  as b\n", &[("comment-in-value", "#tmp (a int)")]);
        check("[s]\nq = a\n  # note\n  b\n#note\n", &[]);
    }

    #[test]
    fn sections() {
        check("[DEFAULT]\nq = 1\n[s]\n", &[("default-leak", "[DEFAULT]")]);
        check("[s]\nq = select array\n[1,2] as x\n", &[("bracket-in-value", "[1,2] as x")]);
        check("[s]\nq = select a\n[1]\n", &[("bracket-in-value", "[1]")]);
        check("[DDL-v 1.0]\nq = select a\n", &[("mangled-section", "[DDL-v 1.0]")]);
    }
}
