//! The author's words with their markup, safe to show anywhere: sanitised once, kept in one canonical form.
//!
//! Canonical is well-formed XHTML of the few elements that feed readers keep, with every attribute quoted and only
//! the five entities of XML, so that the same text can stand in a page, in Atom and in JSON, and cleaning it again
//! changes nothing.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::text::{Address, xml_text};

/// Sanitised markup in canonical form, never empty.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Html(String);

/// Markup longer than this (bytes) is shown as plain text: the sanitiser's tree builder is quadratic in the worst
/// case, 27 s for 500 KB of nested elements.
const MOST_MARKUP: usize = 96 * 1024;
/// Elements open at once beyond which markup is shown as plain text, for the same reason.
const DEEPEST: usize = 256;
/// Cleaning reaches its fixed point at once for ordinary markup; what has not settled after this many rounds was
/// made to confuse parsers.
const MOST_ROUNDS: usize = 5;

impl Html {
    /// Sanitises `markup`; relative links are resolved against `base`, or dropped without one.
    ///
    /// `None` when no text and no image is left.
    pub fn clean(markup: &str, base: Option<&Address>) -> Option<Html> {
        let markup = xml_text(markup);
        let mut html = if is_heavy(&markup) { escape(&strip_tags(&markup)).into_owned() } else { markup };
        for round in 0.. {
            let next = to_xhtml(&once(&html, base));
            if next == html {
                break;
            }
            if round == MOST_ROUNDS {
                html = escape(&strip_tags(&html)).into_owned();
                break;
            }
            html = next;
        }
        let html = html.trim().to_owned();
        let empty = !html.contains("<img ") && strip_tags(&html).chars().all(char::is_whitespace);
        (!empty).then_some(Html(html))
    }

    /// `markup` made well-formed and safe, with the classes by which h-event marks an author's words kept: for finding
    /// them, not for showing.
    pub fn structure(markup: &str) -> String {
        let markup = xml_text(markup);
        if is_heavy(&markup) {
            return escape(&strip_tags(&markup)).into_owned();
        }
        let classes: HashSet<&str> = ["h-event", "p-summary", "e-content"].into();
        let mut builder = allowed(ammonia::UrlRelative::PassThrough);
        builder.allowed_classes([("div", classes.clone()), ("p", classes.clone()), ("section", classes)].into());
        to_xhtml(&builder.clean(&markup).to_string())
    }

    /// Plain text as markup: paragraphs at empty lines, breaks at line ends.
    pub fn from_text(text: &str) -> Option<Html> {
        let text = xml_text(text);
        let paragraphs: Vec<String> = text
            .split("\n\n")
            .map(str::trim)
            .filter(|p| !p.is_empty())
            .map(|p| format!("<p>{}</p>", escape(p).replace('\n', "<br/>")))
            .collect();
        Html::clean(&paragraphs.concat(), None)
    }

    /// The canonical XHTML.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The words without their markup: blocks end lines, list items are marked by a dash.
    pub fn to_text(&self) -> String {
        let mut text = String::with_capacity(self.0.len());
        for piece in pieces(&self.0) {
            match piece {
                Piece::Text(t) => text.push_str(&unescape(&t.replace('\n', " "))),
                Piece::Tag(tag) => match tag_name(tag) {
                    "br" => text.push('\n'),
                    "li" if !tag.starts_with("</") => text.push_str("\n- "),
                    "img" => {
                        if let Some(alt) = attribute(tag, "alt") {
                            text.push_str(&unescape(alt));
                        }
                    }
                    "td" | "th" | "dd" if tag.starts_with("</") => text.push(' '),
                    "p" | "div" | "ul" | "ol" | "dl" | "dt" | "tr" | "table" | "blockquote" | "pre" | "hr" | "h2"
                    | "h3" | "h4" | "h5" | "h6" | "figure" | "figcaption" => text.push('\n'),
                    _ => {}
                },
            }
        }
        let lines: Vec<String> =
            text.lines().map(|l| l.split_ascii_whitespace().collect::<Vec<_>>().join(" ")).collect();
        let mut out = String::with_capacity(text.len());
        for line in lines.iter().filter(|l| !l.is_empty()) {
            if !out.is_empty() {
                out.push('\n');
            }
            out.push_str(line);
        }
        out
    }

    /// The same markup for a page that loads nothing from elsewhere: each image becomes a link to it, named by its
    /// alternative text.
    pub fn without_remote_images(&self, image: &str) -> Cow<'_, str> {
        if !self.0.contains("<img ") {
            return Cow::Borrowed(&self.0);
        }
        let mut out = String::with_capacity(self.0.len());
        for piece in pieces(&self.0) {
            match piece {
                Piece::Tag(tag) if tag_name(tag) == "img" => {
                    let alt = attribute(tag, "alt").filter(|a| !a.trim().is_empty());
                    let name = alt.map_or_else(|| escape(image).into_owned(), |a| format!("{} : {a}", escape(image)));
                    match attribute(tag, "src") {
                        // An image inside a link would nest two links, which HTML forbids: its name is enough.
                        Some(src) if !in_link(&out) => {
                            out.push_str(&format!("<a href=\"{src}\" rel=\"noopener nofollow ugc\">{name}</a>"));
                        }
                        _ => out.push_str(&name),
                    }
                }
                Piece::Tag(t) | Piece::Text(t) => out.push_str(t),
            }
        }
        Cow::Owned(out)
    }
}

impl fmt::Debug for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Escapes text for XML and HTML, in content and in attributes alike.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"']) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Undoes [`escape`]; other entities do not occur in canonical markup.
fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

/// The text between tags, whatever the tags are; entities stay as they are written.
pub fn strip_tags(markup: &str) -> String {
    let mut out = String::with_capacity(markup.len());
    let mut rest = markup;
    while let Some(open) = rest.find('<') {
        out.push_str(&rest[..open]);
        let after = &rest[open..];
        let is_tag = after[1..].starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'));
        if !is_tag {
            out.push('<');
            rest = &after[1..];
            continue;
        }
        match after.find('>') {
            Some(close) => {
                out.push(' ');
                rest = &after[close + 1..];
            }
            // No tag closes any more: what is left is text.
            None => {
                out.push_str(after);
                rest = "";
            }
        }
    }
    out.push_str(rest);
    out
}

fn is_heavy(markup: &str) -> bool {
    if markup.len() > MOST_MARKUP {
        return true;
    }
    // Only the end of an element that is open brings the depth down: an end of another is ignored by browsers.
    let mut open: HashMap<String, usize> = HashMap::new();
    let (mut depth, mut deepest) = (0usize, 0usize);
    for (at, _) in markup.match_indices('<') {
        let rest = &markup[at + 1..];
        if let Some(rest) = rest.strip_prefix('/') {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
            if let Some(count) = open.get_mut(&rest[..end].to_ascii_lowercase()).filter(|count| **count > 0) {
                *count -= 1;
                depth -= 1;
            }
        } else if rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
            if !UNNESTED.iter().any(|name| name.eq_ignore_ascii_case(&rest[..end])) {
                *open.entry(rest[..end].to_ascii_lowercase()).or_default() += 1;
                depth += 1;
                deepest = deepest.max(depth);
            }
        }
    }
    deepest > DEEPEST
}

/// Elements that hold nothing or close by themselves: a long list of them is not a deep tree.
const UNNESTED: [&str; 12] = ["br", "hr", "img", "p", "li", "dt", "dd", "tr", "td", "th", "input", "link"];

/// What may stay, for markup without a base.
static ALLOWED: LazyLock<ammonia::Builder<'static>> = LazyLock::new(|| allowed(ammonia::UrlRelative::Deny));

fn allowed(relative: ammonia::UrlRelative<'static>) -> ammonia::Builder<'static> {
    let tags: HashSet<&str> = [
        "p",
        "br",
        "hr",
        "div",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "a",
        "strong",
        "em",
        "b",
        "i",
        "s",
        "del",
        "ins",
        "sub",
        "sup",
        "abbr",
        "time",
        "blockquote",
        "q",
        "cite",
        "code",
        "pre",
        "table",
        "caption",
        "thead",
        "tbody",
        "tfoot",
        "tr",
        "th",
        "td",
        "img",
        "figure",
        "figcaption",
    ]
    .into();
    let attributes: HashMap<&str, HashSet<&str>> = [
        ("a", ["href", "hreflang", "title"].into()),
        ("img", ["src", "alt", "width", "height"].into()),
        ("time", ["datetime"].into()),
        ("abbr", ["title"].into()),
        ("td", ["colspan", "rowspan"].into()),
        ("th", ["colspan", "rowspan", "scope"].into()),
        ("ol", ["start"].into()),
    ]
    .into();
    let mut builder = ammonia::Builder::new();
    builder
        .tags(tags)
        .tag_attributes(attributes)
        .generic_attributes(["lang", "dir"].into())
        .url_schemes(["http", "https", "mailto", "tel"].into())
        .url_relative(relative)
        .link_rel(Some("noopener nofollow ugc"));
    builder
}

fn once(markup: &str, base: Option<&Address>) -> String {
    if !markup.contains(['<', '&']) {
        return escape(markup).into_owned();
    }
    let base = base.and_then(|base| url::Url::parse(base.as_str()).ok());
    match base {
        None => ALLOWED.clean(markup).to_string(),
        Some(base) => allowed(ammonia::UrlRelative::RewriteWithBase(base)).clean(markup).to_string(),
    }
}

enum Piece<'a> {
    Text(&'a str),
    Tag(&'a str),
}

/// Cuts serialised HTML into tags and text. Attribute values are quoted there, and may hold `>`.
fn pieces(html: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = html;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let tag = rest.starts_with('<') && rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
        let end = if tag {
            let mut quoted = false;
            let close = rest.bytes().position(|b| {
                quoted ^= b == b'"';
                b == b'>' && !quoted
            });
            close.map_or(rest.len(), |at| at + 1)
        } else {
            rest.bytes().skip(1).position(|b| b == b'<').map_or(rest.len(), |at| at + 1)
        };
        let (piece, tail) = rest.split_at(end);
        rest = tail;
        Some(if tag { Piece::Tag(piece) } else { Piece::Text(piece) })
    })
}

fn tag_name(tag: &str) -> &str {
    let tag = tag.trim_start_matches(['<', '/']);
    tag.split([' ', '>', '/']).next().unwrap_or("")
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let from = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    tag[from..].split('"').next()
}

fn in_link(html: &str) -> bool {
    html.rfind("<a ") > html.rfind("</a>")
}

/// Turns serialised HTML into XHTML: void elements closed, `&nbsp;` a character, attribute values without a raw
/// `<` or line end; `h1` is the page's own, so that an author's becomes `h2`.
fn to_xhtml(html: &str) -> String {
    let mut out = String::with_capacity(html.len() + 32);
    for piece in pieces(html) {
        match piece {
            Piece::Text(text) => {
                out.push_str(&text.replace("&nbsp;", "\u{a0}").replace('"', "&quot;").replace('<', "&lt;"));
            }
            Piece::Tag(tag) => {
                let name = tag_name(tag);
                let closing = tag.starts_with("</");
                let inner = tag.trim_start_matches(['<', '/']).trim_end_matches('>').trim_end_matches('/');
                let attributes = inner[name.len().min(inner.len())..].trim_end();
                out.push_str(if closing { "</" } else { "<" });
                out.push_str(if name == "h1" { "h2" } else { name });
                let mut value = String::with_capacity(attributes.len());
                let mut quoted = false;
                for c in attributes.replace("&nbsp;", "\u{a0}").chars() {
                    quoted ^= c == '"';
                    match c {
                        '<' if quoted => value.push_str("&lt;"),
                        '>' if quoted => value.push_str("&gt;"),
                        '\n' | '\t' | '\r' => value.push(' '),
                        c => value.push(c),
                    }
                }
                out.push_str(&value);
                let void = matches!(name, "br" | "hr" | "img");
                out.push_str(if void && !closing { "/>" } else { ">" });
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(markup: &str) -> String {
        Html::clean(markup, None).map(|h| h.to_string()).unwrap_or_default()
    }

    #[test]
    fn script_handlers_and_foreign_schemes_are_gone() {
        for hostile in [
            "<script>alert(1)</script>",
            "<p onclick=\"x()\">a</p>",
            "<a href=\"java\tscript:alert(1)\">x</a>",
            "<a href=\"&#106;avascript:alert(1)\">x</a>",
            "<svg><a xlink:href=\"javascript:1\"/></svg>",
            "<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>",
            "<iframe srcdoc=\"<script>1</script>\"></iframe>",
            "<img src=\"data:text/html,x\" onerror=\"1\">",
            "<style>p{}</style><form action=x><input></form><meta http-equiv=refresh><base href=x>",
        ] {
            let html = clean(hostile).to_lowercase();
            for bad in ["script", "onclick", "onerror", "data:", "<svg", "<style", "<form", "<meta", "<base", "iframe"]
            {
                assert!(!html.contains(bad), "{hostile} gave {html}");
            }
        }
    }

    #[test]
    fn canonical_markup_is_well_formed_and_stable() {
        let odd = [
            "<p>a<br>b&nbsp;c &eacute; <b>gras<i>it</b></i>",
            "a < b & c > d \"e\"",
            "<img src='https://x.example/a?b=1&c=2' alt='a<b>\n\"c\" & d'>",
            "<h1>Titre</h1><div><p>x<div>y</p></div>",
            "<pre>\n\nx</pre>",
            "<table><td><p>x<table><a href='https://a.example'><a href='https://b.example'>z",
            "<ol start=3><li>x<li>y</ol>",
            "<p lang=\"en\" dir=ltr>x</p>",
            "\u{1}<p>\u{FFFE}x\u{c}</p>",
        ];
        for markup in odd {
            let html = clean(markup);
            let again = clean(&html);
            assert_eq!(again, html, "{markup}");
            let xml = format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{html}</div>");
            let mut reader = quick_xml::Reader::from_str(&xml);
            loop {
                match reader.read_event() {
                    Ok(quick_xml::events::Event::Eof) => break,
                    Ok(quick_xml::events::Event::GeneralRef(r)) => {
                        assert!(quick_xml::escape::resolve_predefined_entity(&r).is_some(), "{html}");
                    }
                    Ok(_) => {}
                    Err(e) => panic!("{markup} gave {html}: {e}"),
                }
            }
        }
    }

    #[test]
    fn a_relative_link_is_resolved_or_dropped() {
        let base = Address::new("https://lab.example/a/").unwrap();
        let html = Html::clean("<a href=\"../b?x=1&y=2\">x</a>", Some(&base)).unwrap();
        assert!(html.as_str().contains("href=\"https://lab.example/b?x=1&amp;y=2\""), "{html}");
        assert_eq!(clean("<a href=\"../b\">x</a>"), "<a rel=\"noopener nofollow ugc\">x</a>");
    }

    #[test]
    fn heavy_markup_costs_no_time_and_keeps_its_words() {
        let heavy = format!("{}mot", "<div>".repeat(60_000));
        assert_eq!(clean(&heavy).trim(), "mot");
        for nested in ["<b>", "<b></x>", "<div></x>", "<font></b>"] {
            let markup = format!("{}mot", nested.repeat(90_000 / nested.len()));
            assert_eq!(clean(&markup).trim(), "mot", "{nested}");
        }
        assert!(clean(&"<a".repeat(100_000)).len() >= 200_000, "text that looks like tags is text");
    }

    #[test]
    fn text_of_markup_reads_like_text() {
        let html = Html::clean("<p>Un &amp; deux</p><ul><li>a</li><li>b</li></ul><p>fin</p>", None).unwrap();
        assert_eq!(html.to_text(), "Un & deux\n- a\n- b\nfin");
    }

    #[test]
    fn a_remote_image_becomes_a_link() {
        let html = Html::clean("<p><img src=\"https://x.example/a.png\" alt=\"Plan\"></p>", None).unwrap();
        let page = html.without_remote_images("Image");
        assert!(!page.contains("<img") && page.contains(">Image : Plan</a>"), "{page}");
    }

    #[test]
    fn nothing_but_space_is_no_body() {
        assert_eq!(Html::clean("<p> <br> </p>", None), None);
        assert_eq!(Html::clean("<script>1</script>", None), None);
    }
}
