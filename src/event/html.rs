//! The author's words with their markup, safe to show anywhere: sanitised once, kept in one canonical form.
//!
//! Canonical is well-formed XHTML of the few elements that feed readers keep, with every attribute quoted and only
//! the five entities of XML, so that the same text can stand in a page, in Atom and in JSON, and cleaning it again
//! changes nothing.

mod canonical;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};

use super::text::{Address, xml_text};

/// Sanitised markup in canonical form, never empty.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Html(Arc<str>);

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
        Html::clean_telling(markup, base).0
    }

    /// The same, telling what was taken away that its author may miss or should know of.
    pub fn clean_telling(markup: &str, base: Option<&Address>) -> (Option<Html>, Lost) {
        let markup = xml_text(markup);
        let mut lost = Lost::default();
        let canonical = canonical::is_canonical(&markup);
        let heavy = !canonical && survey(&markup, &mut lost);
        let mut html = if heavy { escape(&strip_tags(&markup)).into_owned() } else { markup };
        for round in 0.. {
            if canonical {
                break;
            }
            // What XML forbids may have come in as a reference.
            let next = xml_text(&to_xhtml(&once(&html, base), &mut lost));
            if next == html {
                break;
            }
            if round == MOST_ROUNDS {
                html = escape(&strip_tags(&html)).into_owned();
                break;
            }
            html = next;
        }
        let html = html.trim();
        let empty = !html.contains("<img ") && is_blank(html);
        ((!empty).then(|| Html(html.into())), lost)
    }

    /// `markup` made well-formed and safe, with the classes by which h-event marks an author's words kept: for finding
    /// them, not for showing.
    pub fn structure(markup: &str) -> (String, Lost) {
        let markup = xml_text(markup);
        let mut lost = Lost::default();
        if survey(&markup, &mut lost) {
            return (escape(&strip_tags(&markup)).into_owned(), lost);
        }
        let classes: HashSet<&str> = ["h-event", "p-summary", "e-content"].into();
        let mut builder = allowed(ammonia::UrlRelative::PassThrough);
        builder.allowed_classes([("div", classes.clone()), ("p", classes.clone()), ("section", classes)].into());
        (to_xhtml(&builder.clean(&markup).to_string(), &mut lost), lost)
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
        let mut in_link = false;
        for piece in pieces(&self.0) {
            match piece {
                Piece::Tag(tag) if tag_name(tag) == "img" => {
                    let alt = attribute(tag, "alt").unwrap_or_default();
                    let name = format!("{} : {alt}", escape(image));
                    link_to_picture(&mut out, attribute(tag, "src"), &name, in_link);
                }
                Piece::Tag(tag) => {
                    in_link = if tag_name(tag) == "a" { !tag.starts_with("</") } else { in_link };
                    out.push_str(tag);
                }
                Piece::Text(text) => out.push_str(text),
            }
        }
        Cow::Owned(out)
    }

    /// The same markup with other links and words, cleaned again; `None` when nothing is to change.
    ///
    /// `ask` is asked of each address that a link or a picture leads to, and of each run of text, be it between two tags
    /// or in one. A link that is dropped leaves its words, a picture the words that stand for it.
    pub fn revise(&self, mut ask: impl FnMut(Shown<'_>) -> Revised) -> Option<Option<Html>> {
        let mut out: Option<String> = None;
        let (mut done, mut unlinked) = (0, false);
        for piece in pieces(&self.0) {
            let (text, new) = match piece {
                Piece::Text(text) => (text, revised(text, false, &mut ask).map(Option::unwrap_or_default)),
                Piece::Tag("</a>") => ("</a>", std::mem::take(&mut unlinked).then(String::new)),
                Piece::Tag(tag) => (tag, revised_tag(tag, &mut ask, &mut unlinked)),
            };
            if let Some(new) = new {
                out.get_or_insert_with(|| self.0[..done].to_owned()).push_str(&new);
            } else if let Some(out) = &mut out {
                out.push_str(text);
            }
            done += text.len();
        }
        out.map(|markup| Html::clean(&markup, None))
    }
}

/// What escaped text becomes, escaped: `None` when it stays, `Some(None)` when it goes.
fn revised(text: &str, is_link: bool, ask: &mut impl FnMut(Shown<'_>) -> Revised) -> Option<Option<String>> {
    let plain = unescape(text);
    match ask(if is_link { Shown::Link(&plain) } else { Shown::Words(&plain) }) {
        Revised::Kept => None,
        Revised::To(new) => Some(Some(escape(&new).into_owned())),
        Revised::Dropped => Some(None),
    }
}

/// What a tag becomes; `unlinked` is set when it is the start of a link that goes.
fn revised_tag(tag: &str, ask: &mut impl FnMut(Shown<'_>) -> Revised, unlinked: &mut bool) -> Option<String> {
    if !tag.contains('=') {
        return None;
    }
    let mut out = Cow::Borrowed(tag);
    let mut gone = false;
    for (name, is_link) in [("href", true), ("src", true), ("alt", false), ("title", false)] {
        let Some(value) = attribute(tag, name) else { continue };
        let Some(new) = revised(value, is_link, ask) else { continue };
        gone |= is_link && new.is_none();
        let (old, new) = (format!(" {name}=\"{value}\""), format!(" {name}=\"{}\"", new.unwrap_or_default()));
        out = Cow::Owned(out.replacen(&old, &new, 1));
    }
    if gone {
        *unlinked = tag_name(tag) == "a";
        return Some(attribute(&out, "alt").unwrap_or_default().to_owned());
    }
    match out {
        Cow::Borrowed(_) => None,
        Cow::Owned(tag) => Some(tag),
    }
}

/// What a reader sees or follows, as plain text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown<'a> {
    /// Where a link or a picture leads to.
    Link(&'a str),
    /// Text between two tags.
    Words(&'a str),
}

/// What becomes of what is [`Shown`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Revised {
    /// It stays.
    Kept,
    /// It becomes this.
    To(String),
    /// It goes.
    Dropped,
}

/// What cleaning took away, the first of each kind: what the author may miss, or should know of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lost {
    /// What could have run, loaded or disguised something, by its name: `script`, `onclick`, `javascript:`.
    pub active: Option<String>,
    /// A picture that nobody sees and that tells its server who reads: the address of it.
    pub pixel: Option<String>,
    /// A picture without words that stand for it, which became a link: the address of it.
    pub undescribed: Option<String>,
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
fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&"))
}

/// Whether all of a short text is struck through, which is how some say that it no longer holds.
pub fn is_struck_out(markup: &str) -> bool {
    let markup = markup.trim();
    ["s", "del", "strike"].iter().any(|name| {
        let inside = markup.strip_prefix('<').and_then(|rest| rest.strip_prefix(name));
        let inside = inside.filter(|rest| rest.starts_with(['>', ' '])).and_then(|rest| rest.strip_suffix('>'));
        let inside = inside.and_then(|rest| rest.strip_suffix(name)).and_then(|rest| rest.strip_suffix("</"));
        // A second one of its kind would end the first before the end.
        inside.is_some_and(|inside| !inside.contains(&format!("</{name}")))
    })
}

/// Canonical markup piece by piece, for who writes it in another way: the words, or else the name of an element, whether
/// it is its end, and where it leads.
pub fn pieces_of(markup: &str) -> Vec<(String, &str, bool, Option<String>)> {
    let piece = |piece| match piece {
        Piece::Text(text) => (unescape(text).into_owned(), "", false, None),
        Piece::Tag(tag) => {
            let href = attribute(tag, "href").map(|href| unescape(href).into_owned());
            (String::new(), tag_name(tag), tag.starts_with("</"), href)
        }
    };
    pieces(markup).map(piece).collect()
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

/// Whether no text is left of canonical markup without its tags.
fn is_blank(html: &str) -> bool {
    pieces(html).all(|piece| match piece {
        Piece::Text(text) => text.chars().all(char::is_whitespace),
        Piece::Tag(_) => true,
    })
}

/// Looks at markup once, before any parser does: whether it is too much for one, and what in it is active.
fn survey(markup: &str, lost: &mut Lost) -> bool {
    // Only the end of an element that is open brings the depth down: an end of another is ignored by browsers.
    let mut open: HashMap<String, usize> = HashMap::new();
    let (mut depth, mut deepest) = (0usize, 0usize);
    for (at, _) in markup.match_indices('<') {
        let rest = &markup[at + 1..];
        let name = |rest: &str| {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
            rest[..end].to_ascii_lowercase()
        };
        if let Some(rest) = rest.strip_prefix('/') {
            if let Some(count) = open.get_mut(&name(rest)).filter(|count| **count > 0) {
                *count -= 1;
                depth -= 1;
            }
        } else if rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let name = name(rest);
            if lost.active.is_none() {
                let attributes = &rest[name.len()..];
                let end = attributes.find(['<', '>']).unwrap_or(attributes.len());
                lost.active = active(&name, &attributes[..end]);
            }
            if !UNNESTED.contains(&name.as_str()) {
                *open.entry(name).or_default() += 1;
                depth += 1;
                deepest = deepest.max(depth);
            }
        }
    }
    markup.len() > MOST_MARKUP || deepest > DEEPEST
}

/// Elements that run, load, ask or disguise. `style` is not said: word processors write it everywhere, and nobody
/// misses it.
const ACTIVE: [&str; 21] = [
    "script", "iframe", "object", "embed", "applet", "form", "input", "button", "textarea", "select", "meta", "base",
    "link", "svg", "math", "frame", "frameset", "template", "portal", "audio", "video",
];

/// What in a tag is active, by name.
fn active(name: &str, attributes: &str) -> Option<String> {
    if ACTIVE.contains(&name) {
        return Some(name.to_owned());
    }
    if !attributes.contains('=') {
        return None;
    }
    let attributes = attributes.to_ascii_lowercase();
    let handler = attributes.split(['=', ' ', '\t', '\n', '/', '"', '\'']).find(|word| {
        word.strip_prefix("on").is_some_and(|rest| rest.len() > 2 && rest.bytes().all(|b| b.is_ascii_alphabetic()))
    });
    if let Some(handler) = handler.filter(|handler| attributes.contains(&format!("{handler}="))) {
        return Some(handler.to_owned());
    }
    // Browsers see through tabs and references inside the first part; the last is enough to know it by.
    let scripts = ["script:", "script&colon", "script&#"].iter().any(|sign| attributes.contains(sign));
    if scripts {
        return Some("javascript:".to_owned());
    }
    if attributes.contains("srcdoc") {
        return Some("srcdoc".to_owned());
    }
    ["=\"data:", "='data:", "=data:"].iter().any(|sign| attributes.contains(sign)).then(|| "data:".to_owned())
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
        .clean_content_tags(CONTENT_GONE.into())
        // A calendar that one subscribes to: it is written as https.
        .url_schemes(["http", "https", "mailto", "tel", "webcal"].into())
        .url_relative(relative)
        .link_rel(Some("noopener nofollow ugc"));
    builder
}

/// Elements whose content goes with them, since it is code, or what a browser would not have shown.
const CONTENT_GONE: [&str; 11] =
    ["script", "style", "iframe", "noembed", "noframes", "noscript", "template", "svg", "title", "select", "textarea"];

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

/// Turns serialised HTML into XHTML: void elements closed, `&nbsp;` a character, attribute values without a raw
/// `<` or line end; `h1` is the page's own, so that an author's becomes `h2`. A picture stays only with the words that
/// stand for it: others become links.
fn to_xhtml(html: &str, lost: &mut Lost) -> String {
    let mut out = String::with_capacity(html.len() + 32);
    let mut in_link = false;
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
                match name {
                    "img" => match fate(&value, lost) {
                        Picture::Shown => {}
                        Picture::Gone => continue,
                        Picture::Words => {
                            out.push_str(attribute(&value, "alt").unwrap_or_default());
                            continue;
                        }
                        Picture::Linked => {
                            link_to_picture(&mut out, attribute(&value, "src"), PICTURE, in_link);
                            continue;
                        }
                    },
                    "a" => {
                        in_link = !closing;
                        value = value.replace(" href=\"webcal:", " href=\"https:");
                    }
                    _ => {}
                }
                out.push_str(if closing { "</" } else { "<" });
                out.push_str(if name == "h1" { "h2" } else { name });
                out.push_str(&value);
                let void = matches!(name, "br" | "hr" | "img");
                out.push_str(if void && !closing { "/>" } else { ">" });
            }
        }
    }
    out
}

/// What a picture without words is called, in French and in English alike.
const PICTURE: &str = "Image";

/// What becomes of a picture.
enum Picture {
    Shown,
    Gone,
    /// The words that stand for it remain.
    Words,
    /// A link remains, which says that there is a picture and does not load it.
    Linked,
}

/// Decides by the attributes of an `img`, as they are written.
fn fate(attributes: &str, lost: &mut Lost) -> Picture {
    let Some(src) = attribute(attributes, "src") else { return Picture::Words };
    let invisible = ["width", "height"].iter().any(|side| {
        attribute(attributes, side).is_some_and(|size| matches!(size.trim().trim_end_matches("px"), "0" | "1"))
    });
    if invisible || counts_readers(src) {
        lost.pixel.get_or_insert_with(|| unescape(src).into_owned());
        return Picture::Gone;
    }
    match attribute(attributes, "alt").is_some_and(|alt| !alt.trim().is_empty()) {
        true => Picture::Shown,
        false => {
            lost.undescribed.get_or_insert_with(|| unescape(src).into_owned());
            Picture::Linked
        }
    }
}

/// Servers and files that are known for counting readers and nothing else.
fn counts_readers(src: &str) -> bool {
    const HOSTS: [&str; 12] = [
        "pixel.wp.com",
        "stats.wordpress.com",
        "www.google-analytics.com",
        "ad.doubleclick.net",
        "pixel.quantserve.com",
        "b.scorecardresearch.com",
        "www.facebook.com",
        "px.ads.linkedin.com",
        "bat.bing.com",
        "logs1187.xiti.com",
        "logc1.xiti.com",
        "hit.xiti.com",
    ];
    const PATHS: [&str; 6] = ["/~r/", "/matomo.php", "/piwik.php", "/track/open", "/wf/open", "/_/stat"];
    const FILES: [&str; 8] = ["pixel", "1x1", "open", "count", "spacer", "blank", "clear", "transparent"];
    let rest = src.split_once("://").map_or(src, |(_, rest)| rest);
    let (host, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
    let path = path.split(['?', '#', '&']).next().unwrap_or_default();
    let file = path.rsplit('/').next().unwrap_or_default();
    let file = file.strip_suffix(".gif").or_else(|| file.strip_suffix(".png")).unwrap_or(if file == "pixel" {
        file
    } else {
        ""
    });
    HOSTS.contains(&host) || PATHS.iter().any(|known| path.contains(known)) || FILES.contains(&file)
}

/// A picture as a link to it. Inside a link its name is enough: HTML forbids to nest two.
fn link_to_picture(out: &mut String, src: Option<&str>, name: &str, in_link: bool) {
    match src {
        Some(src) if !in_link => out.push_str(&format!("<a href=\"{src}\" rel=\"noopener nofollow ugc\">{name}</a>")),
        _ => out.push_str(name),
    }
}

#[cfg(test)]
mod tests;
