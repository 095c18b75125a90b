//! Taking events in from a table, a calendar or a feed: always looked at first, with what is to be mended cell by cell,
//! and taken in only then.

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::view::{Frame, Problems};
use super::*;
use crate::fetch::{Answer as Fetched, Request};
use crate::format::{Hints, Reading, sheet as tables};
use crate::node::{self, Imported};
use crate::parse::{self, sheet};
use crate::programme::Finding;
use crate::programme::account::Role;

/// The most bytes of a file: what is looked at goes with the page, to be taken in from there.
const LARGEST_FILE: usize = 8 * 1024 * 1024;

#[derive(Template)]
#[template(path = "desk/import.html")]
struct ImportPage<'a> {
    f: Frame<'a>,
    p: Problems,
    address: String,
    looked: Option<Looked>,
    fields: Vec<(String, String)>,
}

/// What was looked at, and what would come of it.
struct Looked {
    name: String,
    /// The file itself, to be taken in without sending it again.
    kept: String,
    counts: String,
    nothing: bool,
    columns: Vec<ColumnView>,
    problems: Vec<(String, String, String, String)>,
    findings: Vec<(String, String, String)>,
}

struct ColumnView {
    letter: String,
    heading: String,
    sample: String,
    field: String,
}

impl Signed {
    /// # Errors
    /// [`Trouble::Forbidden`] for who may not change everybody's events.
    fn editor(&self) -> Result<(), Trouble> {
        if self.account.role >= Role::Editor { Ok(()) } else { Err(Trouble::Forbidden) }
    }
}

pub async fn import_page(signed: Signed) -> Answer {
    signed.editor()?;
    show(&signed, Problems::default(), String::new(), None)
}

fn show(signed: &Signed, p: Problems, address: String, looked: Option<Looked>) -> Answer {
    let asked = &signed.asked;
    let fields = sheet::Field::ALL.iter().filter(|field| field.is_for_people());
    let fields = fields.map(|field| (field.code().to_owned(), field.heading(asked.t))).collect();
    page(asked, status(&p), &ImportPage { f: asked.frame("desk-import"), p, address, looked, fields })
}

/// A document, wherever it came from.
struct Document {
    name: String,
    bytes: Bytes,
    kind: Option<String>,
    address: Option<Address>,
}

async fn document(asked: &Asked, desk: &Desk, fields: &Fields, p: &mut Problems) -> Result<Option<Document>, Trouble> {
    let typed = fields.get("address").trim();
    if let Some(file) = &fields.file {
        if file.bytes.len() > LARGEST_FILE {
            p.add("file", asked.say("desk-import-large"));
            return Ok(None);
        }
        return Ok(Some(Document { name: file.name.clone(), bytes: file.bytes.clone(), kind: None, address: None }));
    }
    if let Ok(bytes) = BASE64.decode(fields.get("kept"))
        && !bytes.is_empty()
    {
        let address = Address::new(fields.get("from")).ok();
        let kind = Some(fields.get("kind").to_owned()).filter(|kind| !kind.is_empty());
        return Ok(Some(Document { name: fields.get("name").to_owned(), bytes: bytes.into(), kind, address }));
    }
    if typed.is_empty() {
        p.add("file", asked.say("desk-import-nothing"));
        return Ok(None);
    }
    let Some(address) = super::accounts::address(typed, asked, "address", p) else { return Ok(None) };
    let Some(fetcher) = &desk.fetcher else { return Err(Trouble::Inside("no fetcher".into())) };
    match fetcher.get(Request { address: address.as_str(), ..Request::default() }, asked.now).await {
        Ok(Fetched::Fresh(fresh)) => Ok(Some(Document {
            name: address.to_string(),
            bytes: fresh.body,
            kind: fresh.content_type,
            address: Some(address),
        })),
        Ok(Fetched::Unchanged { .. }) => Ok(None),
        Err(failure) => {
            p.add("address", asked.t.failure(failure.kind));
            Ok(None)
        }
    }
}

/// What a document says, and how it was understood when it is a table.
async fn read(
    asked: &Asked,
    document: &Document,
    fields: &Fields,
    p: &mut Problems,
) -> Result<Option<(Reading, Option<sheet::Sheet>)>, Trouble> {
    let lab = asked.lab()?;
    let hints = Hints {
        address: document.address.clone(),
        language: Some(lab.language.clone()),
        zone: lab.zone.clone(),
        region: None,
        by_link: false,
        seen: asked.now,
    };
    let (bytes, kind) = (document.bytes.clone(), document.kind.clone());
    if !sheet::is_table(&bytes, &document.name, kind.as_deref()) {
        let read = tokio::task::spawn_blocking(move || parse::read(&bytes, kind.as_deref(), &hints)).await?;
        return Ok(match read {
            Ok(reading) => Some((reading, None)),
            Err(rejected) => {
                let code = rejected.finding.code;
                p.add("file", format!("{} {}", asked.t.finding(code), asked.t.mend(code)));
                None
            }
        });
    }
    let known = node::known(asked.desk.store(), &asked.desk.base).await?;
    let told = |n: usize| {
        let heading = fields.get(&format!("heading-{n}"));
        (!heading.is_empty()).then(|| (heading.to_owned(), sheet::Field::from_code(fields.get(&format!("column-{n}")))))
    };
    let columns = (0..200).map_while(told).collect();
    let hints = Hints { region: lab.region.clone(), ..hints };
    let ask = sheet::Ask { hints, tag: lab.tag.clone(), columns, known };
    let read = tokio::task::spawn_blocking(move || sheet::read(&bytes, kind.as_deref(), &ask)).await?;
    Ok(match read {
        Ok(mut table) => Some((std::mem::take(&mut table.reading), Some(table))),
        Err(refused) => {
            p.add("file", refused.sentence(asked.t));
            None
        }
    })
}

pub async fn import(State(desk): State<Arc<Desk>>, signed: Signed, fields: Fields) -> Answer {
    signed.editor()?;
    let asked = &signed.asked;
    let mut p = Problems::default();
    let typed = fields.get("address").to_owned();
    let Some(document) = document(asked, &desk, &fields, &mut p).await? else {
        return show(&signed, p, typed, None);
    };
    let Some((reading, table)) = read(asked, &document, &fields, &mut p).await? else {
        return show(&signed, p, typed, None);
    };
    if fields.get("do") == "import" {
        let by = signed.account.name.as_str();
        node::import(asked.desk.store(), reading, asked.now, by).await?;
        asked.node()?.refresh().await?;
        return Ok(asked.lead("desk?done=imported"));
    }
    let findings = reading
        .findings
        .iter()
        .map(|finding: &Finding| (asked.t.finding(finding.code), asked.t.mend(finding.code), finding.detail.clone()));
    let findings = findings.collect();
    let done = node::rehearse(asked.desk.store(), reading, asked.now).await?;
    let looked = Looked {
        counts: counts(asked.t, &done),
        nothing: done.added.is_empty() && done.changed.is_empty() && done.withdrawn.is_empty(),
        kept: BASE64.encode(&document.bytes),
        name: document.name,
        columns: table.iter().flat_map(|table| &table.columns).map(column).collect(),
        problems: table
            .iter()
            .flat_map(|table| &table.problems)
            .map(|one| (one.place(), one.sentence(asked.t), one.found.clone(), one.mend(asked.t)))
            .collect(),
        findings,
    };
    show(&signed, p, typed, Some(looked))
}

fn column(column: &sheet::Column) -> ColumnView {
    ColumnView {
        letter: column.letter.clone(),
        heading: column.heading.clone(),
        sample: column.sample.clone(),
        field: column.field.map(|field| field.code().to_owned()).unwrap_or_default(),
    }
}

fn counts(t: Tongue, done: &Imported) -> String {
    let count = |list: &[crate::event::Id]| i64::try_from(list.len()).unwrap_or(i64::MAX);
    t.say_with(
        "desk-import-counts",
        [
            ("added", count(&done.added).into()),
            ("changed", count(&done.changed).into()),
            ("unchanged", count(&done.unchanged).into()),
            ("withdrawn", count(&done.withdrawn).into()),
        ],
    )
}

/// An empty table to fill in.
pub async fn template(signed: Signed, Path(name): Path<String>) -> Answer {
    let t = signed.asked.t;
    let (bytes, kind) = match name.as_str() {
        "essaim.xlsx" => {
            (tables::template_xlsx(t)?, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        }
        "essaim.csv" => (tables::template_csv(t), "text/csv; charset=utf-8"),
        _ => return Err(Trouble::NotFound),
    };
    let mut response = Response::new(bytes.into());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    Ok(response)
}
