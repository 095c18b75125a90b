//! What people write, to the markup that is published, and back: Markdown, so that it can be typed, read and pasted
//! anywhere. The way back is exact, or not taken: what Markdown cannot say stays as the markup it is.

use pulldown_cmark::{Options, Parser, html};

use crate::event::Html;
use crate::event::html::{Lost, pieces_of};

/// The most characters of a text: an evening's reading.
pub const LONGEST: usize = 40_000;

/// The markup of a text, and what was taken out of it that its author may miss.
pub fn to_html(text: &str) -> (Option<Html>, Lost) {
    let mut markup = String::new();
    html::push_html(&mut markup, Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH));
    // A title within a text is below the title of the event.
    let markup = markup.replace("<h1>", "<h2>").replace("</h1>", "</h2>");
    Html::clean_telling(&markup, None)
}

/// The text of which this is the markup.
pub fn from_html(markup: &Html) -> String {
    let text = written(markup);
    if to_html(&text).0.as_ref() == Some(markup) { text } else { markup.to_string() }
}

/// Paragraphs, headings, lists, links and emphasis as one types them; `\u{0}` marks what cannot be typed.
fn written(markup: &Html) -> String {
    let mut out = String::new();
    // Of each open list, its number so far; 0 for one without numbers.
    let mut lists: Vec<u32> = Vec::new();
    let mut links: Vec<String> = Vec::new();
    for (text, name, closes, href) in pieces_of(markup.as_str()) {
        let block = |out: &mut String| {
            let end = out.trim_end().len();
            out.truncate(end);
            if !out.is_empty() {
                out.push_str("\n\n");
            }
        };
        match (name, closes) {
            ("", _) => out.push_str(&escaped(&text)),
            ("p", false) => {
                if lists.is_empty() || !out.ends_with([' ']) {
                    block(&mut out);
                    if !lists.is_empty() {
                        out.push_str(&"   ".repeat(lists.len()));
                    }
                }
            }
            ("p", true) => {}
            ("h2", false) => {
                block(&mut out);
                out.push_str("## ");
            }
            ("h3", false) => {
                block(&mut out);
                out.push_str("### ");
            }
            ("h4", false) => {
                block(&mut out);
                out.push_str("#### ");
            }
            ("h2" | "h3" | "h4", true) => {}
            ("ul" | "ol", false) => {
                if lists.is_empty() {
                    block(&mut out);
                }
                lists.push(u32::from(name == "ol"));
            }
            ("ul" | "ol", true) => {
                lists.pop();
            }
            ("li", false) => {
                let end = out.trim_end().len();
                out.truncate(end);
                if !out.is_empty() {
                    out.push_str(if lists.len() > 1 || !out.ends_with("\n\n") { "\n" } else { "" });
                    // The first item stands after an empty line.
                    if lists.len() == 1 && lists.last().is_some_and(|n| *n <= 1) && !out.ends_with("\n\n") {
                        let last = out.trim_end().rsplit('\n').next().unwrap_or_default();
                        if !last.starts_with("- ") && !last.starts_with(|c: char| c.is_ascii_digit()) {
                            out.push('\n');
                        }
                    }
                }
                out.push_str(&"   ".repeat(lists.len().saturating_sub(1)));
                match lists.last_mut() {
                    Some(0) | None => out.push_str("- "),
                    Some(number) => {
                        out.push_str(&format!("{number}. "));
                        *number += 1;
                    }
                }
            }
            ("li", true) => {}
            ("strong", _) => out.push_str("**"),
            ("em", _) => out.push('*'),
            ("s", _) => out.push_str("~~"),
            ("br", _) => out.push_str("\\\n"),
            ("a", false) => {
                out.push('[');
                links.push(href.unwrap_or_default());
            }
            ("a", true) => {
                let href = links.pop().unwrap_or_default();
                out.push_str(&format!("](<{href}>)"));
            }
            _ => out.push('\u{0}'),
        }
    }
    out.trim().to_owned()
}

/// Text that Markdown gives back as it is.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (n, c) in text.chars().enumerate() {
        let begins = n == 0 && matches!(c, '#' | '-' | '+' | '>');
        if begins || matches!(c, '\\' | '*' | '_' | '[' | ']' | '<' | '`' | '~' | '|' | '&') {
            out.push('\\');
        }
        out.push(if c == '\n' { ' ' } else { c });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_written_comes_back_as_markup() {
        let text = "Venez **nombreux** et *curieux* :\n\n- une table ronde\n- des [ateliers](<https://lab.example/a?b=c&d>)\n\n## Et après\n\n1. manger\n2. boire";
        let markup = to_html(text).0.unwrap();
        assert!(markup.as_str().contains("<strong>nombreux</strong>") && markup.as_str().contains("<ol>"), "{markup}");
        assert_eq!(from_html(&markup), text);
        for text in ["5 * 3 * 2 < 40 & \\_a\\_", "# pas un titre", "une\nligne", "1. un", "l’été | l'hiver ~~x~~"] {
            let markup = Html::from_text(text).unwrap();
            assert_eq!(to_html(&from_html(&markup)).0.unwrap(), markup, "{text}");
        }
    }

    #[test]
    fn what_markdown_cannot_say_is_lost() {
        let table = Html::clean("<table><tr><td>a</td></tr></table><p>b</p>", None).unwrap();
        assert_eq!(to_html(&from_html(&table)).0.unwrap(), table);
    }

    #[test]
    fn a_script_or_what_word_pastes_is_published() {
        let word = "<p class=MsoNormal style='mso-x:1'><o:p>&nbsp;</o:p>Bonjour <script>alert(1)</script>\
                    <a href=\"javascript:alert(1)\" onclick=x>ici</a></p><!--[if gte mso 9]><xml/><![endif]-->";
        let (markup, lost) = to_html(word);
        let markup = markup.unwrap();
        assert!(markup.as_str().contains("Bonjour") && lost.active.is_some(), "{markup}");
        for bad in ["script", "Mso", "onclick", "<o:p", "[if"] {
            assert!(!markup.as_str().contains(bad), "{bad}: {markup}");
        }
    }
}
