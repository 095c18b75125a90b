//! A page as a browser would understand it, within bounds.
//!
//! The tree builder looks through all open elements at most tags, and through all attributes of a tag at each: a page
//! made for it costs the square of its size. So tags are looked over before, the page is given piece by piece, and
//! what grows too deep or too large is left there. Whoever walks the tree walks it without recursion.

use std::panic::{AssertUnwindSafe, catch_unwind};

use html5ever::ParseOpts;
use html5ever::tendril::{StrTendril, TendrilSink};
use scraper::{ElementRef, Html, HtmlTreeSink};

use crate::programme::Code;

/// Elements inside each other, as for the markup of an entry.
const DEEPEST: usize = 256;
/// Nodes of a page. A page of 5 MB has some 100,000.
const MOST_NODES: usize = 300_000;
/// Attributes of a tag. Pages have a dozen.
const MOST_ATTRIBUTES: usize = 1_000;
/// How much of an element's text is looked at (bytes): a line has at most 4,000 characters.
const MOST_WORDS: usize = 16_384;
/// How much is read between two looks at what has grown (bytes).
const PIECE: usize = 2_048;

/// Builds the tree of a page.
///
/// # Errors
/// [`Code::TooMuch`] past the bounds, [`Code::ReaderFailed`] when the parser fails.
pub fn build(text: &str) -> Result<Html, Code> {
    if tags_are_heavy(text) {
        return Err(Code::TooMuch);
    }
    catch_unwind(AssertUnwindSafe(|| grow(text))).unwrap_or(Err(Code::ReaderFailed))
}

fn grow(text: &str) -> Result<Html, Code> {
    let sink = HtmlTreeSink::new(Html::new_document());
    let mut parser = html5ever::parse_document(sink, ParseOpts::default());
    let mut seen = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let end = (PIECE.min(rest.len())..=rest.len()).find(|at| rest.is_char_boundary(*at)).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        rest = after;
        parser.process(StrTendril::from_slice(piece));
        let html = parser.tokenizer.sink.sink.0.borrow();
        let all = html.tree.nodes().len();
        let mut new = html.tree.nodes().rev().take(all - seen);
        if all > MOST_NODES || new.any(|node| node.ancestors().nth(DEEPEST).is_some()) {
            return Err(Code::TooMuch);
        }
        seen = all;
    }
    Ok(parser.finish())
}

/// Whether a tag has more attributes than any page needs.
fn tags_are_heavy(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(found) = text[at..].find('<') {
        at += found + 1;
        if !bytes.get(at).is_some_and(u8::is_ascii_alphabetic) {
            continue;
        }
        let name_end = bytes[at..].iter().position(|b| !b.is_ascii_alphanumeric()).map_or(bytes.len(), |n| at + n);
        let name = &text[at..name_end];
        at = name_end;
        // What parts two attributes: a space or a slash outside quotes, or the end of a quoted value.
        let (mut parts, mut value, mut quote) = (0, false, None);
        while let Some(byte) = bytes.get(at) {
            at += 1;
            match (quote, byte) {
                (Some(open), byte) => {
                    if open == *byte {
                        quote = None;
                        parts += 1;
                    }
                }
                (None, b'>') => break,
                (None, b'=') => value = true,
                (None, b'"' | b'\'') if value => (quote, value) = (Some(*byte), false),
                (None, byte) if byte.is_ascii_whitespace() || *byte == b'/' => parts += 1,
                _ => value = false,
            }
            if parts > MOST_ATTRIBUTES {
                return true;
            }
        }
        // What stands in these is no markup.
        if ["script", "style"].iter().any(|raw| name.eq_ignore_ascii_case(raw)) {
            at = end_of_raw(bytes, at, name.as_bytes());
        }
        at = (at..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    }
    false
}

fn end_of_raw(bytes: &[u8], from: usize, name: &[u8]) -> usize {
    let closes = |window: &[u8]| window.starts_with(b"</") && window[2..].eq_ignore_ascii_case(name);
    bytes[from..].windows(name.len() + 2).position(closes).map_or(bytes.len(), |at| from + at)
}

/// The elements below `root` in the order of the page. What is inside an element for which `closed` holds is passed
/// over; the element itself is given.
pub fn below<'a>(
    root: ElementRef<'a>,
    closed: impl Fn(ElementRef<'a>) -> bool,
) -> impl Iterator<Item = ElementRef<'a>> {
    let mut open: Vec<ElementRef<'a>> = root.child_elements().collect();
    open.reverse();
    std::iter::from_fn(move || {
        let next = open.pop()?;
        if !closed(next) {
            let at = open.len();
            open.extend(next.child_elements());
            open[at..].reverse();
        }
        Some(next)
    })
}

/// Whether an element has a class.
pub fn has_class(element: ElementRef<'_>, class: &str) -> bool {
    element.attr("class").is_some_and(|classes| classes.split_ascii_whitespace().any(|one| one == class))
}

/// The words inside an element, without scripts and styles, spaces collapsed; no more than any line may hold.
pub fn words(element: ElementRef<'_>) -> String {
    let mut out = String::new();
    for node in element.descendants() {
        let parent = node.parent().and_then(ElementRef::wrap);
        match node.value() {
            scraper::Node::Text(_) if parent.is_some_and(|p| matches!(p.value().name(), "script" | "style")) => {}
            scraper::Node::Text(text) => out.push_str(text),
            scraper::Node::Element(element) if element.name() == "br" => out.push(' '),
            _ => {}
        }
        if out.len() > MOST_WORDS {
            break;
        }
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_made_to_cost_the_square_of_its_size_is_read_to_its_end() {
        let deep = ["<div>", "<b>", "<table><tr><td>", "<svg><g>", "<i></html><!-- -->"].map(|tag| tag.repeat(100_000));
        let wide = format!("<a {}>", "x ".repeat(100_000));
        // What is open in a closed paragraph is opened again in every other.
        let open: String = (0..200).map(|n| format!("<font color={n}>")).collect();
        let fonts = format!("<p>{open}{}", "</p><p>x".repeat(20_000));
        for page in deep.iter().chain([&wide, &fonts]) {
            assert_eq!(build(page).err(), Some(Code::TooMuch), "{}", &page[..40]);
        }
    }

    #[test]
    fn an_ordinary_page_is_refused() {
        let quoted = format!("<p data-x='{}'>é</p>", "a b / ".repeat(5_000));
        let script = format!("<script>if(i<n){{{}}}</script><p>", "x y ".repeat(5_000));
        let list = format!("<ul>{}</ul>", "<li><p>é<p>à".repeat(5_000));
        for page in [quoted, script, list] {
            assert!(build(&page).is_ok(), "{}", &page[..40]);
        }
    }
}
