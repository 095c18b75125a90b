//! Who, and the lists: speakers, organisers, resources, topics, tags, editions, series, links, categories.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use super::of::called;
use super::read::Reader;
use crate::event::{
    Access, AccessCode, Audience, Category, Foreign, Format, Id, Line, Link, List, Organiser, Parts, Resource,
    ResourceKind, Series, Speaker, Step, Term,
};
use crate::programme::Slug;

/// The relation of a link of which none is said: a page about the event (RFC 8288 registry).
const ABOUT: &str = "describedby";

/// Words parted by commas, semicolons or line ends. What stands in quotation marks is one; in it two marks are one.
pub(super) fn words(typed: &str) -> Vec<Line> {
    split(typed).into_iter().filter_map(meant).collect()
}

fn split(typed: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let (mut begin, mut quoted) = (0, false);
    for (at, c) in typed.char_indices() {
        match c {
            '"' if typed[begin..].trim_start().starts_with('"') => quoted = !quoted,
            ',' | ';' | '\n' if !quoted => {
                words.push(&typed[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    // A mark that nothing closes is a mark.
    if quoted {
        words.extend(typed[begin..].split([',', ';', '\n']));
    } else {
        words.push(&typed[begin..]);
    }
    words
}

/// A word as it was meant: without the marks that keep it one, or that hold it for a tag.
fn meant(word: &str) -> Option<Line> {
    let word = word.trim();
    match word.strip_prefix('"').and_then(|word| word.strip_suffix('"')) {
        Some(word) => Line::new(&word.replace("\"\"", "\"")).ok(),
        None => Line::new(word.trim_start_matches('#')).ok(),
    }
}

impl Reader<'_> {
    pub(super) fn people(&mut self, parts: &mut Parts) {
        let mut speakers = Vec::new();
        for row in 0..self.form.rows("speaker") {
            let field = |column: &str| format!("speaker-{row}-{column}");
            let name = self.line(&field("name"));
            let (affiliation, role) = (self.line(&field("affiliation")), self.line(&field("role")));
            let page = self.address(&field("page"));
            match name {
                Some(name) => speakers.push(Speaker { name, page, role, affiliation }),
                None if affiliation.is_some() || page.is_some() => self.problem(&field("name"), "name-missing", ""),
                None => {}
            }
        }
        parts.speakers = speakers.into();
        self.organisers(parts);
        self.resources(parts);
    }

    fn organisers(&mut self, parts: &mut Parts) {
        let lab = self.given.lab;
        let own = Organiser { name: lab.name.clone(), page: lab.page.clone(), role: None };
        let own = parts.organisers.first().cloned().unwrap_or(own);
        let mut organisers = Vec::new();
        for row in 0..self.form.rows("organiser") {
            let field = |column: &str| format!("organiser-{row}-{column}");
            let (name, page, role) =
                (self.line(&field("name")), self.address(&field("page")), self.line(&field("role")));
            // One whose part nobody ever said stays so.
            let silent =
                |known: &&Organiser| known.role.is_none() && Some(&known.name) == name.as_ref() && known.page == page;
            let co_organiser = || Line::new(Organiser::CO_ORGANISER).ok();
            let role = role.or_else(|| match parts.organisers.iter().skip(1).find(silent) {
                Some(_) => None,
                None => co_organiser(),
            });
            match name {
                Some(name) => organisers.push(Organiser { name, page, role }),
                None if page.is_some() => self.problem(&field("name"), "name-missing", ""),
                None => {}
            }
        }
        // Alone, the lab is named when it is published, by the name it then has.
        if organisers.is_empty() {
            parts.organisers.edit().truncate(1);
        } else {
            organisers.insert(0, own);
            parts.organisers = organisers.into();
        }
    }

    fn resources(&mut self, parts: &mut Parts) {
        let mut resources = Vec::new();
        for row in 0..self.form.rows("resource") {
            let field = |column: &str| format!("resource-{row}-{column}");
            let (href, title) = (self.address(&field("href")), self.line(&field("title")));
            let kind = ResourceKind::from_code(self.form.get(&field("kind"))).unwrap_or(ResourceKind::Other);
            let media_type = self.media_type(&field("type"));
            let length = self.word(&field("length"), "number", |typed| typed.parse::<u64>());
            match href {
                Some(href) => {
                    let known = parts.resources.iter().find(|known| known.href == href);
                    let foreign = known.map(|known| known.foreign.clone()).unwrap_or_default();
                    resources.push(Resource { href, kind, media_type, length, title, foreign });
                }
                None if title.is_some() && self.form.get(&field("href")).trim().is_empty() => {
                    self.problem(&field("href"), "address", "");
                }
                None => {}
            }
        }
        parts.resources = resources.into();
    }

    pub(super) fn lists(&mut self, parts: &mut Parts) {
        let form = self.form;
        parts.formats = form.all("format").filter_map(Format::from_code).collect();
        parts.audiences = form.all("audience").filter_map(Audience::from_code).collect();
        parts.tags = words(form.get("tags")).into();
        // A topic that is known keeps its code, each once.
        let mut known: Vec<Term> = std::mem::take(&mut parts.topics).into_iter().collect();
        for line in words(form.get("topics")) {
            let at = known.iter().position(|term| *called(term) == line);
            parts.topics.push(match (at, self.given.topics.get(line.as_str())) {
                (Some(at), _) => known.remove(at),
                (None, Some(code)) if *code != line => Term { code: code.clone(), label: Some(line) },
                (None, _) => Term { code: line, label: None },
            });
        }
        parts.editions = List::new();
        for row in 0..self.form.rows("edition") {
            let (code, label) = (self.line(&format!("edition-{row}-code")), self.line(&format!("edition-{row}-title")));
            match code {
                Some(code) if parts.editions.iter().any(|term| term.code == code) => {}
                Some(code) => parts.editions.push(Term { code, label }),
                None if label.is_some() => self.problem(&format!("edition-{row}-code"), "edition", ""),
                None => {}
            }
        }
        let codes: BTreeSet<AccessCode> = form.all("access").filter_map(AccessCode::from_code).collect();
        let note = self.line("access-note");
        let foreign = parts.access.take().map(|access| access.foreign).unwrap_or_default();
        parts.access = Access { codes, note, foreign }.into();
        self.series(parts);
        self.links(parts);
        self.categories(parts);
    }

    fn series(&mut self, parts: &mut Parts) {
        let known = std::mem::take(&mut parts.series);
        let number = |n: Option<u32>| n.and_then(NonZeroU32::new);
        for row in 0..self.form.rows("series") {
            let field = |column: &str| format!("series-{row}-{column}");
            let (title, step, total) =
                (self.line(&field("title")), self.count(&field("step")), self.count(&field("total")));
            let Some(title) = title else {
                if step.is_some() || total.is_some() {
                    self.problem(&field("title"), "series", "");
                }
                continue;
            };
            let Some(step) = Step::new(number(step), number(total)) else {
                self.problem(&field("step"), "step", "");
                continue;
            };
            let shown =
                |series: &Series| series.title.as_ref().map_or(series.id.as_str(), Line::as_str) == title.as_str();
            let id = self.form.cell("series", row, "ref");
            let same = known.iter().find(|series| series.id.as_str() == id && shown(series));
            let same = same.or_else(|| known.iter().find(|series| shown(series))).cloned();
            let of_lab = || self.given.series.get(title.as_str()).cloned();
            let minted = || {
                Id::new(&format!("{}serie/{}", self.given.lab.tag, Slug::from_title(title.as_str(), |_| false))).ok()
            };
            let fresh = |id| Series { id, title: Some(title.clone()), step, foreign: Foreign::default() };
            let series = match same {
                Some(known) => Some(Series { step, ..known }),
                None => of_lab().or_else(minted).map(fresh),
            };
            parts.series.extend(series.filter(|series| parts.series.iter().all(|other| other.id != series.id)));
        }
    }

    fn links(&mut self, parts: &mut Parts) {
        parts.links = List::new();
        for row in 0..self.form.rows("link") {
            let field = |column: &str| format!("link-{row}-{column}");
            let (href, title) = (self.address(&field("href")), self.line(&field("title")));
            let rel = self.line(&field("rel")).or_else(|| Line::new(ABOUT).ok());
            let (media_type, language) = (self.media_type(&field("type")), self.language(&field("language")));
            match href.zip(rel) {
                Some((href, rel)) => parts.links.push(Link { rel, href, media_type, language, title }),
                None if title.is_some() && self.form.get(&field("href")).trim().is_empty() => {
                    self.problem(&field("href"), "address", "");
                }
                None => {}
            }
        }
    }

    fn categories(&mut self, parts: &mut Parts) {
        parts.categories = List::new();
        for row in 0..self.form.rows("category") {
            let field = |column: &str| format!("category-{row}-{column}");
            let (scheme, term, label) =
                (self.line(&field("scheme")), self.line(&field("term")), self.line(&field("title")));
            match (scheme, term) {
                (Some(scheme), Some(term)) => parts.categories.push(Category { scheme, term, label }),
                (None, Some(_)) => self.problem(&field("scheme"), "category-scheme", ""),
                (scheme, None) if scheme.is_some() || label.is_some() => {
                    self.problem(&field("term"), "category-term", "");
                }
                _ => {}
            }
        }
    }
}
