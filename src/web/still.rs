//! The whole site as files, for a web server that runs nothing: each page in both languages, every feed, every event's
//! calendar and data. What needs a server (the search, the hub) is left out of the pages.

use std::sync::Arc;

use arc_swap::ArcSwap;

use super::ask::Filter;
use super::view;
use super::{ICON, Kind, Room, STYLE, Site, SourcesView};
use crate::format::{Head, ical, json, jsonld};
use crate::language::Tongue;
use crate::snapshot::OUTPUTS;

/// A file of the site: its path below the root, and what it holds.
pub type File = (String, Vec<u8>);

/// All files of a site; of an aggregator with its sources.
///
/// # Errors
/// A page that cannot be rendered.
pub fn files(mut site: Site, sources: Option<Arc<ArcSwap<SourcesView>>>) -> Result<Vec<File>, askama::Error> {
    site.hub = None;
    let kind = if sources.is_some() { Kind::Aggregator } else { Kind::Node };
    let room = Room { still: true, ..Room::new(kind, site, sources) };
    let snapshot = room.site.current.load();
    let head = &snapshot.feed.head;
    let today = room.today();
    let mut files: Vec<File> = Vec::new();
    for tongue in [Tongue::French, Tongue::English] {
        let folder = folder(head, tongue);
        let lists = view::list_pages(&room, &snapshot, today);
        for page in 0..lists {
            let filter = Filter { page, ..Filter::default() };
            let html = view::home(&room, &snapshot, tongue, false, today, &filter)?;
            files.push((format!("{folder}{}index.html", list_path(page)), html));
        }
        for published in &snapshot.feed.events {
            let html = view::event(&room, &snapshot, tongue, false, today, published)?;
            files.push((format!("{folder}e/{}/index.html", published.slug), html));
        }
        let missing = view::error(&room, &snapshot, tongue, false, 404)?;
        files.push((format!("{folder}404.html"), missing));
        if let Some(sources) = room.sources.as_ref().map(|sources| sources.load_full()) {
            let html = view::sources(&room, &snapshot, tongue, false, today, &sources)?;
            files.push((format!("{folder}sources/index.html"), html));
            for source in &sources.sources {
                let html = view::source(&room, &snapshot, tongue, false, today, source)?;
                files.push((format!("{folder}sources/{}/index.html", source.source.key), html));
            }
        }
    }
    for published in &snapshot.feed.events {
        let path = format!("e/{}", published.slug);
        files.push((format!("{path}.ics"), ical::write_event(head, published).into_bytes()));
        files.push((format!("{path}.json"), json::write_event(head, published).into_bytes()));
        files.push((format!("{path}.jsonld"), jsonld::write_event(head, published).into_bytes()));
    }
    for extension in OUTPUTS {
        if let Some(document) = snapshot.output(extension) {
            files.push((format!("{}.{extension}", head.stem), document.plain.body.to_vec()));
        }
    }
    if let Some(sources) = room.sources.as_ref().map(|sources| sources.load_full()) {
        let alerts = super::alerts::write(head, &|at| super::local(&room.site.clock, head, at), &sources);
        files.push(("sources.atom".to_owned(), alerts));
        files.push(("sources.json".to_owned(), sources.to_json().into_bytes()));
        files.push(("sources.opml".to_owned(), sources.to_opml(head.title.as_str()).into_bytes()));
    }
    files.push(("news.atom".to_owned(), crate::format::atom::write_news(&snapshot.feed)));
    let look = room.site.theme.logo.iter().chain(&room.site.theme.style).map(AsRef::as_ref);
    for asset in [&*STYLE, &*ICON].into_iter().chain(look) {
        files.push((asset.address.trim_start_matches('/').to_owned(), asset.document.plain.body.to_vec()));
    }
    Ok(files)
}

/// Where the pages of a language stand: those of the feed's own at the root.
pub(super) fn folder(head: &Head, tongue: Tongue) -> &'static str {
    if Tongue::of(Some(&head.language)) == tongue {
        return "";
    }
    match tongue {
        Tongue::French => "fr/",
        Tongue::English => "en/",
    }
}

/// Where a page of the list stands, from 0.
pub(super) fn list_path(page: usize) -> String {
    if page == 0 { String::new() } else { format!("page/{}/", page + 1) }
}
