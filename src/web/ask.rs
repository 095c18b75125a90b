//! What a visitor asks for: in which language, and which events. Read leniently from the address, whose words are
//! the visitor's: a criterion that cannot be read is as if it were not there, and all of them are bounded.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use jiff::civil::Date;
use url::form_urlencoded::{Serializer, parse};

use super::conditional;
use crate::event::text::fold;
use crate::event::{Audience, Event, Format, Mode, Region, Status, When};
use crate::language::Tongue;
use crate::programme::{Published, SourceKey};

/// Longest words looked for, in characters: more than any title that someone types.
const LONGEST: usize = 120;

/// The language of the answer, and whether the address chose it.
pub fn tongue(query: &str, headers: &HeaderMap) -> (Tongue, bool) {
    let chosen = parse(query.as_bytes()).filter(|(name, _)| name == "ui").find_map(|(_, value)| match &*value {
        "fr" => Some(Tongue::French),
        "en" => Some(Tongue::English),
        _ => None,
    });
    if let Some(tongue) = chosen {
        return (tongue, true);
    }
    let mut wishes = conditional::list(headers, &ACCEPT_LANGUAGE);
    wishes.retain(|(_, quality)| *quality > 0);
    // Stable: between equals, the first named.
    wishes.sort_by_key(|(_, quality)| std::cmp::Reverse(*quality));
    let liked = wishes.iter().find_map(|(name, _)| match name.split('-').next() {
        Some("fr" | "*") => Some(Tongue::French),
        Some("en") => Some(Tongue::English),
        _ => None,
    });
    // Who names only other languages reads English more surely than French.
    (liked.unwrap_or(if wishes.is_empty() { Tongue::French } else { Tongue::English }), false)
}

/// Which events are asked for; all of them by default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Words that title, organisers or place must hold, as typed.
    pub q: String,
    /// Of this format.
    pub format: Option<Format>,
    /// On site, online.
    pub mode: Option<Mode>,
    /// Of the edition with this key.
    pub edition: Option<String>,
    /// In this region.
    pub region: Option<Region>,
    /// Announced by this source.
    pub source: Option<SourceKey>,
    /// On this topic of its edition.
    pub topic: Option<String>,
    /// For these.
    pub audience: Option<Audience>,
    /// As announced, moved, cancelled.
    pub status: Option<Status>,
    /// A step of the series with this id.
    pub series: Option<String>,
    /// Written in this language.
    pub lang: Option<String>,
    /// With a slot that is not over before this day…
    pub from: Option<Date>,
    /// …and has begun by this one.
    pub to: Option<Date>,
    /// Which page of results, from 0.
    pub page: usize,
}

impl Filter {
    /// Reads the query of an address.
    pub fn read(query: &str) -> Filter {
        let mut filter = Filter::default();
        for (name, value) in parse(query.as_bytes()).take(40) {
            let value = value.trim();
            match &*name {
                "q" => {
                    let words: String = value.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
                    filter.q = words.split_whitespace().collect::<Vec<_>>().join(" ");
                }
                "format" => filter.format = Format::from_code(value),
                "mode" => filter.mode = Mode::from_code(value),
                "edition" => filter.edition = some(value),
                "region" => filter.region = Region::new(value).ok(),
                "source" => filter.source = SourceKey::new(value).ok(),
                "topic" => filter.topic = some(value),
                "audience" => filter.audience = Audience::from_code(value),
                "status" => filter.status = Status::from_code(value),
                "series" => filter.series = some(value),
                "lang" => filter.lang = some(&value.to_ascii_lowercase()),
                "from" => filter.from = value.parse().ok(),
                "to" => filter.to = value.parse().ok(),
                "page" => filter.page = value.parse::<usize>().unwrap_or(1).clamp(1, 10_000) - 1,
                _ => {}
            }
        }
        filter
    }

    /// Whether anything is asked for but the whole programme.
    pub fn is_set(&self) -> bool {
        Filter { page: 0, ..self.clone() } != Filter::default()
    }

    /// The query that asks for the same, empty or with its `?`; the same question has one address.
    pub fn query(&self, ui: Option<Tongue>) -> String {
        let mut query = Serializer::new(String::new());
        let mut put = |name: &str, value: Option<&str>| {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        };
        put("q", some(&self.q).as_deref());
        put("format", self.format.map(Format::code));
        put("mode", self.mode.map(Mode::code));
        put("edition", self.edition.as_deref());
        put("region", self.region.as_ref().map(Region::as_str));
        put("source", self.source.as_ref().map(SourceKey::as_str));
        put("topic", self.topic.as_deref());
        put("audience", self.audience.map(Audience::code));
        put("status", self.status.map(Status::code));
        put("series", self.series.as_deref());
        put("lang", self.lang.as_deref());
        put("from", self.from.map(|day| day.to_string()).as_deref());
        put("to", self.to.map(|day| day.to_string()).as_deref());
        put("page", (self.page > 0).then(|| (self.page + 1).to_string()).as_deref());
        put("ui", ui.map(Tongue::code));
        let query = query.finish();
        if query.is_empty() { query } else { format!("?{query}") }
    }

    /// Whether the event is one of those asked for; `words` are those of [`Filter::words`].
    pub fn wants(&self, published: &Published, words: &[String]) -> bool {
        let event = &published.event;
        self.format.is_none_or(|format| event.formats.contains(&format))
            && self.mode.is_none_or(|mode| mode_fits(event, mode))
            && self.edition.as_ref().is_none_or(|key| event.editions.iter().any(|e| e.code.as_str() == key))
            && self.region.as_ref().is_none_or(|region| event.regions.iter().any(|r| r.code == *region))
            && self.source.as_ref().is_none_or(|key| published.copies.iter().any(|copy| copy.key.source == *key))
            && self.topic.as_ref().is_none_or(|topic| event.topics.iter().any(|t| t.code.as_str() == topic))
            && self.audience.is_none_or(|audience| event.audiences.contains(&audience))
            && self.status.is_none_or(|status| event.status == status)
            && self.series.as_ref().is_none_or(|id| event.series.iter().any(|series| series.id.as_str() == id))
            && self.lang.as_ref().is_none_or(|lang| event.language.as_ref().is_some_and(|l| l.primary() == *lang))
            && self.day_fits(event)
            && (words.is_empty() || holds(published, words))
    }

    /// One slot must do: an event of the 1st and the 30th is none of the 15th.
    fn day_fits(&self, event: &Event) -> bool {
        let fits = |when: &When| {
            self.from.is_none_or(|from| when.last_day() >= from) && self.to.is_none_or(|to| when.first_day() <= to)
        };
        (self.from.is_none() && self.to.is_none()) || event.slots.iter().any(|slot| fits(&slot.when))
    }

    /// The words looked for, folded once for all events.
    pub fn words(&self) -> Vec<String> {
        fold(&self.q).split_whitespace().map(str::to_owned).collect()
    }
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.chars().take(LONGEST).collect())
}

/// A hybrid event suits those who come and those who do not.
fn mode_fits(event: &Event, mode: Mode) -> bool {
    event.mode == Some(mode) || (event.mode == Some(Mode::Mixed) && mode != Mode::Mixed)
}

fn holds(published: &Published, words: &[String]) -> bool {
    let event = &published.event;
    let mut text = fold(event.title.as_str());
    let mut add = |more: &str| {
        text.push(' ');
        text.push_str(&fold(more));
    };
    event.organisers.iter().for_each(|o| add(o.name.as_str()));
    event.speakers.iter().for_each(|s| add(s.name.as_str()));
    event.places.iter().filter_map(crate::event::Place::line).for_each(|line| add(&line));
    event.regions.iter().filter_map(|r| r.label.as_ref()).for_each(|label| add(label.as_str()));
    event.tags.iter().for_each(|tag| add(tag.as_str()));
    event.summary.iter().for_each(|summary| add(summary.as_str()));
    for copy in &published.copies {
        add(copy.name.as_str());
        add(copy.title.as_str());
    }
    words.iter().all(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_the_visitors_unless_the_address_chooses() {
        let ask = |accept: &str, query: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, accept.parse().unwrap());
            tongue(query, &headers)
        };
        assert_eq!(ask("en-GB,en;q=0.9,fr;q=0.8", ""), (Tongue::English, false));
        assert_eq!(ask("de,fr;q=0.8,en;q=0.7", ""), (Tongue::French, false));
        assert_eq!(ask("de", ""), (Tongue::English, false));
        assert_eq!(ask("fr;q=0, en;q=0.1", ""), (Tongue::English, false));
        assert_eq!(ask("", ""), (Tongue::French, false));
        assert_eq!(ask("fr", "q=a&ui=en"), (Tongue::English, true));
        assert_eq!(ask("fr", "ui=tlh"), (Tongue::French, false));
    }

    #[test]
    fn one_question_has_one_address() {
        let filter = Filter::read("page=2&x=1&mode=online&q=+a%20%20b%00&format=nope&region=fr-ara&from=2024-99-01");
        assert_eq!(filter.query(Some(Tongue::English)), "?q=a+b&mode=online&region=FR-ARA&page=2&ui=en");
        assert_eq!(Filter::read(&filter.query(None)[1..]), filter);
        assert_eq!(Filter::read("page=18446744073709551616").page, 0);
        assert_eq!(Filter::default().query(None), "");
        assert!(!Filter::read("page=3").is_set());
    }
}
