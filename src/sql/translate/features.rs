//! What a statement has that some pass over it is about, told from one look at its tokens.
//!
//! The law: a pass that is not entered would have changed nothing. So a feature may be told of a statement that does not
//! have it, but none may be missed.

use super::super::code::Code;
use super::super::lexer::TokenKind;
use super::{catalogue, expression, long_name};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Features {
    /// A quoted name with capitals; see [`name`](super::name).
    pub(super) capitals: bool,
    /// A name that may be too long for PostgreSQL, or a body in which one may stand; see [`long_name`].
    pub(super) long_names: bool,
    /// A name that may be a catalogue's; see [`catalogue`].
    pub(super) catalogues: bool,
    /// Something that [`expression`] may change.
    pub(super) expressions: bool,
}

impl Features {
    pub(super) fn of(code: &Code<'_>) -> Self {
        let mut found = Self::default();
        for (at, token) in code.tokens.iter().enumerate() {
            match token.kind {
                TokenKind::Word => {
                    found.long_names |= long_name::is_long(*token);
                    found.catalogues |= catalogue::may_name(token.text(code.text));
                }
                TokenKind::QuotedIdentifier => {
                    found.long_names |= long_name::is_long(*token);
                    found.capitals |= token.text(code.text).bytes().any(|byte| byte.is_ascii_uppercase());
                }
                TokenKind::DollarString => found.long_names = true,
                _ => {}
            }
            found.expressions = found.expressions || expression::may_change(code, at);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::super::{Dialect, QuotedNames, Surroundings, read_script};
    use super::super::translate_with;
    use super::*;

    const ALL: Features = Features { capitals: true, long_names: true, catalogues: true, expressions: true };

    macro_rules! cases {
        ($($name:literal)*) => {
            [$(include_str!(concat!("../../../tests/data/double/translate/", $name, ".sql"))),*]
        };
    }

    /// Compares what becomes of each statement with what becomes of it when all passes are entered. Returns how many
    /// statements have a feature less.
    fn compare(script: &str) -> usize {
        let known = Surroundings::default();
        let compared = read_script(script, Dialect::Redshift, |read| {
            let (features, kind) = (Features::of(&read.code), read.statement.kind);
            let result = |features| translate_with(features, &read.code, kind, QuotedNames::Folded, &known);
            assert_eq!(result(features), result(ALL), "{}", read.text());
            features != ALL
        });
        compared.unwrap_or_default().into_iter().filter(|less| *less).count()
    }

    #[test]
    fn cases_become_the_same_when_all_passes_are_entered() {
        let scripts = cases!(
            "accounts" "admin" "aggregates" "alter_table" "columns" "create_table" "decode" "expressions" "names"
            "other" "other_database" "pivot" "procedure" "queries" "rights" "session" "super" "types"
        );
        let less = scripts.into_iter().map(compare).sum::<usize>();
        assert!(less > 300, "only {less} statements lack a feature");
    }

    /// Words, names and signs, of which many are what a pass looks for.
    fn soup() -> impl Strategy<Value = String> {
        let pieces = prop::sample::select(vec![
            "select",
            "from",
            "where",
            "as",
            "join",
            "top",
            "1",
            "2.5",
            "connect",
            "by",
            "qualify",
            "exclude",
            "pivot",
            "sysdate",
            "nvl",
            "decode",
            "max",
            "varchar",
            "cast",
            "version",
            "array",
            "object",
            "st_area",
            "h3_cell",
            "#t",
            "t",
            "a",
            "b",
            "t.a",
            "(",
            ")",
            "(+)",
            "()",
            ",",
            ".",
            "[",
            "]",
            "[0]",
            "::",
            "super",
            "+",
            "-",
            "=",
            "'x'",
            r"'a\'b'",
            r"'\'",
            "'2024-01-31'",
            "E'x'",
            "\"Ab\"",
            "\"ab\"",
            "`c`",
            "PG_class",
            "pg_catalog",
            "relname",
            "attisdistkey",
            "pg_index",
            "Pg_Get_Cols",
            "insert into",
            "values",
            "minus",
            "not",
            "in",
            "and",
            "a_name_of_more_than_sixty_three_bytes_which_postgresql_would_cut_at_its_end",
            "$$ select Nvl(1) $$",
        ]);
        let glued = (pieces, prop::sample::select(vec![" ", " ", " ", "", "\n"]));
        prop::collection::vec(glued.prop_map(|(piece, gap)| format!("{piece}{gap}")), 1..25)
            .prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn any_text_becomes_the_same_when_all_passes_are_entered(text in soup()) {
            compare(&format!("select {text}"));
            compare(&text);
        }
    }
}
