//! What is new and what has changed, as a feed of its own: `/news.atom`, to subscribe to for alerts.
//!
//! Readers do not show that an entry changed: most never look at it again. So a change that matters to those who would
//! come (cancelled, postponed, another date, online instead, no place left) is an entry of its own beside the events, a
//! *notice* in reply to the event (RFC 4685). Notices follow from the events as they are, so that they need not be kept;
//! an aggregator passes over those of others.

use jiff::Timestamp;

use super::VOCABULARY;
use super::write::{self, write_namespaces};
use crate::event::{Availability, Status, When};
use crate::format::words::Words;
use crate::format::xml::Writer;
use crate::format::{Feed, Head};
use crate::language::Tongue;
use crate::programme::Published;

/// The most entries: news that are older are none.
const MOST: usize = 100;

/// The latest events and notices, the latest first. The same feed gives the same bytes.
pub fn write_news(feed: &Feed) -> Vec<u8> {
    let head = &feed.head;
    let tongue = Tongue::of(Some(&head.language));
    let mut entries: Vec<(Timestamp, bool, &Published)> = Vec::new();
    for published in &feed.events {
        let event = &published.event;
        if matter(published).is_some() {
            let since = event.notice.as_ref().map(|notice| notice.since.instant());
            let since = since.filter(|since| *since <= event.updated);
            entries.push((since.unwrap_or(event.updated), true, published));
        }
        entries.push((event.published.unwrap_or(event.updated), false, published));
    }
    entries.sort_by(|a, b| (b.0, b.1, &a.2.slug).cmp(&(a.0, a.1, &b.2.slug)));
    entries.truncate(MOST);
    let updated = entries.iter().map(|(at, is_notice, one)| if *is_notice { *at } else { one.event.updated }).max();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
    out.push_str(&format!("<feed{} xml:lang=\"{}\">\n", write_namespaces(), head.language));
    let mut writer = Writer::at(1);
    writer.text("id", &[], Some(&format!("{}news", head.id_stem())));
    let title = tongue.say_with("news-title", [("title", head.title.as_str().into())]);
    writer.text("title", &[], Some(&title));
    writer.text("updated", &[], Some(&updated.unwrap_or(head.updated).to_string()));
    let own = format!("{}news.atom", head.base);
    writer.empty("link", &[("rel", "self"), ("href", &own), ("type", "application/atom+xml")]);
    writer.empty("link", &[("rel", "alternate"), ("href", head.base.as_str()), ("type", "text/html")]);
    if let Some(licence) = &head.licence {
        writer.empty("link", &[("rel", "license"), ("href", licence.href.as_str())]);
    }
    writer.nest("author", &[], |author| {
        author.text("name", &[], Some(head.author.name.as_str()));
        if let Some(page) = &head.author.page {
            author.text("uri", &[], Some(page.as_str()));
        }
    });
    writer.text("generator", &[("version", env!("CARGO_PKG_VERSION"))], Some("essaim"));
    out.push_str(&writer.finish());
    for (at, is_notice, published) in entries {
        if is_notice {
            out.push_str(&notice(head, published, at));
        } else {
            out.push_str(&write::entry(head, published));
        }
    }
    out.push_str("</feed>\n");
    out.into_bytes()
}

/// What of an event concerns those who would come, by a name that stays the same until it changes again.
fn matter(published: &Published) -> Option<(&'static str, String)> {
    let event = &published.event;
    let first = event.slots.first().map(|slot| match slot.when {
        When::Timed(hours) => hours.start().to_string(),
        _ => slot.when.first_day().to_string(),
    });
    let code = match (event.status, event.availability()) {
        (Status::Scheduled, Some(Availability::Full)) => return Some(("full", String::new())),
        (Status::Scheduled, _) => return None,
        (status, _) => status.code(),
    };
    let moved = event.status == Status::Rescheduled;
    Some((code, first.filter(|_| moved).map(|first| format!("/{first}")).unwrap_or_default()))
}

fn notice(head: &Head, published: &Published, at: Timestamp) -> String {
    let event = &published.event;
    let words = Words::new(head, published);
    let tongue = words.tongue();
    let Some((code, again)) = matter(published) else { return String::new() };
    let mut writer = Writer::at(1);
    writer.nest("entry", &[], |entry| {
        entry.text("id", &[], Some(&format!("{}notice/{}/{code}{again}", head.id_stem(), published.slug)));
        let title = tongue.say_with(&format!("news-{code}"), [("title", event.title.as_str().into())]);
        entry.text("title", &[], Some(&title));
        entry.text("updated", &[], Some(&at.to_string()));
        entry.text("published", &[], Some(&at.to_string()));
        let page = head.event_page(&published.slug);
        entry.empty("link", &[("rel", "alternate"), ("href", &page), ("type", "text/html")]);
        let kind = format!("{VOCABULARY}entry-kind");
        entry.empty("category", &[("scheme", &kind), ("term", "change-notice")]);
        entry.nest("author", &[], |author| author.text("name", &[], Some(head.author.name.as_str())));
        let mut text: Vec<String> =
            event.notice.iter().filter_map(|notice| notice.text.as_ref()).map(ToString::to_string).collect();
        text.push(words.summary());
        entry.text("summary", &[], Some(&text.join(" — ")));
        entry.empty("thr:in-reply-to", &[("ref", event.id.as_str()), ("href", &page), ("type", "text/html")]);
    });
    writer.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Address, Notice};
    use crate::format::sample::*;
    use crate::format::{Hints, atom};
    use crate::programme::Code;

    fn hints() -> Hints {
        Hints {
            address: Address::new("https://lab.example/news.atom").ok(),
            language: None,
            zone: None,
            region: None,
            by_link: false,
            seen: "2026-11-05T08:00:00Z".parse().unwrap(),
        }
    }

    fn with(slug: &str, change: impl FnOnce(&mut crate::event::Parts)) -> Published {
        let mut parts = parts(slug, vec![timed("c1", "2026-11-19T10:00:00+01:00", None)]);
        change(&mut parts);
        published(parts)
    }

    #[test]
    fn a_change_that_matters_has_no_notice_or_one_that_does_not_has_one() {
        let since = moment("2024-11-08T10:00:00+01:00");
        let cancelled = with("a", |parts| {
            parts.status = Status::Cancelled;
            parts.notice =
                Some(Notice { since, text: Some(line("Salle inondée")), foreign: Default::default() }).into();
        });
        let full = with("b", |parts| parts.slots.edit()[0].availability = Some(Availability::Full));
        let feed = feed([cancelled, full, with("c", |_| {})]);
        let text = String::from_utf8(write_news(&feed)).unwrap();
        assert_eq!(text, String::from_utf8(write_news(&feed)).unwrap());
        let reading = atom::read(&text, &hints()).unwrap().unwrap().reading;
        let notices = reading.findings.iter().filter(|finding| finding.code == Code::ChangeNotice).count();
        assert_eq!((reading.entries.len(), notices), (3, 2), "{text}");
        assert!(text.contains("/a/cancelled</id>") && text.contains("Salle inondée"), "{text}");
        assert!(text.contains(&format!("<updated>{}</updated>", since.instant())), "{text}");
    }

    #[test]
    fn a_second_move_is_no_news() {
        let id = |start: &str| {
            let one = with("a", |parts| {
                parts.status = Status::Rescheduled;
                parts.slots = vec![timed("c1", start, None)].into();
            });
            let text = String::from_utf8(write_news(&feed([one]))).unwrap();
            text.split("<id>").find(|part| part.contains("/a/rescheduled")).unwrap().to_owned()
        };
        assert_ne!(id("2026-11-20T10:00:00+01:00"), id("2026-11-21T10:00:00+01:00"));
    }

    #[test]
    fn hostile_words_become_markup_of_the_news() {
        let one = full(HOSTILE);
        let text = String::from_utf8(write_news(&feed([one]))).unwrap();
        assert!(!text.contains("<script"), "{text}");
        assert!(atom::read(&text, &hints()).unwrap().is_some());
    }
}
