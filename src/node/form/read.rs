//! A form to the event that it says, or to what is wrong with it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Form, Problem, when};
use crate::event::{
    Address, Availability, Event, Fault, Foreign, Id, Image, Language, Licence, Line, MediaType, Moment, Name, Notice,
    Parts, Rare, Slot, Status, Zone,
};
use crate::node::{picture, text};
use crate::programme::Lab;

/// What an event is made with beside what was typed.
pub struct Given<'a> {
    /// The lab.
    pub lab: &'a Lab,
    /// What pictures' addresses begin with.
    pub pictures: &'a Address,
    /// The event that is changed.
    pub known: Option<&'a Event>,
    /// Ids of series by their titles, of the lab's events.
    pub series: BTreeMap<String, Id>,
    /// Codes of topics by what they are called, of the lab's events.
    pub topics: BTreeMap<String, Line>,
    /// Now.
    pub now: Timestamp,
}

/// Reads one form.
pub(super) struct Reader<'a> {
    pub form: &'a Form,
    pub given: &'a Given<'a>,
    problems: Vec<Problem>,
}

/// The event that a form says, or what is wrong with it. `id` is its id when it is new.
///
/// # Errors
/// What is wrong, field by field, in the order of the form.
pub fn read(form: &Form, given: &Given<'_>, id: &Id) -> Result<Event, Vec<Problem>> {
    let mut reader = Reader { form, given, problems: Vec::new() };
    let parts = reader.parts(id);
    match parts {
        Some(parts) if reader.problems.is_empty() => Event::new(parts).map_err(|fault| {
            let code = match fault {
                Fault::SlotNamedTwice(_) => "slots",
                _ => "zone-contradicted",
            };
            vec![Problem { field: "slot-0-day".into(), code, with: fault.to_string() }]
        }),
        _ => Err(reader.problems),
    }
}

impl Reader<'_> {
    pub(super) fn problem(&mut self, field: &str, code: &'static str, with: impl ToString) {
        self.problems.push(Problem { field: field.to_owned(), code, with: with.to_string() });
    }

    /// Whether a field that begins so says something.
    pub(super) fn says(&self, begin: &str) -> bool {
        self.form.values.iter().any(|(name, value)| name.starts_with(begin) && !value.trim().is_empty())
    }

    /// A line that may be missing.
    pub(super) fn line(&mut self, field: &str) -> Option<Line> {
        let typed = self.form.get(field).to_owned();
        if typed.trim().is_empty() {
            return None;
        }
        match Line::new(&typed) {
            Ok(line) => Some(line),
            Err(_) if typed.chars().count() > Line::MOST => {
                self.problem(field, "too-long", Line::MOST);
                None
            }
            Err(_) => None,
        }
    }

    /// What a field says of which not every word is one; told by `code` where it is none.
    pub(super) fn word<T, E>(
        &mut self,
        field: &str,
        code: &'static str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let typed = self.form.get(field).trim().to_owned();
        if typed.is_empty() {
            return None;
        }
        read(&typed).map_err(|_| self.problem(field, code, &typed)).ok()
    }

    pub(super) fn address(&mut self, field: &str) -> Option<Address> {
        self.word(field, "address", Address::new)
    }

    pub(super) fn media_type(&mut self, field: &str) -> Option<MediaType> {
        self.word(field, "media-type", MediaType::new)
    }

    pub(super) fn language(&mut self, field: &str) -> Option<Language> {
        self.word(field, "language", Language::new)
    }

    pub(super) fn count(&mut self, field: &str) -> Option<u32> {
        let small = |typed: &str| typed.parse::<u32>().ok().filter(|n| *n <= 1_000_000).ok_or(());
        self.word(field, "number", small)
    }

    pub(super) fn yes_no(&self, field: &str) -> Option<bool> {
        match self.form.get(field) {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        }
    }

    /// Which of the known ones a row is.
    pub(super) fn known<'b, T>(&self, kind: &str, row: usize, known: &'b [T]) -> Option<&'b T> {
        known.get(self.form.cell(kind, row, "ref").parse::<usize>().ok()?)
    }

    fn parts(&mut self, id: &Id) -> Option<Parts> {
        let title = self.line("title");
        if title.is_none() && self.problems.is_empty() {
            self.problem("title", "title", "");
        }
        let known = self.given.known.cloned().map(Event::into_parts);
        let placeholder = Line::new("…").ok()?;
        let mut parts = known.unwrap_or_else(|| {
            let mut parts = Parts::new(id.clone(), placeholder.clone(), self.given.now);
            parts.published = Some(self.given.now);
            parts
        });
        parts.title = title.unwrap_or(placeholder);
        parts.summary = self.line("summary");
        let body = self.form.get("body");
        if body.chars().count() > text::LONGEST {
            self.problem("body", "too-long", text::LONGEST);
        } else if parts.body.as_ref().map(text::from_html).unwrap_or_default() != body {
            parts.body = if body.trim().is_empty() { None } else { text::to_html(body).0 };
        }
        let said = self.word("zone", "zone", Zone::new);
        parts.zone = said.or_else(|| self.given.lab.zone.clone());
        let zone = parts.zone.clone().or_else(|| Zone::new("UTC").ok())?;
        parts.slots = self.slots(&zone, &parts).into();
        self.places(&mut parts);
        self.accesses(&mut parts);
        let known = parts.registration.take();
        parts.registration = self.registration("registration-", known, &zone).into();
        self.notice(&mut parts, &zone);
        self.people(&mut parts);
        self.lists(&mut parts);
        self.image(&mut parts);
        parts.language = self.language("language").or_else(|| Some(self.given.lab.language.clone()));
        let licence = self.address("licence");
        let same = |known: &Licence| Some(&known.href) == licence.as_ref();
        parts.licence = parts.licence.filter(same).or(licence.map(|href| Licence { href, title: None }));
        parts.rights = self.line("rights");
        // What was assumed and now stands in a form that a person sent was said.
        parts.assumed = BTreeSet::new();
        Some(parts)
    }

    fn slots(&mut self, zone: &Zone, known: &Parts) -> Vec<Slot> {
        let mut slots: Vec<Slot> = Vec::new();
        let mut taken: BTreeSet<String> = known.slots.iter().map(|slot| slot.name.to_string()).collect();
        taken.extend(known.previous.iter().filter_map(|p| p.slot.as_ref()).map(ToString::to_string));
        taken.extend((0..self.form.rows("slot")).map(|row| self.form.cell("slot", row, "ref").to_owned()));
        let before = self.given.known;
        let mut next = 1;
        for row in 0..self.form.rows("slot") {
            let at = format!("slot-{row}-");
            let own = self.word(&format!("{at}zone"), "zone", Zone::new);
            let clock = own.as_ref().unwrap_or(zone);
            let typed = Name::new(self.form.cell("slot", row, "ref")).ok();
            let known = known.slots.iter().find(|slot| Some(&slot.name) == typed.as_ref());
            // What is typed as it was said is what was said.
            let same = known.filter(|slot| {
                before.is_some_and(|event| event.zone_of(slot) == Some(clock)) && self.says_when(row, slot, clock)
            });
            let when = match same {
                Some(slot) => Some(slot.when),
                None => self.slot(row, clock),
            };
            // All of a row is read, so that all that is wrong with it is told at once.
            let place = self.own_place(row, known);
            let known_online = known.and_then(|slot| slot.online.as_ref());
            let online = self.online(&format!("{at}online-"), known_online.cloned());
            let known_registration = known.and_then(|slot| slot.registration.as_ref());
            let registration = self.registration(&format!("{at}registration-"), known_registration.cloned(), clock);
            let Some(when) = when else { continue };
            let name = typed.filter(|name| slots.iter().all(|slot| slot.name != *name)).or_else(|| {
                while !taken.insert(format!("c{next}")) {
                    next += 1;
                }
                Name::new(&format!("c{next}")).ok()
            });
            let Some(name) = name else { continue };
            let foreign = known.filter(|slot| slot.name == name).map_or_else(Foreign::default, |s| s.foreign.clone());
            slots.push(Slot {
                name,
                when,
                zone: own,
                status: Status::from_code(self.form.cell("slot", row, "status")),
                availability: Availability::from_code(self.form.cell("slot", row, "availability")),
                place: place.into(),
                online: online.into(),
                registration: registration.into(),
                foreign,
            });
        }
        slots
    }

    /// Whether the columns of a row say of a slot's time what was said of it.
    fn says_when(&self, row: usize, slot: &Slot, zone: &Zone) -> bool {
        let said = when::cells(&slot.when, Some(zone));
        ["day", "from", "to", "last", "kind", "fold", "duration"].into_iter().all(|column| {
            let said = said.iter().find(|(c, _)| *c == column).map_or("", |(_, value)| value.as_str());
            self.form.cell("slot", row, column).trim() == said
        })
    }

    /// The word on a change that was made: it holds since the change, and a new word from now.
    fn notice(&mut self, parts: &mut Parts, zone: &Zone) {
        let said = self.line("notice");
        let known = parts.notice.take();
        let notice = match (known, said) {
            (Some(known), said) if known.text == said => Some(known),
            (Some(known), None) if parts.status != Status::Scheduled => Some(Notice { text: None, ..known }),
            (_, None) => None,
            (_, said) => {
                let since = zone.of(self.given.now).or_else(|| Moment::parse(&self.given.now.to_string()).ok());
                since.map(|since| Notice { since, text: said, foreign: Foreign::default() })
            }
        };
        parts.notice = notice.into();
    }

    fn image(&mut self, parts: &mut Parts) {
        let typed = self.form.get("image").trim().to_owned();
        let alt = self.line("image-alt");
        let known = parts.image.take();
        if typed.is_empty() {
            return;
        }
        let kind = picture::kind_of(&typed);
        let href = match kind {
            Some(_) => Address::new(&format!("{}{typed}", self.given.pictures)).ok(),
            None => self.address("image"),
        };
        match (href, alt) {
            (Some(href), Some(alt)) => {
                let known = known.filter(|known| known.href == href);
                let media_type = kind.and_then(|kind| MediaType::new(kind).ok());
                parts.image = Rare::from(match known {
                    Some(known) => Image { alt, ..known },
                    None => Image { href, alt, media_type, length: None, foreign: Foreign::default() },
                });
            }
            (_, None) => self.problem("image-alt", "alt-missing", ""),
            (None, _) => {}
        }
    }
}
