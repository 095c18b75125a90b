//! An event as somebody types it: names and values, be they right or wrong, to an event and back.
//!
//! What is wrong is told field by field and nothing of it is lost, since the words themselves are what a draft keeps.
//! What was opened and not touched stays as it was, to the second and to the letter. Here are the fields and the gestures
//! on their rows; `of` turns an event into fields, `read` fields into an event, with `when`, `place`, `registration` and
//! `lists` for its parts.

mod lists;
mod of;
mod place;
mod read;
mod registration;
#[cfg(test)]
mod tests;
mod when;

use jiff::ToSpan;

pub use read::{Given, read};
pub use when::{read_day, read_hour};

/// The most slots of one event: two a day for a hundred days.
pub const MOST_SLOTS: usize = 200;
/// The most rows of anything else.
pub const MOST_ROWS: usize = 60;

/// What is wrong with a field: a sentence by its code, beside the field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The field's name.
    pub field: String,
    /// What is wrong.
    pub code: &'static str,
    /// What completes the sentence.
    pub with: String,
}

/// The form of an event, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    values: Vec<(String, String)>,
}

/// The kinds of rows of which a form has as many as one wants, with their columns.
///
/// `ref` says which of a known event's it is; `new` that a row is there although nothing is said in it yet; `own` that a
/// slot has a place, an online access or a registration of its own, whose columns begin as theirs do.
pub const ROWS: [(&str, &[&str]); 11] = [
    ("place", &["ref", "new", "name", "street", "postcode", "city", "country", "geo"]),
    ("online", &["ref", "new", "access", "href", "note"]),
    ("region", &["new", "code"]),
    ("edition", &["new", "code", "title"]),
    ("series", &["ref", "new", "title", "step", "total"]),
    (
        "slot",
        &[
            "ref",
            "own",
            "day",
            "from",
            "to",
            "last",
            "kind",
            "fold",
            "duration",
            "zone",
            "availability",
            "status",
            "times",
            "place-name",
            "place-street",
            "place-postcode",
            "place-city",
            "place-country",
            "place-geo",
            "online-access",
            "online-href",
            "online-note",
            "registration-href",
            "registration-required",
            "registration-free",
            "registration-capacity",
            "registration-left",
            "registration-per",
            "registration-opens",
            "registration-closes",
            "registration-note",
        ],
    ),
    ("speaker", &["name", "affiliation", "role", "page"]),
    ("organiser", &["new", "name", "page", "role"]),
    ("resource", &["href", "kind", "title", "type", "length"]),
    ("link", &["new", "href", "title", "rel", "type", "language"]),
    ("category", &["new", "scheme", "term", "title"]),
];

/// What a slot may have of its own, where it is not the event's: what its columns begin with.
pub const OWN: [&str; 3] = ["place-", "online-", "registration-"];

/// Fields of one line or text.
pub const SINGLE: [&str; 23] = [
    "title",
    "summary",
    "body",
    "mode",
    "registration-href",
    "registration-required",
    "registration-free",
    "registration-capacity",
    "registration-left",
    "registration-per",
    "registration-opens",
    "registration-closes",
    "registration-note",
    "image",
    "image-alt",
    "tags",
    "topics",
    "access-note",
    "notice",
    "language",
    "zone",
    "licence",
    "rights",
];

/// Fields that are boxes to tick, of which any may be.
pub const TICKED: [&str; 3] = ["format", "audience", "access"];

impl Form {
    /// As it was sent: the fields that an event has, and no others.
    pub fn from_values(values: impl IntoIterator<Item = (String, String)>) -> Form {
        let values = values.into_iter().map(|(name, value)| (renamed(&name).map_or(name, str::to_owned), value));
        let ours = |name: &str| SINGLE.contains(&name) || TICKED.contains(&name) || cell(name).is_some();
        Form { values: values.filter(|(name, value)| ours(name) && !value.is_empty()).collect() }
    }

    /// Names and values.
    pub fn values(&self) -> &[(String, String)] {
        &self.values
    }

    /// The value of a field; empty when there is none.
    pub fn get(&self, name: &str) -> &str {
        self.values.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// All values of a field.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.values.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// Sets a field.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.values.retain(|(n, _)| n != name);
        let value = value.into();
        if !value.is_empty() {
            self.values.push((name.to_owned(), value));
        }
    }

    /// The same fields with other values.
    pub fn map(&self, value: impl Fn(&str, &str) -> String) -> Form {
        Form { values: self.values.iter().map(|(name, was)| (name.clone(), value(name, was))).collect() }
    }

    fn put(&mut self, name: &str, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.set(name, value.to_string());
        }
    }

    /// How many rows of a kind there are: one more than the highest that says anything.
    pub fn rows(&self, kind: &str) -> usize {
        let rows = self.values.iter().filter_map(|(name, _)| cell(name)).filter(|(k, ..)| *k == kind);
        rows.map(|(_, n, _)| n + 1).max().unwrap_or(0)
    }

    /// One cell of a row.
    pub fn cell(&self, kind: &str, row: usize, column: &str) -> &str {
        self.get(&format!("{kind}-{row}-{column}"))
    }

    fn row(&self, kind: &str, row: usize) -> Vec<(&'static str, String)> {
        columns(kind).iter().map(|column| (*column, self.cell(kind, row, column).to_owned())).collect()
    }

    /// Takes a row away; those after it move up.
    pub fn remove_row(&mut self, kind: &str, row: usize) {
        let mut rows: Vec<_> = (0..self.rows(kind)).map(|n| self.row(kind, n)).collect();
        if row < rows.len() {
            rows.remove(row);
        }
        self.set_rows(kind, rows);
    }

    fn set_rows(&mut self, kind: &str, rows: Vec<Vec<(&'static str, String)>>) {
        self.values.retain(|(name, _)| cell(name).is_none_or(|(k, ..)| k != kind));
        for (n, row) in rows.into_iter().enumerate() {
            let said = row.into_iter().filter(|(_, value)| !value.is_empty());
            self.values.extend(said.map(|(column, value)| (format!("{kind}-{n}-{column}"), value)));
        }
    }

    /// Whether a slot has something of its own where the event has its.
    pub fn is_own(&self, row: usize) -> bool {
        let own = |column: &str| OWN.iter().any(|begin| column.starts_with(begin));
        self.values.iter().filter_map(|(name, _)| cell(name)).any(|cell| match cell {
            ("slot", n, column) => n == row && (column == "own" || own(column)),
            _ => false,
        })
    }

    /// What a slot says in its columns that begin so, in one line.
    pub fn own(&self, row: usize, begin: &str) -> String {
        let said = columns("slot").iter().filter(|column| column.starts_with(begin));
        said.map(|column| self.cell("slot", row, column).trim())
            .filter(|cell| !cell.is_empty())
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// Makes a slot as its event again: where, how and by which registration.
    pub fn drop_own(&mut self, row: usize) {
        self.values.retain(|(name, _)| match cell(name) {
            Some(("slot", n, column)) => {
                n != row || !(column == "own" || OWN.iter().any(|own| column.starts_with(own)))
            }
            _ => true,
        });
    }

    /// Copies a slot `times` times, each `days` days after the one before; the copies stand after it. What cannot be
    /// moved for want of a day is copied as it is.
    pub fn repeat_slot(&mut self, row: usize, times: usize, days: i32) {
        let mut rows: Vec<_> = (0..self.rows("slot")).map(|n| self.row("slot", n)).collect();
        let Some(first) = rows.get(row).cloned() else { return };
        let room = MOST_SLOTS.saturating_sub(rows.len());
        for n in (1..=times.min(room)).rev() {
            let shift = i32::try_from(n).unwrap_or(0) * days;
            let copy = first.iter().map(|(column, value)| match *column {
                // A slot of its own: a calendar keeps the two apart.
                "ref" | "fold" | "status" | "availability" | "times" | "registration-left" => (*column, String::new()),
                "day" | "last" | "registration-opens" | "registration-closes" => {
                    (*column, shifted(value, shift).unwrap_or_else(|| value.clone()))
                }
                _ => (*column, value.clone()),
            });
            rows.insert(row + 1, copy.collect());
        }
        self.set_rows("slot", rows);
    }

    /// Moves all days, for another year.
    pub fn shift_days(&mut self, days: i32) {
        for (name, value) in &mut self.values {
            if let Some(("slot", _, "day" | "last")) = cell(name)
                && let Some(moved) = shifted(value, days)
            {
                *value = moved;
            }
        }
    }
}

/// What a field is called of which there was one alone once: drafts are kept as they were typed.
fn renamed(name: &str) -> Option<&'static str> {
    Some(match name {
        "place-name" => "place-0-name",
        "place-street" => "place-0-street",
        "place-postcode" => "place-0-postcode",
        "place-city" => "place-0-city",
        "place-geo" => "place-0-geo",
        "online" => "online-0-access",
        "online-href" => "online-0-href",
        "online-note" => "online-0-note",
        "region" => "region-0-code",
        "edition" => "edition-0-code",
        "edition-title" => "edition-0-title",
        "series" => "series-0-title",
        "series-step" => "series-0-step",
        "series-total" => "series-0-total",
        _ => return None,
    })
}

/// The kind, row and column of a field that is a cell.
fn cell(name: &str) -> Option<(&'static str, usize, &'static str)> {
    ROWS.iter().find_map(|(kind, columns)| {
        let rest = name.strip_prefix(kind)?.strip_prefix('-')?;
        let (row, column) = rest.split_once('-')?;
        let most = if *kind == "slot" { MOST_SLOTS } else { MOST_ROWS };
        let row: usize = row.parse().ok().filter(|row| *row < most)?;
        Some((*kind, row, *columns.iter().find(|c| **c == column)?))
    })
}

fn columns(kind: &str) -> &'static [&'static str] {
    ROWS.iter().find(|(k, _)| *k == kind).map_or(&[], |(_, columns)| columns)
}

/// A day some days later, in the form in which it was typed if that is ours, and at its hour where it has one.
fn shifted(day: &str, days: i32) -> Option<String> {
    let (day, hour) = day.split_once('T').map_or((day, None), |(day, hour)| (day, Some(hour)));
    let day = read_day(day)?.checked_add(days.days()).ok()?;
    Some(hour.map_or_else(|| day.to_string(), |hour| format!("{day}T{hour}")))
}
