//! What a person corrects of an event: one field, in words, and where each field of a merged event comes from.

use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::EntryKey;
use crate::event::{Days, Hours, Line, Mode, Moment, Name, Parts, Place, Registration, Slot, Status, When};

/// A field of an event, as far as copies or people may differ on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Field {
    /// Its title.
    Title,
    /// Its summary.
    Summary,
    /// Its text.
    Body,
    /// Its language.
    Language,
    /// Whether it takes place as planned.
    Status,
    /// On site, online or both.
    Mode,
    /// When it takes place.
    Slots,
    /// Where: name and town.
    Places,
    /// The name of the place alone.
    Venue,
    /// The town alone.
    Town,
    /// Where to follow it from afar.
    Online,
    /// Who holds it.
    Organisers,
    /// Who speaks.
    Speakers,
    /// The series it is a step of.
    Series,
    /// Price and conditions.
    Access,
    /// Its picture.
    Image,
    /// Where one registers.
    Registration,
    /// Formats, audiences, topics and tags.
    Tags,
    /// Its editions.
    Editions,
    /// Slides, recordings, photos.
    Resources,
}

impl Field {
    /// Those that a person may correct.
    pub const CORRECTED: [Field; 8] = [
        Field::Title,
        Field::Summary,
        Field::Status,
        Field::Mode,
        Field::Slots,
        Field::Venue,
        Field::Town,
        Field::Registration,
    ];

    /// The name, as it is stored, typed and shown.
    pub fn code(self) -> &'static str {
        match self {
            Field::Title => "title",
            Field::Summary => "summary",
            Field::Body => "body",
            Field::Language => "language",
            Field::Status => "status",
            Field::Mode => "mode",
            Field::Slots => "slots",
            Field::Places => "places",
            Field::Venue => "venue",
            Field::Town => "town",
            Field::Online => "online",
            Field::Organisers => "organisers",
            Field::Speakers => "speakers",
            Field::Series => "series",
            Field::Access => "access",
            Field::Image => "image",
            Field::Registration => "registration",
            Field::Tags => "tags",
            Field::Editions => "editions",
            Field::Resources => "resources",
        }
    }

    /// The field of this name that a person may correct.
    pub fn corrected(code: &str) -> Option<Field> {
        Field::CORRECTED.into_iter().find(|field| field.code() == code)
    }

    /// Puts `value` in its place. Slots are intervals of ISO 8601 with a space between them:
    /// `2026-11-19T10:00/2026-11-19T12:00`, a day `2026-11-19`, days `2026-11-19/2026-11-21`; hours are of the event's
    /// zone unless they have an offset. They keep the names of those they stand for, so that calendars move them.
    ///
    /// # Errors
    /// [`Unusable`] when the field cannot hold it; nothing is changed then.
    pub fn correct(self, parts: &mut Parts, value: &Line) -> Result<(), Unusable> {
        let text = value.as_str();
        match self {
            Field::Title => parts.title = value.clone(),
            Field::Summary => parts.summary = Some(value.clone()),
            Field::Status => parts.status = Status::from_code(text).ok_or(Unusable(self))?,
            Field::Mode => parts.mode = Some(Mode::from_code(text).ok_or(Unusable(self))?),
            Field::Slots => {
                let whens = text.split([' ', ',', ';']).filter(|part| !part.is_empty());
                let whens = whens.map(|part| when(parts, part)).collect::<Option<Vec<When>>>();
                let whens = whens.filter(|whens| !whens.is_empty()).ok_or(Unusable(self))?;
                parts.slots = slots(parts, whens).ok_or(Unusable(self))?.into();
            }
            Field::Venue => place(parts).name = Some(value.clone()),
            Field::Town => {
                // What else was said of where it is was said of another town.
                let place = place(parts);
                *place = Place { name: place.name.clone(), locality: Some(value.clone()), ..Place::default() };
            }
            Field::Registration => {
                let href = text.parse().map_err(|_| Unusable(self))?;
                let registration = parts.registration.get_or_insert_with(Registration::default);
                registration.href = Some(href);
            }
            _ => return Err(Unusable(self)),
        }
        Ok(())
    }
}

/// A value that its field cannot hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{} cannot be that", .0.code())]
pub struct Unusable(pub Field);

/// Whose word a field of a merged event is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "by", rename_all = "kebab-case")]
pub enum Voice {
    /// A copy's.
    Copy(EntryKey),
    /// A person's, by this decision.
    Decision {
        /// Its key.
        id: Uuid,
    },
}

fn place(parts: &mut Parts) -> &mut Place {
    let places = parts.places.edit();
    if places.is_empty() {
        places.push(Place::default());
    }
    &mut places[0]
}

fn when(parts: &Parts, text: &str) -> Option<When> {
    let (first, second) = text.split_once('/').map_or((text, None), |(first, second)| (first, Some(second)));
    if let Ok(day) = first.parse::<Date>()
        && !first.contains('T')
    {
        let last = second.map_or(Some(day), |second| second.parse().ok())?;
        return Some(When::Day { days: Days::new(day, last).ok()?, duration: None });
    }
    let moment = |text: &str| {
        Moment::parse(text).ok().or_else(|| {
            let wall: DateTime = text.parse().ok()?;
            parts.zone.as_ref()?.at(wall)
        })
    };
    let end = match second {
        Some(second) => Some(moment(second)?),
        None => None,
    };
    Some(When::Timed(Hours::new(moment(first)?, end).ok()?))
}

fn slots(parts: &Parts, whens: Vec<When>) -> Option<Vec<Slot>> {
    let mut out: Vec<Slot> = Vec::new();
    let mut free = 1..;
    for (at, when) in whens.into_iter().enumerate() {
        match parts.slots.get(at) {
            Some(slot) => out.push(Slot { when, ..slot.clone() }),
            None => {
                let taken = |name: &str| parts.slots.iter().chain(&out).any(|slot| slot.name.as_str() == name);
                let name = free.by_ref().map(|n: u32| format!("c{n}")).find(|name| !taken(name))?;
                out.push(Slot::new(Name::new(&name).ok()?, when));
            }
        }
    }
    Some(out)
}
