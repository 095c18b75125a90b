//! Bytes to tables of cells, within bounds. What a hostile file costs is known here: a zip is measured by unpacking it
//! before anything else believes it, and a workbook is read cell by cell, never as the rectangle it claims to be.

use std::io::{Cursor, Read};

use calamine::{DataRef, Reader, Xlsx, XlsxError};
use jiff::civil::{Date, Time};

use super::{Refused, Why};
use crate::format::sheet::unquoted;
use crate::parse::decode;

/// The largest file, in bytes.
const MOST_BYTES: usize = 20_000_000;
/// The most bytes that a workbook may unpack to: a table of 5,000 events has a tenth of it.
const MOST_UNPACKED: u64 = 64_000_000;
/// The most files in a workbook.
const MOST_FILES: usize = 2_000;
/// The most sheets that are looked at.
const MOST_SHEETS: usize = 20;
/// The most rows of a table: more than any lab's events of many years.
pub(super) const MOST_ROWS: usize = 10_000;
/// The most columns that are looked at.
const MOST_COLUMNS: usize = 300;
/// The most cells that hold anything.
const MOST_CELLS: usize = 500_000;
/// The most characters of one cell that are kept: longer than an event's text may be.
pub(super) const MOST_CHARACTERS: usize = 100_000;
/// The most bytes of text in all cells together.
const MOST_TEXT: usize = 60_000_000;
/// The most merged regions that are looked at.
const MOST_MERGED: usize = 20_000;

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Cell {
    /// Nothing.
    #[default]
    Nothing,
    /// Words.
    Text(String),
    /// A number.
    Number(f64),
    /// A date, an hour, or both.
    Clock(Option<Date>, Option<Time>),
    /// What a spreadsheet program writes when it fails: `#REF!`.
    Failed(String),
}

impl Cell {
    fn text(text: &str) -> Cell {
        let text = text.trim();
        if text.is_empty() {
            return Cell::Nothing;
        }
        // One more than may be: that it is too long is still seen.
        let end = text.char_indices().nth(MOST_CHARACTERS + 1).map_or(text.len(), |(at, _)| at);
        Cell::Text(text[..end].replace("\r\n", "\n").replace('\r', "\n"))
    }

    /// Nothing stands in it.
    pub fn is_nothing(&self) -> bool {
        *self == Cell::Nothing
    }
}

impl std::fmt::Display for Cell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Cell::Nothing => Ok(()),
            Cell::Text(text) | Cell::Failed(text) => f.write_str(text),
            Cell::Number(number) => write!(f, "{number}"),
            Cell::Clock(date, time) => {
                if let Some(date) = date {
                    write!(f, "{date}")?;
                }
                if let Some(time) = time {
                    let gap = if date.is_some() { " " } else { "" };
                    write!(f, "{gap}{:02}:{:02}", time.hour(), time.minute())?;
                    if time.second() != 0 {
                        write!(f, ":{:02}", time.second())?;
                    }
                }
                Ok(())
            }
        }
    }
}

/// A row that holds anything.
#[derive(Debug, Clone, Default)]
pub struct Line {
    /// Its number, from 1.
    pub number: u32,
    /// Its cells, from the first column.
    pub cells: Vec<Cell>,
    /// Columns in which a merged cell goes on from the row above.
    pub merged: Vec<usize>,
}

/// A sheet of a workbook, or all of a CSV.
#[derive(Debug, Default)]
pub struct Table {
    /// The sheet's name.
    pub name: Option<String>,
    /// The rows that hold anything.
    pub rows: Vec<Line>,
    /// There were more rows than are read.
    pub more: bool,
}

/// All tables of a file.
#[derive(Debug, Default)]
pub struct Book {
    /// In their order.
    pub tables: Vec<Table>,
    /// What stands between two cells of a CSV.
    pub delimiter: Option<char>,
}

/// Whether bytes are a zip, as a workbook is.
pub fn is_workbook(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

/// Whether bytes are of the container of elder workbooks, which also holds those with a password.
pub fn is_old_workbook(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0])
}

/// Opens a file.
pub fn open(bytes: &[u8], content_type: Option<&str>) -> Result<Book, Refused> {
    if bytes.len() > MOST_BYTES {
        return Err(Refused::new(Why::TooLarge, format!("{} MB", bytes.len() / 1_000_000)));
    }
    if is_workbook(bytes) {
        workbook(bytes)
    } else if is_old_workbook(bytes) {
        // A locked workbook is an encrypted stream in that container.
        let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let locked = bytes.windows(name.len()).any(|window| window == name);
        Err(Refused::new(if locked { Why::Locked } else { Why::OtherFormat }, ""))
    } else if bytes.is_empty() {
        Err(Refused::new(Why::Empty, ""))
    } else {
        text(bytes, content_type)
    }
}

/// What a zip unpacks to, counted by unpacking it: what it says of itself may be a lie.
fn measure(bytes: &[u8]) -> Result<(), Refused> {
    let refused = |error: &dyn std::fmt::Display| Refused::new(Why::NotATable, error);
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| refused(&error))?;
    if zip.len() > MOST_FILES {
        return Err(Refused::new(Why::TooLarge, format!("{} files", zip.len())));
    }
    let mut left = MOST_UNPACKED;
    let mut buffer = vec![0; 64 * 1024];
    for at in 0..zip.len() {
        let mut file = zip.by_index(at).map_err(|error| refused(&error))?;
        loop {
            // What cannot be unpacked is left to the reader, which may not need it.
            let read = file.read(&mut buffer).unwrap_or(0);
            if read == 0 {
                break;
            }
            left = left
                .checked_sub(read as u64)
                .ok_or_else(|| Refused::new(Why::TooLarge, format!("> {} MB", MOST_UNPACKED / 1_000_000)))?;
        }
    }
    Ok(())
}

fn workbook(bytes: &[u8]) -> Result<Book, Refused> {
    measure(bytes)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| match error {
        XlsxError::Password => Refused::new(Why::Locked, ""),
        // A zip that is no workbook of this kind: an .ods, a document, anything.
        error => Refused::new(Why::OtherFormat, error),
    })?;
    let names: Vec<String> = book.sheet_names().into_iter().take(MOST_SHEETS).collect();
    let mut tables = Vec::new();
    let mut budget = Budget { cells: MOST_CELLS, text: MOST_TEXT };
    for name in names {
        let merged = book.merge_cells_by_sheet_name(&name).unwrap_or_default();
        // A chart is a sheet without cells.
        let Ok(mut cells) = book.worksheet_cells_reader(&name) else { continue };
        let mut table = Table { name: Some(name), ..Table::default() };
        while let Some(cell) = cells.next_cell().map_err(|error| Refused::new(Why::NotATable, error))? {
            let (row, column) = cell.get_position();
            let value = value(cell.get_value());
            let column = column as usize;
            if value.is_nothing() || column >= MOST_COLUMNS {
                continue;
            }
            budget.take(&value)?;
            let number = row.saturating_add(1);
            if table.rows.last().is_none_or(|last| last.number < number) {
                if table.rows.len() > MOST_ROWS {
                    table.more = true;
                    break;
                }
                table.rows.push(Line { number, ..Line::default() });
            }
            // Cells come in order; one that does not has no row to stand in.
            let Some(line) = table.rows.last_mut().filter(|line| line.number == number) else { continue };
            if line.cells.len() <= column {
                line.cells.resize(column + 1, Cell::Nothing);
            }
            line.cells[column] = value;
        }
        for region in merged.iter().take(MOST_MERGED) {
            spread(&mut table, region, &mut budget)?;
        }
        tables.push(table);
    }
    Ok(Book { tables, delimiter: None })
}

/// What is left of what one file may hold.
struct Budget {
    cells: usize,
    text: usize,
}

impl Budget {
    fn take(&mut self, cell: &Cell) -> Result<(), Refused> {
        let length = if let Cell::Text(text) = cell { text.len() } else { 0 };
        let large = || Refused::new(Why::TooLarge, "");
        self.cells = self.cells.checked_sub(1).ok_or_else(large)?;
        self.text = self.text.checked_sub(length).ok_or_else(large)?;
        Ok(())
    }
}

/// What stands in a merged cell counts for every row that it covers.
fn spread(table: &mut Table, region: &calamine::Dimensions, budget: &mut Budget) -> Result<(), Refused> {
    let ((first, column), (last, _)) = (region.start, region.end);
    let column = column as usize;
    let from = table.rows.partition_point(|line| line.number <= first);
    let Some(said) =
        table.rows.get(from).filter(|line| line.number == first + 1).and_then(|line| line.cells.get(column))
    else {
        return Ok(());
    };
    let said = said.clone();
    for line in table.rows[from..].iter_mut().skip(1).take_while(|line| line.number <= last + 1) {
        budget.take(&said)?;
        if line.cells.len() <= column {
            line.cells.resize(column + 1, Cell::Nothing);
        }
        if line.cells[column].is_nothing() {
            line.cells[column] = said.clone();
            line.merged.push(column);
        }
    }
    Ok(())
}

fn value(data: &DataRef<'_>) -> Cell {
    match data {
        DataRef::Empty => Cell::Nothing,
        DataRef::String(text) => Cell::text(text),
        DataRef::SharedString(text) => Cell::text(text),
        #[expect(clippy::cast_precision_loss, reason = "a spreadsheet's numbers are floats")]
        DataRef::Int(number) => Cell::Number(*number as f64),
        DataRef::Float(number) => Cell::Number(*number),
        DataRef::Bool(yes) => Cell::text(if *yes { "true" } else { "false" }),
        DataRef::DateTime(serial) => clock(serial),
        DataRef::DateTimeIso(text) => iso(text),
        DataRef::DurationIso(text) => Cell::text(text),
        DataRef::Error(error) => Cell::Failed(error.to_string()),
    }
}

/// A date or an hour as its number: days since 1900 or 1904, and parts of a day.
fn clock(serial: &calamine::ExcelDateTime) -> Cell {
    let days = serial.as_f64();
    if !(0.0..3_000_000.0).contains(&days) {
        return Cell::Number(days);
    }
    let (year, month, day, hour, minute, second, milli) = serial.to_ymd_hms_milli();
    let small = |n: u8| i8::try_from(n).unwrap_or(-1);
    let date = i16::try_from(year).ok().and_then(|year| Date::new(year, small(month), small(day)).ok());
    // A third of a day is no number: what is told of the second is rounding.
    let time = Time::new(small(hour), small(minute), small(second), 0).ok();
    let time = if milli >= 500 { time.and_then(|t| t.checked_add(jiff::Span::new().seconds(1)).ok()) } else { time };
    // An hour alone is less than a day; a day alone has no part of one.
    let whole = days.fract() == 0.0 && !serial.is_duration();
    match (days < 1.0, whole) {
        (true, _) => Cell::Clock(None, time),
        (false, true) => Cell::Clock(date, None),
        (false, false) => Cell::Clock(date, time),
    }
}

fn iso(text: &str) -> Cell {
    if let Ok(wall) = text.parse::<jiff::civil::DateTime>() {
        let time = (text.contains(['T', ' '])).then(|| wall.time());
        return Cell::Clock(Some(wall.date()), time);
    }
    text.parse::<Time>().map_or_else(|_| Cell::text(text), |time| Cell::Clock(None, Some(time)))
}

/// What may stand between two cells.
const DELIMITERS: [char; 4] = [';', ',', '\t', '|'];
/// How many rows tell which it is.
const TELLING: usize = 30;

fn text(bytes: &[u8], content_type: Option<&str>) -> Result<Book, Refused> {
    let text = decode::decode(bytes, content_type, &mut Vec::new());
    // A picture or a program is text in no encoding.
    let strange = text.chars().take(4_000).filter(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r')).count();
    if strange > 4 {
        return Err(Refused::new(Why::NotATable, ""));
    }
    let text = text.trim_start_matches('\u{FEFF}');
    // A line by which spreadsheet programs tell each other.
    let (told, text) = match text.strip_prefix("sep=").and_then(|rest| Some((rest.chars().next()?, rest))) {
        Some((sign, rest)) if DELIMITERS.contains(&sign) => {
            (Some(sign), rest.split_once('\n').map_or("", |(_, text)| text))
        }
        _ => (None, text),
    };
    let delimiter = told.unwrap_or_else(|| {
        let regular = |delimiter: &&char| {
            let widths: Vec<usize> =
                records(text, **delimiter).take(TELLING).filter_map(Result::ok).map(|record| record.len()).collect();
            let widest = widths.iter().copied().max().unwrap_or(0);
            (widths.iter().filter(|width| **width == widest).count() * (widest - 1), widest)
        };
        DELIMITERS.iter().rev().max_by_key(regular).copied().unwrap_or(',')
    });
    let mut table = Table::default();
    let mut budget = Budget { cells: MOST_CELLS, text: MOST_TEXT };
    let first = if told.is_some() { 2 } else { 1 };
    for (number, record) in (first..).zip(records(text, delimiter)) {
        let record = record.map_err(|error| Refused::new(Why::NotATable, error))?;
        let mut cells: Vec<Cell> = record.iter().take(MOST_COLUMNS).map(|cell| Cell::text(unquoted(cell))).collect();
        while cells.last().is_some_and(Cell::is_nothing) {
            cells.pop();
        }
        if cells.is_empty() {
            continue;
        }
        if table.rows.len() > MOST_ROWS {
            table.more = true;
            break;
        }
        cells.iter().filter(|cell| !cell.is_nothing()).try_for_each(|cell| budget.take(cell))?;
        table.rows.push(Line { number, cells, merged: Vec::new() });
    }
    Ok(Book { tables: vec![table], delimiter: Some(delimiter) })
}

/// Rows by the sign between two cells. A row is counted as spreadsheet programs do: one that holds line ends is one.
fn records(text: &str, delimiter: char) -> impl Iterator<Item = csv::Result<csv::StringRecord>> {
    let delimiter = u8::try_from(delimiter).unwrap_or(b',');
    csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes())
        .into_records()
}
