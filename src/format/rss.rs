//! Events as RSS 2.0, for readers and websites that know nothing newer.
//!
//! The text stands in `content:encoded`, the first slot in the RSS event module: what an aggregator reads of an event
//! whose publisher has no more. `pubDate` is when it was published and never when it takes place.

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;

use super::atom::{self, EV, GEORSS};
use super::words::Words;
use super::xml::Writer;
use super::{Feed, Head};
use crate::programme::Published;

/// The media type that readers expect of RSS; it was never registered.
pub const CONTENT_TYPE: &str = "application/rss+xml; charset=utf-8";

/// The namespaces that the root declares.
const NAMESPACES: [(&str, &str); 5] = [
    ("xmlns:atom", atom::ATOM),
    ("xmlns:content", "http://purl.org/rss/1.0/modules/content/"),
    ("xmlns:dc", "http://purl.org/dc/elements/1.1/"),
    ("xmlns:ev", EV),
    ("xmlns:georss", GEORSS),
];

/// Writes a whole feed. The same feed gives the same bytes.
pub fn write(feed: &Feed) -> String {
    let head = &feed.head;
    let mut writer = Writer::default();
    let attributes: Vec<(&str, &str)> = [("version", "2.0")].into_iter().chain(NAMESPACES).collect();
    writer.nest("rss", &attributes, |rss| {
        rss.nest("channel", &[], |channel| {
            channel.text("title", &[], Some(head.title.as_str()));
            channel.text("link", &[], Some(head.base.as_str()));
            // RSS asks for one.
            let description = head.subtitle.as_ref().unwrap_or(&head.title);
            channel.text("description", &[], Some(description.as_str()));
            channel.text("language", &[], Some(head.language.as_str()));
            if let Some(rights) = &head.rights {
                channel.text("copyright", &[], Some(rights.as_str()));
            }
            channel.text("lastBuildDate", &[], date(head.updated).as_deref());
            for region in &head.regions {
                let name = region.label.as_ref().map_or(region.code.as_str(), |label| label.as_str());
                channel.text("category", &[("domain", atom::REGION_SCHEME)], Some(name));
            }
            channel.text("generator", &[], Some(concat!("essaim ", env!("CARGO_PKG_VERSION"))));
            channel.text("docs", &[], Some("https://www.rssboard.org/rss-specification"));
            let own = head.address("rss");
            channel.empty("atom:link", &[("rel", "self"), ("href", &own), ("type", "application/rss+xml")]);
            if let Some(hub) = &head.hub {
                channel.empty("atom:link", &[("rel", "hub"), ("href", hub.as_str())]);
            }
            if let Some(licence) = &head.licence {
                channel.empty("atom:link", &[("rel", "license"), ("href", licence.href.as_str())]);
            }
            for published in &feed.events {
                channel.nest("item", &[], |item| write_item(head, published, item));
            }
        });
    });
    format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n{}", writer.finish())
}

fn write_item(head: &Head, published: &Published, item: &mut Writer) {
    let event = &published.event;
    let words = Words::new(head, published);
    item.text("title", &[], Some(&words.title()));
    item.text("link", &[], Some(&words.page()));
    item.text("guid", &[("isPermaLink", "false")], Some(event.id.as_str()));
    item.text("pubDate", &[], date(event.published.unwrap_or(event.updated)).as_deref());
    item.text("description", &[], Some(&words.summary()));
    item.text("content:encoded", &[], Some(&words.html()));
    let organisers = event.organisers.iter().map(|organiser| organiser.name.as_str());
    let organisers: Vec<&str> = organisers.collect();
    let author = head.author.name.as_str();
    // `author` of RSS is a mailbox; Dublin Core's is a name.
    item.text("dc:creator", &[], Some(organisers.first().copied().unwrap_or(author)));
    if let Some(language) = &event.language {
        item.text("dc:language", &[], Some(language.as_str()));
    }
    for label in words.labels() {
        item.text("category", &[], Some(&label));
    }
    // One enclosure is all that RSS readers look for: the picture, with the length that RSS requires.
    let image = event.image.as_ref().and_then(|image| Some((&image.href, image.media_type.as_ref()?, image.length?)));
    let mut files = event.resources.iter().filter_map(|one| Some((&one.href, one.media_type.as_ref()?, one.length?)));
    if let Some((href, media_type, length)) = image.or_else(|| files.next()) {
        let length = length.to_string();
        let attributes = [("url", href.as_str()), ("length", length.as_str()), ("type", media_type.as_str())];
        item.empty("enclosure", &attributes);
    }
    atom::first_slot(&words, item);
}

/// As RFC 822 writes it, with four digits of the year.
fn date(at: Timestamp) -> Option<String> {
    DateTimePrinter::new().timestamp_to_string(&at).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Address, When};
    use crate::format::sample;
    use crate::format::{Hints, Level};

    fn hints() -> Hints {
        Hints {
            address: Address::new("https://lab.example/feed.rss").ok(),
            language: None,
            zone: None,
            region: None,
            by_link: false,
            seen: "2026-11-05T08:00:00Z".parse().unwrap(),
        }
    }

    #[test]
    fn what_an_item_says_is_read_back_as_another_event() {
        let feed = sample::feed([sample::full("L’eau en 2044")]);
        let text = write(&feed);
        let reading = crate::parse::read(text.as_bytes(), Some(CONTENT_TYPE), &hints()).unwrap();
        let (event, said) = (&reading.entries[0].event, &feed.events[0].event);
        assert_eq!(reading.entries[0].level, Level::N1, "{text}");
        assert_eq!(event.id, said.id);
        let start = |when: &When| when.start().unwrap().instant();
        assert_eq!(start(&event.slots[0].when), start(&said.slots[0].when), "{text}");
        assert_eq!(event.published, said.published.or(Some(said.updated)));
    }

    #[test]
    fn hostile_words_become_markup_of_the_feed() {
        let text = write(&sample::feed([sample::full(sample::HOSTILE)]));
        assert!(!text.contains("<script"), "{text}");
        let reading = crate::parse::read(text.as_bytes(), None, &hints()).unwrap();
        assert_eq!(reading.entries.len(), 1, "{text}");
    }

    #[test]
    fn the_same_feed_gives_other_bytes() {
        let feed = sample::feed([sample::full("a")]);
        assert_eq!(write(&feed), write(&feed));
    }
}
