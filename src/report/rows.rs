//! A result set for the eye.

use std::borrow::Cow;

use super::counted;
use super::tables::ruled_table;
use crate::ports::Rows;

/// A cell is cut after this many characters on the screen; files get everything.
const CELL: usize = 120;

/// The first `limit` rows as a table, and a line that says how many more there are.
pub(super) fn shown(rows: &Rows, limit: usize) -> String {
    let columns: Vec<&str> = rows.columns.iter().map(String::as_str).collect();
    let cells: Vec<Vec<String>> = rows.rows.iter().take(limit).map(|row| row.iter().map(cell).collect()).collect();
    let mut out = ruled_table(&columns, &cells);
    let hidden = rows.rows.len().saturating_sub(limit);
    if hidden > 0 {
        out.push_str(&format!(" ... {}\n", counted(hidden, "more row")));
    }
    out
}

fn cell(value: &Option<String>) -> String {
    match value.as_deref() {
        None => "NULL".to_owned(),
        // Without quotes the word would look like the absence of a value.
        Some("NULL") => "'NULL'".to_owned(),
        Some(value) => shortened(value).into_owned(),
    }
}

fn shortened(value: &str) -> Cow<'_, str> {
    match value.char_indices().nth(CELL) {
        Some((end, _)) => Cow::Owned(format!("{}…", &value[..end])),
        None => Cow::Borrowed(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_capped_and_nulls_differ_from_the_word() {
        let row = |a: Option<&str>, b: &str| vec![a.map(str::to_owned), Some(b.to_owned())];
        let rows = Rows {
            columns: vec!["status".into(), "count".into()],
            rows: vec![row(None, "7"), row(Some("NULL"), "12"), row(Some("x | \u{1b}[2J"), "3"), row(None, "")],
        };
        assert_eq!(
            shown(&rows, 2),
            " status | count\n--------+-------\n NULL   |     7\n 'NULL' |    12\n ... 2 more rows\n"
        );
        assert!(shown(&rows, 3).ends_with(" x | \\u{1b}[2J |     3\n ... 1 more row\n"), "{}", shown(&rows, 3));
        assert!(!shown(&rows, 4).contains("more"));
    }

    #[test]
    fn long_cells_are_cut() {
        let rows = Rows { columns: vec!["a".into()], rows: vec![vec![Some("é".repeat(500))]] };
        assert!(shown(&rows, 1).contains(&format!("{}…\n", "é".repeat(120))));
    }
}
