//! What asks for a person at the sources, as a feed: `/sources.atom`, for whoever looks after a programme and does not look
//! at `/sources` each day.
//!
//! Alerts follow from how the sources do, so that they need not be kept: one goes when its cause does, and a reader that
//! has seen it keeps it. While a cause lasts its alert stays the same, and when it comes again there is another.

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};

use super::sources::{SourceView, SourcesView, State};
use crate::format::Head;
use crate::format::xml::Writer;
use crate::language::Tongue;

/// For how long a source may be silent before that is an alert: shorter, and most are over before anyone has read them.
const SILENCE: SignedDuration = SignedDuration::from_hours(24);

/// Something that a person should look at.
struct Alert<'a> {
    about: &'a SourceView,
    /// What its id says beside the source: the cause, and since when.
    id: String,
    at: Timestamp,
    title: String,
    text: Vec<String>,
}

/// All alerts, the latest first. The same sources give the same bytes. `local` is an instant on the programme's clock.
pub fn write(head: &Head, local: &dyn Fn(Timestamp) -> DateTime, sources: &SourcesView) -> Vec<u8> {
    let t = Tongue::of(Some(&head.language));
    let mut alerts: Vec<Alert<'_>> = sources.sources.iter().flat_map(|one| of(t, local, one)).collect();
    alerts.sort_by(|a, b| (b.at, &a.id).cmp(&(a.at, &b.id)));
    let updated = alerts.first().map_or(head.updated, |latest| latest.at);
    let mut feed = Writer::at(1);
    feed.text("id", &[], Some(&format!("{}alerts", head.id_stem())));
    feed.text("title", &[], Some(&t.say_with("web-alerts-title", [("title", head.title.as_str().into())])));
    feed.text("subtitle", &[], Some(&t.say("web-alerts-why")));
    feed.text("updated", &[], Some(&updated.to_string()));
    let (own, page) = (format!("{}sources.atom", head.base), format!("{}sources", head.base));
    feed.empty("link", &[("rel", "self"), ("href", &own), ("type", "application/atom+xml")]);
    feed.empty("link", &[("rel", "alternate"), ("href", &page), ("type", "text/html")]);
    feed.nest("author", &[], |author| author.text("name", &[], Some(head.author.name.as_str())));
    feed.text("generator", &[("version", env!("CARGO_PKG_VERSION"))], Some("essaim"));
    for alert in &alerts {
        feed.nest("entry", &[], |entry| {
            let key = alert.about.source.key.as_str();
            entry.text("id", &[], Some(&format!("{}alert/{key}/{}", head.id_stem(), alert.id)));
            entry.text("title", &[], Some(&alert.title));
            entry.text("updated", &[], Some(&alert.at.to_string()));
            entry.text("published", &[], Some(&alert.at.to_string()));
            let page = format!("{}sources/{key}", head.base);
            entry.empty("link", &[("rel", "alternate"), ("href", &page), ("type", "text/html")]);
            entry.text("summary", &[], Some(&alert.text.join(" ")));
        });
    }
    let language = &head.language;
    let namespace = "http://www.w3.org/2005/Atom";
    let inside = feed.finish();
    format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"{namespace}\" xml:lang=\"{language}\">\n{inside}</feed>\n")
        .into_bytes()
}

/// What a source gives cause for.
fn of<'a>(t: Tongue, local: &dyn Fn(Timestamp) -> DateTime, one: &'a SourceView) -> Vec<Alert<'a>> {
    let health = &one.health;
    let name = || ("name", one.source.name.to_string().into());
    let todo = |what: &str| t.say_with(what, [("key", one.source.key.to_string().into())]);
    let mut all = Vec::new();
    let mut alert = |code: &str, since: Option<Timestamp>, at: Timestamp, title: String, text: Vec<String>| {
        let since = since.map_or_else(|| "never".to_owned(), |since| since.to_string());
        all.push(Alert { about: one, id: format!("{code}/{since}"), at, title, text });
    };
    if let Some(since) = health.gone {
        let next = t.say(if one.source.paused { "web-paused-why" } else { "web-gone" });
        alert("gone", Some(since), since, t.say_with("web-alert-gone", [name()]), vec![next]);
    } else if matches!(one.state(), State::Failing | State::Unread)
        // A view has no clock: by the last visit.
        && let Some(tried) = health.tried
        && let Some(since) = health.good.or_else(|| one.polls.first().map(|first| first.at))
        && tried.duration_since(since) >= SILENCE
    {
        let mut text: Vec<String> = health.failure.iter().map(|failure| t.failure(failure.kind)).collect();
        match health.good {
            Some(good) => {
                let day = ("day", t.day(local(good).date()).into());
                text.push(t.say_with("web-alert-last-good", [day, ("hour", t.hour(local(good).time()).into())]));
            }
            None => text.push(t.say("web-alert-never-do")),
        }
        text.extend((one.entries > 0).then(|| t.say("web-kept")));
        let at = since.checked_add(SILENCE).unwrap_or(since);
        let title = if health.good.is_some() { "web-alert-silent" } else { "web-alert-never" };
        alert("silent", health.good, at, t.say_with(title, [name()]), text);
    }
    if let Some(held) = health.held.as_ref().filter(|held| held.withdrawn.is_none())
        && let Some(confirmed) = held.confirmed
    {
        let numbers = [("gone", i64::from(held.gone).into()), ("of", i64::from(held.of).into())];
        let text = vec![t.say_with("web-disappeared", numbers), todo("web-alert-disappeared-do")];
        let title = t.say_with("web-alert-disappeared", [name(), ("gone", i64::from(held.gone).into())]);
        alert("disappeared", Some(held.since), confirmed, title, text);
    }
    if let Some(moved) = health.moved.as_ref().filter(|moved| moved.proposed) {
        let text = vec![t.say_with("web-moved", [("to", moved.to.to_string().into())]), todo("web-alert-moved-do")];
        alert("moved", Some(moved.since), moved.since, t.say_with("web-alert-moved", [name()]), text);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Address;
    use crate::format::{Hints, atom, sample};
    use crate::programme::health::{Held, Moved};
    use crate::programme::{Failure, FailureKind};
    use crate::web::sources::sample::sources;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// Ids and titles of the alerts, by our own reader, and the whole feed.
    fn alerts(view: &SourcesView) -> (Vec<(String, String)>, String) {
        let local = |at: Timestamp| at.to_zoned(jiff::tz::TimeZone::UTC).datetime();
        let feed = String::from_utf8(write(&sample::head(), &local, view)).unwrap();
        let hints = Hints {
            address: Address::new("https://lab.example/sources.atom").ok(),
            language: None,
            zone: None,
            region: None,
            by_link: false,
            seen: at("2024-11-09T00:00:00Z"),
        };
        let read = atom::read(&feed, &hints).unwrap().unwrap();
        let plain = |text: &str| text.replace(['\u{2068}', '\u{2069}'], "");
        let all =
            read.reading.entries.iter().map(|entry| (entry.event.id.to_string(), plain(entry.event.title.as_str())));
        (all.collect(), plain(&feed))
    }

    #[test]
    fn a_source_that_nobody_can_read_for_a_day_is_told_to_nobody() {
        let mut view = sources().load().as_ref().clone();
        assert_eq!(alerts(&view).0, [], "all went well an hour ago");
        let mel = view.sources.iter_mut().find(|one| one.source.key.as_str() == "mel").unwrap();
        mel.health.tried = Some(at("2024-11-07T08:14:59Z"));
        assert_eq!(alerts(&view).0, [], "not yet a day");
        let mel = view.sources.iter_mut().find(|one| one.source.key.as_str() == "mel").unwrap();
        mel.health.tried = Some(at("2024-11-07T08:15:00Z"));
        let (first, feed) = alerts(&view);
        let said = "Métropole européenne de Lille : plus rien n’a pu être lu depuis un jour";
        assert_eq!(first.iter().map(|(_, title)| title.as_str()).collect::<Vec<_>>(), [said]);
        assert!(first[0].0.ends_with("alert/mel/silent/2024-11-06T08:15:00Z"), "{first:?}");
        assert!(feed.contains("<updated>2024-11-07T08:15:00Z</updated>") && feed.contains("mercredi 6 novembre 2024"));
        assert!(!feed.contains("10.0.0.3"), "what a remote said may name what is inside our network");
        let mel = view.sources.iter_mut().find(|one| one.source.key.as_str() == "mel").unwrap();
        mel.health.tried = Some(at("2024-11-08T08:15:00Z"));
        assert_eq!(alerts(&view), (first, feed), "it goes on, and is no other alert for that");
        let mel = view.sources.iter_mut().find(|one| one.source.key.as_str() == "mel").unwrap();
        mel.source.paused = true;
        assert_eq!(alerts(&view).0, [], "who paused it knows");
    }

    #[test]
    fn what_waits_for_a_person_is_no_alert_or_stays_one_when_they_have_ruled() {
        let mut view = sources().load().as_ref().clone();
        let since = at("2024-11-05T08:00:00Z");
        let one = &mut view.sources[0];
        one.health.gone = Some(since);
        one.health.held = Some(Held {
            since,
            gone: 12,
            of: 30,
            print: String::new(),
            confirmed: Some(at("2024-11-05T09:00:00Z")),
            withdrawn: None,
        });
        let to = Address::new("https://new.example/feed.atom").unwrap();
        one.health.moved = Some(Moved { to, since, seen: 3, proposed: true });
        one.health.failure = Some(Failure { kind: FailureKind::Gone, detail: String::new(), retry_after: None });
        let (all, feed) = alerts(&view);
        let titles: Vec<&str> = all.iter().map(|(_, title)| title.as_str()).collect();
        let name = one_name(&view);
        let said = ["12 annonces ont disparu d’un coup", "son flux a disparu", "son flux a déménagé"];
        assert_eq!(titles, said.map(|said| format!("{name} : {said}")));
        assert!(feed.contains("essaim sources approve ti-lab") && feed.contains("--disappeared ti-lab"), "{feed}");
        let health = &mut view.sources[0].health;
        (health.gone, health.failure, health.moved) = (None, None, None);
        health.held.as_mut().unwrap().withdrawn = Some(since);
        assert_eq!(alerts(&view).0, []);
    }

    fn one_name(view: &SourcesView) -> String {
        view.sources[0].source.name.to_string()
    }
}
