//! Lists of feeds, as readers exchange them (OPML 2.0).
//!
//! Hides the crate `opml` and its recursion: a list is looked over within bounds before it is read.

use opml::{Head, OPML, Outline};

use super::xml::{Limits, Reader, XmlError};
use crate::programme::Source;

/// Its media type; there is none registered, and this is what readers send.
pub const CONTENT_TYPE: &str = "text/x-opml; charset=utf-8";

/// Why a list cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Not XML, or more of it than any list needs.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// XML, and no OPML.
    #[error(transparent)]
    Opml(#[from] opml::Error),
}

/// A feed of a list, as it stands there: nothing is checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listed {
    /// Its address (`xmlUrl`).
    pub address: String,
    /// Its name (`title`, else `text`).
    pub name: String,
    /// Its language, where the list says it.
    pub language: Option<String>,
    /// What it is filed under: `category`, else the outlines around it.
    pub category: Option<String>,
}

/// The feeds of a list, those of nested outlines too, in their order.
///
/// # Errors
/// [`Error`].
pub fn read(text: &str) -> Result<Vec<Listed>, Error> {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
    let (mut reader, _) = Reader::open(text, Limits::default())?;
    while reader.next_child()?.is_some() {}
    let document = OPML::from_str(text)?;
    let mut feeds = Vec::new();
    collect(document.body.outlines, None, &mut feeds);
    Ok(feeds)
}

fn collect(outlines: Vec<Outline>, under: Option<&str>, feeds: &mut Vec<Listed>) {
    for outline in outlines {
        let name = outline.title.filter(|title| !title.trim().is_empty()).unwrap_or(outline.text);
        if let Some(address) = outline.xml_url {
            let category = outline.category.or_else(|| under.map(str::to_owned));
            feeds.push(Listed { address, name: name.clone(), language: outline.language, category });
        }
        collect(outline.outlines, Some(&name), feeds);
    }
}

/// The list of `sources`, in their order.
pub fn write(title: &str, sources: &[&Source]) -> String {
    let mut list = OPML { head: Some(Head { title: Some(title.to_owned()), ..Head::default() }), ..OPML::default() };
    list.body.outlines = sources
        .iter()
        .map(|source| Outline {
            text: source.name.to_string(),
            title: Some(source.name.to_string()),
            // What readers look for; OPML has no other word for a feed.
            r#type: Some("rss".to_owned()),
            xml_url: Some(source.address.to_string()),
            language: source.language.as_ref().map(ToString::to_string),
            category: source.region.as_ref().map(|region| format!("/{region}")),
            ..Outline::default()
        })
        .collect();
    let body = list.to_string().unwrap_or_default();
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{body}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Address, Line, Region};
    use crate::programme::SourceKey;

    fn source(name: &str, address: &str) -> Source {
        let address = Address::new(address).unwrap();
        Source {
            region: Region::new("FR-ARA").ok(),
            ..Source::new(SourceKey::of(&address), address, Line::new(name).unwrap())
        }
    }

    #[test]
    fn what_is_written_reads_back_otherwise_or_a_name_becomes_markup() {
        let hostile = source("</body><script>\"'&amp; é", "https://lab.example/f?a=1&b=%22");
        let plain = source("Lab", "https://lab.example/feed.atom");
        let text = write("Sources & <co>", &[&hostile, &plain]);
        assert!(!text.contains("<script"), "{text}");
        let back = read(&text).unwrap();
        assert_eq!(back.len(), 2, "{text}");
        for (listed, source) in back.iter().zip([&hostile, &plain]) {
            assert_eq!(
                (listed.address.as_str(), listed.name.as_str()),
                (source.address.as_str(), source.name.as_str())
            );
            assert_eq!(listed.category.as_deref(), Some("/FR-ARA"));
        }
    }

    #[test]
    fn feeds_in_nested_outlines_are_lost() {
        let text = "\u{FEFF}\n<?xml version='1.0'?><opml version='1.0'><head><title>Mes flux</title></head><body>\
            <outline text='Labs'><outline text='Bretagne'><outline type='rss' text='Ti Lab' xmlUrl='https://a.example/f'/>\
            </outline></outline><outline text='t' title='Seul' xmlUrl='https://b.example/f' language='en' foreign='x'/>\
            <outline text='une note'/></body></opml>";
        let feeds = read(text).unwrap();
        let of = |n: usize| (feeds[n].name.as_str(), feeds[n].address.as_str(), feeds[n].category.as_deref());
        assert_eq!(feeds.len(), 2);
        assert_eq!(of(0), ("Ti Lab", "https://a.example/f", Some("Bretagne")));
        assert_eq!(of(1), ("Seul", "https://b.example/f", None));
    }

    #[test]
    fn a_hostile_list_ends_the_process() {
        let deep = format!("<opml version='2.0'><head/><body>{}</body></opml>", "<outline text='x'>".repeat(100_000));
        let closed = format!(
            "<opml version='2.0'><head/><body>{}{}</body></opml>",
            "<outline text='x'>".repeat(100_000),
            "</outline>".repeat(100_000)
        );
        let doctype = "<!DOCTYPE x [<!ENTITY a 'b'>]><opml version='2.0'><body><outline text='&a;'/></body></opml>";
        for text in [deep.as_str(), &closed, doctype, "", "<opml", "<html></html>", "<opml version='9'><body/></opml>"]
        {
            assert!(read(text).is_err());
        }
    }
}
