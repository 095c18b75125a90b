//! Tables that people keep their events in: workbooks (`.xlsx`) and CSV, whatever their headings.
//!
//! One entrance, [`read`], from bytes to a [`Sheet`]: how the columns were understood, what each row became, what is
//! wrong, cell by cell with what to write instead, and the events as any feed gives them. Nothing is guessed: a cell
//! that can be read in two ways is a problem to be told, and costs its row. Pure and bounded: callers put it on a
//! thread of its own.

mod book;
mod headings;
mod row;
#[cfg(test)]
mod tests;
mod value;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::Serialize;

use self::book::Cell;
use crate::event::{Event, Id};
pub use crate::format::sheet::Field;
use crate::format::{Hints, Reading};
use crate::language::Tongue;
use crate::programme::Code;

/// What is known before a table is read.
#[derive(Debug, Clone)]
pub struct Ask {
    /// As for a feed.
    pub hints: Hints,
    /// What ids begin with that the table leaves open: the lab's own (`tag:lab.example,2026:`).
    pub tag: Id,
    /// What a person said of columns, by their heading or letter, over what the headings say; `None` leaves one out.
    pub columns: Vec<(String, Option<Field>)>,
    /// The events that are there already, as they are published: a cell that says what they say changes nothing.
    pub known: BTreeMap<Id, Event>,
}

/// What was understood of a table.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// The sheet's name, in a workbook.
    pub name: Option<String>,
    /// Sheets of the workbook that were left aside.
    pub others: Vec<String>,
    /// The sign between two cells, in CSV.
    pub delimiter: Option<char>,
    /// The row of the headings, from 1.
    pub heading_row: u32,
    /// Its columns, in their order.
    pub columns: Vec<Column>,
    /// The rows below the headings that hold anything, in their order.
    pub rows: Vec<Row>,
    /// What is wrong or doubtful, by row and column.
    pub problems: Vec<Problem>,
    /// The events, ready to be imported, with what was found in them beyond single cells.
    pub reading: Reading,
}

/// How a column was understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    /// Its letters, as spreadsheet programs name it.
    pub letter: String,
    /// Its heading: hostile.
    pub heading: String,
    /// What it says of an event; `None` when it is left aside.
    pub field: Option<Field>,
    /// Whether a person said so, and not the heading.
    pub told: bool,
    /// The first thing that stands in it: hostile.
    pub sample: String,
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Its number, from 1, as spreadsheet programs count.
    pub number: u32,
    /// The event it is of; `None` when it waits for its author.
    pub event: Option<Id>,
}

/// Something wrong or doubtful in a cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The sheet, in a workbook.
    pub sheet: Option<String>,
    /// The row, from 1.
    pub row: u32,
    /// The column's letters.
    pub column: Option<String>,
    /// The column's heading: hostile.
    pub heading: Option<String>,
    /// What stands in the cell, cut to 200 characters: hostile.
    pub found: String,
    /// What is the matter.
    pub trouble: Trouble,
    /// What to write instead, where that can be told.
    pub instead: String,
}

impl Problem {
    /// Where it is: *Events, B12 (Start date)*.
    pub fn place(&self) -> String {
        let cell = match &self.column {
            Some(letter) => format!("{letter}{}", self.row),
            None => self.row.to_string(),
        };
        let sheet = self.sheet.as_ref().map(|sheet| format!("{sheet}, ")).unwrap_or_default();
        let heading = self.heading.as_ref().map(|heading| format!(" ({heading})")).unwrap_or_default();
        format!("{sheet}{cell}{heading}")
    }

    /// What is the matter, in a sentence.
    pub fn sentence(&self, tongue: Tongue) -> String {
        tongue.label("cell", self.trouble.as_str())
    }

    /// What to write instead, in a sentence.
    pub fn mend(&self, tongue: Tongue) -> String {
        let key = format!("cell-mend-{}", self.trouble.as_str());
        tongue.say_with(&key, [("instead", self.instead.as_str().into())])
    }
}

/// What becomes of that in which there is trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// Nothing: it is only said.
    Said,
    /// The cell is left out.
    Cell,
    /// The event waits until it is mended.
    Event,
}

/// Declares the troubles, each with its weight.
macro_rules! troubles {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $weight:ident;)+) => {
        /// What can be the matter with a cell, by its stable code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        pub enum Trouble { $($(#[$doc])* #[serde(rename = $code)] $variant,)+ }

        impl Trouble {
            /// Every code.
            pub const ALL: &'static [Trouble] = &[$(Trouble::$variant,)+];

            /// The code as it is shown and documented.
            pub fn as_str(self) -> &'static str {
                match self { $(Trouble::$variant => $code,)+ }
            }

            /// What becomes of that in which it is.
            pub fn weight(self) -> Weight {
                match self { $(Trouble::$variant => Weight::$weight,)+ }
            }
        }
    };
}

troubles! {
    /// A row without a title.
    NoTitle = "no-title", Event;
    /// What stands for a day cannot be read as one.
    DateUnreadable = "date-unreadable", Event;
    /// Day and month could be the other way round.
    DateAmbiguous = "date-ambiguous", Event;
    /// What stands for an hour cannot be read as one.
    TimeUnreadable = "time-unreadable", Event;
    /// An hour without its day.
    TimeWithoutDate = "time-without-date", Event;
    /// It ends before it starts.
    EndBeforeStart = "end-before-start", Event;
    /// Nobody said in which zone the hours are.
    NoZone = "no-zone", Event;
    /// Cells of the event contradict each other.
    Contradiction = "contradiction", Event;
    /// A spreadsheet's error stands in it.
    Formula = "formula-error", Cell;
    /// None of the words that the column knows.
    UnknownWord = "unknown-word", Cell;
    /// No address that a reader could follow.
    NotAnAddress = "not-an-address", Cell;
    /// No number.
    NotANumber = "not-a-number", Cell;
    /// A code of another shape.
    BadCode = "bad-code", Cell;
    /// More than any such field holds.
    TooLong = "too-long", Cell;
    /// A picture without the words for those who do not see it.
    ImageWithoutAlt = "image-without-alt", Cell;
    /// More places left than there are.
    MoreThanAll = "more-than-all", Cell;
    /// The column that is written for programs cannot be read any more.
    MoreUnreadable = "more-unreadable", Cell;
    /// An hour that its day does not have: clocks go forward over it.
    HourSkipped = "hour-skipped", Said;
    /// An hour that its day has twice.
    HourTwice = "hour-twice", Said;
    /// A number in the place of a day.
    NumberAsDate = "number-as-date", Said;
    /// A postal code that lost its zero.
    ZeroLost = "zero-lost", Said;
    /// A later row of the event says another thing for the whole event.
    OtherRow = "other-row", Said;
    /// The node has a newer version than the table.
    Older = "older", Said;
    /// A known event was recognised by its title.
    ByTitle = "by-title", Said;
    /// More rows than are read.
    TooManyRows = "too-many-rows", Event;
}

/// What came is no table of events: nothing of it is used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", why.as_str())]
pub struct Refused {
    /// Why.
    pub why: Why,
    /// What was found: hostile.
    pub detail: String,
}

impl Refused {
    fn new(why: Why, detail: impl ToString) -> Refused {
        Refused { why, detail: detail.to_string().chars().take(200).collect() }
    }

    /// Why, in a sentence that says what to do.
    pub fn sentence(&self, tongue: Tongue) -> String {
        let key = format!("sheet-refused-{}", self.why.as_str());
        tongue.say_with(&key, [("detail", self.detail.as_str().into())])
    }
}

/// Why a file is no table of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Nothing stands in it.
    Empty,
    /// Neither a workbook nor text.
    NotATable,
    /// A workbook that is locked with a password.
    Locked,
    /// A workbook of an older or another program.
    OtherFormat,
    /// More than is read, or made to become so.
    TooLarge,
    /// No row of headings with a title in it.
    NoHeadings,
    /// A person named a column that is not there.
    NoColumn,
}

impl Why {
    /// Every reason.
    pub const ALL: &'static [Why] =
        &[Why::Empty, Why::NotATable, Why::Locked, Why::OtherFormat, Why::TooLarge, Why::NoHeadings, Why::NoColumn];

    /// The code as it is shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Why::Empty => "empty",
            Why::NotATable => "not-a-table",
            Why::Locked => "locked",
            Why::OtherFormat => "other-format",
            Why::TooLarge => "too-large",
            Why::NoHeadings => "no-headings",
            Why::NoColumn => "no-column",
        }
    }
}

/// Whether bytes are a table and not a feed: a workbook, or text under a name that ends in `.csv`, `.tsv` or `.txt`, or
/// called so by its server.
pub fn is_table(bytes: &[u8], name: &str, content_type: Option<&str>) -> bool {
    let name = name.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    let ends = [".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".ods"].iter().any(|end| name.ends_with(end));
    let called = content_type.is_some_and(|called| called.to_ascii_lowercase().starts_with("text/csv"));
    ends || called || book::is_workbook(bytes) || book::is_old_workbook(bytes)
}

/// Reads a table.
///
/// A library that panics costs this table and nothing else.
///
/// # Errors
/// [`Refused`], with the reason.
pub fn read(bytes: &[u8], content_type: Option<&str>, ask: &Ask) -> Result<Sheet, Refused> {
    let read = AssertUnwindSafe(|| {
        let book = book::open(bytes, content_type)?;
        understand(book, ask)
    });
    catch_unwind(read).unwrap_or_else(|_| Err(Refused::new(Why::NotATable, "")))
}

fn understand(book: book::Book, ask: &Ask) -> Result<Sheet, Refused> {
    if book.tables.iter().all(|table| table.rows.is_empty()) {
        return Err(Refused::new(Why::Empty, ""));
    }
    // The first sheet that has a title among its headings; of several, the others are named.
    let told: Vec<(usize, headings::Headings)> = book
        .tables
        .iter()
        .enumerate()
        .filter_map(|(at, table)| Some((at, headings::find(table, &ask.columns)?)))
        .collect();
    let Some((at, headings)) = told.into_iter().next() else {
        let first = book.tables.iter().find_map(|table| table.rows.first());
        let words = first.map(|row| row.cells.iter().map(Cell::to_string).collect::<Vec<_>>().join(" | "));
        return Err(Refused::new(Why::NoHeadings, words.unwrap_or_default()));
    };
    if let Some(name) = headings.unknown.first() {
        return Err(Refused::new(Why::NoColumn, name));
    }
    let others = book.tables.iter().enumerate().filter(|(other, table)| *other != at && !table.rows.is_empty());
    let others = others.filter_map(|(_, table)| table.name.clone()).collect();
    let table = &book.tables[at];
    let mut sheet = Sheet {
        name: table.name.clone(),
        others,
        delimiter: book.delimiter,
        heading_row: headings.row,
        columns: headings.columns(table),
        rows: Vec::new(),
        problems: Vec::new(),
        reading: Reading::default(),
    };
    row::read(table, &headings, ask, &mut sheet);
    // What a lab's own table need not say: the node adds its licence, and knows its region.
    let of_feeds = [Code::LicenceMissing, Code::RegionAssumed, Code::NoEventData, Code::IdDerived];
    sheet.reading.findings.retain(|finding| !of_feeds.contains(&finding.code));
    Ok(sheet)
}

/// The letters of a column, from 0: `A`, `Z`, `AA`.
fn letters(mut column: usize) -> String {
    let mut letters = Vec::new();
    loop {
        letters.push(char::from(b'A' + u8::try_from(column % 26).unwrap_or(0)));
        if column < 26 {
            break;
        }
        column = column / 26 - 1;
    }
    letters.iter().rev().collect()
}

/// As much of a cell as is shown to people.
fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect::<String>().trim().to_owned()
}
