//! Tables as workbooks (ECMA-376), with days and hours that spreadsheet programs can count with.

use jiff::tz::TimeZone;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError};

use super::{Detail, Field, Said, example, table, template_columns};
use crate::format::Feed;
use crate::language::Tongue;

/// Heading row and its colours: dark on light, so that it reads in any theme.
const HEADING: u32 = 0xE3_E8_F4;

/// All events of a feed. The same feed gives the same bytes.
///
/// # Errors
/// What the library refuses; nothing that a feed holds is known to be refused.
pub fn write_xlsx(feed: &Feed, detail: Detail) -> Result<Vec<u8>, XlsxError> {
    let tongue = Tongue::of(Some(&feed.head.language));
    let table = table(feed, detail);
    let mut book = Workbook::new();
    let made = feed.head.updated.to_zoned(TimeZone::UTC);
    // When it was made is when what it says last changed, so that the same feed gives the same bytes.
    let made = ExcelDateTime::from_timestamp(made.timestamp().as_second().max(0))?;
    book.set_properties(&DocProperties::new().set_title(feed.head.title.as_str()).set_creation_datetime(&made));
    let sheet = book.add_worksheet();
    sheet.set_name(tongue.say("sheet-events"))?;
    head(sheet, &table.columns, &table.headings)?;
    for (number, row) in (1..).zip(&table.rows) {
        for (column, said) in (0..).zip(row) {
            write(sheet, number, column, said)?;
        }
    }
    book.save_to_buffer()
}

/// A workbook to fill in: the table with an example, and a sheet that says what goes into each column.
///
/// # Errors
/// As for [`write_xlsx`].
pub fn template_xlsx(tongue: Tongue) -> Result<Vec<u8>, XlsxError> {
    let columns = template_columns();
    let headings: Vec<String> = columns.iter().map(|field| field.heading(tongue)).collect();
    let mut book = Workbook::new();
    book.set_properties(&DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(2026, 1, 1)?));
    let sheet = book.add_worksheet();
    sheet.set_name(tongue.say("sheet-events"))?;
    head(sheet, &columns, &headings)?;
    for (column, field) in (0..).zip(&columns) {
        write(sheet, 1, column, &example(*field, tongue))?;
    }
    let help = book.add_worksheet();
    help.set_name(tongue.say("sheet-help"))?;
    help.set_column_width(0, 28)?.set_column_width(1, 110)?;
    let (bold, wrapped) = (Format::new().set_bold(), Format::new().set_text_wrap().set_align(FormatAlign::Top));
    help.write_string(0, 1, tongue.say("template-help"))?;
    for (row, (field, heading)) in (2..).zip(columns.iter().zip(&headings)) {
        help.write_string_with_format(row, 0, heading, &bold)?;
        help.write_string_with_format(row, 1, field.help(tongue), &wrapped)?;
    }
    book.save_to_buffer()
}

fn head(sheet: &mut Worksheet, columns: &[Field], headings: &[String]) -> Result<(), XlsxError> {
    let heading = Format::new().set_bold().set_background_color(HEADING).set_font_color(0x1A_1A_2E);
    for (column, (field, text)) in (0..).zip(columns.iter().zip(headings)) {
        sheet.write_string_with_format(0, column, text, &heading)?;
        let width = match field {
            Field::Title | Field::Summary | Field::Body | Field::Organisers => 40,
            Field::StartTime | Field::EndTime | Field::Postcode | Field::Free => 12,
            _ => 20,
        };
        sheet.set_column_width(column, width)?;
        if matches!(field, Field::More) {
            sheet.set_column_hidden(column)?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

fn write(sheet: &mut Worksheet, row: u32, column: u16, said: &Said) -> Result<(), XlsxError> {
    match said {
        Said::Nothing => return Ok(()),
        // As text, whatever it begins with: a cell of text is no formula.
        Said::Text(text) => sheet.write_string(row, column, text)?,
        Said::Number(number) => sheet.write_number(row, column, *number)?,
        Said::Day(day) => {
            let (year, month, date) = (day.year().unsigned_abs(), day.month().unsigned_abs(), day.day().unsigned_abs());
            match ExcelDateTime::from_ymd(year, month, date) {
                Ok(serial) => sheet.write_datetime_with_format(
                    row,
                    column,
                    &serial,
                    &Format::new().set_num_format("yyyy-mm-dd"),
                )?,
                // Days before 1900 have no number there.
                Err(_) => sheet.write_string(row, column, day.to_string())?,
            }
        }
        Said::Hour(hour) if hour.second() == 0 => {
            let serial = ExcelDateTime::from_hms(hour.hour().unsigned_abs().into(), hour.minute().unsigned_abs(), 0)?;
            sheet.write_datetime_with_format(row, column, &serial, &Format::new().set_num_format("hh:mm"))?
        }
        Said::Hour(_) => sheet.write_string(row, column, said.to_string())?,
    };
    Ok(())
}
