//! Tables as CSV (RFC 4180), in UTF-8 with a mark, without which spreadsheet programs take it for something else.

use csv::{Terminator, WriterBuilder};

use super::{Detail, example, table, template_columns};
use crate::format::Feed;
use crate::language::Tongue;

/// The mark of UTF-8.
const MARK: &str = "\u{FEFF}";

/// What a spreadsheet program takes for the beginning of a formula.
const ACTIVE: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// All events of a feed. The same feed gives the same bytes.
pub fn write_csv(feed: &Feed, detail: Detail) -> Vec<u8> {
    let table = table(feed, detail);
    let rows = table.rows.iter().map(|row| row.iter().map(|said| quoted(said.to_string())).collect());
    written(b',', std::iter::once(table.headings).chain(rows))
}

/// A table to fill in, with an example. French spreadsheet programs divide by semicolons, since French numbers have
/// commas in them.
pub fn template_csv(tongue: Tongue) -> Vec<u8> {
    let columns = template_columns();
    let headings = columns.iter().map(|field| field.heading(tongue)).collect();
    let row = columns.iter().map(|field| example(*field, tongue).to_string()).collect();
    written(if tongue == Tongue::French { b';' } else { b',' }, [headings, row])
}

fn written(delimiter: u8, rows: impl IntoIterator<Item = Vec<String>>) -> Vec<u8> {
    let mut writer = WriterBuilder::new()
        .delimiter(delimiter)
        .terminator(Terminator::CRLF)
        .flexible(true)
        .from_writer(MARK.as_bytes().to_vec());
    for row in rows {
        // Writing to a vector cannot fail.
        let _ = writer.write_record(&row);
    }
    writer.into_inner().unwrap_or_default()
}

/// A text that no program takes for a formula: an apostrophe before it says so, and one more where one stood.
fn quoted(text: String) -> String {
    let rest = text.trim_start_matches('\'');
    let number = rest.len() == text.len() && text.parse::<f64>().is_ok();
    if rest.starts_with(ACTIVE) && !number { format!("'{text}") } else { text }
}

/// The text that stands behind such an apostrophe.
pub fn unquoted(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if rest.trim_start_matches('\'').starts_with(ACTIVE) => rest,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_runs_as_a_formula_or_comes_back_as_another() {
        for text in ["=1+1", "+33 1", "-3", "@SUM(A1)", "'=x", "''-", "\tx", "l’eau", "'a", ""] {
            let quoted = quoted(text.to_owned());
            assert!(!quoted.starts_with(ACTIVE) || quoted == "-3", "{quoted}");
            assert_eq!(unquoted(&quoted), text);
        }
    }
}
