//! What stands around the author's words once an event has left its feed: when, where, how to register, who said it.
//!
//! One set of facts, told in the event's language as plain text for calendars and as markup for JSON Feed, so that the
//! two never disagree. It hides which slot overrides what, what each language calls things, and the one rule that
//! must hold in every format: an address meant for the registered is not published, even when it slipped into a note.

use std::fmt::Write;

use jiff::tz::Offset;

use super::Head;
use crate::event::html::escape;
use crate::event::{
    Access, AccessCode, Availability, Before, Days, Event, Format, Licence, Line, Mode, Online, OnlineAccess, Per,
    Place, Registration, ResourceKind, Slot, Status, When,
};
use crate::language::Tongue;
use crate::programme::Published;

/// The most characters of an author's text in a calendar, which repeats it in each slot: Google cuts descriptions at
/// 8,192. What is cut ends in `…`, and the page has it all.
const MOST_TEXT: usize = 4_000;
/// The most slots that a summary names one by one.
const MOST_NAMED: usize = 3;

/// The words around one published event.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    head: &'a Head,
    published: &'a Published,
    tongue: Tongue,
}

/// Something to know about an event, with its label.
struct Fact {
    label: String,
    said: Vec<Said>,
    /// Whether its addresses are of use where one cannot click on a name.
    addresses: bool,
}

/// A part of a fact.
struct Said {
    text: String,
    href: Option<String>,
}

impl Said {
    fn plain(text: impl ToString) -> Said {
        Said { text: text.to_string(), href: None }
    }
}

impl<'a> Words<'a> {
    /// The words of an event, in its language, or in its publisher's when it does not say.
    pub fn new(head: &'a Head, published: &'a Published) -> Words<'a> {
        let tongue = Tongue::of(published.event.language.as_ref().or(Some(&head.language)));
        Words { head, published, tongue }
    }

    /// The language they are in.
    pub fn tongue(&self) -> Tongue {
        self.tongue
    }

    /// The tag of the language the author wrote in.
    pub fn language(&self) -> &'a str {
        self.event().language.as_ref().unwrap_or(&self.head.language).as_str()
    }

    /// The title, with the prefix that says when it does not take place as announced.
    pub fn title(&self) -> String {
        self.prefixed(self.event().status, self.event().availability())
    }

    /// The title of one slot: `[Complet] Atelier (créneau 2/3) (horaire à préciser)`.
    pub fn slot_title(&self, slot: &Slot) -> String {
        let mut title = self.prefixed(self.event().status_of(slot), self.availability(slot));
        if let Some(number) = self.slot_number(slot) {
            title = format!("{title} ({number})");
        }
        if matches!(slot.when, When::Day { .. }) {
            title = format!("{title} ({})", self.tongue.say("hour-open"));
        }
        title
    }

    /// Which slot of how many: *créneau 1/3*; `None` for the only one.
    pub fn slot_number(&self, slot: &Slot) -> Option<String> {
        let slots = &self.event().slots;
        let number = slots.iter().position(|other| other.name == slot.name)? + 1;
        let arguments = [("number", number.into()), ("total", slots.len().into())];
        (slots.len() > 1).then(|| self.tongue.say_with("slot-number", arguments))
    }

    /// Date in words and place, first, then the author's sentence.
    pub fn summary(&self) -> String {
        let opening = self.opening();
        match &self.event().summary {
            Some(summary) => format!("{opening}. {summary}"),
            None => format!("{opening}."),
        }
    }

    fn opening(&self) -> String {
        let event = self.event();
        // A cancelled slot is no date to come on, unless there is no other.
        let takes_place = |slot: &&Slot| event.status_of(slot) != Status::Cancelled;
        let mut slots: Vec<&Slot> = event.slots.iter().filter(takes_place).collect();
        if slots.is_empty() {
            slots = event.slots.iter().collect();
        }
        let when = if slots.is_empty() {
            self.tongue.say("date-open")
        } else if slots.len() <= MOST_NAMED {
            slots.iter().map(|slot| self.when(slot)).collect::<Vec<_>>().join(" ; ")
        } else {
            let first = slots.iter().map(|slot| slot.when.first_day()).min();
            let last = slots.iter().map(|slot| slot.when.last_day()).max();
            let days = first.zip(last).and_then(|(first, last)| Days::new(first, last).ok());
            let days = days.map(|days| self.tongue.days(days)).unwrap_or_default();
            self.tongue.say_with("slots-between", [("count", slots.len().into()), ("days", days.into())])
        };
        let when = capitalised(&when);
        match self.location(None) {
            Some(place) => format!("{when}, {place}"),
            None => when,
        }
    }

    /// When a slot takes place, with its zone where a reader of this publisher would mistake it.
    pub fn when(&self, slot: &Slot) -> String {
        let when = self.tongue.when(&slot.when);
        let Some(start) = slot.when.start() else { return when };
        let note = match (self.event().zone_of(slot), &self.head.zone) {
            (Some(zone), home) if Some(zone) != home.as_ref() => self.tongue.zone(zone),
            (None, Some(home)) if start.agrees_with(home) => return when,
            (None, _) => utc(start.offset()),
            _ => return when,
        };
        format!("{when} ({note})")
    }

    /// Where, on one line; *En ligne* when it is only there, `None` when nobody said.
    pub fn location(&self, slot: Option<&Slot>) -> Option<String> {
        if self.only_online(slot) {
            return Some(self.tongue.label("mode", Mode::Online.code()));
        }
        let lines: Vec<String> = self.places(slot).iter().filter_map(Place::line).collect();
        (!lines.is_empty()).then(|| lines.join(" ; "))
    }

    /// Whether one cannot come anywhere but online.
    pub fn only_online(&self, slot: Option<&Slot>) -> bool {
        let event = self.event();
        let status = slot.map_or(event.status, |slot| event.status_of(slot));
        status == Status::MovedOnline
            || event.mode == Some(Mode::Online)
            || (event.mode.is_none() && self.said_places(slot).is_empty() && !self.online(slot).is_empty())
    }

    /// The places of a slot, or of the event; none when it is only online.
    pub fn places(&self, slot: Option<&Slot>) -> &'a [Place] {
        if self.only_online(slot) { &[] } else { self.said_places(slot) }
    }

    fn said_places(&self, slot: Option<&Slot>) -> &'a [Place] {
        self.own(slot).and_then(|slot| slot.place.as_ref()).map_or(&self.event().places, std::slice::from_ref)
    }

    /// The online access of a slot, or of the event.
    pub fn online(&self, slot: Option<&Slot>) -> &'a [Online] {
        self.own(slot).and_then(|slot| slot.online.as_ref()).map_or(&self.event().online, std::slice::from_ref)
    }

    /// How to register for a slot, or for the event.
    pub fn registration(&self, slot: Option<&Slot>) -> Option<&'a Registration> {
        self.own(slot).and_then(|slot| slot.registration.as_ref()).or(self.event().registration.as_ref())
    }

    /// Whether one can still come to a slot.
    pub fn availability(&self, slot: &Slot) -> Option<Availability> {
        slot.availability.or_else(|| self.event().availability())
    }

    /// Under which licence the author's text may be reused. A publisher's licence covers only what it says itself:
    /// an aggregator never widens the licence of another's words.
    pub fn licence(&self) -> Option<&'a Licence> {
        let own = self.published.copies.is_empty();
        self.event().licence.as_ref().or(self.head.licence.as_ref().filter(|_| own))
    }

    /// The event's page at its publisher.
    pub fn page(&self) -> String {
        let page = self.event().page.as_ref();
        page.map_or_else(|| self.head.event_page(&self.published.slug), ToString::to_string)
    }

    /// What to file it under, in words: formats, topics, tags, audiences, mode, editions, series, regions,
    /// accessibility.
    pub fn labels(&self) -> Vec<String> {
        let (event, tongue) = (self.event(), self.tongue);
        let named = |label: &Option<Line>, code: &str| label.as_ref().map_or_else(|| code.to_owned(), Line::to_string);
        let mut labels: Vec<String> = Vec::new();
        labels.extend(event.formats.iter().filter(|f| **f != Format::Other).map(|f| tongue.label("format", f.code())));
        labels.extend(event.topics.iter().map(|term| named(&term.label, term.code.as_str())));
        labels.extend(event.tags.iter().map(Line::to_string));
        labels.extend(event.audiences.iter().map(|audience| tongue.label("audience", audience.code())));
        labels.extend(event.mode.map(|mode| tongue.label("mode", mode.code())));
        labels.extend(event.editions.iter().map(|term| named(&term.label, term.code.as_str())));
        labels.extend(event.series.iter().filter_map(|series| series.title.as_ref()).map(Line::to_string));
        labels.extend(
            event.regions.iter().map(|region| {
                tongue.region(&region.code).unwrap_or_else(|| named(&region.label, region.code.as_str()))
            }),
        );
        labels.extend(event.access.iter().flat_map(|access| &access.codes).map(|code| self.access_label(*code)));
        let mut seen = std::collections::HashSet::new();
        labels.retain(|label| seen.insert(label.clone()));
        labels
    }

    /// What an accessibility code says.
    pub fn access_label(&self, code: AccessCode) -> String {
        self.tongue.label("accessibility", code.code())
    }

    /// Everything as plain text, for the description of one slot.
    pub fn text(&self, slot: &Slot) -> String {
        let event = self.event();
        let mut paragraphs: Vec<String> = Vec::new();
        paragraphs.extend(match self.notice(event.status_of(slot)) {
            (Some(status), Some(notice)) => Some(self.line(&status, notice.as_str())),
            (status, notice) => status.or(notice.map(Line::to_string)),
        });
        paragraphs.extend(event.summary.as_ref().map(Line::to_string));
        paragraphs.extend(event.body.as_ref().map(|body| cut(body.to_text())));
        let mut facts = Vec::new();
        // A calendar has no way to write a day without an hour but as a whole day: the words tell them apart.
        if matches!(slot.when, When::Day { .. }) {
            facts.push(self.line(&self.tongue.say("fact-when"), &self.when(slot)));
        }
        for fact in self.facts(Some(slot)) {
            if fact.addresses {
                facts.extend(fact.said.iter().map(|said| {
                    let both = match (said.text.as_str(), &said.href) {
                        (text, None) => text.to_owned(),
                        ("", Some(href)) => href.clone(),
                        (text, Some(href)) => format!("{text} – {href}"),
                    };
                    self.line(&fact.label, &both)
                }));
            } else {
                let said: Vec<&str> = fact.said.iter().map(|said| said.text.as_str()).collect();
                facts.push(self.line(&fact.label, &said.join(", ")));
            }
        }
        facts.push(self.line(&self.tongue.say("fact-page"), &self.page()));
        paragraphs.push(facts.join("\n"));
        paragraphs.join("\n\n")
    }

    /// Everything as markup, complete in itself; the author's summary and body are marked as such (h-event).
    pub fn html(&self) -> String {
        let event = self.event();
        let mut html = String::from("<div class=\"h-event\">");
        let (status, notice) = self.notice(event.status);
        let status = status.map(|status| format!("<strong>{}</strong>", escape(&status)));
        let notice = notice.map(|notice| escape(notice.as_str()).into_owned());
        let changed: Vec<String> = status.into_iter().chain(notice).collect();
        if !changed.is_empty() {
            let _ = write!(html, "<p>{}</p>", changed.join(" – "));
        }
        if let Some(summary) = &event.summary {
            let _ = write!(html, "<p class=\"p-summary\">{}</p>", escape(summary.as_str()));
        }
        if let Some(image) = event.image.as_ref() {
            let (src, alt) = (escape(image.href.as_str()), escape(image.alt.as_str()));
            let _ = write!(html, "<p><img src=\"{src}\" alt=\"{alt}\"/></p>");
        }
        let _ = write!(html, "<dl><dt>{}</dt>", escape(&self.tongue.say("fact-when")));
        if event.slots.is_empty() {
            let _ = write!(html, "<dd>{}</dd>", escape(&self.tongue.say("date-open")));
        }
        for slot in &event.slots {
            let start = slot.when.start().map_or_else(|| slot.when.first_day().to_string(), |start| start.to_string());
            let when = self.when(slot);
            let _ = write!(html, "<dd><time class=\"dt-start\" datetime=\"{start}\">{}</time>", escape(&when));
            if let Some(place) = slot.place.as_ref().and_then(Place::line) {
                let _ = write!(html, ", {}", escape(&place));
            }
            if let Some(state) = self.state(slot) {
                let _ = write!(html, " (<strong>{}</strong>)", escape(&state));
            }
            html.push_str("</dd>");
        }
        if let Some(place) = self.location(None) {
            let label = self.tongue.say("fact-where");
            let _ = write!(html, "<dt>{}</dt><dd class=\"p-location\">{}</dd>", escape(&label), escape(&place));
        }
        for fact in self.facts(None) {
            let _ = write!(html, "<dt>{}</dt>", escape(&fact.label));
            for said in fact.said {
                let text = escape(&said.text);
                let _ = match said.href {
                    None => write!(html, "<dd>{text}</dd>"),
                    Some(href) => write!(html, "<dd><a href=\"{}\">{text}</a></dd>", escape(&href)),
                };
            }
        }
        html.push_str("</dl>");
        if let Some(body) = &event.body {
            let _ = write!(html, "<div class=\"e-content\">{body}</div>");
        }
        html.push_str("</div>");
        html
    }

    /// The event itself.
    pub fn event(&self) -> &'a Event {
        &self.published.event
    }

    /// The slot as the event holds it, so that what it says lives as long as the event.
    fn own(&self, slot: Option<&Slot>) -> Option<&'a Slot> {
        slot.and_then(|slot| self.event().slots.iter().find(|own| own.name == slot.name))
    }

    fn prefixed(&self, status: Status, availability: Option<Availability>) -> String {
        let prefix = self.tongue.title_prefix(status, availability).unwrap_or_default();
        format!("{prefix}{}", self.event().title)
    }

    fn line(&self, label: &str, value: &str) -> String {
        self.tongue.say_with("fact-line", [("label", label.into()), ("value", value.into())])
    }

    /// What changed, if anything did, and the author's word on it.
    fn notice(&self, status: Status) -> (Option<String>, Option<&'a Line>) {
        let changed = (status != Status::Scheduled).then(|| self.tongue.label("status", status.code()));
        (changed, self.event().notice.as_ref().and_then(|notice| notice.text.as_ref()))
    }

    /// What is particular about one slot of the list.
    fn state(&self, slot: &Slot) -> Option<String> {
        let status = self.event().status_of(slot);
        if status != self.event().status {
            return Some(self.tongue.label("status", status.code()));
        }
        let closed = slot.availability.filter(|availability| *availability != Availability::Open);
        closed.map(|availability| self.tongue.label("availability", availability.code()))
    }

    /// The facts in their order, of a slot or of the event; each has something to say.
    fn facts(&self, slot: Option<&Slot>) -> Vec<Fact> {
        let (event, tongue) = (self.event(), self.tongue);
        let mut facts = Vec::new();
        let mut fact = |key: &str, addresses: bool, said: Vec<Said>| {
            if !said.is_empty() {
                facts.push(Fact { label: tongue.say(key), said, addresses });
            }
        };
        fact("fact-previous", false, self.previous(slot));
        fact("fact-online", true, self.online(slot).iter().map(|online| self.online_words(online)).collect());
        fact(
            "fact-registration",
            true,
            self.registration(slot).map(|r| self.registration_words(r)).into_iter().collect(),
        );
        fact("fact-speakers", false, self.speakers());
        let audiences = event.audiences.iter().map(|audience| tongue.label("audience", audience.code()));
        fact("fact-audience", false, audiences.map(Said::plain).collect());
        fact("fact-series", false, self.series());
        fact("fact-access", false, event.access.iter().flat_map(|access| self.access_words(access)).collect());
        let organisers = event.organisers.iter();
        let organisers = organisers
            .map(|o| Said { text: o.name.to_string(), href: o.page.as_ref().map(ToString::to_string) })
            .collect();
        fact("fact-organisers", false, organisers);
        let copies = self.published.copies.iter();
        let copies =
            copies.map(|c| Said { text: c.name.to_string(), href: c.page.as_ref().map(ToString::to_string) }).collect();
        fact("fact-announced", false, copies);
        let resources = event.resources.iter().map(|resource| Said {
            text: resource.title.as_ref().map_or_else(|| self.resource_label(resource.kind), Line::to_string),
            href: Some(resource.href.to_string()),
        });
        fact("fact-resources", true, resources.collect());
        fact("fact-assumed", false, event.assumed.iter().map(Said::plain).collect());
        facts
    }

    fn previous(&self, slot: Option<&Slot>) -> Vec<Said> {
        let of_slot = |name| slot.is_none_or(|slot| slot.name == name);
        let previous = self.event().previous.iter().filter(|p| p.slot.clone().is_none_or(of_slot));
        let words = previous.map(|previous| match &previous.when {
            Before::Timed(hours) => self.tongue.when(&When::Timed(*hours)),
            Before::Days(days) => self.tongue.days(*days),
        });
        words.map(Said::plain).collect()
    }

    fn online_words(&self, online: &Online) -> Said {
        let note = online.note.as_ref().map(Line::to_string);
        match &online.access {
            OnlineAccess::Public(Some(address)) => {
                let text = note.unwrap_or_else(|| self.tongue.say("online-open"));
                Said { text, href: Some(address.to_string()) }
            }
            OnlineAccess::Public(None) => Said::plain(note.unwrap_or_else(|| self.tongue.say("online-open-later"))),
            OnlineAccess::Registered => Said::plain(note.unwrap_or_else(|| self.tongue.say("online-registered"))),
        }
    }

    fn registration_words(&self, registration: &Registration) -> Said {
        let tongue = self.tongue;
        let either = |said: Option<bool>, yes, no| said.map(|said| tongue.say(if said { yes } else { no }));
        let at = |key, moment| tongue.say_with(key, [("moment", tongue.moment(moment).into())]);
        let count = |key, count: u32| tongue.say_with(key, [("count", count.into())]);
        let places = if registration.per == Some(Per::Slot) { "places-slot" } else { "places-event" };
        let words: Vec<String> = [
            either(registration.required, "registration-required", "registration-optional"),
            either(registration.free, "registration-free", "registration-paid"),
            registration.capacity.total().map(|total| count(places, total)),
            registration.capacity.remaining().map(|left| count("places-left", left)),
            registration.window.opens().map(|opens| at("registration-opens", opens)),
            registration.window.closes().map(|closes| at("registration-closes", closes)),
            registration.note.as_ref().map(Line::to_string),
        ]
        .into_iter()
        .flatten()
        .collect();
        let href = registration.href.as_ref().map(ToString::to_string);
        let text = if words.is_empty() { tongue.say("registration-link") } else { words.join(", ") };
        Said { text, href }
    }

    fn speakers(&self) -> Vec<Said> {
        let speakers = self.event().speakers.iter().map(|speaker| {
            let text = match &speaker.affiliation {
                Some(affiliation) => format!("{} ({affiliation})", speaker.name),
                None => speaker.name.to_string(),
            };
            Said { text, href: speaker.page.as_ref().map(ToString::to_string) }
        });
        speakers.collect()
    }

    fn series(&self) -> Vec<Said> {
        let series = self.event().series.iter().filter_map(|series| {
            let title = series.title.as_ref()?.to_string();
            let (position, total) = (series.step.position(), series.step.total());
            Some(match (position, total) {
                (None, _) => title,
                (Some(position), None) => {
                    let arguments = [("title", title.into()), ("position", position.into())];
                    self.tongue.say_with("series-step", arguments)
                }
                (Some(position), Some(total)) => {
                    let arguments = [("title", title.into()), ("position", position.into()), ("total", total.into())];
                    self.tongue.say_with("series-step-of", arguments)
                }
            })
        });
        series.map(Said::plain).collect()
    }

    fn access_words(&self, access: &Access) -> Vec<Said> {
        let note = access.note.as_ref().map(Said::plain);
        access.codes.iter().map(|code| Said::plain(self.access_label(*code))).chain(note).collect()
    }

    fn resource_label(&self, kind: ResourceKind) -> String {
        self.tongue.label("resource", kind.code())
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn cut(text: String) -> String {
    match text.char_indices().nth(MOST_TEXT) {
        None => text,
        Some((at, _)) => format!("{}…", text[..at].trim_end()),
    }
}

fn utc(offset: Offset) -> String {
    let minutes = offset.seconds() / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    match (minutes.abs() / 60, minutes.abs() % 60) {
        (0, 0) => "UTC".to_owned(),
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, minutes) => format!("UTC{sign}{hours}:{minutes:02}"),
    }
}

/// Events to test formats with.
#[cfg(test)]
mod tests {
    use super::super::sample::*;
    use super::*;
    use crate::event::{Language, Zone};

    #[test]
    fn a_summary_begins_with_the_date_in_words_and_the_place() {
        let mut parts = parts("a", vec![timed("c1", "2024-11-19T10:00:00+01:00", Some("2024-11-19T11:30:00+01:00"))]);
        parts.places = vec![Place { locality: Some(line("Lyon")), ..Place::default() }].into();
        parts.summary = Some(line("On parle d’eau."));
        let (head, event) = (head(), published(parts));
        let summary = Words::new(&head, &event).summary();
        assert_eq!(summary, "Mardi 19 novembre 2024, 10\u{a0}h – 11\u{a0}h\u{a0}30, Lyon. On parle d’eau.");
    }

    #[test]
    fn an_hour_of_elsewhere_is_never_shown_without_its_zone() {
        let head = head();
        let mut parts = parts("a", vec![timed("c1", "2024-11-19T10:00:00-04:00", None)]);
        let event = published(parts.clone());
        let words = Words::new(&head, &event);
        assert_eq!(words.when(&event.event.slots[0]), "mardi 19 novembre 2024, 10\u{a0}h (UTC-4)");
        parts.zone = Some(Zone::new("America/Guadeloupe").unwrap());
        let event = published(parts);
        let words = Words::new(&head, &event);
        assert_eq!(words.when(&event.event.slots[0]), "mardi 19 novembre 2024, 10\u{a0}h (heure de Guadeloupe)");
    }

    #[test]
    fn an_event_without_a_date_is_said_to_have_none() {
        let (head, event) = (head(), published(parts("a", Vec::new())));
        let words = Words::new(&head, &event);
        assert_eq!(words.summary(), "Date à préciser.");
        assert!(words.html().contains("<dd>date à préciser</dd>"));
    }

    #[test]
    fn an_english_event_in_a_french_feed_is_told_in_english() {
        let mut parts = parts("a", vec![day("c1", "2024-11-19")]);
        parts.language = Some(Language::new("en").unwrap());
        parts.status = Status::Cancelled;
        let (head, event) = (head(), published(parts));
        let words = Words::new(&head, &event);
        assert_eq!(words.slot_title(&event.event.slots[0]), "[Cancelled] Atelier : l’eau (time to be confirmed)");
    }

    #[test]
    fn an_aggregator_never_gives_anothers_words_a_licence() {
        let (head, mut event) = (head(), full("x"));
        let mut parts = event.event.into_parts();
        parts.licence = None;
        event.event = Event::new(parts).unwrap();
        assert!(Words::new(&head, &event).licence().is_none());
        event.copies.clear();
        assert!(Words::new(&head, &event).licence().is_some());
    }

    #[test]
    fn a_private_address_in_a_note_is_published_nowhere() {
        let event = full("x");
        let feed = feed([event.clone()]);
        let outputs = [
            crate::format::ical::write(&feed),
            crate::format::ical::write_shown(&feed),
            crate::format::ical::write_event(&feed.head, &event),
            crate::format::json::write(&feed),
            crate::format::json::write_event(&feed.head, &event),
            crate::format::jsonld::write_event(&feed.head, &event),
        ];
        for output in outputs {
            let output = output.replace("\r\n ", "");
            assert!(output.contains("direct.example") && !output.contains("visio.example"));
        }
    }

    #[test]
    fn markup_in_a_field_cannot_become_markup() {
        let (head, event) = (head(), full(HOSTILE));
        let html = Words::new(&head, &event).html();
        assert!(!html.contains("<script") && html.contains("&lt;script&gt;"));
    }

    #[test]
    fn the_words_of_the_sentences_are_all_there() {
        let (head, event) = (head(), full("x"));
        let words = Words::new(&head, &event);
        let text = words.text(&event.event.slots[2]);
        assert_eq!(
            text.split("\n\n").last().unwrap().lines().collect::<Vec<_>>(),
            [
                "Quand\u{a0}: mercredi 27 novembre 2024 (horaire à préciser, 1\u{a0}h\u{a0}30)",
                "En ligne\u{a0}: lien envoyé aux inscrits",
                "En ligne\u{a0}: x – https://direct.example/?a=1;b=,2",
                "Inscription\u{a0}: obligatoire, gratuit, 15 places par créneau, 1 place restante, \
                 close le 18 novembre 2024, 18\u{a0}h, x – mailto:lab@lab.example?subject=a%20b,c",
                "Avec\u{a0}: x (x)",
                "Public\u{a0}: Agents publics",
                "Parcours\u{a0}: x (étape 2/3)",
                "Accessibilité\u{a0}: Accessible : handicap moteur, x",
                "Organisation\u{a0}: x",
                "Annoncé par\u{a0}: x, x",
                "À consulter\u{a0}: x – https://lab.example/livret.pdf",
                "Supposé, non annoncé\u{a0}: tz",
                "Page de l’événement\u{a0}: https://lab.example/e/eau-2044",
            ]
        );
    }
}
