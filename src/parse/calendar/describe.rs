//! What a calendar says of an event besides its dates.

use calcard::icalendar::{ICalendarEntry, ICalendarParameterName as Parameter, ICalendarProperty as Property};
use jiff::SignedDuration;

use super::fields::{Fields, parameter, text};
use super::group::Group;
use super::producer::Producer;
use crate::event::{Address, Html, Licence, Line, Online, OnlineAccess, Organiser};
use crate::format::Hints;
use crate::parse::draft::Draft;

/// The longest name of an organiser (characters): more is a paragraph on how to reach them.
const LONGEST_NAME: usize = 150;
/// So many digits in a row are a telephone number.
const DIGITS_OF_A_NUMBER: usize = 6;
/// A stamp as young as this when the calendar is read was made by reading it.
const YOUNG: SignedDuration = SignedDuration::from_mins(15);

/// An event in loose words, without its dates.
pub fn draft(group: &Group, producer: &Producer, hints: &Hints) -> Draft {
    let first = &group.first;
    let updated = |fields: &Fields| {
        let stamp = fields.instant(&Property::Dtstamp).filter(|_| !producer.stamps_now());
        let old = stamp.filter(|stamp| hints.seen.duration_since(*stamp) > YOUNG);
        fields.instant(&Property::LastModified).or(old)
    };
    let dates = || [first].into_iter().chain(&group.others);
    let links = || first.entries(&Property::Link);
    let link =
        |relation: &str| links().find(|entry| parameter(entry, &Parameter::Linkrel) == Some(relation)).and_then(text);
    Draft {
        id: group.id.clone(),
        title: producer.title(&first.text(&Property::Summary).unwrap_or_default()),
        body: body(first),
        page: first.text(&Property::Url).or_else(|| first.other("X-TRUMBA-LINK")),
        published: dates().filter_map(|fields| fields.instant(&Property::Created)).min(),
        updated: group.all().filter_map(updated).max(),
        sequence: group.all().map(Fields::sequence).max().unwrap_or(0),
        location: first.text(&Property::Location),
        geo: geo(first),
        online: online(first),
        organisers: organisers(first),
        tags: first
            .entries(&Property::Categories)
            .flat_map(|entry| &entry.values)
            .filter_map(|value| value.as_text())
            .map(str::to_owned)
            .collect(),
        registration: link("https://w3id.org/essaim/rel/registration"),
        image: image(first),
        licence: link("license").and_then(|href| Address::new(&href).ok()).map(|href| Licence { href, title: None }),
        raw: group.all().map(|fields| fields.raw).collect::<Vec<_>>().join("\n"),
        ..Draft::default()
    }
}

/// The text as HTML: as the program wrote it where it did, else its plain words.
fn body(fields: &Fields) -> Option<String> {
    let html = |entry: &ICalendarEntry| {
        parameter(entry, &Parameter::Fmttype).is_some_and(|kind| kind.eq_ignore_ascii_case("text/html"))
    };
    let styled = fields.entries(&Property::StyledDescription).find(|entry| html(entry)).and_then(text);
    let outlook = || fields.others("X-ALT-DESC").find(|entry| html(entry)).and_then(text);
    let rich = styled.or_else(outlook).filter(|markup| Html::clean(markup, None).is_some());
    rich.or_else(|| {
        let text = fields.text(&Property::Description)?;
        if has_tags(&text) { Some(text) } else { Html::from_text(&text).map(|html| html.as_str().to_owned()) }
    })
}

/// Whether a description that should be plain is HTML, as Google writes it. A link in angle brackets is none.
fn has_tags(text: &str) -> bool {
    const TAGS: [&str; 16] =
        ["p", "br", "a", "div", "span", "b", "i", "u", "ul", "ol", "li", "strong", "em", "table", "h2", "html"];
    text.split('<').skip(1).any(|rest| {
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        TAGS.iter().any(|tag| tag.eq_ignore_ascii_case(name)) && after.starts_with(['>', ' ', '/', '\n'])
    })
}

/// Degrees north and east, by `GEO` (whose semicolon some escape) or by Apple's own field.
fn geo(fields: &Fields) -> Option<(f64, f64)> {
    let pair = |text: &str, between: &[char]| {
        let (lat, lon) = text.trim().split_once(between)?;
        Some((lat.trim().trim_end_matches('\\').parse().ok()?, lon.trim().parse().ok()?))
    };
    let told = fields.entry(&Property::Geo).and_then(|entry| {
        let numbers: Vec<f64> = entry.values.iter().filter_map(|value| value.as_float()).collect();
        match numbers[..] {
            [lat, lon] => Some((lat, lon)),
            _ => pair(&text(entry)?, &[';', ',']),
        }
    });
    let apple = || pair(fields.other("X-APPLE-STRUCTURED-LOCATION")?.trim().strip_prefix("geo:")?, &[',']);
    told.or_else(apple)
}

/// Where to take part online (RFC 7986 §5.11). Whether the link is for everyone is told for all dialects at once.
fn online(fields: &Fields) -> Option<Online> {
    let address = |entry: &ICalendarEntry| text(entry).and_then(|text| Address::new(&text).ok());
    let (entry, address) =
        fields.entries(&Property::Conference).find_map(|entry| address(entry).map(|address| (entry, address)))?;
    let note = parameter(entry, &Parameter::Label).and_then(|label| Line::new(label).ok());
    Some(Online { access: OnlineAccess::Public(Some(address)), note, foreign: Default::default() })
}

/// Organisers by their names. How to write to them or call them is theirs to give.
fn organisers(fields: &Fields) -> Vec<Organiser> {
    let chair = fields.entries(&Property::Organizer).filter_map(|entry| {
        let page = text(entry).and_then(|uri| Address::new(&uri).ok());
        name(parameter(entry, &Parameter::Cn)?).map(|name| Organiser { name, page, role: None })
    });
    let contacts = fields
        .entries(&Property::Contact)
        .filter_map(|entry| name(&text(entry)?).map(|name| Organiser { name, page: None, role: None }));
    let mut organisers: Vec<Organiser> = Vec::new();
    for organiser in chair.chain(contacts) {
        if organisers.iter().all(|known| known.name != organiser.name) {
            organisers.push(organiser);
        }
    }
    organisers
}

fn name(text: &str) -> Option<Line> {
    let name = Line::new(text.trim().trim_matches('"')).ok()?;
    let digits = name.as_str().chars().filter(char::is_ascii_digit).count();
    let is_name = !name.as_str().contains(['@', '/']) && digits < DIGITS_OF_A_NUMBER;
    (is_name && name.as_str().chars().count() <= LONGEST_NAME).then_some(name)
}

/// A picture by `IMAGE` (RFC 7986 §5.10) or as an attachment; no calendar says what it shows.
fn image(fields: &Fields) -> Option<(String, String)> {
    let picture =
        |entry: &&ICalendarEntry| parameter(entry, &Parameter::Fmttype).is_some_and(|kind| kind.starts_with("image/"));
    let images = fields.entries(&Property::Image).chain(fields.entries(&Property::Attach).filter(picture));
    let href = images.filter_map(text).find(|href| href.starts_with("http"))?;
    Some((href, String::new()))
}
