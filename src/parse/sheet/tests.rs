//! Tables as people keep them, and as attackers make them.

use std::collections::BTreeMap;
use std::io::Write;

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use super::*;
use crate::event::{Language, OnlineAccess, Status, When, Zone};
use crate::format::sheet::{template_csv, template_xlsx};

fn ask() -> Ask {
    Ask {
        hints: Hints {
            address: None,
            language: Language::new("fr").ok(),
            zone: Zone::new("Europe/Paris").ok(),
            region: None,
            by_link: false,
            seen: "2026-10-05T08:00:00Z".parse().unwrap(),
        },
        tag: Id::new("tag:lab.example,2026:").unwrap(),
        columns: Vec::new(),
        known: BTreeMap::new(),
    }
}

fn csv(text: &str) -> Sheet {
    read(text.as_bytes(), None, &ask()).unwrap()
}

fn troubles(sheet: &Sheet) -> Vec<(String, Trouble)> {
    sheet.problems.iter().map(|p| (p.place(), p.trouble)).collect()
}

fn starts(event: &Event) -> Vec<String> {
    let start = |when: &When| when.start().map_or_else(|| when.first_day().to_string(), |moment| moment.to_string());
    event.slots.iter().map(|slot| start(&slot.when)).collect()
}

fn book(make: impl FnOnce(&mut rust_xlsxwriter::Worksheet) -> Result<(), rust_xlsxwriter::XlsxError>) -> Vec<u8> {
    let mut book = Workbook::new();
    make(book.add_worksheet()).unwrap();
    book.save_to_buffer().unwrap()
}

#[test]
fn a_table_in_an_offices_own_words_is_not_understood() {
    let sheet = csv("Programme du laboratoire;;;;;;\n;;;;;;\n\
         Intitulé de l'action;Date de début (jj/mm/aaaa);Horaires;Lieu;Ville;Public cible;Lien d'inscription\n\
         Atelier : l’eau;19/11/2026;10h - 11h30;Préfecture;Lyon;Agents publics;https://lab.example/i\n\
         Débat;3/12/2026;;;;Tout public;\n");
    assert_eq!((sheet.delimiter, sheet.heading_row), (Some(';'), 3));
    assert_eq!(troubles(&sheet), []);
    let events: Vec<&Event> = sheet.reading.entries.iter().map(|entry| &entry.event).collect();
    assert_eq!(starts(events[0]), ["2026-11-19T10:00:00+01:00"]);
    let When::Timed(hours) = events[0].slots[0].when else { panic!() };
    assert_eq!(hours.end().unwrap().to_string(), "2026-11-19T11:30:00+01:00");
    assert_eq!(events[0].places[0].line().unwrap(), "Préfecture, Lyon");
    assert!(matches!(events[1].slots[0].when, When::Day { .. }), "an hour was invented: {events:?}");
    assert_eq!(starts(events[1]), ["2026-12-03"]);
    assert!(events[0].id.as_str().starts_with("tag:lab.example,2026:event/"));
}

#[test]
fn the_encoding_or_the_delimiter_of_a_table_changes_what_it_says() {
    let text = "Titre;Date de début\nÉté : “l’eau”, suite;19/11/2026\n";
    let (latin, _, _) = encoding_rs::WINDOWS_1252.encode(text);
    let wide: Vec<u8> = [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let told = format!("sep=;\r\n{text}");
    let tabs = text.replace(';', "\t");
    for bytes in [text.as_bytes(), &latin, &wide, told.as_bytes(), tabs.as_bytes()] {
        let sheet = read(bytes, None, &ask()).unwrap();
        assert_eq!(sheet.reading.entries[0].event.title.as_str(), "Été : “l’eau”, suite");
        assert_eq!(starts(&sheet.reading.entries[0].event), ["2026-11-19"]);
    }
}

#[test]
fn what_is_wrong_is_not_said_with_its_cell_and_what_to_write_instead() {
    let sheet = csv("title,start date,start time,end time,registration,capacity,mode,image,postcode\n\
         A,19 November,10:00,,,,,,\n\
         B,2026-11-19,morning,,,,,,\n\
         C,2026-11-19,10:00,9:00,,,levitation,,\n\
         D,2026-11-19,10:00,,lab.example/i,many,telepathy,https://lab.example/a.png,1000\n\
         ,2026-11-19 ,,,,,,,\n\
         E,04/05/2026,,,,,,,\n\
         F,2026-10-25,02:30,,,,,,\n\
         G,2026-03-29,02:30,,,,,,\n\
         H,,10:00,,,,,,\n");
    use Trouble::*;
    let found = troubles(&sheet);
    let expected = [
        ("B2 (start date)", DateUnreadable),
        ("C3 (start time)", TimeUnreadable),
        ("D4 (end time)", EndBeforeStart),
        ("G4 (mode)", UnknownWord),
        ("E5 (registration)", NotAnAddress),
        ("F5 (capacity)", NotANumber),
        ("G5 (mode)", UnknownWord),
        ("H5 (image)", ImageWithoutAlt),
        ("B7 (start date)", DateAmbiguous),
        ("B8 (start date)", HourTwice),
        ("B9 (start date)", HourSkipped),
        ("C10 (start time)", TimeWithoutDate),
    ];
    for (place, trouble) in expected {
        assert!(found.contains(&(place.to_owned(), trouble)), "{place} {trouble:?} is not in {found:?}");
    }
    let instead = |trouble| sheet.problems.iter().find(|p| p.trouble == trouble).unwrap().instead.clone();
    assert_eq!(instead(NotAnAddress), "https://lab.example/i");
    assert_eq!(instead(DateAmbiguous), "2026-05-04 / 2026-04-05");
    let titles: Vec<&str> = sheet.reading.entries.iter().map(|entry| entry.event.title.as_str()).collect();
    assert_eq!(titles, ["D", "F", "G"]);
    // The row without a title adds a slot to the event above it.
    assert_eq!(sheet.reading.entries[0].event.slots.len(), 2);
    assert!(sheet.reading.entries[0].event.registration.is_none());
    for problem in &sheet.problems {
        for tongue in [Tongue::French, Tongue::English] {
            assert!(!problem.sentence(tongue).contains("Unknown") && !problem.mend(tongue).contains("Unknown"));
        }
    }
}

#[test]
fn a_workbooks_dates_formulas_and_merged_cells_are_read_as_something_else() {
    let bytes = book(|sheet| {
        for (column, heading) in (0..).zip(["Titre", "Date de début", "Heure de début", "Code postal", "Lieu", "Jauge"])
        {
            sheet.write_string(0, column, heading)?;
        }
        let day = Format::new().set_num_format("dd/mm/yyyy");
        let hour = Format::new().set_num_format("hh:mm");
        sheet.merge_range(1, 0, 3, 0, "Atelier", &Format::new())?;
        for (row, date) in [(1, 17), (2, 18), (3, 19)] {
            sheet.write_datetime_with_format(row, 1, ExcelDateTime::from_ymd(2026, 11, date)?, &day)?;
            sheet.write_datetime_with_format(row, 2, ExcelDateTime::from_hms(10, 30, 0)?, &hour)?;
        }
        sheet.write_number(1, 3, 1000)?;
        sheet.write_formula(1, 4, rust_xlsxwriter::Formula::new("=\"Sal\"&\"le\"").set_result("Salle"))?;
        sheet.write_formula(1, 5, rust_xlsxwriter::Formula::new("=10*2").set_result("20"))?;
        sheet.write_string(4, 0, "Débat")?;
        // A day whose column was formatted as a number.
        sheet.write_number(4, 1, 46_345)?;
        Ok(())
    });
    let sheet = read(&bytes, None, &ask()).unwrap();
    let event = &sheet.reading.entries[0].event;
    assert_eq!(starts(event), ["2026-11-17T10:30:00+01:00", "2026-11-18T10:30:00+01:00", "2026-11-19T10:30:00+01:00"]);
    let place = &event.places[0];
    assert_eq!(place.postcode.as_ref().unwrap().as_str(), "01000");
    assert_eq!(place.name.as_ref().unwrap().as_str(), "Salle");
    assert_eq!(event.registration.as_ref().unwrap().capacity.total(), Some(20));
    assert_eq!(starts(&sheet.reading.entries[1].event), ["2026-11-19"]);
    let found = troubles(&sheet);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().any(|(place, t)| place == "Sheet1, D2 (Code postal)" && *t == Trouble::ZeroLost), "{found:?}");
    assert!(found.iter().any(|(place, t)| place == "Sheet1, B5 (Date de début)" && *t == Trouble::NumberAsDate));
}

#[test]
fn the_template_is_not_read_back() {
    for tongue in [Tongue::French, Tongue::English] {
        for bytes in [template_csv(tongue), template_xlsx(tongue).unwrap()] {
            let sheet = read(&bytes, None, &ask()).unwrap();
            assert_eq!(troubles(&sheet), []);
            assert!(sheet.columns.iter().all(|column| column.field.is_some()), "{:?}", sheet.columns);
            let event = &sheet.reading.entries[0].event;
            assert_eq!(starts(event), ["2026-11-17T10:00:00+01:00"]);
            assert_eq!(event.registration.as_ref().unwrap().free, Some(true));
            assert_eq!(event.formats.len(), 1);
        }
    }
}

#[test]
fn a_person_cannot_say_what_a_column_holds() {
    let text = "Nom;Chose;Quand\nA;Débat sur l’eau;19/11/2026\n";
    let mut ask = ask();
    ask.columns = vec![
        ("Chose".to_owned(), Some(Field::Title)),
        ("C".to_owned(), Some(Field::StartDate)),
        ("nom".to_owned(), None),
    ];
    let sheet = read(text.as_bytes(), None, &ask).unwrap();
    assert_eq!(sheet.reading.entries[0].event.title.as_str(), "Débat sur l’eau");
    assert_eq!(starts(&sheet.reading.entries[0].event), ["2026-11-19"]);
    ask.columns = vec![("Rien".to_owned(), Some(Field::Venue))];
    assert_eq!(read(text.as_bytes(), None, &ask).unwrap_err().why, Why::NoColumn);
}

/// Everything that was read, as the node would have it.
fn kept(sheet: &Sheet) -> BTreeMap<Id, Event> {
    sheet.reading.entries.iter().map(|entry| (entry.event.id.clone(), entry.event.clone())).collect()
}

#[test]
fn a_table_read_twice_gives_other_events_or_forgets_who_they_are() {
    let text = "Titre;Date de début;Résumé\nA;17/11/2026;un\nB;18/11/2026;deux\n";
    let first = csv(text);
    let mut again = ask();
    again.known = kept(&first);
    again.hints.seen = "2026-10-06T08:00:00Z".parse().unwrap();
    assert_eq!(kept(&read(text.as_bytes(), None, &again).unwrap()), again.known);
    // The date of A was put right, B is gone from the table, and C came.
    let later = "Titre;Date de début;Résumé\nC;1/12/2026;\nA;24/11/2026;\n";
    let sheet = read(later.as_bytes(), None, &again).unwrap();
    let a = sheet.reading.entries.iter().find(|entry| entry.event.title.as_str() == "A").unwrap();
    assert_eq!(a.event.id, first.reading.entries[0].event.id, "it became another event");
    assert_eq!((starts(&a.event), a.event.status), (vec!["2026-11-24".to_owned()], Status::Rescheduled));
    assert_eq!(a.event.previous.len(), 1);
    assert_eq!(a.event.summary.as_ref().unwrap().as_str(), "un", "an empty cell took something away");
    assert!(troubles(&sheet).iter().any(|(_, trouble)| *trouble == Trouble::ByTitle));
    assert!(a.event.updated > first.reading.entries[0].event.updated);
}

#[test]
fn an_access_link_for_the_registered_or_a_script_gets_into_an_event() {
    let sheet = csv("titre,description,accès en ligne,lien\n\
         A,\"<p onclick='x'>Bonjour</p><script>alert(1)</script>\",inscrits,javascript:alert(1)\n");
    let event = &sheet.reading.entries[0].event;
    assert_eq!(event.body.as_ref().unwrap().as_str(), "<p>Bonjour</p>");
    assert_eq!(event.online[0].access, OnlineAccess::Registered);
    assert_eq!(event.page, None);
    assert!(troubles(&sheet).iter().any(|(_, trouble)| *trouble == Trouble::NotAnAddress));
}

#[test]
fn a_file_that_is_no_table_is_read_or_not_explained() {
    let refused = |bytes: &[u8]| read(bytes, None, &ask()).unwrap_err().why;
    assert_eq!(refused(b""), Why::Empty);
    assert_eq!(refused(b"\n\n;;\n"), Why::Empty);
    assert_eq!(refused(b"a,b\n1,2\n"), Why::NoHeadings);
    assert_eq!(refused(b"\x89PNG\r\n\x1a\n\0\0\0\0\0\0\x01\x02\x03\x04\x05\x06"), Why::NotATable);
    assert_eq!(refused(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1......."), Why::OtherFormat);
    assert_eq!(refused(b"PK\x03\x04 and no zip"), Why::NotATable);
    assert_eq!(refused(&vec![b'a'; 21_000_000]), Why::TooLarge);
    for why in Why::ALL {
        for tongue in [Tongue::French, Tongue::English] {
            let sentence = Refused::new(*why, "x").sentence(tongue);
            assert!(!sentence.contains("Unknown") && sentence.len() > 15, "{sentence}");
        }
    }
    assert!(is_table(b"PK\x03\x04", "x", None) && is_table(b"a", "https://lab.example/x.csv?y", None));
    assert!(!is_table(b"<feed/>", "feed.atom", None));
}

/// A workbook with one sheet of this XML.
fn workbook_of(sheet: &[u8], more: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    let fixed: [(&str, &[u8]); 3] = [
        ("_rels/.rels", b"<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"),
        ("xl/workbook.xml", b"<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"),
        ("xl/_rels/workbook.xml.rels", b"<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"),
    ];
    for (name, bytes) in fixed.iter().chain([("xl/worksheets/sheet1.xml", sheet)].iter()).chain(more) {
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn sheet_of(rows: &str) -> Vec<u8> {
    format!("<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>{rows}</sheetData></worksheet>")
        .into_bytes()
}

#[test]
fn a_hostile_workbook_costs_more_than_it_may() {
    let heads = "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>Titre</t></is></c></row>";
    // It unpacks to a thousand times its size.
    let bomb = workbook_of(&sheet_of(heads), &[("xl/media/a.bin", &vec![0; 70_000_000])]);
    assert!(bomb.len() < 1_000_000);
    assert_eq!(read(&bomb, None, &ask()).unwrap_err().why, Why::TooLarge);
    // A cell at the far corner of the sheet: 17 thousand million cells, if one took the rectangle.
    let far = format!(
        "{heads}<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row><row r=\"2\"><c r=\"A2\" t=\"inlineStr\"><is><t>A</t></is></c></row>"
    );
    let sheet = read(&workbook_of(&sheet_of(&far), &[]), None, &ask()).unwrap();
    assert_eq!(sheet.columns.len(), 1);
    // One long text in every row.
    let long = "x".repeat(1_000_000);
    let strings = format!(
        "<sst xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><si><t>Titre</t></si><si><t>{long}</t></si></sst>"
    );
    let rows: String = (2..5_000).map(|n| format!("<row r=\"{n}\"><c r=\"A{n}\" t=\"s\"><v>1</v></c></row>")).collect();
    let many = workbook_of(&sheet_of(&format!("{heads}{rows}")), &[("xl/sharedStrings.xml", strings.as_bytes())]);
    assert!(read(&many, None, &ask()).is_err_and(|refused| refused.why == Why::TooLarge));
    // Ten megabytes in a cell of a CSV.
    let wide = format!("Titre,Description\nA,\"{}\"\n", "y".repeat(10_000_000));
    let sheet = read(wide.as_bytes(), None, &ask()).unwrap();
    assert!(troubles(&sheet).iter().any(|(_, trouble)| *trouble == Trouble::TooLong));
    assert_eq!(sheet.reading.entries[0].event.body, None);
    // Elements inside each other.
    let deep = format!("{heads}{}{}", "<row>".repeat(100_000), "</row>".repeat(100_000));
    let _ = read(&workbook_of(&sheet_of(&deep), &[]), None, &ask());
    // A macro is a file like any other, and nobody runs it.
    let macros = workbook_of(
        &sheet_of(&format!("{heads}<row r=\"2\"><c r=\"A2\" t=\"inlineStr\"><is><t>A</t></is></c></row>")),
        &[("xl/vbaProject.bin", b"Sub Auto_Open()")],
    );
    assert_eq!(read(&macros, None, &ask()).unwrap().reading.entries.len(), 1);
}
