//! Events as a table, for those who keep theirs in a spreadsheet: a row for each slot, a column for each field.
//!
//! One list of columns, [`Field`], for what is written ([`write_csv`], [`write_xlsx`]), for the empty table to fill in
//! and for reading a table back (`parse::sheet`), so that they never disagree. What columns cannot say of an event
//! stands in a last one, as Atom: whole tables lose nothing.

mod book;
mod text;

use jiff::civil::{Date, Time};

pub use book::{template_xlsx, write_xlsx};
pub use text::{template_csv, unquoted, write_csv};

use super::Feed;
use crate::event::{Line, Name, OnlineAccess, Organiser, Parts, Place, Resource, Slot, Speaker, When};
use crate::format::atom;
use crate::language::Tongue;
use crate::programme::Published;

/// The media type of CSV (RFC 7111), which a spreadsheet program takes for its own.
pub const CSV_TYPE: &str = "text/csv; charset=utf-8; header=present";
/// The media type of a workbook (ECMA-376).
pub const XLSX_TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The most characters of a cell: a workbook holds 32,767.
const MOST_CHARACTERS: usize = 32_000;

/// Declares the columns, in their order.
macro_rules! fields {
    ($($(#[$doc:meta])* $variant:ident = $code:literal,)+) => {
        /// What a column says of an event.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum Field { $($(#[$doc])* #[serde(rename = $code)] $variant,)+ }

        impl Field {
            /// Every column, in the order of a table.
            pub const ALL: &'static [Field] = &[$(Field::$variant,)+];

            /// Its name for programs and on the command line.
            pub fn code(self) -> &'static str {
                match self { $(Field::$variant => $code,)+ }
            }

            /// The column of this name.
            pub fn from_code(code: &str) -> Option<Field> {
                match code { $($code => Some(Field::$variant),)+ _ => None }
            }
        }
    };
}

fields! {
    /// What tells the event from all others, for ever.
    Id = "id",
    /// Its title.
    Title = "title",
    /// The first day of the slot.
    StartDate = "start-date",
    /// Its hour.
    StartTime = "start-time",
    /// The last day, where it is another.
    EndDate = "end-date",
    /// The hour at which it ends.
    EndTime = "end-time",
    /// How long it lasts, where only that is known.
    Duration = "duration",
    /// Whether it takes the whole day, or is a period in which something is offered.
    AllDay = "all-day",
    /// The venue.
    Venue = "venue",
    /// Street and number.
    Street = "street",
    /// Postal code.
    Postcode = "postcode",
    /// Town.
    Town = "town",
    /// On site, online or both.
    Mode = "mode",
    /// Online: for everyone at this address, or for those who register.
    Online = "online",
    /// One or two sentences.
    Summary = "summary",
    /// The text.
    Body = "text",
    /// Who organises, `;` between them.
    Organisers = "organisers",
    /// Who speaks, `;` between them.
    Speakers = "speakers",
    /// What kinds of event it is.
    Formats = "format",
    /// Whom it is for.
    Audiences = "audience",
    /// Where to register.
    Registration = "registration",
    /// Whether it costs nothing.
    Free = "free",
    /// How many may come.
    Capacity = "capacity",
    /// For how many there is room.
    Remaining = "remaining",
    /// Whether one can still come to the slot.
    Availability = "availability",
    /// The author's word on registration.
    RegistrationNote = "registration-note",
    /// Free tags.
    Tags = "tags",
    /// Topics of the edition.
    Topics = "topics",
    /// Regions, by their codes.
    Regions = "region",
    /// Editions, by their keys.
    Editions = "edition",
    /// Whether it takes place.
    Status = "status",
    /// The author's word on a change.
    Notice = "notice",
    /// Its accessibility, by what there is.
    Access = "accessibility",
    /// Its accessibility, in words.
    AccessNote = "accessibility-note",
    /// The address of a picture.
    Image = "image",
    /// What the picture shows.
    ImageAlt = "image-alt",
    /// What is left after it, or given before.
    Resources = "resources",
    /// The page of its organiser.
    Page = "page",
    /// The commune, by its INSEE code.
    Commune = "insee",
    /// Degrees north.
    Latitude = "latitude",
    /// Degrees east.
    Longitude = "longitude",
    /// The country, by its code.
    Country = "country",
    /// The zone of its hours.
    Zone = "time-zone",
    /// The language it is written in.
    Language = "language",
    /// The address of its licence.
    Licence = "licence",
    /// The name of the slot within the event.
    Slot = "slot",
    /// First publication.
    Published = "published",
    /// Last change.
    Updated = "updated",
    /// How often it changed.
    Sequence = "sequence",
    /// All of the event, as Atom: what no other column says.
    More = "more",
}

impl Field {
    /// Its heading.
    pub fn heading(self, tongue: Tongue) -> String {
        tongue.label("column", self.code())
    }

    /// What to write in it, in a sentence; for the template.
    pub fn help(self, tongue: Tongue) -> String {
        tongue.label("column-help", self.code())
    }

    /// Whether each row says it for its slot, and not the first for the whole event.
    pub fn is_of_slot(self) -> bool {
        use Field::{
            AllDay, Availability, Duration, EndDate, EndTime, Id, Slot, StartDate, StartTime, Street, Title, Town,
            Venue, Zone,
        };
        let place = matches!(self, Venue | Street | Town | Field::Postcode | Field::Commune | Field::Latitude)
            || matches!(self, Field::Longitude | Field::Country);
        place
            || matches!(self, Id | Title | StartDate | StartTime | EndDate | EndTime | Duration | AllDay)
            || matches!(self, Availability | Zone | Slot)
    }

    /// Whether a person fills it in, and not a program.
    pub fn is_for_people(self) -> bool {
        !matches!(self, Field::Slot | Field::Published | Field::Updated | Field::Sequence | Field::More)
    }
}

/// What a table tells of its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// What columns say: for people and scripts.
    Columns,
    /// All there is, so that the table can be read back without loss.
    Whole,
}

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    /// Nothing.
    Nothing,
    /// Words.
    Text(String),
    /// A day.
    Day(Date),
    /// An hour.
    Hour(Time),
    /// A number.
    Number(f64),
}

impl Said {
    fn of(text: Option<impl ToString>) -> Said {
        text.map_or(Said::Nothing, |text| Said::Text(text.to_string()))
    }

    fn list(texts: impl IntoIterator<Item = String>) -> Said {
        let texts: Vec<String> = texts.into_iter().collect();
        if texts.is_empty() { Said::Nothing } else { Said::Text(texts.join("; ")) }
    }
}

/// As CSV has it: days and hours as ISO 8601 writes them.
impl std::fmt::Display for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Said::Nothing => Ok(()),
            Said::Text(text) => f.write_str(text),
            Said::Day(day) => write!(f, "{day}"),
            Said::Hour(time) if time.second() == 0 => write!(f, "{:02}:{:02}", time.hour(), time.minute()),
            Said::Hour(time) => write!(f, "{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second()),
            Said::Number(number) => write!(f, "{number}"),
        }
    }
}

/// What a column says of an event, in the row of one of its slots.
pub fn said(field: Field, event: &Parts, slot: Option<&Slot>, tongue: Tongue) -> Said {
    let registration = event.registration.as_ref();
    let place = slot.and_then(|slot| slot.place.as_ref()).or(event.places.first());
    let when = slot.map(|slot| slot.when);
    let yes_or_no = |yes: bool| Said::Text(tongue.say(if yes { "cell-yes" } else { "cell-no" }));
    let of_place = |part: fn(&Place) -> &Option<Line>| Said::of(place.and_then(|place| part(place).as_ref()));
    let label = |list: &str, code: &str| tongue.label(list, code);
    let said = match field {
        Field::Id => Said::Text(event.id.to_string()),
        Field::Title => Said::Text(event.title.to_string()),
        Field::StartDate => when.map_or(Said::Nothing, |when| Said::Day(when.first_day())),
        Field::StartTime => match when {
            Some(When::Timed(hours)) => Said::Hour(hours.start().wall().time()),
            _ => Said::Nothing,
        },
        Field::EndDate => match when {
            Some(when) if when.last_day() != when.first_day() => Said::Day(when.last_day()),
            _ => Said::Nothing,
        },
        Field::EndTime => match when {
            Some(When::Timed(hours)) => hours.end().map_or(Said::Nothing, |end| Said::Hour(end.wall().time())),
            _ => Said::Nothing,
        },
        Field::Duration => match when {
            Some(When::Day { duration: Some(minutes), .. }) => Said::Text(format!("{} min", minutes.get())),
            _ => Said::Nothing,
        },
        Field::AllDay => match when {
            Some(When::AllDay(_)) => yes_or_no(true),
            Some(When::Period(_)) => Said::Text(tongue.say("cell-period")),
            _ => Said::Nothing,
        },
        Field::Venue => of_place(|place| &place.name),
        Field::Street => of_place(|place| &place.street),
        Field::Postcode => of_place(|place| &place.postcode),
        Field::Town => of_place(|place| &place.locality),
        Field::Commune => Said::of(place.and_then(Place::commune)),
        Field::Country => Said::of(place.and_then(|place| place.country.as_ref())),
        Field::Latitude => place.and_then(|place| place.geo).map_or(Said::Nothing, |geo| Said::Number(geo.lat())),
        Field::Longitude => place.and_then(|place| place.geo).map_or(Said::Nothing, |geo| Said::Number(geo.lon())),
        Field::Mode => Said::of(event.mode.map(|mode| label("mode", mode.code()))),
        Field::Online => Said::of(event.online.first().map(|online| match &online.access {
            OnlineAccess::Public(Some(href)) => href.to_string(),
            OnlineAccess::Public(None) => tongue.say("cell-public"),
            OnlineAccess::Registered => tongue.say("cell-registered"),
        })),
        Field::Summary => Said::of(event.summary.as_ref()),
        Field::Body => Said::of(event.body.as_ref().map(|body| {
            let text = body.to_text();
            // Where the words say all that the markup does, people are spared it.
            let plain = crate::event::Html::from_text(&text).as_ref() == Some(body);
            if plain { text } else { body.as_str().to_owned() }
        })),
        Field::Organisers => Said::list(event.organisers.iter().map(organiser)),
        Field::Speakers => Said::list(event.speakers.iter().map(speaker)),
        Field::Formats => Said::list(event.formats.iter().map(|code| label("format", code.code()))),
        Field::Audiences => Said::list(event.audiences.iter().map(|code| label("audience", code.code()))),
        Field::Registration => Said::of(registration.and_then(|registration| registration.href.as_ref())),
        Field::Free => registration.and_then(|registration| registration.free).map_or(Said::Nothing, yes_or_no),
        Field::Capacity => number(registration.and_then(|registration| registration.capacity.total())),
        Field::Remaining => number(registration.and_then(|registration| registration.capacity.remaining())),
        Field::Availability => {
            Said::of(slot.and_then(|slot| slot.availability).map(|code| label("availability", code.code())))
        }
        Field::RegistrationNote => Said::of(registration.and_then(|registration| registration.note.as_ref())),
        Field::Tags => Said::list(event.tags.iter().map(ToString::to_string)),
        Field::Topics => Said::list(event.topics.iter().map(|topic| topic.code.to_string())),
        Field::Regions => Said::list(event.regions.iter().map(|region| region.code.to_string())),
        Field::Editions => Said::list(event.editions.iter().map(|edition| edition.code.to_string())),
        Field::Status => Said::Text(label("status", event.status.code())),
        Field::Notice => Said::of(event.notice.as_ref().and_then(|notice| notice.text.as_ref())),
        Field::Access => {
            let codes = event.access.iter().flat_map(|access| &access.codes);
            Said::list(codes.map(|code| label("accessibility", code.code())))
        }
        Field::AccessNote => Said::of(event.access.as_ref().and_then(|access| access.note.as_ref())),
        Field::Image => Said::of(event.image.as_ref().map(|image| &image.href)),
        Field::ImageAlt => Said::of(event.image.as_ref().map(|image| &image.alt)),
        Field::Resources => Said::list(event.resources.iter().map(|resource| resource_said(resource, tongue))),
        Field::Page => Said::of(event.page.as_ref()),
        Field::Zone => Said::of(slot.and_then(|slot| event.zone_of(slot)).or(event.zone.as_ref())),
        Field::Language => Said::of(event.language.as_ref()),
        Field::Licence => Said::of(event.licence.as_ref().map(|licence| &licence.href)),
        Field::Slot => Said::of(slot.map(|slot| Name::as_str(&slot.name))),
        Field::Published => Said::of(event.published),
        Field::Updated => Said::Text(event.updated.to_string()),
        Field::Sequence => number(Some(event.sequence)),
        Field::More => Said::Nothing,
    };
    match said {
        Said::Text(text) => Said::Text(cut(text)),
        said => said,
    }
}

fn number(number: Option<u32>) -> Said {
    number.map_or(Said::Nothing, |number| Said::Number(f64::from(number)))
}

fn organiser(organiser: &Organiser) -> String {
    with_page(organiser.name.to_string(), organiser.page.as_ref())
}

fn speaker(speaker: &Speaker) -> String {
    let name = match &speaker.affiliation {
        Some(affiliation) => format!("{} ({affiliation})", speaker.name),
        None => speaker.name.to_string(),
    };
    with_page(name, speaker.page.as_ref())
}

fn resource_said(resource: &Resource, tongue: Tongue) -> String {
    let kind = tongue.label("resource", resource.kind.code());
    let name = resource.title.as_ref().map_or_else(|| kind.clone(), |title| format!("{kind}: {title}"));
    with_page(name, Some(&resource.href))
}

fn with_page(name: String, page: Option<&crate::event::Address>) -> String {
    match page {
        Some(page) => format!("{name} <{page}>"),
        None => name,
    }
}

/// As much of a text as a cell holds; the last column has it all.
fn cut(text: String) -> String {
    match text.char_indices().nth(MOST_CHARACTERS - 1) {
        None => text,
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}

/// A table: headings, and the rows below them.
struct Table {
    columns: Vec<Field>,
    headings: Vec<String>,
    rows: Vec<Vec<Said>>,
}

fn table(feed: &Feed, detail: Detail) -> Table {
    let tongue = Tongue::of(Some(&feed.head.language));
    let whole = detail == Detail::Whole;
    let mut columns: Vec<Field> = Field::ALL.iter().copied().filter(|field| *field != Field::More).collect();
    // By when they take place, as one would write them down.
    let mut events: Vec<&Published> = feed.events.iter().map(AsRef::as_ref).collect();
    events.sort_by_key(|published| (published.event.slots.first().map(|slot| slot.when), &published.event.id));
    let atoms: Vec<Vec<Said>> = events
        .iter()
        .map(|published| if whole { pieces(&atom::write_entry(&feed.head, published)) } else { Vec::new() })
        .collect();
    let mores = atoms.iter().map(Vec::len).max().unwrap_or(0);
    let mut headings: Vec<String> = columns.iter().map(|field| field.heading(tongue)).collect();
    for number in 1..=mores {
        columns.push(Field::More);
        let heading = Field::More.heading(tongue);
        headings.push(if number == 1 { heading } else { format!("{heading} {number}") });
    }
    let mut rows = Vec::new();
    for (published, atom) in events.iter().zip(atoms) {
        let event = &published.event;
        let slots: Vec<Option<&Slot>> = match event.slots.as_slice() {
            [] => vec![None],
            slots => slots.iter().map(Some).collect(),
        };
        for (at, slot) in slots.into_iter().enumerate() {
            let mut atom = atom.clone().into_iter();
            let cell = |field: &Field| match field {
                Field::More if at > 0 => Said::Nothing,
                Field::More => atom.next().unwrap_or(Said::Nothing),
                field if at > 0 && !field.is_of_slot() => Said::Nothing,
                field => said(*field, event, slot, tongue),
            };
            rows.push(columns.iter().map(cell).collect());
        }
    }
    Table { columns, headings, rows }
}

/// A text in pieces that cells hold.
fn pieces(text: &str) -> Vec<Said> {
    let characters: Vec<char> = text.chars().collect();
    characters.chunks(MOST_CHARACTERS).map(|piece| Said::Text(piece.iter().collect())).collect()
}

/// The example row of a template: an event that nobody takes for a real one, on the first Tuesday of `year`'s November.
fn example(field: Field, tongue: Tongue) -> Said {
    let day = |day| Date::new(2026, 11, day).map_or(Said::Nothing, Said::Day);
    let hour = |hour, minute| Time::new(hour, minute, 0, 0).map_or(Said::Nothing, Said::Hour);
    match field {
        Field::Id => Said::Nothing,
        Field::StartDate => day(17),
        Field::StartTime => hour(10, 0),
        Field::EndTime => hour(11, 30),
        Field::Capacity => Said::Number(20.0),
        Field::Title => Said::Text(tongue.say("template-title")),
        Field::Venue => Said::Text(tongue.say("template-venue")),
        Field::Street => Said::Text("12 rue des Tanneurs".to_owned()),
        Field::Postcode => Said::Text("69001".to_owned()),
        Field::Town => Said::Text("Lyon".to_owned()),
        Field::Mode => Said::Text(tongue.label("mode", "offline")),
        Field::Summary => Said::Text(tongue.say("template-summary")),
        Field::Formats => Said::Text(tongue.label("format", "workshop")),
        Field::Audiences => Said::Text(tongue.label("audience", "everyone")),
        Field::Registration => Said::Text("https://lab.example/inscription".to_owned()),
        Field::Free => Said::Text(tongue.say("cell-yes")),
        _ => Said::Nothing,
    }
}

fn template_columns() -> Vec<Field> {
    Field::ALL.iter().copied().filter(|field| field.is_for_people()).collect()
}
