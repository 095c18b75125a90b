//! Markup that is canonical already, told by looking at it once, without a parser of HTML.
//!
//! What nodes publish has been sanitised before, and cleaning it again is most of what reading a feed costs. Only plain
//! shapes are known here, those that no browser reads otherwise than they are written: every element closed in its
//! order, paragraphs and headings without blocks in them, lists of items, links in the one form that the sanitiser
//! writes. For all else the answer is no, and the sanitiser decides.

use super::{DEEPEST, MOST_MARKUP, Piece, pieces};

/// What may stand inside an element.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    /// Paragraphs, lists and whatever stands in a line.
    Blocks,
    /// What stands in a line.
    Line,
    /// Items of a list, and space between them.
    Items,
}

/// The one form of a link, around its address.
const LINK: (&str, &str) = ("<a href=\"", "\" rel=\"noopener nofollow ugc\">");

/// Whether sanitising `markup` would change nothing.
pub(super) fn is_canonical(markup: &str) -> bool {
    if markup.len() > MOST_MARKUP || markup.trim() != markup {
        return false;
    }
    // Names of the open elements, and what may stand in each.
    let mut open: Vec<(&str, Inside)> = Vec::new();
    for piece in pieces(markup) {
        let here = open.last().map_or(Inside::Blocks, |(_, inside)| *inside);
        let good = match piece {
            Piece::Text(text) => (here != Inside::Items || text.trim_ascii().is_empty()) && is_text(text),
            Piece::Tag("<br/>") => here != Inside::Items,
            Piece::Tag(tag) => match tag.strip_prefix("</").and_then(|rest| rest.strip_suffix('>')) {
                Some(name) => open.pop().is_some_and(|(opened, _)| opened == name),
                None => match opened(tag, here, &open) {
                    Some(element) if open.len() < DEEPEST => {
                        open.push(element);
                        true
                    }
                    _ => false,
                },
            },
        };
        if !good {
            return false;
        }
    }
    open.is_empty()
}

/// The element that a start tag opens, if it may stand here.
fn opened<'a>(tag: &'a str, here: Inside, open: &[(&str, Inside)]) -> Option<(&'a str, Inside)> {
    if let Some(address) = tag.strip_prefix(LINK.0).and_then(|rest| rest.strip_suffix(LINK.1)) {
        // A link inside a link ends the outer one.
        let inner = open.iter().any(|(name, _)| *name == "a");
        return (here != Inside::Items && !inner && is_address(address)).then_some(("a", Inside::Line));
    }
    let name = tag.strip_prefix('<')?.strip_suffix('>')?;
    let (inside, may) = match name {
        "p" | "h2" | "h3" | "h4" | "h5" | "h6" => (Inside::Line, here == Inside::Blocks),
        "ul" | "ol" => (Inside::Items, here == Inside::Blocks),
        "div" | "blockquote" => (Inside::Blocks, here == Inside::Blocks),
        "li" => (Inside::Blocks, here == Inside::Items),
        "strong" | "em" | "b" | "i" | "s" | "sub" | "sup" | "code" => (Inside::Line, here != Inside::Items),
        _ => return None,
    };
    may.then_some((name, inside))
}

/// Text as the canonical form writes it: the four entities that it needs, and nothing bare that needs one.
fn is_text(text: &str) -> bool {
    if text.contains(['<', '>', '"']) {
        return false;
    }
    text.match_indices('&').all(|(at, _)| {
        let rest = &text[at..];
        ["&amp;", "&lt;", "&gt;", "&quot;"].iter().any(|entity| rest.starts_with(entity))
    })
}

/// An absolute address in characters that nobody rewrites or encodes.
fn is_address(address: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/?#@!$()*+,;=%".contains(&b);
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
    rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric()) && rest.bytes().all(plain))
        && url::Url::parse(address).is_ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Lost, once, to_xhtml};
    use super::*;

    /// Markup that is nearly canonical, with what would make it otherwise strewn in.
    fn markup() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "<p>",
            "</p>",
            "<ul>",
            "</ul>",
            "<ol>",
            "</ol>",
            "<li>",
            "</li>",
            "<div>",
            "</div>",
            "<blockquote>",
            "</blockquote>",
            "<h2>",
            "</h2>",
            "<strong>",
            "</strong>",
            "<em>",
            "</em>",
            "<b>",
            "</b>",
            "<i>",
            "</i>",
            "<code>",
            "</code>",
            "<sub>",
            "</sub>",
            "<br/>",
            "<br>",
            " ",
            "\n",
            "été",
            "&amp;",
            "&lt;",
            "&nbsp;",
            "\"",
            "\u{a0}",
            ">",
            "<a href=\"https://a.example/b?c=1\" rel=\"noopener nofollow ugc\">",
            "</a>",
            "<a href=\"https://a.example/é\" rel=\"noopener nofollow ugc\">",
            "<p lang=\"fr\">",
            "<table>",
            "<h1>",
            "<script>",
            "<!-- x -->",
            "&#x3c;",
            "&quot;",
        ]);
        prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
    }

    /// Markup in the shapes that are known.
    fn shaped() -> impl Strategy<Value = String> {
        let line = prop::sample::select(vec![
            "été &amp; <em>hiver</em>",
            "<strong>a<b>b</b></strong> c",
            "<a href=\"https://a.example/x?y=1;z#t\" rel=\"noopener nofollow ugc\">lien <i>ici</i></a>",
            "x<br/>y\u{a0}z",
            "<b><b><b><b>q</b></b></b></b>",
            "",
        ])
        .prop_map(str::to_owned);
        let block = line.clone().prop_recursive(4, 24, 4, move |inner| {
            let line = line.clone();
            let many = prop::collection::vec(inner, 0..4);
            prop_oneof![
                line.clone().prop_map(|line| format!("<p>{line}</p>")),
                line.prop_map(|line| format!("<h3>{line}</h3>")),
                many.clone().prop_map(|all| format!("<div>{}</div>", all.concat())),
                many.clone().prop_map(|all| format!("<blockquote>{}</blockquote>", all.join("\n"))),
                many.prop_map(|all| format!("<ul> <li>{}</li>\n</ul>", all.join("</li><li>"))),
            ]
        });
        prop::collection::vec(block, 1..4).prop_map(|all| all.concat())
    }

    proptest! {
        #[test]
        fn what_is_taken_for_canonical_is_changed_by_the_sanitiser(markup in prop_oneof![markup(), shaped()]) {
            if is_canonical(&markup) {
                prop_assert_eq!(to_xhtml(&once(&markup, None), &mut Lost::default()), markup);
            }
        }

        #[test]
        fn what_nodes_write_is_cleaned_again(markup in shaped()) {
            prop_assert!(markup.trim() != markup || is_canonical(&markup), "{}", markup);
        }
    }

    #[test]
    fn a_shape_that_browsers_read_otherwise_is_taken_as_it_is_written() {
        for markup in [
            "<p><ul><li>a</li></ul></p>",
            "<p><p>a</p></p>",
            "<li>a</li>",
            "<ul>a</ul>",
            "<a href=\"https://a.example/\" rel=\"noopener nofollow ugc\"><a href=\"https://b.example/\" rel=\"noopener nofollow ugc\">x</a></a>",
            "<a href=\"javascript:alert(1)\" rel=\"noopener nofollow ugc\">x</a>",
            "<a href=\"https://a.example/\">x</a>",
            "<a href=\"https://a.example/\" onclick=\"x\" rel=\"noopener nofollow ugc\">x</a>",
            "<script>x</script>",
            "<p>a",
            "a</p>",
            "<p>a & b</p>",
            "<p>&nbsp;</p>",
            "<h1>a</h1>",
            "<!-- a -->",
        ] {
            assert!(!is_canonical(markup), "{markup}");
        }
    }
}
