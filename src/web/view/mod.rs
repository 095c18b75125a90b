//! What each page says, as plain values that the templates beside only lay out.
//!
//! Here are the entrances, one a page, and the frame that all pages share. Words come from [`Tongue`]; what others
//! wrote goes through askama's escaping, and addresses are those of typed values only.

mod card;
mod event;
mod history;
mod home;
mod month;
mod sources;

use askama::Template;
use jiff::civil::Date;

use super::ask::Filter;
use super::{Clock, ICON, Kind, Room, STYLE, SourceView, SourcesView, Theme, embed as embedded, local, still};
use crate::event::{Address, Language};
use crate::format::Head;
use crate::format::xml::Writer;
use crate::language::Tongue;
use crate::programme::Published;
use crate::snapshot::Snapshot;

type Rendered = Result<Vec<u8>, askama::Error>;

/// The list of events, as asked for.
pub fn home(room: &Room, snapshot: &Snapshot, t: Tongue, chosen: bool, today: Date, filter: &Filter) -> Rendered {
    home::page(Frame::new(room, &snapshot.feed.head, t, chosen), room, snapshot, today, filter)
}

/// The events to come, for other people's pages.
pub fn embed(
    room: &Room,
    snapshot: &Snapshot,
    t: Tongue,
    chosen: bool,
    today: Date,
    filter: &Filter,
    most: usize,
) -> Rendered {
    home::embed(Frame::new(room, &snapshot.feed.head, t, chosen), room, snapshot, today, filter, most)
}

/// Every page in both languages, with when it last changed.
pub fn sitemap(room: &Room, snapshot: &Snapshot) -> String {
    let head = &snapshot.feed.head;
    let mut writer = Writer::default();
    let names =
        [("xmlns", "http://www.sitemaps.org/schemas/sitemap/0.9"), ("xmlns:xhtml", "http://www.w3.org/1999/xhtml")];
    writer.nest("urlset", &names, |set| {
        let mut page = |path: String, changed: jiff::Timestamp| {
            let address = format!("{}{path}", head.base);
            set.nest("url", &[], |url| {
                url.text("loc", &[], Some(&address));
                url.text("lastmod", &[], Some(&changed.to_string()));
                for tongue in [Tongue::French, Tongue::English] {
                    let href = format!("{address}?ui={}", tongue.code());
                    url.empty("xhtml:link", &[("rel", "alternate"), ("hreflang", tongue.code()), ("href", &href)]);
                }
            });
        };
        page(String::new(), head.updated);
        // The most that one sitemap may hold is 50,000.
        for published in snapshot.feed.events.iter().take(49_000) {
            page(format!("e/{}", published.slug), published.event.updated);
        }
        if room.kind == Kind::Aggregator {
            page("sources".to_owned(), head.updated);
        }
    });
    format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n{}", writer.finish())
}

/// How many pages the whole list has.
pub fn list_pages(room: &Room, snapshot: &Snapshot, today: Date) -> usize {
    home::pages(room, snapshot, today)
}

/// One event.
pub fn event(room: &Room, snapshot: &Snapshot, t: Tongue, chosen: bool, today: Date, one: &Published) -> Rendered {
    event::page(Frame::new(room, &snapshot.feed.head, t, chosen), &snapshot.feed.head, today, one)
}

/// Every source and how it does.
pub fn sources(
    room: &Room,
    snapshot: &Snapshot,
    t: Tongue,
    chosen: bool,
    today: Date,
    sources: &SourcesView,
) -> Rendered {
    let head = &snapshot.feed.head;
    sources::page(Frame::new(room, head, t, chosen), &|at| local(&room.site.clock, head, at), today, sources)
}

/// One source and how it does.
pub fn source(room: &Room, snapshot: &Snapshot, t: Tongue, chosen: bool, today: Date, source: &SourceView) -> Rendered {
    let head = &snapshot.feed.head;
    let local = |at| local(&room.site.clock, head, at);
    sources::one(Frame::new(room, head, t, chosen), &local, today, snapshot, source)
}

/// What went wrong, by its status: 404, 405, 500 or 503.
pub fn error(room: &Room, snapshot: &Snapshot, t: Tongue, chosen: bool, status: u16) -> Rendered {
    let mut f = Frame::new(room, &snapshot.feed.head, t, chosen);
    f.name(t.say(&format!("web-{status}")), None);
    f.indexed = false;
    let why = t.say(&format!("web-{status}-why"));
    render(&ErrorPage { f, status, why })
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    f: Frame<'a>,
    status: u16,
    why: String,
}

fn render(page: &impl Template) -> Rendered {
    page.render().map(String::into_bytes)
}

/// The path under which the pages stand, with both its slashes: `/` unless the public address has one.
pub fn root(head: &Head) -> String {
    root_of(&head.base)
}

/// The same, of a public address.
pub fn root_of(base: &Address) -> String {
    let base = base.as_str();
    let rest = base.split_once("://").map_or("", |(_, rest)| rest);
    let path = rest.find('/').map_or("/", |at| &rest[at..]);
    let path = path.split(['?', '#']).next().unwrap_or("/");
    if path.ends_with('/') { path.to_owned() } else { format!("{path}/") }
}

/// What every page has around its content.
struct Frame<'a> {
    t: Tongue,
    root: String,
    /// The language was chosen in the address: links keep it.
    ui: Option<Tongue>,
    /// This page's path after the root, and its query without `ui`.
    path: String,
    filter: Filter,
    /// Title of the document.
    title: String,
    heading: String,
    description: Option<String>,
    canonical: Option<String>,
    alternates: Vec<Alternate>,
    indexed: bool,
    head: &'a Head,
    aggregator: bool,
    on_sources: bool,
    /// The lab's own site.
    home: Option<&'a Address>,
    theme: &'a Theme,
    /// Its picture, for previews.
    image: Option<(String, String)>,
    stopped: Option<String>,
    updated: String,
    /// Pages that stay as files: without what needs a server, each language under a folder of its own.
    still: bool,
}

/// Another form of a page, for machines.
struct Alternate {
    kind: &'static str,
    href: String,
    title: String,
}

impl<'a> Frame<'a> {
    fn new(room: &'a Room, head: &'a Head, t: Tongue, chosen: bool) -> Frame<'a> {
        let stopped = match &room.site.clock {
            Clock::Stopped(day) => Some(t.say_with("web-clock-stopped", [("day", t.day(*day).into())])),
            Clock::Real(_) => None,
        };
        let updated = local(&room.site.clock, head, head.updated).date();
        let updated =
            t.say_with("web-updated", [("day", format!("{} {}", t.short_day(updated), updated.year()).into())]);
        let feeds = [
            ("application/atom+xml", "atom", "Atom"),
            ("application/rss+xml", "rss", "RSS"),
            ("application/feed+json", "json", "JSON Feed"),
            ("text/calendar", "ics", "iCalendar"),
        ];
        let mut alternates: Vec<Alternate> = feeds
            .into_iter()
            .map(|(kind, extension, name)| Alternate {
                kind,
                href: head.address(extension),
                title: format!("{} ({name})", head.title),
            })
            .collect();
        alternates.push(Alternate {
            kind: "application/atom+xml",
            href: format!("{}news.atom", head.base),
            title: t.say_with("news-title", [("title", head.title.as_str().into())]),
        });
        Frame {
            t,
            root: root(head),
            ui: chosen.then_some(t),
            path: String::new(),
            filter: Filter::default(),
            title: head.title.to_string(),
            heading: head.title.to_string(),
            description: head.subtitle.as_ref().map(ToString::to_string),
            canonical: None,
            alternates,
            indexed: true,
            head,
            aggregator: room.kind == Kind::Aggregator,
            on_sources: false,
            home: room.site.home.as_ref(),
            theme: &room.site.theme,
            image: None,
            stopped,
            updated,
            still: room.still,
        }
    }

    /// Names the page; `path` is its address after the root, for the canonical link and the language switch.
    fn name(&mut self, heading: String, path: Option<String>) {
        self.title = visible(&format!("{heading} · {}", self.head.title));
        self.heading = heading;
        if let Some(path) = path {
            self.canonical = Some(format!("{}{path}", self.head.base));
            self.path = path;
        }
    }

    /// The address of a page of ours, in the language that the address chose.
    fn to(&self, path: &str) -> String {
        if self.still {
            return format!("{}{}{path}", self.root, still::folder(self.head, self.t));
        }
        format!("{}{path}{}", self.root, Filter::default().query(self.ui))
    }

    /// The programme as asked for by another filter.
    fn list(&self, filter: &Filter) -> String {
        if self.still {
            // What is asked of a server is answered by the whole list, page by page.
            return self.to(&still::list_path(filter.page));
        }
        format!("{}{}", self.root, filter.query(self.ui))
    }

    /// This page in a language.
    fn switch(&self, tongue: &Tongue) -> String {
        if self.still {
            let path = if self.path.is_empty() { still::list_path(self.filter.page) } else { self.path.clone() };
            return format!("{}{}{path}", self.root, still::folder(self.head, *tongue));
        }
        format!("{}{}{}", self.root, self.path, self.filter.query(Some(*tongue)))
    }

    /// The whole address of this page in a language, by which search engines find the other one.
    fn in_language(&self, canonical: &str, tongue: &Tongue) -> String {
        if self.still {
            let base = self.head.base.as_str();
            return format!("{base}{}", self.switch(tongue).strip_prefix(&self.root).unwrap_or_default());
        }
        format!("{canonical}?ui={}", tongue.code())
    }

    fn speaks(&self, tongue: &Tongue) -> bool {
        *tongue == self.t
    }

    fn tongues(&self) -> [Tongue; 2] {
        [Tongue::French, Tongue::English]
    }

    fn say(&self, key: &str) -> String {
        self.t.say(key)
    }

    fn count(&self, key: &str, n: usize) -> String {
        self.t.say_with(key, [("n", n.into())])
    }

    fn style(&self) -> String {
        format!("{}{}", self.root, STYLE.address.trim_start_matches('/'))
    }

    fn theme_style(&self) -> Option<String> {
        self.theme.style.as_ref().map(|asset| format!("{}{}", self.root, asset.address.trim_start_matches('/')))
    }

    fn logo(&self) -> Option<String> {
        self.theme.logo.as_ref().map(|asset| format!("{}{}", self.root, asset.address.trim_start_matches('/')))
    }

    fn frame_script(&self) -> String {
        format!("{}{}", self.root, embedded::FRAME.address.trim_start_matches('/'))
    }

    /// What to put into another page to show the list there.
    fn snippet(&self) -> String {
        let base = &self.head.base;
        let title = self.head.title.as_str().replace(['"', '<', '>', '&'], " ");
        format!(
            "<iframe src=\"{base}embed?ui={}\" title=\"{title}\" width=\"100%\" height=\"600\" loading=\"lazy\"></iframe>",
            self.t.code()
        )
    }

    fn icon(&self) -> String {
        format!("{}{}", self.root, ICON.address.trim_start_matches('/'))
    }

    fn webcal(&self) -> String {
        let address = self.head.address("ics");
        address.split_once("://").map_or(String::new(), |(_, rest)| format!("webcal://{rest}"))
    }
}

/// The language of words, where it is not the page's.
fn foreign(language: Option<&Language>, t: Tongue) -> Option<String> {
    language.filter(|language| language.primary() != t.code()).map(ToString::to_string)
}

/// Without the marks that turn the direction of what follows: a browser's tab and a preview have no `<bdi>`.
fn visible(text: &str) -> String {
    text.chars()
        .filter(|c| !matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'))
        .collect()
}

/// At most this many characters, cut at a word.
fn brief(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let cut: String = text.chars().take(most).collect();
    let cut = cut.rsplit_once(' ').map_or(cut.as_str(), |(head, _)| head);
    format!("{}…", cut.trim_end_matches([',', ';', ':', '.', ' ', '\u{a0}']))
}
