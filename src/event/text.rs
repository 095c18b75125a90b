//! Strings that cannot be wrong: one line of text, an identifier, a web address, a language, an XML name.
//!
//! Each type is built by one constructor that normalises or refuses, so that whoever holds a value need not look
//! again: no control character, no character that XML 1.0 forbids, no line end where a line is meant.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a string is not the value it was meant to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// Nothing visible is left once spaces and forbidden characters are gone.
    #[error("the text is empty")]
    Empty,
    /// Longer than the type allows (characters).
    #[error("the text is longer than {0} characters")]
    TooLong(usize),
    /// Not an absolute address of an allowed scheme.
    #[error("not an absolute address: {0}")]
    Address(&'static str),
    /// Not a language tag (BCP 47).
    #[error("not a language tag")]
    Language,
    /// Not an XML name without a colon (NCName).
    #[error("not an XML name")]
    Name,
    /// Not an ISO 3166 code.
    #[error("not an ISO 3166 code")]
    Territory,
}

/// True for what XML 1.0 (fifth edition, §2.2) allows in a document and a reader gives back unchanged: `\r` is
/// left out because every XML reader turns it into `\n`.
pub fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
        && !matches!(c, '\u{7F}'..='\u{84}' | '\u{86}'..='\u{9F}')
}

fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

/// Whether [`xml_text`] gives the text back as it is.
pub fn is_xml_text(text: &str) -> bool {
    !text.contains('\r') && is_xml_text_but_for_returns(text)
}

/// The same, with carriage returns left as they are: what a document is asked once whose reader turns them into line ends.
pub fn is_xml_text_but_for_returns(text: &str) -> bool {
    // The two bytes with which all that is forbidden begins: where there are none, no character need be looked at.
    let control = |b: u8| (b < b' ' && !matches!(b, b'\t' | b'\n' | b'\r')) | (b == 0x7F);
    let doubtful = |b: u8, next: u8| control(b) | ((b == 0xC2) & (next < 0xA0)) | ((b == 0xEF) & (next == 0xBF));
    let Some((last, before)) = text.as_bytes().split_last() else { return true };
    let pairs = before.iter().zip(&text.as_bytes()[1..]);
    let doubt = control(*last) | pairs.fold(false, |found, (b, next)| found | doubtful(*b, *next));
    !doubt || text.chars().all(|c| c == '\r' || is_xml_char(c))
}

/// Text as XML would give it back: line ends are `\n`, characters that XML forbids are gone.
pub fn xml_text(text: &str) -> String {
    if is_xml_text(text) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() != Some(&'\n') => {
                out.push('\n');
            }
            c if is_xml_char(c) => out.push(c),
            _ => {}
        }
    }
    out
}

/// The texts of one type that a thread read last. Only what it is asked for again is shared; it changes no value.
pub(crate) struct Lately<T>([Option<T>; LATELY]);

/// How many texts of one type are remembered: those of some feeds.
const LATELY: usize = 128;
/// Longer texts (bytes) are hardly said twice.
const SHORT: usize = 120;

impl<T: AsRef<str> + Clone> Lately<T> {
    pub(crate) const fn new() -> Lately<T> {
        Lately([const { None }; LATELY])
    }

    /// The value of `text`, sharing the one that was made of the same text.
    pub(crate) fn get(&mut self, text: &str, new: fn(&str) -> Result<T, TextError>) -> Result<T, TextError> {
        if text.len() > SHORT {
            return new(text);
        }
        // FNV-1a, which is quick for short texts; who makes two of them meet gains nothing.
        let hash = text
            .bytes()
            .fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3));
        let place = usize::try_from(hash >> 32).unwrap_or(0) % LATELY;
        if let Some(known) = self.0[place].as_ref().filter(|known| known.as_ref() == text) {
            return Ok(known.clone());
        }
        let value = new(text)?;
        self.0[place] = Some(value.clone());
        Ok(value)
    }
}

/// Declares a string type whose only way in is `new`, with the impls that all of them share. Clones share the text: an
/// event, its copies and all that is keyed by its id hold it once.
macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(std::sync::Arc<str>);

        impl $name {
            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
        impl TryFrom<String> for $name {
            type Error = TextError;
            fn try_from(text: String) -> Result<Self, TextError> {
                $name::new(&text)
            }
        }
        impl std::str::FromStr for $name {
            type Err = TextError;
            fn from_str(text: &str) -> Result<Self, TextError> {
                $name::new(text)
            }
        }
        impl From<$name> for String {
            fn from(value: $name) -> String {
                (*value.0).to_owned()
            }
        }
        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(&self.0)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                use $crate::event::text::Lately;
                // What was just read is met again soon: a lab's name is in each of its entries.
                thread_local! {
                    static LATELY: std::cell::RefCell<Lately<$name>> = const { std::cell::RefCell::new(Lately::new()) };
                }
                struct Text;
                impl serde::de::Visitor<'_> for Text {
                    type Value = $name;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("a string")
                    }
                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$name, E> {
                        LATELY.with_borrow_mut(|lately| lately.get(text, $name::new)).map_err(E::custom)
                    }
                }
                from.deserialize_str(Text)
            }
        }
    };
}
pub(crate) use text_type;

text_type! {
    /// One line of plain text with something visible in it: a title, a name, a note. At most 4,000 characters.
    ///
    /// Runs of spaces and line ends become one space; no-break spaces, which French typography needs, stay.
    Line
}

impl Line {
    /// The most characters a line may have.
    pub const MOST: usize = 4_000;

    /// Normalises `text` into a line.
    ///
    /// # Errors
    /// [`TextError::Empty`] when nothing visible is left, [`TextError::TooLong`] past [`Line::MOST`].
    pub fn new(text: &str) -> Result<Line, TextError> {
        if is_line(text) {
            return Ok(Line(text.into()));
        }
        let mut line = String::with_capacity(text.len());
        let mut gap = false;
        for c in text.trim().chars() {
            match c {
                ' ' | '\t' | '\n' | '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}' => gap = true,
                c if is_xml_char(c) => {
                    if gap && !line.is_empty() {
                        line.push(' ');
                    }
                    gap = false;
                    line.push(c);
                }
                _ => {}
            }
        }
        // A forbidden character at an end may have hidden a space that now is one.
        let line = line.trim().to_owned();
        if line.chars().all(is_invisible) {
            return Err(TextError::Empty);
        }
        if line.chars().count() > Line::MOST {
            return Err(TextError::TooLong(Line::MOST));
        }
        Ok(Line(line.into()))
    }
}

/// Whether a text is plainly a line as it stands, as most are: where this says no, it may be one nevertheless.
fn is_line(text: &str) -> bool {
    // At a space, and at the bytes with which begins what is not XML's or ends a line, the next one tells.
    let fine = |pair: &[u8]| match pair[0] {
        b' ' => pair[1] != b' ',
        0xC2 => pair[1] > 0x9F,
        0xE2 => pair[1] != 0x80 || pair.get(2).is_some_and(|last| !matches!(last, 0xA8 | 0xA9)),
        0xEF => pair[1] != 0xBF,
        byte => byte > b' ' && byte != 0x7F,
    };
    let bytes = text.as_bytes();
    let seen = |c: Option<char>| c.is_some_and(|c| is_xml_char(c) && !is_invisible(c));
    seen(text.chars().next())
        && seen(text.chars().next_back())
        && bytes.len() <= Line::MOST
        && (0..bytes.len() - 1).all(|at| fine(&bytes[at..bytes.len().min(at + 3)]))
}

text_type! {
    /// An identifier as its owner wrote it (RFC 4287 §4.2.6): compared letter by letter, never interpreted.
    ///
    /// `tag:` URIs in our own feeds; a peer's may be anything without spaces at its ends. At most 2,000 characters.
    Id
}

impl Id {
    /// The most characters an identifier may have.
    pub const MOST: usize = 2_000;

    /// Keeps `text` without the spaces around it.
    ///
    /// # Errors
    /// As for [`Line::new`], with [`Id::MOST`].
    pub fn new(text: &str) -> Result<Id, TextError> {
        let line = Line::new(text)?.0;
        if line.len() > Id::MOST && line.chars().count() > Id::MOST {
            return Err(TextError::TooLong(Id::MOST));
        }
        Ok(Id(line))
    }
}

text_type! {
    /// An absolute http or https address, normalised as the URL Standard writes it, without credentials.
    Address
}

impl Address {
    /// The most characters an address may have: what servers commonly accept.
    pub const MOST: usize = 4_000;

    /// Parses and normalises an absolute address. `webcal:`, which only says that a calendar is at an address, is
    /// written as https.
    ///
    /// # Errors
    /// [`TextError::Address`] when relative, not http(s), without a host, or carrying credentials.
    pub fn new(text: &str) -> Result<Address, TextError> {
        let text = text.trim();
        if let Some(rest) = text.strip_prefix("webcal://").or_else(|| text.strip_prefix("webcals://")) {
            return Address::new(&format!("https://{rest}"));
        }
        if is_address(text) {
            return Ok(Address(text.into()));
        }
        let url = url::Url::parse(text).map_err(|_| TextError::Address("it cannot be read"))?;
        Address::from_url(url)
    }

    /// Resolves `text` against `base` (RFC 3986 §5), as a feed's relative links need.
    ///
    /// # Errors
    /// As for [`Address::new`].
    pub fn join(base: Option<&Address>, text: &str) -> Result<Address, TextError> {
        // What has a scheme and a host of its own is not relative to anything.
        let whole = ["webcal", "https://", "http://"].iter().any(|start| text.trim_start().starts_with(start));
        let Some(base) = base.filter(|_| !whole) else { return Address::new(text) };
        let base = url::Url::parse(&base.0).map_err(|_| TextError::Address("the base cannot be read"))?;
        Address::from_url(base.join(text.trim()).map_err(|_| TextError::Address("it cannot be read"))?)
    }

    fn from_url(url: url::Url) -> Result<Address, TextError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(TextError::Address("it must begin with http:// or https://"));
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(TextError::Address("it has no host"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(TextError::Address("it carries a user name or a password"));
        }
        let text = String::from(url);
        if text.len() > Address::MOST {
            return Err(TextError::TooLong(Address::MOST));
        }
        Ok(Address(text.into()))
    }

    /// Host and port, in lower case: what courtesy and verification count as one server.
    pub fn host(&self) -> &str {
        let rest = self.0.split_once("://").map_or("", |(_, rest)| rest);
        rest.split(['/', '?', '#']).next().unwrap_or("")
    }
}

/// Whether a text is plainly an address in the form in which the URL Standard writes it: a host of plain names, and a
/// path of characters that nothing is done to. Where this says no, it may be one nevertheless.
fn is_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let Some((host, path)) = rest.and_then(|rest| rest.split_once('/')) else { return false };
    let letter = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    // Names of other scripts are looked into, and a number at the end would be an address of IPv4.
    let label = |label: &str| {
        label.len() <= 63
            && label.bytes().all(|b| letter(&b) || b == b'-')
            && label.as_bytes().first().is_some_and(letter)
            && label.as_bytes().last().is_some_and(letter)
            && label.as_bytes().get(2..4) != Some(b"--")
    };
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_~!$()*+,;:@/".contains(&b);
    text.len() <= 253
        && host.split('.').all(label)
        && host.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_lowercase()))
        // A dot may be a segment that is resolved.
        && path.split('/').all(|segment| !segment.starts_with('.') && segment.bytes().all(|b| plain(b) || b == b'.'))
}

text_type! {
    /// Where to write or call to register: an http(s) address, or `mailto:` or `tel:`.
    Contact
}

impl Contact {
    /// Parses an address of one of the four schemes.
    ///
    /// # Errors
    /// [`TextError::Address`] for any other scheme, or an address that [`Address::new`] refuses.
    pub fn new(text: &str) -> Result<Contact, TextError> {
        if is_address(text) {
            return Ok(Contact(text.into()));
        }
        let url = url::Url::parse(text.trim()).map_err(|_| TextError::Address("it cannot be read"))?;
        match url.scheme() {
            "mailto" | "tel" if url.path().is_empty() => Err(TextError::Address("it names nobody")),
            "mailto" | "tel" => Ok(Contact(url.as_str().into())),
            _ => Address::from_url(url).map(|address| Contact(address.0)),
        }
    }

    /// The address when it is a page, which is what a registration link of a feed can be compared by.
    pub fn address(&self) -> Option<Address> {
        if is_address(&self.0) {
            return Some(Address(self.0.clone()));
        }
        Address::new(&self.0).ok()
    }
}

impl From<Address> for Contact {
    fn from(address: Address) -> Contact {
        Contact(address.0)
    }
}

text_type! {
    /// A language tag (BCP 47), such as `fr` or `en-GB`.
    Language
}

impl Language {
    /// Checks the shape that RFC 4287 (§2) asks of `xml:lang`; case is kept.
    ///
    /// # Errors
    /// [`TextError::Language`] otherwise.
    pub fn new(text: &str) -> Result<Language, TextError> {
        let mut parts = text.trim().split('-');
        let first = parts.next().unwrap_or("");
        let alpha = (1..=8).contains(&first.len()) && first.bytes().all(|b| b.is_ascii_alphabetic());
        let rest = parts.all(|p| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()));
        if alpha && rest && text.len() <= 64 { Ok(Language(text.trim().into())) } else { Err(TextError::Language) }
    }

    /// The language without its region or script, in lower case: `fr` of `fr-CA`.
    pub fn primary(&self) -> String {
        self.0.split('-').next().unwrap_or("").to_ascii_lowercase()
    }
}

text_type! {
    /// An XML name without a colon (NCName), which a slot's `ref` must be.
    ///
    /// Narrower than XML: ASCII and Latin-1 letters, on which every edition of XML and every validator agree.
    Name
}

impl Name {
    /// Checks `text`.
    ///
    /// # Errors
    /// [`TextError::Name`] otherwise.
    pub fn new(text: &str) -> Result<Name, TextError> {
        let letter = |c: char| c.is_ascii_alphabetic() || matches!(c, '\u{C0}'..='\u{FF}' if c != '×' && c != '÷');
        let mut chars = text.chars();
        let good = chars.next().is_some_and(|c| letter(c) || c == '_')
            && chars.all(|c| letter(c) || c.is_ascii_digit() || matches!(c, '_' | '-' | '.'))
            && text.len() <= 200;
        if good { Ok(Name(text.into())) } else { Err(TextError::Name) }
    }
}

text_type! {
    /// A region by its ISO 3166-2 code, such as `FR-ARA`.
    Region
}

impl Region {
    /// Checks and upper-cases the code.
    ///
    /// # Errors
    /// [`TextError::Territory`] otherwise.
    pub fn new(text: &str) -> Result<Region, TextError> {
        let code = text.trim().to_ascii_uppercase();
        let good = code.split_once('-').is_some_and(|(country, part)| {
            country.len() == 2
                && country.bytes().all(|b| b.is_ascii_uppercase())
                && (1..=3).contains(&part.len())
                && part.bytes().all(|b| b.is_ascii_alphanumeric())
        });
        if good { Ok(Region(code.into())) } else { Err(TextError::Territory) }
    }
}

text_type! {
    /// A country by its ISO 3166-1 alpha-2 code, such as `FR`.
    Country
}

impl Country {
    /// Checks and upper-cases the code.
    ///
    /// # Errors
    /// [`TextError::Territory`] otherwise.
    pub fn new(text: &str) -> Result<Country, TextError> {
        let code = text.trim().to_ascii_uppercase();
        if code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase()) {
            Ok(Country(code.into()))
        } else {
            Err(TextError::Territory)
        }
    }
}

text_type! {
    /// A media type (RFC 6838), such as `application/pdf`, without parameters.
    MediaType
}

impl MediaType {
    /// Keeps what stands before the first `;`, in lower case.
    ///
    /// # Errors
    /// [`TextError::Name`] when it is not `type/subtype`.
    pub fn new(text: &str) -> Result<MediaType, TextError> {
        let essence = text.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
        let token =
            |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b));
        let good = essence.len() <= 127 && essence.split_once('/').is_some_and(|(a, b)| token(a) && token(b));
        if good { Ok(MediaType(essence.into())) } else { Err(TextError::Name) }
    }
}

/// Bytes in hexadecimal, as hashes are written.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from(if half < 10 { b'0' + half } else { b'a' - 10 + half });
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Text for comparing: lower case, without accents, ligatures opened, typographic quotes made plain.
pub fn fold(text: &str) -> String {
    use unicode_normalization::char::{decompose_compatible, is_combining_mark};
    let mut out = String::with_capacity(text.len());
    let mut put = |c| match c {
        'œ' => out.push_str("oe"),
        'æ' => out.push_str("ae"),
        'ß' => out.push_str("ss"),
        'ø' => out.push('o'),
        '’' | '‘' | 'ʼ' => out.push('\''),
        c => out.push(c),
    };
    // NFKD character by character: what it would put in order besides are the marks, which are left out.
    for c in text.chars() {
        if c.is_ascii() {
            put(c.to_ascii_lowercase());
        } else {
            decompose_compatible(c, |part| {
                if !is_combining_mark(part) {
                    part.to_lowercase().for_each(&mut put);
                }
            });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_keeps_french_spaces_and_loses_controls() {
        assert_eq!(Line::new(" L’eau :\r\n a\u{B}b\u{0} ").unwrap().as_str(), "L’eau : a b");
        assert_eq!(Line::new("a\u{a0}: b").unwrap().as_str(), "a\u{a0}: b");
        assert_eq!(Line::new("\u{200B} \u{FEFF}"), Err(TextError::Empty));
    }

    #[test]
    fn a_line_normalised_twice_is_the_same_line() {
        for text in [" \u{1} a \u{1}", "a\u{85}b", "\u{2028}x\u{0}\u{2029}", "a \u{FFFE} b", "\u{a0}a\u{1}\u{a0}"] {
            let once = Line::new(text).unwrap();
            assert_eq!(Line::new(once.as_str()).unwrap(), once, "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn text_folded_character_by_character_is_not_what_nfkd_makes_of_it(text in "\\PC{0,20}|[éÈœŒßøÅ’ﬁ²Ⅻ\u{301}\u{327}İΣ한]{0,9}") {
            use unicode_normalization::UnicodeNormalization;
            use unicode_normalization::char::is_combining_mark;
            let whole = text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase);
            let opened: String = whole.map(|c| match c {
                'œ' => "oe".to_owned(),
                'æ' => "ae".to_owned(),
                'ß' => "ss".to_owned(),
                'ø' => "o".to_owned(),
                '’' | '‘' | 'ʼ' => "'".to_owned(),
                c => c.to_string(),
            }).collect();
            proptest::prop_assert_eq!(fold(&text), opened);
        }

        #[test]
        fn what_is_taken_as_it_stands_is_not_what_would_be_made_of_it(
            line in "[ -~éà’\u{80}-\u{A0}\u{2027}-\u{202A}\u{FFFC}-\u{FFFF}\u{FEFF}\u{0}-\u{20}]{0,12}",
            address in "https?://[a-z0-9.-]{0,9}(:[0-9]{1,2})?/[A-Za-z0-9._~!$()*+,;:@/%?# '|-]{0,9}",
        ) {
            // A bad character at the beginning takes the long way round to the same line, or to none.
            let allowed = |but: fn(char) -> bool| line.chars().all(|c| but(c) || is_xml_char(c));
            proptest::prop_assert_eq!(is_xml_text(&line), allowed(|_| false));
            proptest::prop_assert_eq!(is_xml_text_but_for_returns(&line), allowed(|c| c == '\r'));
            let long_way = Line::new(&format!("\u{1}{line}"));
            proptest::prop_assert_eq!(Line::new(&line), long_way);
            let url = url::Url::parse(&address);
            proptest::prop_assert!(!is_address(&address) || url.is_ok_and(|url| url.as_str() == address));
        }
    }

    #[test]
    fn an_address_is_never_script_file_relative_or_secret() {
        for text in ["javascript:alert(1)", "file:///etc/passwd", "/e/1", "http://u:p@lab.example/", "http:", "data:,x"]
        {
            assert!(Address::new(text).is_err(), "{text}");
        }
        assert_eq!(Address::new("HTTP://Lab.Example/é").unwrap().as_str(), "http://lab.example/%C3%A9");
        assert_eq!(Address::new("https://lab.example:8443/x?y").unwrap().host(), "lab.example:8443");
    }

    #[test]
    fn codes_of_the_wrong_shape_are_refused() {
        assert!(Language::new("fr_FR").is_err() && Language::new("fr-CA").is_ok());
        assert!(Name::new("1a").is_err() && Name::new("c1").is_ok() && Name::new("a:b").is_err());
        assert!(Region::new("fr-ara").is_ok() && Region::new("84").is_err());
        assert!(MediaType::new("text/html; charset=utf-8").is_ok() && MediaType::new("html").is_err());
    }
}
