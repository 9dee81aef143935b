//! Aligned columns.

use comfy_table::{Cell, CellAlignment, ContentLineStyle, LineStyle, Table, TableStyle};

use super::visible_line;

const PLAIN: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('-').junction('-'));
const RULED: TableStyle = TableStyle::new()
    .header_lines(ContentLineStyle::none().junction('|'))
    .header_separator(LineStyle::none().fill('-').junction('+'))
    .content_lines(ContentLineStyle::none().junction('|'));

/// A table with a header line, for answers such as `status` and `history`; each line is ended.
///
/// Cells are shown on one line, with what steers a terminal escaped. A row may be shorter than the header.
pub fn table(columns: &[&str], rows: &[Vec<String>]) -> String {
    draw(PLAIN, columns, rows)
}

/// As [`table`], with lines between the columns: data may contain anything, so its borders must be seen.
pub(super) fn ruled_table(columns: &[&str], rows: &[Vec<String>]) -> String {
    draw(RULED, columns, rows)
}

fn draw(style: TableStyle, columns: &[&str], rows: &[Vec<String>]) -> String {
    let mut table = Table::new();
    table.load_style(style);
    table.set_header(columns.iter().map(|name| Cell::new(visible_line(name))));
    for row in rows {
        table.add_row(row.iter().map(|cell| Cell::new(visible_line(cell))));
    }
    for (index, column) in table.column_iter_mut().enumerate() {
        if is_numeric(rows, index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

fn is_numeric(rows: &[Vec<String>], column: usize) -> bool {
    let is_number = |cell: &str| cell.chars().any(|c| c.is_ascii_digit()) && cell.parse::<f64>().is_ok();
    let mut cells = rows.iter().filter_map(|row| row.get(column)).filter(|cell| *cell != "NULL").peekable();
    cells.peek().is_some() && cells.all(|cell| is_number(cell))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_and_numbers_stand_right() {
        let rows = [vec!["V00001".to_owned(), "7".to_owned()], vec!["R\u{1b}x\n".to_owned(), "12".to_owned()]];
        assert_eq!(
            table(&["change", "count"], &rows),
            " change       count\n--------------------\n V00001           7\n R\\u{1b}x\\n      12\n"
        );
        assert_eq!(
            ruled_table(&["change", "count"], &rows),
            " change     | count\n------------+-------\n V00001     |     7\n R\\u{1b}x\\n |    12\n"
        );
    }

    #[test]
    fn ragged_and_empty_tables_are_drawn() {
        assert_eq!(table(&["a"], &[]).lines().count(), 2);
        assert!(table(&["a", "b"], &[vec![], vec!["1".to_owned()]]).contains('1'));
        assert_eq!(table(&[], &[]).trim(), "");
    }
}
