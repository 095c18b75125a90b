//! Bytes to text, and almost-XML to XML.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::programme::{Code, Finding};

/// The longest name of an entity that HTML knows has 31 letters.
const LONGEST_ENTITY: usize = 33;
/// How far into a document its XML declaration is looked for (bytes).
const DECLARATION: usize = 1024;

/// Decodes: byte order mark, then charset of the answer, then XML declaration, then UTF-8; and where that fails,
/// windows-1252, in which every byte means something. Bytes that are UTF-8 are UTF-8 whatever was declared.
pub fn decode<'a>(bytes: &'a [u8], content_type: Option<&str>, findings: &mut Vec<Finding>) -> Cow<'a, str> {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[length..]).0;
    }
    if bytes.starts_with(&[0, b'<']) {
        return UTF_16BE.decode_without_bom_handling(bytes).0;
    }
    if bytes.starts_with(b"<\0") {
        return UTF_16LE.decode_without_bom_handling(bytes).0;
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let claimed = content_type.and_then(charset).or_else(|| declared(bytes));
    let encoding = match claimed {
        Some(encoding) if ![UTF_8, UTF_16LE, UTF_16BE].contains(&encoding) => encoding,
        _ => {
            let claimed = claimed.map_or("utf-8", Encoding::name);
            findings.push(Finding::new(Code::Encoding, None, claimed));
            WINDOWS_1252
        }
    };
    encoding.decode_without_bom_handling(bytes).0
}

/// Drops the control characters that no XML and no JSON may hold.
pub fn without_controls<'a>(text: Cow<'a, str>, findings: &mut Vec<Finding>) -> Cow<'a, str> {
    let forbidden = |byte: u8| byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r');
    let found = text.bytes().filter(|byte| forbidden(*byte)).count();
    if found == 0 {
        return text;
    }
    findings.push(Finding::new(Code::ControlCharacters, None, &found.to_string()));
    Cow::Owned(text.chars().filter(|c| !u8::try_from(*c).is_ok_and(forbidden)).collect())
}

/// How far into an answer the beginning of a document is looked for (bytes): a warning of the server may stand before it.
const JUNK: usize = 4_000;

/// What a server wrote before the document, and the document.
pub fn junk_before(text: &str) -> Option<(&str, &str)> {
    // Behind a warning that is markup itself, only a declaration is sure to be the beginning.
    let beginnings: &[&str] = match text.starts_with('<') {
        true => &["<?xml "],
        false => &["<?xml ", "<rss", "<feed", "<rdf:RDF", "BEGIN:VCALENDAR"],
    };
    let head = text.char_indices().take_while(|(at, _)| *at < JUNK).last().map_or(text, |(at, _)| &text[..at]);
    let at = beginnings.iter().find_map(|beginning| head.find(beginning)).filter(|at| *at > 0)?;
    Some(text.split_at(at))
}

fn charset(content_type: &str) -> Option<&'static Encoding> {
    let label = content_type.to_ascii_lowercase();
    let label =
        label.split(';').find_map(|p| p.trim().strip_prefix("charset="))?.trim_matches(['"', '\'', ' ']).to_owned();
    Encoding::for_label(label.as_bytes())
}

fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(DECLARATION)]).into_owned();
    let rest = head.split_once("encoding=")?.1;
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    Encoding::for_label(rest[1..].split(quote).next()?.as_bytes())
}

/// Escapes a stray `&` or `<` and resolves HTML's entities: what CMS templates get wrong without changing what is meant.
/// Borrowed when there was nothing to mend.
pub fn mend(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut from = 0;
    let mut at = 0;
    while let Some(found) = text[at..].find(['&', '<']) {
        let here = at + found;
        let rest = &text[here..];
        if let Some(after) = rest.strip_prefix('<') {
            // References do not count inside these.
            let skip = [("<![CDATA[", "]]>"), ("<!--", "-->"), ("<?", "?>")]
                .into_iter()
                .find(|(open, _)| rest.starts_with(open));
            // What begins no element, comment or declaration is a sign of the text: "< 5 €".
            let begins = |c: char| c.is_alphabetic() || matches!(c, '/' | '!' | '?' | '_' | ':');
            if !after.starts_with(begins) {
                out.push_str(&text[from..here]);
                out.push_str("&lt;");
                at = here + 1;
                from = at;
                continue;
            }
            at = match skip {
                None => here + 1,
                // One that never closes leaves nothing to mend behind it.
                Some((_, close)) => rest.find(close).map_or(text.len(), |end| here + end + close.len()),
            };
            continue;
        }
        let end = rest.bytes().skip(1).take(LONGEST_ENTITY).position(|b| b == b';');
        let name = end.and_then(|end| rest.get(1..=end));
        let mended = match name {
            Some("amp" | "lt" | "gt" | "quot" | "apos") => None,
            Some(number) if number.starts_with('#') => match character(&number[1..]) {
                Some(_) => None,
                // A reference to what XML forbids is dropped.
                None => Some((String::new(), number.len() + 2)),
            },
            Some(name) => match quick_xml::escape::resolve_html5_entity(name) {
                Some(text) => Some((quick_xml::escape::escape(text).into_owned(), name.len() + 2)),
                None => Some(("&amp;".to_owned(), 1)),
            },
            None => Some(("&amp;".to_owned(), 1)),
        };
        match mended {
            None => at = here + 1,
            Some((replacement, length)) => {
                out.push_str(&text[from..here]);
                out.push_str(&replacement);
                at = here + length;
                from = at;
            }
        }
    }
    if from == 0 && out.is_empty() {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[from..]);
    Cow::Owned(out)
}

fn character(number: &str) -> Option<char> {
    let value = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    char::from_u32(value)
        .filter(|c| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..))
}
