//! What holds for any text.

use proptest::prelude::*;
use vesto::sql::{
    Dialect, ObjectName, TokenKind, backup_instead, body_commits, called_names, drop_of, fingerprint_text, inverse,
    parse_script, quote_identifier, quote_literal, quote_name, referenced_names, signature, split, tokens,
    unquote_identifier, unquote_literal,
};

fn dialect() -> impl Strategy<Value = Dialect> {
    prop_oneof![Just(Dialect::Redshift), Just(Dialect::Postgres)]
}

/// Bytes of any kind, as a file might hold them.
fn any_text() -> impl Strategy<Value = String> {
    prop::collection::vec(any::<u8>(), 0..200).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// Words and signs of SQL in no order.
fn soup() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "create",
        "or",
        "replace",
        "table",
        "view",
        "procedure",
        "function",
        "index",
        "schema",
        "external",
        "temp",
        "alter",
        "drop",
        "add",
        "column",
        "constraint",
        "rename",
        "to",
        "grant",
        "revoke",
        "on",
        "select",
        "from",
        "with",
        "as",
        "case",
        "end",
        "begin",
        "atomic",
        "into",
        "insert",
        "update",
        "set",
        "if",
        "not",
        "exists",
        "only",
        "explain",
        "analyze",
        "truncate",
        "attach",
        "policy",
        "using",
        "commit",
        "execute",
        "rule",
        "trigger",
        "recursive",
        "unload",
        "out",
        "in",
        "a",
        "s.t",
        "\"Q\"",
        "#t",
        "$$",
        "$a$",
        "'",
        "\"",
        "\\",
        "\\i",
        "/*",
        "*/",
        "--",
        "\n",
        "\r",
        ";",
        "(",
        ")",
        ",",
        ".",
        "'x'",
        "E'\\''",
        "'\\'",
        "$1",
        "${v}",
        "1.5",
        "..",
        "`",
        "é",
        "\u{a0}",
        "\u{feff}",
        "\0",
        "=",
        "%",
        "[",
        "]",
    ]);
    let glue = prop::sample::select(vec!["", " ", " ", "\n"]);
    prop::collection::vec((piece, glue), 0..40).prop_map(|parts| parts.into_iter().flat_map(|(a, b)| [a, b]).collect())
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![any_text(), soup()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn tokens_are_the_text(text in text(), dialect in dialect()) {
        let tokens = tokens(&text, dialect);
        prop_assert_eq!(tokens.iter().map(|token| token.text(&text)).collect::<String>(), text.as_str());
        prop_assert!(tokens.iter().all(|token| token.start < token.end));
    }

    #[test]
    fn pieces_are_the_text_and_end_at_semicolons_only(text in text(), dialect in dialect()) {
        if let Ok(pieces) = split(&text, dialect) {
            prop_assert_eq!(pieces.iter().map(|piece| &text[piece.clone()]).collect::<String>(), text.as_str());
            let tokens = tokens(&text, dialect);
            for piece in pieces.iter().rev().skip(1) {
                let end = tokens.iter().find(|token| token.end == piece.end);
                prop_assert_eq!(end.map(|token| token.kind), Some(TokenKind::Semicolon));
            }
        }
    }

    #[test]
    fn nothing_panics(text in text(), dialect in dialect()) {
        referenced_names(&text, dialect);
        called_names(&text, dialect);
        body_commits(&text, dialect);
        signature(&text, dialect);
        for statement in parse_script(&text, dialect).unwrap_or_default() {
            let range = statement.range.clone();
            prop_assert!(range.start < range.end && text.get(range).is_some());
            inverse(&statement, &text, dialect);
            drop_of(&statement, &text, dialect);
            backup_instead(&statement, &text, dialect, "x");
        }
    }

    #[test]
    fn a_statement_alone_is_the_same_statement(text in soup(), dialect in dialect()) {
        for statement in parse_script(&text, dialect).unwrap_or_default() {
            let alone = parse_script(&text[statement.range.clone()], dialect);
            if let Ok([one]) = alone.as_deref() {
                prop_assert_eq!(one.kind, statement.kind);
                prop_assert_eq!(&one.object, &statement.object);
            }
        }
    }

    #[test]
    fn a_fingerprint_is_its_own_fingerprint(text in text(), dialect in dialect()) {
        let once = fingerprint_text(&text, dialect);
        prop_assert_eq!(&fingerprint_text(&once, dialect), &once);
    }

    #[test]
    fn literals_come_back(value in any::<String>(), dialect in dialect()) {
        let quoted = quote_literal(&value, dialect);
        let tokens = tokens(&quoted, dialect);
        prop_assert_eq!(tokens.len(), 1);
        prop_assert!(matches!(tokens[0].kind, TokenKind::String | TokenKind::EscapeString));
        prop_assert_eq!(unquote_literal(&quoted, dialect), Some(value.replace('\0', "")));
    }

    #[test]
    fn literals_of_signs_come_back(value in "['\\\\\"nx0-9;$]{0,12}", dialect in dialect()) {
        let quoted = quote_literal(&value, dialect);
        prop_assert_eq!(tokens(&quoted, dialect).len(), 1);
        prop_assert_eq!(unquote_literal(&quoted, dialect), Some(value));
    }

    #[test]
    fn names_come_back(parts in prop::collection::vec(".{1,8}", 1..4), dialect in dialect()) {
        let name = ObjectName { parts };
        for part in &name.parts {
            let quoted = quote_identifier(part);
            let tokens = tokens(&quoted, dialect);
            prop_assert_eq!((tokens.len(), tokens[0].kind), (1, TokenKind::QuotedIdentifier));
            prop_assert_eq!(&unquote_identifier(&quoted), part);
        }
        let sql = format!("drop table {}", quote_name(&name));
        let statement = parse_script(&sql, dialect).expect("one statement").remove(0);
        prop_assert_eq!(statement.object, Some(name));
    }
}
